"""What the rules make of a message, for those who judge it further."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.plan import Stance, TurnPlan
from agents.titles import TitleSpan

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Clues:
    """What the rules make of a message.

    Attributes:
        names: (start, end) of the names in the text, in reading order. stances: to each, None where rules see none.
        plan: the rules' plan. shown: whether recommendations are on the screen.
    """

    text: str
    names: Sequence[Span]
    stances: Sequence[Stance | None]
    plan: TurnPlan
    shown: bool


@dataclass(frozen=True, slots=True)
class RuleClues(Clues):
    """Clues with the titles they speak of.

    Attributes:
        indirect: whether a quality is named by way of an item ("the director of Alien").
        names_many: whether a quality is a person, or a series is asked for.
        told_of: where titles begin that are told to be something and not something else.
        not_here: names of what the catalogue does not have.
    """

    spans: Sequence[TitleSpan]
    indirect: bool
    names_many: bool
    told_of: Sequence[int] = ()
    not_here: Sequence[Span] = ()
