"""The commands as people type them, on a shop of their own: what they do, what they write, what they refuse."""

import csv
import gzip
import json
import shutil
import socket
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from app import commands
from app.cli import main
from recommender.models import MODELS
from tests.app.hobby_shop import THINGS, histories
from tests.doubles import BagOfWords

COLUMNS = ("category", "brand", "colour", "price")
HELD_OUT = sum(len(history) >= 3 for history in histories().values())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No weights to load, one thread."""
    monkeypatch.setattr("app.wiring.SentenceEmbedder", lambda _: BagOfWords())
    monkeypatch.setenv("PALATE_THREADS", "1")


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs one command; gives its exit status and what it said."""

    def command(*arguments: Any) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        said = capfd.readouterr()
        return status, said.out, said.err

    return command


# --- files ------------------------------------------------------------------------------------------------------------


def item_rows() -> list[dict[str, Any]]:
    return [
        {"id": t.id, "title": t.title, "text": t.text, **{name: t.attributes[name] for name in COLUMNS}} for t in THINGS
    ]


def event_rows() -> list[dict[str, Any]]:
    return [
        {"user_id": person, "item_id": item, "kind": "buy", "value": 5.0, "timestamp": float(moment)}
        for person, items in histories().items()
        for moment, item in enumerate(items)
    ]


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Rows in the format that the name says."""
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(list(rows)), path)
        return path
    with gzip.open(path, "wt") if path.suffix == ".gz" else path.open("w", newline="") as file:
        if name.endswith(".csv"):
            table = csv.DictWriter(file, rows[0])
            table.writeheader()
            table.writerows(rows)
        else:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shop's items.csv and events.csv."""
    folder = tmp_path_factory.mktemp("files")
    write(folder / "items.csv", item_rows())
    write(folder / "events.csv", event_rows())
    return folder


@pytest.fixture(scope="module")
def stocked(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the shop imported and every model trained; tests leave it as it is."""
    workspace = tmp_path_factory.mktemp("stocked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.wiring.SentenceEmbedder", lambda _: BagOfWords())
        patch.setenv("PALATE_THREADS", "1")
        patch.setenv("PALATE_LLM", "off")
        where = ["--workspace", str(workspace)]
        assert main(["import", *where, "--items", str(files / "items.csv"), "--events", str(files / "events.csv")]) == 0
        assert main(["train", *where, "--epochs", "2"]) == 0
    return workspace


@pytest.fixture
def own(stocked: Path, tmp_path: Path) -> Path:
    """A copy of `stocked` to change at will."""
    return Path(shutil.copytree(stocked, tmp_path / "own"))


def stored(workspace: Path) -> tuple[list[Any], list[Any]]:
    """Everything that was imported, straight from the database."""
    with sqlite3.connect(workspace / "palate.db") as database:
        items = database.execute("SELECT * FROM items ORDER BY position").fetchall()
        events = database.execute(
            "SELECT user_id, item_id, kind, value, timestamp FROM interactions ORDER BY id"
        ).fetchall()
    return items, events


# --- import -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "csv.gz", "jsonl.gz"])
def test_import_takes_every_format(run: Any, tmp_path: Path, kind: str) -> None:
    items = write(tmp_path / f"items.{kind}", item_rows())
    events = write(tmp_path / f"events.{kind}", event_rows())
    status, _, said = run("import", "--workspace", tmp_path / "w", "--items", items, "--events", events)
    assert status == 0 and "60 items" in said and f"{len(event_rows())} interactions" in said and "Next:" in said
    rows, interactions = stored(tmp_path / "w")
    assert len(rows) == 60 and len(interactions) == len(event_rows())
    attributes = next(json.loads(cell) for cell in rows[0] if str(cell).startswith("{"))
    assert attributes == dict(THINGS[0].attributes)


def test_import_takes_sequences_and_items_apart(run: Any, tmp_path: Path, files: Path) -> None:
    sequences = tmp_path / "sequences.txt"
    sequences.write_text("".join(f"{person} {' '.join(items)}\n" for person, items in histories().items()))
    assert run("import", "--workspace", tmp_path / "w", "--items", files / "items.csv")[0] == 0
    assert run("import", "--workspace", tmp_path / "w", "--events", sequences)[0] == 0
    rows, interactions = stored(tmp_path / "w")
    assert len(rows) == 60 and len(interactions) == len(event_rows())


def test_bad_rows_are_counted_shown_and_left_out(run: Any, tmp_path: Path) -> None:
    rows = [*item_rows()[:5], {**item_rows()[5], "title": ""}, {**item_rows()[6], "id": ""}, item_rows()[0]]
    items = write(tmp_path / "items.csv", rows)
    status, _, said = run("import", "--workspace", tmp_path / "w", "--items", items)
    assert status == 0 and "3 bad rows left out" in said and "5 items" in said
    assert all(f"line {number}:" in said for number in (7, 8, 9))
    assert len(stored(tmp_path / "w")[0]) == 5


def test_strict_refuses_a_file_with_one_bad_row(run: Any, own: Path, tmp_path: Path) -> None:
    before = stored(own)
    items = write(tmp_path / "items.csv", [*item_rows()[:3], {**item_rows()[3], "title": ""}])
    status, _, said = run("import", "--workspace", own, "--items", items, "--strict")
    assert status == 1 and "line 5" in only_error(said) and stored(own) == before
    events = write(tmp_path / "events.csv", [*event_rows()[:3], {**event_rows()[3], "item_id": ""}])
    assert run("import", "--workspace", own, "--events", events, "--strict")[0] == 1
    assert stored(own) == before
    assert run("import", "--workspace", own, "--events", events)[0] == 0
    assert len(stored(own)[1]) == 3


BROKEN: dict[str, bytes] = {
    "empty.csv": b"",
    "header.csv": b"id,title\n",
    "columns.csv": b"name,colour\nlamp,red\n",
    "latin.csv": "id,title\n1,Caf\xe9\n".encode("latin-1"),
    "cut.csv.gz": gzip.compress(b"id,title\n1,Lamp\n" * 1_000)[:-20],
    "no.csv.gz": b"\x1f\x8b\x08 this is no gzip",
    "array.jsonl": b'[{"id": "1", "title": "Lamp"}]',
    "words.jsonl": b"not json\nneither\n",
    "deep.jsonl": b"[" * 100_000,
    "cut.parquet": b"PAR1 and then nothing PAR1",
    "unknown.xlsx": b"PK\x03\x04",
    "nul.csv": b"\x00" * 100,
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("kind", ["--items", "--events"])
def test_a_broken_file_changes_nothing(run: Any, own: Path, files: Path, tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_bytes(BROKEN[name])
    before, models = stored(own), sorted(own.glob("models/**/*"))
    both = {"--items": files / "items.csv", "--events": files / "events.csv"} | {kind: tmp_path / name}
    status, _, said = run("import", "--workspace", own, *(part for pair in both.items() for part in pair))
    assert status == 1 and name in only_error(said)
    assert stored(own) == before and sorted(own.glob("models/**/*")) == models


def test_a_missing_file_or_none_is_said(run: Any, tmp_path: Path) -> None:
    status, _, said = run("import", "--workspace", tmp_path / "w", "--items", tmp_path / "nowhere.csv")
    assert status == 1 and "nowhere.csv" in only_error(said)
    status, _, said = run("import", "--workspace", tmp_path / "w", "--items", tmp_path)
    assert status == 1 and only_error(said)
    status, _, said = run("import", "--workspace", tmp_path / "w")
    assert status == 1 and "--items" in only_error(said)


def test_a_broken_events_file_leaves_a_new_workspace_empty(run: Any, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("nothing\n")
    assert run("import", "--workspace", tmp_path / "w", "--events", tmp_path / "events.csv")[0] == 1
    assert stored(tmp_path / "w") == ([], [])


def test_events_alone_go_with_the_demo(run: Any, tmp_path: Path) -> None:
    events = write(tmp_path / "events.csv", event_rows()[:3])
    status, _, said = run("import", "--workspace", tmp_path / "w", "--events", events)
    assert status == 0 and "3 of 3 events are on items that the catalogue does not have" in said
    assert len(stored(tmp_path / "w")[0]) > 1_000


def test_another_catalogue_forgets_models_and_phrases(run: Any, own: Path, files: Path, tmp_path: Path) -> None:
    phrases = tmp_path / "phrases.json"
    phrases.write_text(json.dumps({"cosy": [["category", "candles"]]}))
    assert run("import", "--workspace", own, "--phrases", phrases)[0] == 0
    assert json.loads((own / "phrases.json").read_text()) == {"cosy": [["category", "candles"]]}
    assert (own / "models" / "popular").exists()
    assert run("import", "--workspace", own, "--items", files / "items.csv", "--phrases", own / "phrases.json")[0] == 0
    assert (own / "phrases.json").exists() and not (own / "models").exists()
    assert run("import", "--workspace", own, "--items", files / "items.csv")[0] == 0
    assert not (own / "phrases.json").exists()


@pytest.mark.parametrize("content", ["{", '{"cosy": 3}', "[1, 2]"])
def test_a_broken_phrase_table_changes_nothing(run: Any, own: Path, files: Path, tmp_path: Path, content: str) -> None:
    before = stored(own)
    (tmp_path / "phrases.json").write_text(content)
    status, _, said = run(
        "import", "--workspace", own, "--items", files / "items.csv", "--phrases", tmp_path / "phrases.json"
    )
    assert status == 1 and "phrase table" in only_error(said)
    assert stored(own) == before and (own / "models" / "popular").exists()


# --- train and models -------------------------------------------------------------------------------------------------


def test_training_promotes_and_is_listed(run: Any, stocked: Path) -> None:
    for name in MODELS:
        assert (stocked / "models" / name / "model.json").exists()
    status, listed, _ = run("models", "--workspace", stocked)
    assert status == 0 and len(listed.splitlines()) == len(MODELS)
    for line, (name, model) in zip(listed.splitlines(), sorted(MODELS.items()), strict=True):
        assert line.startswith(name) and model.paper in line and "NDCG@10 0." in line


def test_models_are_listed_without_any(run: Any, tmp_path: Path) -> None:
    status, listed, _ = run("models", "--workspace", tmp_path / "w")
    assert status == 0 and listed.count("not trained in this workspace") == len(MODELS)


def test_one_model_is_trained_again_through_the_gate(run: Any, own: Path) -> None:
    status, _, said = run("train", "--workspace", own, "--model", "item-knn")
    assert status == 0 and "item-knn" in said and "hr@10" in said and "promoted: NDCG@10" in said
    meta = json.loads((own / "models" / "item-knn" / "model.json").read_text())
    meta["report"]["ndcg@10"] = 0.999
    (own / "models" / "item-knn" / "model.json").write_text(json.dumps(meta))
    assert "kept the old model" in run("train", "--workspace", own, "--model", "item-knn")[2]
    assert "0.9990" in run("models", "--workspace", own)[1]
    run("train", "--workspace", own, "--model", "item-knn", "--force")
    assert "0.9990" not in run("models", "--workspace", own)[1]


def test_training_without_interactions_says_what_to_do(run: Any, tmp_path: Path, files: Path) -> None:
    run("import", "--workspace", tmp_path / "w", "--items", files / "items.csv")
    for command in (["train"], ["evaluate", "sequences"]):
        status, _, said = run(*command, "--workspace", tmp_path / "w")
        assert status == 1 and "--events" in only_error(said)


# --- evaluate ---------------------------------------------------------------------------------------------------------

FORM = {"dataset", "model", "n", "metrics", "seconds_per_row", "machine", "versions", "command"}


def figures(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text())
    assert set(found) >= FORM and found["seconds_per_row"] >= 0
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
    command = [
        "evaluate",
        "sequences",
        "--workspace",
        own,
        "--model",
        "item-knn",
        "--protocol",
        protocol,
        "--json",
        out,
    ]
    status, said, _ = run(*command)
    assert status == 0 and "ndcg@10" in said and "±" in said
    first = figures(out)
    assert first["n"] == HELD_OUT and first["model"] == "item-knn" and protocol in first["dataset"]
    assert_estimates(first["metrics"], SEQUENCE_METRICS)
    assert run(*command)[0] == 0
    assert figures(out)["metrics"] == first["metrics"]


def test_evaluate_uses_the_model_that_training_measured(run: Any, stocked: Path, tmp_path: Path) -> None:
    for name in MODELS:
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


def test_an_untrained_model_is_trained_for_the_measurement_only(run: Any, own: Path, tmp_path: Path) -> None:
    shutil.rmtree(own / "models")
    out = tmp_path / "figures.json"
    assert run("evaluate", "sequences", "--workspace", own, "--model", "popular", "--json", out)[0] == 0
    assert figures(out)["n"] == HELD_OUT and not (own / "models").exists()


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
                b'{"context": [{"role": "user"}], "gold": [], "message": "x", "expected": {"intent": "conquer"}}'],
)  # fmt: skip
def test_turns_that_cannot_be_read(run: Any, stocked: Path, tmp_path: Path, kind: str, content: bytes) -> None:
    for name, written in (("turns.jsonl", content), ("turns.jsonl.gz", gzip.compress(content)[:-9])):
        (tmp_path / name).write_bytes(written)
        status, _, said = run("evaluate", kind, "--workspace", stocked, "--turns", tmp_path / name)
        assert status == 1 and only_error(said)
    status, _, said = run("evaluate", kind, "--workspace", stocked, "--turns", tmp_path / "nowhere.jsonl")
    assert status == 1 and "nowhere.jsonl" in only_error(said)


def test_figures_that_cannot_be_written_are_still_shown(run: Any, stocked: Path, tmp_path: Path) -> None:
    status, shown, said = run("evaluate", "sequences", "--workspace", stocked, "--model", "popular", "--json", tmp_path)
    assert status == 1 and "cannot be written" in only_error(said) and "ndcg@10" in shown


def test_reading_by_a_model_that_is_switched_off(run: Any, stocked: Path, tmp_path: Path) -> None:
    turns = write(tmp_path / "turns.jsonl", [{"message": "hello", "expected": {"intent": "chat"}}])
    status, _, said = run("evaluate", "reading", "--workspace", stocked, "--turns", turns, "--reader", "llm")
    assert status == 1 and "switched off" in only_error(said)


# --- serve ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[TestClient]:
    """`serve` goes as far as listening; there one visitor asks for something, and it ends."""
    seen: list[TestClient] = []

    def visit(app: Any, host: str, port: int, **_: Any) -> None:
        client = TestClient(app, raise_server_exceptions=False)
        client.answers = [  # type: ignore[attr-defined]
            client.get("/healthz"),
            client.post("/api/v1/chat", json={"message": "show me something, please"}),
            client.get("/"),
        ]
        seen.append(client)

    monkeypatch.setattr("uvicorn.run", visit)
    return seen


def served(visits: list[TestClient]) -> dict[str, Any]:
    """What the visitor was told; the page and the health report are there too."""
    (visit,) = visits
    health, chat, page = visit.answers  # type: ignore[attr-defined]
    assert [answer.status_code for answer in (health, chat, page)] == [200, 200, 200]
    assert "gradio" in page.text.lower()
    return {**chat.json(), "parts": health.json()["parts"]}


def test_serve_serves_what_was_imported(run: Any, own: Path, visits: list[TestClient]) -> None:
    status, _, said = run("serve", "--workspace", own, "--port", free_port())
    assert status == 0 and "60 items" in said and "Palate is ready after" in said and "switched off" in said
    answer = served(visits)
    assert len(answer["items"]) == 5 and answer["parts"]["student"]["ready"]
    assert answer["parts"]["language_model"]["detail"] == "switched off (PALATE_LLM=off)"


def test_one_thing_can_be_served(run: Any, tmp_path: Path, visits: list[TestClient]) -> None:
    items = write(tmp_path / "items.jsonl", item_rows()[:1])
    run("import", "--workspace", tmp_path / "w", "--items", items)
    assert run("serve", "--workspace", tmp_path / "w", "--port", free_port())[0] == 0
    assert [card["id"] for card in served(visits)["items"]] == ["notebooks-1"]


def test_an_empty_catalogue_can_be_served(
    run: Any, tmp_path: Path, visits: list[TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.workspace.demo_items", list)
    assert run("serve", "--workspace", tmp_path / "w", "--port", free_port())[0] == 0
    answer = served(visits)
    assert answer["items"] == [] and "empty" in answer["reply"]


@pytest.mark.parametrize("damage", ["weights", "meta", "form", "kind"])
def test_a_damaged_model_is_left_out(run: Any, own: Path, visits: list[TestClient], damage: str) -> None:
    folder = own / "models" / "sasrec"
    if damage == "weights":
        next(folder.glob("weights-*")).write_bytes(b"\x00" * 64)
    else:
        content = {
            "meta": "{ broken",
            "form": '{"name": "sasrec"}',
            "kind": '{"name": "oracle", "report": {"ndcg@10": "x"}}',
        }
        (folder / "model.json").write_text(content[damage])
    assert run("models", "--workspace", own)[0] == 0
    assert run("serve", "--workspace", own, "--port", free_port())[0] == 0
    answer = served(visits)
    assert len(answer["items"]) == 5 and not answer["parts"]["student"]["ready"]


def test_a_damaged_phrase_table_stops_serve(run: Any, own: Path, visits: list[TestClient]) -> None:
    (own / "phrases.json").write_text("{")
    status, _, said = run("serve", "--workspace", own, "--port", free_port())
    assert status == 1 and "phrases.json" in only_error(said) and not visits


def test_turns_that_a_crash_left_open_are_closed(run: Any, own: Path, visits: list[TestClient]) -> None:
    run("serve", "--workspace", own, "--port", free_port())
    with sqlite3.connect(own / "palate.db") as database:
        database.execute("UPDATE turns SET status = 'running'")
    run("serve", "--workspace", own, "--port", free_port())
    with sqlite3.connect(own / "palate.db") as database:
        assert sorted(row[0] for row in database.execute("SELECT status FROM turns")) == ["done", "stopped"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "example.org", ""])
def test_serve_refuses_to_listen_to_everyone(run: Any, tmp_path: Path, visits: list[TestClient], host: str) -> None:
    status, _, said = run("serve", "--workspace", tmp_path / "w", "--host", host)
    assert status == 1 and "--public" in only_error(said) and not visits and not (tmp_path / "w").exists()


@pytest.mark.parametrize("allowed", ["--public", "--kiosk"])
def test_unless_that_is_meant(run: Any, own: Path, visits: list[TestClient], allowed: str) -> None:
    assert run("serve", "--workspace", own, "--host", "0.0.0.0", "--port", free_port(), allowed)[0] == 0
    assert served(visits)["items"]


def test_a_busy_port_is_said_before_anything_is_loaded(run: Any, tmp_path: Path, visits: list[TestClient]) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        status, _, said = run("serve", "--workspace", tmp_path / "w", "--port", port)
    assert status == 1 and str(port) in only_error(said) and "--port" in said and not (tmp_path / "w").exists()


@pytest.mark.parametrize("port", [-1, 65_536, 10**9])
def test_a_port_that_cannot_be(run: Any, tmp_path: Path, port: int) -> None:
    status, _, said = run("serve", "--workspace", tmp_path / "w", f"--port={port}")
    assert status == 1 and str(port) in only_error(said)


# --- settings and the command line ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [("PALATE_LLM", "perhaps"), ("PALATE_READER", "fortune"), ("PALATE_WORDS", "x"), ("PALATE_AUTH", "users"),
     ("PALATE_THREADS", "0"), ("PALATE_THREADS", "many"), ("PALATE_LLM_URL", "no address"),
     ("PALATE_LLM_URL", "http://[::1"), ("PALATE_LLM_URL", "ftp://x/v1"), ("CHROMA_URL", "http://x:port")],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_named(
    run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    status, _, said = run("models", "--workspace", tmp_path / "w")
    assert status == 2 and only_error(said).startswith(f"error: setting {name}: ") and not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite:////no/such/folder/palate.db", "oracle://x", "postgresql://h:port/x"]
)
def test_a_database_that_cannot_be_is_said(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    status, _, said = run("train", "--workspace", tmp_path / "w")
    assert status == 1 and "DATABASE_URL" in only_error(said)


def test_a_workspace_that_cannot_be_is_said(run: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in (["train"], ["models"], ["serve", "--port", str(free_port())], ["evaluate", "sequences"]):
        status, _, said = run(*command, "--workspace", tmp_path / "file")
        assert status == 1 and "--workspace" in only_error(said)


def test_serve_is_what_happens_without_a_command(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(commands, "serve", lambda options, settings: asked.append(options))
    assert [run(*given)[0] for given in ([], ["--port", "1234"], ["serve", "--kiosk"])] == [0, 0, 0]
    assert [(options.host, options.port, options.kiosk) for options in asked] == [
        ("127.0.0.1", 7860, False), ("127.0.0.1", 1234, False), ("127.0.0.1", 7860, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "given", [["conquer"], ["train", "--model", "oracle"], ["evaluate"], ["evaluate", "dialogues"]]
)
def test_commands_that_are_none(capsys: pytest.CaptureFixture[str], given: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(given)
    assert ended.value.code == 2 and "usage:" in capsys.readouterr().err


def test_control_c_is_no_traceback(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "models", interrupted)
    status, _, said = run("models")
    assert status == 130 and "stopped" in said


def only_error(said: str) -> str:
    """The one line that says what is wrong; there is no other, and no traceback."""
    (line,) = [line for line in said.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in said and len(line) > 20
    return line


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
