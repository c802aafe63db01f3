"""Examples of telling: evidence about picks, as the served prompt gives it, and a short reply that claims nothing else.

Replies come from `data/telling/voices.jsonl`: two sentences with slots for what the evidence holds, in several voices.
Only those are kept that the served checker would show whole: what is learnt here is what may be said there.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.checking.checker import ReplyChecker, TitleTest, split_sentences
from agents.replies.present import Presenter
from agents.tuning.seeds import SeedError
from recommender.catalogue import Catalogue
from recommender.serving.request import Pick, Reason
from storage.records import ItemRecord

_SLOT = re.compile(r"(?:\b[Tt]he )?\{p(\d)\.([a-z]+)\}")
_MATCHING = ("genres", "moods", "themes", "category", "colour", "features")  # facets that a wish may have named
_SENTENCES = 2
_TRIES = 60
_WISHES = (
    "something {}", "{} please", "I feel like something {}", "any good {} ones?", "{}, for tonight", "i want {}",
    "looking for {} stuff", "what's {} and worth my time", "recommend me something {}", "{}", "in the mood for {}",
    "could you find me something {}?",
)  # fmt: skip


@dataclass(frozen=True)
class Voice:
    """One reply with slots: `text`, for how many picks, of films or of shop items."""

    text: str
    picks: int
    domain: str


@dataclass(frozen=True)
class Told:
    """A wish, the picks' titles and their evidence lines, and the reply."""

    message: str
    titles: tuple[str, ...]
    evidence: tuple[str, ...]
    reply: str


def load_voices(path: Path) -> list[Voice]:
    """The voices of a file.

    Raises:
        SeedError: a line is no voice, or asks for picks that it has not.
    """
    voices = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            voice = Voice(str(row["text"]), int(row["picks"]), str(row["domain"]))
        except (ValueError, KeyError, TypeError) as error:
            raise SeedError(f"{path}, line {number}: {error}") from error
        if any(not 1 <= int(place) <= voice.picks for place, _ in _SLOT.findall(voice.text)):
            raise SeedError(f"{path}, line {number}: a slot for a pick beyond {voice.picks}")
        voices.append(voice)
    return voices


def tell_examples(voices: Sequence[Voice], catalogue: Catalogue, domain: str, n: int, seed: int = 0) -> Iterator[Told]:
    """`n` examples over a catalogue; every voice of the domain is used about equally often.

    Fewer where no voice can speak of this catalogue.
    """
    random_ = random.Random(seed)  # not for secrets
    presenter, titles = Presenter(catalogue), TitleTest(item.title for item in catalogue.items)
    usable = [voice for voice in voices if voice.domain == domain]
    done = 0
    while done < n:
        before = done
        for voice in random_.sample(usable, len(usable)):
            if done < n and (told := _told(voice, catalogue, presenter, random_, titles)) is not None:
                yield told
                done += 1
        if done == before:
            return


def _told(
    voice: Voice, catalogue: Catalogue, presenter: Presenter, random_: random.Random, titles: TitleTest
) -> Told | None:
    """One example, or None when no picks turn up of which this voice can say all that it says."""
    for _ in range(_TRIES):
        items = random_.sample(catalogue.items, voice.picks)
        facts = [_facts(item, catalogue, presenter, random_) for item in items]
        asked = _SLOT.findall(voice.text)
        if any(slot not in facts[int(place) - 1] for place, slot in asked):
            continue
        matched = [facts[int(place) - 1]["matched"] for place, slot in asked if slot == "matched"]
        if len(set(matched)) < len(matched):
            continue
        # The reasons of a pick are told to the model whether or not this voice speaks of them.
        picks = [_pick(item, fact, catalogue) for item, fact in zip(items, facts, strict=True)]
        reply = _SLOT.sub(lambda m, facts=facts: _put(m, facts), voice.text)  # type: ignore[misc]
        wish = random_.choice(_WISHES).format(
            " and ".join(dict.fromkeys(f["matched"] for f in facts if "matched" in f)) or "good"
        )
        evidence = tuple(presenter.evidence(pick) for pick in picks)
        told = Told(wish, tuple(item.title for item in items), evidence, reply)
        if _carried(told, titles):
            return told
    return None


def _put(slot: re.Match[str], facts: Sequence[dict[str, str]]) -> str:
    """What goes into a slot, without the article before it where the value has its own: no "the The Girl"."""
    value = facts[int(slot[1]) - 1][slot[2]]
    return value if value.startswith(("The ", "A ", "An ")) else slot[0].partition("{")[0] + value


def _carried(told: Told, titles: TitleTest) -> bool:
    """Whether a turn with this evidence would show the reply whole, and as so many sentences as it should have."""
    checker = ReplyChecker([told.message], dict(zip(told.titles, told.evidence, strict=True)), titles)
    sentences, _ = split_sentences(told.reply, final=True)
    return len(set(sentences)) == len(sentences) == _SENTENCES and all(map(checker.passes, sentences))


def _facts(item: ItemRecord, catalogue: Catalogue, presenter: Presenter, random_: random.Random) -> dict[str, str]:
    """What may be said of an item, by slot."""
    values = [v for facet in _MATCHING for v in catalogue.values_of(item, facet) if v]
    position = catalogue.position[item.id]
    facts = {
        "title": item.title,
        "genres": ", ".join(presenter.genres(item)[:3]),
        "blurb": next(iter(split_sentences(item.text, final=True)[0]), ""),
    }
    for slot, facet, form in (
        ("year", "year", "{:.0f}"),
        ("runtime", "runtime", "{:g} minutes"),
        ("price", "price", "${:.2f}"),
    ):
        if facet in catalogue.numeric and (number := float(catalogue.numeric[facet][position])) == number:
            facts[slot] = form.format(number)
    for slot, facet in (("director", "director"), ("brand", "brand"), ("colour", "colour"), ("category", "category")):
        if found := catalogue.values_of(item, facet):
            facts[slot] = found[0]
    if values:
        facts["matched"] = random_.choice(values)
    if random_.random() < 0.5:
        other = random_.choice(catalogue.items)
        if other.id != item.id:
            facts["because"] = other.title
    return {slot: value for slot, value in facts.items() if value.strip(". ")}


def _pick(item: ItemRecord, facts: dict[str, str], catalogue: Catalogue) -> Pick:
    reasons = []
    if "matched" in facts:
        reasons.append(Reason("facet", f"any:{facts['matched']}", facts["matched"]))
    if "because" in facts:
        liked = next(other for other in catalogue.items if other.title == facts["because"])
        reasons.append(Reason("history", liked.id, liked.title))
    return Pick(item.id, 1.0, {}, tuple(reasons))
