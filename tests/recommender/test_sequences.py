"""Histories from events, leave-one-out, and the split by time: nothing lost, nothing leaked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.data.sequences import Split, histories_by_user, leave_one_out, time_ordered, timed_histories
from storage.records import EventRecord

KNOWN = ("mug", "kettle", "lamp", "rug")
histories = st.dictionaries(st.text(max_size=3), st.lists(st.integers(1, len(KNOWN)), max_size=7), max_size=6)


def event(user: str, item: str, timestamp: float = 0.0) -> EventRecord:
    return EventRecord(user, item, "view", None, timestamp)


def test_histories_are_indexes_from_one_oldest_first() -> None:
    events = [event("ada", "rug", 3), event("bob", "mug", 9), event("ada", "mug", 1), event("ada", "kettle", 2.5)]
    assert histories_by_user(events, KNOWN) == {"ada": [1, 2, 4], "bob": [1]}


def test_ties_keep_the_order_of_the_file_and_of_an_item_the_first_time_counts() -> None:
    events = [event("ada", item, 5) for item in ("rug", "mug", "lamp", "mug")]
    assert histories_by_user(events, KNOWN)["ada"] == [4, 1, 3]
    assert timed_histories([event("bob", "mug", 2), event("bob", "mug", 1)], KNOWN) == {"bob": [(1, 1)]}


def test_unknown_items_are_left_out_and_so_is_who_has_no_other() -> None:
    events = [event("ada", "sofa", 1), event("ada", "lamp", 2), event("bob", "sofa", 1)]
    assert histories_by_user(events, KNOWN) == {"ada": [3]}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from((*KNOWN, "sofa")), st.integers(-3, 3)), max_size=20))
def test_histories_agree_with_a_stable_sort_one_person_at_a_time(rows: list[tuple[str, str, int]]) -> None:
    found = histories_by_user((event(*row) for row in rows), KNOWN)
    for user in "ab":
        mine = sorted((row for row in rows if row[0] == user and row[1] in KNOWN), key=lambda row: row[2])
        assert found.get(user, []) == list(dict.fromkeys(KNOWN.index(item) + 1 for _, item, _ in mine))


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


# --- by time ----------------------------------------------------------------------------------------------------------

Timed = dict[str, list[tuple[float, int]]]
# From 10 on everything validates, from 20 on everything tests.
CLOCK: Timed = {
    "all": [(1, 1), (2, 2), (10, 3), (11, 4), (19, 1), (20, 2), (25, 3)],
    "no window": [(3, 4), (21, 1)],
    "new in window": [(12, 2), (13, 3), (22, 4), (23, 1)],
    "new in test": [(24, 1), (26, 2)],
    "gone": [(4, 3), (5, 1)],
}


def by_clock(histories: Timed = CLOCK, valid_from: float | None = 10, test_from: float | None = 20) -> Split:
    return time_ordered(histories, KNOWN, valid_from, test_from)


def lists(arrays) -> list[list[int]]:
    return [array.tolist() for array in arrays]


def test_one_moment_divides_everybody() -> None:
    split = by_clock()
    assert split.users == tuple(CLOCK) and split.items == KNOWN
    assert lists(split.train) == [[1, 2], [4], [], [], [3, 1]]
    assert split.valid_target.tolist() == [3, 0, 0, 0, 0]
    assert split.test_target.tolist() == [2, 1, 4, 0, 0]
    assert lists(split.between) == [[4, 1], [], [2, 3], [], []]
    assert lists(split.after) == [[3], [], [1], [1, 2], []]


def test_each_stage_predicts_from_everything_before_its_target() -> None:
    split = by_clock()
    found, targets = split.histories("valid")
    assert (lists(found), targets.tolist()) == ([[1, 2]], [3])
    found, targets = split.histories("test")
    assert (lists(found), targets.tolist()) == ([[1, 2, 3, 4, 1], [4], [2, 3]], [2, 1, 4])


def test_the_moment_itself_belongs_to_what_comes_after() -> None:
    split = by_clock({"ada": [(9, 1), (10, 2), (20, 3)], "bob": [(1, 1)], "cho": [(2, 1)]})
    assert (split.train[0].tolist(), split.valid_target[0], split.test_target[0]) == ([1], 2, 3)


@st.composite
def timed(draw: st.DrawFn) -> Timed:
    rows = st.lists(st.tuples(st.integers(0, 9).map(float), st.integers(1, len(KNOWN))), max_size=8)
    people = draw(st.dictionaries(st.sampled_from("abcdef"), rows, max_size=6))
    ordered = {user: sorted(rows, key=lambda row: row[0]) for user, rows in people.items()}
    # Two that make sure of a shared clock and of a test target.
    return {"early": [(-7.0, 1), (15.0, 2)], "late": [(-3.0, 2)], **ordered}


@given(timed(), st.integers(0, 9), st.integers(0, 5))
def test_a_split_by_time_agrees_with_reading_event_by_event(histories: Timed, valid_from: int, gap: int) -> None:
    test_from = valid_from + gap
    try:
        split = by_clock(histories, valid_from, test_from)
    except ValueError as error:
        assert "timestamp" in str(error)  # too many begin at one moment
        return
    assert lists(split.full()) == [[item for _, item in rows] for rows in histories.values()]
    stages = {stage: split.histories(stage) for stage in ("valid", "test")}
    expected: dict[str, list[tuple[list[int], int]]] = {"valid": [], "test": []}
    for number, rows in enumerate(histories.values()):
        assert split.train[number].tolist() == [item for moment, item in rows if moment < valid_from]
        for stage, start, end in (("valid", valid_from, test_from), ("test", test_from, np.inf)):
            before = [item for moment, item in rows if moment < start]
            inside = [item for moment, item in rows if start <= moment < end]
            if before and inside:
                expected[stage].append((before, inside[0]))
    for stage, (found, targets) in stages.items():
        assert list(zip(lists(found), targets.tolist(), strict=True)) == expected[stage]
        assert {array.dtype for array in (*found, targets)} <= {np.dtype(np.int32)}


def test_by_default_the_last_tenths_are_held_out() -> None:
    histories = {f"p{start}": [(float(start + 10 * step), 1 + step % 4) for step in range(10)] for start in range(10)}
    split = time_ordered(histories, KNOWN)  # 100 interactions at the moments 0 to 99
    assert sum(map(len, split.train)) == 80
    assert np.count_nonzero(split.valid_target) == np.count_nonzero(split.test_target) == 10


def test_positions_in_a_list_are_no_times() -> None:
    positions = {user: [(float(place), item) for place, item in enumerate([1, 2, 3, 4])] for user in ("a", "b", "c")}
    with pytest.raises(ValueError, match=r"sequences\.txt"):
        time_ordered(positions, KNOWN)
    without = {user: [(0.0, item) for item in (1, 2, 3)] for user in ("a", "b", "c")}
    with pytest.raises(ValueError, match="timestamp"):
        time_ordered(without, KNOWN)


def test_chat_likes_do_not_lend_positions_a_clock() -> None:
    positions = {user: [(float(place), 1 + place % 4) for place in range(9)] for user in "abcdefgh"}
    chat = {"chat:1": [(1.7e9, 1)], "chat:2": [(1.71e9, 2), (1.72e9, 3)]}
    with pytest.raises(ValueError, match="timestamp"):
        time_ordered({**positions, **chat}, KNOWN)


def test_a_split_with_nobody_to_test_on_is_refused() -> None:
    with pytest.raises(ValueError, match="Nobody"):
        by_clock({"ada": [(1, 1), (2, 2)], "bob": [(21, 1), (22, 3)]})
    with pytest.raises(ValueError, match="interactions"):
        time_ordered({}, KNOWN)
    with pytest.raises(ValueError, match="before test from"):
        by_clock(valid_from=21)


def test_timed_histories_keep_the_time_of_each_item() -> None:
    events = [event("ada", "rug", 3), event("ada", "sofa", 2), event("ada", "mug", 1)]
    assert timed_histories(events, KNOWN) == {"ada": [(1, 1), (3, 4)]}


def test_leave_one_out_holds_nothing_else_out() -> None:
    split = leave_one_out({"ada": [1, 2, 3, 4], "bob": [3]}, KNOWN)
    assert (split.between, split.after) == ((), ())
