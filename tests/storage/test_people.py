"""All that is kept of a person: handed out whole, deleted whole, and nobody else's."""

import pytest
from sqlalchemy import func, select

from storage.database import Database
from storage.feedback import FeedbackStore
from storage.interactions import InteractionStore
from storage.people import PeopleStore
from storage.records import EventRecord, FeedbackKind, NotFoundError
from storage.tables import Base
from tests.storage.examples import stored_turn


def counts(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def test_everything_of_a_person_is_handed_out(database: Database) -> None:
    turn = stored_turn(database, "ada")
    stored_turn(database, "bob")
    feedback = FeedbackStore(database)
    feedback.add("ada", turn.id, "mug-02", FeedbackKind.LIKE)
    feedback.undo("ada", turn.id, "mug-02", FeedbackKind.LIKE)
    found = PeopleStore(database).export("ada")
    assert found["id"] == "ada" and found["created_ms"] > 0
    assert [row["id"] for row in found["conversations"]] == [turn.conversation_id]
    assert [(row["id"], row["message"], row["shown"]) for row in found["turns"]] == [
        (turn.id, turn.message, list(turn.shown))
    ]
    (reaction,) = found["feedback"]
    assert (reaction["item_id"], reaction["kind"]) == ("mug-02", "like") and reaction["revoked_ms"]


def test_a_deleted_person_leaves_nothing_and_takes_nobody_along(database: Database) -> None:
    people, feedback = PeopleStore(database), FeedbackStore(database)
    theirs = stored_turn(database, "bob")
    feedback.add("bob", theirs.id, "mug-02", FeedbackKind.LIKE)
    before = counts(database)
    mine = stored_turn(database, "ada")
    feedback.add("ada", mine.id, "mug-02", FeedbackKind.LIKE)
    events = InteractionStore(database)
    events.replace_all([EventRecord("ada", "mug-02", "like", None, 1.0)])  # as `feedback export` wrote it
    people.delete("ada")
    assert counts(database) == before
    assert [event.user_id for event in events.all()] == ["chat:bob"]


@pytest.mark.parametrize("call", [PeopleStore.export, PeopleStore.delete])
def test_nobody_is_said_to_be_nobody(database: Database, call) -> None:
    with pytest.raises(NotFoundError, match="feedback export"):
        call(PeopleStore(database), "mallory")
