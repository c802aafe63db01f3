"""Hostile bodies and messages: the HTTP API never breaks, hangs or shows its inside."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bodies import MAX_BODY
from app.service import ChatService
from app.settings import Settings
from app.wiring import open_stores
from storage.records import ItemRecord
from tests.app.api import CALLS, STREAM, app_of, assert_civil, assert_error, chat, events_in, visitor
from tests.app.conftest import Shop, open_shop
from tests.app.hobby_shop import COLOURS, KINDS

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


def test_many_constraints_do_not_keep_the_server_busy(tmp_path: Path) -> None:
    """What could be let go is searched for: that must not take time that doubles with each constraint."""
    things = [
        ItemRecord(f"{n}", f"Thing {n}", attributes={f"facet{f}": "no" if f == n % 12 else "yes" for f in range(12)})
        for n in range(36)
    ]
    me = visitor(app_of(open_shop(tmp_path, things).service()))
    for count, status in ((12, 200), (13, 422), (2_000, 422)):
        facets = {f"facet{number}": ["yes"] for number in range(count)}
        started = time.perf_counter()
        assert me.post("/api/v1/recommend", json={"constraints": {"facets": facets}}).status_code == status
        assert time.perf_counter() - started < 3.0


def test_a_body_too_large_is_refused(me: TestClient) -> None:
    for call in ("chat", "plan", "recommend"):
        answer = me.post(f"/api/v1/{call}", content=b'{"message": "' + b"x" * MAX_BODY + b'"}')
        assert_error(answer, 413, "too_large", "4 MiB")

    def pieces() -> Iterator[bytes]:  # of a length nobody told
        for _ in range(9):
            yield b" " * (MAX_BODY // 8)

    assert_error(me.post("/api/v1/plan", content=pieces()), 413, "too_large", "4 MiB")


def test_many_wishes_do_not_keep_the_server_busy(me: TestClient) -> None:
    wishes = [kind[0] for kind in KINDS] + list(COLOURS)
    started = time.perf_counter()
    chat(me, f"I want {' '.join(wishes)}")
    assert time.perf_counter() - started < 0.5


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
