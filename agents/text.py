"""Words of a message with their places, and how common a word is. English and Chinese."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from wordfreq import zipf_frequency

from recommender.data.titles import title_key

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# With which titles begin that are said without them, in languages that titles are in.
ARTICLES = ("the", "a", "an", "le", "la", "les", "das", "der", "die", "el", "il")
LONGEST = 2000  # characters of a message that are read
COMMON = 6.0  # Zipf frequency of about the fifty most common English words


Span = tuple[int, int]  # first character and the one after the last


class Placed(Protocol):
    """A stretch of a text."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def places(found: Iterable[Placed]) -> list[Span]:
    """Where stretches begin and end."""
    return [(one.start, one.end) for one in found]


def covered(start: int, end: int, spans: Iterable[Placed]) -> bool:
    """Whether any of the spans has a character of this stretch."""
    return any(start < span.end and span.start < end for span in spans)


@dataclass(frozen=True, slots=True)
class Token:
    """One word: as written, folded for comparison, and its characters in the message."""

    text: str
    key: str
    start: int
    end: int


def plain(message: str) -> str:
    """A message as it is read: straight apostrophes, not too long."""
    return message.replace("’", "'").replace("‘", "'")[:LONGEST]


def tokens(text: str) -> list[Token]:
    """The words of a text; "don't" is one word, "sci-fi" two."""
    return [Token(m[0], title_key(m[0]), m.start(), m.end()) for m in _TOKEN.finditer(text)]


def either(words: str) -> str:
    """A pattern for any of some words; "_" stands for the blank within one."""
    return rf"(?:{'|'.join(words.split())})".replace("_", r"\s+")


def has_cjk(text: str) -> bool:
    """Whether a text holds Chinese, Japanese or Korean characters."""
    return bool(_CJK.search(text))


@lru_cache(maxsize=50_000)
def frequency(word: str) -> float:
    """Zipf frequency of an English word: 7 "the", 5 "heat", 3 "jaws", 0 unknown."""
    return float(zipf_frequency(word, "en"))


def specificity(words: tuple[str, ...]) -> float:
    """How unlikely a phrase is to be plain speech: 0 for "it", 1.1 for "heat", 4 for "pulp fiction"."""
    return sum(max(0.0, COMMON - frequency(word)) for word in words)


def stem(word: str) -> str:
    """A crude singular, so that "westerns" finds "western" and "comedies" "comedy"."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def phrase_key(text: str) -> str:
    """The form in which quality phrases are compared: folded words, each in the singular."""
    return " ".join(stem(word) for word in title_key(text).split())


def without(text: str, phrase: str) -> str:
    """A text without the words of a phrase."""
    said = set(phrase_key(phrase).split())
    for token in reversed(tokens(text)):
        if phrase_key(token.text) in said:
            text = text[: token.start] + text[token.end :]
    return " ".join(text.split())


def listed(parts: Sequence[str], word: str = "and") -> str:
    """ "a, b and c"; "" for nothing."""
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def blanked(text: str, places: list[tuple[int, int]], sign: str = " ") -> str:
    """The text with a sign for every character of these stretches."""
    for start, end in places:
        text = text[:start] + sign * (end - start) + text[end:]
    return text
