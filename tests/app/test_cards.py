"""Cards, posters and the page's words."""

import re
from html.parser import HTMLParser
from string import Formatter

import pytest

from app import cards, i18n, posters
from app.limits import MAX_MESSAGE

HOSTILE = "\"><img src=x onerror=alert(1)>${alert(2)}{{x}}`'<script>alert(3)</script>"


def a_card(**changes: object) -> dict[str, object]:
    return {
        "id": "alien-1979",
        "title": "Alien",
        "facts": ["1979", "horror"],
        "text": "A crew wakes too early.",
        "image": None,
        "url": None,
        "poster": {"year": 1979, "genres": ["horror"], "tint": "horror"},
        "reasons": [{"kind": "history", "ref": "jaws-1975", "text": "You liked Jaws"}],
        **changes,
    }


class Tags(HTMLParser):
    """Collects what a browser would make elements and attributes of."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs


def everything(bad: str) -> str:
    item = a_card(
        title=bad,
        facts=[bad],
        text=bad,
        image=bad,
        url=bad,
        poster={"year": bad, "genres": [bad], "tint": bad},
        reasons=[{"kind": bad, "ref": bad, "text": bad}],
    )
    return (
        cards.cards([item], bad, {bad: [bad]}, "en")
        + cards.said(bad, "en")
        + cards.words(bad, bad)
        + cards.pending(bad)
        + cards.steps([{"name": bad, "detail": bad, "ms": bad}], bad, "en")
        + cards.chips([{"label": bad, "message": bad}], "en")
    )


def test_hostile_texts_add_no_element_and_no_attribute() -> None:
    plain, hostile = Tags(everything("plain")), Tags(everything(HOSTILE))
    assert hostile.names == plain.names
    assert [name for name, _ in hostile.attributes] == [name for name, _ in plain.attributes]
    assert ("data-turn", HOSTILE) in hostile.attributes and ("data-message", HOSTILE) in hostile.attributes


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//host/x",
        "/path",
        "http:",
        "http://",
        "ftp://host/x",
        "http://a b/",
        "https://host/\n",
        "JAVASCRIPT:alert(1)",
        "http://[broken",
        "",
        None,
        5,
    ],
)
def test_other_addresses_are_left_out(address: object) -> None:
    assert cards.safe_url(address) == ""
    markup = cards.card(a_card(url=address, image=address), "t", (), "en")
    assert "<img" not in markup and "<a " not in markup


def test_web_addresses_are_kept_and_escaped() -> None:
    assert cards.safe_url("https://host/a?b=1&c='\"") == "https://host/a?b=1&amp;c=&#x27;&quot;"
    markup = cards.card(a_card(url="https://host/film", image="http://host/p.jpg"), "t", (), "en")
    assert '<a href="https://host/film" target="_blank" rel="noopener noreferrer">Alien</a>' in markup
    assert '<img src="http://host/p.jpg" alt="" loading="lazy" referrerpolicy="no-referrer">' in markup


def test_reactions_are_pressed_and_named() -> None:
    markup = cards.card(a_card(), "t1", ["like", "save"], "en")
    pressed = dict(re.findall(r'data-kind="(\w+)" aria-pressed="(\w+)"', markup))
    assert pressed == {"like": "true", "dislike": "false", "seen": "false", "save": "true"}
    assert 'aria-label="Not for me: Alien"' in markup and 'aria-label="More like this: Alien"' in markup


def test_every_card_of_a_turn_is_drawn_up_to_twenty_and_none_without_items() -> None:
    for stored, drawn in ((9, 9), (20, 20), (50, 20)):
        assert cards.cards([a_card(id=str(i)) for i in range(stored)], "t", {}, "en").count("<article") == drawn
    assert cards.cards([], "t", {}, "en") == ""


def test_a_card_with_nothing_but_an_id_is_still_a_card() -> None:
    assert "<article" in cards.card({"id": "x", "title": "", "poster": None, "facts": None}, "t", (), "en")


def test_posters_are_stable_and_differ_between_titles() -> None:
    drawn = {posters.poster(f"film-{i}", "Film", "1999", ["drama"]) for i in range(60)}
    assert posters.poster("film-1", "Film", "1999", ["drama"]) in drawn
    assert len(drawn) > 45


def test_posters_without_a_genre_are_drawn_too() -> None:
    markup = posters.poster("lipstick-7", "Velvet Matte", "", [])
    assert "--back:#" in markup and '<div class="poster-small"></div>' in markup


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_poster_words_have_contrast() -> None:
    for i in range(400):
        back, ink = re.findall(r"--(?:back|ink):(#\w{6})", posters.poster(str(i), "T", "", []))
        dark, light = sorted((luminance(back), luminance(ink)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize(
    "title",
    [
        "Up",
        "The Cabinet of Dr. Caligari",
        "Supercalifragilisticexpialidocious",
        "奇爱博士",
        "纳尼亚传奇：狮子、女巫和魔衣橱",
        "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb",
        "",
        "x" * 500,
    ],
)
def test_title_sizes_stay_in_range(title: str) -> None:
    size = float(re.findall(r"--size:([\d.]+)cqw", posters.poster("id", title, "", []))[0])
    assert 7 <= size <= 17


def test_steps_show_the_last_detail_and_the_whole_time() -> None:
    found_by = [{"name": "Read", "detail": "", "ms": 900.0}, {"name": "Ranked", "detail": "1,204 films", "ms": 150}]
    assert "<span>Read · Ranked 1,204 films · 1.1 s</span>" in cards.steps(found_by, "", "en")
    assert cards.steps([], "", "en") == ""
    alone = [{"name": "Read", "detail": "by rules: explain", "ms": 9}]
    assert "<span>Read · 9 ms</span>" in cards.steps(alone, "", "en")
    assert cards.steps([{"name": "Read", "ms": None}], "", "en").count("&lt; 1 ms") == 3


def test_words_are_paragraphs_without_markup() -> None:
    assert cards.words("**a**\n\n[b](http://c)") == '<div class="words"><p>**a**</p><p>[b](http://c)</p></div>'
    assert "cursor" in cards.words("", writing=True) and "cursor" not in cards.words("a")


def test_every_text_is_there_in_both_languages_with_the_same_places() -> None:
    for key, (english, chinese) in i18n._TEXTS.items():
        assert english and chinese and english != chinese, key
        places = [{name for _, name, _, _ in Formatter().parse(words) if name} for words in (english, chinese)]
        assert places[0] == places[1], key


@pytest.mark.parametrize(
    ("named", "language"),
    [("zh", "zh"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en-GB,zh;q=0.5", "en"), ("", "en"), ("xx", "en")],
)
def test_language_of(named: str, language: str) -> None:
    assert i18n.language_of(named) == language


def test_values_with_braces_are_left_alone() -> None:
    assert i18n.text("open", "en", title="{0} {x}") == "Open “{0} {x}”"


def test_a_sentence_of_the_description_is_marked_and_not_said_twice() -> None:
    about = "A cat & a dog share a flat. They learn to cook."
    reasons = [{"kind": "text", "ref": "x", "text": "A cat & a dog share a flat."}]
    markup = cards.card(a_card(text=about, reasons=reasons), "t", (), "en")
    assert markup.count("a dog share a flat") == 1 and "<mark" in markup and 'class="reasons"' not in markup
    elsewhere = [{"kind": "text", "ref": "x", "text": "From a review."}]
    assert "From a review." in cards.card(a_card(text=about, reasons=elsewhere), "t", (), "en")


def test_a_poster_speaks_the_language_of_its_card() -> None:
    drawn = {"year": "1995", "genres": ["animation"], "tint": "animation"}
    chinese = cards.card(a_card(poster=drawn | {"label": "动画片"}), "t", (), "zh")
    assert "动画片" in chinese and "animation" not in chinese
    assert "animation" in cards.card(a_card(poster=drawn), "t", (), "en")


def test_a_long_message_is_cut_with_a_word_and_folded() -> None:
    short, long = cards.said(cards.cut("hello"), "en"), cards.said(cards.cut("x" * 10_000), "en")
    assert short == '<span class="unseen">You said: </span><div class="said">hello</div>'
    assert "Only the first 2,000 characters were read." in long and 'class="fold"' in long
    assert long.count("x") < 2_010
    assert "characters were read" not in cards.said(cards.cut("x" * MAX_MESSAGE), "en")
