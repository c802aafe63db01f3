"""Training histories as batches: which positions are read, which predict what, and what augmentation leaves true."""

from collections import Counter
from dataclasses import astuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recommender.data.sequences import Indexes
from recommender.models.base import pad
from recommender.models.batches import Batch, Histories, batches
from recommender.models.ellmrec import ELLMRec, ELLMRecConfig
from recommender.models.gru4rec import GRU4Rec, GRU4RecConfig
from recommender.models.neural import NeuralModel
from recommender.models.sasrec import SASRec, SASRecConfig
from recommender.names import AUGMENTATIONS
from tests.recommender.tiny_llm import tiny_llm
from tests.ring import ITEMS, indexes, markov_split

LENGTHS = st.lists(st.integers(0, 14), max_size=6)


def numbered(lengths: list[int]) -> list[Indexes]:
    """Histories of these lengths in which every item occurs once, in order: item f + 1 stands at flat position f."""
    starts = np.cumsum([0, *lengths]) + 1
    return [indexes(*range(start, start + n)) for start, n in zip(starts, lengths, strict=False)]


def whole(histories: Histories, augment: tuple[str, ...] = (), seed: int = 0) -> Batch | None:
    """Every window in one batch."""
    if not len(histories):
        return None
    return histories.batch(np.arange(len(histories)), np.random.default_rng(seed), augment)


def answers(histories: Histories) -> list[tuple[int, int]]:
    """(flat position, label) of every position that has either."""
    batch = whole(histories)
    if batch is None:
        return []
    there = (batch.positions >= 0) | (batch.labels != 0)
    return list(zip(batch.positions[there].tolist(), batch.labels[there].tolist(), strict=True))


# Windows


@given(LENGTHS, st.integers(1, 8), st.booleans(), st.booleans())
def test_every_item_but_the_first_is_a_label_once(lengths: list[int], length: int, last: bool, only_last: bool) -> None:
    histories = Histories(numbered(lengths), length, last=last, only_last=only_last)
    found = answers(histories)
    labelled = [(position, label) for position, label in found if label]
    expected = [item for history in numbered(lengths) for item in history[1:].tolist()]
    assert sorted(label for _, label in labelled) == expected
    assert histories.n_labels == len(labelled)
    assert all(label == position + 2 for position, label in labelled)  # the item behind the position


@given(LENGTHS, st.integers(1, 8), st.booleans())
def test_the_newest_item_is_read_only_where_asked_and_has_no_label(
    lengths: list[int], length: int, only_last: bool
) -> None:
    newest = [end - 1 for end, n in zip(np.cumsum(lengths), lengths, strict=True) if n >= 2]
    without, with_last = (
        [position for position, label in answers(Histories(numbered(lengths), length, last, only_last)) if not label]
        for last in (False, True)
    )
    assert without == []
    assert sorted(with_last) == newest


@given(LENGTHS, st.integers(1, 8), st.booleans(), st.booleans())
def test_a_window_holds_at_most_its_length_of_one_history_in_order(
    lengths: list[int], length: int, last: bool, only_last: bool
) -> None:
    histories = Histories(numbered(lengths), length, last=last, only_last=only_last)
    batch = whole(histories)
    if batch is None:
        assert all(n < 2 for n in lengths)
        return
    assert batch.inputs.shape == batch.labels.shape == batch.positions.shape
    assert batch.inputs.shape[1] <= length
    whose = np.repeat(np.arange(len(lengths)), lengths)
    for row, first in zip(batch.inputs.tolist(), batch.firsts.tolist(), strict=True):
        items = [item for item in row if item]
        assert row == items + [0] * (len(row) - len(items))
        assert items == list(range(items[0], items[0] + len(items)))
        assert len({whose[item - 1] for item in items}) == 1
        assert first == items[0]


@given(LENGTHS, st.integers(1, 8))
def test_with_labels_at_the_last_position_each_window_reads_all_that_fits(lengths: list[int], length: int) -> None:
    histories = numbered(lengths)
    starts = {int(item): int(history[0]) for history in histories for item in history}
    batch = whole(Histories(histories, length, only_last=True))
    if batch is None:
        return
    for inputs, labels in zip(batch.inputs.tolist(), batch.labels.tolist(), strict=True):
        items = [item for item in inputs if item]
        assert [bool(label) for label in labels] == [False] * (len(items) - 1) + [True] + [False] * (
            len(inputs) - len(items)
        )
        assert items[0] == max(starts[items[-1]], items[-1] - length + 1)


def test_histories_that_are_too_short_have_no_window() -> None:
    assert len(Histories([indexes(), indexes(4)], 5)) == 0
    assert len(Histories([indexes(), indexes(4)], 5, last=True)) == 0
    assert len(Histories([indexes(), indexes(4)], 5, last=True, shortest=1)) == 1
    assert len(Histories([], 5)) == 0


def test_touched_items_are_those_that_occur() -> None:
    assert Histories([indexes(7, 3), indexes(), indexes(3), indexes(9, 9)], 5).touched().tolist() == [3, 7, 9]


# Batches


@given(LENGTHS, st.integers(1, 8), st.integers(1, 5), st.booleans(), st.integers(0, 5))
def test_an_epoch_is_a_permutation_of_the_windows(
    lengths: list[int], length: int, size: int, bucketed: bool, seed: int
) -> None:
    histories = Histories(numbered(lengths), length)
    order = histories.order(size, np.random.default_rng(seed), bucketed)
    assert sorted(np.concatenate([*order, np.zeros(0, np.int64)]).tolist()) == list(range(len(histories)))
    assert len(order) == -(-len(histories) // size)
    assert all(0 < len(batch) <= size for batch in order)


def test_buckets_pad_less_and_come_in_mixed_order() -> None:
    random = np.random.default_rng(0)
    histories = Histories(numbered(random.integers(2, 51, 400).tolist()), 50)
    padding = {}
    for bucketed in (False, True):
        made = list(batches(histories, 16, seed=0, epoch=1, bucketed=bucketed))
        padding[bucketed] = np.mean([float((batch.inputs == 0).float().mean()) for batch in made])
    assert padding[True] < 0.3 * padding[False]
    widths = [batch.inputs.shape[1] for batch in made]
    assert widths != sorted(widths) and widths != sorted(widths, reverse=True)


def test_the_same_seed_and_epoch_give_the_same_batches_and_others_do_not() -> None:
    histories = Histories(markov_split().train, 6)

    def made(seed: int, epoch: int) -> list[list]:
        return [
            [part.tolist() for part in astuple(batch)] for batch in batches(histories, 16, seed, epoch, AUGMENTATIONS)
        ]

    first = made(1, 1)
    assert made(1, 1) == first
    assert made(1, 2) != first != made(2, 1)


# Augmentation


@pytest.mark.parametrize("only_last", [False, True])
@pytest.mark.parametrize("augment", [(), ("crop",), ("reorder",), ("crop", "reorder")], ids=" and ".join)
@pytest.mark.parametrize("last", [False, True])
def test_labels_are_the_next_item_of_the_row_as_it_is_read(
    augment: tuple[str, ...], last: bool, only_last: bool
) -> None:
    lengths = list(range(2, 15)) * 5
    ends = set(np.cumsum(lengths).tolist())  # the newest items
    batch = whole(Histories(numbered(lengths), 9, last, only_last), augment)
    assert batch is not None
    for row, labels in zip(batch.inputs.tolist(), batch.labels.tolist(), strict=True):
        items = [item for item in row if item]
        behind = 0 if max(items) in ends else max(items) + 1
        before = [0] * (len(items) - 1) if only_last else items[1:]
        assert labels == [*before, behind] + [0] * (len(row) - len(items))


def test_crop_keeps_a_connected_piece_of_most_of_the_window() -> None:
    histories = Histories(numbered([10] * 200), 9)
    batch = whole(histories, ("crop",))
    assert batch is not None
    lengths = (batch.inputs != 0).sum(dim=1).tolist()
    for inputs, positions in zip(batch.inputs.tolist(), batch.positions.tolist(), strict=True):
        items = [item for item in inputs if item]
        assert items == list(range(items[0], items[0] + len(items)))
        assert [position + 1 for position in positions if position >= 0] == items
    assert min(lengths) == 6  # of 9
    assert 0.3 < np.mean([length < 9 for length in lengths]) < 0.7


def test_crop_moves_the_only_label_to_the_end_of_the_piece() -> None:
    batch = whole(Histories(numbered([10] * 50), 9, only_last=True), ("crop",))
    assert batch is not None
    for inputs, labels in zip(batch.inputs.tolist(), batch.labels.tolist(), strict=True):
        items = [item for item in inputs if item]
        assert [label for label in labels if label] == [items[-1] + 1]


@pytest.mark.parametrize("only_last", [False, True])
def test_reorder_shuffles_some_rows_and_keeps_their_items(only_last: bool) -> None:
    histories = Histories(numbered([12] * 100), 11, only_last=only_last)
    before, after = whole(histories), whole(histories, ("reorder",))
    assert before is not None and after is not None
    changed = (before.inputs != after.inputs).any(dim=1)
    long = (before.inputs != 0).sum(dim=1) >= 3
    assert 0.2 < float(changed[long].float().mean()) < 0.6
    assert not changed[~long].any()
    for old, new in zip(before.inputs.tolist(), after.inputs.tolist(), strict=True):
        assert Counter(old) == Counter(new)
        assert sum(a != b for a, b in zip(old, new, strict=True)) <= max(2, 11 // 3)
    assert ((after.labels != 0) == (before.labels != 0)).all()


@pytest.mark.parametrize("only_last", [False, True])
def test_no_soft_label_on_a_position_that_reads_or_predicts_a_shuffled_item(only_last: bool) -> None:
    histories = Histories(numbered([12] * 100), 11, last=True, only_last=only_last)
    before, after = whole(histories), whole(histories, ("reorder",))
    assert before is not None and after is not None
    soft = after.positions >= 0
    assert (after.inputs[soft] == before.inputs[soft]).all()
    assert (after.labels[soft] == before.labels[soft]).all()
    assert (after.positions[soft] == before.positions[soft]).all()
    assert 0 < int(soft.sum()) < int((before.positions >= 0).sum())


def test_mask_hides_items_and_keeps_every_label() -> None:
    histories = Histories(numbered([12] * 40), 9)
    before, after = whole(histories), whole(histories, ("mask",))
    assert before is not None and after is not None
    hidden = (after.inputs == 0) & (before.inputs != 0)
    assert 0.08 < int(hidden.sum()) / int((before.inputs != 0).sum()) < 0.25
    assert (after.inputs[~hidden] == before.inputs[~hidden]).all()
    for name in ("labels", "positions", "firsts"):
        assert (getattr(after, name) == getattr(before, name)).all()


# User and position vectors: what scores and soft labels are made from

NEURAL: list[NeuralModel] = [
    SASRec(ITEMS, SASRecConfig(dim=8, max_length=6)),
    SASRec(ITEMS, SASRecConfig(dim=8, max_length=6, layers="ligr")),
    GRU4Rec(ITEMS, GRU4RecConfig(dim=8, max_length=6, width=12, blocks=2)),
]


def untrained(model: NeuralModel) -> NeuralModel:
    model._network = model.build(model.n_items, None, pretrained=True)
    model.shape = model._network.config
    return model


@pytest.fixture(params=["sasrec", "ligr", "gru4rec", "e-llmrec", "e-llmrec with a prefix"])
def neural(request: pytest.FixtureRequest) -> NeuralModel:
    if not request.param.startswith("e-llmrec"):
        return untrained(NEURAL[["sasrec", "ligr", "gru4rec"].index(request.param)])
    model = untrained(ELLMRec(ITEMS, ELLMRecConfig(llm=str(tiny_llm()), dim=8, max_length=6, n_layers=2)))
    if "prefix" in request.param:
        model.network.prefix = torch.randn(3, 32)
    return model


def test_position_vectors_are_the_user_vectors_of_every_beginning(neural: NeuralModel) -> None:
    histories = [indexes(1, 2, 3), indexes(), indexes(9), indexes(*range(10, 16)), indexes(5, 5)]
    beginnings = [history[: at + 1] for history in histories for at in range(len(history))]
    np.testing.assert_allclose(
        neural.position_vectors(histories, batch=2), neural.user_vector(beginnings), rtol=1e-4, atol=1e-5
    )


def test_of_a_long_history_the_newest_position_has_read_as_much_as_in_service(neural: NeuralModel) -> None:
    history = indexes(*range(1, 21))
    vectors = neural.position_vectors([history])
    assert vectors.shape == (20, 8)
    np.testing.assert_allclose(vectors[-1], neural.user_vector([history])[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)


def test_histories_of_like_length_are_read_together_and_come_back_in_order(
    neural: NeuralModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    lengths = random.permutation([0] * 6 + [1] * 150 + [2] * 80 + [6] * 10 + [9] * 10)  # two or three are the longest
    histories = [indexes(*random.integers(1, len(ITEMS) + 1, length)) for length in lengths]
    alone = np.concatenate([neural.user_vector([history]) for history in histories])
    read, encode = [], neural.network.encode
    monkeypatch.setattr(neural.network, "encode", lambda x: read.append(x.shape[0] * x.shape[1]) or encode(x))
    np.testing.assert_allclose(neural.user_vector(histories), alone, rtol=1e-4, atol=1e-5)
    needed = int(np.clip(lengths, 1, 6).sum())
    assert needed <= sum(read) < 1.5 * needed < 6 * len(histories) / 2


def test_position_vectors_of_nobody() -> None:
    assert untrained(NEURAL[0]).position_vectors([]).shape == (0, 8)


@given(st.lists(st.lists(st.integers(1, 9), max_size=6), max_size=4), st.integers(1, 4))
def test_padding_keeps_the_newest_in_order_with_zeros_behind(histories: list[list[int]], max_length: int) -> None:
    padded = pad([indexes(*history) for history in histories], max_length)
    assert len(padded) == len(histories) and 1 <= padded.shape[1] <= max_length
    for row, history in zip(padded.tolist(), histories, strict=True):
        newest = history[-max_length:]
        assert row == newest + [0] * (len(row) - len(newest))
