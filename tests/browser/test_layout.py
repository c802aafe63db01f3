"""Looks and keyboard: every width, what is turned to, what covers what."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import FILMS, Site
from tests.browser.page import DONE, Visit, ask, focused, reaction, reload
from tests.browser.scripted import STARTERS

pytestmark = pytest.mark.browser


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
