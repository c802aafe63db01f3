"""The protocols other than full ranking: SLMRec's 1 positive and 999 negatives, with negatives frozen in a file."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recommender.data.sequences import Indexes
from recommender.evaluation.metrics import Estimate, Scorer, batches, ranks_to_metrics

N_NEGATIVES = 999


def frozen_negatives(
    path: Path, histories: Sequence[Indexes], targets: Indexes, n_items: int, seed: int = 0
) -> npt.NDArray[np.int32]:
    """(n_users, 999) indexes of unseen items, drawn once and then read from `path`.

    Redrawn negatives would make two runs incomparable. The file does not say whose they are: name it by the split's
    mark (`recommender.training.job.split_mark`), or another split of the same size reads it too. Users with fewer
    unseen items get them all, repeated; with none at all, zeros.
    """
    with suppress(OSError, ValueError, EOFError):  # missing or damaged: the same seed draws the same again
        kept = np.load(path, allow_pickle=False)
        if kept.shape == (len(targets), N_NEGATIVES) and int(kept.max(initial=0)) <= n_items:
            return np.asarray(kept, dtype=np.int32)
    random = np.random.default_rng(seed)
    negatives = np.zeros((len(targets), N_NEGATIVES), dtype=np.int32)
    for row, (history, target) in enumerate(zip(histories, targets, strict=True)):
        unseen = np.setdiff1d(np.arange(1, n_items + 1), np.append(history, target))
        if len(unseen) >= N_NEGATIVES:
            negatives[row] = random.choice(unseen, N_NEGATIVES, replace=False)
        elif len(unseen):
            negatives[row] = np.resize(unseen, N_NEGATIVES)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, negatives)
    return negatives


def sampled_ranking(
    scorer: Scorer,
    histories: Sequence[Indexes],
    targets: Indexes,
    negatives: npt.NDArray[np.int32],
    batch: int | None = None,
) -> dict[str, Estimate]:
    """Metrics of the target among its 999 frozen negatives (SLMRec, ICLR 2025). Ties count against the target."""
    ranks = np.zeros(len(targets), dtype=np.int64)
    for part in batches(scorer, histories, batch):
        scores = scorer(histories[part])
        rows = np.arange(len(scores))
        goal = scores[rows, targets[part] - 1]
        others = scores[rows[:, None], negatives[part] - 1]
        ahead = ~(others < goal[:, None])  # not `>=`: a score that is no number must never help
        ranks[part] = 1 + (ahead & (negatives[part] > 0)).sum(axis=1)
    return ranks_to_metrics(ranks)
