"""EASE: every item's weight on every other, in closed form; the score of an item sums the weights of the history.

Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW 2019): the ridge regression of each item on all the
others, from who touched what, without an item explaining itself. Order is not learnt.

Departures from the paper: the history is weighted by recency when scoring, and each item keeps only its largest
weights, so that the model can be saved (all weights of 12,000 items are 576 MB).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from recommender.arrays import Floats
from recommender.data.sequences import Split
from recommender.models.base import FitOptions, ModelError, OnProgress
from recommender.models.item_weights import ItemWeights, touched

_BLOCK = 512  # columns worked on at once, so that no second square matrix is needed


class EASE(ItemWeights):
    """Linear item-item weights with a zero diagonal.

    Args:
        regularisation: lambda of the ridge regression; the larger, the less rare pairs count.
        neighbours: how many weights each item keeps, the largest in size, negative ones too. Validation NDCG@10 with
            50, 200 and 1,000 on Beauty: .0604, .0606, .0608 (6,000 people); with 50, 200 and all on MovieLens small:
            .0638, .0638, .0666 (608 people, standard error about .007).
        decay: weight of an item is `decay ** (its distance from the newest)`. The paper's is 1; with .7 the same
            figures at 200 neighbours rise from .0523 to .0606 and from .0403 to .0638.
    """

    name: ClassVar[str] = "ease"
    paper: ClassVar[str] = "Steck, WWW 2019"

    def __init__(
        self,
        items: Sequence[str] = (),
        *,
        regularisation: float = 200.0,
        neighbours: int = 200,
        decay: float = 0.7,
    ) -> None:
        super().__init__(items, decay=decay)
        self.regularisation, self.neighbours = regularisation, neighbours

    def fit(self, split: Split, options: FitOptions, on_progress: OnProgress | None = None) -> dict[str, Any]:
        """See `SequentialModel.fit`. Time grows with n_items³, memory with n_items².

        Raises:
            ModelError: the catalogue is too large for this machine's memory; says how much it would take.
        """
        check_memory(split.n_items)
        self.items = split.items
        histories = split.full() if options.final else split.train
        try:
            inverse = _inverse_gram(touched(histories, split.n_items), self.regularisation)
        except MemoryError as error:
            raise ModelError(_too_large(split.n_items)) from error
        self.item_weights = _largest_weights(inverse, self.neighbours)
        return {"weights": int(self.item_weights.nnz)}

    def config(self) -> dict[str, Any]:
        return {"regularisation": self.regularisation, "neighbours": self.neighbours, "decay": self.decay}


def check_memory(n_items: int) -> None:
    """Refuse a catalogue whose square matrix, and as much again twice for what works beside it, does not fit.

    Raises:
        ModelError: less memory is free than n_items² · 4 · 3 bytes.
    """
    free = _free_bytes()
    if free is not None and _needed_bytes(n_items) > free:
        raise ModelError(_too_large(n_items, free))


def _needed_bytes(n_items: int) -> int:
    return n_items * n_items * 4 * 3


def _too_large(n_items: int, free: int | None = None) -> str:
    there = "" if free is None else f", and {free / 1e9:.1f} GB are free"
    return (
        f"EASE on {n_items:,} items takes about {_needed_bytes(n_items) / 1e9:.1f} GB of memory{there}. Use item-knn, "
        "which keeps to the pairs that occur, or a machine with more memory."
    )


def _free_bytes() -> int | None:
    """Memory that can be taken without swapping; None where the system does not say (only Linux does)."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def _inverse_gram(seen: sparse.csr_matrix, regularisation: float) -> Floats:
    """(n, n) inverse of seenᵀ seen + regularisation · I, in Fortran's order; only the upper triangle is meant.

    Factored and inverted in place: besides the result there are only blocks of columns.

    Raises:
        ModelError: the matrix cannot be inverted, which takes a regularisation of 0 or less.
    """
    n = seen.shape[1]
    gram = np.zeros((n, n), dtype=np.float32, order="F")
    transposed, by_column = seen.T.tocsr(), seen.tocsc()
    for start in range(0, n, _BLOCK):
        gram[:, start : start + _BLOCK] = (transposed @ by_column[:, start : start + _BLOCK]).toarray()
    gram[np.diag_indices(n)] += regularisation
    factor, failed = lapack.spotrf(gram, overwrite_a=True)
    if not failed:
        gram, failed = lapack.spotri(factor, overwrite_c=True)
    if failed:
        raise ModelError(f"EASE cannot invert its matrix at regularisation {regularisation}. Try a larger one.")
    return gram


def _largest_weights(inverse: Floats, neighbours: int) -> sparse.csr_matrix:
    """Weights -P[i, j] / P[j, j] of the inverse P, with row i the item in the history; the largest in size of a row."""
    n = len(inverse)
    diagonal = np.diagonal(inverse).copy()
    kept = max(0, min(neighbours, n - 1))
    columns = np.empty((n, kept), dtype=np.int32)
    values = np.empty((n, kept), dtype=np.float32)
    for start in range(0, n, _BLOCK):
        stop = min(start + _BLOCK, n)
        # Rows start..stop of a symmetric matrix of which there is only the upper triangle.
        block = np.empty((stop - start, n), dtype=np.float32)
        block[:, :start] = inverse[:start, start:stop].T
        block[:, stop:] = inverse[start:stop, stop:]
        corner = np.triu(inverse[start:stop, start:stop])
        block[:, start:stop] = corner + np.triu(corner, 1).T
        block /= -diagonal
        block[np.arange(stop - start), np.arange(start, stop)] = 0.0
        if kept:
            columns[start:stop] = np.sort(np.argpartition(np.abs(block), n - kept, axis=1)[:, n - kept :], axis=1)
            values[start:stop] = np.take_along_axis(block, columns[start:stop].astype(np.int64), axis=1)
    matrix = sparse.csr_matrix((values.ravel(), columns.ravel(), np.arange(n + 1) * kept), shape=(n, n))
    matrix.eliminate_zeros()
    return matrix
