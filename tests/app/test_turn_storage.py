"""What becomes of a turn when the database does not take how it ended."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.events import Event
from app.service import ChatService
from storage import database
from storage.records import StorageError, TurnStatus
from tests.app.conftest import Shop, open_shop

BUSY_MS = 500  # how long a write waits for a lock here


@pytest.fixture
def own(tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A shop of its own whose writes wait only a moment."""
    monkeypatch.setitem(database.SQLITE_PRAGMAS, "busy_timeout", str(BUSY_MS))
    opened = open_shop(tmp_path / "shop", shop.catalogue.items[:10])
    yield opened
    opened.stores.database.close()


@contextlib.contextmanager
def locked(shop: Shop) -> Iterator[None]:
    """Another connection holds SQLite's write lock."""
    with contextlib.closing(sqlite3.connect(shop.workspace.folder / "palate.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


async def until_words(service: ChatService, person: str) -> tuple[AsyncIterator[Event], dict[str, Any]]:
    """A turn whose cards are stored and whose words are said."""
    events = service.turn(person, "show me something")
    async for event in events:
        if event.kind == "items":
            shown = event.data
        if event.kind == "token":
            break
    return events, shown


async def rest(events: AsyncIterator[Event]) -> dict[str, Any]:
    """What the last event says."""
    return [event async for event in events][-1].data


async def longest_pause(until: asyncio.Future[Any]) -> float:
    """The longest time in which the event loop did nothing else."""
    pause, last = 0.0, time.perf_counter()
    while not until.done():
        await asyncio.sleep(0.005)
        now = time.perf_counter()
        pause, last = max(pause, now - last), now
    return pause


async def test_a_locked_database_holds_up_nobody_else_and_the_turn_counts_as_failed(own: Shop, person: str) -> None:
    service = own.service()
    events, shown = await until_words(service, person)
    with locked(own):
        ending = asyncio.create_task(rest(events))
        assert await longest_pause(ending) < BUSY_MS / 2000
        with pytest.raises(StorageError):
            ending.result()
    (row,) = await service.history(person, shown["conversation_id"])
    assert row["status"] == "failed" and row["items"]


async def test_a_lock_held_too_long_once_loses_nothing(own: Shop, person: str) -> None:
    service = own.service()
    events, shown = await until_words(service, person)
    with locked(own):
        ending = asyncio.create_task(rest(events))
        await asyncio.sleep(1.4 * BUSY_MS / 1000)
    done = await ending
    record = service.stores.conversations.turn(person, shown["turn_id"])
    assert (record.status, record.reply) == (TurnStatus.DONE, done["reply"]) and record.reply


async def test_stop_holds_up_nobody_else(own: Shop, person: str) -> None:
    service = own.service()
    events, shown = await until_words(service, person)
    with locked(own):
        stopping = asyncio.ensure_future(events.aclose())  # type: ignore[attr-defined]
        assert await longest_pause(stopping) < BUSY_MS / 2000
        stopping = asyncio.ensure_future(service.stop(person, shown["turn_id"], "so far"))
        assert await longest_pause(stopping) < BUSY_MS / 2000
    await service.stop(person, shown["turn_id"], "so far")
    (row,) = await service.history(person, shown["conversation_id"])
    assert (row["status"], row["reply"]) == ("stopped", "so far")


async def test_a_turn_on_its_way_has_not_failed(service: ChatService, person: str) -> None:
    events, shown = await until_words(service, person)
    assert (await service.history(person, shown["conversation_id"]))[0]["status"] == "running"
    await rest(events)
    assert (await service.history(person, shown["conversation_id"]))[0]["status"] == "done"
