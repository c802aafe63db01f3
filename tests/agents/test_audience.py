"""Who watches is kept in mind over the turns: nothing frightening for children, nothing sad for who cries easily."""

import pytest

from agents.language.audience import Who, fears, who_watches
from agents.language.complaints import not_for_children
from agents.plan import Intent
from agents.reading.rules import RuleReader
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk, has

CHILDREN, LITTLE, UPSET, ELDERS = Who.CHILDREN, Who.LITTLE, Who.UPSET, Who.ELDERS
ADULT = [("genres", "horror"), ("moods", "disturbing"), ("content", "sex scenes"), ("content", "sexual violence")]


def suits_children(catalogue: Catalogue, ids: list[str]) -> bool:
    return bool(ids) and all(has(catalogue, i, "genres", "family") for i in ids)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("a film with horses for a girl 11", [CHILDREN]),
        ("we have an 11 year birthday party, 8 girls", [CHILDREN]),
        ("for girls of 11", [CHILDREN]),
        ("a film about school, that the 11 can see", [CHILDREN]),
        ("funny films for my kids", [CHILDREN]),
        ("funny, for all the family, no cartoon", [CHILDREN]),
        ("kids must not be bored", [CHILDREN]),
        ("two girls, 8 and 9, sleepover", [CHILDREN]),
        ("daughter 7 wants a musical", [CHILDREN]),
        ("my son 6 likes cars", [CHILDREN, LITTLE]),
        ("for my daughters, 4 and 7", [CHILDREN, LITTLE]),
        ("kids are 6 and 11 and also grandmother", [CHILDREN, LITTLE, ELDERS]),
        ("we watch with grandma and the kids", [CHILDREN, ELDERS]),
        ("it makes my son cry", [CHILDREN, UPSET]),
        ("my mother is 74, she cries easy", [ELDERS, UPSET]),
        ("my sister is very sensitive", [UPSET]),
        ("a comedy for my old father", [ELDERS]),
    ],
)
def test_who_watches_is_heard(text: str, who: list[Who]) -> None:
    assert who_watches(text, []) == who


@pytest.mark.parametrize(
    "text",
    [
        "a kids film",
        "a family drama",
        "not for the whole family",
        "a film about my kids and their school",
        "a comedy, not for kids",
        "something that is not for kids",
        "a film with kids in it",
        "a horror film about a grandmother",
        "the grandmother in it was great",
        "my mother loves Hitchcock",
        "my kids are grown up",
        "my son is 25 and loves action",
        "the film made me cry",
        "the kids are in bed, a thriller",
        "I'm afraid I have seen them all",
        "10 films for two people",
        "the karate kid 3",
        "he is sensitive about films with bad acting",
    ],
)
def test_nobody_else_watches(text: str) -> None:
    assert who_watches(text, []) == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("something newer", [CHILDREN, ELDERS]),
        ("one for us all", [CHILDREN, ELDERS]),
        ("the kids are asleep now", [ELDERS]),
        ("grandma has gone home", [CHILDREN]),
        ("and now something for us", []),
        ("later just for me", []),
        ("and one for mum and dad", [ELDERS]),
    ],
)
def test_they_are_kept_in_mind_until_they_are_gone(text: str, left: list[Who]) -> None:
    assert who_watches(text, [CHILDREN, ELDERS]) == left


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("funny films for my kids", ["a western", "something newer", "a crime film"]),
        ("we watch with the children", ["a thriller", "like Paddington 2, gentle and funny"]),
        ("my son 9 wants a comedy", ["Something else, something with a dance"]),
    ],
)
async def test_nothing_adult_later(talk: Talk, demo: Catalogue, first: str, then: list[str]) -> None:
    ids = (await talk.say(first)).ids
    assert suits_children(demo, ids)
    for text in then:
        ids = (await talk.say(text)).ids
        assert not any(has(demo, i, facet, value) for i in ids for facet, value in ADULT)
        assert all(has(demo, i, "genres", "family") or not has(demo, i, "content", "strong language") for i in ids)


async def test_a_new_wish_is_still_for_the_children(talk: Talk, demo: Catalogue) -> None:
    turn = await talk.say("an adventure film for my kids")
    assert "too much for children" in turn.words
    turn = await talk.say("a musical")
    assert suits_children(demo, turn.ids) and "too much" not in turn.words
    turn = await talk.say("forget the kids. a horror film")
    assert any(has(demo, i, "genres", "horror") for i in turn.ids)


async def test_what_was_told_of_them_is_told_again(talk: Talk) -> None:
    await talk.say("an adventure film for my kids")
    assert "too much for children" in (await talk.say("what have I told you?")).words


async def test_after_bedtime_all_is_there_again(talk: Talk, demo: Catalogue) -> None:
    await talk.say("a film for my kids")
    turn = await talk.say("now something scary for us, the kids are in bed")
    assert any(has(demo, i, "genres", "horror") for i in turn.ids) and talk.taste.audience.who == []


async def test_what_older_children_are_to_get_they_get(talk: Talk, demo: Catalogue) -> None:
    turn = await talk.say("a horror film for my kids, they are 11 and 12")
    assert suits_children(demo, turn.ids) and all(has(demo, i, "genres", "horror") for i in turn.ids)


async def test_who_cries_easily_is_shown_nothing_sad(talk: Talk, demo: Catalogue) -> None:
    for text in ("my mother is 74, she cries easy. Need a happy film", "a love story"):
        turn = await talk.say(text)
        assert turn.ids and not any(has(demo, i, "moods", mood) for i in turn.ids for mood in ("sad", "scary", "bleak"))
        assert not any(has(demo, i, facet, value) for i in turn.ids for facet, value in ADULT)


async def test_what_somebody_is_afraid_of_stays_away(talk: Talk, demo: Catalogue) -> None:
    turn = await talk.say("my son 6 is afraid of monsters. He likes cars and animals")
    assert turn.plan.unwanted == ["monsters"] and "kids" in turn.plan.wanted
    for text in ("Something with magic", "a comedy", "a new one, with a robot"):
        ids = (await talk.say(text)).ids
        assert suits_children(demo, ids) and not any(has(demo, i, "themes", "monsters") for i in ids)


@pytest.mark.parametrize(
    "text", ["my wife is afraid of sharks", "the kids are scared of sharks", "I'm afraid of sharks"]
)
def test_what_is_feared_is_ruled_out(rules: RuleReader, text: str) -> None:
    assert fears(text) and "sharks" in rules.plan(f"{text}. An adventure", []).unwanted


def test_an_apology_is_no_fear() -> None:
    assert not fears("I'm afraid we know them all")


@pytest.mark.parametrize(
    "text", ["South Park is not for kids!", "that's not for children", "this isn't ok for my kids"]
)
async def test_not_for_children_complains(talk: Talk, demo: Catalogue, text: str) -> None:
    await talk.say("a musical")
    turn = await talk.say(text)
    assert turn.intent is Intent.REFINE and turn.plan.unwanted == [] and "Park" not in turn.plan.query
    assert suits_children(demo, turn.ids)


def test_a_bare_not_for_children_is_a_wish_unless_they_watch() -> None:
    assert not not_for_children("not for kids", told=False) and not_for_children("not for kids", told=True)
    assert not not_for_children("a comedy, not for kids", told=True)


def test_an_age_is_no_count(rules: RuleReader) -> None:
    assert rules.plan("he is only six", []).count is None
    assert rules.plan("six films", []).count == 6
