"""What people ask of how an item is: sad, scary, gentle, easy to follow; and how much of that an item has.

A trait is judged by the values that say it, by those that lean the same way, and by those that lean the other way. They
are written down here by their names; a catalogue that lacks some of them is judged by the others. English.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agents.linking.facets import FacetLinker
from recommender.catalogue import ADVICE, Catalogue, FacetValue
from storage.records import ItemRecord

QUALITIES = "moods"  # the facet whose values are said of an item as adjectives
SUITS_CHILDREN = "for children"  # the trait of what suits them
_WARM = "feel-good|heart-warming|uplifting|light-hearted|cosy"
_GRIM = "bleak|sad|disturbing|dark|melancholic"
_GENTLE = "tender|cosy|heart-warming|feel-good|light-hearted"
_PUZZLING = "mind-bending|nonlinear story|unreliable narrator"
# Of a trait: what it is called, the words for it that no phrase table has, the values that say it, those that lean the
# same way, those that lean the other way; the closest first.
_TRAITS = (
    ("sad", r"upsetting|cr(?:y|ying)|tears", "sad", "melancholic|bleak|bittersweet", f"{_WARM}|funny|playful"),
    ("bleak", "", "bleak", "disturbing|dark|sad|melancholic", f"{_WARM}|tender|funny|playful"),
    ("dark", "", "dark", "bleak|disturbing|violent|eerie|sad", f"{_WARM}|funny|playful"),
    ("melancholic", "", "melancholic", "sad|bittersweet|bleak|nostalgic", f"{_WARM}|funny|playful"),
    ("disturbing", r"mess(?:ed)?[\s-]+up", "disturbing", "bleak|dark|violent|body horror", f"{_WARM}|tender|playful"),
    ("cruel", r"cruel\w*|nast(?:y|ier|iest)", "", "disturbing|violent|satirical|bleak|dark", f"{_WARM}|tender"),
    ("scary", r"frighten\w*", "scary", "horror|eerie|disturbing|tense|dark", f"{_WARM}|tender|funny|playful"),
    ("violent", r"bloodthirst\w*|brutal", "violent", "gritty|gore|murder|guns|war", f"{_WARM}|tender|playful"),
    ("tense", "", "tense", "thrilling|scary|dark", f"{_WARM}|slow-burn|playful"),
    ("thrilling", "", "thrilling", "tense|action|epic", "slow-burn|cosy|dreamy|melancholic|tender"),
    ("slow", r"slow(?:er|est)?", "slow-burn", "melancholic|dreamy", "thrilling|tense|action|playful"),
    ("boring", r"boring|dull", "", "slow-burn", "thrilling|tense|action|playful|funny"),
    ("funny", "", "funny", "playful|comedy|absurd|satirical|light-hearted|quirky", f"{_GRIM}|tense|scary"),
    (
        "happy", r"happ(?:y|ier|iest)|cheerful|(?:good|better|best|nicer)\s+end(?:ing)?|ends?\s+(?:well|better|best)",
        "feel-good|uplifting", "heart-warming|light-hearted|inspiring", f"{_GRIM}|bittersweet|scary",
    ),
    ("gentle", "", "tender", "cosy|heart-warming|feel-good|light-hearted", f"{_GRIM}|violent|scary|tense|gritty"),
    ("cosy", "", "cosy", "heart-warming|feel-good|tender|light-hearted", f"{_GRIM}|violent|scary|tense"),
    ("romantic", r"about\s+love|love\s+story", "romantic", "romance|first love|tender", "violent|disturbing|scary"),
    (
        "hard to follow", r"(?:hard|difficult|tough|tricky)(?:er)?\s+to\s+(?:follow|understand)|complicated|confusing",
        "", f"{_PUZZLING}|twist ending|mystery", "family|light-hearted",
    ),
    ("easy to follow", r"eas(?:y|ier)\s+to\s+(?:follow|understand)", "", "family|light-hearted|feel-good", _PUZZLING),
    (
        SUITS_CHILDREN, r"(?:small|young|little|younger)\s+(?:child(?:ren)?|kids?|ones?|boy|girl)|toddlers?|"
        r"(?:[2-9]|1[0-2])[\s-]?(?:years?[\s-]olds?|yo)", "family", f"animation|playful|{_GENTLE}",
        "scary|disturbing|violent|horror|bleak|dark|eerie|gore|sex scenes|drugs",
    ),
)  # fmt: skip
_NEAR, _FAR = 0.5, 0.4  # how much these count, against the values that say a trait
_UNORDERED = 0.5  # how much a value of a facet counts whose values are in no order of weight
_LEAST = 0.2  # how much an item has of a trait, whatever speaks against it


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that is asked of items.

    Attributes:
        name: an adjective, or what was asked for, where it is a thing that an item has.
        core: the values that say it. near, far: those that lean the same way and the other way.
        start, end: where in the message.
    """

    name: str
    is_thing: bool
    core: tuple[FacetValue, ...]
    near: tuple[FacetValue, ...] = ()
    far: tuple[FacetValue, ...] = ()
    start: int = 0
    end: int = 0


class Traits:
    """The traits of one catalogue's items."""

    def __init__(self, catalogue: Catalogue, facets: FacetLinker) -> None:
        self._catalogue = catalogue
        self._facets = facets
        by_name: dict[str, list[FacetValue]] = {}
        for facet, values in catalogue.categorical.items():
            for value in values:
                by_name.setdefault(value.casefold(), []).append(FacetValue(facet, value))

        def called(names: str) -> tuple[FacetValue, ...]:
            return tuple(value for name in names.split("|") for value in by_name.get(name, ()))

        self.known = called
        self._known = {
            name: (re.compile(rf"\b(?:{words})\b" if words else r"(?!)", re.IGNORECASE),
                   Trait(name, False, called(core), called(near), called(far)))
            for name, words, core, near, far in _TRAITS
        }  # fmt: skip

    def named(self, name: str) -> Trait:
        """One of the traits written down here."""
        return self._known[name][1]

    def find(self, text: str) -> list[Trait]:
        """The traits that a text names, in reading order; no people."""
        found = [
            replace(trait, start=match.start(), end=match.end())
            for pattern, trait in self._known.values()
            if (match := pattern.search(text)) and (trait.core or trait.near)
        ]
        for span in self._facets.find(text):
            overlaps = any(span.start < trait.end and trait.start < span.end for trait in found)
            if not overlaps and not self._facets.names_somebody(span.values):
                trait = self._of(span.text.casefold(), span.values)
                found.append(replace(trait, start=span.start, end=span.end))
        return sorted(found, key=lambda trait: trait.start)

    def _of(self, asked: str, values: Sequence[FacetValue]) -> Trait:
        """The trait that a phrase's values say; they themselves where none is written down."""
        for _, trait in self._known.values():
            if trait.core and set(trait.core).intersection(values):
                near = tuple(value for value in trait.near if value not in values)
                return replace(trait, core=tuple(values), near=near)
        moods = [value.value for value in values if value.facet == QUALITIES]
        return Trait(moods[0] if moods else asked, not moods, tuple(values))

    def balance(self, item: ItemRecord, trait: Trait) -> float:
        """What of an item speaks for a trait less what speaks against it."""
        core = max((self.weight(item, value) for value in trait.core), default=0.0)
        near, far = (sum(self.weight(item, value) for value in values) for values in (trait.near, trait.far))
        return core + _NEAR * near - _FAR * far

    def degree(self, item: ItemRecord, trait: Trait) -> float:
        """How much of a trait an item has; 0 where nothing says so."""
        has = self.held(item, (*trait.core, *trait.near))
        return max(_LEAST, self.balance(item, trait)) if has else 0.0

    def held(self, item: ItemRecord, values: Iterable[FacetValue]) -> list[FacetValue]:
        """Those of the values that an item has, each name once, the most prominent first."""
        own = {value.value: value for value in values if self.weight(item, value)}
        return sorted(own.values(), key=lambda value: -self.weight(item, value))

    def weight(self, item: ItemRecord, value: FacetValue) -> float:
        """How much of a value an item has, from 0 to 1."""
        if value.value not in self._catalogue.values_of(item, value.facet):
            return 0.0
        if value.facet in ADVICE:
            return _UNORDERED
        return float(self._catalogue.prominence(value)[self._catalogue.position[item.id]])
