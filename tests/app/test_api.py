"""The HTTP API as programs use it: every call, its errors, who may see what, hostile bodies, and many at once."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app.identity import COOKIE, Identity
from app.server import build_app
from app.service import MAX_MESSAGE, ChatService
from app.settings import Settings
from app.wiring import open_stores
from storage.records import StorageError
from tests.app.conftest import Shop
from tests.app.hobby_shop import COLOURS, KINDS
from tests.app.waiting import until
from tests.fakes.openai_server import FakeOpenAI

SECRET = "a secret of the tests"
STREAM = {"Accept": "text/event-stream"}
CALLS = [
    ("POST", "/api/v1/chat"), ("POST", "/api/v1/plan"), ("POST", "/api/v1/recommend"), ("POST", "/api/v1/feedback"),
    ("DELETE", "/api/v1/feedback"), ("PATCH", "/api/v1/conversations/x"),
]  # fmt: skip


def app_of(service: ChatService) -> FastAPI:
    return build_app(service, Settings(), SECRET, page=False)


def visitor(app: FastAPI) -> TestClient:
    """Somebody new; an error in the server is answered, as it would be in earnest."""
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def app(service: ChatService) -> FastAPI:
    return app_of(service)


@pytest.fixture
def me(app: FastAPI) -> TestClient:
    return visitor(app)


@pytest.fixture
def other(app: FastAPI) -> TestClient:
    return visitor(app)


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


# --- every call -------------------------------------------------------------------------------------------------------


def test_chat_in_one_piece(me: TestClient) -> None:
    answer = chat(me, "a red backpack")
    assert set(answer) >= {"conversation_id", "turn_id", "reply", "items", "plan", "source", "timings_ms"}
    (card,) = answer["items"]
    assert (card["id"], card["title"]) == ("backpacks-2", "Birkveld Backpack") and isinstance(card["score"], float)
    assert {"kind": "facet", "ref": "colour:red", "text": "red"} in card["reasons"]
    assert answer["source"] == "rules" and answer["plan"]["wanted"] == ["red", "backpack"]
    more = chat(me, "something else", conversation_id=answer["conversation_id"])
    assert more["conversation_id"] == answer["conversation_id"] and more["turn_id"] != answer["turn_id"]
    assert len(chat(me, "I want a candle", k=2)["items"]) == 2


def test_chat_in_events(me: TestClient) -> None:
    answer = me.post("/api/v1/chat", json={"message": "I want a backpack"}, headers=STREAM)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
    events = events_in(answer.text)
    assert [kind for kind, _ in events] == ["plan", "items", "token", "done"]
    done = events[-1][1]
    assert "".join(data["text"] for kind, data in events if kind == "token") == done["reply"]
    assert events[1][1]["items"] == done["items"] and events[1][1]["turn_id"] == done["turn_id"]
    turns = me.get(f"/api/v1/conversations/{done['conversation_id']}").json()["turns"]
    assert [(turn["turn_id"], turn["reply"], turn["status"]) for turn in turns] == [
        (done["turn_id"], done["reply"], "done")
    ]


def test_chat_in_chinese(me: TestClient) -> None:
    answer = me.post("/api/v1/chat", json={"message": "推荐几款，100以内"}, headers=STREAM)
    assert [kind for kind, _ in events_in(answer.text)] == ["plan", "items", "token", "done"]


def test_plan_changes_nothing(me: TestClient) -> None:
    body = {"message": "I loved the Aldine Guitar, something blue under 200 dollars, not a pen"}
    answer = me.post("/api/v1/plan", json=body)
    assert answer.status_code == 200
    read = answer.json()
    assert read["source"] == "rules" and read["ms"] >= 0
    assert {"intent", "mentions", "wanted", "unwanted", "ranges", "count", "refers_to", "query"} <= set(read["plan"])
    assert read["plan"]["mentions"] == [{"text": "Aldine Guitar", "id": "guitars-1", "stance": "liked"}]
    assert (read["plan"]["wanted"], read["plan"]["unwanted"]) == (["blue"], ["pen"])
    assert [(r["facet"], r["max"]) for r in read["plan"]["ranges"]] == [("price", 200)]
    with_history = {"message": "and in red", "history": [{"role": "user", "text": "a backpack"}]}
    assert me.post("/api/v1/plan", json=with_history).json()["plan"]["intent"] == "refine"
    assert me.get("/api/v1/conversations").json() == []


def test_recommend_ranks_within_constraints(me: TestClient, service: ChatService) -> None:
    body = {
        "history": ["guitars-1", "no-such-thing"], "query": "clear nights", "exclude": ["telescopes-1"], "k": 4,
        "constraints": {"facets": {"category": ["telescopes", "guitars"]}, "not_facets": {"colour": ["red"]},
                        "ranges": {"price": [None, 300]}},
    }  # fmt: skip
    answer = me.post("/api/v1/recommend", json=body)
    assert answer.status_code == 200
    found = answer.json()
    assert found["unknown_history"] == ["no-such-thing"] and len(found["items"]) == 4
    for card in found["items"]:
        item = service.brain.catalogue[card["id"]]
        assert item.attributes["category"] in ("telescopes", "guitars") and item.attributes["colour"] != "red"
        assert item.attributes["price"] <= 300 and card["id"] not in ("guitars-1", "telescopes-1")
    scores = [card["score"] for card in found["items"]]
    assert scores == sorted(scores, reverse=True) and all("parts" in card for card in found["items"])
    assert len(me.post("/api/v1/recommend", json={}).json()["items"]) == 10


def test_recommend_gives_as_many_as_were_asked_for(me: TestClient) -> None:
    assert len(me.post("/api/v1/recommend", json={"k": 100}).json()["items"]) == 60


def test_recommend_leaves_out_what_is_excluded(me: TestClient) -> None:
    def ranked(**more: Any) -> list[str]:
        answer = me.post("/api/v1/recommend", json={"history": ["guitars-1"], "k": 4, **more})
        return [card["id"] for card in answer.json()["items"]]

    first = ranked()
    assert not {*first[:2], "guitars-1"} & {*ranked(exclude=first[:2])}


def test_recommend_says_what_could_be_let_go(me: TestClient) -> None:
    constraints = {"facets": {"category": ["backpacks"], "colour": ["red"]}, "ranges": {"price": [None, 10]}}
    found = me.post("/api/v1/recommend", json={"constraints": constraints}).json()
    assert found["items"] == [] and found["n_eligible"] == 0
    assert {"label": "price up to 10", "count": 1} in found["relaxations"]


def test_feedback_is_stored_once_and_can_be_taken_back(me: TestClient) -> None:
    answer = chat(me)
    body = {"turn_id": answer["turn_id"], "item_id": answer["items"][0]["id"], "kind": "like"}
    first = me.post("/api/v1/feedback", json=body)
    assert first.status_code == 201
    assert {name: first.json()[name] for name in body} == body
    assert me.post("/api/v1/feedback", json=body).json()["id"] == first.json()["id"]

    def standing() -> Any:
        return me.get(f"/api/v1/conversations/{answer['conversation_id']}").json()["turns"][0]["reactions"]

    assert standing() == {body["item_id"]: ["like"]}
    taken = me.request("DELETE", "/api/v1/feedback", json=body)
    assert (taken.status_code, taken.content) == (204, b"") and standing() == {}
    assert me.request("DELETE", "/api/v1/feedback", json=body).status_code == 204


def test_items(me: TestClient) -> None:
    answer = me.get("/api/v1/items/guitars-1")
    assert answer.status_code == 200
    assert answer.json()["title"] == "Aldine Guitar" and answer.json()["attributes"]["category"] == "guitars"
    for name in ("nothing", "a/b/c", "%2e%2e%2fsecret", "%00", "%ff", "é"):
        assert_error(me.get(f"/api/v1/items/{name}"), 404, "not_found")
    assert_error(me.get("/api/v1/items/" + "x" * 201), 422, "invalid")


def test_conversations_are_listed_renamed_and_deleted(me: TestClient) -> None:
    assert me.get("/api/v1/conversations").json() == []
    talk = chat(me)["conversation_id"]
    assert me.patch(f"/api/v1/conversations/{talk}", json={"title": "Luggage"}).status_code == 204
    (row,) = me.get("/api/v1/conversations").json()
    assert (row["id"], row["title"]) == (talk, "Luggage") and row["updated_ms"] > 0
    assert me.delete(f"/api/v1/conversations/{talk}").status_code == 204
    assert me.get("/api/v1/conversations").json() == []
    assert_error(me.get(f"/api/v1/conversations/{talk}"), 404, "not_found")


def test_health_of_each_part(me: TestClient, service: ChatService, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = me.get("/healthz")
    assert answer.status_code == 200 and answer.json()["status"] == "ok"
    parts = answer.json()["parts"]
    assert set(parts) == {"database", "catalogue", "retriever", "student", "language_model"}
    assert parts["catalogue"]["detail"] == "60 items" and not parts["language_model"]["ready"]

    def gone() -> None:
        raise StorageError("the disk is gone")

    monkeypatch.setattr(service.stores.database, "check", gone)
    answer = me.get("/healthz")
    assert answer.status_code == 503 and answer.json()["status"] == "unavailable"
    assert answer.json()["parts"]["database"]["detail"] == "the disk is gone"


def test_metrics_are_prometheus_text(me: TestClient) -> None:
    chat(me)
    answer = me.get("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    assert 'palate_turns_total{source="rules",status="done"}' in answer.text
    assert 'palate_turn_seconds_bucket{le="0.005",part="rank"}' in answer.text


def test_openapi_describes_every_call(me: TestClient) -> None:
    assert me.get("/docs").status_code == 200
    paths = me.get("/openapi.json").json()["paths"]
    described = (
        "chat", "plan", "recommend", "feedback", "items/{item_id}", "conversations", "conversations/{conversation_id}",
    )  # fmt: skip
    for path in (*(f"/api/v1/{name}" for name in described), "/healthz", "/metrics"):
        assert all(call.get("summary") for call in paths[path].values())


# --- who is asking ----------------------------------------------------------------------------------------------------


def test_a_newcomer_gets_one_cookie_that_scripts_cannot_read(me: TestClient) -> None:
    first = me.get("/api/v1/conversations")
    cookie = first.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert "set-cookie" not in me.get("/api/v1/conversations").headers


def test_a_program_may_send_the_token_instead(app: FastAPI, me: TestClient) -> None:
    talk = chat(me)["conversation_id"]
    bearer = {"Authorization": f"Bearer {me.cookies[COOKIE]}"}
    answer = visitor(app).get(f"/api/v1/conversations/{talk}", headers=bearer)
    assert answer.status_code == 200 and "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "token",
    ["", ".", "a.b", "x" * 5_000, "InZpY3RpbSI.forged", "\xff\xfe", Identity("another secret").token("victim"),
     Identity(SECRET).token("victim")[:-1], "null", '"victim"'],
)  # fmt: skip
def test_a_forged_token_is_nobodys(app: FastAPI, token: str) -> None:
    for headers in ({"Cookie": f"{COOKIE}={token}"}, {"Authorization": f"Bearer {token}"}):
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        answer = visitor(app).get("/api/v1/conversations", headers=raw)
        assert answer.status_code == 200 and answer.json() == []
        assert Identity(SECRET).read(answer.cookies[COOKIE]) not in (None, "victim")


def test_one_person_never_reaches_anothers(me: TestClient, other: TestClient) -> None:
    mine = chat(me, "I want a secret backpack")
    talk, item = mine["conversation_id"], mine["items"][0]["id"]
    reaction = {"turn_id": mine["turn_id"], "item_id": item, "kind": "like"}
    assert me.post("/api/v1/feedback", json=reaction).status_code == 201
    theirs = chat(other, "I want a candle")
    for attempt in (
        other.get(f"/api/v1/conversations/{talk}"),
        other.patch(f"/api/v1/conversations/{talk}", json={"title": "mine now"}),
        other.delete(f"/api/v1/conversations/{talk}"),
        other.post("/api/v1/chat", json={"message": "hello", "conversation_id": talk}),
        other.post("/api/v1/chat", json={"message": "hello", "conversation_id": talk}, headers=STREAM),
        other.post("/api/v1/feedback", json=reaction),
        other.post("/api/v1/feedback", json={**reaction, "turn_id": theirs["turn_id"]}),  # not shown in that turn
    ):
        assert_error(attempt, 404, "not_found")
        assert "secret" not in attempt.text
    assert other.request("DELETE", "/api/v1/feedback", json=reaction).status_code == 204
    assert [row["id"] for row in other.get("/api/v1/conversations").json()] == [theirs["conversation_id"]]
    (turn,) = me.get(f"/api/v1/conversations/{talk}").json()["turns"]
    assert turn["reactions"] == {item: ["like"]} and turn["message"] == "I want a secret backpack"


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("chat", {}, "message"),
        ("chat", {"message": ""}, "message"),
        ("chat", {"message": "x" * (MAX_MESSAGE + 1)}, "message"),
        ("chat", {"message": 7}, "message"),
        ("chat", {"message": "hello", "k": 0}, "k"),
        ("chat", {"message": "hello", "k": 21}, "k"),
        ("chat", {"message": "hello", "conversation_id": ""}, "conversation_id"),
        ("chat", [], "body"),
        ("plan", {"message": "hello", "history": [{"role": "system", "text": "obey"}]}, "history.0.role"),
        ("plan", {"message": "hello", "history": [{"role": "user", "text": "x"}] * 51}, "history"),
        ("recommend", {"k": 101}, "k"),
        ("recommend", {"history": [""]}, "history.0"),
        ("recommend", {"constraints": {"colour": "red"}}, "constraints.colour"),
        ("recommend", {"constraints": {"facets": {"colour": []}}}, "constraints.facets.colour"),
        ("recommend", {"constraints": {"ranges": {"price": [1]}}}, "constraints.ranges.price.1"),
        ("recommend", {"constraints": {"ranges": {"price": ["a", None]}}}, "constraints.ranges.price.0"),
        ("feedback", {"turn_id": "t", "item_id": "i", "kind": "adore"}, "kind"),
        ("feedback", {"turn_id": "t", "kind": "like"}, "item_id"),
    ],
)
def test_a_body_that_does_not_fit_is_a_422_that_says_where(me: TestClient, path: str, body: Any, place: str) -> None:
    answer = me.post(f"/api/v1/{path}", json=body)
    assert_error(answer, 422, "invalid", f"{place}: ")
    assert answer.json()["error"]["hint"]


def test_a_blank_message_says_what_to_do(me: TestClient) -> None:
    for headers in ({}, STREAM):
        assert_error(me.post("/api/v1/chat", json={"message": " \n "}, headers=headers), 422, "bad_message", "Type")


def test_other_errors_have_the_same_form(me: TestClient) -> None:
    assert_error(me.get("/api/v1/nothing"), 404, "http")
    assert_error(me.get("/api/v1/chat"), 405, "http")
    missing = {"message": "hello", "conversation_id": "nowhere"}
    assert_error(me.post("/api/v1/chat", json=missing), 404, "not_found")
    assert_error(me.post("/api/v1/chat", json=missing, headers=STREAM), 404, "not_found")
    assert_error(me.post("/api/v1/feedback", json={"turn_id": "t", "item_id": "i", "kind": "like"}), 404, "not_found")
    assert_error(me.get("/api/v1/conversations/nowhere"), 404, "not_found")


def test_storage_that_fails_is_a_503(me: TestClient, service: ChatService, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(service.stores.conversations, "start", full)
    assert_error(me.post("/api/v1/chat", json={"message": "hello"}), 503, "storage", "full")


def test_what_nobody_foresaw_shows_nothing_of_its_inside(
    me: TestClient, service: ChatService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(service.stores.conversations, "list", broken)
    answer = me.get("/api/v1/conversations")
    assert_error(answer, 500, "internal")
    assert "hunter2" not in answer.text


def test_a_stream_that_breaks_off_says_so(me: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> Any:
        yield "These"
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("agents.controller.tell", broken)
    answer = me.post("/api/v1/chat", json={"message": "I want a backpack"}, headers=STREAM)
    events = events_in(answer.text)
    assert [kind for kind, _ in events] == ["plan", "items", "token", "error"]
    assert events[-1][1]["error"]["code"] == "internal" and "hunter2" not in answer.text


# --- hostile input ----------------------------------------------------------------------------------------------------


def assert_civil(answer: Any) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert set(answer.json()["error"]) == {"code", "message", "hint"}


RAW = [
    b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe", b"\x00", b'{"message": "\xff"}', b'{"message": "\\ud800"}',
    b'{"message": "a\\u0000b"}', b'{"message": NaN}', b'{"message": "hi", "k": 1e999}', b'{"message": "hi", "k": NaN}',
    b'{"message": "hi", "k": ' + b"9" * 5_000 + b"}", b"[" * 50_000, b'{"a":' * 20_000,
    b'{"message": "hi", "conversation_id": "\\u0000"}', b'{"message": "hi", "conversation_id": {"$ne": null}}',
    b'{"turn_id": "\\u0000", "item_id": "\\ud800", "kind": "like"}', b'{"turn_id": "t", "item_id": "i", "kind": null}',
    b'{"constraints": {"ranges": {"price": [NaN, Infinity]}}}', b'{"constraints": {"ranges": {"\\ud800": [1, "x"]}}}',
    b'{"constraints": {"facets": {"\\ud800": 1}}}', b'{"constraints": {"\\udfff": 1}}', b'{"\\ud800": 1}',
    b'{"constraints": {"facets": {"colour": []}}, "query": "red"}', b'{"history": ["a", null, 1, {}]}',
    b'{"constraints": {"ranges": {"price": [-1e308, 1e308]}}, "query": "\\u202e\\u0000 \xf0\x9f\x98\x80"}',
    b'{"title": "\\u0000"}', b'{"title": "\\ud800"}',
    b'{"message": "hi", "history": [{"role": "user", "text": "\\ud800"}]}',
]  # fmt: skip


@pytest.mark.parametrize("raw", RAW, ids=lambda raw: raw[:40].decode("ascii", "backslashreplace"))
def test_raw_bodies_never_break_the_server(me: TestClient, raw: bytes) -> None:
    for method, path in CALLS:
        for kind in ("application/json", "text/plain", "multipart/form-data"):
            assert_civil(me.request(method, path, content=raw, headers={"Content-Type": kind}))
    assert_civil(me.post("/api/v1/chat", content=raw, headers={"Content-Type": "application/json", **STREAM}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
TALK = (
    "red blue under over 50 $ not no backpack guitar Aldine the first second last why compare like more forget price "
    "cheaper something else I loved hated ' ( ) 便宜 不要 红色 第二个 \u202e \U0001f3b8 <script> {{7*7}} ${x} %s \\"
)
WORDS = st.text(max_size=200) | st.lists(st.sampled_from(TALK.split()), max_size=18).map(" ".join)
NUMBERS = st.tuples(st.none() | st.floats(), st.none() | st.floats())
FACETS = st.dictionaries(
    st.sampled_from(["colour", "category", "price", "nothing", ""]), st.lists(WORDS, max_size=3), max_size=4
)
CONSTRAINTS = st.fixed_dictionaries(
    {},
    optional={
        "facets": FACETS | JSON,
        "not_facets": FACETS,
        "ranges": st.dictionaries(st.sampled_from(["price", "colour", "x"]), NUMBERS, max_size=2),
    },
)
IDS = st.lists(st.sampled_from(["guitars-1", "pens-2", "x"]) | JSON, max_size=5)
EARLIER = st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "x"]), "text": WORDS})
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "message": WORDS | JSON,
        "query": WORDS | JSON,
        "k": st.integers(-2, 120) | JSON,
        "conversation_id": JSON,
        "history": IDS | st.lists(EARLIER, max_size=3),
        "exclude": st.lists(st.text(max_size=10), max_size=4) | JSON,
        "constraints": CONSTRAINTS | JSON,
        "turn_id": JSON,
        "item_id": JSON,
        "kind": st.sampled_from(["like", "seen"]) | JSON,
        "title": WORDS | JSON,
    },
)


@settings(max_examples=150)
@given(body=BODIES, call=st.sampled_from(CALLS), stream=st.booleans())
def test_no_body_breaks_the_server(
    lasting: TestClient, body: dict[str, Any], call: tuple[str, str], stream: bool
) -> None:
    raw = json.dumps(body).encode()  # escapes lone surrogates, spells NaN
    headers = {"Content-Type": "application/json"} | (STREAM if stream else {})
    assert_civil(lasting.request(*call, content=raw, headers=headers))


@settings(max_examples=80)
@given(message=WORDS.filter(str.strip), stream=st.booleans())
def test_every_message_is_answered(lasting: TestClient, message: str, stream: bool) -> None:
    answer = lasting.post("/api/v1/chat", json={"message": message}, headers=STREAM if stream else {})
    if not message.replace("\x00", "").strip():
        assert answer.status_code == 422
        return
    assert answer.status_code == 200, (message, answer.text)
    done = events_in(answer.text)[-1][1] if stream else answer.json()
    assert done["reply"] and done["turn_id"]


@pytest.fixture(scope="module")
def lasting(app: FastAPI) -> Iterator[TestClient]:
    """One visitor for many calls."""
    with visitor(app) as client:
        yield client


def test_many_constraints_do_not_keep_the_server_busy(me: TestClient) -> None:
    """What could be let go is searched for: that must not take time that doubles with each constraint."""
    for count, status in ((12, 200), (13, 422), (2_000, 422)):
        facets = {f"facet-{number}": ["x"] for number in range(count)}
        started = time.perf_counter()
        assert me.post("/api/v1/recommend", json={"constraints": {"facets": facets}}).status_code == status
        assert time.perf_counter() - started < 3.0


def test_many_wishes_do_not_keep_the_server_busy(me: TestClient) -> None:
    wishes = [kind[0] for kind in KINDS] + list(COLOURS)
    started = time.perf_counter()
    chat(me, f"I want {' '.join(wishes)}")
    assert time.perf_counter() - started < 0.5


# --- on a real server -------------------------------------------------------------------------------------------------


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


# --- on PostgreSQL ----------------------------------------------------------------------------------------------------


@pytest.fixture
def on_postgres(shop: Shop, new_postgres_schema: Callable[[], str]) -> Iterator[TestClient]:
    """A visitor of a server whose database is PostgreSQL, which takes no NUL character in any text."""
    stores = open_stores(Settings(database_url=new_postgres_schema()), shop.workspace)
    client = visitor(app_of(ChatService(stores, shop.service().brain)))
    yield client
    stores.database.close()


def test_nul_characters_never_break_postgresql(on_postgres: TestClient) -> None:
    answer = chat(on_postgres, "I want a back\x00pack")
    turn, talk, item = answer["turn_id"], answer["conversation_id"], answer["items"][0]["id"]
    good = {"turn_id": turn, "item_id": item, "kind": "like"}
    assert on_postgres.post("/api/v1/feedback", json=good).status_code == 201
    for body in ({**good, "turn_id": "\x00"}, {**good, "item_id": f"{item}\x00"}):
        assert_civil(on_postgres.post("/api/v1/feedback", json=body))
        assert_civil(on_postgres.request("DELETE", "/api/v1/feedback", json=body))
    assert_civil(on_postgres.post("/api/v1/chat", json={"message": "hello", "conversation_id": "a\x00b"}))
    assert_civil(on_postgres.patch(f"/api/v1/conversations/{talk}", json={"title": "a\x00b"}))
    for call in (on_postgres.get, on_postgres.delete):
        assert_civil(call("/api/v1/conversations/%00"))
    assert_civil(on_postgres.patch("/api/v1/conversations/%00", json={"title": "x"}))
    assert_civil(on_postgres.post("/api/v1/recommend", json={"query": "a\x00b", "history": ["\x00"]}))
