"""The k best items for one person: exact, and at the speed at which memory is read.

Of a big catalogue the index keeps, beside the float32 vectors, a copy of 8 bits a number, and reads only that copy for
every request. What the codes leave out is bounded, so each item has a lower and an upper bound of its score; the few
whose upper bound reaches the k-th best lower bound are scored again from the float32 vectors. The answer is therefore
that of scoring everything, to the last bit and the last tie.

The bound. Item x lies in a group of scale s with codes q - 128, so x = s (q - 128) + e, where |e| ≤ s ρ; the person
u = t p + f, with p of 16 bits. Then

    x·u = s t (q - 128)·p  +  s (q - 128)·f  +  e·u,

and by Cauchy-Schwarz the last two are at most s (Q |f| + ρ |u|), where Q is the longest |q - 128|. ρ and Q are measured
over all items when the index is built, |f| and |u| for each person.

It knows nothing of ids, requests or models: rows in, rows out.
"""

import logging
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from recommender.arrays import Floats

Rows = npt.NDArray[np.int64]

CROSSOVER = 10_000  # items below which codes save under 0.1 ms a request, not worth loading the kernel
_SAMPLE = 256  # one group in so many is looked at first, for a k-th best to beat
_ROOM = 8192  # items noted in one scan, beside 64 k, before it is done again with room for all
_BLOCK = 1 << 11  # items coded, or scored in double precision, at a time
_HALF_ULP = 2.0**-24  # relative error of one float32 operation
_SMALLEST = 2.0**-126  # a float32 product below this may be lost altogether

_log = logging.getLogger(__name__)


class ItemIndex:
    """Top-k by inner product over a fixed matrix of item vectors.

    The score of an item is its inner product with the person, summed in double precision and rounded once to float32:
    it does not depend on the machine, the threads or the other items. The best score comes first; of equal scores,
    the smaller row. `top_k` may be called from several threads at once.

    Args:
        matrix: (n, d) item vectors, of any length; used as float32, kept without a copy and not to be changed.
        threads: how many threads share one call; more than one pays off where a call takes a millisecond.
        crossover: the number of items from which 8-bit codes are kept, at d bytes an item.

    Raises:
        ValueError: the matrix does not have two dimensions, or a number in it is not finite.
    """

    def __init__(self, matrix: npt.ArrayLike, *, threads: int = 1, crossover: int = CROSSOVER) -> None:
        with np.errstate(over="ignore"):  # what does not fit float32 becomes infinite, and is refused below
            self.matrix: Floats = np.ascontiguousarray(matrix, dtype=np.float32)
        if self.matrix.ndim != 2:
            raise ValueError(f"Item vectors are a matrix (n, d), not an array of shape {self.matrix.shape}.")
        if threads < 1:
            raise ValueError(f"threads is at least 1, not {threads}.")
        self.threads = threads
        longest = 0.0
        for start in range(0, len(self.matrix), _BLOCK):
            lengths = np.linalg.norm(self.matrix[start : start + _BLOCK].astype(np.float64), axis=1)
            if not np.isfinite(lengths).all():
                row = start + int(np.flatnonzero(~np.isfinite(lengths))[0])
                raise ValueError(f"The vector of item {row} holds a number that is not finite.")
            longest = max(longest, float(lengths.max()))
        self._longest = longest
        self._codes = _Codes(self.matrix) if len(self.matrix) >= crossover and self.dim and _load_kernel() else None

    def __len__(self) -> int:
        return len(self.matrix)

    @property
    def dim(self) -> int:
        """d, the width of a vector."""
        return int(self.matrix.shape[1])

    @property
    def compressed(self) -> bool:
        """True where requests read 8-bit codes; False where they read float32 (few items, or no numba)."""
        return self._codes is not None

    def top_k(self, user: npt.ArrayLike, k: int, exclude: npt.ArrayLike = ()) -> tuple[Rows, Floats]:
        """The k best rows for one person.

        Args:
            user: (d,) the person's vector.
            k: how many; fewer come back where fewer are left.
            exclude: rows that must not come back, in any order, repeats allowed.

        Returns:
            (rows, scores), each (min(k, rows left),), best first.

        Raises:
            ValueError: the vector has another width or is not finite, k is negative, or `exclude` names no row.
        """
        with np.errstate(over="ignore"):
            person = np.asarray(user, dtype=np.float32)
        if person.shape != (self.dim,):
            raise ValueError(f"The person's vector has shape {person.shape}; the items' are ({self.dim},).")
        # math.isfinite of a sum of doubles: one call, and no float32 sum can hide or make an infinity.
        if not math.isfinite(person.sum(dtype=np.float64)):
            raise ValueError("The person's vector holds a number that is not finite.")
        if k < 0:
            raise ValueError(f"k is at least 0, not {k}.")
        banned = self._banned(exclude)
        k = min(k, len(self) - len(banned))
        if k == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        reach = self._longest * float(np.linalg.norm(person.astype(np.float64)))
        if reach > 1e37:  # float32 cannot hold every score: what overflows ties, and the bounds do not say so
            rows = np.setdiff1d(np.arange(len(self)), banned, assume_unique=True)
        elif self._codes is not None:
            rows = self._codes.candidates(person, k, banned, self.threads)
        else:
            rows = self._candidates(person, k, banned, reach)
        scores = self._exact(person, rows)
        if len(rows) > 8 * k:  # a person or a catalogue that ties everything: do not sort it all
            worst = np.partition(scores, len(scores) - k)[len(scores) - k]
            rows, scores = rows[scores >= worst], scores[scores >= worst]
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def _banned(self, exclude: npt.ArrayLike) -> Rows:
        rows = np.asarray(exclude)
        if rows.size == 0:
            return np.empty(0, np.int64)
        if rows.ndim != 1 or rows.dtype.kind not in "iu":
            raise ValueError("exclude is a list of row numbers.")
        banned: Rows = np.sort(rows.astype(np.int64))
        if banned[0] < 0 or banned[-1] >= len(self):
            raise ValueError(f"exclude names a row that is not in 0..{len(self) - 1}.")
        return banned[np.diff(banned, prepend=-1) > 0]  # np.unique, at a third of its time

    def _candidates(self, person: Floats, k: int, banned: Rows, reach: float) -> Rows:
        """Every row that float32 arithmetic, whatever its order of summation, cannot rule out. No |score| > reach."""
        # Twice the textbook error of an inner product, d 2^-24 |x| |u|: the rest covers the rounding of score and bar.
        slack = 2 * (self.dim + 2) * (_HALF_ULP * reach + _SMALLEST)
        scores = self.matrix @ person
        scores[banned] = -np.inf
        best = torch.topk(torch.from_numpy(scores), k, sorted=False).values  # at 1,000,000, ten times np.partition
        return np.flatnonzero(scores >= float(best.min()) - 2 * slack)

    def _exact(self, person: Floats, rows: Rows) -> Floats:
        """(len(rows),) the scores of some rows as the class defines them."""
        wide = person.astype(np.float64)
        scores = np.empty(len(rows), np.float32)
        with np.errstate(over="ignore"):  # beyond float32 is infinite, and a tie
            for start in range(0, len(rows), _BLOCK):
                some = rows[start : start + _BLOCK]
                scores[start : start + _BLOCK] = (self.matrix[some] * wide).sum(axis=1)
        return scores


class _Codes:
    """The 8-bit copy, in groups of 16 items laid out for the kernel, and the two constants of the bound."""

    def __init__(self, matrix: Floats) -> None:
        kernel = _load_kernel()
        self._scan, self._lanes, self._step = kernel.scan, kernel.LANES, kernel.STEP
        self.n, dim = matrix.shape
        self.groups, self.steps = -(-self.n // self._lanes), -(-dim // self._step)
        # A sum of `steps * STEP` products of 8 bits and of the person's whole numbers has to fit 32 bits.
        self.highest = min(32767, (2**31 - 1) // (255 * self.steps * self._step))
        self.codes = _aligned((self.groups, self.steps, self._lanes, self._step))
        self.inverse = np.empty(self.groups, np.float64)
        lost = longest = 0.0
        for start in range(0, self.groups, _BLOCK // self._lanes):
            end = min(start + _BLOCK // self._lanes, self.groups)
            block = np.zeros((end - start, self._lanes, self.steps * self._step))
            some = matrix[start * self._lanes : end * self._lanes]
            block.reshape(-1, block.shape[2])[: len(some), :dim] = some
            highest = np.abs(block).max(axis=(1, 2), keepdims=True)
            scale = np.where(highest > 0, highest, 1.0) / 127
            codes = np.rint(block / scale)
            lost = max(lost, float(np.linalg.norm(block / scale - codes, axis=2).max()))
            longest = max(longest, float(np.linalg.norm(codes, axis=2).max()))
            laid = (codes + 128).astype(np.uint8).reshape(end - start, self._lanes, self.steps, self._step)
            self.codes[start:end] = laid.transpose(0, 2, 1, 3)
            self.inverse[start:end] = 1 / scale[:, 0, 0]
        self.lost, self.longest = lost, longest  # ρ and Q of the bound, in units of the scale

    def candidates(self, person: Floats, k: int, banned: Rows, threads: int) -> Rows:
        """Every row that may be among the k best of those not banned."""
        scaled = person.astype(np.float64)
        unit = (float(np.abs(scaled).max()) or 1.0) / self.highest  # t of the bound
        scaled /= unit
        whole = np.rint(scaled)
        length, left = math.sqrt(scaled @ scaled), scaled - whole
        margin = self.lost * length + self.longest * math.sqrt(left @ left)
        # The score's one rounding to float32, then the roundings of this very calculation, generously.
        margin += _HALF_ULP * (self.longest + self.lost) * length + 1e-9 * margin + 1.0
        padded = np.zeros(self.steps * self._step, np.int16)
        padded[: len(whole)] = whole
        laid = np.ascontiguousarray(padded.reshape(self.steps, 2, 2).transpose(0, 2, 1))
        zero, blur = 128.0 * float(whole.sum()), 2.0**-149 / unit

        def scan(first: int, end: int, stride: int, floor: float, room: int) -> tuple[Rows, float]:
            rows, uppers = np.empty(room, np.int32), np.empty(room)
            noted, bar = self._scan(
                self.codes, self.inverse, laid, self.n, np.array([first, end, stride]), margin, zero, blur, floor,
                banned, np.full(k, -np.inf), rows, uppers,
            )  # fmt: skip
            if noted < 0:
                return scan(first, end, stride, floor, (end - first) * self._lanes)
            return rows[:noted][uppers[:noted] >= bar].astype(np.int64), bar

        room = _ROOM + 64 * k
        # A bar found in a sample spares the whole scan most of its notes, even where items are sorted by score.
        floor = scan(0, self.groups, _SAMPLE, -np.inf, room)[1]
        edges = [self.groups * part // threads for part in range(threads + 1)]
        waiting = [_pool().submit(scan, edges[part], edges[part + 1], 1, floor, room) for part in range(1, threads)]
        found = [scan(edges[0], edges[1], 1, floor, room), *(part.result() for part in waiting)]
        return np.concatenate([rows for rows, _ in found])


def _aligned(shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Zeros on a 64-byte boundary, which the kernel's loads ask for; NumPy itself promises 16."""
    size = math.prod(shape)
    room = np.zeros(size + 64, np.uint8)
    start = -room.ctypes.data % 64
    return room[start : start + size].reshape(shape)


_kernel: Any = None  # the module; False where it cannot be had
_lock = threading.Lock()
_workers: ThreadPoolExecutor | None = None


def _load_kernel() -> Any:
    """The compiled kernel, or False. The first call costs a second, or some three where it has to compile."""
    global _kernel
    with _lock:
        if _kernel is None:
            try:
                from recommender.serving import kernel

                _kernel = kernel
            except Exception as error:  # numba missing, or any way in which a compiler can fail
                _log.warning("Big catalogues are scored in float32, exact but slower: no compiled kernel (%s).", error)
                _kernel = False
    return _kernel


def _pool() -> ThreadPoolExecutor:
    """Threads shared by every index of the process; the kernel lets go of the interpreter while it runs."""
    global _workers
    with _lock:
        if _workers is None:
            _workers = ThreadPoolExecutor(thread_name_prefix="index")
    return _workers
