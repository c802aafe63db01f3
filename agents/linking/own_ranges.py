"""Finds ranges of a catalogue's own numbers, by their names: "under 300 pages", "rating above 4", "for 2 players".

Two facets called min_players and max_players are one range of an item: who asks for 4 players wants items whose least
is at most 4 and whose most is at least 4.
"""

import re
from collections.abc import Iterator

import numpy as np

from agents.language.amounts import WORDS
from agents.language.ranges import LENGTH, PRICE, YEAR, Found
from agents.plan import Range
from agents.text import stem
from recommender.catalogue import Catalogue

_COVERED = {YEAR, PRICE, LENGTH, "duration", "minutes"}  # `agents.language.ranges` reads these
_NUMBER = rf"(?<![\w.,])(\d{{1,6}}(?:\.\d{{1,3}})?|{'|'.join(WORDS)})"
_TO = r"\s*(?:-|–|—|to|or|and)\s*"
_LESS = r"(?:at\s+most|up\s+to|under|below|less\s+than|fewer\s+than|no\s+more\s+than|max(?:imum)?(?:\s+of)?|within)"
_MORE = r"(?:at\s+least|over|above|more\s+than|no\s+less\s+than|min(?:imum)?(?:\s+of)?)"
_OR_MORE = r"(?:\s*\+|\s+or\s+more|\s+and\s+(?:up|more))"
_SLACK = 0.1  # of a number that is not whole: "an abv of 5" is about 5
_ALSO = {"player": "people|persons?|of\\s+us"}  # what a unit is called besides


class OwnRanges:
    """The numeric facets of one catalogue that have no reading of their own."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._rules: list[tuple[re.Pattern[str], str, str, str]] = []  # pattern, lowest facet, highest facet, side
        for low, high, unit in self._units():
            name = r"\s+".join(re.escape(word) for word in unit.split())
            also = _ALSO.get(unit)
            named = rf"(?:{name}(?:s|es)?{'|' + also if also else ''})\b"
            for pattern, side in (
                (rf"\b(?:between\s+|from\s+)?{_NUMBER}{_TO}{_NUMBER}\s+{named}", "between"),
                (rf"{_MORE}\s+{_NUMBER}\s+{named}|{_NUMBER}(?:{_OR_MORE}\s+{named}|\s+{named}{_OR_MORE})", "min"),
                (rf"{_LESS}\s+{_NUMBER}\s+{named}", "max"),
                (rf"\b{named}\s+(?:is\s+|of\s+)?{_MORE}\s+{_NUMBER}", "min"),
                (rf"\b{named}\s+(?:is\s+|of\s+)?{_LESS}\s+{_NUMBER}", "max"),
                (rf"{_NUMBER}\s+{named}", "at"),
            ):
                self._rules.append((re.compile(pattern, re.IGNORECASE), low, high, side))

    def find(self, text: str) -> list[Found]:
        """All ranges in reading order; a stretch of text is read once."""
        found: list[Found] = []
        taken: list[tuple[int, int]] = []
        for pattern, low, high, side in self._rules:
            for match in pattern.finditer(text):
                if any(match.start() < end and start < match.end() for start, end in taken):
                    continue
                taken.append(match.span())
                numbers = sorted(_number(group) for group in match.groups() if group)
                found += [Found(bound, *match.span()) for bound in self._bounds(low, high, side, numbers)]
        return sorted(found, key=lambda one: one.start)

    def _bounds(self, low: str, high: str, side: str, numbers: list[float]) -> list[Range]:
        least, most = numbers[0], numbers[-1]
        if low != high:  # the item's own range must hold what is asked for
            held = [Range(facet=low, max=least)] if side in ("between", "at", "max") else []
            return held + ([Range(facet=high, min=most)] if side in ("between", "at", "min") else [])
        if side == "at" and not self._whole(low):
            least, most = least * (1 - _SLACK), most * (1 + _SLACK)
        return [Range(facet=low, min=None if side == "max" else least, max=None if side == "min" else most)]

    def _units(self) -> Iterator[tuple[str, str, str]]:
        """The facets of lowest and highest, the same where there is one, and what they are called, in the singular."""
        numeric = self._catalogue.numeric
        for facet in numeric:
            words = facet.casefold().replace("_", " ").split()
            pair = "max_" + facet.casefold().removeprefix("min_")
            if facet.casefold().startswith("min_") and pair in numeric:
                yield facet, pair, " ".join(map(stem, words[1:]))
            elif facet not in _COVERED and not facet.casefold().startswith(("min_", "max_")):
                yield facet, facet, " ".join(map(stem, words))

    def _whole(self, facet: str) -> bool:
        numbers = self._catalogue.numeric[facet]
        return bool(np.all(np.mod(numbers[~np.isnan(numbers)], 1) == 0))


def _number(said: str) -> float:
    return float(WORDS.get(said.lower(), said))
