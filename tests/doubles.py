"""Doubles that several test folders share: an embedder, a language model, a model of taste, and a ranker of them."""

import asyncio
import json
import re
import uuid
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import chromadb
import numpy as np
import numpy.typing as npt
from chromadb.config import Settings
from langchain_core.messages import BaseMessage

from recommender.arrays import Floats
from recommender.catalogue import Catalogue
from recommender.data.sequences import Indexes, Split
from recommender.models.base import FitOptions, OnProgress, SequentialModel
from recommender.serving.rank import Recommender, Weights
from recommender.serving.recall import Recall
from recommender.serving.retrieve import Retriever
from storage.records import ItemRecord

Mode = Literal["words", "raises", "hangs", "junk", "endless", "slow", "wrong", "chinese"]


class BagOfWords:
    """An embedder without a model: texts are alike as far as they share words.

    Args:
        dimensions: into how many places words are hashed.
    """

    def __init__(self, dimensions: int = 128, name: str = "bag of words") -> None:
        self._dimensions = dimensions
        self._name = name
        self.encoded: list[str] = []

    @property
    def name(self) -> str:
        return self._name

    def encode(self, texts: Sequence[str], on_progress: Callable[[int, int], None] | None = None) -> Floats:
        self.encoded += texts
        vectors = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.casefold()) or ["nothing"]:
                vectors[row, zlib.crc32(word.encode()) % self._dimensions] += 1
        if on_progress:
            on_progress(len(texts), len(texts))
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


class SilentCollection:
    """A collection of a Chroma server that is gone."""

    def __init__(self) -> None:
        self.asked = 0

    def query(self, **_: object) -> None:
        self.asked += 1
        raise ConnectionError("10.0.0.7 refused the connection")

    def count(self) -> int:
        raise ConnectionError("10.0.0.7 refused the connection")


class ScriptedModel:
    """A language model that behaves well or badly on purpose.

    Args:
        mode: "words" gives `plan` and `reply`; "slow" gives them after `pause_s` a piece; "raises" fails as a dead
            server does; "hangs" never answers; "junk" is cut-off JSON and noise; "endless" never ends a sentence;
            "wrong" names things that are not there; "chinese" answers in another language.
    """

    def __init__(
        self,
        mode: Mode = "words",
        plan: Mapping[str, Any] | None = None,
        reply: str = "",
        pause_s: float = 0.05,
    ) -> None:
        self.name = f"scripted ({mode})"
        self.mode = mode
        self.plan: dict[str, Any] = dict(plan or {"intent": "recommend"})
        self.reply = reply
        self.pause_s = pause_s
        self.prompts: list[list[BaseMessage]] = []
        self.streams_open = 0

    async def complete_json(self, messages: list[BaseMessage], schema: dict[str, Any], max_tokens: int) -> Any:
        self.prompts.append(messages)
        await self._before_answering()
        if self.mode == "junk":
            return json.loads('{"intent": "recommend", "mentions": [{"te')
        if self.mode == "endless":
            return json.loads('{"intent": "' + "recommend" * 500)
        if self.mode == "wrong":
            invented = [{"text": "The Teapot Conspiracy", "id": "teapot-1999", "stance": "liked"}]
            return {**self.plan, "mentions": invented, "wanted": ["submarines"]}
        if self.mode == "chinese":
            return {"intent": "推荐", "mentions": [], "wanted": ["好看"]}
        return self.plan

    async def stream(self, messages: list[BaseMessage], max_tokens: int) -> AsyncIterator[str]:
        self.prompts.append(messages)
        self.streams_open += 1
        try:
            await self._before_answering()
            async for piece in self._pieces():
                yield piece
        finally:
            self.streams_open -= 1

    async def _before_answering(self) -> None:
        if self.mode == "raises":
            raise ConnectionError("connection refused")
        if self.mode == "hangs":
            await asyncio.Event().wait()
        if self.mode == "slow":
            await asyncio.sleep(self.pause_s)

    async def _pieces(self) -> AsyncIterator[str]:
        text = {
            "junk": '}{"]]\\u00 <|im_end|> 0x7f ,,,, \n\n',
            "wrong": "You should really see The Teapot Conspiracy from 1999. Nine out of ten critics agree with me.",
            "chinese": "这些电影都很适合你。第一部最好看。",
        }.get(self.mode, self.reply)
        if self.mode == "endless":
            while True:
                await asyncio.sleep(0)
                yield "and another thing and "
        for piece in re.findall(r"\s*\S+", text):
            await asyncio.sleep(self.pause_s if self.mode == "slow" else 0)
            yield piece


class TableModel(SequentialModel):
    """Scores by a table: an item's score is the sum, over the history, of what each item says for it.

    Args:
        table: (n_items, n_items); row i is what item i of a history gives to every item.
    """

    name: ClassVar[str] = "table"
    paper: ClassVar[str] = "none"

    def __init__(self, items: Sequence[str], table: Sequence[Sequence[float]]) -> None:
        super().__init__(items)
        self._table = np.array(table, dtype=np.float32).reshape(len(items), len(items))

    def _scores(self, histories: Sequence[Indexes]) -> Floats:
        rows = [self._table[np.asarray(history, dtype=np.int64) - 1].sum(axis=0) for history in histories]
        return np.array(rows, dtype=np.float32).reshape(len(histories), self.n_items)

    def fit(self, split: Split, options: FitOptions, on_progress: OnProgress | None = None) -> dict[str, Any]:
        raise NotImplementedError

    def config(self) -> dict[str, Any]:
        raise NotImplementedError

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        raise NotImplementedError

    @classmethod
    def restore(cls, items: Sequence[str], config: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        raise NotImplementedError


def recommender(
    items: Catalogue | Iterable[ItemRecord],
    student: SequentialModel | None = None,
    neighbours: SequentialModel | None = None,
    popular: SequentialModel | None = None,
    weights: Weights | None = None,
    dimensions: int = 128,
) -> Recommender:
    """Ranks these items with a bag of words for meaning and whatever models are given."""
    catalogue = items if isinstance(items, Catalogue) else Catalogue(items)
    client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
    # Ephemeral clients share one memory: every collection has a name of its own.
    retriever = Retriever(client, catalogue, BagOfWords(dimensions), name=f"test-{uuid.uuid4().hex[:12]}")
    retriever.refresh()
    return Recommender(Recall(catalogue, retriever, student, neighbours, popular), weights)
