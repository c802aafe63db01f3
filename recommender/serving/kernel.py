"""The inner loop of the index: from 8-bit codes, the few items that can still be among the best k.

Compiled by numba when this module is imported (kept in its on-disk cache afterwards). Importing it fails where numba
is missing or cannot compile; `index` then does without. It knows nothing of the float32 vectors behind the codes.
"""

import sys
from typing import Any

import numba  # type: ignore[import-untyped, import-not-found, unused-ignore]
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped, import-not-found, unused-ignore]
from numba import types
from numba.extending import intrinsic  # type: ignore[import-untyped, import-not-found, unused-ignore]

LANES = 16  # items scored together: one 32-bit sum each fills the widest register
STEP = 4  # dimensions of an item that lie side by side

_I16, _I32, _I64 = (ir.IntType(bits) for bits in (16, 32, 64))
_SUMS, _BYTES = ir.VectorType(_I32, LANES), ir.VectorType(_I16, 2 * LANES)


def _group_sums(_context: Any, _codes: Any, _user: Any, _steps: Any, _limit: Any, _sums: Any) -> Any:
    """16 dot products: writes them to `sums`, returns a bit for each above `limit`.

    LLVM does not find this loop by itself: it makes 32-bit products, eight times slower. Here a group's codes are read
    as 16-bit pairs, split into even and odd bytes, and multiplied and added pairwise. That is one instruction
    (pmaddwd) on every x86 since SSE2, and wide where the processor is; it neither saturates nor rounds.
    """

    def generate(_context: Any, b: Any, _signature: Any, arguments: Any) -> Any:
        codes, user, steps, limit, sums = arguments
        codes, user = b.inttoptr(codes, _BYTES.as_pointer()), b.inttoptr(user, _I32.as_pointer())
        entry, loop, done = b.block, b.append_basic_block("loop"), b.append_basic_block("done")
        b.branch(loop)
        b.position_at_end(loop)
        step, total = b.phi(_I64), b.phi(_SUMS)
        step.add_incoming(ir.Constant(_I64, 0), entry)
        total.add_incoming(ir.Constant(_SUMS, None), entry)
        pairs = b.load(b.gep(codes, [step]))
        pairs.align = 64
        even = b.and_(pairs, ir.Constant(_BYTES, [255] * 2 * LANES))
        odd = b.lshr(pairs, ir.Constant(_BYTES, [8] * 2 * LANES))
        first = b.mul(step, ir.Constant(_I64, 2))
        added = total
        for half, values in enumerate((even, odd)):
            weights = b.load(b.gep(user, [b.add(first, ir.Constant(_I64, half))]))
            weights = b.bitcast(_spread(b, weights), _BYTES)
            wide = ir.VectorType(_I32, 2 * LANES)
            products = b.mul(b.sext(values, wide), b.sext(weights, wide))
            added = b.add(added, b.add(_every_second(b, products, 0), _every_second(b, products, 1)))
        following = b.add(step, ir.Constant(_I64, 1))
        step.add_incoming(following, loop)
        total.add_incoming(added, loop)
        b.cbranch(b.icmp_signed("<", following, steps), loop, done)
        b.position_at_end(done)
        b.store(added, b.inttoptr(sums, _SUMS.as_pointer())).align = 4
        return b.bitcast(b.icmp_signed(">", added, _spread(b, limit)), _I16)

    return types.uint16(types.uintp, types.uintp, types.intp, types.int32, types.uintp), generate


def _spread(b: Any, value: Any) -> Any:
    vector = b.insert_element(ir.Constant(_SUMS, ir.Undefined), value, ir.Constant(_I32, 0))
    return b.shuffle_vector(vector, vector, ir.Constant(_SUMS, None))


def _every_second(b: Any, vector: Any, start: int) -> Any:
    return b.shuffle_vector(vector, vector, ir.Constant(_SUMS, list(range(start, 2 * LANES, 2))))


group_sums: Any = intrinsic(_group_sums)


def _scan(
    codes: Any, inverse: Any, user: Any, n: int, groups: Any, margin: float, zero: float, blur: float,
    floor: float, banned: Any, best: Any, rows: Any, uppers: Any,
) -> Any:  # fmt: skip
    """Go through some groups, holding the k-th best lower bound; note each item whose upper bound reaches it.

    Bounds are in units of the user's scale: (sum - zero ± margin) / inverse[group].

    Args:
        codes: (groups, steps, 16, 4) uint8, 64-byte aligned; those of item i in [i // 16, :, i % 16].
        inverse: (groups,) float64, one over the scale of a group.
        user: (steps, 2, 2) int16, the even and the odd dimensions of each step.
        n: items; lanes beyond are padding.
        groups: (3,) int64: first group, end, stride.
        margin, zero: in units of the sums.
        blur: what a score may lose by rounding however small it is, in units of the user's scale.
        floor: a value that k items are known to reach.
        banned: int64, rows to leave out, ascending.
        best: (k,) float64 of -inf: room for the k best lower bounds.
        rows, uppers: room for what is noted.

    Returns:
        how many were noted, -1 where there was not room enough; and the k-th best lower bound (or `floor`, if higher).
    """
    steps = codes.shape[1]
    sums = np.empty(LANES, np.int32)
    start, weights, out = codes.ctypes.data, user.ctypes.data, sums.ctypes.data
    bar = floor
    noted, next_banned = 0, 0
    for group in range(groups[0], groups[1], groups[2]):
        limit = np.floor(bar * inverse[group] - margin + zero) - 1
        limit = min(max(limit, -2147483648.0), 2147483647.0)
        passing = group_sums(
            np.uintp(start + group * steps * LANES * STEP), np.uintp(weights), steps, np.int32(limit), np.uintp(out)
        )
        if passing == 0:
            continue
        for lane in range(LANES):
            row = group * LANES + lane
            if (passing >> lane) & 1 == 0 or row >= n:
                continue
            while next_banned < banned.size and banned[next_banned] < row:
                next_banned += 1
            if next_banned < banned.size and banned[next_banned] == row:
                continue
            if noted == rows.size:
                return -1, bar
            rows[noted] = row
            uppers[noted] = (sums[lane] - zero + margin) / inverse[group]
            noted += 1
            lower = (sums[lane] - zero - margin) / inverse[group]
            if lower > best[0]:
                # best is a heap: each value is at most its children's. Sink the new one from the root.
                place, child = 0, 1
                while child < best.size:
                    if child + 1 < best.size and best[child + 1] < best[child]:
                        child += 1
                    if best[child] >= lower:
                        break
                    best[place] = best[child]
                    place, child = child, 2 * child + 1
                best[place] = lower
                bar = max(floor, best[0] - blur)
    return noted, bar


if sys.byteorder != "little":
    raise ImportError("The kernel reads pairs of codes as little-endian numbers.")

_SIGNATURE = (
    "Tuple((int64, float64))(uint8[:,:,:,::1], float64[::1], int16[:,:,::1], int64, int64[::1], float64, float64,"
    " float64, float64, int64[::1], float64[::1], int32[::1], float64[::1])"
)
try:
    scan = numba.njit(_SIGNATURE, nogil=True, cache=True)(_scan)
except RuntimeError:  # no folder for the cache can be written
    scan = numba.njit(_SIGNATURE, nogil=True)(_scan)
