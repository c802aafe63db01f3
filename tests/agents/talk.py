"""A conversation with a controller, turn after turn, as the service runs it."""

from dataclasses import dataclass, field
from typing import Any

from agents.controller import Context, Controller, Finished, Part, Planned, Shown, Words
from agents.plan import Intent, Message, TurnPlan
from agents.state.taste import Profile, Taste
from recommender.catalogue import Catalogue


@dataclass
class Turn:
    """Everything one turn gave."""

    parts: list[Part]

    def only(self, kind: type[Any]) -> Any:
        (part,) = (part for part in self.parts if isinstance(part, kind))
        return part

    @property
    def shown(self) -> Shown:
        shown: Shown = self.only(Shown)
        return shown

    @property
    def plan(self) -> TurnPlan:
        return self.shown.reading.plan

    @property
    def intent(self) -> Intent:
        return self.plan.intent

    @property
    def ids(self) -> list[str]:
        return [card["id"] for card in self.shown.cards]

    @property
    def titles(self) -> list[str]:
        return [card["title"] for card in self.shown.cards]

    @property
    def words(self) -> str:
        return "".join(part.text for part in self.parts if isinstance(part, Words))

    @property
    def finished(self) -> Finished:
        finished: Finished = self.only(Finished)
        return finished


@dataclass
class Talk:
    """One conversation: what it remembers goes from turn to turn here and nowhere else."""

    controller: Controller
    profile: Profile = field(default_factory=Profile)
    history: list[Message] = field(default_factory=list)
    taste: Taste = field(default_factory=Taste)
    cards: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, message: str, k: int = 5) -> Turn:
        context = Context(list(self.history), self.taste, self.profile, self.cards)
        turn = Turn([part async for part in self.controller.turn(message, context, k)])
        kinds = [type(part) for part in turn.parts]
        assert kinds[:2] == [Planned, Shown] and kinds[-1] is Finished and set(kinds[2:-1]) <= {Words}
        self.taste = turn.shown.taste
        self.cards = turn.shown.cards or self.cards
        self.history += [Message(role="user", text=message), Message(role="assistant", text=turn.words)]
        return turn


def has(catalogue: Catalogue, item_id: str, facet: str, value: str) -> bool:
    """Whether an item has a value of a facet."""
    return value in catalogue.values_of(catalogue[item_id], facet)
