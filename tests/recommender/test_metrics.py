"""Ranking metrics against values worked by hand and against a slow reference."""

import math
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.evaluation.metrics import (
    BATCH_BYTES,
    CUTOFFS,
    MAX_BATCH,
    Estimate,
    estimate,
    full_ranking,
    full_ranks,
    ndcg,
    ranks_to_metrics,
    target_ranks,
)


def ranks(scores, histories, targets, include_past: bool = False) -> list[int]:
    return target_ranks(
        np.array(scores, dtype=np.float32),
        [np.array(history, dtype=np.int32) for history in histories],
        np.array(targets, dtype=np.int32),
        include_past,
    ).tolist()


def test_the_rank_is_the_place_among_all_items() -> None:
    scores = [0.1, 0.9, 0.5, 0.7]
    assert ranks([scores] * 4, [[]] * 4, [1, 2, 3, 4]) == [4, 1, 3, 2]


def test_ties_count_against_the_target() -> None:
    assert ranks([[0.5, 0.5, 0.5, 0.1]], [[]], [2]) == [3]
    assert ranks([[0.0] * 7], [[]], [1]) == [7]


def test_past_items_are_taken_out_unless_asked_for() -> None:
    scores = [[0.9, 0.8, 0.7, 0.6]]
    assert ranks(scores, [[1, 2]], [4]) == [2]
    assert ranks(scores, [[1, 2]], [4], include_past=True) == [4]


def test_a_target_that_repeats_is_ranked_all_the_same() -> None:
    assert ranks([[0.9, 0.8, 0.7]], [[1, 2]], [2]) == [1]
    assert ranks([[0.9, 0.8, 0.7]], [[1, 2]], [2], include_past=True) == [2]


def test_an_item_twice_in_the_past_is_taken_out_once() -> None:
    assert ranks([[0.9, 0.8, 0.7, 0.6]], [[1, 1, 1]], [3]) == [2]


def test_each_row_has_its_own_past() -> None:
    scores = [0.9, 0.8, 0.7]
    assert ranks([scores] * 3, [[1], [], [1, 2]], [3, 3, 3]) == [2, 3, 1]


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_a_score_that_is_no_number_never_helps(value: float) -> None:
    assert ranks([[0.1, value, 0.2]], [[]], [2]) == [3]
    assert ranks([[0.1, value, 0.2, 0.3]], [[4]], [2]) == [3]
    assert ranks([[np.nan, 0.5, 0.2]], [[]], [2]) == [2]


def test_scores_and_histories_are_left_as_they_were() -> None:
    scores = np.array([[0.9, 0.8, 0.7]], dtype=np.float32)
    history = np.array([1], dtype=np.int32)
    target_ranks(scores, [history], np.array([3], dtype=np.int32))
    assert scores.tolist() == np.array([[0.9, 0.8, 0.7]], dtype=np.float32).tolist()
    assert history.tolist() == [1]


@st.composite
def cases(draw: st.DrawFn):
    n_items, rows = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    # Few different values, so that ties are common.
    score = st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0])
    items = st.integers(1, n_items)
    return (
        draw(st.lists(st.lists(score, min_size=n_items, max_size=n_items), min_size=rows, max_size=rows)),
        draw(st.lists(st.lists(items, max_size=6), min_size=rows, max_size=rows)),
        draw(st.lists(items, min_size=rows, max_size=rows)),
        draw(st.booleans()),
    )


@given(cases())
def test_ranks_agree_with_counting_one_by_one(case) -> None:
    scores, histories, targets, include_past = case
    expected = []
    for row, history, target in zip(scores, histories, targets, strict=True):
        ahead = 0
        for item, score in enumerate(row, start=1):
            hidden = item in history and not include_past
            if item != target and not hidden and score >= row[target - 1]:
                ahead += 1
        expected.append(1 + ahead)
    assert ranks(scores, histories, targets, include_past) == expected


@given(cases(), st.integers(1, 4))
def test_full_ranking_does_not_depend_on_the_batch(case, batch: int) -> None:
    scores, pasts, targets, include_past = case
    histories = [np.array(past, dtype=np.int32) for past in pasts]
    by_history = {id(history): row for history, row in zip(histories, scores, strict=True)}

    def scorer(some):
        assert len(some) <= batch
        return np.array([by_history[id(history)] for history in some], dtype=np.float32)

    found = full_ranking(scorer, histories, np.array(targets, dtype=np.int32), include_past, batch)
    expected = ranks_to_metrics(np.array(ranks(scores, pasts, targets, include_past)))
    assert found == expected


@given(cases())
def test_each_person_has_a_rank_and_the_figures_are_made_of_them(case) -> None:
    scores, pasts, targets, include_past = case
    histories = [np.array(past, dtype=np.int32) for past in pasts]
    by_history = {id(history): row for history, row in zip(histories, scores, strict=True)}

    def scorer(some):
        return np.array([by_history[id(history)] for history in some], dtype=np.float32)

    goals = np.array(targets, dtype=np.int32)
    found = full_ranks(scorer, histories, goals, include_past)
    assert found.dtype == np.int64 and found.tolist() == ranks(scores, pasts, targets, include_past)
    metrics = full_ranking(scorer, histories, goals, include_past)
    assert metrics == ranks_to_metrics(found)
    for k in CUTOFFS:
        assert metrics[f"ndcg@{k}"] == estimate(ndcg(found, k))


def test_a_large_catalogue_is_scored_a_few_people_at_a_time() -> None:
    n_items, asked = 1_000_000, []
    table = np.linspace(0, 1, n_items, dtype=np.float32)

    def scorer(some):
        asked.append(len(some))
        return np.broadcast_to(table, (len(some), n_items))

    histories = [np.array([n_items - 1], dtype=np.int32)] * 150
    tracemalloc.start()
    found = full_ranks(scorer, histories, np.full(150, n_items - 2, dtype=np.int32))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found == 2).all()
    assert max(asked) == BATCH_BYTES // (4 * n_items) < MAX_BATCH and sum(asked[1:]) == 150
    assert peak < 4 * n_items, "what is needed besides the scores is less than one row of them"


def test_a_small_catalogue_is_scored_for_many_people_at_once() -> None:
    asked = []

    def scorer(some):
        asked.append(len(some))
        return np.zeros((len(some), 3), dtype=np.float32)

    full_ranks(scorer, [np.array([1], dtype=np.int32)] * (MAX_BATCH + 5), np.full(MAX_BATCH + 5, 2, dtype=np.int32))
    assert asked == [1, MAX_BATCH, 5]


def test_metrics_of_three_people_worked_by_hand() -> None:
    metrics = ranks_to_metrics(np.array([1, 3, 12]))
    assert metrics["hr@1"].mean == pytest.approx(1 / 3)
    assert metrics["hr@5"].mean == metrics["hr@10"].mean == pytest.approx(2 / 3)
    assert metrics["hr@20"].mean == 1.0
    assert metrics["ndcg@1"].mean == pytest.approx(1 / 3)
    assert metrics["ndcg@10"].mean == pytest.approx((1 + 0.5) / 3)  # rank 3: 1 / log2(4)
    assert metrics["ndcg@20"].mean == pytest.approx((1 + 0.5 + 1 / math.log2(13)) / 3)
    assert metrics["mrr"].mean == pytest.approx((1 + 1 / 3 + 1 / 12) / 3)


@pytest.mark.parametrize("k", CUTOFFS)
def test_the_cutoff_itself_counts_and_the_place_after_it_does_not(k: int) -> None:
    metrics = ranks_to_metrics(np.array([k]))
    assert metrics[f"hr@{k}"].mean == 1.0
    assert metrics[f"ndcg@{k}"].mean == pytest.approx(1 / math.log2(k + 1))
    metrics = ranks_to_metrics(np.array([k + 1]))
    assert (metrics[f"hr@{k}"].mean, metrics[f"ndcg@{k}"].mean) == (0.0, 0.0)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_metrics_keep_their_bounds_and_order(found: list[int]) -> None:
    metrics = {name: value.mean for name, value in ranks_to_metrics(np.array(found)).items()}
    for small, large in pairwise(CUTOFFS):
        assert 0 <= metrics[f"hr@{small}"] <= metrics[f"hr@{large}"] <= 1
        assert metrics[f"ndcg@{small}"] <= metrics[f"ndcg@{large}"]
    for k in CUTOFFS:
        assert metrics[f"ndcg@{k}"] <= metrics[f"hr@{k}"]
    assert metrics["hr@1"] == metrics["ndcg@1"] <= metrics["mrr"]


def test_the_standard_error_is_that_of_the_mean() -> None:
    # Variance of 1, 2, 3, 6 with n - 1: 14/3; over 4 people: sqrt(14/12).
    found = estimate(np.array([1.0, 2.0, 3.0, 6.0]))
    assert found.mean == 3.0
    assert found.se == pytest.approx(math.sqrt(14 / 12))


def test_one_person_has_no_spread_and_nobody_no_mean() -> None:
    assert estimate(np.array([0.7])) == Estimate(0.7, 0.0)
    assert estimate(np.zeros(0)) == Estimate(0.0, 0.0)


def test_nobody_to_rank_for_gives_zeros_and_asks_the_model_nothing() -> None:
    def scorer(histories):
        raise AssertionError

    assert full_ranks(scorer, [], np.zeros(0, dtype=np.int32)).tolist() == []
    metrics = full_ranking(scorer, [], np.zeros(0, dtype=np.int32))
    assert {value.mean for value in metrics.values()} == {0.0}
    assert "ndcg@10" in metrics


def test_json_is_rounded() -> None:
    assert Estimate(1 / 3, 0.12345678).as_json() == {"mean": 0.333333, "se": 0.123457}
