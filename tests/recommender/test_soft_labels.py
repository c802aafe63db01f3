"""Soft labels: whose models label whom, what stands in a label, and the file they are kept in."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.arrays import Floats
from recommender.data.sequences import Indexes, leave_one_out
from recommender.models.base import FitOptions, ModelError, SequentialModel
from recommender.models.gru4rec import GRU4Rec, GRU4RecConfig
from recommender.models.item_knn import ItemKNN
from recommender.models.popular import MostPopular
from recommender.models.sasrec import SASRec, SASRecConfig
from recommender.models.teaching import SoftLabels
from recommender.training.distil import DistilOptions
from recommender.training.ensemble import Ensemble
from recommender.training.soft_labels import (
    LABELS,
    Fold,
    fingerprint,
    folds,
    load_labels,
    save_labels,
    soft_labels,
    without,
)
from tests.ring import ITEMS, N_ITEMS, indexes, markov_split

SPLIT = markov_split(people=40)
HISTORIES = [*SPLIT.train[:20], indexes(), indexes(7), indexes(3, 3, 3)]
EVERYBODY = np.arange(len(HISTORIES))


def popular(*counts: float) -> MostPopular:
    return MostPopular(ITEMS[: len(counts)], np.array(counts, dtype=np.float32))


def knn() -> ItemKNN:
    model = ItemKNN(neighbours=15)
    model.fit(SPLIT, FitOptions())
    return model


def sasrec() -> SASRec:
    model = SASRec(config=SASRecConfig(dim=16, blocks=1, max_length=20, temperature=0.2))
    model.fit(SPLIT, FitOptions(epochs=2, batch_size=16))
    return model


def alone(model: SequentialModel, weight: float = 1.0) -> tuple[Ensemble, list[Fold]]:
    """One member that labels everybody."""
    return Ensemble([model], np.array([[weight]], dtype=np.float32)), [Fold([model], EVERYBODY)]


def labels_of(model: SequentialModel, histories: list[Indexes], k: int) -> SoftLabels:
    """One member's labels for histories of one's own."""
    return soft_labels(alone(model)[0], [Fold([model], np.arange(len(histories)))], histories, k)


def positions(histories: list[Indexes]) -> list[tuple[int, Indexes]]:
    """Person and what has been read, for every position."""
    return [(person, history[: at + 1]) for person, history in enumerate(histories) for at in range(len(history))]


def totals(labels: SoftLabels) -> Floats:
    return labels.probabilities.astype(np.float64).sum(axis=1).astype(np.float32)


# --- folds ------------------------------------------------------------------------------------------------------------


@given(n=st.integers(1, 40), seed=st.integers(0, 100))
def test_everybody_is_in_one_fold_and_folds_are_alike_in_size(n: int, seed: int) -> None:
    parts = folds(SPLIT, n, seed)
    assert len(parts) == n and np.sort(np.concatenate(parts)).tolist() == list(range(40))
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1 and min(sizes) >= 1
    assert all((np.diff(part) > 0).all() for part in parts)


def test_folds_are_drawn_by_the_seed() -> None:
    first, again, other = (folds(SPLIT, 3, seed)[0].tolist() for seed in (0, 0, 1))
    assert first == again != other
    assert first != list(range(14))


@pytest.mark.parametrize("n", [0, -1, 41])
def test_folds_that_cannot_be(n: int) -> None:
    with pytest.raises(ModelError, match="fold"):
        folds(SPLIT, n)


def test_without_some_people_nothing_of_them_is_left() -> None:
    timed = replace(SPLIT, between=[indexes(i + 1) for i in range(40)], after=[indexes(40 - i) for i in range(40)])
    people = np.array([0, 5, 39])
    for split in (SPLIT, timed):
        rest = without(split, people)
        kept = [i for i in range(40) if i not in people]
        assert rest.users == tuple(split.users[i] for i in kept) and rest.items == split.items
        assert [h.tolist() for h in rest.train] == [split.train[i].tolist() for i in kept]
        assert [h.tolist() for h in rest.full()] == [split.full()[i].tolist() for i in kept]
        assert rest.histories("test")[1].tolist() == split.test_target[kept].tolist()
        assert rest.histories("valid")[1].tolist() == split.valid_target[kept].tolist()
    assert without(SPLIT, np.array([], dtype=np.int64)).users == SPLIT.users


# --- what a label says ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [knn, sasrec])
@pytest.mark.parametrize(("k", "temperature", "exclude_past"), [(5, 1.0, True), (10, 3.0, False), (100, 0.5, True)])
def test_labels_are_the_top_of_the_teachers_distribution(make, k: int, temperature: float, exclude_past: bool) -> None:
    """Compared with asking the ensemble at every beginning of every history."""
    ensemble, teachers = alone(make(), 0.8)
    labels = soft_labels(ensemble, teachers, HISTORIES, k, temperature, exclude_past)
    for row, (_, read) in enumerate(positions(HISTORIES)):
        logits = ensemble.scores([read])[0].astype(np.float64) / temperature
        if exclude_past:
            logits[read - 1] = -np.inf
        best = np.sort(logits)[::-1][: min(k, N_ITEMS)]
        expected = np.exp(best - best[0]) / np.exp(best - best[0]).sum()
        np.testing.assert_allclose(labels.probabilities[row], expected, rtol=5e-3, atol=5e-4)
        got = labels.items[row][labels.items[row] > 0]
        np.testing.assert_allclose(logits[got - 1], best[: len(got)], rtol=1e-4, atol=1e-4)  # ties in any order


def test_every_row_sums_to_one_and_falls() -> None:
    for model in (knn(), sasrec(), popular(*range(N_ITEMS))):
        labels = soft_labels(*alone(model), HISTORIES, k=12)
        assert labels.items.shape == labels.probabilities.shape == (len(positions(HISTORIES)), 12)
        np.testing.assert_allclose(totals(labels), 1.0, atol=2e-3)
        assert (np.diff(labels.probabilities.astype(np.float32), axis=1) <= 0).all()
        assert all(len(set(row)) == 12 for row in labels.items.tolist())


@pytest.mark.parametrize("k", [3, 100])
def test_what_a_person_had_is_no_label(k: int) -> None:
    for model in (knn(), sasrec(), popular(*range(N_ITEMS, 0, -1))):
        labels = soft_labels(*alone(model), HISTORIES, k)
        for row, (_, read) in enumerate(positions(HISTORIES)):
            assert not set(read.tolist()) & set(labels.items[row].tolist())
    allowed = soft_labels(*alone(popular(*range(N_ITEMS, 0, -1))), HISTORIES, k, exclude_past=False)
    assert (allowed.items[:, 0] == 1).all()


def test_items_to_come_may_be_labels() -> None:
    """Only what was had before a position is left out there: the next item is the best label there is."""
    labels = labels_of(popular(1, 1, 9, 1), [indexes(1, 2, 3)], k=1)
    assert labels.items[:, 0].tolist()[:2] == [3, 3] and labels.items[2, 0] == 4


def test_with_fewer_items_than_k_the_rest_is_empty() -> None:
    labels = labels_of(popular(4, 3, 2, 1), [indexes(1, 2), indexes(4)], k=10)
    assert labels.items.shape == (3, 4)
    assert labels.items.tolist() == [[2, 3, 4, 0], [3, 4, 0, 0], [1, 2, 3, 0]]
    np.testing.assert_allclose(totals(labels), 1.0, atol=2e-3)
    assert (labels.probabilities[labels.items == 0] == 0).all()


def test_who_had_everything_has_no_label() -> None:
    labels = labels_of(popular(4, 3, 2, 1), [indexes(1, 2, 3, 4)], k=3)
    assert totals(labels).round(2).tolist() == [1, 1, 1, 0] and labels.items[3].tolist() == [0, 0, 0]


def test_a_higher_temperature_is_flatter() -> None:
    tops = [
        soft_labels(*alone(sasrec()), HISTORIES, 10, temperature).probabilities[:, 0].astype(np.float32)
        for temperature in (0.5, 1.0, 4.0)
    ]
    assert (tops[0] >= tops[1]).all() and (tops[1] >= tops[2]).all() and tops[0].mean() > tops[2].mean() + 0.1


def test_a_label_comes_from_the_fold_of_the_person() -> None:
    """Each fold's models have a favourite of their own, on every position of theirs and no other."""
    favourites = [popular(*np.eye(N_ITEMS)[number] * 9) for number in (30, 31, 32)]
    parts = folds(SPLIT, 3, seed=4)
    teachers = [Fold([model], people) for model, people in zip(favourites, parts, strict=True)]
    labels = soft_labels(alone(favourites[0])[0], teachers, SPLIT.train, k=1, exclude_past=False)
    for row, (person, _) in enumerate(positions(SPLIT.train)):
        fold = next(number for number, people in enumerate(parts) if person in people)
        assert labels.items[row, 0] == 31 + fold


def test_the_lengths_read_choose_the_ensembles_weights() -> None:
    members: list[SequentialModel] = [popular(9, 1, 1, 1), popular(1, 9, 1, 1)]
    weights = np.array([[1, 0], [0, 1]], dtype=np.float32)
    ensemble = Ensemble(members, weights, bounds=(3,))
    labels = soft_labels(ensemble, [Fold(members, np.array([0]))], [indexes(3, 4, 3, 4)], k=1)
    assert labels.items[:, 0].tolist() == [1, 1, 2, 2]


def test_long_histories_are_labelled_to_the_end() -> None:
    """A network reads windows; every position has a label all the same."""
    network = GRU4Rec(config=GRU4RecConfig(dim=8, width=8, max_length=5))
    network.fit(SPLIT, FitOptions(epochs=1, batch_size=16))
    history = indexes(*[i % 30 + 1 for i in range(23)])
    labels = labels_of(network, [history, indexes(2)], k=5)
    np.testing.assert_allclose(totals(labels), 1.0, atol=2e-3)
    assert not set(labels.items[22]) & set(history.tolist())


def test_progress_ends_at_the_number_of_positions() -> None:
    said: list[tuple[int, int]] = []
    soft_labels(*alone(knn()), HISTORIES, 5, on_done=lambda done, total: said.append((done, total)))
    n = len(positions(HISTORIES))
    assert said[-1] == (n, n) and said == sorted(said)


def test_nobody_has_no_labels() -> None:
    assert labels_of(knn(), [], 5).items.shape == (0, 5)
    assert labels_of(sasrec(), [indexes()], 5).items.shape == (0, 5)


# --- on disk ----------------------------------------------------------------------------------------------------------


def test_labels_are_read_as_they_were_written(tmp_path: Path) -> None:
    labels = soft_labels(*alone(knn()), HISTORIES, 5)
    path = tmp_path / "deep" / "labels.safetensors"
    save_labels(labels, path)
    again = load_labels(path)
    assert again is not None and again.items.dtype == np.int32 and again.probabilities.dtype == np.float16
    np.testing.assert_array_equal(again.items, labels.items)
    np.testing.assert_array_equal(again.probabilities, labels.probabilities)
    assert [p.name for p in path.parent.iterdir()] == ["labels.safetensors"]


@pytest.mark.parametrize("damage", ["missing", "empty", "short", "words", "folder", "other"])
def test_labels_that_cannot_be_read_are_none(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "labels.safetensors"
    save_labels(soft_labels(*alone(knn()), HISTORIES, 5), path)
    content = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage == "other":
        from safetensors.numpy import save_file

        save_file({"items": np.zeros((2, 2), np.int32)}, path)
    elif damage != "missing":
        path.write_bytes({"empty": b"", "short": content[:-40], "words": b"not labels" * 20}[damage])
    assert load_labels(path) is None


def test_a_fingerprint_changes_with_anything() -> None:
    marks = {fingerprint(*what) for what in ((), (1,), ("1",), (1, 2), ((1, 2),), (b"a",), ("a",), (None,))}
    assert len(marks) == 8 and fingerprint(1, "a") == fingerprint(1, "a")


def test_one_order_of_people() -> None:
    """Labels come in the order of the histories, whatever the order of the folds."""
    split = leave_one_out({"a": [1, 2], "b": [3], "c": [4, 5, 6]}, ITEMS)
    model = knn()
    ensemble, _ = alone(model)
    forward = soft_labels(ensemble, [Fold([model], np.array([i])) for i in (0, 1, 2)], split.full(), 4)
    backward = soft_labels(ensemble, [Fold([model], np.array([i])) for i in (2, 0, 1)], split.full(), 4)
    np.testing.assert_array_equal(forward.items, backward.items)


def test_whoever_asks_gets_as_many_labels() -> None:
    """The teacher kept 30, the function 100."""
    many = leave_one_out({"ada": [1, 2, 3, 4]}, [f"item-{number}" for number in range(200)])
    model = MostPopular(many.items, np.arange(200, dtype=np.float32))
    labels = soft_labels(alone(model)[0], [Fold([model], np.array([0]))], many.train)
    assert labels.items.shape[1] == DistilOptions().k == LABELS
