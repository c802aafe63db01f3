"""The catalogue as stored: one row an item, in the order of the file it came from."""

from collections.abc import Iterable

from sqlalchemy import delete, func, select

from storage.database import Database
from storage.records import ItemRecord
from storage.tables import Item

_CHUNK = 500  # rows a statement: far below SQLite's limit of bound values


class ItemStore:
    """Reads and replaces catalogue items."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace_all(self, items: Iterable[ItemRecord]) -> int:
        """Make these the whole catalogue, in one transaction: readers see the old one or the new one."""
        rows = [
            {
                "id": item.id,
                "position": position,
                "title": item.title,
                "text": item.text,
                "image": item.image,
                "url": item.url,
                "attributes": dict(item.attributes),
            }
            for position, item in enumerate(items)
        ]
        with self._database.write(alone="items") as session:
            session.execute(delete(Item))
            for start in range(0, len(rows), _CHUNK):
                session.bulk_insert_mappings(Item.__mapper__, rows[start : start + _CHUNK])
        return len(rows)

    def all(self) -> list[ItemRecord]:
        """Every item, in catalogue order."""
        with self._database.read() as session:
            rows = session.scalars(select(Item).order_by(Item.position)).all()
            return [ItemRecord(r.id, r.title, r.text, r.image, r.url, r.attributes) for r in rows]

    def count(self) -> int:
        """How many items the catalogue has."""
        with self._database.read() as session:
            return session.scalar(select(func.count()).select_from(Item)) or 0
