"""A simulated user with a film in mind, who may say what it is like, and never what it is called.

Every sentence is one of many wordings of a fact about the hidden film (genre, decade, mood, theme, director, actor,
length, country) or of a comparison between it and what is shown. The user knows the catalogue's facts about the hidden
film and reads of the shown ones what a card says or a film-goer would know. It knows nothing of plans, rankings or
scores. What it has ruled out or bounded it remembers as `Hard`, by which the shown cards are judged.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from storage.records import ItemRecord

# How a fact is said: first as a phrase that follows "something", then as a sentence of its own.
GENRE = {
    "science fiction": "sci-fi",
    "film-noir": "film noir",
    "sport": "sports",
    "history": "historical",
    "biography": "biographical",
    "animation": "animated",
}
OPENINGS = (
    "I'm looking for {}",
    "I fancy {} tonight",
    "can you recommend {}?",
    "I'd like {}",
    "something for this evening: {}",
    "show me {}",
    "got {}?",
    "in the mood for {}",
    "any tips for {}?",
    "I want to watch {}",
    "we're after {}",
    "{} please",
    "could you find me {}?",
    "I feel like {}",
    "hi! is there {} you would suggest?",
)
WHOLE = {
    "genres": (
        "{article} {value} film",
        "{article} {value} movie",
        "a good {value} film",
        "some {value}",
        "{article} {value} one",
    ),
    "decade": (
        "a film from the {value}",
        "something from the {value}",
        "a {value} movie",
        "something made in the {value}",
    ),
    "moods": ("something {value}", "{article} {value} film", "a film that is {value}", "something really {value}"),
    "themes": (
        "a film about {value}",
        "something about {value}",
        "a movie dealing with {value}",
        "a story with {value} in it",
    ),
    "director": ("a film by {value}", "something directed by {value}", "a {value} film", "a movie by {value}"),
    "cast": (
        "something with {value} in it",
        "a film starring {value}",
        "a movie with {value}",
        "anything with {value}",
    ),
    "runtime": (
        "something under {value} minutes",
        "a film of at most {value} minutes",
        "something shorter than {value} minutes",
    ),
    "countries": ("a film from {value}", "something made in {value}"),
}
ADDED = {
    "genres": ("more of {article} {value} film", "it should be {value}", "rather {value}", "only {value} films please"),
    "decade": (
        "it should be from the {value}",
        "rather from the {value}",
        "only from the {value} please",
        "make that the {value}",
    ),
    "moods": ("a bit more {value}", "it should be {value}", "more {value} please", "something more {value}"),
    "themes": ("it should be about {value}", "with {value} in it", "maybe about {value}", "but about {value}"),
    "director": (
        "one by {value}",
        "only films by {value}",
        "it should be directed by {value}",
        "maybe something by {value}",
    ),
    "cast": ("it should star {value}", "one with {value} in it", "maybe with {value}", "only with {value} please"),
    "runtime": (
        "it should be under {value} minutes",
        "at most {value} minutes please",
        "shorter than {value} minutes though",
    ),
    "countries": ("it should be from {value}", "made in {value} please", "only from {value}"),
}
TOO_OLD = (
    "too old, something newer",
    "newer please",
    "those are too old, newer than {year}",
    "more recent than {year} please",
)
TOO_NEW = (
    "too new, something older",
    "older please",
    "those are too new, older than {year}",
    "made before {year} please",
)
NOT_GENRE = ("not {value}", "no {value} please", "nothing {value}", "anything but {value}", "without {value}")
LIKE_PLACE = (
    "more like the {place} one",
    "something similar to the {place} one",
    "the {place} one is close, more like that",
)
NEITHER = ("something else", "what else is there?", "no, another one", "other suggestions please")
PLACES = ("first", "second", "third", "fourth", "fifth")
PHRASINGS = sum(len(t) for t in (OPENINGS, TOO_OLD, TOO_NEW, NOT_GENRE, LIKE_PLACE, NEITHER)) + sum(
    len(t) for table in (WHOLE, ADDED) for t in table.values()
)

# What people find to say first, and how often they find it.
_FIRST = {"genres": 4, "decade": 2, "moods": 2, "themes": 2, "director": 1, "cast": 2, "runtime": 1}
_LATER = {"genres": 2, "decade": 3, "moods": 1, "themes": 3, "director": 2, "cast": 3, "runtime": 1, "countries": 1}


@dataclass
class Hard:
    """What every card shown from now on has to meet: said in so many words and never taken back.

    Attributes:
        years: first and last. longest: minutes. without: genres ruled out.
    """

    years: tuple[float, float] = (-float("inf"), float("inf"))
    longest: float = float("inf")
    without: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.without) or self != Hard()

    def met_by(self, item: ItemRecord) -> bool:
        facts = item.attributes
        return (
            self.years[0] <= facts["year"] <= self.years[1]
            and facts["runtime"] <= self.longest
            and not self.without & set(facts["genres"])
        )


class User:
    """One conversation's user.

    Args:
        target: the hidden film. rng: all choices come from it.
    """

    def __init__(self, target: ItemRecord, rng: random.Random) -> None:
        self._target, self._rng = target, rng
        self._facts = facts_of(target)
        self._said: set[tuple[str, str]] = set()
        self.hard = Hard()

    def opening(self) -> str:
        """One or two facts."""
        one = self._pick(_FIRST)
        wish = self._worded(WHOLE, one)
        if self._rng.random() < 0.5:
            other = self._pick({facet: w for facet, w in _LATER.items() if facet != one[0]})
            wish += ", " + self._worded(ADDED, other)
        return self._rng.choice(OPENINGS).format(wish)

    def reaction(self, shown: Sequence[ItemRecord], chips: Sequence[dict[str, str]]) -> str:
        """What is said of the shown cards, none of which is the hidden film."""
        answers = [chip["message"] for chip in chips if self._is_true(chip["label"])]
        if answers:
            return answers[0]
        moves = [self._of_years(shown), self._of_genres(shown), self._of_likeness(shown)]
        possible = [move for move in moves if move]
        if possible and self._rng.random() < 0.35:
            return self._rng.choice(possible)()
        if any(fact not in self._said for fact in self._facts):
            return self._worded(ADDED, self._pick(_LATER))
        return self._rng.choice(NEITHER)

    def _pick(self, weights: dict[str, int]) -> tuple[str, str]:
        """A fact not said yet: the facet by weight, its value at random."""
        left = [fact for fact in self._facts if fact not in self._said]
        facets = [facet for facet in weights if any(fact[0] == facet for fact in left)]
        if not facets:
            return self._rng.choice(left or self._facts)
        facet = self._rng.choices(facets, [weights[f] for f in facets])[0]
        return self._rng.choice([fact for fact in left if fact[0] == facet])

    def _worded(self, table: dict[str, tuple[str, ...]], fact: tuple[str, str]) -> str:
        facet, value = fact
        self._said.add(fact)
        if facet == "decade":
            first = int(value[:4])
            self._bound_years(first, first + 9)
            value = self._rng.choice((value, value[2:])) if first < 2000 else value
        elif facet == "runtime":
            self.hard.longest = min(self.hard.longest, float(value))
        elif facet == "genres":
            value = GENRE.get(value, value)
        article = "an" if value[0] in "aeiou" else "a"
        return self._rng.choice(table[facet]).format(value=value, article=article)

    def _bound_years(self, low: float, high: float) -> None:
        self.hard.years = (max(self.hard.years[0], low), min(self.hard.years[1], high))

    def _of_years(self, shown: Sequence[ItemRecord]) -> Callable[[], str] | None:
        """All shown ones are older, or newer, than the hidden film: a direction, or a bound in figures."""
        year = self._target.attributes["year"]
        years = sorted(item.attributes["year"] for item in shown)
        if not years or years[0] <= year <= years[-1]:
            return None

        def said() -> str:
            newer = years[-1] < year
            words = self._rng.choice(TOO_OLD if newer else TOO_NEW)
            if "{" in words:
                bound = years[-1] if newer else years[0]
                self._bound_years(*((bound + 1, float("inf")) if newer else (-float("inf"), bound - 1)))
                words = words.format(year=bound)
            return words

        return said

    def _of_genres(self, shown: Sequence[ItemRecord]) -> Callable[[], str] | None:
        """A genre of at least two shown ones that the hidden film has not."""
        own = set(self._target.attributes["genres"])
        held = [genre for item in shown for genre in item.attributes["genres"]]
        strange = sorted({g for g in held if held.count(g) >= 2 and g not in own and g not in self.hard.without})
        if not strange:
            return None

        def said() -> str:
            genre = self._rng.choice(strange)
            self.hard.without.add(genre)
            return self._rng.choice(NOT_GENRE).format(value=GENRE.get(genre, genre))

        return said

    def _of_likeness(self, shown: Sequence[ItemRecord]) -> Callable[[], str] | None:
        """One of the shown ones has most in common with the hidden film, and at least three facts."""
        shared = [len(set(facts_of(item)) & set(self._facts)) for item in shown[: len(PLACES)]]
        if not shared or max(shared) < 3 or shared.count(max(shared)) > 1:
            return None
        place = PLACES[shared.index(max(shared))]
        return lambda: self._rng.choice(LIKE_PLACE).format(place=place)

    def _is_true(self, label: str) -> bool:
        """Whether an answer offered to a question is a fact about the hidden film that was not said yet."""
        words = label.rpartition(" (")[0].casefold()
        fact = next((f for f in self._facts if f[1].casefold() == words and f not in self._said), None)
        if fact:
            self._said.add(fact)
        return fact is not None


def facts_of(item: ItemRecord) -> list[tuple[str, str]]:
    """(facet, value) of what may be said about a film."""
    facts = [
        (facet, str(value))
        for facet in ("genres", "moods", "themes", "director", "cast", "countries")
        for value in item.attributes.get(facet, ())
    ]
    facts.append(("decade", f"{int(item.attributes['year']) // 10 * 10}s"))
    runtime = float(item.attributes["runtime"])
    return [*facts, ("runtime", f"{int(runtime // 10 + 1) * 10}")]
