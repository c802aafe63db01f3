"""The packaged language model, really run: llama.cpp in this process, through the client that speaks to vLLM too."""

import asyncio
import math
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.llm.clients import EmbeddedServer, LanguageModelError, OpenAIModel
from agents.llm.prompts import plan_schema, reading_prompt
from agents.plan import Intent, Stance, TurnPlan
from agents.reading.evidence import LogLinear, ReadingEvidence
from agents.reading.judging import JudgingReader
from agents.reading.readers import LLMReader
from agents.reading.rules import RuleReader
from app.settings import Settings
from app.wiring import open_model
from recommender import packaged
from recommender.catalogue import Catalogue
from storage.records import ItemRecord
from tests.app.conftest import Shop

pytestmark = pytest.mark.llm
MESSAGE = "I loved the Aldine Guitar, show me something blue under 200 dollars"


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    yield EmbeddedServer(threads=1)


@pytest.fixture
def model(server: EmbeddedServer) -> OpenAIModel:
    return OpenAIModel(server.url, "SmolLM2-135M-Instruct", server.key, timeout_s=60)


def listening() -> set[tuple[str, int]]:
    """Addresses that this process accepts connections on, as the kernel sees them."""
    ours = {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.exists() or link.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and f"socket:[{cells[9]}]" in ours:
                address, port = cells[1].split(":")
                found.add((address, int(port, 16)))
    return found


def test_it_starts_in_seconds_and_listens_on_loopback_only(server: EmbeddedServer) -> None:
    assert server.seconds_to_start < 30
    port = httpx.URL(server.url).port
    assert httpx.URL(server.url).host == "127.0.0.1" and port
    assert {address for address, found in listening() if found == port} == {"0100007F"}
    with socket.socket() as outside, pytest.raises(OSError):
        outside.connect(("127.0.0.2", port))


def test_it_wants_its_key(server: EmbeddedServer) -> None:
    body = {"model": "x", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 1}
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {server.key[:-1]}"}):
        answer = httpx.post(f"{server.url}/chat/completions", json=body, headers=headers, timeout=60)
        assert answer.status_code == 401
    right = {"Authorization": f"Bearer {server.key}"}
    assert httpx.post(f"{server.url}/chat/completions", json=body, headers=right, timeout=60).status_code == 200
    assert len(server.key) >= 20 and server.key not in server.url


async def test_a_plan_under_the_schema_is_always_a_plan(model: OpenAIModel) -> None:
    schema = plan_schema()
    answer = await model.complete_json(reading_prompt(MESSAGE, []), schema, 300)
    assert set(answer) <= set(schema["properties"]) and "intent" in answer  # type: ignore[call-overload]
    TurnPlan.model_validate(answer)


async def test_the_reader_reads_or_lets_the_rules_read(shop: Shop, model: OpenAIModel) -> None:
    brain = shop.service().brain
    reading = await LLMReader(model, brain.titles, brain.rules, timeout_s=60).read(MESSAGE, [])
    assert reading.source == "llm" or reading.note
    assert all(mention.text.casefold() in MESSAGE.casefold() for mention in reading.plan.mentions)
    hurried = await LLMReader(model, brain.titles, brain.rules, timeout_s=0.001).read(MESSAGE, [])
    assert hurried.source == "rules" and "slow" in hurried.note and hurried.plan.mentions[0].id == "guitars-1"


async def test_words_come_piece_by_piece(model: OpenAIModel) -> None:
    prompt = [SystemMessage("Answer in one sentence."), HumanMessage("Why do people drink tea?")]
    started, pieces, first_s = time.perf_counter(), [], 0.0
    async for piece in model.stream(prompt, 24):
        first_s = first_s or time.perf_counter() - started
        pieces.append(piece)
    assert len(pieces) >= 5 and all(pieces) and len("".join(pieces)) > 10
    assert first_s < (time.perf_counter() - started) / 2


async def test_a_stream_can_be_left_and_the_server_goes_on(model: OpenAIModel) -> None:
    prompt = [HumanMessage("Count from one to a thousand.")]
    async for _ in model.stream(prompt, 400):
        break
    two = await asyncio.gather(*(one_word(model) for _ in range(2)))
    assert all(two)


async def one_word(model: OpenAIModel) -> str:
    return "".join([piece async for piece in model.stream([HumanMessage("Say hello.")], 4)])


async def test_the_settings_that_use_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default it judges what is in doubt, having our adapter, and templates speak; words can be asked of it too."""
    monkeypatch.setenv("PALATE_LLM", "auto")
    service = shop.service(llm="auto", threads=1, words="llm")
    model = service.brain.model
    assert isinstance(model, OpenAIModel) and not service.brain.model_note and model.name == "SmolLM2-135M-Instruct"
    answer = await service.answer(secrets.token_hex(8), "I want a backpack", None, 3)
    assert isinstance(service.brain.controller.reader, JudgingReader)
    assert not answer["note"] or "slow" in answer["note"]  # a busy machine may take too long
    assert answer["reply"] and len(answer["items"]) == 3


async def test_tuned_it_judges_as_it_was_taught(server: EmbeddedServer, model: OpenAIModel) -> None:
    """The GGUF adapter computes what was tuned: untuned, the model calls nearly everything by one word."""
    assert server.tuned
    films = Catalogue([ItemRecord("gremlins", "Gremlins"), ItemRecord("fargo", "Fargo"), ItemRecord("alien", "Alien")])
    titles = TitleLinker(films)
    unlearnt = ReadingEvidence(LogLinear([*Intent], {}), LogLinear([*Stance], {}))  # so that the model decides
    rules = RuleReader(titles, FacetLinker(films), unlearnt)
    reader = JudgingReader(model, titles, rules, timeout_s=60, sure=math.inf)
    expected = {
        "I hated Gremlins": ("feedback", {"gremlins": "disliked"}),
        "I loved Fargo, what should I watch next?": ("recommend", {"fargo": "liked"}),
        "something like Alien": ("more_like", {"alien": "similar_to"}),
        "who directed Fargo?": ("about_item", {"fargo": "neutral"}),
        "is Alien better than Gremlins?": ("compare", {"alien": "neutral", "gremlins": "neutral"}),
    }
    right = 0
    for message, (intent, stances) in expected.items():
        plan = (await reader.read(message, [])).plan
        right += (plan.intent.value, {m.id: m.stance.value for m in plan.mentions}) == (intent, stances)
    assert right >= 4


def test_without_its_parts_the_reason_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert packaged.packaged_llm().stat().st_size > 50_000_000
    monkeypatch.setattr(packaged, "LLM", ("no_such_package", "x.gguf"))
    with pytest.raises(LanguageModelError, match="pip install"):
        EmbeddedServer()
    model, note = open_model(Settings(llm="auto"))
    assert model is None and "pip install" in note
