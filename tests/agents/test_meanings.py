"""A question about a word is answered by what the catalogue sorts by it."""

import pytest

from agents.plan import Intent
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk, has

ASKED = [
    ("what does heist mean?", "themes", "heist"), ("what is a western?", "genres", "western"),
    ("sorry, what's a whodunit", "themes", "whodunit"), ("what mean noir", "genres", "film-noir"),
    ("what do you mean by slasher?", "themes", "slasher"), ("heist means what?", "themes", "heist"),
    ("i don't know what a slasher is", "themes", "slasher"), ("what is noir?", "genres", "film-noir"),
    ("动画是什么意思？", "genres", "animation"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "facet", "value"), ASKED)
async def test_a_word_is_told_by_what_has_it(talk: Talk, demo: Catalogue, message: str, facet: str, value: str) -> None:
    first = await talk.say("a scary film")
    turn = await talk.say(message)
    assert turn.intent is Intent.EXPLAIN and turn.ids and all(has(demo, item_id, facet, value) for item_id in turn.ids)
    assert str(len(demo.categorical[facet][value])) in turn.words
    assert talk.taste.last_shown == first.ids and [wish.label for wish in talk.taste.wanted] == ["scary"]


async def test_of_a_word_that_nothing_is_sorted_by_it_is_said_so(talk: Talk) -> None:
    turn = await talk.say("what does mumblecore mean?")
    assert turn.words == "I don't know what “mumblecore” means: no films here are sorted by it." and not turn.ids


@pytest.mark.parametrize(
    "message", ["what's good?", "what's a good thriller", "what is it about?", "what is the first one?", "what's funny"]
)
async def test_other_questions_ask_for_no_word(talk: Talk, message: str) -> None:
    await talk.say("a scary film")
    assert "tags here" not in (await talk.say(message)).words
