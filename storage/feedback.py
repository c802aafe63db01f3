"""Reactions to shown items: durable when the call returns, never counted twice, undoable."""

from collections.abc import Sequence

from sqlalchemy import select

from storage.conversations import new_id
from storage.database import Database, now_ms
from storage.records import FeedbackKind, FeedbackRecord, NotFoundError
from storage.tables import Conversation, Feedback, Impression, Turn, User

# Liking and disliking exclude each other: the newer one stands.
_OPPOSITES = {FeedbackKind.LIKE: FeedbackKind.DISLIKE, FeedbackKind.DISLIKE: FeedbackKind.LIKE}


class FeedbackStore:
    """Stores and undoes reactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, user_id: str, turn_id: str, item_id: str, kind: FeedbackKind) -> FeedbackRecord:
        """Store a reaction and return once the commit is durable. The same reaction again changes nothing.

        Like and dislike of one item exclude each other in all turns of a person: the newer one stands.

        Raises:
            NotFoundError: the turn is not this person's, or the item was not shown in it.
        """
        with self._database.write() as session:
            owner = session.scalar(
                select(User.id)
                .join(Conversation, Conversation.user_id == User.id)
                .join(Turn, Turn.conversation_id == Conversation.id)
                .join(Impression, Impression.turn_id == Turn.id)
                .where(Turn.id == turn_id, Impression.item_id == item_id)
                # On PostgreSQL, one person's taps take their turns, and the turn stays; SQLite needs no lock.
                .with_for_update(of=[User, Turn], key_share=True)
            )
            if owner != user_id:
                raise NotFoundError("That item was not shown to you in that turn. Use ids from your own chat answers.")
            standing = session.scalars(
                select(Feedback).where(
                    Feedback.user_id == user_id, Feedback.item_id == item_id, Feedback.revoked_ms.is_(None)
                )
            ).all()
            for row in standing:
                if (row.turn_id, row.kind) == (turn_id, kind):
                    return _record(row)
            for row in standing:
                if row.kind == _OPPOSITES.get(kind):
                    row.revoked_ms = now_ms()
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


def _record(row: Feedback) -> FeedbackRecord:
    return FeedbackRecord(row.id, row.user_id, row.turn_id, row.item_id, FeedbackKind(row.kind), row.created_ms)
