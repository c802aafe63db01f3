"""The HTTP API on real sockets: many at once, streams, and people who leave."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from app.identity import COOKIE, Identity
from app.server import build_app
from app.service import ChatService
from tests.app.api import SECRET, STREAM, app_of, assert_error, visitor
from tests.app.conftest import Shop
from tests.app.waiting import until
from tests.fakes.openai_server import FakeOpenAI


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """The app on real sockets; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


async def test_thirty_two_chats_do_not_queue(shop: Shop, fake: FakeOpenAI) -> None:
    """Each waits a second for the language model; one after the other they would take over half a minute."""
    service = shop.service(llm="auto", llm_url=fake.url)
    fake.plan, fake.words_mode, fake.delay_s = {"wanted": ["backpack"]}, "slow", 1.0

    async def one(url: str) -> float:
        started = time.perf_counter()
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            answer = await client.post("/api/v1/chat", json={"message": "a backpack"})
        assert answer.status_code == 200 and answer.json()["reply"] and len(answer.json()["items"]) == 5
        return time.perf_counter() - started

    with running(app_of(service)) as url:
        await one(url)
        started = time.perf_counter()
        seconds = await asyncio.gather(*(one(url) for _ in range(32)))
        total = time.perf_counter() - started
    assert fake.most_at_once >= 20, f"only {fake.most_at_once} calls at the same time"
    assert total < 10 and max(seconds) < 10


async def test_cards_arrive_before_the_words_and_leaving_stops_the_turn(shop: Shop, fake: FakeOpenAI) -> None:
    service = shop.service(llm="auto", llm_url=fake.url)
    fake.plan, fake.words_mode = {"wanted": ["backpack"]}, "hang"
    with running(app_of(service)) as url:
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            kinds = []
            async with client.stream("POST", "/api/v1/chat", json={"message": "a backpack"}, headers=STREAM) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("event: "):
                        kinds.append(line.removeprefix("event: "))
                    if kinds == ["plan", "items"] and line.startswith("data: "):
                        shown = json.loads(line.removeprefix("data: "))
                        if "items" in shown:
                            break
            talk = f"/api/v1/conversations/{shown['conversation_id']}"
            await until(lambda: status_of(service, client.cookies[COOKIE], shown["conversation_id"]) == "stopped")
            fake.words_mode = "good"
            more = await client.post(
                "/api/v1/chat", json={"message": "and in red", "conversation_id": shown["conversation_id"]}
            )
            assert more.status_code == 200 and more.json()["source"] == "llm"
            turns = (await client.get(talk)).json()["turns"]
    assert [turn["status"] for turn in turns] == ["stopped", "done"]
    assert turns[0]["items"] == shown["items"]


def status_of(service: ChatService, token: str, talk: str) -> str:
    person = Identity(SECRET).read(token)
    assert person
    return service.stores.conversations.turns(person, talk)[-1].status.value


def test_the_page_takes_no_files(service: ChatService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradio's routes would store them, whoever sends them."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    client = visitor(build_app(service, SECRET))
    assert client.get("/").status_code == 200
    for route in ("upload", "upload/", "process_recording"):
        answer = client.post(f"/gradio_api/{route}", files={"files": ("x.txt", b"x")})
        assert_error(answer, 415, "no_files")
    mixed_case = {"Content-Type": "Multipart/Form-Data; boundary=b"}
    assert_error(client.post("/gradio_api/upload", content=b"--b--", headers=mixed_case), 415, "no_files")
    other_type = {"Content-Type": "text/plain; boundary=b"}
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="x"\r\n\r\nx\r\n--b--\r\n'
    assert client.post("/gradio_api/upload", content=part, headers=other_type).status_code >= 400
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
