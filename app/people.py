"""What `feedback export`, `user export` and `user delete` do."""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from app.progress import console
from app.settings import Settings
from app.wiring import Stores, open_stores
from app.workspace import Workspace, WorkspaceError
from storage.records import FeedbackKind

_LIKING = (FeedbackKind.LIKE, FeedbackKind.SAVE)


def export_feedback(options: argparse.Namespace, settings: Settings) -> None:
    """Every reaction that stands, as events that `import` reads: a value of 0 says that it is no sign of liking."""
    records = _stores(options, settings).feedback.all()
    with _output(options.out) as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("user_id", "item_id", "kind", "value", "timestamp"))
        for record in records:
            value = "" if record.kind in _LIKING else 0
            rows.writerow((record.user_id, record.item_id, record.kind.value, value, record.created_ms / 1000))
    console.print(f"{len(records):,} reactions")


def export_user(options: argparse.Namespace, settings: Settings) -> None:
    """All that is stored of a person, as JSON."""
    found = _stores(options, settings).people.export(options.id)
    with _output(options.out) as file:
        json.dump(found, file, ensure_ascii=False, indent=1)
        file.write("\n")


def delete_user(options: argparse.Namespace, settings: Settings) -> None:
    """Delete a person and all that is stored of them; models that learnt from their likes are not trained again."""
    _stores(options, settings).people.delete(options.id)
    console.print(f"Deleted {options.id}. The next `app.py train` learns nothing from them.", highlight=False)


def _stores(options: argparse.Namespace, settings: Settings) -> Stores:
    return open_stores(settings, Workspace(options.workspace))


@contextmanager
def _output(path: Path | None) -> Iterator[TextIO]:
    """A file to write to, or without one what the command prints.

    Raises:
        WorkspaceError: the file cannot be written.
    """
    if path is None:
        yield sys.stdout
        return
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be written ({error}). Choose another place.") from error
