"""The models of the literature, one file each, behind one contract."""

from pathlib import Path

from recommender.models.base import ModelError, SequentialModel, read_meta
from recommender.models.ease import EASE
from recommender.models.ellmrec import ELLMRec
from recommender.models.gru4rec import GRU4Rec
from recommender.models.item_knn import ItemKNN
from recommender.models.popular import MostPopular
from recommender.models.sasrec import SASRec
from recommender.models.slmrec import SLMRec

MODELS: dict[str, type[SequentialModel]] = {
    model.name: model for model in (MostPopular, ItemKNN, EASE, GRU4Rec, SASRec, ELLMRec, SLMRec)
}


def load_model(folder: Path) -> SequentialModel:
    """Load whatever model a folder holds.

    Raises:
        ModelError: no readable model there, or one of an unknown kind.
    """
    name = read_meta(folder)["name"]
    if name not in MODELS:
        raise ModelError(f"{folder} holds a model of kind '{name}', which this version does not know.")
    return MODELS[name].load(folder)
