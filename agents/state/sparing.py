"""What is kept from those who watch too, for one catalogue: whatever is asked for, for as long as they are there."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from agents.language.audience import Who, is_feared, who_watches
from agents.language.family import FOR_CHILDREN
from agents.language.gentle import TOO_MUCH
from agents.linking.facets import FacetLinker
from agents.plan import Intent, TurnPlan
from agents.state.wishes import Wish, Wishes
from agents.text import blanked

_FRIGHTENING = ("horror", "scary", "disturbing")
_SEXUAL = ("sex scenes", "sexual violence")
# As people call it; what a catalogue has no facet for is passed over.
TOO_MUCH_FOR = {
    Who.CHILDREN: ("horror", "disturbing", *_SEXUAL),
    Who.LITTLE: (*_FRIGHTENING, *_SEXUAL),
    Who.UPSET: ("sad", *TOO_MUCH, *_FRIGHTENING, *_SEXUAL),
    Who.ELDERS: ("horror", "disturbing", *_SEXUAL),
}
# ... for children, unless it was made for them: a film for the family may be violent.
_NOT_MADE_FOR_THEM = ("violent", "gore", "strong language", "nudity", "drugs", "suicide", "bleak")


class Audience(BaseModel):
    """Who watches in one conversation.

    Attributes:
        who: those who are kept in mind until they are gone. joined: who of them was told of in the newest words.
        feared: what they are afraid of. unfit: what nothing may be that they see.
    """

    who: list[Who] = Field(default_factory=list)
    joined: list[Who] = Field(default_factory=list)
    feared: list[Wish] = Field(default_factory=list)
    unfit: list[Wish] = Field(default_factory=list)


class Sparing:
    """Keeps those who watch in mind."""

    def __init__(self, facets: FacetLinker, wishes: Wishes) -> None:
        self._facets = facets
        self._wishes = wishes
        self._for_children = self._values([FOR_CHILDREN])

    def heard(self, before: Audience, plan: TurnPlan, message: str, running: Sequence[Wish]) -> Audience:
        """Who watches after a message, and what is kept from them. `running`: the wishes before it."""
        named = [message.find(mention.text) for mention in plan.mentions]
        titles = [(at, at + len(m.text)) for at, m in zip(named, plan.mentions, strict=True) if at >= 0]
        who = who_watches(blanked(message, titles), before.who)
        if self._for_children & self._values(plan.forget):  # "forget the kids"
            who = [one for one in who if one not in (Who.CHILDREN, Who.LITTLE)]
        feared = [] if before.who and not who else before.feared
        phrases = [phrase for phrase in plan.unwanted if is_feared(message, phrase, heeded=bool(who))]
        heard = [wish for phrase in phrases if (wish := self._wishes.of(phrase))]
        new = [wish for wish in heard if not self._wishes.names_somebody(wish)]
        feared = [*(wish for wish in feared if wish.values not in [w.values for w in new]), *new]
        asked = self._values(plan.wanted)
        if plan.intent is not Intent.RECOMMEND:
            asked = asked.union(*(wish.values for wish in running))
        joined = [one for one in who if one not in before.who]
        return Audience(who=who, joined=joined, feared=feared, unfit=[*self._unfit(who, asked), *feared])

    def for_children(self, audience: Audience, wanted: Sequence[Wish], unwanted: Sequence[Wish]) -> list[Wish]:
        """The wish for what suits the children who watch, where it does not run already and is not ruled out."""
        heeded = any(self._for_children.intersection(w.values) for w in (*wanted, *unwanted) if not w.preferred)
        wish = None if heeded or Who.CHILDREN not in audience.who else self._wishes.of(FOR_CHILDREN)
        return [wish] if wish else []

    def _unfit(self, who: Sequence[Who], asked: set[tuple[str, str]]) -> list[Wish]:
        """What nothing may be. What is `asked` for may be, where it is not for the little or the timid."""
        always = self._values([phrase for one in who for phrase in TOO_MUCH_FOR[one]])
        rest = self._values(_NOT_MADE_FOR_THEM) if Who.CHILDREN in who else set()
        frightening = self._values([*_FRIGHTENING, "violent"])
        if asked & frightening and Who.LITTLE not in who and Who.UPSET not in who:
            always, rest = always - frightening, rest - frightening
        unfit = [Wish(label="", values=sorted(always)), Wish(label="", values=sorted(rest - always))]
        unfit[1].unless = sorted(self._for_children)
        return [wish for wish in unfit if wish.values]

    def _values(self, phrases: Sequence[str]) -> set[tuple[str, str]]:
        return {(value.facet, value.value) for phrase in phrases for value in self._facets.link(phrase)}
