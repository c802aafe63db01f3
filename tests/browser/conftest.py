"""A real chromium, and the page on a real server with a scripted service behind it."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: browser tests are skipped")

import uvicorn  # noqa: E402
from fastapi import FastAPI  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, Page  # noqa: E402

from app.page import build_page, mount_page  # noqa: E402
from tests.browser.scripted import ScriptedService, films  # noqa: E402

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FILMS = ("The Goonies", "Beetlejuice", "Who Framed Roger Rabbit", "E.T. the Extra-Terrestrial", "Matilda")


@dataclass
class Site:
    url: str
    service: ScriptedService


# Of module scope, not session: playwright keeps its event loop running, and no asyncio test may run beside it.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed: browser tests are skipped")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def site() -> Iterator[Site]:
    service = ScriptedService(films(*FILMS))
    app = FastAPI()
    service.add_feedback_routes(app)
    mount_page(app, build_page(service))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield Site(f"http://127.0.0.1:{port}/", service)
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens the page for a new visitor; nothing may be asked of any other server meanwhile."""
    contexts: list[BrowserContext] = []
    elsewhere: list[str] = []

    def open_page(width: int = 1280, height: int = 900, locale: str = "en-US", phone: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, has_touch=phone, is_mobile=phone
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on(
            "request",
            lambda request: None if request.url.startswith((site.url, "data:")) else elsewhere.append(request.url),
        )
        page.goto(site.url)
        page.wait_for_selector(".starter", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert elsewhere == []
