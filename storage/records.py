"""Frozen types that cross the border of the storage package.

Nothing here knows SQL. Everything above storage passes these around and never sees a table row.
Times are UTC, in milliseconds since 1970.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_TITLE = 80  # characters of a conversation's title


class FeedbackKind(StrEnum):
    """What a person can say about one shown item with one tap."""

    LIKE = "like"
    DISLIKE = "dislike"
    SEEN = "seen"
    SAVE = "save"
    MORE_LIKE = "more_like"


class TurnStatus(StrEnum):
    """How a turn ended; a turn is stored when its message arrives, and completed when its words are."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One item of the catalogue; `attributes` holds whatever further columns the source had."""

    id: str
    title: str
    text: str = ""
    image: str = ""
    url: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One imported interaction. `value` is a rating where there is one; `timestamp` only orders events."""

    user_id: str
    item_id: str
    kind: str = "view"
    value: float | None = None
    timestamp: float = 0.0


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """One conversation of one person."""

    id: str
    user_id: str
    title: str
    created_ms: int
    updated_ms: int


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One message and everything that answered it.

    `plan`, `taste`, `shown`, `steps` and `timings_ms` are plain JSON: the plan as read, the taste state after the
    turn, the cards as shown, the steps a person can open, milliseconds per part, and the suggestions to tap. All are
    empty until the message has been read and ranked for.
    """

    id: str
    conversation_id: str
    position: int
    message: str
    reply: str
    source: str
    status: TurnStatus
    plan: Mapping[str, Any]
    taste: Mapping[str, Any]
    shown: tuple[Mapping[str, Any], ...]
    steps: tuple[Mapping[str, Any], ...]
    timings_ms: Mapping[str, float]
    created_ms: int
    chips: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """One reaction that still stands (undone ones are kept in the table, but never returned)."""

    id: str
    user_id: str
    turn_id: str
    item_id: str
    kind: FeedbackKind
    created_ms: int


class StorageError(Exception):
    """Base of what storage raises; the text says what to do next."""


class NotFoundError(StorageError):
    """The thing does not exist, or is not this person's: the two are not told apart on purpose."""
