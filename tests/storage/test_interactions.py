"""What training reads: imported events and chat likes, in each person's order."""

from itertools import count

import pytest
from sqlalchemy.event import listen, remove

from storage import feedback as feedback_module
from storage.conversations import ConversationStore
from storage.database import Database
from storage.feedback import FeedbackStore
from storage.interactions import InteractionStore
from storage.records import EventRecord, FeedbackKind
from storage.tables import Interaction
from tests.storage.examples import at_once, stored_turn


@pytest.fixture
def store(database: Database) -> InteractionStore:
    return InteractionStore(database)


def event(user: str, item: str, timestamp: float = 0.0, value: float | None = None) -> EventRecord:
    return EventRecord(user, item, "rating" if value is not None else "view", value, timestamp)


def by_user(events: list[EventRecord]) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    for found in events:
        users.setdefault(found.user_id, []).append(found.item_id)
    return users


def test_events_come_back_as_they_were_stored(store: InteractionStore) -> None:
    events = [event("u1", "mug-01", 1_700_000_000.125, 4.5), event("u1", "片-02 ☕", 1_700_000_001.0)]
    assert store.replace_all(iter(events)) == 2 == store.count()
    assert store.all() == events


def test_each_person_oldest_first_and_ties_in_the_order_of_the_file(store: InteractionStore) -> None:
    store.replace_all(
        [
            event("u2", "late", 30),
            event("u1", "b", 5),
            event("u2", "tie-1", 20),
            event("u1", "a", -1.5),
            event("u2", "tie-2", 20),
            event("u2", "tie-0", 20),
            event("u2", "early", 10),
        ]
    )
    assert by_user(store.all()) == {"u1": ["a", "b"], "u2": ["early", "tie-1", "tie-2", "tie-0", "late"]}


def test_the_people_are_not_mixed(store: InteractionStore) -> None:
    store.replace_all([event(f"u{number % 3}", f"i{number}", number) for number in range(30)])
    users = [found.user_id for found in store.all()]
    assert users == sorted(users)


@pytest.mark.parametrize(
    ("min_value", "kept"),
    [
        (None, ["3.5", "5", "none"]),
        (3.5, ["3.5", "5", "none"]),
        (3.6, ["5", "none"]),
        (0.0, ["0", "3.4", "3.5", "5", "none"]),
    ],
)
def test_low_values_are_left_out_and_no_value_counts(
    min_value: float | None, kept: list[str], store: InteractionStore
) -> None:
    values = {"0": 0.0, "3.4": 3.4, "3.5": 3.5, "5": 5.0, "none": None}
    store.replace_all([event("u", item, number, value) for number, (item, value) in enumerate(values.items())])
    found = store.all() if min_value is None else store.all(min_value=min_value)
    assert [e.item_id for e in found] == kept
    assert store.count() == 5 == len(kept) + store.count(below=3.5 if min_value is None else min_value)


def test_more_events_than_one_chunk(store: InteractionStore) -> None:
    events = [event("u", f"i{number}", number) for number in range(5_003)]
    assert store.replace_all(iter(events)) == 5_003
    assert store.all() == events


def test_added_events_come_after_the_stored_ones_and_the_same_is_stored_once(store: InteractionStore) -> None:
    first = [event("u", "mug-02"), event("u", "mug-01", value=4.5)]
    assert store.replace_all(first) == 2
    more = [event("u", "mug-09"), *first, event("u", "mug-01", value=5.0), event("u", "mug-09"), event("a", "mug-02")]
    assert store.add(iter(more)) == 3
    assert store.all() == [event("a", "mug-02"), *first, event("u", "mug-09"), event("u", "mug-01", value=5.0)]
    assert store.add(more) == 0 and store.count() == 5


def test_two_additions_at_once_store_each_event_once(store: InteractionStore) -> None:
    files = [[event("u", f"i{number}", number) for number in range(start, start + 2_000)] for start in (0, 1_000)]
    assert sum(at_once([lambda file=file: store.add(file) for file in files])) == 3_000 == store.count()


def test_a_replacement_that_fails_leaves_the_old_events(store: InteractionStore) -> None:
    store.replace_all([event("u", "mug-01")])

    def broken():
        yield event("u", "mug-02")
        raise ValueError("line 2 is broken")

    with pytest.raises(ValueError, match="line 2"):
        store.replace_all(broken())
    assert store.all() == [event("u", "mug-01")]


def test_chat_likes_and_saves_count_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, database: Database, store: InteractionStore
) -> None:
    ticks = count(1_700_000_000_500, 1_000)
    monkeypatch.setattr(feedback_module, "now_ms", lambda: next(ticks))
    kinds = {
        "liked": FeedbackKind.LIKE,
        "disliked": FeedbackKind.DISLIKE,
        "seen": FeedbackKind.SEEN,
        "saved": FeedbackKind.SAVE,
        "more": FeedbackKind.MORE_LIKE,
        "undone": FeedbackKind.LIKE,
        "changed": FeedbackKind.LIKE,
    }
    turn = stored_turn(database, "ada", list(kinds))
    feedback = FeedbackStore(database)
    for item, kind in kinds.items():
        feedback.add("ada", turn.id, item, kind)
    feedback.undo("ada", turn.id, "undone", FeedbackKind.LIKE)
    feedback.add("ada", turn.id, "changed", FeedbackKind.DISLIKE)
    assert store.all() == [
        EventRecord("chat:ada", "liked", "like", None, 1_700_000_000.5),
        EventRecord("chat:ada", "saved", "save", None, 1_700_000_003.5),
    ]


def test_an_item_that_is_liked_again_or_saved_too_counts_once_from_the_first_time(
    monkeypatch: pytest.MonkeyPatch, database: Database, store: InteractionStore
) -> None:
    ticks = count(1_000, 1_000)
    monkeypatch.setattr(feedback_module, "now_ms", lambda: next(ticks))
    feedback = FeedbackStore(database)
    for kind in (FeedbackKind.LIKE, FeedbackKind.LIKE, FeedbackKind.SAVE):
        feedback.add("ada", stored_turn(database, "ada", ("mug-02",)).id, "mug-02", kind)
    assert store.all() == [EventRecord("chat:ada", "mug-02", "like", None, 1.0)]


def test_an_imported_reaction_that_is_here_does_not_count_again(database: Database, store: InteractionStore) -> None:
    turn, feedback = stored_turn(database, "ada", ("liked", "taken-back")), FeedbackStore(database)
    feedback.add("ada", turn.id, "liked", FeedbackKind.LIKE)
    feedback.add("ada", turn.id, "taken-back", FeedbackKind.LIKE)
    feedback.undo("ada", turn.id, "taken-back", FeedbackKind.LIKE)
    store.replace_all([event("ada", "liked"), event("ada", "taken-back"), event("eve", "liked")])
    assert by_user(store.all()) == {"chat:ada": ["liked"], "eve": ["liked"]}


def test_others_write_while_events_are_read(database: Database, store: InteractionStore) -> None:
    """A turn that came during an import waited until all of it was read."""
    store.replace_all([event("u", "mug-01")])
    with database.engine.connect() as other:
        if database.engine.dialect.name == "sqlite":
            other.exec_driver_sql("PRAGMA busy_timeout=0")

        def slow():
            for number in range(12_000):
                yield event("u", f"i{number}", number)
            other.exec_driver_sql("INSERT INTO users VALUES ('ada', 1)")
            if database.engine.dialect.name != "sqlite":
                other.commit()
            assert store.count() == 1

        assert store.replace_all(slow()) == 12_000 == store.count()


def test_two_imports_at_once_leave_the_events_of_one(database: Database, store: InteractionStore) -> None:
    files = [[event(name, f"i{number}", number) for number in range(2_000)] for name in ("first", "second")]
    assert at_once([lambda file=file: store.replace_all(file) for file in files]) == [2_000, 2_000]
    assert store.all() in files


def test_events_are_read_as_columns(store: InteractionStore) -> None:
    """Objects of the ORM took six times as long, 2.8 s for 100,000 events."""

    def loaded(*_: object) -> None:
        raise AssertionError("an object was made of a row")

    store.replace_all([event("u", "mug-01")])
    listen(Interaction, "load", loaded)
    try:
        assert store.all() == [event("u", "mug-01")]
    finally:
        remove(Interaction, "load", loaded)


def test_chat_people_and_imported_people_of_the_same_name_stay_apart(
    database: Database, store: InteractionStore
) -> None:
    turn = stored_turn(database, "ada", ("mug-02",))
    FeedbackStore(database).add("ada", turn.id, "mug-02", FeedbackKind.LIKE)
    store.replace_all([event("ada", "mug-01")])
    assert by_user(store.all()) == {"ada": ["mug-01"], "chat:ada": ["mug-02"]}
    assert store.count() == 1


def test_a_new_import_keeps_the_feedback_and_a_deleted_conversation_takes_it(
    database: Database, store: InteractionStore
) -> None:
    turn = stored_turn(database, "ada", ("mug-02",))
    FeedbackStore(database).add("ada", turn.id, "mug-02", FeedbackKind.LIKE)
    store.replace_all([])
    assert by_user(store.all()) == {"chat:ada": ["mug-02"]}
    ConversationStore(database).delete("ada", turn.conversation_id)
    assert store.all() == []


def test_the_newest_word_on_an_item_decides(
    monkeypatch: pytest.MonkeyPatch, database: Database, store: InteractionStore
) -> None:
    ticks = count(1_700_000_000_500, 1_000)
    monkeypatch.setattr(feedback_module, "now_ms", lambda: next(ticks))
    items = ("mug-01", "mug-02", "mug-03")
    first, second = stored_turn(database, "ada", items), stored_turn(database, "ada", items)
    feedback = FeedbackStore(database)
    feedback.add("ada", first.id, "mug-01", FeedbackKind.LIKE)
    feedback.add("ada", second.id, "mug-01", FeedbackKind.DISLIKE)
    feedback.add("ada", first.id, "mug-02", FeedbackKind.DISLIKE)
    feedback.add("ada", second.id, "mug-02", FeedbackKind.LIKE)
    feedback.add("ada", first.id, "mug-03", FeedbackKind.SAVE)
    feedback.add("ada", second.id, "mug-03", FeedbackKind.DISLIKE)
    assert by_user(store.all()) == {"chat:ada": ["mug-02", "mug-03"]}
    feedback.undo("ada", second.id, "mug-01", FeedbackKind.DISLIKE)
    assert by_user(store.all()) == {"chat:ada": ["mug-01", "mug-02", "mug-03"]}
