"""Where a model is trained: on a GPU where there is one, and on the processor exactly as ever."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from recommender.models.base import ModelError
from recommender.models.batches import Histories
from recommender.models.losses import Objective
from recommender.models.sasrec import SASRec, SASRecConfig
from recommender.models.teaching import DistilWeights, SoftLabels, Teaching
from recommender.names import AUGMENTATIONS
from tests.recommender.test_fitting import FIT, SHAPE, SPLIT, STEPS, TEXTS, fitted, interrupt_at, same_weights
from tests.ring import N_ITEMS, indexes


def test_the_device_changes_nothing_of_a_run_on_the_processor(tmp_path: Path) -> None:
    """Neither its weights nor what it is known by: caches and checkpoints of before are found again."""
    options = replace(FIT, epochs=2)
    assert repr(options) == repr(replace(options, device="cpu"))
    expected, _ = fitted(options)
    stop = {"on_progress": interrupt_at(STEPS + 2)}
    with pytest.raises(KeyboardInterrupt):
        fitted(replace(options, checkpoint=tmp_path, checkpoint_s=0.0), **stop)
    seen: list[int] = []
    resumed, _ = fitted(
        replace(options, checkpoint=tmp_path, device="cpu"), on_progress=lambda done, *_: seen.append(done)
    )
    assert seen[:2] == [STEPS + 1, STEPS + 2], "the checkpoint, said first, and the step after it"
    assert same_weights(resumed, expected)


def test_no_tensor_of_a_step_is_made_without_saying_where() -> None:
    """What is made without a device lands on PyTorch's default, here one that cannot be mixed with others."""
    config = SASRecConfig(dim=16, blocks=2, heads=2, max_length=8, id_dropout=0.2, negatives=12)
    model, teacher = SASRec(config=config, text=TEXTS), SASRec(config=config)
    for one in (model, teacher):
        one.fit(SPLIT, replace(FIT, epochs=1))
    n = sum(map(len, SPLIT.train))
    items = np.tile(np.arange(1, 5, dtype=np.int32), (n, 1))
    labels = SoftLabels(items, np.full((n, 4), 0.25, dtype=np.float16))
    weights = DistilWeights(soft=0.5, confidence=True, cosine=1.0, norm=0.1, intermediate=1.0)
    taught = Teaching(labels, (teacher.network,), weights)
    batch = Histories(SPLIT.train, 8, last=True).batch(np.arange(32), np.random.default_rng(0), AUGMENTATIONS)
    touched = torch.arange(1, N_ITEMS)
    objective = Objective(model.network.train(), taught)
    with torch.device("meta"):
        for candidates in (touched, touched[:3]):
            losses = objective(batch.to(torch.device("cpu")), candidates)
            losses["loss"].backward()
        model.network.items.welcome_touched(touched)
        vectors = model.position_vectors(SPLIT.train)
        scores = model.scores([indexes(1, 2), indexes()])
    assert {"soft_labels", "align_cosine", "align_norm", "intermediate"} <= set(losses)
    assert all(loss.device.type == "cpu" and torch.isfinite(loss) for loss in losses.values())
    assert np.isfinite(scores).all() and np.isfinite(vectors).all()


def test_texts_move_with_the_network() -> None:
    model = SASRec(config=SHAPE, text=TEXTS)
    model.fit(SPLIT, replace(FIT, epochs=1))
    network = copy.deepcopy(model.network)
    assert network.to("meta").items.text.device.type == "meta" == network.items().device.type


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_said() -> None:
    with pytest.raises(ModelError, match="device is 'cuda', but PyTorch finds 0 GPUs"):
        fitted(replace(FIT, epochs=1, device="cuda"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_trains_like_the_processor() -> None:
    (model, report), (_, expected) = (fitted(replace(FIT, epochs=3, device=device)) for device in ("cuda", "cpu"))
    assert model.network.device.type == "cuda"
    assert report["log"][-1]["loss"] == pytest.approx(expected["log"][-1]["loss"], rel=0.1)
    assert np.isfinite(model.scores([indexes(1, 2), indexes()])).all()
