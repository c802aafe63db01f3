"""Incremental distillation: what is learnt, what is kept, what is only read, and when a full training is needed."""

import itertools
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.data.sequences import Split
from recommender.evaluation.metrics import full_ranking
from recommender.models import load_model
from recommender.models.base import FitOptions, ModelError, read_meta
from recommender.models.batches import Histories
from recommender.models.neural import NeuralModel
from recommender.models.sasrec import SASRec, SASRecConfig
from recommender.training import incremental, job
from recommender.training.incremental import IncrementalOptions, continuation, extend, pseudo_histories, trained_on
from tests.ring import ITEMS, N_ITEMS, N_SEEN, indexes, markov_split

QUICK = FitOptions(epochs=6, batch_size=32, learning_rate=4e-3, final=True)
HOW = IncrementalOptions(k=20)
ITEM_COUNT = len(ITEMS)


def small(text: Any = None) -> SASRec:
    return SASRec(config=SASRecConfig(dim=32, max_length=12, blocks=1), text=text)


def split_of(histories: list[np.ndarray], items: tuple[str, ...] = ITEMS) -> Split:
    none = np.zeros(len(histories), dtype=np.int32)
    return Split(items, tuple(f"p{i}" for i in range(len(histories))), histories, none, none)


def walks(people: int, step: int, items: range, seed: int = 0) -> list[np.ndarray]:
    """Histories that go round a ring of items in steps."""
    random = np.random.default_rng(seed)
    return [
        indexes(*(items[(int(s) + step * i) % len(items)] for i in range(6))) for s in random.integers(0, 99, people)
    ]


OLD, NEW = range(1, 21), range(21, 41)


@pytest.fixture(scope="module")
def incumbent() -> SASRec:
    """Knows how to go round the first half of the items; the other half it has never met."""
    model = small()
    model.fit(split_of(walks(200, 1, OLD)), replace(QUICK, epochs=25))
    return model


def share(model: NeuralModel, histories: list[np.ndarray]) -> float:
    """NDCG@10 of the last item."""
    targets = np.array([h[-1] for h in histories])
    return full_ranking(model.scores, [h[:-1] for h in histories], targets)["ndcg@10"].mean


def none_known(histories: list[np.ndarray]) -> np.ndarray:
    return np.zeros(len(histories), dtype=np.int64)


# --- learning and keeping ---------------------------------------------------------------------------------------------


def test_the_new_is_learnt_and_the_old_is_kept(incumbent: SASRec) -> None:
    new, before = walks(120, 1, NEW), share(incumbent, walks(60, 1, OLD, 5))
    options = replace(QUICK, epochs=25)
    plain = IncrementalOptions(soft=0.0)
    taught, report = incremental.update(incumbent, split_of(new), none_known(new), None, options, HOW)
    tuned, alone = incremental.update(incumbent, split_of(new), none_known(new), None, options, plain)
    assert report["replayed"] == 120 and alone["replayed"] == 0
    assert before > 0.9 and share(incumbent, walks(60, 1, NEW, 5)) < 0.5
    assert share(taught, walks(60, 1, NEW, 5)) > 0.8 < share(tuned, walks(60, 1, NEW, 5))
    assert share(taught, walks(60, 1, OLD, 5)) > 0.95 * before
    assert share(taught, walks(60, 1, OLD, 5)) >= share(tuned, walks(60, 1, OLD, 5))


def test_the_incumbent_stays_as_it_is(incumbent: SASRec) -> None:
    before = {name: array.copy() for name, array in incumbent.arrays().items()}
    new = walks(20, 1, NEW)
    model, _ = incremental.update(incumbent, split_of(new), none_known(new), None, QUICK, HOW)
    assert model is not incumbent and type(model) is SASRec
    after = incumbent.arrays()
    assert all((after[name] == before[name]).all() for name in before)


def test_every_part_of_the_loss_is_there(incumbent: SASRec) -> None:
    new = walks(40, 2, OLD)
    _, report = incremental.update(incumbent, split_of(new), none_known(new), None, QUICK, HOW)
    first, last = report["log"][0], report["log"][-1]
    assert min(last[name] for name in ("cross_entropy", "soft_labels", "empty_history")) > 0
    assert last["cross_entropy"] < first["cross_entropy"]
    _, report = incremental.update(
        incumbent, split_of(new), none_known(new), None, QUICK, IncrementalOptions(soft=0.0, replay=3.0)
    )
    assert report["replayed"] == 0 and "soft_labels" not in report["log"][0]


def test_the_same_seed_gives_the_same_model(incumbent: SASRec) -> None:
    new = walks(20, 1, NEW)
    one, two = (
        incremental.update(incumbent, split_of(new), none_known(new), None, replace(QUICK, epochs=2), HOW)[0].arrays()
        for _ in range(2)
    )
    assert all((one[name] == two[name]).all() for name in one)


# --- labels -----------------------------------------------------------------------------------------------------------


def labels_of(histories: Histories) -> tuple[list[int], list[int]]:
    """All labels, and all first items to be predicted."""
    batch = histories.batch(np.arange(len(histories)), np.random.default_rng(0))
    return sorted(batch.labels[batch.labels != 0].tolist()), sorted(batch.firsts.tolist())


def test_what_was_known_is_read_and_no_label() -> None:
    histories = [indexes(1, 2, 3, 4), indexes(5, 6, 7)]
    predicted = np.array([False, False, True, True, True, True, True])
    masked = Histories(histories, 10, predicted=predicted)
    assert labels_of(masked) == ([3, 4, 6, 7], [0, 5]) and masked.n_labels == 4
    assert labels_of(Histories(histories, 10)) == ([2, 3, 4, 6, 7], [1, 5])
    last = Histories(histories, 10, only_last=True, predicted=predicted)
    assert labels_of(last)[0] == [3, 4, 6, 7] and last.n_labels == 4
    windows = Histories(histories, 2, predicted=predicted)
    assert labels_of(windows)[0] == [3, 4, 6, 7] and windows.n_labels == 4


def caught(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What an update hands to the trainer, which does nothing."""
    seen: dict[str, Any] = {}

    def fit(self: Any, split: Split, options: FitOptions, on_progress: Any, teaching: Any) -> dict[str, Any]:
        seen.update(split=split, options=options, teaching=teaching)
        return {"epochs": 1}

    monkeypatch.setattr(NeuralModel, "fit", fit)
    return seen


def test_positions_and_their_labels(incumbent: SASRec, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = caught(monkeypatch)
    split = split_of([indexes(1, 2, 3, 4), indexes(5, 25, 6)])
    incremental.update(incumbent, split, np.array([2, 0]), None, replace(QUICK, augment=("reorder", "crop")), HOW)
    teaching = seen["teaching"]
    assert seen["options"].warm_start and seen["options"].augment == ("crop",)
    assert len(seen["split"].train) == 4  # as many walks as histories
    assert teaching.predicted[:7].tolist() == [False, False, True, True, True, True, True]
    assert teaching.predicted[7:].sum() == 2  # the first item of each walk
    labelled = teaching.labels.probabilities[:, 0] > 0
    # Before 2: only read. After 2, 3 and 4; after 5 comes 25, of which the incumbent never heard; after 25 and 6.
    assert labelled[:7].tolist() == [False, True, True, True, False, True, True] and labelled[7:].all()
    past = [set(h[: i + 1]) for h in seen["split"].train for i in range(len(h))]
    given = zip(past, teaching.labels.items, teaching.labels.probabilities, strict=True)
    assert not any(had & set(items[p > 1e-6]) for had, items, p in given)


def test_no_more_is_read_than_the_model_reads(incumbent: SASRec, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = caught(monkeypatch)
    long = indexes(*range(1, 31))
    incremental.update(incumbent, split_of([long]), np.array([28]), None, QUICK, IncrementalOptions(replay=0.0, k=5))
    assert seen["split"].train[0].tolist() == list(range(17, 31))  # 12 before the two new ones
    assert seen["teaching"].predicted.tolist() == [False] * 12 + [True] * 2


# --- new items --------------------------------------------------------------------------------------------------------


def test_a_new_item_stands_where_its_text_says(incumbent: SASRec) -> None:
    random = np.random.default_rng(0)
    text = random.standard_normal((N_ITEMS + 2, 64)).astype(np.float32)
    text /= np.linalg.norm(text, axis=1, keepdims=True)
    text[-1] = text[4]  # the newest one reads like item 5
    items = (*ITEMS, "new-1", "new-2")
    model, had = extend(incumbent, items, text, neighbours=1)
    assert had[:20].all() and not had[20:].any()
    scores = model.scores([indexes(3, 4)])
    assert scores[0, -1] == pytest.approx(scores[0, 4], rel=1e-4)
    np.testing.assert_allclose(scores[0, :20], incumbent.scores([indexes(3, 4)])[0, :20], rtol=1e-4)
    vectors = model.arrays()["items"]
    assert np.linalg.norm(vectors[-1]) == pytest.approx(np.linalg.norm(vectors[5]), rel=1e-4)


def test_without_texts_it_stands_in_the_middle(incumbent: SASRec) -> None:
    model, _ = extend(incumbent, (*ITEMS, "new"))
    vectors = model.arrays()["items"]
    mean = vectors[1:21].mean(axis=0)
    assert vectors[-1] @ mean / np.linalg.norm(vectors[-1]) / np.linalg.norm(mean) == pytest.approx(1, rel=1e-4)


def test_items_keep_their_vectors_wherever_they_stand(incumbent: SASRec) -> None:
    items = ("new", *reversed(ITEMS[:10]))  # the others are gone
    model, had = extend(incumbent, items)
    assert model.items == items and had.tolist() == [False] + [True] * 10
    np.testing.assert_array_equal(model.arrays()["items"][2], incumbent.arrays()["items"][10])
    np.testing.assert_array_equal(model.arrays()["items"][0], 0)


def test_a_model_with_text_goes_on_after_loading(tmp_path: Path) -> None:
    text = np.random.default_rng(0).standard_normal((N_ITEMS, 8)).astype(np.float32)
    model = small(text)
    model.fit(markov_split(), replace(QUICK, epochs=2))
    model.save(tmp_path)
    new = walks(20, 1, NEW)
    for start in (model, SASRec.load(tmp_path)):
        updated, _ = incremental.update(start, split_of(new), none_known(new), text, replace(QUICK, epochs=1), HOW)
        assert np.isfinite(updated.scores([new[0]])).all()


def test_another_catalogue_is_refused(incumbent: SASRec) -> None:
    with pytest.raises(ModelError, match="knows none of these items"):
        extend(incumbent, ("x", "y"))


# --- walks ------------------------------------------------------------------------------------------------------------


def test_walks_follow_the_model_and_never_repeat(incumbent: SASRec) -> None:
    lengths = np.array([2, 5, 20, 6] * 30)
    unknown = np.arange(21, ITEM_COUNT + 1)
    made = pseudo_histories(incumbent, lengths, unknown, 1.0, np.random.default_rng(0))
    assert [len(walk) for walk in made] == lengths.tolist()
    assert all(len(set(walk)) == len(walk) and set(walk) <= set(OLD) for walk in made)
    steps = [(b - a) % 20 for walk in made for a, b in itertools.pairwise(walk)]
    assert np.mean(np.array(steps) == 1) > 0.5  # a step at random would be one in twenty
    assert len({int(walk[0]) for walk in made}) > 8
    wild = pseudo_histories(incumbent, lengths, unknown, 50.0, np.random.default_rng(0))
    assert np.mean([(w[1] - w[0]) % 20 == 1 for w in wild]) < 0.3


# --- the run from interactions to the served model --------------------------------------------------------------------

Timed = dict[str, list[tuple[float, int]]]


def shop(people: int, later: int = 0, start: int = 0) -> Timed:
    """Walks with times; the last `later` people and some items of the first ten come after moment 1000."""
    old = walks(people, 1, range(1, N_SEEN + 1), 1)
    timed: Timed = {f"p{i}": [(float(i + 10 * t), int(x)) for t, x in enumerate(h)] for i, h in enumerate(old)}
    if later:
        for i in range(10):
            timed[f"p{i}"] += [(1000.0 + t, int(timed[f"p{i}"][-1][1]) % N_SEEN + t) for t in range(1, 4)]
        for i, h in enumerate(walks(later, 1, range(1, ITEM_COUNT + 1), 2)):
            timed[f"n{i}"] = [(1100.0 + i + t, int(x)) for t, x in enumerate(h)]
    return timed


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sasrec")
    histories = shop(80)
    options = FitOptions(epochs=6, batch_size=32, learning_rate=4e-3)
    job.train("sasrec", job.split_of(histories, ITEMS), None, folder, options, record=trained_on(histories, ITEMS))
    return folder


@pytest.fixture
def own(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "sasrec"))


def go_on(folder: Path, histories: Timed, **more: Any) -> job.Trained:
    options = FitOptions(epochs=4, batch_size=32)
    return incremental.train(
        continuation(folder, histories, ITEMS), histories, ITEMS, None, folder, options, how=HOW, **more
    )


def test_it_goes_on_from_where_the_model_was(own: Path) -> None:
    assert read_meta(own)["report"]["trained_until"] == max(rows[-1][0] for rows in shop(80).values())
    weights = read_meta(own)["weights"]
    histories = shop(80, later=60)
    result = go_on(own, histories)
    assert result.promoted and "against" in result.message and "with something new" in result.message
    report = read_meta(own)["report"]
    assert read_meta(own)["weights"] != weights and report["trained_until"] == max(r[-1][0] for r in histories.values())
    assert report["updates"] == 1 and report["split"] == job.split_mark(job.split_of(histories, ITEMS))
    again = job.measured_model("sasrec", job.split_of(histories, ITEMS), own)
    assert again is not None
    assert full_ranking(again.scores, *job.split_of(histories, ITEMS).histories("test")) == result.metrics
    idle = go_on(own, histories)
    assert not idle.promoted and "nothing has come" in idle.message


def test_only_those_with_something_new_are_trained_on(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Split, np.ndarray, FitOptions]] = []
    update = incremental.update

    def watched(incumbent: Any, split: Split, known: Any, text: Any, options: FitOptions, *rest: Any) -> Any:
        calls.append((split, known, options))
        return update(incumbent, split, known, text, options, *rest)

    monkeypatch.setattr(incremental, "update", watched)
    go_on(own, shop(80, later=60), force=True)
    (measured, read, _), (served, knew, ending) = calls
    assert len(measured.users) == 70 and measured.users == served.users
    assert read[:10].tolist() == [4] * 10 and knew[:10].tolist() == [6] * 10 and not knew[10:].any()
    assert ending.final and 1 <= ending.stop_epoch <= 4


def test_the_gate_holds(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoilt(incumbent: NeuralModel, split: Split, *rest: Any) -> Any:
        model, _ = extend(incumbent, split.items)
        model.network.items.ids.weight.data.normal_()
        return model, {"epochs": 1}

    monkeypatch.setattr(incremental, "update", spoilt)
    before = (own / "model.json").read_bytes()
    result = go_on(own, shop(80, later=60))
    assert not result.promoted and "kept the old model" in result.message
    assert (own / "model.json").read_bytes() == before
    assert go_on(own, shop(80, later=60), force=True).promoted


def test_when_only_a_full_training_does(own: Path, tmp_path: Path) -> None:
    histories = shop(80, later=60)
    with pytest.raises(ModelError, match="no model"):
        continuation(tmp_path / "nothing", histories, ITEMS)
    gone = {user: rows for user, rows in histories.items() if user != "p3"}
    late = histories | {"p70": [(1.0, 1), *histories["p70"]]}
    for changed in (gone, late):
        with pytest.raises(ModelError, match="have changed"):
            continuation(own, changed, ITEMS)
    job.train("popular", job.split_of(histories, ITEMS), None, tmp_path / "p", record=trained_on(histories, ITEMS))
    with pytest.raises(ModelError, match="counts"):
        continuation(tmp_path / "p", histories, ITEMS)
    served = load_model(own)
    served.save(own, {"ndcg@10": 0.1})
    with pytest.raises(ModelError, match="until when"):
        continuation(own, histories, ITEMS)


def test_the_record_knows_items_by_name() -> None:
    histories = shop(20)
    moved = {user: [(t, len(ITEMS) + 1 - i) for t, i in rows] for user, rows in histories.items()}
    assert trained_on(histories, ITEMS) == trained_on(moved, ITEMS[::-1])
    assert trained_on(histories, ITEMS) != trained_on(histories, ITEMS[::-1])
