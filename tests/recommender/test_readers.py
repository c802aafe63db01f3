"""Files in, records out: every format, and every way a file can be broken."""

import contextlib
import csv
import gzip
import io
import json
import os
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from recommender.catalogue import Catalogue
from recommender.data.cells import spelled_number
from recommender.data.readers import ImportFileError, read_events, read_items
from storage.records import EventRecord, ItemRecord

relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

TOY_STORY = ItemRecord("1", "Toy Story", attributes={"year": 1995})


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


# --- items ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_csv_with_any_delimiter_and_a_byte_order_mark(tmp_path: Path, delimiter: str, suffix: str) -> None:
    lines = [["id", "title", "price", "genres", "image"], ["1", "A, b; c", "9.50", "x|y", "http://x.org/a.png"]]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    loaded = read_items(written(tmp_path, f"shop{suffix}", "\ufeff" + text.getvalue()))
    expected = ItemRecord("1", "A, b; c", image="http://x.org/a.png", attributes={"price": 9.5, "genres": ["x", "y"]})
    assert loaded.rows == [expected]
    assert loaded.n_bad == 0
    assert loaded.source == f"shop{suffix} (CSV)"


def test_csv_columns_are_numbers_only_as_a_whole(tmp_path: Path) -> None:
    text = "id,title,year,size,isbn,tags,title_zh,text_zh\n7,300,1999,10,007,3|4,1917,a|b\n8,1917,2001,XL,123,5,2012,\n"
    first, second = read_items(written(tmp_path, "items.csv", text)).rows
    assert (first.id, first.title) == ("7", "300")
    assert first.attributes == {
        "year": 1999,
        "size": "10",
        "isbn": "007",
        "tags": [3, 4],
        "title_zh": "1917",
        "text_zh": "a|b",
    }
    assert second.attributes == {"year": 2001, "size": "XL", "isbn": "123", "tags": [5], "title_zh": "2012"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.299,00 €", 1299), ("1 299,00 €", 1299), ("1\u202f299,50\u00a0€", 1299.5), ("1,299.00", 1299),
        ("€ 12,99", 12.99), ("12,99€", 12.99), ("USD 1,299.00", 1299), ("1'299.00 CHF", 1299), ("-1.299,00", -1299),
        ("1.299.000 €", 1299000), ("1.299", 1.299), ("1.299 €", 1.299), ("0,50 €", 0.5), ("19 kr", 19),
        ("1.299.00", None), ("1 299 €", 1299), ("555 123 456", None), ("10.0.100.200", None), ("256 SSD", None),
        ("EUR 12", 12), ("1.299.000", None),
        ("007", None), ("n/a", None), ("", None), ("12-13", None), ("1,2,3", None), ("5 stars", None),
        ("12.99 - 15.99", None), ("²", None),
    ],
)  # fmt: skip
def test_prices_as_people_write_them(text: str, number: float | None) -> None:
    assert spelled_number(text) == number


@pytest.mark.parametrize("name", ["items.csv", "items.jsonl"])
def test_a_column_of_prices_is_one_of_numbers_and_what_is_none_is_said(tmp_path: Path, name: str) -> None:
    prices = ["1.299,00 €", "12,99 €", *["5,00 €"] * 36, "n/a", "1.050,50 €"]
    rows = [{"id": str(n), "title": f"T{n}", "price": price, "made": "n/a"} for n, price in enumerate(prices)]
    path = tmp_path / name
    with path.open("w", newline="") as file:
        if name.endswith("csv"):
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        else:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    loaded = read_items(path)
    assert loaded.notes == ["price: 1 of 40 values are not numbers, such as 'n/a'."]
    found = Catalogue(loaded.rows).numeric["price"]
    assert [found[0], round(float(found[1]), 2), found[39]] == [1299, 12.99, 1050.5] and found[38] != found[38]


def test_a_column_with_too_many_words_is_no_range_and_says_so(tmp_path: Path) -> None:
    cells = ["5,00 €"] * 9 + ["on request"]
    text = "id;title;price\n" + "".join(f"{n};T{n};{cell}\n" for n, cell in enumerate(cells))
    loaded = read_items(written(tmp_path, "items.csv", text))
    assert loaded.notes == [
        "price: 1 of 10 values are not numbers, such as 'on request', too many for it to be a range."
    ]
    assert loaded.rows[0].attributes == {"price": "5,00 €"}


def test_bad_csv_rows_are_counted_with_the_line_where_they_start(tmp_path: Path) -> None:
    text = (
        "id,title,text\n"
        '1,One,"first\nsecond\nthird"\n'  # lines 2 to 4
        ",No id,\n"  # 5
        "\n"
        "3,,\n"  # 7
        '1,"Twice",\n'  # 8
        "5,too,many,cells\n"  # 9
        '6,"stray" quote,\n'  # 10
        f"{'x' * 201},long id,\n"  # 11
        f"8,{'t' * 1001},\n"  # 12
        "9,a\x00b,\n"  # 13
        "10,Ten,\n"
    )
    loaded = read_items(written(tmp_path, "items.csv", text))
    assert [item.id for item in loaded.rows] == ["1", "10"]
    assert loaded.rows[0].title == "One"
    assert loaded.rows[0].text == "first\nsecond\nthird"
    assert [row.line for row in loaded.bad] == [5, 7, 8, 9, 10, 11, 12, 13]
    assert loaded.n_bad == 8


def test_a_quote_left_open_costs_only_the_rows_around_it(tmp_path: Path) -> None:
    rows = "".join(f'{n},"Title {n}"\n' for n in range(100))
    loaded = read_items(written(tmp_path, "items.csv", 'id,title\nx,"open\n' + rows))
    assert len(loaded.rows) >= 98
    assert loaded.bad[0].line == 2


def test_strict_refuses_with_the_line_and_what_to_do(tmp_path: Path) -> None:
    path = written(tmp_path, "items.csv", "id,title\n1,One\n2,\n,Three\n")
    problems = (
        r"items\.csv has 2 bad rows: line 3: title is missing; line 4: id is missing\. Correct them, or .*--strict"
    )
    with pytest.raises(ImportFileError, match=problems):
        read_items(path, strict=True)


def test_strict_names_ten_rows_and_counts_the_others(tmp_path: Path) -> None:
    path = written(tmp_path, "items.csv", "id,title\n1,One\n" + ",x\n" * 1500)
    with pytest.raises(ImportFileError, match=r"has 1,500 bad rows: line 3: .*line 12: id is missing; and 1,490 more"):
        read_items(path, strict=True)


def test_a_long_cell_costs_nothing_and_an_endless_one_its_row(tmp_path: Path) -> None:
    text = f"id,title,text\n1,One,{'x' * 200_000}\n2,Two,{'x' * 1_000_001}\n3,Three,\n"
    loaded = read_items(written(tmp_path, "items.csv", text))
    assert [item.id for item in loaded.rows] == ["1", "3"] and len(loaded.rows[0].text) == 200_000
    assert [(row.line, row.reason) for row in loaded.bad] == [
        (3, "a cell is over 1,000,000 characters, or its quote is never closed")
    ]


def test_at_most_a_thousand_bad_rows_are_kept(tmp_path: Path) -> None:
    loaded = read_items(written(tmp_path, "items.csv", "id,title\n1,One\n" + ",x\n" * 1500))
    assert (loaded.n_bad, len(loaded.bad)) == (1500, 1000)


def test_jsonl_takes_nested_and_further_keys(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "title": "One", "brand": "b", "attributes": {"year": 1999, "genres": ["x"], "empty": [], "no": None}},
        {"ID": "2", "Title": " Two ", "url": "javascript:alert(1)", "image": {"path": "x"}, "flag": True},
    ]
    text = "\n".join(map(json.dumps, rows)) + '\n{"id": "3", \n\n[1]\n{"id": "4", "title": "\\ud800"}\n'
    loaded = read_items(written(tmp_path, "items.jsonl.gz", text))
    assert loaded.rows == [
        ItemRecord("1", "One", attributes={"brand": "b", "year": 1999, "genres": ["x"]}),
        ItemRecord("2", "Two", attributes={"flag": True}),
    ]
    assert [row.line for row in loaded.bad] == [3, 5, 6]


@pytest.mark.parametrize(
    "value", ["1e999", "NaN", "[" * 5000 + "]" * 5000, "[" * 50 + "1" + "]" * 50, "9" * 400, "9" * 5000, '"\\u0000"']
)
def test_hostile_json_values_never_get_through(tmp_path: Path, value: str) -> None:
    text = (
        f'{{"id": "1", "title": "One", "x": {value}}}\n{{"id": {value}, "title": "Two"}}\n{{"id": "3", "title": "T"}}'
    )
    loaded = read_items(written(tmp_path, "items.jsonl", text))
    assert loaded.rows[-1] == ItemRecord("3", "T")
    assert 1 <= loaded.n_bad <= 2
    json.dumps([dict(item.attributes) for item in loaded.rows], allow_nan=False)


def test_parquet_arrays_dates_and_structs_become_plain_values(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": [1, 2],
            "title": ["One", None],
            "genres": [["a", "b"], []],
            "year": [1999.0, None],
            "price": [float("nan"), 2.5],
            "seen": [datetime(2020, 1, 2, tzinfo=UTC), None],
            "attributes": [{"brand": "x"}, {"brand": None}],
        }
    )
    pq.write_table(table, tmp_path / "items.parquet")
    loaded = read_items(tmp_path / "items.parquet")
    attributes = {"genres": ["a", "b"], "year": 1999, "seen": "2020-01-02T00:00:00+00:00", "brand": "x"}
    assert loaded.rows == [ItemRecord("1", "One", attributes=attributes)]
    assert [(row.line, row.reason) for row in loaded.bad] == [(2, "title is missing")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("items.csv", b"", "empty"),
        ("items.csv", b"\xef\xbb\xbf", "empty"),
        ("items.csv", b"id,title\n", "no rows"),
        ("items.csv", b"id,name\n1,One\n", "lacks the column title; it has id, name"),
        ("items.csv", b"id,title,a,a\n1,One,2,3\n", "column a twice"),
        ("items.csv", b"1,Lamp,19\n2,Chair,49\n", "no line of column names: it begins with '1, Lamp, 19'"),
        ("items.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "is a PDF, by its content"),
        ("items.csv", b"PK\x03\x04\x14\x00", "as spreadsheets are"),
        ("items.csv", b"id,title\n1,\n,x\n", "None of the 2 rows .* line 2: title is missing"),
        ("items.csv", b"id,title\n1,One\n2,Caf\xe9\n", r"not UTF-8 \(line 3\)"),
        ("items.csv", "id,title\n1,One\n".encode("utf-16"), "not UTF-8"),
        ("items.csv.gz", b"id,title\n1,One\n", None),
        ("items.xlsx", b"PK\x03\x04", "unknown format"),
        ("items.parquet", b"PAR1 nothing PAR1", "cannot be read as Parquet"),
        ("items.json", b'[{"id": 1, "title": "One"}]', "one JSON array"),
        ("items.txt", b"1 2 3\n", "Give CSV, JSONL or Parquet"),
    ],
)
def test_files_that_cannot_be_imported_say_why(tmp_path: Path, name: str, content: bytes, message: str | None) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImportFileError, match=message or "damaged gzip"):
        read_items(path)


def test_missing_files_folders_and_cut_gzip(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="no file"):
        read_items(tmp_path / "none.csv")
    with pytest.raises(ImportFileError, match="folder"):
        read_items(tmp_path)
    with pytest.raises(ImportFileError, match="cannot be opened"):
        read_items("a\x00b.csv")
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id": "1", "title": "One"}\n' * 500)[:-9])
    with pytest.raises(ImportFileError, match="damaged gzip"):
        read_items(path)


def test_a_reader_without_permission_gets_a_message(tmp_path: Path) -> None:
    path = written(tmp_path, "items.csv", "id,title\n1,One\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read every file")
    with pytest.raises(ImportFileError, match="permissions"):
        read_items(path)


# --- round trips and noise ------------------------------------------------------------------------------------------

plain_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30).map(str.strip)
words = plain_text.filter(bool)
items = st.lists(
    st.builds(
        ItemRecord,
        id=words,
        title=words,
        text=plain_text,
        image=st.sampled_from(["", "https://example.org/a.png"]),
        url=st.sampled_from(["", "http://example.org/?q=a,b"]),
        attributes=st.fixed_dictionaries(
            {},
            optional={
                "year": st.integers(-9999, 9999),
                "price": st.floats(0, 1e6).map(lambda number: round(number, 2)),
                "brand": words.filter(lambda text: "|" not in text).map(lambda text: f"b {text}"),
                "genres": st.lists(
                    words.filter(lambda text: "|" not in text).map(lambda t: f"g {t}"), min_size=2, max_size=4
                ),
            },
        ),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda item: item.id,
)
ATTRIBUTES = ("year", "price", "brand", "genres")


def as_row(item: ItemRecord) -> dict[str, Any]:
    row = {"id": item.id, "title": item.title, "text": item.text, "image": item.image, "url": item.url}
    return row | {name: item.attributes.get(name) for name in ATTRIBUTES}


def write_csv(path: Path, records: list[ItemRecord]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = [as_row(item) for item in records]
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({k: "|".join(v) if isinstance(v, list) else v for k, v in row.items()} for row in rows)


def write_jsonl(path: Path, records: list[ItemRecord]) -> None:
    rows = [as_row(item) for item in records]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8", newline="")


def write_parquet(path: Path, records: list[ItemRecord]) -> None:
    pq.write_table(pa.Table.from_pylist([as_row(item) for item in records]), path)


@pytest.mark.parametrize(
    ("name", "write"), [("r.csv", write_csv), ("r.jsonl", write_jsonl), ("r.parquet", write_parquet)]
)
@relaxed
@given(records=items)
def test_items_survive_a_round_trip(
    tmp_path: Path, name: str, write: Callable[[Path, list[ItemRecord]], None], records: list[ItemRecord]
) -> None:
    write(tmp_path / name, records)
    loaded = read_items(tmp_path / name, strict=True)
    assert loaded.rows == records


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.tsv", "x.jsonl", "x.jsonl.gz", "x.parquet", "x.txt", "x.dat"])
@relaxed
@given(content=st.binary(max_size=300))
@example(content=b"id,title\n1,One\n")
@example(content=b'{"id": "1", "title": "One"}')
@example(content=b"\x1f\x8b\x08\x00")
def test_arbitrary_bytes_only_raise_import_errors(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    for read in (read_items, read_events):
        try:
            assert read(tmp_path / name).rows
        except ImportFileError as error:
            assert str(error).endswith((".", ")"))


@relaxed
@given(body=st.text(max_size=200), header=st.sampled_from(["id,title,x", "user_id;item_id;value;timestamp"]))
def test_arbitrary_text_below_a_good_header_only_raises_import_errors(tmp_path: Path, body: str, header: str) -> None:
    path = written(tmp_path, "x.csv", f"{header}\n{body}".encode("utf-8", "replace"))
    read = read_items if header.startswith("id") else read_events
    with contextlib.suppress(ImportFileError):
        assert read(path).rows


def test_damaged_parquet_only_raises_import_errors(tmp_path: Path) -> None:
    path = tmp_path / "items.parquet"
    pq.write_table(
        pa.table({"id": [str(n) for n in range(50)], "title": ["t"] * 50, "l": [[n] for n in range(50)]}), path
    )
    whole = path.read_bytes()
    chance = random.Random(5)
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(4, len(whole))] = chance.randrange(256)
        path.write_bytes(damaged)
        with contextlib.suppress(ImportFileError):
            assert read_items(path).rows


# --- events ---------------------------------------------------------------------------------------------------------


def test_events_with_numbers_and_iso_times(tmp_path: Path) -> None:
    text = (
        "user_id,item_id,kind,value,timestamp\n"
        "u,i,buy,4.5,1700000000\n"
        "u,j,,,2020-01-02T03:04:05Z\n"
        "u,k,,,2020-01-02\n"
        "u,l,,,\n"
        "u,m,,nan,\n"  # 6
        "u,n,,four,\n"
        "u,o,,,yesterday\n"
        "u,p,,,inf\n"
        ",q,,,\n"
        "u,,,,\n"
        f"u,r,{'k' * 33},,\n"  # 12
    )
    loaded = read_events(written(tmp_path, "events.csv", text))
    assert loaded.rows == [
        EventRecord("u", "i", "buy", 4.5, 1_700_000_000.0),
        EventRecord("u", "j", timestamp=1_577_934_245.0),
        EventRecord("u", "k", timestamp=1_577_923_200.0),
        EventRecord("u", "l"),
    ]
    assert [row.line for row in loaded.bad] == list(range(6, 13))


def test_events_under_the_names_of_public_sets(tmp_path: Path) -> None:
    ratings = written(tmp_path, "ratings.csv", "userId,movieId,rating,timestamp\n1,2,3.5,4\n")
    assert read_events(ratings).rows == [EventRecord("1", "2", "view", 3.5, 4.0)]
    reviews = written(tmp_path, "reviews.jsonl", '{"user": "a", "item": 7, "rating": 5.0, "time": 9, "review": "x"}')
    assert read_events(reviews).rows == [EventRecord("a", "7", "view", 5.0, 9.0)]


def test_parquet_events_with_datetimes(tmp_path: Path) -> None:
    times = [datetime(2020, 1, 2, tzinfo=UTC), None]
    pq.write_table(pa.table({"user_id": [1, 2], "item_id": ["a", "b"], "timestamp": times}), tmp_path / "e.parquet")
    rows = read_events(tmp_path / "e.parquet").rows
    assert rows == [EventRecord("1", "a", timestamp=1_577_923_200.0), EventRecord("2", "b")]


@pytest.mark.parametrize("name", ["sequences.txt", "sequences.txt.gz"])
def test_sequences_use_the_place_in_the_line_as_time(tmp_path: Path, name: str) -> None:
    loaded = read_events(written(tmp_path, name, f"u a b a\nlonely\n\nv b\nu c\nw {'x' * 201}\n"))
    assert [(e.user_id, e.item_id, e.timestamp) for e in loaded.rows] == [
        ("u", "a", 0.0),
        ("u", "b", 1.0),
        ("u", "a", 2.0),
        ("v", "b", 0.0),
        ("u", "c", 3.0),
    ]
    assert [row.line for row in loaded.bad] == [2, 6]


def test_several_kinds_of_events_are_counted(tmp_path: Path) -> None:
    path = written(tmp_path, "e.csv", "user_id,item_id,kind\nu,1,buy\nu,2,buy\nu,3,return\n")
    (note,) = read_events(path).notes
    assert note.startswith("2 kinds of events: buy 2, return 1. They all count alike")


def test_events_on_unknown_items_stay_and_are_noted(tmp_path: Path) -> None:
    path = written(tmp_path, "sequences.txt", "u 1 2 3\n")
    loaded = read_events(path, catalogue=Catalogue([TOY_STORY]))
    assert len(loaded.rows) == 3
    assert loaded.notes == ["2 of 3 events are on items that the catalogue does not have: 2, 3."]


def test_progress_rises_to_one(tmp_path: Path) -> None:
    text = "user_id,item_id\n" + "".join(f"u{n},i{n % 7}\n" for n in range(20_000))
    for name in ("e.csv", "e.csv.gz"):
        shares: list[float] = []
        assert len(read_events(written(tmp_path, name, text), on_progress=shares.append).rows) == 20_000
        assert len(shares) > 3
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
