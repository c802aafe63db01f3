"""A language model on a virtual clock: it charges for tokens and never sleeps.

Prompt tokens that an earlier call has left in a prefix cache of blocks are free, as in vLLM; the cache forgets nothing.
Tokens are those of the packaged SmolLM2, a byte-level BPE as the larger served models have.
"""

import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from langchain_core.messages import BaseMessage

from agents.llm.prompts import NO_NAME
from recommender.packaged import packaged_llm

_START, _END = -1, -2  # the marks around a message; roles are further negative numbers
_ROLES = {"system": -3, "human": -4, "ai": -5}


@cache
def packaged_tokenizer() -> Any:
    """The tokenizer inside the packaged weights; its file is read by the package gguf."""
    from transformers import AutoTokenizer

    weights = packaged_llm()
    return AutoTokenizer.from_pretrained(weights.parent, gguf_file=weights.name, local_files_only=True)


@dataclass(frozen=True)
class Prices:
    """What the stub charges, in milliseconds a token, and the size of a cached block in tokens."""

    prompt_ms: float = 0.15
    output_ms: float = 12.0
    block: int = 16


@dataclass
class Call:
    """One call's tokens."""

    prompt: int
    cached: int
    output: int


class VirtualServer:
    """Serves one model with a prefix cache that forgets nothing; `seconds` is its clock."""

    def __init__(self, prices: Prices) -> None:
        self.seconds = 0.0
        self.calls: list[Call] = []
        self.prices = prices
        self._kept: set[tuple[int, ...]] = set()
        self._tokenizer = packaged_tokenizer()

    def tokens(self, text: str) -> list[int]:
        """Token ids of a text, without marks."""
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def answer(self, messages: Sequence[BaseMessage], text: str) -> None:
        """Charge for reading the messages and writing `text`; the blocks of both are cached from then on."""
        prompt = [token for message in messages for token in self._marked(message)] + [_START, _ROLES["ai"]]
        written = [*self.tokens(text), _END]
        cached = self._cached(prompt)
        self.seconds += ((len(prompt) - cached) * self.prices.prompt_ms + len(written) * self.prices.output_ms) / 1000
        self.calls.append(Call(len(prompt), cached, len(written)))
        whole, size = (*prompt, *written), self.prices.block
        # A block is known by everything before it, as in vLLM: the same text elsewhere is another block.
        self._kept.update(whole[:end] for end in range(size, len(whole) + 1, size))

    def _cached(self, prompt: list[int]) -> int:
        cached, size = 0, self.prices.block
        # The last token is always computed: its output is what the first new token is made of.
        while cached + size < len(prompt) and tuple(prompt[: cached + size]) in self._kept:
            cached += size
        return cached

    def _marked(self, message: BaseMessage) -> list[int]:
        return [_START, _ROLES[message.type], *self.tokens(str(message.content)), _END]


class StubModel:
    """Answers as the rule reader would read and as the evidence says, and charges the server for it."""

    name = "stub"

    def __init__(self, server: VirtualServer) -> None:
        self._server = server
        self.plan: dict[str, Any] = {}  # what the next planning call answers
        self.reply = ""

    async def complete_json(self, messages: list[BaseMessage], schema: dict[str, Any], max_tokens: int) -> Any:
        answer = self.plan
        if "mentions" not in schema["properties"]:  # the short judgement: an intent and a stance a marked name
            marked = dict(re.findall(r"\[(\d) ([^\]]+)\]", str(messages[-1].content)))
            stances = {mention["text"].casefold(): mention["stance"] for mention in self.plan.get("mentions", [])}
            answer = {"intent": self.plan["intent"]}
            for number in list(schema["properties"])[1:]:
                answer[number] = stances.get(marked.get(number, "").casefold(), NO_NAME)
        self._server.answer(messages, json.dumps(answer, separators=(",", ":"), ensure_ascii=False))
        return answer

    async def stream(self, messages: list[BaseMessage], max_tokens: int) -> AsyncIterator[str]:
        lines = [line[2:] for line in str(messages[-1].content).splitlines() if line.startswith("- ")]
        sentences = [line.rpartition(". ")[2].rstrip(".") + "." for line in lines]
        self.reply = " ".join(sentences)
        self._server.answer(messages, self.reply)
        yield self.reply
