"""Migrations: from blank they build what `storage.tables` says, all of it or nothing."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, insert, inspect, select, text

import storage
from storage.database import Database
from storage.items import ItemStore
from storage.records import ItemRecord
from storage.tables import Base, Feedback

FOLDER = Path(storage.__file__).parent / "migrations"


def config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def differences(database: Database) -> list:
    with database.engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)


def test_migrating_a_blank_database_builds_exactly_the_tables_of_the_code(blank_url: str) -> None:
    database = Database(blank_url)
    assert len(differences(database)) >= len(Base.metadata.tables)
    database.migrate()
    assert differences(database) == []
    database.close()


def test_the_comparison_sees_a_missing_index_and_a_changed_column(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_feedback_turn_id"))
        connection.execute(text("ALTER TABLE items RENAME COLUMN image TO picture"))
    assert {change[0] for change in differences(database)} == {"add_index", "add_column", "remove_column"}


def test_the_rule_for_standing_feedback_covers_standing_rows_only(database: Database) -> None:
    options = {
        index["name"]: index.get("dialect_options", {}) for index in inspect(database.engine).get_indexes("feedback")
    }["uq_feedback_standing"]
    assert "revoked_ms IS NULL" in str(options[f"{database.engine.dialect.name}_where"])


def test_migrating_again_changes_nothing(database: Database) -> None:
    ItemStore(database).replace_all([ItemRecord("mug-01", "Camping Mug")])
    database.migrate()
    assert ItemStore(database).count() == 1


def test_there_is_one_newest_revision_and_the_database_has_it(database: Database) -> None:
    heads = ScriptDirectory.from_config(config()).get_heads()
    with database.engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_heads() == tuple(heads)
    assert len(heads) == 1


def test_going_down_to_nothing_and_up_again(database: Database) -> None:
    with database.engine.connect() as connection:
        down = config()
        down.attributes["connection"] = connection
        command.downgrade(down, "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    database.migrate()
    assert differences(database) == []


def test_a_migration_cut_short_can_be_run_again(blank_url: str) -> None:
    database = Database(blank_url)

    @event.listens_for(database.engine, "before_cursor_execute")
    def crash(_connection, _cursor, statement, *_rest) -> None:
        if "CREATE TABLE turns" in statement:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.migrate()
    event.remove(database.engine, "before_cursor_execute", crash)
    assert "users" not in inspect(database.engine).get_table_names()
    database.migrate()
    assert differences(database) == []
    database.close()


def test_opinions_of_older_versions_are_reduced_to_the_newest(blank_url: str) -> None:
    """Before revision 0002 a like in one turn and a dislike in the next both stood."""
    database = Database(blank_url)
    with database.engine.connect() as connection:
        old = config()
        old.attributes["connection"] = connection
        command.upgrade(old, "0001")
        connection.exec_driver_sql("INSERT INTO users VALUES ('ada', 1), ('bob', 1)")
        connection.exec_driver_sql("INSERT INTO conversations VALUES ('c', 'ada', '', 1, 1)")
        turn = "'', '', '', '', '{}', '{}', '[]', '[]', '{}', '[]', 1"
        connection.exec_driver_sql(f"INSERT INTO turns VALUES ('t1', 'c', 1, {turn}), ('t2', 'c', 2, {turn})")
        rows = [  # id, user, turn, item, kind, created, revoked
            ("a", "ada", "t1", "mug", "like", 1, None),
            ("b", "ada", "t2", "mug", "dislike", 2, None),
            ("c", "ada", "t2", "mug", "seen", 3, None),
            ("d", "ada", "t1", "pot", "dislike", 1, None),
            ("e", "ada", "t2", "pot", "dislike", 2, None),
            ("f", "ada", "t2", "pot", "like", 3, None),
            ("g", "ada", "t1", "cup", "like", 1, None),
            ("h", "ada", "t2", "cup", "dislike", 2, 3),
            ("i", "bob", "t1", "mug", "like", 1, None),
        ]
        columns = ("id", "user_id", "turn_id", "item_id", "kind", "created_ms", "revoked_ms")
        connection.execute(insert(Feedback), [dict(zip(columns, row, strict=True)) for row in rows])
        connection.commit()
    database.migrate()
    with database.read() as session:
        revoked = dict(session.execute(select(Feedback.id, Feedback.revoked_ms)).all())
    assert revoked == {"a": 2, "b": None, "c": None, "d": 3, "e": 3, "f": None, "g": None, "h": 3, "i": None}
    database.close()
