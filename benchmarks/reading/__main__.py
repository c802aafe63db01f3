"""How well messages are read, by the rules, by the tuned model and by the untuned one.

python -m benchmarks.reading --set seeds redial --reader rules tuned
python -m benchmarks.reading --set own --reader untuned --limit 60

Sets: own (test.jsonl), chinese, seeds (held out from tuning), strangers and strangers-2 (by writers who saw no seed),
redial (the half that nothing was tuned on), redial-tune (the other half). Each but the Chinese is read as written and
in lower case.
Films of ReDial count as the same when their titles are.
"""

import argparse
import asyncio
import random
import sys
from dataclasses import replace
from typing import Any

from agents.evaluation import ReadingScores, evaluate_reading
from agents.llm.clients import ADAPTER, EmbeddedModel, EmbeddedServer
from agents.plan import Mention, Reader
from agents.reading.judging import JudgingReader
from agents.reading.readers import LLMReader
from benchmarks.common import write_result
from benchmarks.reading.rows import RowSet, held_out_seeds, own, redial, strangers
from recommender.data.titles import split_year, title_key

_SETS = ("own", "chinese", "seeds", "strangers", "strangers-2", "redial", "redial-tune")
_ALWAYS = ("ms_p50", "ms_p95", "sources")
# What is labelled in each set; in others, everything.
_LABELLED = {
    "redial": ("mentions", "stances", *_ALWAYS),
    "seeds": ("mentions", "stances", "intent_accuracy", "range_accuracy", "range_n", *_ALWAYS),
    "strangers": ("mentions", "stances", "intent_accuracy", *_ALWAYS),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", nargs="+", dest="sets", choices=_SETS, default=["own", "seeds", "redial"])
    parser.add_argument("--reader", nargs="+", choices=["rules", "tuned", "untuned"], default=["rules", "tuned"])
    parser.add_argument("--limit", type=int, default=None, help="messages of each set")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--mistakes", action="store_true", help="print what was read wrong")
    given = parser.parse_args()
    for kind in given.reader:
        model = None
        if kind != "rules":
            adapter = ADAPTER if kind == "tuned" else None
            model = EmbeddedModel(EmbeddedServer(threads=given.threads, adapter=adapter), timeout_s=60)
            if kind == "tuned" and not model.tuned:
                sys.exit(f"There is no adapter at {ADAPTER}. Make it: python -m agents.tuning")
        for name in given.sets:
            sets = row_sets(name, given.limit)
            for lower in (False,) if name == "chinese" else (False, True):
                scores = ReadingScores()
                for rows in sets:
                    by_title = _by_title(rows) if name.startswith("redial") else None
                    asyncio.run(_read(rows, kind, model, lower, by_title, scores))
                metrics = scores.metrics()
                metrics = {key: metrics[key] for key in _LABELLED.get(name.split("-")[0], metrics)}
                label = f"{name}{'-lower' if lower else ''}"
                _show(kind, label, scores.rows, metrics)
                if given.mistakes:
                    for mistake in scores.mistakes:
                        print(_line(mistake))
                write_result(
                    f"reading_{label}_{kind}",
                    benchmark="reading",
                    dataset=label,
                    model=kind,
                    n=scores.rows,
                    metrics=metrics,
                )


def row_sets(name: str, limit: int | None) -> list[RowSet]:
    """The rows of a set, by catalogue; with a limit so many of each, drawn at random."""
    if name == "seeds":
        return [_some(rows, limit) for rows in held_out_seeds()]
    if name.startswith("strangers"):
        return [_some(rows, limit) for rows in strangers(name)]
    if name.startswith("redial"):
        return [_some(redial("tune" if name.endswith("tune") else "report"), limit)]
    return [_some(own("test" if name == "own" else name), limit)]


def _some(found: RowSet, limit: int | None) -> RowSet:
    if limit is None or limit >= len(found.rows):
        return found
    return replace(found, rows=random.Random(0).sample(found.rows, limit))  # not for secrets


async def _read(rows: RowSet, kind: str, model: Any, lower: bool, by_title: Any, scores: ReadingScores) -> None:
    reader: Reader = rows.rules
    if kind == "tuned":
        reader = JudgingReader(model, rows.titles, rows.rules, timeout_s=30)
    elif kind == "untuned":
        reader = LLMReader(model, rows.titles, rows.rules, timeout_s=60)
    more = {"same_item": by_title} if by_title else {}
    await evaluate_reading(reader, rows.rows, lower, scores=scores, **more)


def _by_title(rows: RowSet) -> Any:
    """Two films of one title are told apart by nothing in the message, so either will do."""

    def key(mention: Mention) -> str:
        title = rows.catalogue[mention.id].title if mention.id else mention.text
        return title_key(split_year(title)[0])

    return key


def _show(kind: str, name: str, n: int, metrics: dict[str, Any]) -> None:
    print(f"{kind} · {name} · {n} messages")
    for key, value in metrics.items():
        print(f"  {key:18} {value}", flush=True)


def _line(mistake: dict[str, Any]) -> str:
    parts = []
    for side in ("expected", "found"):
        plan = mistake[side]
        names = [f"{m['text']}={m['stance']}" for m in plan["mentions"]]
        bounds = [f"{r['facet']} {r['relative'] or [r['min'], r['max']]}" for r in plan["ranges"]]
        parts.append(f"{plan['intent']} {names} {bounds}")
    return f"  {mistake['message'][:140]!r}: {parts[0]} → {parts[1]}"


if __name__ == "__main__":
    main()
