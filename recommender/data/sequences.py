"""Histories as arrays, and the leave-one-out split.

Item indexes run from 1: 0 is padding everywhere, and never an item.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from storage.records import EventRecord

Indexes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Split:
    """Leave-one-out: the last item of each history is the test target, the one before it the validation target.

    Attributes:
        items: id of index i at `items[i - 1]`.
        train: per user, the history without the two targets (a user with fewer than 3 items keeps all).
        valid_target, test_target: (n_users,) index, 0 where the user has too few items for one.
    """

    items: tuple[str, ...]
    users: tuple[str, ...]
    train: list[Indexes]
    valid_target: Indexes
    test_target: Indexes

    @property
    def n_items(self) -> int:
        return len(self.items)

    def histories(self, stage: str) -> tuple[list[Indexes], Indexes]:
        """Histories to predict from, and targets, of the users that have a target at this stage.

        Args:
            stage: "valid" (from train) or "test" (from train and the validation item).
        """
        targets = self.valid_target if stage == "valid" else self.test_target
        rows = np.flatnonzero(targets)
        if stage == "valid":
            return [self.train[row] for row in rows], targets[rows]
        return [np.append(self.train[row], self.valid_target[row]).astype(np.int32) for row in rows], targets[rows]

    def full(self) -> list[Indexes]:
        """Every history with nothing held out: for the model that is served."""
        return [
            np.array([i for i in (*history, valid, test) if i], dtype=np.int32)
            for history, valid, test in zip(self.train, self.valid_target, self.test_target, strict=True)
        ]


def histories_by_user(events: Iterable[EventRecord], known: Sequence[str]) -> dict[str, list[int]]:
    """user → item indexes, oldest first. Events on items outside `known` are left out; ties keep the file's order."""
    index = {item_id: position for position, item_id in enumerate(known, start=1)}
    by_user: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for event in events:
        if event.item_id in index:
            by_user[event.user_id].append((event.timestamp, index[event.item_id]))
    return {user: [item for _, item in sorted(rows, key=lambda row: row[0])] for user, rows in by_user.items()}


def leave_one_out(histories: dict[str, list[int]], items: Sequence[str]) -> Split:
    """Split every history of at least 3 items; shorter ones only train."""
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
