"""A single request must give what the model itself would rank first."""

from dataclasses import asdict

import numpy as np
import pytest
import torch

from recommender.models.sasrec import SASRec, SASRecConfig, SASRecNetwork
from recommender.serving.next_items import NextItems

N, LENGTH = 300, 12


@pytest.fixture(scope="module", params=["plain", "ligr"])
def model(request: pytest.FixtureRequest) -> SASRec:
    torch.manual_seed(0)
    shape = SASRecConfig(dim=16, max_length=LENGTH, layers=request.param)
    network = SASRecNetwork(N, shape, None)
    arrays = {name: value.numpy() for name, value in network.state_dict().items() if not name.startswith("items.")}
    arrays["start"] = np.ones(16, np.float32)
    arrays["items"] = np.random.default_rng(0).standard_normal((N + 1, 16)).astype(np.float32)
    return SASRec.restore([str(i) for i in range(N)], asdict(shape), arrays)


@pytest.mark.parametrize("length", [0, 1, 5, LENGTH, LENGTH + 20])
def test_it_ranks_as_the_model_does(model: SASRec, length: int) -> None:
    history = np.random.default_rng(length).integers(1, N + 1, length).astype(np.int32)
    requests = NextItems(model)
    np.testing.assert_allclose(requests.user_vector(history), model.user_vector([history])[0], atol=1e-6)
    items, scores = requests.top_k(history, 10, [7, 8])
    wanted = model.scores([history])[0] * model.shape.temperature
    wanted[[*(history - 1), 6, 7]] = -np.inf
    assert not set(items.tolist()) & {*history.tolist(), 7, 8}
    np.testing.assert_allclose(scores, np.sort(wanted)[::-1][:10], atol=1e-6)
    np.testing.assert_allclose(wanted[items - 1], scores, atol=1e-6)


@pytest.mark.parametrize("wrong", [0, -1, N + 1])
def test_an_item_that_does_not_exist_is_refused(model: SASRec, wrong: int) -> None:
    requests = NextItems(model)
    with pytest.raises(ValueError, match="indexes from 1"):
        requests.top_k(np.array([3, wrong], np.int32), 5)
    with pytest.raises(ValueError, match="exclude"):
        requests.top_k(np.array([3], np.int32), 5, [wrong])


def test_everything_seen_leaves_nothing(model: SASRec) -> None:
    items, scores = NextItems(model).top_k(np.arange(1, N + 1, dtype=np.int32), 5)
    assert len(items) == len(scores) == 0
