"""Where candidates come from: each source scores the whole catalogue, or only what it found.

Sources: the student (what comes next after this history), item-item neighbours, meaning (Chroma), the words said,
likeness to named items, popularity, recency. Scores are standardised over the catalogue, so that the sources can be
added up.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recommender.arrays import Floats
from recommender.catalogue import Catalogue, Mask
from recommender.models.base import SequentialModel
from recommender.serving.lexical import LexicalIndex
from recommender.serving.one_history import scorer
from recommender.serving.request import Quality, Request
from recommender.serving.retrieve import Retriever

STUDENT, NEIGHBOURS, TEXT, WORDS, LIKENESS, FACETS, POPULAR, RECENT, AVERSION = (
    "student", "neighbours", "text", "words", "likeness", "facets", "popular", "recent", "aversion"
)  # fmt: skip
_RARE = 50  # a value that fewer than one item in so many has counts no more: two shared actors are not likeness
_EDITED = 8.0  # how many deviations an item is nearer that an editor names first
_RECENT_YEARS = 4.0  # an item this much older than the newest counts e times less


def standardise(scores: Floats) -> Floats:
    """Mean 0, deviation 1 over the catalogue; NaN (a source that does not know the item) becomes 0."""
    known = ~np.isnan(scores)
    if not known.any():
        return np.zeros_like(scores)
    spread = float(scores[known].std())
    centred = np.where(known, scores - scores[known].mean(), 0.0)
    out: Floats = (centred / spread if spread > 1e-9 else np.zeros_like(centred)).astype(np.float32)
    return out


@dataclass
class ModelScores:
    """A model of `recommender.models` read with catalogue ids: knows which catalogue item is which model item."""

    model: SequentialModel
    catalogue: Catalogue

    def __post_init__(self) -> None:
        index = {item_id: position for position, item_id in enumerate(self.model.items)}
        self._index = {item_id: i + 1 for item_id, i in index.items()}
        self._score_one = scorer(self.model)
        self._columns = np.array([index.get(item.id, -1) for item in self.catalogue.items], dtype=np.int64)

    def knows(self, item_id: str) -> bool:
        return item_id in self._index

    def scores(self, histories: Sequence[Sequence[str]]) -> Floats:
        """(B, n_catalogue) scores; NaN where the model does not know the item."""
        indexed = [np.array([self._index[i] for i in h if i in self._index], dtype=np.int32) for h in histories]
        raw = self._score_one(indexed[0])[None] if len(indexed) == 1 else self.model.scores(indexed)
        out = np.full((len(histories), len(self._columns)), np.nan, dtype=np.float32)
        known = self._columns >= 0
        out[:, known] = raw[:, self._columns[known]]
        return out


class Recall:
    """All sources of one catalogue. Any model may be absent: what it would have said is then left out."""

    def __init__(
        self,
        catalogue: Catalogue,
        retriever: Retriever,
        student: SequentialModel | None = None,
        neighbours: SequentialModel | None = None,
        popular: SequentialModel | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.retriever = retriever
        self.student = ModelScores(student, catalogue) if student else None
        self.neighbours = ModelScores(neighbours, catalogue) if neighbours else None
        counts = ModelScores(popular, catalogue).scores([[]])[0] if popular else None
        self.counts: Floats = np.nan_to_num(counts) if counts is not None else np.zeros(len(catalogue), np.float32)
        self._popular = standardise(np.log1p(self.counts))
        self._recent = _recency(catalogue)
        self._facets = _facet_vectors(catalogue)
        self._by_value = self._facets.T.tocsr()  # from few items to all that share a value with them, and no others
        self._lexical = LexicalIndex(map(catalogue.said_of, catalogue.items))

    def scores(self, request: Request) -> dict[str, Floats]:
        """source → (n_items,) standardised scores, only of the sources that have something to say."""
        found: dict[str, Floats] = {POPULAR: self._popular}
        if request.lesser_known:  # of what nobody chose yet it is not known whether it is known
            found[POPULAR] = np.where(self.counts > 0, self._popular, np.float32(0.0))
        if self._recent is not None:
            found[RECENT] = self._recent
        history = [i for i in (*request.history, *request.similar_to) if i in self.catalogue]
        if history and self.student:
            found[STUDENT] = standardise(self.student.scores([history])[0])
        if history and self.neighbours:
            found[NEIGHBOURS] = standardise(np.log1p(100 * np.nan_to_num(self.neighbours.scores([history])[0])))
        if request.query.strip():
            found[TEXT] = standardise(self.retriever.similarity(request.query))
            found[WORDS] = standardise(self._lexical.scores(request.query))
        if request.similar_to or request.history:
            found[LIKENESS] = standardise(self._likeness(request.similar_to or request.history))
        if request.wanted or request.preferred:
            found[FACETS] = standardise(self.facet_degree((*request.wanted, *request.preferred)))
        if request.disliked:
            found[AVERSION] = -np.maximum(0.0, standardise(self._likeness(request.disliked)) - 1.0)
        return found

    def facet_degree(self, wanted: Sequence[Quality]) -> Floats:
        """(n_items,) how fully the wanted qualities hold: per quality, the share of its values an item has, and how
        prominent they are in it.

        Of alternatives the one that holds best counts: who wants horror or comedy need not want both at once.
        """
        degree = np.zeros(len(self.catalogue), dtype=np.float32)
        for quality in (q for q in wanted if q.values):
            parts = quality.parts or (quality.values,)
            shares = [np.mean([self.catalogue.prominence(value) for value in part], axis=0) for part in parts]
            degree += np.max(shares, axis=0)
        return degree

    def candidates(self, request: Request, scores: dict[str, Floats], eligible: Mask, n: int) -> npt.NDArray[np.int64]:
        """Positions of the eligible items that any source puts among its best `n`.

        Meaning is searched in Chroma too, whose index is approximate and now and then misses the nearest item.
        """
        positions = np.flatnonzero(eligible)
        if len(positions) <= n:
            return positions
        chosen: set[int] = set(self.retriever.search(request.query, n, eligible)) if request.query else set()
        for source, values in scores.items():
            if source != AVERSION:
                best = np.argpartition(-values[positions], n - 1)[:n]
                chosen.update(int(p) for p in positions[best])
        return np.array(sorted(chosen), dtype=np.int64)

    def _likeness(self, item_ids: Sequence[str]) -> Floats:
        """(n_items,) likeness to these items: of what texts mean and of facets, standardised, and by an editor."""
        rows = [self.catalogue.position[i] for i in item_ids if i in self.catalogue]
        if not rows:
            return np.zeros(len(self.catalogue), dtype=np.float32)
        of_texts: Floats = (self.retriever.vectors @ self.retriever.vectors[rows].T).mean(axis=1)
        of_facets = np.asarray((self._facets[rows] @ self._by_value).mean(axis=0), dtype=np.float32).ravel()
        named = np.asarray(self.catalogue.alike[rows].mean(axis=0), dtype=np.float32).ravel()
        return standardise(of_texts) + standardise(of_facets) + _EDITED * named


def _facet_vectors(catalogue: Catalogue) -> sparse.csr_matrix:
    """(n_items, n_values) unit rows of an item's facet values, the rarer the heavier, up to a bound (tf-idf)."""
    vectors = catalogue.shared_values.copy()
    vectors.data = np.minimum(vectors.data, np.float32(math.log(_RARE)))
    lengths = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
    unit: sparse.csr_matrix = sparse.diags(1 / np.maximum(lengths, 1e-9).astype(np.float32)) @ vectors
    return unit


def _recency(catalogue: Catalogue) -> Floats | None:
    """(n_items,) how new an item is, where the catalogue says so; talk is mostly of what is new."""
    years = catalogue.numeric.get("year")
    if years is None or np.isnan(years).all():
        return None
    newest = float(np.nanpercentile(years, 99))
    return standardise(np.exp((np.minimum(years, newest) - newest) / _RECENT_YEARS).astype(np.float32))
