"""Most popular: the same ranking for everyone. The baseline that any personal model must beat."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from recommender.arrays import Floats
from recommender.data.sequences import Indexes, Split
from recommender.models.base import FitOptions, OnProgress, SequentialModel


class MostPopular(SequentialModel):
    """Scores an item by how many training interactions it has."""

    name: ClassVar[str] = "popular"
    paper: ClassVar[str] = "counting; no paper"

    def __init__(self, items: Sequence[str] = (), counts: Floats | None = None) -> None:
        super().__init__(items)
        self.counts: Floats = np.zeros(len(self.items), dtype=np.float32) if counts is None else counts

    def fit(self, split: Split, options: FitOptions, on_progress: OnProgress | None = None) -> dict[str, Any]:
        self.items = split.items
        histories = split.full() if options.final else split.train
        flat = np.concatenate(histories) if histories else np.zeros(0, dtype=np.int32)
        self.counts = np.bincount(flat, minlength=split.n_items + 1)[1:].astype(np.float32)
        return {"interactions": len(flat)}

    def _scores(self, histories: Sequence[Indexes]) -> Floats:
        return np.broadcast_to(self.counts, (len(histories), self.n_items)).copy()

    def user_vector(self, histories: Sequence[Indexes]) -> Floats:
        return np.ones((len(histories), 1), dtype=np.float32)

    def item_matrix(self) -> Floats:
        return self.counts[:, None]

    def config(self) -> dict[str, Any]:
        return {}

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"counts": self.counts}

    @classmethod
    def restore(cls, items: Sequence[str], config: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        if len(arrays["counts"]) != len(items):
            raise ValueError(f"{len(arrays['counts'])} counts do not fit {len(items)} items")
        return cls(items, arrays["counts"], **config)
