"""The sampled protocol: negatives that stay the same, and ranks worked by hand."""

from pathlib import Path

import numpy as np
import pytest

from recommender.data.sequences import Indexes
from recommender.evaluation.protocols import N_NEGATIVES, frozen_negatives, sampled_ranking
from tests.ring import indexes

Scores = np.ndarray


def always(*scores: float):  # a scorer that gives everyone the same
    def scorer(histories: list[Indexes]) -> Scores:
        return np.tile(np.array(scores, dtype=np.float32), (len(histories), 1))

    return scorer


def negatives_of(*items: int) -> Scores:
    return np.resize(np.array(items, dtype=np.int32), (1, N_NEGATIVES))


def test_negatives_are_unseen_distinct_and_999(tmp_path: Path) -> None:
    histories, targets = [indexes(1, 2, 3), indexes(), indexes(2_000)], indexes(4, 5, 1)
    drawn = frozen_negatives(tmp_path / "n.npy", histories, targets, 2_000)
    assert drawn.shape == (3, 999) and drawn.dtype == np.int32
    for row, history, target in zip(drawn, histories, targets, strict=True):
        assert len(set(row.tolist())) == 999 and row.min() >= 1 and row.max() <= 2_000
        assert not set(row.tolist()) & {*history.tolist(), int(target)}
    assert not np.array_equal(drawn[0], drawn[1])


def test_negatives_are_drawn_once(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "n.npy"
    histories, targets = [indexes(1, 2)], indexes(3)
    first = frozen_negatives(path, histories, targets, 1_500)
    written = path.read_bytes()
    # Another seed would draw others: the file goes before it.
    assert np.array_equal(frozen_negatives(path, histories, targets, 1_500, seed=9), first)
    assert path.read_bytes() == written
    assert not np.array_equal(frozen_negatives(tmp_path / "other.npy", histories, targets, 1_500, seed=9), first)


@pytest.mark.parametrize("content", [b"", b"no numpy at all", b"\x93NUMPY\x01\x00v\x00{'descr'"])
def test_a_damaged_file_is_drawn_again(tmp_path: Path, content: bytes) -> None:
    histories, targets = [indexes(1, 2)], indexes(3)
    first = frozen_negatives(tmp_path / "whole.npy", histories, targets, 1_500)
    (tmp_path / "n.npy").write_bytes(content)
    assert np.array_equal(frozen_negatives(tmp_path / "n.npy", histories, targets, 1_500), first)


def test_a_file_of_other_people_or_another_catalogue_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "n.npy"
    frozen_negatives(path, [indexes(1)], indexes(2), 1_500)
    assert frozen_negatives(path, [indexes(1)] * 2, indexes(2, 3), 1_500).shape == (2, 999)
    assert frozen_negatives(path, [indexes(1)] * 2, indexes(2, 3), 1_200).max() <= 1_200


def test_a_small_catalogue_repeats_all_that_is_unseen(tmp_path: Path) -> None:
    drawn = frozen_negatives(tmp_path / "n.npy", [indexes(1, 2), indexes(1, 2, 3, 4)], indexes(3, 5), 5)
    assert set(drawn[0].tolist()) == {4, 5}
    assert set(drawn[1].tolist()) == {0}, "there is nothing unseen"


def test_ranks_worked_by_hand() -> None:
    scorer = always(0.9, 0.8, 0.5, 0.1)
    two = np.concatenate([negatives_of(1, *[4] * 998), negatives_of(*[4] * 999)])
    metrics = sampled_ranking(scorer, [indexes(), indexes()], indexes(3, 2), two)
    # The first target is behind item 1 once: rank 2. The second is behind nothing: rank 1.
    assert metrics["hr@1"].mean == 0.5 and metrics["hr@5"].mean == 1.0
    assert metrics["mrr"].mean == pytest.approx((1 / 2 + 1) / 2)
    assert metrics["ndcg@5"].mean == pytest.approx((1 / np.log2(3) + 1) / 2)


def test_ties_and_scores_that_are_no_number_count_against_the_target() -> None:
    assert sampled_ranking(always(0.5, 0.5), [indexes()], indexes(1), negatives_of(2))["mrr"].mean == 1 / 1000
    for broken in (always(np.nan, 0.5), always(0.5, np.nan), always(np.nan, np.nan)):
        assert sampled_ranking(broken, [indexes()], indexes(1), negatives_of(2))["mrr"].mean == 1 / 1000


def test_no_negatives_at_all_is_rank_one() -> None:
    metrics = sampled_ranking(always(0.1, 0.9), [indexes(2)], indexes(1), np.zeros((1, N_NEGATIVES), dtype=np.int32))
    assert metrics["hr@1"].mean == 1.0


def test_batches_change_nothing_and_nobody_is_nothing() -> None:
    random = np.random.default_rng(3)
    table = random.random((7, 50), dtype=np.float32)

    def scorer(histories: list[Indexes]) -> Scores:
        return table[[int(history[0]) for history in histories]]

    histories = [indexes(row) for row in range(7)]
    targets = random.integers(1, 51, 7).astype(np.int32)
    negatives = random.integers(1, 51, (7, N_NEGATIVES)).astype(np.int32)
    whole = sampled_ranking(scorer, histories, targets, negatives)
    assert sampled_ranking(scorer, histories, targets, negatives, batch=2) == whole
    nobody = sampled_ranking(scorer, [], indexes(), np.zeros((0, N_NEGATIVES), dtype=np.int32))
    assert nobody["ndcg@10"].mean == 0.0


def test_a_large_catalogue_is_scored_a_few_people_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.evaluation.metrics.BATCH_BYTES", 3 * 50 * 4)
    asked: list[int] = []

    def scorer(histories: list[Indexes]) -> Scores:
        asked.append(len(histories))
        return np.zeros((len(histories), 50), dtype=np.float32)

    sampled_ranking(scorer, [indexes(1)] * 7, np.full(7, 2, dtype=np.int32), np.ones((7, N_NEGATIVES), dtype=np.int32))
    assert asked == [1, 3, 3, 1]
