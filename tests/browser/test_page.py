"""The chat page in a real browser, against a scripted service."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from storage.records import MAX_TITLE
from tests.browser.conftest import FILMS, Site
from tests.browser.scripted import REPLY, STARTERS

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]

DONE = ".bot-row:last-child .after"
HOSTILE = [
    "<img src=x onerror=window.ran=1>",
    "${window.ran=2}",
    "{{constructor}}{{#each this}}",
    '"><script>window.ran=3</script>',
    "`${window.ran=4}`",
    "' onmouseover=window.ran=5 '",
    "<svg/onload=window.ran=6>",
    "[a](javascript:window.ran=7) ![p](http://pictures.invalid/p.png)",
    "</style><script>window.ran=8</script>",
    "$$\\href{javascript:window.ran=9}{x}$$",
    "<iframe srcdoc='<script>parent.ran=10</script>'></iframe>",
    "<b>bold</b> **bold** <thinking>x</thinking> &lt;i&gt;",
]


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


def test_cards_come_before_words(site: Site, visit: Visit) -> None:
    site.service.pace = 0.08
    page = visit()
    send(page, "Something like Gremlins")
    page.wait_for_selector(".card")
    early = page.inner_text(".words").strip()
    assert len(early) < len(REPLY) / 2
    assert page.inner_text("#stop") == "Stop" and not page.is_visible("#send")
    page.wait_for_selector(DONE)
    assert page.locator(".card h3").all_inner_texts() == list(FILMS)
    assert page.inner_text(".words").split() == REPLY.split()
    parts = page.locator(".said, .steps, .cards, .words, .after")
    order = parts.evaluate_all("parts => parts.map(e => e.className)")
    assert order == ["said", "steps", "cards", "words", "after"]
    assert page.is_visible("#send") and not page.is_visible("#stop")
    assert "Ranked 1,204 films, 31 match" in page.inner_text(".steps summary")


def test_a_starter_is_sent(site: Site, visit: Visit) -> None:
    page = visit()
    assert page.locator(".starter").all_inner_texts() == STARTERS["en"]
    page.click(".starter >> nth=1")
    page.wait_for_selector(DONE)
    assert page.inner_text(".said") == STARTERS["en"][1]
    assert not page.is_visible(".hero")


def test_chip_and_more_like_this_are_sent_and_the_draft_stays(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page)
    page.fill("#box textarea", "my draft")
    page.click(".bot-row:last-child .chip >> nth=0")
    expect(page.locator(".said")).to_have_text(["Something like Gremlins", "Something newer"])
    page.wait_for_selector(DONE)
    page.click(".bot-row:last-child .card >> nth=1 >> .more")
    expect(page.locator(".said").last).to_have_text(f"More like “{FILMS[1]}”")
    page.wait_for_selector(DONE)
    assert page.input_value("#box textarea") == "my draft"
    assert ("POST", "more_like", site.service.cards[1]["id"]) in site.service.calls


def test_like_is_kept_over_a_refresh_and_a_second_tap_undoes_it(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page)
    first = site.service.cards[0]["id"]
    with page.expect_response("**/api/v1/feedback"):
        page.click(reaction(page, "like"))
        assert page.get_attribute(reaction(page, "like"), "aria-pressed") == "true"
    assert ("POST", "like", first) in site.service.calls
    reload(page)
    assert page.get_attribute(reaction(page, "like"), "aria-pressed") == "true"
    with page.expect_response("**/api/v1/feedback"):
        page.click(reaction(page, "like"))
    assert ("DELETE", "like", first) in site.service.calls
    reload(page)
    assert page.get_attribute(reaction(page, "like"), "aria-pressed") == "false"


def test_like_and_dislike_exclude_each_other(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page)
    page.click(reaction(page, "like"))
    page.click(reaction(page, "dislike"))
    assert page.get_attribute(reaction(page, "like"), "aria-pressed") == "false"
    assert page.get_attribute(reaction(page, "dislike"), "aria-pressed") == "true"
    page.wait_for_timeout(300)
    assert [call[:2] for call in site.service.calls if call[0] in ("POST", "DELETE")] == [
        ("POST", "like"),
        ("POST", "dislike"),
    ]


def test_a_reaction_taken_back_by_a_tap_looks_like_none(site: Site, visit: Visit) -> None:
    page = visit(390, 844, phone=True)
    ask(page)
    button, look = page.locator(reaction(page, "like")), "e => getComputedStyle(e).backgroundColor"
    before = button.evaluate(look)
    button.tap()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert button.evaluate(look) != before
    button.tap()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert button.evaluate(look) == before


def test_a_reaction_that_fails_gives_back_what_was_shown(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page)
    with page.expect_response("**/api/v1/feedback"):
        page.click(reaction(page, "like"))
    site.service.feedback_status, site.service.refused = 500, ("POST",)
    page.click(reaction(page, "dislike"))
    expect(page.locator("#note")).to_be_visible()
    expect(page.locator(reaction(page, "like"))).to_have_attribute("aria-pressed", "true")
    expect(page.locator(reaction(page, "dislike"))).to_have_attribute("aria-pressed", "false")
    reload(page)
    assert page.get_attribute(reaction(page, "like"), "aria-pressed") == "true"


def test_feedback_that_fails_reverts_and_says_so(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page)
    site.service.feedback_status = 500
    page.click(reaction(page, "save"))
    expect(page.locator("#note")).to_have_text("That was not saved. Please try again.")
    expect(page.locator("#note")).to_be_visible()
    assert page.get_attribute(reaction(page, "save"), "aria-pressed") == "false"


def test_pressed_buttons_and_opened_steps_stay_while_another_turn_runs(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page)
    page.click(reaction(page, "seen"))
    page.click(".steps summary")
    ask(page, "And newer ones")
    assert page.get_attribute(reaction(page, "seen"), "aria-pressed") == "true"
    assert page.evaluate("document.querySelector('.steps').open")
    assert page.locator(".bot-row").nth(0).locator(".after").is_hidden()


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


def test_a_title_has_the_width_of_the_list_until_it_is_turned_to(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page, "an older one with a long name")
    page.click("#top .new")
    expect(page.locator(".talks [aria-current]")).to_have_count(0)
    page.hover(".hero h2")
    wide = page.locator(".talk").bounding_box()
    page.hover(".talks li")
    narrow = page.locator(".talk").bounding_box()
    assert wide and narrow and wide["width"] - narrow["width"] >= 80
    assert page.get_attribute(".talk", "title") == "an older one with a long name"
    page.click(".talks [data-action=rename]")
    expect(page.locator(".talks input")).to_be_visible()


def test_escape_leaves_a_title_as_it_was(site: Site, visit: Visit) -> None:
    page = visit()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    ask(page, "an older one")
    page.hover(".talks li")
    page.click(".talks [data-action=rename]")
    page.fill(".talks input", "Gremlins evening")
    page.press(".talks input", "Escape")
    page.wait_for_timeout(300)
    assert page.locator(".talk").all_inner_texts() == ["an older one"]
    assert page.evaluate("document.activeElement.className") == "talk"
    assert errors == [] and not [call for call in site.service.calls if call[0] == "rename"]


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


def test_the_way_to_the_newest_message_covers_nothing(site: Site, visit: Visit) -> None:
    page = visit(1280, 800)
    ask(page)
    ask(page, "And newer ones")
    page.evaluate("document.querySelector('#log .bubble-wrap').scrollTop = 0")
    down = page.get_by_role("button", name="To the newest message")
    expect(down).to_be_visible()
    assert page.locator("#log .scroll-down-button-container").is_hidden()
    place, log = down.bounding_box(), page.locator("#log").bounding_box()
    assert place and log and place["y"] >= log["y"] + log["height"]
    down.click()
    expect(down).to_be_hidden()
    assert page.evaluate("document.querySelector('#log .bubble-wrap').scrollTop") > 300


def test_a_message_that_is_too_long_is_cut_with_a_word_and_folded(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page, "a long story " * 800)
    assert site.service.calls[0][1].endswith("[…]") and len(site.service.calls[0][1]) == 2000
    assert page.inner_text(".user .sign") == "Only the first 2,000 characters were read."
    height = page.locator(".said").bounding_box()
    assert height and height["height"] < 200
    page.click(".fold-open")
    unfolded = page.locator(".said").bounding_box()
    assert unfolded and unfolded["height"] > 400


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


def test_language_is_switched_and_remembered(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page)
    page.click("[data-language=zh]")
    expect(page.locator("#send")).to_have_text("发送")
    assert page.get_attribute("html", "lang") == "zh"
    assert page.get_attribute(reaction(page, "like"), "aria-label") == f"喜欢：{FILMS[0]}"
    assert page.locator(".said").all_inner_texts() == ["Something like Gremlins"]
    reload(page)
    assert page.inner_text("#send") == "发送"
    assert visit(locale="zh-CN").inner_text(".starter >> nth=0") == STARTERS["zh"][0]


def test_hostile_texts_are_shown_and_never_run(site: Site, visit: Visit) -> None:
    service, everything = site.service, " ".join(HOSTILE)
    service.cards = [
        {
            **service.cards[0],
            "id": bad,
            "title": bad,
            "text": bad,
            "facts": [bad],
            "url": "javascript:window.ran=11",
            "image": f"javascript:{bad}",
            "poster": {"year": bad, "genres": [bad], "tint": bad},
            "reasons": [{"kind": bad, "ref": bad, "text": bad}],
        }
        for bad in HOSTILE
    ]
    service.reply, service.chips = everything, [{"label": everything, "message": everything}]
    service.source, service.note = "rules", everything
    page = visit()
    for start in range(0, len(HOSTILE), 5):
        shown = HOSTILE[start : start + 5]
        service.cards = service.cards[start and 5 :]
        ask(page, everything)
        last = page.locator(".bot-row").last
        assert last.locator(".card h3").all_text_contents() == shown
        assert last.locator(".about").all_text_contents() == shown
        assert last.locator(".facts").all_text_contents() == shown
        assert [words.split(": ", 1)[1] for words in last.locator(".reasons li").all_text_contents()] == shown
        assert last.locator(".words").text_content() == everything
        assert last.locator(".chip").text_content() == everything
        assert everything in (last.locator(".sign").text_content() or "")
        assert page.locator(".said").last.text_content() == everything
    page.hover(".talks li >> nth=0")
    page.click(".talks [data-action=rename]")
    page.fill(".talks input", HOSTILE[0])
    page.press(".talks input", "Enter")
    expect(page.locator(".talk")).to_have_text(HOSTILE[0])
    page.click(".bot-row:last-child .chip")
    expect(page.locator(".said").last).to_have_text(everything)
    page.wait_for_selector(DONE)
    reload(page)
    assert page.locator("#log script, #log iframe, #log img, #log a, #talks img, #log b").count() == 0
    assert page.evaluate("window.ran") is None


def test_a_picture_that_does_not_load_uncovers_the_poster(site: Site, visit: Visit) -> None:
    site.service.cards[0]["image"] = f"{site.url}no-such-picture.png"
    site.service.cards[1]["url"] = "https://films.invalid/beetlejuice"
    page = visit()
    ask(page)
    expect(page.locator(".picture img")).to_have_count(0)
    assert page.is_visible(".card >> nth=0 >> .poster-title")
    assert page.get_attribute(".card >> nth=1 >> h3 a", "rel") == "noopener noreferrer"


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.tagName"))


def test_the_keyboard_goes_on_where_something_is_typed(site: Site, visit: Visit) -> None:
    page = visit()
    page.focus(".starter")
    page.keyboard.press("Enter")
    page.wait_for_selector(DONE)
    for tool in ("chip", "more", "[data-action=retry]", "[data-action=undo]"):
        page.locator(f".bot-row:last-child {tool if tool.startswith('[') else f'.{tool}'}").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_timeout(300)
        page.wait_for_selector(DONE)
        assert focused(page) == "TEXTAREA", tool
    page.focus(".talks [data-action=rename]")
    page.keyboard.press("Enter")
    page.keyboard.type("Gremlins evening")
    page.keyboard.press("Enter")
    expect(page.locator(".talk")).to_have_text("Gremlins evening")
    assert focused(page) == "TEXTAREA"
    page.focus("[data-language=zh]")
    page.keyboard.press("Enter")
    expect(page.locator("#send")).to_have_text("发送")
    page.focus("#top .new")
    page.keyboard.press("Enter")
    expect(page.locator(".hero")).to_be_visible()
    assert focused(page) == "TEXTAREA"


def test_a_tap_with_a_finger_brings_up_no_keys(site: Site, visit: Visit) -> None:
    page = visit(390, 844, phone=True)
    page.locator(".starter").first.tap()
    page.wait_for_selector(DONE)
    page.evaluate("document.activeElement.blur()")
    page.locator(".chip").first.tap()
    expect(page.locator(".said")).to_have_count(2)
    assert focused(page) != "TEXTAREA"


def test_escape_takes_back_what_was_begun(site: Site, visit: Visit) -> None:
    page = visit()
    ask(page, "first")
    page.click(f"{DONE} [data-action=edit]")
    expect(page.locator("#box textarea")).to_have_value("first")
    page.keyboard.press("Escape")
    expect(page.locator(".editing")).to_have_count(0)
    expect(page.locator("#box textarea")).to_have_value("")
    page.focus(".talks [data-action=delete]")
    page.keyboard.press("Enter")
    assert focused(page) == "Delete? Delete “first”"
    page.keyboard.press("Escape")
    assert page.locator(".sure").count() == 0 and focused(page) == "Delete “first”"


def test_the_list_that_covers_a_phone_keeps_the_keyboard(site: Site, visit: Visit) -> None:
    page = visit(390, 844)
    ask(page)
    page.focus("#sidebar .toggle-button")
    page.keyboard.press("Enter")
    expect(page.locator("#sidebar.open")).to_have_count(1)
    reached = set()
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.closest('#sidebar, body').id"))
    assert reached <= {"sidebar", ""} and "sidebar" in reached
    assert page.evaluate("document.activeElement.closest('main #composer, #log, #header')") is None
    page.focus("#sidebar .toggle-button")
    page.keyboard.press("Escape")
    expect(page.locator("#sidebar.open")).to_have_count(0)
    assert page.evaluate("document.activeElement.className").startswith("toggle-button")
    expect(page.locator("[inert]")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_the_button_of_the_list_covers_nothing_of_the_header(site: Site, visit: Visit, width: int) -> None:
    page = visit(width, 800)
    if width > 1000:
        page.click("#sidebar .toggle-button")
        expect(page.locator("#sidebar.open")).to_have_count(0)
        page.wait_for_timeout(500)
    button, brand = page.locator("#sidebar .toggle-button").bounding_box(), page.locator(".brand").bounding_box()
    assert button and brand and button["x"] + button["width"] <= brand["x"]


def test_the_title_of_a_shop_is_folded_until_its_text_is_opened(site: Site, visit: Visit) -> None:
    site.service.cards[0]["title"] = "A water bottle with a straw, two lids and a carabiner, " * 4
    page = visit(390, 844)
    ask(page)
    title = page.locator(".card h3").first
    folded = title.bounding_box()
    page.click(".about summary >> nth=0")
    unfolded = title.bounding_box()
    assert folded and unfolded and folded["height"] < 90 < 120 < unfolded["height"]


def test_a_phone_held_across_shows_what_a_card_is(site: Site, visit: Visit) -> None:
    page = visit(844, 390, phone=True)
    ask(page)
    title, composer = page.locator(".card h3").first.bounding_box(), page.locator("#composer").bounding_box()
    assert title and composer and title["y"] + title["height"] < composer["y"]


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 900)])
def test_nothing_overflows_and_every_control_has_a_name(site: Site, visit: Visit, width: int, height: int) -> None:
    page = visit(width, height)

    def check() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wide = page.evaluate("""[...document.querySelectorAll('main *')].filter(e => e.checkVisibility()
            && !e.closest('.cards, #sidebar, svg, .unseen') && e.getBoundingClientRect().right > innerWidth + 1
        ).map(e => e.className)""")
        assert wide == []
        names = page.evaluate("""[...document.querySelectorAll('button, textarea, input, a, summary')]
            .filter(e => e.checkVisibility({visibilityProperty: true}))
            .map(e => [e.outerHTML.slice(0, 120), (e.getAttribute('aria-label') || e.innerText || e.title
                || e.labels?.[0]?.textContent || '').trim()])""")
        assert [markup for markup, name in names if not name] == []

    check()
    ask(page)
    check()
    if width < 1000:
        page.click("#sidebar .toggle-button")
    small = page.locator(
        ".card button, .chip, .tool, .steps summary, #send, #top button, #sidebar button:not(.older)"
    ).evaluate_all(
        """(all, least) => all.filter(e => e.checkVisibility()).map(e => [e.outerHTML, e.getBoundingClientRect()])
        .filter(([_, r]) => r.width < least || r.height < least).map(([markup]) => markup)""",
        44 if width < 1000 else 40,
    )
    assert small == []
    if width < 1000:
        page.click("#sidebar .toggle-button")
    assert page.get_by_role("textbox", name="Your message").is_visible()
    open_at_first = page.evaluate("document.getElementById('sidebar').classList.contains('open')")
    assert open_at_first == (width > 1000)
    assert page.locator("footer a, footer button").count() == 0
