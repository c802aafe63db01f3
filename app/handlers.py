"""What the chat page does when something is typed or tapped: a record that is the service's, shown in a log.

Knows nothing of how items are found; who the person is and whether something is theirs is the service's to say.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Sequence
from html import escape
from typing import Any, Protocol

import gradio as gr

from agents.policy.aside import Aside, aside_of
from app import cards
from app.events import Event
from app.frame import editing_html, header_html, hero_html, newest_html, talks_html
from app.i18n import Language, language_of, text
from app.turns import Answer, Messages, Row, Turn, halt, part, stop_all
from storage.records import MAX_TITLE, NotFoundError, TurnRecord

log = logging.getLogger(__name__)

MAX_TURNS = 30  # turns of a conversation shown at once
UPDATE_SECONDS = 0.1  # between two updates of streamed words
NEW = "new"  # what page.js remembers for a tab with an empty new conversation
DOUBLE_TAP_SECONDS = 0.8  # the same message again within this time is one tap too many
MAX_TALKS = 50  # conversations listed at first, and more at each tap


class ChatBackend(Protocol):
    """What the page asks of the service. Everything raises NotFoundError if it is not the person's own, or is gone."""

    def user_of(self, request: gr.Request) -> str: ...
    async def begin(self, user_id: str, message: str, conversation_id: str | None) -> TurnRecord: ...
    def work(self, user_id: str, begun: TurnRecord, k: int = 5, replaces: str = "") -> AsyncIterator[Event]: ...
    async def stop(self, user_id: str, turn_id: str, shown_reply: str) -> None: ...
    async def discard(self, user_id: str, turn_id: str) -> None: ...
    async def conversations(self, user_id: str, limit: int) -> Sequence[Row]: ...
    async def history(
        self, user_id: str, conversation_id: str, last: int | None = None, before: str = ""
    ) -> Sequence[Row]: ...
    async def delete_conversation(self, user_id: str, conversation_id: str) -> None: ...
    async def rename_conversation(self, user_id: str, conversation_id: str, title: str) -> None: ...
    async def undo_last(self, user_id: str, conversation_id: str) -> str: ...
    def starters(self, language: Language) -> Sequence[str]: ...
    def catalogue_line(self, language: Language) -> str: ...


class ChatPage:
    """The handlers of the page. Those that change the log return `log, conversation, talks, box, editing, banner`."""

    def __init__(self, service: ChatBackend) -> None:
        self._service = service
        self._answers: dict[str, Answer] = {}  # by browser tab (Gradio's session hash)
        self._listed: dict[str, int] = {}  # by person who asked for more conversations than MAX_TALKS: how many

    # ---- reading the record ----

    async def _messages(
        self, user_id: str, conversation_id: str | None, language: Language, before: str = "", without: str = ""
    ) -> Messages:
        """The newest turns of a conversation; only those `before` the turn of this id, and `without` that of this."""
        if not conversation_id:
            return []
        # Two more than are shown: one that tells that there are earlier ones, and one that may be left out.
        rows = await self._service.history(user_id, conversation_id, MAX_TURNS + 2, before)
        rows = [row for row in rows if row["turn_id"] != without]
        shown: Messages = []
        if len(rows) > MAX_TURNS:
            note = f'<p class="sign">{escape(text("earlier", language))}</p>'
            shown.append({"role": "assistant", "content": [part(note)]})
        for row in rows[-MAX_TURNS:]:
            shown += Turn.recorded(row).messages(language)
        return shown

    async def _talks(self, user_id: str, current: str | None, language: Language) -> str:
        limit = self._listed.get(user_id, MAX_TALKS)
        rows = await self._service.conversations(user_id, limit + 1)
        return talks_html(rows[:limit], current, language, more=len(rows) > limit)

    async def _show(
        self, user_id: str, conversation_id: str | None, language: Language, box: Any = None
    ) -> tuple[Any, ...]:
        """The outputs that show a conversation, or the empty page for None; `box` is the textbox's update, if any."""
        return (
            await self._messages(user_id, conversation_id, language),
            conversation_id,
            await self._talks(user_id, conversation_id, language),
            gr.skip() if box is None else box,
            "",
            "",
        )

    async def _gone(self, user: str, language: Language, box: Any = None) -> tuple[Any, ...]:
        """What every handler shows when the conversation was deleted from another tab: that, and the empty page."""
        gr.Warning(text("gone", language), title="")
        return await self._show(user, None, language, box)

    async def _show_or_gone(self, user: str, conversation: str | None, language: Language) -> tuple[Any, ...]:
        try:
            return await self._show(user, conversation, language)
        except NotFoundError:
            return await self._gone(user, language)

    # ---- answering ----

    async def answer(
        self, message: str, language: Language, conversation: str | None, replaces: str, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Stores a message at once and streams its turn into the log, after those that this tab has sent before it.

        `replaces` is the id of the turn that is edited or asked again, or ""; it stays until the new cards are stored.
        """
        message = cards.cut(message.strip())
        tab, user = str(request.session_hash), self._service.user_of(request)
        earlier = self._answers.get(tab)
        twice = earlier and earlier.turn.message == message and time.monotonic() - earlier.started < DOUBLE_TAP_SECONDS
        if not message or twice:
            yield (gr.skip(),) * 6
            return
        running = self._answers[tab] = Answer(message, earlier)
        turn = running.turn
        try:
            try:
                if aside_of(message) is Aside.START_OVER:
                    if earlier:
                        await halt(earlier)
                    yield await self._show(user, None, language)
                    return
                if earlier:
                    await (halt(earlier) if replaces else earlier.stored.wait())
                    conversation = conversation or earlier.turn.conversation_id or None
                # Read first: once the message is stored nothing may fail before it is worked on.
                if running.earlier is None or replaces:
                    running.before = await self._messages(user, conversation, language, without=replaces)
                begun = await self._service.begin(user, message, conversation)
            except NotFoundError:  # the message is given back
                yield await self._gone(user, language, message)
                return
            except Exception:
                log.exception("a message could not be stored")
                turn.state = "failed"
                yield running.log(language), conversation, gr.skip(), gr.skip(), "", ""
                return
            turn.turn_id, turn.conversation_id = begun.id, begun.conversation_id
            running.stored.set()
            running.start(self._service.work(user, begun, replaces=replaces))
            talks = await self._talks(user, begun.conversation_id, language)
            yield running.log(language), begun.conversation_id, talks, gr.skip(), "", ""
            if running.earlier:
                await running.earlier.hurry()
            while None not in (events := await running.batch()):
                for event in events:
                    turn.apply(event)  # type: ignore[arg-type]
                yield running.log(language), *(gr.skip(),) * 5
                if turn.reply:
                    await asyncio.sleep(UPDATE_SECONDS)
            for event in events:
                if event is not None:
                    turn.apply(event)
            alone = not running.later and bool(replaces or not earlier)
            try:
                if running.stopped:
                    await self._service.stop(user, turn.turn_id, turn.reply)
                if alone and not turn.shown and (running.stopped or replaces):
                    yield await self._given_back(user, running, conversation, language, replaces)
                    return
                if aside_of(message) is Aside.UNDO or (replaces and not turn.shown):  # the turns above are others now
                    running.before = await self._messages(user, conversation, language, before=turn.turn_id)
            except NotFoundError:
                yield await self._gone(user, language, message)
                return
            turn.state = "stopped" if running.stopped else "failed" if running.failed else "done"
            yield running.log(language), *(gr.skip(),) * 5
        finally:
            running.close(language)
            if self._answers.get(tab) is running:
                del self._answers[tab]

    async def _given_back(
        self, user: str, answer: Answer, conversation: str | None, language: Language, replaces: str
    ) -> tuple[Any, ...]:
        """Nothing was shown for a message: it goes back into the textbox, and what it was to replace is still there."""
        await self._service.discard(user, answer.turn.turn_id)
        if not answer.stopped:
            gr.Warning(text("failed", language), title="")
        shown = await self._show(user, conversation, language, answer.turn.message)
        return (*shown[:4], replaces, editing_html(language)) if replaces else shown

    async def ask(
        self, message: str, language: Language, conversation: str | None, editing: str, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Send or Enter in the textbox; `editing` is the id of the turn that is edited, or ""."""
        async for update in self.answer(message, language, conversation, editing, request):
            yield update

    async def tap(
        self, event: gr.EventData, language: Language, conversation: str | None, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        """A starter, a chip or "more like this": its message is sent, what is being typed stays."""
        async for update in self.answer(_told(event, "message"), language, conversation, "", request):
            yield update

    async def retry(
        self, language: Language, conversation: str | None, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Asks the last message again in place of its turn."""
        await self._halt(request)
        user = self._service.user_of(request)
        try:
            last = await self._last(user, conversation)
        except NotFoundError:
            yield await self._gone(user, language)
            return
        if last:
            message, replaces = str(last["message"]), str(last["turn_id"])
            async for update in self.answer(message, language, conversation, replaces, request):
                yield update

    async def _last(self, user: str, conversation: str | None) -> Row | None:
        rows = await self._service.history(user, conversation, 1) if conversation else ()
        return rows[-1] if rows else None

    async def stop(self, request: gr.Request) -> None:
        """Stops this tab's answers; their handlers show and store what was said so far."""
        stop_all(self._answers.get(str(request.session_hash)))

    async def _halt(self, request: gr.Request) -> None:
        answer = self._answers.get(str(request.session_hash))
        if answer:
            await halt(answer)

    # ---- changing the record ----

    async def open(self, event: gr.EventData, language: Language, request: gr.Request) -> tuple[Any, ...]:
        """Shows an earlier conversation, or with no id the empty page for a new one."""
        await self._halt(request)
        user = self._service.user_of(request)
        return await self._show_or_gone(user, _told(event, "id") or None, language)

    async def look(
        self, event: gr.EventData, language: Language, conversation: str | None, request: gr.Request
    ) -> tuple[Any, ...]:
        """Shows what has come to the record from another tab, or from an answer that went on without this one.

        page.js asks when the tab is turned to, and while such an answer is on its way; `turn` is the last whole one
        that it shows.
        """
        user = self._service.user_of(request)
        if str(request.session_hash) in self._answers or not conversation:
            return (gr.skip(),) * 6
        try:
            last = await self._last(user, conversation)
            if last and last["status"] != "running" and last["turn_id"] == _told(event, "turn"):
                return (gr.skip(),) * 6
            shown, _, talks, *_ = await self._show(user, conversation, language)
        except NotFoundError:
            return await self._gone(user, language)
        return shown, gr.skip(), talks, *(gr.skip(),) * 3  # what is typed or edited stays

    async def delete(
        self, event: gr.EventData, language: Language, conversation: str | None, request: gr.Request
    ) -> tuple[Any, ...]:
        """Deletes a conversation for good; the open one leaves the empty page."""
        user, gone = self._service.user_of(request), _told(event, "id")
        if gone == conversation:
            await self._halt(request)
        with contextlib.suppress(NotFoundError):  # from another tab
            await self._service.delete_conversation(user, gone)
        if gone == conversation:
            return await self._show(user, None, language)
        return gr.skip(), gr.skip(), await self._talks(user, conversation, language), *(gr.skip(),) * 3

    async def rename(
        self, event: gr.EventData, language: Language, conversation: str | None, request: gr.Request
    ) -> tuple[Any, ...]:
        """Gives a conversation a new title."""
        user, named, title = self._service.user_of(request), _told(event, "id"), _told(event, "title").strip()
        try:
            if title:
                await self._service.rename_conversation(user, named, title[:MAX_TITLE])
        except NotFoundError:
            if named == conversation:
                return await self._gone(user, language)
            gr.Warning(text("gone", language), title="")
        return gr.skip(), gr.skip(), await self._talks(user, conversation, language), *(gr.skip(),) * 3

    async def older(self, language: Language, conversation: str | None, request: gr.Request) -> str:
        """Lists more conversations, until the page is loaded again."""
        user = self._service.user_of(request)
        self._listed[user] = self._listed.get(user, MAX_TALKS) + MAX_TALKS
        return await self._talks(user, conversation, language)

    async def undo(self, language: Language, conversation: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Takes back the last turn."""
        await self._halt(request)
        user = self._service.user_of(request)
        if conversation:
            with contextlib.suppress(NotFoundError):  # deleted, or undone, from another tab: shown below
                await self._service.undo_last(user, conversation)
        return await self._show_or_gone(user, conversation, language)

    async def edit(self, language: Language, conversation: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Puts the last message into the textbox; nothing changes until it is sent."""
        user = self._service.user_of(request)
        try:
            last = await self._last(user, conversation)
        except NotFoundError:
            return await self._gone(user, language)
        if not last:
            return *(gr.skip(),) * 4, "", ""
        return *(gr.skip(),) * 3, str(last["message"]), str(last["turn_id"]), editing_html(language)

    # ---- the whole page ----

    async def load(self, saved: str, opened: str, typed: str, request: gr.Request) -> tuple[Any, ...]:
        """After a visit or a refresh: the language, and the conversation that was open in this tab.

        `opened` is its id, NEW for a new one, and "" in a fresh tab, which gets the newest conversation. `typed` is
        what was in the textbox, or sent last: it is given back unless the record has it.
        """
        language = language_of(saved or request.headers.get("accept-language", ""))
        user = self._service.user_of(request)
        self._listed.pop(user, None)
        if not opened:
            opened = next((str(row["id"]) for row in await self._service.conversations(user, 1)), NEW)
        try:
            last = await self._last(user, None if opened == NEW else opened) if typed else None
            if last and last["message"] == cards.cut(typed.strip()):
                typed = ""
            shown = await self._show(user, None if opened == NEW else opened, language, _box(language, typed))
        except NotFoundError:  # deleted since, or of a person that the browser has forgotten
            shown = await self._show(user, None, language, _box(language, typed))
        return *self._labels(language), *shown

    async def speak(self, event: gr.EventData, conversation: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Changes the language of the page; an answer on its way goes on in the old one."""
        language = language_of(_told(event, "language"))
        shown = await self._show_or_gone(self._service.user_of(request), conversation, language)
        shown = (*shown[:3], _box(language), *shown[4:])
        if str(request.session_hash) in self._answers:
            shown = (gr.skip(), gr.skip(), *shown[2:])
        return language, *self._labels(language), *shown

    def _labels(self, language: Language) -> tuple[Any, ...]:
        return (
            language,
            header_html(language),
            hero_html(self._service.starters(language), self._service.catalogue_line(language), language),
            newest_html(language),
            gr.Button(text("send", language)),
            gr.Button(text("stop", language)),
        )


def _box(language: Language, typed: str = "") -> Any:
    value = {"value": typed} if typed else {}  # without one, what has been typed meanwhile stays
    return gr.Textbox(label=text("message", language), placeholder=text("placeholder", language), **value)


def _told(event: gr.EventData, name: str) -> str:
    """A text that page.js sent with an event; "" when it is missing or no text."""
    value = getattr(event, name, "")
    return value if isinstance(value, str) else ""
