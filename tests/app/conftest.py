"""A served shop for the tests of the app: one catalogue for the session, a person of one's own for each test.

And the same shop as a workspace, for the tests of the commands.
"""

import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.cli import main
from app.service import ChatService
from app.settings import Settings
from app.wiring import Stores, build_brain, open_stores
from app.workspace import Workspace
from recommender.catalogue import Catalogue
from recommender.serving.retrieve import Retriever, open_chroma
from storage.records import ItemRecord
from tests.app.api import app_of, visitor
from tests.app.hobby_shop import THINGS
from tests.app.shop_files import event_rows, item_rows, write
from tests.doubles import BagOfWords
from tests.fakes.openai_server import FakeOpenAI


@pytest.fixture(autouse=True)
def settings_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the environment or the .env of whoever runs it, and none starts a model unasked."""
    _isolate(monkeypatch)


def _isolate(patch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        if field.alias:
            patch.delenv(field.alias, raising=False)
    patch.setitem(Settings.model_config, "env_file", None)
    patch.setenv("PALATE_LLM", "off")


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


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands have no weights to load, and one thread."""
    _hurry(monkeypatch)


def _hurry(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("app.wiring.SentenceEmbedder", lambda _: BagOfWords())
    patch.setenv("PALATE_THREADS", "1")


@pytest.fixture
def run(quick: None, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs one command; gives its exit status and what it said."""

    def command(*arguments: Any) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        said = capfd.readouterr()
        return status, said.out, said.err

    return command


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shop's items.csv and events.csv."""
    folder = tmp_path_factory.mktemp("files")
    write(folder / "items.csv", item_rows())
    write(folder / "events.csv", event_rows())
    return folder


@pytest.fixture(scope="session")
def stocked(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the shop imported and the models that serve trained; tests leave it as it is."""
    workspace = tmp_path_factory.mktemp("stocked")
    with pytest.MonkeyPatch.context() as patch:
        _isolate(patch)
        _hurry(patch)
        where = ["--workspace", str(workspace)]
        assert main(["import", *where, "--items", str(files / "items.csv"), "--events", str(files / "events.csv")]) == 0
        assert main(["train", *where, "--epochs", "2"]) == 0
    return workspace


@pytest.fixture
def own(stocked: Path, tmp_path: Path) -> Path:
    """A copy of `stocked` to change at will."""
    return Path(shutil.copytree(stocked, tmp_path / "own"))


@pytest.fixture(scope="module")
def app(service: ChatService) -> FastAPI:
    return app_of(service)


@pytest.fixture
def me(app: FastAPI) -> TestClient:
    return visitor(app)


@pytest.fixture
def other(app: FastAPI) -> TestClient:
    return visitor(app)
