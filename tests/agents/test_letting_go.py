"""What goes where nothing meets all: moods and themes before people, genres and countries; and never all of it."""

from datetime import date

import pytest

from agents.language.ranges import find_ranges
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk, has


def labels(talk: Talk) -> list[str]:
    return [wish.label for wish in talk.taste.wanted]


async def test_the_mood_goes_before_the_person(talk: Talk) -> None:
    await talk.say("a gloomy film with Tom Hanks")
    turn = await talk.say("from the eighties")
    assert labels(talk) == ["tom hanks"] and "“gloomy”" in turn.words and turn.ids


async def test_an_older_person_stays_before_a_newer_mood(talk: Talk) -> None:
    await talk.say("films with Tom Hanks")
    await talk.say("make it gloomy")
    await talk.say("from the eighties")
    assert labels(talk) == ["tom hanks"]


@pytest.mark.parametrize(
    ("first", "then", "kept"),
    [
        ("westerns without Sergio Leone and without Clint Eastwood", "from the 1950s", "westerns"),
        ("films by Hayao Miyazaki", "before 1970", "hayao miyazaki"),
        ("screwball comedies", "since 2002", "screwball comedies"),
    ],
)
async def test_a_bound_ends_no_search(talk: Talk, first: str, then: str, kept: str) -> None:
    await talk.say(first)
    turn = await talk.say(then)
    assert kept in labels(talk) and not turn.ids and turn.words.startswith("I have no film that fits")


async def test_older_than_those_is_older_than_each(talk: Talk, demo: Catalogue) -> None:
    shown = (await talk.say("thrillers from the nineties")).ids
    turn = await talk.say("older than these please")
    oldest = min(demo[i].attributes["year"] for i in shown)
    assert turn.ids and all(demo[i].attributes["year"] < oldest for i in turn.ids)


async def test_longer_than_those_is_longer_than_each(talk: Talk, demo: Catalogue) -> None:
    shown = (await talk.say("a war film")).ids
    turn = await talk.say("longer than those")
    longest = max(demo[i].attributes["runtime"] for i in shown)
    assert turn.ids and all(demo[i].attributes["runtime"] > longest for i in turn.ids)


async def test_europe_is_its_countries(talk: Talk, demo: Catalogue) -> None:
    europe = (
        "France",
        "United Kingdom",
        "Italy",
        "Germany",
        "Spain",
        "Sweden",
        "Denmark",
        "Poland",
        "Austria",
        "Ireland",
    )
    for message in ("a heist film from Europe", "european heist movies"):
        turn = await talk.say(message)
        assert turn.ids and all(any(has(demo, i, "countries", c) for c in europe) for i in turn.ids)


@pytest.mark.parametrize("text", ["from the last few yrs", "of recent years", "from the past few years"])
def test_the_last_years(text: str) -> None:
    (found,) = find_ranges(text)
    assert found.range.min == date.today().year - 5 and found.range.max is None
