"""The catalogue in memory: items, and the facets found in their attributes.

Nothing here is about films. A facet is any attribute that can be filtered by: categorical (genres, brand, moods)
or numeric (year, price, runtime). Which attribute is what is decided from its values.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recommender.arrays import Floats
from recommender.word_index import WordIndex
from storage.records import ItemRecord

Mask = npt.NDArray[np.bool_]

# Attributes that are other names of the item or other versions of its text, by convention of the import format.
_ALIAS = re.compile(r"^(original_title|aliases|title_\w+)$")
_TEXT = re.compile(r"^text_\w+$")
_RELATED = "alike"  # ids of the items that an editor finds alike, best first
# What people are warned of. It can be asked for and ruled out; it recommends nothing and would give an ending away.
ADVICE = ("content", "advisories")
_NAMED_BY = 0.6  # how much it counts to be named as alike by the other
_IDENTIFIER = re.compile(r"(^|_)(id|ids|url|image|isbn|sku|asin)$")
_MAX_VALUE_CHARS = 60  # longer than this on average is prose, not a facet
NUMERIC_SHARE = 0.95  # of a facet's values, from which it is one of numbers
_SINGLE_SHARE = 0.75
_NUMBER = re.compile(r"\s*[$€£¥]?\s*(-?(?:\d+(?:[.,]\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?))\s*")
_NOWHERE = np.zeros(0, dtype=np.int64)
_GROUPED = re.compile(r"-?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")  # commas between thousands, not before decimals


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of one categorical facet, e.g. genres=horror."""

    facet: str
    value: str


def as_list(value: Any) -> list[Any]:
    """An attribute's values as a list; None, NaN and empty strings are no value."""
    values = value if isinstance(value, list | tuple | set) else [value]
    return [v for v in values if not (v is None or v == "" or (isinstance(v, float) and math.isnan(v)))]


def as_number(value: Any) -> float | None:
    """The finite number that `value` is or spells ("$12.99" and "12,99" are 12.99, "1,299" is 1299), or None."""
    if isinstance(value, str) and (match := _NUMBER.fullmatch(value)):
        digits = match.group(1)
        value = float(digits.replace(",", "" if _GROUPED.fullmatch(digits) else "."))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # an integer too large for a float
        return None


class Catalogue:
    """Items by position and id, with facet look-ups as boolean masks over positions.

    Args:
        items: the items; on a repeated id the first is kept.
        phrases: what people call facet values, e.g. {"scary": [FacetValue("genres", "horror")]}.
    """

    def __init__(self, items: Iterable[ItemRecord], phrases: Mapping[str, Sequence[FacetValue]] | None = None) -> None:
        unique: dict[str, ItemRecord] = {}
        for item in items:
            unique.setdefault(item.id, item)
        self.items: tuple[ItemRecord, ...] = tuple(unique.values())
        self.position: dict[str, int] = {item.id: position for position, item in enumerate(self.items)}
        self.phrases: dict[str, tuple[FacetValue, ...]] = {
            phrase.casefold(): tuple(values) for phrase, values in (phrases or {}).items()
        }

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self.position

    def __getitem__(self, item_id: str) -> ItemRecord:
        return self.items[self.position[item_id]]

    def titles(self, item: ItemRecord) -> list[str]:
        """Every name of the item: its title first, then the aliases."""
        names = [item.title]
        for key, value in item.attributes.items():
            if _ALIAS.match(key):
                names += [str(v) for v in as_list(value)]
        return list(dict.fromkeys(name for name in names if name))

    @cached_property
    def _kinds(self) -> dict[str, str]:
        """facet name → "numeric" or "categorical", decided from the values of all items."""
        values: dict[str, list[Any]] = defaultdict(list)
        for item in self.items:
            for key, value in item.attributes.items():
                if not (key == _RELATED or _ALIAS.match(key) or _TEXT.match(key) or _IDENTIFIER.search(key)):
                    values[key] += as_list(value)
        kinds: dict[str, str] = {}
        for key, found in values.items():
            if not found:
                continue
            numeric = sum(as_number(v) is not None for v in found) / len(found)
            if numeric >= NUMERIC_SHARE:
                kinds[key] = "numeric"
            elif sum(len(str(v)) for v in found) / len(found) <= _MAX_VALUE_CHARS:
                kinds[key] = "categorical"
        return kinds

    @cached_property
    def numeric(self) -> dict[str, Floats]:
        """numeric facet → (n_items,) values, NaN where an item has none."""
        columns: dict[str, Floats] = {}
        for facet, kind in self._kinds.items():
            if kind == "numeric":
                cells = [next(iter(as_list(item.attributes.get(facet))), None) for item in self.items]
                numbers = [as_number(cell) for cell in cells]
                columns[facet] = np.array([np.nan if n is None else n for n in numbers], dtype=np.float32)
        return columns

    @cached_property
    def categorical(self) -> dict[str, dict[str, npt.NDArray[np.int64]]]:
        """categorical facet → value → positions of the items that have it. Values keep their spelling."""
        return {
            facet: {v: np.ascontiguousarray(listed[:, 0]) for v, listed in values.items()}
            for facet, values in self._listed.items()
        }

    @cached_property
    def telling(self) -> list[str]:
        """The categorical facets that may be given as a reason: all but advice on content."""
        return [facet for facet in self.categorical if facet not in ADVICE]

    @cached_property
    def alike(self) -> sparse.csr_matrix:
        """(n_items, n_items) how much an item is like another to those who wrote the catalogue, in [0, 1].

        The first that an item's `alike` names counts most; who is named is like the one that names, too, a little less.
        """
        cells = [
            (row, self.position[other], 1 / math.sqrt(1 + rank / 4))
            for row, item in enumerate(self.items)
            for rank, other in enumerate(dict.fromkeys(map(str, as_list(item.attributes.get(_RELATED)))))
            if other in self.position and other != item.id
        ]
        rows, columns, values = zip(*cells, strict=True) if cells else ((), (), ())
        named = sparse.csr_matrix((np.array(values, np.float32), (rows, columns)), shape=(len(self), len(self)))
        both: sparse.csr_matrix = named.maximum(named.T * np.float32(_NAMED_BY))
        return both

    @cached_property
    def _listed(self) -> dict[str, dict[str, npt.NDArray[np.int64]]]:
        """categorical facet → value → (n, 2) positions of the items that have it, and where it stands among theirs."""
        found: dict[str, dict[str, list[tuple[int, int]]]] = {
            facet: defaultdict(list) for facet, kind in self._kinds.items() if kind == "categorical"
        }
        for position, item in enumerate(self.items):
            for facet, by_value in found.items():
                values = self.values_of(item, facet)
                for value in dict.fromkeys(values):
                    by_value[value].append((position, values.index(value)))
        return {f: {v: np.array(p, dtype=np.int64) for v, p in values.items()} for f, values in found.items()}

    @cached_property
    def shared_values(self) -> sparse.csr_matrix:
        """(n_items, n_values) log(n_items / how many have it) where an item has a facet's value, 0 elsewhere.

        Only values that more than one item has, so this is what items may have in common and how much it tells.
        """
        listed = (self.categorical[facet] for facet in self.telling)
        shared = [places for values in listed for places in values.values() if len(places) > 1]
        counts = [len(places) for places in shared]
        rarity = np.array([math.log(len(self) / count) for count in counts], dtype=np.float32)
        rows = np.concatenate([*shared, np.zeros(0, dtype=np.int64)])
        columns = np.repeat(np.arange(len(shared)), counts)
        return sparse.csr_matrix((np.repeat(rarity, counts), (rows, columns)), shape=(len(self), len(shared)))

    def mask(self, value: FacetValue) -> Mask:
        """(n_items,) True where the item has this facet value."""
        mask = np.zeros(len(self), dtype=bool)
        mask[self.having(value)] = True
        return mask

    def having(self, value: FacetValue) -> npt.NDArray[np.int64]:
        """The positions of the items that have this facet value, in order."""
        return self.categorical.get(value.facet, {}).get(value.value, _NOWHERE)

    def prominence(self, value: FacetValue) -> Floats:
        """(n_items,) how much of an item a value is: 1 where its facet names it first, 1/√2 second, ...; 0 without it.

        What is listed first says most: a "comedy, drama" is more of a comedy than a "drama, comedy".
        """
        degree = np.zeros(len(self), dtype=np.float32)
        listed = self._listed.get(value.facet, {}).get(value.value)
        if listed is not None:
            degree[listed[:, 0]] = 1 / np.sqrt(1 + listed[:, 1])
        return degree

    @cached_property
    def words(self) -> WordIndex:
        """What every item says of itself, folded: names, attributes, description. 10,000 items take about a second."""
        said = (
            [
                item.title,
                *(str(value) for key, cell in item.attributes.items() if key != _RELATED for value in as_list(cell)),
                item.text,
            ]
            for item in self.items
        )
        return WordIndex([" | ".join(parts).casefold().replace("’", "'") for parts in said])

    def mentions(self, phrase: str) -> Mask:
        """(n_items,) True where the phrase stands in the item's title, attributes or text, as whole words."""
        return self.words.find(phrase)

    def single_valued(self, facet: str) -> bool:
        """Whether most items that have a categorical facet have one value of it, as films have one director."""
        held = np.zeros(len(self), dtype=np.int64)
        for positions in self.categorical.get(facet, {}).values():
            held[positions] += 1
        return bool((held[held > 0] == 1).mean() >= _SINGLE_SHARE) if held.any() else False

    def range_mask(self, facet: str, low: float | None, high: float | None) -> Mask:
        """(n_items,) True where low ≤ value ≤ high; an item without a value never passes."""
        column = self.numeric.get(facet)
        if column is None:
            return np.zeros(len(self), dtype=bool)
        mask: Mask = ~np.isnan(column)
        if low is not None:
            mask &= column >= as_float32(low)
        if high is not None:
            mask &= column <= as_float32(high)
        return mask

    def values_of(self, item: ItemRecord, facet: str) -> list[str]:
        """The item's values of one facet, as text."""
        return [str(v) for v in as_list(item.attributes.get(facet))]

    def facet_counts(self, facet: str, mask: Mask | None = None) -> Counter[str]:
        """How many items (of those in `mask`) have each value of a categorical facet."""
        counts = {
            value: int(len(positions) if mask is None else mask[positions].sum())
            for value, positions in self.categorical.get(facet, {}).items()
        }
        return Counter({value: count for value, count in counts.items() if count})

    def said_of(self, item: ItemRecord) -> str:
        """What is said of an item in any language, by which it is searched for: its texts and facets, and no name."""
        texts = [str(value) for name, value in item.attributes.items() if _TEXT.match(name)]
        values = [value for facet in self.telling for value in self.values_of(item, facet)]
        return " | ".join([item.text, *texts, *values])

    def describe(self, item: ItemRecord) -> str:
        """The item as one text: title, facets, description. This is what gets embedded."""
        facets = [
            f"{facet}: {', '.join(self.values_of(item, facet)[:8])}"
            for facet in self._kinds
            if facet not in ADVICE and self.values_of(item, facet)
        ]
        return ". ".join(part for part in (item.title, "; ".join(facets), item.text) if part)


def as_float32(bound: float) -> np.float32:
    """A bound as the columns hold numbers: 9.9 must equal 9.9, and a huge one must not overflow."""
    limit = float(np.finfo(np.float32).max)
    return np.float32(min(max(bound, -limit), limit))


def load_phrases(rows: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, list[FacetValue]]:
    """Read the JSON form of a phrase table: {"scary": [["genres", "horror"], ["moods", "scary"]]}."""
    return {phrase: [FacetValue(facet, value) for facet, value in pairs] for phrase, pairs in rows.items()}
