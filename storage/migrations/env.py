"""Alembic's entry: runs the revisions on the connection that `Database.migrate` passes in."""

from alembic import context

from storage.tables import Base

connection = context.config.attributes["connection"]
# One process at a time, and all revisions or none: a second process waits here, and then finds nothing to do.
if connection.dialect.name == "sqlite":
    connection.exec_driver_sql("BEGIN IMMEDIATE")
else:
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('palate migrations'))")
# Batch mode: SQLite cannot alter a table in place, so Alembic copies it.
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
