"""Students in training: every loss falls, each can be switched off, and what does not fit is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from recommender.models.base import FitOptions, ModelError
from recommender.models.ellmrec import ELLMRec, ELLMRecConfig
from recommender.models.losses import Objective
from recommender.models.sasrec import SASRec
from recommender.models.slmrec import SLMRec, SLMRecConfig
from recommender.models.teaching import DistilWeights, SoftLabels, Teaching, followed
from tests.recommender.test_losses import SHAPE, SOFT_ONLY, network, random_labels
from tests.recommender.tiny_llm import tiny_llm
from tests.ring import N_ITEMS, N_SEEN, indexes, markov_split

SPLIT = markov_split()
N_POSITIONS = sum(len(history) for history in SPLIT.train)


def ring_labels(k: int = 5) -> SoftLabels:
    """A teacher who knows the ring: the next item has .8, the ones behind it share the rest."""
    flat = np.concatenate(SPLIT.train)
    items = np.stack([(flat - 1 + ahead) % N_SEEN + 1 for ahead in range(1, k + 1)], axis=1).astype(np.int32)
    chances = np.tile(np.array([0.8] + [0.2 / (k - 1)] * (k - 1), np.float16), (len(flat), 1))
    return SoftLabels(items, chances)


FIT = FitOptions(epochs=6, patience=6, batch_size=32, learning_rate=1e-2, seed=1)
STUDENT = SLMRecConfig(llm="", dim=16, n_layers=2, heads=2, max_length=8, dropout=0.0)
TERMS = ("cross_entropy", "soft_labels", "align_cosine", "align_norm", "intermediate", "empty_history")


def student(**changes: Any) -> SLMRec:
    return SLMRec(config=replace(STUDENT, llm=str(tiny_llm()), **changes))


@pytest.fixture(scope="module")
def teacher() -> ELLMRec:
    model = ELLMRec(config=ELLMRecConfig(llm=str(tiny_llm()), dim=16, n_layers=4, max_length=8, dropout=0.0))
    model.fit(SPLIT, replace(FIT, epochs=3))
    return model


@pytest.fixture(scope="module")
def distilled(teacher: ELLMRec) -> list[dict[str, float]]:
    """The log of a student with every loss of the paper, and soft labels."""
    weights = DistilWeights(soft=0.5, cosine=1.0, norm=0.1, intermediate=1.0)
    before = {name: value.clone() for name, value in teacher.network.state_dict().items()}
    report = student().fit(SPLIT, FIT, teaching=Teaching(ring_labels(), (teacher.network,), weights))
    torch.testing.assert_close(dict(teacher.network.state_dict()), before, rtol=0, atol=0)  # it only teaches
    log: list[dict[str, float]] = report["log"]
    return log


@pytest.mark.parametrize("term", [*TERMS, "loss"])
def test_every_loss_is_above_zero_and_falls(term: str, distilled: list[dict[str, float]]) -> None:
    values = [entry[term] for entry in distilled]
    assert min(values) > 0
    assert values[-1] < 0.95 * values[0]


def test_the_loss_is_the_sum_of_its_terms(distilled: list[dict[str, float]]) -> None:
    for entry in distilled:
        assert sum(entry[term] for term in TERMS) == pytest.approx(entry["loss"], abs=1e-3)


@pytest.mark.parametrize(
    ("weight", "term"),
    [("soft", "soft_labels"), ("cosine", "align_cosine"), ("norm", "align_norm"), ("intermediate", "intermediate")],
)
def test_a_weight_of_zero_takes_its_loss_away_and_no_other(weight: str, term: str, teacher: ELLMRec) -> None:
    weights = replace(DistilWeights(soft=0.5, cosine=1.0, norm=0.1, intermediate=1.0), **{weight: 0.0})
    report = student().fit(SPLIT, replace(FIT, epochs=1), teaching=Teaching(ring_labels(), (teacher.network,), weights))
    (entry,) = report["log"]
    assert term not in entry
    assert set(TERMS) - {term} <= set(entry)


def test_without_a_teacher_only_the_next_item_counts() -> None:
    (entry,) = student().fit(SPLIT, replace(FIT, epochs=1))["log"]
    assert set(TERMS) & set(entry) == {"cross_entropy", "empty_history"}


def test_a_student_of_soft_labels_alone_learns_the_teachers_order() -> None:
    model = SASRec(config=replace(SHAPE, dropout=0.1))
    model.fit(SPLIT, replace(FIT, epochs=10), teaching=Teaching(ring_labels(), (), SOFT_ONLY))
    starts = range(1, N_SEEN + 1)
    first = model.scores([indexes(item) for item in starts]).argmax(axis=1) + 1
    assert np.mean(first == [item % N_SEEN + 1 for item in starts]) > 0.9


def test_items_that_only_the_teacher_names_and_the_padding_stay_without_an_id() -> None:
    labels = ring_labels()
    labels.items[:, -1] = N_ITEMS  # nobody has touched it
    norms: list[float] = []
    model = SASRec(config=replace(SHAPE, dropout=0.1))
    clip = torch.nn.utils.clip_grad_norm_

    def watched(*args: Any) -> torch.Tensor:
        norms.append(float(clip(*args)))
        return torch.tensor(norms[-1])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.utils, "clip_grad_norm_", watched)
        model.fit(SPLIT, replace(FIT, epochs=2, augment=("mask",)), teaching=Teaching(labels))
    assert max(norms) < 1e3  # normalising a vector of zeros would have a gradient of 1e12
    ids = model.network.items.ids.weight
    assert (ids[0] == 0).all() and (ids[N_SEEN + 1 :] == 0).all()
    assert (ids[1 : N_SEEN + 1] != 0).any(dim=1).all()


# What is refused


def test_states_of_unequal_width_cannot_be_aligned(teacher: ELLMRec) -> None:
    teaching = Teaching(None, (teacher.network,), DistilWeights(cosine=1.0))
    with pytest.raises(ModelError, match=r"32 wide, the student's 16.*Set cosine and norm to 0"):
        SASRec(config=SHAPE).fit(SPLIT, FIT, teaching=teaching)


def test_a_student_that_reads_further_than_its_teacher_cannot_be_aligned() -> None:
    teaching = Teaching(None, (network(shape=replace(SHAPE, max_length=4)),), DistilWeights(norm=1.0))
    with pytest.raises(ModelError, match="reads 4 items, the student 8"):
        SASRec(config=SHAPE).fit(SPLIT, FIT, teaching=teaching)


def test_the_first_teacher_that_can_be_followed_is() -> None:
    other = [replace(SHAPE, dim=8), replace(SHAPE, max_length=4), SHAPE, replace(SHAPE, max_length=50)]
    teachers = tuple(network(shape=shape) for shape in other)
    guide = Objective(network(), Teaching(None, teachers, DistilWeights(cosine=1.0))).guide
    assert guide is not None and guide[0] is teachers[2]
    with pytest.raises(ModelError, match="8 and 32 wide, the student's 16"):
        followed(SHAPE, [replace(SHAPE, dim=8), replace(SHAPE, dim=32)])
    with pytest.raises(ModelError, match="reads 5 items, the student 8"):
        followed(SHAPE, [replace(SHAPE, max_length=4), replace(SHAPE, max_length=5), replace(SHAPE, dim=32)])


def test_alignment_needs_a_network() -> None:
    with pytest.raises(ModelError, match="needs a neural teacher"):
        SASRec(config=SHAPE).fit(SPLIT, FIT, teaching=Teaching(ring_labels(), (), DistilWeights(cosine=1.0)))


@pytest.mark.parametrize("change", [-1, 1])
def test_soft_labels_of_other_histories_are_refused(change: int) -> None:
    labels = random_labels(N_POSITIONS + change)
    with pytest.raises(ModelError, match=r"belong to other histories.*Make them again"):
        SASRec(config=SHAPE).fit(SPLIT, FIT, teaching=Teaching(labels))


@pytest.mark.parametrize(
    ("setting", "value"),
    [("soft", -0.1), ("soft", 1.1), ("cosine", -1), ("norm", -1), ("intermediate", -1), ("blocks", 0)],
)
def test_weights_that_make_no_sense_are_refused(setting: str, value: float) -> None:
    with pytest.raises(ValueError, match=setting):
        DistilWeights(**{setting: value})
