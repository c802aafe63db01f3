"""What people tap on cards: kept, undone, and said so when it fails."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import FILMS, Site
from tests.browser.page import DONE, Visit, ask, reaction, reload, send
from tests.browser.scripted import REPLY, STARTERS

pytestmark = pytest.mark.browser

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


def test_the_title_of_a_shop_is_folded_until_its_text_is_opened(site: Site, visit: Visit) -> None:
    site.service.cards[0]["title"] = "A water bottle with a straw, two lids and a carabiner, " * 4
    page = visit(390, 844)
    ask(page)
    title = page.locator(".card h3").first
    folded = title.bounding_box()
    page.click(".about summary >> nth=0")
    unfolded = title.bounding_box()
    assert folded and unfolded and folded["height"] < 90 < 120 < unfolded["height"]
