"""What the page and the HTTP API both do: run a turn and keep its record true, feedback, history.

Storage calls are short and synchronous; they run in threads so that other conversations go on.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Container, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

import prometheus_client as prometheus

from agents.controller import Context, Finished, Planned, Shown, Words
from agents.plan import MOST_SHOWN, Message, Reading
from agents.policy.aside import Aside, aside_of
from agents.replies.present import Language
from agents.state.taste import Profile, Taste
from app import identity
from app.events import Event
from app.limits import MAX_MESSAGE, MAX_REPLY
from app.starters import starters
from app.wiring import Brain, Stores
from storage.records import FeedbackKind, FeedbackRecord, NotFoundError, StorageError, TurnRecord, TurnStatus

log = logging.getLogger(__name__)
_CONTEXT_TURNS = 20  # earlier turns among which the reader is shown what matters

TURNS = prometheus.Counter("palate_turns_total", "Turns answered", ["source", "status"])
SECONDS = prometheus.Histogram("palate_turn_seconds", "Seconds per part of a turn", ["part"])
FEEDBACK = prometheus.Counter("palate_feedback_total", "Reactions stored", ["kind"])


class MessageError(ValueError):
    """The message cannot be taken; the text says why and what to do."""


class ChatService:
    """Conversations over one brain and one database."""

    def __init__(self, stores: Stores, brain: Brain) -> None:
        self.stores = stores
        self.brain = brain
        # One turn at a time in a conversation: two tabs must not build on the same state.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._answering: set[str] = set()  # ids of turns that are begun and not yet stored as ended

    def user_of(self, request: Any) -> str:
        """The person behind a request."""
        return identity.user_of(request)

    async def turn(
        self, user_id: str, message: str, conversation_id: str | None = None, k: int = 5
    ) -> AsyncIterator[Event]:
        """Answer one message; see `app.events` for what is sent.

        Raises:
            MessageError: the message is empty or too long. NotFoundError: not this person's conversation.
            StorageError: the database does not take the turn, or how it ended.
        """
        begun = await self.begin(user_id, message, conversation_id)
        async with aclosing(self.work(user_id, begun, k)) as events:
            async for event in events:
                yield event

    async def begin(self, user_id: str, message: str, conversation_id: str | None = None) -> TurnRecord:
        """Store a message, to be worked on next; raises what `turn` raises."""
        message = message.replace("\x00", "").strip()
        if not message:
            raise MessageError("The message is empty. Type what you feel like.")
        if len(message) > MAX_MESSAGE:
            raise MessageError(f"{len(message):,} characters are over the limit of {MAX_MESSAGE:,}. Shorten it.")
        conversations = self.stores.conversations
        if conversation_id is None:
            conversation_id = (await asyncio.to_thread(conversations.start, user_id)).id
        begun = await self._to_the_end(user_id, conversations.add_turn, user_id, conversation_id, message=message)
        self._answering.add(begun.id)
        return begun

    async def work(
        self, user_id: str, begun: TurnRecord, k: int = 5, replaces: str = ""
    ) -> AsyncGenerator[Event, None]:
        """Answer a stored message, after those before it in its conversation.

        The cards are stored when they are ranked and the words when they end; closing the iterator early keeps what
        was said so far. The turn with the id `replaces` counts for nothing, and goes when the cards are stored.
        """
        lock = self._locks.setdefault(begun.conversation_id, asyncio.Lock())
        turn = begun
        reading: Reading | None = None
        shown: Shown | None = None
        reply, status = "", TurnStatus.STOPPED
        steps: list[dict[str, Any]] = []
        timings: dict[str, float] = {}
        note = ""
        try:
            async with lock:
                context = await asyncio.to_thread(self._context, user_id, begun, replaces)
                async for part in self.brain.controller.turn(begun.message, context, max(1, min(k, MOST_SHOWN))):
                    if isinstance(part, Planned):
                        reading = part.reading
                        yield Event("plan", {"plan": reading.plan.model_dump(mode="json"), "source": reading.source,
                                             "note": reading.note})  # fmt: skip
                    elif isinstance(part, Shown):
                        assert reading is not None
                        part = replace(part, steps=_noted(part.steps, reading, reading.note))
                        shown, steps, timings = part, part.steps, part.timings_ms
                        turn = await self._stored(user_id, begun.id, part, replaces)
                        data = {"conversation_id": turn.conversation_id, "turn_id": turn.id, "items": part.cards}
                        yield Event("items", data | {"steps": part.steps, "chips": part.chips})
                    elif isinstance(part, Words):
                        reply += part.text
                        yield Event("token", {"text": part.text})
                    elif isinstance(part, Finished):
                        assert reading is not None
                        note, timings = part.note, part.timings_ms
                        steps = _noted(part.steps, reading, note)
                        status = TurnStatus.DONE
        except Exception:
            status = TurnStatus.FAILED
            raise
        finally:
            try:
                if not await self._finish(user_id, begun.id, reply, status, timings, steps):
                    status = TurnStatus.FAILED
            finally:
                source = reading.source if reading else "none"
                TURNS.labels(source=source, status=status.value).inc()
                for name, ms in timings.items():
                    SECONDS.labels(part=name).observe(ms / 1000)
        if status is TurnStatus.FAILED:
            raise StorageError("The answer could not be stored.")
        assert reading is not None and shown is not None
        yield Event(
            "done",
            {
                "conversation_id": turn.conversation_id,
                "turn_id": turn.id,
                "reply": reply,
                "items": shown.cards,
                "plan": reading.plan.model_dump(mode="json"),
                "source": reading.source,
                "note": note,
                "chips": shown.chips,
                "steps": steps,
                "timings_ms": timings,
            },
        )

    async def answer(self, user_id: str, message: str, conversation_id: str | None, k: int) -> dict[str, Any]:
        """Answer one message in one piece: the `done` event's data."""
        async for event in self.turn(user_id, message, conversation_id, k):
            if event.kind == "done":
                return event.data
        raise RuntimeError("a turn ended without its last event")

    async def read(self, message: str, history: list[Message]) -> Reading:
        """Read a message into a plan, changing nothing."""
        return await self.brain.controller.reader.read(message, history)

    async def stop(self, user_id: str, turn_id: str, shown_reply: str) -> None:
        """Keep of a stopped turn what the person saw."""
        turn = await asyncio.to_thread(self.stores.conversations.turn, user_id, turn_id)
        if turn.status is not TurnStatus.DONE:
            await self._finish(
                user_id, turn_id, shown_reply[:MAX_REPLY], TurnStatus.STOPPED, turn.timings_ms, turn.steps
            )

    async def react(self, user_id: str, turn_id: str, item_id: str, kind: FeedbackKind) -> FeedbackRecord:
        """Store a reaction; durable when this returns."""
        record = await asyncio.to_thread(self.stores.feedback.add, user_id, turn_id, item_id, kind)
        FEEDBACK.labels(kind=kind.value).inc()
        return record

    async def unreact(self, user_id: str, turn_id: str, item_id: str, kind: FeedbackKind) -> None:
        """Take a reaction back."""
        await asyncio.to_thread(self.stores.feedback.undo, user_id, turn_id, item_id, kind)

    async def profile(self, user_id: str) -> dict[str, Any]:
        """What this person tapped and has not taken back, which counts in all their conversations."""
        standing = await asyncio.to_thread(self.stores.feedback.standing, user_id)
        profile = _profile(standing)
        saved = list(dict.fromkeys(r.item_id for r in standing if r.kind is FeedbackKind.SAVE))
        kinds = {"liked": profile.liked, "disliked": profile.disliked, "seen": profile.seen, "saved": saved}
        return {"user_id": user_id} | {kind: [self._named(item) for item in items] for kind, items in kinds.items()}

    async def forget(self, user_id: str) -> None:
        """Delete all that is stored of this person."""
        await asyncio.to_thread(self.stores.people.delete, user_id)

    async def conversations(self, user_id: str, limit: int = 50, offset: int = 0) -> list[dict[str, Any]]:
        """This person's conversations, newest first, without the `offset` newest."""
        rows = await asyncio.to_thread(self.stores.conversations.list, user_id, limit, offset)
        return [{"id": row.id, "title": row.title, "updated_ms": row.updated_ms} for row in rows]

    async def history(
        self, user_id: str, conversation_id: str, last: int | None = None, before: str = ""
    ) -> list[dict[str, Any]]:
        """The turns of a conversation as the page shows them, with the reactions that stand.

        Args:
            last: only the newest of them, at most so many. before: only those before the turn of this id.
        """
        answering = set(self._answering)  # before the turns are read: one that ends meanwhile is no failed one
        turns = await asyncio.to_thread(self.stores.conversations.turns, user_id, conversation_id, last, before)
        answering |= self._answering
        standing = await asyncio.to_thread(self.stores.feedback.standing, user_id)
        reactions: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for reaction in standing:
            reactions[reaction.turn_id][reaction.item_id].append(reaction.kind.value)
        return [
            {
                "turn_id": turn.id,
                "message": turn.message,
                "reply": turn.reply,
                "status": _status(turn, answering).value,
                "source": turn.source,
                "items": list(turn.shown),
                "steps": list(turn.steps),
                "chips": list(turn.chips),
                "reactions": dict(reactions[turn.id]),
            }
            for turn in turns
        ]

    async def delete_conversation(self, user_id: str, conversation_id: str) -> None:
        """Delete a conversation of this person."""
        await asyncio.to_thread(self.stores.conversations.delete, user_id, conversation_id)

    async def rename_conversation(self, user_id: str, conversation_id: str, title: str) -> None:
        """Rename a conversation of this person."""
        await asyncio.to_thread(self.stores.conversations.rename, user_id, conversation_id, title)

    async def undo_last(self, user_id: str, conversation_id: str) -> str:
        """Take the newest turn back; returns its message."""
        return await asyncio.to_thread(self.stores.conversations.delete_last_turn, user_id, conversation_id)

    async def discard(self, user_id: str, turn_id: str) -> None:
        """Take back a message for which nothing was shown."""
        await asyncio.to_thread(self.stores.conversations.delete_turn, user_id, turn_id)

    def starters(self, language: Language) -> list[str]:
        """At most six sentences to begin with, for this catalogue."""
        return starters(self.brain.catalogue, self.brain.presenter, language)

    def catalogue_line(self, language: Language) -> str:
        """One line on what there is."""
        count, noun = len(self.brain.catalogue), self.brain.presenter.noun(language)
        return (
            f"{count:,} {noun}, ranked for you in milliseconds"
            if language == "en"
            else f"{count:,}{noun}，毫秒间为你挑选"
        )

    def _context(self, user_id: str, begun: TurnRecord, replaces: str = "") -> Context:
        rows = self.stores.conversations.turns(user_id, begun.conversation_id, last=_CONTEXT_TURNS)
        rows = [turn for turn in rows if turn.id != replaces]
        standing = [given for given in self.stores.feedback.standing(user_id) if given.turn_id != replaces]
        undone = ""
        if aside_of(begun.message) is Aside.UNDO:
            rows, undone = self._take_back(user_id, rows, begun)
        # A message that was stopped before it was ranked for has changed nothing.
        turns = [turn for turn in rows if turn.position < begun.position and turn.plan]
        afresh = [place for place, turn in enumerate(turns) if aside_of(turn.message) is Aside.START_OVER]
        turns = turns[afresh[-1] :] if afresh else turns
        history: list[Message] = []
        for turn in turns:
            history.append(Message(role="user", text=turn.message))
            if turn.reply:
                history.append(Message(role="assistant", text=turn.reply))
        taste = Taste.model_validate(turns[-1].taste) if turns else Taste()
        # Cards by item, the newest with reasons last: "why that one?" may mean a card of an earlier turn.
        cards = {card["id"]: dict(card) for turn in turns for card in turn.shown if card.get("reasons")}
        return Context(history, taste, _profile(standing), list(cards.values()), undone)

    def _take_back(
        self, user_id: str, rows: Sequence[TurnRecord], begun: TurnRecord
    ) -> tuple[Sequence[TurnRecord], str]:
        """Delete the turn before one that says "undo"; returns those that are left, and its message or ""."""
        kept = [turn for turn in rows if turn.position < begun.position]
        while kept:
            turn = kept.pop()
            self.stores.conversations.delete_turn(user_id, turn.id)
            if aside_of(turn.message) is not Aside.UNDO:
                return kept, turn.message
        return kept, ""

    def _named(self, item_id: str) -> dict[str, str]:
        catalogue = self.brain.catalogue
        return {"id": item_id, "title": catalogue[item_id].title if item_id in catalogue else ""}

    async def _stored(self, user_id: str, turn_id: str, shown: Shown, replaces: str) -> TurnRecord:
        return await self._to_the_end(
            user_id,
            self.stores.conversations.show_turn,
            user_id,
            turn_id,
            source=shown.reading.source,
            plan=shown.reading.plan.model_dump(mode="json"),
            taste=shown.taste.model_dump(mode="json"),
            shown=shown.cards,
            steps=shown.steps,
            timings_ms=shown.timings_ms,
            chips=shown.chips,
            replaces=replaces,
        )

    async def _to_the_end(
        self, user_id: str, store: Callable[..., TurnRecord], *arguments: Any, **fields: Any
    ) -> TurnRecord:
        """Store a turn in a thread, which goes on when the person stops."""
        storing = asyncio.create_task(asyncio.to_thread(store, *arguments, **fields))

        def mark_stopped(stored: asyncio.Task[TurnRecord]) -> None:
            if not stored.cancelled() and not stored.exception():
                turn = stored.result()
                self._finish(user_id, turn.id, "", TurnStatus.STOPPED, turn.timings_ms, turn.steps)

        try:
            return await asyncio.shield(storing)
        except asyncio.CancelledError:
            # What the thread stores must not look for ever as if it were still being answered.
            storing.add_done_callback(mark_stopped)
            raise

    def _finish(
        self, user_id: str, turn_id: str, reply: str, status: TurnStatus, timings: Any, steps: Sequence[Any]
    ) -> asyncio.Future[bool]:
        """Store how a turn ended; whether it is stored. The thread starts at once and outlives a cancelled caller."""

        def store() -> bool:
            for _ in range(2):  # a lock may be held too long once
                try:
                    self.stores.conversations.finish_turn(
                        user_id, turn_id, reply=reply, status=status, timings_ms=timings, steps=steps
                    )
                    return True
                except NotFoundError:
                    return True  # deleted meanwhile: there is nothing to keep
                except Exception:
                    log.exception("the words of turn %s could not be stored", turn_id)
            return False

        stored = asyncio.get_running_loop().run_in_executor(None, store)
        stored.add_done_callback(lambda _: self._answering.discard(turn_id))
        return asyncio.shield(stored)


def _profile(standing: Sequence[FeedbackRecord]) -> Profile:
    """The profile that the reactions which stand make, given oldest first."""

    def items(kind: FeedbackKind) -> list[str]:
        newest_first = dict.fromkeys(record.item_id for record in reversed(standing) if record.kind is kind)
        return list(newest_first)[::-1]

    return Profile(liked=items(FeedbackKind.LIKE), disliked=items(FeedbackKind.DISLIKE), seen=items(FeedbackKind.SEEN))


def _noted(steps: Sequence[dict[str, Any]], reading: Reading, note: str) -> list[dict[str, Any]]:
    """The steps, with the note on the one that had to do without the language model: the reading, or the words."""
    noted = [dict(step) for step in steps]
    if note:
        noted[0 if reading.note else -1]["note"] = note
    return noted


def _status(turn: TurnRecord, answering: Container[str]) -> TurnStatus:
    """How a turn ended; one stored as running that nobody is answering any more could not be finished."""
    return TurnStatus.FAILED if turn.status is TurnStatus.RUNNING and turn.id not in answering else turn.status
