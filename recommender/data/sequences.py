"""Histories as arrays, and the two ways to hold items out of them: leave-one-out, and by one moment in time.

Item indexes run from 1: 0 is padding everywhere, and never an item. Knows nothing about models or measures.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from storage.records import EventRecord

Indexes = npt.NDArray[np.int32]


class SplitError(ValueError):
    """These interactions cannot be split so; the text says what is needed."""


@dataclass(frozen=True)
class Split:
    """Histories cut into what may be trained on and what is held out.

    A history is train, validation target, between, test target, after, in this order; leave-one-out has only the
    first, second and fourth of these, and leaves the other two empty.

    Attributes:
        items: id of index i at `items[i - 1]`.
        train: per user, what training may see.
        valid_target, test_target: (n_users,) index, 0 where the user has none.
        between: per user, what is known when the test target is predicted and was held out of training all the same;
            () where no user has any.
        after: per user, what came later than every target; () where no user has any.
    """

    items: tuple[str, ...]
    users: tuple[str, ...]
    train: list[Indexes]
    valid_target: Indexes
    test_target: Indexes
    between: Sequence[Indexes] = ()
    after: Sequence[Indexes] = ()

    @property
    def n_items(self) -> int:
        return len(self.items)

    def histories(self, stage: str) -> tuple[list[Indexes], Indexes]:
        """Histories to predict from, and targets, of the users that have a target at this stage.

        Args:
            stage: "valid" (from train) or "test" (from everything before the test target).
        """
        targets = self.valid_target if stage == "valid" else self.test_target
        rows = np.flatnonzero(targets)
        if stage == "valid":
            return [self.train[row] for row in rows], targets[rows]
        return [self._before_test(int(row)) for row in rows], targets[rows]

    def full(self) -> list[Indexes]:
        """Every history with nothing held out: for the model that is served."""
        return [
            _joined(self._before_test(row), self.test_target[row : row + 1], self.after[row] if self.after else _NONE)
            for row in range(len(self.train))
        ]

    def _before_test(self, row: int) -> Indexes:
        between = self.between[row] if self.between else _NONE
        return _joined(self.train[row], self.valid_target[row : row + 1], between)


_NONE: Indexes = np.zeros(0, dtype=np.int32)


def _joined(*parts: Indexes) -> Indexes:
    """One history of several parts; the 0 of a missing target is left out."""
    joined: Indexes = np.concatenate(parts).astype(np.int32)
    present: Indexes = joined[joined != 0]
    return present


def timed_histories(events: Iterable[EventRecord], known: Sequence[str]) -> dict[str, list[tuple[float, int]]]:
    """user → (timestamp, item index), oldest first; ties keep the order given, items outside `known` are left out.

    Of an item met more than once the first time counts: what is past is not recommended, so a target that repeats it
    would be found by whoever knows the past alone. On Amazon Industrial such targets, 2% of all, made up a quarter of
    NDCG@10.
    """
    index = {item_id: position for position, item_id in enumerate(known, start=1)}
    by_user: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for event in events:
        if event.item_id in index:
            by_user[event.user_id].append((event.timestamp, index[event.item_id]))
    return {user: _first_times(sorted(rows, key=lambda row: row[0])) for user, rows in by_user.items()}


def _first_times(timed: Iterable[tuple[float, int]]) -> list[tuple[float, int]]:
    moments: dict[int, float] = {}
    for moment, item in timed:
        moments.setdefault(item, moment)
    return [(moment, item) for item, moment in moments.items()]


def histories_by_user(events: Iterable[EventRecord], known: Sequence[str]) -> dict[str, list[int]]:
    """`timed_histories` without the times."""
    return {user: [item for _, item in rows] for user, rows in timed_histories(events, known).items()}


def leave_one_out(histories: dict[str, list[int]], items: Sequence[str]) -> Split:
    """The last item of a history is the test target, the one before it validates; fewer than 3 items only train."""
    train: list[Indexes] = []
    valid = np.zeros(len(histories), dtype=np.int32)
    test = np.zeros(len(histories), dtype=np.int32)
    for row, history in enumerate(histories.values()):
        if len(history) >= 3:
            *rest, valid[row], test[row] = history
        else:
            rest = list(history)
        train.append(np.array(rest, dtype=np.int32))
    return Split(tuple(items), tuple(histories), train, valid, test)


def time_ordered(
    histories: dict[str, list[tuple[float, int]]],
    items: Sequence[str],
    valid_from: float | None = None,
    test_from: float | None = None,
) -> Split:
    """Split everybody at the same two moments, so that nothing learnt is younger than anything predicted.

    Training sees what came before `valid_from`. A person's first item from then on and before `test_from` is the
    validation target, the first from `test_from` on the test target, each only where the person has an earlier item.
    Targets may be items that nobody had touched before: that happens in service too.

    Args:
        histories: from `timed_histories`.
        valid_from, test_from: the two moments, in the unit of the timestamps. By default the last tenth of all
            interactions is for testing and the tenth before it for validation.

    Raises:
        SplitError: the timestamps only number each person's items, or nobody has a test target; says what is needed.
    """
    # A clock that people share lets them begin at different moments; positions in a list, or no times, do not.
    starts = [rows[0][0] for rows in histories.values() if rows]
    if len(starts) > 1 and Counter(starts).most_common(1)[0][1] > len(starts) / 2:
        raise SplitError(
            "A split by time needs to know when each interaction happened, and these timestamps do not say: most "
            "people begin at the same one. Import events with a column `timestamp` (seconds since 1970, or ISO 8601); "
            "sequences.txt has none. Leave-one-out needs no timestamps."
        )
    moments = np.array([moment for rows in histories.values() for moment, _ in rows])
    if not len(moments):
        raise SplitError("A split by time needs interactions, and there are none.")
    default = np.quantile(moments, (0.8, 0.9), method="higher")
    valid_from = float(default[0]) if valid_from is None else valid_from
    test_from = float(default[1]) if test_from is None else test_from
    if valid_from > test_from:
        raise ValueError(f"Validation from {valid_from} on must come before test from {test_from} on.")
    train, between, after = [], [], []
    valid = np.zeros(len(histories), dtype=np.int32)
    test = np.zeros(len(histories), dtype=np.int32)
    for row, timed in enumerate(histories.values()):
        history = np.array([item for _, item in timed], dtype=np.int32)
        first, second = np.searchsorted([moment for moment, _ in timed], (valid_from, test_from))
        known, window, later = history[:first], history[first:second], history[second:]
        if first and len(window):
            valid[row], window = window[0], window[1:]
        if second and len(later):
            test[row], later = later[0], later[1:]
        train.append(known)
        between.append(window)
        after.append(later)
    if not test.any():
        raise SplitError(
            f"Nobody has items both before and after the moment {test_from}, so a split by time leaves nothing to "
            "test on. Choose an earlier moment, or use leave-one-out."
        )
    return Split(tuple(items), tuple(histories), train, valid, test, between, after)
