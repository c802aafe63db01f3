"""A language model server for tests: real sockets, the OpenAI chat completions protocol, and faults on demand.

It answers a call with a `response_format` as a planning call, any other as a call for words. Both can fail in every way
that a real server can; the mode may be changed while it runs. Knows nothing of Palate beyond the form of its prompts.
"""

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

Mode = Literal["good", "hang", "slow", "junk", "error", "malformed", "endless", "cut"]
PLAN: dict[str, Any] = {
    "intent": "recommend", "mentions": [], "wanted": [], "unwanted": [], "ranges": [], "count": None, "refers_to": [],
    "forget": [],
}  # fmt: skip
_GIVE_UP_S = 30.0


class FakeOpenAI:
    """The server, on a free loopback port that stays the same when it dies and comes back.

    Attributes:
        plan_mode, words_mode: what happens to each kind of call. `good` answers at once, `slow` after `delay_s`, `hang`
            never; `junk` is no JSON, `error` a status 500, `malformed` a proper answer that is no plan (and words that
            stand in no evidence), `endless` a text without end; `cut` breaks off in the middle.
        plan: the plan to give, or a function of the message.
        words: the words to give, or a function of the prompt. By default what the prompt says of the picks.
        asked: the bodies of all calls. most_at_once: the most calls that were open at the same time.
    """

    def __init__(self, key: str = "") -> None:
        self.key = key
        self.plan_mode: Mode = "good"
        self.words_mode: Mode = "good"
        self.delay_s = 0.5
        self.plan: dict[str, Any] | Callable[[str], dict[str, Any]] = PLAN
        self.words: str | Callable[[str], str] = evidence_again
        self.asked: list[dict[str, Any]] = []
        self.most_at_once = 0
        self._open = 0
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._server: _Server | None = None
        self._closing = threading.Event()
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def set_mode(self, mode: Mode) -> None:
        """The same mode for plans and words."""
        self.plan_mode = self.words_mode = mode

    def start(self) -> None:
        """Listen, on the port of last time if there was one."""
        self._closing = threading.Event()
        self._server = _Server(self)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def kill(self) -> None:
        """Die: whoever is being answered is cut off, and new connections are refused."""
        if self._server is None:
            return
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):  # it may be closed already
                    connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    # --- called by the handlers -----------------------------------------------------------------------------------

    def entered(self, body: dict[str, Any], connection: socket.socket) -> None:
        with self._lock:
            self.asked.append(body)
            self._connections.add(connection)
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)

    def left(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)
            self._open -= 1

    def wait(self, seconds: float) -> None:
        """Sleep, but not beyond the server's death."""
        if self._closing.wait(seconds):
            raise ConnectionError("killed")

    def text_for(self, body: dict[str, Any]) -> str:
        """What a good server says to this call."""
        prompt = str(body["messages"][-1]["content"])
        if "response_format" in body:
            if self.plan_mode == "malformed":
                return json.dumps({"intent": "conquer", "mentions": "all of them"})
            plan = self.plan(prompt) if callable(self.plan) else self.plan
            return json.dumps({**PLAN, **plan})
        if self.words_mode == "malformed":
            return "Buy the Golden Zeppelin of Ruritania for 99999 doubloons. See https://example.org now."
        return self.words(prompt) if callable(self.words) else self.words


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, fake: FakeOpenAI) -> None:
        self.fake = fake
        super().__init__(("127.0.0.1", fake.port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave are part of the tests: say nothing."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        fake = self.server.fake
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if fake.key and self.headers.get("Authorization") != f"Bearer {fake.key}":
            self._send(401, json.dumps({"error": {"message": "wrong key", "type": "auth", "code": 401}}))
            return
        fake.entered(body, self.connection)
        try:
            self._answer(fake, body, fake.plan_mode if "response_format" in body else fake.words_mode)
        except OSError:
            pass  # the client is gone, or this server was killed
        finally:
            fake.left(self.connection)

    def _answer(self, fake: FakeOpenAI, body: dict[str, Any], mode: Mode) -> None:
        if mode == "hang":
            fake.wait(_GIVE_UP_S)
        elif mode == "slow":
            fake.wait(fake.delay_s)
        elif mode == "junk":
            self._send(200, "<html>\x00 this is no completion", "text/html")
            return
        elif mode == "error":
            self._send(500, json.dumps({"error": {"message": "out of memory", "type": "server", "code": 500}}))
            return
        if body.get("stream"):
            self._stream(fake, fake.text_for(body), mode)
        else:
            self._whole(fake, fake.text_for(body), mode)

    def _whole(self, fake: FakeOpenAI, text: str, mode: Mode) -> None:
        message = {"role": "assistant", "content": text}
        answer = json.dumps({
            "id": "fake", "object": "chat.completion", "created": 0, "model": "fake",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        })  # fmt: skip
        if mode == "endless":
            self._head(200, "application/json")
            started = answer.partition('"content": "')[0] + '"content": "'
            self._forever(fake, started.encode(), b"la ")
        elif mode == "cut":
            self._head(200, "application/json", length=len(answer.encode()))
            self.wfile.write(answer.encode()[: len(answer) // 2])
        else:
            self._send(200, answer)

    def _stream(self, fake: FakeOpenAI, text: str, mode: Mode) -> None:
        self._head(200, "text/event-stream")
        if mode == "endless":
            self._forever(fake, b"", _chunk("la "))
        pieces = [word + " " for word in text.split(" ")]
        for place, piece in enumerate(pieces):
            if mode == "cut" and place >= len(pieces) // 2:
                return
            self.wfile.write(_chunk(piece))
        self.wfile.write(_chunk("", "stop") + b"data: [DONE]\n\n")

    def _forever(self, fake: FakeOpenAI, start: bytes, again: bytes) -> None:
        self.wfile.write(start)
        until = time.monotonic() + _GIVE_UP_S
        while time.monotonic() < until:
            self.wfile.write(again)
            fake.wait(0.002)
        raise ConnectionError("given up")

    def _send(self, status: int, text: str, kind: str = "application/json") -> None:
        self._head(status, kind, length=len(text.encode()))
        self.wfile.write(text.encode())

    def _head(self, status: int, kind: str, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()


def _chunk(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    event = {"id": "fake", "object": "chat.completion.chunk", "created": 0, "model": "fake", "choices": [choice]}
    return f"data: {json.dumps(event)}\n\n".encode()


def evidence_again(prompt: str) -> str:
    """The last sentence of each line of evidence: words that every checker of evidence must let pass."""
    lines = [line.removeprefix("- ") for line in prompt.splitlines() if line.startswith("- ")]
    return " ".join(line.rpartition(". ")[2].rstrip(".") + "." for line in lines)
