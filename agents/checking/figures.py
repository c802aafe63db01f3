"""The numbers of a sentence against the facts of the items it is about: years, lengths, prices, and how they compare.

A number is carried by what it counts: "84 minutes" by the length, "from 1984" by the year, "four years before" by two
years; any other number must stand in the evidence.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from agents.checking import claims
from agents.checking.claims import Evidence, Word
from recommender.data.titles import title_key

Check = Callable[[Iterable[bool]], bool]  # any or all
_MINUTES = ("min", "mins", "minute", "minutes")
_HOURS = ("hour", "hours")
_DOLLARS = ("dollar", "dollars")
_YEARS = (1880, 2100)
_ROUGH_MINUTES, _ROUGH_HOUR, _ROUGH_SHARE = 8, 20, 0.1  # how far "about 90 minutes", "two hours", "almost 20 years" go
# A comparison that the facts decide: fact, and whether the item named has more of it.
_COMPARED = {
    "shorter": ("runtime", -1), "shortest": ("runtime", -1), "longer": ("runtime", 1), "longest": ("runtime", 1),
    "newer": ("year", 1), "newest": ("year", 1), "older": ("year", -1), "oldest": ("year", -1),
    "earlier": ("year", -1), "earliest": ("year", -1), "latest": ("year", 1), "later": ("year", 1),
    "cheaper": ("price", -1), "cheapest": ("price", -1), "dearer": ("price", 1), "dearest": ("price", 1),
}  # fmt: skip
COMPARED = frozenset(_COMPARED)
_WAYS = "before|after|later|earlier|older|newer|shorter|longer|cheaper|dearer|apart|more|less"
_DIFFERENCE = re.compile(
    rf"(?P<n>[a-z]+|\$?\d+(?:\.\d+)?)(?: (?P<unit>years?|minutes?|mins?|dollars?))? (?P<way>{_WAYS})\b"
    r"|(?P<way2>newer|older|shorter|longer|cheaper|dearer) by (?P<n2>[a-z]+|\$?\d+(?:\.\d+)?)"
    r"(?: (?P<unit2>year|min|dollar))?",
    re.IGNORECASE,
)
_FACTS = {"y": "year", "m": "runtime", "d": "price"}
_LESS = ("before", "earlier", "older", "shorter", "cheaper", "less")
_BOUND = re.compile(
    r"\b(?:(?P<under>under|less than|below|within|no more than|at most|up to|fewer than|shorter than|cheaper than"
    r"|before)|over|more than|above|at least|longer than|past|after) \$?$",
    re.IGNORECASE,
)
_ROUGHLY = re.compile(r"\b(?:about|around|roughly|nearly|almost|some|close to|just over|just under) $", re.IGNORECASE)
_AGAINST = re.compile(r"\b(?:against|versus|vs\.?|than|compared (?:to|with)) \$?$", re.IGNORECASE)
_TOGETHER = re.compile(r"\b(?:together|total|both|all)\b", re.IGNORECASE)
_MADE = re.compile(
    r"(?:\bfrom|\b(?:made|out|released|shot|filmed) in|\bdate[sd]? (?:back )?(?:to|from)|\bback to|^in)\s*$",
    re.IGNORECASE,
)
_AND_MINUTES = re.compile(
    r"\b(?P<hours>an|one|two|three|four|\d) "
    r"(?:hours? and (?:a (?P<half>half)|(?P<minutes>[a-z]+|\d+) minutes?)|and a (?P<half2>half) hours?)",
    re.IGNORECASE,
)


def in_minutes(text: str) -> str:
    """ "two hours and twelve minutes" as "132 minutes", "an hour and a half" as "about 90 minutes"."""

    def spelt(match: re.Match[str]) -> str:
        hours = claims.number_of(match["hours"].lower()) or 1.0
        if match["half"] or match["half2"]:
            return f"about {hours * 60 + 30:g} minutes"
        minutes = claims.number_of(match["minutes"].lower())
        return match[0] if minutes is None else f"{hours * 60 + minutes:g} minutes"

    return _AND_MINUTES.sub(spelt, text)


class Figures:
    """Judges numbers by the items of a turn.

    Args:
        items: all that are shown. wished: the numbers and decades that a sentence about the wish may repeat.
    """

    def __init__(self, items: Sequence[Evidence], wished: frozenset[str]) -> None:
        self._items = items
        self._wished = wished

    def hold(self, words: Sequence[Word], text: str, start: int, about: Sequence[Evidence], each: bool) -> bool:
        """Whether every number of a stretch is carried.

        Args:
            words, text: of the stretch; `start` is the place of the text in the sentence.
            about: the items it speaks of; `each`: whether it says so of every one.
        """
        check: Check = all if each else any
        spans = []
        for match in _DIFFERENCE.finditer(text):
            number, unit = match["n"] or match["n2"], match["unit"] or match["unit2"]
            if not unit and not number.startswith("$"):
                continue
            if f" {number} {unit} ".casefold() in claims.joined(about):
                continue  # "for fourteen years before"
            if not self._differs(match, about):
                return False
            spans.append(match.span())
        for place, word in enumerate(words):
            at = word.start - start
            if any(first <= at < last for first, last in spans) or word.key == "one" or word.key in self._wished:
                continue
            decade = claims.decade_of(word.key)
            if decade is not None and word.root not in claims.all_roots(about):
                if not check(i.year is not None and i.year // 10 * 10 == decade for i in about):
                    return False
                continue
            value = claims.number_of(word.key)
            after = words[place + 1].key if place + 1 < len(words) else ""
            verbatim = bool(after) and f" {title_key(word.text)} {after} " in claims.joined(about)
            if value is not None and not verbatim and not self._carried(value, text[:at], text, after, about, check):
                return False
        return True

    def compared(self, words: Sequence[Word], about: Sequence[Evidence], word: str) -> bool:
        """Whether the facts make the item that `word`, one of COMPARED: against the one after "than", or all others."""
        fact, sign = _COMPARED[word]
        than = len(about) > 1 and any(w.key == "than" for w in words)
        own = getattr(about[0], fact)
        values = [getattr(item, fact) for item in (about[1:] if than else self._others(about[0]))]
        return bool(values) and own is not None and all(v is not None and (own - v) * sign > 0 for v in values)

    def _carried(
        self, value: float, before: str, text: str, after: str, about: Sequence[Evidence], check: Check
    ) -> bool:
        priced = before.endswith("$") or after in _DOLLARS
        timed = after in (*_MINUTES, *_HOURS)
        dated = not priced and not timed and _YEARS[0] <= value <= _YEARS[1] and any(i.year is not None for i in about)
        fact = "price" if priced else "runtime" if timed else "year" if dated else ""
        if after in _HOURS:
            value *= 60
        if fact and (bound := _BOUND.search(before)):
            sign = 1 if bound["under"] else -1
            return all((own := getattr(i, fact)) is not None and (own - value) * sign <= 0 for i in about)
        if _AGAINST.search(before):
            about, check = self._items, any
        if priced:
            prices = [item.price or 0.0 for item in (about if len(about) > 1 else self._items)]
            total = bool(_TOGETHER.search(text)) and abs(sum(prices) - value) < 0.005
            return total or check(i.price == value for i in about)
        if timed:
            slack = _ROUGH_HOUR if after in _HOURS else _ROUGH_MINUTES if _ROUGHLY.search(before) else 0
            return check(i.runtime is not None and abs(i.runtime - value) <= slack for i in about)
        if dated:
            told = not _MADE.search(before) and check(value in i.numbers for i in about)
            return told or check(i.year == value for i in about)
        counted = 1 < value <= len(self._items) or (value == 2 and before.endswith("the "))
        return counted or check(value in i.numbers for i in about)

    def _differs(self, match: re.Match[str], about: Sequence[Evidence]) -> bool:
        """ "four years before X", "sixty dollars cheaper": whether the item lies so far from another."""
        number = claims.number_of((match["n"] or match["n2"]).casefold().lstrip("$"))
        fact = _FACTS[(match["unit"] or match["unit2"] or "dollar")[0].lower()]
        way = (match["way"] or match["way2"]).lower()
        own = getattr(about[0], fact)
        if number is None or own is None:
            return False
        slack = _ROUGH_SHARE * number if _ROUGHLY.search(match.string[: match.start()]) else 0.005
        for other in about[1:] or self._others(about[0]):
            its = getattr(other, fact)
            if its is None:
                continue
            apart = abs(own - its) if way == "apart" else (its - own if way in _LESS else own - its)
            if abs(apart - number) <= slack:
                return True
        return False

    def _others(self, item: Evidence) -> list[Evidence]:
        return [other for other in self._items if other is not item]
