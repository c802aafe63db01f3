"""Superlatives of numbers: "the cheapest", "the newest", "the highest rated", "the fewest pages".

Which facet decides one is read off the catalogue; its own numbers have superlatives too.
"""

import re
from dataclasses import dataclass

from recommender.catalogue import Catalogue


@dataclass(frozen=True)
class Superlative:
    """A superlative: how it is asked for, the facets that decide it, and which end of them."""

    asked: re.Pattern[str]
    facets: tuple[str, ...]
    sign: int  # 1: the item with the highest figure
    words: tuple[str, str]


def _most(
    english: str, chinese: str, facets: tuple[str, ...], sign: int, words: tuple[str, str], of_two: str = ""
) -> Superlative:
    """`of_two`: the comparatives that say as much of those compared: "the shorter one", "which is longer?"."""
    asks, others = r"(?:the|which(?:\s+one)?(?:\s+is|\s+was|'s)?)\s+", r"(?!\s+(?:ones|than|the|films|movies)\b)"
    compared = f"{asks}(?:{of_two}){others}" if of_two else english
    return Superlative(re.compile(rf"\b(?:{english}|{compared})\b|{chinese}", re.IGNORECASE), facets, sign, words)


_LENGTH, _YEAR, _PRICE = ("runtime", "duration", "length"), ("year",), ("price",)
RATING = ("rating", "score", "stars")
_MOSTS = (
    _most(r"(?:best|highest|top)[- ]rated|(?:best|highest) (?:rating|score)", "评分最高|口碑最好|分最高", RATING, 1,
          ("the highest rated", "评分最高")),
    _most(r"(?:worst|lowest)[- ]rated|(?:worst|lowest) (?:rating|score)", "评分最低|分最低", RATING, -1,
          ("the lowest rated", "评分最低")),
    _most("shortest|least long", "最短", _LENGTH, -1, ("the shortest", "最短"), "shorter"),
    _most("longest", "最长", _LENGTH, 1, ("the longest", "最长"), "longer"),
    _most("oldest|earliest", "最老|最早|最旧|年代最久", _YEAR, -1, ("the oldest", "最早"), "older|earlier"),
    _most("newest|latest|most recent", "最新|最近的", _YEAR, 1, ("the newest", "最新"), "newer|later|more recent"),
    _most("cheapest|least expensive|lowest price", "最便宜|最实惠", _PRICE, -1, ("the cheapest", "最便宜"), "cheaper"),
    _most("dearest|most expensive|priciest|highest price", "最贵", _PRICE, 1, ("the most expensive", "最贵"),
          "dearer|pricier|more expensive"),
)  # fmt: skip


class Superlatives:
    """The superlatives that people may use of one catalogue's items."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._all = [*_MOSTS, *self._own()]

    def find(self, message: str) -> Superlative | None:
        """The first superlative in a message, whether the catalogue can decide it or not."""
        return next((most for most in self._all if most.asked.search(message)), None)

    def facet(self, most: Superlative) -> str | None:
        """The numeric facet that decides it; None where the catalogue has none."""
        return next((facet for facet in most.facets if facet in self._catalogue.numeric), None)

    def words(self, facet: str, sign: int) -> tuple[str, str]:
        """What the item with the most (1) or least (-1) of a facet is called, in English and Chinese."""
        return next(most.words for most in self._all if facet in most.facets and most.sign == sign)

    def _own(self) -> list[Superlative]:
        """ "The highest proof", "the least pages": superlatives of the catalogue's own numbers."""
        covered = {facet for most in _MOSTS for facet in most.facets}
        own = []
        for facet in self._catalogue.numeric:
            if facet not in covered:
                name = facet.replace("_", " ")
                for sign, english, chinese in (
                    (1, "highest|most|largest|biggest", "最高"),
                    (-1, "lowest|least|fewest|smallest", "最低"),
                ):
                    words = f"the one with the {english.split('|')[0]} {name}", f"{name}{chinese}"
                    pattern = rf"(?:{english}) {re.escape(name)}", re.escape(words[1])
                    own.append(_most(*pattern, (facet,), sign, words))
        return own
