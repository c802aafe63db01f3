"""What goes together: counts of items in the same set, be it a dialogue or what one person rated.

Lift is on a scale of logarithms: 0 where what is named says nothing about an item. It knows nothing about words, and
not whose the sets are. When weights are fitted on dialogues that were counted too, a dialogue is left out of its own
counts, or the weights would trust counts that already hold the answer.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recommender.arrays import Floats

_FLOOR = 0.15  # sets that an item never seen counts as


class Together:
    """Co-occurrence over one list of items.

    Args:
        sets: per set, the positions of its items, each once.
        shrinkage: a named item with this many pairs is believed half, the rest being the share of an item in all sets.
    """

    def __init__(self, sets: Sequence[Sequence[int]], n_items: int, shrinkage: float) -> None:
        rows = np.repeat(np.arange(len(sets)), [len(s) for s in sets])
        columns = np.array([position for s in sets for position in s], dtype=np.int64)
        held = sparse.csr_matrix((np.ones(len(columns), np.float32), (rows, columns)), shape=(len(sets), n_items))
        self._sets, self._shrinkage = held, shrinkage
        self.counts: Floats = np.asarray(held.sum(axis=0), dtype=np.float32)[0]
        self._pairs = (held.T @ held).tocsr()

    def popularity(self, without: int | None = None) -> Floats:
        """(n_items,) log of how many sets have the item; `without` leaves one set out."""
        popularity: Floats = np.log(self._left(without) + _FLOOR)
        return popularity

    def lift(self, named: Sequence[int], weights: Floats, without: int | None = None) -> Floats:
        """(n_items,) log of how many times likelier an item is beside the named ones than anywhere.

        Args:
            named: positions, at least one. weights: how much each counts, above 0.
        """
        pairs = self._pairs[list(named)].toarray()
        if without is not None:
            own = self._sets[[without]].toarray()[0]
            pairs -= own[list(named), None] * own
        pairs[np.arange(len(named)), list(named)] = 0.0
        share = self._left(without) + _FLOOR
        share /= share.sum()
        total = pairs.sum(axis=1, keepdims=True)
        likely = (pairs + self._shrinkage * share) / (total + self._shrinkage)
        lift: Floats = np.log(weights @ likely / (weights.sum() * share)).astype(np.float32)
        return lift

    def _left(self, without: int | None) -> Floats:
        if without is None:
            return self.counts.copy()
        left: Floats = self.counts - self._sets[[without]].toarray()[0]
        return left


class SimilarTalks:
    """What was recommended where people spoke alike.

    Args:
        vectors: (n_turns, d) unit vectors of what was said before each recommendation.
        recommended: per turn, positions of what was recommended then.
        talks: (n_turns,) which set of `Together` a turn belongs to.
    """

    _NEAREST, _TEMPERATURE, _PRIOR = 200, 0.1, 0.1

    def __init__(
        self, vectors: Floats, recommended: Sequence[Sequence[int]], talks: npt.NDArray[np.int64], n_items: int
    ) -> None:
        self._vectors, self._recommended, self._talks, self._n_items = vectors, recommended, talks, n_items
        self._share = np.full(n_items, 0.1, dtype=np.float32)
        for positions in recommended:
            self._share[list(positions)] += 1
        self._share /= self._share.sum()

    def lift(self, vector: Floats, without: int | None = None) -> Floats:
        """(n_items,) log of how many times likelier an item is after words like these than anywhere."""
        near = np.exp((self._vectors @ vector - 1) / self._TEMPERATURE)
        near[self._talks == without] = 0.0
        near /= max(float(near.sum()), 1e-9)
        voted = np.zeros(self._n_items, dtype=np.float32)
        for turn in np.argsort(-near)[: self._NEAREST]:
            voted[list(self._recommended[turn])] += near[turn]
        prior = self._PRIOR
        lift: Floats = np.log((voted + prior * self._share) / ((1 + prior) * self._share)).astype(np.float32)
        return lift
