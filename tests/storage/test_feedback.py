"""Feedback: never counted twice, undoable, one's own, and there after a crash."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import count
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from storage import feedback as feedback_module
from storage.database import Database
from storage.feedback import FeedbackStore
from storage.records import FeedbackKind, FeedbackRecord, NotFoundError, TurnRecord
from storage.tables import Feedback
from tests.storage.examples import at_once, stored_turn
from tests.storage.forked import ITEMS

ROOT = Path(__file__).parents[2]
LIKE, DISLIKE, SEEN, SAVE = FeedbackKind.LIKE, FeedbackKind.DISLIKE, FeedbackKind.SEEN, FeedbackKind.SAVE


@pytest.fixture
def store(database: Database) -> FeedbackStore:
    return FeedbackStore(database)


@pytest.fixture
def turn(database: Database) -> TurnRecord:
    return stored_turn(database, "ada", ("teapot-01", "mug-02"))


def kinds(store: FeedbackStore, user: str = "ada") -> list[tuple[str, FeedbackKind]]:
    return sorted((record.item_id, record.kind) for record in store.standing(user))


def stored_rows(database: Database) -> list[Feedback]:
    with database.read() as session:
        return list(session.scalars(select(Feedback)))


@pytest.mark.parametrize("kind", FeedbackKind)
def test_a_reaction_comes_back_as_it_was_stored(kind: FeedbackKind, store: FeedbackStore, turn: TurnRecord) -> None:
    record = store.add("ada", turn.id, "mug-02", kind)
    assert isinstance(record, FeedbackRecord)
    assert store.standing("ada") == [record]
    assert (record.user_id, record.turn_id, record.item_id, record.kind) == ("ada", turn.id, "mug-02", kind)


@pytest.mark.parametrize("kind", FeedbackKind)
def test_the_same_reaction_again_changes_nothing(
    kind: FeedbackKind, database: Database, store: FeedbackStore, turn: TurnRecord
) -> None:
    first = store.add("ada", turn.id, "mug-02", kind)
    assert store.add("ada", turn.id, "mug-02", kind) == first
    assert len(stored_rows(database)) == 1


@pytest.mark.parametrize(("older", "newer"), [(LIKE, DISLIKE), (DISLIKE, LIKE)])
def test_of_like_and_dislike_the_newer_stands(
    older: FeedbackKind, newer: FeedbackKind, database: Database, store: FeedbackStore, turn: TurnRecord
) -> None:
    store.add("ada", turn.id, "mug-02", older)
    store.add("ada", turn.id, "teapot-01", older)
    store.add("ada", turn.id, "mug-02", newer)
    assert kinds(store) == [("mug-02", newer), ("teapot-01", older)]
    assert len(stored_rows(database)) == 3  # the older one is kept, marked


@pytest.mark.parametrize(("older", "newer"), [(LIKE, DISLIKE), (DISLIKE, LIKE)])
def test_the_newer_stands_whichever_turn_it_was_given_in(
    older: FeedbackKind, newer: FeedbackKind, database: Database, store: FeedbackStore, turn: TurnRecord
) -> None:
    for other in (stored_turn(database, "ada", ("mug-02",)), turn):
        store.add("ada", other.id, "mug-02", older)
        store.add("ada", other.id, "mug-02", SEEN)
    bob = stored_turn(database, "bob", ("mug-02",))
    store.add("bob", bob.id, "mug-02", older)
    last = stored_turn(database, "ada", ("mug-02", "teapot-01"))
    store.add("ada", last.id, "teapot-01", older)
    newest = store.add("ada", last.id, "mug-02", newer)
    assert kinds(store) == sorted([("mug-02", SEEN), ("mug-02", SEEN), ("mug-02", newer), ("teapot-01", older)])
    assert newest in store.standing("ada")
    assert kinds(store, "bob") == [("mug-02", older)]
    assert sorted(store.all(), key=str) == sorted([*store.standing("ada"), *store.standing("bob")], key=str)
    again = store.add("ada", turn.id, "mug-02", older)  # in the turn where it was given before, and overruled since
    assert {record.kind for record in store.standing("ada") if record.item_id == "mug-02"} == {older, SEEN}
    assert store.add("ada", turn.id, "mug-02", older) == again
    store.undo("ada", turn.id, "mug-02", older)
    assert newest in store.standing("ada"), "the word before it stands again"


def test_other_reactions_stand_side_by_side(store: FeedbackStore, turn: TurnRecord) -> None:
    for kind in (LIKE, SEEN, SAVE, FeedbackKind.MORE_LIKE):
        store.add("ada", turn.id, "mug-02", kind)
    assert {kind for _, kind in kinds(store)} == {LIKE, SEEN, SAVE, FeedbackKind.MORE_LIKE}


def test_undo_takes_back_one_reaction_and_it_can_be_given_again(
    database: Database, store: FeedbackStore, turn: TurnRecord
) -> None:
    first = store.add("ada", turn.id, "mug-02", LIKE)
    store.add("ada", turn.id, "mug-02", SEEN)
    store.add("ada", turn.id, "teapot-01", LIKE)
    store.undo("ada", turn.id, "mug-02", LIKE)
    assert kinds(store) == [("mug-02", SEEN), ("teapot-01", LIKE)]
    again = store.add("ada", turn.id, "mug-02", LIKE)
    assert again.id != first.id
    assert len(stored_rows(database)) == 4


def test_undoing_what_does_not_stand_changes_nothing(store: FeedbackStore, turn: TurnRecord) -> None:
    store.add("ada", turn.id, "mug-02", LIKE)
    store.undo("ada", turn.id, "mug-02", DISLIKE)
    store.undo("ada", turn.id, "no such item", LIKE)
    store.undo("ada", "no such turn", "mug-02", LIKE)
    assert kinds(store) == [("mug-02", LIKE)]
    store.undo("ada", turn.id, "mug-02", LIKE)
    store.undo("ada", turn.id, "mug-02", LIKE)
    assert kinds(store) == []


@pytest.mark.parametrize(
    ("user", "turn_id", "item_id"),
    [
        ("mallory", None, "mug-02"),  # another person's turn
        ("bob", None, "mug-02"),  # the same, by someone who has turns of their own
        ("ada", None, "kettle-01"),  # not shown in it
        ("ada", "no such turn", "mug-02"),
    ],
)
def test_only_what_was_shown_to_this_person_in_that_turn_can_be_reacted_to(
    user: str, turn_id: str | None, item_id: str, database: Database, store: FeedbackStore, turn: TurnRecord
) -> None:
    stored_turn(database, "bob", ("mug-02",))
    with pytest.raises(NotFoundError, match="not shown to you"):
        store.add(user, turn_id or turn.id, item_id, LIKE)
    assert stored_rows(database) == []


def test_nobody_undoes_or_sees_another_persons_reaction(
    database: Database, store: FeedbackStore, turn: TurnRecord
) -> None:
    other = stored_turn(database, "bob")
    store.add("ada", turn.id, "mug-02", LIKE)
    store.add("bob", other.id, "mug-02", DISLIKE)
    store.undo("bob", turn.id, "mug-02", LIKE)
    assert kinds(store, "ada") == [("mug-02", LIKE)]
    assert kinds(store, "bob") == [("mug-02", DISLIKE)]
    assert store.standing("mallory") == []


def test_every_public_call_is_covered_above() -> None:
    assert {name for name in vars(FeedbackStore) if not name.startswith("_")} == {"add", "undo", "standing", "all"}


def test_standing_is_oldest_first(monkeypatch: pytest.MonkeyPatch, store: FeedbackStore, turn: TurnRecord) -> None:
    ticks = count(1_700_000_000_000)
    monkeypatch.setattr(feedback_module, "now_ms", lambda: next(ticks))
    given = [store.add("ada", turn.id, item, kind) for kind in (SEEN, LIKE, SAVE) for item in ("mug-02", "teapot-01")]
    assert store.standing("ada") == given


def test_a_reaction_sent_eight_times_at_once_counts_once(
    database: Database, store: FeedbackStore, turn: TurnRecord
) -> None:
    records = at_once([lambda: store.add("ada", turn.id, "mug-02", LIKE)] * 8)
    assert len({record.id for record in records}) == 1
    assert len(stored_rows(database)) == 1


def test_like_and_dislike_sent_at_once_never_both_stand(
    database: Database, store: FeedbackStore, turn: TurnRecord
) -> None:
    for _ in range(5):
        at_once([lambda kind=kind: store.add("ada", turn.id, "mug-02", kind) for kind in (LIKE, DISLIKE) * 3])
        assert len(store.standing("ada")) == 1


def test_like_and_dislike_sent_at_once_in_two_turns_never_both_stand(
    database: Database, store: FeedbackStore, turn: TurnRecord
) -> None:
    other = stored_turn(database, "ada", ("mug-02",))
    taps = [(turn.id, LIKE), (other.id, DISLIKE)] * 3
    for _ in range(5):
        at_once([lambda where=where, kind=kind: store.add("ada", where, "mug-02", kind) for where, kind in taps])
        assert len({record.kind for record in store.standing("ada")}) == 1


def test_people_who_react_at_once_all_get_through(database: Database, store: FeedbackStore) -> None:
    turns = {f"user-{number}": stored_turn(database, f"user-{number}") for number in range(8)}

    def react(user: str) -> None:
        for _ in range(5):
            store.add(user, turns[user].id, "mug-02", LIKE)
            store.undo(user, turns[user].id, "mug-02", LIKE)
        store.add(user, turns[user].id, "mug-02", LIKE)

    at_once([lambda user=user: react(user) for user in turns])
    assert Counter(row.user_id for row in stored_rows(database)) == Counter(dict.fromkeys(turns, 6))
    assert all(len(store.standing(user)) == 1 for user in turns)


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    """Five rounds of three processes writing to one file, each killed at a random moment of its work."""
    url = f"sqlite:///{tmp_path / 'palate.db'}"
    database = Database(url)
    database.migrate()
    turns = {user: stored_turn(database, user, ITEMS) for user in ("ada", "bob", "cho")}
    arguments = [part for user, turn in turns.items() for part in (user, turn.id)]
    random = Random(11)
    acknowledged: set[str] = set()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.storage.forked", "react", url, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as writers:
        for _ in range(5):
            writers.stdin.write("go\n")
            waiting, working = set(), []
            while waiting or not working:  # until each has stored something
                word, process, *stored = writers.stdout.readline().split()
                if word == "started":
                    waiting.add(process)
                    working.append(process)
                else:
                    waiting.discard(process)
                    acknowledged.update(stored)
            for process in working:
                time.sleep(random.uniform(0, 0.05))
                os.kill(int(process), signal.SIGKILL)
            for line in iter(writers.stdout.readline, "over\n"):
                acknowledged.add(line.split()[2])
            found = {row.id for row in stored_rows(database)}
            assert acknowledged <= found
            assert len(found - acknowledged) <= 15  # a kill between the commit and the word about it
        writers.stdin.close()
    assert len(acknowledged) > 30
    with database.read() as session:
        assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    standing = Counter((r.user_id, r.item_id) for user in turns for r in FeedbackStore(database).standing(user))
    assert max(standing.values()) == 1
    database.close()


def test_the_feedback_of_everybody_that_stands(database: Database) -> None:
    feedback = FeedbackStore(database)
    turns = {user: stored_turn(database, user) for user in ("bob", "ada")}
    for user, turn in turns.items():
        for item in ("mug-02", "teapot-01"):
            feedback.add(user, turn.id, item, FeedbackKind.LIKE)
    feedback.undo("bob", turns["bob"].id, "mug-02", FeedbackKind.LIKE)
    assert sorted((row.user_id, row.item_id) for row in feedback.all()) == [
        ("ada", "mug-02"), ("ada", "teapot-01"), ("bob", "teapot-01"),
    ]  # fmt: skip
    assert [row.user_id for row in feedback.all()] == ["ada", "ada", "bob"]
