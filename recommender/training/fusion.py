"""Learns the weights of `recommender.serving.fusion` from dialogues: those that make what was recommended likely.

Softmax regression over the catalogue, or over a sample of it, with an L2 penalty; the groups of few and many named
items share what they can, as each has its own deviation from common weights. Whoever gives the features must see to it
that they do not hold the answer (counts without the turn's own dialogue).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from recommender.arrays import Floats
from recommender.serving.fusion import BOUNDS, Fusion, group_of

_COMMON_PENALTY, _OWN_PENALTY = 3.0, 10.0  # on the squares of common weights, and of a group's deviations
_STEPS = 50


@dataclass(frozen=True)
class Turn:
    """One turn to learn from or to measure.

    Attributes:
        features: (n_items, n_sources) of 16 or 32 bits, what each source says; 0 where it is silent.
        gold: positions of what was recommended. hidden: positions that do not compete.
        n_named: how many items were named before.
        stands_for: items of the catalogue that each item here other than the gold ones stands for.
    """

    features: npt.NDArray[np.floating[Any]]
    gold: tuple[int, ...]
    hidden: tuple[int, ...]
    n_named: int
    stands_for: float = 1.0


def sampled(turn: Turn, n: int, rng: np.random.Generator) -> Turn:
    """The turn with its gold items and `n` of the others that compete, drawn uniformly: for learning from."""
    apart = np.zeros(len(turn.features), dtype=bool)
    apart[[*turn.hidden, *turn.gold]] = True
    others = np.flatnonzero(~apart)
    drawn = rng.choice(others, size=min(n, len(others)), replace=False)
    rows = np.concatenate([np.array(turn.gold, dtype=np.int64), drawn])
    gold = tuple(range(len(turn.gold)))
    return Turn(turn.features[rows].astype(np.float32), gold, (), turn.n_named, len(others) / max(1, len(drawn)))


def fit_fusion(
    turns: Sequence[Turn], sources: Sequence[str], left_out: Sequence[str] = (), bounds: tuple[int, ...] = BOUNDS
) -> Fusion:
    """The weights under which the gold items are most likely.

    Args:
        left_out: sources that get weight 0 whatever they say, for ablations.

    Raises:
        ValueError: no turn has a gold item.
    """
    n_gold = sum(len(turn.gold) for turn in turns)
    if n_gold == 0:
        raise ValueError("there is nothing to learn from: no turn has a gold item")
    used = np.array([source not in left_out for source in sources], dtype=np.float32)
    groups, n = len(bounds) + 1, len(sources)
    group = [group_of(turn.n_named, bounds) for turn in turns]

    def unlikeliness(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        table = flat.reshape(groups + 1, n)  # common weights, then each group's deviation
        weights = ((table[0] + table[1:]) * used).astype(np.float32)
        loss, slope = 0.0, np.zeros((groups, n))
        for turn, g in zip(turns, group, strict=True):
            chances, surprise = _chances(turn, weights[g])
            loss += surprise
            chances *= len(turn.gold)
            chances[list(turn.gold)] -= 1
            slope[g] += chances @ turn.features
        slope *= used
        loss += _COMMON_PENALTY * float((table[0] ** 2).sum()) + _OWN_PENALTY * float((table[1:] ** 2).sum())
        by_table = np.concatenate(
            [slope.sum(axis=0, keepdims=True) + 2 * _COMMON_PENALTY * table[:1], slope + 2 * _OWN_PENALTY * table[1:]]
        )
        return loss / n_gold, by_table.ravel() / n_gold

    options = {"maxiter": _STEPS, "ftol": 1e-6}
    found = minimize(unlikeliness, np.zeros((groups + 1) * n), jac=True, method="L-BFGS-B", options=options)
    table = found.x.reshape(groups + 1, n)
    return Fusion(tuple(sources), ((table[0] + table[1:]) * used).astype(np.float32), bounds)


def gold_ranks(turns: Sequence[Turn], fusion: Fusion) -> npt.NDArray[np.int64]:
    """(n_gold,) place of each gold item in the whole catalogue, from 1; ties count against it."""
    ranks = []
    for turn in turns:
        scores = turn.features.astype(np.float32) @ fusion.weights[group_of(turn.n_named, fusion.bounds)]
        hidden = [position for position in turn.hidden if position not in turn.gold]
        scores[hidden] = -np.inf
        ranks += [int((~(scores < scores[position])).sum()) for position in turn.gold]
    return np.array(ranks, dtype=np.int64)


def _chances(turn: Turn, weights: Floats) -> tuple[Floats, float]:
    """(n_items,) the softmax, and the sum of -log of the gold items' chances."""
    logits: Floats = turn.features.astype(np.float32, copy=False) @ weights
    gold = list(turn.gold)
    before = logits[gold]
    logits += np.float32(np.log(turn.stands_for))
    logits[list(turn.hidden)] = -1e4
    logits[gold] = before  # a gold item stands for itself, and competes whatever was named before
    logits -= logits.max()
    chances: Floats = np.exp(logits)
    total = float(chances.sum())
    surprise = len(gold) * float(np.log(total)) - float(logits[gold].sum())
    return chances / total, surprise
