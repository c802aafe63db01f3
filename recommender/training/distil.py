"""Distillation: any teacher, or several as an ensemble, into any neural student.

1. Each member is trained on everybody: for the ensemble's weights, its figures, and hidden states to align with.
2. Each member is trained once more for every fold of people, on the others (cross-fitting).
3. Those answer at every position of the people they have not seen: the soft labels.
4. The student trains on the next items, the soft labels, and whatever else `DistilWeights` switches on.

Members, weights and labels are kept in a cache folder, so an interrupted run goes on where it was.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from recommender.arrays import Floats
from recommender.data.sequences import Split
from recommender.models import load_model
from recommender.models.base import ModelError, SequentialModel, read_meta
from recommender.models.neural import NeuralModel
from recommender.models.teaching import DistilWeights, SoftLabels, Teaching, followed
from recommender.names import NAMES
from recommender.training.ensemble import Ensemble, stack
from recommender.training.parallel import everywhere, is_main, main_first
from recommender.training.recipes import changed, fit_options, kind, new_model, reads_text, shaped
from recommender.training.soft_labels import (
    LABELS,
    Fold,
    fingerprint,
    folds,
    load_labels,
    save_labels,
    soft_labels,
    without,
)

ENSEMBLE = ("sasrec", "sasrec-ids", "ease")
OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class DistilOptions:
    """How a teacher makes its labels.

    Attributes:
        folds: groups of people for cross-fitting; 1 lets teachers label what they were trained on (a control).
        k: labels kept at each position.
        temperature: above 1 flattens the teacher's distribution.
        exclude_past: what a person already had is no label.
        bounds: history lengths that separate groups of people with ensemble weights of their own, ascending.
        seed: of the folds and the teachers.

    Raises:
        ValueError: a setting makes no sense; the text names it.
    """

    folds: int = 3
    k: int = LABELS
    temperature: float = 1.0
    exclude_past: bool = True
    bounds: tuple[int, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if self.folds < 1 or self.k < 1:
            raise ValueError(f"folds and k must be at least 1, not {self.folds} and {self.k}")
        if self.temperature <= 0:
            raise ValueError(f"temperature must be above 0, not {self.temperature}")
        if list(self.bounds) != sorted(set(self.bounds)):
            raise ValueError(f"bounds must ascend, unlike {self.bounds}")


@dataclass(frozen=True)
class Teacher:
    """A trained teacher and its labels for `split.train` (or for the whole histories, when `final`)."""

    names: tuple[str, ...]
    ensemble: Ensemble
    labels: SoftLabels
    epochs: dict[str, int]

    def teaching(self, weights: DistilWeights) -> Teaching:
        """What a student's fit takes."""
        networks = tuple(m.network for m in self.ensemble.members if isinstance(m, NeuralModel))
        return Teaching(self.labels, networks if weights.aligns else (), weights)


def teacher_names(given: str) -> tuple[str, ...]:
    """ "ensemble", one model, or several separated by commas.

    Raises:
        ModelError: one of them is unknown.
    """
    parts = [part.strip() for part in given.split(",") if part.strip()]
    names = tuple(dict.fromkeys(name for part in parts for name in (ENSEMBLE if part == "ensemble" else (part,))))
    for name in names:
        if name not in NAMES:
            raise ModelError(f"There is no teacher '{name}'. Known: ensemble, {', '.join(sorted(NAMES))}")
    if not names:
        raise ModelError("Name a teacher: ensemble, or models separated by commas.")
    return names


def check_alignment(
    student: NeuralModel, names: Sequence[str], split: Split, weights: DistilWeights, settings: Mapping[str, Any]
) -> None:
    """Say before these teachers are trained what their student could not do with them.

    Raises:
        ModelError: hidden states are to be aligned, and those of no teacher can be.
    """
    if weights.aligns:
        members = [shaped(new_model(name, split, None), settings) for name in names]
        followed(student.shape, [member.shape for member in members if isinstance(member, NeuralModel)])


def make_teacher(
    names: Sequence[str],
    split: Split,
    text: Floats | None,
    options: DistilOptions,
    cache: Path,
    on_progress: OnProgress | None = None,
    measured: Teacher | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Teacher:
    """Train the members, weigh them, and let them label the training histories.

    Args:
        cache: folder for members, weights and labels; what is found there, from the same data and settings, is not
            made again. Teachers over the same data share their members.
        measured: the teacher that was measured on `split`. With it, everything held out is trained on and labelled
            too, for as many epochs and with the weights found then: for the student that is served.
        settings: changes of the neural members' shape and training; each takes what it has.
    """
    told = {name: (settings or {}) if issubclass(kind(name), NeuralModel) else {} for name in names}
    histories = split.full() if measured else split.train
    folder = cache / fingerprint(
        options.seed, measured and measured.epochs, split.items, [h.tobytes() for h in histories],
        split.valid_target.tobytes(), text,
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)  # used now: whoever clears the cache goes by it
    groups = folds(split, options.folds, options.seed)
    jobs = 1 + (len(groups) if len(groups) > 1 else 0)
    n_jobs, done = len(names) * jobs, 0

    def member(name: str, part: str, data: Split, epochs: int | None) -> tuple[SequentialModel, int]:
        nonlocal done
        offset = done

        def progress(at: int, total: int, note: str) -> None:
            if on_progress:
                on_progress(
                    round(1000 * (offset + at / max(1, total))), 1000 * n_jobs, f"teacher {name} {part}, {note}"
                )

        trained = _member(name, told[name], split, data, text if reads_text(name) else None, folder / f"{name} {part}",
                          options.seed, epochs, final=measured is not None, on_progress=progress)  # fmt: skip
        done += 1
        return trained

    known = measured.epochs if measured else {}
    first = {name: member(name, "all", split, known.get(name)) for name in names}
    everybody, epochs = [first[name][0] for name in names], {name: first[name][1] for name in names}
    about = [_settings(name, split, told[name]) for name in names]
    if measured:
        ensemble = Ensemble(everybody, measured.ensemble.weights, measured.ensemble.bounds, tuple(names))
    else:
        weights = folder / f"ensemble {fingerprint(tuple(names), options.bounds, about)}.json"
        ensemble = replace(_ensemble(everybody, split, options, weights), names=tuple(names))
    if len(groups) == 1:
        teachers = [Fold(everybody, groups[0])]
    else:
        teachers = [
            Fold(
                [member(name, f"fold {i} of {len(groups)}", without(split, people), epochs[name])[0] for name in names],
                people,
            )
            for i, people in enumerate(groups, start=1)
        ]
    kept = folder / f"labels {fingerprint(tuple(names), options, about)}.safetensors"
    with main_first():
        labels = load_labels(kept)
        if labels is None:
            labels = soft_labels(
                ensemble, teachers, histories, options.k, options.temperature, options.exclude_past,
                on_done=lambda at, total: on_progress(at, total, "soft labels") if on_progress else None,
            )  # fmt: skip
            save_labels(labels, kept)
    return Teacher(tuple(names), ensemble, labels, epochs)


def _member(
    name: str,
    settings: Mapping[str, Any],
    everybody: Split,
    split: Split,
    text: Floats | None,
    folder: Path,
    seed: int,
    epochs: int | None,
    final: bool,
    on_progress: OnProgress,
) -> tuple[SequentialModel, int]:
    """Train one member, or read it from the cache; with the epochs that it was trained for.

    Args:
        everybody: whose data the member's settings suit; those of a fold are the same, or they would be other models.
        split: what it is trained on.
        epochs: stop there and validate nothing, or None to stop by validation.
    """
    # In the folder's name, so that nothing made with other settings is taken for this member.
    folder = folder.with_name(f"{folder.name} {_settings(name, everybody, settings)}")
    kept = None
    with suppress(ModelError, KeyError, TypeError, ValueError):  # not made yet, or damaged: made again
        kept = load_model(folder), int(read_meta(folder)["report"]["epochs"])
    if everywhere(kept is not None) and kept:
        return kept
    options = replace(changed(fit_options(name, everybody), settings), seed=seed, checkpoint=folder / "checkpoint")
    if epochs:
        options = replace(options, stop_epoch=epochs)
        if not final:  # the held-out items of the others stay held out, and there is nothing to choose by validation
            split = replace(split, valid_target=np.zeros_like(split.valid_target))
    model = shaped(new_model(name, everybody, text), settings)
    report = model.fit(split, replace(options, final=final), on_progress)
    epochs = int(report.get("epochs", 1))
    with main_first():
        if is_main():
            model.save(folder, {"epochs": epochs, "valid_ndcg@10": report.get("valid_ndcg@10")})
    return model, epochs


def _ensemble(members: list[SequentialModel], split: Split, options: DistilOptions, kept: Path) -> Ensemble:
    """The members with the weights that are kept in this file, or with new ones, which then are."""
    with main_first():
        with suppress(OSError, TypeError, ValueError):  # not made yet, or damaged: made again
            weights = np.array(json.loads(kept.read_text(encoding="utf-8")), dtype=np.float32)
            if weights.shape == (len(options.bounds) + 1, len(members)):
                return Ensemble(members, weights, options.bounds)
        ensemble = stack(members, split, options.bounds, options.seed)
        new = kept.with_suffix(".new")
        new.write_text(json.dumps(ensemble.weights.tolist()), encoding="utf-8")
        new.replace(kept)
        return ensemble


def _settings(name: str, split: Split, settings: Mapping[str, Any]) -> str:
    """A short name for all that a member is told besides the data."""
    model, options = shaped(new_model(name, split, None), settings), changed(fit_options(name, split), settings)
    return fingerprint(model.config(), options)


def student_report(teacher: Teacher) -> dict[str, Any]:
    """What is kept with a student about its teacher."""
    return {"teacher": list(teacher.names), "ensemble": teacher.ensemble.describe()}
