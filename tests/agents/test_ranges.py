"""Years, lengths and prices in a message."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.language.amounts import chinese_number, decade, minutes
from agents.language.ranges import find_ranges
from agents.plan import Range

YEARS = {
    "something from the 80s": (1980, 1989),
    "early '80s comedies": (1980, 1983),
    "mid 60s": (1963, 1966),
    "late nineties": (1996, 1999),
    "the seventies": (1970, 1979),
    "the noughties": (2000, 2009),
    "films of the 10s": (2010, 2019),
    "80s and 90s": (1980, 1999),
    "from the 1950s to the 1970s": (1950, 1979),
    "between 1990 and 2005": (1990, 2005),
    "between 2005 and 1990": (1990, 2005),
    "1990-1995": (1990, 1995),
    "made in 1994": (1994, 1994),
    "after 2000": (2001, None),
    "post-1980": (1981, None),
    "since 2000": (2000, None),
    "from 1970 on": (1970, None),
    "2010 or later": (2010, None),
    "2000s onwards": (2000, None),
    "not older than 1990": (1990, None),
    "nothing before 1990": (1990, None),
    "no films before 1990": (1990, None),
    "not released before 1990": (1990, None),
    "i don't want anything after 1990": (None, 1990),
    "i want films before 1990": (None, 1989),
    "no movies from before 1990": (1990, None),
    "something not american from before 1990": (None, 1989),
    "no musicals please, before 1990": (None, 1989),
    "this century": (2000, None),
    "before 1970": (None, 1969),
    "before the 90s": (None, 1989),
    "pre-1960": (None, 1959),
    "up to 1985": (None, 1985),
    "no newer than 1999": (None, 1999),
    "nothing after 1990": (None, 1990),
    "last century": (None, 1999),
    "at least 1990": (1990, None),
    "at the earliest 1990": (1990, None),
    "1990 at the earliest": (1990, None),
    "from the 90s, at the latest 1995": (1990, 1995),
    "after 2000, no: before 1990": (None, 1989),
    "after 1990 but before 2000": (1991, 1999),
    "films from 2000 to now": (2000, None),
    "from 1990 until today": (1990, None),
    "since 2010 up to now": (2010, None),
    "the 80s to the present day": (1980, None),
    "between 1990 and now": (1990, None),
    "films from 1990 to today's favourites": (1990, 1990),
    "before the year 2000": (None, 1999),
    "mid to late 90s": (1993, 1999),
    "not the 80s, the 90s": (1990, 1999),
    "why not the 80s": (1980, 1989),
    "no musicals from the 80s": (1980, 1989),
    "2000年到现在": (2000, None),
    "从90年代至今": (1990, None),
    "80年代的": (1980, 1989),
    "八十年代": (1980, 1989),
    "上世纪九十年代": (1990, 1999),
    "20世纪80年代": (1980, 1989),
    "2010年代": (2010, 2019),
    "1994年的": (1994, 1994),
    "1990到1999年": (1990, 1999),
    "2000年以后": (2001, None),
    "2010年以来": (2010, None),
    "1990年以前": (None, 1989),
    "七八十年代": (1970, 1989),
    "上世纪五、六十年代": (1950, 1969),
    "80到90年代": (1980, 1999),
    "80年代末": (1986, 1989),
    "九十年代初期": (1990, 1993),
    "21世纪10年代": (2010, 2019),
    "八十年代以后": (1990, None),
    "六十年代之前": (None, 1959),
    "不要2000年以前的": (2000, None),
    "别推荐八十年代以后的": (None, 1989),
    "一九九四年": (1994, 1994),
    "两千年以后": (2001, None),
    "本世纪的": (2000, None),
    "上个世纪的": (None, 1999),
}
LENGTHS = {
    "under two hours": (None, 120),
    "no films over two hours": (None, 120),
    "i do not want anything over two hours": (None, 120),
    "no problem with over two hours": (120, None),
    "UNDER 100 MINUTES": (None, 100),
    "90 minutes or less": (None, 90),
    "no longer than 100 min": (None, 100),
    "not more than an hour and a half": (None, 90),
    "an hour until dinner": (None, 60),
    "under ninety minutes": (None, 90),
    "a hundred and ten minutes or less": (None, 110),
    "thirty minutes tops": (None, 30),
    "one hour forty-five max": (None, 105),
    "under a couple of hours": (None, 120),
    "max. 90 minutes": (None, 90),
    "two hours at least": (120, None),
    "2 hours min": (120, None),
    "90+ minutes": (90, None),
    "2+ hours": (120, None),
    "between 1 and 2 hours": (60, 120),
    "between 1 and 2 and a half hours": (60, 150),
    "between one and a half and two hours": (90, 120),
    "between 1h and 1h30": (60, 90),
    "1 to 2 hours": (60, 120),
    "1.5-2h": (90, 120),
    "from one to two hours": (60, 120),
    "one or two hours": (60, 120),
    "an hour or two": (60, 120),
    "an hour to an hour and a half": (60, 90),
    "90 to 2 hours": (90, 120),
    "the last film of 20 to 30 minutes": (20, 30),
    "at least 3 hours": (180, None),
    "longer than 2 hours": (120, None),
    "two hours plus": (120, None),
    "between 90 and 120 minutes": (90, 120),
    "around 2 hours": (110, 130),
    "an hour and a half": (80, 100),
    "1h45": (95, 115),
    "2 hrs 10 min": (120, 140),
    "about ninety minutes": (80, 100),
    "1 min film": (0.8, 1.2),
    "about half an hour": (24, 36),
    "80-100 minutes": (80, 100),
    "a film - 90 minutes tops": (None, 90),
    "under 90 minutes and over 2 hours": (120, None),
    "under 90 minutes or so, over 2 hours": (120, None),
    "yeah under 2 hours": (None, 120),
    "Thunder 90 minutes": (80, 100),
    "under 1h45m": (None, 105),
    "2h30min max": (None, 150),
    "1hr5m or less": (None, 65),
    "给我90min": (80, 100),
    "不超过两小时": (None, 120),
    "90分钟以内": (None, 90),
    "一百二十分钟以内": (None, 120),
    "两小时以上": (120, None),
    "至少两个小时": (120, None),
    "一个半小时左右": (80, 100),
    "只有两个小时": (None, 120),
    "两个钟头以内": (None, 120),
    "半个小时以内": (None, 30),
    "1.5小时以内": (None, 90),
    "90到120分钟": (90, 120),
    "一个半小时到两小时": (90, 120),
}
PRICES = {
    "under $30": (None, 30),
    "less than 20 dollars": (None, 20),
    "no more than 12.50 euros": (None, 12.5),
    "over £15": (15, None),
    "100 yuan or more": (100, None),
    "between 10 and 20 euros": (10, 20),
    "$20-$40": (20, 40),
    "20-40 dollars": (20, 40),
    "top 10 - $20 max": (None, 20),
    "less than $20 min 2 players": (None, 20),
    "20 dollars minimum": (20, None),
    "my budget is around 50 euros": (None, 50),
    "$1.5k-2k": (1500, 2000),
    "around $50": (40, 60),
    "under $1,500": (None, 1500),
    "1,200 dollars or more": (1200, None),
    "between 1,000 and 2,000 dollars": (1000, 2000),
    "$1,000,000 tops": (None, 1_000_000),
    "under 12,50 euros": (None, 12.5),
    "1,500元以内": (None, 1500),
    "不超过100元": (None, 100),
    "100元以内": (None, 100),
    "10元以上": (10, None),
}
RELATIVE = {
    "not too long": ("runtime", "lower"),
    "not so old": ("year", "higher"),
    "nothing too old": ("year", "higher"),
    "nothing long": ("runtime", "lower"),
    "neither too long nor too sad": ("runtime", "lower"),
    "smth short n funny": ("runtime", "lower"),
    "a quick one": ("runtime", "lower"),
    "but not as old": ("year", "higher"),
    "not from the 80s, newer": ("year", "higher"),
    "more like the second one but not as long": ("runtime", "lower"),
    "but not quite as long as that": ("runtime", "lower"),
    "just not so long": ("runtime", "lower"),
    "not as expensive": ("price", "lower"),
    "not too recent": ("year", "lower"),
    "not that short": ("runtime", "higher"),
    "not too expensive": ("price", "lower"),
    "too long, all of them": ("runtime", "lower"),
    "they're way too old": ("year", "higher"),
    "hmm these all look too old": ("year", "higher"),
    "these seem a bit dated": ("year", "higher"),
    "they look a bit old": ("year", "higher"),
    "all of those seem rather long": ("runtime", "lower"),
    "those are all too expensive": ("price", "lower"),
    "newer": ("year", "higher"),
    "something more recent": ("year", "higher"),
    "older": ("year", "lower"),
    "old ones": ("year", "lower"),
    "something old": ("year", "lower"),
    "shorter than -5 minutes": ("runtime", "lower"),  # all that can be meant
    "shorter please": ("runtime", "lower"),
    "longer": ("runtime", "higher"),
    "cheaper": ("price", "lower"),
    "more expensive": ("price", "higher"),
    "新一点": ("year", "higher"),
    "老一点的": ("year", "lower"),
    "短一点": ("runtime", "lower"),
    "长一点": ("runtime", "higher"),
    "便宜点": ("price", "lower"),
    "贵一点": ("price", "higher"),
    "太长了": ("runtime", "lower"),
    "太老了": ("year", "higher"),
    "最新的": ("year", "higher"),
}
NO_RANGE = [
    "",
    "10 films",
    "yeah, something funny",
    "blah",
    "ah, a western",
    "Sarah Connor",
    "with Jonah Hill",
    "set in Utah",
    "stone hours",
    "I paid $1999",
    "with an older man",
    "Titanic was too long",
    "life is too short",
    "too long ago",
    "a -5 minute film",
    "not too old-fashioned",
    "I saw it last year",
    "the last ten minutes",
    "the first 20 minutes",
    "why not as long as it's funny",
    "$20 min 2 players",
    "五部电影",
    "太长时间没看电影了",
    "1234年代",
    "seven samurai",
    "R2D2",
    "100%",
]

# Pieces of ranges in any order, so that odd combinations are tried and not only noise.
PIECES = st.sampled_from(
    [
        "between",
        "from",
        "and",
        "to",
        "-",
        "before",
        "after",
        "since",
        "under",
        "over",
        "at",
        "least",
        "no",
        "more",
        "than",
        "1990",
        "2005",
        "80s",
        "'s",
        "the",
        "early",
        "two",
        "3",
        "an",
        "hour",
        "half",
        "minutes",
        "h",
        "$",
        "£",
        "20",
        "dollars",
        "or",
        "less",
        "+",
        "newer",
        "shorter",
        "年代",
        "八十",
        "1990",
        "年",
        "以前",
        "不超过",
        "一百",
        "两",
        "个",
        "半",
        "小时",
        "分钟",
        "元",
        "以内",
        ".",
        ",",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(PIECES, max_size=20).map(" ".join),
    st.lists(PIECES, max_size=20).map("".join),
)


def only_range(text: str) -> Range:
    (found,) = find_ranges(text)
    return found.range


@pytest.mark.parametrize(("text", "bounds"), YEARS.items(), ids=list(YEARS))
def test_years(text: str, bounds: tuple[float | None, float | None]) -> None:
    assert only_range(text) == Range(facet="year", min=bounds[0], max=bounds[1])


@pytest.mark.parametrize(("text", "bounds"), LENGTHS.items(), ids=list(LENGTHS))
def test_lengths(text: str, bounds: tuple[float | None, float | None]) -> None:
    assert only_range(text) == Range(facet="runtime", min=bounds[0], max=bounds[1])


@pytest.mark.parametrize(("text", "bounds"), PRICES.items(), ids=list(PRICES))
def test_prices(text: str, bounds: tuple[float | None, float | None]) -> None:
    assert only_range(text) == Range(facet="price", min=bounds[0], max=bounds[1])


@pytest.mark.parametrize(("text", "wish"), RELATIVE.items(), ids=list(RELATIVE))
def test_wishes_relative_to_what_is_shown(text: str, wish: tuple[str, str]) -> None:
    found = only_range(text)
    assert (found.facet, found.relative) == wish
    assert found.min is None and found.max is None


@pytest.mark.parametrize("text", NO_RANGE)
def test_other_numbers_and_words_are_no_range(text: str) -> None:
    assert find_ranges(text) == []


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("directed by women from the last ten years", 10),
        ("the past 5 years", 5),
        ("last few years", 5),
        ("of the last decade", 10),
        ("the last two decades", 20),
        ("no older than two years", 2),
        ("最近十年的", 10),
        ("过去5年", 5),
    ],
)
def test_years_counted_back_from_today(text: str, years: int) -> None:
    assert only_range(text) == Range(facet="year", min=date.today().year - years)


def test_several_facets_at_once_in_reading_order() -> None:
    found = find_ranges("a 90s thriller under two hours for less than $5")
    assert [f.range.facet for f in found] == ["year", "runtime", "price"]


def test_an_absolute_bound_overrules_a_relative_wish_on_the_same_facet_only() -> None:
    found = find_ranges("newer, after 2010, and shorter")
    assert [(f.range.facet, f.range.relative) for f in found] == [("year", None), ("runtime", "lower")]


@pytest.mark.parametrize(
    ("text", "length", "years"),
    [
        ("10 movies under 90 min from the 1990s", (None, 90), (1990, 1999)),
        ("over 120 min 1970s", (120, None), (1970, 1979)),
        ("90 min 1995 or later", (80, 100), (1995, None)),
    ],
)
def test_the_unit_of_a_length_is_no_least_year(
    text: str, length: tuple[float | None, float | None], years: tuple[float | None, float | None]
) -> None:
    assert [(f.range.facet, f.range.min, f.range.max) for f in find_ranges(text)] == [
        ("runtime", *length),
        ("year", *years),
    ]


@pytest.mark.parametrize("text", ["not from the 80s", "no 80s films", "nothing made in the 90s", "not a 3 hour epic"])
def test_what_is_ruled_out_between_two_bounds_is_no_range(text: str) -> None:
    assert only_range(text).empty


@pytest.mark.parametrize(
    "text",
    [
        "over 2 hours or under 90 minutes",
        "before 1980 or after 1990",
        "before 1980, or made after 1990",
        "the 70s or after 1990",
        "1980年以前或者1990年以后",
    ],
)
def test_two_bounds_of_which_either_may_hold_are_no_one_range(text: str) -> None:
    (found,) = find_ranges(text)
    assert found.range.empty


@given(TEXTS)
def test_any_text_has_ordered_bounds_within_it_and_one_range_a_facet(text: str) -> None:
    found = find_ranges(text)
    for item in found:
        assert 0 <= item.start < item.end <= len(text)
        low, high = item.range.min, item.range.max
        assert low is None or high is None or low <= high
        assert (low or 0) >= 0 and (high or 0) >= 0
        assert item.range.empty or (item.range.relative is None) == (low is not None or high is not None)
    facets = [item.range.facet for item in found]
    assert len(facets) == len(set(facets))
    assert [item.start for item in found] == sorted(item.start for item in found)


@given(TEXTS)
def test_the_helpers_take_any_text(text: str) -> None:
    first_and_last = decade(text)
    assert first_and_last is None or first_and_last[0] <= first_and_last[1]
    length = minutes(text)
    assert length is None or length >= 0
    number = chinese_number(text)
    assert number is None or number >= 0


@given(st.integers(min_value=1880, max_value=2099), st.integers(min_value=1880, max_value=2099))
def test_two_years_in_any_order_are_their_span(first: int, second: int) -> None:
    expected = Range(facet="year", min=min(first, second), max=max(first, second))
    for text in (f"between {first} and {second}", f"{first} to {second}", f"{first}年到{second}年"):
        assert only_range(text) == expected


@given(st.integers(min_value=1, max_value=199))
def test_chinese_numbers(number: int) -> None:
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    spelt = (f"{digits[hundreds]}百" if hundreds else "") + (f"{digits[tens]}十" if tens else "")
    spelt += ("零" if hundreds and not tens and ones else "") + (digits[ones] if ones else "")
    assert chinese_number(spelt) == chinese_number(str(number)) == number


@pytest.mark.parametrize(
    ("text", "bare", "expected"),
    [
        ("under 20 please, i'm a student", "price", (None, 20)),
        ("a keyboard, red, below 90", "price", (None, 90)),
        ("max 30", "price", (None, 30)),
        ("30 max", "price", (None, 30)),
        ("budget 20, one beauty thing", "price", (None, 20)),
        ("dry white under 10 for a fish stew", "price", (None, 10)),
        ("between 30 and 60, a scent", "price", (30, 60)),
        ("between 30 to 60", "price", (30, 60)),
        ("300 at most", "price", (None, 300)),
        ("up to 9.50 if it's good", "price", (None, 9.5)),
        ("under 100", "runtime", (None, 100)),
        ("over 3000", "price", (3000, None)),
    ],
)
def test_a_limit_without_a_unit_is_of_what_the_catalogue_has(
    text: str, bare: str, expected: tuple[float | None, float | None]
) -> None:
    (found,) = find_ranges(text, bare)
    assert (found.range.facet, found.range.min, found.range.max) == (bare, *expected)
    assert find_ranges(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "for kids under 10",
        "under 12",
        "at most 3 players",
        "under 50 pages",
        "the top 10",
        "under 10,000 leagues",
    ],
)
def test_other_numbers_are_no_limit(text: str) -> None:
    assert find_ranges(text, "runtime") == []
