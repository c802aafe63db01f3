"""Incremental distillation: a trained model learns what came after its training, without the data it was trained on.

The answer to what SLMRec (ICLR 2025) leaves open: its student takes in new data only by a full training. Here the
student's teacher is the incumbent, the student as it was:

1. Cross-entropy on the new items. What a person had before is read, and is no label.
2. The incumbent's soft labels at the same positions.
3. Data-free replay: pseudo-histories that the incumbent walks by its own distribution, with its soft labels, so that
   the student keeps what the new data say nothing about.

Nothing is unlearnt: when old interactions are deleted or change, `continuation` asks for a full training.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.arrays import Floats
from recommender.data.sequences import Indexes, Split
from recommender.evaluation.metrics import full_ranks, ndcg, ranks_to_metrics
from recommender.models import load_model
from recommender.models.base import FitOptions, ModelError, OnProgress, read_meta
from recommender.models.neural import NeuralModel
from recommender.models.teaching import DistilWeights, SoftLabels, Teaching
from recommender.training import recipes
from recommender.training.ensemble import Ensemble
from recommender.training.job import Measured, Timed, Trained, finish, split_of, too_little, verdict
from recommender.training.soft_labels import Fold, soft_labels, without

_CHUNK = 256  # walks that go on together
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class IncrementalOptions:
    """How the new is learnt and the old is kept.

    Attributes:
        soft: share of the incumbent's soft labels in the loss; 0 is plain fine-tuning.
        replay: pseudo-histories for each new history.
        k: soft labels kept at each position.
        temperature: of the walks; above 1 they go to less likely items more often.
        neighbours: known items that give a new one its vector, by likeness of their texts.
    """

    soft: float = 0.5
    replay: float = 1.0
    k: int = 100
    temperature: float = 1.0
    neighbours: int = 10


def fit_options(name: str, split: Split) -> FitOptions:
    """How a model of this name is updated unless told otherwise."""
    options = recipes.fit_options(name, split)
    return replace(options, epochs=10, patience=3, learning_rate=options.learning_rate / 2)


def update(
    incumbent: NeuralModel,
    split: Split,
    known: Counts,
    text: Floats | None = None,
    options: FitOptions | None = None,
    how: IncrementalOptions | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[NeuralModel, dict[str, Any]]:
    """A new model that has learnt the new items of these histories; the incumbent stays as it is.

    Args:
        split: only people with something new, over old and new items; their earlier items come first.
        known: (n_users,) how many items at the start of each history the incumbent was trained on.
        text: (n_items, d_text) in the order of `split.items`: for the vectors of new items. Or None.
        options: augmentation by "reorder" would make labels of what is only read, and is left out.

    Returns:
        The model, and the report of its training with the number of pseudo-histories.

    Raises:
        ModelError: the incumbent knows none of the items, or there is nothing to learn from.
    """
    how = how or IncrementalOptions()
    options = options or fit_options(incumbent.name, split)
    options = replace(options, warm_start=True, augment=tuple(a for a in options.augment if a != "reorder"))
    model, had = extend(incumbent, split.items, text, how.neighbours)
    length = model.shape.max_length
    whole = split.full() if options.final else split.train
    known = np.minimum(known, [len(history) for history in whole])
    start = np.maximum(0, known - length)  # earlier items that would not be read anyway
    fresh = [history[s:] for history, s in zip(whole, start, strict=True)]
    random = np.random.default_rng(options.seed)
    walks: list[Indexes] = []
    if how.replay and how.soft:
        lengths = np.clip([len(history) for history in fresh], 2, min(length, int(had.sum())))
        drawn = random.choice(lengths, round(how.replay * len(fresh)))
        walks = pseudo_histories(model, drawn, np.flatnonzero(~had) + 1, how.temperature, random)
    histories = fresh + walks
    # A walk's items are no labels: the distribution they were drawn from says more. But the first one of all has no
    # position before it, and so no soft label.
    predicted = np.concatenate(
        [np.arange(len(h)) >= k - s for h, k, s in zip(fresh, known, start, strict=True)]
        + [np.arange(len(walk)) == 0 for walk in walks]
    )
    labels = None
    if how.soft:
        everybody = Fold([model], np.arange(len(histories)))
        alone = Ensemble([model], np.ones((1, 1), dtype=np.float32))
        labels = soft_labels(alone, [everybody], histories, how.k)
        labels = _where_known(labels, fresh, predicted, had)
    padding = np.zeros(len(walks), dtype=np.int32)
    valid = np.zeros(len(fresh), dtype=np.int32) if options.final else split.valid_target
    data = Split(
        split.items,
        split.users + tuple(f"walk {i}" for i in range(len(walks))),
        histories,
        np.concatenate([valid, padding]),
        np.zeros(len(histories), dtype=np.int32),
    )
    teaching = Teaching(labels, weights=DistilWeights(soft=how.soft), predicted=predicted)
    report = model.fit(data, options, on_progress, teaching)
    return model, report | {"replayed": len(walks)}


def extend(
    incumbent: NeuralModel, items: Sequence[str], text: Floats | None = None, neighbours: int = 10
) -> tuple[NeuralModel, npt.NDArray[np.bool_]]:
    """A copy of the incumbent over these items, and (n_items,) which of them it knew.

    A new item gets the mean of the vectors of the known items with the likest texts, weighted by likeness; without
    texts, the mean of all. Items that are gone are left out.

    Raises:
        ModelError: it knows none of these items.
    """
    arrays = incumbent.arrays()  # its texts are folded into the vectors: the copy has one vector an item
    index = {item: row for row, item in enumerate(incumbent.items, start=1)}
    vectors = arrays["items"][[index.get(item, 0) for item in items]]  # row 0 is zeros
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    had = lengths[:, 0] > 0  # an item without a vector was in the catalogue, and nobody had touched it
    if not had.any():
        raise ModelError("The model knows none of these items, so there is nothing to go on from. Train in full.")
    texts = None if text is None else text[had]
    for item in np.flatnonzero(~had):
        weights = np.ones(int(had.sum()), dtype=np.float32)
        if text is not None:
            likeness = np.maximum(texts @ text[item], 0.0)
            nearest = np.argsort(-likeness, kind="stable")[:neighbours]
            if likeness[nearest[0]] > 0:
                weights = np.zeros_like(weights)
                weights[nearest] = likeness[nearest]
        mean = weights @ vectors[had]
        # A mean of vectors is shorter than they are; the encoder reads length too.
        vectors[item] = mean * (weights @ lengths[had, 0] / weights.sum() / max(float(np.linalg.norm(mean)), 1e-9))
    arrays["items"] = np.concatenate([np.zeros_like(vectors[:1]), vectors])
    return type(incumbent).restore(items, incumbent.config(), arrays), had


def pseudo_histories(
    model: NeuralModel, lengths: Counts, unknown: Counts, temperature: float, random: np.random.Generator
) -> list[Indexes]:
    """Histories of these lengths that the model makes up, from the empty one on; none has an item twice.

    Args:
        unknown: indexes of items where no walk goes.
    """
    longest = int(lengths.max(initial=0))
    walks = np.zeros((len(lengths), longest), dtype=np.int32)
    step = 0
    while step < longest:
        drawn = min(1 + step // 10, longest - step)  # in a long walk several items at once: each step reads it all
        going = np.flatnonzero(lengths > step)
        for start in range(0, len(going), _CHUNK):
            rows = going[start : start + _CHUNK]
            past = walks[rows, :step]
            scores = model.scores(list(past)) / temperature
            scores[:, unknown - 1] = -np.inf
            scores[np.arange(len(rows))[:, None], past - 1] = -np.inf
            # The largest of scores with Gumbel noise are drawn from their softmax, without putting back.
            scores -= np.log(random.standard_exponential(scores.shape, dtype=np.float32) + 1e-20)
            walks[rows, step : step + drawn] = np.argpartition(-scores, drawn - 1, axis=1)[:, :drawn] + 1
        step += drawn
    return [walk[:length] for walk, length in zip(walks, lengths, strict=True)]


def _where_known(
    labels: SoftLabels, fresh: Sequence[Indexes], predicted: npt.NDArray[np.bool_], had: npt.NDArray[np.bool_]
) -> SoftLabels:
    """Without labels in front of what is only read, and of items that the incumbent could not think of."""
    flat = np.concatenate(fresh)
    wanted = np.append(predicted[1 : len(flat)] & had[flat[1:] - 1], True)
    wanted[np.cumsum([len(history) for history in fresh if len(history)]) - 1] = (
        True  # nothing is known of what follows
    )
    probabilities = labels.probabilities.copy()
    probabilities[: len(flat)][~wanted] = 0
    return SoftLabels(labels.items, probabilities)


# --- from the stored interactions to the model that serves ------------------------------------------------------------


def trained_on(histories: Timed, items: Sequence[str], until: float | None = None) -> dict[str, Any]:
    """What a model's report keeps of its interactions: the last moment, and a digest of everything up to it."""
    last = max((rows[-1][0] for rows in histories.values() if rows), default=0.0) if until is None else until
    digest = hashlib.sha256()
    for user, rows in sorted(histories.items()):
        if old := [items[item - 1] for moment, item in rows if moment <= last]:
            digest.update(repr((user, old)).encode())
    return {"trained_until": last, "trained_on": digest.hexdigest()[:16]}


@dataclass(frozen=True)
class Continuation:
    """What there is to go on from: the two models of a folder, their report, and (n_users,) items before and now."""

    served: NeuralModel
    measured: NeuralModel
    report: Mapping[str, Any]
    old: Counts
    now: Counts


def continuation(folder: Path, histories: Timed, items: Sequence[str]) -> Continuation:
    """The incumbent in this folder, ready to learn what came after `trained_until`.

    Raises:
        ModelError: only a full training will do; the text says why.
    """
    try:
        report = read_meta(folder)["report"]
        served, measured = load_model(folder), load_model(folder / "measured")
        until = float(report["trained_until"])
    except (ModelError, KeyError, TypeError, ValueError):
        raise ModelError("there is no model that says until when it was trained") from None
    if not isinstance(served, NeuralModel) or not isinstance(measured, NeuralModel):
        raise ModelError(f"'{served.name}' counts and has nothing to distil")
    if trained_on(histories, items, until)["trained_on"] != report.get("trained_on"):
        raise ModelError("the interactions up to its training have changed, or their timestamps only number them")
    old = np.array([sum(moment <= until for moment, _ in rows) for rows in histories.values()])
    return Continuation(served, measured, report, old, np.array([len(rows) for rows in histories.values()]))


def train(
    incumbent: Continuation,
    histories: Timed,
    items: Sequence[str],
    text: Floats | None,
    folder: Path,
    options: FitOptions | None = None,
    on_progress: OnProgress | None = None,
    force: bool = False,
    how: IncrementalOptions | None = None,
) -> Trained:
    """Update the measured and, if it passes the gate, the served model; like `recommender.training.job.train`.

    The gate takes the mean over everybody's last item, so a model that learns the new and loses the old fails it.
    """
    started = time.perf_counter()
    name = incumbent.served.name
    split = split_of(histories, items)
    options = options or fit_options(name, split)
    new = incumbent.now > incumbent.old
    tested = new[split.test_target > 0]
    test = split.histories("test")
    before = full_ranks(extend(incumbent.measured, items, text)[0].scores, *test)
    if not new.any():
        message = "kept the model: nothing has come since it was trained"
        return Trained(name, ranks_to_metrics(before), False, time.perf_counter() - started, message)
    part = without(split, np.flatnonzero(~new))
    served_knew = incumbent.old[new]
    # Of every history of three items or more, the model that is measured has not learnt the last two.
    measured_knew = np.where(served_knew >= 3, served_knew - 2, served_knew)
    model, report = update(incumbent.measured, part, measured_knew, text, options, how, on_progress)
    after = full_ranks(model.scores, *test)
    measured = Measured(model, report, ranks_to_metrics(after))
    promoted, message = verdict(measured.metrics["ndcg@10"].mean, float(ndcg(before).mean()))
    if tested.any():
        message += f"; with something new {ndcg(after[tested]).mean():.4f} against {ndcg(before[tested]).mean():.4f}"
    if reason := too_little(incumbent.report, split):
        promoted, message = False, reason
    served = None
    if promoted or force:
        ending = replace(options, stop_epoch=min(int(report["epochs"]), options.epochs), final=True)
        served, _ = update(incumbent.served, part, served_knew, text, ending, how, on_progress)
    about = trained_on(histories, items) | {"updates": int(incumbent.report.get("updates", 0)) + 1}
    return finish(name, measured, served, split, folder, options, started, message, about)
