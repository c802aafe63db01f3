"""What is learnt of reading: models of a message's words, and the tuned encoder, judge intent and stances together.

People say that a film was a letdown in more ways than patterns can list. The models learn from the hand-written
messages of `data/reading`, with names hidden, so they know no catalogue. The words' models are logistic and take what
the rules make of a message for one of their features; the encoder (`agents.reading.encoder`) sees the words in order; a
language model's opinion, where there is one, adds to the odds. The weights: `python -m agents.tuning.evidence`.
"""

import json
import logging
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Self

from agents.plan import Intent, Stance
from agents.reading.clues import OPEN, Clues, Said
from agents.reading.encoder import MessageEncoder
from agents.text import Span
from recommender.features.embedder import EmbedderError

log = logging.getLogger(__name__)

WEIGHTS = Path(__file__).resolve().parents[2] / "data" / "reading"
INTENT_WEIGHTS, STANCE_WEIGHTS = "intent_weights.json", "stance_weights.json"
POLARITY_WEIGHTS, ENCODER = "polarity_weights.json", "encoder"
# The encoder's log-probabilities count as much as the words'.
ENCODER_TRUST = 1.0
POLARITY_TRUST = 2.0  # of polarities twice as much
# Log-odds that the opinion of the tuned language model adds to its label (figures: docs/decisions.md).
INTENT_TRUST, STANCE_TRUST = 2.0, 2.0
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[^\w\s]")
_NAME = "\x01"  # stands for any name
_SENTENCE_END = frozenset(".!?;")
_PARTS = ("wanted", "unwanted", "ranges", "count", "refers_to", "forget")


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
class Verdict:
    """What a message was taken for.

    Attributes:
        stances: to each name.
        polarities: of each quality and bound, by its place, the log-odds; none where only rules judge.
        margin: log-odds of the choice that was closest, over its runner-up; small means doubt.
    """

    intent: Intent
    stances: list[Stance]
    margin: float
    polarities: Mapping[Span, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadingEvidence:
    """All that is learnt of reading: models of words, and the tuned encoder, or None to do without.

    Attributes:
        polarities: of qualities and bounds (`agents.reading.polarity`); without it rules alone decide on them.
    """

    intents: LogLinear
    stances: LogLinear
    encoder: MessageEncoder | None = None
    polarities: LogLinear | None = None

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> Self:
        """The weights shipped. Without an encoder that can be read, the models of words judge alone."""
        encoder = None
        try:
            encoder = MessageEncoder.load(folder / ENCODER)
        except (EmbedderError, OSError, ValueError) as error:
            log.warning("messages are read without the encoder: %s", error)
        intents, stances, polarities = (
            LogLinear.load(folder / name) for name in (INTENT_WEIGHTS, STANCE_WEIGHTS, POLARITY_WEIGHTS)
        )
        return cls(intents, stances, encoder, polarities)

    def judge(
        self,
        clues: Clues,
        intent: Intent | None = None,
        stances: Sequence[Stance | None] = (),
        said: Said | None = None,
    ) -> Verdict:
        """The likeliest intent, the likeliest stance to each name, and how likely the polarities are.

        Args:
            intent: a language model's opinion. stances: its opinions on the names, None where it has none.
            said: the same message with its qualities and bounds.
        """
        opinion, of_said = None, None
        if self.encoder and said and self.polarities:
            opinion, of_said = self.encoder.opinions([clues, said])
        elif self.encoder:
            (opinion,) = self.encoder.opinions([clues])
        intents = self.intents.log_probabilities(intent_features(clues))
        _add(intents, opinion.intents if opinion else {}, ENCODER_TRUST)
        if clues.plan.intent is not Intent.CHAT and any(getattr(clues.plan, part) for part in ("mentions", *_PARTS)):
            del intents[Intent.CHAT.value]  # something to search by was found: small talk would throw it away
        _add(intents, {intent.value: 1.0} if intent else {}, INTENT_TRUST)
        chosen, margins = [], [_margin(intents)]
        for which in range(len(clues.names)):
            likely = self.stances.log_probabilities(stance_features(clues, which))
            _add(likely, opinion.stances[which] if opinion else {}, ENCODER_TRUST)
            judged = stances[which] if stances else None
            _add(likely, {judged.value: 1.0} if judged else {}, STANCE_TRUST)
            chosen.append(Stance(_likeliest(likely)))
            margins.append(_margin(likely))
        polarities = self.polarity_odds(said, of_said.polarities) if said and of_said else {}
        return Verdict(Intent(_likeliest(intents)), chosen, min(margins), polarities)

    def polarity_odds(self, said: Said, opinions: Sequence[Mapping[str, float]]) -> dict[Span, dict[str, float]]:
        """The log-odds of each quality and bound, by its place: what the words say and the encoder's opinions.

        Nothing for what the rules decide, and for what is too far behind for the encoder: words alone are no better
        than the rules they hear of.
        """
        found = {}
        for which, (name, rule, opinion) in enumerate(zip(said.names, said.rules, opinions, strict=True)):
            if self.polarities and opinion and rule in OPEN:
                found[name] = self.polarities.log_probabilities(polarity_features(said, which))
                _add(found[name], opinion, POLARITY_TRUST)
        return found


def _add(scores: dict[str, float], opinion: Mapping[str, float], trust: float) -> None:
    for label, worth in opinion.items():
        if label in scores:
            scores[label] += trust * worth


def _likeliest(scores: Mapping[str, float]) -> str:
    return max(scores, key=scores.__getitem__)


def _margin(scores: Mapping[str, float]) -> float:
    best, *others = sorted(scores.values(), reverse=True)
    return best - others[0] if others else math.inf


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
    ruled = ["none", *(stance.value if stance else "none" for stance in clues.stances), "none"]
    found = [
        "always",
        f"rules {ruled[which + 1]}",
        f"rules {ruled[which + 1]}, {clues.plan.intent.value}",
        f"rules' intent {clues.plan.intent.value}",
        f"rules before {ruled[which]}",
        f"rules after {ruled[which + 2]}",
    ]
    return list(dict.fromkeys([*found, *words_around(clues.text, clues.names, which)]))


def polarity_features(said: Said, which: int) -> list[str]:
    """What holds for one name: what rules make of it and its neighbours, and the words around it."""
    rules = ["none", *said.rules, "none"]
    ruled, when = rules[which + 1], "shown" if said.shown else "new"
    found = ["always", when, f"rules {ruled}", f"rules before {rules[which]}", f"rules after {rules[which + 2]}"]
    return list(dict.fromkeys([*found, *words_around(said.text, said.names, which)]))


def words_around(text: str, names: Sequence[Span], which: int) -> list[str]:
    """Words and short phrases about one name as features: before, after, in the next sentence, and anywhere."""
    words = _words(text, tuple(names))
    at = words.names[which]
    before, after = words.all[:at], words.all[at + 1 :]
    left = list(reversed(_until(reversed(before))))
    right = _until(after)
    rest = after[len(right) :]
    behind = _until(rest[1:]) if rest and rest[0] in _SENTENCE_END else []
    found: list[str] = []
    for n in (1, 2, 3):
        found += [f"right before: {' '.join(before[-n:])}", f"right after: {' '.join(after[:n])}"]
        found += [f"before: {gram}" for gram in _grams(left, n)]
        found += [f"after: {gram}" for gram in _grams(right, n)]
        found += [f"behind: {gram}" for gram in _grams(behind, n)] if n < 3 else []
    return found + [f"somewhere: {word}" for word in words.other]


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
