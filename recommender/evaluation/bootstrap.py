"""How sure a comparison of two models is: the ratio of their means over the same people, with an interval.

Resamples people, because people are what is drawn at random: how much a model depends on the seed it was trained with
is averaged away over the seeds given, and is not in the interval.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_CHUNK_CELLS = 4_000_000  # counts drawn at once, 32 MB


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two means, and the interval that holds the true one with the probability asked for."""

    ratio: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        return {"ratio": round(self.ratio, 6), "low": round(self.low, 6), "high": round(self.high, 6)}


def paired_ratio(
    values: npt.NDArray[np.float64],
    baseline: npt.NDArray[np.float64],
    level: float = 0.95,
    resamples: int = 4_000,
    seed: int = 0,
) -> Ratio:
    """mean(values) / mean(baseline) with a percentile interval of the paired bootstrap over people.

    Args:
        values, baseline: (n,) or (seeds, n), one figure a person (NDCG@10, say), the same people in the same order;
            the two may have different numbers of seeds.
        level: probability of the interval.
        seed: of the resampling; the same seed gives the same interval.

    Raises:
        ValueError: not the same people, nobody, a value that is no finite number, or a baseline whose mean is not
            above 0.
    """
    ours, theirs = _per_person(values), _per_person(baseline)
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} people cannot be paired with {len(theirs)}.")
    if not 0 < level < 1 or resamples < 1:
        raise ValueError(f"No interval of level {level} from {resamples} resamples.")
    if not len(theirs) or not theirs.mean() > 0:
        raise ValueError("A ratio needs a baseline whose mean is above 0.")
    # Drawing n people is drawing how often each distinct pair of values comes, and there are few of those.
    pairs, counts = np.unique(np.stack([ours, theirs], axis=1), axis=0, return_counts=True)
    random = np.random.default_rng(seed)
    ratios = np.empty(resamples)
    step = max(1, _CHUNK_CELLS // len(pairs))
    above, below = np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])
    with np.errstate(divide="ignore", invalid="ignore"):
        for start in range(0, resamples, step):
            stop = min(start + step, resamples)
            drawn = random.multinomial(len(ours), counts / len(ours), size=stop - start)
            ratios[start:stop] = (drawn @ above) / (drawn @ below)
    # A resample in which neither found anything (0 / 0) says nothing; methods without interpolation bear infinity.
    low = np.nanquantile(ratios, (1 - level) / 2, method="lower")
    high = np.nanquantile(ratios, (1 + level) / 2, method="higher")
    return Ratio(float(ours.mean() / theirs.mean()), float(low), float(high))


def _per_person(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n,) or (seeds, n) → (n,), averaged over the seeds."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim not in (1, 2):
        raise ValueError(f"Values must be (n,) or (seeds, n), not of shape {array.shape}.")
    if not np.isfinite(array).all():
        raise ValueError("A value is no finite number.")
    return array.mean(axis=0) if array.ndim == 2 else array
