"""Ranking metrics with standard errors, and the full-ranking protocol over the whole catalogue.

Each person has one target, so HR@k, Recall@k and hit rate are the same thing, called hr@k here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.data.sequences import Indexes

CUTOFFS = (1, 5, 10, 20)
MAX_BATCH = 256  # people scored at once
BATCH_BYTES = 256 * 2**20  # and what their scores may take; fewer people at once where the catalogue is large
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


def ndcg(ranks: npt.NDArray[np.int64], k: int = 10) -> npt.NDArray[np.float64]:
    """(n,) ranks from 1 → (n,) each person's NDCG@k: with one target, 1 / log2(rank + 1) down to rank k, then 0."""
    found = ranks.astype(np.float64)
    return np.where(found <= k, 1 / np.log2(found + 1), 0.0)


def ranks_to_metrics(ranks: npt.NDArray[np.int64]) -> dict[str, Estimate]:
    """(n,) ranks from 1 → hr@k, ndcg@k for each cutoff, and mrr."""
    found = ranks.astype(np.float64)
    metrics = {}
    for k in CUTOFFS:
        metrics[f"hr@{k}"] = estimate((found <= k).astype(np.float64))
        metrics[f"ndcg@{k}"] = estimate(ndcg(ranks, k))
    metrics["mrr"] = estimate(1 / found)
    return metrics


def target_ranks(
    scores: npt.NDArray[np.float32], histories: Sequence[Indexes], targets: Indexes, include_past: bool = False
) -> npt.NDArray[np.int64]:
    """(B,) rank of each target among all items, counted from 1; ties count against the target.

    Args:
        scores: (B, n_items).
        include_past: leave the person's past items in the ranking. By default they are taken out, as in the
            published tables that filter viewed items. A target never repeats one of them (`timed_histories`).
    """
    ranks = np.empty(len(targets), dtype=np.int64)
    for row, target in enumerate(targets):  # one at a time: what is compared stays in the processor's cache
        behind = scores[row] < scores[row, target - 1]  # the rest is ahead: a score that is no number must never help
        if not include_past:
            behind[histories[row] - 1] = True
        behind[target - 1] = True
        ranks[row] = 1 + len(behind) - np.count_nonzero(behind)
    return ranks


def batches(scorer: Scorer, histories: Sequence[Indexes], batch: int | None = None) -> Iterator[slice]:
    """Which histories to score together, in order.

    Args:
        batch: how many; by default `MAX_BATCH`, or as many as keep the scores within `BATCH_BYTES`. One history is
            scored to see how large the catalogue is.
    """
    if batch is None and len(histories):
        batch = min(MAX_BATCH, max(1, BATCH_BYTES // max(1, scorer(histories[:1]).nbytes)))
    return (slice(start, start + (batch or 1)) for start in range(0, len(histories), batch or 1))


def full_ranks(
    scorer: Scorer,
    histories: Sequence[Indexes],
    targets: Indexes,
    include_past: bool = False,
    batch: int | None = None,
) -> npt.NDArray[np.int64]:
    """(n,) rank of each target among the whole catalogue, see `target_ranks`; `batch` as in `batches`."""
    ranks = [
        target_ranks(scorer(histories[part]), histories[part], targets[part], include_past)
        for part in batches(scorer, histories, batch)
    ]
    return np.concatenate(ranks) if ranks else np.zeros(0, dtype=np.int64)


def full_ranking(
    scorer: Scorer,
    histories: Sequence[Indexes],
    targets: Indexes,
    include_past: bool = False,
    batch: int | None = None,
) -> dict[str, Estimate]:
    """Rank the whole catalogue for every history and measure where the target comes."""
    return ranks_to_metrics(full_ranks(scorer, histories, targets, include_past, batch))
