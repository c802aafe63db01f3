"""What people did, for training: imported events and the reactions given in the chat.

Only `recommender.training` and the commands read this.
"""

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import aliased

from storage.database import Database
from storage.records import EventRecord, FeedbackKind
from storage.tables import Feedback, Interaction

_CHUNK = 5_000


class InteractionStore:
    """Imported events, and chat feedback in the same form."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace_all(self, events: Iterable[EventRecord]) -> int:
        """Make these the imported events, in one transaction. Feedback is another table and stays."""
        count = 0
        iterator = iter(events)
        with self._database.write() as session:
            session.execute(delete(Interaction))
            while chunk := list(islice(iterator, _CHUNK)):
                session.execute(
                    insert(Interaction),
                    [
                        {
                            "user_id": event.user_id,
                            "item_id": event.item_id,
                            "kind": event.kind,
                            "value": event.value,
                            "timestamp": event.timestamp,
                        }
                        for event in chunk
                    ],
                )
                count += len(chunk)
        return count

    def count(self) -> int:
        """How many imported events there are."""
        with self._database.read() as session:
            return session.scalar(select(func.count()).select_from(Interaction)) or 0

    def all(self, min_value: float = 3.5) -> list[EventRecord]:
        """Imported events and chat likes that count as positive, each person's oldest first.

        An event with a value below `min_value` is no sign of liking and is left out; one without a value counts.
        A like that the person took back later by disliking the item in another turn does not count.
        """
        later = aliased(Feedback)
        imported = (
            select(Interaction)
            .where((Interaction.value.is_(None)) | (Interaction.value >= min_value))
            .order_by(Interaction.user_id, Interaction.timestamp, Interaction.id)
        )
        disliked_later = (
            select(later.id)
            .where(
                later.user_id == Feedback.user_id,
                later.item_id == Feedback.item_id,
                later.kind == FeedbackKind.DISLIKE,
                later.revoked_ms.is_(None),
                later.created_ms > Feedback.created_ms,
            )
            .exists()
        )
        liked = (
            select(Feedback)
            .where(Feedback.revoked_ms.is_(None), Feedback.kind.in_([FeedbackKind.LIKE, FeedbackKind.SAVE]))
            .where((Feedback.kind != FeedbackKind.LIKE) | ~disliked_later)
            .order_by(Feedback.user_id, Feedback.created_ms)
        )
        with self._database.read() as session:
            events = [
                EventRecord(row.user_id, row.item_id, row.kind, row.value, row.timestamp)
                for row in session.scalars(imported)
            ]
            # Chat users carry ids of their own, so the two kinds of histories never mix.
            events += [
                EventRecord(f"chat:{row.user_id}", row.item_id, row.kind, None, row.created_ms / 1000)
                for row in session.scalars(liked)
            ]
        return events
