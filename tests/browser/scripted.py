"""A scripted double of the service: real films, canned answers, nothing stored beyond the process.

It keeps conversations per person in memory and remembers feedback, so that a refresh shows what was pressed.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI, Request, Response

from app.events import Event
from storage.records import NotFoundError, TurnRecord, TurnStatus

CATALOGUE = Path(__file__).parents[2] / "data" / "demo" / "catalogue.jsonl"
REPLY = (
    "These keep the mischief of Gremlins but are gentler. Matilda is the warmest of them; "
    "Beetlejuice is the strangest, and still more funny than frightening.\n\nTell me if you want something newer."
)
STARTERS = {
    "en": [
        "Something like Gremlins but gentler",
        "A quiet film for a rainy Sunday",
        "Science fiction without war",
        "A comedy under 100 minutes",
        "Something my parents and my kids would like",
        "A thriller with a twist",
    ],
    "zh": [
        "像《小精灵》但更温和",
        "适合下雨天的安静电影",
        "没有战争的科幻片",
        "不到100分钟的喜剧",
        "全家都能看的",
        "反转惊悚片",
    ],
}


def films(*titles: str) -> list[dict[str, Any]]:
    """Cards for the films with these titles, in this order."""
    rows = {row["title"]: row for row in map(json.loads, CATALOGUE.read_text(encoding="utf-8").splitlines())}
    return [card_of(rows[title]) for title in titles]


def card_of(row: dict[str, Any]) -> dict[str, Any]:
    more = row["attributes"]
    return {
        "id": row["id"],
        "title": row["title"],
        "score": 0.8,
        "text": row["text"],
        "image": None,
        "url": None,
        "facts": [str(more["year"]), ", ".join(more["genres"][:2]), f"{more['runtime']} min"],
        "poster": {"year": more["year"], "genres": more["genres"], "tint": more["genres"][0]},
        "reasons": [
            {"kind": "history", "ref": "gremlins-1984", "text": "You liked Gremlins"},
            {"kind": "facet", "ref": "genres", "text": f"{more['genres'][0]}, {more['moods'][0]}"},
        ],
    }


class ScriptedService:
    """Answers every message with `cards` and `reply`; `pace` seconds pass before each word."""

    def __init__(self, cards: list[dict[str, Any]], reply: str = REPLY, pace: float = 0.02) -> None:
        self.cards, self.reply, self.pace = cards, reply, pace
        self.source, self.note = "llm", ""
        self.before_items = 0.05
        self.broken = False
        self.feedback_status, self.refused = 201, ("POST", "DELETE")
        self.calls: list[tuple[Any, ...]] = []
        self.talks: dict[str, dict[str, Any]] = {}
        self.chips = [{"label": "Newer (31)", "message": "Something newer"}, {"label": "Shorter", "message": "Shorter"}]
        self._numbers = itertools.count(1)
        self._locks: dict[str, asyncio.Lock] = {}

    def user_of(self, request: gr.Request) -> str:
        return "visitor"

    async def begin(self, user_id: str, message: str, conversation_id: str | None) -> TurnRecord:
        self.calls.append(("turn", message, conversation_id))
        conversation_id = conversation_id or f"c{next(self._numbers)}"
        turn_id = f"t{next(self._numbers)}"
        talk = self.talks.setdefault(conversation_id, {"id": conversation_id, "title": message[:40], "rows": []})
        talk["updated_ms"] = next(self._numbers)
        row = {
            "turn_id": turn_id,
            "message": message,
            "reply": "",
            "status": "running",
            "source": "",
            "items": [],
            "steps": [],
            "chips": [],
            "reactions": {},
        }
        talk["rows"].append(row)
        return TurnRecord(
            turn_id, conversation_id, len(talk["rows"]), message, "", "", TurnStatus.RUNNING, {}, {}, (), (), {}, 0
        )

    async def work(self, user_id: str, begun: TurnRecord, k: int = 5, replaces: str = "") -> AsyncIterator[Event]:
        row = next(row for row in self._rows() if row["turn_id"] == begun.id)
        lock = self._locks.setdefault(begun.conversation_id, asyncio.Lock())
        try:
            async with lock:
                async for event in self._answer(row, begun, k):
                    if event.kind == "items" and replaces:
                        await self.discard(user_id, replaces)
                    yield event
        except Exception:
            row["status"] = "failed"
            raise
        finally:
            if row["status"] == "running":
                row["status"] = "stopped"

    async def _answer(self, row: dict[str, Any], begun: TurnRecord, k: int) -> AsyncIterator[Event]:
        if self.broken or "break" in begun.message:
            raise RuntimeError("broken on purpose")
        conversation_id, turn_id = begun.conversation_id, begun.id
        steps = [
            {"name": "Read", "detail": "like Gremlins, gentler", "ms": 21.0, "note": self.note},
            {"name": "Searched", "detail": "120 candidates", "ms": 9.4},
            {"name": "Ranked", "detail": "1,204 films, 31 match", "ms": 6.1},
        ]
        yield Event("plan", {"plan": {}, "source": self.source})
        await asyncio.sleep(self.before_items)
        row |= {"source": self.source, "items": self.cards[:k], "steps": steps, "chips": self.chips}
        yield Event(
            "items",
            {
                "conversation_id": conversation_id,
                "turn_id": turn_id,
                "items": row["items"],
                "steps": steps,
                "chips": self.chips,
            },
        )
        for word in self.reply.split(" "):
            await asyncio.sleep(self.pace)
            row["reply"] += word + " "
            yield Event("token", {"text": word + " "})
        row["status"], row["reply"] = "done", self.reply
        yield Event(
            "done",
            {
                "conversation_id": conversation_id,
                "turn_id": turn_id,
                "reply": self.reply,
                "source": self.source,
                "items": [],
                "plan": {},
                "timings_ms": {},
            },
        )

    async def stop(self, user_id: str, turn_id: str, shown_reply: str) -> None:
        self.calls.append(("stop", turn_id, shown_reply))
        for row in self._rows():
            if row["turn_id"] == turn_id:
                row["reply"], row["status"] = shown_reply, "stopped"

    async def discard(self, user_id: str, turn_id: str) -> None:
        for key, talk in list(self.talks.items()):
            talk["rows"] = [row for row in talk["rows"] if row["turn_id"] != turn_id]
            if not talk["rows"]:
                del self.talks[key]

    async def conversations(self, user_id: str, limit: int) -> list[dict[str, Any]]:
        newest = sorted(self.talks.items(), key=lambda pair: -int(pair[1]["updated_ms"]))
        return [{"id": key, "title": talk["title"], "updated_ms": talk["updated_ms"]} for key, talk in newest][:limit]

    async def history(
        self, user_id: str, conversation_id: str, last: int | None = None, before: str = ""
    ) -> list[dict[str, Any]]:
        rows = itertools.takewhile(lambda row: row["turn_id"] != before, self._talk(conversation_id)["rows"])
        return list(rows)[-(last or 0) :]

    async def delete_conversation(self, user_id: str, conversation_id: str) -> None:
        self.calls.append(("delete", conversation_id))
        del self.talks[self._talk(conversation_id)["id"]]

    async def rename_conversation(self, user_id: str, conversation_id: str, title: str) -> None:
        self.calls.append(("rename", conversation_id, title))
        self._talk(conversation_id)["title"] = title

    async def undo_last(self, user_id: str, conversation_id: str) -> str:
        self.calls.append(("undo", conversation_id))
        return str(self._talk(conversation_id)["rows"].pop()["message"])

    def starters(self, language: str) -> list[str]:
        return STARTERS[language]

    def catalogue_line(self, language: str) -> str:
        return "1,159 部电影，毫秒级排序" if language == "zh" else "1,159 films, ranked in milliseconds"

    def _talk(self, conversation_id: str) -> dict[str, Any]:
        if conversation_id not in self.talks:
            raise NotFoundError("There is no such conversation.")
        return self.talks[conversation_id]

    def _rows(self) -> list[dict[str, Any]]:
        return [row for talk in self.talks.values() for row in talk["rows"]]

    def add_feedback_routes(self, app: FastAPI) -> None:
        """POST and DELETE of /api/v1/feedback, answering `feedback_status`."""

        @app.api_route("/api/v1/feedback", methods=["POST", "DELETE"])
        async def feedback(request: Request) -> Response:
            told = await request.json()
            self.calls.append((request.method, told["kind"], told["item_id"]))
            if self.feedback_status >= 400 and request.method in self.refused:
                return Response(status_code=self.feedback_status)
            for row in self._rows():
                if row["turn_id"] == told["turn_id"]:
                    kinds = row["reactions"].setdefault(told["item_id"], [])
                    opposite = {"like": "dislike", "dislike": "like"}.get(told["kind"])
                    if request.method == "POST" and opposite in kinds:
                        kinds.remove(opposite)
                    if request.method == "POST" and told["kind"] not in kinds:
                        kinds.append(told["kind"])
                    if request.method == "DELETE" and told["kind"] in kinds:
                        kinds.remove(told["kind"])
            return Response(status_code=201 if request.method == "POST" else 204)
