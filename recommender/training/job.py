"""One training run: interactions from storage → split → models → figures → gate → the models that serve.

Only this package reads `storage.interactions`. What is served is trained on everything; what is measured is trained
without the held-out items.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from recommender.data.sequences import Split, histories_by_user, leave_one_out
from recommender.evaluation.metrics import Estimate, full_ranking
from recommender.models import MODELS, load_model
from recommender.models.base import FitOptions, Floats, ModelError, SequentialModel, read_meta
from recommender.models.item_knn import ItemKNN
from recommender.models.sasrec import SASRec, SASRecConfig
from storage.interactions import InteractionStore

STUDENT = "sasrec"
TOLERANCE = 0.01  # a new model may be this much worse, relatively, and still replace the old one
_FULL_SOFTMAX_ITEMS = 5_000  # up to here every item is scored in training; beyond, shared negatives
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Trained:
    """What came of one model."""

    name: str
    metrics: dict[str, Estimate]
    promoted: bool
    seconds: float
    message: str
    report: dict[str, Any] = field(default_factory=dict)


def load_split(interactions: InteractionStore, items: list[str], min_value: float = 3.5) -> Split:
    """The leave-one-out split of the stored interactions over these items.

    Raises:
        ModelError: there are no interactions on any of the items.
    """
    histories = histories_by_user(interactions.all(min_value), items)
    if not histories:
        raise ModelError(
            "There are no interactions on the catalogue's items. Import some: app.py import --items FILE --events FILE"
        )
    return leave_one_out(histories, items)


def split_mark(split: Split) -> str:
    """A short name for exactly this split: figures of different splits are never compared."""
    digest = hashlib.sha256("\n".join(split.items).encode())
    for history in split.train:
        digest.update(history.tobytes() + b"|")
    digest.update(split.valid_target.tobytes() + split.test_target.tobytes())
    return digest.hexdigest()[:16]


def new_model(name: str, split: Split, text: Floats | None) -> SequentialModel:
    """An untrained model with settings that suit the data: long histories are read further and trained less sharply."""
    if name not in MODELS:
        raise ModelError(f"There is no model '{name}'. Known: {', '.join(sorted(MODELS))}")
    if name != SASRec.name:
        return ItemKNN(decay=0.7, neighbours=100) if name == ItemKNN.name else MODELS[name]()
    long = float(np.median([len(h) for h in split.train])) >= 30
    negatives = 0 if split.n_items <= _FULL_SOFTMAX_ITEMS else 1024
    config = SASRecConfig(negatives=negatives, max_length=100 if long else 50, temperature=0.15 if long else 0.07)
    return SASRec(config=config, text=text)


def train(
    name: str,
    split: Split,
    text: Floats | None,
    folder: Path,
    options: FitOptions | None = None,
    on_progress: Progress | None = None,
    force: bool = False,
) -> Trained:
    """Train, measure on the test targets, and put the model into `folder` if it passes the gate.

    Args:
        text: (n_items, d) text vectors in catalogue order, or None.
        folder: where the served model lives; `folder/measured` keeps the one the figures belong to.
        force: replace the incumbent whatever the figures say.
    """
    started = time.perf_counter()
    options = options or FitOptions()
    measured = new_model(name, split, text)
    report = measured.fit(split, options, on_progress)
    histories, targets = split.histories("test")
    metrics = full_ranking(measured.scores, histories, targets)
    mark = split_mark(split)
    promoted, message = _gate(folder, metrics, mark, split)
    if promoted or force:
        final = new_model(name, split, text)
        epochs = int(report.get("epochs", options.epochs))
        final.fit(split, replace(options, epochs=epochs, final=True), on_progress)
        figures = {"split": mark, "ndcg@10": metrics["ndcg@10"].mean, **{k: v for k, v in report.items() if k != "log"}}
        measured.save(folder / "measured", figures)
        final.save(folder, figures)
    return Trained(name, metrics, promoted or force, time.perf_counter() - started, message, report)


def measured_model(name: str, split: Split, folder: Path) -> SequentialModel | None:
    """The model that was measured on exactly this split, if there is one."""
    try:
        if read_meta(folder / "measured")["report"].get("split") != split_mark(split):
            return None
        model = load_model(folder / "measured")
    except (ModelError, KeyError, TypeError, AttributeError):  # no model, or a damaged model.json
        return None
    return model if model.name == name else None


def _gate(folder: Path, metrics: dict[str, Estimate], mark: str, split: Split) -> tuple[bool, str]:
    """Compare with the incumbent on this split's test targets; without one, promote."""
    try:
        load_model(folder)  # one that cannot be read protects nothing
        report = read_meta(folder)["report"]
        if report.get("split") == mark:
            old = float(report["ndcg@10"])
        else:
            # The incumbent was measured on other data: let it rank these targets. It may have seen them in
            # training, which only makes it harder to replace.
            incumbent = load_model(folder / "measured")
            if incumbent.items != split.items:
                return True, "promoted: the catalogue has changed since the old model was trained"
            histories, targets = split.histories("test")
            old = full_ranking(incumbent.scores, histories, targets)["ndcg@10"].mean
    except (ModelError, KeyError, TypeError, AttributeError, ValueError):
        return True, "promoted: there was no model before"
    new = metrics["ndcg@10"].mean
    if new >= old * (1 - TOLERANCE):
        return True, f"promoted: NDCG@10 {new:.4f} against {old:.4f}"
    return False, f"kept the old model: NDCG@10 {new:.4f} is below {old:.4f} by more than {TOLERANCE:.0%}"
