"""`train --incremental` as people type it: it goes on where it can, and says why where it cannot."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from tests.app.hobby_shop import THINGS, histories
from tests.doubles import BagOfWords

Event = tuple[str, str, float]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Any]:
    """Runs one command on a workspace; gives its exit status and what it said."""
    monkeypatch.setattr("app.wiring.SentenceEmbedder", lambda _: BagOfWords())
    monkeypatch.setenv("PALATE_THREADS", "1")
    monkeypatch.setenv("PALATE_LLM", "off")
    monkeypatch.setenv("COLUMNS", "400")

    def command(*arguments: Any) -> tuple[int, str]:
        status = main([*map(str, arguments), "--workspace", str(tmp_path / "w")])
        return status, capfd.readouterr().err

    return command


def table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def events(path: Path, rows: Sequence[Event]) -> Path:
    return table(path, ("user_id", "item_id", "timestamp"), rows)


def happened() -> list[Event]:
    """The shop's histories, one event a second, person after person."""
    pairs = [(person, item) for person, items in histories().items() for item in items]
    return [(person, item, 1e9 + second) for second, (person, item) in enumerate(pairs)]


def test_it_goes_on_with_what_came_since(run: Any, tmp_path: Path) -> None:
    everything = happened()
    cut = len(everything) * 4 // 5
    things = table(tmp_path / "items.csv", ("id", "title", "text"), [(t.id, t.title, t.text) for t in THINGS])
    run("import", "--items", things, "--events", events(tmp_path / "old.csv", everything[:cut]))
    model = tmp_path / "w" / "models" / "sasrec" / "model.json"

    def report() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(model.read_text())["report"]
        return found

    status, said = run("train", "--model", "sasrec", "--epochs", "2", "--incremental")
    assert status == 0 and "no model that says until when it was trained, so it is trained in full" in said
    assert report()["trained_until"] == everything[cut - 1][2] and "updates" not in report()

    run("import", "--events", events(tmp_path / "all.csv", everything))
    status, said = run("train", "--model", "sasrec", "--epochs", "2", "--incremental", "--force")
    assert status == 0 and "trained in full" not in said and "with something new" in said
    assert report()["trained_until"] == everything[-1][2] and report()["updates"] == 1
    assert not (tmp_path / "w" / "training" / "sasrec").exists()
    assert "nothing has come since it was trained" in run("train", "--model", "sasrec", "--incremental")[1]

    run("import", "--replace", "--events", events(tmp_path / "fewer.csv", everything[5:]))
    status, said = run("train", "--model", "sasrec", "--epochs", "2", "--incremental", "--force")
    assert status == 0 and "have changed" in said and "trained in full" in said and "updates" not in report()


def test_a_counting_model_is_counted_again(run: Any, tmp_path: Path) -> None:
    things = table(tmp_path / "items.csv", ("id", "title", "text"), [(t.id, t.title, t.text) for t in THINGS])
    run("import", "--items", things, "--events", events(tmp_path / "events.csv", happened()))
    for _ in range(2):
        status, said = run("train", "--model", "popular", "--incremental")
        assert status == 0 and "popular" in said and "trained in full" in said and "hr@10" in said


def test_it_takes_no_other_teacher(run: Any) -> None:
    status, said = run("train", "--incremental", "--teacher", "ensemble")
    assert status == 1 and "--teacher" in said and "Traceback" not in said
