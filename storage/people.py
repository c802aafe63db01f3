"""All that is kept of one person, to hand out or to delete."""

from typing import Any

from sqlalchemy import delete, select

from storage.database import Database
from storage.records import NotFoundError
from storage.tables import Base, Conversation, Feedback, Interaction, Turn, User


class PeopleStore:
    """Exports and deletes what belongs to a person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def export(self, user_id: str) -> dict[str, Any]:
        """Everything stored of a person as plain JSON, reactions taken back included.

        Raises:
            NotFoundError: nothing is stored of this person.
        """
        with self._database.read() as session:
            user = session.get(User, user_id)
            if user is None:
                raise _nobody(user_id)
            turns = select(Turn).join(Conversation).where(Conversation.user_id == user_id)
            conversations = select(Conversation).where(Conversation.user_id == user_id)
            feedback = select(Feedback).where(Feedback.user_id == user_id)
            return _columns(user) | {
                "conversations": [_columns(row) for row in session.scalars(conversations.order_by("created_ms", "id"))],
                "turns": [_columns(row) for row in session.scalars(turns.order_by("conversation_id", "position"))],
                "feedback": [_columns(row) for row in session.scalars(feedback.order_by("created_ms", "id"))],
            }

    def delete(self, user_id: str) -> None:
        """Delete a person with their conversations, turns, impressions, feedback, and imports of that feedback.

        Raises:
            NotFoundError: nothing is stored of this person.
        """
        with self._database.write() as session:
            user = session.get(User, user_id)
            if user is None:
                raise _nobody(user_id)
            theirs = select(Feedback.item_id).where(Feedback.user_id == user_id)
            session.execute(
                delete(Interaction).where(Interaction.user_id == user_id, Interaction.item_id.in_(theirs)),
                execution_options={"synchronize_session": False},
            )
            session.delete(user)  # the foreign keys take the rest along


def _columns(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _nobody(user_id: str) -> NotFoundError:
    return NotFoundError(f"Nothing is stored of a person '{user_id[:80]}'. `feedback export` lists ids.")
