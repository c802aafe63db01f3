"""Which way a wish points: what is disliked is turned round, what is allowed is not asked for."""

import pytest

from agents.plan import Message
from agents.reading.rules import RuleReader
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk, has

# message → the way its relative wish goes
TURNED = {
    "she doesn't enjoy old movies": ("year", "higher"),
    "he not like old films": ("year", "higher"),
    "no want older movie": ("year", "higher"),
    "we aren't fans of old films": ("year", "higher"),
    "old ones bore me": ("year", "higher"),
    "sick of old stuff": ("year", "higher"),
    "no musicals or old films": ("year", "higher"),
    "I'm not into new releases": ("year", "lower"),
    "never show me new films": ("year", "lower"),
    "I dont like long movies": ("runtime", "lower"),
    "i hate when it's too long": ("runtime", "lower"),
    "he no enjoy short films": ("runtime", "higher"),
    # no negation of the wish itself
    "no, newer": ("year", "higher"),
    "haven't you got something newer": ("year", "higher"),
    "don't you have any older ones": ("year", "lower"),
    "not a comedy, something newer": ("year", "higher"),
    "I like old films": ("year", "lower"),
}
# message → what is wanted and what is not
ALLOWED = {
    "a thriller, Korean is okay too": ({"thriller"}, set()),
    "a musical, and not just Indian": ({"musical"}, set()),
    "a crime film, need not be violent": ({"crime"}, set()),
    "horror, not necessarily Japanese": ({"horror"}, set()),
    "a love story, does not have to be sad": ({"love story"}, set()),
    "westerns are alright, but I want a comedy": ({"comedy"}, set()),
    "not only scary but also funny": ({"scary", "funny"}, set()),
    "I don't mind horror but want a comedy": ({"comedy"}, set()),
    # what is called fine and nothing else takes up an offer
    "comedy is fine": ({"comedy"}, set()),
    "something French would be fine": ({"french"}, set()),
    # the second word only says what the first is of
    "a horror film, but no French horror": ({"horror"}, {"french"}),
    "i want comedy, not british comedy": ({"comedy"}, {"british"}),
    "no french comedies": (set(), {"french", "comedies"}),
    # one role of a name
    "westerns with Clint Eastwood, but not directed by him": (
        {"westerns", "clint eastwood"},
        {"directed by clint eastwood"},
    ),
    "Woody Allen, only not as an actor": ({"woody allen"}, {"starring woody allen"}),
}


@pytest.mark.parametrize(("text", "way"), TURNED.items(), ids=list(TURNED))
def test_a_relative_wish_turns_where_it_is_disliked(rules: RuleReader, text: str, way: tuple[str, str]) -> None:
    (found,) = rules.plan(text, []).ranges
    assert (found.facet, found.relative) == way


@pytest.mark.parametrize(("text", "sides"), ALLOWED.items(), ids=list(ALLOWED))
def test_what_is_allowed_is_not_asked_for(rules: RuleReader, text: str, sides: tuple[set[str], set[str]]) -> None:
    plan = rules.plan(text, [])
    assert (set(plan.wanted), set(plan.unwanted)) == sides


def test_what_is_put_up_with_bounds_nothing(rules: RuleReader) -> None:
    for text in ("I don't mind old films, a comedy", "long films are fine, a war film"):
        assert not rules.plan(text, []).ranges


@pytest.mark.parametrize("reply", ["well, Japanese is fine too", "it doesn't have to be Japanese", "not only Japanese"])
def test_what_is_allowed_takes_back_what_was_said(rules: RuleReader, reply: str) -> None:
    before = "a Japanese horror film" if "not" in reply or "n't" in reply else "horror, but not Japanese"
    plan = rules.plan(reply, [Message(role="user", text=before), Message(role="assistant", text="Here are five.")])
    assert plan.forget == ["japanese"] and not plan.wanted and not plan.unwanted


async def test_only_one_of_two_people(talk: Talk, demo: Catalogue) -> None:
    await talk.say("a film with Tom Hanks and Meg Ryan")
    turn = await talk.say("now only Tom Hanks")
    assert [wish.label for wish in talk.taste.wanted] == ["tom hanks"]
    assert turn.ids and all("Tom Hanks" in str(demo[i].attributes) for i in turn.ids)


async def test_only_one_of_two_moods(talk: Talk) -> None:
    await talk.say("dark and funny")
    await talk.say("just funny")
    assert [wish.label for wish in talk.taste.wanted] == ["funny"]


async def test_an_actor_who_is_not_to_direct(talk: Talk, demo: Catalogue) -> None:
    turn = await talk.say("westerns with Clint Eastwood, but not as a director")
    assert turn.ids and all(has(demo, i, "cast", "Clint Eastwood") for i in turn.ids)
    assert not any(has(demo, i, "director", "Clint Eastwood") for i in turn.ids)
