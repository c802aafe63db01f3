"""Training that is interrupted, killed or finds a checkpoint it cannot use."""

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from recommender.data.sequences import Split
from recommender.models import fitting
from recommender.models.base import FitOptions, ModelError
from recommender.models.sasrec import SASRec
from recommender.models.teaching import DistilWeights, Teaching
from recommender.names import AUGMENTATIONS
from tests.recommender.test_fitting import FIT, ROOT, SHAPE, SPLIT, STEPS, TEXTS, fitted, interrupt_at, same_weights
from tests.ring import markov_split

# Everything random at once: what is resumed must draw what it would have drawn.
RESUMED = replace(FIT, epochs=4, patience=4, augment=AUGMENTATIONS, checkpoint_s=0.0)


@pytest.fixture(scope="module")
def uninterrupted() -> tuple[SASRec, dict]:
    return fitted(RESUMED)


KILLED = f"""
import os, signal, sys
from pathlib import Path
from dataclasses import replace
import torch
from tests.recommender import test_resuming as t

def on_progress(done, total, note):
    if done == {2 * STEPS + 3}:
        os.kill(os.getpid(), signal.SIGKILL)

torch.set_num_threads(int(sys.argv[2]))  # sums are split among threads: other numbers of them round differently
t.fitted(replace(t.RESUMED, checkpoint=Path(sys.argv[1])), on_progress=on_progress)
"""


def test_killed_and_resumed_it_ends_with_exactly_the_weights_of_an_uninterrupted_run(
    uninterrupted: tuple[SASRec, dict], tmp_path: Path
) -> None:
    arguments = [str(tmp_path), str(torch.get_num_threads())]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=ROOT, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert (tmp_path / "training.pt").exists()
    steps: list[tuple[int, str]] = []
    resumed, report = fitted(
        replace(RESUMED, checkpoint=tmp_path), on_progress=lambda done, _, note: steps.append((done, note))
    )
    assert steps[0] == (2 * STEPS + 2, "goes on from epoch 3, where it was interrupted")
    assert steps[1][0] == 2 * STEPS + 3  # the step whose end the checkpoint has not seen
    assert same_weights(resumed, uninterrupted[0])
    for now, then in zip(report["log"], uninterrupted[1]["log"], strict=True):
        assert {k: v for k, v in now.items() if "seconds" not in k} == {
            k: v for k, v in then.items() if "seconds" not in k
        }
    assert not (tmp_path / "training.pt").exists()  # the run is complete


@pytest.mark.parametrize("step", [1, 2, STEPS, STEPS + 1, 4 * STEPS])
def test_interrupted_anywhere_it_ends_with_the_same_weights(
    step: int, uninterrupted: tuple[SASRec, dict], tmp_path: Path
) -> None:
    options = replace(RESUMED, checkpoint=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        fitted(options, on_progress=interrupt_at(step))
    assert same_weights(fitted(options)[0], uninterrupted[0])


def test_interrupted_while_it_writes_a_checkpoint_it_goes_on_from_the_one_before(
    uninterrupted: tuple[SASRec, dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, save, saved = replace(RESUMED, checkpoint=tmp_path), torch.save, []

    def half(state: Any, path: Path) -> None:
        save(state, path)
        saved.append(path)
        if len(saved) == 8:
            path.write_bytes(path.read_bytes()[:1000])
            raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(KeyboardInterrupt):
        fitted(options)
    monkeypatch.undo()
    assert same_weights(fitted(options)[0], uninterrupted[0])


def test_early_stopping_survives_an_interruption(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    hopeless = replace(SPLIT, valid_target=random.permutation(SPLIT.valid_target))
    options = replace(FIT, epochs=50, patience=2, checkpoint=tmp_path)
    expected, report = fitted(replace(options, checkpoint=None), hopeless)
    with pytest.raises(KeyboardInterrupt):
        fitted(options, hopeless, on_progress=interrupt_at(STEPS * (report["epochs"] + 1) + 1))
    resumed, again = fitted(options, hopeless)
    assert same_weights(resumed, expected)
    assert again["epochs"] == report["epochs"]


@pytest.mark.parametrize("damage", ["cut short", "empty", "noise"])
def test_a_damaged_checkpoint_is_named_with_advice(damage: str, tmp_path: Path) -> None:
    options = replace(RESUMED, checkpoint=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        fitted(options, on_progress=interrupt_at(3))
    path = tmp_path / "training.pt"
    content = path.read_bytes()
    path.write_bytes({"cut short": content[: len(content) // 2], "empty": b"", "noise": b"noise" * 100}[damage])
    with pytest.raises(ModelError, match=r"training\.pt cannot be read .*Delete it to train from the start"):
        fitted(options)
    path.unlink()
    fitted(options)


def rearranged(split: Split) -> Split:
    """The same items in the same order, with the border of two people moved by one."""
    first, second = split.train[0], split.train[1]
    return replace(split, train=[first[:-1], np.concatenate([first[-1:], second]), *split.train[2:]])


def taught(options: FitOptions, guide: SASRec) -> tuple[SASRec, dict]:
    model = SASRec(config=SHAPE)
    weights = DistilWeights(soft=0.0, hard_negatives=False, last_position=False, cosine=1.0)
    return model, model.fit(SPLIT, options, interrupt_at(7), Teaching(None, (guide.network,), weights))


@pytest.mark.parametrize("change", ["weights", "texts"])
def test_the_checkpoint_of_a_run_under_another_teacher_is_left_alone(change: str, tmp_path: Path) -> None:
    """The same losses, labels and settings, and other states to follow."""
    options = replace(RESUMED, epochs=2, checkpoint=tmp_path)
    guide = SASRec(config=SHAPE, text=TEXTS)
    guide.fit(SPLIT, replace(FIT, epochs=1))

    def fingerprint() -> str:
        with pytest.raises(KeyboardInterrupt):
            taught(options, guide)
        found: str = torch.load(tmp_path / "training.pt", weights_only=True)["fingerprint"]
        return found

    before = fingerprint()
    assert fingerprint() == before
    with torch.no_grad():
        (guide.network.start if change == "weights" else guide.network.items.text).mul_(2.0)
    assert fingerprint() != before


def test_a_checkpoint_of_another_format_is_left_alone(
    uninterrupted: tuple[SASRec, dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = replace(RESUMED, checkpoint=tmp_path)
    with monkeypatch.context() as older, pytest.raises(KeyboardInterrupt):
        older.setattr(fitting, "_FORMAT", 1)
        fitted(options, on_progress=interrupt_at(7))
    steps: list[int] = []
    again, _ = fitted(options, on_progress=lambda done, *_: steps.append(done))
    assert steps[0] == 1 and same_weights(again, uninterrupted[0])


OTHER_RUNS: dict[str, Callable[[FitOptions], tuple[SASRec, dict]]] = {
    "seed": lambda options: fitted(replace(options, seed=9)),
    "learning rate": lambda options: fitted(replace(options, learning_rate=2e-2)),
    "shape": lambda options: fitted(options, shape=replace(SHAPE, blocks=2)),
    "histories": lambda options: fitted(options, markov_split(seed=3)),
    "borders between people": lambda options: fitted(options, rearranged(SPLIT)),
    "validation": lambda options: fitted(options, replace(SPLIT, valid_target=np.roll(SPLIT.valid_target, 1))),
    "texts": lambda options: ((model := SASRec(config=SHAPE, text=TEXTS)), model.fit(SPLIT, options)),
}


@pytest.mark.parametrize("other", OTHER_RUNS.values(), ids=OTHER_RUNS)
def test_the_checkpoint_of_another_run_is_left_alone(
    other: Callable[[FitOptions], tuple[SASRec, dict]], tmp_path: Path
) -> None:
    options = replace(RESUMED, epochs=2)
    with pytest.raises(KeyboardInterrupt):
        fitted(replace(options, checkpoint=tmp_path), on_progress=interrupt_at(7))
    assert same_weights(other(replace(options, checkpoint=tmp_path))[0], other(options)[0])
