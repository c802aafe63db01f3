"""One request to a neural model: from a history to the items it would have come next, those already in it left out.

It knows nothing of item ids, constraints or explanations.
"""

import numpy as np
import numpy.typing as npt

from recommender.arrays import Floats
from recommender.data.sequences import Indexes
from recommender.models.neural import NeuralModel
from recommender.serving.index import ItemIndex, Rows
from recommender.serving.one_history import reader


class NextItems:
    """A trained model and an index over its items. Requests may come from several threads.

    Args:
        model: trained or loaded; its weights are not to be changed afterwards.
        threads: of one look-up in the index. The network runs with as many as NumPy and PyTorch have been given.
    """

    def __init__(self, model: NeuralModel, threads: int = 1) -> None:
        self._read = reader(model)
        self.index = ItemIndex(model.item_matrix(), threads=threads)

    def user_vector(self, history: Indexes) -> Floats:
        """(d,) of unit length, as the model's `user_vector` gives it.

        Args:
            history: item indexes (1 is the first item), oldest first.

        Raises:
            ValueError: an index names no item.
        """
        return self._read(history)

    def top_k(self, history: Indexes, k: int, exclude: npt.ArrayLike = ()) -> tuple[Rows, Floats]:
        """The k items that come next, and their cosines, best first; items of the history never come back.

        Args:
            history: as in `user_vector`.
            exclude: further item indexes that must not come back.

        Raises:
            ValueError: an index names no item, or k is negative.
        """
        vector = self.user_vector(history)
        seen = np.concatenate([np.asarray(history, dtype=np.int64), np.asarray(exclude, dtype=np.int64)])
        rows, scores = self.index.top_k(vector, k, seen - 1)
        return rows + 1, scores
