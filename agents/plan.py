"""The plan: what a message asks for, in typed choices, the same for every catalogue.

Facet names and values of a catalogue are not part of it: `agents.linking.facets` ties the phrases to them afterwards.
That keeps the schema small enough for a 135M model under a JSON-schema constraint.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Literal, Protocol

from langchain_core.messages import BaseMessage
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

MAX_COUNT = 50  # items that a message may ask for
MOST_SHOWN = 20  # cards in one turn, however many are asked for


class Intent(StrEnum):
    """What the person wants of this turn."""

    RECOMMEND = "recommend"
    REFINE = "refine"
    MORE_LIKE = "more_like"
    EXPLAIN = "explain"
    COMPARE = "compare"
    ABOUT_ITEM = "about_item"
    FEEDBACK = "feedback"
    CHAT = "chat"


class Stance(StrEnum):
    """How the person stands to an item they name."""

    LIKED = "liked"
    DISLIKED = "disliked"
    SEEN = "seen"
    SIMILAR_TO = "similar_to"
    UNWANTED = "unwanted"
    NEUTRAL = "neutral"


class Polarity(StrEnum):
    """How the person stands to a quality or a bound they name: asked for, ruled out, or only told."""

    WANTED = "wanted"
    RULED_OUT = "ruled_out"
    TOLD = "told"


class Mention(BaseModel):
    """An item named in the message; `id` is filled by linking and null when no item of the catalogue fits.

    Attributes:
        others: ids of the other items that the name stands for, where it is a series of which all is spoken of.
    """

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=200)
    id: str | None = None
    stance: Stance = Stance.NEUTRAL
    others: list[str] = Field(default_factory=list, max_length=100)

    @model_serializer(mode="wrap")
    def _without_no_others(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Most names stand for one item."""
        written: dict[str, Any] = serialise(self)
        return written if self.others else {key: value for key, value in written.items() if key != "others"}

    @property
    def ids(self) -> list[str]:
        """All items that are named."""
        return [self.id, *self.others] if self.id else []


class Range(BaseModel):
    """Bounds on a number, both inclusive; or a wish relative to what is shown ("newer")."""

    model_config = ConfigDict(extra="forbid")

    facet: str = Field(max_length=60)
    min: float | None = None
    max: float | None = None
    relative: Literal["higher", "lower"] | None = None

    @property
    def empty(self) -> bool:
        """Whether it bounds nothing: a facet without a number."""
        return self.min is None and self.max is None and self.relative is None

    @model_validator(mode="after")
    def _ordered(self) -> "Range":
        if self.min is not None and self.max is not None and self.min > self.max:
            self.min, self.max = self.max, self.min
        return self


class TurnPlan(BaseModel):
    """One message, read.

    Attributes:
        wanted, unwanted: qualities as short phrases, in the words of the message.
        count: how many items were asked for.
        refers_to: places of shown cards that are meant, from 1; -1 is the last one, 0 whichever was in focus.
        forget: constraints taken back ("forget the 80s thing").
        query: what is left of the message, for semantic search.
    """

    model_config = ConfigDict(extra="forbid")

    intent: Intent = Intent.RECOMMEND
    mentions: list[Mention] = Field(default_factory=list, max_length=20)
    wanted: list[str] = Field(default_factory=list, max_length=20)
    unwanted: list[str] = Field(default_factory=list, max_length=20)
    ranges: list[Range] = Field(default_factory=list, max_length=8)
    count: int | None = Field(default=None, ge=1, le=MAX_COUNT)
    refers_to: list[int] = Field(default_factory=list, max_length=MOST_SHOWN)
    forget: list[str] = Field(default_factory=list, max_length=10)
    query: str = Field(default="", max_length=1000)

    @field_validator("count", mode="before")
    @classmethod
    def _no_count(cls, count: Any) -> Any:
        """A small model says 0 where it means none; the rest of its plan is good."""
        return None if count == 0 else count

    @field_validator("wanted", "unwanted", "forget")
    @classmethod
    def _short_phrases(cls, phrases: list[str]) -> list[str]:
        return list(dict.fromkeys(phrase.strip()[:100] for phrase in phrases if phrase.strip()))


class Message(BaseModel):
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    text: str


class Reading(BaseModel):
    """A plan, and how it was come by.

    Attributes:
        note: why the language model was not used, or "".
        asked: the planning call and the answer to it, for the reply to go on from; empty where there was none.
    """

    plan: TurnPlan
    source: Literal["llm", "rules"]
    note: str = ""
    asked: list[BaseMessage] = Field(default_factory=list, exclude=True, repr=False)


class Reader(Protocol):
    """Turns a message into a plan. Raises nothing on odd input: any text has a reading."""

    async def read(self, message: str, history: list[Message], shown: Sequence[str] = ()) -> Reading:
        """Read one message in the light of the earlier ones, oldest first.

        Args:
            shown: ids of the items on the screen, or there lately, the newest first: these are called by any name.
        """
