"""Processes of one run: alone nothing changes; with two, the main one makes files and the other reads them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from recommender.training.parallel import group, is_main, main_first

ROOT = Path(__file__).parents[2]


def test_one_process_is_the_main_one() -> None:
    done: list[str] = []
    assert is_main()
    with main_first():
        done.append("first")
    with group():
        assert is_main()
        with main_first():
            done.append("second")
    assert is_main() and done == ["first", "second"]


@pytest.mark.parametrize("size", [None, "1"])
def test_without_other_processes_no_group_is_made(monkeypatch: pytest.MonkeyPatch, size: str | None) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    if size:
        monkeypatch.setenv("WORLD_SIZE", size)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("there is nobody to form a group with")

    monkeypatch.setattr("torch.distributed.init_process_group", never)
    with group():
        assert is_main()


def test_an_error_goes_through() -> None:
    for block in (group, main_first):
        with pytest.raises(ZeroDivisionError), block():
            raise ZeroDivisionError


_TEACHING = """
import os, sys, time
from dataclasses import replace
from pathlib import Path
import numpy as np
from recommender.models.base import FitOptions
from recommender.models.sasrec import SASRec, SASRecConfig
from recommender.training import distil, recipes
from recommender.training.parallel import group, is_main, main_first
from tests.ring import markov_split

folder = Path(sys.argv[1])
shape = SASRecConfig(dim=8, blocks=1, max_length=8)
distil.new_model = lambda name, split, text: (
    SASRec(config=shape) if name == "sasrec-ids" else recipes.new_model(name, split, text)
)
distil.fit_options = lambda *_: FitOptions(epochs=2, batch_size=32, learning_rate=1e-2)
rank = os.environ["RANK"]
load = distil.load_model

def later(folder):  # one that looks for a member late finds what the other has made since
    time.sleep(0.3 * int(rank))
    return load(folder)

distil.load_model = later
with group():
    assert is_main() == (rank == "0")
    with main_first():
        if rank == "0":
            time.sleep(1)
            (folder / "made").write_text("by the main one")
        assert (folder / "made").exists(), "the main process goes first"
    options = distil.DistilOptions(folds=2, k=5)
    names = ("sasrec-ids", "item-knn")
    for _ in range(2):  # made, then read
        teacher = distil.make_teacher(names, markov_split(people=60), None, options, folder / "cache")
    assert list((folder / "cache").glob("**/*.new")) == []
    np.savez(folder / f"{rank}.npz", items=teacher.labels.items, weights=teacher.ensemble.weights)
"""


@pytest.mark.slow
def test_two_processes_make_one_teacher(tmp_path: Path) -> None:
    import numpy as np

    script = tmp_path / "teaching.py"
    script.write_text(_TEACHING)
    line = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone", script, tmp_path]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(list(map(str, line)), env=environment, capture_output=True, text=True, timeout=240)
    assert ended.returncode == 0, ended.stderr[-3000:]
    with np.load(tmp_path / "0.npz") as main, np.load(tmp_path / "1.npz") as other:
        np.testing.assert_array_equal(main["items"], other["items"])
        np.testing.assert_allclose(main["weights"], other["weights"], rtol=1e-4)
