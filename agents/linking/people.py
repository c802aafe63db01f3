"""The people of a catalogue by what they are called: nicknames, surnames, a letter wrong.

"Leo DiCaprio" and "Bob De Niro" are called by a short name; "Jim Carey" is misspelt; a Lynch is the director of films
rather than an actor of that name, and "by Anderson" is said of somebody where "anderson" alone may be.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from agents.text import Token, frequency, tokens
from recommender.catalogue import FacetValue
from recommender.data.titles import title_key

MAKER_FACETS = ("director", "directors", "creator", "author", "authors", "writer", "writers", "artist", "artists")
_CAST_FACETS = ("cast", "actors", "actor", "stars", "starring")
_NAME_LENGTH = 8  # letters of a name from which two may be wrong
_SURNAME_LENGTH = 4  # of a surname from which one may be, behind the right given name
_AS_KNOWN = 1 / 3  # "Hitchcock" is who has most items, and whoever has a third as many: not an actor's namesake
EVERYDAY = 3.5  # Zipf frequency above which a one-word name is a word first
_WORD = 4.0  # Zipf frequency from which no surname is misspelt: it is another word
_COMMON = 5.3  # Zipf frequency from which a word is no short form: "and" of Andrew, "for" of Forest
# Short forms that are not the beginning of the name. Others are: Leo, Rob, Steve; and "Danny" is "Dan" with an ending.
_SHORT = {
    "bob": "robert", "bill": "william", "jim": "james", "dick": "richard", "rick": "richard", "mike": "michael",
    "tony": "anthony", "kate": "katherine katharine", "ted": "edward theodore", "larry": "laurence lawrence",
    "chuck": "charles", "jack": "john", "liz": "elizabeth", "meg": "margaret", "jake": "jacob", "harry": "harrison",
    "johnny": "john", "hank": "henry", "betty": "elizabeth", "sly": "sylvester", "gene": "eugene",
}  # fmt: skip
_SAID_OF_MAKERS = r"\b(?:directed|films?|movies?|some(?:thing)?|any(?:thing)?|ones?|more|stuff|else)\s+by"
_SURNAME_FOLLOWS = re.compile(rf"(?P<maker>{_SAID_OF_MAKERS})\s+$|\b(?:starring|featuring)\s+$", re.IGNORECASE)
_NAME_FOLLOWS = re.compile(r"(?P<maker>\bby|\bfrom)\s+$|\b(?:with|starring)\s+$")  # where it has a capital
_PARTICLES = ("de", "del", "della", "di", "da", "du", "la", "le", "van", "von")  # which begin surnames
_ONLY_PARTICLES = ("von", "van", "della")  # no words of English, nor articles of other languages
_NO_GIVEN = 4.0  # Zipf frequency from which a word with a capital may be none of a name: "Classic Hitchcock"
_LONGEST_CUE = 30  # characters


class People:
    """Who is known to one catalogue.

    Args:
        counts: people as facet values → how many items each has.
    """

    def __init__(self, counts: Mapping[FacetValue, int]) -> None:
        self._counts = counts
        self._by_name: dict[str, list[FacetValue]] = defaultdict(list)  # without blanks: "Leonardo Di Caprio"
        # What follows the given name, or the last of it → given name → who
        self._given: dict[str, dict[str, list[FacetValue]]] = defaultdict(lambda: defaultdict(list))
        self._surnames: dict[str, list[FacetValue]] = defaultdict(list)
        self._after_given: dict[str, list[str]] = defaultdict(list)  # given name → what follows
        for value in counts:
            first, *rest = title_key(value.value).split() or [""]
            if not rest:
                continue
            self._by_name["".join([first, *rest])].append(value)
            for surname in {rest[-1], " ".join(rest) if rest[0] in _PARTICLES else rest[-1]}:
                self._surnames[surname].append(value)
            for after in dict.fromkeys(("".join(rest), rest[-1])):
                self._given[after][first].append(value)
                self._after_given[first].append(after)

    def surnames(self) -> dict[str, list[FacetValue]]:
        """Surname → who is meant by it alone."""
        return {surname: self._best_known(found) for surname, found in self._surnames.items()}

    def is_given_name(self, word: str) -> bool:
        """Whether somebody here has this given name."""
        return word in self._after_given

    def another(self, words: list[Token], first: int, called: Iterable[FacetValue], between: str) -> bool:
        """Whether a surname follows a name that none of these has: "Kirk Douglas", "von Trier", "E. M. Forster".

        Args:
            first: the place of the surname among the words. between: what stands before it, up to that word.
        """
        if not first or any(words[first - 1].key in title_key(value.value).split() for value in called):
            return False
        before, surname = words[first - 1], words[first]
        if between == ". ":
            return len(before.text) == 1 and before.text.isupper()
        if between != " ":
            return False
        if before.key in _PARTICLES:
            return not surname.text.islower() or before.key in _ONLY_PARTICLES
        capitals = before.text[:1].isupper() and surname.text[:1].isupper()
        return capitals and frequency(before.key) < _NO_GIVEN

    def named(self, span: list[Token]) -> list[FacetValue]:
        """Who a stretch names in other ways than the catalogue: apart, "Di Caprio"; short; or misspelt, "jonny dep"."""
        if len(span) < 2:
            return []
        keys = [token.key for token in span]
        compact = "".join(keys)
        return self._by_name.get(compact) or self._short(keys) or self._misspelt(keys, compact)

    def _short(self, keys: list[str]) -> list[FacetValue]:
        """By a short form of the given name, or without the second one: "leo dicaprio", "samuel jackson"."""
        said, rest = keys[0], "".join(keys[1:])
        if rest not in self._given or (frequency(said) >= _COMMON and said not in _SHORT):
            return []
        found = [value for given, values in self._given[rest].items() if _is_short(said, given) for value in values]
        return self._best_known(found) if found else []

    def _misspelt(self, keys: list[str], compact: str) -> list[FacetValue]:
        if len(keys) != 2:
            return []
        given, surname = keys
        if given in self._after_given and surname not in self._surnames and frequency(surname) < _WORD:
            near = [s for s in self._after_given[given] if OSA.distance(s, surname, score_cutoff=1) <= 1]
            if len(near) == 1 and len(surname) >= _SURNAME_LENGTH:
                return self._best_known(self._given[near[0]][given])
        if len(compact) < _NAME_LENGTH or any(frequency(key) > EVERYDAY for key in keys):
            return []
        match = process.extractOne(compact, self._by_name.keys(), scorer=OSA.distance, score_cutoff=2)
        words = title_key(self._by_name[match[0]][0].value).split() if match else []
        near_both = len(words) == 2 and all(OSA.distance(a, b) <= 1 for a, b in zip(keys, words, strict=True))
        return self._by_name[match[0]] if match and near_both else []

    def by_surname(self, text: str) -> list[tuple[int, int, FacetValue]]:
        """Those of whom a text says a surname where a name is to be expected: "directed by Anderson"."""
        found = []
        for token in tokens(text):
            called = self._surnames.get(token.key.removesuffix("s")) or self._surnames.get(token.key)
            before = text[max(0, token.start - _LONGEST_CUE) : token.start]
            cue = _SURNAME_FOLLOWS.search(before) or (token.text.istitle() and _NAME_FOLLOWS.search(before))
            # Of a whole name the surname is no news: "by Anderson Cooper".
            if not called or not cue or re.match(r" [A-Z]", text[token.end :]):
                continue
            role = MAKER_FACETS if cue.lastgroup else _CAST_FACETS
            of_role = [value for value in called if value.facet in role]
            best = self._best_known(of_role or called)
            if not cue.lastgroup:  # of players one is meant; of makers either may be
                most = max(best, key=self._counts.__getitem__)
                best = [value for value in best if value.value == most.value]
            found += [(token.start, token.end, value) for value in best]
        return found

    def _best_known(self, found: list[FacetValue]) -> list[FacetValue]:
        """Who is meant of several: a maker of things rather than a player, and who has most items."""
        most = max(self._counts[value] for value in found)
        known = [value for value in found if self._counts[value] >= _AS_KNOWN * most]
        makers = {value.value for value in known if value.facet in MAKER_FACETS}
        return [value for value in found if value.value in makers] if makers else known


def _is_short(said: str, given: str) -> bool:
    """Whether somebody of this given name may be called so: Bob, Bobby or Rob for Robert."""
    if said == given or given in _SHORT.get(said, "").split():
        return True
    base = re.sub(r"(?:ie|y)$", "", said)
    base = base[:-1] if base != said and base[-2:-1] == base[-1:] else base
    begins = len(base) >= (2 if base == said else 3) and given.startswith((said, base))
    return begins or given in _SHORT.get(base, "").split()
