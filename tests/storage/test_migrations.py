"""Migrations: from blank they build what `storage.tables` says, all of it or nothing."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, inspect, text

import storage
from storage.database import Database
from storage.items import ItemStore
from storage.records import ItemRecord
from storage.tables import Base

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
