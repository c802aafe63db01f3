"""What a person does on the chat page."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

Visit = Callable[..., Page]
DONE = ".bot-row:last-child .after"


def send(page: Page, message: str) -> None:
    page.fill("#box textarea", message)
    page.press("#box textarea", "Enter")


def ask(page: Page, message: str = "Something like Gremlins") -> None:
    """Sends a message and waits until its answer is whole."""
    before = page.locator(".user-row").count()
    send(page, message)
    expect(page.locator(".user-row")).to_have_count(before + 1)
    page.wait_for_selector(DONE)


def reload(page: Page) -> None:
    page.reload()
    page.wait_for_selector(DONE)


def reaction(page: Page, kind: str) -> str:
    return f".card >> nth=0 >> .react-{kind}"


def focused(page: Page) -> str:
    """The name of what the keyboard is turned to."""
    return str(page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.tagName"))
