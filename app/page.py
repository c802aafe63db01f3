"""The chat page: a Gradio Blocks app whose record is the service's, never the browser's.

The log is a `gr.Chatbot` whose messages are made of HTML parts (steps, cards, words, chips); a part whose text has not
changed keeps its place in the page, so pressed buttons and opened steps survive while words stream. Taps reach Python
through one invisible `gr.HTML`, the bridge, whose events page.js triggers; feedback goes from page.js to the HTTP API.
What a tap does is in app/handlers.py.
"""

from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

from app.frame import header_html, newest_html
from app.handlers import ChatBackend, ChatPage
from app.i18n import text

STATIC = Path(__file__).parent / "static"
MAX_TYPED = 20_000  # characters that the textbox takes, so that what is too long is said and not silently lost


# Lets page.js reach Python: gr.HTML gives `trigger` only to this script, and each event must be named in quotes here.
_BRIDGE = (
    "const events = ['ask', 'open', 'older', 'remove', 'rename', 'undo', 'retry', 'edit', 'cancel', 'language', "
    "'look'];"
    "window.palate = (name, data) => { if (events.includes(name)) trigger(name, data || {}); };"
)
# The textbox is emptied as its message leaves, so that what is typed next is not.
_SENT = "(message, ...rest) => { window.palateSent(); return [message, ...rest]; }"
_OPENED = "(saved, ..._) => [saved, window.palateOpened(), window.palateTyped()]"
_ANSWERED = "() => window.palateAnswered()"
_LOST = "() => window.palateLost()"


def build_page(service: ChatBackend) -> gr.Blocks:
    """The page; `mount_page` serves it with its styles and scripts."""
    page = ChatPage(service)
    with gr.Blocks(title="Palate", analytics_enabled=False, fill_height=True, fill_width=True) as demo:
        saved = gr.BrowserState("", storage_key="palate-language", secret="palate")  # noqa: S106 (a language, no secret)
        language, conversation, editing = gr.State("en"), gr.State(None), gr.State("")
        opened, unsent = gr.Textbox(visible=False), gr.Textbox(visible=False)  # what the tab remembers, see _OPENED
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
                    max_length=MAX_TYPED,
                    show_label=False,
                    container=False,
                    autofocus=True,
                    elem_id="box",
                    scale=1,
                )
                newest = gr.HTML(newest_html("en"), elem_id="newest", apply_default_css=False)
                send = gr.Button(text("send", "en"), variant="primary", elem_id="send", scale=0, min_width=72)
                stop = gr.Button(text("stop", "en"), elem_id="stop", scale=0, min_width=72)
        bridge = gr.HTML("<i></i>", elem_id="bridge", js_on_load=_BRIDGE, apply_default_css=False)

        log_outputs = [shown, conversation, talks, box, editing, banner]
        labels = [language, header, hero, newest, send, stop]
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
        typed = [box, language, conversation, editing]
        here = [language, conversation]
        asked = [
            box.submit(page.ask, typed, log_outputs, js=_SENT, trigger_mode="multiple", **quiet),
            send.click(page.ask, typed, log_outputs, js=_SENT, trigger_mode="multiple", **quiet),
            bridge.ask(page.tap, here, log_outputs, trigger_mode="multiple", **quiet),
        ]
        for sent in asked:
            sent.success(None, js=_ANSWERED, **quiet)
            sent.failure(None, js=_LOST, **quiet)
        stop.click(page.stop, None, None, **quiet)
        bridge.retry(page.retry, here, log_outputs, **quiet)
        bridge.undo(page.undo, here, log_outputs, **quiet)
        bridge.open(page.open, [language], log_outputs, **quiet)
        bridge.look(page.look, here, log_outputs, **quiet)
        bridge.remove(page.delete, here, log_outputs, **quiet)
        bridge.rename(page.rename, here, log_outputs, **quiet)
        bridge.older(page.older, here, [talks], **quiet)
        bridge.edit(page.edit, here, log_outputs, **quiet)
        bridge.cancel(lambda: ("", "", ""), None, [box, editing, banner], **quiet)
        bridge.language(page.speak, [conversation], [saved, *labels, *log_outputs], **quiet)
        demo.load(page.load, [saved, opened, unsent], [*labels, *log_outputs], js=_OPENED, **quiet)
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
