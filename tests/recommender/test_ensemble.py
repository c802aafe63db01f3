"""Several models as one teacher: a common scale, weights that make targets likely, groups of history lengths."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.arrays import Floats
from recommender.data.sequences import Indexes, Split
from recommender.models.base import FitOptions, OnProgress, SequentialModel
from recommender.models.sasrec import SASRec, SASRecConfig
from recommender.training.ensemble import Ensemble, features, stack
from tests.ring import ITEMS, N_ITEMS, N_SEEN, indexes, markov_split

SPLIT = markov_split()
Opinion = Callable[[Indexes], Floats]


class Opinionated(SequentialModel):
    """Scores by a function of the history."""

    name: ClassVar[str] = "opinionated"
    paper: ClassVar[str] = "none"

    def __init__(self, opinion: Opinion) -> None:
        super().__init__(ITEMS)
        self.opinion = opinion

    def fit(self, split: Split, options: FitOptions, on_progress: OnProgress | None = None) -> dict[str, Any]:
        return {}

    def _scores(self, histories: Sequence[Indexes]) -> Floats:
        return np.stack([self.opinion(history) for history in histories])

    def config(self) -> dict[str, Any]:
        return {}

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {}

    @classmethod
    def restore(cls, items: Sequence[str], config: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        raise NotImplementedError


def on_the_ring(steps: int) -> Opinion:
    """Says that the item so many steps on comes next; everything else is a little likely."""

    def opinion(history: Indexes) -> Floats:
        scores = np.full(N_ITEMS, 0.1, dtype=np.float32)
        scores[(int(history[-1]) - 1 + steps) % N_SEEN] = 20.0
        return scores

    return opinion


def guess(history: Indexes) -> Floats:
    """Noise, the same for the same history."""
    return np.random.default_rng([int(i) for i in history]).random(N_ITEMS).astype(np.float32)


def unlikeliness(ensemble: Ensemble, split: Split) -> float:
    """Mean negative log-likelihood of the validation targets, past items out of the ranking."""
    histories, targets = split.histories("valid")
    scores = ensemble.scores(histories).astype(np.float64)
    total = 0.0
    for row, (history, target) in enumerate(zip(histories, targets, strict=True)):
        allowed = np.setdiff1d(np.arange(1, N_ITEMS + 1), history[history != target]) - 1
        total += np.log(np.exp(scores[row, allowed]).sum()) - scores[row, target - 1]
    return total / len(targets)


def alone(members: list[SequentialModel], number: int) -> Ensemble:
    """The same members with all the weight on one."""
    return Ensemble(members, np.eye(len(members), dtype=np.float32)[number : number + 1])


# --- the common scale -------------------------------------------------------------------------------------------------


def test_what_a_counting_model_says_becomes_log_probabilities() -> None:
    scores = np.array([[3.0, 1.0, 0.0, -2.0], [0.0, 0.0, 0.0, 0.0]], dtype=np.float32)
    got = features(Opinionated(guess), scores)
    assert got.dtype == np.float32 and got[0, 0] == pytest.approx(np.log(0.75), abs=1e-3)
    assert got[0, 1] == pytest.approx(np.log(0.25), abs=1e-3)
    assert got[0, 2] == got[0, 3] < got[0, 1] - 5  # below zero is as good as unseen
    assert (got[1] == got[1, 0]).all() and np.isfinite(got).all()  # a history it knows nothing about: all alike


def test_a_network_is_on_that_scale_already() -> None:
    scores = np.array([[-3.0, 2.0]], dtype=np.float32)
    np.testing.assert_array_equal(features(SASRec(), scores), scores)


# --- adding up --------------------------------------------------------------------------------------------------------


def test_members_are_described_by_the_names_they_were_asked_for_by() -> None:
    members: list[SequentialModel] = [Opinionated(on_the_ring(1)), Opinionated(guess)]
    weights = np.ones((1, 2), dtype=np.float32)
    assert Ensemble(members, weights).describe()["members"] == [Opinionated.name] * 2
    assert Ensemble(members, weights, names=("left", "right")).describe()["members"] == ["left", "right"]


def test_scores_are_the_weighted_sum_of_the_members() -> None:
    members: list[SequentialModel] = [Opinionated(on_the_ring(1)), Opinionated(guess)]
    histories = [indexes(1, 2), indexes(5), indexes(7, 8, 9)]
    one, two = (features(m, m.scores(histories)) for m in members)
    ensemble = Ensemble(members, np.array([[0.5, 2.0]], dtype=np.float32))
    np.testing.assert_allclose(ensemble.scores(histories), 0.5 * one + 2.0 * two, rtol=1e-5)
    assert ensemble.items == ITEMS


def test_history_lengths_choose_the_weights() -> None:
    members: list[SequentialModel] = [Opinionated(on_the_ring(1)), Opinionated(guess)]
    weights = np.array([[1, 0], [0, 1], [2, 2]], dtype=np.float32)
    ensemble = Ensemble(members, weights, bounds=(3, 5))
    assert ensemble.groups(np.array([0, 1, 2, 3, 4, 5, 6])).tolist() == [0, 0, 0, 1, 1, 2, 2]
    histories = [indexes(1, 2), indexes(1, 2, 3), indexes(1, 2, 3, 4, 5)]
    one, two = (features(m, m.scores(histories)) for m in members)
    np.testing.assert_allclose(
        ensemble.scores(histories), np.stack([one[0], two[1], 2 * one[2] + 2 * two[2]]), rtol=1e-5
    )


def test_an_ensemble_describes_itself_as_json() -> None:
    ensemble = stack([Opinionated(on_the_ring(1)), Opinionated(guess)], SPLIT, bounds=(6,))
    told = json.loads(json.dumps(ensemble.describe()))
    assert told["members"] == ["opinionated", "opinionated"] and told["bounds"] == [6]
    assert np.shape(told["weights"]) == (2, 2)


# --- the weights ------------------------------------------------------------------------------------------------------


def test_the_better_member_gets_the_larger_weight() -> None:
    for members in (
        [Opinionated(on_the_ring(1)), Opinionated(guess)],
        [Opinionated(guess), Opinionated(on_the_ring(1))],
    ):
        weights = stack(list(members), SPLIT).weights[0]
        assert (weights >= 0).all()
        assert weights[0 if members[1].opinion is guess else 1] > 5 * weights.min()


def test_together_never_less_likely_than_one_alone() -> None:
    members: list[SequentialModel] = [Opinionated(on_the_ring(1)), Opinionated(on_the_ring(2)), Opinionated(guess)]
    together = unlikeliness(stack(members, SPLIT), SPLIT)
    for number in range(3):
        assert together <= unlikeliness(alone(members, number), SPLIT) + 1e-4


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), skill=st.lists(st.floats(-3, 3), min_size=1, max_size=4))
def test_together_never_less_likely_whatever_the_members_say(seed: int, skill: list[float]) -> None:
    """Members that know something, nothing, or the opposite, and that share their mistakes."""
    histories, targets = SPLIT.histories("valid")
    random = np.random.default_rng(seed)
    shared = random.standard_normal((len(targets), N_ITEMS))
    goal = {tuple(h): (row, int(t) - 1) for row, (h, t) in enumerate(zip(histories, targets, strict=True))}

    def opinion(how: float) -> Opinion:
        own = random.standard_normal((len(targets), N_ITEMS)) + 2 * shared

        def of(history: Indexes) -> Floats:
            row, target = goal[tuple(history)]
            scores = own[row].copy()
            scores[target] += how
            return np.exp(scores).astype(np.float32)

        return of

    members: list[SequentialModel] = [Opinionated(opinion(how)) for how in skill]
    ensemble = stack(members, SPLIT)
    assert np.isfinite(ensemble.weights).all() and (ensemble.weights >= 0).all()
    together = unlikeliness(ensemble, SPLIT)
    assert all(together <= unlikeliness(alone(members, number), SPLIT) + 1e-3 for number in range(len(members)))


def test_a_member_that_says_the_opposite_is_left_out() -> None:
    def opposite(history: Indexes) -> Floats:
        return (21.0 - on_the_ring(1)(history)).astype(np.float32)

    for members in ([Opinionated(opposite)], [Opinionated(opposite), Opinionated(guess)]):
        assert stack(list(members), SPLIT).weights[0, 0] == 0


def test_a_past_item_competes_with_no_target() -> None:
    """A member that puts the history on top is as good as its view of the rest."""

    def fond_of_the_past(history: Indexes) -> Floats:
        scores = on_the_ring(1)(history)
        scores[history - 1] = np.maximum(scores[history - 1], 19.0)
        return scores

    weights = stack([Opinionated(fond_of_the_past)], SPLIT).weights
    assert weights[0, 0] > 0.3


def test_each_group_of_lengths_has_its_own_weights() -> None:
    def good_when(long: bool) -> Opinion:
        return lambda history: on_the_ring(1)(history) if (len(history) >= 6) == long else guess(history)

    members: list[SequentialModel] = [Opinionated(good_when(False)), Opinionated(good_when(True))]
    split = markov_split(people=300)
    short, long = stack(members, split, bounds=(6,)).weights
    assert short[0] > 2 * short[1] and long[1] > 2 * long[0]
    grouped, single = stack(members, split, bounds=(6,)), stack(members, split)
    assert unlikeliness(grouped, split) < unlikeliness(single, split)


def test_a_group_of_few_has_the_weights_of_all_and_few_in_all_count_alike() -> None:
    members: list[SequentialModel] = [Opinionated(on_the_ring(1)), Opinionated(guess)]
    shared, nobody = stack(members, SPLIT, bounds=(100,)).weights
    np.testing.assert_array_equal(nobody, shared)
    assert shared[0] > 5 * shared[1]
    few = replace(SPLIT, valid_target=np.where(np.arange(150) < 20, SPLIT.valid_target, 0).astype(np.int32))
    none = replace(SPLIT, valid_target=np.zeros(150, dtype=np.int32))
    for split in (few, none):
        np.testing.assert_array_equal(stack(members, split, bounds=(5,)).weights, np.full((2, 2), 0.5))


def test_a_network_and_a_counting_model_stand_side_by_side() -> None:
    network = SASRec(config=SASRecConfig(dim=16, blocks=1, max_length=8))
    network.fit(SPLIT, FitOptions(epochs=3, batch_size=64))
    ensemble = stack([network, Opinionated(on_the_ring(1))], SPLIT)
    assert ensemble.weights[0, 1] > 0.1 and ensemble.scores([indexes(1, 2)]).shape == (1, N_ITEMS)
    assert unlikeliness(ensemble, SPLIT) < unlikeliness(alone(ensemble.members, 0), SPLIT)
