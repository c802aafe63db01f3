"""Why an item is shown, from evidence only.

- history: the liked item without which the score would fall most (leave-one-out over the history).
- similar: the named item that it resembles most.
- facet: the values that answered a wanted quality.
- text: the sentence of the item's own text nearest to the wish.
- popular: how many people chose it, when nothing about the person is known.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recommender.serving.recall import NEIGHBOURS, STUDENT, Recall, standardise
from recommender.serving.request import Pick, Reason, Request
from recommender.serving.retrieve import PER_ITEM, sentences

if TYPE_CHECKING:
    from recommender.serving.rank import Weights

_MAX_HISTORY = 20  # leave-one-out runs the student once per item
_TELLING_SHARE = 0.15  # a value that more of the catalogue has says nothing about likeness
_COMMON_SHARE = 0.5  # ... and where nothing rarer is shared, of so much at most
_NEAR_ENOUGH = 0.25  # cosine below which a sentence is no evidence


def explain(recall: Recall, request: Request, picks: list[Pick], weights: "Weights") -> list[Pick]:
    """The same picks, each with its reasons, strongest kind first."""
    if not picks:
        return picks
    causes = _history_causes(recall, request, picks, weights)
    told = _sentences(recall, request, picks)
    explained = []
    for row, pick in enumerate(picks):
        reasons = []
        if request.similar_to:
            reasons += _similar(recall, request, pick)
        elif causes[row]:
            ref = str(causes[row])
            reasons.append(Reason("history", ref, recall.catalogue[ref].title))
        reasons += _facets(recall, request, pick)
        reasons += told[row]
        if not reasons and not request.lesser_known:
            count = int(recall.counts[recall.catalogue.position[pick.item_id]])
            if count:
                reasons.append(Reason("popular", str(count), str(count)))
        explained.append(replace(pick, reasons=tuple(reasons)))
    return explained


def _history_causes(recall: Recall, request: Request, picks: list[Pick], weights: "Weights") -> list[str | None]:
    """Per pick, the history item whose removal lowers its score most; None when none lowers it."""
    history = [i for i in request.history if i in recall.catalogue][-_MAX_HISTORY:]
    if not history:
        return [None] * len(picks)
    columns = [recall.catalogue.position[pick.item_id] for pick in picks]
    if len(history) == 1 and not request.similar_to:
        # Without the only item nothing personal is left; it is the cause wherever it helped.
        helped = [pick.parts.get(STUDENT, 0.0) + pick.parts.get(NEIGHBOURS, 0.0) > 0 for pick in picks]
        return [history[0] if h else None for h in helped]
    without = [history[:i] + history[i + 1 :] for i in range(len(history))]
    drop = np.zeros((len(history), len(picks)), dtype=np.float32)
    for source, weight in ((recall.student, weights.student), (recall.neighbours, weights.neighbours)):
        if source is None:
            continue
        scores = np.nan_to_num(source.scores([history, *without]))
        if source is recall.neighbours:
            scores = np.log1p(100 * scores)
        standard = np.stack([standardise(row) for row in scores])[:, columns]
        drop += weight * (standard[0] - standard[1:])
    best = drop.argmax(axis=0)
    return [history[i] if drop[i, column] > 0 else None for column, i in enumerate(best)]


def _similar(recall: Recall, request: Request, pick: Pick) -> list[Reason]:
    named = [i for i in request.similar_to if i in recall.catalogue]
    if not named:
        return []
    vectors, position = recall.retriever.vectors, recall.catalogue.position
    nearest = max(named, key=lambda i: float(vectors[position[i]] @ vectors[position[pick.item_id]]))
    reasons = [Reason("similar", nearest, recall.catalogue[nearest].title)]
    mine, theirs = recall.catalogue[pick.item_id], recall.catalogue[nearest]
    shared: list[tuple[int, Reason]] = []
    for facet in recall.catalogue.telling:
        values = recall.catalogue.categorical[facet]
        both = [v for v in recall.catalogue.values_of(mine, facet) if v in recall.catalogue.values_of(theirs, facet)]
        shared += [(len(values[value]), Reason("facet", f"{facet}:{value}", value)) for value in both]
    # The rarer a shared value, the more it says; where all are common, the least common says something.
    shared.sort(key=lambda pair: pair[0])
    telling = [reason for n, reason in shared if n <= _TELLING_SHARE * len(recall.catalogue)]
    common = [reason for n, reason in shared if n <= _COMMON_SHARE * len(recall.catalogue)]
    return reasons + (telling[:3] or common[:2])


def _facets(recall: Recall, request: Request, pick: Pick) -> list[Reason]:
    position = recall.catalogue.position[pick.item_id]
    reasons = []
    for quality in (*request.wanted, *request.preferred):
        values = [v for v in quality.values if recall.catalogue.mask(v)[position]]
        reasons += [Reason("facet", f"{v.facet}:{v.value}", v.value) for v in values[:2]]
    unique = {reason.ref: reason for reason in reasons}
    return list(unique.values())[:4]


def _sentences(recall: Recall, request: Request, picks: list[Pick]) -> list[list[Reason]]:
    """Per pick, the sentence of its text nearest to the wish, where one is near enough.

    The wish is what was said beyond qualities, which have reasons of their own; only where nothing was, it is the
    qualities. So a turn embeds one text, the one that was searched for.
    """
    wish = request.query.strip() or " ".join(dict.fromkeys(quality.label for quality in request.wanted))
    if not wish:
        return [[] for _ in picks]
    texts = [sentences(recall.catalogue[pick.item_id].text)[:PER_ITEM] for pick in picks]
    best = recall.retriever.best_sentences(wish, texts)
    return [
        [Reason("text", pick.item_id, sentence)] if similarity >= _NEAR_ENOUGH else []
        for pick, (sentence, similarity) in zip(picks, best, strict=True)
    ]
