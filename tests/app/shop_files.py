"""What the tests of the commands share: the shop as files, what is stored of it, what was said."""

import csv
import gzip
import json
import socket
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.app.hobby_shop import THINGS, histories

COLUMNS = ("category", "brand", "colour", "price")
HELD_OUT = sum(len(history) >= 3 for history in histories().values())


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


def stored(workspace: Path) -> tuple[list[Any], list[Any]]:
    """Everything that was imported, straight from the database."""
    with sqlite3.connect(workspace / "palate.db") as database:
        items = database.execute("SELECT * FROM items ORDER BY position").fetchall()
        events = database.execute(
            "SELECT user_id, item_id, kind, value, timestamp FROM interactions ORDER BY id"
        ).fetchall()
    return items, events


def only_error(said: str) -> str:
    """The one line that says what is wrong; there is no other, and no traceback."""
    (line,) = [line for line in said.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in said and len(line) > 20
    return line


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
