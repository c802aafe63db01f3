"""Titles that are numbers and short for others, and names of people, as strangers wrote them."""

import pytest

from agents.language.ranges import find_ranges
from agents.linking.facets import FacetLinker
from agents.linking.searching import words_to_search_by
from agents.linking.titles import TitleLinker
from agents.linking.unknown import unknown_names
from agents.plan import Message
from agents.reading.rules import RuleReader
from tests.agents.talk import Talk

SPACE = "2001-a-space-odyssey-1968"


def said(message: str) -> list[Message]:
    return [Message(role="user", text=message), Message(role="assistant", text="Here you are.")]


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("Loved Ex Machina, found 2001 boring", "2001"),
        ("loved Arrival, found 1917 boring", "1917"),
        ("I meant the film 2001 was boring, not the year", "2001"),
        ("seen 2001, Clockwork, Blade Runner, obviously. Slow, European", "2001"),
        ("films like 2001 please", "2001"),
    ],
)
def test_a_number_that_is_seen_or_judged_is_a_title(rules: RuleReader, message: str, title: str) -> None:
    plan = rules.plan(message, [])
    assert title in [mention.text for mention in plan.mentions] and not plan.ranges


@pytest.mark.parametrize(
    "message", ["I saw 2001 films already", "I liked films of 2001", "something from 1917", "we watched 2001 comedies"]
)
def test_a_number_that_tells_of_films_is_a_year(rules: RuleReader, message: str) -> None:
    plan = rules.plan(message, [])
    assert plan.ranges and not plan.mentions


async def test_a_year_that_was_a_title_is_taken_back(talk: Talk) -> None:
    await talk.say("something from 2001")
    assert talk.taste.bounds
    await talk.say("I meant the film 2001 was boring, not the year")
    assert not talk.taste.bounds and SPACE in talk.taste.disliked


@pytest.mark.parametrize("message", ["Please ignore years. A comedy?", "I didn't say from 2001. Try again"])
async def test_years_are_taken_back(talk: Talk, message: str) -> None:
    await talk.say("films from 2001")
    await talk.say(message)
    assert not talk.taste.bounds


@pytest.mark.parametrize(
    ("text", "low", "high"), [("sci-fi, 1970-85", 1970, 1985), ("1995–99", 1995, 1999), ("1970-1985", 1970, 1985)]
)
def test_the_second_year_may_be_short(text: str, low: int, high: int) -> None:
    (found,) = find_ranges(text)
    assert (found.range.min, found.range.max) == (low, high)


@pytest.mark.parametrize("text", ["with older ladies", "about an older gentleman", "older actresses please"])
def test_older_people_are_no_older_films(text: str) -> None:
    assert not find_ranges(text)


@pytest.mark.parametrize(
    ("message", "item_id"),
    [
        ("like ten things i hate abt u", "10-things-i-hate-about-you-1999"),
        ("twelve angry men was great", "12-angry-men-1957"),
        ("i loved 7 samurai", "seven-samurai-1954"),
        ("like train 2 busan", "train-to-busan-2016"),
        ("dune 2 was peak", "dune-part-two-2024"),
        ("smth like lotr", "the-lord-of-the-rings-the-fellowship-of-the-ring-2001"),
        ("loved eeaao", "everything-everywhere-all-at-once-2022"),
        ("like spiderverse", "spider-man-into-the-spider-verse-2018"),
        ("across the spiderverse", "spider-man-across-the-spider-verse-2023"),
        ("Babette seen", "babettes-feast-1987"),
        ("loved Life of Brian", "monty-pythons-life-of-brian-1979"),
        ("loved Three Colours: Blue", "three-colors-blue-1993"),
    ],
)
def test_titles_in_short(titles: TitleLinker, message: str, item_id: str) -> None:
    assert [span.item_id for span in titles.find(message)] == [item_id]


@pytest.mark.parametrize("message", ["three good films for two people", "something 4 kids", "2 films for 2"])
def test_numbers_by_themselves_are_no_titles(titles: TitleLinker, message: str) -> None:
    assert not titles.find(message)


def test_a_list_of_people_is_asked_for_as_a_whole(rules: RuleReader) -> None:
    plan = rules.plan("try Kathryn Bigelow, Sofia Coppola, Greta Gerwig", said("no romance please"))
    assert plan.wanted == ["kathryn bigelow", "sofia coppola", "greta gerwig"] and not plan.unwanted


def test_who_is_hated_and_who_is_liked(rules: RuleReader) -> None:
    plan = rules.plan("I hate Tarantino and Nolan. I like Haneke, Farhadi and Ceylan.", [])
    assert {"tarantino", "nolan"} <= set(plan.unwanted) and {"haneke", "farhadi"} <= set(plan.wanted)


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ("I like Haneke, Farhadi and Ceylan.", []),
        ("Similar to Mamma Mia! please", ["Mamma Mia"]),
        ("Something like Bridesmaids", ["Bridesmaids"]),
        ("Something like Paris, Texas with a similar soundtrack", ["Paris, Texas"]),
        ("no, the film Paris, Texas", ["Paris, Texas"]),
        ("Something like Alien, Jaws", []),
        ("Something like Titanic or My Dinner with Andre", ["My Dinner with Andre"]),
        ("Something like Hitchcock", []),
        ("We have seen all the Harry Potters", []),
    ],
)
def test_what_is_not_here(titles: TitleLinker, facets: FacetLinker, message: str, names: list[str]) -> None:
    assert unknown_names(message, titles=titles, facets=facets) == names


async def test_a_series_in_the_plural_is_seen(talk: Talk) -> None:
    await talk.say("We have seen all the Harry Potters")
    assert len(talk.taste.seen) == 8


async def test_a_question_is_about_what_is_not_said_to_be_seen(talk: Talk) -> None:
    turn = await talk.say("We have seen all the Harry Potters. Little Women would be nice. Is there a dog in it?")
    assert "Little Women" in turn.words and "Harry Potter" not in turn.words


@pytest.mark.parametrize(
    ("message", "query"),
    [
        ("Could there be another in the same spirit?", ""),
        ("something in the spirit of those days, with trains", "trains"),
        ("Just a nice old-fashioned one about trains", "trains"),
        ("trains, if you don't mind", "trains"),
        ("something slow about trains", "trains"),
        ("bruh smth about trains hbu", "trains"),
        ("please ring my daughter", ""),
        ("smth about studyin", "studying"),
        ("a film about a spirit world", "spirit world"),
    ],
)
def test_manners_of_speech_are_not_searched_by(message: str, query: str) -> None:
    assert words_to_search_by(message, [], []).replace("daughter", "").strip() == query
