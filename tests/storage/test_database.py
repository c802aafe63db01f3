"""Opening a database: its settings on live connections, its transactions, and what a wrong URL says."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from storage.conversations import ConversationStore
from storage.database import SQLITE_PRAGMAS, Database
from storage.items import ItemStore
from storage.records import ItemRecord, StorageError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'palate.db'}")
    database.migrate()
    return database


def pragma(connection, name: str):
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def test_every_live_sqlite_connection_is_durable_and_keeps_foreign_keys(sqlite: Database) -> None:
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(sqlite.engine.connect()) for _ in range(4)]
        for connection in connections:
            assert pragma(connection, "journal_mode") == "wal"
            assert pragma(connection, "synchronous") == 2  # FULL
            assert pragma(connection, "foreign_keys") == 1
            assert pragma(connection, "busy_timeout") == 10_000
        assert len({id(connection.connection.dbapi_connection) for connection in connections}) == 4


def test_foreign_keys_hold(sqlite: Database) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"), sqlite.write() as session:
        session.execute(text("INSERT INTO impressions VALUES ('no such turn', 'mug-01', 1, 0.5)"))


def test_check_passes_on_both_engines(database: Database) -> None:
    database.check()


def test_check_finds_lost_durability(sqlite: Database) -> None:
    with sqlite.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA synchronous=OFF")
    with pytest.raises(StorageError, match="synchronous=0"):
        sqlite.check()


def test_a_write_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(KeyboardInterrupt), database.write() as session:
        session.execute(text("INSERT INTO users (id, created_ms) VALUES ('ada', 1)"))
        raise KeyboardInterrupt
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM users")).scalar_one() == 0


def test_a_sqlite_write_takes_the_lock_before_its_first_statement(sqlite: Database) -> None:
    with sqlite.write(), sqlite.engine.connect() as other:
        other.exec_driver_sql("PRAGMA busy_timeout=0")
        with pytest.raises(OperationalError, match="locked"):
            other.exec_driver_sql("BEGIN IMMEDIATE")


def test_a_lock_held_too_long_is_a_storage_error(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SQLITE_PRAGMAS, "busy_timeout", "20")
    impatient = Database(sqlite.url.render_as_string())
    with sqlite.write(), pytest.raises(StorageError, match=r"locked.*Nothing of it was stored"):
        ConversationStore(impatient).start("ada")
    ConversationStore(impatient).start("ada")  # and the connection is as good as before
    with sqlite.read() as session:
        assert session.execute(text("SELECT count(*) FROM users")).scalar_one() == 1


def test_what_cannot_be_read_is_a_storage_error(database: Database) -> None:
    with database.write() as session:
        session.execute(text("DROP TABLE items"))
    with pytest.raises(StorageError, match=r"cannot be used: .*items"):
        ItemStore(database).count()


FAILURES = [InterfaceError("SELECT 1", {}, Exception("server gone")), PoolTimeoutError("server gone")]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
@pytest.mark.parametrize("way", [Database.read, Database.write])
def test_whatever_fails_in_a_session_is_a_storage_error(
    sqlite: Database, way: Callable[..., contextlib.AbstractContextManager[object]], failure: SQLAlchemyError
) -> None:
    with pytest.raises(StorageError, match="server gone") as caught, way(sqlite):
        raise failure
    assert "SELECT" not in str(caught.value)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
@pytest.mark.parametrize("way", [Database.migrate, Database.check])
def test_whatever_fails_in_connecting_is_a_storage_error(
    sqlite: Database, way: Callable[..., None], failure: SQLAlchemyError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise failure

    monkeypatch.setattr(sqlite.engine, "connect", refuse)
    with pytest.raises(StorageError, match="server gone"):
        way(sqlite)


def test_a_database_of_a_newer_version_says_what_to_do(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match=r"9999.*Update Palate"):
        database.migrate()


def test_a_broken_rule_is_a_storage_error_and_leaves_nothing(database: Database) -> None:
    twice = [ItemRecord("mug-01", "Camping Mug"), ItemRecord("mug-01", "Another")]
    with pytest.raises(StorageError, match=r"(?i)unique"):
        ItemStore(database).replace_all(twice)
    assert ItemStore(database).count() == 0


def test_a_reader_is_not_held_up_by_a_writer_and_sees_the_old_state(database: Database) -> None:
    items = ItemStore(database)
    items.replace_all([ItemRecord("mug-01", "Camping Mug")])
    with database.write() as session:
        session.execute(text("DELETE FROM items"))
        assert items.count() == 1
    assert items.count() == 0


def test_a_second_writer_waits_for_the_first(database: Database) -> None:
    inside, leave = threading.Event(), threading.Event()

    def slow() -> None:
        with database.write() as session:
            session.execute(text("INSERT INTO users (id, created_ms) VALUES ('ada', 1)"))
            inside.set()
            leave.wait(5)

    writer = threading.Thread(target=slow)
    writer.start()
    assert inside.wait(5)
    threading.Timer(0.2, leave.set).start()
    ConversationStore(database).start("ada")  # the same row: waits, then finds it
    writer.join()
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM users")).scalar_one() == 1


def test_the_plain_postgresql_url_gets_the_driver_that_is_installed() -> None:
    assert Database("postgresql://ada@localhost/palate").engine.dialect.driver == "psycopg"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "palate.db",
        "mysql://ada:s3cret@localhost/palate",
        "postgres://ada:s3cret@localhost/palate",
        "postgresql://ada:s3cret@localhost:port/palate",
    ],
)
def test_a_url_that_cannot_be_read_says_what_one_looks_like(url: str) -> None:
    with pytest.raises(StorageError, match=r"DATABASE_URL.*Example: sqlite:///palate\.db") as caught:
        Database(url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("step", ["migrate", "check"])
@pytest.mark.parametrize("place", ["missing/palate.db", "not-a-database", "127.0.0.1:9"])
def test_a_database_that_cannot_be_opened_names_the_url_and_what_to_check(
    place: str, step: str, tmp_path: Path
) -> None:
    (tmp_path / "not-a-database").write_text("dear diary, " * 500)
    url = f"sqlite:///{tmp_path / place}" if ":" not in place else f"postgresql://ada:s3cret@{place}/palate"
    with pytest.raises(StorageError, match="Check DATABASE_URL") as caught:
        getattr(Database(url), step)()
    assert place in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_processes_that_open_a_blank_database_at_once_all_succeed(blank_url: str) -> None:
    command = [sys.executable, "-m", "tests.storage.forked", "migrate", blank_url, "6"]
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    database = Database(blank_url)
    ConversationStore(database).start("ada")
    database.close()
