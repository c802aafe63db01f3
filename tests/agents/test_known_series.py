"""Series told of as a whole are seen, liked or disliked whole; a series asked for is a wish for its items."""

import pytest

from agents.plan import Intent, Stance
from agents.reading.rules import RuleReader
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk


@pytest.mark.parametrize(
    ("message", "count", "stance"),
    [
        ("we've seen all the Ocean's movies", 3, Stance.SEEN),
        ("nah we seen pirates", 3, Stance.SEEN),
        ("both addams family films seen", 2, Stance.SEEN),
        ("scream movies we alr saw", 3, Stance.SEEN),
        ("I know all the Indiana Jones ones", 3, Stance.SEEN),
        ("seen all Monty Python", 3, Stance.SEEN),
        ("We have seen all of the Harry Potter films, they were great", 8, Stance.LIKED),
        ("we love the Matrix trilogy", 3, Stance.LIKED),
        ("Indiana Jones is my favourite", 3, Stance.LIKED),
        ("I hated the Star Wars films", 8, Stance.DISLIKED),
        ("something like the Toy Story movies", 3, Stance.SIMILAR_TO),
        ("I loved Toy Story", 1, Stance.LIKED),
    ],
)
def test_what_is_said_of_a_series_is_said_of_all(rules: RuleReader, message: str, count: int, stance: Stance) -> None:
    plan = rules.plan(message, [])
    (mention,) = plan.mentions
    assert mention.stance is stance and len(mention.ids) == count
    assert plan.wanted == plan.unwanted == [] and plan.refers_to == []


@pytest.mark.parametrize(
    "message",
    [
        "we've seen scary movies, now a comedy",
        "we watched a lot of horror already",
        "a pirate film",
        "we saw New York",
        "home alone tonight, scare me",
    ],
)
def test_qualities_are_no_series(rules: RuleReader, message: str) -> None:
    assert rules.plan(message, []).mentions == []


async def test_what_was_seen_goes_and_the_wish_stays(talk: Talk, demo: Catalogue) -> None:
    await talk.say("a pirate film")
    turn = await talk.say("nah we seen pirates")
    assert "You have seen the 3 films of “pirates”." in turn.words
    assert [wish.label for wish in talk.taste.wanted] == ["pirate"]
    assert turn.ids and not any("Caribbean" in title for title in turn.titles)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("an Indiana Jones film please", "Indiana Jones"),
        ("I haven't seen the Harry Potter movies", "Harry Potter"),
        ("Is Harry Potter good for a 6 year old?", "Harry Potter"),
        ("got any Monty Python?", "Monty Python"),
    ],
)
async def test_a_series_asked_for_is_shown(talk: Talk, message: str, name: str) -> None:
    turn = await talk.say(message)
    assert turn.intent is Intent.RECOMMEND and turn.titles
    assert all(name in title for title in turn.titles)
