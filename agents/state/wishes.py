"""The qualities a person wishes for: which of them are alternatives, which replace which, which go when nothing fits.

What kind of thing a facet is, is read off the phrase table: facets that one phrase may stand for ("scary" is a genre
and a mood) are of one kind, and any other facet is a kind of its own.
"""

import re
from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, Field

from agents.linking.facets import FacetLinker
from agents.text import phrase_key, stem, tokens
from recommender.catalogue import Catalogue, FacetValue, Mask
from recommender.serving import filters
from recommender.serving.request import Quality, Request

OR = " or "  # between the labels of alternatives
_BETWEEN = (
    r"(?:[\s/'\"]|\b(?:an?|the|by|with|from|about|in|of|either|maybe|even|some|any|something|films?|movies?|ones?|things?"
    r"|stuff|starring|directed)\b|[的片]|电影)*"
)
_OR_GAP = re.compile(rf"{_BETWEEN},?{_BETWEEN}(?:\b(?:and/)?or\b|或者?|还是|要么){_BETWEEN}")
# "One funny and one scary" asks for two items, and for none that is both.
_WHICH = r"(?:(?:films?|movies?|about|with|by|from|that|which|is|'s|an?)\s+)*"
_ONE_OF = re.compile(rf"\b(?:one|1)\s+{_WHICH}$")
_AND = r"\s*(?:[,&+]|\band\b|\bplus\b)+\s*(?:and\s+)?"
_EACH_GAP = re.compile(rf"\s*(?:films?|movies?|ones?)?{_AND}(?:one|1|another)\s+{_WHICH}")
_ONES_GAP = re.compile(rf"\s+one{_AND}an?\s+")  # "a funny one and a sad one"
_COMMA_GAP = re.compile(r"\s*[,、，]\s*(?:an?\s+)?")
_MAX_GAP = 80  # characters between two alternatives
_OR_AT_ONCE = re.compile(r"^\W*(?:or\b|或)", re.IGNORECASE)


class Wish(BaseModel):
    """A quality with the facet values it stands for, any of which will do; or a word that the items themselves say; or
    the items of a series.

    Attributes:
        label: in the person's words. search: those of them that say more than the values do, for the semantic search.
        parts: of alternatives, the values of each. items: ids, of a series.
        preferred: whether it only counts for the order, and need not hold.
        each: whether an item of each part is asked for. unless: values by which an item has it not all the same.
    """

    label: str
    values: list[tuple[str, str]]
    word: str = ""
    search: str = ""
    parts: list[list[tuple[str, str]]] = Field(default_factory=list)
    preferred: bool = False
    each: bool = False
    items: list[str] = Field(default_factory=list)
    unless: list[tuple[str, str]] = Field(default_factory=list)

    def quality(self) -> Quality:
        values, *parts = (tuple(FacetValue(f, v) for f, v in values) for values in (self.values, *self.parts))
        unless = tuple(FacetValue(f, v) for f, v in self.unless)
        return Quality(self.label, values, self.word, tuple(parts), tuple(self.items), unless)

    def facets(self) -> set[str]:
        return {facet for facet, _ in self.values}


class Wishes:
    """Makes wishes of phrases, for one catalogue."""

    def __init__(self, catalogue: Catalogue, facets: FacetLinker) -> None:
        self._catalogue = catalogue
        self._facets = facets
        self._single = {facet for facet in catalogue.categorical if catalogue.single_valued(facet)}
        self._kinds = _kinds(catalogue)
        self._telling = set(catalogue.telling)
        self._in_titles = {word for item in catalogue.items for word in phrase_key(item.title).split()}

    def of(self, phrase: str) -> Wish | None:
        """The wish that a phrase stands for; None when no facet knows it."""
        values = [(v.facet, v.value) for v in self._facets.link(phrase)]
        return Wish(label=phrase, values=values, search=self._search(phrase, values)) if values else None

    def _about(self, phrase: str) -> Wish | None:
        """The wish for what items are about. What they are only warned of counts for the order, and is searched for."""
        wish = self.of(phrase)
        if wish is None:
            return None
        told = [(facet, value) for facet, value in wish.values if facet in self._telling]
        if told:
            return wish.model_copy(update={"values": told})
        return wish.model_copy(update={"preferred": True, "search": phrase})

    def _of_series(self, phrase: str) -> Wish | None:
        """The wish for a series by its name: "harry potter" is no actor called Potter."""
        return None if self._facets.knows(phrase) or " " not in phrase else self.series(phrase)

    def _search(self, phrase: str, values: list[tuple[str, str]]) -> str:
        """What to search by beside the values: "anime" says more than animation does, "family" no more than family.

        Words that titles have are left out: "kids" are no reason to show *Spy Kids*.
        """
        if phrase_key(phrase) in {phrase_key(value) for _, value in values}:
            return ""
        return " ".join(token.text for token in tokens(phrase) if phrase_key(token.text) not in self._in_titles)

    def heard(self, phrases: Sequence[str], message: str, running: list[Wish]) -> tuple[list[Wish], list[str]]:
        """The wishes of one message, and the phrases that no facet knows.

        Alternatives become one wish: what "or" joins, and what no item can have at once, as two directors. A message
        that begins with "or" adds its first wish to the newest running one of that kind, which is taken out.
        """
        linked = [(phrase, self._of_series(phrase) or self._about(phrase)) for phrase in phrases]
        unknown = [phrase for phrase, wish in linked if wish is None]
        wishes = self._joined([wish for _, wish in linked if wish is not None], message.casefold())
        if wishes and _OR_AT_ONCE.search(message):
            before = next((wish for wish in reversed(running) if self.same_kind(wish, wishes[0])), None)
            if before is not None:
                running.remove(before)
                wishes[0] = _either([before, wishes[0]])
        return wishes, unknown

    def _joined(self, wishes: list[Wish], text: str) -> list[Wish]:
        """Wishes in the order they stand in a text, alternatives as one."""
        places = {wish.label: text.find(wish.label.casefold()) for wish in wishes}
        wishes = sorted(wishes, key=lambda wish: places[wish.label])
        groups: list[list[Wish]] = []
        apart: list[Wish] = []  # of whom another item is asked for than of the wish before
        commas = 0  # of the newest groups, how many hang together by nothing but commas: "heist, spy or war"
        for wish in wishes:
            last = groups[-1][-1] if groups else None
            gap = ""
            if last is not None and places[last.label] >= 0:
                gap = text[places[last.label] + len(last.label) : places[wish.label]]
            each = bool(_ONES_GAP.fullmatch(gap))
            if last is not None and _EACH_GAP.fullmatch(gap):
                each = last in apart or bool(_ONE_OF.search(text[: places[last.label]]))
            apart += [wish] if each else []
            if len(gap) <= _MAX_GAP and (each or _OR_GAP.fullmatch(gap)):
                together = [w for group in groups[-1 - commas :] for w in group]
                groups[-1 - commas :] = [[*together, wish]]
                commas = 0
            elif at_odds := next((g for g in groups if all(self._at_odds(w, wish) for w in g)), None):
                at_odds.append(wish)
                commas = 0
            else:
                listed = last is not None and _COMMA_GAP.fullmatch(gap) and self.same_kind(last, wish)
                commas = commas + 1 if listed else 0
                groups.append([wish])
        return [
            _either(group).model_copy(update={"each": any(wish is one for wish in group for one in apart)})
            for group in groups
        ]

    def _at_odds(self, one: Wish, other: Wish) -> bool:
        """Whether no item has both, of a facet of which an item has one, or of people: who names two who never met
        likes either."""
        people = self.names_somebody(one) and self.names_somebody(other)
        if not one.facets() & other.facets() & (self._catalogue.categorical.keys() if people else self._single):
            return False
        both = filters.holds(self._catalogue, one.quality()) & filters.holds(self._catalogue, other.quality())
        return not both.any()

    def without(self, wish: Wish, phrase: str) -> Wish | None:
        """What is left of a wish when a phrase is taken back: all of it, other alternatives, or None."""
        key, gone = phrase_key(phrase), {(v.facet, v.value) for v in self._facets.link(phrase)}
        if phrase_key(wish.label) == key or self.is_series(wish, phrase):
            return None
        if not gone & set(wish.values):
            return wish
        if len({value for _, value in wish.values}) == 1 and gone < set(wish.values):
            # One name in several roles: of an actor who is not to direct the acting is left.
            return wish.model_copy(update={"values": [value for value in wish.values if value not in gone]})
        parts = [part for label in wish.label.split(OR) if (part := self.of(label))]
        left = [part for part in parts if not gone & set(part.values)]
        return _either(left) if left else None

    def is_series(self, wish: Wish, name: str) -> bool:
        """Whether a wish is of the series that a name stands for, however it was written."""
        return bool(wish.items) and set(self._facets.series.of(name).all) == set(wish.items)

    def same_kind(self, one: Wish, other: Wish) -> bool:
        """Whether two wishes are about the same kind of thing, as a genre and a mood are, and an actor is not."""
        kinds = [{self._kinds.get(facet, facet) for facet in wish.facets()} for wish in (one, other)]
        return bool(kinds[0] & kinds[1])

    def runs(self, wish: Wish, running: Sequence[Wish]) -> bool:
        """Whether a wish was said before, be it as one of several alternatives."""
        return any(set(wish.values) & set(before.values) for before in running)

    def names_somebody(self, wish: Wish) -> bool:
        """Whether a wish is for a person."""
        return any(map(self._facets.is_of_people, wish.facets()))

    def is_loose(self, wish: Wish) -> bool:
        """Whether a wish says how an item feels or what it touches on, and not what it is, by whom or from where."""
        return bool(wish.values) and all(map(self._facets.is_of_tags, wish.facets()))

    def adds_a_kind(self, wishes: Sequence[Wish], running: Sequence[Wish]) -> bool:
        """Whether wishes say what sort of item it is to be, where none of those that run says that."""
        return bool(wishes) and not any(self.same_kind(wish, before) for wish in wishes for before in running)

    def holds_for(self, wish: Wish, item_ids: Sequence[str]) -> bool:
        """Whether any of these items has the quality."""
        places = [self._catalogue.position[i] for i in item_ids if i in self._catalogue]
        return bool(filters.holds(self._catalogue, wish.quality())[places].any())

    def possible(self, hard: Request, wishes: Sequence[Wish]) -> bool:
        """Whether some item meets all of these."""
        return bool(self._met(hard, wishes).any())

    def _met(self, hard: Request, wishes: Sequence[Wish]) -> Mask:
        mask = filters.eligible(self._catalogue, hard)
        for wish in wishes:
            mask &= wish.preferred | filters.holds(self._catalogue, wish.quality())
        return mask

    def at_once(
        self, hard: Request, newer: list[Wish], older: list[Wish], others: bool = False
    ) -> tuple[list[Wish], list[Wish]]:
        """Of older wishes, oldest first, those that some item meets together with the rest; and the others.

        A mood or a theme goes before a person, a genre or a country, and an older wish before a newer one. Where a
        bound would end all that was looked for, as "from the fifties" the westerns, nothing goes: none is here.

        Args:
            hard: what is never let go: its ranges and what is unwanted; and what is not shown again. newer: the wishes
                of the newest message. When nothing meets these, no older wish is to blame, and all are kept.
            others: whether it must be an item that may still be shown: "others by Godard" is answered by what was not
                there before, and "with Emma Stone too" by what has both.
        """
        mask = self._met(hard, newer)
        if not mask.any():
            return older, []
        fresh = mask.copy()
        fresh[[self._catalogue.position[i] for i in hard.exclude if i in self._catalogue]] = False
        if others and fresh.any():
            mask = fresh
        kept: list[Wish] = []
        newest_first = list(reversed(older))
        for wish in sorted(newest_first, key=self.is_loose):
            narrower = mask & (wish.preferred | filters.holds(self._catalogue, wish.quality()))
            if narrower.any():
                mask = narrower
                kept.append(wish)
        sought = [wish for wish in older if not self.is_loose(wish)] or older
        if not newer and not any(wish in kept for wish in sought):
            return older, []
        return [wish for wish in older if wish in kept], [wish for wish in older if wish not in kept]

    def mentioned(self, phrase: str) -> tuple[Wish, int]:
        """A wish for the phrase's words themselves, or for who bears them as a name, and how many items have them."""
        word = " ".join([*phrase.split()[:-1], stem(phrase.split()[-1])])
        items = list(self._facets.series.of(phrase).mentioning)
        wish = Wish(label=phrase, values=[], word=word, items=items)
        return wish, int(np.count_nonzero(filters.holds(self._catalogue, wish.quality())))

    def series(self, name: str, title: str = "") -> Wish | None:
        """All of a series, with the facet values that are its own, as a theme "star wars" may be; None for no series.

        Args:
            title: of the one item that the name was taken for, which it may be a misspelling of.
        """
        named = self._facets.series.of(name)
        if title and not named.titled:
            named = self._facets.series.of(title)
        if len(named.titled) < 2:
            return None
        places = [self._catalogue.position[item_id] for item_id in named.all]
        is_value = self._facets.has_value(name)
        own = [
            value
            for value in (self._facets.link(name) if is_value else ())
            if 2 * np.isin(having := self._catalogue.having(value), places).sum() >= len(having)
        ]
        if not (own or title) and is_value:
            return None  # "no aliens" is of the creatures
        return Wish(
            label=self._facets.series.called(name),
            values=[(value.facet, value.value) for value in own],
            items=list(named.all),
        )


def _either(wishes: Sequence[Wish]) -> Wish:
    """One wish that any of several meets."""
    if len(wishes) == 1:
        return wishes[0]
    values = dict.fromkeys(value for wish in wishes for value in wish.values)
    search = " ".join(wish.search for wish in wishes if wish.search)
    parts = [part for wish in wishes for part in (wish.parts or [wish.values])]
    return Wish(label=OR.join(wish.label for wish in wishes), values=list(values), search=search, parts=parts)


def _kinds(catalogue: Catalogue) -> dict[str, str]:
    """facet → one of the facets of its kind, the same for all of them."""
    kinds = {facet: facet for facet in catalogue.categorical}
    for values in catalogue.phrases.values():
        together = {kinds[v.facet] for v in values if v.facet in kinds}
        for facet, kind in kinds.items():
            if kind in together:
                kinds[facet] = min(together)
    return kinds
