"""Ranking metrics with standard errors, and the full-ranking protocol over the whole catalogue.

Each person has one target, so HR@k, Recall@k and hit rate are the same thing, called hr@k here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.data.sequences import Indexes

CUTOFFS = (1, 5, 10, 20)
Scorer = Callable[[Sequence[Indexes]], npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over people and its standard error."""

    mean: float
    se: float

    def as_json(self) -> dict[str, float]:
        return {"mean": round(self.mean, 6), "se": round(self.se, 6)}


def estimate(values: npt.NDArray[np.float64]) -> Estimate:
    """Mean and standard error of the mean; (0, 0) of nothing."""
    if len(values) == 0:
        return Estimate(0.0, 0.0)
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return Estimate(float(values.mean()), spread / float(np.sqrt(len(values))))


def ranks_to_metrics(ranks: npt.NDArray[np.int64]) -> dict[str, Estimate]:
    """(n,) ranks from 1 → hr@k, ndcg@k for each cutoff, and mrr."""
    found = ranks.astype(np.float64)
    metrics = {}
    for k in CUTOFFS:
        metrics[f"hr@{k}"] = estimate((found <= k).astype(np.float64))
        metrics[f"ndcg@{k}"] = estimate(np.where(found <= k, 1 / np.log2(found + 1), 0.0))
    metrics["mrr"] = estimate(1 / found)
    return metrics


def target_ranks(
    scores: npt.NDArray[np.float32], histories: Sequence[Indexes], targets: Indexes, include_past: bool = False
) -> npt.NDArray[np.int64]:
    """(B,) rank of each target among all items, counted from 1; ties count against the target.

    Args:
        scores: (B, n_items).
        include_past: leave the person's past items in the ranking. By default they are taken out (except the
            target itself, should it repeat), as in the published tables that filter viewed items.
    """
    rows = np.arange(len(targets))
    ahead = ~(scores < scores[rows, targets - 1, None])  # not `>=`: a score that is no number must never help
    if not include_past:
        for row, history in enumerate(histories):
            ahead[row, history - 1] = False
    ahead[rows, targets - 1] = False
    ranks: npt.NDArray[np.int64] = 1 + ahead.sum(axis=1)
    return ranks


def full_ranking(
    scorer: Scorer, histories: Sequence[Indexes], targets: Indexes, include_past: bool = False, batch: int = 256
) -> dict[str, Estimate]:
    """Rank the whole catalogue for every history and measure where the target comes."""
    ranks = [
        target_ranks(
            scorer(histories[start : start + batch]),
            histories[start : start + batch],
            targets[start : start + batch],
            include_past,
        )
        for start in range(0, len(targets), batch)
    ]
    return ranks_to_metrics(np.concatenate(ranks) if ranks else np.zeros(0, dtype=np.int64))
