"""What is put right, taken back or only told: it does not go on to decide what is shown; and a "no" that asks for
something rules nothing out."""

import pytest

from agents.language.ranges import find_ranges
from agents.plan import Intent, Message, Stance
from agents.reading.rules import RuleReader
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk, has

BEFORE = [Message(role="user", text="a film for tonight"), Message(role="assistant", text="Here are five.")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Is there nothing with animals?", "animals"),
        ("is there nothing about France", "france"),
        ("have you nothing by Kurosawa?", "kurosawa"),
        ("you have no comedies?", "comedies"),
        ("why are there no French ones?", "french"),
        ("why no Wong Kar-wai among these?", "wong kar-wai"),
        ("nothing by Truffaut?", "truffaut"),
        ("no for teens not babys", "teens"),
        ("no something famous with Brad Pitt", "brad pitt"),
        ("I have nothing against Meryl Streep. Please show us her films.", "meryl streep"),
        ("I can take Meryl Streep or leave her. Which of her films would please us both?", "meryl streep"),
    ],
)
def test_who_asks_for_what_is_missing_wants_it(rules: RuleReader, text: str, wanted: str) -> None:
    plan = rules.plan(text, BEFORE)
    assert wanted in plan.wanted and wanted not in plan.unwanted
    assert plan.intent in (Intent.REFINE, Intent.RECOMMEND)


@pytest.mark.parametrize(
    ("text", "unwanted"),
    [
        ("nothing scary for the kids?", "scary"),
        ("Nothing with animals please", "animals"),
        ("no horror?", "horror"),
        ("no western, no war?", "war"),
        ("Pirates are not quite our cup of tea.", "pirates"),
        ("I insist that there be no long battle scenes", "battle"),
    ],
)
def test_a_plain_no_rules_out(rules: RuleReader, text: str, unwanted: str) -> None:
    assert unwanted in rules.plan(text, BEFORE).unwanted


@pytest.mark.parametrize("text", ["Dumbo and Babe are not quite for us", "Dumbo and Babe aren't really for us"])
def test_what_is_not_quite_for_them_is_not_liked(rules: RuleReader, text: str) -> None:
    assert {mention.stance for mention in rules.plan(text, BEFORE).mentions} == {Stance.DISLIKED}


def test_of_another_one_with_them_the_one_is_ruled_out(rules: RuleReader) -> None:
    plan = rules.plan("set in a school, but please not another one where a single heroic teacher saves all", [])
    assert not plan.unwanted


def test_what_a_card_is_not_is_not_ruled_out(rules: RuleReader) -> None:
    text = "The Silence of the Lambs is not what I'd call dialogue-driven crime. Something like Sidney Lumet?"
    plan = rules.plan(text, BEFORE)
    assert plan.wanted == ["sidney lumet"] and not plan.unwanted


@pytest.mark.parametrize("text", ["The Hangover! You must be joking.", "Shrek? We are grown-ups."])
def test_a_card_met_with_dismay_is_left_out(rules: RuleReader, text: str) -> None:
    assert [mention.stance for mention in rules.plan(text, BEFORE).mentions] == [Stance.UNWANTED]


@pytest.mark.parametrize(
    "text",
    ["we saw it and argued for an hour", "I slept for about two hours", "we drove for 90 minutes",
     "I spent three hours on it", "my husband has been arguing with me for an hour"],
)  # fmt: skip
def test_how_long_something_took_them_bounds_nothing(text: str) -> None:
    assert not find_ranges(text)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("something running for two hours", 110, 130), ("143 minutes is too long for him", None, 142),
     ("two hours is too much", None, 119),
     ("I'm bored, an animated film for two hours", 110, 130),
     ("I want something for two hours", 110, 130), ("till 90 minutes", None, 90),
     ("until 90 minutes, funny", None, 90)],
)  # fmt: skip
def test_lengths_that_are_asked_for(text: str, low: float | None, high: float | None) -> None:
    (found,) = find_ranges(text)
    assert (found.range.min, found.range.max) == (low, high)


@pytest.mark.parametrize("text", ["those r all old. smth new", "these are all so old"])
def test_old_cards_make_way_for_newer_ones(text: str) -> None:
    assert {found.range.relative for found in find_ranges(text)} == {"higher"}


def test_a_year_behind_a_name_bounds_nothing(rules: RuleReader) -> None:
    assert not rules.plan("Driving Miss Daisy, the film from 1989.", BEFORE).ranges
    assert rules.plan("a film from 1989", BEFORE).ranges


@pytest.mark.parametrize(
    ("first", "then", "gone"),
    [
        ("comedies about a wedding", "Forget comedies. A love story.", "comedies"),
        ("a film set in mountains", "ok forget mountains. A film about an animal", "mountains"),
        ("a film about politics", "You have taken politics too literally. A moral question.", "politics"),
    ],
)
async def test_what_is_taken_back_is_gone(talk: Talk, first: str, then: str, gone: str) -> None:
    await talk.say(first)
    assert gone in [wish.label for wish in talk.taste.wanted]
    await talk.say(then)
    assert gone not in [wish.label for wish in talk.taste.wanted]


async def test_what_is_ruled_out_is_asked_for_no_more(talk: Talk) -> None:
    for message in ("something with dogs", "with cats too", "no cats please"):
        await talk.say(message)
    assert [wish.label for wish in talk.taste.wanted] == ["dogs"]
    assert [wish.label for wish in talk.taste.unwanted] == ["cats"]


async def test_no_length_was_meant(talk: Talk) -> None:
    await talk.say("a courtroom film of 90 minutes")
    await talk.say("I did not mean a length. Which courtroom film is most like 12 Angry Men?")
    assert not talk.taste.bounds


@pytest.mark.parametrize(
    "message", ["OK drop the restrictions. A ghost film", "Please lift all the limits: a ghost film"]
)
async def test_without_restrictions_nothing_of_before_holds(talk: Talk, message: str) -> None:
    await talk.say("a scary film without gore, up to 100 minutes")
    await talk.say(message)
    assert [wish.label for wish in talk.taste.wanted] == ["ghost"]
    assert not (talk.taste.unwanted or talk.taste.bounds)


@pytest.mark.parametrize("message", ["drop all restrictions", "Please lift the limits."])
async def test_restrictions_dropped_leave_the_wish(talk: Talk, message: str) -> None:
    await talk.say("a scary film without gore, up to 100 minutes")
    await talk.say(message)
    assert [wish.label for wish in talk.taste.wanted] == ["scary"]
    assert not (talk.taste.unwanted or talk.taste.bounds)


async def test_who_starts_again_liked_nothing_before(talk: Talk) -> None:
    await talk.say("I loved Heat")
    assert talk.taste.liked
    await talk.say("Let's start again: a patient investigation film")
    assert not (talk.taste.liked or talk.taste.similar_to)


async def test_of_two_who_never_met_either_will_do(talk: Talk, demo: Catalogue) -> None:
    turn = await talk.say("She likes Audrey Hepburn and Cary Grant")
    assert turn.ids
    assert all(has(demo, i, "cast", "Audrey Hepburn") or has(demo, i, "cast", "Cary Grant") for i in turn.ids)


async def test_more_of_somebody_asks_nothing_of_the_cards(talk: Talk) -> None:
    await talk.say("french films of the 1950s")
    assert (await talk.say("More Truffaut?")).intent is Intent.REFINE


async def test_what_somebody_likes_is_asked_for(talk: Talk, demo: Catalogue) -> None:
    await talk.say("westerns")
    turn = await talk.say("No, something for a lady who likes Jane Austen.")
    assert turn.ids and all(has(demo, i, "themes", "regency era") for i in turn.ids)


async def test_how_it_can_be_so_is_no_wish(talk: Talk) -> None:
    await talk.say("a comedy")
    assert (await talk.say("How can it be a comedy if it is so sad")).intent is Intent.EXPLAIN
