"""The training loop: repeatable, resumable, stopped in time, alone or in two processes, and clear about what failed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from recommender.data.sequences import Split, leave_one_out
from recommender.evaluation.metrics import full_ranking
from recommender.models.base import FitOptions, ModelError
from recommender.models.losses import Objective
from recommender.models.sasrec import SASRec, SASRecConfig
from recommender.names import AUGMENTATIONS
from tests.ring import ITEMS, N_ITEMS, N_SEEN, indexes, markov_split

ROOT = Path(__file__).parents[2]
SHAPE = SASRecConfig(dim=16, blocks=1, heads=2, max_length=8, dropout=0.1, negatives=12)
FIT = FitOptions(epochs=15, patience=15, batch_size=32, learning_rate=1e-2, seed=1)
SPLIT = markov_split()
STEPS = 6  # an epoch: 150 people, some with two windows, in batches of 32
TEXTS = np.random.default_rng(0).normal(size=(N_ITEMS, 5)).astype(np.float32)


def fitted(options: FitOptions, split: Split = SPLIT, shape: SASRecConfig = SHAPE, **more: Any) -> tuple[SASRec, dict]:
    model = SASRec(config=shape)
    return model, model.fit(split, options, **more)


def same_weights(first: SASRec, second: SASRec) -> bool:
    mine, theirs = first.arrays(), second.arrays()
    return mine.keys() == theirs.keys() and all(np.array_equal(mine[name], theirs[name]) for name in mine)


def interrupt_at(step: int) -> Callable[[int, int, str], None]:
    def on_progress(done: int, total: int, note: str) -> None:
        if done == step:
            raise KeyboardInterrupt

    return on_progress


@pytest.fixture(scope="module")
def trained() -> tuple[SASRec, dict]:
    return fitted(FIT)


# The same again


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    options = replace(FIT, epochs=2, augment=AUGMENTATIONS)
    first, _ = fitted(options)
    torch.rand(5)  # what else draws random numbers is no matter
    again, _ = fitted(options)
    other, _ = fitted(replace(options, seed=2))
    assert same_weights(first, again)
    assert not same_weights(first, other)


def test_checkpoints_and_logs_change_nothing(tmp_path: Path) -> None:
    bare, _ = fitted(replace(FIT, epochs=2))
    kept, _ = fitted(replace(FIT, epochs=2, checkpoint=tmp_path / "c", checkpoint_s=0.0, log_dir=tmp_path / "l"))
    assert same_weights(bare, kept)


def test_stopping_at_an_epoch_gives_the_weights_that_the_long_run_had_there() -> None:
    whole, short = (fitted(replace(FIT, epochs=5, final=True, stop_epoch=stop))[1] for stop in (0, 2))
    losses = [[entry["loss"] for entry in report["log"]] for report in (whole, short)]
    assert losses[1] == losses[0][:2]
    assert (whole["epochs"], short["epochs"]) == (5, 2)


# Two processes

IN_TWO = """
import json, os, sys
from dataclasses import replace
from pathlib import Path
import numpy as np, torch
from recommender.training.parallel import group
from tests.recommender import test_fitting as t

folder, rank = Path(sys.argv[1]), os.environ["RANK"]
torch.set_num_threads(1)
with group():
    options = replace(t.FIT, epochs=6, batch_size=16, checkpoint=folder / "checkpoint", checkpoint_s=0.0)
    model, report = t.fitted(options)
np.savez(folder / f"{rank}.npz", **model.arrays())
(folder / f"{rank}.json").write_text(json.dumps(report))
"""


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(IN_TWO)
    run = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", script, tmp_path],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert run.returncode == 0, run.stderr
    weights = [dict(np.load(tmp_path / f"{rank}.npz")) for rank in (0, 1)]
    for name in weights[0]:
        np.testing.assert_array_equal(weights[0][name], weights[1][name])
    reports = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1)]
    for report in reports:
        losses = [entry["loss"] for entry in report["log"]]
        assert losses[-1] < 0.8 * losses[0]
    assert reports[0]["log"][0]["loss"] != reports[1]["log"][0]["loss"]  # each has read histories of its own
    assert reports[0]["valid_ndcg@10"] == reports[1]["valid_ndcg@10"]
    # As one process with batches of both does, within what chance does.
    _, alone = fitted(replace(FIT, epochs=6))
    assert losses[-1] == pytest.approx(alone["log"][-1]["loss"], rel=0.15)
    assert reports[0]["valid_ndcg@10"] == pytest.approx(alone["valid_ndcg@10"], abs=0.1)
    assert not (tmp_path / "checkpoint" / "training.pt").exists()


# What is learnt


def test_the_loss_falls(trained: tuple[SASRec, dict]) -> None:
    losses = [entry["loss"] for entry in trained[1]["log"]]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize(
    "change",
    [{"bf16": True}, {"buckets": False}, {"labels": "last"}, *({"augment": (name,)} for name in AUGMENTATIONS)],
    ids=str,
)
def test_it_learns_with(change: dict[str, Any]) -> None:
    model, report = fitted(replace(FIT, epochs=6, **change))
    losses = [entry["loss"] for entry in report["log"]]
    assert losses[-1] < 0.8 * losses[0]
    assert all(value.dtype == torch.float32 for value in model.network.state_dict().values())
    histories, targets = SPLIT.histories("test")
    hit = full_ranking(model.scores, histories, targets, include_past=True)["hr@10"]
    assert hit.mean - 3 * hit.se > 10 / N_ITEMS


def test_bf16_is_not_float32() -> None:
    reports = [fitted(replace(FIT, epochs=1, bf16=bf16))[1] for bf16 in (False, True)]
    assert reports[0]["log"][0]["loss"] == pytest.approx(reports[1]["log"][0]["loss"], rel=0.05)
    assert reports[0]["log"][0]["loss"] != reports[1]["log"][0]["loss"]


def test_labels_at_the_last_position_only_take_more_steps_for_as_many_labels() -> None:
    def steps(labels: Any) -> int:
        totals: list[int] = []
        fitted(replace(FIT, epochs=1, labels=labels), on_progress=lambda done, total, note: totals.append(total))
        return totals[-1]

    n_labels = sum(len(history) - 1 for history in SPLIT.train)
    assert (steps("all"), steps("last")) == (STEPS, -(-n_labels // 32))


def test_the_first_step_teaches_all_weights_and_not_the_empty_history_alone() -> None:
    gradients = []
    original = torch.nn.utils.clip_grad_norm_

    def watched(parameters: Any, *args: Any) -> torch.Tensor:
        norm: torch.Tensor = original(parameters, *args)
        gradients.append(float(norm))
        return norm

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.utils, "clip_grad_norm_", watched)
        fitted(replace(FIT, epochs=1))
    assert max(gradients) < 100


# Going on from a trained model


def test_a_warm_start_goes_on_where_the_training_ended() -> None:
    model, report = fitted(replace(FIT, epochs=6))
    again = model.fit(SPLIT, replace(FIT, epochs=1, learning_rate=1e-3, warm_start=True))
    assert again["log"][0]["loss"] < 1.2 * report["log"][-1]["loss"] < 0.8 * report["log"][0]["loss"]


def test_without_a_trained_model_a_warm_start_is_a_start() -> None:
    options = replace(FIT, epochs=1)
    assert same_weights(fitted(options)[0], fitted(replace(options, warm_start=True))[0])


def test_a_warm_start_over_other_items_is_refused() -> None:
    model, _ = fitted(replace(FIT, epochs=1))
    with pytest.raises(ModelError, match="warm_start needs the items"):
        model.fit(replace(SPLIT, items=ITEMS[::-1]), replace(FIT, warm_start=True))


@pytest.mark.parametrize("loaded", [False, True])
def test_an_item_touched_since_then_gets_an_id_vector(loaded: bool, tmp_path: Path) -> None:
    model, _ = fitted(replace(FIT, epochs=1))
    if loaded:
        model.save(tmp_path)
        model = SASRec.load(tmp_path)
    assert (model.item_matrix()[N_SEEN:] == 0).all()
    news = leave_one_out({f"{n}": [3, N_ITEMS, 5, 6, 7] for n in range(20)}, ITEMS)
    model.fit(news, replace(FIT, epochs=2, warm_start=True))
    lengths = np.linalg.norm(model.item_matrix(), axis=1)
    assert lengths[-1] == pytest.approx(1.0, abs=1e-5)
    assert (lengths[N_SEEN:-1] == 0).all()


# When it stops


def test_it_ends_at_the_weights_that_validated_best(trained: tuple[SASRec, dict]) -> None:
    model, report = trained
    best = max(report["log"], key=lambda entry: entry["valid_ndcg@10"])
    histories, targets = SPLIT.histories("valid")
    found = full_ranking(model.scores, histories, targets)["ndcg@10"].mean
    assert found == pytest.approx(report["valid_ndcg@10"], abs=1e-6) == pytest.approx(best["valid_ndcg@10"], abs=1e-5)
    assert report["epochs"] == best["epoch"]


def test_it_stops_when_validation_no_longer_rises() -> None:
    # The validation items are drawn at random: there is nothing to find.
    random = np.random.default_rng(0)
    hopeless = replace(SPLIT, valid_target=random.permutation(SPLIT.valid_target))
    _, report = fitted(replace(FIT, epochs=200, patience=2), hopeless)
    assert len(report["log"]) == report["epochs"] + 2 < 100


@pytest.mark.parametrize("change", [{"final": True}, {}], ids=["final", "nobody has a validation target"])
def test_without_validation_it_runs_all_epochs(change: dict[str, Any]) -> None:
    split = SPLIT if change else replace(SPLIT, valid_target=np.zeros_like(SPLIT.valid_target))
    _, report = fitted(replace(FIT, epochs=3, patience=1, **change), split)
    assert (report["epochs"], report["valid_ndcg@10"]) == (3, None)
    assert [entry["epoch"] for entry in report["log"]] == [1, 2, 3]
    assert all("valid_ndcg@10" not in entry for entry in report["log"])


# What it leaves behind


def test_the_tensorboard_log_holds_every_figure_of_every_epoch(tmp_path: Path) -> None:
    _, report = fitted(replace(FIT, epochs=3, log_dir=tmp_path / "log"))
    events = EventAccumulator(str(tmp_path / "log"))
    events.Reload()
    assert {"loss", "cross_entropy", "empty_history", "valid_ndcg@10", "learning_rate"} <= set(events.Tags()["scalars"])
    for name in report["log"][0]:
        logged = [(event.step, event.value) for event in events.Scalars(name)]
        assert logged == [(entry["epoch"], pytest.approx(entry[name], rel=1e-5)) for entry in report["log"]]
    rates = [event.value for event in events.Scalars("learning_rate")]
    assert rates == sorted(rates, reverse=True) and rates[-1] < 0.2 * FIT.learning_rate


def test_the_report_counts_parameters_and_speed(trained: tuple[SASRec, dict]) -> None:
    model, report = trained
    assert report["parameters"]["total"] == sum(p.numel() for p in model.network.parameters())
    assert report["parameters"]["total"] - report["parameters"]["without_items"] == (N_ITEMS + 1) * SHAPE.dim
    n_labels = sum(len(history) - 1 for history in SPLIT.train)
    assert report["labels_per_s"] == pytest.approx(n_labels * len(report["log"]) / report["seconds"], rel=0.05)


# What it refuses


def test_a_learning_rate_that_blows_up_is_named() -> None:
    with pytest.raises(ModelError, match=r"loss became .* in epoch \d+, step \d+. Try a smaller learning rate\.$"):
        fitted(replace(FIT, learning_rate=1e30))


def test_with_bf16_a_loss_that_is_no_number_names_that_too() -> None:
    with pytest.raises(ModelError, match="smaller learning rate, or bf16=False"):
        fitted(replace(FIT, learning_rate=1e30, bf16=True))


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("final", [True, False])
def test_a_gradient_that_is_no_number_is_named_and_leaves_no_broken_checkpoint(
    value: float, final: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the last step: the loss of the next would have told of it."""
    options = replace(FIT, epochs=2, final=final, checkpoint=tmp_path, checkpoint_s=0.0)
    backward, steps = torch.Tensor.backward, []

    def broken(loss: torch.Tensor) -> None:
        backward(loss)
        steps.append(loss)
        if len(steps) == 2 * STEPS:
            model.network.start.grad[0] = value

    model = SASRec(config=SHAPE)
    monkeypatch.setattr(torch.Tensor, "backward", broken)
    with pytest.raises(ModelError, match=rf"gradient became {value} in epoch 2, step \d+. Try a smaller learning rate"):
        model.fit(SPLIT, options)
    kept = torch.load(tmp_path / "training.pt", weights_only=True)
    assert all(torch.isfinite(tensor).all() for tensor in (*kept["network"].values(), *kept["mean"].values()))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_texts_that_are_no_numbers_are_refused(value: float) -> None:
    texts = TEXTS.copy()
    texts[3, 1] = value
    with pytest.raises(ModelError, match="text embeddings hold values that are no numbers"):
        SASRec(config=SHAPE, text=texts).fit(SPLIT, FIT)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("out of memory: could not allocate 9 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"),
    ],
    ids=["python", "torch", "allocator"],
)
def test_too_little_memory_says_what_to_make_smaller(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise error

    monkeypatch.setattr(Objective, "forward", fails)
    with pytest.raises(ModelError, match=r"batch of 32 histories\. Try a smaller batch_size"):
        fitted(FIT)


def test_other_errors_stay_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Objective, "forward", fails)
    with pytest.raises(RuntimeError, match="a bug"):
        fitted(FIT)


def test_people_who_bought_one_thing_again_and_again_break_nothing() -> None:
    split = leave_one_out({name: [4] * 6 for name in ("ada", "bob")}, ITEMS)
    model, _ = fitted(replace(FIT, epochs=2), split)
    assert np.isfinite(model.scores([indexes(), indexes(4), indexes(1)])).all()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("epochs", 0),
        ("patience", 0),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("clip_norm", -1.0),
        ("weight_decay", -0.1),
        ("warm_up", -1),
        ("augment", ("crop", "fold")),
        ("labels", "first"),
        ("stop_epoch", 61),
        ("stop_epoch", -1),
        ("device", "cpux"),
    ],
)
def test_options_that_make_no_sense_are_refused_by_name(setting: str, value: Any) -> None:
    with pytest.raises(ValueError, match=setting):
        FitOptions(**{setting: value})
