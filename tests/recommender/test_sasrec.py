"""SASRec: what reads what, what is learnt, and items known by their text alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from recommender.data.sequences import Split, leave_one_out
from recommender.evaluation.metrics import full_ranking, target_ranks
from recommender.models.base import FitOptions, ModelError
from recommender.models.gru4rec import GRU4Rec, GRU4RecConfig
from recommender.models.neural import NetworkConfig, NeuralModel
from recommender.models.popular import MostPopular
from recommender.models.sasrec import SASRec, SASRecConfig, SASRecNetwork
from tests.ring import ITEMS, N_ITEMS, N_SEEN, indexes, markov_split

SMALL = SASRecConfig(dim=16, blocks=2, heads=2, max_length=8, dropout=0.1)
FIT = FitOptions(epochs=15, patience=15, batch_size=32, learning_rate=1e-2, seed=1)
SPLIT = markov_split()


@pytest.fixture(scope="module")
def trained() -> tuple[SASRec, dict]:
    model = SASRec(config=SMALL)
    return model, model.fit(SPLIT, FIT)


@pytest.fixture(params=["plain", "ligr"])
def network(request: pytest.FixtureRequest) -> SASRecNetwork:
    torch.manual_seed(0)
    network = SASRecNetwork(N_ITEMS, replace(SMALL, layers=request.param), None)
    torch.nn.init.normal_(network.items.ids.weight, std=1.0)  # large, so that a leak shows
    return network.eval()


def hidden(network: SASRecNetwork, *items: int) -> torch.Tensor:
    with torch.no_grad():
        return network.hidden(torch.tensor([items]))[0]


# What reads what


@pytest.mark.parametrize("changed", range(1, 6))
def test_the_future_does_not_change_earlier_states(network: SASRecNetwork, changed: int) -> None:
    items = [3, 1, 4, 1, 5, 9]
    before = hidden(network, *items)
    items[changed] = 26
    after = hidden(network, *items)
    torch.testing.assert_close(after[:changed], before[:changed])
    assert ((after[changed:] - before[changed:]).abs().amax(dim=1) > 1e-3).all()  # all later ones have read it


def test_padding_on_the_right_changes_nothing(network: SASRecNetwork) -> None:
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


# What is learnt


def test_it_learns_the_order_that_popularity_cannot_see(trained: tuple[SASRec, dict]) -> None:
    histories, targets = SPLIT.histories("test")
    popular = MostPopular()
    popular.fit(SPLIT, FIT)
    baseline = full_ranking(popular.scores, histories, targets, include_past=True)["ndcg@10"]
    found = full_ranking(trained[0].scores, histories, targets, include_past=True)["ndcg@10"]
    assert found.mean - 2 * found.se > baseline.mean + 2 * baseline.se


@pytest.mark.parametrize("change", [{"negatives": 12}, {"layers": "ligr"}, {"id_dropout": 0.5}], ids=str)
def test_it_learns_with(change: dict[str, Any]) -> None:
    model = SASRec(config=replace(SMALL, **change))
    losses = [entry["loss"] for entry in model.fit(SPLIT, replace(FIT, epochs=8))["log"]]
    assert losses[-1] < 0.9 * losses[0]


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
    projection = model.network.items.project.weight.detach().numpy() @ texts[-1]
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


def kinds_told_apart(model: NeuralModel) -> float:
    """Share of things after which one of the next kind is ranked first; a third would be chance."""
    first = model.scores([indexes(item) for item in range(1, 31)])[:, :30].argmax(axis=1)
    return float(np.mean(first % 3 == (np.arange(30) + 1) % 3))


@pytest.mark.parametrize("source", ["ids", "text", "both"])
def test_item_vectors_come_from_ids_or_texts_or_both(source: Any, tmp_path: Path) -> None:
    split, texts = text_split()
    model = SASRec(config=replace(SMALL, item_source=source), text=texts)
    model.fit(split, replace(FIT, epochs=30, final=True))
    assert (model.network.items.ids is not None) == (source != "text")
    assert (model.network.items.project is not None) == (source != "ids")
    assert kinds_told_apart(model) > 0.9
    assert (np.abs(model.item_matrix()[-1]).max() > 0) == (source != "ids")  # the one that nobody has touched
    model.save(tmp_path)
    np.testing.assert_array_equal(SASRec.load(tmp_path).item_matrix(), model.item_matrix())


def test_gru4rec_reads_texts_too(tmp_path: Path) -> None:
    split, texts = text_split()
    model = GRU4Rec(config=GRU4RecConfig(dim=16, width=24, max_length=16, blocks=2), text=texts)
    model.fit(split, replace(FIT, epochs=30, final=True))
    assert kinds_told_apart(model) > 0.9
    model.save(tmp_path)
    histories = [indexes(), indexes(1, 2), indexes(31)]
    np.testing.assert_array_equal(GRU4Rec.load(tmp_path).scores(histories), model.scores(histories))


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


def test_vectors_from_texts_need_texts() -> None:
    with pytest.raises(ModelError, match="item_source is 'text'"):
        SASRec(config=replace(SMALL, item_source="text")).fit(SPLIT, FIT)


def test_heads_that_do_not_divide_the_width_are_refused() -> None:
    with pytest.raises(ModelError, match=r"dim \(16\) must be a multiple of heads \(3\)"):
        SASRec(config=replace(SMALL, heads=3)).fit(SPLIT, FIT)


@pytest.mark.parametrize(
    ("setting", "value"), [("temperature", 0.01), ("temperature", 0.0), ("dim", 0), ("max_length", 0)]
)
def test_a_shape_that_makes_no_sense_is_refused(setting: str, value: float) -> None:
    with pytest.raises(ValueError, match=setting):
        NetworkConfig(**{setting: value})
