"""Whether the claims of one sentence are carried by the evidence of the items that it speaks of.

A sentence is cut into stretches, each about the items that it names, and every claim of a stretch must be carried by
the evidence of those items alone: one film's year, genre or plot is not told of another. What cannot be tied to the
evidence is refused, true or not. It knows words, not meanings.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.checking import claims
from agents.checking.claims import Evidence, Word
from agents.checking.figures import COMPARED, Figures
from agents.checking.wording import KINDS, ORDER, TALK, VERDICTS, is_superlative, root
from agents.text import frequency, stem
from recommender.data.titles import title_key

_COMMON = 5.7  # words as common as this carry no claim of their own
_RARE = 4.0  # a first word rarer than this is taken for a name
_SPARE = 4  # one content word in so many may be the sentence's own
_CLAUSE = re.compile(r"[,;:]\s+(?:(?:and|but|while|whereas|so)\s+)?|\s+(?:and|but|while|whereas|or)\s+", re.IGNORECASE)
_JOINING = ("and", "or", "both", "in", "with", "but")
_ALL = re.compile(
    r"\b(?:both|all|each|every|these|they|them|either|together|(?<!of )the (?:two|three)"
    r"|(?<!the )(?:two|three) (?:[\w-]+ )?(?:picks|films|movies|items|choices))\b",
    re.IGNORECASE,
)
_UNIQUE = re.compile(
    r"\b(?:most \w+|the only (?!ones?\b)|of all time|ever (?:made|filmed|drawn|shot|put|written)"
    r"|of the (?:century|decade|year)|of its (?:decade|kind|time|year)|no \w+er\b|number one|second to none)",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    r"\byou(?:'re|'ve|'d| are| were| have| had)? "
    r"(?:ask|want|wish|look|need|said|request|mention|after|in the mood|hop)"
    r"|\byour (?:wish|request|mood|taste|evening|night)|\bas you|\bif you",
    re.IGNORECASE,
)
_TASTE = re.compile(
    r"\byou(?:'ve| have)? (?:also |really )?(?:liked|loved|enjoyed|adored)|\bfor liking"
    r"|\byour (?:love|likes|liking|favou?rite)|\b(?:list|film|one) (?:of likes|you like)|\bfans? of"
    r"|\b(?:since|because|as|given that) you (?:like|love|enjoy)",
    re.IGNORECASE,
)
_LIKENESS = re.compile(
    r"\b(?:because|since|as|why|follows?|points?|your?|fans?|taste|likes?|liked|liking|loved|enjoyed|similar|closest"
    r"|close|shares?|resembles?|recalls?|reminds?|echo\w*|wish|asked)\b",
    re.IGNORECASE,
)
# A part in a film: as a sentence claims it, and as the evidence or the message must have it before or behind the name.
_ROLES = (
    (
        r"direct(?:ed|s|or|or's)?|made by|films? by|film-?maker|filmed by|is by|are by",
        r"(?:direct\w*|by|made)",
        r"(?:direct\w*|made)",
    ),
    (
        r"stars?|starring|starred|plays?|played|acts?|acted|acting|cast|actor|actress|role",
        r"(?:with|star\w*|play\w*|act\w*|cast|in|featuring)",
        r"(?:star\w*|play\w*|act\w*)",
    ),
)
_NAMED_FIRST = ("is", "was", "has", "fits", "and", "as", "runs", "stars", "came", "or", "matches", "follows")


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of a sentence without its titles, and what it is about.

    Attributes:
        about: the items; None where nothing in the sentence names any.
        each: whether it is said of every one of them.
    """

    words: list[Word]
    text: str
    start: int
    about: tuple[Evidence, ...] | None
    each: bool


class Sentence:
    """One sentence held against the evidence of a turn.

    Args:
        titles: folded titles of the catalogue that the sentence names; all of them stand somewhere in the evidence.
        items: what is shown. message: what the person wrote, taken apart like evidence.
    """

    def __init__(
        self, text: str, found: Sequence[Word], titles: set[str], items: tuple[Evidence, ...], message: Evidence
    ) -> None:
        self._text, self._words, self._items, self._message = text, found, items, message
        self._wished = message.roots if _ADDRESSED.search(text) else frozenset()
        self._figures = Figures(items, self._wished)
        self._places = self._title_places()
        self._not_shown = self._titles_not_shown(titles) if items[0].name else set()
        self._not_shown_roots = frozenset(root(word) for title in self._not_shown for word in title.split())

    def carried(self) -> bool:
        """Whether some reading of the sentence, as about one item or about all of them, is carried throughout."""
        if self._not_shown and not _LIKENESS.search(self._text):
            return False  # an item that is no pick, put forward as one
        stretches = self._stretches()
        readings: list[tuple[Evidence, ...]] = [(item,) for item in self._items]
        if len(self._items) > 1 and (plural := _ALL.search(self._text)):
            readings = [self._items] if plural.start() == 0 else [*readings, self._items]
        return any(self._reads(stretches, implied) for implied in readings)

    def _reads(self, stretches: Sequence[_Stretch], implied: tuple[Evidence, ...]) -> bool:
        content = unknown = 0
        for stretch in stretches:
            about = implied if stretch.about is None else stretch.about
            each = stretch.each or (stretch.about is None and len(implied) > 1)
            if not (
                self._figures.hold(stretch.words, stretch.text, stretch.start, about, each)
                and self._taste_holds(stretch, about)
                and _denials_hold(stretch, about)
                and self._roles_hold(stretch, about)
            ):
                return False
            counted = self._count(stretch, about, each)
            if counted is None:
                return False
            content, unknown = content + counted[0], unknown + counted[1]
        return unknown <= content // _SPARE

    # --- what a stretch is about ------------------------------------------------------------------------------------

    def _title_places(self) -> dict[int, Evidence]:
        """place of a word → the pick whose title, or distinctive part of a title, it belongs to."""
        keys = [word.key for word in self._words]
        places: dict[int, Evidence] = {}
        for item in sorted(self._items, key=lambda item: -len(item.title)):
            size = len(item.title)
            for first in range(len(keys) - size + 1) if size else ():
                span = range(first, first + size)
                free = tuple(keys[first : first + size]) == item.title and not places.keys() & set(span)
                if free and self._is_name(first, size):
                    places |= dict.fromkeys(span, item)
            if size > 1 and item not in places.values():
                places |= {place: item for place in self._part_of_title(item, keys) if place not in places}
        return places

    def _is_name(self, first: int, size: int) -> bool:
        """Whether a title's words are used as a name: "Her" at the start of a sentence is mostly none."""
        word = self._words[first]
        if not (word.text[0].isupper() or word.text[0].isdigit()):
            return False
        plain = first == 0 and size == 1 and frequency(word.key) >= 5.5
        return not plain or (len(self._words) > 1 and self._words[1].key in _NAMED_FIRST)

    def _part_of_title(self, item: Evidence, keys: Sequence[str]) -> list[int]:
        """Places of "Totoro", or of "paring knife", where no other pick could be meant."""
        only = set(item.title).difference(*(other.title for other in self._items if other is not item))
        found = []
        for place, word in enumerate(self._words):
            if len(item.title) > 2 and tuple(keys[place : place + 2]) == item.title[-2:]:
                found += [place, place + 1]
            elif word.key in only and word.text[0].isupper() and (place or frequency(word.key) < _RARE):
                found.append(place)
        return found

    def _titles_not_shown(self, titles: set[str]) -> set[str]:
        """Titles of the sentence that the person named or liked, and that are no picks."""
        folded = f" {title_key(self._text)} "
        liked = {taste for item in self._items for taste in item.tastes if f" {taste} " in folded}
        said = {title for title in titles if f" {title} " in self._message.text}
        return (liked | said) - {item.name for item in self._items}

    def _stretches(self) -> list[_Stretch]:
        """Cut at commas and conjunctions; a stretch without a title goes with the one before, or else after."""
        clauses = self._clauses()
        subjects = [self._subject(clause) for clause in clauses]
        stretches = []
        for number, clause in enumerate(clauses):
            nearest = (subjects[number], *reversed(subjects[:number]), *subjects[number + 1 :])
            about, each = next((subject for subject in nearest if subject[0] is not None), (None, False))
            words = [self._words[place] for place in clause if place not in self._places]
            stretches.append(_Stretch(words, self._said(clause), self._words[clause[0]].start, about, each))
        return stretches

    def _clauses(self) -> list[list[int]]:
        """Places of the words of each clause; one of titles alone ("Heat and") belongs to the next."""
        inside = [word for place, word in enumerate(self._words) if place in self._places]
        cuts = [
            match.start()
            for match in _CLAUSE.finditer(self._text)
            if not any(word.start < match.end() and match.start() < word.end for word in inside)
        ]
        cut: list[list[int]] = [[] for _ in range(len(cuts) + 1)]
        for place, word in enumerate(self._words):
            cut[sum(word.start >= at for at in cuts)].append(place)
        clauses: list[list[int]] = []
        bare: list[int] = []
        for clause in filter(None, cut):
            bare = [*bare, *clause]
            if not all(place in self._places or self._words[place].key in _JOINING for place in bare):
                clauses.append(bare)
                bare = []
        if bare and clauses:
            clauses[-1] += bare
        return clauses or [bare]

    def _subject(self, clause: Sequence[int]) -> tuple[tuple[Evidence, ...] | None, bool]:
        """The items that a clause names, or all for "both" in a sentence with titles; and whether it is of each."""
        named = tuple(dict.fromkeys(self._places[place] for place in clause if place in self._places))
        plural = bool(_ALL.search(self._said(clause)))
        if named:
            joined = any(
                self._words[place].key in ("and", "or") and place - 1 in self._places and place + 1 in self._places
                for place in clause
            )
            return named, joined or (plural and len(named) > 1)
        if plural and len(self._items) > 1 and self._places:
            return self._items, True
        return None, False

    def _said(self, clause: Sequence[int]) -> str:
        return self._text[self._words[clause[0]].start : self._words[clause[-1]].end]

    # --- what it claims ---------------------------------------------------------------------------------------------

    def _count(self, stretch: _Stretch, about: tuple[Evidence, ...], each: bool) -> tuple[int, int] | None:
        """Content words, and those that the evidence does not have; None for a claim that must stand in it."""
        known = claims.all_roots(about)
        strictly = frozenset.intersection(*(item.roots for item in about)) if each else known
        unique = _UNIQUE.search(stretch.text)
        if unique and f" {title_key(unique[0])} " not in claims.joined(about):
            return None
        denies = bool(claims.denied(stretch.words))
        content = unknown = 0
        for word in stretch.words:
            if word.key in ("than", "against", "versus"):
                known = strictly = claims.all_roots(self._items)  # what it is compared with
            if claims.number_of(word.key) is not None or claims.decade_of(word.key) is not None:
                continue
            inside = word.root in known
            if not inside and ({word.key, stem(word.key)} & VERDICTS or self._boasts(word)):
                return None
            binding = word.root in KINDS or self._names(word)
            if binding and not (word.root in strictly or word.root in self._wished | self._not_shown_roots):
                return None
            if not denies and any(word.root in item.absent for item in about):
                return None
            if word.key in COMPARED and f" {word.key} " not in claims.joined(about):
                if not self._figures.compared(stretch.words, about, word.key):
                    return None
                continue
            if word.root in TALK or word.root in self._not_shown_roots or word.key == "i":
                continue
            if frequency(word.key) >= _COMMON and word.key not in ORDER:
                continue
            content += 1
            unknown += not (inside or word.root in self._wished)
        return content, unknown

    def _boasts(self, word: Word) -> bool:
        return is_superlative(word.key) and word.key not in COMPARED

    def _names(self, word: Word) -> bool:
        """Whether a word is written as a name; at the start of a sentence only a rare one is taken for that."""
        first = word is self._words[0] or self._text[: word.start].rstrip().endswith((":", "“", '"'))
        return word.text[0].isupper() and word.text != "I" and (not first or frequency(word.key) < _RARE)

    def _taste_holds(self, stretch: _Stretch, about: tuple[Evidence, ...]) -> bool:
        """What the person is said to have liked must speak for these items, or stand in the message."""
        cue = _TASTE.search(stretch.text)
        if cue is None:
            return True
        folded = f" {title_key(self._text)} "
        if any(f" {taste} " in folded for item in about for taste in item.tastes):
            return True
        said = [word for word in claims.words(stretch.text[cue.end() :]) if word.root not in TALK]
        return bool(said) and not self._not_shown and all(word.root in self._message.roots for word in said)

    def _roles_hold(self, stretch: _Stretch, about: tuple[Evidence, ...]) -> bool:
        """Who directed and who plays must have been said so: the names alone do not tell it."""
        names = [word for word in stretch.words if self._names(word) and word.root not in self._not_shown_roots]
        sources = claims.joined(about) + self._message.text
        facts = {key for item in about for key in title_key(item.facts).split()}  # a brand has one role only
        for claimed, before, behind in _ROLES:
            cue = re.search(rf"\b(?:{claimed})\b", stretch.text, re.IGNORECASE)
            if not names or cue is None or f" {cue[0].lower()} " in sources:
                continue
            if not any(word.key in facts or _stands_by(word.key, before, behind, sources) for word in names):
                return False
        return True


def _denials_hold(stretch: _Stretch, about: Sequence[Evidence]) -> bool:
    """A denial must be one of the evidence, about the same thing."""
    told = claims.joined(about)
    for place, denied in claims.denied(stretch.words):
        pairs = (stretch.words[max(0, place - 1) : place + 1], stretch.words[place : place + 2])
        verbatim = any(len(pair) == 2 and f" {pair[0].key} {pair[1].key} " in told for pair in pairs)
        if not verbatim and not any((denied - TALK) & meant for item in about for meant in item.denials):
            return False
    return True


def _stands_by(name: str, before: str, behind: str, sources: str) -> bool:
    """Whether a name stands next to a word of its role: "films by Hitchcock", "Hitchcock directed"."""
    name = re.escape(name)
    return bool(re.search(rf"\b{before} (?:\w+ ){{0,2}}{name}\b|\b{name} (?:\w+ )?{behind}", sources))
