"""Bounds on numbers: taken back by what people call them, moved to what there is."""

import pytest

from agents.linking.facets import FacetLinker
from agents.state.bounds import Bounds
from recommender.catalogue import Catalogue
from storage.records import ItemRecord

PRICES = (0.49, 0.69, 0.99, 1.29, 1.29, 1.29)


def bounds_of(**columns: tuple[float, ...]) -> Bounds:
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    catalogue = Catalogue([ItemRecord(f"item-{n}", f"Item {n}", attributes=row) for n, row in enumerate(rows)])
    return Bounds(catalogue, FacetLinker(catalogue))


@pytest.fixture
def songs() -> Bounds:
    return bounds_of(price=PRICES, duration=(100, 120, 140, 160, 180, 200))


@pytest.mark.parametrize(
    ("phrase", "facets"),
    [
        ("duration up to 85", {"duration"}),
        ("duration", {"duration"}),
        ("running time", {"duration"}),
        ("the 90 minutes limit", {"duration"}),
        ("时长", {"duration"}),
        ("price limit of 20 dollars", {"price"}),
        ("price and length", {"price", "duration"}),
        ("under $5", {"price"}),
        ("costume jewellery", set()),
        ("time travel", set()),
        ("pages", set()),
        ("the year", set()),
        ("", set()),
    ],
)
def test_a_bound_is_taken_back_by_its_name_and_by_no_other_words(songs: Bounds, phrase: str, facets: set[str]) -> None:
    assert songs.meant(phrase) == facets


@pytest.mark.parametrize("phrase", ["page count up to 120", "page_count"])
def test_a_facet_of_two_words_is_known_by_both(phrase: str) -> None:
    books = bounds_of(page_count=(100, 200), count=(1, 2))
    assert "page_count" in books.meant(phrase)
    assert books.meant("count") == {"count"}


@pytest.mark.parametrize(
    ("direction", "now", "shown", "limits"),
    [
        ("lower", (None, None), [2, 3, 4], (None, 0.99)),
        ("higher", (None, None), [0, 1, 2], (0.99, None)),
        ("lower", (0.99, None), [2, 3, 4], (None, 0.69)),  # too little is left inside
        ("higher", (None, 0.69), [0, 1], (0.99, None)),
        ("higher", (None, None), [], (1.29, None)),
        ("lower", (None, 0.0), [5], (None, 0.0)),
        ("higher", (None, None), [5], (2.29, None)),  # nothing is
    ],
)
def test_a_step_goes_to_the_next_number_there_is(
    songs: Bounds, direction: str, now: tuple[float, float], shown: list[int], limits: tuple[float, float]
) -> None:
    ids = [f"item-{n}" for n in shown]
    assert songs.moved("price", direction, now, ids, ids, beyond=False) == pytest.approx(limits)


def test_items_without_a_number_leave_the_middle_of_all(songs: Bounds) -> None:
    some = bounds_of(price=(1, 2, 3, float("nan")))
    assert some.moved("price", "lower", (None, None), ["item-3", "gone"], [], beyond=False) == (None, 1)
