"""SASRec and its training loop: what reads what, what is learnt, and when it stops."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recommender.data.sequences import Split, leave_one_out
from recommender.evaluation.metrics import full_ranking, target_ranks
from recommender.models.base import FitOptions, ModelError, pad
from recommender.models.fitting import next_item_loss, windows
from recommender.models.popular import MostPopular
from recommender.models.sasrec import Network, SASRec, SASRecConfig
from tests.ring import ITEMS, N_ITEMS, N_SEEN, indexes, markov_split

SMALL = SASRecConfig(dim=16, blocks=2, heads=2, max_length=8, dropout=0.1)
FIT = FitOptions(epochs=15, patience=15, batch_size=32, learning_rate=1e-2, seed=1)
SPLIT = markov_split()


@pytest.fixture(scope="module")
def trained() -> tuple[SASRec, dict]:
    model = SASRec(config=SMALL)
    return model, model.fit(SPLIT, FIT)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    network = Network(N_ITEMS, SMALL, None)
    torch.nn.init.normal_(network.ids.weight, std=1.0)  # large, so that a leak shows
    return network.eval()


def hidden(network: Network, *items: int) -> torch.Tensor:
    with torch.no_grad():
        return network.hidden(torch.tensor([items]), network.item_vectors())[0]


# What reads what


@pytest.mark.parametrize("changed", range(1, 6))
def test_the_future_does_not_change_earlier_states(network: Network, changed: int) -> None:
    items = [3, 1, 4, 1, 5, 9]
    before = hidden(network, *items)
    items[changed] = 26
    after = hidden(network, *items)
    torch.testing.assert_close(after[:changed], before[:changed])
    assert ((after[changed:] - before[changed:]).abs().amax(dim=1) > 1e-3).all()  # all later ones have read it


def test_padding_on_the_right_changes_nothing(network: Network) -> None:
    torch.testing.assert_close(hidden(network, 3, 1, 4, 0, 0, 0)[:3], hidden(network, 3, 1, 4))


def test_scores_do_not_depend_on_who_else_is_in_the_batch(trained: tuple[SASRec, dict]) -> None:
    model, _ = trained
    histories = [indexes(*range(1, length + 1)) for length in range(12)]
    together = model.scores(histories)
    for history, row in zip(histories, together, strict=True):
        np.testing.assert_allclose(model.scores([history])[0], row, rtol=1e-4, atol=1e-4)


def test_the_order_of_a_history_matters(trained: tuple[SASRec, dict]) -> None:
    forward, backward = trained[0].scores([indexes(4, 5, 6), indexes(6, 5, 4)])
    assert np.abs(forward - backward).max() > 0.1


def test_only_the_newest_items_are_read(trained: tuple[SASRec, dict]) -> None:
    newest = range(20, 20 + SMALL.max_length)
    long, short = trained[0].scores([indexes(1, 2, 3, *newest), indexes(*newest)])
    np.testing.assert_allclose(long, short, rtol=1e-4, atol=1e-4)


def test_user_and_item_vectors_have_length_one(trained: tuple[SASRec, dict]) -> None:
    model, _ = trained
    for vectors in (model.user_vector([indexes(), indexes(1, 2)]), model.item_matrix()[:N_SEEN]):
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


@given(st.lists(st.lists(st.integers(1, 9), max_size=6), max_size=4), st.integers(1, 4))
def test_padding_keeps_the_newest_in_order_with_zeros_behind(histories: list[list[int]], max_length: int) -> None:
    padded = pad([indexes(*history) for history in histories], max_length)
    assert len(padded) == len(histories) and 1 <= padded.shape[1] <= max_length
    for row, history in zip(padded.tolist(), histories, strict=True):
        newest = history[-max_length:]
        assert row == newest + [0] * (len(row) - len(newest))


# What is learnt


def test_the_loss_falls(trained: tuple[SASRec, dict]) -> None:
    losses = [entry["loss"] for entry in trained[1]["log"]]
    assert losses[-1] < 0.8 * losses[0]


def test_it_learns_the_order_that_popularity_cannot_see(trained: tuple[SASRec, dict]) -> None:
    histories, targets = SPLIT.histories("test")
    popular = MostPopular()
    popular.fit(SPLIT, FIT)
    baseline = full_ranking(popular.scores, histories, targets, include_past=True)["ndcg@10"]
    found = full_ranking(trained[0].scores, histories, targets, include_past=True)["ndcg@10"]
    assert found.mean - 2 * found.se > baseline.mean + 2 * baseline.se


def test_shared_negatives_learn_too() -> None:
    model = SASRec(config=replace(SMALL, negatives=12))
    losses = [entry["loss"] for entry in model.fit(SPLIT, replace(FIT, epochs=8))["log"]]
    assert losses[-1] < 0.9 * losses[0]


def test_another_seed_is_another_model(trained: tuple[SASRec, dict]) -> None:
    options = replace(FIT, epochs=1)
    scores = []
    for seed in (1, 2):
        model = SASRec(config=SMALL)
        model.fit(SPLIT, replace(options, seed=seed))
        scores.append(model.scores([indexes(1, 2)]))
    assert np.abs(scores[0] - scores[1]).max() > 0.1


def test_the_label_among_the_candidates_is_not_its_own_negative(network: Network) -> None:
    batch = torch.tensor([[3, 7]])
    with torch.no_grad():
        with_label = next_item_loss(network, batch, torch.tensor([7, 11, 12]), empty_weight=0)
        without = next_item_loss(network, batch, torch.tensor([11, 12]), empty_weight=0)
    torch.testing.assert_close(with_label, without)


def test_padded_positions_add_nothing_to_the_loss(network: Network) -> None:
    candidates = torch.arange(1, N_ITEMS + 1)
    with torch.no_grad():
        bare = next_item_loss(network, torch.tensor([[3, 7, 2]]), candidates)
        padded = next_item_loss(network, torch.tensor([[3, 7, 2, 0, 0]]), candidates)
    torch.testing.assert_close(bare, padded)


@given(st.lists(st.integers(0, 30), max_size=6), st.integers(1, 8))
def test_windows_have_every_item_but_the_first_as_a_label_once(lengths: list[int], length: int) -> None:
    starts = np.cumsum([0, *lengths]) + 1
    histories = [indexes(*range(start, start + n)) for start, n in zip(starts, lengths, strict=False)]
    pieces = windows(histories, length)
    assert all(2 <= len(piece) <= length + 1 for piece in pieces)
    assert all((np.diff(piece) == 1).all() for piece in pieces)
    labels = sorted(item for piece in pieces for item in piece[1:].tolist())
    assert labels == [item for history in histories for item in history[1:].tolist()]


def test_without_texts_an_item_nobody_has_touched_scores_nothing(trained: tuple[SASRec, dict]) -> None:
    histories, _ = SPLIT.histories("test")
    scores = trained[0].scores(histories)
    assert (scores[:, N_SEEN:] == 0).all()
    assert (scores[:, :N_SEEN].max(axis=1) > 0).all()  # so it is never ranked first


# Items known by their text alone


def text_split() -> tuple[Split, np.ndarray]:
    """Things of three kinds, told apart by their texts: after the first kind comes the second, then the third.

    The last item is of the second kind by its text, and nobody has touched it.
    """
    random = np.random.default_rng(5)
    kinds = np.array([number % 3 for number in range(30)] + [1])
    texts = 0.15 * random.normal(size=(31, 12))
    texts[np.arange(31), kinds] += 1
    of_kind = [np.flatnonzero(kinds[:30] == kind) + 1 for kind in range(3)]
    histories = {
        f"person-{person}": [int(random.choice(of_kind[(person + step) % 3])) for step in range(9)]
        for person in range(120)
    }
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    return leave_one_out(histories, [f"thing-{number}" for number in range(31)]), texts.astype(np.float32)


@pytest.fixture(scope="module")
def text_aware() -> tuple[SASRec, Split, np.ndarray]:
    split, texts = text_split()
    model = SASRec(config=replace(SMALL, max_length=16, id_dropout=0.3), text=texts)
    model.fit(split, FIT)
    return model, split, texts


def test_an_item_nobody_has_touched_has_the_vector_of_its_text(text_aware: tuple[SASRec, Split, np.ndarray]) -> None:
    model, _, texts = text_aware
    projection = model._network.project.weight.detach().numpy() @ texts[-1]
    np.testing.assert_allclose(model.item_matrix()[-1], projection / np.linalg.norm(projection), atol=1e-5)
    assert np.linalg.norm(projection) > 0.1


def test_an_item_nobody_has_touched_can_be_ranked_first(text_aware: tuple[SASRec, Split, np.ndarray]) -> None:
    model, split, _ = text_aware
    # Someone who has seen all other things of the second kind, and now one of the first.
    seen = [number for number in range(1, 31) if number % 3 == 2]
    history = indexes(*seen, 1)
    assert target_ranks(model.scores([history]), [history], indexes(split.n_items)).tolist() == [1]


def test_loaded_without_the_texts_it_scores_the_same(
    text_aware: tuple[SASRec, Split, np.ndarray], tmp_path: Path
) -> None:
    model, _, _ = text_aware
    model.save(tmp_path)
    loaded = SASRec.load(tmp_path)
    histories = [indexes(), indexes(1, 2), indexes(31)]
    np.testing.assert_array_equal(loaded.scores(histories), model.scores(histories))
    np.testing.assert_array_equal(loaded.item_matrix(), model.item_matrix())


# When it stops


def test_it_ends_at_the_weights_that_validated_best(trained: tuple[SASRec, dict]) -> None:
    model, report = trained
    best = max(report["log"], key=lambda entry: entry["valid_ndcg@10"])
    histories, targets = SPLIT.histories("valid")
    found = full_ranking(model.scores, histories, targets)["ndcg@10"].mean
    assert found == pytest.approx(report["valid_ndcg@10"], abs=1e-6) == pytest.approx(best["valid_ndcg@10"], abs=1e-5)
    assert report["epochs"] == best["epoch"]


def test_it_stops_when_validation_no_longer_rises() -> None:
    # The validation items are drawn at random: there is nothing to find.
    random = np.random.default_rng(0)
    hopeless = replace(SPLIT, valid_target=random.permutation(SPLIT.valid_target))
    report = SASRec(config=SMALL).fit(hopeless, replace(FIT, epochs=200, patience=2))
    assert len(report["log"]) == report["epochs"] + 2 < 100


def test_the_final_fit_runs_all_epochs_and_validates_nothing() -> None:
    report = SASRec(config=SMALL).fit(SPLIT, replace(FIT, epochs=3, patience=1, final=True))
    assert (report["epochs"], report["valid_ndcg@10"]) == (3, None)
    assert [set(entry) for entry in report["log"]] == [{"epoch", "loss"}] * 3


# What it refuses


def test_no_history_with_two_items_is_refused() -> None:
    split = leave_one_out({"ada": [1], "bob": []}, ITEMS)
    with pytest.raises(ModelError, match="Import more interactions"):
        SASRec(config=SMALL).fit(split, FIT)


def test_texts_that_do_not_fit_the_items_are_refused() -> None:
    with pytest.raises(ModelError, match="3 text vectors do not fit 40 items"):
        SASRec(config=SMALL, text=np.zeros((3, 4), dtype=np.float32)).fit(SPLIT, FIT)


@pytest.mark.parametrize("call", ["scores", "user_vector", "item_matrix", "save"])
def test_what_is_not_trained_says_so(call: str, tmp_path: Path) -> None:
    arguments = {"scores": ([],), "user_vector": ([],), "item_matrix": (), "save": (tmp_path / "model",)}[call]
    with pytest.raises(ModelError, match="not trained yet"):
        getattr(SASRec(config=SMALL), call)(*arguments)


def test_a_loss_that_is_no_number_stops_the_training() -> None:
    with pytest.raises(ModelError, match="smaller learning rate"):
        SASRec(config=SMALL).fit(SPLIT, replace(FIT, learning_rate=1e38))
