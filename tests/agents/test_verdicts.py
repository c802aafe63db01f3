"""What is noted of items: only what somebody said of them, and nothing that sounds like it."""

import pytest

from agents.plan import Intent, Message, Stance
from agents.reading.rules import RuleReader
from agents.state.taste import TasteKeeper
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk

EARLIER = [Message(role="user", text="a horror film"), Message(role="assistant", text="Here are five.")]
STANCES = {
    # a question
    "Fargo really good?": Stance.NEUTRAL,
    "is Fargo worth seeing?": Stance.NEUTRAL,
    "Fargo, is it scary?": Stance.NEUTRAL,
    "fargo is that any good": Stance.NEUTRAL,
    # a denial
    "I never said I liked Fargo": Stance.NEUTRAL,
    "we didn't say that we hated Fargo": Stance.NEUTRAL,
    # neither liked nor disliked
    "Fargo was okay but rather slow": Stance.SEEN,
    "Fargo was decent, just too cold": Stance.SEEN,
    "Fargo is alright though a bit long": Stance.SEEN,
    # what it is
    "Fargo is a comedy, not a horror film": Stance.NEUTRAL,
    "Fargo isn't horror": Stance.NEUTRAL,
    "fargo aint horror": Stance.NEUTRAL,
    # what was looked for
    "Fargo, that's it!": Stance.NEUTRAL,
    # a choice
    "we'll watch Fargo then": Stance.LIKED,
    "let's go for Fargo. tomorrow we are alone": Stance.LIKED,
    # verdicts all the same
    "Fargo was good, I loved it": Stance.LIKED,
    "Fargo was too long and boring": Stance.DISLIKED,
    "I didn't like Fargo": Stance.DISLIKED,
    "Fargo wasn't funny at all": Stance.DISLIKED,
}
NO_VERDICT = [
    "I don't like it when films are too long",
    "we hate it when people shout all the time",
    "he doesn't like old films",
    "I dont like long movies",
]


@pytest.mark.parametrize(("text", "stance"), STANCES.items(), ids=list(STANCES))
def test_the_stance_to_what_is_named(rules: RuleReader, text: str, stance: Stance) -> None:
    (mention,) = rules.plan(text, EARLIER).mentions
    assert mention.stance is stance


@pytest.mark.parametrize("text", ["Fargo any good?", "is fargo worth it?", "Fargo, that's it"])
def test_who_asks_is_told_of_it(rules: RuleReader, text: str) -> None:
    assert rules.plan(text, EARLIER).intent is Intent.ABOUT_ITEM


@pytest.mark.parametrize("text", NO_VERDICT)
async def test_what_is_said_of_films_at_large_is_noted_of_none(talk: Talk, text: str) -> None:
    await talk.say("a thriller from the 90s")
    turn = await talk.say(text)
    assert not (talk.taste.liked or talk.taste.disliked or talk.taste.seen)
    assert turn.ids and "Noted" not in turn.words


def test_what_an_item_is_is_no_wish(rules: RuleReader) -> None:
    plan = rules.plan("Fargo is a comedy, not a horror film", EARLIER)
    assert not plan.wanted and not plan.unwanted


async def test_a_verdict_that_was_not_given_is_taken_back(talk: Talk) -> None:
    await talk.say("I hated Fargo")
    turn = await talk.say("I didn't say I hated Fargo")
    assert not talk.taste.disliked and "I take back what I noted of “Fargo”" in turn.words


async def test_a_denial_leaves_the_other_verdict(talk: Talk) -> None:
    await talk.say("we loved Fargo")
    await talk.say("I never said that I don't like Fargo")
    assert talk.taste.liked == ["fargo-1996"] and not talk.taste.disliked


async def test_without_a_name_the_newest_verdict_is_denied(talk: Talk) -> None:
    await talk.say("I liked Heat and Fargo")
    await talk.say("I did not say I like it")
    assert talk.taste.liked == ["heat-1995"]


async def test_all_of_somebody_is_seen(talk: Talk, demo: Catalogue) -> None:
    await talk.say("films by Alfred Hitchcock")
    turn = await talk.say("we know all of his from the 1950s")
    assert "year" not in talk.taste.bounds and len(talk.taste.seen) > 1
    assert turn.ids and not any(1950 <= demo[i].attributes["year"] <= 1959 for i in turn.ids)


def test_nothing_is_seen_where_nobody_was_spoken_of(rules: RuleReader, keeper: TasteKeeper) -> None:
    from agents.state.taste import Taste

    text = "seen everything of his"
    assert not keeper.update(Taste(), rules.plan(text, []), text).seen
