"""How tests speak with the HTTP API: visitors, a chat, the form of errors and of events."""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.server import build_app
from app.service import ChatService

SECRET = "a secret of the tests"
STREAM = {"Accept": "text/event-stream"}
CALLS = [
    ("POST", "/api/v1/chat"), ("POST", "/api/v1/plan"), ("POST", "/api/v1/recommend"), ("POST", "/api/v1/feedback"),
    ("DELETE", "/api/v1/feedback"), ("PATCH", "/api/v1/conversations/x"),
]  # fmt: skip


def app_of(service: ChatService) -> FastAPI:
    return build_app(service, SECRET, page=False)


def visitor(app: FastAPI) -> TestClient:
    """Somebody new; an error in the server is answered, as it would be in earnest."""
    return TestClient(app, raise_server_exceptions=False)


def chat(client: Any, message: str = "I want a backpack", **more: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/chat", json={"message": message, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def assert_error(answer: Any, status: int, code: str, words: str = "") -> None:
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(answer.json()) == {"error"} and set(error) == {"code", "message", "hint"}
    assert error["code"] == code and error["message"] and words in error["message"]


def events_in(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream, by the rules of server-sent events."""
    events = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        kind, data = block.split("\n")
        events.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


def assert_civil(answer: Any) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert set(answer.json()["error"]) == {"code", "message", "hint"}
