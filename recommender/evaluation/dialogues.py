"""Recall in dialogues: given what was said so far, where does the item that was really recommended come?

Each gold item counts once: found in the top k of the whole catalogue without the items already mentioned, or not.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.arrays import Floats
from recommender.catalogue import Catalogue
from recommender.data.tables import ImportFileError
from recommender.evaluation.metrics import Estimate, estimate

CUTOFFS = (1, 5, 10, 20, 50)
Score = Callable[[Sequence[dict[str, str]], Sequence[str]], Floats]


@dataclass(frozen=True)
class DialogueScores:
    """What `evaluate dialogues` reports; `n` counts gold items, `turns` turns."""

    metrics: dict[str, Estimate]
    n: int
    turns: int
    seconds_per_turn: float
    skipped: int  # gold items that the catalogue does not have


def dialogue_recall(
    score: Score, catalogue: Catalogue, rows: Sequence[dict[str, Any]], on_row: Callable[[int], None] | None = None
) -> DialogueScores:
    """Rank the whole catalogue for each turn.

    Args:
        score: (context, mentioned ids) → (n_items,) scores.
        rows: `{"context": [{"role", "text"}], "gold": [ids], "mentioned": [ids]}`.

    Raises:
        ImportFileError: a row does not have that form; says which.
    """
    ranks: list[int] = []
    skipped = 0
    started = time.perf_counter()
    for number, row in enumerate(rows, start=1):
        try:
            context = [{"role": str(m["role"]), "text": str(m["text"])} for m in row["context"]]
            gold, mentioned = [str(i) for i in row["gold"]], [str(i) for i in row.get("mentioned", [])]
        except (KeyError, TypeError) as error:
            raise ImportFileError(f"row {number} is not of the form context, gold, mentioned ({error!r})") from error
        scores = score(context, mentioned).copy()
        gold_positions = [catalogue.position[i] for i in gold if i in catalogue]
        skipped += len(gold) - len(gold_positions)
        for item_id in mentioned:
            if item_id in catalogue and item_id not in gold:
                scores[catalogue.position[item_id]] = -np.inf
        # Ties, and scores that are no number, count against the gold item.
        ranks += [int((~(scores < scores[position])).sum()) for position in gold_positions]
        ranks += [len(catalogue) + 1] * (len(gold) - len(gold_positions))
        if on_row:
            on_row(number)
    seconds = (time.perf_counter() - started) / max(1, len(rows))
    found = np.array(ranks, dtype=np.float64)
    metrics = {f"recall@{k}": estimate((found <= k).astype(np.float64)) for k in CUTOFFS}
    return DialogueScores(metrics, len(ranks), len(rows), seconds, skipped)
