"""Item-kNN: an item scores by how often it shares users with the items of the history, the newest counting most.

Sarwar et al., "Item-based collaborative filtering" (WWW 2001): cosine of the items' user vectors, kept for the
nearest neighbours only; here shrunk towards zero for rare items, and weighted by recency in the history.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from recommender.data.sequences import Split
from recommender.models.base import FitOptions, OnProgress
from recommender.models.item_weights import ItemWeights, touched


class ItemKNN(ItemWeights):
    """Item-item neighbours.

    Args:
        neighbours: how many nearest items each item keeps.
        shrinkage: added to the denominator; the larger, the less a few shared users count.
        decay: weight of an item is `decay ** (its distance from the newest)`.
    """

    name: ClassVar[str] = "item-knn"
    paper: ClassVar[str] = "Sarwar et al., WWW 2001"

    def __init__(
        self, items: Sequence[str] = (), *, neighbours: int = 200, shrinkage: float = 10.0, decay: float = 0.8
    ) -> None:
        super().__init__(items, decay=decay)
        self.neighbours, self.shrinkage = neighbours, shrinkage

    def fit(self, split: Split, options: FitOptions, on_progress: OnProgress | None = None) -> dict[str, Any]:
        self.items = split.items
        histories = split.full() if options.final else split.train
        seen = touched(histories, split.n_items)
        shared = (seen.T @ seen).tocsr()
        shared.setdiag(0)
        shared.eliminate_zeros()
        norms = np.sqrt(np.asarray(seen.sum(axis=0)).ravel())
        of_row = np.repeat(np.arange(split.n_items), np.diff(shared.indptr))
        shared.data /= norms[of_row] * norms[shared.indices] + self.shrinkage
        self.item_weights = _keep_largest(shared, self.neighbours)
        return {"pairs": int(self.item_weights.nnz)}

    def config(self) -> dict[str, Any]:
        return {"neighbours": self.neighbours, "shrinkage": self.shrinkage, "decay": self.decay}


def _keep_largest(matrix: sparse.csr_matrix, k: int) -> sparse.csr_matrix:
    """Only the k largest entries of each row."""
    keep = np.ones(matrix.nnz, dtype=bool)
    for row in np.flatnonzero(np.diff(matrix.indptr) > k):
        start, end = matrix.indptr[row], matrix.indptr[row + 1]
        smallest = np.argpartition(matrix.data[start:end], end - start - k)[: end - start - k]
        keep[start + smallest] = False
    kept = sparse.csr_matrix((matrix.data * keep, matrix.indices, matrix.indptr), shape=matrix.shape)
    kept.eliminate_zeros()
    return kept
