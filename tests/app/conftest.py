"""A served shop for the tests of the app: one catalogue for the session, a person of one's own for each test."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.service import ChatService
from app.settings import Settings
from app.wiring import Stores, build_brain, open_stores
from app.workspace import Workspace
from recommender.catalogue import Catalogue
from recommender.serving.retrieve import Retriever, open_chroma
from storage.records import ItemRecord
from tests.app.hobby_shop import THINGS
from tests.doubles import BagOfWords
from tests.fakes.openai_server import FakeOpenAI


@pytest.fixture(autouse=True)
def settings_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the environment or the .env of whoever runs it, and none starts a model unasked."""
    for field in Settings.model_fields.values():
        if field.alias:
            monkeypatch.delenv(field.alias, raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("PALATE_LLM", "off")


@dataclass
class Shop:
    """What a service needs besides a brain."""

    workspace: Workspace
    stores: Stores
    catalogue: Catalogue
    retriever: Retriever

    def service(self, **settings: object) -> ChatService:
        """A service over this shop; without settings there is no language model."""
        return ChatService(
            self.stores,
            build_brain(Settings(**({"llm": "off"} | settings)), self.workspace, self.catalogue, self.retriever),
        )


def open_shop(folder: Path, things: Sequence[ItemRecord] = THINGS) -> Shop:
    """A shop of its own in a folder."""
    workspace = Workspace(folder)
    stores = open_stores(Settings(), workspace)
    stores.items.replace_all(things)
    catalogue = Catalogue(stores.items.all())
    retriever = Retriever(open_chroma(workspace.chroma), catalogue, BagOfWords())
    retriever.refresh()
    return Shop(workspace, stores, catalogue, retriever)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop that tests share: they only add people and conversations of their own."""
    shop = open_shop(tmp_path_factory.mktemp("shop"))
    yield shop
    shop.stores.database.close()


@pytest.fixture(scope="session")
def service(shop: Shop) -> ChatService:
    """The service without a language model."""
    return shop.service()


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    """A language model server of one's own."""
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def served(shop: Shop, fake: FakeOpenAI) -> ChatService:
    """A service whose plans and words come from `fake`."""
    return shop.service(llm="auto", llm_url=fake.url)


@pytest.fixture
def person() -> str:
    """An id nobody else has."""
    return secrets.token_hex(8)


@pytest.fixture
def new_person() -> Callable[[], str]:
    """Makes ids nobody else has."""
    return lambda: secrets.token_hex(8)
