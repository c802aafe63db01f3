"""`evaluate` as people type it: sequences, dialogues and reading, and the figures it writes."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.workspace import MODEL_NAMES
from recommender.serving.rank import DIALOGUE_WEIGHTS
from tests.app.shop_files import HELD_OUT, event_rows, only_error, write

FORM = {"dataset", "model", "n", "metrics", "seconds_per_row", "machine", "versions", "command"}


def figures(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text())
    assert set(found) >= FORM and found["seconds_per_row"] > 0
    assert found["versions"]["torch"] and found["machine"]["cores"]
    return dict(found)


def assert_estimates(metrics: dict[str, Any], names: set[str]) -> None:
    assert set(metrics) == names
    for value in metrics.values():
        assert set(value) == {"mean", "se"} and 0 <= value["mean"] <= 1 and 0 <= value["se"] <= 1


SEQUENCE_METRICS = {f"{name}@{k}" for name in ("hr", "ndcg") for k in (1, 5, 10, 20)} | {"mrr"}


@pytest.mark.parametrize("protocol", ["full", "slmrec"])
def test_evaluate_sequences(run: Any, own: Path, tmp_path: Path, protocol: str) -> None:
    out = tmp_path / "deep" / "figures.json"
    options = {"--workspace": own, "--model": "item-knn", "--protocol": protocol, "--json": out}
    command = ["evaluate", "sequences", *(part for pair in options.items() for part in pair)]
    status, said, _ = run(*command)
    assert status == 0 and "ndcg@10" in said and "±" in said
    first = figures(out)
    assert first["n"] == HELD_OUT and first["model"] == "item-knn" and protocol in first["dataset"]
    assert_estimates(first["metrics"], SEQUENCE_METRICS)
    assert run(*command)[0] == 0
    assert figures(out)["metrics"] == first["metrics"]


def test_evaluate_uses_the_model_that_training_measured(run: Any, stocked: Path, tmp_path: Path) -> None:
    for name in MODEL_NAMES:
        out = tmp_path / f"{name}.json"
        assert "Training" not in run("evaluate", "sequences", "--workspace", stocked, "--model", name, "--json", out)[2]
        report = json.loads((stocked / "models" / name / "model.json").read_text())["report"]
        assert figures(out)["metrics"]["ndcg@10"]["mean"] == pytest.approx(report["ndcg@10"], abs=1e-6)


def test_frozen_negatives_are_drawn_once_and_for_all_models(run: Any, own: Path) -> None:
    command = ["evaluate", "sequences", "--workspace", own, "--protocol", "slmrec", "--model"]
    run(*command, "popular")
    (negatives,) = (own / "negatives").iterdir()
    content, written = negatives.read_bytes(), negatives.stat().st_mtime_ns
    run(*command, "item-knn")
    assert list((own / "negatives").iterdir()) == [negatives]
    assert (negatives.read_bytes(), negatives.stat().st_mtime_ns) == (content, written)


def test_past_items_can_be_left_in(run: Any, stocked: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    run("evaluate", "sequences", "--workspace", stocked, "--model", "item-knn", "--include-past", "--json", out)
    assert "past items included" in figures(out)["dataset"]


def test_past_items_are_never_among_the_sampled_negatives(run: Any, stocked: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    command = ["evaluate", "sequences", "--workspace", stocked, "--model", "popular", "--protocol", "slmrec"]
    status, shown, said = run(*command, "--include-past", "--json", out)
    assert status == 1 and "--include-past is for --protocol full" in only_error(said)
    assert "ndcg" not in shown and not out.exists()


def test_an_untrained_model_is_trained_for_the_measurement_only(run: Any, own: Path, tmp_path: Path) -> None:
    shutil.rmtree(own / "models")
    out = tmp_path / "figures.json"
    assert run("evaluate", "sequences", "--workspace", own, "--model", "popular", "--json", out)[0] == 0
    assert figures(out)["n"] == HELD_OUT and not (own / "models").exists()


def test_a_split_by_time_needs_to_know_when(run: Any, stocked: Path, tmp_path: Path) -> None:
    """The shop's timestamps only number what each person bought."""
    out = tmp_path / "figures.json"
    command = ["evaluate", "sequences", "--workspace", stocked, "--model", "popular", "--split", "time", "--json", out]
    status, shown, said = run(*command)
    assert status == 1 and "column `timestamp`" in only_error(said) and "ndcg" not in shown and not out.exists()


def test_a_split_by_time_is_measured_apart(run: Any, own: Path, tmp_path: Path) -> None:
    """People come one after another, so that all who are tested are late comers; what was trained is not used."""
    rows = [{**row, "timestamp": 1e9 + second} for second, row in enumerate(event_rows())]
    assert run("import", "--workspace", own, "--replace", "--events", write(tmp_path / "events.csv", rows))[0] == 0
    found = {}
    for split in ("time", "leave-one-out"):
        out = tmp_path / f"{split}.json"
        command = ["evaluate", "sequences", "--workspace", own, "--model", "item-knn", "--split", split, "--json", out]
        assert run(*command)[0] == 0
        found[split] = figures(out)
    by_time, one_out = found["time"], found["leave-one-out"]
    assert "split by time" in by_time["dataset"] and "split by time" not in one_out["dataset"]
    assert 0 < by_time["n"] < one_out["n"] == HELD_OUT
    assert_estimates(by_time["metrics"], SEQUENCE_METRICS)


def test_evaluate_dialogues(run: Any, stocked: Path, tmp_path: Path) -> None:
    rows = [
        {"context": [{"role": "user", "text": "I want a red backpack"}], "gold": ["backpacks-2"], "mentioned": []},
        {"context": [{"role": "user", "text": "I like the Aldine Guitar"}, {"role": "assistant", "text": "Try this"}],
         "gold": ["guitars-2", "not here"], "mentioned": ["guitars-1"]},
    ]  # fmt: skip
    turns, out = write(tmp_path / "turns.jsonl", rows), tmp_path / "figures.json"
    status, _, said = run("evaluate", "dialogues", "--workspace", stocked, "--turns", turns, "--json", out)
    assert status == 0 and "1 recommended items are not in the catalogue" in said
    found = figures(out)
    assert "neighbours" in found["model"] and "student" not in found["model"] and not DIALOGUE_WEIGHTS.student
    assert_estimates(found["metrics"], {f"recall@{k}" for k in (1, 5, 10, 20, 50)})
    assert (
        found["n"] == 3
        and found["dataset"] == "turns.jsonl"
        and found["metrics"]["recall@50"]["mean"] == pytest.approx(2 / 3, abs=1e-5)
    )
    assert found["metrics"]["recall@5"]["mean"] > 0.3, "the red backpack is not among the first five"
    zipped = write(tmp_path / "turns.jsonl.gz", rows)
    run("evaluate", "dialogues", "--workspace", stocked, "--turns", zipped, "--limit", "1", "--json", out)
    assert figures(out)["n"] == 1


def test_evaluate_dialogues_by_learnt_weights(run: Any, own: Path, tmp_path: Path) -> None:
    rows = [{"context": [{"role": "user", "text": "any backpacks?"}], "gold": ["backpacks-2"], "mentioned": []}]
    turns, out = write(tmp_path / "turns.jsonl", rows), tmp_path / "figures.json"
    arguments = ("evaluate", "dialogues", "--workspace", own, "--turns", turns, "--json", out)
    weights = {"spoken:category": [5, 5, 5], "chosen": [0.1, 0.1, 0.1]}
    (own / "models" / "fusion.json").write_text(json.dumps({"bounds": [1, 3], "weights": weights}))
    status, _, _ = run(*arguments)
    found = figures(out)
    assert status == 0 and "learnt" in found["model"] and found["metrics"]["recall@20"]["mean"] == 1
    (own / "models" / "fusion.json").write_text("{}")
    status, _, said = run(*arguments)
    assert status == 1 and "fusion.json" in only_error(said)


def test_evaluate_reading(run: Any, stocked: Path, tmp_path: Path) -> None:
    guitar = {"text": "Aldine Guitar", "id": "guitars-1", "stance": "disliked"}
    rows = [
        {"message": "a red backpack under 50 dollars", "history": [],
         "expected": {"intent": "recommend", "wanted": ["red", "backpack"], "ranges": {"price": [None, 50]}}},
        {"message": "I loved the Aldine Guitar", "history": [],
         "expected": {"intent": "recommend", "mentions": [guitar]}},
    ]  # fmt: skip
    turns, out, wrong = (
        write(tmp_path / "turns.jsonl", rows),
        tmp_path / "figures.json",
        tmp_path / "deep" / "wrong.jsonl",
    )
    status, said, _ = run(
        "evaluate", "reading", "--workspace", stocked, "--turns", turns, "--json", out, "--mistakes", wrong
    )
    assert status == 0 and "mentions" in said
    found = figures(out)
    assert found["model"] == "rules" and found["n"] == 2
    metrics = found["metrics"]
    assert metrics["mentions"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "n": 1}
    assert metrics["stances"]["disliked"]["recall"] == 0.0 and metrics["range_accuracy"] == 1.0
    assert metrics["ms_p50"] > 0 and metrics["sources"] == {"rules": 2}
    (mistake,) = [json.loads(line) for line in wrong.read_text().splitlines()]
    assert mistake["message"] == rows[1]["message"]
    assert run("evaluate", "reading", "--workspace", stocked, "--turns", turns, "--lower-case")[0] == 0


@pytest.mark.parametrize("kind", ["dialogues", "reading"])
@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"{", b"[1]", b"\xff", b'{"context": 3, "message": 4}\n', b"[" * 100_000, b"9" * 5_000,
                b'{"context": [{"role": "user"}], "gold": [], "message": "x", "expected": {"intent": "conquer"}}',
                b'{"message": "x", "expected": {"ranges": {"year": [1980]}}}'],
)  # fmt: skip
def test_turns_that_cannot_be_read(run: Any, stocked: Path, tmp_path: Path, kind: str, content: bytes) -> None:
    for name, written in (("turns.jsonl", content), ("turns.jsonl.gz", gzip.compress(content)[:-9])):
        (tmp_path / name).write_bytes(written)
        status, _, said = run("evaluate", kind, "--workspace", stocked, "--turns", tmp_path / name)
        assert status == 1 and only_error(said)
    status, _, said = run("evaluate", kind, "--workspace", stocked, "--turns", tmp_path / "nowhere.jsonl")
    assert status == 1 and "nowhere.jsonl" in only_error(said)


def test_a_bug_is_shown_as_one(run: Any, stocked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("app.evaluate.dialogue_recall", broken)
    turns = write(tmp_path / "turns.jsonl", [{"context": [], "gold": []}])
    with pytest.raises(ValueError, match="a bug"):
        run("evaluate", "dialogues", "--workspace", stocked, "--turns", turns)


def test_figures_that_cannot_be_written_are_still_shown(run: Any, stocked: Path, tmp_path: Path) -> None:
    status, shown, said = run("evaluate", "sequences", "--workspace", stocked, "--model", "popular", "--json", tmp_path)
    assert status == 1 and "cannot be written" in only_error(said) and "ndcg@10" in shown


def test_reading_by_a_model_that_is_switched_off(run: Any, stocked: Path, tmp_path: Path) -> None:
    turns = write(tmp_path / "turns.jsonl", [{"message": "hello", "expected": {"intent": "chat"}}])
    status, _, said = run("evaluate", "reading", "--workspace", stocked, "--turns", turns, "--reader", "llm")
    assert status == 1 and "switched off" in only_error(said)
