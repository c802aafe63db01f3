"""The catalogue in memory: which attributes become facets, and what the masks let through."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.catalogue import Catalogue, FacetValue, as_list, as_number, load_phrases
from storage.records import ItemRecord
from tests.shop import ITEMS


def catalogue(*attributes: dict[str, Any]) -> Catalogue:
    return Catalogue(ItemRecord(f"i{number}", f"Item {number}", attributes=a) for number, a in enumerate(attributes))


def ids(catalogue: Catalogue, mask: np.ndarray) -> set[str]:
    assert mask.dtype == bool and mask.shape == (len(catalogue),)
    return {catalogue.items[position].id for position in np.flatnonzero(mask)}


# Items


def test_items_are_found_by_id_and_position(small_catalogue: Catalogue) -> None:
    assert len(small_catalogue) == len(ITEMS) == 40
    assert "mug-02" in small_catalogue and "mug-99" not in small_catalogue
    assert small_catalogue["mug-02"].title == "Ostara Stoneware Mug"
    assert all(small_catalogue.items[small_catalogue.position[item.id]] == item for item in ITEMS)
    with pytest.raises(KeyError):
        small_catalogue["mug-99"]


def test_of_a_repeated_id_the_first_is_kept() -> None:
    found = Catalogue([ItemRecord("a", "First"), ItemRecord("b", "Other"), ItemRecord("a", "Second")])
    assert [item.title for item in found.items] == ["First", "Other"]


def test_every_name_of_an_item_its_title_first() -> None:
    item = ItemRecord(
        "a",
        "Teapot",
        attributes={
            "title_de": "Teekanne",
            "aliases": ["Pot", "Teapot", "", None],
            "original_title": "茶壶",
            "title": "no",
        },
    )
    assert Catalogue([item]).titles(item) == ["Teapot", "Teekanne", "Pot", "茶壶"]


# Which attributes are facets


def test_the_shop_has_the_facets_a_person_would_name(small_catalogue: Catalogue) -> None:
    assert set(small_catalogue.numeric) == {"price"}
    assert set(small_catalogue.categorical) == {"category", "brand", "colours"}
    assert set(small_catalogue.categorical["brand"]) == {
        "Brim", "Halden", "Tarn", "Ostara", "Fjell", "Lume", "Sedge", "Mossby",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.5, -3], "numeric"),
        (["12.99", "$5", " 7,50 "], "numeric"),
        ([2001] * 19 + ["unknown"], "numeric"),
        ([2001] * 18 + ["unknown"] * 2, "categorical"),
        ([[10, 20], 30], "numeric"),
        ([True, False], "categorical"),
        (["1-2 people", "3-4 people"], "categorical"),
        (["S", "M", 38], "categorical"),
        (["a sentence that goes on " * 5], None),
        ([None, "", []], None),
    ],
)
def test_values_decide_what_a_facet_is(values: list[Any], kind: str | None) -> None:
    found = catalogue(*({"facet": value} for value in values))
    assert ("facet" in found.numeric, "facet" in found.categorical) == (kind == "numeric", kind == "categorical")


@pytest.mark.parametrize("key", ["aliases", "original_title", "title_fr", "text_fr", "id", "imdb_id", "image", "sku"])
def test_names_texts_and_identifiers_are_no_facets(key: str) -> None:
    found = catalogue({key: "a"}, {key: "b"})
    assert not found.numeric and not found.categorical


@pytest.mark.parametrize("key", ["width", "idea", "grid", "titles", "images"])
def test_words_that_merely_look_like_those_are_facets(key: str) -> None:
    assert key in catalogue({key: "a"}).categorical


@pytest.mark.parametrize("missing", [None, "", float("nan")])
def test_a_missing_value_neither_is_one_nor_changes_the_kind(missing: Any) -> None:
    found = catalogue({"price": 3, "kind": "mug"}, *[{"price": missing, "kind": missing}] * 5)
    assert set(found.categorical) == {"kind"}
    assert list(found.categorical["kind"]) == ["mug"]
    assert np.isnan(found.numeric["price"]).tolist() == [False] + [True] * 5


# Values


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        (2.5, 2.5),
        ("12.99", 12.99),
        ("$12.99", 12.99),
        ("€ 9,50", 9.5),
        (" -4 ", -4.0),
        ("$1,299", 1299.0),
        ("1,299.50", 1299.5),
        ("12,345,678", 12_345_678.0),
        ("0,125", 0.125),
        (True, None),
        (None, None),
        ("", None),
        ("12 litres", None),
        ("1-2", None),
        ("1,2,3", None),
        ([3], None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        (10**30, 1e30),
        ("9" * 400, None),
    ],
    ids=lambda value: repr(value)[:12],
)
def test_what_counts_as_a_number(value: Any, number: float | None) -> None:
    assert as_number(value) == number


@pytest.mark.parametrize(
    ("value", "values"),
    [
        (None, []),
        ("", []),
        (float("nan"), []),
        ("red", ["red"]),
        (0, [0]),
        (False, [False]),
        (["red", None, "", float("nan"), "blue"], ["red", "blue"]),
        (("red",), ["red"]),
        ({"a": 1}, [{"a": 1}]),
    ],
)
def test_values_as_a_list(value: Any, values: list[Any]) -> None:
    assert as_list(value) == values


def test_the_values_of_one_item_are_text(small_catalogue: Catalogue) -> None:
    item = small_catalogue["kettle-02"]
    assert small_catalogue.values_of(item, "colours") == ["red", "white"]
    assert small_catalogue.values_of(item, "price") == ["29.0"]
    assert small_catalogue.values_of(item, "weight") == []


# Masks


def test_a_mask_has_exactly_the_items_with_the_value(small_catalogue: Catalogue) -> None:
    assert ids(small_catalogue, small_catalogue.mask(FacetValue("category", "teapots"))) == {
        "teapot-01",
        "teapot-02",
        "teapot-03",
    }
    red = {item.id for item in ITEMS if "red" in item.attributes["colours"]}
    assert ids(small_catalogue, small_catalogue.mask(FacetValue("colours", "red"))) == red


@pytest.mark.parametrize("value", [("colours", "Red"), ("colours", "mauve"), ("shape", "round"), ("price", "9.9")])
def test_a_value_that_no_item_has_lets_nothing_through(value: tuple[str, str], small_catalogue: Catalogue) -> None:
    assert not small_catalogue.mask(FacetValue(*value)).any()


def test_what_stands_first_is_the_most_prominent() -> None:
    rows = [("a", ["comedy", "drama"]), ("b", ["drama", "war", "comedy"]), ("c", ["war"]), ("d", "comedy")]
    catalogue = Catalogue([ItemRecord(id=i, title=i, text="", attributes={"genres": genres}) for i, genres in rows])
    degree = catalogue.prominence(FacetValue("genres", "comedy"))
    np.testing.assert_allclose(degree, [1, 1 / np.sqrt(3), 0, 1], rtol=1e-6)
    assert not catalogue.prominence(FacetValue("genres", "opera")).any()


def test_a_value_twice_in_one_item_counts_once() -> None:
    found = catalogue({"colours": ["red", "red"]}, {"colours": "red"})
    assert found.facet_counts("colours") == {"red": 2}


def test_masks_are_the_callers_to_change(small_catalogue: Catalogue) -> None:
    value = FacetValue("brand", "Lume")
    small_catalogue.mask(value)[:] = True
    small_catalogue.range_mask("price", 0, 10)[:] = True
    assert small_catalogue.mask(value).sum() == 3
    assert small_catalogue.range_mask("price", 0, 10).sum() == 2


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (None, 9.9, {"pot-01", "mug-01"}),  # the bounds count
        (9.9, 11.0, {"mug-01", "mug-04"}),
        (320, None, {"chair-01", "tent-02"}),
        (188.99, 189.01, {"chair-03"}),  # "$189.00"
        (100, 50, set()),
        (1e9, None, set()),
    ],
)
def test_ranges(low: float | None, high: float | None, expected: set[str], small_catalogue: Catalogue) -> None:
    assert ids(small_catalogue, small_catalogue.range_mask("price", low, high)) == expected


def test_what_has_no_price_is_in_no_range_of_prices(small_catalogue: Catalogue) -> None:
    priced = small_catalogue.range_mask("price", None, None)
    assert ids(small_catalogue, ~priced) == {"stove-01", "voucher"}
    assert not small_catalogue.range_mask("price", -1e9, 1e9)[~priced].any()


@pytest.mark.parametrize("facet", ["weight", "brand"])
def test_a_range_of_what_is_no_number_lets_nothing_through(facet: str, small_catalogue: Catalogue) -> None:
    assert not small_catalogue.range_mask(facet, None, None).any()


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("kiln", {"i0"}),  # in the text
        ("Maple", {"i1"}),  # an attribute, whatever its case
        ("tray", {"i1", "i2"}),  # in a title, and in the plural
        ("ray", set()),  # no part of a word
        ("茶", {"i2"}),
        ("tea tray", {"i2"}),
        ("tray tea", set()),  # in this order
        ("fired in", {"i0"}),
        ("é", set()),  # a part of a word
        ("café", {"i3"}),
        (".*", set()),
        (" ", set()),
    ],
)
def test_what_the_items_say_of_themselves(phrase: str, expected: set[str]) -> None:
    items = [
        ItemRecord("i0", "Mug", "Fired in a kiln."),
        ItemRecord("i1", "Trays", attributes={"wood": ["maple"]}),
        ItemRecord("i2", "Tea tray", attributes={"title_zh": "茶盘"}),
        ItemRecord("i3", "Cups", "For the café."),
    ]
    found = Catalogue(items)
    assert ids(found, found.mentions(phrase)) == expected


def test_of_a_single_valued_facet_most_items_have_one_value() -> None:
    rows = [{"maker": ["Brim"], "colours": ["red", "blue"]}] * 4 + [{"maker": ["Brim", "Tarn"], "colours": ["red"]}]
    found = catalogue(*rows, {})
    assert found.single_valued("maker") and not found.single_valued("colours")
    assert not found.single_valued("nothing")


def test_counts_of_all_and_of_some(small_catalogue: Catalogue) -> None:
    expected = Counter(colour for item in ITEMS for colour in item.attributes["colours"])
    assert small_catalogue.facet_counts("colours") == expected
    kettles = small_catalogue.mask(FacetValue("category", "kettles"))
    assert small_catalogue.facet_counts("brand", kettles) == {"Brim": 2, "Halden": 1, "Tarn": 1}
    assert small_catalogue.facet_counts("brand", np.zeros(40, dtype=bool)) == {}
    assert small_catalogue.facet_counts("price") == {}


def test_alike_is_what_an_items_list_names_first_and_who_is_named_is_like_it_too() -> None:
    found = catalogue({"alike": ["i1", "i2", "i0", "gone"]}, {}, {"alike": ["i0"]})
    alike = found.alike.toarray()
    assert alike[0, 1] > alike[0, 2] > 0 and alike[2, 0] == 1.0
    assert 0 < alike[1, 0] < alike[0, 1] and not alike.diagonal().any()
    assert not found.categorical and not found.mentions("i1").any()


def test_advice_can_be_filtered_by_and_tells_nothing() -> None:
    rows = [{"content": ["gore"], "moods": ["dark"]}] * 3 + [{"moods": ["dark"]}]
    found = catalogue(*rows)
    assert ids(found, found.mask(FacetValue("content", "gore"))) == {"i0", "i1", "i2"}
    assert found.telling == ["moods"] and found.shared_values.shape[1] == 1
    assert "gore" not in found.describe(found["i0"]) + found.said_of(found["i0"])


# Text and phrases


def test_the_description_has_title_facets_and_text(small_catalogue: Catalogue) -> None:
    assert small_catalogue.describe(small_catalogue["kettle-02"]) == (
        "Brim Stovetop Kettle. category: kettles; brand: Brim; price: 29.0; colours: red, white. "
        "Whistles when the water boils."
    )
    assert small_catalogue.describe(small_catalogue["voucher"]) == "Gift Voucher. category: vouchers"


def test_phrases_are_found_whatever_their_case() -> None:
    phrases = load_phrases({"For Camping": [["brand", "Tarn"], ["category", "tents"]]})
    assert Catalogue(ITEMS, phrases).phrases == {
        "for camping": (FacetValue("brand", "Tarn"), FacetValue("category", "tents"))
    }


def test_an_empty_catalogue_has_nothing_and_does_not_fail() -> None:
    empty = Catalogue([])
    assert (len(empty), empty.numeric, empty.categorical, empty.facet_counts("brand")) == (0, {}, {}, {})
    assert empty.mask(FacetValue("brand", "Tarn")).shape == empty.range_mask("price", 0, 1).shape == (0,)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["$3", "4,5", "$1,299.00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
keys = st.sampled_from(["price", "brand", "title_x", "image", "made of"]) | st.text(max_size=4)


@given(st.lists(st.dictionaries(keys, json_values, max_size=4), max_size=5))
def test_whatever_the_attributes_the_facets_hold_together(attributes: list[dict[str, Any]]) -> None:
    found = catalogue(*attributes)
    assert not set(found.numeric) & set(found.categorical)
    for facet, column in found.numeric.items():
        assert column.shape == (len(found),) and column.dtype == np.float32
        assert (found.range_mask(facet, None, None) == ~np.isnan(column)).all()
        low_half, high_half = found.range_mask(facet, None, 5.0), found.range_mask(facet, 5.0, None)
        assert ((low_half | high_half) == ~np.isnan(column)).all()
    for facet, values in found.categorical.items():
        for value in values:
            mask = found.mask(FacetValue(facet, value))
            assert mask.sum() == found.facet_counts(facet)[value] > 0
            for item, has_it in zip(found.items, mask, strict=True):
                assert (value in found.values_of(item, facet)) == has_it
    for item in found.items:
        assert item.title in found.describe(item)
        assert found.titles(item)[0] == item.title
