"""Palate against a real vLLM server: plans, words, adapter, prefix cache; turns while it hangs, dies and comes back.

Runs by `make test-vllm` alone: the server needs an environment of several gigabytes and a minute or more to start.
"""

import asyncio
import os
import secrets
import socket
import time
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agents.linking.titles import TitleSpan
from agents.llm.clients import LanguageModel, OpenAIModel
from agents.llm.prompts import NO_NAME, judging_prompt, judging_schema, plan_schema, reading_prompt, telling_prompt
from agents.plan import Intent, Stance, TurnPlan
from app.service import ChatService
from app.settings import Settings
from app.wiring import build_brain
from tests.app.conftest import Shop
from tests.vllm.conftest import ADAPTER, BASE
from tests.vllm.server import VLLMServer

if "PALATE_TEST_VLLM" not in os.environ:
    pytest.skip("a real vLLM server is tested by `make test-vllm`", allow_module_level=True)

# One event loop for all: the client keeps its connections, and they belong to a loop.
pytestmark = [pytest.mark.vllm, pytest.mark.timeout(900), pytest.mark.asyncio(loop_scope="session")]
BLOCK = 32  # tokens, on a CPU
PATIENT_S = 120.0  # a busy machine without a GPU makes a few tokens a second
MESSAGE = "I loved the Aldine Guitar, show me something blue under 200 dollars"
EVIDENCE = "Aldine Guitar (guitars, blue, $180). fits: blue, under $200. A small body and a dark, even tone"
TEA: list[BaseMessage] = [SystemMessage("Answer in one sentence."), HumanMessage("Why do people drink tea?")]


async def test_it_wants_its_key_and_listens_on_loopback_only(server: VLLMServer) -> None:
    async with httpx.AsyncClient(timeout=PATIENT_S) as client:
        for wrong in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {server.key[:-1]}"}):
            assert (await client.get(f"{server.url}/models", headers=wrong)).status_code == 401
        right = await client.get(f"{server.url}/models", headers={"Authorization": f"Bearer {server.key}"})
    assert {model["id"] for model in right.json()["data"]} == {BASE, ADAPTER}
    with socket.socket() as outside, pytest.raises(OSError):
        outside.connect(("127.0.0.2", server.port))


async def test_a_plan_under_the_schema_is_a_plan(base: OpenAIModel) -> None:
    schema = plan_schema()
    answer = await base.complete_json(reading_prompt(MESSAGE, []), schema, 400)
    assert set(answer) <= set(schema["properties"]) and "intent" in answer  # type: ignore[call-overload]
    TurnPlan.model_validate(answer)


async def test_words_come_piece_by_piece(base: OpenAIModel) -> None:
    started, pieces, first_s = time.perf_counter(), [], 0.0
    async for piece in base.stream(TEA, 24):
        first_s = first_s or time.perf_counter() - started
        pieces.append(piece)
    assert len(pieces) >= 5 and len("".join(pieces)) > 10
    assert first_s < (time.perf_counter() - started) / 2


async def test_the_adapter_judges_under_its_schema(tuned: OpenAIModel) -> None:
    answer = await judgement(tuned)
    assert list(answer) == ["intent", "1"] and answer["intent"] in list(Intent)
    assert answer["1"] in [*Stance, NO_NAME]


async def judgement(model: LanguageModel) -> Any:
    """The short call of a tuned model, with room for a random one, which writes letter by letter."""
    name = "Aldine Guitar"
    span = TitleSpan(MESSAGE.index(name), MESSAGE.index(name) + len(name), name, "guitars-1")
    return await model.complete_json(judging_prompt(MESSAGE, [span], []), judging_schema(1), 80)


async def test_the_adapter_answers_otherwise_than_its_base(base: OpenAIModel, tuned: OpenAIModel) -> None:
    """Asked freely what it was tuned for. The first words only: later ones can differ by rounding from call to call."""
    assert await said(base) == await said(base)
    assert await said(tuned) not in ("", await said(base))


async def said(model: OpenAIModel) -> str:
    return "".join([piece async for piece in model.stream(judging_prompt(MESSAGE, [], []), 4)])


async def test_the_prompt_that_does_not_change_is_read_once(base: OpenAIModel, server: VLLMServer) -> None:
    """The prefix cache holds what both calls of a turn begin with: their own part is nearly all that is computed."""
    plan = AIMessage('{"intent":"refine","ranges":[{"facet":"year","relative":"higher"}]}')

    async def turn(message: str) -> None:
        asked = reading_prompt(message, [])
        await read_through(base, asked)
        await read_through(base, telling_prompt(message, [EVIDENCE], [*asked, plan]))

    await turn(MESSAGE)
    before = prefix_tokens(server)
    await turn("newer")
    asked, found = (now - then for now, then in zip(prefix_tokens(server), before, strict=True))
    print(f"\nprefix cache: {found:.0f} of {asked:.0f} prompt tokens, {found / asked:.1%}")
    # Only whole blocks are kept: up to one may be lost where a call's own part begins.
    assert asked > 2_000 and found >= 0.9 * (asked - 2 * BLOCK)


async def read_through(model: OpenAIModel, prompt: list[BaseMessage]) -> None:
    """A call with an answer of one token: the prompt is what is measured."""
    async for _ in model.stream(prompt, 1):
        pass


def prefix_tokens(server: VLLMServer) -> tuple[float, float]:
    return server.metric("vllm:prefix_cache_queries_total"), server.metric("vllm:prefix_cache_hits_total")


# --- turns while the server fails ---------------------------------------------------------------------------------


class Watched(OpenAIModel):
    """The client, which tells when a planning call sets out."""

    def __init__(self, server: VLLMServer) -> None:
        super().__init__(server.url, ADAPTER, server.key, PATIENT_S)
        self.asked = asyncio.Event()

    async def complete_json(self, messages: list[BaseMessage], schema: dict[str, Any], max_tokens: int) -> Any:
        self.asked.set()
        return await super().complete_json(messages, schema, max_tokens)


@pytest.fixture
def model(server: VLLMServer) -> Watched:
    return Watched(server)


@pytest.fixture
def service(shop: Shop, model: Watched) -> ChatService:
    """Reads by whole plans, so that every message is asked about, with the limits that people get."""
    settings = Settings(llm="off", reader="llm")
    return ChatService(shop.stores, build_brain(settings, shop.workspace, shop.catalogue, shop.retriever, model=model))


async def test_a_turn_survives_a_server_that_hangs_in_the_middle_of_it(
    service: ChatService, model: Watched, server: VLLMServer
) -> None:
    assert "intent" in await judgement(model)
    turn = await turn_under_way(service, model)
    server.freeze()
    frozen = time.perf_counter()
    answer = await turn
    assert time.perf_counter() - frozen < 3
    labelled(answer, "the language model was too slow")
    labelled(await service.answer(secrets.token_hex(8), MESSAGE, None, 3), "the language model was too slow")
    server.thaw()
    assert "intent" in await judgement(model)


async def test_a_turn_survives_a_server_killed_in_the_middle_of_it(
    service: ChatService, model: Watched, server: VLLMServer
) -> None:
    for _ in range(3):
        assert "intent" in await judgement(model)
        turn = await turn_under_way(service, model)
        server.kill()
        killed = time.perf_counter()
        answer = await turn
        if answer["source"] == "rules":
            break
        server.start()  # the call had been answered before the server was dead: once more
    labelled(answer, "the language model did not answer")
    labelled(await service.answer(secrets.token_hex(8), MESSAGE, None, 3), "the language model did not answer")
    assert time.perf_counter() - killed < 3
    server.start()
    assert "intent" in await judgement(model)


async def turn_under_way(service: ChatService, model: Watched) -> "asyncio.Task[dict[str, Any]]":
    """A turn that waits for its planning call."""
    model.asked.clear()
    turn = asyncio.create_task(service.answer(secrets.token_hex(8), MESSAGE, None, 3))
    await asyncio.wait_for(model.asked.wait(), 10)
    await asyncio.sleep(0.05)  # so that the call is at the server; its answer takes longer
    assert not turn.done()
    return turn


def labelled(answer: dict[str, Any], note: str) -> None:
    """The rules read the turn in full, and it says so."""
    assert answer["source"] == "rules" and answer["note"] == note
    assert answer["steps"][0]["detail"].startswith("by rules")
    assert answer["reply"] and answer["plan"]["mentions"][0]["id"] == "guitars-1" and len(answer["items"]) == 3
