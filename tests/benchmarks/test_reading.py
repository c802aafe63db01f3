"""How readers are measured on the sets of messages: which readings, under which names, and what is labelled."""

import sys
from typing import Any

import pytest

from benchmarks.reading import __main__ as measured


def test_each_set_but_the_chinese_is_read_in_lower_case_too(monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, dict[str, Any]] = {}
    rows = measured.row_sets("own", 3)
    monkeypatch.setattr(measured, "row_sets", lambda *_: rows)
    monkeypatch.setattr(measured, "write_result", lambda name, **figures: written.update({name: figures["metrics"]}))
    monkeypatch.setattr(sys, "argv", ["reading", "--set", "own", "chinese", "seeds", "strangers", "--reader", "rules"])
    measured.main()
    twice = [f"reading_{name}{lower}_rules" for name in ("own", "seeds", "strangers") for lower in ("", "-lower")]
    assert set(written) == {*twice, "reading_chinese_rules"}
    without = [name for name in twice if "range_accuracy" not in written[name]]
    assert without == ["reading_strangers_rules", "reading_strangers-lower_rules"]


def test_the_ranges_of_held_out_seeds_are_known_where_they_are_labelled() -> None:
    ranges = [row["expected"]["ranges"] for rows in measured.row_sets("seeds", None) for row in rows.rows]
    known = [found for found in ranges if found is not None]
    assert 20 <= len(known) < len(ranges) and all(bounds["facet"] for found in known for bounds in found)
