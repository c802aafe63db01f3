"""A name that is ruled out covers its series: by titles, by what the facets share, by what texts say."""

import pytest

from agents.linking.facets import FacetLinker
from agents.linking.series import Series
from agents.reading.rules import RuleReader
from agents.state.taste import Taste, TasteKeeper
from recommender.catalogue import Catalogue
from storage.records import ItemRecord
from tests.agents.talk import Talk


def titled(demo: Catalogue, name: str) -> set[str]:
    return {demo[item_id].title for item_id in Series(demo).of(name).titled}


@pytest.mark.parametrize(
    ("name", "count", "one"),
    [
        ("toy story", 3, "Toy Story 3"),
        ("mission impossible", 4, "Mission: Impossible - The Final Reckoning"),  # however the title is cut
        ("jurassic park", 3, "The Lost World: Jurassic Park"),
        ("spiderman", 7, "The Amazing Spider-Man"),
        ("alien", 5, "Aliens"),
        ("the harry potter films", 8, "Harry Potter and the Goblet of Fire"),  # no title by itself
        ("Ocean's", 3, "Ocean's Twelve"),
        ("蝙蝠侠", 8, "The Dark Knight"),
    ],
)
def test_a_name_stands_for_its_series(demo: Catalogue, name: str, count: int, one: str) -> None:
    found = titled(demo, name)
    assert len(found) == count and one in found


@pytest.mark.parametrize(
    ("name", "only"),
    [
        ("rocky", {"Rocky", "Rocky II", "Rocky IV"}),  # nothing in common with The Rocky Horror Picture Show
        ("ghost", {"Ghost"}),
        ("it", {"It"}),
        ("Toy Story 2", {"Toy Story 2"}),
        ("dead", set()),
        ("sharknado", set()),
        ("", set()),
    ],
)
def test_titles_that_begin_alike_are_no_series(demo: Catalogue, name: str, only: set[str]) -> None:
    assert titled(demo, name) == only


def test_texts_tell_of_those_whose_titles_do_not(demo: Catalogue) -> None:
    series = Series(demo)
    batman = {demo[item_id].title for item_id in series.of("batman").mentioning}
    assert batman == {"The Dark Knight", "The Dark Knight Rises"}
    bond = {demo[item_id].title for item_id in series.of("james bond").mentioning}
    assert {"Goldfinger", "GoldenEye", "Skyfall"} <= bond
    assert "The Prince of Egypt" not in bond  # a family bond
    assert "Clerks" not in {demo[item_id].title for item_id in series.of("star wars").all}


def test_names_are_found_in_a_text(demo: Catalogue) -> None:
    found = Series(demo).find("neither the lord of the rings films nor harry potter and such")
    assert [span.text for span in found] == ["lord of the rings", "harry potter"]


@pytest.mark.parametrize(
    ("message", "left_out"),
    [
        ("gangster films, but not the godfather", 3),
        ("a fantasy without harry potter please", 8),
        ("animation, no shrek", 2),
        ("anything but indiana jones, an adventure", 3),
        ("sci-fi except for the terminator", 3),
        ("a heist, just not Ocean's", 3),
        ("nothing from the bourne series, but a spy film", 3),
        ("不要星球大战，要科幻片", 8),
    ],
)
def test_a_series_is_ruled_out(rules: RuleReader, keeper: TasteKeeper, message: str, left_out: int) -> None:
    taste = keeper.update(Taste(), rules.plan(message, []), message)
    (series,) = (wish for wish in taste.unwanted if wish.items)
    assert [len(ids) for ids in taste.left_out.values()] == [left_out] and len(series.items) == left_out


@pytest.mark.parametrize("message", ["I hated the godfather", "we've seen toy story", "not Toy Story 2, a cartoon"])
def test_a_verdict_and_a_full_title_stay_with_the_one_item(
    rules: RuleReader, keeper: TasteKeeper, message: str
) -> None:
    taste = keeper.update(Taste(), rules.plan(message, []), message)
    assert taste.left_out == {} and len(taste.disliked + taste.seen) == 1


def test_a_quality_of_the_same_words_is_no_series(rules: RuleReader, keeper: TasteKeeper) -> None:
    message = "a drama, no aliens please"
    taste = keeper.update(Taste(), rules.plan(message, []), message)
    assert taste.left_out == {} and [("themes", "aliens") in wish.values for wish in taste.unwanted] == [True]


async def test_the_reply_says_what_is_left_out_and_it_can_be_let_in_again(talk: Talk) -> None:
    turn = await talk.say("superhero films, but not batman")
    assert "I left out the 8 films of “batman”." in turn.words and "not batman" in turn.words
    assert not any("Batman" in title or "Dark Knight" in title for title in turn.titles)
    assert "I left out" not in (await talk.say("something else")).words
    assert any("Bat" in title or "Dark Knight" in title for title in (await talk.say("forget the batman thing")).titles)


async def test_a_short_series_is_told_by_its_titles(talk: Talk) -> None:
    turn = await talk.say("a comedy without ace ventura")
    assert "I left out “Ace Ventura: Pet Detective” and “Ace Ventura: When Nature Calls”." in turn.words


def test_a_facet_that_is_the_series_own_counts_too() -> None:
    def item(name: str, *tags: str) -> ItemRecord:
        return ItemRecord(id=name, title=name, text="", attributes={"tags": [*tags, "any"]})

    goods = [
        item("Mossby: Kettle", "mossby"),
        item("Mossby: Toaster", "mossby"),
        item("Old Pot", "mossby"),
        item("Pan"),
    ]
    catalogue = Catalogue(goods)
    keeper = TasteKeeper(catalogue, FacetLinker(catalogue))
    wish = keeper._wishes.series("mossby", "Mossby: Kettle")
    assert wish is not None and wish.values == [("tags", "mossby")] and len(wish.items) == 2
