"""What every model of `recommender.models.MODELS` promises, checked on all of them alike."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from recommender.data.sequences import Indexes, Split, leave_one_out
from recommender.evaluation.metrics import full_ranking
from recommender.models import MODELS, load_model
from recommender.models.base import FitOptions, ModelError, SequentialModel
from recommender.models.ellmrec import ELLMRecConfig
from recommender.models.gru4rec import GRU4RecConfig
from recommender.models.neural import NeuralModel
from recommender.models.sasrec import SASRecConfig
from recommender.models.slmrec import SLMRecConfig
from tests.recommender.tiny_llm import tiny_llm
from tests.ring import ITEMS, N_ITEMS, N_SEEN, indexes, markov_split

FIT = FitOptions(epochs=12, patience=12, batch_size=32, learning_rate=1e-2, seed=3)

# Models with a size get a small one here; made when asked for, because a language model takes time to import.
SMALL: dict[str, Callable[[], dict[str, Any]]] = {
    "item-knn": lambda: {"neighbours": 15},
    "ease": lambda: {"neighbours": 15},
    "gru4rec": lambda: {"config": GRU4RecConfig(dim=16, width=24, max_length=8, dropout=0.1)},
    "sasrec": lambda: {"config": SASRecConfig(dim=16, blocks=1, heads=2, max_length=8, dropout=0.1)},
    "e-llmrec": lambda: {
        "config": ELLMRecConfig(llm=str(tiny_llm()), dim=16, n_layers=2, max_length=8, dropout=0.1, tuning="lora")
    },
    "slmrec": lambda: {"config": SLMRecConfig(llm=str(tiny_llm()), dim=16, n_layers=2, heads=2, max_length=8)},
}


SPLIT = markov_split()


def new(name: str) -> SequentialModel:
    return MODELS[name](**SMALL.get(name, dict)())


def fitted(name: str, split: Split = SPLIT, options: FitOptions = FIT) -> SequentialModel:
    model = new(name)
    model.fit(split, options)
    return model


@cache
def trained(name: str) -> SequentialModel:
    return fitted(name)


HISTORIES = [indexes(1, 2, 3), indexes(), indexes(N_ITEMS), indexes(*range(1, 31)), indexes(5, 5, 5), indexes(9)]


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-5] ^= 0xFF
    path.write_bytes(bytes(content))


def edit(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    meta = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    change(meta)
    (folder / "model.json").write_text(json.dumps(meta), encoding="utf-8")


def weights(folder: Path) -> Path:
    (path,) = folder.glob("*.safetensors")
    return path


DAMAGES: dict[str, Callable[[Path], Any]] = {
    "no folder": shutil.rmtree,
    "empty folder": lambda folder: [path.unlink() for path in folder.iterdir()],
    "no description": lambda folder: (folder / "model.json").unlink(),
    "description cut short": lambda folder: truncate(folder / "model.json"),
    "description is no object": lambda folder: (folder / "model.json").write_text("[1, 2]"),
    "description is not text": lambda folder: (folder / "model.json").write_bytes(b"\xff\xfe\x00"),
    "unknown kind": lambda folder: edit(folder, lambda meta: meta.update(name="oracle")),
    "no items": lambda folder: edit(folder, lambda meta: meta.pop("items")),
    "an item less": lambda folder: edit(folder, lambda meta: meta["items"].pop()),
    "items are a number": lambda folder: edit(folder, lambda meta: meta.update(items=7)),
    "no configuration": lambda folder: edit(folder, lambda meta: meta.pop("config")),
    "unknown setting": lambda folder: edit(folder, lambda meta: meta["config"].update(colour="red")),
    "no weights": lambda folder: weights(folder).unlink(),
    "weights cut short": lambda folder: truncate(weights(folder)),
    "weights empty": lambda folder: weights(folder).write_bytes(b""),
    "weights with a flipped byte": lambda folder: flip_a_byte(weights(folder)),
}


@pytest.mark.parametrize("name", MODELS)
class TestEveryModel:
    def test_is_registered_under_its_own_name_and_cites_its_source(self, name: str) -> None:
        assert MODELS[name].name == name
        assert MODELS[name].paper

    def test_scores_have_a_row_a_history_and_a_column_an_item(self, name: str) -> None:
        model = trained(name)
        scores = model.scores(HISTORIES)
        assert model.n_items == N_ITEMS and model.items == ITEMS
        assert scores.shape == (len(HISTORIES), N_ITEMS)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()

    def test_no_histories_no_rows(self, name: str) -> None:
        assert trained(name).scores([]).shape == (0, N_ITEMS)

    @pytest.mark.parametrize("index", [0, -1, N_ITEMS + 1, 10**6])
    def test_an_index_that_names_no_item_is_refused(self, name: str, index: int) -> None:
        """Some raised what their arrays raise, others took it for another item or for none."""
        with pytest.raises(ValueError, match=f"item indexes from 1 to {N_ITEMS}"):
            trained(name).scores([indexes(1, 2), indexes(3, index, 4)])

    @pytest.mark.parametrize("history", HISTORIES, ids=lambda history: f"{len(history)} items")
    def test_a_history_scores_the_same_alone_and_among_others(self, name: str, history: Indexes) -> None:
        model = trained(name)
        (alone,) = model.scores([history])
        among = model.scores([*HISTORIES, history])[-1]
        np.testing.assert_allclose(alone, among, rtol=1e-4, atol=1e-4)

    def test_scoring_changes_neither_the_histories_nor_the_next_scores(self, name: str) -> None:
        model = trained(name)
        histories = [history.copy() for history in HISTORIES]
        first = model.scores(histories)
        kept = first.copy()
        first += 1.0  # what was returned is the caller's
        np.testing.assert_array_equal(model.scores(histories), kept)
        for before, after in zip(HISTORIES, histories, strict=True):
            np.testing.assert_array_equal(before, after)

    def test_where_it_factors_the_product_gives_the_order_of_the_scores(self, name: str) -> None:
        model = trained(name)
        users, matrix = model.user_vector(HISTORIES), model.item_matrix()
        assert (users is None) == (matrix is None)
        if users is None or matrix is None:
            return
        assert matrix.shape == (N_ITEMS, users.shape[1])
        assert len(users) == len(HISTORIES)
        for scores, product in zip(model.scores(HISTORIES), users @ matrix.T, strict=True):
            rising = scores[np.argsort(product)]
            assert (np.diff(rising) >= -1e-4 * max(1.0, np.abs(scores).max())).all()
            assert np.ptp(product) > 0 or np.ptp(scores) == 0

    def test_the_width_of_its_states_is_known_before_it_is_trained(self, name: str) -> None:
        model, untrained = trained(name), new(name)
        if isinstance(model, NeuralModel) and isinstance(untrained, NeuralModel):
            states = model.network.encode(model.network.items()[torch.tensor([[1, 2, 3]])])
            assert {state.shape[-1] for state in states} == {model.shape.state_width()}
            assert untrained.shape.state_width() == model.shape.state_width()

    def test_beats_chance(self, name: str) -> None:
        histories, targets = SPLIT.histories("test")
        hit = full_ranking(trained(name).scores, histories, targets, include_past=True)["hr@10"]
        assert hit.mean - 3 * hit.se > 10 / N_ITEMS

    def test_the_same_seed_gives_the_same_model(self, name: str) -> None:
        options = replace(FIT, epochs=2)
        first = fitted(name, options=options).scores(HISTORIES)
        np.random.rand(3)  # what else draws random numbers must not matter
        np.testing.assert_array_equal(first, fitted(name, options=options).scores(HISTORIES))

    def test_the_test_targets_teach_nothing(self, name: str) -> None:
        options = replace(FIT, epochs=2)
        shuffled = replace(SPLIT, test_target=np.roll(SPLIT.test_target, 1))
        expected = fitted(name, options=options).scores(HISTORIES)
        np.testing.assert_array_equal(fitted(name, shuffled, options).scores(HISTORIES), expected)

    def test_the_final_fit_learns_from_the_targets_too(self, name: str) -> None:
        options = replace(FIT, epochs=2, final=True)
        shuffled = replace(SPLIT, test_target=np.roll(SPLIT.test_target, 1) % N_SEEN + 1)
        scores = fitted(name, options=options).scores(HISTORIES)
        assert np.isfinite(scores).all()
        assert not np.array_equal(fitted(name, shuffled, options).scores(HISTORIES), scores)

    def test_the_report_is_json(self, name: str) -> None:
        report = new(name).fit(SPLIT, replace(FIT, epochs=1))
        assert json.loads(json.dumps(report, allow_nan=False)) == report

    def test_progress_only_rises_and_ends_at_the_total(self, name: str) -> None:
        calls: list[tuple[int, int]] = []
        model = new(name)
        model.fit(SPLIT, replace(FIT, epochs=2), lambda done, total, note: calls.append((done, total)))
        assert all(0 < done <= total for done, total in calls)
        assert calls == sorted(calls)
        assert not calls or calls[-1][0] == calls[-1][1]

    @pytest.mark.parametrize("history", [[], [4]], ids=["nobody", "one item"])
    def test_with_next_to_nothing_to_learn_it_says_so_or_still_scores(self, name: str, history: list[int]) -> None:
        split = leave_one_out({"ada": history} if history else {}, ITEMS)
        try:
            model = fitted(name, split)
        except ModelError as error:
            assert "Import more" in str(error)
        else:
            assert np.isfinite(model.scores(HISTORIES)).all()

    def test_saved_and_loaded_it_scores_the_same(self, name: str, tmp_path: Path) -> None:
        model = trained(name)
        model.save(tmp_path / "model", {"ndcg@10": 0.5})
        meta = json.loads((tmp_path / "model" / "model.json").read_text(encoding="utf-8"))
        assert (meta["name"], meta["report"], tuple(meta["items"])) == (name, {"ndcg@10": 0.5}, ITEMS)
        for loaded in (load_model(tmp_path / "model"), MODELS[name].load(tmp_path / "model")):
            assert type(loaded) is MODELS[name]
            assert loaded.items == ITEMS
            assert loaded.config() == model.config()
            np.testing.assert_array_equal(loaded.scores(HISTORIES), model.scores(HISTORIES))

    def test_item_ids_of_any_writing_survive(self, name: str, tmp_path: Path) -> None:
        odd = ("'\"\\", "茶壶", "a\nb", "👩‍👩‍👧", "", *ITEMS[5:])
        model = fitted(name, replace(SPLIT, items=odd), replace(FIT, epochs=1))
        model.save(tmp_path)
        assert load_model(tmp_path).items == odd

    @pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
    def test_a_damaged_folder_is_a_model_error_with_advice(
        self, name: str, damage: Callable[[Path], Any], tmp_path: Path
    ) -> None:
        folder = tmp_path / "model"
        trained(name).save(folder)
        damage(folder)
        for load in (load_model, MODELS[name].load):
            with pytest.raises(ModelError, match=str(folder)):
                load(folder)

    def test_the_folder_of_another_kind_is_refused(self, name: str, tmp_path: Path) -> None:
        other = next(other for other in MODELS if other != name)
        trained(other).save(tmp_path)
        with pytest.raises(ModelError, match=other):
            MODELS[name].load(tmp_path)

    def test_saving_over_an_older_model_leaves_the_new_one_and_nothing_else(self, name: str, tmp_path: Path) -> None:
        fitted(name, markov_split(seed=8), replace(FIT, epochs=1)).save(tmp_path)
        before = len(list(tmp_path.iterdir()))
        trained(name).save(tmp_path)
        trained(name).save(tmp_path)
        np.testing.assert_array_equal(load_model(tmp_path).scores(HISTORIES), trained(name).scores(HISTORIES))
        assert len(list(tmp_path.iterdir())) == before == 2

    @pytest.mark.parametrize("step", range(4))
    def test_a_crash_while_saving_leaves_the_old_model_or_the_new(
        self, name: str, step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other_order = replace(markov_split(seed=8), items=ITEMS[::-1])
        old, fresh = trained(name), fitted(name, other_order, replace(FIT, epochs=1))
        old.save(tmp_path)
        step_of_crash = step
        for method in ("replace", "unlink"):
            original = getattr(Path, method)

            def crash_at_the_step(path: Path, *args: Any, original: Any = original, **kwargs: Any) -> Any:
                nonlocal step
                if step == 0:
                    raise KeyboardInterrupt
                step -= 1
                return original(path, *args, **kwargs)

            monkeypatch.setattr(Path, method, crash_at_the_step)
        crashed = True
        try:
            fresh.save(tmp_path)
            crashed = False
        except KeyboardInterrupt:
            pass
        monkeypatch.undo()
        found = load_model(tmp_path)
        assert any(
            found.items == model.items and np.array_equal(found.scores(HISTORIES), model.scores(HISTORIES))
            for model in ((old, fresh) if crashed else (fresh,))
        )
        assert crashed == (step_of_crash < 3)


def test_every_model_with_a_size_is_tried_small() -> None:
    assert set(SMALL) == set(MODELS) - {"popular"}
