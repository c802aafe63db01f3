"""Finds items named in a message: exact titles and aliases, misspelt ones, and titles that are plain words too.

*It*, *Her*, *Up* and *Heat* are words as well as films. A span that matches a title is therefore only a candidate; it
counts as a mention when its wording is unlikely to be plain speech, or when the message marks it as a name
(capitals, quotes, a year behind it, "loved ...", a list of other titles).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from agents.linking.title_evidence import LIST_GAP, Sentence, TitleEvidence, features
from agents.text import ARTICLES, COMMON, Token, frequency, has_cjk, specificity, tokens
from recommender.catalogue import Catalogue, as_number
from recommender.data.titles import split_year, title_key

_MAX_WORDS = 12
_UNKNOWN = 2.2  # a word rarer than this may be a typo
_NEAREST = 5  # near spellings looked at, of which those with other numbers are none
_TELLING, _UNMISTAKABLE = 2.5, 3.5  # specificity from which the first words of a title call it
_NUMBER = 3.0  # what a number adds to it: "10 things"
_PLAIN_BEGINNING = re.compile(r"['’](?:ve|m|re|ll|d)$|^(?:hours?|minutes?|days?|weeks?|months?|years?)$", re.IGNORECASE)
_OWNED = re.compile(r"\S+ \S+['’]s (\S+ .+)")  # by somebody with two names
_OWNS = re.compile(r"['’]s$")
_GUESSES = 150  # look-ups of misspelt spans in one message
# As people write in chats; tried where the words as they stand are no title.
_SPELT_OUT = {"u": "you", "ur": "your", "r": "are", "n": "and", "nd": "and", "w": "with", "b": "be", "abt": "about"}
_SPELT_OUT |= {"2": "to", "4": "for", "colour": "color", "colours": "colors", "grey": "gray"}
_COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_LEAST_INITIALS, _NO_WORD = 4, 3.2  # letters; Zipf frequency below which they are no word: "lotr"
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")  # L.A.
_INITIAL = re.compile(r"(?:^|\s)[A-Z]\.?\s[A-Z]\.\s$|\b(?:by|of)\s[A-Z]\.\s$")  # E. M. Forster
_NEAR = 60  # characters before a word in which the rest of a longer name stands
# Before the last word of a longer name: "I said Paths of Glory" is no *Glory*.
_LONGER = re.compile(r"[^\s.!?][\s\"“]+[A-Z]\w+\s+of\s+(?:the\s+)?$")
_ROMANS, _DIGITS = ("ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"), tuple("23456789")
_PART = r"(?:part|vol|volume|chapter|episode)"
_NUMBERED = re.compile(rf"{_PART} (?:\d+|i|{'|'.join(_ROMANS)})")
_SEQUEL = re.compile(rf"(?P<name>.*?)(?: {_PART})? (?:[2-9]|{'|'.join(_ROMANS)})")
_ZH_CUE = re.compile(r"(?:喜欢|爱看?|看过|看了|类似|像|讨厌|推荐|和|跟|与|、|除了|不要|《|“|「)\s*$")


@dataclass(frozen=True, slots=True)
class TitleSpan:
    """A stretch of the message that names an item, or, where `sure` is false, may name one.

    Attributes:
        others: the other items of its series, where all of that is named: "the Matrix films".
        shown: whether the item is on the screen, or was lately.
    """

    start: int
    end: int
    text: str
    item_id: str
    sure: bool = True
    others: tuple[str, ...] = ()
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words that match a title. `strength`: 1 for the full title, less for a part of it or a misspelling."""

    first: int  # token indexes, last exclusive
    last: int
    position: int
    strength: float

    def overlaps(self, other: "Candidate") -> bool:
        """Whether both hold one word."""
        return self.first < other.last and other.first < self.last


class TitleLinker:
    """An index of the catalogue's titles.

    Args:
        popularity: item id → how well known; of two items with one title the better known is meant.
        is_quality: tells whether a folded phrase also names a quality ("horror"), which makes a title less likely.
        evidence: tells names from plain words; None for the weights shipped.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        popularity: Mapping[str, float] | None = None,
        is_quality: Callable[[str], bool] = lambda _: False,
        evidence: TitleEvidence | None = None,
    ) -> None:
        self._evidence = TitleEvidence.load() if evidence is None else evidence
        self._catalogue = catalogue
        self._popularity = popularity or {}
        self._is_quality = is_quality
        self._by_key: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._cjk: dict[str, int] = {}
        for position, item in enumerate(catalogue.items):
            for name in catalogue.titles(item):
                self._add(name, position)
        self._add_telling_words()
        self._add_beginnings()
        self._spelt = [key for key in self._by_key if len(key) >= 5]
        self._words = {word for key in self._by_key for word in key.split()}
        self._add_short_forms()  # last: nothing is a misspelling of them, and no word of a title

    def _add(self, name: str, position: int) -> None:
        if has_cjk(name):
            self._cjk.setdefault(title_key(name).replace(" ", ""), position)
            return
        bare = split_year(name)[0]
        forms = [(title_key(bare), 1.0)]
        if "&" in bare:  # the words of a message come without its signs
            forms.append((title_key(bare.replace("&", " ")), 1.0))
        if _INITIALS.search(bare):  # "LA Confidential"
            forms.append((title_key(_INITIALS.sub(lambda m: m[0].replace(".", "") + " ", bare)), 1.0))
        words = forms[0][0].split()
        if len(words) > 1 and words[0] in ARTICLES:
            forms.append((" ".join(words[1:]), 0.9))
        if owned := _OWNED.fullmatch(bare):  # "life of brian"
            forms.append((title_key(owned[1]), 0.9))
        if "the" in words[2:]:  # "fast and furious"
            forms.append((" ".join(word for word in words if word != "the"), 0.85))
        # "Star Wars: Episode IV - A New Hope" is called by either half; "Se7en" or "Léon: The Professional" too.
        for separator in (":", " - ", " – "):
            if separator in bare:
                head, tail = (title_key(part) for part in bare.split(separator, 1))
                if not _NUMBERED.fullmatch(tail):
                    forms += [(head, 0.75), (tail, 0.6)]
                elif not _sequel_of(forms[0][0]):  # the first part is called by its name alone
                    forms.append((head, 1.0))
        forms += [(other, strength) for key, strength in forms if (other := _other_numeral(key)) != key]
        forms += [(other, strength) for key, strength in forms for other in _otherwise_counted(key)]
        for key, strength in forms:
            if key:
                self._by_key[key].append((position, strength))

    def _add_telling_words(self) -> None:
        """A rare word that stands in one short title only calls that item: "totoro", "shawshank".

        Not where the rest is the number of a sequel: "Sharknado" is not *Sharknado 2*, which the catalogue has.
        """
        where: dict[str, set[int]] = defaultdict(set)
        for key, matches in self._by_key.items():
            if len(key.split()) <= 4:
                for word in key.split():
                    where[word] |= {position for position, _ in matches}
        for position, item in enumerate(self._catalogue.items):  # "Babette" in *Babette's Feast*
            for word in item.title.split():
                if _OWNS.search(word):
                    where[title_key(word)[:-1]].add(position)
        first_parts = {_sequel_of(key) for key in self._by_key}
        for word, positions in where.items():
            telling = len(positions) == 1 and len(word) >= 4 and frequency(word) < _NO_WORD and word not in first_parts
            if telling and word not in self._by_key:
                self._by_key[word].append((next(iter(positions)), 0.7))

    def _add_beginnings(self) -> None:
        """The first words of a title call it where no other begins so: "grand budapest", "romy and michele"."""
        where: dict[str, set[int]] = defaultdict(set)
        for position, item in enumerate(self._catalogue.items):
            for name in self._catalogue.titles(item):
                for words in _without_article(split_year(name)[0]):
                    for length in range(2, 0 if any(map(_PLAIN_BEGINNING.search, words[:2])) else len(words)):
                        beginning = title_key(" ".join(words[:length]))
                        where[beginning].add(position)
                        where[beginning.removesuffix("s")] |= {position} if _OWNS.search(words[length - 1]) else set()
        known = {*self._by_key, *map(_sequel_of, self._by_key)}
        for beginning, positions in where.items():
            words = beginning.split()
            if len(positions) != 1 or beginning in known or not words or frequency(words[-1]) >= COMMON:
                continue
            telling = specificity(tuple(words)) + (_NUMBER if words[0].isdigit() else 0.0)
            if telling >= _TELLING:
                self._by_key[beginning].append((next(iter(positions)), 0.9 if telling >= _UNMISTAKABLE else 0.75))

    def _add_short_forms(self) -> None:
        """What stands for a long name where it is no word: "lotr", "spiderverse"; of a series its best known item."""
        for position, item in enumerate(self._catalogue.items):
            for name in self._catalogue.titles(item):
                bare = split_year(name)[0]
                called = [title_key(" ".join(words)) for words in _without_article(re.split(r":| - | – ", bare)[0])]
                short = {"".join(word[0] for word in key.split()) for key in called}
                short |= {title_key(word).replace(" ", "") for word in bare.split()[1:] if "-" in word}
                for form in short:
                    if len(form) >= _LEAST_INITIALS and form.isalpha() and frequency(form) < _NO_WORD:
                        self._by_key[form].append((position, 0.7))

    def find(self, text: str, doubtful: float | None = None) -> list[TitleSpan]:
        """Every mention, in reading order; none overlap.

        Args:
            doubtful: also give spans with at least these log-odds of being names, marked as not sure, for a reader
                that judges for itself.
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
        candidates = [c for c in self.candidates(words) if not _is_part(text, words[c.first], words[c.last - 1])]
        # Who writes Kurosawa with a capital may write titles without.
        sentence = Sentence.of(text, words, lambda key: key not in self._words and self._is_quality(key))
        accepted: list[Candidate] = []
        # Twice, because a title accepted in the first round speaks for its neighbours in a list.
        for _ in range(2):
            accepted = self._accepted(sentence, candidates, accepted, 0.0)
        sure = len(accepted)
        if doubtful is not None:
            free = [c for c in candidates if not any(c.overlaps(other) for other in accepted)]
            accepted += self._accepted(sentence, free, accepted, doubtful)
        spans = []
        for place, candidate in enumerate(accepted):
            start, end = words[candidate.first].start, words[candidate.last - 1].end
            item_id = self._catalogue.items[candidate.position].id
            spans.append(TitleSpan(start, end, text[start:end], item_id, sure=place < sure))
        return spans

    def _accepted(
        self, sentence: Sentence, candidates: list[Candidate], named: list[Candidate], needed: float
    ) -> list[Candidate]:
        """The candidates with enough evidence, longest first, none overlapping.

        Args:
            named: what was taken for names before.
        """
        accepted: list[Candidate] = []
        taken: set[int] = set()  # words
        for candidate in candidates:
            words = range(candidate.first, candidate.last)
            if not taken.isdisjoint(words):
                continue
            if self.odds(sentence, candidate, named) >= needed:
                accepted.append(candidate)
                taken.update(words)
        return accepted

    def called(self, key: str) -> dict[int, float]:
        """The places of the items with a folded title, and how much of theirs that is."""
        return dict(self._by_key.get(key, ()))

    def odds(self, sentence: Sentence, candidate: Candidate, named: Sequence[Candidate] = ()) -> float:
        """The log-odds of a candidate being a name, beside others that were taken for names."""
        return self._evidence.of(self.features(sentence, candidate, named))

    def features(self, sentence: Sentence, candidate: Candidate, named: Sequence[Candidate]) -> list[str]:
        """What speaks for and against a candidate beside others that were taken for names."""
        words, span = sentence.words, sentence.words[candidate.first : candidate.last]
        gaps = [
            sentence.text[words[other.last - 1].end : span[0].start]
            if other.last <= candidate.first
            else sentence.text[span[-1].end : words[other.first].start]
            for other in named
            if not candidate.overlaps(other)
        ]
        return features(
            sentence, candidate.first, candidate.last, candidate.strength,
            listed=any(LIST_GAP.fullmatch(gap) for gap in gaps),
            quality=self._is_quality(" ".join(token.key for token in span)),
        )  # fmt: skip

    def candidates(self, words: list[Token]) -> list[Candidate]:
        """Spans that are a title, longest first."""
        found = []
        guesses = _GUESSES
        for first in range(len(words)):
            for last in range(min(len(words), first + _MAX_WORDS), first, -1):
                key = " ".join(token.key for token in words[first:last])
                matches = self._by_key.get(key) or self._by_key.get(_not_owning(key, words[last - 1]))
                if not matches and last - first > 2:
                    matches = self._by_key.get(_spelt_out(key))
                year = self._year_behind(words, last)
                if matches and not self._numbered_behind(words, last):
                    position = self._best(matches, year)
                    strength = max(s for p, s in matches if p == position)
                    found.append(Candidate(first, last, position, strength))
                elif guesses and last - first <= 6 and len(key) >= 6 and self._may_be_misspelt(words[first:last]):
                    guesses -= 1
                    near = self._nearest(key)
                    if near:
                        found.append(Candidate(first, last, self._best(self._by_key[near], year), 0.85))
        return sorted(found, key=lambda c: (c.first - c.last, -c.strength, c.first))

    def _may_be_misspelt(self, span: list[Token]) -> bool:
        odd = [t for t in span if t.key not in self._words and frequency(t.key) < _UNKNOWN and not t.key.isdigit()]
        return bool(odd) and (span[0] in odd or span[-1] in odd or len(span) > 2)

    def _nearest(self, key: str) -> str | None:
        allowed = 1 if len(key) < 9 else 2
        near = process.extract(key, self._spelt, scorer=OSA.distance, score_cutoff=allowed, limit=_NEAREST)
        # A number is no misspelling of another: "Rocky III" is not *Rocky II*.
        return next((other for other, _, _ in near if _numerals(other) == _numerals(key)), None)

    def _numbered_behind(self, words: list[Token], last: int) -> bool:
        """Whether II, III or IV stands behind: "Rocky III" is not *Rocky*, also where only that is known."""
        part = last + 1 < len(words) and re.fullmatch(_PART, words[last].key) is not None
        return last + part < len(words) and words[last + part].key in _ROMANS[:3]

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


def _is_part(text: str, first: Token, last: Token) -> bool:
    """Whether a word is but part of a longer name: an initial, or what something is "of"."""
    longer = first is last and first.text.istitle() and _LONGER.search(text[max(0, first.start - _NEAR) : first.start])
    return bool(longer or _INITIAL.search(text[max(0, last.end - _NEAR) : last.end + 2]))


def _not_owning(key: str, last: Token) -> str:
    """The key without the s of "Blade Runner's", whose look is spoken of."""
    return key[:-1] if last.text.lower().endswith(("'s", "’s")) else key


def _otherwise_counted(key: str) -> list[str]:
    """A folded title with its numbers written the other way: "ten things i hate", "dune part 2" and "dune 2"."""
    words = key.split()
    if len(words) < 2:
        return []
    digits = {word: str(n) for n, word in enumerate(_COUNTS, 1)}
    spelt = {digit: word for word, digit in digits.items()}
    forms = [" ".join(digits.get(word, word) for word in words), " ".join(spelt.get(word, word) for word in words)]
    if match := re.fullmatch(rf"(.+) part ([2-9]|{'|'.join(_ROMANS)})", forms[0]):
        forms.append(f"{match[1]} {_DIGITS[_ROMANS.index(match[2])] if match[2] in _ROMANS else match[2]}")
    return [form for form in dict.fromkeys(forms) if form != key]


def _without_article(title: str) -> list[list[str]]:
    """The words of a title, as they are and without the article that it begins with."""
    words = title.split()
    return [words, words[1:]] if words[:1] and words[0].casefold() in ARTICLES else [words]


def _spelt_out(key: str) -> str:
    """The key without the abbreviations of chats: "catch me if u can" → "catch me if you can"."""
    return " ".join(_SPELT_OUT.get(word, word) for word in key.split())


def _numerals(key: str) -> list[str]:
    """The numbers in a folded title, as written."""
    return [word for word in key.split() if word.isdigit() or word in _ROMANS]


def _sequel_of(key: str) -> str:
    """What a sequel follows, or "" for what is none: "rocky part ii" → "rocky"; "kill bill vol 1" → ""."""
    match = _SEQUEL.fullmatch(key)
    return match["name"] if match else ""


def _other_numeral(key: str) -> str:
    """The title with its last number written the other way: "rocky ii" → "rocky 2"."""
    name, _, last = key.rpartition(" ")
    if not name:
        return key
    if last in _ROMANS:
        return f"{name} {_DIGITS[_ROMANS.index(last)]}"
    return f"{name} {_ROMANS[_DIGITS.index(last)]}" if last in _DIGITS else key
