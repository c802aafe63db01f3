"""Whom "her" or "that director" means: who was spoken of last, by what was asked of the item."""

import pytest

from agents.plan import Intent, Message
from agents.state.following import person_meant
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk

ALIEN = "alien-1979"


def asked(question: str) -> list[Message]:
    return [Message(role="user", text=question), Message(role="assistant", text="...")]


@pytest.mark.parametrize(
    ("before", "message", "person"),
    [
        ("who directed it?", "what else did he direct?", "directed by Ridley Scott"),
        ("who's in it?", "more of her", "Tom Skerritt"),
        ("a horror film", "what else did that director make?", "directed by Ridley Scott"),
        ("a horror film", "anything else with that actor?", "Tom Skerritt"),
        ("who directed it?", "has he done anything else?", "directed by Ridley Scott"),
    ],
)
def test_who_is_meant(demo: Catalogue, before: str, message: str, person: str) -> None:
    found = person_meant(message, asked(before), demo[ALIEN], demo)
    assert found == (person if person == "directed by Ridley Scott" else demo.values_of(demo[ALIEN], "cast")[0])


@pytest.mark.parametrize("message", ["something else", "films by Ridley Scott", "is she in it?", "what is he like?"])
def test_other_messages_mean_nobody(demo: Catalogue, message: str) -> None:
    assert person_meant(message, asked("who directed it?"), demo[ALIEN], demo) is None


async def test_more_of_them_is_a_wish_without_the_one_that_is_known(talk: Talk, demo: Catalogue) -> None:
    await talk.say("tell me about Alien")
    turn = await talk.say("what else did that director make?")
    assert turn.intent is Intent.RECOMMEND and ALIEN not in turn.ids
    assert turn.ids and all("Ridley Scott" in demo.values_of(demo[i], "director") for i in turn.ids)


@pytest.mark.parametrize(
    "message",
    ["who else is like him?", "others in his style", "something in his manner by somebody else",
     "any other directors like him", "anyone else who makes films like him?", "by someone else please"],
)  # fmt: skip
async def test_the_like_of_somebody_is_by_others(talk: Talk, demo: Catalogue, message: str) -> None:
    await talk.say("films by Tarantino")
    turn = await talk.say(message)
    assert turn.intent is Intent.MORE_LIKE and turn.ids
    assert not any("Quentin Tarantino" in demo.values_of(demo[i], "director") for i in turn.ids)
