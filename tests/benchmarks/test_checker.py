"""The benchmark of the reply checker counts what it says, and the checker keeps the figures it has reached."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.checker import __main__ as bench
from benchmarks.checker.__main__ import TEMPLATE, Row, measure, read_rows, run_turns, titles_of

EVIDENCE = {
    "The Bright Canal": "The Bright Canal (1984, 92 min, comedy). fits: funny. A lock-keeper falls for a singer"
}
ROWS = [
    Row(EVIDENCE, "funny", "The Bright Canal is from 1984.", True, ""),
    Row(EVIDENCE, "funny", "It is a funny film, 92 minutes long.", True, ""),
    Row(EVIDENCE, "funny", "The Bright Canal is from 1985.", False, "wrong year"),
    Row(EVIDENCE, "funny", "It won an award for its singer.", False, "invented award"),
]


class Says:
    """A checker that gives one answer to everything."""

    answer = True

    def __init__(self, *_: Any) -> None: ...

    def passes(self, sentence: str) -> bool:
        return self.answer


def test_right_answers_measure_as_such() -> None:
    found = measure(ROWS, titles_of(ROWS))
    assert found["refusing corrupted"] == found["passing true"] == {"precision": 1.0, "recall": 1.0, "n": 2}
    assert found["refused by corruption"] == {
        "invented award": {"refused": 1, "of": 1},
        "wrong year": {"refused": 1, "of": 1},
    }


def test_a_checker_that_passes_everything_measures_badly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "ReplyChecker", Says)
    found = measure(ROWS, titles_of(ROWS))
    assert found["refusing corrupted"]["recall"] == 0.0
    assert found["passing true"] == {"precision": 0.5, "recall": 1.0, "n": 2}


async def test_what_comes_out_of_telling_is_traced_to_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    titles = titles_of(ROWS)
    counts = await run_turns(ROWS, titles, turns=20, seed=0)
    assert counts["turns"] == 20 and counts["sentences said"] == 80
    assert counts["true shown"] == 40 and counts["ungrounded shown"] == 0
    monkeypatch.setattr(bench, "ReplyChecker", Says)
    counts = await run_turns(ROWS, titles, turns=20, seed=0)
    assert counts["true shown"] + counts["ungrounded shown"] == 60  # three sentences a turn at most
    assert counts["turns with an ungrounded sentence"] == 20
    monkeypatch.setattr(Says, "answer", False)
    assert (await run_turns(ROWS, titles, turns=20, seed=0))["turns told by the template"] == 20


def test_the_halves_share_no_scene_and_the_template_is_no_row() -> None:
    rows = read_rows()
    scenes = {half: {row.scene for row in rows if row.half == half} for half in "AB"}
    assert scenes["A"] and scenes["B"] and not scenes["A"] & scenes["B"]
    assert all(row.sentence != TEMPLATE for row in rows)


def test_a_row_of_another_form_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"evidence": {}, "message": "m"}) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"row 1 of rows\.jsonl"):
        read_rows(path)


def test_the_checker_refuses_what_is_corrupted_and_passes_most_of_what_is_true() -> None:
    rows = [row for row in read_rows() if row.half == "B"]
    found = measure(rows, titles_of(read_rows()))
    assert found["refusing corrupted"]["recall"] >= 0.98
    assert found["passing true"]["recall"] >= 0.85
