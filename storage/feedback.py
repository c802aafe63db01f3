"""Reactions to shown items: durable when the call returns, never counted twice, undoable."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from storage.conversations import new_id
from storage.database import Database, now_ms
from storage.records import FeedbackKind, FeedbackRecord, NotFoundError
from storage.tables import Conversation, Feedback, Impression, Turn

# Liking and disliking exclude each other: the newer one stands.
_OPPOSITES = {FeedbackKind.LIKE: FeedbackKind.DISLIKE, FeedbackKind.DISLIKE: FeedbackKind.LIKE}


def stands() -> ColumnElement[bool]:
    """That a reaction was not taken back, and that of like and dislike of its item it is the newest kind."""
    newer = aliased(Feedback)
    overruled = (
        select(newer.id)
        .where(
            newer.user_id == Feedback.user_id,
            newer.item_id == Feedback.item_id,
            newer.kind.in_(_OPPOSITES),
            newer.kind != Feedback.kind,
            newer.revoked_ms.is_(None),
            (newer.created_ms > Feedback.created_ms)
            | ((newer.created_ms == Feedback.created_ms) & (newer.id > Feedback.id)),
        )
        .exists()
    )
    return Feedback.revoked_ms.is_(None) & (Feedback.kind.not_in(_OPPOSITES) | ~overruled)


class FeedbackStore:
    """Stores and undoes reactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, user_id: str, turn_id: str, item_id: str, kind: FeedbackKind) -> FeedbackRecord:
        """Store a reaction and return once the commit is durable. The same reaction again changes nothing.

        Of like and dislike of one item the newer one stands, whichever turns they were given in; with the newer one
        undone, one of an earlier turn stands again.

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
            given = session.scalars(
                select(Feedback).where(
                    Feedback.user_id == user_id, Feedback.item_id == item_id, Feedback.revoked_ms.is_(None)
                )
            ).all()
            opposites = [row for row in given if row.kind == _OPPOSITES.get(kind)]
            moment = now_ms()
            for row in given:
                if (row.turn_id, row.kind) == (turn_id, kind):
                    if all((row.created_ms, row.id) > (other.created_ms, other.id) for other in opposites):
                        return _record(row)
                    row.revoked_ms = moment  # an opposite in a later turn overruled it: given again, it is the newest
            for row in opposites:
                moment = max(moment, row.created_ms + 1)  # newer than what it overrules, by any clock
                if row.turn_id == turn_id:
                    row.revoked_ms = moment
            session.flush()  # what is revoked makes room under the rule of one standing reaction of a kind
            row = Feedback(id=new_id(), user_id=user_id, turn_id=turn_id, item_id=item_id, kind=kind, created_ms=moment)
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
        query = select(Feedback).where(Feedback.user_id == user_id, stands()).order_by(Feedback.created_ms, Feedback.id)
        with self._database.read() as session:
            return [_record(row) for row in session.scalars(query)]

    def all(self) -> Sequence[FeedbackRecord]:
        """Every reaction of everybody that still stands, each person's oldest first."""
        query = select(Feedback).where(stands()).order_by(Feedback.user_id, Feedback.created_ms, Feedback.id)
        with self._database.read() as session:
            return [_record(row) for row in session.scalars(query)]


def _record(row: Feedback) -> FeedbackRecord:
    return FeedbackRecord(row.id, row.user_id, row.turn_id, row.item_id, FeedbackKind(row.kind), row.created_ms)
