"""What no field of the catalogue answers is said so, and searched for by no word."""

import pytest

from agents.language.unfilterable import Unfilterable
from agents.reading.rules import RuleReader
from recommender.catalogue import Catalogue
from storage.records import ItemRecord
from tests.agents.talk import Talk

ASKED = {
    "movies directed by women": "the director's gender",
    "a thriller by a female director": "the director's gender",
    "a comedy with a woman in the lead": "the gender of the lead",
    "something by a woman": "the director's gender",
    "rather by women": "the director's gender",
    "he hates swearing": "swearing or nudity",
    "something sexy but not vulgar": "how racy or crude something is",
    "a comedy, nothing crude please": "how racy or crude something is",
    "something PG-13": "age ratings",
    "a highly rated western": "ratings, reviews or prizes",
    "anything in black and white": "black and white or colour",
    "what's on netflix": "streaming services",
    "女导演的电影": "the director's gender",
}
OTHERS = [
    "a film about women",
    "Little Women",
    "loved by a woman",
    "a black comedy",
    "the lead was great",
    "a streaming river",
    "men in black",
    "a drama about crude oil",
]


@pytest.mark.parametrize(("message", "topic"), ASKED.items(), ids=list(ASKED))
def test_a_topic_the_catalogue_has_no_field_for(message: str, topic: str) -> None:
    assert Unfilterable(Catalogue([])).names(message) == [topic]


@pytest.mark.parametrize("message", OTHERS)
def test_plain_wishes_are_none(message: str) -> None:
    assert Unfilterable(Catalogue([])).find(message) == []


def test_a_catalogue_that_has_the_field_can_be_asked() -> None:
    rows = [ItemRecord(id=str(n), title=str(n), text="", attributes={"rating": n / 2, "kind": "x"}) for n in range(6)]
    assert Unfilterable(Catalogue(rows)).names("a highly rated one in black and white") == ["black and white or colour"]


def test_its_words_are_not_searched_for(rules: RuleReader) -> None:
    assert "women" not in rules.plan("submarine movies directed by women", []).query


@pytest.mark.parametrize(
    ("message", "note"),
    [
        ("a comedy directed by women", "This catalogue does not record the director's gender, so I cannot filter by"),
        ("女导演拍的喜剧", "这里没有记录导演的性别，没法按它筛选。"),
    ],
)
async def test_it_is_said(talk: Talk, message: str, note: str) -> None:
    turn = await talk.say(message)
    assert turn.words.startswith(note) and turn.ids
