"""Wishes for the small shop, and what the tests of ranking read in an answer."""

from recommender.catalogue import FacetValue
from recommender.serving.request import Quality, Ranking
from storage.records import ItemRecord


def quality(label: str, *values: tuple[str, str]) -> Quality:
    """A quality of these facets' values."""
    return Quality(label, tuple(FacetValue(facet, value) for facet, value in values))


def ids(ranking: Ranking) -> list[str]:
    """The items shown, best first."""
    return [pick.item_id for pick in ranking.picks]


def words_of(*texts: str) -> list[ItemRecord]:
    """Items a, b, c, ... with these texts, titled by their letter."""
    return [ItemRecord("abcdefgh"[n], "ABCDEFGH"[n], text) for n, text in enumerate(texts)]


KETTLE, BRIM = quality("kettle", ("category", "kettles")), quality("by Brim", ("brand", "Brim"))
POT = quality("for tea", ("category", "kettles"), ("category", "teapots"))
