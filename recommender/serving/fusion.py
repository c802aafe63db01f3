"""Sources fused by learnt weights: a log-linear model of which item is recommended next.

A weight per source, one set of them for each number of items named so far: what is popular counts most when nothing is
named yet. Fitting is in `recommender.training.fusion`; here is only what serves, and its JSON file. A source that is
missing counts nothing, so weights learnt with more sources than a workspace has still rank.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender.arrays import Floats

BOUNDS = (1, 3)  # nothing named, one or two items, more


class FusionError(ValueError):
    """The file of weights cannot be read; the text says what to do next."""


def group_of(n_named: int, bounds: Sequence[int] = BOUNDS) -> int:
    """Which set of weights a request with this many named items takes."""
    return sum(n_named >= bound for bound in bounds)


@dataclass(frozen=True)
class Fusion:
    """Learnt weights.

    Attributes:
        sources: their names, in the order of the columns of `weights`.
        weights: (len(bounds) + 1, len(sources)).
        bounds: requests with fewer than bounds[g] named items belong to group g or an earlier one.
    """

    sources: tuple[str, ...]
    weights: Floats
    bounds: tuple[int, ...] = BOUNDS

    def scores(self, found: Mapping[str, Floats], n_named: int) -> Floats:
        """(n_items,) log-probabilities up to a constant; `found` gives (n_items,) per source, at least one."""
        row = self.weights[group_of(n_named, self.bounds)]
        parts = [weight * found[source] for source, weight in zip(self.sources, row, strict=True) if source in found]
        if not parts:
            raise ValueError(f"none of the sources {', '.join(self.sources)} has been given")
        total: Floats = np.sum(parts, axis=0).astype(np.float32)
        return total

    def save(self, path: Path) -> None:
        """Write the weights as JSON."""
        content = {
            "bounds": list(self.bounds),
            "weights": {
                source: [round(float(w), 4) for w in self.weights[:, column]]
                for column, source in enumerate(self.sources)
            },
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Fusion":
        """Read what `save` wrote.

        Raises:
            FusionError: the file is missing or is not of that form.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            bounds = tuple(int(bound) for bound in content["bounds"])
            sources = tuple(str(source) for source in content["weights"])
            weights = np.array([content["weights"][source] for source in sources], dtype=np.float32).T
            if weights.shape != (len(bounds) + 1, len(sources)) or not np.isfinite(weights).all():
                raise ValueError("the weights are not one finite number for each source and group")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise FusionError(f"{path} holds no learnt weights ({error}). Delete it, or learn them again.") from error
        return cls(sources, weights, bounds)
