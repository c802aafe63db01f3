"""Questions about what is on the screen: the right item with its figure, and no fact that the catalogue lacks."""

import pytest

from agents.answers.questions import Questions
from agents.linking.facets import FacetLinker
from agents.plan import Intent, TurnPlan
from agents.replies.present import Presenter
from recommender.catalogue import Catalogue
from storage.records import ItemRecord
from tests.agents.talk import Talk

MOSTS = [
    ("which of these is the shortest?", "runtime", min, "{:g} min"),
    ("which is the longest?", "runtime", max, "{:g} min"),
    ("which one is the oldest?", "year", min, "{:g}"), ("what's the newest of these?", "year", max, "{:g}"),
    ("the shortest?", "runtime", min, "{:g} min"), ("and what about the newest one?", "year", max, "{:g}"),
    ("最短的呢？", "runtime", min, "{:g}分钟"),
    ("哪部最短？", "runtime", min, "{:g}分钟"), ("哪一部最新", "year", max, "{:g}"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "facet", "end", "form"), MOSTS)
async def test_a_superlative_looks_at_all_cards(
    talk: Talk, demo: Catalogue, message: str, facet: str, end: type[min], form: str
) -> None:
    first = await talk.say("funny family films from the 90s")
    figures = {item_id: demo[item_id].attributes[facet] for item_id in first.ids}
    best = end(figures.values())
    turn = await talk.say(message)
    assert turn.ids == [item_id for item_id, figure in figures.items() if figure == best]
    assert form.format(best) in turn.words and all(title in turn.words for title in turn.titles)
    assert talk.taste.last_shown == first.ids and talk.taste.wanted


async def test_a_superlative_may_be_of_some_of_them(talk: Talk, demo: Catalogue) -> None:
    first = await talk.say("funny family films from the 90s")
    turn = await talk.say("which is the shortest, the first or the third?")
    figures = {item_id: demo[item_id].attributes["runtime"] for item_id in (first.ids[0], first.ids[2])}
    assert turn.ids == [item_id for item_id, minutes in figures.items() if minutes == min(figures.values())]


@pytest.mark.parametrize(
    "message", ["which one is the cheapest?", "the cheapest?", "which of these is the highest rated?"]
)
async def test_a_figure_that_is_not_there_is_not_guessed(talk: Talk, message: str) -> None:
    await talk.say("funny family films from the 90s")
    turn = await talk.say(message)
    assert turn.ids == [] and turn.words.startswith("I don't know which is") and "year and length" in turn.words


def scary_shop() -> Questions:
    rows = [("a", ["comedy", "horror"]), ("b", ["horror"]), ("c", ["comedy"])]
    items = [ItemRecord(id=i, title=i.upper(), text="", attributes={"genres": genres}) for i, genres in rows]
    catalogue = Catalogue(items)
    return Questions(Presenter(catalogue), FacetLinker(catalogue))


@pytest.mark.parametrize(
    ("message", "ids", "start"),
    [
        ("which is the most horror?", ["b", "a"], "“B”, I would say: it is a horror item. “A” is a horror"),
        ("which is the least horror of these?", ["c"], "“C”, I would say: it is not horror as far as I know."),
        ("which of these is the safest?", [], "I can't tell: what I have"),
    ],
)
def test_a_superlative_of_a_quality_goes_by_what_is_said_of_them(message: str, ids: list[str], start: str) -> None:
    questions = scary_shop()
    items = questions._catalogue.items
    told, found = questions.most(message, items, "en") or ("", [])
    assert [item.id for item in found] == ids and told.startswith(start)
    plan = questions.settle(message, TurnPlan(), shown=True)
    assert plan.intent is Intent.COMPARE


async def test_the_choice_is_left_to_the_assistant(talk: Talk) -> None:
    first = await talk.say("funny family films from the 90s")
    turn = await talk.say("which one should I watch?")
    assert turn.ids == first.ids[:1] and turn.words.startswith("I would start with the first.")


async def test_something_unknown_is_compared_with_nothing(talk: Talk) -> None:
    await talk.say("funny family films from the 90s")
    assert (await talk.say("is it better than Blorptown?")).ids == []


async def test_after_an_empty_answer_there_is_nothing_to_compare(talk: Talk) -> None:
    await talk.say("funny family films from the 90s")
    assert (await talk.say("a silent western musical from the 2010s under 80 minutes by spielberg")).ids == []
    for message in ("which of these is the shortest?", "why this one?", "which of these is the newest?"):
        turn = await talk.say(message)
        assert turn.ids == [] and "nothing on the screen" in turn.words
    await talk.say("a western")
    assert len((await talk.say("which of these is the shortest?")).ids) == 1


def test_ties_and_missing_figures_are_said() -> None:
    prices = {"a": 5, "b": 9, "c": 5, "d": None}
    shop = Catalogue([ItemRecord(i, f"Cup {i}", attributes={"price": p, "kind": "cup"}) for i, p in prices.items()])
    questions = Questions(Presenter(shop), FacetLinker(shop))
    text, winners = questions.most("which is the cheapest?", shop.items, "en") or ("", [])
    assert [item.id for item in winners] == ["a", "c"]
    assert text == "“Cup a” and “Cup c” are the cheapest of these 4: $5.00 each; of 1 I don't know it."


def test_numbers_of_the_catalogue_itself_can_be_compared() -> None:
    shop = Catalogue([ItemRecord(str(n), f"Gin {n}", attributes={"proof": n, "kind": "gin"}) for n in (80, 94, 86)])
    questions = Questions(Presenter(shop), FacetLinker(shop))
    text, winners = questions.most("which of these has the highest proof?", shop.items, "en") or ("", [])
    assert [item.id for item in winners] == ["94"] and "94" in text


UNKNOWN = ["where can I watch the first one?", "rating of the first one?", 
           "did the first one win an oscar?", "who composed the music of the first one?",
           "is the first one on netflix?", "第一部在哪里能看", "第一部评分多少"]  # fmt: skip


@pytest.mark.parametrize("message", UNKNOWN)
async def test_a_fact_that_is_not_there_gets_one_honest_sentence(talk: Talk, demo: Catalogue, message: str) -> None:
    first = await talk.say("funny family films from the 90s")
    turn = await talk.say(message)
    item = demo[first.ids[0]]
    assert (turn.intent, turn.ids) == (Intent.ABOUT_ITEM, [item.id])
    assert turn.words.startswith(("I don't know", "我不知道")) and str(item.attributes["year"]) in turn.words
    assert item.text not in turn.words and turn.words.count(". ") == 0
    assert talk.taste.wanted, "the wish of before still stands"


async def test_a_quality_is_answered_by_the_tags(talk: Talk, demo: Catalogue) -> None:
    first = await talk.say("funny family films from the 90s")
    assert (await talk.say("is the first one funny?")).words.startswith("Yes: ")
    assert "scary" not in demo.values_of(demo[first.ids[0]], "moods")
    assert (await talk.say("is the first one scary?")).words.startswith("Not ")


def test_a_fact_that_the_catalogue_has_is_told() -> None:
    shop = Catalogue([ItemRecord("a", "Cup", attributes={"rating": 4.5, "kind": "cup"})])
    questions = Questions(Presenter(shop), FacetLinker(shop))
    assert questions.fact(shop["a"], "what is its rating?", TurnPlan(), "en") == "“Cup”: 4.5."


@pytest.mark.parametrize("message", ["tell me about the first one", "what is the first one about?", "第一部讲什么"])
async def test_what_asks_for_the_description_gets_it(talk: Talk, demo: Catalogue, message: str) -> None:
    first = await talk.say("funny family films from the 90s")
    item = demo[first.ids[0]]
    assert item.text in (turn := await talk.say(message)).words or item.attributes["text_zh"] in turn.words


@pytest.mark.parametrize("message", ["something like the first one", "which western would you recommend?", "newer",
                                     "show me the newest films", "the newest films?",
                                     "a film with a high rating"])  # fmt: skip
async def test_a_wish_stays_a_wish(talk: Talk, message: str) -> None:
    await talk.say("funny family films from the 90s")
    assert (await talk.say(message)).intent not in (Intent.ABOUT_ITEM, Intent.EXPLAIN)


async def test_why_names_the_film_with_its_card_and_the_wishes_it_meets(talk: Talk, demo: Catalogue) -> None:
    first = await talk.say("I loved Alien. Funny family films from the 90s")
    turn = await talk.say("why this one?")
    assert turn.ids == first.ids[:1] and turn.shown.cards[0]["reasons"] == first.shown.cards[0]["reasons"]
    assert first.titles[0] in turn.words and "funny" in turn.words and "family" in turn.words
    assert f"({demo[first.ids[0]].attributes['year']})" in turn.words


async def test_a_verdict_says_which_film_it_was_taken_for(talk: Talk) -> None:
    first = await talk.say("funny family films from the 90s")
    turn = await talk.say("we saw that already")
    assert f"You have seen “{first.titles[0]}”. If you meant another one, name it." in turn.words
    named = await talk.say("I hated The Karate Kid")
    assert "You do not like “The Karate Kid”." in named.words and "another one" not in named.words


ADVICE = [
    "Alien or Ghostbusters, which should I watch?", "should we take Alien or Ghostbusters?", "Alien or Ghostbusters?",
    "which one would you go for, Alien or Ghostbusters", "which is better, Alien or Ghostbusters?",
    "Alien, Ghostbusters... you pick one for me",
]  # fmt: skip


@pytest.mark.parametrize("message", ADVICE)
async def test_of_two_the_better_ranked_is_advised_with_the_difference(talk: Talk, message: str) -> None:
    await talk.say("a scary film")
    turn = await talk.say(message)
    assert turn.intent is Intent.COMPARE and turn.titles == ["Alien", "Ghostbusters"]
    assert turn.words.startswith("I would take “Alien”: it fits scary. “Ghostbusters” is newer (1984)")


async def test_advice_keeps_to_the_running_wish(talk: Talk) -> None:
    await talk.say("a funny film")
    assert (await talk.say("Alien or Ghostbusters, which should I watch?")).titles == ["Ghostbusters", "Alien"]


@pytest.mark.parametrize(
    "message",
    ["which is your favourite of these?", "what's your favourite?", "which one would you pick?", "which do you prefer",
     "which one do you recommend?"],
)  # fmt: skip
async def test_a_favourite_is_the_one_that_is_ranked_first(talk: Talk, message: str) -> None:
    first = await talk.say("funny family films from the 90s")
    turn = await talk.say(message)
    assert turn.ids == first.ids[:1] and turn.words.startswith("I would start with the first.")


@pytest.mark.parametrize(
    "message",
    [
        "Ghostbusters, is it any good?",
        "ghostbusters rly good?",
        "is Ghostbusters worth watching?",
        "Ghostbusters - is that a good one?",
    ],
)
async def test_whether_a_named_film_is_good_is_asked_of_that_film(talk: Talk, message: str) -> None:
    await talk.say("funny family films from the 90s")
    turn = await talk.say(message)
    assert (turn.intent, turn.titles, talk.taste.liked) == (Intent.ABOUT_ITEM, ["Ghostbusters"], [])


@pytest.mark.parametrize(
    "message",
    ["Psycho, do you count that?", "does Psycho qualify?", "is Psycho one?", "would you call Psycho one too?"],
)
async def test_whether_an_item_counts_goes_by_the_running_wish(talk: Talk, message: str) -> None:
    await talk.say("a scary film")
    assert (await talk.say(message)).words.startswith("Yes: “Psycho” is a horror")


async def test_of_none_that_has_a_quality_none_has_the_least(talk: Talk) -> None:
    await talk.say("funny family films from the 90s")
    assert "None of these is mind-bending" in (await talk.say("which is the most mind-bending?")).words


async def test_an_item_that_is_told_of_by_name_is_what_it_means_next(talk: Talk) -> None:
    await talk.say("funny family films from the 90s")
    await talk.say("I loved Alien")
    assert (await talk.say("is it long?")).words == "“Alien” runs 117 minutes."
