"""What a description asks for, and what it only tells."""

from collections.abc import Callable

import pytest

from agents.reading.rules import RuleReader
from agents.state.taste import Profile, Taste, TasteKeeper
from tests.agents.talk import Talk

Heard = Callable[[str], tuple[list[str], list[str]]]


@pytest.fixture
def heard(rules: RuleReader, keeper: TasteKeeper) -> Heard:
    """The labels that must hold, and those that only count, after one message."""

    def hear(message: str) -> tuple[list[str], list[str]]:
        taste = keeper.update(Taste(), rules.plan(message, []), message)
        request = taste.request(Profile(), 5)
        return [q.label for q in request.wanted], [q.label for q in request.preferred]

    return hear


def test_what_is_told_of_the_story_need_not_hold(heard: Heard) -> None:
    must, better = heard("a thief in a Venice hotel steals a pearl necklace from a lonely countess")
    assert not must and "lonely" in better


def test_the_sort_of_film_must_hold(heard: Heard) -> None:
    must, _ = heard("a Swedish drama about a retired professor dreaming of a carriage accident")
    assert {"swedish", "drama"} == {label.casefold() for label in must}
    must, _ = heard("something about a stolen pearl necklace and the countess who wants it back, a british film")
    assert [label.casefold() for label in must] == ["british"]


def test_people_always_must(heard: Heard) -> None:
    must, _ = heard("the one where Tom Hanks guards prisoners and a mouse does tricks")
    assert must == ["tom hanks"]


@pytest.mark.parametrize("message", ["a funny western with dinosaurs", "scary french films", "sad war movies"])
def test_a_wish_of_qualities_alone_is_no_description(heard: Heard, message: str) -> None:
    must, better = heard(message)
    assert must and not better


def test_a_word_beside_qualities_that_nothing_meets_makes_a_description(heard: Heard) -> None:
    must, better = heard("ballerinas in a submarine with zombies tangoing")
    assert not must and len(better) >= 2


async def test_a_description_finds_its_film(talk: Talk) -> None:
    turn = await talk.say("that one where two hitmen wait in a medieval town in Belgium")
    assert "In Bruges" in turn.titles
