"""Everything that runs a turn but the language model, over the demo or over a larger catalogue recombined from it.

The larger one has the demo's items too, so that messages find the titles they name. Its vectors are mixtures of the
demo's and its models have made-up numbers: what a turn costs does not depend on them.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import chromadb
import numpy as np
from chromadb.config import Settings
from scipy import sparse

from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.policy.asking import Asker
from agents.reading.rules import RuleReader
from agents.replies.present import Presenter
from agents.state.taste import TasteKeeper
from benchmarks.common import ROOT, text_vectors
from recommender.arrays import Floats
from recommender.catalogue import Catalogue, load_phrases
from recommender.data.readers import read_items
from recommender.features.embedder import SentenceEmbedder
from recommender.models import load_model
from recommender.models.base import SequentialModel
from recommender.models.item_knn import ItemKNN
from recommender.models.popular import MostPopular
from recommender.serving.rank import Recommender
from recommender.serving.recall import Recall
from recommender.serving.retrieve import Retriever
from storage.records import ItemRecord

DEMO = ROOT / "data" / "demo"
_NEIGHBOURS = 90  # an item, as in the demo's model


class KnownVectors:
    """MiniLM, with the vectors of some texts given; `processor_s` is what the others took."""

    name = "MiniLM with given vectors"

    def __init__(self, vectors: dict[str, Floats]) -> None:
        self._vectors = vectors
        self._embedder = SentenceEmbedder()
        self.processor_s = 0.0

    def encode(self, texts: Sequence[str], on_progress: Any = None) -> Floats:
        if texts and all(text in self._vectors for text in texts):
            return np.stack([self._vectors[text] for text in texts])
        started = time.process_time()
        vectors = self._embedder.encode(texts)
        self.processor_s += time.process_time() - started
        return vectors


@dataclass
class Parts:
    """What runs a turn, over one catalogue."""

    catalogue: Catalogue
    recommender: Recommender
    keeper: TasteKeeper
    presenter: Presenter
    titles: TitleLinker
    rules: RuleReader
    asker: Asker | None = None
    embedder: KnownVectors | None = None


def assemble(catalogue: Catalogue, retriever: Retriever, models: dict[str, SequentialModel]) -> Parts:
    """Reader, keeper, recommender and presenter as `app.wiring` puts them together."""
    recall = Recall(catalogue, retriever, models["sasrec"], models["item-knn"], models["popular"])
    catalogue.mentions("")  # the index of words is made now
    facets = FacetLinker(catalogue)
    facets.series.prepare()
    known = {item.id: float(recall.counts[place]) for place, item in enumerate(catalogue.items)}
    titles = TitleLinker(catalogue, known, facets.knows)
    recommender, rules = Recommender(recall), RuleReader(titles, facets)
    keeper, presenter = TasteKeeper(catalogue, facets), Presenter(catalogue)
    asker = Asker(recommender, rules, keeper, presenter)
    return Parts(catalogue, recommender, keeper, presenter, titles, rules, asker)


def demo_parts(n_items: int = 0, seed: int = 0) -> Parts:
    """The demo, or a catalogue of `n_items`: the demo's and recombinations of them, with made-up models."""
    phrases = load_phrases(json.loads((DEMO / "phrases.json").read_text(encoding="utf-8")))
    films = Catalogue(read_items(DEMO / "catalogue.jsonl").rows, phrases)
    vectors = text_vectors("demo", [films.describe(item) for item in films.items])
    catalogue = films
    models = {name: load_model(DEMO / "models" / name) for name in ("sasrec", "item-knn", "popular")}
    if n_items:
        chance = np.random.default_rng(seed)
        parents = chance.integers(0, len(films), (n_items - len(films), 2))
        catalogue = Catalogue([*films.items, *recombined(films.items, parents)], phrases)
        mixed = vectors[parents].mean(axis=1) + 0.02 * chance.standard_normal((len(parents), vectors.shape[1]))
        mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
        vectors = np.concatenate([vectors, mixed]).astype(np.float32)
        models = made_up_models([item.id for item in catalogue.items], models, chance)
    known = {catalogue.describe(item): vector for item, vector in zip(catalogue.items, vectors, strict=True)}
    embedder = KnownVectors(known)
    client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
    retriever = Retriever(client, catalogue, embedder, name=f"turn-cost-{len(catalogue)}")
    retriever.refresh()
    retriever.refresh_sentences()
    parts = assemble(catalogue, retriever, models)
    parts.embedder = embedder
    return parts


def recombined(items: Sequence[ItemRecord], parents: Any) -> list[ItemRecord]:
    """An item a pair of parents: the first half of one title with the last half of the other, facts of both."""
    made = []
    for number, (first, second) in enumerate(parents):
        one, other = items[first], items[second]
        start, end = one.title.split(), other.title.split()
        title = " ".join([*start[: (len(start) + 1) // 2], *end[len(end) // 2 :]])
        facts = {key: (one if key in ("genres", "moods", "year") else other).attributes.get(key)
                 for key in one.attributes if key not in ("movielens_id", "original_title")}  # fmt: skip
        text = f"{one.text.split('. ')[0].rstrip('.')}. {other.text.split('. ')[-1]}"
        attributes = {key: value for key, value in facts.items() if value is not None}
        made.append(ItemRecord(id=f"mixed-{number}", title=title, text=text, attributes=attributes))
    return made


def made_up_models(ids: list[str], demo: dict[str, SequentialModel], chance: Any) -> dict[str, SequentialModel]:
    """Models of the demo's shapes over more items: the same arithmetic, other numbers."""
    n_items = len(ids)
    student = demo["sasrec"]
    arrays = dict(student.arrays())
    name = max(arrays, key=lambda key: len(arrays[key]) if arrays[key].ndim == 2 else 0)
    extra = chance.standard_normal((n_items - student.n_items, arrays[name].shape[1])).astype(np.float32)
    arrays[name] = np.concatenate([arrays[name], extra])
    pairs = sparse.random(
        n_items, n_items, density=_NEIGHBOURS / n_items, format="csr", dtype=np.float32, random_state=0
    )
    arrays_of = {name: getattr(pairs, name) for name in ("data", "indices", "indptr")}
    neighbours = ItemKNN.restore(ids, {}, arrays_of)
    counts = chance.zipf(1.5, n_items).clip(max=50_000).astype(np.float32)
    return {
        "sasrec": type(student).restore(ids, student.config(), arrays),
        "item-knn": neighbours,
        "popular": MostPopular(ids, counts),
    }
