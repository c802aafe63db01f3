"""Hard times that somebody tells of are no subject to search for; what is harsh is too much then."""

import pytest

from agents.language.gentle import hard_times
from agents.plan import Intent
from agents.reading.rules import RuleReader
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk, has

HARD = [
    "My wife passed away last spring. I would like a gentle film, nothing about death.",
    "my mum died two years ago, something light please",
    "I lost my husband in March, a comedy please",
    "my wife is pregnant so nothing sad",
    "My doctor tells me to avoid excitement",
    "I am recovering from an operation and want a musical",
    "grandma is very frail, a film for her",
]
NONE = [
    "a film about a man whose wife died", "a drama where my kind of hero is dying", "I'm dying to see a western",
    "we are expecting guests, a comedy", "a thriller", "I lost interest", "i lost my receipt",
    "that film was awful, I'm still recovering", "her dog died in the last one",
    "my wife is into submarines",
]  # fmt: skip


@pytest.mark.parametrize("text", HARD)
async def test_what_is_harsh_is_left_out(talk: Talk, demo: Catalogue, text: str) -> None:
    turn = await talk.say(text)
    assert turn.ids and not {"passed", "died", "spring", "pregnant", "doctor", "frail"} & set(turn.plan.query.split())
    for value in ("violent", "disturbing", "bleak", "scary"):
        assert not any(has(demo, i, "moods", value) for i in turn.ids)


@pytest.mark.parametrize("text", NONE)
def test_a_story_is_no_hard_time(text: str) -> None:
    assert hard_times(text) == []


def test_who_asks_for_horror_gets_it(rules: RuleReader) -> None:
    assert "horror" in rules.plan("my wife is pregnant and wants a horror film", []).wanted


def test_who_only_talks_of_it_asks_for_no_film(rules: RuleReader) -> None:
    plan = rules.plan("my wife passed in march, i just wanted to say good evening to someone", [])
    assert plan.intent is Intent.CHAT and not plan.wanted


async def test_nothing_about_death(talk: Talk, demo: Catalogue) -> None:
    turn = await talk.say(HARD[0])
    assert not any(has(demo, i, "themes", theme) for i in turn.ids for theme in ("grief", "murder", "terminal illness"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("my dad died in the war, so no war films", ["warm"]),
        ("we lost our dog last week, something comforting", ["comforting"]),
        ("my wife passed away last spring so I want a comedy", ["comedy"]),
    ],
)
def test_what_is_told_is_not_wished_for(rules: RuleReader, text: str, wanted: list[str]) -> None:
    assert rules.plan(text, []).wanted == wanted
