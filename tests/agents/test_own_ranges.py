"""Ranges of a shop's own numbers are read by their names, and by no other words."""

import pytest

from agents.linking.own_ranges import OwnRanges
from recommender.catalogue import Catalogue
from storage.records import ItemRecord

GAMES = OwnRanges(
    Catalogue(
        ItemRecord(
            id=str(n), title=f"Game {n}", text="",
            attributes={"min_players": 1 + n % 2, "max_players": 4 + n, "pages": 10 * n, "weight": n / 3, "price": n},
        )
        for n in range(1, 9)
    )
)  # fmt: skip
READ = {
    "something for 2 players": [("min_players", None, 2), ("max_players", 2, None)],
    "for four people please": [("min_players", None, 4), ("max_players", 4, None)],
    "3 to 5 players": [("min_players", None, 3), ("max_players", 5, None)],
    "at least 6 players": [("max_players", 6, None)],
    "6+ players": [("max_players", 6, None)],
    "under 50 pages": [("pages", None, 50)],
    "between 20 and 40 pages": [("pages", 20, 40)],
    "30 pages": [("pages", 30, 30)],
    "weight above 1.5": [("weight", 1.5, None)],
    "for 2 players with over 40 pages": [("min_players", None, 2), ("max_players", 2, None), ("pages", 40, None)],
}


@pytest.mark.parametrize(("text", "bounds"), READ.items(), ids=list(READ))
def test_a_range_by_its_name(text: str, bounds: list[tuple[str, float | None, float | None]]) -> None:
    assert [(f.range.facet, f.range.min, f.range.max) for f in GAMES.find(text)] == bounds


@pytest.mark.parametrize("text", ["two films", "a page turner", "players", "the 3 best", "2 for my kids", "under 20"])
def test_other_numbers_are_none(text: str) -> None:
    assert GAMES.find(text) == []


def test_what_other_rules_read_is_left_to_them(demo: Catalogue) -> None:
    assert OwnRanges(demo).find("under 90 minutes, at least 1990, runtime under 90") == []
