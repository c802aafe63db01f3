"""Training state on disk, so that a killed run goes on where it was: weights, optimiser, schedule, best so far.

Written in one step (a new file takes the old one's place) and read with `weights_only`: a checkpoint holds tensors
and plain values, never code.
"""

from pathlib import Path
from typing import Any

import torch

from recommender.models.base import ModelError

_FILE = "training.pt"


def save_state(folder: Path, state: dict[str, Any]) -> None:
    """Replace the checkpoint of this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{_FILE}.new"
    torch.save(state, new)
    new.replace(folder / _FILE)


def load_state(folder: Path, fingerprint: str) -> dict[str, Any] | None:
    """The checkpoint of exactly this run, or None where there is none or it belongs to another run.

    Raises:
        ModelError: there is one, and it cannot be read.
    """
    path = folder / _FILE
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
        return state if state["fingerprint"] == fingerprint else None
    except Exception as error:  # torch raises what its archive and unpickler raise, and advises to trust the file
        raise ModelError(
            f"The checkpoint {path} cannot be read ({type(error).__name__}). Delete it to train from the start."
        ) from error


def forget_state(folder: Path) -> None:
    """Remove the checkpoint: the run is complete."""
    (folder / _FILE).unlink(missing_ok=True)
