"""How many items a message asks for."""

import pytest

from agents.language.counts import find_count
from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.reading.rules import RuleReader
from recommender.catalogue import Catalogue

COUNTS = {
    "10 westerns": 10,
    "ten good westerns": 10,
    "westerns, 3 comedies": 3,
    "show me 4 horror films": 4,
    "make it 3": 3,
    "make that four please": 4,
    "just show me 3": 3,
    "来两部": 2,
    "改成三部": 3,
    # no number of items
    "the 2 westerns": None,
    "we've watched 3 westerns today": None,
    "a film for 2 kids": None,
    "two brothers fall out": None,
    "3 hour westerns": None,
    "80s westerns": None,
    "one of those westerns": None,
    "make it 90 minutes": None,
    "make it 80s": None,
    "make it 2 hours": None,
    "make it one": None,
    "99 westerns": None,
}


@pytest.mark.parametrize(("message", "count"), COUNTS.items(), ids=list(COUNTS))
def test_counts(rules: RuleReader, message: str, count: int | None) -> None:
    assert rules.plan(message, []).count == count


def test_kinds_are_those_of_the_catalogue(small_catalogue: Catalogue) -> None:
    facets = FacetLinker(small_catalogue)
    shop = RuleReader(TitleLinker(small_catalogue, is_quality=facets.knows), facets)
    assert shop.plan("5 red kettles", []).count == 5
    assert shop.plan("5 westerns", []).count is None


def test_what_is_taken_is_no_count() -> None:
    assert find_count("give me 3 films", []) == 3
    assert find_count("give me 3 films", [(0, 15)]) is None
