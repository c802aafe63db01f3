"""A training run: what is measured, what the gate lets through, what it keeps."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender.arrays import Floats
from recommender.data.sequences import Split, leave_one_out
from recommender.evaluation.metrics import full_ranking
from recommender.models import MODELS, load_model
from recommender.models.base import RESUMES, FitOptions, ModelError, read_meta
from recommender.models.item_knn import ItemKNN
from recommender.models.popular import MostPopular
from recommender.models.sasrec import SASRec, SASRecConfig
from recommender.models.teaching import DistilWeights
from recommender.training import job
from recommender.training.distil import DistilOptions
from recommender.training.job import (
    FEWEST,
    TOLERANCE,
    Distillation,
    load_split,
    measured_model,
    new_model,
    split_mark,
    students,
    train,
)
from storage.database import Database
from storage.interactions import InteractionStore
from storage.records import EventRecord
from tests.ring import ITEMS, N_ITEMS, markov_split

SPLIT = markov_split()


class Rigged(MostPopular):
    """Ranks everyone's test target at `Rigged.rank`; 0 knows nothing."""

    rank = 1
    of: Split = SPLIT

    def scores(self, histories: list[np.ndarray]) -> Floats:
        scores = np.zeros((len(histories), N_ITEMS), dtype=np.float32)
        goals = {tuple(h): int(t) for h, t in zip(*self.of.histories("test"), strict=True)}
        for row, history in enumerate(histories):
            goal = goals.get(tuple(history))
            if goal is not None and self.rank:
                others = [i for i in range(N_ITEMS) if i != goal - 1 and i + 1 not in history]
                scores[row, others[: self.rank - 1]] = 2.0
                scores[row, goal - 1] = 1.0
        return scores


@pytest.fixture
def rigged(monkeypatch: pytest.MonkeyPatch) -> type[Rigged]:
    """`popular` is rigged; how good it is can be set between runs."""
    monkeypatch.setitem(MODELS, "popular", Rigged)
    monkeypatch.setattr(Rigged, "rank", 1)
    monkeypatch.setattr(Rigged, "of", SPLIT)
    return Rigged


def run(folder: Path, split: Split = SPLIT, force: bool = False):
    return train("popular", split, None, folder, force=force)


def kept(folder: Path) -> bytes:
    return (folder / "model.json").read_bytes()


# --- the gate ---------------------------------------------------------------------------------------------------------


def test_the_first_model_is_promoted(tmp_path: Path) -> None:
    result = run(tmp_path / "popular")
    assert result.promoted and "no model before" in result.message and result.seconds > 0
    report = read_meta(tmp_path / "popular")["report"]
    assert report["split"] == split_mark(SPLIT) and report["ndcg@10"] == result.metrics["ndcg@10"].mean


def test_a_better_model_replaces_and_a_worse_one_does_not(tmp_path: Path, rigged: type[Rigged]) -> None:
    folder = tmp_path / "popular"
    rigged.rank = 2
    assert run(folder).promoted
    before = kept(folder)
    rigged.rank = 3
    worse = run(folder)
    assert not worse.promoted and "kept the old model" in worse.message
    assert kept(folder) == before
    rigged.rank = 1
    better = run(folder)
    assert better.promoted and "1.0000 against 0.6309" in better.message
    assert kept(folder) != before and read_meta(folder)["report"]["ndcg@10"] == 1.0


def test_as_good_to_within_one_percent_is_good_enough(tmp_path: Path, rigged: type[Rigged]) -> None:
    folder = tmp_path / "popular"
    rigged.rank = 2
    run(folder)
    exact = read_meta(folder)["report"]["ndcg@10"]
    for factor, promoted in ((1.0, True), (1 / (1 - TOLERANCE) - 1e-6, True), (1 / (1 - TOLERANCE) + 1e-4, False)):
        set_figure(folder, exact * factor)
        assert run(folder).promoted is promoted, factor


def test_force_replaces_whatever_the_figures_say(tmp_path: Path, rigged: type[Rigged]) -> None:
    run(tmp_path / "popular")
    rigged.rank = 0
    result = run(tmp_path / "popular", force=True)
    assert result.promoted and "kept" in result.message
    assert read_meta(tmp_path / "popular")["report"]["ndcg@10"] < 0.5


def test_figures_on_few_people_replace_no_model_of_many(tmp_path: Path, rigged: type[Rigged]) -> None:
    folder, few = tmp_path / "popular", markov_split(people=FEWEST - 1)
    assert "150 people measured" in run(folder).message
    before = kept(folder)
    rigged.of = few
    result = run(folder, few)
    assert not result.promoted and "only 19 people could be measured" in result.message and "--force" in result.message
    assert kept(folder) == before and run(folder, few, force=True).promoted
    assert run(folder, few).promoted, "nor is there anything to protect once the old one is of as few"
    assert run(tmp_path / "first", few).promoted


def test_far_less_data_than_the_old_model_had_replaces_nothing(tmp_path: Path, rigged: type[Rigged]) -> None:
    folder, half = tmp_path / "popular", markov_split(people=60)
    run(folder)
    rigged.of = half
    result = run(folder, half)
    assert not result.promoted and "it learnt from 1," in result.message and "--force" in result.message
    assert run(folder, markov_split(seed=8, people=100)).promoted


def test_a_model_without_its_measured_twin_is_no_missing_model(tmp_path: Path) -> None:
    run(tmp_path)
    shutil.rmtree(tmp_path / "measured")
    result = run(tmp_path, markov_split(seed=8))
    assert result.promoted and "no model before" not in result.message


def test_on_new_data_the_old_model_ranks_the_new_targets(tmp_path: Path, rigged: type[Rigged]) -> None:
    """A figure from another split says nothing: an incumbent with a great old figure must show what it can do now."""
    folder = tmp_path / "popular"
    run(folder)
    assert read_meta(folder)["report"]["ndcg@10"] == 1.0
    newer = markov_split(seed=8)
    rigged.rank, rigged.of = 4, newer  # both are as good on the new data
    result = run(folder, newer)
    assert result.promoted and "against" in result.message and "1.0000" not in result.message


def test_the_old_model_is_judged_without_what_it_saw_of_the_targets(tmp_path: Path) -> None:
    run(tmp_path)
    newer = markov_split(seed=8)

    def figure(folder: Path) -> str:
        return f"{full_ranking(load_model(folder).scores, *newer.histories('test'))['ndcg@10'].mean:.4f}"

    assert figure(tmp_path) != figure(tmp_path / "measured")
    old = figure(tmp_path / "measured")
    assert f"against {old}" in (message := run(tmp_path, newer).message) or f"below {old}" in message


def test_another_catalogue_needs_another_model(tmp_path: Path) -> None:
    folder = tmp_path / "popular"
    run(folder)
    other = replace(SPLIT, items=tuple(f"other-{item}" for item in ITEMS))
    result = run(folder, other)
    assert result.promoted and "catalogue has changed" in result.message
    assert load_model(folder).items == other.items


@pytest.mark.parametrize("damage", ["weights", "json", "empty", "report", "figure"])
def test_a_damaged_incumbent_protects_nothing(tmp_path: Path, rigged: type[Rigged], damage: str) -> None:
    folder = tmp_path / "popular"
    run(folder)
    if damage == "weights":
        next(folder.glob("weights-*")).write_bytes(b"")
    elif damage == "json":
        (folder / "model.json").write_text("{")
    elif damage == "empty":
        (folder / "model.json").write_text('{"name": "popular"}')
    else:
        meta = read_meta(folder)
        meta["report"] = None if damage == "report" else {"split": split_mark(SPLIT), "ndcg@10": None}
        (folder / "model.json").write_text(json.dumps(meta))
    rigged.rank = 5  # worse than what was there
    assert run(folder).promoted
    assert load_model(folder).items == ITEMS


# --- what is measured and what is served ------------------------------------------------------------------------------


def test_what_is_served_has_seen_everything_and_what_is_measured_has_not(tmp_path: Path) -> None:
    run(tmp_path)
    served, measured = MostPopular.load(tmp_path), MostPopular.load(tmp_path / "measured")
    every = np.bincount(np.concatenate(SPLIT.full()), minlength=N_ITEMS + 1)[1:]
    without = np.bincount(np.concatenate(SPLIT.train), minlength=N_ITEMS + 1)[1:]
    assert served.counts.tolist() == every.tolist() and measured.counts.tolist() == without.tolist()


def test_the_figures_are_those_of_the_measured_model(tmp_path: Path) -> None:
    result = train("item-knn", SPLIT, None, tmp_path)
    again = measured_model("item-knn", SPLIT, tmp_path)
    assert isinstance(again, ItemKNN)
    assert full_ranking(again.scores, *SPLIT.histories("test")) == result.metrics


def test_a_measured_model_is_only_for_its_own_split_and_name(tmp_path: Path) -> None:
    assert measured_model("popular", SPLIT, tmp_path) is None
    run(tmp_path)
    assert measured_model("popular", SPLIT, tmp_path) is not None
    assert measured_model("item-knn", SPLIT, tmp_path) is None
    assert measured_model("popular", markov_split(seed=8), tmp_path) is None
    (tmp_path / "measured" / "model.json").write_text('{"name": "popular"}')
    assert measured_model("popular", SPLIT, tmp_path) is None


def test_the_student_trains_for_the_epochs_that_were_best(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    text = random.standard_normal((N_ITEMS, 8)).astype(np.float32)
    said: list[str] = []
    options = FitOptions(epochs=2, batch_size=64)
    result = train("sasrec", SPLIT, text, tmp_path, options, lambda done, total, note: said.append(note))
    assert result.promoted and said and result.report["epochs"] <= 2
    served = load_model(tmp_path)
    assert isinstance(served, SASRec) and np.isfinite(served.scores([SPLIT.train[0]])).all()
    assert "log" not in read_meta(tmp_path)["report"]


def test_a_variant_is_measured_under_its_own_name(tmp_path: Path, small: None) -> None:
    train("sasrec-ids", SPLIT, None, tmp_path, QUICK)
    assert isinstance(measured_model("sasrec-ids", SPLIT, tmp_path), SASRec)
    assert measured_model("item-knn", SPLIT, tmp_path) is None


# --- a student and its teacher ----------------------------------------------------------------------------------------

QUICK = FitOptions(epochs=3, batch_size=64, learning_rate=1e-2)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks are small, so that they take no time."""
    real = new_model

    def quick(name: str, split: Split, text: Floats | None):
        if not name.startswith("sasrec"):
            return real(name, split, text)
        return SASRec(config=SASRecConfig(dim=16, blocks=1, max_length=12, dropout=0.1), text=text)

    monkeypatch.setattr(job, "new_model", quick)


def taught(cache: Path, **weights: float) -> Distillation:
    return Distillation(("item-knn",), cache, DistilOptions(folds=2, k=10), DistilWeights(**weights))


def test_a_student_learns_from_its_teacher_and_says_so(tmp_path: Path, small: None) -> None:
    result = train("sasrec", SPLIT, None, tmp_path / "sasrec", QUICK, distillation=taught(tmp_path / "cache"))
    assert result.promoted and all(entry["soft_labels"] > 0 for entry in result.report["log"])
    for folder in (tmp_path / "sasrec", tmp_path / "sasrec" / "measured"):
        report = read_meta(folder)["report"]
        assert report["teacher"] == ["item-knn"] and report["ensemble"]["members"] == ["item-knn"]
        assert report["ndcg@10"] == result.metrics["ndcg@10"].mean
    alone = train("sasrec", SPLIT, None, tmp_path / "alone", QUICK)
    assert "soft_labels" not in alone.report["log"][0] and "teacher" not in read_meta(tmp_path / "alone")["report"]


def test_the_served_student_learns_from_a_teacher_of_everything(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[bool, int]] = []
    real = SASRec.fit

    def fit(model: SASRec, split: Split, options: FitOptions, *more: object, teaching: object = None):
        asked.append((options.final, len(teaching.labels.items)))
        return real(model, split, options, *more, teaching=teaching)

    monkeypatch.setattr(SASRec, "fit", fit)
    train("sasrec", SPLIT, None, tmp_path / "sasrec", QUICK, distillation=taught(tmp_path / "cache"))
    assert asked == [(False, sum(map(len, SPLIT.train))), (True, sum(map(len, SPLIT.full())))]


def test_the_gate_holds_for_a_student_too(tmp_path: Path, small: None) -> None:
    folder, distillation = tmp_path / "sasrec", taught(tmp_path / "cache")
    train("sasrec", SPLIT, None, folder, QUICK, distillation=distillation)
    set_figure(folder, 0.999)
    before = kept(folder)
    worse = train("sasrec", SPLIT, None, folder, QUICK, distillation=distillation)
    assert not worse.promoted and "kept the old model" in worse.message and kept(folder) == before
    assert len(list((tmp_path / "cache").iterdir())) == 2, "a student that is not served needs no final teacher"
    assert train("sasrec", SPLIT, None, folder, QUICK, force=True, distillation=distillation).promoted


def test_who_only_counts_is_no_student(tmp_path: Path) -> None:
    for name in ("popular", "item-knn", "ease"):
        with pytest.raises(ModelError, match=f"'{name}' only counts.*sasrec"):
            train(name, SPLIT, None, tmp_path / name, distillation=taught(tmp_path / "cache"))
    assert not list(tmp_path.iterdir()), "nothing was trained for it"
    assert {"sasrec", "gru4rec", "slmrec", "sasrec-ligr"} <= set(students()) and "popular" not in students()


def test_a_teacher_that_cannot_be_followed_is_not_trained(tmp_path: Path, small: None) -> None:
    wider = Distillation(("sasrec",), tmp_path / "cache", weights=DistilWeights(cosine=1.0))
    shorter = replace(wider, settings={"dim": 16, "max_length": 5})
    for taught_by, said in ((wider, "128 wide, the student's 16"), (shorter, "reads 5 items, the student 12")):
        with pytest.raises(ModelError, match=said):
            train("sasrec", SPLIT, None, tmp_path / "sasrec", QUICK, distillation=taught_by)
    assert not list(tmp_path.iterdir())


# --- interruptions ----------------------------------------------------------------------------------------------------


def interrupted(at: str, nth: int):
    """A progress callback that kills the run at the nth note with this in it."""
    seen: list[str] = []

    def progress(done: int, total: int, note: str) -> None:
        seen.append(note)
        if sum(at in said for said in seen) == nth:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize(("at", "nth"), [("epoch 2", 1), ("epoch 1", 4), ("epoch 2", 4)],
                         ids=["before it is measured", "after that", "in the final fit"])  # fmt: skip
def test_an_interrupted_run_goes_on_and_ends_the_same(tmp_path: Path, small: None, at: str, nth: int) -> None:
    options = replace(QUICK, checkpoint=tmp_path / "training")
    every: list[str] = []
    whole = train("sasrec", SPLIT, None, tmp_path / "whole", options, lambda done, total, note: every.append(note))
    folder = tmp_path / "sasrec"
    with pytest.raises(KeyboardInterrupt):
        train("sasrec", SPLIT, None, folder, options, interrupted(at, nth))
    assert (tmp_path / "training").exists() and not (folder / "model.json").exists()
    steps: list[str] = []
    again = train("sasrec", SPLIT, None, folder, options, lambda done, total, note: steps.append(note))
    told = [note for note in steps if RESUMES in note]
    steps = [note for note in steps if RESUMES not in note]
    assert again.metrics == whole.metrics and steps == every[-len(steps) :] and len(steps) < len(every)
    assert told and all("interrupt" in note for note in told)
    histories = SPLIT.full()[:5]
    np.testing.assert_array_equal(
        load_model(folder).scores(histories), load_model(tmp_path / "whole").scores(histories)
    )
    assert not (tmp_path / "training").exists(), "what was only there to go on from is gone"


def test_what_was_interrupted_with_other_options_is_not_gone_on_from(tmp_path: Path, small: None) -> None:
    options = replace(QUICK, checkpoint=tmp_path / "training")
    with pytest.raises(KeyboardInterrupt):
        train("sasrec", SPLIT, None, tmp_path / "sasrec", options, interrupted("epoch 2", 1))
    steps: list[str] = []
    other = replace(options, seed=1)
    train("sasrec", SPLIT, None, tmp_path / "sasrec", other, lambda done, total, note: steps.append(note))
    assert steps[0].startswith("epoch 1 ")


def test_what_was_measured_with_other_item_texts_is_not_gone_on_from(tmp_path: Path, small: None) -> None:
    options = replace(QUICK, checkpoint=tmp_path / "training")
    text = np.random.default_rng(0).normal(size=(N_ITEMS, 8)).astype(np.float32)
    with pytest.raises(KeyboardInterrupt):  # after it was measured
        train("sasrec", SPLIT, text, tmp_path / "sasrec", options, interrupted("epoch 1", 4))
    other = text[::-1].copy()
    again = train("sasrec", SPLIT, other, tmp_path / "sasrec", options)
    assert again.metrics == train("sasrec", SPLIT, other, tmp_path / "fresh", QUICK).metrics


# --- splits -----------------------------------------------------------------------------------------------------------


def test_the_mark_of_a_split_changes_with_anything_in_it() -> None:
    def of(histories: dict[str, list[int]], items: tuple[str, ...] = ("a", "b", "c", "d")) -> str:
        return split_mark(leave_one_out(histories, items))

    base = {"x": [1, 2, 3, 4], "y": [2, 3, 4]}
    marks = [
        of(base), of({**base, "y": [2, 4, 3]}), of({**base, "x": [2, 1, 3, 4]}), of({**base, "z": [1]}),
        of(base, ("a", "b", "c", "e")), of({"x": [1, 2, 3, 4]}),
    ]  # fmt: skip
    assert len(set(marks)) == len(marks) and of(dict(base)) == marks[0]
    assert of({"p": [1, 2], "q": [1]}) != of({"p": [1], "q": [2, 1]})


def test_the_split_of_stored_interactions(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'palate.db'}")
    database.migrate()
    store = InteractionStore(database)
    with pytest.raises(ModelError, match=r"app\.py import"):
        load_split(store, list("abcd"))
    events = [
        EventRecord("x", "c", value=5.0, timestamp=3), EventRecord("x", "a", timestamp=1),
        EventRecord("x", "b", timestamp=2),
        EventRecord("x", "d", value=1.0, timestamp=4), EventRecord("x", "gone", timestamp=5), EventRecord("y", "b"),
    ]  # fmt: skip
    store.replace_all(events)
    split = load_split(store, list("abcd"))
    assert split.users == ("x", "y")
    assert [history.tolist() for history in split.full()] == [[1, 2, 3], [2]]
    assert [history.tolist() for history in load_split(store, list("abcd"), min_value=0.5).full()] == [
        [1, 2, 3, 4],
        [2],
    ]
    with pytest.raises(ModelError):
        load_split(store, ["elsewhere"])
    database.close()


def test_settings_suit_the_data() -> None:
    short, long = new_model("sasrec", SPLIT, None), new_model("sasrec", long_histories(), None)
    assert isinstance(short, SASRec) and isinstance(long, SASRec)
    assert short.config()["max_length"] < long.config()["max_length"]
    assert short.config()["temperature"] < long.config()["temperature"]
    with pytest.raises(ModelError, match="popular"):
        new_model("oracle", SPLIT, None)


def long_histories() -> Split:
    histories = {f"person-{p}": [(p + i) % N_ITEMS + 1 for i in range(40)] for p in range(5)}
    return leave_one_out(histories, ITEMS)


def set_figure(folder: Path, ndcg: float) -> None:
    meta = read_meta(folder)
    meta["report"]["ndcg@10"] = ndcg
    (folder / "model.json").write_text(json.dumps(meta))
