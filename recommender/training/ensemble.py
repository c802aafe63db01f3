"""Several models as one teacher: a weighted sum of what each says, with weights that make the next item most likely.

The weights are those of a multinomial logistic regression on validation targets (stacking), one set for each group of
history lengths, so that the sum is at once a ranking and a calibrated distribution: its softmax can be a soft label.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize

from recommender.arrays import Floats
from recommender.data.sequences import Indexes, Split
from recommender.models.base import SequentialModel
from recommender.models.neural import NeuralModel

_FLOOR = 1e-4  # what a counting model gives to an item it has never seen with the history
_FITTED_ON = 3_000  # people
_CELLS = 120_000_000  # at most so many features (people, members, items) at once: half a gigabyte
_LEAST = 30  # people that weights of their own take
_CHUNK = 256


def features(model: SequentialModel, scores: Floats) -> Floats:
    """(B, n_items) a model's scores on a scale of log-probabilities; past items may be among them."""
    if isinstance(model, NeuralModel):
        return scores
    positive = np.maximum(scores, 0.0)
    share: Floats = positive / np.maximum(positive.sum(axis=1, keepdims=True), 1e-9)
    logs: Floats = np.log(share + _FLOOR).astype(np.float32)
    return logs


@dataclass
class Ensemble:
    """Models over the same items.

    Attributes:
        weights: (groups, members).
        bounds: histories of fewer than bounds[g] items belong to group g or an earlier one; the last has no bound.
        names: of the members, as they were asked for: two may be variants of one model. By default the models' own.
    """

    members: list[SequentialModel]
    weights: npt.NDArray[np.float32]
    bounds: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    name = "ensemble"

    @property
    def items(self) -> tuple[str, ...]:
        return self.members[0].items

    def groups(self, lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Which weights histories of these lengths take."""
        return np.searchsorted(np.array(self.bounds), lengths, side="right")

    def combine(self, parts: Sequence[Floats], lengths: npt.NDArray[np.int64]) -> Floats:
        """(B, n_items) the members' features, added up with the weights of each row's group."""
        rows = self.weights[self.groups(lengths)]  # (B, members)
        total: Floats = np.zeros_like(parts[0])
        for member, part in enumerate(parts):
            total += rows[:, member, None] * part
        return total

    def scores(self, histories: Sequence[Indexes]) -> Floats:
        """(B, n_items) log-probabilities up to a constant a row."""
        parts = [features(model, model.scores(histories)) for model in self.members]
        return self.combine(parts, np.array([len(h) for h in histories]))

    def describe(self) -> dict[str, Any]:
        """Members and weights, as JSON."""
        return {
            "members": list(self.names or (member.name for member in self.members)),
            "bounds": list(self.bounds),
            "weights": np.round(self.weights, 4).tolist(),
        }


def stack(members: list[SequentialModel], split: Split, bounds: tuple[int, ...] = (), seed: int = 0) -> Ensemble:
    """Fit the weights on validation targets; nobody's past items compete with the target.

    A group of too few people has the weights of everybody; with too few in all, members count alike.

    Args:
        members: trained on `split.train`, on the same items.
        bounds: history lengths that separate the groups with weights of their own, ascending.
    """
    histories, targets = split.histories("valid")
    people = min(_FITTED_ON, max(_LEAST, _CELLS // max(1, split.n_items * len(members))))
    chosen = np.random.default_rng(seed).permutation(len(targets))[:people]
    histories, targets = [histories[i] for i in chosen], targets[chosen]
    shared = np.full(len(members), 1 / len(members), dtype=np.float32)
    if len(targets) >= _LEAST:
        shared = _fit_weights(members, histories, targets)
    ensemble = Ensemble(members, np.tile(shared, (len(bounds) + 1, 1)), bounds)
    groups = ensemble.groups(np.array([len(h) for h in histories]))
    for group in range(len(bounds) + 1):
        rows = np.flatnonzero(groups == group)
        if _LEAST <= len(rows) < len(targets):
            ensemble.weights[group] = _fit_weights(members, [histories[i] for i in rows], targets[rows])
    return ensemble


def _fit_weights(members: list[SequentialModel], histories: list[Indexes], targets: Indexes) -> Floats:
    """(members,) the weights, none below 0, under which the targets are most likely."""
    parts = []
    for at in range(0, len(histories), _CHUNK):
        chunk = histories[at : at + _CHUNK]
        stacked = torch.from_numpy(np.stack([features(model, model.scores(chunk)) for model in members]))
        goal = torch.from_numpy(targets[at : at + _CHUNK].astype(np.int64) - 1)
        past = torch.zeros(stacked.shape[1:], dtype=torch.bool)
        for row, history in enumerate(chunk):
            past[row, torch.from_numpy(history.astype(np.int64) - 1)] = True
        past[torch.arange(len(chunk)), goal] = False  # a target that was there before competes all the same
        parts.append((stacked, past, goal))

    def unlikeliness(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        given = torch.tensor(weights, dtype=torch.float32, requires_grad=True)
        total = 0.0
        for stacked, past, goal in parts:
            logits = torch.einsum("m,mbn->bn", given, stacked).masked_fill(past, -1e4)
            loss = torch.nn.functional.cross_entropy(logits, goal, reduction="sum") / len(targets)
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
        assert given.grad is not None
        return total, given.grad.numpy().astype(np.float64)

    # A member that would count against itself gets 0, and the others the weights that are best without it.
    start, bounds = np.full(len(members), 1 / len(members)), [(0.0, None)] * len(members)
    found = minimize(unlikeliness, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-7})
    fitted: Floats = found.x.astype(np.float32)
    return fitted
