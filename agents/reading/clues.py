"""What the rules make of a message, for those who judge it further."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.linking.titles import TitleSpan
from agents.plan import Stance, TurnPlan
from agents.reading.stretches import Stretches
from agents.text import Span

# What rules make of a stretch (`agents.reading.polarity.rule`), and of which the models may say more.
TITLE, OPEN = "title", ("none", "too")


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
class Said:
    """A message with all that it names: titles, qualities and bounds.

    Attributes:
        names: where they stand, in reading order. rules: TITLE, or what rules make of each
            (`agents.reading.polarity.rule`).
    """

    text: str
    names: Sequence[Span]
    rules: Sequence[str]
    shown: bool


@dataclass(frozen=True, slots=True)
class RuleClues(Clues):
    """Clues with the stretches they were read from.

    Attributes:
        names_many: whether a quality is a person, or a series is asked for.
        missed: by their places, the qualities that the cards are said to lack.
    """

    said: Stretches
    names_many: bool
    missed: Mapping[int, str]

    @property
    def spans(self) -> list[TitleSpan]:
        """The titles that the names are."""
        return self.said.titles
