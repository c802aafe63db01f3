"""How well one model ranks one data set: trained with one seed, measured on the leave-one-out test targets.

python -m benchmarks.quality --dataset amazon-beauty --model sasrec --seed 0
python -m benchmarks.quality --dataset amazon-beauty --model sasrec,sasrec-ids,ease
python -m benchmarks.quality --dataset amazon-beauty --model rectools-sasrec-ss --seed 0

Models of ours separated by commas are an ensemble, with weights fitted on the validation targets. A model of another
library runs in an environment of its own, made on first use under benchmarks/peers (or the one that PALATE_PEERS_ENV
names). It gets the split without the test targets and gives back lists, which are measured here by the same code as
our models.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.common import CACHE, LEAVE_ONE_OUT, RESULTS, load_dataset, text_vectors, versions, write_result
from recommender.data.sequences import Indexes, Split
from recommender.evaluation.metrics import Estimate, full_ranking, ranks_to_metrics
from recommender.evaluation.protocols import frozen_negatives, sampled_ranking
from recommender.models.base import ModelError, SequentialModel
from recommender.training.ensemble import stack
from recommender.training.job import split_mark
from recommender.training.recipes import NAMES, changed, fit_options, new_model, reads_text, shaped
from recommender.training.settings import RunSettings, read_settings

PEERS = Path(__file__).resolve().parent / "peers"
# One thread. A step of sampled softmax here allocates hundreds of megabytes: glibc is told to keep them rather than
# give them back to the system every time, which made the loss about 1.6 times as fast on one core.
PEER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "100000000000",
    "MALLOC_TOP_PAD_": "200000000",
}


@dataclass(frozen=True)
class Peer:
    """A model of another library: its script, and the arguments that make it this model."""

    script: str
    arguments: tuple[str, ...]


PEER_MODELS = {
    "rectools-sasrec-softmax": Peer("rectools_sasrec.py", ("--layers", "sasrec", "--loss", "softmax")),
    "rectools-sasrec-ss": Peer("rectools_sasrec.py", ("--layers", "sasrec", "--loss", "sampled_softmax")),
    "rectools-ligr-ss": Peer("rectools_sasrec.py", ("--layers", "ligr", "--loss", "sampled_softmax")),
}


def export_split(split: Split, path: Path) -> None:
    """Write what a peer may see as .npz: the training histories end to end, and the validation targets (0 is none)."""
    np.savez_compressed(
        path,
        items=np.concatenate([*split.train, np.zeros(0, dtype=np.int32)]),
        offsets=np.cumsum([0, *map(len, split.train)]),
        valid_target=split.valid_target,
        n_items=split.n_items,
    )


def list_metrics(lists: npt.NDArray[np.int32], targets: Indexes) -> dict[str, Estimate]:
    """The metrics of ranked lists, as `full_ranking` gives them for scores without ties.

    A target that is not in its list counts as never found, so there is no mrr, and no figure beyond the lists' length.

    Args:
        lists: (n, k) item indexes, best first; 0 where a list is shorter.
        targets: (n,).
    """
    hits = lists == targets[:, None]
    ranks = np.where(hits.any(axis=1), hits.argmax(axis=1) + 1, np.iinfo(np.int64).max).astype(np.int64)
    length = lists.shape[1]
    return {
        name: value
        for name, value in ranks_to_metrics(ranks).items()
        if "@" in name and int(name.split("@")[1]) <= length
    }


def peer_python(library: str = "rectools") -> Path:
    """The interpreter of a library's environment, which is made when it is missing."""
    given = os.environ.get("PALATE_PEERS_ENV") if library == "rectools" else None
    folder = Path(given) if given else PEERS / f".venv-{library}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"Making the environment of {library} in {folder}: a few minutes", flush=True)
        venv.create(folder, with_pip=True)
        needs = PEERS / f"requirements-{library}.txt"
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", needs], check=True)  # noqa: S603
    return python


def run_peer(name: str, dataset: str, split: Split, seed: int, extra: list[str]) -> tuple[dict[str, Estimate], Any]:
    """Train the peer and measure its lists; also what it reports of its training."""
    peer = PEER_MODELS[name]
    with tempfile.TemporaryDirectory() as folder:
        exported, out = Path(folder) / "split.npz", Path(folder) / "lists.npz"
        export_split(split, exported)
        line: list[str | Path] = [
            peer_python(),
            PEERS / peer.script,
            exported,
            out,
            "--dataset",
            dataset,
            *peer.arguments,
        ]
        line += ["--seed", str(seed), *extra]
        subprocess.run(line, check=True, env=os.environ | PEER_ENVIRONMENT)  # noqa: S603
        with np.load(out) as kept:
            lists = kept["lists"]
        report = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    report["measured_with"] = versions() | report.pop("versions")
    rows = np.flatnonzero(split.test_target)
    return list_metrics(lists[rows], split.test_target[rows]), report


@dataclass(frozen=True)
class OurRun:
    """What models of this project are trained on, and what is changed of their recipes; `epochs` 0 is the recipe's."""

    dataset: str
    texts: list[str]
    split: Split
    settings: RunSettings
    seed: int = 0
    epochs: int = 0

    def train(self, name: str) -> tuple[SequentialModel, dict[str, Any]]:
        """The trained model of this name, and how its training went."""
        text = text_vectors(self.dataset, self.texts) if reads_text(name) else None
        model = shaped(new_model(name, self.split, text), self.settings.shape)
        options = replace(changed(fit_options(name, self.split), self.settings.training), seed=self.seed)
        started, cpu = time.perf_counter(), time.process_time()
        report = model.fit(self.split, replace(options, epochs=self.epochs or options.epochs), _progress)
        wall, cpu = time.perf_counter() - started, time.process_time() - cpu
        return model, {"seconds": round(wall, 1), "cpu_seconds": round(cpu, 1), "report": report}

    def one(self, name: str) -> tuple[dict[str, Estimate], Any]:
        """One model's metrics, and what else there is to tell."""
        model, training = self.train(name)
        histories, targets = self.split.histories("test")
        metrics = full_ranking(model.scores, histories, targets)
        path = CACHE / "negatives" / f"{split_mark(self.split)}.npy"
        negatives = frozen_negatives(path, histories, targets, self.split.n_items)
        sampled = sampled_ranking(model.scores, histories, targets, negatives)
        alone = []
        for history in histories[:100]:
            began = time.perf_counter()
            model.scores([history])
            alone.append(time.perf_counter() - began)
        return metrics, {
            "parameters": training["report"].pop("parameters", None),
            "training": training,
            "settings": model.config(),
            "one_person_ms": round(1000 * float(np.median(alone)), 3),
            "metrics_1_plus_999": {key: value.as_json() for key, value in sampled.items()},
        }

    def together(self, names: Sequence[str]) -> tuple[dict[str, Estimate], Any]:
        """An ensemble's metrics, what each member reaches alone, and their weights."""
        histories, targets = self.split.histories("test")
        members, trained = [], []
        for name in names:
            model, training = self.train(name)
            alone = full_ranking(model.scores, histories, targets)["ndcg@10"]
            print(f"{name} NDCG@10 {alone.mean:.4f}", file=sys.stderr, flush=True)
            members.append(model)
            trained.append({"model": name, "ndcg@10": alone.as_json(), **training})
        ensemble = replace(stack(members, self.split), names=tuple(names))
        seconds = {key: round(sum(member[key] for member in trained), 1) for key in ("seconds", "cpu_seconds")}
        metrics = full_ranking(ensemble.scores, histories, targets)
        return metrics, {"training": {**seconds, "members": trained}, "settings": ensemble.describe()}


def result_name(dataset: str, model: str, seed: int, settings: Sequence[str] = (), epochs: int | None = None) -> str:
    """The name of a result file: what was changed of the recipe is part of it, so that no run overwrites another's."""
    parts = [f"quality_{dataset}_{model}", *settings, *([f"{epochs}-epochs"] if epochs else []), f"s{seed}"]
    return re.sub(r"[^\w.=+-]+", "-", "_".join(parts))


def _progress(done: int, total: int, note: str) -> None:
    if done % max(1, total // 100) == 0:
        print(f"{done}/{total} {note}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, help="a folder of the data directory")
    parser.add_argument("--model", required=True, metavar="MODEL[,MODEL...]",
                        help=f"of ours: {', '.join(NAMES)}; a peer: {', '.join(PEER_MODELS)}")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder for the JSON")
    parser.add_argument("--set", action="extend", nargs="+", default=[], metavar="KEY=VALUE",
                        help="settings of our model and its training, as in `app.py train`")  # fmt: skip
    parser.add_argument("--epochs", type=int, default=0, help="at most so many; without it, the recipe's")
    # What is left goes to the peer's script: --budget SECONDS, --every N, --factors N ...
    options, extra = parser.parse_known_args()
    names = options.model.split(",")
    known = NAMES if names[1:] else (*NAMES, *PEER_MODELS)
    if unknown := [name for name in names if name not in known]:
        parser.error(f"there is no model '{unknown[0]}' here; there are {', '.join(known)}")
    if options.model in PEER_MODELS:
        if options.set:
            parser.error("--set is for our models")
        split, _ = load_dataset(options.dataset)
        extra += ["--epochs", str(options.epochs)] if options.epochs else []
        metrics, report = run_peer(options.model, options.dataset, split, options.seed, extra)
    elif extra:
        parser.error(f"only a peer takes further options: {' '.join(extra)}")
    else:
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        try:
            settings = read_settings(options.set, names[0])
        except ModelError as error:
            parser.error(str(error))
        split, texts = load_dataset(options.dataset)
        run = OurRun(options.dataset, texts, split, settings, options.seed, options.epochs)
        metrics, report = run.together(names) if names[1:] else run.one(names[0])
    path = write_result(
        result_name(options.dataset, options.model, options.seed, options.set, options.epochs),
        benchmark="quality",
        dataset=options.dataset,
        model=options.model,
        seed=options.seed,
        protocol=LEAVE_ONE_OUT,
        n=int(np.count_nonzero(split.test_target)),
        metrics=metrics,
        folder=options.results,
        changed=options.set or None,
        **report,
    )
    print(f"NDCG@10 {metrics['ndcg@10'].mean:.4f} ± {metrics['ndcg@10'].se:.4f}: {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
