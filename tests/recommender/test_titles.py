"""Spellings of one title that must meet, and titles that must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.data.titles import leading_article, split_year, title_key


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Matrix, The (1999)", ("Matrix, The", 1999)),
        ("From Dusk Till Dawn 2 (1999) ", ("From Dusk Till Dawn 2", 1999)),
        ("Fawlty Towers (1975-1979)", ("Fawlty Towers", 1975)),
        ("Doctor Who (2005–)", ("Doctor Who", 2005)),
        ("花样年华（2000）", ("花样年华", 2000)),
        ("1917", ("1917", None)),
        ("(2009)", ("(2009)", None)),
        ("Model (1234)", ("Model (1234)", None)),
        ("Rear Window", ("Rear Window", None)),
    ],
)
def test_split_year(title: str, expected: tuple[str, int | None]) -> None:
    assert split_year(title) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Matrix, The (1999)", "the  MATRIX"),
        ("Avventura, L' (1960)", "L’Avventura"),
        ("Amélie", "Amelie"),
        ("Schindler's List", "Schindlers List"),
        ("Spider-Man", "spider man"),
        ("Planes, Trains & Automobiles", "Planes, Trains and Automobiles"),
        ("8½", "8 1/2"),
        ("Alien³", "Alien 3"),
        ("Smørrebrød", "smorrebrod"),
        ("ＡＫＩＲＡ", "Akira"),
        ("《千与千寻》", "千与千寻"),
    ],
)
def test_title_key_joins_spellings(one: str, other: str) -> None:
    assert title_key(one) == title_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("卡里加里博士的小屋", "卡里加里博士"),
        ("ガンダム", "カンダム"),
        ("Up", "Us"),
        ("???", "!!!"),
        ("Alien", "Aliens"),
    ],
)
def test_title_key_keeps_titles_apart(one: str, other: str) -> None:
    assert title_key(one) != title_key(other)


def test_title_key_keeps_cjk_and_hangul() -> None:
    assert title_key("ガンダム") == "ガンダム"
    assert title_key("기생충 (2019)") == "기생충"


def test_a_comma_is_not_always_an_article() -> None:
    assert leading_article("Rome, Open City") == "Rome, Open City"
    assert leading_article("I, Tonya") == "I, Tonya"


@given(st.text())
def test_title_key_is_stable_and_only_blank_for_blank(title: str) -> None:
    key = title_key(title)
    assert bool(key) == bool(title.strip())
    assert title_key(key) == key
