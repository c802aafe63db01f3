"""Of like and dislike of one person and item only the newest stands, also where they were given in different turns."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    feedback = sa.table("feedback", *map(sa.column, ("id", "user_id", "item_id", "kind", "created_ms", "revoked_ms")))
    opinions = (
        sa.select(feedback)
        .where(feedback.c.kind.in_(["like", "dislike"]), feedback.c.revoked_ms.is_(None))
        .order_by(feedback.c.created_ms, feedback.c.id)
    )
    standing: dict[tuple[str, str], list[sa.Row[Any]]] = {}
    for row in op.get_bind().execute(opinions).all():
        earlier = standing.setdefault((row.user_id, row.item_id), [])
        if earlier and earlier[0].kind != row.kind:
            ids = [old.id for old in earlier]
            op.execute(feedback.update().where(feedback.c.id.in_(ids)).values(revoked_ms=row.created_ms))
            earlier.clear()
        earlier.append(row)


def downgrade() -> None:
    """Nothing to undo: the schema is the same, and which reactions stood before is not known."""
