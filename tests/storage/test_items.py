"""The stored catalogue: any text comes back as it went in, and a replacement is all or nothing."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.database import Database
from storage.items import ItemStore
from storage.records import ItemRecord
from tests.shop import ITEMS
from tests.storage.examples import at_once

# Neither engine stores NUL in text, and half a surrogate pair is no character: import refuses both.
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
records = st.builds(
    ItemRecord,
    id=texts,
    title=texts,
    text=texts,
    image=texts,
    url=texts,
    attributes=st.dictionaries(texts, values, max_size=4),
)


@pytest.fixture
def store(database: Database) -> ItemStore:
    return ItemStore(database)


def test_the_shop_comes_back_in_its_order(store: ItemStore) -> None:
    assert store.replace_all(ITEMS) == len(ITEMS) == store.count()
    assert store.all() == list(ITEMS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.lists(records, max_size=6, unique_by=lambda item: item.id))
def test_odd_text_and_attributes_come_back_unchanged(store: ItemStore, items: list[ItemRecord]) -> None:
    assert store.replace_all(items) == len(items)
    assert store.all() == items


@pytest.mark.parametrize(
    "odd",
    ["'; DROP TABLE items; --", "a\\u0000b", "\\", "%s %(id)s :id ?", "\r\n\t", "‮مرحبا", "👩‍👩‍👧", "e\u0301", "é"],
)
def test_text_that_looks_like_something_else(odd: str, store: ItemStore) -> None:
    item = ItemRecord(odd, odd, odd, odd, odd, {odd: [odd, {odd: odd}]})
    store.replace_all([item])
    assert store.all() == [item]


def test_replacing_leaves_nothing_of_the_old_catalogue(store: ItemStore) -> None:
    store.replace_all(ITEMS)
    store.replace_all(ITEMS[5:2:-1])
    assert store.all() == list(ITEMS[5:2:-1])
    assert store.replace_all([]) == 0
    assert store.all() == []


def test_more_items_than_fit_in_one_statement(store: ItemStore) -> None:
    items = [ItemRecord(f"thing-{number}", f"Thing {number}") for number in range(1_203)]
    assert store.replace_all(iter(items)) == 1_203
    assert [item.id for item in store.all()] == [item.id for item in items]


@pytest.mark.parametrize("bad", [ITEMS[0], ItemRecord("x", "X", attributes={"made of": object()})])
def test_a_replacement_that_fails_leaves_the_old_catalogue(bad: Any, store: ItemStore) -> None:
    store.replace_all(ITEMS[1:])
    with pytest.raises(Exception, match=r"(?i)unique|serializable"):
        store.replace_all([*ITEMS, bad])
    assert store.all() == list(ITEMS[1:])


def test_two_replacements_at_once_leave_one_catalogue(store: ItemStore) -> None:
    """Each deleted what it saw and inserted the same ids: on PostgreSQL one of them failed."""
    halves = [list(ITEMS[:25]), list(ITEMS[15:])]
    for _ in range(3):
        at_once([lambda half=half: store.replace_all(half) for half in halves * 2])
        assert store.all() in halves
