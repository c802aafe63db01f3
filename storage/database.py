"""Opens the database, brings its schema up to date, and hands out transactions.

SQLite by default, PostgreSQL by URL. Knows engines and migrations, and no table in particular.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from storage.records import StorageError

# On every connection, in this order: busy_timeout first, so that switching to WAL can already wait its turn.
SQLITE_PRAGMAS = {"busy_timeout": "10000", "journal_mode": "WAL", "synchronous": "FULL", "foreign_keys": "ON"}


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


class Database:
    """One engine and its sessions.

    Raises:
        StorageError: the URL cannot be read or the server cannot be reached.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
            if self.url.drivername == "postgresql":
                self.url = self.url.set(drivername="postgresql+psycopg")
            self.engine = _engine(self.url.render_as_string(hide_password=False))
        except (ArgumentError, ImportError, ValueError) as error:  # ValueError: the port is no number
            raise StorageError(f"DATABASE_URL cannot be used ({error}). Example: sqlite:///palate.db") from error
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    def migrate(self) -> None:
        """Bring the schema to the newest revision; a fresh database gets all of it.

        Raises:
            StorageError: the database cannot be used, or a newer version of Palate made it.
        """
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        try:
            with self.engine.connect() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except CommandError as error:  # its revision is none of ours
            raise StorageError(
                f"The database at {self.url} was made by another version of Palate, newer than this ({error}). "
                "Update Palate, or choose another --workspace or DATABASE_URL."
            ) from error
        except SQLAlchemyError as error:
            raise self._unusable(error) from error

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads.

        Raises:
            StorageError: the database cannot be read.
        """
        with self._sessions() as session:
            try:
                yield session
            except SQLAlchemyError as error:
                raise self._unusable(error) from error

    @contextmanager
    def write(self, alone: str = "", lock_at_once: bool = True) -> Iterator[Session]:
        """A transaction, committed when the block ends and undone if it raises.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE): a read that turns into a write halfway
        would otherwise fail instead of waiting.

        Args:
            alone: a name; of several transactions that give the same one, each waits for those before it. On SQLite
                every transaction does.
            lock_at_once: False to let others write until the first change, while this one fills temporary tables.
                Before that change it must not read.

        Raises:
            StorageError: the change was not taken: a lock held too long, a full disk, a server gone, a broken rule.
        """
        with self._sessions() as session:
            try:
                if self.engine.dialect.name == "sqlite":
                    session.execute(text("BEGIN IMMEDIATE" if lock_at_once else "BEGIN"))
                elif alone:
                    session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"palate {alone}"})
                yield session
                session.commit()
            except SQLAlchemyError as error:
                session.rollback()
                raise StorageError(
                    f"The database could not take the change: {_reason(error)}. Nothing of it was stored; try again, "
                    "and should that fail, check the disk and DATABASE_URL."
                ) from error
            except BaseException:
                session.rollback()
                raise

    def check(self) -> None:
        """Raise StorageError unless the database answers and, on SQLite, keeps its durability settings."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
                if self.engine.dialect.name == "sqlite":
                    found = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
                    if found != 2:
                        raise StorageError(f"SQLite runs with synchronous={found}, not FULL (2): commits may be lost")
        except SQLAlchemyError as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    def _unusable(self, error: SQLAlchemyError) -> StorageError:
        # The URL prints with its password hidden.
        return StorageError(f"The database at {self.url} cannot be used: {_reason(error)}. Check DATABASE_URL.")


def _reason(error: SQLAlchemyError) -> object:
    """The driver's error without the statement; SQLAlchemy's own errors, as of a pool used up, have none."""
    return getattr(error, "orig", None) or error


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def set_pragmas(connection, _record):  # type: ignore[no-untyped-def]
        # The driver must not open transactions of its own: `write` says when, with BEGIN IMMEDIATE.
        connection.isolation_level = None
        cursor = connection.cursor()
        for name, value in SQLITE_PRAGMAS.items():
            cursor.execute(f"PRAGMA {name}={value}")
        cursor.close()

    return engine
