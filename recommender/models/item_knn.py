"""Item-kNN: an item scores by how often it shares users with the items of the history, the newest counting most.

Sarwar et al., "Item-based collaborative filtering" (WWW 2001): cosine of the items' user vectors, kept for the
nearest neighbours only; here shrunk towards zero for rare items, and weighted by recency in the history.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recommender.data.sequences import Indexes, Split
from recommender.models.base import FitOptions, Floats, OnProgress, SequentialModel


class ItemKNN(SequentialModel):
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
        super().__init__(items)
        self.neighbours, self.shrinkage, self.decay = neighbours, shrinkage, decay
        self.similarity: sparse.csr_matrix = sparse.csr_matrix((len(self.items), len(self.items)), dtype=np.float32)

    def fit(self, split: Split, options: FitOptions, on_progress: OnProgress | None = None) -> dict[str, Any]:
        self.items = split.items
        histories = split.full() if options.final else split.train
        rows = np.repeat(np.arange(len(histories)), [len(h) for h in histories])
        columns = (np.concatenate(histories) if histories else np.zeros(0, dtype=np.int32)) - 1
        seen = sparse.csr_matrix(
            (np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(len(histories), split.n_items)
        )
        seen.data[:] = 1.0  # a repeated item counts once a user
        shared = (seen.T @ seen).tocsr()
        shared.setdiag(0)
        shared.eliminate_zeros()
        norms = np.sqrt(np.asarray(seen.sum(axis=0)).ravel())
        of_row = np.repeat(np.arange(split.n_items), np.diff(shared.indptr))
        shared.data /= norms[of_row] * norms[shared.indices] + self.shrinkage
        self.similarity = _keep_largest(shared, self.neighbours)
        return {"pairs": int(self.similarity.nnz)}

    def weights(self, histories: Sequence[Indexes]) -> sparse.csr_matrix:
        """(B, n_items) recency weights of the items in each history."""
        rows = np.repeat(np.arange(len(histories)), [len(h) for h in histories])
        columns = (np.concatenate(histories) if histories else np.zeros(0, dtype=np.int32)) - 1
        ages = np.concatenate([np.arange(len(h))[::-1] for h in histories]) if histories else np.zeros(0)
        values = (self.decay**ages).astype(np.float32)
        return sparse.csr_matrix((values, (rows, columns)), shape=(len(histories), self.n_items))

    def scores(self, histories: Sequence[Indexes]) -> Floats:
        return np.asarray((self.weights(histories) @ self.similarity).todense(), dtype=np.float32)

    def config(self) -> dict[str, Any]:
        return {"neighbours": self.neighbours, "shrinkage": self.shrinkage, "decay": self.decay}

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        matrix = self.similarity
        return {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}

    @classmethod
    def restore(cls, items: Sequence[str], config: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        model = cls(items, **config)
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        model.similarity = sparse.csr_matrix(parts, shape=(len(items), len(items)))
        return model


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
