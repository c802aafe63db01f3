"""The contract every sequential model of the literature honours, and how models are kept on disk.

A model folder holds `model.json` (name, item ids, configuration, how it was trained, which file has the weights) and
the weights as safetensors, in a file named by its content. No pickles. Item index i (from 1; 0 is padding) is
`items[i - 1]`; score column i - 1.
"""

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from recommender.arrays import Floats
from recommender.data.sequences import Indexes, Split
from recommender.names import AUGMENTATIONS

OnProgress = Callable[[int, int, str], None]  # done, total, note
RESUMES = "goes on"  # in the note of a run that was interrupted: for people to read, once
_NO_MEMORY = re.compile(r"(can't|cannot|could not) allocate|bad.alloc|alloc_failed|(not enough|out of) memory", re.I)


class ModelError(Exception):
    """A model cannot be trained, saved or loaded; the text says what to do next."""


def out_of_memory(error: BaseException) -> bool:
    """Whether this says that memory is too small: PyTorch and the system have no exception of their own for it."""
    told = isinstance(error, RuntimeError | OSError) and _NO_MEMORY.search(str(error))
    return isinstance(error, MemoryError) or bool(told)


@dataclass(frozen=True)
class FitOptions:
    """How to train. Models that only count use none of it.

    Attributes:
        epochs: at most this many passes over the training histories; the learning rate falls over all of them.
        patience: stop when validation NDCG@10 has not risen for this many evaluations.
        batch_size: histories per step.
        learning_rate: peak of AdamW, after warm-up and before the cosine fall.
        weight_decay: of AdamW.
        warm_up: steps until the peak, at most one epoch.
        clip_norm: largest norm of the gradient.
        bf16: compute in bfloat16 where PyTorch's autocast deems it safe; weights stay float32.
        buckets: histories of like length share a batch.
        labels: "all" positions predict their next item, or the "last" one only, every beginning of a history being a
            window of its own (the papers' way: more reading for the same labels).
        augment: any of "crop", "mask", "reorder".
        seed: of everything random; the same seed gives the same weights on the same machine.
        final: train on everything for exactly `epochs`, validating nothing: for the model that is served.
        stop_epoch: end after this epoch with the learning rate of a run over `epochs`; 0 runs them all.
        warm_start: go on from the weights the model has instead of new ones.
        checkpoint: folder for resuming after an interruption; None keeps nothing.
        checkpoint_s: seconds between checkpoints (one is written after every epoch too).
        log_dir: folder for TensorBoard, or None.
        device: "cpu", "cuda" or "cuda:1"; empty: a GPU where PyTorch finds one. No part of what a run is known by.

    Raises:
        ValueError: a setting makes no sense; the text names it.
    """

    epochs: int = 60
    patience: int = 8
    batch_size: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    warm_up: int = 200
    clip_norm: float = 1.0
    bf16: bool = False
    buckets: bool = True
    labels: Literal["all", "last"] = "all"
    augment: tuple[str, ...] = ()
    seed: int = 0
    final: bool = False
    stop_epoch: int = 0
    warm_start: bool = False
    checkpoint: Path | None = None
    checkpoint_s: float = 60.0
    log_dir: Path | None = None
    device: str = field(default="", repr=False)  # what is cached by its settings was made on any device

    def __post_init__(self) -> None:
        for name in ("epochs", "patience", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in ("learning_rate", "clip_norm"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
        for name in ("weight_decay", "warm_up"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must not be negative, and is {getattr(self, name)}")
        if self.labels not in ("all", "last"):
            raise ValueError(f"labels knows 'all' and 'last', not '{self.labels}'")
        if unknown := set(self.augment) - set(AUGMENTATIONS):
            raise ValueError(f"augment knows {', '.join(AUGMENTATIONS)}, not {', '.join(sorted(unknown))}")
        if not re.fullmatch(r"|cpu|cuda(:\d+)?", self.device):
            raise ValueError(f"device knows 'cpu', 'cuda' and 'cuda:1' or another number, not '{self.device}'")
        if not 0 <= self.stop_epoch <= self.epochs:
            raise ValueError(f"stop_epoch must be between 0 and epochs ({self.epochs}), not {self.stop_epoch}")


class SequentialModel(ABC):
    """Ranks the whole catalogue for a history of item indexes, oldest first."""

    name: ClassVar[str]
    paper: ClassVar[str]

    def __init__(self, items: Sequence[str] = ()) -> None:
        self.items = tuple(items)

    @property
    def n_items(self) -> int:
        return len(self.items)

    @abstractmethod
    def fit(self, split: Split, options: FitOptions, on_progress: OnProgress | None = None) -> dict[str, Any]:
        """Train on `split.train`, using the validation targets only to stop early.

        Returns a JSON report (epochs, validation figures). Raises ModelError when there is nothing to learn from.
        """

    def scores(self, histories: Sequence[Indexes]) -> Floats:
        """(B, n_items) scores, higher is better. An empty history is allowed and ranks by what is known without one.

        Raises:
            ValueError: an index names no item.
        """
        indexes = np.concatenate(histories) if len(histories) else np.zeros(0, dtype=np.int32)
        if len(indexes) and (indexes.min() < 1 or indexes.max() > self.n_items):
            raise ValueError(f"A history holds item indexes from 1 to {self.n_items}.")
        return self._scores(histories)

    @abstractmethod
    def _scores(self, histories: Sequence[Indexes]) -> Floats:
        """What `scores` returns, of histories that name known items only."""

    def user_vector(self, histories: Sequence[Indexes]) -> Floats | None:
        """(B, d) with scores = user_vector @ item_matrix.T, or None where the model does not factor."""
        return None

    def item_matrix(self) -> Floats | None:
        """(n_items, d), or None where the model does not factor."""
        return None

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """What the constructor needs besides the items, as JSON."""

    @abstractmethod
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything learnt, by name."""

    @classmethod
    @abstractmethod
    def restore(cls, items: Sequence[str], config: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The inverse of `config` and `arrays`."""

    def save(self, folder: Path, report: Mapping[str, Any] | None = None) -> None:
        """Write the model folder so that a crash leaves the old model or the new one, never half of each."""
        folder.mkdir(parents=True, exist_ok=True)
        content = save({name: np.ascontiguousarray(array) for name, array in self.arrays().items()})
        weights = _weights_name(content)
        meta = {
            "name": self.name,
            "weights": weights,
            "config": self.config(),
            "items": list(self.items),
            "report": dict(report or {}),
        }
        # The old weights have another name and stay until model.json, in one step, names the new ones.
        for name, data in ((weights, content), ("model.json", json.dumps(meta, ensure_ascii=False).encode())):
            new = folder / f"{name}.new"
            new.write_bytes(data)
            new.replace(folder / name)
        for path in folder.glob("weights-*"):
            if path.name != weights:
                path.unlink()

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a model folder written by `save`.

        Raises:
            ModelError: the folder is missing, damaged, or of another kind of model.
        """
        try:
            meta = read_meta(folder)
            if meta["name"] != cls.name:
                raise ModelError(f"{folder} holds a {meta['name']} model, not {cls.name}.")
            content = (folder / meta["weights"]).read_bytes()
            if _weights_name(content) != meta["weights"]:
                raise ValueError("the weights are not those that were saved")
            return cls.restore(meta["items"], meta["config"], load(content))
        except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ModelError(f"The model in {folder} cannot be read ({error}). Train it again: app.py train") from error


def _weights_name(content: bytes) -> str:
    return f"weights-{hashlib.sha256(content).hexdigest()[:16]}.safetensors"


def read_meta(folder: Path) -> dict[str, Any]:
    """The JSON half of a model folder."""
    try:
        meta = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if not isinstance(meta, dict) or "name" not in meta:
            raise ValueError("model.json names no model")
        return meta
    except (OSError, ValueError) as error:
        raise ModelError(f"There is no readable model in {folder} ({error}). Train one: app.py train") from error


def pad(histories: Sequence[Indexes], max_length: int) -> npt.NDArray[np.int64]:
    """(B, L) the newest `max_length` items of each history, padded with 0 on the right; L ≥ 1."""
    length = max(1, min(max_length, max((len(h) for h in histories), default=1)))
    padded = np.zeros((len(histories), length), dtype=np.int64)
    for row, history in enumerate(histories):
        newest = history[-length:]
        padded[row, : len(newest)] = newest
    return padded
