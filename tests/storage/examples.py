"""Turns as the chat would store them, for the tests of this folder."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from storage.conversations import ConversationStore
from storage.database import Database
from storage.records import TurnRecord


def turn_fields(message: str = "something for tea", items: Sequence[str] = ("teapot-01", "mug-02")) -> dict[str, Any]:
    """What `add_turn` wants besides the person and the conversation."""
    return {
        "message": message,
        "source": "chat",
        "plan": {"intent": "recommend", "liked": []},
        "taste": {"liked": [], "pace": 0.5},
        "shown": [{"id": item, "score": 1.0 / rank, "why": "说明 ☕"} for rank, item in enumerate(items, start=1)],
        "steps": [{"name": "read", "found": len(items)}],
        "timings_ms": {"read": 3.25},
        "chips": [{"label": "cheaper", "message": "something cheaper"}],
    }


def stored_turn(database: Database, user_id: str, items: Sequence[str] = ("teapot-01", "mug-02")) -> TurnRecord:
    """A turn of a new conversation of this person."""
    store = ConversationStore(database)
    return store.add_turn(user_id, store.start(user_id).id, **turn_fields(items=items))


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all calls in threads that start together, and return what they returned."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
