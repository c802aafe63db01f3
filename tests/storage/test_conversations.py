"""Conversations and turns: what is stored comes back, and nobody reaches another person's."""

import itertools
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select

from storage import conversations
from storage.conversations import ConversationStore, new_id
from storage.database import Database
from storage.feedback import FeedbackStore
from storage.records import ConversationRecord, FeedbackKind, NotFoundError, StorageError, TurnRecord, TurnStatus
from storage.tables import Base, Impression
from tests.storage.examples import at_once, stored_turn, turn_fields

FINISHED: dict[str, Any] = {
    "reply": "The clay pot.",
    "status": TurnStatus.DONE,
    "timings_ms": {"read": 3.25, "explain": 810.0},
    "steps": [{"name": "explain"}],
}

ANSWERED = {name: value for name, value in turn_fields().items() if name != "message"}

# Every call that takes a person and something of a person's: method → (store, user, turn) → the call.
CALLS: dict[str, Callable[[ConversationStore, str, TurnRecord], Any]] = {
    "get": lambda store, user, turn: store.get(user, turn.conversation_id),
    "turns": lambda store, user, turn: store.turns(user, turn.conversation_id),
    "turn": lambda store, user, turn: store.turn(user, turn.id),
    "add_turn": lambda store, user, turn: store.add_turn(user, turn.conversation_id, **turn_fields()),
    "show_turn": lambda store, user, turn: store.show_turn(user, turn.id, **(ANSWERED | {"shown": ()})),
    "finish_turn": lambda store, user, turn: store.finish_turn(user, turn.id, **FINISHED),
    "delete_last_turn": lambda store, user, turn: store.delete_last_turn(user, turn.conversation_id),
    "delete_turn": lambda store, user, turn: store.delete_turn(user, turn.id),
    "rename": lambda store, user, turn: store.rename(user, turn.conversation_id, "Mine now"),
    "delete": lambda store, user, turn: store.delete(user, turn.conversation_id),
}


@pytest.fixture
def store(database: Database) -> ConversationStore:
    return ConversationStore(database)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that ticks at every look, so that an order in time is one."""
    ticks = itertools.count(1_700_000_000_000)
    monkeypatch.setattr(conversations, "now_ms", lambda: next(ticks))


def all_rows(database: Database) -> dict[str, list]:
    with database.read() as session:
        return {name: session.execute(select(table)).all() for name, table in Base.metadata.tables.items()}


def test_the_table_of_calls_is_complete() -> None:
    public = {name for name in vars(ConversationStore) if not name.startswith("_")}
    assert public - {"start", "list", "close_interrupted"} == set(CALLS)


@pytest.mark.parametrize("known", [True, False], ids=["another person", "a person never seen"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_stranger_gets_nothing_and_changes_nothing(
    call: Callable[..., Any], known: bool, database: Database, store: ConversationStore
) -> None:
    turn = stored_turn(database, "ada")
    FeedbackStore(database).add("ada", turn.id, "mug-02", FeedbackKind.LIKE)
    if known:
        stored_turn(database, "mallory")
    before = all_rows(database)
    with pytest.raises(NotFoundError):
        call(store, "mallory", turn)
    assert all_rows(database) == before
    call(store, "ada", turn)  # the owner may


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_someone_elses_and_missing_cannot_be_told_apart(
    call: Callable[..., Any], database: Database, store: ConversationStore
) -> None:
    theirs = stored_turn(database, "ada")
    gone = stored_turn(database, "mallory")
    store.delete("mallory", gone.conversation_id)
    messages = []
    for turn in (theirs, gone):
        with pytest.raises(NotFoundError) as caught:
            call(store, "mallory", turn)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_not_found_is_a_storage_error() -> None:
    assert issubclass(NotFoundError, StorageError)


def test_list_shows_only_ones_own(database: Database, store: ConversationStore) -> None:
    mine, theirs = stored_turn(database, "ada"), stored_turn(database, "bob")
    assert [c.id for c in store.list("ada")] == [mine.conversation_id]
    assert [c.id for c in store.list("bob")] == [theirs.conversation_id]
    assert store.list("mallory") == []


def test_list_is_newest_first_without_empty_ones_and_limited(
    clock: None, database: Database, store: ConversationStore
) -> None:
    turns = [stored_turn(database, "ada") for _ in range(4)]
    store.start("ada")  # nothing said yet
    store.add_turn("ada", turns[1].conversation_id, **turn_fields())
    expected = [turns[i].conversation_id for i in (1, 3, 2, 0)]
    assert [c.id for c in store.list("ada")] == expected
    assert [c.id for c in store.list("ada", limit=2)] == expected[:2]
    assert [c.id for c in store.list("ada", limit=2, offset=2)] == expected[2:]
    assert store.list("ada", offset=4) == []


def test_a_turn_comes_back_as_it_was_stored(database: Database, store: ConversationStore) -> None:
    conversation = store.start("ada")
    fields = turn_fields("qualcosa per il tè 🍵 — 'quoted'; DROP TABLE turns")
    added = store.add_turn("ada", conversation.id, **fields)
    found = store.turn("ada", added.id)
    assert found == added
    assert found.status is TurnStatus.RUNNING
    assert (found.position, found.reply, found.conversation_id) == (0, "", conversation.id)
    assert {name: getattr(found, name) for name in fields} == fields | {
        "shown": tuple(fields["shown"]),
        "steps": tuple(fields["steps"]),
        "chips": tuple(fields["chips"]),
    }


def test_each_shown_card_leaves_an_impression_in_order(database: Database) -> None:
    turn = stored_turn(database, "ada", ("mug-02", "kettle-01", "mug-01"))
    with database.read() as session:
        rows = session.execute(select(Impression).order_by(Impression.rank)).scalars().all()
    assert [(r.turn_id, r.item_id, r.rank, r.score) for r in rows] == [
        (turn.id, "mug-02", 1, 1.0),
        (turn.id, "kettle-01", 2, 0.5),
        (turn.id, "mug-01", 3, 1 / 3),
    ]


def test_a_turn_whose_cards_cannot_be_stored_leaves_nothing(database: Database, store: ConversationStore) -> None:
    conversation = store.start("ada")
    before = all_rows(database)
    with pytest.raises(KeyError):
        store.add_turn("ada", conversation.id, **(turn_fields() | {"shown": [{"id": "mug-02"}]}))
    assert all_rows(database) == before


def test_a_message_is_stored_first_and_what_answers_it_later(database: Database, store: ConversationStore) -> None:
    talk = store.start("ada").id
    begun = store.add_turn("ada", talk, message="something for tea")
    assert (begun.status, begun.plan, begun.shown) == (TurnStatus.RUNNING, {}, ())
    assert store.list("ada")[0].title == "something for tea"
    shown = store.show_turn("ada", begun.id, **ANSWERED)
    assert shown == store.turn("ada", begun.id)
    whole = store.add_turn("ada", talk, **turn_fields())
    assert {name: getattr(shown, name) for name in ANSWERED} == {name: getattr(whole, name) for name in ANSWERED}
    with database.read() as session:
        impressions = session.execute(select(Impression).where(Impression.turn_id == begun.id)).scalars().all()
    assert {(row.item_id, row.rank) for row in impressions} == {("teapot-01", 1), ("mug-02", 2)}
    store.delete_turn("ada", begun.id)
    assert [turn.id for turn in store.turns("ada", talk)] == [whole.id]


def test_a_turn_goes_when_what_replaces_it_is_shown(database: Database, store: ConversationStore) -> None:
    old = stored_turn(database, "ada")
    begun = store.add_turn("ada", old.conversation_id, message="something blue")
    assert [turn.id for turn in store.turns("ada", old.conversation_id)] == [old.id, begun.id]
    elsewhere = stored_turn(database, "ada")
    store.show_turn("ada", begun.id, **ANSWERED, replaces=elsewhere.id)
    assert store.turn("ada", elsewhere.id) == elsewhere  # another conversation's is not its to replace
    again = store.add_turn("ada", old.conversation_id, message="something green")
    store.show_turn("ada", again.id, **ANSWERED, replaces=old.id)
    store.delete_turn("ada", begun.id)
    assert [turn.id for turn in store.turns("ada", old.conversation_id)] == [again.id]
    with database.read() as session:
        assert set(session.scalars(select(Impression.turn_id))) == {again.id, elsewhere.id}


def test_finishing_a_turn_stores_words_status_steps_and_timings(database: Database, store: ConversationStore) -> None:
    turn = stored_turn(database, "ada")
    store.finish_turn("ada", turn.id, **FINISHED)
    found = store.turn("ada", turn.id)
    assert (found.reply, found.status, found.timings_ms) == (
        FINISHED["reply"],
        FINISHED["status"],
        FINISHED["timings_ms"],
    )
    assert list(found.steps) == FINISHED["steps"]
    assert found.shown == turn.shown


def test_turns_are_oldest_first_and_last_takes_the_newest(store: ConversationStore) -> None:
    conversation = store.start("ada")
    for number in range(5):
        store.add_turn("ada", conversation.id, **turn_fields(f"message {number}"))
    messages = [f"message {number}" for number in range(5)]
    assert [t.message for t in store.turns("ada", conversation.id)] == messages
    assert [t.message for t in store.turns("ada", conversation.id, last=2)] == messages[-2:]
    assert [t.message for t in store.turns("ada", conversation.id, last=99)] == messages
    assert [t.position for t in store.turns("ada", conversation.id)] == [0, 1, 2, 3, 4]


def test_turns_before_one_are_those_said_earlier(store: ConversationStore) -> None:
    talk = store.start("ada").id
    turns = [store.add_turn("ada", talk, message=f"wish {n}") for n in range(4)]
    assert [turn.message for turn in store.turns("ada", talk, before=turns[3].id)] == ["wish 0", "wish 1", "wish 2"]
    assert [turn.message for turn in store.turns("ada", talk, last=2, before=turns[3].id)] == ["wish 1", "wish 2"]


def test_a_conversation_takes_its_title_from_the_first_message(clock: None, store: ConversationStore) -> None:
    conversation = store.start("ada")
    assert conversation.title == ""
    store.add_turn("ada", conversation.id, **turn_fields("k" * 300))
    store.add_turn("ada", conversation.id, **turn_fields("another"))
    found = store.get("ada", conversation.id)
    assert found.title == "k" * 80
    assert found.updated_ms > found.created_ms == conversation.created_ms


def test_a_given_title_stays_and_can_be_changed(store: ConversationStore) -> None:
    conversation = store.start("ada", title="Tea things " + "x" * 300)
    assert store.get("ada", conversation.id) == conversation
    assert isinstance(conversation, ConversationRecord) and len(conversation.title) == 80
    store.rename("ada", conversation.id, "  Gifts  ")
    store.add_turn("ada", conversation.id, **turn_fields())
    assert store.get("ada", conversation.id).title == "Gifts"


def test_deleting_the_last_turn_takes_it_with_impressions_and_feedback_and_gives_back_its_message(
    database: Database, store: ConversationStore
) -> None:
    first = stored_turn(database, "ada")
    last = store.add_turn("ada", first.conversation_id, **turn_fields("something else"))
    feedback = FeedbackStore(database)
    for turn in (first, last):
        feedback.add("ada", turn.id, "mug-02", FeedbackKind.LIKE)
    assert store.delete_last_turn("ada", first.conversation_id) == "something else"
    rows = all_rows(database)
    assert [row.id for row in rows["turns"]] == [first.id]
    assert {row.turn_id for row in rows["impressions"]} == {row.turn_id for row in rows["feedback"]} == {first.id}
    assert store.add_turn("ada", first.conversation_id, **turn_fields()).position == 1
    store.delete_last_turn("ada", first.conversation_id)
    store.delete_last_turn("ada", first.conversation_id)
    with pytest.raises(NotFoundError, match="nothing to undo"):
        store.delete_last_turn("ada", first.conversation_id)


def test_undos_at_once_take_back_a_turn_each(store: ConversationStore) -> None:
    conversation = store.start("ada")
    for number in range(6):
        store.add_turn("ada", conversation.id, **turn_fields(f"message {number}"))
    undone = at_once([lambda: store.delete_last_turn("ada", conversation.id)] * 4)
    assert sorted(undone) == [f"message {number}" for number in range(2, 6)]
    assert [turn.position for turn in store.turns("ada", conversation.id)] == [0, 1]


def test_deleting_takes_turns_impressions_and_feedback_of_that_conversation_only(
    database: Database, store: ConversationStore
) -> None:
    gone, kept, other = (stored_turn(database, user) for user in ("ada", "ada", "bob"))
    feedback = FeedbackStore(database)
    for user, turn in (("ada", gone), ("ada", kept), ("bob", other)):
        feedback.add(user, turn.id, "mug-02", FeedbackKind.LIKE)
    store.delete("ada", gone.conversation_id)
    rows = all_rows(database)
    left = {kept.id, other.id}
    assert {row.id for row in rows["turns"]} == left
    assert {row.turn_id for row in rows["impressions"]} == left
    assert {row.turn_id for row in rows["feedback"]} == left
    assert {row.id for row in rows["users"]} == {"ada", "bob"}


def test_after_a_crash_running_turns_are_stopped_and_finished_ones_stay(
    database: Database, store: ConversationStore
) -> None:
    running, done = stored_turn(database, "ada"), stored_turn(database, "bob")
    store.finish_turn("bob", done.id, **FINISHED)
    assert store.close_interrupted() == 1
    assert store.turn("ada", running.id).status is TurnStatus.STOPPED
    assert store.turn("bob", done.id).status is TurnStatus.DONE
    assert store.close_interrupted() == 0


def test_ids_are_long_url_safe_and_never_the_same() -> None:
    ids = {new_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(len(i) >= 22 and i.replace("-", "").replace("_", "").isalnum() for i in ids)


def test_turns_added_at_once_get_positions_without_gap_or_repeat(store: ConversationStore) -> None:
    conversation = store.start("ada")
    at_once([lambda: store.add_turn("ada", conversation.id, **turn_fields())] * 8)
    assert [turn.position for turn in store.turns("ada", conversation.id)] == list(range(8))


def test_one_person_who_opens_eight_windows_at_once_is_stored_once(
    database: Database, store: ConversationStore
) -> None:
    started = at_once([lambda: store.start("ada")] * 8)
    assert len({conversation.id for conversation in started}) == 8
    rows = all_rows(database)
    assert [row.id for row in rows["users"]] == ["ada"]
    assert len(rows["conversations"]) == 8


def test_a_turn_that_ends_while_its_conversation_is_deleted_is_an_error_that_is_known(
    database: Database, store: ConversationStore
) -> None:
    def finish(turn: TurnRecord) -> None:
        with suppress(NotFoundError):
            store.finish_turn("ada", turn.id, **FINISHED)

    for _ in range(10):
        turn = stored_turn(database, "ada")
        at_once([lambda t=turn: finish(t), lambda t=turn: store.delete("ada", t.conversation_id)])
        assert turn.conversation_id not in {conversation.id for conversation in store.list("ada")}
