"""Items from CSV, JSONL or Parquet: id, title, text, image, url, and every further column as an attribute.

What an attribute means is not known here; the catalogue finds the facets.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from recommender.catalogue import NUMERIC_SHARE, as_list, as_number
from recommender.data.cells import (
    MAX_TITLE_CHARS,
    attribute,
    clean,
    long_text,
    required_text,
    spelled_number,
    web_address,
)
from recommender.data.tables import Loaded, Progress, Rejects, Row, RowError, describe, table_format, table_rows
from storage.records import ItemRecord

_COLUMNS = {name: name for name in ("id", "title", "text", "image", "url", "attributes")}
_BASE = frozenset(_COLUMNS.values())

_MOSTLY = 0.8  # share of numbers from which the values that are none are worth a word
# By convention, names of the item and versions of its text: a film called 1917 keeps its title as text.
_NAMES = re.compile(r"^(original_title|aliases|title_\w+|text_\w+)$")
_PROSE = re.compile(r"^text_\w+$")
# No leading zero and at most 15 digits: "007" and bar codes are names, not numbers.
_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,2})?")


def read_item_table(path: Path, strict: bool = False, on_progress: Progress | None = None) -> Loaded[ItemRecord]:
    """Read one file of items; of rows with the same id the first is kept.

    Raises:
        ImportFileError: see `recommender.data.readers.read_items`.
    """
    as_csv = table_format(path) == "csv"
    rejects = Rejects(path, strict)
    items: dict[str, ItemRecord] = {}
    for line, row in table_rows(path, _COLUMNS, ("id", "title"), on_progress):
        try:
            if isinstance(row, RowError):
                raise row
            item = _item(row, as_csv)
            if item.id in items:
                raise RowError(f"the id {item.id!r} is there already")
            items[item.id] = item
        except RowError as error:
            rejects.add(line, str(error))
    rows = list(items.values())
    if as_csv:
        rows = _typed(rows)
    rows, notes = with_numbers(rows)
    return rejects.loaded(rows, describe(path), notes)


def with_numbers(items: list[ItemRecord]) -> tuple[list[ItemRecord], list[str]]:
    """Prices as people write them, as numbers, in columns of numbers; and a note on each that is not all numbers.

    What the catalogue can read by itself stays as it is written: a card shows "$12.99".
    """
    texts: dict[str, list[str]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for item in items:
        for name, value in item.attributes.items():
            values = as_list(value)
            counts[name] += len(values)
            texts[name] += [value for value in values if isinstance(value, str)]
    spelled: set[str] = set()
    notes: list[str] = []
    for name, found in texts.items():
        if _NAMES.match(name):
            continue
        others = [text for text in found if as_number(text) is None and spelled_number(text) is None]
        share = 1 - len(others) / counts[name]
        if share >= NUMERIC_SHARE:
            spelled.add(name)
        if others and share >= _MOSTLY:
            notes.append(
                f"{name}: {len(others):,} of {counts[name]:,} values are not numbers, such as {others[0][:40]!r}"
                + ", too many for it to be a range" * (share < NUMERIC_SHARE)
                + "."
            )
    return [_with_numbers(item, spelled.intersection(item.attributes)) for item in items], notes


def _with_numbers(item: ItemRecord, names: set[str]) -> ItemRecord:
    def read(value: Any) -> Any:
        if isinstance(value, list):
            return [read(part) for part in value]
        number = spelled_number(value) if isinstance(value, str) and as_number(value) is None else None
        return value if number is None else attribute(number)

    attributes = {name: read(value) if name in names else value for name, value in item.attributes.items()}
    return replace(item, attributes=attributes) if names else item


def _item(row: Row, as_csv: bool) -> ItemRecord:
    return ItemRecord(
        id=required_text(row.get("id"), "id"),
        title=required_text(row.get("title"), "title", MAX_TITLE_CHARS),
        text=long_text(row.get("text"), "text"),
        image=web_address(row.get("image")),
        url=web_address(row.get("url")),
        attributes=_attributes(row, as_csv),
    )


def _attributes(row: Row, as_csv: bool) -> dict[str, Any]:
    found = {name: value for name, value in row.items() if name not in _BASE}
    nested = row.get("attributes")
    if isinstance(nested, Mapping):
        found.update(nested)
    elif as_csv and nested:
        found["attributes"] = nested
    elif nested:
        raise RowError("attributes is not an object")
    kept = {clean(str(name)): attribute(value) for name, value in found.items()}
    return {name: value for name, value in kept.items() if name and value is not None}


def _typed(items: list[ItemRecord]) -> list[ItemRecord]:
    """CSV cells as lists and numbers, decided for a whole column: one word among numbers keeps all of it text."""
    names = {name for item in items for name in item.attributes}
    lists = {name for item in items for name, cell in item.attributes.items() if "|" in cell and not _PROSE.match(name)}
    parts = [
        {name: _split(cell) if name in lists else [cell] for name, cell in item.attributes.items()} for item in items
    ]
    words = {name for row in parts for name, cells in row.items() if not all(map(_NUMBER.fullmatch, cells))}
    numeric = {name for name in names - words if not _NAMES.match(name)}
    typed: list[ItemRecord] = []
    for item, row in zip(items, parts, strict=True):
        attributes: dict[str, Any] = {}
        for name, cells in row.items():
            values: list[Any] = [attribute(float(cell)) for cell in cells] if name in numeric else list(cells)
            if values:
                attributes[name] = values if name in lists else values[0]
        typed.append(ItemRecord(item.id, item.title, item.text, item.image, item.url, attributes))
    return typed


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]
