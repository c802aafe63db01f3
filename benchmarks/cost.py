"""How the cost of SASRec grows: seconds an epoch and milliseconds a request, as users, items or histories get longer.

python -m benchmarks.cost --json benchmarks/results/cost.json

Synthetic histories. One of the three grows to three and to ten times its base while the other two stay; the exponent
is the slope of log(time) over log(size), 0 for "does not depend" and 1 for "in proportion". Small sizes carry the
fixed costs of a step and of a call, so an exponent says what happens around these sizes, not far beyond them.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.common import RESULTS, versions, write_result
from recommender.data.sequences import Split, leave_one_out
from recommender.models.base import FitOptions
from recommender.models.sasrec import SASRec, SASRecConfig
from recommender.serving.next_items import NextItems

BASE = {"users": 1000, "items": 2000, "history": 20}
GROWTH = (1, 3, 10)
REQUESTS = 200


def synthetic(users: int, items: int, history: int, seed: int) -> Split:
    """Histories of one length whose items follow a Zipf-like popularity."""
    random = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, items + 1)
    drawn = random.choice(items, (users, history), p=popularity / popularity.sum()) + 1
    histories = {str(user): [int(item) for item in row] for user, row in enumerate(drawn)}
    return leave_one_out(histories, [str(item) for item in range(items)])


def point(size: dict[str, int], options: argparse.Namespace) -> dict[str, float]:
    """One size: seconds of an epoch (the fastest of some), and the median request in milliseconds."""
    split = synthetic(**size, seed=options.seed)
    fit = FitOptions(epochs=1, final=True, seed=options.seed)
    model = SASRec(config=SASRecConfig(max_length=max(50, size["history"])))
    seconds = []
    for again in range(options.repeats):
        started = time.perf_counter()
        model.fit(split, replace(fit, warm_start=again > 0))
        seconds.append(time.perf_counter() - started)
    requests = NextItems(model, threads=options.threads)
    histories = split.full()
    times = []
    for turn in range(REQUESTS):
        started = time.perf_counter()
        requests.top_k(histories[turn % len(histories)], 10)
        times.append(time.perf_counter() - started)
    return {"epoch_s": round(min(seconds), 3), "request_ms": round(float(np.median(times)) * 1000, 3)}


def exponent(sizes: list[int], values: list[float]) -> float:
    """The slope of log(value) over log(size)."""
    return round(float(np.polyfit(np.log(sizes), np.log(values), 1)[0]), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3, help="epochs timed at each size")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, default=RESULTS / "cost.json")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    threadpool_limits(options.threads)  # of NumPy's BLAS, as the app does
    point(BASE, options)  # warm up
    table: list[dict[str, Any]] = []
    exponents: dict[str, dict[str, float]] = {}
    for axis in BASE:
        rows: list[dict[str, Any]] = []
        for growth in GROWTH:
            size = BASE | {axis: BASE[axis] * growth}
            rows.append({"grows": axis, **size, **point(size, options)})
            print(json.dumps(rows[-1]), flush=True)
        sizes = [row[axis] for row in rows]
        exponents[axis] = {kind: exponent(sizes, [row[kind] for row in rows]) for kind in ("epoch_s", "request_ms")}
        table += rows
    print(json.dumps(exponents, indent=1))
    write_result(
        options.json.stem,
        benchmark="cost",
        dataset="synthetic, base " + ", ".join(f"{value} {name}" for name, value in BASE.items()),
        model="sasrec",
        seed=options.seed,
        n=len(table),
        metrics=exponents,
        measured_with=versions("numba"),
        folder=options.json.parent,
        table=table,
    )


if __name__ == "__main__":
    main()
