"""Histories from events, and the leave-one-out split: nothing lost, nothing leaked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.data.sequences import histories_by_user, leave_one_out
from storage.records import EventRecord

KNOWN = ("mug", "kettle", "lamp", "rug")
histories = st.dictionaries(st.text(max_size=3), st.lists(st.integers(1, len(KNOWN)), max_size=7), max_size=6)


def event(user: str, item: str, timestamp: float = 0.0) -> EventRecord:
    return EventRecord(user, item, "view", None, timestamp)


def test_histories_are_indexes_from_one_oldest_first() -> None:
    events = [event("ada", "rug", 3), event("bob", "mug", 9), event("ada", "mug", 1), event("ada", "kettle", 2.5)]
    assert histories_by_user(events, KNOWN) == {"ada": [1, 2, 4], "bob": [1]}


def test_ties_keep_the_order_of_the_file_and_repeats_stay() -> None:
    events = [event("ada", item, 5) for item in ("rug", "mug", "lamp", "mug")]
    assert histories_by_user(events, KNOWN)["ada"] == [4, 1, 3, 1]


def test_unknown_items_are_left_out_and_so_is_who_has_no_other() -> None:
    events = [event("ada", "sofa", 1), event("ada", "lamp", 2), event("bob", "sofa", 1)]
    assert histories_by_user(events, KNOWN) == {"ada": [3]}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from((*KNOWN, "sofa")), st.integers(-3, 3)), max_size=20))
def test_histories_agree_with_a_stable_sort_one_person_at_a_time(rows: list[tuple[str, str, int]]) -> None:
    found = histories_by_user((event(*row) for row in rows), KNOWN)
    for user in "ab":
        mine = sorted((row for row in rows if row[0] == user and row[1] in KNOWN), key=lambda row: row[2])
        assert found.get(user, []) == [KNOWN.index(item) + 1 for _, item, _ in mine]


def test_the_last_item_is_the_test_target_and_the_one_before_validates() -> None:
    split = leave_one_out({"ada": [1, 2, 3, 4], "bob": [3, 2, 1]}, KNOWN)
    assert (split.users, split.items, split.n_items) == (("ada", "bob"), KNOWN, 4)
    assert [history.tolist() for history in split.train] == [[1, 2], [3]]
    assert (split.valid_target.tolist(), split.test_target.tolist()) == ([3, 2], [4, 1])


@pytest.mark.parametrize("short", [[], [2], [2, 1]])
def test_short_histories_only_train(short: list[int]) -> None:
    split = leave_one_out({"ada": short, "bob": [1, 2, 3]}, KNOWN)
    assert split.train[0].tolist() == short
    assert (split.valid_target[0], split.test_target[0]) == (0, 0)
    for stage in ("valid", "test"):
        found, targets = split.histories(stage)
        assert (len(found), len(targets)) == (1, 1)


@given(histories)
def test_a_split_loses_nothing_and_shows_no_target(given_histories: dict[str, list[int]]) -> None:
    split = leave_one_out(given_histories, KNOWN)
    assert dict(zip(split.users, (history.tolist() for history in split.full()), strict=True)) == given_histories
    long = [history for history in given_histories.values() if len(history) >= 3]
    for stage, held_out in (("valid", 2), ("test", 1)):
        found, targets = split.histories(stage)
        assert [history.tolist() for history in found] == [history[:-held_out] for history in long]
        assert targets.tolist() == [history[-held_out] for history in long]


@given(histories)
def test_every_array_holds_32_bit_integers(given_histories: dict[str, list[int]]) -> None:
    split = leave_one_out(given_histories, KNOWN)
    arrays = [*split.train, *split.full(), split.valid_target, split.test_target]
    for stage in ("valid", "test"):
        found, targets = split.histories(stage)
        arrays += [*found, targets]
    assert {array.dtype for array in arrays} == {np.dtype(np.int32)}
