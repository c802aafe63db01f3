"""Puts the parts together, once, from settings and a workspace. The only place that knows all of them."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from threadpoolctl import threadpool_limits

from agents.controller import Controller
from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.linking.unknown import unknown_names
from agents.llm.clients import EmbeddedModel, EmbeddedServer, LanguageModel, LanguageModelError, OpenAIModel
from agents.plan import Reader
from agents.policy.asking import Asker
from agents.policy.coldstart import ColdStart
from agents.reading.judging import JudgingReader
from agents.reading.readers import LLMReader
from agents.reading.rules import RuleReader
from agents.replies.present import Presenter
from agents.state.taste import TasteKeeper
from app.progress import console
from app.settings import DEFAULT_STUDENT, DEMO, Settings
from app.workspace import Workspace, WorkspaceError
from recommender.catalogue import Catalogue
from recommender.features.embedder import SentenceEmbedder
from recommender.models import load_model
from recommender.models.base import ModelError, SequentialModel
from recommender.models.item_knn import ItemKNN
from recommender.models.popular import MostPopular
from recommender.serving.rank import Recommender
from recommender.serving.recall import Recall
from recommender.serving.retrieve import Retriever, open_chroma
from storage.conversations import ConversationStore
from storage.database import Database
from storage.feedback import FeedbackStore
from storage.interactions import InteractionStore
from storage.items import ItemStore
from storage.people import PeopleStore

log = logging.getLogger(__name__)
Progress = Callable[[str, int, int], None]  # what, done, total


@dataclass
class Stores:
    """Everything kept in the database."""

    database: Database
    items: ItemStore
    interactions: InteractionStore
    conversations: ConversationStore
    feedback: FeedbackStore
    people: PeopleStore


@dataclass
class Brain:
    """Everything that answers, for one catalogue."""

    catalogue: Catalogue
    recommender: Recommender
    controller: Controller
    presenter: Presenter
    titles: TitleLinker
    rules: RuleReader
    keeper: TasteKeeper
    model: LanguageModel | None
    model_note: str  # why there is no language model, or ""


def open_stores(settings: Settings, workspace: Workspace) -> Stores:
    """Open the database and bring its schema up to date."""
    database = Database(settings.database_url or workspace.database_url)
    database.migrate()
    return Stores(
        database,
        ItemStore(database),
        InteractionStore(database),
        ConversationStore(database),
        FeedbackStore(database),
        PeopleStore(database),
    )


def open_catalogue(stores: Stores, workspace: Workspace, demo: bool = True) -> Catalogue:
    """The stored catalogue; an empty database gets the demo's if `demo`, and says so: the folder may be mistyped."""
    if demo and stores.items.count() == 0:
        stores.items.replace_all(workspace.seed_demo())
        console.print(f"New workspace {workspace.folder}, filled with the demo's films", highlight=False, markup=False)
    return Catalogue(stores.items.all(), workspace.phrases())


def open_retriever(
    settings: Settings, workspace: Workspace, catalogue: Catalogue, on_progress: Progress | None = None
) -> Retriever:
    """Chroma with this catalogue's vectors, embedding whatever is new."""
    retriever = Retriever(
        open_chroma(workspace.chroma, settings.chroma_url), catalogue, SentenceEmbedder(settings.embedder)
    )
    report = (lambda done, total: on_progress("Reading the catalogue", done, total)) if on_progress else None
    retriever.refresh(report, shipped=DEMO / "vectors.npz")
    return retriever


def build_brain(
    settings: Settings,
    workspace: Workspace,
    catalogue: Catalogue,
    retriever: Retriever,
    model: LanguageModel | None = None,
    use_model: bool = True,
) -> Brain:
    """Reader, recommender and controller over one catalogue.

    Args:
        model: a language model to use instead of the one the settings name (tests pass a scripted one).
        use_model: False for commands that only rank.

    Raises:
        WorkspaceError: the student that the settings name is not there.
    """
    student, neighbours, popular = (_load(workspace, name) for name in serving_models(settings))
    if student is None and settings.student != DEFAULT_STUDENT:
        raise WorkspaceError(
            f"PALATE_STUDENT={settings.student}, and no such model can be read here. Run: app.py train --model "
            f"{settings.student} --workspace {workspace.folder}"
        )
    recall = Recall(catalogue, retriever, student, neighbours=neighbours, popular=popular)
    recommender = Recommender(recall)
    catalogue.mentions("")  # the index of words is made now, not in somebody's turn
    facets = FacetLinker(catalogue)
    facets.series.prepare()
    known = {item.id: float(recall.counts[position]) for position, item in enumerate(catalogue.items)}
    titles = TitleLinker(catalogue, known, facets.knows)
    rules = RuleReader(titles, facets)
    note = ""
    served = bool(settings.llm_url) or model is not None
    if model is None and use_model:
        model, note = open_model(settings)
    reader = choose_reader(settings.reader, model, titles, rules)
    storyteller = model if settings.words == "llm" or (settings.words == "auto" and served) else None
    keeper = TasteKeeper(catalogue, facets)
    presenter = Presenter(catalogue, settings.currency)
    asker = Asker(recommender, rules, keeper, presenter)
    # The embedded model knows too little to guess; a served one is asked once for someone unknown.
    cold_start = ColdStart(model, titles, facets, presenter.noun("en")) if model is not None and served else None
    unknown = partial(unknown_names, titles=titles, facets=facets)
    controller = Controller(reader, keeper, recommender, presenter, storyteller, asker, cold_start, unknown)
    return Brain(catalogue, recommender, controller, presenter, titles, rules, keeper, model, note)


def choose_reader(
    wish: str, model: LanguageModel | None, titles: TitleLinker, rules: RuleReader, timeout_s: float | None = None
) -> Reader:
    """Who reads, by the setting PALATE_READER; "auto" is what docs/decisions.md has the figures for.

    Args:
        timeout_s: after which the rules' reading is used; by default what each reader thinks fit for a conversation.
    """
    limit = {} if timeout_s is None else {"timeout_s": timeout_s}
    if model is None or wish == "rules":
        return rules
    if wish == "tuned" or (wish == "auto" and isinstance(model, EmbeddedModel)):
        # The embedded model reads whole plans badly: without its adapter the rules are better.
        untuned = isinstance(model, EmbeddedModel) and not model.tuned
        return rules if untuned else JudgingReader(model, titles, rules, **limit)
    return LLMReader(model, titles, rules, **limit)


def open_model(settings: Settings) -> tuple[LanguageModel | None, str]:
    """The language model the settings name, and a note when there is none."""
    if settings.llm == "off":
        return None, "switched off (PALATE_LLM=off)"
    if settings.llm_url:
        return OpenAIModel(settings.llm_url, settings.llm_model, settings.llm_key), ""
    try:
        # One thread less than there may be: generation waits for its slowest thread, and the app needs a core.
        return EmbeddedModel(EmbeddedServer(threads=max(1, settings.threads - 1))), ""
    except LanguageModelError as error:
        log.warning("no language model: %s", error)
        return None, str(error)


def cap_threads(settings: Settings) -> None:
    """Keep the numerical libraries from taking more cores than they were given."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("OMP_NUM_THREADS", str(settings.threads))  # for libraries loaded later
    threadpool_limits(settings.threads)  # for those loaded already, numpy's OpenBLAS among them
    torch.set_num_threads(settings.threads)


def serving_models(settings: Settings) -> tuple[str, str, str]:
    """Names of the models that rank: the student, the neighbours, what is popular."""
    return settings.student, ItemKNN.name, MostPopular.name


def _load(workspace: Workspace, name: str) -> SequentialModel | None:
    if not workspace.has(name):
        return None
    try:
        return load_model(workspace.model(name))
    except ModelError as error:
        log.warning("%s", error)
        return None
