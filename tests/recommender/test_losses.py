"""The training losses, one by one against their formulas, and together in short trainings."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from recommender.models.batches import Batch, Histories
from recommender.models.losses import Objective, blocks
from recommender.models.neural import SequenceNetwork
from recommender.models.sasrec import SASRecConfig, SASRecNetwork
from recommender.models.teaching import DistilWeights, SoftLabels, Teaching
from tests.ring import N_ITEMS, indexes

SHAPE = SASRecConfig(dim=16, blocks=3, heads=2, max_length=8, dropout=0.0, temperature=0.1)
SOFT_ONLY = DistilWeights(soft=1.0, hard_negatives=False)


def network(n_items: int = N_ITEMS, shape: SASRecConfig = SHAPE, seed: int = 0) -> SASRecNetwork:
    torch.manual_seed(seed)
    made = SASRecNetwork(n_items, shape, None).eval()
    torch.nn.init.normal_(made.items.ids.weight, std=1.0)
    return made


def some_batch(n_items: int = N_ITEMS, seed: int = 0) -> tuple[Batch, int]:
    """Three windows over histories of which the first ends in a position without a label; and N positions."""
    random = np.random.default_rng(seed)
    histories = Histories([indexes(*random.integers(1, n_items + 1, n)) for n in (5, 3, 7)], 8, last=True)
    return histories.batch(np.arange(3), random), len(histories.flat) - 1


def random_labels(n: int, k: int = 6, n_items: int = N_ITEMS, seed: int = 0) -> SoftLabels:
    """Labels at random, of which every third row is unknown and every fourth has one item less."""
    random = np.random.default_rng(seed)
    items = np.array([random.permutation(n_items)[:k] + 1 for _ in range(n)], dtype=np.int32)
    chances = -np.sort(-random.dirichlet(np.ones(k), n), axis=1)
    items[::4, -1], chances[::4, -1] = 0, 0.0
    items[::3], chances[::3] = 0, 0.0
    chances /= np.maximum(chances.sum(axis=1, keepdims=True), 1e-9)
    return SoftLabels(items, chances.astype(np.float16))


def losses(
    net: SequenceNetwork,
    batch: Batch,
    candidates: torch.Tensor,
    labels: SoftLabels | None = None,
    weights: DistilWeights | None = None,
    teacher: SequenceNetwork | None = None,
) -> dict[str, torch.Tensor]:
    teachers = () if teacher is None else (teacher,)
    teaching = Teaching(labels, teachers, weights or DistilWeights(soft=0.5)) if labels or weights else None
    return Objective(net, teaching)(batch, candidates)


def by_hand(
    net: SASRecNetwork, batch: Batch, candidates: list[int], labels: SoftLabels | None, weights: DistilWeights
) -> dict[str, float]:
    """The losses from their formulas: sets of items, one position at a time, in float64."""
    with torch.no_grad():
        states = net.encode(net.items()[batch.inputs])
        users = net.head(states[-1]).double()
        unit = F.normalize(net.items().double(), dim=-1)
        start = F.normalize(net.start.double(), dim=0)
    temperature = net.config.temperature

    def log_sum(user: torch.Tensor, items: set[int]) -> float:
        return math.log(sum(math.exp(float(user @ unit[item]) / temperature) for item in items))

    hard, soft = [], []
    for row in range(len(batch.inputs)):
        for column in range(batch.inputs.shape[1]):
            user, label = users[row, column], int(batch.labels[row, column])
            position = int(batch.positions[row, column])
            targets: dict[int, float] = {}
            if labels is not None and position >= 0:
                chances = labels.probabilities[position].astype(float)
                targets = {int(i): p for i, p in zip(labels.items[position], chances, strict=True) if p > 0}
            if label:
                against = {*candidates, label} | (set(targets) if weights.hard_negatives else set())
                hard.append(log_sum(user, against) - float(user @ unit[label]) / temperature)
            if targets and (label or weights.last_position):
                everything = {*candidates, *targets} | ({label} if label else set())
                total = sum(targets.values())
                normaliser = log_sum(user, everything)
                soft.append(
                    sum(
                        p / total * (math.log(p / total) - float(user @ unit[item]) / temperature + normaliser)
                        for item, p in targets.items()
                    )
                )
    empty = [
        log_sum(start, {*candidates, first}) - float(start @ unit[first]) / temperature
        for first in batch.firsts.tolist()
    ]
    expected = {"cross_entropy": float(np.mean(hard)), "empty_history": net.config.empty_weight * float(np.mean(empty))}
    if labels is not None:
        expected["cross_entropy"] *= 1 - weights.soft
        if weights.soft:
            expected["soft_labels"] = weights.soft * float(np.mean(soft))
    return expected


# Against the formulas


@pytest.mark.parametrize("n_items", [N_ITEMS, 600], ids=["small catalogue", "large catalogue"])
@pytest.mark.parametrize("n_candidates", [1, 9, N_ITEMS])
@pytest.mark.parametrize("seed", range(3))
def test_the_next_item_loss_is_its_formula(n_items: int, n_candidates: int, seed: int) -> None:
    net, (batch, _) = network(n_items, seed=seed), some_batch(n_items, seed)
    candidates = np.random.default_rng(seed).permutation(n_items)[:n_candidates] + 1
    found = losses(net, batch, torch.from_numpy(candidates))
    expected = by_hand(net, batch, candidates.tolist(), None, DistilWeights(soft=0.0))
    assert {name: value.item() for name, value in found.items()} == pytest.approx(
        expected | {"loss": sum(expected.values())}, rel=1e-4
    )


@pytest.mark.parametrize("n_candidates", [1, 9, N_ITEMS])
@pytest.mark.parametrize("hard_negatives", [False, True])
@pytest.mark.parametrize("last_position", [False, True])
@pytest.mark.parametrize("soft", [0.0, 0.3, 1.0])
def test_the_losses_with_soft_labels_are_their_formulas(
    n_candidates: int, hard_negatives: bool, last_position: bool, soft: float
) -> None:
    net, (batch, n) = network(), some_batch()
    weights = DistilWeights(soft=soft, hard_negatives=hard_negatives, last_position=last_position)
    labels = random_labels(n)
    candidates = np.random.default_rng(4).permutation(N_ITEMS)[:n_candidates] + 1
    found = losses(net, batch, torch.from_numpy(candidates), labels, weights)
    expected = by_hand(net, batch, candidates.tolist(), labels, weights)
    assert {name: value.item() for name, value in found.items()} == pytest.approx(
        expected | {"loss": sum(expected.values())}, rel=1e-4
    )


def test_the_label_among_the_candidates_is_not_its_own_negative() -> None:
    net = network()
    batch = Batch(torch.tensor([[3]]), torch.tensor([[7]]), torch.tensor([[0]]), torch.tensor([3]))
    with_label = losses(net, batch, torch.tensor([7, 11, 12]))["cross_entropy"]
    without = losses(net, batch, torch.tensor([11, 12]))["cross_entropy"]
    torch.testing.assert_close(with_label, without)


def test_hard_negatives_add_nothing_to_a_full_softmax() -> None:
    net, (batch, n) = network(), some_batch()
    everything = torch.arange(1, N_ITEMS + 1)
    found = [
        losses(net, batch, everything, random_labels(n), DistilWeights(soft=0.5, hard_negatives=hard))["cross_entropy"]
        for hard in (False, True)
    ]
    torch.testing.assert_close(*found)


def test_hard_negatives_make_sampled_cross_entropy_harder_but_not_by_the_label_itself() -> None:
    net = network()
    batch = Batch(torch.tensor([[3]]), torch.tensor([[7]]), torch.tensor([[0]]), torch.tensor([3]))
    candidates = torch.tensor([11, 12])

    def found(items: list[int], hard: bool = True) -> float:
        labels = SoftLabels(np.array([items], np.int32), np.full((1, len(items)), 1 / len(items), np.float16))
        return losses(net, batch, candidates, labels, DistilWeights(soft=0.0, hard_negatives=hard))[
            "cross_entropy"
        ].item()

    bare = losses(net, batch, candidates)["cross_entropy"].item()
    assert found([7]) == pytest.approx(bare)
    assert found([11, 12, 7]) == pytest.approx(bare)  # they count already
    assert found([20, 21], hard=False) == pytest.approx(bare)
    assert found([20, 21]) > bare
    assert found([20, 21, 7, 11]) == pytest.approx(found([20, 21]))


def test_padding_adds_nothing() -> None:
    net = network()
    candidates = torch.arange(1, N_ITEMS + 1)
    histories = Histories([indexes(3, 7, 2), indexes(*range(1, 9))], 8)
    random = np.random.default_rng(0)
    alone = losses(net, histories.batch(np.array([0]), random), candidates)["cross_entropy"]
    other = losses(net, histories.batch(np.array([1]), random), candidates)["cross_entropy"]
    both = losses(net, histories.batch(np.array([0, 1]), random), candidates)["cross_entropy"]
    torch.testing.assert_close(both, (2 * alone + 7 * other) / 9)


def test_a_masked_first_item_is_predicted_all_the_same_in_a_large_catalogue() -> None:
    net = network(600)
    batch = Batch(torch.tensor([[0, 9]]), torch.tensor([[9, 30]]), torch.tensor([[0, 1]]), torch.tensor([555]))
    found = losses(net, batch, torch.tensor([5, 6]))["empty_history"].item()
    assert found == pytest.approx(by_hand(net, batch, [5, 6], None, DistilWeights())["empty_history"], rel=1e-4)


# Soft labels


def students_own(net: SASRecNetwork, batch: Batch, n: int, candidates: torch.Tensor) -> SoftLabels:
    """What the student itself says over the candidates, as labels."""
    with torch.no_grad():
        users = net.hidden(batch.inputs)
        scores = users @ F.normalize(net.items(), dim=-1)[candidates].T / net.config.temperature
        order = scores.softmax(dim=-1).sort(dim=-1, descending=True)
    there = batch.positions >= 0
    at = batch.positions[there].numpy()
    items = np.zeros((n, len(candidates)), np.int32)
    chances = np.zeros((n, len(candidates)), np.float16)
    items[at] = candidates[order.indices[there]].numpy()
    chances[at] = order.values[there].numpy()
    return SoftLabels(items, chances)


@pytest.mark.parametrize("n_candidates", [12, N_ITEMS])
def test_the_soft_loss_is_nothing_where_the_student_agrees_with_its_teacher(n_candidates: int) -> None:
    net = network(shape=replace(SHAPE, temperature=0.3))
    random = np.random.default_rng(0)
    histories = Histories([indexes(*random.integers(1, 11, n)) for n in (5, 3, 7)], 8, last=True)
    batch, candidates = histories.batch(np.arange(3), random), torch.arange(1, n_candidates + 1)
    labels = students_own(net, batch, 15, candidates)
    same = losses(net, batch, candidates, labels, SOFT_ONLY)["soft_labels"]
    assert same.item() == pytest.approx(0.0, abs=1e-3)
    other = losses(network(shape=net.config, seed=1), batch, candidates, labels, SOFT_ONLY)["soft_labels"]
    assert other.item() > 0.1
    # And it is where no gradient pulls any more.
    net.zero_grad()
    same.backward()
    assert max(p.grad.abs().max().item() for p in net.parameters() if p.grad is not None) < 1e-2


@pytest.mark.parametrize("confidence", [False, True])
@given(seed=st.integers(0, 200), n_candidates=st.integers(1, N_ITEMS))
def test_the_soft_loss_is_never_negative(confidence: bool, seed: int, n_candidates: int) -> None:
    net, (batch, n) = network(seed=seed), some_batch(seed=seed)
    candidates = torch.from_numpy(np.random.default_rng(seed).permutation(N_ITEMS)[:n_candidates] + 1)
    weights = replace(SOFT_ONLY, confidence=confidence)
    assert losses(net, batch, candidates, random_labels(n, seed=seed), weights)["soft_labels"].item() > -1e-5


def test_confidence_weighs_the_teachers_items_otherwise() -> None:
    net, (batch, n) = network(), some_batch()
    candidates, labels = torch.arange(1, N_ITEMS + 1), random_labels(n)
    plain, weighed = (
        losses(net, batch, candidates, labels, replace(SOFT_ONLY, confidence=confidence))["soft_labels"].item()
        for confidence in (False, True)
    )
    assert plain != pytest.approx(weighed, rel=1e-2)


def test_positions_without_soft_labels_contribute_nothing_and_gradients_are_finite() -> None:
    batch, n = some_batch()
    candidates, labels = torch.arange(1, 20), random_labels(n)
    unknown = labels.probabilities.sum(axis=1) == 0
    other_items = labels.items.copy()
    other_items[unknown] = 33  # what stands there is no matter
    found = []
    for items in (labels.items, other_items):
        net = network()
        loss = losses(net, batch, candidates, SoftLabels(items, labels.probabilities), DistilWeights(soft=0.5))["loss"]
        loss.backward()
        found.append((loss, {name: p.grad for name, p in net.named_parameters() if p.grad is not None}))
    torch.testing.assert_close(found[0], found[1])
    assert all(torch.isfinite(grad).all() for grad in found[0][1].values())


def test_without_any_soft_label_only_the_true_items_teach() -> None:
    net, (batch, n) = network(), some_batch()
    nothing = SoftLabels(np.zeros((n, 4), np.int32), np.zeros((n, 4), np.float16))
    loss = losses(net, batch, torch.arange(1, 20), nothing, DistilWeights(soft=0.5))
    assert loss["soft_labels"].item() == 0
    loss["loss"].backward()
    assert all(torch.isfinite(p.grad).all() for p in net.parameters() if p.grad is not None)
    bare = losses(net, batch, torch.arange(1, 20))
    torch.testing.assert_close(loss["cross_entropy"], 0.5 * bare["cross_entropy"])


def test_a_catalogue_of_one_item_has_finite_gradients() -> None:
    net = network()
    batch = Batch(torch.tensor([[4, 4]]), torch.tensor([[4, 4]]), torch.tensor([[0, 1]]), torch.tensor([4]))
    loss = losses(net, batch, torch.tensor([4]))["loss"]
    loss.backward()
    assert loss.item() == 0
    assert all(torch.isfinite(p.grad).all() for p in net.parameters() if p.grad is not None)


def test_a_batch_without_a_label_is_no_accident() -> None:
    net, teacher = network(), network(seed=1)
    batch = Batch(torch.tensor([[4]]), torch.tensor([[0]]), torch.tensor([[0]]), torch.tensor([4]))
    weights = DistilWeights(cosine=1, norm=1, intermediate=1)
    found = losses(net, batch, torch.tensor([4, 5]), None, weights, teacher)
    assert all(torch.isfinite(value) for value in found.values())
    assert found["cross_entropy"].item() == found["align_cosine"].item() == 0


# Hidden states and heads at intermediate blocks


@given(st.integers(1, 30), st.integers(1, 8))
def test_blocks_are_about_equal_and_end_at_the_last_layer(layers: int, n: int) -> None:
    ends = blocks(layers, n)
    assert len(ends) == min(n, layers)
    assert ends[-1] == layers - 1
    sizes = np.diff([-1, *ends])
    assert sizes.min() >= 1 and np.ptp(sizes) <= 1


def test_a_copy_of_the_teacher_has_nothing_to_align() -> None:
    batch, _ = some_batch()
    found = losses(network(), batch, torch.arange(1, 9), None, DistilWeights(cosine=1.0, norm=1.0), network())
    assert found["align_cosine"].item() == pytest.approx(0.0, abs=1e-5)
    assert found["align_norm"].item() == pytest.approx(0.0, abs=1e-5)


def test_a_teachers_item_vectors_are_computed_once() -> None:
    teacher, (batch, _) = network(seed=1), some_batch()
    computed: list[object] = []
    teacher.items.register_forward_hook(lambda *_: computed.append(_))
    objective = Objective(network(), Teaching(None, (teacher,), DistilWeights(cosine=1.0, soft=0.0)))
    found = [objective(batch, torch.arange(1, 9))["align_cosine"] for _ in range(3)]
    assert len(computed) == 1 and found[0] == found[1] == found[2]
    mine = set(map(id, objective.parameters()))
    assert not mine & set(map(id, teacher.parameters())), "nothing of the teacher is trained"


@pytest.mark.parametrize(("layers", "n_blocks"), [(3, 4), (3, 3), (6, 3), (6, 1), (2, 4)])
def test_alignment_is_the_sum_over_blocks_of_the_mean_over_positions(layers: int, n_blocks: int) -> None:
    student, teacher = network(), network(shape=replace(SHAPE, blocks=layers), seed=1)
    batch, _ = some_batch()
    weights = DistilWeights(cosine=2.0, norm=0.1, blocks=n_blocks, soft=0.0)
    found = losses(student, batch, torch.arange(1, 9), None, weights, teacher)
    with torch.no_grad():
        mine, theirs = (net.encode(net.items()[batch.inputs]) for net in (student, teacher))
    n = min(n_blocks, 3, layers)
    cosine = norm = 0.0
    for at_mine, at_theirs in zip(blocks(3, n), blocks(layers, n), strict=True):
        h_s, h_t = mine[at_mine][batch.labels != 0], theirs[at_theirs][batch.labels != 0]
        cosine += float(np.mean([1 - float(a @ b / (a.norm() * b.norm())) for a, b in zip(h_s, h_t, strict=True)]))
        norm += float(np.mean([float((a - b).norm()) for a, b in zip(h_s, h_t, strict=True)]))
    assert found["align_cosine"].item() == pytest.approx(2.0 * cosine, rel=1e-4)
    assert found["align_norm"].item() == pytest.approx(0.1 * norm, rel=1e-4)


def test_the_intermediate_loss_is_the_cross_entropy_of_the_earlier_heads() -> None:
    net, (batch, _) = network(), some_batch()
    candidates = torch.arange(1, 20)
    found = losses(net, batch, candidates, None, DistilWeights(intermediate=0.5, soft=0.0))
    expected = 0.0
    for depth in (1, 2):  # of three blocks
        shorter = network(shape=replace(SHAPE, blocks=depth))
        shorter.load_state_dict(net.state_dict(), strict=False)
        expected += 0.5 * losses(shorter, batch, candidates)["cross_entropy"].item()
    assert found["intermediate"].item() == pytest.approx(expected, rel=1e-4)
