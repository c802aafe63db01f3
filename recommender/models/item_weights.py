"""What the models share that learn one matrix of item-item weights: scoring by it, saving and loading.

A history scores every item with the sum of its own items' rows, the newest counting most. How the weights come about is
each model's own affair.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recommender.arrays import Floats
from recommender.data.sequences import Indexes
from recommender.models.base import SequentialModel


class ItemWeights(SequentialModel):
    """Item-item weights behind the contract of `SequentialModel`.

    Args:
        decay: weight of an item is `decay ** (its distance from the newest)`.

    Attributes:
        item_weights: (n_items, n_items); row i is what item i of a history says for each item.
    """

    def __init__(self, items: Sequence[str] = (), *, decay: float) -> None:
        super().__init__(items)
        self.decay = decay
        self.item_weights: sparse.csr_matrix = sparse.csr_matrix((len(self.items), len(self.items)), dtype=np.float32)

    def _scores(self, histories: Sequence[Indexes]) -> Floats:
        weights = _recency(histories, self.n_items, self.decay)
        return np.asarray((weights @ self.item_weights).todense(), dtype=np.float32)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        matrix = self.item_weights
        return {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}

    @classmethod
    def restore(cls, items: Sequence[str], config: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        model = cls(items, **config)
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        model.item_weights = sparse.csr_matrix(parts, shape=(len(items), len(items)))
        return model


def touched(histories: Sequence[Indexes], n_items: int) -> sparse.csr_matrix:
    """(B, n_items) 1 where an item is in a history, however often."""
    matrix = _recency(histories, n_items, 1.0)
    matrix.data[:] = 1.0
    return matrix


def _recency(histories: Sequence[Indexes], n_items: int, decay: float) -> sparse.csr_matrix:
    """(B, n_items) weights of the items in each history: 1 for the newest, `decay` times less each step back.

    An item that is there several times has the sum.
    """
    lengths = np.array([len(history) for history in histories], dtype=np.int64)
    columns = (np.concatenate(histories) if len(histories) else np.zeros(0, dtype=np.int32)) - 1
    rows = np.repeat(np.arange(len(histories)), lengths)
    ages = np.repeat(lengths.cumsum(), lengths) - 1 - np.arange(len(columns))
    return sparse.csr_matrix(((decay**ages).astype(np.float32), (rows, columns)), shape=(len(histories), n_items))
