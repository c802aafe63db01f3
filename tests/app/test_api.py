"""The HTTP API as programs use it: every call, its errors, who may see what."""

import time
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.identity import COOKIE, Identity
from app.limits import MAX_MESSAGE
from app.server import build_app
from app.service import ChatService
from storage.records import StorageError
from tests.app.api import SECRET, STREAM, assert_error, chat, events_in, visitor
from tests.app.conftest import Shop
from tests.doubles import SilentCollection

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
    assert read["source"] == "rules" and read["ms"] > 0
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
        unknown = me.get(f"/api/v1/items/{name}")
        assert_error(unknown, 404, "not_found", "no item")
        assert "cookie" not in unknown.json()["error"]["hint"]
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


def test_older_conversations_come_by_offset(me: TestClient) -> None:
    talks = [chat(me, f"I want backpack number {number}")["conversation_id"] for number in range(3)]

    def listed(**page: Any) -> list[str]:
        return [row["id"] for row in me.get("/api/v1/conversations", params=page).json()]

    assert sorted(listed()) == sorted(talks)
    assert [*listed(limit=2), *listed(limit=2, offset=2)] == listed() and listed(offset=3) == []
    for page in ({"limit": 0}, {"limit": 201}, {"offset": -1}, {"offset": 10**30}, {"limit": "x"}):
        assert_error(me.get("/api/v1/conversations", params=page), 422, "invalid", f"query.{next(iter(page))}: ")


def test_the_profile_is_what_was_tapped_last(me: TestClient, other: TestClient) -> None:
    first, second = chat(me), chat(me)  # the same cards in two conversations
    a, b, c = ({"id": card["id"], "title": card["title"]} for card in first["items"][:3])

    def tap(turn: dict[str, Any], item: dict[str, Any], kind: str) -> None:
        body = {"turn_id": turn["turn_id"], "item_id": item["id"], "kind": kind}
        assert me.post("/api/v1/feedback", json=body).status_code == 201
        time.sleep(0.002)  # so that there is a newer one

    for turn, item, kind in (
        (first, a, "like"), (second, a, "dislike"), (first, b, "dislike"), (first, c, "like"), (second, b, "like"),
        (first, c, "save"), (second, c, "save"), (second, c, "seen"),
    ):  # fmt: skip
        tap(turn, item, kind)
    found = me.get("/api/v1/profile").json()
    assert found.pop("user_id") == Identity(SECRET).read(me.cookies[COOKIE])
    assert found == {"liked": [c, b], "disliked": [a], "seen": [c], "saved": [c]}
    nobody = other.get("/api/v1/profile").json()
    assert nobody.pop("user_id") and not any(nobody.values())


def test_a_person_can_delete_all_of_themselves(me: TestClient, other: TestClient) -> None:
    mine, theirs = chat(me), chat(other)
    like = {"turn_id": mine["turn_id"], "item_id": mine["items"][0]["id"], "kind": "like"}
    assert me.post("/api/v1/feedback", json=like).status_code == 201
    assert me.delete("/api/v1/profile").status_code == 204
    assert me.get("/api/v1/conversations").json() == [] and me.get("/api/v1/profile").json()["liked"] == []
    assert_error(me.delete("/api/v1/profile"), 404, "not_found")
    assert [row["id"] for row in other.get("/api/v1/conversations").json()] == [theirs["conversation_id"]]
    assert chat(me)["items"]


def test_health_of_each_part(
    me: TestClient, service: ChatService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answer = me.get("/healthz")
    assert answer.status_code == 200 and answer.json()["status"] == "ok"
    parts = answer.json()["parts"]
    assert set(parts) == {"database", "catalogue", "retriever", "chroma", "student", "language_model"}
    assert parts["catalogue"]["detail"] == "60 items" and not parts["language_model"]["ready"]

    def gone() -> None:
        raise StorageError("the database at palate:secret@10.0.0.7 is gone")

    monkeypatch.setattr(service.stores.database, "check", gone)
    answer = me.get("/healthz")
    assert answer.status_code == 503 and answer.json()["status"] == "unavailable"
    assert "10.0.0.7" in caplog.text and "10.0.0.7" not in answer.text
    assert answer.json()["parts"]["database"]["detail"] == "cannot be used: the log of the server says why"


def test_without_chroma_turns_go_on_and_health_says_so(
    me: TestClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert me.get("/healthz").json()["parts"]["chroma"]["ready"]
    down = SilentCollection()
    monkeypatch.setattr(shop.retriever, "_collection", down)
    monkeypatch.setattr("recommender.serving.rank._POOL", 5)  # of fewer items all are ranked, without a search
    assert chat(me, "something for a long walk")["items"]
    answer = me.get("/healthz")
    assert answer.status_code == 200 and down.asked
    assert not answer.json()["parts"]["chroma"]["ready"] and "10.0.0.7" not in answer.text


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
        "profile",
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


def test_a_bearer_token_that_is_not_ours_leaves_the_cookie_alone(me: TestClient) -> None:
    talk = chat(me)["conversation_id"]
    for bearer in ("Bearer of.another-service", "Bearer ", "Basic dXNlcjpwYXNz"):
        answer = me.get("/api/v1/conversations", headers={"Authorization": bearer})
        assert [row["id"] for row in answer.json()] == [talk] and "set-cookie" not in answer.headers


def test_the_cookie_is_secure_where_the_request_was(app: FastAPI) -> None:
    """uvicorn's own middleware turns X-Forwarded-Proto into the scheme, for the proxies it is told to trust."""

    def cookie(server: Any, url: str, **headers: str) -> str:
        client = TestClient(server, base_url=url, client=("10.0.0.1", 50_000))
        return str(client.get("/api/v1/conversations", headers=headers).headers["set-cookie"])

    assert "Secure" not in cookie(app, "http://palate.test") and "Secure" in cookie(app, "https://palate.test")
    forwarded = {"X-Forwarded-Proto": "https"}
    assert "Secure" in cookie(ProxyHeadersMiddleware(app, "10.0.0.1"), "http://palate.test", **forwarded)
    assert "Secure" not in cookie(ProxyHeadersMiddleware(app, "127.0.0.1"), "http://palate.test", **forwarded)


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
        ("plan", {"message": "hello", "history": [{"role": "user", "text": "x" * 10_001}]}, "history.0.text"),
        ("recommend", {"k": 101}, "k"),
        ("recommend", {"history": [""]}, "history.0"),
        ("recommend", {"constraints": {"colour": "red"}}, "constraints.colour"),
        ("recommend", {"constraints": {"facets": {"colour": []}}}, "constraints.facets.colour"),
        ("recommend", {"constraints": {"ranges": {"price": [1]}}}, "constraints.ranges.price.1"),
        ("recommend", {"constraints": {"ranges": {"price": ["a", None]}}}, "constraints.ranges.price.0"),
        ("recommend", {"constraints": {"ranges": {"price": [None, None]}}}, "constraints.ranges"),
        ("recommend", {"constraints": {"ranges": {"price": [50, 20]}}}, "constraints.ranges"),
        ("feedback", {"turn_id": "t", "item_id": "i", "kind": "adore"}, "kind"),
        ("feedback", {"turn_id": "t", "kind": "like"}, "item_id"),
    ],
)
def test_a_body_that_does_not_fit_is_a_422_that_says_where(me: TestClient, path: str, body: Any, place: str) -> None:
    answer = me.post(f"/api/v1/{path}", json=body)
    assert_error(answer, 422, "invalid", f"{place}: ")
    assert answer.json()["error"]["hint"]


@pytest.mark.parametrize(
    ("constraints", "known"),
    [
        ({"facets": {"color": ["red"]}}, "Known: brand, category, colour."),
        ({"not_facets": {"price": ["9"]}}, "Known: brand, category, colour."),
        ({"ranges": {"cost": [None, 9]}}, "Known: price."),
    ],
)
def test_a_facet_that_nobody_knows_is_a_422_that_names_the_known_ones(
    me: TestClient, constraints: Any, known: str
) -> None:
    answer = me.post("/api/v1/recommend", json={"constraints": constraints})
    assert_error(answer, 422, "unknown_facet", known)
    assert answer.json()["error"]["hint"]


@pytest.mark.parametrize("limits", ["[NaN, 20]", "[null, Infinity]", "[-Infinity, 20]", "[1e999, null]"])
def test_a_limit_that_is_no_finite_number_is_refused(me: TestClient, limits: str) -> None:
    body = '{"constraints": {"ranges": {"price": ' + limits + "}}}"
    answer = me.post("/api/v1/recommend", content=body, headers={"Content-Type": "application/json"})
    assert_error(answer, 422, "invalid", "finite")


def test_a_value_that_no_item_has_is_named_with_those_like_it(me: TestClient) -> None:
    constraints = {"facets": {"colour": ["Redd", "blue"]}, "not_facets": {"category": ["zzz"]}}
    answer = me.post("/api/v1/recommend", json={"constraints": constraints})
    assert answer.status_code == 200
    assert answer.json()["unknown_values"] == [
        {"facet": "colour", "value": "Redd", "near": ["red"]}, {"facet": "category", "value": "zzz", "near": []},
    ]  # fmt: skip
    assert me.post("/api/v1/recommend", json={}).json()["unknown_values"] == []


def test_feedback_on_an_item_that_is_not_in_the_catalogue_says_so(me: TestClient) -> None:
    turn = chat(me)["turn_id"]
    answer = me.post("/api/v1/feedback", json={"turn_id": turn, "item_id": "no-such", "kind": "like"})
    assert_error(answer, 404, "not_found", "'no-such'")
    assert "cookie" not in answer.json()["error"]["hint"]


def test_unknown_calls_have_the_same_form_beside_the_page(service: ChatService) -> None:
    with visitor(build_app(service, SECRET)) as me:
        for path in ("/api/v1/nothing", "/api/v2/chat", "/api", "/api/", "/nothing"):
            assert_error(me.get(path), 404, "http")
        for method, path, allowed in (("GET", "/api/v1/chat", "POST"), ("PUT", "/api/v1/profile", "DELETE, GET")):
            answer = me.request(method, path)
            assert_error(answer, 405, "http")
            assert answer.headers["Allow"] == allowed
        assert_error(me.post("/healthz"), 405, "http")
        assert [me.get(path).status_code for path in ("/", "/docs", "/healthz", "/metrics")] == [200] * 4


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


def test_storage_that_fails_is_a_503_and_its_detail_is_for_the_log(
    me: TestClient, service: ChatService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any) -> None:
        raise StorageError("the database at palate:secret@10.0.0.7 is full")

    monkeypatch.setattr(service.stores.conversations, "start", full)
    answer = me.post("/api/v1/chat", json={"message": "hello"})
    assert_error(answer, 503, "storage", "did not take the change")
    assert "10.0.0.7" in caplog.text and "10.0.0.7" not in answer.text


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
