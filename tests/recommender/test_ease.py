"""EASE against the closed form written out with double precision, and what happens where memory is short."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.data.sequences import leave_one_out
from recommender.models import ease
from recommender.models.base import FitOptions, ModelError
from recommender.models.ease import EASE
from tests.ring import indexes, markov_split

ITEMS = ("mug", "kettle", "lamp", "rug")
HISTORIES = {"ada": [1, 2], "bob": [1, 2, 3, 1], "cho": [3]}  # nobody has the rug
ALL = FitOptions(final=True)


def fitted(histories: dict[str, list[int]], items: tuple[str, ...] = ITEMS, **settings: float) -> EASE:
    model = EASE(**settings)
    model.fit(leave_one_out(histories, items), ALL)
    return model


def closed_form(histories: dict[str, list[int]], n_items: int, regularisation: float) -> np.ndarray:
    seen = np.zeros((len(histories), n_items))
    for row, history in enumerate(histories.values()):
        seen[row, np.array(history, dtype=int) - 1] = 1
    inverse = np.linalg.inv(seen.T @ seen + regularisation * np.eye(n_items))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights


def test_weights_of_two_items_worked_by_hand() -> None:
    # Two people share both items, one has the first alone: least squares with lambda 1 of the second on the first
    # gives 2 / (3 + 1), of the first on the second 2 / (2 + 1).
    weights = fitted({"a": [1, 2], "b": [1, 2], "c": [1]}, ("mug", "kettle"), regularisation=1).item_weights.toarray()
    np.testing.assert_allclose(weights, [[0, 2 / 4], [2 / 3, 0]], rtol=1e-6)


@given(
    st.lists(st.lists(st.integers(1, 6), max_size=8), max_size=8),
    st.sampled_from([0.5, 10.0, 300.0]),
)
def test_all_weights_agree_with_the_closed_form(histories: list[list[int]], regularisation: float) -> None:
    people = {str(number): history for number, history in enumerate(histories)}
    model = fitted(people, tuple("abcdef"), regularisation=regularisation)
    np.testing.assert_allclose(model.item_weights.toarray(), closed_form(people, 6, regularisation), atol=2e-5)


@pytest.mark.parametrize("block", [1, 7, 39, 40, 41])
def test_the_size_of_the_blocks_changes_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    split = markov_split()
    expected = EASE(neighbours=100)
    expected.fit(split, ALL)
    monkeypatch.setattr(ease, "_BLOCK", block)
    found = EASE(neighbours=100)
    found.fit(split, ALL)
    np.testing.assert_allclose(found.item_weights.toarray(), expected.item_weights.toarray(), atol=1e-7)


def test_the_largest_weights_are_kept_whatever_their_sign() -> None:
    random = np.random.default_rng(0)
    histories = {str(person): (np.flatnonzero(random.random(8) < 0.5) + 1).tolist() for person in range(30)}
    every = closed_form(histories, 8, 0.5)
    kept = fitted(histories, tuple("abcdefgh"), regularisation=0.5, neighbours=3).item_weights.toarray()
    assert (kept < 0).any() and (kept > 0).any()
    for row in range(8):
        largest = np.sort(np.argsort(-np.abs(every[row]))[:3])
        assert np.flatnonzero(kept[row]).tolist() == largest.tolist()
        np.testing.assert_allclose(kept[row, largest], every[row, largest], rtol=1e-4)
    assert fitted(HISTORIES, neighbours=0).item_weights.nnz == 0


def test_an_older_item_counts_less_and_an_item_twice_counts_twice() -> None:
    model = fitted(HISTORIES, regularisation=1, decay=0.5)
    weights = closed_form(HISTORIES, 4, 1)
    scores = model.scores([indexes(1, 3), indexes(3, 1), indexes(1, 1), indexes()])
    expected = [0.5 * weights[0] + weights[2], 0.5 * weights[2] + weights[0], 1.5 * weights[0], np.zeros(4)]
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_a_decay_of_one_ignores_order() -> None:
    model = fitted(HISTORIES, decay=1.0)
    one, other = model.scores([indexes(1, 2, 3), indexes(3, 1, 2)])
    np.testing.assert_allclose(one, other, atol=1e-7)


def test_a_matrix_without_an_inverse_is_a_model_error() -> None:
    with pytest.raises(ModelError, match="larger"):
        fitted(HISTORIES, regularisation=0.0)


def test_a_catalogue_beyond_the_memory_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ease, "_free_bytes", lambda: 4 * 4 * 4 * 3 - 1)
    with pytest.raises(ModelError, match="item-knn"):
        fitted(HISTORIES)
    monkeypatch.setattr(ease, "_free_bytes", lambda: 4 * 4 * 4 * 3)
    fitted(HISTORIES)
    with pytest.raises(ModelError, match=r"12,000,000 items takes about 1728000\.0 GB"):
        ease.check_memory(12_000_000)


def test_where_the_system_does_not_say_the_failed_allocation_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(ease, "_free_bytes", lambda: None)
    monkeypatch.setattr(ease, "_inverse_gram", full)
    with pytest.raises(ModelError, match="item-knn"):
        fitted(HISTORIES)


@pytest.mark.parametrize("content", [None, "", "MemAvailable:", "MemAvailable: many kB", "MemTotal: 5 kB"])
def test_free_memory_that_cannot_be_read_is_unknown(content: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: Path, **_: object) -> str:
        if content is None:
            raise FileNotFoundError(path)
        return content

    monkeypatch.setattr(Path, "read_text", read)
    assert ease._free_bytes() is None
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "MemTotal: 9 kB\nMemAvailable:  5 kB\n")
    assert ease._free_bytes() == 5 * 1024
