"""What the rules make of a message, for those who judge it further."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.plan import Stance, TurnPlan

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
