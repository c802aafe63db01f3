"""What the benchmarks share: the data sets, the machine, and the form of a result file.

Knows nothing about models. Data sets are folders with `items.jsonl.gz` and `sequences.txt.gz`, under PALATE_DATA_DIR or
`../shared/data`; none of them is part of this repository.
"""

import hashlib
import json
import os
import platform
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from app.settings import Settings
from recommender.arrays import Floats
from recommender.catalogue import Catalogue
from recommender.data.readers import read_events, read_items
from recommender.data.sequences import Split, histories_by_user, leave_one_out
from recommender.evaluation.metrics import Estimate, ndcg, ranks_to_metrics
from recommender.features.embedder import SentenceEmbedder

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
CACHE = ROOT / "benchmarks" / "cache"  # what can be made again; git leaves it out
_TEXT_CHARACTERS = 600
LEAVE_ONE_OUT = "leave-one-out, full ranking, past items excluded"
_PACKAGES = ("torch", "numpy", "scipy")


def data_dir() -> Path:
    """Where the data sets are."""
    return Settings().data_dir


def load_dataset(name: str) -> tuple[Split, list[str]]:
    """The leave-one-out split of a data set, and the text of each item in the order of `split.items`.

    Raises:
        ImportFileError: the folder or one of its two files is missing or damaged; says which.
    """
    folder = data_dir() / name
    catalogue = Catalogue(read_items(folder / "items.jsonl.gz").rows)
    events = read_events(folder / "sequences.txt.gz").rows
    ids = [item.id for item in catalogue.items]
    return leave_one_out(histories_by_user(events, ids), ids), [catalogue.describe(item) for item in catalogue.items]


def text_vectors(name: str, texts: list[str]) -> Floats:
    """(n_items, 384) MiniLM vectors of a data set's texts, kept under benchmarks/cache."""
    read = [text[:_TEXT_CHARACTERS] for text in texts]
    return kept(f"text_{name}", read, lambda: SentenceEmbedder().encode(read))


def kept(name: str, texts: Sequence[str], make: Callable[[], Floats]) -> Floats:
    """What `make` makes of texts, under benchmarks/cache by this name and the texts; made where it is not there."""
    mark = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]
    path = CACHE / f"{name}_{mark}.npy"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, make())
    found: Floats = np.load(path, allow_pickle=False)
    return found


class SeedRuns:
    """What came of training one way with several seeds, always measured on the same people."""

    def __init__(self) -> None:
        self._ndcgs: list[npt.NDArray[np.float64]] = []
        self._means: list[dict[str, float]] = []

    def add(self, ranks: npt.NDArray[np.int64]) -> float:
        """Take in the (n,) ranks of one more seed, counted from 1; returns its mean NDCG@10."""
        self._ndcgs.append(ndcg(ranks))
        self._means.append({name: value.mean for name, value in ranks_to_metrics(ranks).items()})
        return self._means[-1]["ndcg@10"]

    @property
    def ndcgs(self) -> npt.NDArray[np.float64]:
        """(seeds, n) each person's NDCG@10."""
        return np.array(self._ndcgs)

    def figures(self) -> dict[str, dict[str, float]]:
        """For each metric the mean over the seeds, and the standard deviation of a seed (n - 1); 0 for a single one."""
        values = {name: [means[name] for means in self._means] for name in self._means[0]}
        return {
            name: {"mean": float(np.mean(seeds)), "sd_of_seeds": float(np.std(seeds, ddof=1)) if seeds[1:] else 0.0}
            for name, seeds in values.items()
        }


def machine() -> dict[str, Any]:
    """What the figures were measured on; `cores` and `threads` are those this process may use, `gpu` if any."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": _processor(),
        "cores": usable,
        "threads": int(os.environ.get("OMP_NUM_THREADS") or usable or 1),
        "system": platform.platform(),
        **({"gpu": torch.cuda.get_device_name()} if torch.cuda.is_available() else {}),
    }


def versions(*packages: str) -> dict[str, str]:
    """Python's version and those of the usual packages and `packages`, as far as they are installed."""
    found = {"python": platform.python_version()}
    for package in (*_PACKAGES, *packages):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def command() -> str:
    """The command line of this process, as a stranger would type it in a clone."""
    main = sys.modules["__main__"].__spec__
    program = f"-m {main.name}" if main else Path(sys.argv[0]).name
    return f"python {program} {shlex.join(sys.argv[1:])}".strip()


def write_result(
    name: str,
    *,
    benchmark: str,
    dataset: str,
    model: str,
    metrics: Mapping[str, Estimate | Mapping[str, Any] | float],
    n: int,
    seed: int | None = None,
    protocol: str | None = None,
    parameters: Mapping[str, int] | None = None,
    training: Mapping[str, Any] | None = None,
    measured_with: Mapping[str, str] | None = None,
    folder: Path = RESULTS,
    **more: Any,
) -> Path:
    """Write `benchmarks/results/<name>.json` and return its path.

    Args:
        benchmark: quality, distillation, training, topk, request or cost.
        n: what the means in `metrics` are over.
        measured_with: versions, where the measured code ran in another environment; by default this process's own.
        more: further keys, for what only one benchmark knows.
    """
    figures = {
        "benchmark": benchmark,
        "dataset": dataset,
        "model": model,
        "seed": seed,
        "protocol": protocol,
        "n": n,
        "metrics": {key: value.as_json() if isinstance(value, Estimate) else value for key, value in metrics.items()},
        "parameters": parameters,
        "training": training,
        **more,
        "machine": machine(),
        "versions": measured_with or versions(),
        "date": time.strftime("%Y-%m-%d"),
        "command": command(),
    }
    path = folder / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({key: value for key, value in figures.items() if value is not None}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
