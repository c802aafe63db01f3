"""Questions that the values of items answer: which of them has something, and whether one would suit somebody.

A value that an item lacks is no proof that it lacks the thing: the answers say what they go by.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.answers.feeling import Feeling
from agents.answers.traits import QUALITIES, SUITS_CHILDREN
from agents.language import cues
from agents.language.audience import Who, names_little
from agents.language.family import FOR_CHILDREN
from agents.linking.facets import KIND_FACETS, FacetLinker
from agents.plan import Range, TurnPlan
from agents.replies.present import Language, Presenter
from agents.state.sparing import TOO_MUCH_FOR
from agents.text import listed
from recommender.catalogue import FacetValue, Mask
from recommender.serving.request import Bound
from storage.records import ItemRecord

_LEAD = r"^\W*(?:(?:and|so|but|ok(?:ay)?|well|hm+|then)\W+)*"
_THESE = r"of\s+(?:these|those|them|his|hers|theirs|the\s+\w+)"
_VERB = (
    r"(?:has|have|had|is|are|was|were|isn'?t|aren'?t|does(?:n'?t)?|do(?:n'?t)?|stars?|features?|contains?|with(?:out)?"
    r"|by|got)"
)
# "Which has a dog in it?", "is any of these French?"; "which films have dogs" is of the whole catalogue.
_WHICH = re.compile(
    rf"{_LEAD}which(?:\s+ones?)?(?:\s+{_THESE})?(?:\s+ones?)?\s+{_VERB}\b"
    rf"|{_LEAD}which\s+(?:films?|movies?|items?)\s+(?:{_THESE}|here)\s+{_VERB}\b"
    rf"|{_LEAD}(?:is|are|do|does|has|have)\s+(?:any|one|some|either|none)(?:\s+one)?\s+{_THESE}"
    rf"|{_LEAD}(?:any|none|some)\s+of\s+(?:these|those|them)\s+{_VERB}\b"
    r"|\b(?:is|are|does|do|has|have)\s+or\s"  # the titles between are taken out: "does Heat or Ronin have a dog?"
    r"|哪[一]?[部个款](?:里面?)?(?:有|是)|这[几些]部?里.{0,4}(?:有没有|哪)",
    re.IGNORECASE,
)

_TOO = re.compile(r"(?<!not )\btoo\s+\w+|(?<!不)(?<!别)太", re.IGNORECASE)
_NUMBERS = re.compile(r"\btoo\s+(?:long|short|old|new|recent|slow|expensive|dear)\b|太[长短老新贵慢]", re.IGNORECASE)
_FEARS = re.compile(
    r"\b(?:scared|afraid|frightened|terrified)\b|\bnightmares?\b|\bscares?\s+easily\b|害怕|怕黑|胆小", re.IGNORECASE
)
_CANNOT_BEAR = re.compile(
    r"\b(?:hates?|dislikes?|(?:can(?:no|')?t|can\s+not)\s+(?:stand|bear|take|handle|watch|see)|(?:doesn'?t|don'?t|does\s+not|do\s+not)\s+(?:like|do|want)"
    r"|sensitive\s+to|squeamish|upset\s+by|allergic\s+to)\b|讨厌|受不了",
    re.IGNORECASE,
)
# Whether an item is one for somebody: "would it do for ...", "is it ok for ...".
_SUITS = re.compile(
    r"\b(?:would|will|does|do|could|can|should|is|are|might|was)\b[^.!?]*?\b(?:do|work|suit|suitable|fit|ok(?:ay)?|alright|right|fine|appropriate|safe|good|watch(?:ed)?|see|handle|take|like|enjoy)\b"
    r"|适合|可以看|能看",
    re.IGNORECASE,
)
_CHILDREN = re.compile(
    r"\b(?:kids?|child(?:ren)?|toddlers?|little\s+ones?|(?:[2-9]|1[0-2])\s*(?:yo|y/o)|year[\s-]?olds?)\b|\bfor\s+(?:an?\s+)?(?:[2-9]|1[0-2])\b(?!\s*(?:people|of|min|hour))"
    r"|孩子|小孩|儿童|小朋友|\d岁",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"[?？]|^\W*(?:and\s+|so\s+|but\s+)?(?:is|are|would|will|can|could|does|do|should)\b|[吗么]\W*$", re.IGNORECASE
)
_FEAR = "scary"  # what fear is of
_AGES = ("certificate", "age_rating", "age")  # facets that say it themselves
_SAID = 3  # values told of an item
# How what items have is said, and what they lack: of one, of several.
_VERBS = {
    "is": (("is", "are"), ("is not", "are not")),
    "counts": (("counts as", "count as"), ("does not count as", "do not count as")),
    "has": (("has", "have"), ("does not have", "do not have")),
}


@dataclass(frozen=True, slots=True)
class _Test:
    """What items are asked for, how it is said of one and of several, and which have it."""

    one: str
    several: str
    what: str
    holds: Mask


class Tagged:
    """Answers such questions over one catalogue."""

    def __init__(self, presenter: Presenter, facets: FacetLinker, feeling: Feeling) -> None:
        self._present = presenter
        self._feeling = feeling
        self._facets = facets
        self._catalogue = presenter.catalogue

    # --- which of them ------------------------------------------------------------------------------------------------

    def asks_which(self, message: str, plan: TurnPlan) -> bool:
        """Whether a message asks which of the items shown has something."""
        if not _WHICH.search(message) or cues.CHOOSE.search(message):
            return False
        return bool(plan.wanted or plan.unwanted or plan.query or any(_bounds(r) for r in plan.ranges))

    def which(
        self, message: str, plan: TurnPlan, items: Sequence[ItemRecord], language: Language
    ) -> tuple[str, list[ItemRecord]] | None:
        """Those of the items that have what is asked for, in words and as they are; None for other questions."""
        if not items or not self.asks_which(message, plan):
            return None
        tests = [self._test(phrase, language) for phrase in plan.wanted]
        tests += [self._test(phrase, language, against=True) for phrase in plan.unwanted]
        for wish in plan.ranges:
            if _bounds(wish) and (facet := self._facets.numeric_facet(wish.facet)):
                bound = self._present.bound(Bound(facet, wish.min, wish.max), language)
                mask = self._catalogue.range_mask(facet, wish.min, wish.max)
                tests.append(_Test("is", "are", bound, mask))
        if not tests:
            if not plan.query:
                return None
            tests = [_Test("mentions", "mention", f"“{plan.query}”", self._catalogue.mentions(plan.query))]
        tests = list({(test.one, test.what): test for test in tests}.values())  # "food" and "foodie" are one tag
        holds = np.all([test.holds for test in tests], axis=0)
        found = [item for item in items if holds[self._catalogue.position[item.id]]]
        return self._told(items, found, tests, int(holds.sum()), language), found

    def _test(self, phrase: str, language: Language, against: bool = False) -> _Test:
        values = self._facets.link(phrase)
        if not values:
            verbs = ("does not mention", "do not mention") if against else ("mentions", "mention")
            return _Test(*verbs, f"“{phrase}”", self._catalogue.mentions(phrase) ^ against)
        mask = np.any([self._catalogue.mask(value) for value in values], axis=0) ^ against
        label = self._called(phrase, values, language)
        facet = next((value.facet for value in values if value.facet == QUALITIES), values[0].facet)
        said = "is" if facet == QUALITIES else "counts" if facet in KIND_FACETS else "has"
        verbs = _VERBS[said][against]
        return _Test(*verbs, label, mask)

    def _called(self, phrase: str, values: Sequence[FacetValue], language: Language) -> str:
        """A phrase by the name of its value where it stands for one only."""
        names = list(dict.fromkeys(value.value for value in values))
        return self._present.value(names[0], language) if len(names) == 1 else phrase

    def _told(
        self,
        items: Sequence[ItemRecord],
        found: Sequence[ItemRecord],
        tests: Sequence[_Test],
        n_all: int,
        language: Language,
    ) -> str:
        n, noun = len(items), self._present.noun(language)
        names = [self._present.name(item, language) for item in found]
        if language == "zh":
            asked = "、".join(test.what for test in tests)
            if not found:
                return f"这{n}{noun}都不符合“{asked}”" + (f"，这里有{n_all}{noun}符合。" if n_all else "。")
            return f"这{n}{noun}里，符合“{asked}”的是{'、'.join(names)}。"
        said: dict[tuple[str, str], list[str]] = {}
        for test in tests:
            said.setdefault((test.one, test.several), []).append(test.what)
        one, several = (listed([f"{verbs[i]} {listed(what)}" for verbs, what in said.items()]) for i in (0, 1))
        among = f"of these {n}" if n > 1 else "here"
        if not found:
            rest = f"; {n_all:,} other {self._present.noun(language, n_all)} here would fit" if n_all else ""
            return f"None {among} {one}{rest}."
        if len(found) == n > 1:
            return f"All {n} of these {several}."
        only = "only " if n > 1 else ""
        return f"{among[0].upper()}{among[1:]}, {only}{listed(names)} {one if len(found) == 1 else several}."

    # --- whether it suits ---------------------------------------------------------------------------------------------

    def asks_suits(self, message: str) -> bool:
        """Whether a message asks if an item is one for somebody, or too much of something."""
        if not _ASKS.search(message) or _NUMBERS.search(message):
            return False
        somebody = _FEARS.search(message) or _CANNOT_BEAR.search(message) or _CHILDREN.search(message)
        return bool(_TOO.search(message)) or bool(somebody and _SUITS.search(message))

    def suits(self, item: ItemRecord, message: str, plan: TurnPlan, language: Language) -> str | None:
        """Whether an item would suit, cautiously, with the values that tell; None for other questions."""
        if not self.asks_suits(message) or any(self._catalogue.values_of(item, facet) for facet in _AGES):
            return None
        too = bool(_TOO.search(message))
        children = bool(_CHILDREN.search(message))
        worries = list(plan.unwanted)
        theirs = self._facets.link(FOR_CHILDREN)
        if too or _FEARS.search(message) or _CANNOT_BEAR.search(message):
            worries += plan.wanted
        # Children are no worry, though "too violent for children" is said against both.
        worries = [phrase for phrase in worries if not theirs or self._facets.link(phrase) != theirs]
        if _FEARS.search(message) and _FEAR not in worries and self._facets.knows(_FEAR):
            worries.append(_FEAR)
        if not worries and not children:
            return None
        bad = self._held(item, worries)
        meant = [phrase for phrase in worries if self._facets.link(phrase)]
        good: list[FacetValue] = []
        theirs_not: list[FacetValue] = []  # what is kept from them in cards, too
        if children:
            good = self._held(item, [FOR_CHILDREN])
            theirs_not = self._held(item, TOO_MUCH_FOR[Who.LITTLE if names_little(message) else Who.CHILDREN])
            bad += [value for value in theirs_not if value not in bad]
            bad += [value for value in self._against_children(item) if value not in bad]
            if not worries and not good and not bad:
                return None
        if worries and not meant and not children:
            return None  # too long, too slow: no value says so
        fits = not (self._held(item, worries) or (children and (theirs_not or not good)))
        return self._verdict(item, fits, too, good, bad[:_SAID], meant, language)

    def _held(self, item: ItemRecord, phrases: Sequence[str]) -> list[FacetValue]:
        traits = self._feeling.traits
        return traits.held(item, [value for phrase in phrases for value in self._facets.link(phrase)])

    def _against_children(self, item: ItemRecord) -> list[FacetValue]:
        """What of an item may frighten a child or is none for one."""
        traits = self._feeling.traits
        return traits.held(item, traits.named(SUITS_CHILDREN).far)

    def _verdict(
        self,
        item: ItemRecord,
        fits: bool,
        too: bool,
        good: Sequence[FacetValue],
        bad: Sequence[FacetValue],
        worries: Sequence[str],
        language: Language,
    ) -> str:
        """The answer, what speaks against the item first: that is what who asks wants to know.

        Args:
            too: whether it was asked if the item is too much of something: what fits is not.
        """
        name = self._present.name(item, language)
        lacks = [self._called(phrase, self._facets.link(phrase), language) for phrase in worries] if not bad else []
        if language == "zh":
            for_it, against = ([self._present.value(v.value, language) for v in values] for values in (good, bad))
            parts = [f"标签里有{'、'.join(against)}"] if against else []
            parts += [f"没有“{'、'.join(lacks)}”的标签"] if lacks else []
            parts += [f"{'不过也' if against else ''}有{'、'.join(for_it)}的标签"] if for_it else []
            told = "，".join(parts) or "没有适合孩子的标签"
            return f"{'应该是' if fits != too else '应该不是'}：{name}{told}。我只能按标签判断。"
        said = self._feeling.said
        if fits and bad:
            lead = "It may be" if too else "I would be careful"
        else:
            lead = "I think so" if fits != too else "I don't think so"
        parts = [f"{name} {said(bad)}"] if bad else []
        parts += [f"nothing I have on {name} says “{listed(lacks, 'or')}”"] if lacks else []
        parts += [f"{'though it' if bad else 'and it' if lacks else name} {said(good)}"] if good else []
        return f"{lead}: {', '.join(parts) or f'nothing I have on {name} says that it is for children'}."


def _bounds(wish: Range) -> bool:
    return wish.relative is None and not wish.empty
