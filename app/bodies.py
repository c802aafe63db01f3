"""What the HTTP API takes: the bodies of its calls, with a limit on everything."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator, model_validator

from agents.plan import MOST_SHOWN, Message
from app.limits import MAX_MESSAGE, MAX_REPLY
from storage.records import MAX_TITLE, FeedbackKind

NO_NUL = r"^[^\x00]*$"  # PostgreSQL takes none in a text
MAX_BODY = 4 * 2**20  # bytes; the longest history that /recommend takes is about that
_MAX_CONSTRAINTS = 12  # what could be let go is searched for among all their combinations

Id = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
Text = Annotated[str, Field(min_length=1, max_length=MAX_MESSAGE)]
Limits = tuple[FiniteFloat | None, FiniteFloat | None]
Values = Annotated[list[str], Field(min_length=1, max_length=100)]


class ChatBody(BaseModel):
    """One message to answer."""

    message: Text
    conversation_id: Id | None = None
    k: int = Field(5, ge=1, le=MOST_SHOWN)


class EarlierMessage(Message):
    """One earlier message, no longer than one can be."""

    text: str = Field(max_length=MAX_REPLY)


class PlanBody(BaseModel):
    """One message to read."""

    message: Text
    history: list[EarlierMessage] = Field(default_factory=list, max_length=50)


class Constraints(BaseModel):
    """Hard constraints; all must hold.

    `facets` and `not_facets`: facet → values, any of which will do. `ranges`: facet → [min, max], null where open.
    Further keys are refused, where other bodies ignore them: a misspelt constraint would let everything through.
    """

    model_config = ConfigDict(extra="forbid")

    facets: dict[str, Values] = Field(default_factory=dict)
    not_facets: dict[str, Values] = Field(default_factory=dict)
    ranges: dict[str, Limits] = Field(default_factory=dict)

    @field_validator("ranges")
    @classmethod
    def _bounded(cls, ranges: dict[str, Limits]) -> dict[str, Limits]:
        for low, high in ranges.values():
            if low is None and high is None:
                raise ValueError("[null, null] bounds nothing: give a minimum, a maximum, or leave the facet out")
            if low is not None and high is not None and low > high:
                raise ValueError(f"[{low:g}, {high:g}] holds for nothing: the minimum comes first")
        return ranges

    @model_validator(mode="after")
    def _few(self) -> "Constraints":
        if len(self.facets) + len(self.not_facets) + len(self.ranges) > _MAX_CONSTRAINTS:
            raise ValueError(f"at most {_MAX_CONSTRAINTS} constraints at once")
        return self


class RecommendBody(BaseModel):
    """A history of item ids, oldest first, to continue."""

    history: list[Id] = Field(default_factory=list, max_length=5_000)
    query: str = Field("", max_length=MAX_MESSAGE)
    constraints: Constraints = Field(default_factory=Constraints)
    exclude: list[Id] = Field(default_factory=list, max_length=10_000)
    k: int = Field(10, ge=1, le=100)


class FeedbackBody(BaseModel):
    """A reaction to an item shown in a turn."""

    turn_id: Id
    item_id: Id
    kind: FeedbackKind


class RenameBody(BaseModel):
    """A new title."""

    title: str = Field(min_length=1, max_length=MAX_TITLE, pattern=NO_NUL)
