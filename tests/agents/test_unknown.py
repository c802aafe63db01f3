"""Names that the catalogue does not have are noticed, and nothing else is taken for one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.linking.unknown import unknown_names
from tests.agents.talk import Talk


@pytest.fixture
def names(titles: TitleLinker, facets: FacetLinker) -> Any:
    return lambda message: unknown_names(message, titles=titles, facets=facets)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("a film like Eraserhead", ["Eraserhead"]),
        ("we've seen Zootropolis Nights", ["Zootropolis Nights"]),
        ('have you got "the quiet harbour"?', ["the quiet harbour"]),
        ("I loved Heat and hated Snow Over Lisbon", ["Snow Over Lisbon"]),
        ("看过《不存在的电影》", ["不存在的电影"]),
        ("I loved Heat, and Alien", []),
        ("I love French comedies", []),
        ("I loved Nolan", []),
        ("something like that, please", []),
        ("I liked It", []),
        ("LOVED ERASERHEAD", []),
        ("i loved eraserhead", []),
        ("", []),
    ],
)
def test_what_is_unknown(names: Any, message: str, expected: list[str]) -> None:
    assert names(message) == expected


@given(st.text(max_size=80))
def test_any_text_is_taken(titles: TitleLinker, facets: FacetLinker, text: str) -> None:
    assert len(unknown_names(text, titles=titles, facets=facets)) <= 3


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("something like Eraserhead, from the 80s", "“Eraserhead” is not in this catalogue."),
        ("I loved Zootropolis Nights", "“Zootropolis Nights” is not in this catalogue."),
        ("有没有类似《不存在的电影》的科幻片", "这里没有“不存在的电影”。"),
    ],
)
async def test_the_reply_says_so(talk: Talk, message: str, words: str) -> None:
    assert (await talk.say(message)).words.startswith(words)
