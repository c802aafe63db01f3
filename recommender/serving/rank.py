"""From a request to a ranking: filter by constraints, add up the sources, vary the top, say why.

Weights are per source, for standardised scores: those of a request are set by hand on development dialogues, those of
a talk between two people (`DIALOGUE_WEIGHTS`) are fitted; docs/decisions.md has the figures.
"""

import time
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from recommender.arrays import Floats
from recommender.catalogue import Catalogue, Mask
from recommender.serving import filters
from recommender.serving import recall as sources
from recommender.serving.reasons import explain
from recommender.serving.recall import Recall
from recommender.serving.request import Bound, Pick, Quality, Ranking, Relaxation, Request

_POOL = 200  # candidates a source
_MAX_RELAXED = 16  # constraints among which what to let go is searched: the subsets are tried
_AGAINST_FAME = 4.0  # how much more popularity counts against an item than it counts for one
_DIVERSIFY = 40  # the best of the pool among which the shown ones are varied


@dataclass(frozen=True)
class Weights:
    """How much each source counts, and how much likeness among the shown items costs (MMR's 1 - λ)."""

    student: float = 1.0
    neighbours: float = 0.5
    text: float = 0.6
    words: float = 0.4
    likeness: float = 0.25
    facets: float = 0.5
    popular: float = 0.3
    recent: float = 0.0
    aversion: float = 0.5
    similar_boost: float = 6.0  # likeness counts this much more when the wish is to resemble an item, or one is known
    diversity: float = 0.25

    def of(self, source: str, request: Request) -> float:
        """The weight of one source for this request."""
        weight = float(getattr(self, source))
        if source == sources.POPULAR and request.lesser_known:
            return -_AGAINST_FAME * weight
        if source == sources.LIKENESS:
            # Who told of one film they like expects the like of it; of many, what those who like them all chose next.
            known = 1 if request.similar_to else max(1, len(request.history))
            return weight * max(1.0, self.similar_boost / known)
        if source == sources.TEXT and request.similar_to:
            return weight * 0.5  # the named item says more than the words around it
        return weight


# For a talk between two people, of which every message adds to the wish: fitted by softmax regression on one half of
# the ReDial validation dialogues, over demo models adopted by title; both halves are reported in docs/decisions.md.
DIALOGUE_WEIGHTS = Weights(
    student=0.0, neighbours=0.12, text=0.54, words=0.0, likeness=0.57, facets=0.14, popular=0.73, recent=0.65,
    aversion=0.0,
)  # fmt: skip


class Recommender:
    """Ranks one catalogue. Stateless between calls: everything about the person is in the request."""

    def __init__(self, recall: Recall, weights: Weights | None = None) -> None:
        self.recall = recall
        self.catalogue: Catalogue = recall.catalogue
        self.weights = weights or Weights()

    def recommend(self, request: Request) -> Ranking:
        """At most `request.k` picks that meet every constraint; none when nothing does, with relaxations instead."""
        timings: dict[str, float] = {}
        started = time.perf_counter()
        eligible = self.eligible(request)
        allowed = eligible & ~self._excluded(request)
        timings["filter"] = _lap(started)
        started = time.perf_counter()
        found = self.recall.scores(request)
        # Among the best known there is nothing lesser known: then all that is allowed is ranked.
        pool = (
            np.flatnonzero(allowed) if request.lesser_known else self.recall.candidates(request, found, allowed, _POOL)
        )
        timings["recall"] = _lap(started)
        started = time.perf_counter()
        total, parts = self._fuse(request, found)
        if request.order:
            chosen = self._in_order(allowed, total, *request.order)[: request.k]
        else:
            order = pool[np.argsort(-total[pool], kind="stable")]
            chosen = self._vary(order[: max(_DIVERSIFY, request.k)], total, request.k)
        timings["rank"] = _lap(started)
        started = time.perf_counter()
        picks = [
            Pick(self.catalogue.items[p].id, float(total[p]), {s: round(float(v[p]), 4) for s, v in parts.items()})
            for p in chosen
        ]
        picks = explain(self.recall, request, picks, self.weights)
        timings["reasons"] = _lap(started)
        n_eligible = int(allowed.sum())
        relaxations = self.relaxations(request) if n_eligible < request.k else ()
        n_excluded = int(eligible.sum()) - n_eligible
        return Ranking(tuple(picks), len(self.catalogue), n_eligible, relaxations, timings, n_excluded)

    def score_all(self, request: Request) -> Floats:
        """(n_items,) fused scores of the whole catalogue, constraints counted softly: for evaluation."""
        return self._fuse(request, self.recall.scores(request))[0]

    def eligible(self, request: Request) -> Mask:
        """(n_items,) True where every constraint holds."""
        return filters.eligible(self.catalogue, request)

    def relaxations(self, request: Request) -> tuple[Relaxation, ...]:
        """Which constraint, let go, gives items again; few at once if that is enough. Most items first."""
        catalogue = self.catalogue
        constraints: list[tuple[str, Quality | Bound, Mask]] = [
            ("wanted", q, filters.holds(catalogue, q)) for q in request.wanted
        ]
        constraints += [("unwanted", q, ~filters.holds(catalogue, q)) for q in request.unwanted]
        constraints += [("bound", b, filters.within(catalogue, b)) for b in request.bounds]
        base = ~self._excluded(request) & filters.eligible(catalogue, Request(unfit=request.unfit))
        now = int((base & np.all([m for _, _, m in constraints], axis=0)).sum()) if constraints else 0
        base = np.all([base, *(mask for _, _, mask in constraints[_MAX_RELAXED:])], axis=0)  # these are never let go
        constraints = constraints[:_MAX_RELAXED]
        # One, two, three at once; or, when everything is at odds, all but one.
        for size in sorted({1, 2, 3, max(1, len(constraints) - 1)}):
            options = []
            for dropped in combinations(range(len(constraints)), size):
                kept = [m for i, (_, _, m) in enumerate(constraints) if i not in dropped]
                count = int((base & np.all(kept, axis=0)).sum()) if kept else int(base.sum())
                if count > now:
                    kinds, gone = zip(*((constraints[i][0], constraints[i][1]) for i in dropped), strict=True)
                    labels = (bound_label(c) if isinstance(c, Bound) else c.label for c in gone)
                    options.append(Relaxation("+".join(kinds), " + ".join(labels), count, gone))
            if options:
                return tuple(sorted(options, key=lambda r: -r.count)[:4])
        return ()

    def _excluded(self, request: Request) -> Mask:
        mask = np.zeros(len(self.catalogue), dtype=bool)
        for item_id in (*request.exclude, *request.history, *request.similar_to, *request.disliked):
            if item_id in self.catalogue:
                mask[self.catalogue.position[item_id]] = True
        return mask

    def _fuse(self, request: Request, found: dict[str, Floats]) -> tuple[Floats, dict[str, Floats]]:
        parts = {source: self.weights.of(source, request) * values for source, values in found.items()}
        total = np.sum(list(parts.values()), axis=0).astype(np.float32)
        return total, parts

    def _in_order(self, allowed: Mask, total: Floats, facet: str, sign: int) -> list[int]:
        """The allowed items that have a number of the facet, in its order; of equal ones the better ranked first."""
        numbers = self.catalogue.numeric.get(facet)
        if numbers is None:
            return []
        known = np.flatnonzero(allowed & ~np.isnan(numbers))
        return [int(p) for p in known[np.lexsort((-total[known], -sign * numbers[known]))]]

    def _vary(self, order: npt.NDArray[np.int64], total: Floats, k: int) -> list[int]:
        """Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) over the item vectors."""
        if len(order) <= 1 or k <= 1:
            return [int(p) for p in order[:k]]
        vectors = self.recall.retriever.vectors
        relevance = total[order]
        spread = float(relevance.std()) or 1.0
        relevance = (relevance - relevance.max()) / spread
        chosen = [0]  # the best item always leads
        likeness = vectors[order] @ vectors[order[0]]
        while len(chosen) < min(k, len(order)):
            value = (1 - self.weights.diversity) * relevance - self.weights.diversity * 3 * likeness
            value[chosen] = -np.inf
            best = int(np.argmax(value))
            chosen.append(best)
            likeness = np.maximum(likeness, vectors[order] @ vectors[order[best]])
        return [int(order[i]) for i in sorted(chosen)]


def bound_label(bound: Bound) -> str:
    """A bound in words: "year 1980-1989", "runtime up to 100"."""
    low = None if bound.low is None else f"{bound.low:g}"
    high = None if bound.high is None else f"{bound.high:g}"
    if low and high:
        return f"{bound.facet} {low}" if low == high else f"{bound.facet} {low}-{high}"
    return f"{bound.facet} from {low}" if low else f"{bound.facet} up to {high}"


def _lap(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
