"""One training run: interactions from storage → split → models → figures → gate → the models that serve.

Only this package reads `storage.interactions`. What is served is trained on everything; what is measured is trained
without the held-out items.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from recommender.arrays import Floats
from recommender.data.sequences import Split, leave_one_out, timed_histories
from recommender.evaluation.metrics import Estimate, full_ranking
from recommender.models import load_model
from recommender.models.base import RESUMES, FitOptions, ModelError, SequentialModel, read_meta
from recommender.models.neural import NeuralModel
from recommender.models.teaching import DistilWeights
from recommender.names import NAMES
from recommender.training.distil import DistilOptions, Teacher, check_alignment, make_teacher, student_report
from recommender.training.parallel import is_main
from recommender.training.recipes import fit_options, kind, new_model, shaped
from recommender.training.soft_labels import fingerprint
from storage.interactions import InteractionStore

STUDENT = "sasrec"
TOLERANCE = 0.01  # a new model may be this much worse, relatively, and still replace the old one
FEWEST = 20  # people measured, below which figures say nothing
LEAST_DATA = 0.5  # share of the old model's interactions, below which a new one is hardly its successor
Progress = Callable[[int, int, str], None]
Timed = dict[str, list[tuple[float, int]]]  # user → (timestamp, item index), oldest first


@dataclass(frozen=True)
class Trained:
    """What came of one model."""

    name: str
    metrics: dict[str, Estimate]
    promoted: bool
    seconds: float
    message: str
    report: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """A model trained without the held-out items, the report of its training, and how it ranks those items."""

    model: SequentialModel
    report: dict[str, Any]
    metrics: dict[str, Estimate]


def load_split(interactions: InteractionStore, items: list[str], min_value: float = 3.5) -> Split:
    """The leave-one-out split of the stored interactions over these items.

    Raises:
        ModelError: there are no interactions on any of the items.
    """
    return split_of(load_histories(interactions, items, min_value), items)


def load_histories(interactions: InteractionStore, items: list[str], min_value: float = 3.5) -> Timed:
    """The stored interactions over these items, with their times.

    Raises:
        ModelError: there are none; if some were left out for their value, it says how many.
    """
    histories = timed_histories(interactions.all(min_value), items)
    if not histories and (left_out := interactions.count(below=min_value)):
        raise ModelError(
            f"Of the interactions on the catalogue's items none counts: {left_out:,} are left out because their value "
            f"is below --min-value {min_value:g}. If values are counts and no ratings, add --min-value 0."
        )
    if not histories:
        raise ModelError(
            "There are no interactions on the catalogue's items. Import some: app.py import --items FILE --events FILE"
        )
    return histories


def split_of(histories: Timed, items: Sequence[str]) -> Split:
    """The leave-one-out split of these histories."""
    return leave_one_out({user: [item for _, item in rows] for user, rows in histories.items()}, items)


def split_mark(split: Split) -> str:
    """A short name for exactly this split: figures of different splits are never compared."""
    digest = hashlib.sha256("\n".join(split.items).encode())
    for history in split.train:
        digest.update(history.tobytes() + b"|")
    digest.update(split.valid_target.tobytes() + split.test_target.tobytes())
    for part in (*split.between, *split.after):
        digest.update(part.tobytes() + b"|")
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Distillation:
    """What a student learns from, besides the interactions.

    Attributes:
        names: the teacher's members, see `recommender.training.distil.teacher_names`.
        cache: folder for trained teachers and their labels.
        settings: changes of the teachers' shape and training.
    """

    names: tuple[str, ...]
    cache: Path
    options: DistilOptions = field(default_factory=DistilOptions)
    weights: DistilWeights = field(default_factory=DistilWeights)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def teacher(
        self, split: Split, text: Floats | None, on_progress: Progress | None, measured: Teacher | None = None
    ) -> Teacher:
        """Train the teacher, or read it from the cache."""
        return make_teacher(self.names, split, text, self.options, self.cache, on_progress, measured, self.settings)


def train(
    name: str,
    split: Split,
    text: Floats | None,
    folder: Path,
    options: FitOptions | None = None,
    on_progress: Progress | None = None,
    force: bool = False,
    distillation: Distillation | None = None,
    record: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Trained:
    """Train, measure on the test targets, and put the model into `folder` if it passes the gate.

    Args:
        text: (n_items, d) text vectors in catalogue order, or None.
        folder: where the served model lives; `folder/measured` keeps the one the figures belong to.
        force: replace the incumbent whatever the figures say.
        distillation: a teacher to learn from; the model must be a neural one.
        record: kept in the report besides, see `recommender.training.incremental.trained_on`.
        settings: changes of the model's shape, see `recommender.training.settings`.
    """
    started = time.perf_counter()
    options = options or fit_options(name, split)
    if distillation and name not in students():
        raise ModelError(f"'{name}' only counts and cannot learn from a teacher. Students: {', '.join(students())}")
    settings = settings or {}
    mark = split_mark(split)
    teacher = None
    if distillation:
        student = shaped(new_model(name, split, None), settings)
        assert isinstance(student, NeuralModel)
        check_alignment(student, distillation.names, split, distillation.weights, distillation.settings)
        teacher = distillation.teacher(split, text, on_progress)
    model, report = _measured(name, settings, split, text, options, on_progress, teacher, distillation, mark)
    measured = Measured(model, report, full_ranking(model.scores, *split.histories("test")))
    promoted, message = _gate(folder, measured.metrics, mark, split)
    served = None
    if promoted or force:
        served = shaped(new_model(name, split, text), settings)
        epochs = int(report.get("epochs", options.epochs))
        ending = replace(options, stop_epoch=min(epochs, options.epochs), final=True)
        if distillation and teacher:
            teacher = distillation.teacher(split, text, on_progress, teacher)
        _fit(served, split, ending, on_progress, teacher, distillation)
    about = dict(record or {}) | (student_report(teacher) if teacher else {})
    return finish(name, measured, served, split, folder, options, started, message, about)


def finish(
    name: str,
    measured: Measured,
    served: SequentialModel | None,
    split: Split,
    folder: Path,
    options: FitOptions,
    started: float,
    message: str,
    about: Mapping[str, Any],
) -> Trained:
    """End a run: put its models into `folder` if one is to serve, and remove what was only there to go on from.

    Args:
        served: trained on everything, or None to leave the folder as it is.
        split: what was measured on.
        started: by `time.perf_counter`.
        about: kept in the models' report besides the figures.
    """
    if is_main():
        if served is not None:
            figures = {"split": split_mark(split), "ndcg@10": measured.metrics["ndcg@10"].mean}
            figures |= {"measured_people": n_measured(split), "all_interactions": _n_interactions(split)}
            figures |= {k: v for k, v in measured.report.items() if k != "log"}
            figures |= about
            measured.model.save(folder / "measured", figures)
            served.save(folder, figures)
        if options.checkpoint:
            shutil.rmtree(options.checkpoint, ignore_errors=True)
    seconds = time.perf_counter() - started
    message += f"; {n_measured(split):,} people measured"
    return Trained(name, measured.metrics, served is not None, seconds, message, measured.report)


def _measured(
    name: str,
    settings: Mapping[str, Any],
    split: Split,
    text: Floats | None,
    options: FitOptions,
    on_progress: Progress | None,
    teacher: Teacher | None,
    distillation: Distillation | None,
    mark: str,
) -> tuple[SequentialModel, dict[str, Any]]:
    """The model that is measured. Should the run be interrupted after it, it is found again beside the checkpoint."""
    about = replace(options, checkpoint=None, log_dir=None)
    taught = distillation and (distillation.names, distillation.options, distillation.weights, distillation.settings)
    key = fingerprint(name, settings, mark, text, about, taught)
    kept = options.checkpoint / f"measured-{key}" if options.checkpoint else None
    if kept is not None:
        with suppress(ModelError):
            found = load_model(kept), read_meta(kept)["report"]
            if on_progress:
                on_progress(0, 1, f"{RESUMES} after the model that is measured, which was done before the interruption")
            return found
    model = shaped(new_model(name, split, text), settings)
    report = _fit(model, split, options, on_progress, teacher, distillation)
    if kept is not None and is_main():
        model.save(kept, report)
    return model, report


def _fit(
    model: SequentialModel,
    split: Split,
    options: FitOptions,
    on_progress: Progress | None,
    teacher: Teacher | None,
    distillation: Distillation | None,
) -> dict[str, Any]:
    if teacher is None or distillation is None:
        return model.fit(split, options, on_progress)
    assert isinstance(model, NeuralModel)
    return model.fit(split, options, on_progress, teaching=teacher.teaching(distillation.weights))


def students() -> list[str]:
    """Names of the models that can learn from a teacher."""
    return sorted(name for name in NAMES if issubclass(kind(name), NeuralModel))


def measured_model(name: str, split: Split, folder: Path) -> SequentialModel | None:
    """The model that was measured on exactly this split, if there is one."""
    try:
        if read_meta(folder / "measured")["report"].get("split") != split_mark(split):
            return None
        model = load_model(folder / "measured")
    except (ModelError, KeyError, TypeError, AttributeError):  # no model, or a damaged model.json
        return None
    return model if model.name == kind(name).name else None


def _gate(folder: Path, metrics: dict[str, Estimate], mark: str, split: Split) -> tuple[bool, str]:
    """Compare with the incumbent on this split's test targets; without one, promote."""
    try:
        load_model(folder)  # one that cannot be read protects nothing
        report = read_meta(folder)["report"]
        if reason := too_little(report, split):
            return False, reason
        if report.get("split") == mark:
            old = float(report["ndcg@10"])
        else:
            # The incumbent was measured on other data: let it rank these targets. It may have seen them in
            # training, which only makes it harder to replace.
            try:
                incumbent = load_model(folder / "measured")
            except ModelError:
                return True, "promoted: the old model came without the one that could be measured on these interactions"
            if incumbent.items != split.items:
                return True, "promoted: the catalogue has changed since the old model was trained"
            histories, targets = split.histories("test")
            old = full_ranking(incumbent.scores, histories, targets)["ndcg@10"].mean
    except (ModelError, KeyError, TypeError, AttributeError, ValueError):
        return True, "promoted: there was no model before"
    return verdict(metrics["ndcg@10"].mean, old)


def verdict(new: float, old: float) -> tuple[bool, str]:
    """Whether a model of NDCG@10 `new` may replace one of `old`, and why."""
    if new >= old * (1 - TOLERANCE):
        return True, f"promoted: NDCG@10 {new:.4f} against {old:.4f}"
    return False, f"kept the old model: NDCG@10 {new:.4f} is below {old:.4f} by more than {TOLERANCE:.0%}"


def too_little(report: Mapping[str, Any], split: Split) -> str:
    """Why a model trained on this split may not replace the one of this report unasked, whatever its figures; or "".

    A report that does not say on how many people its figures stand counts as one on many, unless it is of this split.
    """
    people, interactions = n_measured(split), _n_interactions(split)
    before = int(report.get("measured_people", people if report.get("split") == split_mark(split) else FEWEST))
    if people < FEWEST <= before:
        return (
            f"kept the old model: only {people} people could be measured, and figures on under {FEWEST} say nothing "
            "(--force replaces it all the same)"
        )
    if interactions < LEAST_DATA * (had := int(report.get("all_interactions", 0))):
        return (
            f"kept the old model: it learnt from {had:,} interactions, and there are only {interactions:,} now "
            "(--force replaces it all the same)"
        )
    return ""


def n_measured(split: Split) -> int:
    """How many people have an item held out to measure by."""
    return int((split.test_target > 0).sum())


def _n_interactions(split: Split) -> int:
    return sum(len(history) for history in split.full())
