"""Recipes: every model can be made by name, with settings that suit the data."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.data.sequences import Split, leave_one_out
from recommender.models import MODELS
from recommender.models.base import FitOptions, ModelError
from recommender.models.neural import NeuralModel
from recommender.models.sasrec import SASRec
from recommender.names import NAMES, VARIANTS
from recommender.training.recipes import fit_options, is_long, kind, new_model, reads_text
from tests.ring import ITEMS, N_ITEMS, markov_split

SHORT = markov_split()
TEXT = np.random.default_rng(0).standard_normal((N_ITEMS, 8)).astype(np.float32)


def of_length(length: int, people: int = 9) -> Split:
    histories = {f"person-{p}": [(p + i) % N_ITEMS + 1 for i in range(length + 2)] for p in range(people)}
    return leave_one_out(histories, ITEMS)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("split", [SHORT, of_length(50)], ids=["short", "long"])
def test_every_name_makes_an_untrained_model_of_its_kind(name: str, split: Split) -> None:
    model = new_model(name, split, TEXT)
    assert type(model) is kind(name) and model.items == ()
    options = fit_options(name, split)
    assert isinstance(options, FitOptions) and options.epochs >= 5 and not options.final
    assert options.checkpoint is None and options.log_dir is None


def test_every_model_has_a_name_and_a_variant_is_one_of_them() -> None:
    assert (*MODELS, *VARIANTS) == NAMES
    assert not set(MODELS) & set(VARIANTS)
    assert all(kind(variant) is MODELS[name] for variant, name in VARIANTS.items())


@pytest.mark.parametrize("name", ["oracle", "", "SASRec"])
def test_an_unknown_name_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(ModelError, match="sasrec-ligr") as refused:
        new_model(name, SHORT, None)
    assert "item-knn" in str(refused.value)


def test_variants_are_what_they_say() -> None:
    plain, ids, ligr = (new_model(name, SHORT, TEXT) for name in ("sasrec", "sasrec-ids", "sasrec-ligr"))
    assert isinstance(plain, SASRec) and isinstance(ids, SASRec) and isinstance(ligr, SASRec)
    assert (plain.config()["layers"], plain.config()["item_source"]) == ("plain", "both")
    assert ids.config() == plain.config() | {"item_source": "ids"}
    assert ligr.config() == plain.config() | {"layers": "ligr"}


def test_who_reads_text_learns_from_it_and_who_does_not_needs_none() -> None:
    """Told apart by training: with text an item that nobody touched has a vector, without it none."""
    for name in ("sasrec", "sasrec-ids"):
        model = new_model(name, SHORT, TEXT)
        model.fit(SHORT, FitOptions(epochs=1, batch_size=64))
        matrix = model.item_matrix()
        assert matrix is not None and bool(np.abs(matrix[-1]).sum() > 0) is reads_text(name)
    assert not any(reads_text(name) for name in NAMES if not issubclass(kind(name), NeuralModel))


def test_long_histories_are_read_further_and_trained_less_sharply() -> None:
    assert not is_long(of_length(29)) and is_long(of_length(30))
    assert not is_long(replace(SHORT, users=(), train=[], valid_target=SHORT.valid_target[:0]))
    for name in ("sasrec", "sasrec-ids", "sasrec-ligr", "gru4rec"):
        short, long = (new_model(name, split, None).config() for split in (SHORT, of_length(50)))
        assert short["max_length"] < long["max_length"] and short["temperature"] < long["temperature"]


def test_a_large_catalogue_is_trained_with_shared_negatives() -> None:
    large = leave_one_out({"a": [1, 2, 3]}, tuple(map(str, range(20_000))))
    for name in (name for name in NAMES if issubclass(kind(name), NeuralModel)):
        assert new_model(name, SHORT, None).config()["negatives"] == 0
        assert 0 < new_model(name, large, None).config()["negatives"] < 20_000


def test_more_data_takes_fewer_epochs() -> None:
    for name in ("sasrec", "slmrec"):
        few, many = (fit_options(name, of_length(5, people)).epochs for people in (20, 40_000))
        assert few > many
