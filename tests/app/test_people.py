"""`feedback export`, `user export` and `user delete` as an operator types them."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from app.wiring import Stores, open_stores
from app.workspace import Workspace
from recommender.data.readers import read_events
from storage.records import FeedbackKind
from tests.app.shop_files import only_error
from tests.storage.examples import stored_turn


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    """A workspace in which Ada and Bob said something."""
    stores = open_stores(Settings(), Workspace(tmp_path / "w"))
    for person in ("ada", "bob"):
        turn = stored_turn(stores.database, person)
        stores.feedback.add(person, turn.id, "mug-02", FeedbackKind.LIKE)
        stores.feedback.add(person, turn.id, "teapot-01", FeedbackKind.DISLIKE)
    return stores


def test_feedback_is_exported_as_events(run: Any, stores: Stores, tmp_path: Path) -> None:
    status, shown, _ = run("feedback", "export", "--workspace", tmp_path / "w")
    rows = list(csv.DictReader(io.StringIO(shown)))
    assert status == 0 and sorted((r["user_id"], r["item_id"], r["kind"], r["value"]) for r in rows) == [
        ("ada", "mug-02", "like", ""), ("ada", "teapot-01", "dislike", "0"),
        ("bob", "mug-02", "like", ""), ("bob", "teapot-01", "dislike", "0"),
    ]  # fmt: skip
    out = tmp_path / "events.csv"
    assert run("feedback", "export", "--workspace", tmp_path / "w", "--out", out)[0] == 0
    once = stores.interactions.all()
    stores.interactions.replace_all(read_events(out).rows)
    assert stores.interactions.all() == once, "somebody counts twice in the workspace that the export came from"
    elsewhere = open_stores(Settings(), Workspace(tmp_path / "elsewhere")).interactions
    elsewhere.replace_all(read_events(out).rows)
    assert [(event.user_id, event.item_id) for event in elsewhere.all()] == [("ada", "mug-02"), ("bob", "mug-02")]


def test_a_person_is_exported_and_deleted(run: Any, stores: Stores, tmp_path: Path) -> None:
    out = tmp_path / "ada.json"
    assert run("user", "export", "ada", "--workspace", tmp_path / "w", "--out", out)[0] == 0
    found = json.loads(out.read_text())
    assert found["id"] == "ada" and len(found["turns"]) == 1 and len(found["feedback"]) == 2
    assert json.loads(run("user", "export", "ada", "--workspace", tmp_path / "w")[1]) == found
    status, _, said = run("user", "delete", "ada", "--workspace", tmp_path / "w")
    assert status == 0 and "Deleted ada" in said
    assert stores.conversations.list("ada") == [] and len(stores.conversations.list("bob")) == 1
    for command in ("export", "delete"):
        status, _, said = run("user", command, "ada", "--workspace", tmp_path / "w")
        assert status == 1 and "'ada'" in only_error(said)


def test_a_file_that_cannot_be_written_is_said(run: Any, stores: Stores, tmp_path: Path) -> None:
    for command in (("feedback", "export"), ("user", "export", "ada")):
        status, _, said = run(*command, "--workspace", tmp_path / "w", "--out", tmp_path)
        assert status == 1 and "cannot be written" in only_error(said)
