"""Cards called by name: of what is on the screen a telling part of the title will do, and a title may be a plain word.

"Drive" is a word, but with *Drive* on the screen "k drive. is it violent" asks about the film; "the Grinch" is *How the
Grinch Stole Christmas* where that was just shown, and outweighs any title that was not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from agents.linking.facets import FacetLinker
from agents.linking.title_evidence import Sentence
from agents.linking.titles import Candidate, TitleLinker, TitleSpan
from agents.text import ARTICLES, COMMON, Token, covered, frequency, phrase_key, specificity, tokens
from recommender.data.titles import split_year, title_key

EASIER = 2.0  # log-odds by which a title on the screen needs less evidence of being a name
_TELLING_WORD, _TELLING_PAIR = 3.8, 1.5  # Zipf frequency below which one word calls a card; specificity of two
_LEAST_LETTERS = 4
_PART = 0.7  # strength of a part of a title
_MOST_WORDS = 12
_BEGINNING = 3  # words of a title that call it
LEAD = re.compile(
    r"(?:^|[.!?;,:\n])\W*(?:(?:k|ok(?:ay)?|and|or|but|so|then|now|no|yes|yeah|omg|oh|well|also|maybe|perhaps|hm+"
    r"|(?:what|how)\s+about)\b\W*)*$",
    re.IGNORECASE,
)
# Behind a name that begins a sentence and is asked about or told of: "the others whats that about", "it seen it".
_FOLLOWED = re.compile(
    r"\W*$|\s*[.!?;:]|,?\s+(?:(?:what|who)(?:'?s|\s+is)|how\s+(?:long|old|scary|sad|violent|good)|is\s+(?:it|that|this)"
    r"|(?:(?:i|we|i'?ve|we'?ve|already)\s+)*(?:seen|saw|watched)(?:\s+(?:it|that))?)\b",
    re.IGNORECASE,
)


class CardNames:
    """Finds what a message calls of the items that are on the screen, or were lately, for one catalogue."""

    def __init__(self, titles: TitleLinker, facets: FacetLinker) -> None:
        self._titles = titles
        self._facets = facets
        self._catalogue = facets.catalogue

    def add(self, text: str, spans: Sequence[TitleSpan], shown: Sequence[str]) -> list[TitleSpan]:
        """The titles in a text with those that only what is shown makes names, and without what these outweigh."""
        positions = [self._catalogue.position[item_id] for item_id in shown if item_id in self._catalogue]
        if not positions:
            return list(spans)
        words = tokens(text)
        cards = [
            TitleSpan(start, end, text[start:end], self._catalogue.items[position].id, shown=True)
            for start, end, position in self._called(text, words, positions, spans)
        ]
        # A longer title has the words of a card, too: "Paddington 2" is not *Paddington*.
        kept = [replace(span, shown=span.item_id in shown) for span in spans]
        longer = [span for span in kept if any(_part_of(card, span) for card in cards)]
        cards = [card for card in cards if not covered(card.start, card.end, longer)]
        kept = [span for span in kept if not covered(span.start, span.end, cards)]
        named = {*positions, *(self._catalogue.position[span.item_id] for span in [*kept, *cards])}
        kept = [span for span in kept if span.shown or not self._told_of(span, named)]
        return sorted([*kept, *cards], key=lambda span: span.start)

    def _called(
        self, text: str, words: list[Token], positions: Sequence[int], spans: Sequence[TitleSpan]
    ) -> list[tuple[int, int, int]]:
        """Where cards are named, and which, longest first; none overlap."""
        sentence = Sentence.of(text, words, self._facets.knows)
        found: list[tuple[int, int, int]] = []
        candidates = self._candidates(words, positions)
        for candidate, whole in sorted(candidates, key=lambda pair: pair[0].first - pair[0].last):
            start, end = words[candidate.first].start, words[candidate.last - 1].end
            if any(start < other_end and other_start < end for other_start, other_end, _ in found):
                continue
            known = any(span.start == start and span.end == end for span in spans)
            alone = LEAD.search(text[:start]) and _FOLLOWED.match(text, end)
            # A part of a title is a name by itself; an ordinary word needs to stand like one.
            if not whole or known or alone or self._titles.odds(sentence, candidate) >= -EASIER:
                found.append((start, end, candidate.position))
        return found

    def _candidates(self, words: list[Token], positions: Sequence[int]) -> Iterator[tuple[Candidate, bool]]:
        """Stretches that may name a card, and whether by its title; where several may, the first of the cards."""
        short = {name: position for position in reversed(positions) for name in self._short_names(position)}
        for first in range(len(words)):
            for last in range(first + 1, min(len(words), first + _MOST_WORDS) + 1):
                key = " ".join(token.key for token in words[first:last])
                titled = self._titles.called(key)
                position = next((position for position in positions if position in titled), None)
                if position is not None:
                    yield Candidate(first, last, position, titled[position]), True
                elif (position := short.get(key, short.get(key.removesuffix("s")))) is not None:
                    yield Candidate(first, last, position, _PART), False

    def _short_names(self, position: int) -> set[str]:
        """What a card may be called beside its title, folded: its telling words, its beginning, pairs of words."""
        names: set[str] = set()
        for title in self._catalogue.titles(self._catalogue.items[position]):
            words = title_key(split_year(title)[0]).split()
            rare = [word for word in words if len(word) >= _LEAST_LETTERS and frequency(word) < _TELLING_WORD]
            names.update(word for word in rare if not self._facets.knows(word))
            names.update(  # "gone in 60"
                " ".join(words[:length])
                for length in range(_BEGINNING, len(words))
                if frequency(words[length - 1]) < COMMON and specificity(tuple(words[:length])) >= _TELLING_PAIR
            )
            names.update(
                " ".join(pair)
                for pair in pairwise(words)
                if specificity(pair) >= _TELLING_PAIR and not set(pair).intersection(ARTICLES)
            )
        return names

    def _told_of(self, span: TitleSpan, named: set[int]) -> bool:
        """Whether a title is a plain word for what another item tells of: the witch of *The Wizard of Oz*."""
        own = [token for token in tokens(span.text) if token.key not in ARTICLES]
        if len(own) != 1 or len(own[0].text) == len(span.text) or not own[0].text.islower():
            return False
        has_it = self._catalogue.mentions(phrase_key(own[0].text))
        return any(has_it[position] for position in named if self._catalogue.items[position].id != span.item_id)


def _part_of(card: TitleSpan, span: TitleSpan) -> bool:
    return span.start <= card.start and card.end <= span.end and span.end - span.start > card.end - card.start
