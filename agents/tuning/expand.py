"""Examples from seeds: slots are filled with names of a catalogue, typed as people type, and marked as the reader does.

What the title linker finds besides the slots ("it", "big") is labelled as no name: that is what the model must learn.
"""

import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker, TitleSpan
from agents.llm.prompts import NO_NAME
from agents.plan import Intent, Message
from agents.reading.judging import markable
from agents.text import frequency
from agents.tuning.seeds import SLOT, STANCE_OF, Seed
from recommender.catalogue import Catalogue, as_list
from recommender.data.titles import split_year
from storage.records import ItemRecord

_PLAIN_SHARE = 0.3  # of the films named are titles that are plain words too
_LOWER, _TYPO, _NO_ARTICLE, _YEAR, _QUOTED = 0.4, 0.04, 0.06, 0.04, 0.05  # how often people type so
_CARELESS, _SLIP = 0.25, 0.15  # of messages are typed in haste, and of their longer words so many are misspelt
_BARE = re.compile(r'"?(.+?)(?: \(\d{4}\))?"?')  # a name without the quotes and the year it may be typed with
_COVERS = 0.6  # of a name that a marked stretch must hold to stand for it
_DOUBTFUL = (None, -4.0)  # log-odds from which stretches are marked; the lower floor shows the model more plain words
_WORDS = {
    "decade": ["60s", "70s", "80s", "90s", "2000s", "nineties", "eighties"],
    "year": ["1917", "1975", "1987", "1994", "1999", "2005", "2012", "2019", "2023"],
    "minutes": ["80", "90", "100", "120", "150"],
    "price": ["10", "15", "20", "25", "40", "60", "100"],
    "place": ["Japan", "Paris", "New York", "Italy", "Korea", "Mexico", "space", "London", "Texas", "the desert"],
    "colour": ["red", "nude", "black", "navy", "coral", "plum", "white", "rose", "olive", "teal"],
    "mood": [
        "funny",
        "scary",
        "cosy",
        "dark",
        "uplifting",
        "sad",
        "tense",
        "silly",
        "romantic",
        "weird",
        "gentle",
        "bleak",
    ],
}
_OF_SHOPS = {
    "genre": ["puzzle", "strategy", "party", "mystery", "fantasy", "co-op", "racing", "vegan", "matte", "vintage"],
    "kind": ["lipstick", "serum", "shampoo", "board game", "console game", "novel", "guitar", "jacket", "red wine"],
    "brand": ["Aldine", "Norrland", "Tinker & Co", "Maison Vey", "Koto", "Brightwater", "Hollis"],
    "person": ["Mara Lindqvist", "T. Okafor", "Jun Ito", "Elena Marsh", "R. Delgado"],
}  # fmt: skip
_DESCRIPTIONS = (
    "A {kind} for every day, in {colour}. Comes in a small tin box.",
    "A {kind} in {colour}, made by hand in a family workshop. Wrapped in brown paper.",
    "A light {kind} for long journeys. Comes in {colour} and fits in a coat pocket.",
    "A {kind} for beginners, with a short guide inside. The box is {colour}.",
    "A sturdy {kind} in {colour} that should last for years. Ships within two days.",
    "A limited {kind} for the winter season, in {colour}. Each one is numbered.",
    "A gentle {kind} for quiet evenings. Comes in {colour}, with a refill.",
    "A {kind} for two, in {colour} and easy to share. Packed without plastic.",
)
# A message, what came before it, and (start, end, stance) of each name in it.
Filled = tuple[str, tuple[Message, ...], list[tuple[int, int, str]]]


@dataclass(frozen=True)
class Example:
    """One message with its marked stretches and what each is.

    Attributes:
        labels: for each span a stance, or "none".
    """

    message: str
    history: tuple[Message, ...]
    spans: tuple[TitleSpan, ...]
    labels: tuple[str, ...]
    intent: Intent


@dataclass(frozen=True)
class World:
    """A catalogue to fill slots from."""

    catalogue: Catalogue
    names: Sequence[str]
    plain: Sequence[str]  # names that are plain words too
    titles: TitleLinker
    words: Mapping[str, Sequence[str]]  # filler by slot


def worlds(catalogue: Catalogue, reading: Path) -> dict[str, World]:
    """One world a domain: the films of the catalogue and plain-word titles; shops of invented names.

    Args:
        reading: the folder with `plain_titles.txt` and `shop_names.json`.
    """
    plain = (reading / "plain_titles.txt").read_text(encoding="utf-8").split("\n")
    plain = [title for title in plain if title.strip()]
    known = {item.title for item in catalogue.items}
    more = [ItemRecord(f"plain-{n}", title) for n, title in enumerate(plain) if title not in known]
    films = Catalogue([*catalogue.items, *more])
    people = [str(p) for item in catalogue.items for p in as_list(item.attributes.get("director"))[:1]]
    words = {
        **_WORDS,
        "genre": sorted({str(g) for item in catalogue.items for g in as_list(item.attributes.get("genres"))}),
        "person": sorted(set(people)),
        "kind": ["film", "movie", "series", "documentary"],
        "brand": ["Pixar", "Ghibli", "A24", "Disney"],
    }
    made = {"film": _world([item.title for item in catalogue.items], plain, films, words)}
    for domain, names in json.loads((reading / "shop_names.json").read_text(encoding="utf-8")).items():
        shop = Catalogue([ItemRecord(f"{domain}-{n}", name) for n, name in enumerate(names)])
        short = [name for name in names if len(name.split()) == 1]
        made[domain] = _world(names, short, shop, {**_WORDS, **_OF_SHOPS})
    return made


def _world(
    names: Sequence[str], plain: Sequence[str], catalogue: Catalogue, words: Mapping[str, Sequence[str]]
) -> World:
    return World(catalogue, names, plain, TitleLinker(catalogue, {}, FacetLinker(catalogue).knows), words)


def expand(seeds: Sequence[Seed], made: Mapping[str, World], n: int, seed: int = 0) -> Iterator[Example]:
    """`n` examples, round after round of all seeds in a new order; those with rare stances come more often.

    Without that the model says "disliked" too easily: hand-written verdicts are mostly of that kind.
    """
    random_ = random.Random(seed)  # not for secrets
    weights = stance_weights(seeds)
    done = 0
    while done < n:
        times = [int(weight) + (random_.random() < weight % 1) for weight in weights]
        drawn = [one for one, often in zip(seeds, times, strict=True) for _ in range(often)]
        random_.shuffle(drawn)
        for chosen in drawn[: n - done]:
            yield example(chosen, made[chosen.domain], random_)
            done += 1


def stance_weights(seeds: Sequence[Seed]) -> list[float]:
    """How often each seed is used in a round: 1, or more where it has a stance that few seeds have (square root)."""
    stances = [[STANCE_OF[slot] for slot in SLOT.findall(seed.message) if slot in STANCE_OF] for seed in seeds]
    counts = Counter(stance for found in stances for stance in found)
    most = max(counts.values(), default=1)
    return [max((math.sqrt(most / counts[stance]) for stance in found), default=1.0) for found in stances]


def example(seed: Seed, world: World, random_: random.Random) -> Example:
    """One filled seed."""
    message, history, names = filled(seed, world, random_)
    spans = tuple(markable(world.titles.find(message, random_.choice(_DOUBTFUL))))
    return Example(message, history, spans, tuple(span_label(span, names) or NO_NAME for span in spans), seed.intent)


def filled(seed: Seed, world: World, random_: random.Random, called: float = 0.0) -> Filled:
    """A seed's message with names in its slots, what came before it, and (start, end, stance) of each name.

    Args:
        called: how often a name is called by its rarest word ("Shawshank").
    """
    lower = random_.random() < _LOWER
    message, names = _fill(seed.message, world, random_, lower, called)
    history: tuple[Message, ...] = ()
    if seed.shown:
        earlier = _fill(seed.earlier or "something good", world, random_, lower, 0.0)[0]
        history = (Message(role="user", text=earlier), Message(role="assistant", text="Here are some."))
    return message, history, names


def _fill(
    text: str, world: World, random_: random.Random, lower: bool, called: float
) -> tuple[str, list[tuple[int, int, str]]]:
    """The text without slots, and (start, end, stance) of the names in it, without quotes and years."""
    parts: list[str] = []
    slots: list[tuple[int, int, str]] = []
    used: set[str] = set()
    careless = random_.random() < _CARELESS
    at = length = 0
    for match in SLOT.finditer(text):
        before = _typed(text[at : match.start()], careless, random_)
        stance = STANCE_OF.get(match[1])
        value = _name(world, random_, used, called) if stance else random_.choice(world.words[match[1]])
        parts += [before, value]
        length += len(before)
        if stance and (name := _BARE.fullmatch(value)):
            slots.append((length + name.start(1), length + name.end(1), stance.value))
        length += len(value)
        at = match.end()
    whole = "".join([*parts, _typed(text[at:], careless, random_)])
    lowered = whole.lower()
    return (lowered if lower and len(lowered) == len(whole) else whole), slots


def _typed(text: str, careless: bool, random_: random.Random) -> str:
    """The words around names; in haste some lose a letter, or have two swapped."""

    def slip(match: re.Match[str]) -> str:
        word = match[0]
        if random_.random() >= _SLIP:
            return word
        place = random_.randrange(1, len(word) - 1)
        swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        return swapped if random_.random() < 0.5 else word[:place] + word[place + 1 :]

    return re.sub(r"[^\W\d_]{4,}", slip, text) if careless else text


def _name(world: World, random_: random.Random, used: set[str], called: float) -> str:
    """A name as somebody would type it."""
    pool = world.plain if world.plain and random_.random() < _PLAIN_SHARE else world.names
    title = random_.choice([name for name in random_.sample(pool, min(8, len(pool))) if name not in used] or pool)
    used.add(title)
    name = split_year(title)[0]
    if random_.random() < called:
        words: list[str] = re.findall(r"[^\W\d_]{4,}", name) or [name]
        return min(words, key=lambda word: frequency(word.lower()))
    if random_.random() < _NO_ARTICLE:
        name = re.sub(r"^(?:The|A|An)\s+(?=\w{4})", "", name)
    if random_.random() < _TYPO and len(name) > 6:
        place = random_.randrange(1, len(name) - 1)
        name = name[:place] + name[place + 1 :]
    if random_.random() < _YEAR:
        name = f"{name} ({random_.randrange(1970, 2024)})"
    return f'"{name}"' if random_.random() < _QUOTED else name


def span_label(span: TitleSpan, names: Sequence[tuple[int, int, str]]) -> str | None:
    """The stance to the name that a stretch stands for; None where it stands for none."""
    for start, end, stance in names:
        shared = min(end, span.end) - max(start, span.start)
        if shared >= _COVERS * (end - start) and shared >= _COVERS * (span.end - span.start):
            return stance
    return None


def shop_catalogue(reading: Path, seed: int = 0) -> Catalogue:
    """The shops' invented names as items with made-up facts, for telling."""
    random_ = random.Random(seed)  # not for secrets
    items = []
    for domain, names in json.loads((reading / "shop_names.json").read_text(encoding="utf-8")).items():
        for n, name in enumerate(names):
            kind, colour = random_.choice(_OF_SHOPS["kind"]), random_.choice(_WORDS["colour"])
            facts = {
                "category": kind,
                "brand": random_.choice(_OF_SHOPS["brand"]),
                "price": random_.randrange(5, 150) + 0.9,
                "colour": [colour],
            }
            text = random_.choice(_DESCRIPTIONS).format(kind=kind, colour=colour)
            items.append(ItemRecord(f"{domain}-{n}", name, text, attributes=facts))
    return Catalogue(items)
