"""Finds items named in a message: exact titles and aliases, misspelt ones, and titles that are plain words too.

*It*, *Her*, *Up* and *Heat* are words as well as films. A span that matches a title is therefore only a candidate; it
counts as a mention when its wording is unlikely to be plain speech, or when the message marks it as a name
(capitals, quotes, a year behind it, "loved ...", a list of other titles).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from agents.text import Token, frequency, has_cjk, specificity, tokens
from recommender.catalogue import Catalogue, as_number
from recommender.data.titles import split_year, title_key

_MAX_WORDS = 12
_NEEDED = 2.6  # evidence a candidate must reach
_EVERYDAY = 6.0  # Zipf frequency of "it", "up", "her"
_UNKNOWN = 2.2  # a word rarer than this may be a typo
_CONTEXT = 80  # characters before a span that may speak for it
_GUESSES = 150  # look-ups of misspelt spans in one message
_ARTICLES = ("the", "a", "an", "le", "la", "les", "das", "der", "die", "el", "il")
_BEFORE = re.compile(
    r"(?:\b(?:lov(?:e|ed|ing)|like[ds]?|enjoy(?:ed)?|ador(?:e|ed)|hat(?:e|ed)|seen|saw|watch(?:ed|ing)?|rewatch(?:ed)?"
    r"|film|movie|called|than|similar to|fan of|vein of|lines of|stand|finish(?:ed)?|about|vs\.?|versus|directed|recommend"
    r"|suggest|not|except|by|into|of|especially|mainly|say|think|pick(?:ed)?|show me|starred in|is|was|are)"
    r"|[=:,]|\b(?:and|or|plus|but|with))\s+$",
    re.IGNORECASE,
)
_STRONG_BEFORE = re.compile(
    r"\b(?:lov(?:e|ed)|enjoy(?:ed)?|ador(?:e|ed)|hat(?:e|ed)|seen|saw|watch(?:ed)?|rewatched|called|similar to|movies? like"
    r"|films? like|something like|anything like|stuff like|things like|vein of|lines of|vs\.?|versus|favou?rites? (?:is|are|was)"
    r"|reminds? me of|along with|fan of|more like|directed|liked)\s+$",
    re.IGNORECASE,
)
# After these comes a thing to resemble, so a word that is a title and a quality ("alien") is the title.
_LIKENESS_BEFORE = re.compile(
    r"\b(?:(?:something|anything|movies?|films?|stuff|more)\s+like|similar\s+to)\s+$", re.IGNORECASE
)
_PLACE_BEFORE = re.compile(r"\b(?:in|set in|from|to|at|the|a|an|my|some|this|that|his|their|our|any|no|more)\s+$", re.I)
_AFTER = re.compile(
    r"^\s*(?:[=!?.,;)]|$|\bis\s+about\b|(?:was|were|is|are|isn't|wasn't|made|did|had|has|too|again|vs\.?|versus|and|or|but|though"
    r"|as\s+well|about|already|the\s+(?:movie|film|one)|really|just|messed|scared|yesterday|last\s+night)\b)",
    re.IGNORECASE,
)
_ZH_CUE = re.compile(r"(?:喜欢|爱看?|看过|看了|类似|像|讨厌|推荐|和|跟|与|、|除了|不要|《|“|「)\s*$")


@dataclass(frozen=True, slots=True)
class TitleSpan:
    """A stretch of the message that names an item, or, where `sure` is false, may name one."""

    start: int
    end: int
    text: str
    item_id: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class _Candidate:
    first: int  # token indexes, last exclusive
    last: int
    position: int
    strength: float  # 1 for the full title, less for a part of it or a misspelling


class TitleLinker:
    """An index of the catalogue's titles.

    Args:
        popularity: item id → how well known; of two items with one title the better known is meant.
        is_quality: tells whether a folded phrase also names a quality ("horror"), which makes a title less likely.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        popularity: Mapping[str, float] | None = None,
        is_quality: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._catalogue = catalogue
        self._popularity = popularity or {}
        self._is_quality = is_quality
        self._by_key: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._cjk: dict[str, int] = {}
        for position, item in enumerate(catalogue.items):
            for name in catalogue.titles(item):
                self._add(name, position)
        self._add_telling_words()
        self._spelt = [key for key in self._by_key if len(key) >= 5]
        self._words = {word for key in self._by_key for word in key.split()}

    def _add(self, name: str, position: int) -> None:
        if has_cjk(name):
            self._cjk.setdefault(title_key(name).replace(" ", ""), position)
            return
        bare = split_year(name)[0]
        forms = [(title_key(bare), 1.0)]
        if "&" in bare:  # the words of a message come without its signs
            forms.append((title_key(bare.replace("&", " ")), 1.0))
        words = forms[0][0].split()
        if len(words) > 1 and words[0] in _ARTICLES:
            forms.append((" ".join(words[1:]), 0.9))
        # "Star Wars: Episode IV - A New Hope" is called by either half; "Se7en" or "Léon: The Professional" too.
        for separator in (":", " - ", " – "):
            if separator in bare:
                head, tail = (title_key(part) for part in bare.split(separator, 1))
                forms += [(head, 0.75), (tail, 0.6)]
        for key, strength in forms:
            if key:
                self._by_key[key].append((position, strength))

    def _add_telling_words(self) -> None:
        """A rare word that stands in one short title only calls that item: "totoro", "shawshank"."""
        where: dict[str, set[int]] = defaultdict(set)
        for key, matches in self._by_key.items():
            if len(key.split()) <= 4:
                for word in key.split():
                    where[word] |= {position for position, _ in matches}
        for word, positions in where.items():
            if len(positions) == 1 and len(word) >= 4 and frequency(word) < 3.2 and word not in self._by_key:
                self._by_key[word].append((next(iter(positions)), 0.75))

    def find(self, text: str, doubtful: float | None = None) -> list[TitleSpan]:
        """Every mention, in reading order; none overlap.

        Args:
            doubtful: also give spans that reach only this much evidence, marked as not sure, for a reader that
                judges for itself.
        """
        words = tokens(text)
        found = self._find_words(text, words, doubtful)
        if has_cjk(text):
            found += self._find_cjk(text, found)
        return sorted(found, key=lambda span: span.start)

    def lookup(self, name: str) -> str | None:
        """The item with this title, exactly or nearly; None when no title is close."""
        key = title_key(name)
        exact = self._by_key.get(key)
        if exact:
            return self._catalogue.items[self._best(exact, None)].id
        if (compact := key.replace(" ", "")) in self._cjk:
            return self._catalogue.items[self._cjk[compact]].id
        near = self._nearest(key)
        return self._catalogue.items[self._best(self._by_key[near], None)].id if near else None

    def _find_words(self, text: str, words: list[Token], doubtful: float | None) -> list[TitleSpan]:
        candidates = self._candidates(words)
        mixed_case = any(c.islower() for c in text) and any(c.isupper() for c in text)
        accepted: list[_Candidate] = []
        taken: set[int] = set()
        # Twice, because a title accepted in the first round speaks for its neighbours in a list.
        for _ in range(2):
            neighbours, accepted, taken = accepted, [], set()
            for candidate in candidates:
                if taken.intersection(range(candidate.first, candidate.last)):
                    continue
                # "saw heat and it was great": the commonest words need more to be taken for names.
                span = words[candidate.first : candidate.last]
                plain = len(span) == 1 and frequency(span[0].key) > _EVERYDAY and span[0].text.islower()
                needed = _NEEDED + (2.0 if plain else 0.0)
                if self._evidence(text, words, candidate, mixed_case, neighbours) >= needed:
                    accepted.append(candidate)
                    taken.update(range(candidate.first, candidate.last))
        sure = len(accepted)
        if doubtful is not None:
            neighbours = accepted[:]
            for candidate in candidates:
                places = range(candidate.first, candidate.last)
                if taken.isdisjoint(places) and (
                    self._evidence(text, words, candidate, mixed_case, neighbours) >= doubtful
                ):
                    accepted.append(candidate)
                    taken.update(places)
        spans = []
        for place, candidate in enumerate(accepted):
            start, end = words[candidate.first].start, words[candidate.last - 1].end
            item_id = self._catalogue.items[candidate.position].id
            spans.append(TitleSpan(start, end, text[start:end], item_id, sure=place < sure))
        return spans

    def _candidates(self, words: list[Token]) -> list[_Candidate]:
        """Spans that are a title, longest first."""
        found = []
        guesses = _GUESSES
        for first in range(len(words)):
            for last in range(min(len(words), first + _MAX_WORDS), first, -1):
                key = " ".join(token.key for token in words[first:last])
                matches = self._by_key.get(key)
                year = self._year_behind(words, last)
                if matches:
                    position = self._best(matches, year)
                    strength = max(s for p, s in matches if p == position)
                    found.append(_Candidate(first, last, position, strength))
                elif guesses and last - first <= 6 and len(key) >= 6 and self._may_be_misspelt(words[first:last]):
                    guesses -= 1
                    near = self._nearest(key)
                    if near:
                        found.append(_Candidate(first, last, self._best(self._by_key[near], year), 0.85))
        return sorted(found, key=lambda c: (c.first - c.last, -c.strength, c.first))

    def _may_be_misspelt(self, span: list[Token]) -> bool:
        odd = [t for t in span if t.key not in self._words and frequency(t.key) < _UNKNOWN and not t.key.isdigit()]
        return bool(odd) and (span[0] in odd or span[-1] in odd or len(span) > 2)

    def _nearest(self, key: str) -> str | None:
        allowed = 1 if len(key) < 9 else 2
        match = process.extractOne(key, self._spelt, scorer=OSA.distance, score_cutoff=allowed)
        return match[0] if match else None

    def _year_behind(self, words: list[Token], last: int) -> int | None:
        if last < len(words) and re.fullmatch(r"1[89]\d\d|20\d\d", words[last].key):
            return int(words[last].key)
        return None

    def _best(self, matches: list[tuple[int, float]], year: int | None) -> int:
        def rank(match: tuple[int, float]) -> tuple[bool, float, float, int]:
            position, strength = match
            item = self._catalogue.items[position]
            same_year = year is not None and as_number(item.attributes.get("year")) == year
            return same_year, strength, self._popularity.get(item.id, 0.0), -position

        return max(matches, key=rank)[0]

    def _evidence(
        self, text: str, words: list[Token], candidate: _Candidate, mixed_case: bool, neighbours: list[_Candidate]
    ) -> float:
        span = words[candidate.first : candidate.last]
        before, after = text[max(0, span[0].start - _CONTEXT) : span[0].start], text[span[-1].end :]
        content = tuple(t.key for t in span)
        score = min(4.0, specificity(content)) * candidate.strength
        capitals = [t for t in span if t.text[0].isupper() or t.text[0].isdigit()]
        starts_sentence = not before.strip() or before.rstrip()[-1] in ".!?\n。！？"
        score += 0.5 if starts_sentence else 0.0
        if mixed_case and len(capitals) >= max(1, (len(span) + 1) // 2) and not text.isupper():
            score += 0.6 if starts_sentence else 2.4
        elif mixed_case and not starts_sentence and any(t.text[0].isupper() for t in words if t.start > 0):
            score -= 0.7  # the writer uses capitals, but not here
        if before[-1:] in "\"'“‘«《*" and before and after[:1] in "\"'”’»》*,":
            score += 3.0
        if re.match(r"^\s*[(（]?\s*(?:1[89]\d\d|20\d\d)\s*[)）]?", after):
            score += 2.5
        if _STRONG_BEFORE.search(before):
            score += 1.7
        elif _BEFORE.search(before) or not before.strip():
            score += 0.8
        elif _PLACE_BEFORE.search(before):
            score -= 1.2
        score += 0.5 if _AFTER.match(after) else -0.7 if len(span) == 1 else 0.0
        for other in neighbours:
            if other.last <= candidate.first:
                gap = text[words[other.last - 1].end : span[0].start]
            elif candidate.last <= other.first:
                gap = text[span[-1].end : words[other.first].start]
            else:
                continue
            if re.fullmatch(r"\s*(?:,|and|&|or|,\s*and|,\s*or|vs\.?|/|\+)\s*", gap, re.IGNORECASE):
                score += 1.6
                break
        if self._is_quality(" ".join(content)) and not _LIKENESS_BEFORE.search(before):
            score -= 1.5
        return score

    def _find_cjk(self, text: str, taken: list[TitleSpan]) -> list[TitleSpan]:
        found: list[TitleSpan] = []
        folded = [title_key(char) if char.isalnum() else "" for char in text]
        for start in range(len(text)):
            if any(span.start <= start < span.end for span in (*taken, *found)):
                continue
            for end in range(min(len(text), start + 20), start + 1, -1):
                position = self._cjk.get("".join(folded[start:end]))
                if position is None or not (
                    has_cjk(text[start]) and (has_cjk(text[end - 1]) or text[end - 1].isdigit())
                ):
                    continue
                marked = bool(_ZH_CUE.search(text[:start]))
                if end - start >= 4 or (marked and (end - start >= 2)) or (end - start == 3):
                    found.append(TitleSpan(start, end, text[start:end], self._catalogue.items[position].id))
                    break
        return found
