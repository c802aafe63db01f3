"""`train` as people type it: what it trains, from whom a student learns, how it goes on after an interruption."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app import commands
from app.workspace import MODEL_NAMES
from recommender.models.base import FitOptions
from recommender.training import distil
from tests.app.shop_files import event_rows, only_error, write
from tests.recommender.tiny_llm import tiny_llm

TAUGHT = ("--model", "sasrec", "--epochs", "3", "--teacher", "item-knn", "--folds", "2")


def report(workspace: Path, name: str) -> dict[str, Any]:
    """What is kept with a model about its training."""
    found: dict[str, Any] = json.loads((workspace / "models" / name / "model.json").read_text())["report"]
    return found


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Replaces the progress bars: gives everything they are told, and can press Control-C."""

    def watching(stop_at: str | None = None) -> list[str]:
        said: list[str] = []

        def told(what: str, done: int, total: int) -> None:
            said.append(what)
            if stop_at is not None and stop_at in what:
                raise KeyboardInterrupt

        @contextmanager
        def bars() -> Iterator[Callable[[str, int, int], None]]:
            yield told

        monkeypatch.setattr(commands, "bars", bars)
        return said

    return watching


# --- what is trained --------------------------------------------------------------------------------------------------


def test_the_models_that_serve_are_trained_and_promoted(stocked: Path) -> None:
    assert {folder.name for folder in (stocked / "models").iterdir()} == set(MODEL_NAMES)
    for name in MODEL_NAMES:
        assert 0 <= report(stocked, name)["ndcg@10"] <= 1 and report(stocked, name)["split"]
    assert not list((stocked / "training").glob("*")), "checkpoints are gone once a run is complete"


@pytest.mark.parametrize("name", ["ease", "sasrec-ids", "gru4rec"])
def test_any_other_model_is_trained_when_named(run: Any, own: Path, tmp_path: Path, name: str) -> None:
    status, _, said = run("train", "--workspace", own, "--model", name, "--epochs", "2")
    assert status == 0 and name in said and "promoted: there was no model before" in said
    assert f"ranks with sasrec; PALATE_STUDENT={name}" in said
    out = tmp_path / "figures.json"
    status, _, said = run("evaluate", "sequences", "--workspace", own, "--model", name, "--json", out)
    assert status == 0 and "Training" not in said, "what training measured is not trained again"
    measured = json.loads(out.read_text())["metrics"]["ndcg@10"]["mean"]
    assert measured == pytest.approx(report(own, name)["ndcg@10"], abs=1e-6)


def test_the_student_that_is_set_is_among_those_that_serve(
    run: Any, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PALATE_STUDENT", "ease")
    status, _, said = run("train", "--workspace", own)
    assert status == 0 and [line.split()[0] for line in said.splitlines() if "ndcg@10" in line] == [
        "ease", "item-knn", "popular",
    ]  # fmt: skip
    assert "ranks with" not in said


def test_one_model_is_trained_again_through_the_gate(run: Any, own: Path) -> None:
    status, _, said = run("train", "--workspace", own, "--model", "item-knn")
    assert status == 0 and "item-knn" in said and "hr@10" in said and "promoted: NDCG@10" in said
    path = own / "models" / "item-knn" / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"report": report(own, "item-knn") | {"ndcg@10": 0.999}}))
    assert "kept the old model" in run("train", "--workspace", own, "--model", "item-knn")[2]
    assert report(own, "item-knn")["ndcg@10"] == 0.999
    run("train", "--workspace", own, "--model", "item-knn", "--force")
    assert report(own, "item-knn")["ndcg@10"] < 0.999


def test_training_without_interactions_says_what_to_do(run: Any, tmp_path: Path, files: Path) -> None:
    run("import", "--workspace", tmp_path / "w", "--items", files / "items.csv")
    for command in (["train"], ["evaluate", "sequences"]):
        status, _, said = run(*command, "--workspace", tmp_path / "w")
        assert status == 1 and "--events" in only_error(said)


def test_counts_taken_for_ratings_are_said_with_their_number(run: Any, own: Path, tmp_path: Path) -> None:
    rows = [{**row, "value": 1} for row in event_rows()]
    run("import", "--workspace", own, "--replace", "--events", write(tmp_path / "events.csv", rows))
    for command in (["train"], ["evaluate", "sequences"]):
        status, _, said = run(*command, "--workspace", own)
        error = only_error(said)
        assert status == 1 and f"{len(rows):,} are left out" in error and "--min-value 3.5" in error
    rows[0]["value"] = 5
    run("import", "--workspace", own, "--replace", "--events", write(tmp_path / "events.csv", rows))
    command = ["train", "--workspace", own, "--model", "popular", "--force"]
    status, _, said = run(*command)
    assert status == 0 and f"{len(rows) - 1:,} more are left out" in said
    status, _, said = run(*command, "--min-value", "0")
    assert status == 0 and "left out" not in said


# --- how --------------------------------------------------------------------------------------------------------------


def test_epochs_augmentation_and_seed(run: Any, own: Path, watch: Any) -> None:
    command = ["train", "--workspace", own, "--model", "sasrec", "--force"]
    said = watch()
    assert run(*command, "--epochs", "3", "--augment", "crop", "mask", "reorder", "--seed", "5")[0] == 0
    assert any("epoch 3 " in note for note in said) and not any("epoch 4 " in note for note in said)
    assert report(own, "sasrec")["epochs"] <= 3
    assert run(*command, "--epochs", "1", "--bf16")[0] == 0


def test_logs_are_for_tensorboard(run: Any, own: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    log = tmp_path / "deep" / "logs"
    assert run("train", "--workspace", own, "--model", "sasrec", "--epochs", "2", "--log", log)[0] == 0
    assert list(log.rglob("events.out.tfevents.*"))


def test_logs_without_tensorboard_say_what_to_install(
    run: Any, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    status, _, said = run("train", "--workspace", own, "--model", "sasrec", "--epochs", "1", "--log", tmp_path / "logs")
    assert status == 1 and "pip install tensorboard" in only_error(said)


@pytest.mark.parametrize(
    "given",
    [["--epochs", "0"], ["--epochs", "many"], ["--epochs", "-3"], ["--folds", "0"], ["--seed", "-1"],
     ["--augment", "stretch"], ["--augment"]],
)  # fmt: skip
def test_numbers_and_words_that_cannot_be(run: Any, own: Path, capfd: Any, given: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("train", "--workspace", own, *given)
    said = capfd.readouterr().err
    assert ended.value.code == 2 and f"argument {given[0]}" in said and "Traceback" not in said


# --- teachers ---------------------------------------------------------------------------------------------------------


def test_a_student_is_taught(run: Any, own: Path) -> None:
    status, _, said = run("train", "--workspace", own, *TAUGHT, "--force")  # the gate has tests of its own
    assert status == 0 and "soft labels" in said and "sasrec" in said
    assert report(own, "sasrec")["teacher"] == ["item-knn"] and list((own / "teachers").iterdir())


def test_a_teacher_that_is_there_is_not_trained_again(run: Any, own: Path) -> None:
    run("train", "--workspace", own, *TAUGHT, "--force")
    kept = {path: path.stat().st_mtime_ns for path in (own / "teachers").rglob("*") if path.is_file()}
    said = run("train", "--workspace", own, *TAUGHT, "--epochs", "2", "--force")[2]
    assert "soft labels" not in said
    assert kept == {path: path.stat().st_mtime_ns for path in (own / "teachers").rglob("*") if path.is_file()}


def test_teachers_of_other_data_are_removed_once_there_is_a_new_one(run: Any, own: Path) -> None:
    run("train", "--workspace", own, *TAUGHT, "--force")
    before = set((own / "teachers").iterdir())
    stale = own / "teachers" / "of-older-data"
    stale.mkdir()
    os.utime(stale, (1, 1))
    run("train", "--workspace", own, *TAUGHT, "--force")
    assert set((own / "teachers").iterdir()) == before


def test_the_seed_and_the_folds_are_the_teachers_too(run: Any, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    real = commands.train_model
    monkeypatch.setattr(commands, "train_model", lambda *args: given.append(args) or real(*args))
    assert run("train", "--workspace", own, *TAUGHT, "--seed", "5")[0] == 0
    ((*_, fit, _, _, distillation, _, _),) = given
    assert fit.seed == distillation.options.seed == 5 and distillation.options.folds == 2


def test_with_all_models_the_student_alone_is_taught(run: Any, own: Path) -> None:
    command = ["train", "--workspace", own, "--teacher", "ease,item-knn", "--folds", "2", "--epochs", "2", "--force"]
    assert run(*command)[0] == 0
    assert [report(own, name).get("teacher") for name in ("sasrec", "item-knn", "popular")] == [
        ["ease", "item-knn"], None, None,
    ]  # fmt: skip


def test_the_ensemble_teaches_a_variant(run: Any, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distil, "fit_options", lambda *_: FitOptions(epochs=2, batch_size=64))
    command = ["train", "--workspace", own, "--model", "sasrec-ligr", "--teacher", "ensemble", "--epochs", "2"]
    assert run(*command, "--folds", "2")[0] == 0
    assert report(own, "sasrec-ligr")["teacher"] == list(distil.ENSEMBLE)


@pytest.mark.parametrize("teacher", ["oracle", "sasrec,oracle", "sasrec+ease"])
def test_an_unknown_teacher_is_said_with_those_there_are(run: Any, own: Path, teacher: str) -> None:
    status, _, said = run("train", "--workspace", own, "--teacher", teacher)
    error = only_error(said)
    assert status == 1 and "ensemble" in error and "item-knn" in error and not (own / "teachers").exists()
    assert run("train", "--workspace", own, "--teacher", " , ")[0] == 1


@pytest.mark.parametrize("name", ["item-knn", "popular", "ease"])
def test_who_only_counts_cannot_be_taught(run: Any, own: Path, name: str) -> None:
    status, _, said = run("train", "--workspace", own, "--model", name, "--teacher", "sasrec")
    error = only_error(said)
    assert status == 1 and f"'{name}' only counts" in error and "sasrec" in error
    assert not (own / "teachers").exists(), "the teacher was trained for nothing"


def test_more_folds_than_people_are_refused(run: Any, own: Path) -> None:
    status, _, said = run("train", "--workspace", own, *TAUGHT[:-1], "1000")
    assert status == 1 and "1000 folds" in only_error(said)


# --- settings ---------------------------------------------------------------------------------------------------------


def test_settings_reach_the_model_its_training_the_teacher_and_the_losses(
    run: Any, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SLMRec's losses: states over blocks, their norm, heads at intermediate blocks, as the paper has them."""
    monkeypatch.setattr(distil, "fit_options", lambda *_: FitOptions(epochs=1, batch_size=64))
    llm = ("n_layers=2", "dim=16", f"llm={tiny_llm()}", "max_length=8")
    command = ["train", "--workspace", own, "--model", "slmrec", "--epochs", "1", "--force"]
    command += ["--teacher", "e-llmrec", "--folds", "1"]
    command += ["--set", *llm, "tuning=lora", "lora_rank=2", "item_source=ids", "labels=last", "learning_rate=0.003"]
    command += ["--set", *(f"teacher.{setting}" for setting in llm), "--set", "teacher.labels=last"]
    command += ["--set", "distil.cosine=1", "distil.norm=0.1", "distil.intermediate=1", "--set", "distil.soft=0.5"]
    command += ["--set", "distil.confidence=true", "distil.temperature=2", "distil.bounds=[3,5]"]
    given: list[Any] = []
    real = commands.train_model
    monkeypatch.setattr(commands, "train_model", lambda *args: given.append((args, real(*args))) or given[-1][1])
    status, _, said = run(*command)
    assert status == 0, said
    (((*_, fit, _, _, distillation, _, _), trained),) = given
    assert (fit.labels, fit.learning_rate, fit.epochs) == ("last", 0.003, 1)
    assert (distillation.options.temperature, distillation.options.bounds) == (2, (3, 5))
    assert distillation.weights.confidence and distillation.weights.soft == 0.5
    (entry,) = trained.report["log"]
    assert all(entry[loss] > 0 for loss in ("align_cosine", "align_norm", "intermediate", "soft_labels"))
    config = json.loads((own / "models" / "slmrec" / "model.json").read_text())["config"]
    assert (config["n_layers"], config["dim"], config["tuning"], config["item_source"]) == (2, 16, "lora", "ids")
    members = list((own / "teachers").glob("*/e-llmrec all*/model.json"))
    assert members and all(json.loads(member.read_text())["config"]["n_layers"] == 2 for member in members)


def test_settings_are_for_those_who_have_them(run: Any, own: Path) -> None:
    command = ["train", "--workspace", own, "--epochs", "1", "--force", "--set", "dim=24"]
    assert run(*command)[0] == 0  # all three models that serve: one of them has a shape
    assert json.loads((own / "models" / "sasrec" / "model.json").read_text())["config"]["dim"] == 24


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--set", "dims=24"], "sasrec has no setting 'dims'. Known: dim, max_length, "),
        (["--set", "distil.cosine=1"], "With a teacher there are also distil.KEY and teacher.KEY"),
        (["--set", "distil.cosin=1", "--teacher", "ease"], "distil.soft, distil.hard_negatives"),
        (["--set", "teacher.dim=1", "--teacher", "ease"], "no setting 'teacher.dim'"),
        (["--model", "ease", "--set", "dim=24"], "ease has no setting 'dim'. Known: none"),
        (["--set", "seed=3"], "no setting 'seed'"),
        (["--set", "architecture={}"], "no setting 'architecture'"),
        (["--set", "dim"], "written KEY=VALUE"),
        (["--set", "dim=wide"], "dim takes a whole number, not 'wide'"),
        (["--set", "dim=true"], "dim takes a whole number"),
        (["--set", "dropout=NaN"], "dropout takes a number"),
        (["--set", "labels=first"], "labels takes all or last"),
        (["--set", "dim=0"], "dim must be at least 1"),
        (["--set", "device=tpu"], "device knows 'cpu'"),
        (["--set", "distil.bounds=3", "--teacher", "ease"], "a list such as"),
        (["--set", "distil.soft=2", "--teacher", "ease"], "soft must be between 0 and 1"),
        (["--set", "dim=24", "--incremental"], "--incremental keeps the model's shape"),
    ],
)
def test_settings_that_cannot_be_are_said(run: Any, own: Path, given: list[str], said: str) -> None:
    model = [] if "--model" in given else ["--model", "sasrec"]
    status, _, error = run("train", "--workspace", own, *model, *given)
    assert status == 1 and said in only_error(error)
    assert not (own / "teachers").exists(), "a teacher was trained for nothing"


def test_items_are_read_by_a_language_models_own_embeddings(
    run: Any, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["train", "--workspace", own, "--model", "sasrec", "--epochs", "1"]
    read: list[Any] = []
    real = commands.train_model
    monkeypatch.setattr(commands, "train_model", lambda *args: read.append(args[2]) or real(*args))
    assert run(*command, "--force", "--item-text", "llm")[0] == 0
    assert [text.shape for text in read] == [(60, 576)]  # SmolLM2's width
    status, _, error = run(*command, "--incremental", "--item-text", "llm")
    assert status == 1 and "Leave out --item-text" in only_error(error)


# --- interruptions ----------------------------------------------------------------------------------------------------


def test_an_interrupted_run_goes_on(run: Any, own: Path, watch: Any) -> None:
    command = ["train", "--workspace", own, "--model", "sasrec", "--epochs", "4"]
    before = report(own, "sasrec")
    watch("epoch 3 ")
    status, _, said = run(*command)
    assert status == 130 and "stopped" in said and "Traceback" not in said
    assert report(own, "sasrec") == before and list((own / "training" / "sasrec").iterdir())
    notes = watch()
    status, _, said = run(*command)
    assert status == 0 and "sasrec goes on from epoch 3, where it was interrupted" in said
    epochs = [note for note in notes if "epoch" in note]
    assert "epoch 3 " in epochs[0], "finished epochs were trained again"
    assert not (own / "training" / "sasrec").exists()


def test_an_interrupted_teacher_goes_on(run: Any, own: Path, watch: Any) -> None:
    watch("soft labels")
    assert run("train", "--workspace", own, *TAUGHT)[0] == 130
    members = {path: path.stat().st_mtime_ns for path in (own / "teachers").rglob("weights-*")}
    assert len(members) == 3
    said = watch()
    assert run("train", "--workspace", own, *TAUGHT)[0] == 0
    assert members.items() <= {path: path.stat().st_mtime_ns for path in (own / "teachers").rglob("weights-*")}.items()
    assert any("soft labels" in note for note in said)


def test_restart_forgets_what_was_interrupted(run: Any, own: Path, watch: Any) -> None:
    command = ["train", "--workspace", own, *TAUGHT]
    watch("epoch 2 ")
    assert run(*command)[0] == 130
    assert (own / "training" / "sasrec").exists() and (own / "teachers").exists()
    said = watch()
    assert run(*command, "--restart")[0] == 0
    assert any("soft labels" in note for note in said)
    assert "epoch 1 " in next(note for note in said if "epoch" in note)


def test_a_damaged_checkpoint_says_what_to_do(run: Any, own: Path, watch: Any) -> None:
    command = ["train", "--workspace", own, "--model", "sasrec", "--epochs", "3"]
    watch("epoch 2 ")
    run(*command)
    (checkpoint,) = (own / "training" / "sasrec").glob("*.pt")
    checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    watch()
    status, _, said = run(*command)
    assert status == 1 and str(checkpoint) in only_error(said)
    assert run(*command, "--restart")[0] == 0
