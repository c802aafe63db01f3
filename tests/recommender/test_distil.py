"""Distillation from end to end: who taught whom, what is kept, what a student learns."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.arrays import Floats
from recommender.data.sequences import Split
from recommender.evaluation.metrics import full_ranking
from recommender.models.base import FitOptions, ModelError, SequentialModel, read_meta
from recommender.models.gru4rec import GRU4Rec, GRU4RecConfig
from recommender.models.item_knn import ItemKNN
from recommender.models.sasrec import SASRec, SASRecConfig
from recommender.models.slmrec import SLMRec, SLMRecConfig
from recommender.models.teaching import DistilWeights, SoftLabels, Teaching
from recommender.training import distil, recipes
from recommender.training.distil import ENSEMBLE, DistilOptions, Teacher, make_teacher, student_report, teacher_names
from recommender.training.soft_labels import folds, without
from tests.recommender.tiny_llm import tiny_llm
from tests.ring import N_ITEMS, markov_split

SPLIT = markov_split()
TEXT = np.random.default_rng(0).standard_normal((N_ITEMS, 8)).astype(np.float32)
NAMES = ("sasrec-ids", "item-knn")
OPTIONS = DistilOptions(folds=2, k=10)
CHANCE = 0.13  # NDCG@10 of a random order of 40 items, less the past ones, on this split


@dataclass(frozen=True)
class Fit:
    """One call of a member's `fit`."""

    model: str
    split: Split
    options: FitOptions


def small_model(name: str, split: Split, text: Floats | None) -> SequentialModel:
    config = SASRecConfig(dim=16, blocks=1, max_length=12, dropout=0.1)
    if name == "sasrec-ids":
        return SASRec(config=replace(config, item_source="ids"))
    return SASRec(config=config, text=text) if name == "sasrec" else recipes.new_model(name, split, text)


@pytest.fixture(autouse=True)
def fits(monkeypatch: pytest.MonkeyPatch) -> list[Fit]:
    """Every training of a member, in order; members are small and quick."""
    calls: list[Fit] = []
    for kind in (SASRec, ItemKNN):

        def recorded(model: Any, split: Split, options: FitOptions, *more: Any, _fit: Any = kind.fit) -> Any:
            calls.append(Fit(model.name, split, options))
            return _fit(model, split, options, *more)

        monkeypatch.setattr(kind, "fit", recorded)
    monkeypatch.setattr(distil, "new_model", small_model)
    monkeypatch.setattr(distil, "fit_options", lambda *_: FitOptions(epochs=3, batch_size=64, learning_rate=1e-2))
    return calls


def teach(cache: Path, names: tuple[str, ...] = NAMES, options: DistilOptions = OPTIONS, **more: Any) -> Teacher:
    return make_teacher(names, SPLIT, None, options, cache, **more)


def rows(histories: list[Any]) -> list[list[int]]:
    return [history.tolist() for history in histories]


def same(one: Teacher, two: Teacher) -> None:
    np.testing.assert_array_equal(one.labels.items, two.labels.items)
    np.testing.assert_array_equal(one.labels.probabilities, two.labels.probabilities)
    np.testing.assert_allclose(one.ensemble.weights, two.ensemble.weights, rtol=1e-4)
    assert one.epochs == two.epochs and one.names == two.names


# --- names and options ------------------------------------------------------------------------------------------------


def test_teachers_are_named_alone_or_together() -> None:
    assert teacher_names("ensemble") == ENSEMBLE
    assert teacher_names("item-knn") == ("item-knn",)
    assert teacher_names(" item-knn , sasrec-ligr,,item-knn") == ("item-knn", "sasrec-ligr")
    assert teacher_names("ensemble,popular") == (*ENSEMBLE, "popular")


@pytest.mark.parametrize(("given", "said"), [("oracle", "'oracle'"), ("sasrec,oracle", "'oracle'"), (" , ", "Name")])
def test_a_teacher_that_there_is_not(given: str, said: str) -> None:
    with pytest.raises(ModelError, match=said) as refused:
        teacher_names(given)
    assert "ensemble" in str(refused.value)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("folds", 0), ("k", 0), ("temperature", 0.0), ("temperature", -1.0), ("bounds", (5, 3)), ("bounds", (3, 3))],
)
def test_options_that_make_no_sense_are_named(setting: str, value: Any) -> None:
    with pytest.raises(ValueError, match=setting):
        DistilOptions(**{setting: value})


# --- cross-fitting ----------------------------------------------------------------------------------------------------


def test_nobody_is_labelled_by_a_model_that_saw_them(tmp_path: Path, fits: list[Fit], monkeypatch: Any) -> None:
    asked: list[Any] = []
    real = distil.soft_labels
    monkeypatch.setattr(distil, "soft_labels", lambda *given, **more: asked.append(given) or real(*given, **more))
    teach(tmp_path)
    ((_, teachers, histories, *_),) = asked
    assert rows(histories) == rows(SPLIT.train)
    assert np.sort(np.concatenate([fold.people for fold in teachers])).tolist() == list(range(len(SPLIT.users)))
    everybody, crossed = fits[:2], fits[2:]
    assert [fit.model for fit in fits] == ["sasrec", "item-knn"] * 3
    assert all(fit.split.users == SPLIT.users for fit in everybody)
    for number, fold in enumerate(teachers):
        labelled = {SPLIT.users[person] for person in fold.people}
        for member, fit in zip(fold.members, crossed[2 * number : 2 * number + 2], strict=True):
            assert member.name == fit.model
            assert not labelled & set(fit.split.users) and labelled | set(fit.split.users) == set(SPLIT.users)


def test_what_is_held_out_stays_held_out(tmp_path: Path, fits: list[Fit]) -> None:
    """Members for the measured student see training items only, and those of a fold do not even validate."""
    teach(tmp_path)
    kept = {user: history.tolist() for user, history in zip(SPLIT.users, SPLIT.train, strict=True)}
    for number, fit in enumerate(fits):
        assert not fit.options.final
        assert rows(fit.split.train) == [kept[user] for user in fit.split.users]
        assert bool(fit.split.valid_target.any()) == (number < 2)
    assert all(fit.options.stop_epoch > 0 for fit in fits[2:])


def test_one_fold_lets_teachers_label_what_they_saw(tmp_path: Path, fits: list[Fit]) -> None:
    teacher = teach(tmp_path, options=replace(OPTIONS, folds=1))
    assert [fit.model for fit in fits] == ["sasrec", "item-knn"]
    assert len(teacher.labels.items) == sum(map(len, SPLIT.train))


def test_a_fold_trains_as_long_as_the_member_on_everybody(tmp_path: Path, fits: list[Fit]) -> None:
    teacher = teach(tmp_path)
    assert set(teacher.epochs) == set(NAMES) and 1 <= teacher.epochs["sasrec-ids"] <= 3
    assert {fit.options.stop_epoch for fit in fits[2:] if fit.model == "sasrec"} == {teacher.epochs["sasrec-ids"]}


def test_labels_of_a_teacher_are_distributions_without_the_past(tmp_path: Path) -> None:
    labels = teach(tmp_path).labels
    np.testing.assert_allclose(labels.probabilities.astype(np.float64).sum(axis=1), 1.0, atol=2e-3)
    row = 0
    for history in SPLIT.train:
        for at in range(len(history)):
            assert not set(history[: at + 1].tolist()) & set(labels.items[row].tolist())
            row += 1
    assert row == len(labels.items)


# --- the teacher of the model that is served --------------------------------------------------------------------------


def test_the_final_teacher_has_seen_and_labels_everything(tmp_path: Path, fits: list[Fit]) -> None:
    measured = teach(tmp_path)
    before = len(fits)
    final = teach(tmp_path, measured=measured)
    assert len(final.labels.items) == sum(map(len, SPLIT.full())) > len(measured.labels.items)
    np.testing.assert_array_equal(final.ensemble.weights, measured.ensemble.weights)
    assert final.epochs == measured.epochs and final.ensemble.bounds == measured.ensemble.bounds
    full = {user: history.tolist() for user, history in zip(SPLIT.users, SPLIT.full(), strict=True)}
    assert len(fits) == before + 6
    for fit in fits[before:]:
        assert fit.options.final and rows(fit.split.full()) == [full[user] for user in fit.split.users]
    for people, fit in zip(np.repeat(np.array(folds(SPLIT, 2), dtype=object), 2, axis=0), fits[before + 2 :],
                           strict=True):  # fmt: skip
        assert fit.split.users == without(SPLIT, people.astype(np.int64)).users


def test_its_labels_are_those_of_the_students_final_fit(tmp_path: Path) -> None:
    measured = teach(tmp_path)
    final = teach(tmp_path, measured=measured)
    student = GRU4Rec(config=GRU4RecConfig(dim=8, width=8, max_length=12))
    options = FitOptions(epochs=1, batch_size=64)
    weights = DistilWeights()
    student.fit(SPLIT, replace(options, final=True), teaching=final.teaching(weights))
    student.fit(SPLIT, options, teaching=measured.teaching(weights))
    for teacher, ending in ((measured, True), (final, False)):
        with pytest.raises(ModelError, match="other histories"):
            student.fit(SPLIT, replace(options, final=ending), teaching=teacher.teaching(weights))


# --- the cache --------------------------------------------------------------------------------------------------------


def test_what_was_made_is_not_made_again(tmp_path: Path, fits: list[Fit], monkeypatch: pytest.MonkeyPatch) -> None:
    first = teach(tmp_path)
    final = teach(tmp_path, measured=first)
    fits.clear()
    for made in ("stack", "soft_labels"):  # neither members nor weights nor labels
        monkeypatch.setattr(distil, made, None)
    second = teach(tmp_path)
    same(second, first)
    np.testing.assert_array_equal(second.ensemble.weights, first.ensemble.weights)
    assert second.ensemble.weights.dtype == first.ensemble.weights.dtype
    same(teach(tmp_path, measured=second), final)
    assert not fits


def test_a_killed_run_goes_on_after_the_members_it_has(tmp_path: Path, fits: list[Fit], monkeypatch: Any) -> None:
    whole = teach(tmp_path / "whole")
    real = distil.new_model
    for finished in range(6):
        fits.clear()

        def killed(name: str, split: Split, text: Floats | None, limit: int = finished) -> SequentialModel:
            model = real(name, split, text)
            if len(fits) >= limit:
                monkeypatch.setattr(model, "fit", interrupted)
            return model

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(distil, "new_model", killed)
            teach(tmp_path / f"killed after {finished}")
        assert len(fits) == finished
        same(teach(tmp_path / f"killed after {finished}"), whole)
        assert len(fits) == 6


def interrupted(*_: Any) -> None:
    raise KeyboardInterrupt


def test_a_member_killed_half_way_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    whole = teach(tmp_path / "whole")
    steps: list[str] = []

    def kill(done: int, total: int, note: str) -> None:
        if "epoch 3" in note:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        teach(tmp_path / "killed", on_progress=kill)
    resumed = teach(tmp_path / "killed", on_progress=lambda done, total, note: steps.append(note))
    assert "epoch 3" in steps[0], "the first two epochs were trained again"
    same(resumed, whole)


@pytest.mark.parametrize(
    "damage", ["members", "weights", "json", "report", "labels", "labels gone", "ensemble", "ensemble of others"]
)
def test_what_is_damaged_is_made_again(tmp_path: Path, fits: list[Fit], damage: str) -> None:
    first = teach(tmp_path)
    fits.clear()
    (folder,) = tmp_path.iterdir()
    (labels,), (ensemble,) = folder.glob("labels*"), folder.glob("ensemble*")
    (member,) = (path for path in folder.iterdir() if path.name.startswith("item-knn fold 1"))
    if damage == "members":
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    elif damage == "weights":
        (weights,) = member.glob("weights-*")
        weights.write_bytes(weights.read_bytes()[:-9])
    elif damage == "json":
        (member / "model.json").write_text("{")
    elif damage == "report":
        (member / "model.json").write_text(json.dumps(read_meta(member) | {"report": None}))
    elif damage == "ensemble":
        ensemble.write_text("[[1.0")
    elif damage == "ensemble of others":
        ensemble.write_text("[[1.0, 2.0, 3.0]]")
    elif damage == "labels":
        labels.write_bytes(labels.read_bytes()[:-9])
    else:
        labels.unlink()
    same(teach(tmp_path), first)
    assert len(fits) == {"members": 6, "weights": 1, "json": 1, "report": 1}.get(damage, 0)


def test_weights_are_fitted_once_for_labels_of_any_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what they depend on makes new ones: who is in the ensemble, and its bounds."""
    fitted: list[tuple[int, tuple[int, ...]]] = []
    real = distil.stack

    def stack(members: list[SequentialModel], split: Split, bounds: tuple[int, ...], seed: int) -> Any:
        fitted.append((len(members), bounds))
        return real(members, split, bounds, seed)

    monkeypatch.setattr(distil, "stack", stack)
    parted = replace(OPTIONS, bounds=(5,))
    for _ in range(2):
        for options in (OPTIONS, replace(OPTIONS, temperature=5.0), replace(OPTIONS, folds=1), parted):
            assert teach(tmp_path, options=options).ensemble.bounds == options.bounds
        teach(tmp_path, names=("item-knn",))
    assert fitted == [(2, ()), (2, (5,)), (1, ())]


def test_other_labels_come_from_the_same_members(tmp_path: Path, fits: list[Fit]) -> None:
    """Temperature, size, bounds and masking change labels, not members; and teachers share members."""
    first = teach(tmp_path)
    fits.clear()
    flat = teach(tmp_path, options=replace(OPTIONS, temperature=5.0))
    past = teach(tmp_path, options=replace(OPTIONS, exclude_past=False))
    assert flat.labels.probabilities[:, 0].mean() < first.labels.probabilities[:, 0].mean()
    assert not np.array_equal(past.labels.items, first.labels.items)
    assert teach(tmp_path, options=replace(OPTIONS, k=3)).labels.items.shape[1] == 3
    assert teach(tmp_path, options=replace(OPTIONS, bounds=(5,))).ensemble.weights.shape == (2, 2)
    assert teach(tmp_path, names=("item-knn",)).names == ("item-knn",)
    assert not fits


@pytest.mark.parametrize("change", ["data", "text", "seed", "settings", "shape"])
def test_another_run_is_another_cache(tmp_path: Path, fits: list[Fit], monkeypatch: Any, change: str) -> None:
    names = ("sasrec",)
    make_teacher(names, SPLIT, TEXT, OPTIONS, tmp_path)
    fits.clear()
    split, text, options = SPLIT, TEXT, OPTIONS
    if change == "data":
        split = markov_split(seed=8)
    elif change == "text":
        text = TEXT[::-1].copy()
    elif change == "seed":
        options = replace(OPTIONS, seed=1)
    elif change == "settings":
        monkeypatch.setattr(distil, "fit_options", lambda *_: FitOptions(epochs=2, batch_size=64))
    else:
        shape = SASRecConfig(dim=8, blocks=1, max_length=12)
        monkeypatch.setattr(distil, "new_model", lambda name, split, text: SASRec(config=shape, text=text))
    make_teacher(names, split, text, options, tmp_path)
    assert len(fits) == 3


def test_progress_only_rises_and_names_the_member(tmp_path: Path) -> None:
    said: list[tuple[int, int, str]] = []
    teach(tmp_path, on_progress=lambda *given: said.append(given))
    training = [done for done, _, note in said if note != "soft labels"]
    assert training == sorted(training) and all(done <= total for done, total, _ in said)
    assert any("sasrec-ids fold 2" in note for *_, note in said)
    done, total, note = said[-1]
    assert done == total and note == "soft labels"


# --- the student ------------------------------------------------------------------------------------------------------


def ndcg(model: SequentialModel) -> float:
    return full_ranking(model.scores, *SPLIT.histories("test"))["ndcg@10"].mean


def student(teaching: Teaching) -> tuple[GRU4Rec, dict[str, Any]]:
    model = GRU4Rec(config=GRU4RecConfig(dim=16, width=24, max_length=12, dropout=0.1, temperature=0.15))
    return model, model.fit(
        SPLIT, FitOptions(epochs=20, patience=20, batch_size=32, learning_rate=1e-2), teaching=teaching
    )


def test_a_student_learns_from_soft_labels_alone(tmp_path: Path) -> None:
    """Without the true next items in its loss it still ranks far above chance, and far above popularity.

    Shuffled labels are the control: all that is left in them is what is popular.
    """
    teacher = teach(tmp_path)
    only = DistilWeights(soft=1.0, hard_negatives=False)
    learnt, report = student(teacher.teaching(only))
    assert all(entry["cross_entropy"] == 0 for entry in report["log"])
    soft = [entry["soft_labels"] for entry in report["log"]]
    assert soft[-1] < 0.5 * soft[0] and min(soft) >= 0
    order = np.random.default_rng(0).permutation(len(teacher.labels.items))
    shuffled = SoftLabels(teacher.labels.items[order], teacher.labels.probabilities[order])
    misled, _ = student(Teaching(shuffled, (), only))
    assert ndcg(learnt) > 4 * CHANCE and ndcg(learnt) > ndcg(misled) + 0.1
    assert ndcg(learnt) > 0.75 * full_ranking(teacher.ensemble.scores, *SPLIT.histories("test"))["ndcg@10"].mean


def test_what_a_student_takes_follows_the_weights(tmp_path: Path) -> None:
    teacher = teach(tmp_path)
    network = teacher.ensemble.members[0].network
    assert teacher.teaching(DistilWeights()).networks == ()
    assert teacher.teaching(DistilWeights(cosine=1.0)).networks == (network,)
    both = teach(tmp_path, ("sasrec-ids", "sasrec"), replace(OPTIONS, folds=1))
    assert both.teaching(DistilWeights(norm=1.0)).networks == tuple(m.network for m in both.ensemble.members)
    assert teacher.teaching(DistilWeights(norm=0.1)).labels is teacher.labels
    counting = teach(tmp_path, names=("item-knn",))
    with pytest.raises(ModelError, match="neural teacher"):
        student(counting.teaching(DistilWeights(cosine=1.0)))


def test_whether_a_student_can_follow_a_teacher_is_known_untrained(fits: list[Fit]) -> None:
    aligned, llm = DistilWeights(cosine=1.0), {"llm": str(tiny_llm())}
    student = SLMRec(config=SLMRecConfig(**llm, max_length=30))
    distil.check_alignment(student, ("sasrec", "e-llmrec"), SPLIT, aligned, llm)
    distil.check_alignment(student, ("sasrec",), SPLIT, DistilWeights(), llm)
    for names, settings, said in [
        (("sasrec", "item-knn"), llm, "16 wide, the student's 32"),
        (("item-knn",), llm, "needs a neural teacher"),
        (("sasrec", "e-llmrec"), llm | {"max_length": 20}, "reads 20 items, the student 30"),
    ]:
        with pytest.raises(ModelError, match=said):
            distil.check_alignment(student, names, SPLIT, aligned, settings)
    assert not fits


def test_the_report_of_a_student_names_its_teacher(tmp_path: Path) -> None:
    told = json.loads(json.dumps(student_report(teach(tmp_path))))
    assert told["teacher"] == list(NAMES) == told["ensemble"]["members"]  # a variant by its own name
    assert len(told["ensemble"]["weights"][0]) == 2


def test_a_teacher_with_other_settings_is_another_teacher(tmp_path: Path, fits: list[Fit]) -> None:
    teach(tmp_path)
    before = len(fits)
    other = teach(tmp_path, settings={"dim": 8, "learning_rate": 5e-3})
    assert [fit.options.learning_rate for fit in fits[before:] if fit.model == "sasrec"] == [5e-3] * 3
    assert len(fits) == before + 3, "who has none of these settings is read from the cache"
    assert other.ensemble.members[0].item_matrix().shape[1] == 8
    teach(tmp_path, settings={"device": "cpu"})
    assert len(fits) == before + 3, "where a teacher was trained does not make it another"
