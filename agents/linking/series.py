"""What a name stands for beyond one item: the films of a series, the books of a saga, what is sold under one name.

Who rules out "Kill Bill" means both parts, and who rules out "Harry Potter" names no title at all. Titles tell most of
it; where they only begin alike, as *Rocky* and *The Rocky Horror Picture Show* do, what their facets share tells.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from agents.text import ARTICLES, COMMON, Token, frequency, has_cjk, specificity, tokens
from recommender.catalogue import Catalogue
from recommender.data.titles import split_year, title_key

_MAX_WORDS, _MAX_CHARACTERS = 6, 8  # of a name, in English and Chinese
_REMEMBERED = 1_000  # names
_AKIN = 7.0  # nats of facet values that two items of one series share, rare ones telling more; 90% of pairs share less
_AT_ONCE = 512  # items that are compared with others in one product
_TELLING = 1.3  # specificity from which a word that begins a title is rather a name: "batman"
_SEGMENTS = re.compile(r":\s|\s[-–]\s")
_PART = re.compile(r"(?:part|vol|volume|chapter|episode)|\d+|i{1,3}|iv|vi{0,3}|ix")
_KINDS = re.compile(r"(?:films?|movies?|ones?|stuff|series|franchises?|sagas?|trilogy|universe)")


class Named:
    """The items that a name stands for, by id: whose titles have it, and others whose texts speak of it.

    Args:
        find_mentioning: finds the others; called when they are first asked for, as most names only need the titles.
    """

    def __init__(self, titled: tuple[str, ...], find_mentioning: Callable[[], tuple[str, ...]]) -> None:
        self.titled = titled
        self._find_mentioning = find_mentioning

    @cached_property
    def mentioning(self) -> tuple[str, ...]:
        return self._find_mentioning()

    @property
    def all(self) -> tuple[str, ...]:
        return self.titled + self.mentioning


@dataclass(frozen=True, slots=True)
class NameSpan:
    """A stretch of a message that is the name of a series."""

    start: int
    end: int
    text: str


class Series:
    """The names of one catalogue's series."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: dict[str, Named] = {}  # what was asked for lately

    def prepare(self) -> None:
        """Makes the indexes of titles now, not in somebody's turn: 10,000 items take half a second."""
        _ = self._places, self._run_together, self._cjk_beginnings

    def of(self, name: str) -> Named:
        """What a name stands for; nothing where no title has it and no text speaks of it."""
        key = " ".join(_bare(title_key(name).split()))
        if key not in self._known:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self._known[key] = self._find(key, name)
        return self._known[key]

    def called(self, name: str) -> str:
        """A name as it was said, without "films" or "series" behind it."""
        words = name.split()
        while len(words) > 1 and _KINDS.fullmatch(words[-1].casefold()):
            words.pop()
        return " ".join(words)

    def find(self, text: str) -> list[NameSpan]:
        """The stretches of a text that are names of series, longest first; a single English word is none."""
        words = tokens(text)
        found = self._find_cjk(text) if has_cjk(text) else []
        for length in range(min(_MAX_WORDS, len(words)), 1, -1):
            for first in range(len(words) - length + 1):
                span = words[first : first + length]
                start, end = span[0].start, span[-1].end
                if any(start < other.end and other.start < end for other in found) or not self._may_be(span):
                    continue
                if len(self.of(text[start:end]).titled) > 1:
                    found.append(NameSpan(start, end, text[start:end]))
        return found

    def _find_cjk(self, text: str) -> list[NameSpan]:
        found: list[NameSpan] = []
        for start in range(len(text)):
            if found and start < found[-1].end:
                continue
            for end in range(min(len(text), start + _MAX_CHARACTERS), start + 1, -1):
                name = text[start:end]
                if len(self._cjk_beginnings.get(name, ())) > 1 and len(self.of(name).titled) > 1:
                    found.append(NameSpan(start, end, name))
                    break
        return found

    def _may_be(self, span: list[Token]) -> bool:
        """Whether every word stands in titles, and it begins with no article and ends with no "films" nor "and"."""
        plain = span[0].key in ARTICLES or _KINDS.fullmatch(span[-1].key) or frequency(span[-1].key) > COMMON
        return (
            not plain
            and all(token.key in self._places for token in span[:-1])
            and bool({span[-1].key, span[-1].key.removesuffix("s")} & self._places.keys())
        )

    # --- which items ----------------------------------------------------------------------------------------------

    def _find(self, key: str, name: str) -> Named:
        if has_cjk(key):
            having = self._having(key.replace(" ", ""))
            return Named(self._ids(self._near(having, having)), tuple)
        titled = self._in_titles(key.split()) if key else set()
        if not titled and " " in key and key.endswith("s"):  # "all the Harry Potters"
            key, name = key.removesuffix("s"), name.removesuffix("s")
            titled = self._in_titles(key.split())
        return Named(self._ids(titled), lambda: self._ids(self._mentioning(name, titled) if key else ()))

    def _mentioning(self, name: str, titled: set[int]) -> set[int]:
        texts = self._in_texts(name, bool(titled)) - titled
        if not titled:
            return self._near(texts, texts)
        texts = self._akin(titled, texts)
        for place in list(texts):  # with an item that speaks of the name goes what follows it
            texts |= self._in_titles(_bare(self._keys[place][0].split()))
        return texts - titled

    def _in_titles(self, name: list[str]) -> set[int]:
        """Items that bear the name alone, with a number or a subtitle; and those akin to them whose titles hold it.

        Where none bears it so, those whose titles hold it and that are akin to each other.
        """
        core: set[int] = set()
        alike: set[int] = set()
        compact = "".join(name)
        for place in self._places.get("".join(name[:1]), set()) | self._places.get(compact, set()):
            if compact not in self._run_together[place]:
                continue
            for title in self._parts[place]:
                parts = [part.split() for part in title]
                if any(_is_part(words, name) for words in parts):
                    core.add(place)
                elif any(_stretch(words, name) for words in parts):
                    alike.add(place)
        if len(name) == 1 and specificity(tuple(name)) < _TELLING:
            return core  # *It Happened One Night* begins with "it"
        if core:
            return core | self._akin(core, alike - core)
        return self._near(alike, alike)

    def _in_texts(self, name: str, titled: bool) -> set[int]:
        """Items whose descriptions have a name, written as one; of two words or more, its last does: "Bond"."""
        words = [token.text for token in tokens(name)]
        said = self._written(words, inside=len(words) == 1)
        if said and not titled:
            said |= self._written(words[-1:], inside=False)
        return said

    def _written(self, words: list[str], inside: bool) -> set[int]:
        """Where a name stands in descriptions with a capital, and not as part of a longer one.

        Args:
            inside: not at the beginning of a sentence, where any word has a capital.
        """
        as_name = re.compile(rf"(?<!\w)(?i:{'[ -]'.join(map(re.escape, words))})(?:'s)?(?!\w)(?! [A-Z])")
        found = set()
        for place in np.flatnonzero(self._catalogue.mentions(" ".join(words))).tolist():
            text = self._catalogue.items[place].text
            for match in as_name.finditer(text):
                before = text[: match.start()].rsplit(None, 2)[-2:]
                starts = not before or before[-1][-1] in ".!?:"
                longer = len(before) > 1 and re.fullmatch(r"[A-Z]\w*", before[1]) and before[0][-1] not in ".!?:"
                if match[0][0].isupper() and not longer and not (starts and inside):
                    found.add(place)
        return found

    def _akin(self, members: set[int], others: set[int]) -> set[int]:
        """Of others those that share enough with a member, or with another that does."""
        found: set[int] = set()
        left, fresh = others, members
        while left and fresh:
            near = self._near(fresh, left)
            found, left, fresh = found | near, left - near, near
        return found

    def _near(self, members: Collection[int], others: Collection[int]) -> set[int]:
        """Of others those that share enough with a member other than themselves: rare values count for more."""
        if not members or not others:
            return set()
        rows, columns = np.array(sorted(members)), np.array(sorted(others))
        having = self._having_values[columns].T
        found: set[int] = set()
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            shared = (self._catalogue.shared_values[some] @ having).tocoo()
            near = (shared.data >= _AKIN) & (some[shared.row] != columns[shared.col])
            found.update(columns[shared.col[near]].tolist())
        return found

    @cached_property
    def _having_values(self) -> sparse.csr_matrix:
        """(n_items, n_values) 1 where an item has a value."""
        values = self._catalogue.shared_values
        return sparse.csr_matrix((np.ones_like(values.data), values.indices, values.indptr), shape=values.shape)

    def _ids(self, places: Iterable[int]) -> tuple[str, ...]:
        return tuple(self._catalogue.items[place].id for place in sorted(places))

    def _having(self, key: str) -> set[int]:
        """Chinese is not cut into words: a title that has the name, or begins with a short one, is meant."""
        return {
            place
            for place, names in enumerate(self._keys)
            for name in (name.replace(" ", "") for name in names)
            if (key in name if len(key) > 2 else len(key) > 1 and name.startswith(key))
        }

    @cached_property
    def _titles(self) -> list[list[str]]:
        return [[split_year(name)[0] for name in self._catalogue.titles(item)] for item in self._catalogue.items]

    @cached_property
    def _keys(self) -> list[list[str]]:
        """The same, folded."""
        return [[title_key(name) for name in names] for names in self._titles]

    @cached_property
    def _parts(self) -> list[list[list[str]]]:
        """Of every title the whole and what a colon or a dash parts, as `_bare` leaves them."""
        return [
            [_parts(name, key) for name, key in zip(names, keys, strict=True)]
            for names, keys in zip(self._titles, self._keys, strict=True)
        ]

    @cached_property
    def _run_together(self) -> list[str]:
        """Of every item those parts without blanks: a name that does not stand in them is in no title."""
        return ["|".join(part.replace(" ", "") for parts in titles for part in parts) for titles in self._parts]

    @cached_property
    def _cjk_beginnings(self) -> dict[str, set[int]]:
        """What Chinese titles begin with → the positions of the items."""
        places: dict[str, set[int]] = defaultdict(set)
        for place, (names, keys) in enumerate(zip(self._titles, self._keys, strict=True)):
            for name, key in zip(names, keys, strict=True):
                begins = key.replace(" ", "") if has_cjk(name) else ""
                for length in range(2, min(len(begins), _MAX_CHARACTERS) + 1):
                    places[begins[:length]].add(place)
        return places

    @cached_property
    def _places(self) -> dict[str, set[int]]:
        """A word of titles, or two in a row written as one ("spiderman") → the positions of the items."""
        places: dict[str, set[int]] = defaultdict(set)
        for place, keys in enumerate(self._keys):
            for key in keys:
                words = key.split()
                for one, other in zip(words, [*words[1:], ""], strict=True):
                    for form in (one, one + other, one.removesuffix("s")):
                        places[form].add(place)
        return places


def _parts(title: str, key: str) -> list[str]:
    parts = _SEGMENTS.split(title)
    keys = [key, *map(title_key, parts)] if len(parts) > 1 else [key]
    return [" ".join(_bare(key.split())) for key in keys]


def _bare(words: list[str]) -> list[str]:
    """Without an article before and "films" behind."""
    words = words[1:] if len(words) > 1 and words[0] in ARTICLES else words
    while len(words) > 1 and _KINDS.fullmatch(words[-1]):
        words = words[:-1]
    return words


def _stretch(words: list[str], name: list[str]) -> tuple[int, int] | None:
    """Where a name stands among words, however both are cut: "spiderman" in "spider man 2"; "alien" in "aliens"."""
    compact = "".join(name)
    for first in range(len(words)):
        for last in range(first + 1, min(len(words), first + len(name) + 1) + 1):
            if "".join(words[first:last]) in (compact, f"{compact}s"):
                return first, last
    return None


def _is_part(words: list[str], name: list[str]) -> bool:
    """Whether words are a name and nothing but a number: "kill bill", "rocky ii", "star trek ii"."""
    place = _stretch(words, name)
    return place is not None and place[0] == 0 and all(_PART.fullmatch(word) for word in words[place[1] :])
