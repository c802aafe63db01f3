"""One request to a neural model: from a history to the items it would have come next, those already in it left out.

The model's own `user_vector` is for batches; for one person, padding and gathering cost as much as the network. It
knows nothing of item ids, constraints or explanations.
"""

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from recommender.arrays import Floats
from recommender.data.sequences import Indexes
from recommender.models.neural import NeuralModel
from recommender.serving.index import ItemIndex, Rows


class NextItems:
    """A trained model and an index over its items. Requests may come from several threads.

    Args:
        model: trained or loaded; its weights are not to be changed afterwards.
        threads: of one look-up in the index. The network runs with as many as PyTorch has been given.
    """

    def __init__(self, model: NeuralModel, threads: int = 1) -> None:
        self.network, self._length = model.network.eval(), model.shape.max_length
        self.index = ItemIndex(model.item_matrix(), threads=threads)
        with torch.inference_mode():
            self._empty: Floats = F.normalize(self.network.start, dim=0).cpu().numpy()

    def user_vector(self, history: Indexes) -> Floats:
        """(d,) of unit length, as the model's `user_vector` gives it.

        Args:
            history: item indexes (1 is the first item), oldest first.

        Raises:
            ValueError: an index names no item.
        """
        newest = np.asarray(history[-self._length :], dtype=np.int64)
        if not len(newest):
            return self._empty
        if newest.min() < 1 or newest.max() > len(self.index):
            raise ValueError(f"A history holds item indexes from 1 to {len(self.index)}.")
        with torch.inference_mode():
            vectors = self.network.items(torch.from_numpy(newest).to(self.network.device))
            state = self.network.encode(vectors[None])[-1]
            vector: Floats = self.network.head(state[:, -1])[0].cpu().numpy()
        return vector

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
