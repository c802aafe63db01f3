"""Ties phrases of a message to facet values of the catalogue: "scary" to genres=horror, "by the Coens" to a director.

In this order: the catalogue's phrase table, its facet values as they are, parts of personal names, and near spellings.
What none of them knows stays free text for semantic search.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from agents.linking.people import EVERYDAY, People
from agents.linking.series import Series
from agents.text import Token, frequency, has_cjk, phrase_key, stem, tokens
from recommender.catalogue import Catalogue, FacetValue
from recommender.data.titles import title_key

KIND_FACETS = ("genres", "genre", "category", "categories", "type")  # facets that say what sort of thing an item is
# What a name is asked for as → the facets that hold it: "directed by clint eastwood" is said of the director alone.
ROLES = {
    "directed by": ("director", "directors"),
    "starring": ("cast", "actors", "actor", "stars"),
    "written by": ("author", "authors", "writer", "writers"),
}
_MAX_WORDS = 6
_WORD = 3.5  # Zipf frequency from which a word is one, and no name with a letter wrong
_TAGS = 3.0  # values of a facet that an item has, from which on they describe it together
_YES, _NO = ("yes", "true", "y"), ("no", "false", "n", "none", "n a", "na", "unknown")
# Names of numeric facets, by what `agents.language.ranges` calls them.
_NUMERIC_NAMES = {
    "year": ("year", "release_year", "released", "published", "publication_year", "date"),
    "runtime": ("runtime", "duration", "length", "minutes", "playtime", "pages"),
    "price": ("price", "cost", "amount"),
}


@dataclass(frozen=True, slots=True)
class QualitySpan:
    """A stretch of the message that names a quality, and the facet values it stands for (any of them will do)."""

    start: int
    end: int
    text: str
    values: tuple[FacetValue, ...]


class FacetLinker:
    """An index of what people may call the catalogue's facet values."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.series = Series(catalogue)
        self._table: dict[str, tuple[FacetValue, ...]] = {}
        self._cjk: dict[str, tuple[FacetValue, ...]] = {}
        by_key: dict[str, list[FacetValue]] = defaultdict(list)
        known: dict[FacetValue, int] = {}  # people
        self._people: set[str] = set()  # facets whose values are people
        self._tags = {facet for facet, values in catalogue.categorical.items() if _look_like_tags(facet, values)}
        for facet, values in catalogue.categorical.items():
            people = _looks_like_people(values)
            if people:
                self._people.add(facet)
            for value in values:
                if people and len(value.split()) == 1 and frequency(value.casefold()) > EVERYDAY:
                    continue  # an actress called You is not what "can you ..." asks for
                if (key := _said(facet, value)) is None:
                    continue
                if has_cjk(value):
                    self._cjk[value] = (*self._cjk.get(value, ()), FacetValue(facet, value))
                    continue
                by_key[key].append(FacetValue(facet, value))
                if people:
                    known[FacetValue(facet, value)] = len(values[value])
        self.people = People(known)
        for surname, found in self.people.surnames().items():
            # A surname that is also a common word ("Moore" is not, "Lee" and "Young" are) needs the full name.
            if frequency(surname) < 4.3 and surname not in by_key:
                for form in {surname, f"{surname}s", f"{surname} brother"}:
                    by_key.setdefault(form, []).extend(found)
        self._table.update({key: tuple(values) for key, values in by_key.items() if key})
        spelt = {
            (facet, value.casefold()): FacetValue(facet, value)
            for facet, values in catalogue.categorical.items()
            for value in values
        }
        self._phrases = {phrase_key(phrase) for phrase in catalogue.phrases}
        for phrase, pairs in catalogue.phrases.items():
            meant = tuple(spelt[place] for v in pairs if (place := (v.facet, v.value.casefold())) in spelt)
            if meant and has_cjk(phrase):
                self._cjk[phrase] = meant
            elif meant:
                self._table[phrase_key(phrase)] = meant
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for key in self._table:
            self._by_length[len(key)].append(key)

    def knows(self, phrase: str) -> bool:
        """Whether a phrase names a quality as it is, near spellings aside."""
        return phrase_key(phrase) in self._table

    def has_value(self, phrase: str) -> bool:
        """Whether a phrase is a value as the catalogue writes it, or stands in the phrase table."""
        key = title_key(phrase)
        said = any(key == title_key(value.value) for value in self._table.get(phrase_key(phrase), ()))
        return said or self.is_phrase(phrase)

    def is_phrase(self, text: str) -> bool:
        """Whether the phrase table has it: what people call values by other names."""
        return phrase_key(text) in self._phrases

    def link(self, phrase: str) -> tuple[FacetValue, ...]:
        """The facet values that a phrase stands for; none when it is no quality of this catalogue."""
        if role := next((role for role in ROLES if phrase.startswith(f"{role} ")), None):
            return tuple(value for value in self.link(phrase.removeprefix(role)) if value.facet in ROLES[role])
        key = phrase_key(phrase)
        if key in self._table:
            return self._table[key]
        compact = phrase.replace(" ", "")
        for form in (compact, compact.removesuffix("片"), compact.removesuffix("电影"), compact.removesuffix("的")):
            if form in self._cjk:
                return self._cjk[form]
        spans = self.find(phrase)
        if spans:
            return max(spans, key=lambda span: span.end - span.start).values
        near = self._nearest(key)
        # An ordinary word is nobody's name misspelt: doctors are no Docter.
        if near is not None and (not self._may_mean(key, near) or (self._is_person(near) and frequency(key) >= _WORD)):
            near = None
        if near is None and key.endswith("ness"):  # "forget the darkness"
            base = key.removesuffix("ness")
            near = next((form for form in (base, base.removesuffix("i") + "y") if form in self._table), None)
        return self._table[near] if near else ()

    def find(self, text: str) -> list[QualitySpan]:
        """Every quality named in a text, longest phrases first, in reading order; none overlap."""
        words = tokens(text)
        found: list[QualitySpan] = []
        taken: set[int] = set()
        for length in range(min(_MAX_WORDS, len(words)), 0, -1):
            for first in range(len(words) - length + 1):
                if taken.intersection(range(first, first + length)):
                    continue
                span = words[first : first + length]
                values = self._values(span)
                if values and not (length == 1 and self._is_another(text, words, first, values)):
                    taken.update(range(first, first + length))
                    start, end = span[0].start, span[-1].end
                    found.append(QualitySpan(start, end, text[start:end], values))
        if has_cjk(text):
            found += self._find_cjk(text)
        return sorted(found, key=lambda span: span.start)

    def _is_another(self, text: str, words: list[Token], first: int, values: tuple[FacetValue, ...]) -> bool:
        """Whether a surname is that of somebody else, who is called by more than that."""
        if not first or any(value.facet not in self._people for value in values):
            return False
        return self.people.another(words, first, values, text[words[first - 1].end : words[first].start])

    def names_items(self, quality: QualitySpan) -> bool:
        """Whether a quality stands for the items themselves: "westerns", "kettles"; not "western", not "kids"."""
        plural = stem(title_key(quality.text)) != title_key(quality.text)
        kinds = {phrase_key(value.value) for value in quality.values if value.facet in KIND_FACETS}
        return plural and phrase_key(quality.text) in kinds

    def names_somebody(self, values: Iterable[FacetValue]) -> bool:
        """Whether facet values stand for a person: a director, an actor, an author."""
        return any(value.facet in self._people for value in values)

    def is_of_people(self, facet: str) -> bool:
        """Whether a facet's values are people."""
        return facet in self._people

    def is_of_tags(self, facet: str) -> bool:
        """Whether a facet's values describe an item together, as moods and themes do."""
        return facet in self._tags

    def numeric_facet(self, name: str) -> str | None:
        """The catalogue's facet for what a range is about, or None when it has none like it."""
        if name in self.catalogue.numeric:
            return name
        candidates = next((names for key, names in _NUMERIC_NAMES.items() if name == key or name in names), (name,))
        return next((n for n in candidates if n in self.catalogue.numeric), None)

    def surnames(self, text: str) -> list[QualitySpan]:
        """People called by a surname that is a word, too, where a name is expected: each with the whole name."""
        return [
            QualitySpan(start, end, value.value, (value,))
            for start, end, value in self.people.by_surname(text)
            if not self.knows(text[start:end])
        ]

    def _values(self, span: list[Token]) -> tuple[FacetValue, ...]:
        key = " ".join(stem(token.key) for token in span)
        if key in self._table:
            return self._table[key]
        if len(span) == 1:
            if span[0].key in self._table:  # Hanks and Welles are no plurals
                return self._table[span[0].key]
            for base in _base_forms(key):
                if base in self._table:
                    return self._table[base]
        if len(span) == 1 and len(key) >= 5 and frequency(span[0].key) < 2.2:  # a rare word may be a typo
            near = self._nearest(key)
            if near and self._may_mean(key, near):
                return self._table[near]
        return tuple(self.people.named(span))

    def _may_mean(self, key: str, near: str) -> bool:
        """Of a name one letter at most is wrong: Morricone is no Morrison, nor James Bond a James Wong."""
        return OSA.distance(key, near) <= 1 or any(v.facet not in self._people for v in self._table[near])

    def _is_person(self, key: str) -> bool:
        return all(value.facet in self._people for value in self._table[key])

    def _nearest(self, key: str) -> str | None:
        if len(key) < 5:
            return None
        allowed = 1 if len(key) < 9 else 2
        lengths = range(max(5, len(key) - allowed), len(key) + allowed + 1)
        near = [other for length in lengths for other in self._by_length.get(length, ())]
        match = process.extractOne(key, near, scorer=OSA.distance, score_cutoff=allowed)
        return match[0] if match else None

    def _find_cjk(self, text: str) -> list[QualitySpan]:
        found: list[QualitySpan] = []
        start = 0
        while start < len(text):
            for end in range(min(len(text), start + 10), start, -1):
                if (values := self._cjk.get(text[start:end])) is not None:
                    found.append(QualitySpan(start, end, text[start:end], values))
                    start = end - 1
                    break
            start += 1
        return found


def _said(facet: str, value: str) -> str | None:
    """How people call a value, folded; None for what nobody says.

    "In stock: yes" is "in stock", and its "no" goes by no name; an "age" of "6+" is "age 6": a bare "yes" or "6" is
    said of anything.
    """
    key = phrase_key(value)
    if key in _YES or key in _NO:
        return phrase_key(facet.replace("_", " ")) if key in _YES else None
    return f"{phrase_key(facet.replace('_', ' '))} {key}" if key.isdigit() else key


def _base_forms(word: str) -> list[str]:
    """What "saddest" or "scarier" may be degrees of. Not what "darker" is: "lover" ends like it."""
    if word.endswith(("iest", "ier")):
        return [word.removesuffix("iest").removesuffix("ier") + "y"]
    if not word.endswith("est") or len(word) < 6:
        return []
    base = word.removesuffix("est")
    return [base, f"{base}e", *([base[:-1]] if base[-1] == base[-2] else [])]


def _looks_like_people(values: Iterable[str]) -> bool:
    """Whether a facet's values are mostly two or three capitalised words: directors, actors, authors."""
    sample = list(values)[:500]
    named = [v for v in sample if 2 <= len(v.split()) <= 4 and all(w[0].isupper() or "." in w for w in v.split())]
    return len(sample) >= 5 and len(named) > 0.7 * len(sample)


def _look_like_tags(facet: str, values: Mapping[str, npt.NDArray[np.int64]]) -> bool:
    """Whether an item has several of a facet's values, which are in lower case and so name nothing."""
    having = {int(place) for places in values.values() for place in places}
    plain = sum(value.islower() for value in values)
    held = sum(map(len, values.values()))
    return facet not in KIND_FACETS and plain > len(values) / 2 and held >= _TAGS * len(having)
