"""How items are put before a person: cards, facts, reasons and evidence in two languages."""

import json

import pytest

from agents.replies.present import Presenter, language_of
from recommender.catalogue import Catalogue
from recommender.serving.request import Pick, Reason
from storage.records import ItemRecord

ALIEN, JAWS = "alien-1979", "jaws-1975"


@pytest.fixture(scope="module")
def shop(small_catalogue: Catalogue) -> Presenter:
    return Presenter(small_catalogue)


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("something funny", "en"),
        ("来点好笑的", "zh"),
        ("like 异形 please", "zh"),
        ("", "en"),
        ("🎬", "en"),
        ("Amélie", "en"),
    ],
)
def test_the_language_to_answer_in(message: str, language: str) -> None:
    assert language_of(message) == language


def test_titles_and_descriptions_come_in_the_language_where_there_is_one(presenter: Presenter, demo: Catalogue) -> None:
    alien = demo[ALIEN]
    assert (presenter.title(alien, "en"), presenter.title(alien, "zh")) == ("Alien", "异形")
    assert presenter.blurb(alien, "en") == alien.text
    assert presenter.blurb(alien, "zh") == alien.attributes["text_zh"]
    bare = ItemRecord("x", "Only English", "A text.")
    assert (presenter.title(bare, "zh"), presenter.blurb(bare, "zh")) == ("Only English", "A text.")


def test_facts_of_a_film(presenter: Presenter, demo: Catalogue) -> None:
    assert presenter.facts(demo[ALIEN]) == ["1979", "117 min", "horror · science fiction", "Ridley Scott"]
    zh = presenter.facts(demo[ALIEN], "zh")
    assert zh[:2] == ["1979", "117分钟"] and "恐怖" in zh[2]


def test_facts_of_a_thing_in_a_shop(shop: Presenter, small_catalogue: Catalogue) -> None:
    assert shop.facts(small_catalogue["kettle-01"]) == ["$49.90", "kettles", "Brim"]
    assert shop.facts(small_catalogue["chair-03"])[0] == "$189.00"  # a price that was text
    assert shop.facts(small_catalogue["voucher"]) == ["vouchers"]
    for item in small_catalogue.items:
        assert all(fact and "nan" not in fact for fact in shop.facts(item))


@pytest.mark.parametrize(
    ("own", "given", "price"),
    [("", "", "$9.50"), ("EUR", "", "€9.50"), ("EUR", "£", "£9.50"), ("", "gbp", "£9.50"), ("SEK", "", "9.50 SEK")],
)
def test_prices_are_in_the_shops_currency(own: str, given: str, price: str) -> None:
    item = ItemRecord(id="a", title="A", text="", attributes={"price": 9.5} | ({"currency": own} if own else {}))
    assert Presenter(Catalogue([item]), given).figure("price", 9.5, "en") == price


def test_what_the_items_are_called(presenter: Presenter, shop: Presenter) -> None:
    assert (presenter.noun("en"), presenter.noun("en", 1), presenter.noun("zh")) == ("films", "film", "部电影")
    assert (shop.noun("en"), shop.noun("en", 1)) == ("items", "item")
    assert Presenter(Catalogue([])).noun("en") == "items"


@pytest.mark.parametrize(
    ("reason", "english", "chinese"),
    [
        (Reason("history", ALIEN, "Alien"), "Because you liked Alien", "因为你喜欢《异形》"),
        (Reason("similar", ALIEN, "Alien"), "Like Alien", "与《异形》相似"),
        (Reason("popular", "12", "12"), "Chosen by 12 people", "有12人选择"),
        (Reason("facet", "genres:unheard of", "unheard of"), "unheard of", "unheard of"),
        (Reason("history", "gone", "A film no longer here"), "A film no longer here", "A film no longer here"),
    ],
)
def test_reasons_as_lines(presenter: Presenter, reason: Reason, english: str, chinese: str) -> None:
    assert presenter.reason(reason, "en") == english
    assert presenter.reason(reason, "zh") == chinese


def test_a_facet_is_named_in_the_language_of_the_message(presenter: Presenter) -> None:
    assert presenter.value("comedy", "en") == "comedy"
    assert any("\u4e00" <= char <= "\u9fff" for char in presenter.value("comedy", "zh"))
    assert presenter.value("Ridley Scott", "zh") == "Ridley Scott"


def test_a_card_is_json_and_complete(presenter: Presenter) -> None:
    reasons = (Reason("facet", "genres:horror", "horror"), Reason("history", JAWS, "Jaws"))
    for language in ("en", "zh"):
        card = presenter.card(Pick(ALIEN, 1.23456, {}, reasons), language)  # type: ignore[arg-type]
        assert json.loads(json.dumps(card, ensure_ascii=False)) == card
        assert {"id", "title", "score", "facts", "text", "image", "url", "poster", "reasons"} <= card.keys()
        assert card["score"] == 1.2346
        assert [reason["ref"] for reason in card["reasons"]] == ["genres:horror", JAWS]
        assert card["poster"]["year"] == "1979" and card["poster"]["tint"] == "horror"


def test_a_card_says_a_reason_once(presenter: Presenter) -> None:
    refs = ("genres:horror", "themes:survival", "moods:horror", "genres:horror")
    reasons = tuple(Reason("facet", ref, ref.split(":")[1]) for ref in refs)
    card = presenter.card(Pick(ALIEN, 1.0, {}, reasons), "en")
    assert [reason["text"] for reason in card["reasons"]] == ["horror", "survival"]


def test_every_item_has_a_card_whatever_it_lacks(shop: Presenter, small_catalogue: Catalogue) -> None:
    for item in small_catalogue.items:
        card = shop.card(Pick(item.id, 0.0, {}), "en")
        assert card["id"] == item.id and card["reasons"] == []
        json.dumps(card, allow_nan=False)


def test_evidence_is_one_line_of_bounded_length(presenter: Presenter, demo: Catalogue) -> None:
    reasons = (Reason("history", JAWS, "Jaws"), Reason("facet", "moods:scary", "scary"))
    line = presenter.evidence(Pick(ALIEN, 1.0, {}, reasons))
    assert "\n" not in line
    for part in ("Alien", "1979", "fits: scary", "Because you liked Jaws"):
        assert part in line
    long = Catalogue([ItemRecord("long", "Long", "word " * 1000)])
    assert len(Presenter(long).evidence(Pick("long", 0.0, {}))) <= 420
