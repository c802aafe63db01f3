"""`serve` as people type it, up to the point where it listens."""

import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.app.shop_files import free_port, item_rows, only_error, write


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
    assert said.startswith("Starting Palate: loading")
    assert status == 0 and "60 items" in said and "Palate is ready after" in said and "switched off" in said
    answer = served(visits)
    assert len(answer["items"]) == 5 and answer["parts"]["student"]["ready"]
    assert answer["parts"]["language_model"]["detail"] == "switched off (PALATE_LLM=off)"


def test_any_trained_model_can_be_the_student(
    run: Any, own: Path, visits: list[TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PALATE_STUDENT", "ease")
    status, _, said = run("serve", "--workspace", own, "--port", free_port())
    assert status == 1 and "train --model ease" in only_error(said) and not visits
    assert run("train", "--workspace", own, "--model", "ease")[0] == 0
    status, _, said = run("serve", "--workspace", own, "--port", free_port())
    assert status == 0 and "models: ease, item-knn, popular" in said
    assert served(visits)["parts"]["student"]["detail"] == "ease"


def test_a_new_workspace_is_said_to_be_the_demo(run: Any, own: Path, tmp_path: Path, visits: list[TestClient]) -> None:
    said = run("serve", "--workspace", tmp_path / "mistyped", "--port", free_port())[2]
    assert f"New workspace {tmp_path / 'mistyped'}, filled with the demo's films" in said
    assert "New workspace" not in run("serve", "--workspace", own, "--port", free_port())[2]


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
