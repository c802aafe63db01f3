"""The page's handlers over the real service: what stays in the record when a turn is asked again, or is gone."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from app import cards
from app.handlers import ChatPage
from app.service import ChatService
from storage.records import FeedbackKind, StorageError, TurnRecord
from tests.app.conftest import Shop

TAB: Any = SimpleNamespace(session_hash="tab", headers={})


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the page has said in a toast."""
    said: list[str] = []
    monkeypatch.setattr(gr, "Warning", lambda message, **_: said.append(message))
    return said


@pytest.fixture
def page(service: ChatService, person: str, monkeypatch: pytest.MonkeyPatch) -> ChatPage:
    monkeypatch.setattr(service, "user_of", lambda _: person)
    return ChatPage(service)


def told(**data: str) -> Any:
    return SimpleNamespace(**data)


def markup(messages: Any) -> str:
    return "".join(part.value for message in messages for part in message["content"])


async def last_of(updates: AsyncIterator[tuple[Any, ...]]) -> tuple[Any, ...]:
    return [update async for update in updates][-1]


async def test_asking_again_replaces_the_turn_when_the_new_cards_are_stored(
    service: ChatService, page: ChatPage, person: str
) -> None:
    first = await service.answer(person, "I want a backpack", None, 5)
    talk = first["conversation_id"]
    await service.react(person, first["turn_id"], first["items"][0]["id"], FeedbackKind.LIKE)
    updates = page.retry("en", talk, TAB)
    shown = await anext(updates)
    assert "backpacks-" not in markup(shown[0])  # the old answer leaves the page at once, and the record later
    assert (await service.history(person, talk))[0]["turn_id"] == first["turn_id"]
    await last_of(updates)
    (row,) = await service.history(person, talk)
    assert row["turn_id"] != first["turn_id"] and row["status"] == "done"
    # Nothing of the old turn has counted: the same cards come again.
    assert [card["id"] for card in row["items"]] == [card["id"] for card in first["items"]]


async def test_a_message_is_worked_on_though_the_database_fails_as_soon_as_it_is_stored(
    service: ChatService, page: ChatPage, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await service.answer(person, "I want a backpack", None, 5)
    talk, begin = first["conversation_id"], service.begin

    async def gone(*_: Any) -> None:
        raise StorageError("gone")

    with monkeypatch.context() as patch:

        async def begin_and_lose(*arguments: Any) -> TurnRecord:
            begun = await begin(*arguments)
            patch.setattr(service, "history", gone)
            return begun

        patch.setattr(service, "begin", begin_and_lose)
        await last_of(page.retry("en", talk, TAB))
    (row,) = await service.history(person, talk)
    assert row["turn_id"] != first["turn_id"] and row["status"] == "done"


@pytest.mark.parametrize("tool", ["retry", "edit"])
async def test_what_was_answered_stays_when_asking_again_fails(
    service: ChatService, page: ChatPage, person: str, tool: str, warned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await service.answer(person, "I want a backpack", None, 5)
    talk = first["conversation_id"]

    async def broken(*_: Any) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(service.brain.controller.reader, "read", broken)
    if tool == "retry":
        messages, _, talks, box, editing, _ = await last_of(page.retry("en", talk, TAB))
    else:
        *_, message, editing, _ = await page.edit("en", talk, TAB)
        assert message == "I want a backpack"
        updates = page.ask("I want a red backpack", "en", talk, editing, TAB)
        messages, _, talks, box, editing, _ = await last_of(updates)
    assert warned == ["That did not work. Nothing was lost; please try again."]
    (row,) = await service.history(person, talk)
    assert row["turn_id"] == first["turn_id"] == editing and row["items"]
    assert "Birkveld Backpack" in markup(messages) and talk in talks
    assert box == ("I want a backpack" if tool == "retry" else "I want a red backpack")


async def test_an_edit_replaces_the_turn_that_was_edited(service: ChatService, page: ChatPage, person: str) -> None:
    talk = (await service.answer(person, "I want a candle", None, 5))["conversation_id"]
    *_, editing, _ = await page.edit("en", talk, TAB)
    await service.answer(person, "I want a backpack", talk, 5)  # in another tab
    messages, *_ = [update async for update in page.ask("I want a blue candle", "en", talk, editing, TAB)][-1]
    said = ["I want a backpack", "I want a blue candle"]
    assert [row["message"] for row in await service.history(person, talk)] == said
    assert [message["content"][0].value for message in messages[::2]] == [cards.said(message, "en") for message in said]


@pytest.mark.parametrize("tool", ["undo", "retry", "edit", "rename", "look"])
async def test_a_conversation_that_is_gone_is_said_to_be(
    service: ChatService, page: ChatPage, person: str, tool: str, warned: list[str]
) -> None:
    talk = (await service.answer(person, "I want a backpack", None, 5))["conversation_id"]
    await service.delete_conversation(person, talk)
    if tool == "retry":
        shown = await last_of(page.retry("en", talk, TAB))
    elif tool == "rename":
        shown = await page.rename(told(id=talk, title="Luggage"), "en", talk, TAB)
    elif tool == "look":
        shown = await page.look(told(turn="t"), "en", talk, TAB)
    else:
        shown = await getattr(page, tool)("en", talk, TAB)
    assert warned == ["That conversation is no longer here."]
    assert shown[:2] == ([], None) and shown[4:] == ("", "")


async def test_deleting_what_is_gone_shows_what_is_there(
    service: ChatService, page: ChatPage, person: str, warned: list[str]
) -> None:
    talk = (await service.answer(person, "I want a backpack", None, 5))["conversation_id"]
    await service.delete_conversation(person, talk)
    assert (await page.delete(told(id=talk), "en", talk, TAB))[:2] == ([], None) and warned == []


async def test_a_conversation_deleted_while_it_is_answered_is_said_to_be_gone(
    service: ChatService, page: ChatPage, person: str, warned: list[str]
) -> None:
    talk = (await service.answer(person, "I want a backpack", None, 5))["conversation_id"]
    updates = page.ask("newer ones", "en", talk, "", TAB)
    await anext(updates)
    await page.stop(TAB)
    await service.delete_conversation(person, talk)
    shown = await last_of(updates)
    assert warned == ["That conversation is no longer here."]
    assert shown[:2] == ([], None) and shown[3] == "newer ones"


async def test_older_conversations_are_listed_when_asked_for(
    shop: Shop, page: ChatPage, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.handlers.MAX_TALKS", 2)
    talks = []
    for number in range(5):
        talks.append(shop.stores.conversations.start(person).id)
        shop.stores.conversations.add_turn(person, talks[-1], message=f"wish {number}")
    listed = (await page.load("en", talks[0], "", TAB))[8]
    assert listed.count("<li") == 2 and 'data-action="older"' in listed
    assert (await page.older("en", None, TAB)).count("<li") == 4
    listed = await page.older("en", None, TAB)
    assert listed.count("<li") == 5 and 'data-action="older"' not in listed
    _, conversation, listed, *_ = (await page.load("en", talks[0], "", TAB))[6:]
    assert conversation == talks[0] and listed.count("<li") == 2


@pytest.mark.parametrize(("opened", "newest"), [("", True), ("new", False), ("never-there", False)])
async def test_a_visit_shows_what_the_tab_had_open(
    service: ChatService, page: ChatPage, person: str, opened: str, newest: bool
) -> None:
    talk = (await service.answer(person, "I want a backpack", None, 5))["conversation_id"]
    assert (await page.load("en", opened, "", TAB))[7] == (talk if newest else None)


async def test_a_message_that_never_arrived_is_given_back(service: ChatService, page: ChatPage, person: str) -> None:
    talk = (await service.answer(person, "I want a backpack", None, 5))["conversation_id"]
    for opened in (talk, "", "new", "never-there"):
        assert (await page.load("en", opened, "a red one", TAB))[9].value == "a red one"
    assert not (await page.load("en", talk, " I want a backpack\n", TAB))[9].value


async def test_only_the_turns_that_are_shown_are_read(
    shop: Shop, page: ChatPage, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.handlers.MAX_TURNS", 3)
    talk = shop.stores.conversations.start(person).id
    read: list[int] = []
    turns = shop.stores.conversations.turns

    def counted(*arguments: Any) -> Any:
        rows = turns(*arguments)
        read.append(len(rows))
        return rows

    monkeypatch.setattr(shop.stores.conversations, "turns", counted)
    for number in range(12):
        shop.stores.conversations.add_turn(person, talk, message=f"wish {number}")
    messages, *_ = await page.open(told(id=talk), "en", TAB)
    shown = markup(messages)
    assert "Earlier turns" in shown and [n for n in range(12) if f"wish {n}<" in shown] == [9, 10, 11]
    await page.edit("en", talk, TAB)
    assert read == [5, 1]
