"""The list of conversations, other tabs, and what a refresh brings back."""

import pytest
from playwright.sync_api import expect

from storage.records import MAX_TITLE
from tests.browser.conftest import FILMS, Site
from tests.browser.page import DONE, Visit, ask, reaction, reload, send
from tests.browser.scripted import REPLY

pytestmark = pytest.mark.browser


def test_refresh_restores_the_newest_conversation(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page, "an older one")
    page.click("#top .new")
    expect(page.locator(".hero")).to_be_visible()
    ask(page, "the newest one")
    reload(page)
    assert page.locator(".said").all_inner_texts() == ["the newest one"]
    assert page.locator(".card h3").all_inner_texts() == list(FILMS)
    assert page.inner_text(".words").split() == REPLY.split()
    assert page.locator(".talk").all_inner_texts() == ["the newest one", "an older one"]


def test_conversations_are_opened_renamed_and_deleted(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page, "an older one")
    page.click("#top .new")
    expect(page.locator(".hero")).to_be_visible()
    ask(page, "the newest one")
    page.click(".talk >> nth=1")
    expect(page.locator(".said")).to_have_text("an older one")
    assert page.get_attribute(".talks li >> nth=1", "aria-current") == "true"
    page.hover(".talks li >> nth=1")
    page.click(".talks li >> nth=1 >> [data-action=rename]")
    assert page.get_attribute(".talks input", "maxlength") == str(MAX_TITLE)
    page.fill(".talks input", "Gremlins evening")
    page.press(".talks input", "Enter")
    expect(page.locator(".talk").nth(1)).to_have_text("Gremlins evening")
    page.hover(".talks li >> nth=1")
    page.click(".talks li >> nth=1 >> [data-action=delete]")
    expect(page.locator(".talk")).to_have_count(2)
    page.click(".talks li >> nth=1 >> [data-action=delete]")
    expect(page.locator(".talk")).to_have_count(1)
    expect(page.locator(".hero")).to_be_visible()


@pytest.mark.parametrize("tool", ["undo", "retry", "edit", "rename"])
def test_a_tool_in_a_conversation_deleted_elsewhere_says_so(site: Site, visit: Visit, tool: str) -> None:
    page = visit()
    ask(page)
    site.service.talks.clear()
    if tool == "rename":
        page.hover(".talks li")
        page.click(".talks [data-action=rename]")
        page.fill(".talks input", "Gremlins evening")
        page.press(".talks input", "Enter")
    else:
        page.click(f"{DONE} [data-action={tool}]")
    expect(page.locator(".toast-body")).to_have_count(1)
    assert "That conversation is no longer here." in page.inner_text(".toast-body")
    expect(page.locator(".hero")).to_be_visible()
    assert page.locator(".talk").count() == 0


def test_older_conversations_are_a_tap_away(site: Site, visit: Visit) -> None:
    for number in range(60):
        row = {"turn_id": f"t-{number}", "message": f"talk {number}", "reply": "Here", "status": "done"}
        site.service.talks[f"c-{number}"] = {
            "id": f"c-{number}", "title": f"talk {number}", "updated_ms": number - 100, "rows": [row],
        }  # fmt: skip
    page = visit()
    expect(page.locator(".talk")).to_have_count(50)
    page.click("text=Show more")
    expect(page.locator(".talk")).to_have_count(60)
    expect(page.locator(".older")).to_have_count(0)
    page.click(".talk >> nth=59")
    expect(page.locator(".said")).to_have_text(["talk 0"])
    reload(page)
    expect(page.locator(".said")).to_have_text(["talk 0"])


def test_a_message_is_kept_over_a_refresh_and_its_answer_comes(site: Site, visit: Visit) -> None:
    site.service.before_items = 1.5
    page = visit()
    send(page, "a sad french film")
    page.wait_for_timeout(250)
    page.reload()
    expect(page.locator(".said")).to_have_text(["a sad french film"])
    expect(page.locator(".elsewhere")).to_be_visible()
    page.wait_for_selector(DONE)
    assert page.locator(".card").count() == 5 and page.locator(".elsewhere").count() == 0
    assert site.service.talks["c1"]["rows"][0]["status"] == "done"


def test_what_is_typed_is_kept_over_a_refresh_until_it_is_sent(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page)
    page.type("#box textarea", "my draft")
    reload(page)
    expect(page.locator("#box textarea")).to_have_value("my draft")
    page.press("#box textarea", "Enter")
    expect(page.locator(".said")).to_have_count(2)
    page.wait_for_selector(DONE)
    reload(page)
    page.wait_for_timeout(300)
    assert page.input_value("#box textarea") == ""


def test_a_new_chat_stays_new_over_a_refresh(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page, "an older one")
    page.click("#top .new")
    expect(page.locator(".hero")).to_be_visible()
    page.reload()
    expect(page.locator(".talk")).to_have_text(["an older one"])
    expect(page.locator(".hero")).to_be_visible()
    assert page.locator(".said").count() == 0
    page.click(".talk")
    expect(page.locator(".said")).to_have_text("an older one")
    reload(page)
    assert page.locator(".said").all_inner_texts() == ["an older one"]


def test_start_over_typed_is_a_new_chat(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page, "an older one")
    send(page, "start over")
    expect(page.locator(".hero")).to_be_visible()
    assert page.input_value("#box textarea") == ""
    page.reload()
    expect(page.locator(".talk")).to_have_text(["an older one"])
    expect(page.locator(".hero")).to_be_visible()
    assert [call[1] for call in site.service.calls if call[0] == "turn"] == ["an older one"]


def test_a_tab_shows_what_another_has_said_when_it_is_turned_to(site: Site, visit: Visit) -> None:
    one = visit()
    ask(one, "from the first tab")
    other = one.context.new_page()
    other.goto(site.url)
    expect(other.locator(".said")).to_have_text(["from the first tab"])
    other.wait_for_selector(DONE)
    ask(other, "from the second tab")
    one.bring_to_front()
    one.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(one.locator(".said")).to_have_text(["from the first tab", "from the second tab"])


def test_a_conversation_deleted_in_another_tab_is_said_once_and_plainly(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page)
    site.service.talks.clear()
    site.service.feedback_status = 404
    page.click(reaction(page, "like"))
    expect(page.locator("#note")).to_have_text("This conversation was deleted, so nothing in it can be saved any more.")
    assert page.locator(".toast-body").count() == 0
    send(page, "and newer ones")
    expect(page.locator("#box textarea")).to_have_value("and newer ones")
    expect(page.locator(".toast-body")).to_have_count(1)
    said = page.inner_text(".toast-body")
    assert "That conversation is no longer here." in said and "Warning" not in said
    expect(page.locator(".hero")).to_be_visible()
