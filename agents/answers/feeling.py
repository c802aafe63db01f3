"""How an item is, in a plain sentence or two: whether it is sad, funny or cruel, which is the gentler. English.

What the question asks is a trait; the item's own values speak for it or against it, and are told. A value that an item
lacks is no proof: what is not known is said, with what is known that helps.
"""

import re
from collections.abc import Sequence

from agents.answers.traits import QUALITIES, SUITS_CHILDREN, Trait, Traits
from agents.linking.facets import KIND_FACETS, FacetLinker
from agents.replies.present import Presenter
from agents.text import listed
from recommender.catalogue import ADVICE, FacetValue
from storage.records import ItemRecord

# Asks for something else, whatever qualities it names: "what is the sad one about?"
_OPEN = re.compile(r"^\W*(?:(?:and|so|but|ok)\W+)*(?:what|who|why|when|where|tell)\b", re.IGNORECASE)
_HOW = re.compile(r"\bhow\s+(?:(?:much|many|very)\s+)?\w+", re.IGNORECASE)
_OR = re.compile(r"\bor\b(?!\s+not\b)", re.IGNORECASE)
_EITHER = re.compile(r"\W+(?:or|than)\W+(?:\w+\W+){0,3}", re.IGNORECASE)  # between two traits: "funny or more sad"
_ONLY = re.compile(r"\b(?:only|just|purely|strictly)\s+(?:an?\s+)?(?:(?:film|movie)\s+)?for\b", re.IGNORECASE)
_ENDING = re.compile(r"\bend(?:s|ing)?\b(?!\s+(?:of|up)\b)", re.IGNORECASE)
_LESS = re.compile(r"\b(?:less|least|not\s+(?:as|so))\b", re.IGNORECASE)
_DIES = re.compile(r"\b(?:dies?|deaths?|killed|survives?)\b", re.IGNORECASE)
_ANIMALS = r"animals?|pets?|dogs?|pupp(?:y|ies)|cats?|horses?|whales?|dolphins?|birds?|lions?|bears?|apes?|fish|deer"
_CHILDREN = r"child(?:ren)?|kids?|bab(?:y|ies)|boys?|girls?|sons?|daughters?"
# Who dies, as catalogues record it: who is asked about, the value, and what happens.
_DEATHS = tuple(
    (re.compile(rf"\b(?:{who})\b", re.IGNORECASE), value, happens)
    for who, value, happens in (
        (_ANIMALS, "animal death", "an animal dies"),
        (_CHILDREN, "child death", "a child dies"),
        (".*", "death of a loved one", "somebody dear dies"),
    )
)
# What a facet's values are said with; of other facets an item "has" them.
_SAID = {"languages": "is in {}", "countries": "is from {}", "colour": "is {}"}
_SORTS = ("sequel", "remake", "parody", "satire", "cult film", "black comedy")  # values that an item is, and has not
_TELLING = 3  # values told of an item
_VERY, _QUITE = 0.7, 0.37  # degree of a value that is among the first two of an item, among the first seven
_APART, _ANY = 0.15, 0.01  # between two degrees that are not about the same, that are not the same


class Feeling:
    """Tells how the items of one catalogue are."""

    def __init__(self, presenter: Presenter, facets: FacetLinker) -> None:
        self._present = presenter
        self._catalogue = presenter.catalogue
        self.traits = Traits(presenter.catalogue, facets)

    def told(self, item: ItemRecord, question: str, asked: Sequence[str] = ()) -> str:
        """The answer to how one item is; "" for a question that asks for no trait.

        Args:
            asked: qualities that are meant though the question does not name them.
        """
        if _DIES.search(question) and (death := self._death(item, question)):
            return death
        if _ENDING.search(question) and (ending := self._ending(item)):
            return ending
        if _OPEN.search(question):
            return ""
        found = self.traits.find(question) or [trait for phrase in asked for trait in self.traits.find(phrase)]
        # Of "scary for children" it is asked how scary it is.
        found = [trait for trait in found if trait.name != SUITS_CHILDREN] or found
        if not found:
            return ""
        if _ONLY.search(question) and self.traits.held(item, found[0].core):
            return f"Not only, I think: {self._name(item)} {self.mood(item) or self.said(found[0].core)}."
        if len(found) > 1 and _EITHER.fullmatch(question[found[0].end : found[1].start]):
            return self._either(item, found[0], found[1])
        how = bool(_HOW.search(question) or _OR.search(question))
        return " ".join(dict.fromkeys(self._one(item, trait, how) for trait in found[:2]))

    def asked_of_several(self, message: str) -> Trait | None:
        """The trait by which items are to be compared."""
        found = self.traits.find(message)
        # "Which is better for a small child, the funny one or ...": whom it is for decides.
        return next((trait for trait in found if not trait.is_thing), found[0] if found else None)

    def most(self, message: str, trait: Trait, items: Sequence[ItemRecord]) -> tuple[str, list[ItemRecord]]:
        """Which of the items has most of a trait, or least, and what speaks for it; the items that the answer names."""
        less = bool(_LESS.search(message))
        if not any(self._for(item, trait) for item in items):
            return f"{'Neither' if len(items) == 2 else 'None of these'} is {trait.name} as far as I know.", []
        degree = {item.id: self.traits.degree(item, trait) * (-1 if less else 1) for item in items}
        ranked = sorted(items, key=lambda item: -degree[item.id])
        apart = _APART if len(items) == 2 else _ANY  # of many, who asks wants one
        first = [item for item in ranked if degree[ranked[0].id] - degree[item.id] < apart][:_TELLING]
        beside = [item for item in ranked[len(first) :][:1] if len(items) == 2 or (degree[item.id] and not less)]
        names = listed([self._name(item) for item in first])
        if len(first) == 1:
            told = f"{names}, I would say: it {self._why(first[0], trait, less)}."
        else:
            each = (f"{self._name(item)} {self._why(item, trait, less)}." for item in first)
            told = f"{names} are about equal, I would say. {' '.join(each)}"
        told += "".join(f" {self._name(item)} {self._why(item, trait, not less)}." for item in beside)
        ends = "I do not know how they end; by what they are like, " if _ENDING.search(message) else ""
        return f"{ends}{told}", [*first, *beside]

    # --- one item -----------------------------------------------------------------------------------------------------

    def _one(self, item: ItemRecord, trait: Trait, how: bool) -> str:
        """Whether an item has a trait, or how much of it."""
        if trait.is_thing:
            return self._thing(item, trait)
        name = self._name(item)
        core, far = self.traits.held(item, trait.core), self.traits.held(item, trait.far)
        own, against = self._for(item, trait), listed(_qualities(far)[:2])
        if core:
            degree = max(self.traits.weight(item, value) for value in core)
            very = ("Very", "Quite", "Somewhat")[(degree < _VERY) + (degree < _QUITE)]
            lead = f"{very} {trait.name}, I would say" if how else "Yes"
            return f"{lead}: {name} {self.said(own)}{f', but also {against}' if against else ''}."
        if own and self.traits.balance(item, trait) > 0:
            return f"A little, perhaps: {name} {self.said(own)}{f', but also {against}' if against else ''}."
        if against:
            return f"Not really, I think: {name} {self.said(far)}."
        return f"Not as far as I know{f': {name} {mood}' if (mood := self.mood(item)) else ''}."

    def _thing(self, item: ItemRecord, trait: Trait) -> str:
        """Whether an item has something that is no quality of it: dogs, songs, French."""
        name, facet = self._name(item), trait.core[0].facet
        if held := self.traits.held(item, trait.core):
            return f"Yes, {name} {self.said(held)}."
        own = [FacetValue(facet, value) for value in self._catalogue.values_of(item, facet)]
        if own and facet in KIND_FACETS:
            return f"I would not say so: {name} {self.said(own)}."
        if own and (facet in _SAID or self._catalogue.single_valued(facet)):
            return f"No, {name} {self.said(own)}."
        if self._catalogue.mentions(trait.name)[self._catalogue.position[item.id]]:
            return f"It may: what I have on {name} mentions “{trait.name}”."
        mood = self.mood(item)
        return f"Not that I know of; {name} {mood}." if mood else f"Not that I know of in {name}."

    def _either(self, item: ItemRecord, one: Trait, other: Trait) -> str:
        """Which of two traits an item has, or has more of."""
        first, second = sorted((one, other), key=lambda trait: -self.traits.degree(item, trait))
        mine, theirs = (self._for(item, trait) for trait in (first, second))
        name = self._name(item)
        if not mine and not theirs:
            if one.is_thing:
                return self._thing(item, one)
            return f"Neither, as far as I know{f'; {name} {mood}' if (mood := self.mood(item)) else ''}."
        if self.traits.degree(item, first) - self.traits.degree(item, second) < _APART:
            return f"Both, I would say: {name} {self.said(mine[:2])}, and it {self.said(theirs[:2])}."
        rest = [value for value in theirs if value not in mine]
        lead = f"{'More ' if rest else ''}{first.name} {'' if rest else 'rather '}than {second.name}"
        also = f", though it also {self.said(rest)}" if rest else ""
        return f"{lead[0].upper()}{lead[1:]}, I would say: {name} {self.said(mine)}{also}."

    def _death(self, item: ItemRecord, question: str) -> str:
        """Whether somebody dies, where the catalogue records it."""
        _, value, happens = next(death for death in _DEATHS if death[0].search(question))
        if not (known := self.traits.known(value)):
            return ""
        name = self._name(item)
        if self.traits.held(item, known):
            return f"I am afraid {happens} in {name}; who exactly I cannot say."
        return f"As far as I know no such death is noted for {name}, but I cannot promise it."

    def _ending(self, item: ItemRecord) -> str:
        """How an item is likely to end, by its moods: no catalogue tells the end. "" where these moods are unknown."""
        happy, sad = self.traits.named("happy"), self.traits.named("sad")
        if not (happy.core and sad.core):
            return ""
        bright, grim = (_qualities(self._for(item, trait)) for trait in (happy, sad))
        name, told = self._name(item), "I do not know the end itself"
        if grim and (bright or self.traits.held(item, self.traits.known("bittersweet|funny"))):
            return f"{told}; {name} is {listed([*bright[:2], *grim[:2]])}, so expect something of both."
        if own := bright or grim:
            so = "I expect a happy one" if bright else "I would not count on a happy one"
            return f"{told}, but {name} is {listed(own[:_TELLING])}, so {so}."
        return f"I do not know how {name} ends{f'; it {mood}' if (mood := self.mood(item)) else ''}."

    # --- words --------------------------------------------------------------------------------------------------------

    def mood(self, item: ItemRecord) -> str:
        """What an item is like, in a clause: "is tender, sad and slow-burn"; "" where nothing says so."""
        return self.said([FacetValue(QUALITIES, value) for value in self._catalogue.values_of(item, QUALITIES)])

    def said(self, values: Sequence[FacetValue]) -> str:
        """What an item is, else what it has, in a clause without its name: "is sad and bleak"; "" for no values."""
        qualities = listed(_qualities(values)[:_TELLING])
        kinds = _names([value for value in values if value.facet in KIND_FACETS])[:2]
        if kinds and (not qualities or values[0].facet in KIND_FACETS):
            a = "an" if kinds[0][0] in "aeiou" else "a"
            return f"is {a} {listed(kinds)} {self._present.noun('en', 1)}{f', {qualities}' if qualities else ''}"
        if qualities:
            content = listed(_names([value for value in values if value.facet in ADVICE])[:2])
            return f"is {qualities}{f', with {content}' if content else ''}"
        if not values:
            return ""
        names = _names([value for value in values if value.facet == values[0].facet])[:_TELLING]
        if names[0].startswith("based on"):
            return f"is {names[0]}"
        if names[0] in _SORTS:
            return f"is a {names[0]}"
        return _SAID.get(values[0].facet, "has {} in it").format(listed(names))

    def _for(self, item: ItemRecord, trait: Trait) -> list[FacetValue]:
        """What of an item speaks for a trait: what says it, and what leans its way."""
        return [*self.traits.held(item, trait.core), *self.traits.held(item, trait.near)]

    def _why(self, item: ItemRecord, trait: Trait, less: bool) -> str:
        """What of an item speaks for a trait, or against it, in a clause."""
        for_it, against = self._for(item, trait), self.traits.held(item, trait.far)
        own = (against or for_it) if less else (for_it or against)
        return self.said(own) or self.mood(item) or f"is not {trait.name} as far as I know"

    def _name(self, item: ItemRecord) -> str:
        return self._present.name(item, "en")


def _qualities(values: Sequence[FacetValue]) -> list[str]:
    return _names([value for value in values if value.facet == QUALITIES])


def _names(values: Sequence[FacetValue]) -> list[str]:
    return list(dict.fromkeys(value.value for value in values))
