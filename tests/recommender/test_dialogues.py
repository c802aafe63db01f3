"""Recall in dialogues against ranks worked by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from recommender.catalogue import Catalogue
from recommender.evaluation.dialogues import CUTOFFS, dialogue_recall
from storage.records import ItemRecord

N = 60
CATALOGUE = Catalogue([ItemRecord(f"item-{number}", f"Thing {number}") for number in range(1, N + 1)])


def in_order(context: Sequence[dict[str, str]], mentioned: Sequence[str]) -> Any:
    """Item 1 first, item 60 last."""
    return np.arange(N, 0, -1, dtype=np.float32)


def row(gold: Sequence[str], mentioned: Sequence[str] = (), text: str = "hello") -> dict[str, Any]:
    return {"context": [{"role": "user", "text": text}], "gold": list(gold), "mentioned": list(mentioned)}


def recalls(rows: Sequence[dict[str, Any]], score: Any = in_order) -> dict[int, float]:
    result = dialogue_recall(score, CATALOGUE, rows)
    return {k: result.metrics[f"recall@{k}"].mean for k in CUTOFFS}


def test_the_rank_is_the_place_in_the_whole_catalogue() -> None:
    assert recalls([row(["item-1"])]) == {1: 1, 5: 1, 10: 1, 20: 1, 50: 1}
    assert recalls([row(["item-5"])]) == {1: 0, 5: 1, 10: 1, 20: 1, 50: 1}
    assert recalls([row(["item-6"])]) == {1: 0, 5: 0, 10: 1, 20: 1, 50: 1}
    assert recalls([row(["item-51"])]) == {1: 0, 5: 0, 10: 0, 20: 0, 50: 0}


def test_what_was_mentioned_is_taken_out_but_never_the_gold() -> None:
    assert recalls([row(["item-3"], ["item-1", "item-2", "not here"])])[1] == 1
    assert recalls([row(["item-2"], ["item-1", "item-2"])])[1] == 1
    # Of two gold items neither is taken out for the other.
    assert recalls([row(["item-1", "item-2"], ["item-1", "item-2"])])[1] == 0.5


def test_each_gold_item_counts_once_and_the_error_is_over_them() -> None:
    result = dialogue_recall(in_order, CATALOGUE, [row(["item-1", "item-2", "item-30"]), row(["item-1"])])
    assert (result.n, result.turns, result.skipped) == (4, 2, 0)
    found = result.metrics["recall@1"]
    assert found.mean == 0.5 and found.se == pytest.approx(np.std([1, 0, 0, 1], ddof=1) / 2)
    assert result.metrics["recall@10"].mean == 0.75 and result.seconds_per_turn > 0


def test_gold_outside_the_catalogue_is_not_found() -> None:
    result = dialogue_recall(in_order, CATALOGUE, [row(["item-1", "elsewhere"])])
    assert (result.n, result.skipped) == (2, 1)
    assert [result.metrics[f"recall@{k}"].mean for k in CUTOFFS] == [0.5] * 5


def test_ties_and_scores_that_are_no_number_count_against_the_gold() -> None:
    assert recalls([row(["item-1"])], lambda c, m: np.zeros(N, dtype=np.float32))[50] == 0
    assert recalls([row(["item-1"])], lambda c, m: np.full(N, np.nan, dtype=np.float32))[50] == 0
    broken = in_order([], [])
    broken[:3] = np.nan
    assert recalls([row(["item-4"])], lambda c, m: broken) == {1: 0, 5: 1, 10: 1, 20: 1, 50: 1}


def test_the_scorer_sees_the_context_and_keeps_its_scores() -> None:
    seen = []
    scores = in_order([], [])

    def score(context: Sequence[dict[str, str]], mentioned: Sequence[str]) -> Any:
        seen.append((list(context), list(mentioned)))
        return scores

    done: list[int] = []
    rows = [row(["item-2"], ["item-1"], "first"), row(["item-3"], [], "second")]
    dialogue_recall(score, CATALOGUE, rows, done.append)
    assert [context[0]["text"] for context, _ in seen] == ["first", "second"] and seen[0][1] == ["item-1"]
    assert done == [1, 2] and np.isfinite(scores).all()


def test_numbers_as_ids_are_read_as_text() -> None:
    catalogue = Catalogue([ItemRecord("1", "One"), ItemRecord("2", "Two")])
    rows = [{"context": [], "gold": [2], "mentioned": [1]}]
    assert dialogue_recall(lambda c, m: np.array([2.0, 1.0]), catalogue, rows).metrics["recall@1"].mean == 1


@pytest.mark.parametrize(
    "broken", [{}, {"context": "hello", "gold": []}, {"context": [{"role": "user"}], "gold": []}, {"context": []},
               {"context": [], "gold": None}, {"context": [], "gold": [], "mentioned": None}],
)  # fmt: skip
def test_a_row_of_another_form_is_named(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="row 2"):
        dialogue_recall(in_order, CATALOGUE, [row(["item-1"]), broken])


def test_nothing_to_measure_is_zero() -> None:
    result = dialogue_recall(in_order, CATALOGUE, [row([])])
    assert (result.n, result.turns) == (0, 1) and result.metrics["recall@50"].mean == 0
