"""What a teacher brings: the same student with and without it, three seeds, and against the teacher itself.

python -m benchmarks.distillation --dataset amazon-beauty
python -m benchmarks.distillation --dataset amazon-beauty --student sasrec --teacher ensemble --arms ce full
python -m benchmarks.distillation --dataset amazon-industrial --student slmrec --teacher e-llmrec --arms ce align full

An arm is a way to train the student; "ce" is cross-entropy alone, and every arm is compared with it over the same
people and seeds. The teacher is trained once and cross-fitted; it is kept under --cache.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.common import CACHE, LEAVE_ONE_OUT, RESULTS, SeedRuns, load_dataset, text_vectors, write_result
from recommender.arrays import Floats
from recommender.data.sequences import Split
from recommender.evaluation.bootstrap import paired_ratio
from recommender.evaluation.metrics import full_ranks, ndcg, ranks_to_metrics
from recommender.models.base import FitOptions, ModelError
from recommender.models.neural import NeuralModel
from recommender.models.teaching import DistilWeights
from recommender.training.distil import DistilOptions, Teacher, check_alignment, make_teacher, teacher_names
from recommender.training.recipes import fit_options, new_model
from recommender.training.soft_labels import without

_FULL = DistilWeights()
# Each control takes one part away from "full", or leaves one part alone.
ARMS: dict[str, DistilWeights | None] = {
    "ce": None,
    "full": _FULL,
    "soft only": replace(_FULL, hard_negatives=False, last_position=False),
    "hard negatives only": replace(_FULL, soft=0.0, last_position=False),
    "no extra position": replace(_FULL, last_position=False),
    "confidence": replace(_FULL, confidence=True),
    "soft .3": replace(_FULL, soft=0.3),
    "soft .5": replace(_FULL, soft=0.5),
    "align": DistilWeights(soft=0.0, hard_negatives=False, last_position=False, cosine=1.0, norm=0.1, intermediate=1.0),
    "align and soft": replace(_FULL, cosine=1.0, norm=0.1, intermediate=1.0),
}
# These change how the teacher makes its labels.
TEACHER_ARMS: dict[str, dict[str, Any]] = {"past not masked": {"exclude_past": False}, "not cross-fitted": {"folds": 1}}


def run_student(
    name: str, split: Split, text: Floats, teacher: Teacher | None, weights: DistilWeights | None, options: FitOptions
) -> tuple[NeuralModel, dict[str, Any]]:
    """Train one student."""
    model = new_model(name, split, text)
    assert isinstance(model, NeuralModel)
    teaching = teacher.teaching(weights) if teacher and weights else None
    report = model.fit(split, options, _progress(f"{name} seed {options.seed}"), teaching)
    return model, report


def _progress(what: str) -> Callable[[int, int, str], None]:
    last = [0.0]

    def show(done: int, total: int, note: str) -> None:
        if time.monotonic() - last[0] > 20 or done == total:
            last[0] = time.monotonic()
            print(f"{what}: {done}/{total} {note}", file=sys.stderr, flush=True)

    return show


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--student", default="sasrec")
    parser.add_argument("--teacher", default="ensemble")
    parser.add_argument("--arms", nargs="+", default=["ce", "full"], choices=[*ARMS, *TEACHER_ARMS])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--bounds", nargs="*", type=int, default=[], help="history lengths with weights of their own")
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--people", type=int, default=None, help="so many people, drawn at random; default: everybody")
    parser.add_argument("--tag", default="", help="added to the name of the result file")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()

    split, texts = load_dataset(given.dataset)
    text = text_vectors(given.dataset, texts)
    if given.people and given.people < len(split.users):
        drawn = np.random.default_rng(0).permutation(len(split.users))
        split = without(split, drawn[given.people :])
    try:
        names = teacher_names(given.teacher)
        student = new_model(given.student, split, text)
        if not isinstance(student, NeuralModel):
            raise ModelError(f"{given.student} only counts: it cannot be taught.")
        for parts in filter(None, map(ARMS.get, given.arms)):
            check_alignment(student, names, split, parts, {})
    except ModelError as error:
        parser.error(str(error))
    how = DistilOptions(folds=given.folds, temperature=given.temperature, bounds=tuple(given.bounds))
    histories, targets = split.histories("test")

    def teacher_for(**changes: Any) -> Teacher:
        return make_teacher(names, split, text, replace(how, **changes), given.cache, _progress("teacher"))

    teacher = teacher_for()
    figures: dict[str, Any] = {}
    ndcgs: dict[str, np.ndarray] = {}
    members = zip(names, teacher.ensemble.members, strict=True)
    teachers = {"teacher": teacher.ensemble.scores} | {f"teacher's {name}": m.scores for name, m in members}
    for label, scores in teachers.items():
        ranks = full_ranks(scores, histories, targets)
        figures[label] = {k: v.as_json() for k, v in ranks_to_metrics(ranks).items()}
        ndcgs[label] = ndcg(ranks)
        print(label, figures[label]["ndcg@10"], file=sys.stderr, flush=True)
    options = fit_options(given.student, split)
    if given.epochs:
        options = replace(options, epochs=given.epochs)
    reports: dict[str, list[Any]] = {}
    parameters: dict[str, int] = {}
    for arm in given.arms:
        runs, reports[arm] = SeedRuns(), []
        taught_by = teacher_for(**TEACHER_ARMS[arm]) if arm in TEACHER_ARMS else teacher
        weights = _FULL if arm in TEACHER_ARMS else ARMS[arm]
        for seed in given.seeds:
            model, report = run_student(given.student, split, text, taught_by, weights, replace(options, seed=seed))
            parameters = report["parameters"]
            found = runs.add(full_ranks(model.scores, histories, targets))
            reports[arm].append({k: report[k] for k in ("epochs", "seconds", "labels_per_s", "log")})
            print(arm, seed, f"NDCG@10 {found:.4f}", file=sys.stderr, flush=True)
        ndcgs[arm], figures[arm] = runs.ndcgs, runs.figures()
    compared: dict[str, Any] = {}
    for arm in given.arms:
        for base in ("ce", "teacher", *(f"teacher's {n}" for n in names)):
            if base in ndcgs and base != arm:
                compared[f"{arm} / {base}"] = paired_ratio(ndcgs[arm], ndcgs[base]).as_json()
    print(json.dumps(compared, indent=1))
    neural = [m for m in teacher.ensemble.members if isinstance(m, NeuralModel)]
    write_result(
        f"distillation_{given.dataset}_{given.student}_from_{given.teacher.replace(',', '+')}{given.tag}",
        benchmark="distillation",
        dataset=given.dataset,
        model=given.student,
        protocol=LEAVE_ONE_OUT,
        n=len(targets),
        metrics=figures,
        parameters=parameters,
        training=reports,
        folder=given.results,
        teacher={
            **teacher.ensemble.describe(),
            "options": asdict(how),
            "epochs": teacher.epochs,
            "parameters": [m.network.n_parameters() for m in neural],
        },
        seeds=given.seeds,
        ratios=compared,
        threads=torch.get_num_threads(),
    )


if __name__ == "__main__":
    main()
