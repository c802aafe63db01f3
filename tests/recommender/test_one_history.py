"""The fast way to read one history must give what the network itself gives."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch

from recommender.catalogue import Catalogue
from recommender.models.gru4rec import GRU4Rec, GRU4RecConfig
from recommender.models.neural import NeuralModel
from recommender.models.popular import MostPopular
from recommender.models.sasrec import SASRec, SASRecConfig, SASRecNetwork
from recommender.serving.one_history import reader, scorer
from recommender.serving.recall import ModelScores
from storage.records import ItemRecord

N, LONGEST = 60, 9


def drawn(model: NeuralModel, text: bool = False, scale: float = 2.0) -> NeuralModel:
    """The model as if trained, every weight drawn at random: biases and norms too, which start at 0 and 1."""
    torch.manual_seed(0)
    model.items = tuple(str(item) for item in range(N))
    texts = torch.randn(N + 1, 5) if text else None
    model._network = model.build(N, texts, pretrained=False)
    with torch.no_grad():
        for weights in model.network.parameters():
            weights.normal_(std=scale / model.shape.dim**0.5)
    return model


def sasrec(**shape: Any) -> SASRec:
    return SASRec(config=SASRecConfig(**{"dim": 16, "max_length": LONGEST} | shape))


def history(length: int) -> np.ndarray:
    return np.random.default_rng(length).integers(1, N + 1, length).astype(np.int32)


@pytest.mark.parametrize("layers", ["plain", "ligr"])
@pytest.mark.parametrize(
    "shape",
    [{}, {"blocks": 1}, {"blocks": 3, "heads": 1}, {"dim": 12, "heads": 4}, {"dim": 128}, {"max_length": 1}],
    ids=str,
)
@pytest.mark.parametrize("text", [False, True], ids=["ids", "text"])
def test_sasrec_is_read_as_by_its_network(layers: str, shape: dict[str, Any], text: bool) -> None:
    model = drawn(sasrec(layers=layers, **shape), text)
    read = reader(model)
    for length in range(LONGEST + 3):  # none, each that fits, and more than fit
        found = read(history(length))
        assert found.dtype == np.float32 and found.shape == (model.shape.dim,)
        np.testing.assert_allclose(found, model.user_vector([history(length)])[0], rtol=1e-4, atol=1e-5)


def test_a_model_without_a_fast_way_is_read_by_its_network() -> None:
    class Reversed(SASRecNetwork):
        def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
            return super().encode(-x)

    class Opposite(SASRec):
        def build(self, n_items: int, text: torch.Tensor | None, pretrained: bool) -> SASRecNetwork:
            return Reversed(n_items, self.shape, text)

    for model in (GRU4Rec(config=GRU4RecConfig(dim=16, width=24)), Opposite(config=sasrec().shape)):
        read = reader(drawn(model))
        for length in (0, 1, 5, LONGEST + 3):
            wanted = model.user_vector([history(length)])[0]
            np.testing.assert_allclose(read(history(length)), wanted, rtol=1e-4, atol=1e-5)


def test_scores_are_those_of_the_model_but_for_rounding() -> None:
    counts = MostPopular([str(item) for item in range(N)], np.arange(N, dtype=np.float32))
    for model in (drawn(sasrec()), drawn(GRU4Rec(config=GRU4RecConfig(dim=16, width=24))), counts):
        score = scorer(model)
        for length in (0, 1, 5, LONGEST + 3):
            found, wanted = score(history(length)), model.scores([history(length)])[0]
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def test_one_person_is_ranked_for_without_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    model, liked = drawn(sasrec()), ["7", "3", "40"]
    student = ModelScores(model, Catalogue([ItemRecord(str(item), f"Thing {item}") for item in range(N + 5)]))
    of_two = student.scores([liked, ["1"]])
    monkeypatch.setattr(SASRecNetwork, "encode", None)
    np.testing.assert_allclose(student.scores([liked])[0], of_two[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("layers", ["plain", "ligr"])
def test_sasrec_needs_no_network(layers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = reader(drawn(sasrec(layers=layers)))
    monkeypatch.setattr(SASRecNetwork, "encode", None)
    assert np.isfinite(read(history(5))).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("layers", ["plain", "ligr"])
@pytest.mark.parametrize("scale", [0.0, 80.0])
def test_extreme_weights_neither_overflow_nor_divide_by_nothing(layers: str, scale: float) -> None:
    model = drawn(sasrec(layers=layers), scale=scale)
    np.testing.assert_allclose(reader(model)(history(7)), model.user_vector([history(7)])[0], rtol=1e-3, atol=1e-4)


def test_an_item_of_zeros_stays_one() -> None:
    model = drawn(sasrec())
    with torch.no_grad():
        model.network.items.ids.weight[3] = 0
    seen = np.array([1, 3, 3], np.int32)
    np.testing.assert_allclose(reader(model)(seen), model.user_vector([seen])[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("wrong", [0, -1, N + 1])
@pytest.mark.parametrize("make", [sasrec, GRU4Rec])
def test_an_item_that_does_not_exist_is_refused(make: Callable[[], NeuralModel], wrong: int) -> None:
    with pytest.raises(ValueError, match=f"indexes from 1 to {N}"):
        reader(drawn(make()))(np.array([3, wrong], np.int32))


def test_threads_share_a_reader() -> None:
    read = reader(drawn(sasrec()))
    histories = [history(length) for length in range(LONGEST + 1)] * 20
    with ThreadPoolExecutor(4) as threads:
        for found, wanted in zip(threads.map(read, histories), map(read, histories), strict=True):
            np.testing.assert_array_equal(found, wanted)
