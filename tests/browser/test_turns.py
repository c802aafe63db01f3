"""Sending, stopping, undoing and asking again, against a scripted service."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Site
from tests.browser.page import DONE, Visit, ask, reload, send
from tests.browser.scripted import REPLY

pytestmark = pytest.mark.browser


def test_stop_keeps_the_words_so_far(site: Site, visit: Visit) -> None:
    site.service.pace = 0.15
    page = visit()
    send(page, "Something like Gremlins")
    page.wait_for_function("document.querySelector('.words')?.textContent.length > 10")
    page.click("#stop")
    page.wait_for_selector(DONE)
    kept = page.inner_text(".words p >> nth=0").strip()
    assert kept and REPLY.startswith(kept) and len(kept) < len(REPLY) / 2
    assert "Stopped here." in page.inner_text(".words")
    assert site.service.calls[-1][0] == "stop" and site.service.calls[-1][2].strip() == kept
    reload(page)
    assert page.inner_text(".words p >> nth=0").strip() == kept
    assert page.locator(".card").count() == 5


def test_stop_before_the_cards_gives_the_message_back(site: Site, visit: Visit) -> None:
    site.service.before_items = 30
    page = visit()
    send(page, "Something slow")
    page.wait_for_selector(".pending")
    page.click("#stop")
    expect(page.locator("#box textarea")).to_have_value("Something slow")
    expect(page.locator(".hero")).to_be_visible()


def test_a_new_message_stops_the_answer_before_it(site: Site, visit: Visit) -> None:
    site.service.pace = 0.15
    page = visit()
    send(page, "first")
    page.wait_for_selector(".card")
    send(page, "second")
    page.wait_for_selector(".words .sign")
    site.service.pace = 0.0
    page.wait_for_selector(DONE)
    assert page.locator(".said").all_inner_texts() == ["first", "second"]
    assert "Stopped here." in page.inner_text(".words >> nth=0")


def test_enter_twice_is_one_message(site: Site, visit: Visit) -> None:
    page = visit()
    page.fill("#box textarea", "only once")
    page.evaluate("""for (let i = 0; i < 2; i++) document.querySelector('#box textarea').dispatchEvent(
        new KeyboardEvent('keypress', {key: 'Enter', code: 'Enter', bubbles: true}))""")
    page.press("#box textarea", "Enter")
    page.wait_for_selector(DONE)
    assert [call for call in site.service.calls if call[0] == "turn"] == [("turn", "only once", None)]


def test_undo_retry_and_edit_keep_the_record_true(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page, "first")
    ask(page, "second")
    page.click(f"{DONE} [data-action=undo]")
    expect(page.locator(".said")).to_have_text(["first"])
    page.click(f"{DONE} [data-action=retry]")
    page.wait_for_selector(".cursor", state="attached")
    page.wait_for_selector(DONE)
    assert page.locator(".said").all_inner_texts() == ["first"]
    page.click(f"{DONE} [data-action=edit]")
    expect(page.locator("#box textarea")).to_have_value("first")
    expect(page.locator(".editing")).to_be_visible()
    page.fill("#box textarea", "first, but better")
    page.press("#box textarea", "Enter")
    expect(page.locator(".said")).to_have_text(["first, but better"])
    page.wait_for_selector(DONE)
    assert page.locator(".editing").count() == 0
    talks = list(site.service.talks.values())
    assert [row["message"] for row in talks[0]["rows"]] == ["first, but better"] and len(talks) == 1


def test_a_turn_that_fails_says_so_and_can_be_asked_again(site: Site, visit: Visit) -> None:
    page = visit()
    send(page, "please break")
    page.wait_for_selector(DONE)
    assert "did not work" in page.inner_text(".words")
    reload(page)
    assert page.locator(".said").all_inner_texts() == ["please break"]
    assert "did not work" in page.inner_text(".words")
    page.click(f"{DONE} [data-action=edit]")
    expect(page.locator("#box textarea")).to_have_value("please break")
    page.fill("#box textarea", "something else")
    page.press("#box textarea", "Enter")
    expect(page.locator(".said")).to_have_text(["something else"])
    page.wait_for_selector(".card")


@pytest.mark.parametrize("tool", ["retry", "edit"])
def test_what_was_answered_stays_when_asking_again_fails(site: Site, visit: Visit, tool: str) -> None:
    page = visit()
    ask(page, "first")
    site.service.broken = True
    page.click(f"{DONE} [data-action={tool}]")
    if tool == "edit":
        expect(page.locator("#box textarea")).to_have_value("first")
        send(page, "first, but better")
    expect(page.locator(".toast-body")).to_contain_text("Nothing was lost")
    expect(page.locator(".said")).to_have_text(["first"])
    assert page.locator(".card").count() == 5 and page.locator(".talk").count() == 1
    expect(page.locator("#box textarea")).to_have_value("first, but better" if tool == "edit" else "first")
    site.service.broken = False
    page.press("#box textarea", "Enter")
    expect(page.locator(".said")).to_have_text(["first, but better" if tool == "edit" else "first"])
    for _ in range(100):  # the old answer looks like the new one until that is whole
        if [row["status"] for row in site.service.talks["c1"]["rows"]] == ["done"]:
            break
        page.wait_for_timeout(50)
    (row,) = site.service.talks["c1"]["rows"]
    assert row["turn_id"] != "t1"


@pytest.mark.parametrize("refused", [False, True])
def test_a_message_that_did_not_get_through_is_given_back(site: Site, visit: Visit, refused: bool) -> None:
    page = visit()
    ask(page)
    busy = {"status": 503, "content_type": "application/json", "body": '{"detail": "busy"}'}
    page.route("**/queue/join**", lambda route: route.fulfill(**busy) if refused else route.abort(), times=1)
    send(page, "a sad french film")
    expect(page.locator("#box textarea")).to_have_value("a sad french film")
    assert [call[1] for call in site.service.calls if call[0] == "turn"] == ["Something like Gremlins"]


def test_a_message_that_is_long_on_its_way_is_said_to_be(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page)
    held: list[Route] = []
    page.route("**/queue/join**", lambda route: held.append(route), times=1)
    send(page, "a sad french film")
    expect(page.locator("#note")).to_have_text("Your message is on its way. This takes longer than usual.")
    expect(page.locator("#note")).to_be_visible()
    held[0].continue_()
    expect(page.locator(".said")).to_have_count(2)
    expect(page.locator("#note")).to_be_hidden()


def test_messages_sent_in_a_row_are_all_answered_in_order(site: Site, visit: Visit) -> None:
    site.service.before_items, site.service.pace = 0.4, 0.0
    page = visit()
    messages = ["first", "second", "third", "fourth"]
    for message in messages:
        send(page, message)
        page.wait_for_timeout(50)
    assert page.input_value("#box textarea") == ""
    expect(page.locator(".said")).to_have_text(messages)
    expect(page.locator(".cards")).to_have_count(4)
    page.wait_for_selector(DONE)
    rows = [row for talk in site.service.talks.values() for row in talk["rows"]]
    assert [row["message"] for row in rows] == messages and len(site.service.talks) == 1
    assert all(row["items"] for row in rows) and rows[-1]["status"] == "done"
    assert page.locator(".said").all_inner_texts() == messages


def test_answers_without_the_language_model_are_marked(site: Site, visit: Visit) -> None:
    site.service.source, site.service.note = "rules", "it did not answer in time"
    page = visit()
    ask(page)
    sign = "Answered without the language model: it did not answer in time"
    assert page.inner_text(".sign") == sign
    site.service.note = ""
    ask(page, "And newer ones")
    assert page.locator(".sign").all_inner_texts() == [sign]
    reload(page)
    assert page.locator(".sign").all_inner_texts() == [sign]
