"""Conversations and turns. Ownership is checked here, in every query, not in the page."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from storage.database import Database, now_ms
from storage.records import MAX_TITLE, ConversationRecord, NotFoundError, TurnRecord, TurnStatus
from storage.tables import Conversation, Impression, Turn, User


def new_id() -> str:
    """An id nobody can guess: 128 random bits, url-safe."""
    return secrets.token_urlsafe(16)


class ConversationStore:
    """What was said, read and shown, by person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, user_id: str, title: str = "") -> ConversationRecord:
        """Open a new conversation for this person, who is stored too if new."""
        moment = now_ms()
        row = Conversation(id=new_id(), user_id=user_id, title=title[:MAX_TITLE], created_ms=moment, updated_ms=moment)
        with self._database.write() as session:
            ensure_user(session, user_id)
            session.add(row)
        return _conversation(row)

    def get(self, user_id: str, conversation_id: str) -> ConversationRecord:
        """One conversation of this person.

        Raises:
            NotFoundError: it does not exist, or is someone else's.
        """
        with self._database.read() as session:
            return _conversation(_owned(session, user_id, conversation_id))

    def list(self, user_id: str, limit: int = 50, offset: int = 0) -> Sequence[ConversationRecord]:
        """This person's conversations that hold at least one turn, newest first, without the `offset` newest."""
        query = (
            select(Conversation)
            .where(Conversation.user_id == user_id)
            .where(select(Turn.id).where(Turn.conversation_id == Conversation.id).exists())
            .order_by(Conversation.updated_ms.desc(), Conversation.id)
            .limit(limit)
            .offset(offset)
        )
        with self._database.read() as session:
            return [_conversation(row) for row in session.scalars(query)]

    def turns(
        self, user_id: str, conversation_id: str, last: int | None = None, before: str = ""
    ) -> Sequence[TurnRecord]:
        """The turns of a conversation, oldest first.

        Args:
            last: only the newest of them, at most so many. before: only those before the turn of this id.
        """
        query = select(Turn).where(Turn.conversation_id == conversation_id).order_by(Turn.position.desc()).limit(last)
        if before:
            later = aliased(Turn)
            query = query.where(Turn.position < select(later.position).where(later.id == before).scalar_subquery())
        with self._database.read() as session:
            _owned(session, user_id, conversation_id)
            return [_turn(row) for row in reversed(session.scalars(query).all())]

    def turn(self, user_id: str, turn_id: str) -> TurnRecord:
        """One turn of this person.

        Raises:
            NotFoundError: it does not exist, or is someone else's.
        """
        with self._database.read() as session:
            return _turn(_owned_turn(session, user_id, turn_id))

    def add_turn(
        self,
        user_id: str,
        conversation_id: str,
        *,
        message: str,
        source: str = "",
        plan: Mapping[str, Any] | None = None,
        taste: Mapping[str, Any] | None = None,
        shown: Sequence[Mapping[str, Any]] = (),
        steps: Sequence[Mapping[str, Any]] = (),
        timings_ms: Mapping[str, float] | None = None,
        chips: Sequence[Mapping[str, Any]] = (),
    ) -> TurnRecord:
        """Store a message before it is worked on, or with what answers it in one step; see `show_turn` for that."""
        moment = now_ms()
        with self._database.write() as session:
            conversation = _owned(session, user_id, conversation_id, lock=True)
            position = session.scalar(select(func.max(Turn.position)).where(Turn.conversation_id == conversation_id))
            row = Turn(
                id=new_id(),
                conversation_id=conversation_id,
                position=0 if position is None else position + 1,
                message=message,
                reply="",
                status=TurnStatus.RUNNING,
                created_ms=moment,
            )
            _fill(row, source, plan or {}, taste or {}, shown, steps, timings_ms or {}, chips)
            session.add(row)
            session.flush()
            session.add_all(_impressions(row.id, shown))
            conversation.updated_ms = moment
            conversation.title = conversation.title or message[:MAX_TITLE]
        return _turn(row)

    def show_turn(
        self,
        user_id: str,
        turn_id: str,
        *,
        source: str,
        plan: Mapping[str, Any],
        taste: Mapping[str, Any],
        shown: Sequence[Mapping[str, Any]],
        steps: Sequence[Mapping[str, Any]],
        timings_ms: Mapping[str, float],
        chips: Sequence[Mapping[str, Any]],
        replaces: str = "",
    ) -> TurnRecord:
        """Store what answers a message as soon as its cards are ranked, with one impression for each card in order.

        The turn of the same conversation that it replaces, if any, is deleted in the same transaction.
        """
        with self._database.write() as session:
            row = _owned_turn(session, user_id, turn_id, lock=True)
            old = session.get(Turn, replaces) if replaces else None
            if old is not None and old.conversation_id == row.conversation_id:
                session.delete(old)
            _fill(row, source, plan, taste, shown, steps, timings_ms, chips)
            session.add_all(_impressions(turn_id, shown))
        return _turn(row)

    def finish_turn(
        self,
        user_id: str,
        turn_id: str,
        *,
        reply: str,
        status: TurnStatus,
        timings_ms: Mapping[str, float],
        steps: Sequence[Mapping[str, Any]],
    ) -> None:
        """Store the words of a turn and how it ended."""
        with self._database.write() as session:
            row = _owned_turn(session, user_id, turn_id, lock=True)
            row.reply, row.status, row.timings_ms, row.steps = reply, status, dict(timings_ms), [dict(s) for s in steps]

    def close_interrupted(self) -> int:
        """Mark turns that a crash left running as stopped; called once at start. Returns how many."""
        with self._database.write() as session:
            result = session.execute(
                update(Turn).where(Turn.status == TurnStatus.RUNNING).values(status=TurnStatus.STOPPED)
            )
            return int(result.rowcount)  # type: ignore[attr-defined]

    def delete_last_turn(self, user_id: str, conversation_id: str) -> str:
        """Delete the newest turn with its impressions and feedback; returns its message.

        Raises:
            NotFoundError: the conversation is not this person's, or holds no turn.
        """
        with self._database.write() as session:
            _owned(session, user_id, conversation_id, lock=True)
            query = select(Turn).where(Turn.conversation_id == conversation_id).order_by(Turn.position.desc()).limit(1)
            row = session.scalar(query)
            if row is None:
                raise NotFoundError("There is nothing to undo in this conversation.")
            session.delete(row)
            return row.message

    def delete_turn(self, user_id: str, turn_id: str) -> None:
        """Delete one turn with its impressions and feedback."""
        with self._database.write() as session:
            session.delete(_owned_turn(session, user_id, turn_id, lock=True))

    def rename(self, user_id: str, conversation_id: str, title: str) -> None:
        """Give a conversation another title."""
        with self._database.write() as session:
            _owned(session, user_id, conversation_id, lock=True).title = title.strip()[:MAX_TITLE]

    def delete(self, user_id: str, conversation_id: str) -> None:
        """Delete a conversation with its turns, impressions and feedback."""
        with self._database.write() as session:
            session.delete(_owned(session, user_id, conversation_id, lock=True))


def ensure_user(session: Session, user_id: str) -> None:
    """Insert the person if this is the first time they are seen."""
    if session.get(User, user_id) is None:
        # Another request may store the same person at this very moment.
        with suppress(IntegrityError), session.begin_nested():
            session.add(User(id=user_id, created_ms=now_ms()))


# `lock`: on PostgreSQL, others that would change the row wait for this transaction; SQLite writes one at a time anyway.
def _owned(session: Session, user_id: str, conversation_id: str, lock: bool = False) -> Conversation:
    row = session.get(Conversation, conversation_id, with_for_update=lock or None)
    if row is None or row.user_id != user_id:
        raise NotFoundError("There is no such conversation. Start a new one, or check the id.")
    return row


def _owned_turn(session: Session, user_id: str, turn_id: str, lock: bool = False) -> Turn:
    query = (
        select(Turn)
        .join(Conversation, Turn.conversation_id == Conversation.id)
        .where(Turn.id == turn_id, Conversation.user_id == user_id)
    )
    row = session.scalar(query.with_for_update(of=Turn) if lock else query)
    if row is None:
        raise NotFoundError("There is no such turn. Use the turn_id that the chat call returned.")
    return row


def _fill(
    row: Turn,
    source: str,
    plan: Mapping[str, Any],
    taste: Mapping[str, Any],
    shown: Sequence[Mapping[str, Any]],
    steps: Sequence[Mapping[str, Any]],
    timings_ms: Mapping[str, float],
    chips: Sequence[Mapping[str, Any]],
) -> None:
    row.source, row.plan, row.taste, row.timings_ms = source, dict(plan), dict(taste), dict(timings_ms)
    row.shown, row.steps = [dict(card) for card in shown], [dict(step) for step in steps]
    row.chips = [dict(chip) for chip in chips]


def _impressions(turn_id: str, shown: Sequence[Mapping[str, Any]]) -> Sequence[Impression]:
    return [
        Impression(turn_id=turn_id, item_id=card["id"], rank=rank, score=card["score"])
        for rank, card in enumerate(shown, start=1)
    ]


def _conversation(row: Conversation) -> ConversationRecord:
    return ConversationRecord(row.id, row.user_id, row.title, row.created_ms, row.updated_ms)


def _turn(row: Turn) -> TurnRecord:
    return TurnRecord(
        id=row.id,
        conversation_id=row.conversation_id,
        position=row.position,
        message=row.message,
        reply=row.reply,
        source=row.source,
        status=TurnStatus(row.status),
        plan=row.plan,
        taste=row.taste,
        shown=tuple(row.shown),
        steps=tuple(row.steps),
        timings_ms=row.timings_ms,
        created_ms=row.created_ms,
        chips=tuple(row.chips),
    )
