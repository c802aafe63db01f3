"""Reactions to shown items: durable when the call returns, never counted twice, undoable."""

from collections.abc import Sequence

from sqlalchemy import select

from storage.conversations import new_id
from storage.database import Database, now_ms
from storage.records import FeedbackKind, FeedbackRecord, NotFoundError
from storage.tables import Conversation, Feedback, Impression, Turn

# Liking and disliking exclude each other: the newer one stands.
_OPPOSITES = {FeedbackKind.LIKE: FeedbackKind.DISLIKE, FeedbackKind.DISLIKE: FeedbackKind.LIKE}


class FeedbackStore:
    """Stores and undoes reactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, user_id: str, turn_id: str, item_id: str, kind: FeedbackKind) -> FeedbackRecord:
        """Store a reaction and return once the commit is durable. The same reaction again changes nothing.

        Raises:
            NotFoundError: the turn is not this person's, or the item was not shown in it.
        """
        with self._database.write() as session:
            owner = session.scalar(
                select(Conversation.user_id)
                .join(Turn, Turn.conversation_id == Conversation.id)
                .join(Impression, Impression.turn_id == Turn.id)
                .where(Turn.id == turn_id, Impression.item_id == item_id)
                .with_for_update(of=Turn)  # on PostgreSQL, taps on one turn take their turns; SQLite needs no lock
            )
            if owner != user_id:
                raise NotFoundError("That item was not shown to you in that turn. Use ids from your own chat answers.")
            standing = {
                FeedbackKind(row.kind): row
                for row in session.scalars(
                    select(Feedback).where(
                        Feedback.user_id == user_id,
                        Feedback.turn_id == turn_id,
                        Feedback.item_id == item_id,
                        Feedback.revoked_ms.is_(None),
                    )
                )
            }
            if kind in standing:
                return _record(standing[kind])
            opposite = _OPPOSITES.get(kind)
            if opposite in standing:
                standing[opposite].revoked_ms = now_ms()
            row = Feedback(
                id=new_id(), user_id=user_id, turn_id=turn_id, item_id=item_id, kind=kind, created_ms=now_ms()
            )
            session.add(row)
        return _record(row)

    def undo(self, user_id: str, turn_id: str, item_id: str, kind: FeedbackKind) -> None:
        """Take a reaction back. The row stays, marked; taking back what does not stand changes nothing."""
        with self._database.write() as session:
            query = select(Feedback).where(
                Feedback.user_id == user_id,
                Feedback.turn_id == turn_id,
                Feedback.item_id == item_id,
                Feedback.kind == kind,
                Feedback.revoked_ms.is_(None),
            )
            for row in session.scalars(query):
                row.revoked_ms = now_ms()

    def standing(self, user_id: str) -> Sequence[FeedbackRecord]:
        """Every reaction of this person that still stands, oldest first."""
        query = (
            select(Feedback)
            .where(Feedback.user_id == user_id, Feedback.revoked_ms.is_(None))
            .order_by(Feedback.created_ms, Feedback.id)
        )
        with self._database.read() as session:
            return [_record(row) for row in session.scalars(query)]

    def all(self) -> Sequence[FeedbackRecord]:
        """Every reaction of everybody that still stands, each person's oldest first."""
        query = (
            select(Feedback)
            .where(Feedback.revoked_ms.is_(None))
            .order_by(Feedback.user_id, Feedback.created_ms, Feedback.id)
        )
        with self._database.read() as session:
            return [_record(row) for row in session.scalars(query)]


def _record(row: Feedback) -> FeedbackRecord:
    return FeedbackRecord(row.id, row.user_id, row.turn_id, row.item_id, FeedbackKind(row.kind), row.created_ms)
