"""Series that a message names: told of as a whole, "we've seen all the Ocean's movies", or asked for, "Indiana Jones".

Each item of one that is told of is seen, liked or to be resembled: in "we've seen pirates" its name is no wish for
pirates, and in "a Harry Potter film" nobody called Potter is meant.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agents.language import cues
from agents.language.negation import negated
from agents.linking.facets import FacetLinker
from agents.linking.series import NameSpan
from agents.linking.titles import TitleSpan
from agents.text import ARTICLES, Placed, covered, tokens
from recommender.data.titles import title_key

_KINDS = r"(?:films|movies|ones|series|franchise|saga|trilogy)"
_ALL = r"(?:(?:all|every|both|most|each)\s+(?:(?:of|the|those|these)\s+)*)"
_SEEN = r"(?:seen|saw|watched|rewatched|binged|finished|caught|know)"
_JUDGED = r"(?:lov(?:e|ed)|adored?|enjoyed|liked?|hated?|similar\s+to)"
# Up to the name: "we've seen all the". Not what was not seen, and no question: "have you seen", "haven't seen".
_BEFORE = (
    r"(?<!you\s)(?<!n't\s)(?<!nt\s)(?<!not\s)(?<!never\s)\b{}\s+(?:(?:already|only|also)\s+)*"
    rf"{_ALL}?(?:(?:of|the|those)\s+)*$"
)
_SEEN_BEFORE = re.compile(_BEFORE.format(_SEEN), re.IGNORECASE)
_JUDGED_BEFORE = re.compile(_BEFORE.format(_JUDGED), re.IGNORECASE)
# Behind it: "Addams Family seen", "Harry Potter we already watched".
_SEEN_BEHIND = re.compile(
    rf"(?:\s+{_KINDS})?,?\s+(?:(?:is|are|was|were|been|already|alr|all)\s+)*"
    rf"(?:(?:i|we|she|he|they)(?:'ve|\s+have|\s+had|'d)?\s+(?:(?:already|alr|also|all)\s+)*)?{_SEEN}\b",
    re.IGNORECASE,
)
_JUDGED_BEHIND = re.compile(rf"(?:\s+{_KINDS})?\s+(?:is|are|was|were|bored?s?|left|has|have)\b", re.IGNORECASE)
_ALL_OF = re.compile(rf"\b{_ALL}$", re.IGNORECASE)
_KIND = re.compile(rf"\s+{_KINDS}\b", re.IGNORECASE)
# What may follow a name of one word that stands without "films".
_ENDS = re.compile(
    r"\s*(?:$|[.,;!?)]|(?:already|alr|before|too|lol|tho|though|and|but|so|by\s+heart|loads|\w+\s+times|again)\b)",
    re.IGNORECASE,
)


class SeriesNames:
    """Finds them, for one catalogue."""

    def __init__(self, facets: FacetLinker) -> None:
        self._facets = facets
        begun: Counter[tuple[str, ...]] = Counter()
        for item in facets.catalogue.items:
            begun.update({form for title in facets.catalogue.titles(item) for form in _beginnings(title)})
        self._begun = {words for words, n in begun.items() if n > 1}
        # Titles by themselves, which may be plain words: "home alone tonight".
        self._whole = {
            "".join(_words(title)) for item in facets.catalogue.items for title in facets.catalogue.titles(item)
        }

    def find(
        self, text: str, titles: Sequence[TitleSpan], taken: Sequence[Placed] = ()
    ) -> tuple[list[TitleSpan], list[NameSpan], list[NameSpan]]:
        """The titles with the series told of, which stand for all their items; series ruled out; series asked for.

        Args:
            taken: what says something else, as *Taxi Driver* in "the lead actor of Taxi Driver".
        """
        facets = self._facets
        spans = [_widened(text, span, facets) for span in titles]
        against: list[NameSpan] = []
        asked: list[NameSpan] = []
        names = facets.series.find(text) if cues.NEGATION.search(text) or self._may_name_one(text) else []
        for name in [*names, *_single_words(text, facets)]:
            if covered(name.start, name.end, (*spans, *asked, *taken)):
                continue
            begins, seen = _begins_titles(name, facets), _seen(text, name)
            if not (begins and seen) and negated(text, name.start, spans):
                against.append(name)
            elif begins and (seen or _judged(text, name)):
                first, *others = facets.series.of(name.text).titled
                spans.append(TitleSpan(name.start, name.end, name.text, first, others=tuple(others)))
            elif begins and "".join(_words(name.text)) not in self._whole:
                asked.append(name)
        return sorted(spans, key=lambda span: span.start), against, asked

    def _may_name_one(self, text: str) -> bool:
        """Whether two words stand in a row with which titles begin: looking further costs more."""
        return any(
            (one.key, key) in self._begun
            for one, other in pairwise(tokens(text))
            for key in {other.key, other.key.removesuffix("s")}
        )


def _widened(text: str, span: TitleSpan, facets: FacetLinker) -> TitleSpan:
    """A title with the rest of its series, where all of that is spoken of: "the Matrix films"."""
    if not (_ALL_OF.search(text[: span.start]) or _KIND.match(text, span.end)):
        return span
    named = facets.series.of(span.text).titled
    return replace(span, others=tuple(i for i in named if i != span.item_id)) if span.item_id in named else span


def _seen(text: str, name: NameSpan) -> bool:
    return bool(_SEEN_BEFORE.search(text[: name.start]) or _SEEN_BEHIND.match(text, name.end))


def _judged(text: str, name: NameSpan) -> bool:
    return bool(_JUDGED_BEFORE.search(text[: name.start]) or _JUDGED_BEHIND.match(text, name.end))


def _single_words(text: str, facets: FacetLinker) -> list[NameSpan]:
    """Names of one word that are told of and with which the titles begin.

    Nobody means a series by "scary movies"; but who has seen "pirates", which is a theme, too, means those.
    """
    found = []
    for word in tokens(text):
        name = NameSpan(word.start, word.end, word.text)
        of_kind = _KIND.match(text, word.end) and (not facets.knows(word.text) or word.text[0].isupper())
        alone = _ENDS.match(text, word.end) or _SEEN_BEHIND.match(text, word.end)
        told = (of_kind and _judged(text, name)) or ((of_kind or alone) and _seen(text, name))
        if told and len(word.key) > 2 and _begins_titles(name, facets):
            found.append(name)
    return found


def _begins_titles(name: NameSpan, facets: FacetLinker) -> bool:
    """Whether most titles of a series begin with its name: no series is "New York"."""
    item_ids = facets.series.of(name.text).titled
    key = title_key(name.text).replace(" ", "")
    begun = 0
    for item_id in item_ids:
        begun += "".join(_words(facets.catalogue[item_id].title)).startswith((key, key.removesuffix("s")))
    return len(item_ids) > 1 and 2 * begun > len(item_ids)


def _beginnings(title: str) -> list[tuple[str, ...]]:
    """The first two words of a title, also without the s of "Monty Python's"."""
    words = _words(title)[:2]
    return [tuple(words), tuple(word.removesuffix("s") for word in words)]


def _words(title: str) -> list[str]:
    """The folded words of a title, without the article that it begins with."""
    words = title_key(title).split()
    return words[1:] if words[:1] and words[0] in ARTICLES else words
