"""What one line of evidence says, in a form that a sentence can be held against: words, numbers, facts, what is denied.

Knows the form in which `agents.replies.present` writes such a line, and nothing of the catalogue.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from agents.checking.wording import root
from recommender.data.titles import title_key

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[.,]\d+)*(?:s\b)?")
_NUMBER_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "dozen": 12, "hundred": 100,
    "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000,
}  # fmt: skip
_DECADES = {"twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960,
            "seventies": 1970, "eighties": 1980, "nineties": 1990}  # fmt: skip
_DENIED = """
    no not never nobody nothing none neither nor without cannot cant wont isnt arent wasnt werent doesnt dont didnt
    hasnt havent couldnt wouldnt lacks lack lacking free
"""
_DENIALS = frozenset(_DENIED.split())
_DENIED_WITHIN = 5  # words after a denial that it may be about
_FACTS = re.compile(r"\((?P<facts>[^()]*)\)")
_TASTE = re.compile(r"(?:^|[.;]\s)(?:Because you liked|Like) (?P<title>[^.;]+)")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a sentence: as written, folded, its root, and its place."""

    text: str
    key: str
    root: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """The words of a text; parts of a hyphenated word are words of their own, "80s" is one."""
    return [Word(match[0], *_folded(match[0]), match.start(), match.end()) for match in _WORD.finditer(text)]


@lru_cache(maxsize=20_000)  # evidence and replies say the same words again and again
def _folded(written: str) -> tuple[str, str]:
    """Key and root of a word."""
    key = written if written[0].isdigit() else title_key(re.sub(r"['’]s$", "", written))
    return key, root(key)


def number_of(key: str) -> float | None:
    """The number that a word spells or writes; None for any other word and for a decade."""
    if key[:1].isdigit():
        plain = key.replace(",", "")
        return float(plain) if re.fullmatch(r"\d+(?:\.\d+)?", plain) else None
    value = _NUMBER_WORDS.get(key)
    return None if value is None else float(value)


def decade_of(key: str) -> int | None:
    """The first year of a decade: 1980 for "1980s", "80s" and "eighties"."""
    if match := re.fullmatch(r"(\d\d|\d{3}0|\d0)s", key):
        number = int(match[1])
        return number if number > 99 else 1900 + number if number >= 20 else 2000 + number
    return _DECADES.get(key)


def denied(found: Sequence[Word]) -> list[tuple[int, set[str]]]:
    """Each denial in a text: its place, and the roots of the words after it that it may be about."""
    denials = []
    for place, word in enumerate(found):
        if word.key in _DENIALS or (word.key.endswith("nt") and "'" in word.text.replace("’", "'")):
            denials.append((place, {w.root for w in found[place + 1 : place + 1 + _DENIED_WITHIN]}))
        elif word.key.endswith("less") and len(word.key) > 6:
            denials.append((place, {root(word.key[:-4])}))
    return denials


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one item.

    Attributes:
        roots: of every word. denials: what each denial in it is about. absent: what is said not to be there.
        numbers: every number in it, written or spelt.
        year, runtime, price: its facts, None where the line has none.
        tastes: folded titles that the person liked and that speak for it.
    """

    name: str  # the folded title
    title: tuple[str, ...]  # its words
    text: str  # all of it, folded
    facts: str  # what stands in the brackets behind the title
    roots: frozenset[str]
    denials: tuple[frozenset[str], ...]
    absent: frozenset[str]
    numbers: frozenset[float]
    year: float | None
    runtime: float | None
    price: float | None
    tastes: tuple[str, ...]


def read_evidence(title: str, line: str) -> Evidence:
    """Take a line of evidence apart."""
    told = line.removeprefix(title)
    facts = match["facts"] if (match := _FACTS.search(told)) else ""
    found = words(f"{title} {line}")
    year = re.search(r"\b(1[89]\d\d|20\d\d)\b", facts)
    runtime = re.search(r"(\d+) min", facts)
    price = re.search(r"\$([\d,.]*\d)", facts)
    return Evidence(
        name=title_key(title),
        title=tuple(word.key for word in words(title)),
        text=f" {title_key(f'{title} {line}')} ",
        facts=facts,
        roots=frozenset(word.root for word in found),
        denials=tuple(frozenset(about) for _, about in denied(found)),
        absent=frozenset(after.root for word, after in pairwise(found) if word.key == "no"),
        numbers=frozenset(n for word in found if (n := number_of(word.key)) is not None),
        year=float(year[1]) if year else None,
        runtime=float(runtime[1]) if runtime else None,
        price=float(price[1].replace(",", "")) if price else None,
        tastes=tuple(title_key(m["title"]) for m in _TASTE.finditer(line)),
    )


def joined(evidence: Iterable[Evidence]) -> str:
    """The folded text of some items."""
    return "".join(one.text for one in evidence)


def all_roots(evidence: Iterable[Evidence]) -> frozenset[str]:
    """Every word of some items."""
    return frozenset().union(*(one.roots for one in evidence))
