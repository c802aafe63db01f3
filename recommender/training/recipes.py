"""Untrained models with settings that suit a data set: one place where the measured choices live.

A name may carry a variant: "sasrec-ids" reads no text, "sasrec-ligr" has LiGR blocks. Figures: docs/decisions.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from recommender.arrays import Floats
from recommender.data.sequences import Split
from recommender.models import MODELS
from recommender.models.base import FitOptions, ModelError, SequentialModel
from recommender.models.ease import EASE
from recommender.models.ellmrec import ELLMRec, ELLMRecConfig
from recommender.models.gru4rec import GRU4Rec, GRU4RecConfig
from recommender.models.item_knn import ItemKNN
from recommender.models.neural import NeuralModel
from recommender.models.sasrec import SASRec, SASRecConfig
from recommender.models.slmrec import SLMRec, SLMRecConfig
from recommender.names import NAMES, VARIANTS

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Options = TypeVar("Options", bound="DataclassInstance")
_FULL_SOFTMAX_ITEMS = 5_000  # up to here every item is scored in training; beyond, shared negatives
_LONG = 30  # median length from which histories count as long
_LENGTH, _LONG_LENGTH = 50, 200  # items of a history that are read
_NEGATIVES, _DIM = 1024, 128
_STEPS, _LLM_STEPS = 1_400, 400  # about so many steps of training are enough, however small the data


def new_model(name: str, split: Split, text: Floats | None) -> SequentialModel:
    """An untrained model: long histories are read further and trained less sharply.

    Raises:
        ModelError: there is no model of this name.
    """
    model = kind(name)
    long = is_long(split)
    negatives = 0 if split.n_items <= _FULL_SOFTMAX_ITEMS else _NEGATIVES
    temperature = 0.15 if long else 0.07
    length = _LONG_LENGTH if long else _LENGTH
    dropout = 0.2 if long else 0.3
    sasrec = SASRecConfig(dim=_DIM, negatives=negatives, max_length=length, temperature=temperature, dropout=dropout)
    build: dict[str, Callable[[], SequentialModel]] = {
        ItemKNN.name: lambda: ItemKNN(decay=0.7, neighbours=100),
        EASE.name: EASE,
        SASRec.name: lambda: SASRec(config=sasrec, text=text),
        "sasrec-ids": lambda: SASRec(config=replace(sasrec, item_source="ids")),
        "sasrec-ligr": lambda: SASRec(config=replace(sasrec, layers="ligr"), text=text),
        GRU4Rec.name: lambda: GRU4Rec(
            config=GRU4RecConfig(negatives=negatives, max_length=length, temperature=temperature, dropout=dropout),
            text=text,
        ),
        ELLMRec.name: lambda: ELLMRec(config=ELLMRecConfig(negatives=negatives, temperature=temperature), text=text),
        SLMRec.name: lambda: SLMRec(config=SLMRecConfig(negatives=negatives, temperature=temperature), text=text),
    }
    return build[name]() if name in build else model()


def shaped(model: SequentialModel, settings: Mapping[str, Any]) -> SequentialModel:
    """The untrained model, with what of these settings belongs to its shape changed.

    Raises:
        ModelError: they make no sense; the text names the setting.
    """
    if isinstance(model, NeuralModel):
        model.shape = changed(model.shape, settings)
    return model


def changed(options: Options, settings: Mapping[str, Any]) -> Options:
    """Options of any kind, with what of these settings belongs to them changed.

    Raises:
        ModelError: as `shaped`.
    """
    mine = {f.name for f in fields(options)}
    try:
        return replace(options, **{key: value for key, value in settings.items() if key in mine})
    except ValueError as error:
        raise ModelError(f"These settings cannot be: {error}.") from error


def kind(name: str) -> type[SequentialModel]:
    """The class of the model of this name.

    Raises:
        ModelError: there is no model of this name.
    """
    if name not in NAMES:
        raise ModelError(f"There is no model '{name}'. Known: {', '.join(sorted(NAMES))}")
    return MODELS[VARIANTS.get(name, name)]


def fit_options(name: str, split: Split) -> FitOptions:
    """How a model of this name is trained on this data unless told otherwise."""
    long = is_long(split)
    batch_size = 32 if long else 128
    windows = sum(-(-len(history) // (_LONG_LENGTH if long else _LENGTH)) for history in split.train)
    steps_an_epoch = max(1, windows // batch_size)
    if name in (ELLMRec.name, SLMRec.name):
        epochs = min(20, max(5, _LLM_STEPS // steps_an_epoch))
        return FitOptions(epochs=epochs, patience=3, batch_size=batch_size, learning_rate=5e-4, bf16=True)
    epochs = min(60, max(8, _STEPS // steps_an_epoch))
    return FitOptions(epochs=epochs, patience=5, batch_size=batch_size)


def is_long(split: Split) -> bool:
    """Whether histories are mostly long, as with films, or short, as in a shop."""
    return float(np.median([len(h) for h in split.train])) >= _LONG if split.train else False


def reads_text(name: str) -> bool:
    """Whether a model of this name can use text embeddings."""
    return name in (SASRec.name, "sasrec-ligr", GRU4Rec.name, ELLMRec.name, SLMRec.name)
