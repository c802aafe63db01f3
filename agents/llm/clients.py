"""The language model: one OpenAI-compatible client, whether it speaks to vLLM or to llama.cpp in this process.

`LanguageModel.stream` and `LanguageModel.complete_json` are all the rest of Palate knows of it. The embedded server
listens on loopback only, behind a key made at start, and speaks the same protocol as vLLM.
"""

import asyncio
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from langchain_core.messages import BaseMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from recommender.packaged import PackagedError, packaged_llm

log = logging.getLogger(__name__)
T = TypeVar("T")
ADAPTER = Path(__file__).resolve().parents[2] / "data" / "adapter" / "adapter.gguf"


class LanguageModelError(Exception):
    """The model cannot be started or reached; the text says what to do next."""


class LanguageModel(Protocol):
    """What the turn needs of a model. Both calls raise whatever the transport raises; callers bound the time."""

    name: str

    async def complete_json(self, messages: list[BaseMessage], schema: dict[str, Any], max_tokens: int) -> Any:
        """One answer under a JSON schema, parsed."""

    def stream(self, messages: list[BaseMessage], max_tokens: int) -> AsyncIterator[str]:
        """The answer piece by piece."""


async def ask_json(
    model: LanguageModel,
    messages: list[BaseMessage],
    schema: dict[str, Any],
    max_tokens: int,
    timeout_s: float,
    use: Callable[[Any], T],
    product: str,
) -> tuple[T | None, str]:
    """What `use` makes of one schema-bound answer, and ""; or None, and why there is none, for people to read.

    Args:
        use: raises ValueError, TypeError or KeyError for an answer that is not what was asked for.
        product: what was asked for, e.g. "plan".
    """
    try:
        async with asyncio.timeout(timeout_s):
            answer = await model.complete_json(messages, schema, max_tokens)
        return use(answer), ""
    except TimeoutError:
        return None, "the language model was too slow"
    except (ValueError, TypeError, KeyError):
        return None, f"the language model's {product} could not be used"
    except Exception as error:  # the transport raises many kinds
        log.info("call for a %s failed: %s", product, type(error).__name__)
        return None, "the language model did not answer"


class OpenAIModel:
    """Any OpenAI-compatible server, vLLM meant.

    Args:
        timeout_s: of a whole call; a hung server is given up after that.
    """

    def __init__(self, url: str, model: str, key: str = "", timeout_s: float = 20.0) -> None:
        self.name = model
        self.url = url
        self._client = ChatOpenAI(
            base_url=url,
            model=model,
            api_key=SecretStr(key or "none"),
            temperature=0,
            timeout=timeout_s,
            max_retries=0,  # a second try is the rules' or the template's, at once
        )

    async def complete_json(self, messages: list[BaseMessage], schema: dict[str, Any], max_tokens: int) -> Any:
        bound = self._client.bind(
            max_tokens=max_tokens,
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": schema, "strict": True},
            },
        )
        answer = await bound.ainvoke(messages)
        return json.loads(str(answer.text))

    async def stream(self, messages: list[BaseMessage], max_tokens: int) -> AsyncIterator[str]:
        async for chunk in self._client.bind(max_tokens=max_tokens).astream(messages):
            piece = str(chunk.text)
            if piece:
                yield piece


class EmbeddedServer:
    """llama.cpp with the packaged SmolLM2-135M-Instruct, in this process, on a free loopback port.

    Args:
        adapter: a LoRA adapter in GGUF; where there is no such file, the model stays as it was packaged.

    Attributes:
        tuned: whether the adapter is loaded.

    Raises:
        LanguageModelError: the weights or the library are missing, or the server does not start.
    """

    def __init__(self, threads: int = 2, context: int = 4096, slots: int = 2, adapter: Path | None = ADAPTER) -> None:
        started = time.perf_counter()
        try:
            import xllamacpp
        except ImportError as error:
            raise LanguageModelError("xllamacpp is missing. Run: pip install -r requirements.txt") from error
        params = xllamacpp.CommonParams()
        try:
            params.model.path = str(packaged_llm())
        except PackagedError as error:
            raise LanguageModelError(str(error)) from error
        self.tuned = adapter is not None and adapter.is_file()
        if self.tuned:
            lora = xllamacpp.CommonAdapterLoraInfo()
            lora.path, lora.scale = str(adapter), 1.0
            params.lora_adapters = [lora]
        params.n_ctx, params.n_parallel = context * slots, slots
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.verbosity = 0
        self.key = secrets.token_urlsafe(16)
        params.api_keys = [self.key]
        try:
            self._server = xllamacpp.Server(params)
        except Exception as error:  # the binding raises many kinds
            raise LanguageModelError(f"llama.cpp did not start: {error}") from error
        self.url = f"{self._server.listening_address.rstrip('/')}/v1"
        self.seconds_to_start = time.perf_counter() - started


class EmbeddedModel(OpenAIModel):
    """The client of an embedded server, which lives as long as this.

    Attributes:
        tuned: whether the server has our adapter.
    """

    def __init__(self, server: EmbeddedServer, timeout_s: float = 20.0) -> None:
        super().__init__(server.url, "SmolLM2-135M-Instruct", server.key, timeout_s)
        self._server = server
        self.tuned = server.tuned
