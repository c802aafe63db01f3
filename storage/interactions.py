"""What people did, for training: imported events and the reactions given in the chat.

Only `recommender.training` and the commands read this.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Select, Table, delete, func, insert, literal, select

from storage.database import Database
from storage.feedback import stands
from storage.records import EventRecord, FeedbackKind
from storage.tables import Feedback, Interaction

_CHUNK = 5_000
_COLUMNS = (Interaction.user_id, Interaction.item_id, Interaction.kind, Interaction.value, Interaction.timestamp)
_STAGED = Table(
    "staged_interactions",
    MetaData(),
    Column("position", Integer, primary_key=True),
    *(Column(column.name, column.type) for column in Interaction.__table__.columns if column.name != "id"),
    prefixes=["TEMPORARY"],
)
_STORED = 0  # the position of what is stored already; those staged count from 1


class InteractionStore:
    """Imported events, and chat feedback in the same form."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, events: Iterable[EventRecord]) -> int:
        """Add events to the imported ones, in one transaction; returns how many were new.

        An event that is there already, the same in everything, is stored once.
        """
        return self._store(events, afresh=False)

    def replace_all(self, events: Iterable[EventRecord]) -> int:
        """Make these the imported events, as `add` to none. Feedback is another table and stays."""
        return self._store(events, afresh=True)

    def _store(self, events: Iterable[EventRecord], afresh: bool) -> int:
        """Store them in one transaction; `afresh`: instead of those that are stored. Returns how many were new.

        They are gathered in a temporary table first, so that on SQLite others can write while many come in: the lock is
        held for the last step only, a third of the time.
        """
        iterator = iter(events)
        with self._database.write(alone="interactions", lock_at_once=False) as session:
            connection = session.connection()
            _STAGED.create(connection)
            while chunk := list(islice(iterator, _CHUNK)):
                rows = [
                    {
                        "user_id": event.user_id,
                        "item_id": event.item_id,
                        "kind": event.kind,
                        "value": event.value,
                        "timestamp": event.timestamp,
                    }
                    for event in chunk
                ]
                connection.execute(insert(_STAGED), rows)
            if afresh:
                connection.execute(delete(Interaction))
            names = [column.key for column in _COLUMNS]
            counting = {"preserve_rowcount": True}  # psycopg's is lost otherwise
            new = connection.execute(
                insert(Interaction).from_select(names, _new()), execution_options=counting
            ).rowcount
            _STAGED.drop(connection)
        return new

    def count(self, below: float | None = None) -> int:
        """How many imported events there are; with `below`, of those whose value is below it."""
        query = select(func.count()).select_from(Interaction)
        if below is not None:
            query = query.where(Interaction.value < below)
        with self._database.read() as session:
            return session.scalar(query) or 0

    def all(self, min_value: float = 3.5) -> list[EventRecord]:
        """Imported events and chat likes that count as positive, each person's oldest first.

        An event with a value below `min_value` is no sign of liking and is left out; one without a value counts.
        What a person liked or saved in the chat counts once, from the first time; a like that was overruled does not.
        An imported event on an item by somebody who reacted to it in the chat, as `feedback export` writes them, is
        left out: the reaction itself is here, and may have been taken back since.
        """
        imported = (
            select(*_COLUMNS)
            .where((Interaction.value.is_(None)) | (Interaction.value >= min_value))
            .order_by(Interaction.user_id, Interaction.timestamp, Interaction.id)
        )
        liked = (
            select(Feedback.user_id, Feedback.item_id, Feedback.kind, Feedback.created_ms)
            .where(stands(), Feedback.kind.in_([FeedbackKind.LIKE, FeedbackKind.SAVE]))
            .order_by(Feedback.user_id, Feedback.created_ms, Feedback.id)
        )
        reactions = select(Feedback.user_id, Feedback.item_id).distinct()
        # Columns: objects of the ORM take several times as long.
        with self._database.read() as session:
            here = {(user_id, item_id) for user_id, item_id in session.execute(reactions)}
            events = [EventRecord(*row) for row in session.execute(imported) if (row.user_id, row.item_id) not in here]
            first: dict[tuple[str, str], EventRecord] = {}
            for user_id, item_id, kind, created_ms in session.execute(liked):
                # Chat users carry ids of their own, so the two kinds of histories never mix.
                event = EventRecord(f"chat:{user_id}", item_id, kind, None, created_ms / 1000)
                first.setdefault((user_id, item_id), event)
        return [*events, *first.values()]


def _new() -> Select[Any]:
    """What is staged and not stored, each once, in the order of the file.

    By grouping, which takes two missing values for the same, and one sort however long the histories are.
    """
    names = [column.key for column in _COLUMNS]
    staged = select(*(_STAGED.c[name] for name in names), _STAGED.c.position)
    both = staged.union_all(select(*_COLUMNS, literal(_STORED))).subquery()
    columns = [both.c[name] for name in names]
    first = func.min(both.c.position)
    return select(*columns).group_by(*columns).having(first > _STORED).order_by(first)
