"""The demo catalogue, read once, with everything of the conversation built on it."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from agents.controller import Controller
from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.linking.unknown import unknown_names
from agents.reading.rules import RuleReader
from agents.replies.present import Presenter
from agents.state.taste import TasteKeeper
from recommender.catalogue import Catalogue, load_phrases
from recommender.models.popular import MostPopular
from recommender.serving.rank import Recommender
from storage.records import ItemRecord
from tests.agents.talk import Talk
from tests.doubles import recommender as build_recommender

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo"


@pytest.fixture(scope="session")
def demo() -> Catalogue:
    """The films of the demo, with what people call their qualities."""
    rows = map(json.loads, (DEMO / "catalogue.jsonl").read_text(encoding="utf-8").splitlines())
    phrases = load_phrases(json.loads((DEMO / "phrases.json").read_text(encoding="utf-8")))
    return Catalogue([ItemRecord(**row) for row in rows], phrases)


@pytest.fixture(scope="session")
def facets(demo: Catalogue) -> FacetLinker:
    return FacetLinker(demo)


@pytest.fixture(scope="session")
def titles(demo: Catalogue, facets: FacetLinker) -> TitleLinker:
    return TitleLinker(demo, is_quality=facets.knows)


@pytest.fixture(scope="session")
def rules(titles: TitleLinker, facets: FacetLinker) -> RuleReader:
    return RuleReader(titles, facets)


@pytest.fixture(scope="session")
def keeper(demo: Catalogue, facets: FacetLinker) -> TasteKeeper:
    return TasteKeeper(demo, facets)


@pytest.fixture(scope="session")
def presenter(demo: Catalogue) -> Presenter:
    return Presenter(demo)


@pytest.fixture(scope="session")
def recommender(demo: Catalogue) -> Recommender:
    """Ranks the demo by popularity (the earlier in the file, the more popular), likeness and words."""
    counts = np.arange(len(demo), 0, -1, dtype=np.float32)
    return build_recommender(demo, popular=MostPopular([item.id for item in demo.items], counts))


@pytest.fixture(scope="session")
def controller(
    rules: RuleReader,
    keeper: TasteKeeper,
    recommender: Recommender,
    presenter: Presenter,
    titles: TitleLinker,
    facets: FacetLinker,
) -> Controller:
    """Without a language model; it keeps nothing between turns."""
    unknown = partial(unknown_names, titles=titles, facets=facets)
    return Controller(rules, keeper, recommender, presenter, unknown=unknown)


@pytest.fixture
def talk(controller: Controller) -> Talk:
    """A conversation that begins."""
    return Talk(controller)
