"""The whole line in a real browser: the command serves the demo, someone talks and taps, and the database holds it."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
READY_S = 240  # the first start embeds the catalogue: under a minute on two free cores


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def url(workspace: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "app.py", "serve", "--workspace", str(workspace), "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PALATE_LLM": "off"}, stderr=subprocess.PIPE)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{address}/healthz", timeout=2).status_code == 200:
                break
        except httpx.TransportError:
            time.sleep(0.5)
    else:
        server.kill()
        pytest.fail(f"the server did not start: {server.stderr.read().decode()[-2000:] if server.stderr else ''}")
    yield address
    server.terminate()
    server.wait(15)


@pytest.fixture(scope="module")
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(url)
    yield page
    context.close()


def say(page: Page, message: str, turns: int) -> None:
    """Send a message and wait until the turn has its words."""
    box = page.locator("textarea:visible").first
    box.fill(message)
    box.press("Enter")
    expect(page.locator(".cards")).to_have_count(turns, timeout=20_000)
    page.wait_for_timeout(500)


def rows(workspace: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{workspace / 'palate.db'}?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


def test_three_turns_a_tap_and_the_record(page: Page, workspace: Path) -> None:
    say(page, "something scary but funny from the 80s, I loved Gremlins", 1)
    first = page.locator(".cards").nth(0)
    assert 1 <= first.locator("article").count() <= 5
    assert "198" in first.inner_text()
    say(page, "no, newer", 2)
    say(page, "not horror, under 100 minutes", 3)
    page.locator(".cards").nth(2).locator("button[data-kind=like]").first.click()
    expect(page.locator(".cards").nth(2).locator("button[data-kind=like]").first).to_have_attribute(
        "aria-pressed", "true"
    )
    page.wait_for_timeout(800)
    liked = rows(workspace, "SELECT item_id, kind, turn_id FROM feedback WHERE revoked_ms IS NULL")
    assert [kind for _, kind, _ in liked] == ["like"]
    turns = rows(workspace, "SELECT id, message, status, reply FROM turns ORDER BY position")
    assert [message for _, message, _, _ in turns] == [
        "something scary but funny from the 80s, I loved Gremlins",
        "no, newer",
        "not horror, under 100 minutes",
    ]
    assert liked[0][2] == turns[2][0]
    assert all(status == "done" and reply for _, _, status, reply in turns)
    shown = rows(workspace, f"SELECT item_id FROM impressions WHERE turn_id = '{turns[2][0]}'")
    assert (liked[0][0],) in shown


def test_after_a_refresh_the_conversation_and_the_tap_are_back(page: Page) -> None:
    page.reload()
    expect(page.locator(".cards")).to_have_count(3, timeout=20_000)
    pressed = page.locator(".cards").nth(2).locator("button[data-kind=like][aria-pressed=true]")
    expect(pressed).to_have_count(1)
