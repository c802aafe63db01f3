"""Events from CSV, JSONL, Parquet or sequences: who did what with which item, and when.

Items are ids here; whether a catalogue has them is not checked.
"""

from collections import Counter
from pathlib import Path

from recommender.data.cells import MAX_KIND_CHARS, moment, number, required_text, short_text
from recommender.data.tables import (
    Loaded,
    Progress,
    Rejects,
    Row,
    RowError,
    describe,
    table_format,
    table_rows,
    text_lines,
)
from storage.records import EventRecord

# Lower-case names of columns, the usual ones of public data sets among them, and what they are here.
EVENT_COLUMNS = {
    "user_id": "user_id",
    "userid": "user_id",
    "user": "user_id",
    "item_id": "item_id",
    "itemid": "item_id",
    "item": "item_id",
    "movieid": "item_id",
    "kind": "kind",
    "value": "value",
    "rating": "value",
    "timestamp": "timestamp",
    "time": "timestamp",
}


def read_event_table(path: Path, strict: bool = False, on_progress: Progress | None = None) -> Loaded[EventRecord]:
    """Read one file of events.

    Raises:
        ImportFileError: see `recommender.data.readers.read_events`.
    """
    rejects = Rejects(path, strict)
    events: list[EventRecord] = []
    if table_format(path) == "txt":
        return _read_sequences(path, rejects, on_progress)
    for line, row in table_rows(path, EVENT_COLUMNS, ("user_id", "item_id"), on_progress):
        try:
            if isinstance(row, RowError):
                raise row
            events.append(event(row))
        except RowError as error:
            rejects.add(line, str(error))
    return rejects.loaded(events, describe(path))


def event(row: Row, kind: str = "view") -> EventRecord:
    """One row under the names of `EVENT_COLUMNS` as an event; `kind` is for rows that name none.

    Raises:
        RowError: an id is missing, or a value cannot be used.
    """
    return EventRecord(
        required_text(row.get("user_id"), "user_id"),
        required_text(row.get("item_id"), "item_id"),
        short_text(row.get("kind"), "kind", MAX_KIND_CHARS) or kind,
        number(row.get("value"), "value"),
        moment(row.get("timestamp")),
    )


def _read_sequences(path: Path, rejects: Rejects, on_progress: Progress | None) -> Loaded[EventRecord]:
    """One user a line, then the items; a user's later lines go on where the earlier ones ended."""
    events: list[EventRecord] = []
    place: Counter[str] = Counter()
    for line, text in enumerate(text_lines(path, on_progress), start=1):
        names = text.split()
        if not names:
            continue
        try:
            user, *items = (required_text(name, "an id") for name in names)
            if not items:
                raise RowError("a user without items")
        except RowError as error:
            rejects.add(line, str(error))
            continue
        start = place[user]
        events += [EventRecord(user, item, timestamp=float(start + step)) for step, item in enumerate(items)]
        place[user] += len(items)
    return rejects.loaded(events, describe(path))
