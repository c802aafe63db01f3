"""What the rules would make of a message, for the learnt readers."""

from agents.plan import TurnPlan
from agents.reading.clues import Clues


def clues(text: str, *names: str, shown: bool = False, plan: TurnPlan | None = None) -> Clues:
    """Clues of a text in which these names were found."""
    places = sorted((text.index(name), text.index(name) + len(name)) for name in names)
    return Clues(text, places, [None] * len(places), plan or TurnPlan(), shown)
