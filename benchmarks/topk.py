"""The ten best of a million items for one person: this project's index, PyTorch, and faiss's flat indexes.

python -m benchmarks.topk --json benchmarks/results/topk.json

Every round asks each of them the same question, one after the other, so that what else the machine does falls on all
alike; the medians are compared. Every answer of the index is checked against scoring everything in double precision.
faiss runs in the peers' environment (see benchmarks.quality), which is made when it is missing.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.common import RESULTS, versions, write_result
from benchmarks.quality import peer_python
from benchmarks.worker import Worker
from recommender.arrays import Floats
from recommender.serving.index import ItemIndex

K = 10
SEEN = 50  # items left out in the row "palate, 50 seen"
Answer = tuple[float, list[int]]  # seconds, rows


def catalogue(kind: str, n: int, dim: int, random: np.random.Generator) -> Floats:
    """Unit vectors: without any structure, or scattered around a thousand centres as learnt ones are."""
    matrix = random.standard_normal((n, dim), dtype=np.float32)
    if kind == "clustered":
        matrix *= 0.7
        matrix += random.standard_normal((1000, dim), dtype=np.float32)[random.integers(0, 1000, n)]
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix


def people(matrix: Floats, n: int, random: np.random.Generator) -> Floats:
    """Unit vectors between three items each: people are where items are."""
    users: Floats = matrix[random.integers(0, len(matrix), (n, 3))].sum(axis=1)
    users += 0.3 * random.standard_normal(users.shape, dtype=np.float32) / np.float32(np.sqrt(matrix.shape[1]))
    users /= np.linalg.norm(users, axis=1, keepdims=True)
    return users


def exact(matrix: Floats, user: Floats, banned: list[int]) -> list[int]:
    """The ten best by float64 scores rounded to float32, ties by row."""
    wide = user.astype(np.float64)
    scores = np.concatenate([(part * wide).sum(axis=1) for part in np.array_split(matrix, 64)]).astype(np.float32)
    scores[banned] = -np.inf
    rows = np.flatnonzero(scores >= np.partition(scores, -K)[-K])
    return [int(row) for row in rows[np.lexsort((rows, -scores[rows]))][:K]]


def faiss(folder: Path, matrix: Floats, users: Floats) -> Worker:
    """faiss's indexes of these vectors, which answer an index, a number of threads and the number of a user."""
    for name, array in (("matrix.npy", matrix), ("users.npy", users)):
        np.save(folder / name, array)
    script = Path(__file__).with_name("faiss_worker.py")
    return Worker([peer_python(), script, folder / "matrix.npy", folder / "users.npy", str(K)])


def asked(peer: Worker, name: str, threads: int, number: int) -> Answer:
    answer = peer.ask(name, threads, number)
    return answer["seconds"], answer["rows"]


def timed(call: Callable[[], Any]) -> Answer:
    started = time.perf_counter()
    rows = call()
    return time.perf_counter() - started, [int(row) for row in rows]


def read_once(words: npt.NDArray[np.uint64]) -> list[int]:
    """Sum the numbers, which costs nothing beside fetching them."""
    return [int(words.sum() & 1)]


def measure(options: argparse.Namespace, folder: Path) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Milliseconds of each way, and how the index did beside time."""
    random = np.random.default_rng(options.seed)
    matrix = catalogue(options.matrix, options.items, options.dim, random)
    users = people(matrix, options.rounds + 1, random)
    seen = random.integers(0, options.items, (options.rounds + 1, SEEN))
    started = time.perf_counter()
    index = ItemIndex(matrix)
    built = time.perf_counter() - started
    words = np.zeros(options.items * options.dim // 8, np.uint64)
    words += 1  # its pages are its own only once written
    rows_of, person_of = torch.from_numpy(matrix), torch.from_numpy(users)
    peers = None if options.no_faiss else faiss(folder, matrix, users)

    def ways(threads: int, number: int) -> dict[str, Callable[[], Answer]]:
        user, person = users[number], person_of[number]
        found: dict[str, Callable[[], Answer]] = {
            "palate": lambda: timed(lambda: index.top_k(user, K)[0]),
            f"palate, {SEEN} seen": lambda: timed(lambda: index.top_k(user, K, seen[number])[0]),
            "torch mv + topk": lambda: timed(lambda: torch.topk(torch.mv(rows_of, person), K).indices),
        }
        if threads == 1:
            found["read the 8-bit matrix once"] = lambda: timed(lambda: read_once(words))
        if peers is not None:
            for name in ("flat", "fp16", "sq8"):
                found[f"faiss {name}"] = lambda name=name: asked(peers, name, threads, number)  # type: ignore[misc]
        return found

    milliseconds: dict[str, dict[str, Any]] = {}
    same: dict[str, list[float]] = {}
    for threads in options.threads:
        torch.set_num_threads(threads)
        index.threads = threads
        times: dict[str, list[float]] = {}
        for number in range(options.rounds + 1):
            truth = exact(matrix, users[number], [])
            for name, call in ways(threads, number).items():
                time.sleep(0.01)  # the threads of the one before have gone to sleep
                call()  # and its own are awake, as under steady traffic
                seconds, rows = call()
                if name == "palate":
                    assert rows == truth, "the index is not exact"
                elif "seen" in name:
                    assert rows == exact(matrix, users[number], seen[number].tolist()), "the index is not exact"
                if number:  # the first round warms up
                    times.setdefault(name, []).append(seconds * 1000)
                    if not name.startswith("read"):
                        same.setdefault(name, []).append(len({*rows} & {*truth}) / K)
        for name, values in times.items():
            low, middle, high = np.percentile(values, (5, 50, 95))
            milliseconds[f"{name}, {threads} thread{'s' * (threads > 1)}"] = {
                "p5_ms": round(low, 3), "p50_ms": round(middle, 3), "p95_ms": round(high, 3)
            }  # fmt: skip
    if peers is not None:
        peers.close()
    facts: dict[str, Any] = {
        "compiled_kernel": index.compressed,
        "build_seconds": round(built, 2),
        "all_answers_exact": True,  # else the assertions above had stopped the run
        "share_of_exact_top10": {name: round(float(np.mean(values)), 4) for name, values in same.items()},
        "ratios": ratios(milliseconds, options.threads),
    }
    if peers is not None:
        facts["faiss"] = peers.versions
    return milliseconds, facts


def ratios(milliseconds: dict[str, dict[str, Any]], threads: list[int]) -> dict[str, float]:
    """How many times as long the others took, by medians at the same number of threads."""
    found = {}
    for count in threads:
        suffix = f", {count} thread{'s' * (count > 1)}"
        own = milliseconds[f"palate{suffix}"]["p50_ms"]
        flats = [row["p50_ms"] for name, row in milliseconds.items() if "faiss" in name and name.endswith(suffix)]
        found[f"torch mv + topk{suffix}"] = round(milliseconds[f"torch mv + topk{suffix}"]["p50_ms"] / own, 2)
        if flats:
            found[f"best faiss{suffix}"] = round(min(flats) / own, 2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--matrix", choices=("gaussian", "clustered"), default="gaussian")
    parser.add_argument("--rounds", type=int, default=51)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-faiss", action="store_true", help="leave out the peers' environment")
    parser.add_argument("--json", type=Path, default=RESULTS / "topk.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        milliseconds, facts = measure(options, Path(folder))
    print(json.dumps(milliseconds | facts, indent=1))
    write_result(
        options.json.stem,
        benchmark="topk",
        dataset=f"{options.items:,} {options.matrix} unit vectors of width {options.dim}",
        model="index",
        seed=options.seed,
        protocol=f"top {K} for one person; interleaved, {options.rounds} rounds",
        n=options.rounds,
        metrics=milliseconds,
        measured_with=versions("numba"),
        folder=options.json.parent,
        **facts,
    )


if __name__ == "__main__":
    main()
