"""Training histories as batches: windows, length buckets, augmentation.

All histories stand one after another in one flat array. A training position is an index f into it: after reading
everything up to and including `flat[f]` in its history, predict `flat[f + 1]`. Soft labels use the same indexes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from recommender.data.sequences import Indexes

_BUCKET_BATCHES = 32  # so many batches are sorted by length together; the order of batches is shuffled again
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """One step's histories.

    Attributes:
        inputs: (B, L) item indexes, 0 for padding (on the right) and for masked items.
        labels: (B, L) the next item at each position, 0 where there is none.
        positions: (B, L) index of the position in the flat array, -1 where there is none.
        firsts: (B,) the first item of each window, 0 where it is not to be predicted.
    """

    inputs: Tensor
    labels: Tensor
    positions: Tensor
    firsts: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same on this device."""
        return Batch(*(tensor.to(device) for tensor in (self.inputs, self.labels, self.positions, self.firsts)))


class Histories:
    """Windows over flat histories.

    Args:
        histories: item indexes per person, oldest first.
        length: longest input of a window.
        last: also read the newest item, which has no label: a position for soft labels only.
        only_last: every beginning of a history is a window, and only its last position has a label.
        shortest: histories of fewer items are left out.
        predicted: for each item, histories end to end, whether it is a label; the others are only read. None: all are.
    """

    def __init__(
        self,
        histories: Sequence[Indexes],
        length: int,
        last: bool = False,
        only_last: bool = False,
        shortest: int = 2,
        predicted: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        self.only_last = only_last
        lengths = np.array([len(h) for h in histories], dtype=np.int64)
        self.flat = np.concatenate([*histories, np.zeros(1, np.int32)]).astype(np.int64)  # a 0 behind the last
        ends = np.cumsum(lengths)
        self.ends = ends  # flat index behind each history
        self.predicted = np.ones(len(self.flat), dtype=bool)
        if predicted is not None:
            self.predicted[:-1] = predicted
        windows: list[tuple[int, int, int]] = []  # first, end of the inputs, end of the history
        for start, end in zip(ends - lengths, ends, strict=True):
            stop = end if last else end - 1
            while stop > start and end - start >= shortest:
                windows.append((max(start, stop - length), stop, end))
                stop -= 1 if only_last else length
        self.windows = np.array(windows, dtype=np.int64).reshape(-1, 3)

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def n_labels(self) -> int:
        """Labelled positions in one pass."""
        first, stop, end = self.windows.T
        if self.only_last:
            return int(self.predicted[stop[stop < end]].sum())
        before = np.concatenate([[0], np.cumsum(self.predicted)])  # predicted items before each flat index
        return int((before[np.minimum(stop, end - 1) + 1] - before[first + 1]).sum())

    def touched(self) -> Positions:
        """Item indexes that occur, ascending."""
        items: Positions = np.unique(self.flat[:-1])
        return items

    def order(self, batch_size: int, random: np.random.Generator, bucketed: bool = True) -> list[Positions]:
        """Window numbers of each batch of one epoch; windows of like length share a batch."""
        shuffled = random.permutation(len(self.windows))
        if not bucketed:
            return [shuffled[i : i + batch_size] for i in range(0, len(shuffled), batch_size)]
        lengths = self.windows[:, 1] - self.windows[:, 0]
        batches = []
        chunk = batch_size * _BUCKET_BATCHES
        for start in range(0, len(shuffled), chunk):
            part = shuffled[start : start + chunk]
            part = part[np.argsort(lengths[part], kind="stable")]
            batches += [part[i : i + batch_size] for i in range(0, len(part), batch_size)]
        return [batches[i] for i in random.permutation(len(batches))]

    def batch(self, chosen: Positions, random: np.random.Generator, augment: Sequence[str] = ()) -> Batch:
        """The windows `chosen`, padded to the longest of them."""
        first, stop, end = self.windows[chosen].T
        if "crop" in augment:
            first, stop = _crop(first, stop, random)
        width = int((stop - first).max())
        at = first[:, None] + np.arange(width)  # (B, L)
        inside = at < stop[:, None]
        at = np.where(inside, at, len(self.flat) - 1)
        inputs = self.flat[at]
        after = np.minimum(at + 1, len(self.flat) - 1)
        follows = inside & (at + 1 < end[:, None]) & self.predicted[after]
        if self.only_last:
            follows &= at == stop[:, None] - 1
        labels = np.where(follows, self.flat[after], 0)
        answers = at == stop[:, None] - 1 if self.only_last else inside
        positions = np.where(answers, at, -1)
        firsts = np.where(self.predicted[first], inputs[:, 0], 0)
        if "reorder" in augment:
            inputs, labels, positions = _reorder(inputs, labels, positions, random)
        if "mask" in augment:
            inputs = np.where(random.random(inputs.shape) < 0.15, 0, inputs)
        return Batch(*(torch.from_numpy(np.ascontiguousarray(a)) for a in (inputs, labels, positions, firsts)))


def _crop(first: Positions, stop: Positions, random: np.random.Generator) -> tuple[Positions, Positions]:
    """In half of the windows, a random piece of at least 60% of the length."""
    length = stop - first
    kept = np.maximum(1, np.ceil(length * random.uniform(0.6, 1.0, len(first)))).astype(np.int64)
    kept = np.where(random.random(len(first)) < 0.5, kept, length)
    first = first + np.floor(random.random(len(first)) * (length - kept + 1)).astype(np.int64)
    return first, first + kept


def _reorder(
    inputs: Positions, labels: Positions, positions: Positions, random: np.random.Generator
) -> tuple[Positions, Positions, Positions]:
    """In half of the rows, shuffle a third of the items; what is shuffled loses its soft labels."""
    inputs, labels, positions = inputs.copy(), labels.copy(), positions.copy()
    for row in np.flatnonzero(random.random(len(inputs)) < 0.5):
        length = int((inputs[row] != 0).sum())
        span = max(2, length // 3)
        if length < 3:
            continue
        start = int(random.integers(0, length - span + 1))
        inputs[row, start : start + span] = random.permutation(inputs[row, start : start + span])
        before = max(0, start - 1)
        stop = min(start + span, length - 1)  # labels up to here are inputs of the same row
        labelled = labels[row, before:stop] != 0  # only the last position, where windows have one label
        labels[row, before:stop] = np.where(labelled, inputs[row, before + 1 : stop + 1], 0)
        positions[row, before : start + span] = -1
    return inputs, labels, positions


def batches(
    histories: Histories, batch_size: int, seed: int, epoch: int, augment: Sequence[str] = (), bucketed: bool = True
) -> Iterator[Batch]:
    """The batches of one epoch; the same seed and epoch give the same ones."""
    random = np.random.default_rng([seed, epoch])
    for chosen in histories.order(batch_size, random, bucketed):
        yield histories.batch(chosen, random, augment)
