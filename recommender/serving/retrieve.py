"""Item text in Chroma: what an item is about, found by meaning.

One vector an item, of title, facets and description. In process by default (`PersistentClient`); a server by URL.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import chromadb
import numpy as np
from chromadb.config import Settings

from recommender.arrays import Floats
from recommender.catalogue import Catalogue, Mask
from recommender.features.embedder import Embedder

log = logging.getLogger(__name__)
_WRITE = 1_000  # items a write, below Chroma's limit
_READ = 5_000
_KEPT_SENTENCES = 20_000  # of those embedded while people wait
_AHEAD = 60_000  # sentences embedded before anybody asks, at most: 90 MB
PER_ITEM = 6  # sentences of an item's text that may be a reason
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+")
_FEW = 1_500  # up to this many allowed items are named in the query; beyond, the answer is filtered


class RetrieverError(Exception):
    """Chroma cannot be opened, or does not answer; the text says what to do next."""


def open_chroma(folder: Path, url: str = "") -> Any:
    """A Chroma client: the server at `url`, or files in `folder`.

    Raises:
        RetrieverError: neither can be opened.
    """
    settings = Settings(anonymized_telemetry=False)
    try:
        if url:
            parsed = urlparse(url)
            return chromadb.HttpClient(
                host=parsed.hostname or "localhost",
                port=parsed.port or 8000,
                ssl=parsed.scheme == "https",
                settings=settings,
            )
        folder.mkdir(parents=True, exist_ok=True)
        return chromadb.PersistentClient(path=str(folder), settings=settings)
    except Exception as error:  # chromadb raises many kinds
        raise RetrieverError(f"Chroma cannot be opened at {url or folder}: {error}") from error


def sentences(text: str) -> list[str]:
    """A text cut into sentences."""
    return [s.strip() for s in _SENTENCE.split(text) if s.strip()]


def _pages(collection: Any, what: str) -> Iterator[Any]:
    """Everything of a collection, in pieces below Chroma's limit: ids and one other column."""
    for offset in range(0, collection.count(), _READ):
        yield collection.get(include=[what], limit=_READ, offset=offset)


def _vectors(collection: Any) -> dict[str, Any]:
    """id → vector."""
    pages = _pages(collection, "embeddings")
    return {i: vector for page in pages for i, vector in zip(page["ids"], page["embeddings"], strict=True)}


def _shipped(path: Path, embedder: str) -> dict[str, Floats]:
    """mark → vector, of a file of `Retriever.save_vectors`; none when another model made them."""
    with np.load(path) as kept:
        if str(kept["embedder"]) != embedder:
            return {}
        return dict(zip(kept["marks"].tolist(), kept["vectors"].astype(np.float32), strict=True))


class Retriever:
    """Semantic search over one catalogue.

    The collection carries the fingerprint of what was embedded, per item: only new or changed items are embedded again.
    """

    def __init__(self, client: Any, catalogue: Catalogue, embedder: Embedder, name: str = "items") -> None:
        self._catalogue = catalogue
        self._embedder = embedder
        model = hashlib.sha256(embedder.name.encode()).hexdigest()[:8]
        self._collection = client.get_or_create_collection(
            f"{name}-{model}", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        self.vectors: Floats = np.zeros((len(catalogue), 0), dtype=np.float32)
        self._ahead = client.get_or_create_collection(f"{name}-sentences-{model}", embedding_function=None)
        self._encode_query = lru_cache(maxsize=512)(lambda text: embedder.encode([text])[0])
        self._embedded_ahead: dict[str, Floats] = {}
        self._sentences: dict[str, Floats] = {}
        self._silent = False  # the last search got no answer

    def refresh(self, on_progress: Callable[[int, int], None] | None = None, shipped: Path | None = None) -> int:
        """Bring the collection in line with the catalogue and load its vectors. Returns how many were embedded.

        Args:
            shipped: a file of `save_vectors`, whose vectors need not be computed again.
        """
        texts = [self._catalogue.describe(item) for item in self._catalogue.items]
        marks = [hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts]
        stored = self._stored_marks()
        gone = [item_id for item_id in stored if item_id not in self._catalogue]
        for start in range(0, len(gone), _WRITE):
            self._collection.delete(ids=gone[start : start + _WRITE])
        stale = [p for p, item in enumerate(self._catalogue.items) if stored.get(item.id) != marks[p]]
        ready = _shipped(shipped, self._embedder.name) if shipped and stale else {}

        def keep(part: Sequence[int], vectors: Floats) -> None:
            self._collection.upsert(
                ids=[self._catalogue.items[p].id for p in part],
                embeddings=vectors,
                metadatas=[{"mark": marks[p]} for p in part],
                documents=[texts[p] for p in part],
            )

        known, new = [[p for p in stale if (marks[p] in ready) is there] for there in (True, False)]
        for start in range(0, len(known), _WRITE):
            keep(known[start : start + _WRITE], np.stack([ready[marks[p]] for p in known[start : start + _WRITE]]))
        for start, vectors in self._encoded([texts[p] for p in new], on_progress):
            keep(new[start : start + _WRITE], vectors)
        self._load_vectors()
        return len(new)

    def save_vectors(self, path: Path) -> None:
        """Write the items' vectors as float16 (an error of 2e-4 in a cosine), to ship them with a catalogue."""
        marks = self._stored_marks()
        np.savez(
            path, embedder=self._embedder.name, marks=[marks[item.id] for item in self._catalogue.items],
            vectors=self.vectors.astype(np.float16),
        )  # fmt: skip

    def refresh_sentences(self, on_progress: Callable[[int, int], None] | None = None) -> int:
        """Embed the sentences of the items' texts ahead, so that no turn waits for them. Returns how many were new.

        Beyond 60,000 sentences they are embedded when they are first needed.
        """
        texts = {
            hashlib.sha256(s.encode()).hexdigest()[:32]: s
            for item in self._catalogue.items
            for s in sentences(item.text)[:PER_ITEM]
        }
        ids = list(texts)[:_AHEAD]
        vectors = _vectors(self._ahead)
        gone = sorted(vectors.keys() - set(ids))
        for start in range(0, len(gone), _WRITE):
            self._ahead.delete(ids=gone[start : start + _WRITE])
        new = [i for i in ids if i not in vectors]
        for start, encoded in self._encoded([texts[i] for i in new], on_progress):
            part = new[start : start + _WRITE]
            self._ahead.upsert(ids=part, embeddings=encoded)
            vectors.update(zip(part, encoded, strict=True))
        self._embedded_ahead = {texts[i]: np.asarray(vectors[i], dtype=np.float32) for i in ids}
        return len(new)

    def _encoded(
        self, texts: Sequence[str], on_progress: Callable[[int, int], None] | None
    ) -> Iterator[tuple[int, Floats]]:
        """Vectors of texts, as many at once as are written at once, with the place of the first."""
        for start in range(0, len(texts), _WRITE):

            def forward(done: int, _total: int, before: int = start) -> None:
                if on_progress:
                    on_progress(before + done, len(texts))

            yield start, self._embedder.encode(texts[start : start + _WRITE], forward)

    def search(self, query: str, k: int, allowed: Mask | None = None) -> dict[int, float]:
        """position → cosine similarity of the `k` items nearest in meaning to a text, among `allowed`.

        Nothing when Chroma does not answer: the vectors in memory, which `similarity` reads, are then all there is.
        """
        if not query.strip() or not len(self._catalogue):
            return {}
        vector = self._encode_query(query)
        arguments: dict[str, Any] = {"query_embeddings": vector[None, :], "include": ["distances"]}
        n_allowed = len(self._catalogue) if allowed is None else int(allowed.sum())
        if n_allowed == 0:
            return {}
        if allowed is not None and n_allowed <= _FEW:
            arguments["ids"] = [self._catalogue.items[p].id for p in np.flatnonzero(allowed)]
        try:
            found = self._collection.query(n_results=min(k, n_allowed), **arguments)
        except Exception as error:  # chromadb raises many kinds
            if not self._silent:  # once an outage, not once a turn
                log.warning("Chroma does not answer (%s): until it does, the vectors in memory find the items", error)
            self._silent = True
            return {}
        self._silent = False
        ids, distances = found["ids"][0], found["distances"][0]
        positions = [(self._catalogue.position[i], 1.0 - d) for i, d in zip(ids, distances, strict=True)
                     if i in self._catalogue]  # fmt: skip
        return {p: float(s) for p, s in positions if allowed is None or allowed[p]}

    def check(self) -> None:
        """Raise RetrieverError unless Chroma answers."""
        try:
            self._collection.count()
        except Exception as error:  # chromadb raises many kinds
            raise RetrieverError(f"Chroma does not answer ({error}). Check CHROMA_URL and its server.") from error

    def similarity(self, query: str) -> Floats:
        """(n_items,) cosine similarity of every item to a text."""
        if not len(self._catalogue):
            return np.zeros(0, dtype=np.float32)
        similarity: Floats = self.vectors @ self._encode_query(query)
        return similarity

    def best_sentences(self, query: str, texts: Sequence[Sequence[str]]) -> list[tuple[str, float]]:
        """Per text (a list of sentences), the sentence nearest in meaning to the query, and its cosine similarity."""
        target = self._encode_query(query)
        # Several turns run at once: a full cache is replaced, never emptied under someone else's hands.
        known = self._sentences if len(self._sentences) <= _KEPT_SENTENCES else {}
        self._sentences = known
        ahead = self._embedded_ahead
        new = list(dict.fromkeys(s for text in texts for s in text if s not in ahead and s not in known))
        if new:
            known.update(zip(new, self._embedder.encode(new), strict=True))
        best = []
        for text in texts:
            scored = [(float((ahead[s] if s in ahead else known[s]) @ target), s) for s in text]
            similarity, sentence = max(scored, default=(0.0, ""))
            best.append((sentence, similarity))
        return best

    def _stored_marks(self) -> Mapping[str, str]:
        pages = _pages(self._collection, "metadatas")
        return {i: str(m["mark"]) for page in pages for i, m in zip(page["ids"], page["metadatas"], strict=True)}

    def _load_vectors(self) -> None:
        rows = _vectors(self._collection)
        vectors = [rows[item.id] for item in self._catalogue.items]
        self.vectors = np.array(vectors, dtype=np.float32) if vectors else np.zeros((0, 1), dtype=np.float32)
