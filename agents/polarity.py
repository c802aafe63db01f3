"""Whether a quality or a bound that a message names is asked for, ruled out, or only told. English.

"I don't think a horror film would suit us" has no word against horror next to it, and "we are in our seventies" asks
for no old films: as with the stances to titles, people say so in more ways than patterns can list. A model of words,
which takes what the rules make of a stretch for one of its features, and the tuned encoder judge together; both learnt
from messages in which every such stretch is marked (`data/reading/polarity`), and see a sign in its place.
"""

from collections.abc import Mapping, Sequence

from agents import cues
from agents.allowed import allowed
from agents.clues import TITLE, Said
from agents.negation import negated
from agents.plan import Polarity, TurnPlan
from agents.stretches import Stretches
from agents.text import Placed, Span, places, without

_SURE = 1.0  # log-odds from which the models overrule the rules


def as_said(stretches: Stretches, shown: bool) -> Said | None:
    """What a message names, with what the rules make of it, for the models; None without qualities and bounds."""
    text, titles = stretches.text, stretches.titles
    named: list[Placed] = [*stretches.qualities, *stretches.ranges]
    if not named:
        return None
    rules = {(one.start, one.end): rule(text, one.start, one.end, titles) for one in named}
    rules |= dict.fromkeys(places(titles), TITLE)
    names = sorted(rules)
    return Said(text, names, [rules[name] for name in names], shown)


def tell_apart(plan: TurnPlan, said: Stretches, polarities: Mapping[Span, Mapping[str, float]], asks: bool) -> None:
    """Changes in a plan by rules what is surely meant otherwise.

    Args:
        asks: whether the message asks about items: what it only tells, as in "is it scary?", is what is asked.
    """
    for quality in said.qualities:
        phrase, scores = said.phrase(quality), polarities.get((quality.start, quality.end))
        ruled = Polarity.WANTED if phrase in plan.wanted else Polarity.RULED_OUT
        if scores is None or phrase not in (*plan.wanted, *plan.unwanted):
            continue
        meant = Polarity(max(scores, key=scores.__getitem__))
        if meant is ruled or scores[meant] - scores[ruled] < _SURE or (asks and meant is Polarity.TOLD):
            continue
        plan.wanted = [one for one in plan.wanted if one != phrase] + [phrase] * (meant is Polarity.WANTED)
        plan.unwanted = [one for one in plan.unwanted if one != phrase] + [phrase] * (meant is Polarity.RULED_OUT)
        if meant is not Polarity.WANTED:
            plan.query = without(plan.query, quality.text)
    if not asks:
        told = [found.range for found in said.ranges if _only_told(polarities.get((found.start, found.end)))]
        plan.ranges = [wish for wish in plan.ranges if not any(wish is one for one in told)]


def _only_told(scores: Mapping[str, float] | None) -> bool:
    if scores is None:
        return False
    return scores[Polarity.TOLD] - max(scores[Polarity.WANTED], scores[Polarity.RULED_OUT]) >= _SURE


def rule(text: str, start: int, end: int, titles: Sequence[Placed]) -> str:
    """What the rules make of a stretch: a word for it, as a feature."""
    if allowed(text, start, end):
        return "allowed"
    if negated(text, start, titles):
        return "negated"
    if cues.NOT_MINE_AFTER.match(text, end):
        return "criticised"
    return "too" if cues.TOO_AFTER.match(text, end) else "none"
