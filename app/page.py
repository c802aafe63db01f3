"""The chat page: a Gradio Blocks app whose record is the service's, never the browser's.

The log is a `gr.Chatbot` whose messages are made of HTML parts (steps, cards, words, chips); a part whose text has not
changed keeps its place in the page, so pressed buttons and opened steps survive while words stream. Taps reach Python
through one invisible `gr.HTML`, the bridge, whose events page.js triggers; feedback goes from page.js to the HTTP API.
Knows nothing of how items are found; who the person is and whether something is theirs is the service's to say.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, Protocol

import gradio as gr
from fastapi import FastAPI

from app.events import Event
from app.frame import editing_html, header_html, hero_html, talks_html
from app.i18n import Language, language_of, text
from app.turns import Answer, Messages, Row, Turn, halt, part

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
MAX_MESSAGE = 2000  # characters
MAX_TURNS = 30  # turns of a conversation shown at once
UPDATE_SECONDS = 0.1  # between two updates of streamed words
DOUBLE_TAP_SECONDS = 0.8  # the same message again within this time is one tap too many
MAX_TITLE = 120  # characters


class ChatBackend(Protocol):
    """What the page asks of the service. Everything raises if the conversation is not the person's own."""

    def user_of(self, request: gr.Request) -> str: ...
    def turn(self, user_id: str, message: str, conversation_id: str | None, k: int = 5) -> AsyncIterator[Event]: ...
    async def stop(self, user_id: str, turn_id: str, shown_reply: str) -> None: ...
    async def conversations(self, user_id: str) -> Sequence[Row]: ...
    async def history(self, user_id: str, conversation_id: str) -> Sequence[Row]: ...
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

    # ---- reading the record ----

    async def _messages(self, user_id: str, conversation_id: str | None, language: Language) -> Messages:
        if not conversation_id:
            return []
        rows = await self._service.history(user_id, conversation_id)
        shown: Messages = []
        if len(rows) > MAX_TURNS:
            note = f'<p class="sign">{escape(text("earlier", language))}</p>'
            shown.append({"role": "assistant", "content": [part(note)]})
        for row in rows[-MAX_TURNS:]:
            shown += Turn.recorded(row).messages(language)
        return shown

    async def _talks(self, user_id: str, current: str | None, language: Language) -> str:
        return talks_html(await self._service.conversations(user_id), current, language)

    async def _show(
        self, user_id: str, conversation_id: str | None, language: Language, box: Any = None
    ) -> tuple[Any, ...]:
        """The outputs that show a conversation, or the empty page for None; `box` is the textbox's update, if any."""
        return (
            await self._messages(user_id, conversation_id, language),
            conversation_id,
            await self._talks(user_id, conversation_id, language),
            gr.skip() if box is None else box,
            False,
            "",
        )

    # ---- answering ----

    async def answer(
        self,
        message: str,
        language: Language,
        conversation: str | None,
        editing: bool,
        request: gr.Request,
        draft: Any = None,
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Streams one turn into the log; `draft` is the textbox's first update (None leaves it)."""
        message = message.strip()[:MAX_MESSAGE]
        tab, user = str(request.session_hash), self._service.user_of(request)
        earlier = self._answers.get(tab)
        twice = earlier and earlier.message == message and time.monotonic() - earlier.started < DOUBLE_TAP_SECONDS
        if not message or twice:
            yield (gr.skip(),) * 6
            return
        running = self._answers[tab] = Answer(message)
        try:
            if earlier:
                await halt(earlier)
            try:
                if editing and conversation:
                    await self._service.undo_last(user, conversation)
                shown = await self._messages(user, conversation, language)
            except Exception:  # deleted from another tab, say: the message is given back on an empty page
                log.exception("a conversation could not be read")
                gr.Warning(text("gone", language), title="")
                yield await self._show(user, None, language, message)
                return
            turn = Turn(message)
            box = gr.skip() if draft is None else draft
            yield [*shown, *turn.messages(language)], conversation, gr.skip(), box, False, ""
            running.start(self._service.turn(user, message, conversation))
            while None not in (events := await running.batch()):
                for event in events:
                    turn.apply(event)  # type: ignore[arg-type]
                yield [*shown, *turn.messages(language)], turn.conversation_id or conversation, *(gr.skip(),) * 4
                if turn.reply:
                    await asyncio.sleep(UPDATE_SECONDS)
            for event in events:
                if event is not None:
                    turn.apply(event)
            conversation = turn.conversation_id or conversation
            if running.stopped and not turn.turn_id:  # nothing was kept: give the message back
                yield await self._show(user, conversation, language, message)
                return
            if running.stopped:
                await self._service.stop(user, turn.turn_id, turn.reply)
            turn.state = "stopped" if running.stopped else "failed" if running.failed else "done"
            talks = await self._talks(user, conversation, language)
            yield [*shown, *turn.messages(language)], conversation, talks, gr.skip(), gr.skip(), gr.skip()
        finally:
            running.close()
            if self._answers.get(tab) is running:
                del self._answers[tab]

    async def ask(
        self, message: str, language: Language, conversation: str | None, editing: bool, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Send or Enter in the textbox."""
        async for update in self.answer(message, language, conversation, editing, request, draft=""):
            yield update

    async def tap(
        self, event: gr.EventData, language: Language, conversation: str | None, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        """A starter, a chip or "more like this": its message is sent, what is being typed stays."""
        async for update in self.answer(_told(event, "message"), language, conversation, False, request):
            yield update

    async def retry(
        self, language: Language, conversation: str | None, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Asks the last message again in place of its turn."""
        await self._halt(request)
        if conversation:
            message = await self._service.undo_last(self._service.user_of(request), conversation)
            async for update in self.answer(message, language, conversation, False, request):
                yield update

    async def stop(self, request: gr.Request) -> None:
        """Stops this tab's answer; its handler shows and stores what was said so far."""
        answer = self._answers.get(str(request.session_hash))
        if answer:
            answer.stop()

    async def _halt(self, request: gr.Request) -> None:
        answer = self._answers.get(str(request.session_hash))
        if answer:
            await halt(answer)

    # ---- changing the record ----

    async def open(self, event: gr.EventData, language: Language, request: gr.Request) -> tuple[Any, ...]:
        """Shows an earlier conversation, or with no id the empty page for a new one."""
        await self._halt(request)
        user = self._service.user_of(request)
        try:
            return await self._show(user, _told(event, "id") or None, language)
        except Exception:
            log.exception("a conversation could not be opened")
            gr.Warning(text("gone", language), title="")
            return await self._show(user, None, language)

    async def delete(
        self, event: gr.EventData, language: Language, conversation: str | None, request: gr.Request
    ) -> tuple[Any, ...]:
        """Deletes a conversation for good; the open one leaves the empty page."""
        user, gone = self._service.user_of(request), _told(event, "id")
        if gone == conversation:
            await self._halt(request)
        await self._service.delete_conversation(user, gone)
        if gone == conversation:
            return await self._show(user, None, language)
        return gr.skip(), gr.skip(), await self._talks(user, conversation, language), *(gr.skip(),) * 3

    async def rename(
        self, event: gr.EventData, language: Language, conversation: str | None, request: gr.Request
    ) -> str:
        """Gives a conversation a new title; returns the list of conversations."""
        user, title = self._service.user_of(request), _told(event, "title").strip()[:MAX_TITLE]
        if title:
            await self._service.rename_conversation(user, _told(event, "id"), title)
        return await self._talks(user, conversation, language)

    async def undo(self, language: Language, conversation: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Takes back the last turn."""
        await self._halt(request)
        user = self._service.user_of(request)
        if conversation:
            await self._service.undo_last(user, conversation)
        return await self._show(user, conversation, language)

    async def edit(self, language: Language, conversation: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Puts the last message into the textbox; nothing changes until it is sent. Returns box, editing, banner."""
        rows = await self._service.history(self._service.user_of(request), conversation) if conversation else ()
        if not rows:
            return gr.skip(), False, ""
        return str(rows[-1]["message"]), True, editing_html(language)

    # ---- the whole page ----

    async def load(self, saved: str, request: gr.Request) -> tuple[Any, ...]:
        """After a visit or a refresh: the language, and the newest conversation as recorded."""
        language = language_of(saved or request.headers.get("accept-language", ""))
        user = self._service.user_of(request)
        newest = next((str(row["id"]) for row in await self._service.conversations(user)), None)
        return *self._labels(language), *await self._show(user, newest, language, _box(language))

    async def speak(self, event: gr.EventData, conversation: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Changes the language of the page; an answer on its way goes on in the old one."""
        language = language_of(_told(event, "language"))
        shown = await self._show(self._service.user_of(request), conversation, language, _box(language))
        if str(request.session_hash) in self._answers:
            shown = (gr.skip(), gr.skip(), *shown[2:])
        return language, *self._labels(language), *shown

    def _labels(self, language: Language) -> tuple[Any, ...]:
        return (
            language,
            header_html(language),
            hero_html(self._service.starters(language), self._service.catalogue_line(language), language),
            gr.Button(text("send", language)),
            gr.Button(text("stop", language)),
        )


def _box(language: Language) -> Any:
    return gr.Textbox(label=text("message", language), placeholder=text("placeholder", language))


def _told(event: gr.EventData, name: str) -> str:
    """A text that page.js sent with an event; "" when it is missing or no text."""
    value = getattr(event, name, "")
    return value if isinstance(value, str) else ""


# Lets page.js reach Python: gr.HTML gives `trigger` only to this script, and each event must be named in quotes here.
_BRIDGE = (
    "const events = ['ask', 'open', 'remove', 'rename', 'undo', 'retry', 'edit', 'cancel', 'language'];"
    "window.palate = (name, data) => { if (events.includes(name)) trigger(name, data || {}); };"
)


def build_page(service: ChatBackend, settings: object = None) -> gr.Blocks:
    """The page; `mount_page` serves it with its styles and scripts. No setting changes it so far."""
    page = ChatPage(service)
    with gr.Blocks(title="Palate", analytics_enabled=False, fill_height=True, fill_width=True) as demo:
        saved = gr.BrowserState("", storage_key="palate-language", secret="palate")  # noqa: S106 (a language, no secret)
        language, conversation, editing = gr.State("en"), gr.State(None), gr.State(False)
        with gr.Sidebar(open=False, width=300, elem_id="sidebar"):
            talks = gr.HTML(elem_id="talks", apply_default_css=False)
        header = gr.HTML(header_html("en"), elem_id="header", apply_default_css=False)
        hero = gr.HTML("", elem_id="hero", apply_default_css=False)
        shown = gr.Chatbot(
            elem_id="log",
            show_label=False,
            container=False,
            buttons=[],
            feedback_options=None,
            autoscroll=False,
            render_markdown=False,
            sanitize_html=True,
            allow_tags=False,
            latex_delimiters=[],
            height="auto",
            layout="bubble",
        )
        with gr.Column(elem_id="composer"):
            banner = gr.HTML("", elem_id="banner", apply_default_css=False)
            with gr.Row(elem_id="compose"):
                box = gr.Textbox(
                    label=text("message", "en"),
                    placeholder=text("placeholder", "en"),
                    lines=1,
                    max_lines=5,
                    max_length=MAX_MESSAGE,
                    show_label=False,
                    container=False,
                    autofocus=True,
                    elem_id="box",
                    scale=1,
                )
                send = gr.Button(text("send", "en"), variant="primary", elem_id="send", scale=0, min_width=72)
                stop = gr.Button(text("stop", "en"), elem_id="stop", scale=0, min_width=72)
        bridge = gr.HTML("<i></i>", elem_id="bridge", js_on_load=_BRIDGE, apply_default_css=False)

        log_outputs = [shown, conversation, talks, box, editing, banner]
        labels = [language, header, hero, send, stop]
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
        typed = [box, language, conversation, editing]
        here = [language, conversation]
        box.submit(page.ask, typed, log_outputs, trigger_mode="multiple", **quiet)
        send.click(page.ask, typed, log_outputs, trigger_mode="multiple", **quiet)
        stop.click(page.stop, None, None, **quiet)
        bridge.ask(page.tap, here, log_outputs, trigger_mode="multiple", **quiet)
        bridge.retry(page.retry, here, log_outputs, **quiet)
        bridge.undo(page.undo, here, log_outputs, **quiet)
        bridge.open(page.open, [language], log_outputs, **quiet)
        bridge.remove(page.delete, here, log_outputs, **quiet)
        bridge.rename(page.rename, here, [talks], **quiet)
        bridge.edit(page.edit, here, [box, editing, banner], **quiet)
        bridge.cancel(lambda: ("", False, ""), None, [box, editing, banner], **quiet)
        bridge.language(page.speak, [conversation], [saved, *labels, *log_outputs], **quiet)
        demo.load(page.load, [saved], [*labels, *log_outputs], **quiet)
    return demo


def mount_page(app: FastAPI, demo: gr.Blocks, path: str = "/") -> FastAPI:
    """Serves the page at `path` with its own styles, nothing from elsewhere, no footer, no run history."""
    system = [
        "system-ui",
        "-apple-system",
        "Segoe UI",
        "Roboto",
        "Noto Sans",
        "PingFang SC",
        "Microsoft YaHei",
        "Noto Sans CJK SC",
        "sans-serif",
    ]
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        demo,
        path,
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        theme=gr.themes.Base(font=system, font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"]),
        head="<style>{}</style><script>{}</script>".format(
            *((STATIC / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
        ),
    )
    return mounted
