"""Learnt readers of intent and stance: logistic models over a message's words and what the rules found in it.

People say that a film was a letdown in more ways than patterns can list. The models learn from the hand-written
messages of `data/reading`, with names hidden, so they know no catalogue; what the rules make of a message is one of
their features, and a language model's opinion, where there is one, adds to the odds. A reading takes a millisecond.
The weights: `python -m agents.tuning.evidence`.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

from agents.plan import Intent, Stance, TurnPlan

WEIGHTS = Path(__file__).resolve().parent.parent / "data" / "reading"
INTENT_WEIGHTS, STANCE_WEIGHTS = "intent_weights.json", "stance_weights.json"
# Log-odds that the opinion of the tuned language model adds to its label (figures: docs/decisions.md).
INTENT_TRUST, STANCE_TRUST = 2.0, 2.0
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[^\w\s]")
_NAME = "\x01"  # stands for any name
_SENTENCE_END = frozenset(".!?;")
_PARTS = ("wanted", "unwanted", "ranges", "count", "refers_to", "forget")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Clues:
    """What the rules make of a message.

    Attributes:
        names: (start, end) of the names in the text, in reading order. stances: to each, None where rules see none.
        plan: the rules' plan. shown: whether recommendations are on the screen.
    """

    text: str
    names: Sequence[Span]
    stances: Sequence[Stance | None]
    plan: TurnPlan
    shown: bool


class LogLinear:
    """A multinomial logistic model over named features.

    Args:
        labels: of the classes. weights: feature → what it adds to each class's log-odds, in the order of `labels`.
    """

    def __init__(self, labels: Sequence[str], weights: Mapping[str, Sequence[float]]) -> None:
        self.labels = tuple(labels)
        self.weights = weights

    @classmethod
    def load(cls, path: Path) -> Self:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return cls(kept["labels"], kept["weights"])

    def log_probabilities(self, features: Iterable[str]) -> dict[str, float]:
        """Label → log-probability."""
        sums = [0.0] * len(self.labels)
        for feature in features:
            for place, weight in enumerate(self.weights.get(feature, ())):
                sums[place] += weight
        most = max(sums)
        total = most + math.log(sum(math.exp(one - most) for one in sums))
        return {label: one - total for label, one in zip(self.labels, sums, strict=True)}


@dataclass(frozen=True, slots=True)
class ReadingEvidence:
    """The two learnt models."""

    intents: LogLinear
    stances: LogLinear

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> Self:
        return cls(LogLinear.load(folder / INTENT_WEIGHTS), LogLinear.load(folder / STANCE_WEIGHTS))

    def intent(self, clues: Clues, judged: Intent | None = None) -> Intent:
        """The likeliest intent. `judged`: a language model's opinion."""
        scores = self.intents.log_probabilities(intent_features(clues))
        if clues.plan.intent is not Intent.CHAT and any(getattr(clues.plan, part) for part in ("mentions", *_PARTS)):
            del scores[Intent.CHAT.value]  # something to search by was found: small talk would throw it away
        if judged is not None:
            scores[judged.value] = scores.get(judged.value, -math.inf) + INTENT_TRUST
        return Intent(max(scores, key=scores.__getitem__))

    def stance(self, clues: Clues, which: int, judged: Stance | None = None) -> Stance:
        """The likeliest stance to the name at place `which`. `judged`: a language model's opinion."""
        scores = self.stances.log_probabilities(stance_features(clues, which))
        if judged is not None:
            scores[judged.value] += STANCE_TRUST
        return Stance(max(scores, key=scores.__getitem__))


def intent_features(clues: Clues) -> list[str]:
    """What holds for a message as a whole."""
    words = ["0" if word.isdigit() else word for word in _words(clues.text, tuple(clues.names)).all]
    plan, when = clues.plan, "shown" if clues.shown else "new"
    framed = ["<", *words, ">"]
    found = [
        "always",
        when,
        f"rules {plan.intent.value}",
        f"rules {plan.intent.value}, {when}",
        f"length {min(6, len(words) // 3)}",
        f"names {min(3, len(clues.names))}",
        f"last {framed[-2]}",
        f"first {' '.join(framed[1:2])}, {when}",
        f"first {' '.join(framed[1:3])}, {when}",
    ]
    found += [f"rules' {mention.stance.value}" for mention in plan.mentions]
    found += [f"has {part}" for part in _PARTS if getattr(plan, part)]
    found += [gram for n in (1, 2, 3) for gram in _grams(words if n == 1 else framed, n)]
    if clues.shown:
        found += [f"{word}, shown" for word in words]
    return list(dict.fromkeys(found))


def stance_features(clues: Clues, which: int) -> list[str]:
    """What holds for one name: the words before and after it, up to the next name, and those of the next sentence."""
    words = _words(clues.text, tuple(clues.names))
    at = words.names[which]
    before, after = words.all[:at], words.all[at + 1 :]
    left = list(reversed(_until(reversed(before))))
    right = _until(after)
    rest = after[len(right) :]
    behind = _until(rest[1:]) if rest and rest[0] in _SENTENCE_END else []
    ruled = ["none", *(stance.value if stance else "none" for stance in clues.stances), "none"]
    found = [
        "always",
        f"rules {ruled[which + 1]}",
        f"rules {ruled[which + 1]}, {clues.plan.intent.value}",
        f"rules' intent {clues.plan.intent.value}",
        f"rules before {ruled[which]}",
        f"rules after {ruled[which + 2]}",
    ]
    for n in (1, 2, 3):
        found += [f"right before: {' '.join(before[-n:])}", f"right after: {' '.join(after[:n])}"]
        found += [f"before: {gram}" for gram in _grams(left, n)]
        found += [f"after: {gram}" for gram in _grams(right, n)]
        found += [f"behind: {gram}" for gram in _grams(behind, n)] if n < 3 else []
    found += [f"somewhere: {word}" for word in words.other]
    return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _Words:
    """A message's words and marks in lower case, each name one sign; where the names stand; what else there is."""

    all: list[str]
    names: list[int]
    other: list[str]


@lru_cache(maxsize=16)  # asked for once for every name of a message
def _words(text: str, names: tuple[Span, ...]) -> _Words:
    text = text.replace("’", "'")
    words: list[str] = []
    places: list[int] = []
    at = 0
    for start, end in names:
        words += _WORD.findall(text[at:start].lower())
        places.append(len(words))
        words.append(_NAME)
        at = end
    words += _WORD.findall(text[at:].lower())
    return _Words(words, places, [word for word in dict.fromkeys(words) if word != _NAME])


def _until(words: Iterable[str]) -> list[str]:
    """Words up to the next name or the end of the sentence."""
    found: list[str] = []
    for word in words:
        if word == _NAME or word in _SENTENCE_END:
            break
        found.append(word)
    return found


def _grams(words: Sequence[str], n: int) -> list[str]:
    return [" ".join(words[at : at + n]) for at in range(len(words) - n + 1)]
