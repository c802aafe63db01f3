"""Measures a reader on messages with known plans: mentions, stances, intent, ranges, qualities, speed."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.plan import Mention, Message, Range, Reader, TurnPlan
from agents.text import phrase_key
from recommender.data.tables import ImportFileError


def _item(mention: Mention) -> str:
    return mention.id or mention.text.casefold()


@dataclass
class Counts:
    """Hits, misses and false alarms of one kind of thing."""

    hit: int = 0
    missed: int = 0
    false: int = 0

    def add(self, expected: Counter[Any], found: Counter[Any]) -> None:
        """Compare two multisets."""
        both = sum((expected & found).values())
        self.hit += both
        self.missed += expected.total() - both
        self.false += found.total() - both

    def as_json(self) -> dict[str, float]:
        """Precision, recall and F1; 1.0 where there was nothing to find and nothing found."""
        precision = self.hit / (self.hit + self.false) if self.hit + self.false else 1.0
        recall = self.hit / (self.hit + self.missed) if self.hit + self.missed else 1.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4),
                "n": self.hit + self.missed}  # fmt: skip


@dataclass
class ReadingScores:
    """What `evaluate reading` reports. `ranges_known`: rows whose ranges are labelled."""

    rows: int = 0
    intents_right: int = 0
    ranges_known: int = 0
    ranges_right: int = 0
    counts_right: int = 0
    references_right: int = 0
    mentions: Counts = field(default_factory=Counts)
    stances: dict[str, Counts] = field(default_factory=dict)
    wanted: Counts = field(default_factory=Counts)
    unwanted: Counts = field(default_factory=Counts)
    milliseconds: list[float] = field(default_factory=list)
    sources: Counter[str] = field(default_factory=Counter)
    mistakes: list[dict[str, Any]] = field(default_factory=list)

    def metrics(self) -> dict[str, Any]:
        """The JSON figures."""
        rows = max(1, self.rows)
        times = sorted(self.milliseconds) or [0.0]
        return {
            "mentions": self.mentions.as_json(),
            "stances": {name: counts.as_json() for name, counts in sorted(self.stances.items())},
            "intent_accuracy": round(self.intents_right / rows, 4),
            "range_accuracy": round(self.ranges_right / max(1, self.ranges_known), 4),
            "range_n": self.ranges_known,
            "count_accuracy": round(self.counts_right / rows, 4),
            "refers_to_accuracy": round(self.references_right / rows, 4),
            "wanted": self.wanted.as_json(),
            "unwanted": self.unwanted.as_json(),
            "ms_p50": round(times[len(times) // 2], 2),
            "ms_p95": round(times[int(len(times) * 0.95)], 2),
            "sources": dict(self.sources),
        }


async def evaluate_reading(
    reader: Reader,
    rows: Sequence[dict[str, Any]],
    lower_case: bool = False,
    on_row: Any = None,
    same_item: Callable[[Mention], str] = _item,
    scores: ReadingScores | None = None,
) -> ReadingScores:
    """Read every row's message and compare with its expected plan.

    Args:
        rows: `{"message", "history": [...], "expected": plan}`; an expected plan may leave parts out. `"ranges": null`
            says that they are not known: what is read of them does not count.
        lower_case: read messages in lower case, as many people type.
        on_row: called with the number of rows done.
        same_item: two mentions are of one item when this says the same of both; by default, when their ids are equal.
        scores: to add to; a new one by default.

    Raises:
        ImportFileError: a row does not have that form; says which.
    """
    scores = scores or ReadingScores()
    for number, row in enumerate(rows, start=1):
        try:
            message = str(row["message"])
            history = [Message(role=m["role"], text=m["text"]) for m in row.get("history") or []]
            expected = plan_from_row(row["expected"])
        except (KeyError, TypeError, ValueError) as error:
            raise ImportFileError(f"row {number} is not of the form message, history, expected ({error})") from error
        started = time.perf_counter()
        reading = await reader.read(message.lower() if lower_case else message, history)
        scores.milliseconds.append((time.perf_counter() - started) * 1000)
        scores.sources[reading.source] += 1
        known = row["expected"].get("ranges", []) is not None
        _compare(scores, message, expected, reading.plan, same_item, known)
        if on_row:
            on_row(number)
    return scores


def plan_from_row(expected: dict[str, Any]) -> TurnPlan:
    """An expected plan; ranges may also be given as {"year": [1980, 1989]} or {"year": {"min", "max"}}.

    Raises:
        TypeError, ValueError: it is none.
    """
    plan = dict(expected)
    ranges = plan.get("ranges") or []
    if isinstance(ranges, dict):
        ranges = [{"facet": facet, **_bounds(bounds)} for facet, bounds in ranges.items()]
    plan["ranges"] = ranges
    refers_to = plan.get("refers_to")
    plan["refers_to"] = [] if refers_to is None else refers_to if isinstance(refers_to, list) else [refers_to]
    known = {name: value for name, value in plan.items() if name in TurnPlan.model_fields and value is not None}
    return TurnPlan.model_validate(known)


def _bounds(bounds: Any) -> dict[str, Any]:
    if isinstance(bounds, dict):
        return bounds
    if not isinstance(bounds, list) or len(bounds) != 2:
        raise ValueError(f"a range is [min, max], not {bounds!r}")
    return {"min": bounds[0], "max": bounds[1]}


def _compare(
    scores: ReadingScores,
    message: str,
    expected: TurnPlan,
    found: TurnPlan,
    same_item: Callable[[Mention], str],
    ranges_known: bool,
) -> None:
    scores.rows += 1
    right_intent = expected.intent == found.intent
    right_ranges = not ranges_known or _ranges(expected.ranges) == _ranges(found.ranges)
    scores.intents_right += right_intent
    scores.ranges_known += ranges_known
    scores.ranges_right += ranges_known and right_ranges
    scores.counts_right += expected.count == found.count
    scores.references_right += expected.refers_to == found.refers_to
    wanted_ids = {same_item(m): m.stance for m in expected.mentions}
    found_ids = {same_item(m): m.stance for m in found.mentions}
    scores.mentions.add(Counter(dict.fromkeys(wanted_ids, 1)), Counter(dict.fromkeys(found_ids, 1)))
    for stance in set(wanted_ids.values()) | set(found_ids.values()):
        scores.stances.setdefault(stance, Counts()).add(
            Counter({i: 1 for i, s in wanted_ids.items() if s == stance}),
            Counter({i: 1 for i, s in found_ids.items() if s == stance}),
        )
    scores.wanted.add(Counter(map(phrase_key, expected.wanted)), Counter(map(phrase_key, found.wanted)))
    scores.unwanted.add(Counter(map(phrase_key, expected.unwanted)), Counter(map(phrase_key, found.unwanted)))
    if not (right_intent and right_ranges and wanted_ids == found_ids):
        scores.mistakes.append(
            {"message": message, "expected": expected.model_dump(mode="json"), "found": found.model_dump(mode="json")}
        )


def _ranges(ranges: Sequence[Range]) -> set[tuple[str, float | None, float | None, str | None]]:
    return {(r.facet, r.min, r.max, r.relative) for r in ranges}
