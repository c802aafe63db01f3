"""How well the reply checker tells true sentences from corrupted ones, and what of the latter reaches a person.

python -m benchmarks.checker              # sentence by sentence, by kind of corruption
python -m benchmarks.checker --turns 500  # through agents.replies.telling; a scripted model mixes true and corrupted

The rows are sentences written by hand over evidence of the form that the controller gives, each labelled. They are
split in two by a hash of the evidence, so that no scene is in both halves: A was looked at while the rules of
`agents.checking.checker` were made, B only counted.
"""

import argparse
import asyncio
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage

from agents.checking.checker import ReplyChecker, TitleTest
from agents.replies.telling import Told, tell
from benchmarks.common import RESULTS, ROOT, write_result

ROWS = Path(__file__).with_name("replies.jsonl")
DEMO = ROOT / "data" / "demo" / "catalogue.jsonl"
TEMPLATE = "These come first."
_SENTENCES = 4  # that the scripted model says a turn: one more than may be shown


@dataclass(frozen=True)
class Row:
    """One sentence over the evidence of a turn; `corruption` says what is wrong with it, or "" where it is true."""

    evidence: Mapping[str, str]
    message: str
    sentence: str
    grounded: bool
    corruption: str

    @property
    def scene(self) -> str:
        """What rows of the same turn have in common."""
        return json.dumps([self.evidence, self.message], sort_keys=True, ensure_ascii=False)

    @property
    def half(self) -> str:
        return "AB"[hashlib.sha256(self.scene.encode()).digest()[0] & 1]


def read_rows(path: Path = ROWS) -> list[Row]:
    """The labelled sentences.

    Raises:
        ValueError: a row is not of the form evidence, message, sentence, grounded, corruption; says which.
    """
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found = json.loads(line)
            rows.append(
                Row(
                    found["evidence"], found["message"], found["sentence"], found["grounded"], found["corruption"] or ""
                )
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"row {number} of {path.name} cannot be used ({error})") from error
    return rows


def titles_of(rows: Iterable[Row]) -> TitleTest:
    """Knows the titles of the demo catalogue and of everything in the rows' evidence."""
    lines = DEMO.read_text(encoding="utf-8").splitlines()
    return TitleTest(
        [*(json.loads(line)["title"] for line in lines), *(title for row in rows for title in row.evidence)]
    )


def measure(rows: Sequence[Row], titles: TitleTest) -> dict[str, Any]:
    """Precision and recall of refusing what is corrupted and of passing what is true, and recall by corruption."""
    passed = [ReplyChecker([row.message], row.evidence, titles).passes(row.sentence) for row in rows]
    count = Counter((row.grounded, through) for row, through in zip(rows, passed, strict=True))
    by_kind: dict[str, list[bool]] = {}
    for row, through in zip(rows, passed, strict=True):
        by_kind.setdefault(row.corruption, []).append(not through)
    return {
        "refusing corrupted": _figures(count[False, False], count[True, False], count[False, True]),
        "passing true": _figures(count[True, True], count[False, True], count[True, False]),
        "refused by corruption": {
            kind: {"refused": sum(refused), "of": len(refused)} for kind, refused in sorted(by_kind.items()) if kind
        },
    }


def _figures(hit: int, false: int, missed: int) -> dict[str, float]:
    return {
        "precision": round(hit / (hit + false), 4) if hit + false else 1.0,
        "recall": round(hit / (hit + missed), 4) if hit + missed else 1.0,
        "n": hit + missed,
    }


class SayingModel:
    """A language model that says what it was given, word by word."""

    name = "scripted"

    def __init__(self, reply: str) -> None:
        self._reply = reply

    async def complete_json(self, messages: list[BaseMessage], schema: dict[str, Any], max_tokens: int) -> Any:
        raise NotImplementedError

    async def stream(self, messages: list[BaseMessage], max_tokens: int) -> AsyncIterator[str]:
        for piece in re.findall(r"\s*\S+", self._reply):
            await asyncio.sleep(0)
            yield piece


async def run_turns(rows: Sequence[Row], titles: TitleTest, turns: int, seed: int) -> dict[str, int]:
    """Counts over `turns` telling turns, each with some sentences of one scene in a random order, at least one false.

    A shown text is traced to the sentence that it came from: whatever is shown and is no true sentence of the scene, or
    the template, counts as ungrounded.
    """
    scenes: dict[str, list[Row]] = {}
    for row in rows:
        scenes.setdefault(row.scene, []).append(row)
    mixed = [scene for scene in scenes.values() if any(not row.grounded for row in scene)]
    chance = random.Random(seed)
    counts: Counter[str] = Counter()
    for _ in range(turns):
        scene = chance.choice(mixed)
        said = [chance.choice([row for row in scene if not row.grounded])]
        others = [row for row in scene if row is not said[0]]
        said += chance.sample(others, min(_SENTENCES - 1, len(others)))
        chance.shuffle(said)
        true = {row.sentence for row in said if row.grounded}
        checker = ReplyChecker([said[0].message], said[0].evidence, titles)
        evidence = list(said[0].evidence.values())
        model = SayingModel(" ".join(row.sentence for row in said))
        pieces = [
            piece.strip()
            async for piece in tell(model, checker, said[0].message, evidence, TEMPLATE, Told(), first_s=60, total_s=60)
        ]
        shown = [piece for piece in pieces if piece != TEMPLATE]
        ungrounded = [piece for piece in shown if piece not in true]
        counts["turns"] += 1
        counts["sentences said"] += len(said)
        counts["corrupted said"] += len(said) - len(true)
        counts["true said"] += len(true)
        counts["true shown"] += len(shown) - len(ungrounded)
        counts["ungrounded shown"] += len(ungrounded)
        counts["turns with an ungrounded sentence"] += bool(ungrounded)
        counts["turns told by the template"] += not shown
    return dict(counts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=0, help="run this many telling turns instead")
    parser.add_argument("--half", choices=("A", "B"), default=None, help="only this half of the rows")
    parser.add_argument("--mistakes", action="store_true", help="print the wrong decisions (looks at half A only)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    rows = read_rows()
    titles = titles_of(rows)
    if options.half:
        rows = [row for row in rows if row.half == options.half]
    protocol = "halves by a hash of the evidence; A was looked at, B was not"
    if options.turns:
        counts = asyncio.run(run_turns(rows, titles, options.turns, options.seed))
        metrics: dict[str, Any] = dict(counts)
        protocol = f"agents.replies.telling, {_SENTENCES} sentences a turn, one corrupted at least"
        n, name = options.turns, "checker_turns"
    else:
        halves = {half: [row for row in rows if row.half == half] for half in "AB"}
        metrics = {f"half {half}": measure(part, titles) for half, part in halves.items() if part}
        n, name = len(rows), "checker"
    print(json.dumps(metrics, indent=1))
    if options.mistakes:
        for row in (row for row in rows if row.half == "A"):
            through = ReplyChecker([row.message], row.evidence, titles).passes(row.sentence)
            if through != row.grounded:
                print(f"{row.corruption or 'true'}: {row.sentence}")
    path = options.json or RESULTS / f"{name}.json"
    write_result(
        path.stem,
        benchmark="checker",
        dataset=f"{len(rows)} labelled sentences" + (f", half {options.half}" if options.half else ""),
        model="agents.checking.checker",
        seed=options.seed if options.turns else None,
        protocol=protocol,
        n=n,
        metrics=metrics,
        folder=path.parent,
    )


if __name__ == "__main__":
    main()
