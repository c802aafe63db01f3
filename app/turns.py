"""One turn on its way to the page: what it shows, and the stream it comes from.

Knows the events of app/events.py; nothing of handlers, of who the person is, or of what is stored.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import gradio as gr
from gradio.components.chatbot import ComponentMessage

from app import cards
from app.events import Event
from app.i18n import Language, text
from storage.records import NotFoundError

log = logging.getLogger(__name__)

HALT_SECONDS = 5.0  # how long a change of the record waits for the answer it interrupts
HURRY_SECONDS = 0.5  # how long a new message lets the words before it go on, once there are cards

_PROPS = gr.HTML(js_on_load=None, apply_default_css=False, render=False).get_config()
_PROPS.pop("value", None)

_STATES = {"stopped": "stopped", "failed": "failed", "running": "elsewhere"}
Messages = list[dict[str, Any]]
Row = Mapping[str, Any]


@dataclass
class Turn:
    """One turn as the page shows it, from an event stream or from the record."""

    message: str
    turn_id: str = ""
    conversation_id: str = ""
    reply: str = ""
    source: str = ""
    items: Sequence[Row] = ()
    steps: Sequence[Row] = ()
    chips: Sequence[Row] = ()
    reactions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shown: bool = False  # whether its cards, if any, have come
    state: str = (
        "reading"  # then searching, writing, and one of done, stopped, failed; elsewhere: in no handler's hands
    )

    @classmethod
    def recorded(cls, row: Row) -> "Turn":
        """A turn of `ChatBackend.history`."""
        return cls(
            message=str(row["message"]),
            turn_id=str(row["turn_id"]),
            reply=str(row["reply"] or ""),
            source=str(row.get("source") or ""),
            items=row.get("items") or (),
            steps=row.get("steps") or (),
            chips=row.get("chips") or (),
            reactions=row.get("reactions") or {},
            state=_STATES.get(str(row.get("status")), "done"),
        )

    def apply(self, event: Event) -> None:
        """Takes in what an event tells."""
        data = event.data
        if event.kind == "plan":
            self.source, self.state = str(data.get("source", "")), "searching"
        elif event.kind == "items":
            self.turn_id, self.conversation_id = str(data["turn_id"]), str(data["conversation_id"])
            self.shown = True
            self.items, self.steps, self.chips = data["items"], data.get("steps") or (), data.get("chips") or ()
            self.state = "writing"
        elif event.kind == "token":
            self.reply += str(data["text"])
        else:
            self.reply = str(data.get("reply") or self.reply)
            self.source = str(data.get("source") or self.source)
            self.steps, self.chips = data.get("steps") or self.steps, data.get("chips") or self.chips

    def messages(self, language: Language) -> Messages:
        """The person's message and the answer in parts; a part keeps its place once it is there."""
        ended = self.state in ("done", "stopped", "failed")
        if self.state in ("reading", "searching", "elsewhere"):
            parts = [cards.pending(text(self.state, language), elsewhere=self.state == "elsewhere")]
        else:
            parts = [
                cards.steps(self.steps, self._sign(language), language),
                cards.cards(self.items, self.turn_id, self.reactions, language),
                cards.words(
                    self.reply,
                    text(self.state, language) if self.state in ("stopped", "failed") else "",
                    writing=not ended,
                ),
            ]
        if self.state == "failed" and not self.turn_id:  # nothing is recorded that could be undone
            again = {"label": text("retry", language), "message": self.message}
            parts.append(cards.chips([again], language, with_tools=False))
        elif ended:
            parts.append(cards.chips(self.chips, language, turn_id=self.turn_id))
        said = part(cards.said(self.message, language))
        return [{"role": "user", "content": [said]}, {"role": "assistant", "content": [part(p) for p in parts if p]}]

    def _sign(self, language: Language) -> str:
        """Why the language model did not answer, or not in its own words; it is recorded with the step it failed."""
        note = next((str(step["note"]) for step in self.steps if step.get("note")), "")
        return text("rules" if self.source == "rules" else "template", language, note=note) if note else ""


def part(markup: str) -> ComponentMessage:
    """A piece of a message as `gr.Chatbot` sends it; a `gr.HTML` would be made anew for every piece at every update."""
    return ComponentMessage(component="html", value=markup, constructor_args={}, props=_PROPS)


class Answer:
    """One answer on its way to one browser tab; other handlers of the tab can stop it, or wait for their turn after it.

    The answer is worked on to its end even when the tab goes away in between; only `stop` ends it early.
    """

    _working: ClassVar[set[asyncio.Task[None]]] = set()  # asyncio itself keeps no task alive

    def __init__(self, message: str, earlier: "Answer | None" = None) -> None:
        self.turn = Turn(message)
        self.before: Messages = []  # what the log shows above this turn and those before it in the queue
        self.earlier = earlier
        self.later: Answer | None = None
        if earlier is not None:
            earlier.later = self
        self.started = time.monotonic()
        self.stopped = False
        self.failed = False
        self.stored = asyncio.Event()  # the message is, or cannot be
        self.carded = asyncio.Event()  # the cards have come, or will not
        self.ended = asyncio.Event()  # the handler has sent its last update
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def start(self, stream: AsyncIterator[Event]) -> None:
        if self.stopped:
            self._events.put_nowait(None)
        else:
            self._task = asyncio.create_task(self._read(stream))
            self._working.add(self._task)
            self._task.add_done_callback(self._over)

    async def _read(self, stream: AsyncIterator[Event]) -> None:
        try:
            async for event in stream:
                self._events.put_nowait(event)
                if event.kind == "items":
                    self.carded.set()
        except NotFoundError:
            log.info("a turn was deleted while it was worked on")
            self.failed = True
        except Exception:
            log.exception("a turn failed")
            self.failed = True

    def _over(self, task: asyncio.Task[None]) -> None:
        self._working.discard(task)
        self.carded.set()
        self._events.put_nowait(None)

    async def batch(self) -> list[Event | None]:
        """All events since the last call, at least one; None is the end."""
        events = [await self._events.get()]
        while not self._events.empty():
            events.append(self._events.get_nowait())
        return events

    def log(self, language: Language) -> Messages:
        """All of the log: what was there, the answers before this one that are not whole, this one, those after it."""
        first: Answer = self
        while first.earlier is not None:
            first = first.earlier
        shown = list(first.before)
        answer: Answer | None = first
        while answer is not None:
            shown += answer.turn.messages(language)
            answer = answer.later
        return shown

    async def hurry(self) -> None:
        """Wait until there are cards and, for a moment, for words; then stop what is left of them."""
        await self.carded.wait()
        if self._task is not None:
            _, unfinished = await asyncio.wait([self._task], timeout=HURRY_SECONDS)
            if unfinished:
                self.stop()
        await self.ended.wait()

    def stop(self) -> None:
        """Cancels the stream, which closes it; the events so far remain."""
        self.stopped = True
        if self._task is not None:
            self._task.cancel()

    def close(self, language: Language) -> None:
        """The handler has sent its last update: the next answer goes on from what is shown now."""
        if self.later is not None:
            self.later.before = [*self.before, *self.turn.messages(language)]
            self.later.earlier = None
        self.stored.set()
        self.carded.set()
        self.ended.set()


async def halt(answer: Answer) -> None:
    """Stops an answer and those before it, and waits until the handler has sent and stored the last of it."""
    stop_all(answer)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(answer.ended.wait(), HALT_SECONDS)


def stop_all(answer: Answer | None) -> None:
    """Stops an answer and those before it that are not whole."""
    while answer is not None:
        answer.stop()
        answer = answer.earlier
