"""The interval around a ratio of two means: exact where it must be, and about as wide as it should be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.evaluation.bootstrap import Ratio, paired_ratio
from recommender.evaluation.metrics import ndcg

values = st.lists(st.sampled_from([0.0, 0.3, 0.5, 0.63, 1.0]), min_size=1, max_size=30).filter(any)


def ndcgs(random: np.random.Generator, people: int, seeds: int | None = None) -> np.ndarray:
    shape = people if seeds is None else (seeds, people)
    return ndcg(random.geometric(0.1, size=shape).astype(np.int64))


@given(values, st.integers(0, 3))
def test_a_model_against_itself_is_exactly_one(figures: list[float], seed: int) -> None:
    same = np.array(figures)
    assert paired_ratio(same, same, resamples=200, seed=seed) == Ratio(1.0, 1.0, 1.0)


@given(values, st.sampled_from([0.25, 2.0, 8.0]))
def test_scaled_figures_give_the_scale(figures: list[float], scale: float) -> None:
    found = paired_ratio(scale * np.array(figures), np.array(figures), resamples=200)
    assert [found.ratio, found.low, found.high] == pytest.approx([scale] * 3)


def test_scaling_both_changes_nothing() -> None:
    random = np.random.default_rng(0)
    ours, theirs = ndcgs(random, 300), ndcgs(random, 300)
    assert paired_ratio(4 * ours, 4 * theirs) == paired_ratio(ours, theirs)


def test_a_known_shift_is_found_and_pairing_makes_it_sharp() -> None:
    random = np.random.default_rng(1)
    theirs = random.random(500)
    ours = theirs * 1.1 + random.normal(0, 0.02, 500)
    found = paired_ratio(ours, theirs)
    assert found.low < found.ratio < found.high
    assert 1.09 < found.low < 1.1 < found.high < 1.11
    unpaired = paired_ratio(random.permutation(ours), theirs)
    assert unpaired.high - unpaired.low > 5 * (found.high - found.low)


def test_no_difference_is_not_found() -> None:
    random = np.random.default_rng(2)
    found = paired_ratio(ndcgs(random, 500), ndcgs(random, 500))
    assert found.low < 1 < found.high


def test_seeds_are_averaged_before_people_are_drawn() -> None:
    random = np.random.default_rng(3)
    ours, theirs = ndcgs(random, 80, seeds=3), ndcgs(random, 80, seeds=2)
    assert paired_ratio(ours, theirs) == paired_ratio(ours.mean(axis=0), theirs.mean(axis=0))
    assert paired_ratio(ours[:1], theirs) == paired_ratio(ours[0], theirs)


def test_the_same_seed_gives_the_same_interval() -> None:
    random = np.random.default_rng(4)
    ours, theirs = ndcgs(random, 100), ndcgs(random, 100)
    assert paired_ratio(ours, theirs, seed=5) == paired_ratio(ours, theirs, seed=5)
    assert paired_ratio(ours, theirs, seed=5) != paired_ratio(ours, theirs, seed=6)


def test_the_order_of_the_people_does_not_matter() -> None:
    random = np.random.default_rng(5)
    ours, theirs = ndcgs(random, 100), ndcgs(random, 100)
    order = random.permutation(100)
    found, again = paired_ratio(ours, theirs), paired_ratio(ours[order], theirs[order])
    assert (found.low, found.high) == (again.low, again.high)
    assert found.ratio == pytest.approx(again.ratio)


def test_a_higher_level_is_a_wider_interval() -> None:
    random = np.random.default_rng(6)
    ours, theirs = ndcgs(random, 200), ndcgs(random, 200)
    narrow, wide = paired_ratio(ours, theirs, level=0.8), paired_ratio(ours, theirs, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_drawing_distinct_pairs_is_drawing_people() -> None:
    """The quantiles are those of the plain bootstrap, person by person."""
    random = np.random.default_rng(7)
    ours, theirs = ndcgs(random, 150), ndcgs(random, 150)
    chosen = random.integers(150, size=(20_000, 150))
    plain = np.quantile(ours[chosen].mean(axis=1) / theirs[chosen].mean(axis=1), (0.025, 0.975))
    found = paired_ratio(ours, theirs, resamples=20_000)
    assert [found.low, found.high] == pytest.approx(plain, abs=0.02)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(8)
    trials, held = 300, 0
    for _ in range(trials):
        ranks = random.geometric(0.15, size=200)
        worse = ranks + random.integers(0, 3, size=200)  # the same people, further down
        found = paired_ratio(ndcg(worse), ndcg(ranks), resamples=400)
        held += found.low <= TRUTH <= found.high
    assert 0.91 <= held / trials <= 0.985


def _truth() -> float:
    ranks = np.arange(1, 200)
    chance = 0.15 * 0.85 ** (ranks - 1)
    return float(np.mean([chance @ ndcg(ranks + shift) for shift in range(3)]) / (chance @ ndcg(ranks)))


TRUTH = _truth()


def test_resamples_without_any_hit_of_the_baseline_make_the_interval_open() -> None:
    found = paired_ratio(np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    assert found.ratio == 1.0 and found.low == 0.0 and found.high == np.inf


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ([1.0, 0.5], [1.0], "paired"),
        ([], [], "baseline"),
        ([1.0, 0.5], [0.0, 0.0], "baseline"),
        ([1.0, np.nan], [1.0, 0.5], "finite"),
        ([1.0, 0.5], [np.inf, 0.5], "finite"),
        ([[[1.0]]], [1.0], "shape"),
    ],
)
def test_what_has_no_ratio_is_refused(ours: list[float], theirs: list[float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        paired_ratio(np.array(ours), np.array(theirs))


@pytest.mark.parametrize(("level", "resamples"), [(0.0, 100), (1.0, 100), (0.95, 0)])
def test_an_interval_without_a_level_or_resamples_is_refused(level: float, resamples: int) -> None:
    with pytest.raises(ValueError, match="interval"):
        paired_ratio(np.ones(2), np.ones(2), level=level, resamples=resamples)


def test_json_is_rounded() -> None:
    assert Ratio(1 / 3, 0.25, 0.5).as_json() == {"ratio": 0.333333, "low": 0.25, "high": 0.5}
