"""Soft labels: a teacher's most probable next items at every position of the training histories.

A teacher knows its own training positions too well: its labels there are nearly the true ones and teach nothing. So
teachers are cross-fitted: each person's labels come from models that were trained on other people.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from recommender.arrays import Floats
from recommender.data.sequences import Indexes, Split
from recommender.models.base import ModelError, SequentialModel
from recommender.models.neural import NeuralModel
from recommender.models.teaching import SoftLabels
from recommender.training.ensemble import Ensemble, features

LABELS = 30  # kept at each position, unless told otherwise: docs/decisions.md has the figures
_CHUNK = 256  # positions scored at once
OnDone = Callable[[int, int], None]


@dataclass(frozen=True)
class Fold:
    """Models, and the people they were not trained on."""

    members: list[SequentialModel]
    people: npt.NDArray[np.int64]


def folds(split: Split, n: int, seed: int = 0) -> list[npt.NDArray[np.int64]]:
    """The rows of `split` in n groups of people, at random; n = 1 is everybody (no cross-fitting).

    Raises:
        ModelError: there are fewer people than folds.
    """
    if n < 1:
        raise ModelError(f"A teacher needs at least one fold, not {n}.")
    if n > len(split.users):
        raise ModelError(f"{len(split.users)} people cannot be parted into {n} folds. Choose fewer folds.")
    return [np.sort(part) for part in np.array_split(np.random.default_rng(seed).permutation(len(split.users)), n)]


def without(split: Split, people: npt.NDArray[np.int64]) -> Split:
    """The split without these people."""
    kept = np.setdiff1d(np.arange(len(split.users)), people)
    return replace(
        split,
        users=tuple(split.users[i] for i in kept),
        train=[split.train[i] for i in kept],
        valid_target=split.valid_target[kept],
        test_target=split.test_target[kept],
        between=[split.between[i] for i in kept] if split.between else (),
        after=[split.after[i] for i in kept] if split.after else (),
    )


def soft_labels(
    ensemble: Ensemble,
    teachers: Sequence[Fold],
    histories: Sequence[Indexes],
    k: int = LABELS,
    temperature: float = 1.0,
    exclude_past: bool = True,
    on_done: OnDone | None = None,
) -> SoftLabels:
    """The top k of the teachers' distribution after every item of every history.

    Args:
        ensemble: whose weights combine the members of a fold.
        teachers: every person is in exactly one fold.
        histories: the training histories; the labels come in their order, end to end.
        temperature: above 1 flattens the distribution.
        exclude_past: what a person already had is no label; who had everything has none at that position.
    """
    lengths = np.array([len(h) for h in histories], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    n_items = len(ensemble.items)
    k = min(k, n_items)
    items = np.zeros((int(lengths.sum()), k), dtype=np.int32)
    probabilities = np.zeros((int(lengths.sum()), k), dtype=np.float16)
    done = 0
    for fold in teachers:
        people = [int(p) for p in fold.people if lengths[p] > 0]
        for rows, at, parts in _positions(fold.members, histories, people):
            # (b,) person and index of the position in the person's history
            logits = torch.from_numpy(ensemble.combine(parts, at + 1)) / temperature
            if exclude_past:
                for row, (person, position) in enumerate(zip(rows, at, strict=True)):
                    logits[row, torch.from_numpy(histories[person][: position + 1].astype(np.int64) - 1)] = -torch.inf
            top = logits.topk(k, dim=1)
            chosen = torch.softmax(top.values, dim=1).nan_to_num()  # no item left: a position without a label
            flat = starts[rows] + at
            items[flat] = torch.where(top.values > -torch.inf, top.indices + 1, 0).numpy()
            probabilities[flat] = chosen.numpy().astype(np.float16)
            done += len(rows)
            if on_done:
                on_done(done, len(items))
    return SoftLabels(items, probabilities)


def _positions(
    members: Sequence[SequentialModel], histories: Sequence[Indexes], people: list[int]
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[Floats]]]:
    """Chunks of positions: (b,) people, (b,) positions, and each member's (b, n_items) features there."""
    if not people:
        return
    mine = [histories[p] for p in people]
    rows = np.repeat(np.array(people), [len(h) for h in mine])
    at = np.concatenate([np.arange(len(h)) for h in mine])
    # Causal networks read a history once and answer at every position; others read every beginning of it.
    vectors = {i: m.position_vectors(mine) for i, m in enumerate(members) if isinstance(m, NeuralModel)}
    for start in range(0, len(rows), _CHUNK):
        part = slice(start, start + _CHUNK)
        scored = []
        for i, model in enumerate(members):
            if isinstance(model, NeuralModel):
                scored.append(vectors[i][part] @ model.item_matrix().T / model.shape.temperature)
            else:
                beginnings = [histories[p][: t + 1] for p, t in zip(rows[part], at[part], strict=True)]
                scored.append(features(model, model.scores(beginnings)))
        yield rows[part], at[part], scored


def fingerprint(*what: object) -> str:
    """A short name for what labels, or a model, were made from; an array counts by its content."""
    told = tuple(hashlib.sha256(one.tobytes()).hexdigest() if isinstance(one, np.ndarray) else one for one in what)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def save_labels(labels: SoftLabels, path: Path) -> None:
    """Keep labels on disk: making them is the expensive part of distillation."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    save_file({"items": labels.items, "probabilities": labels.probabilities}, new)
    new.replace(path)


def load_labels(path: Path) -> SoftLabels | None:
    """Labels kept before, or None where there are none that can be read."""
    try:
        kept = load_file(path)
        return SoftLabels(kept["items"], kept["probabilities"])
    except (OSError, SafetensorError, KeyError):
        return None
