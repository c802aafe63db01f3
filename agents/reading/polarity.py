"""Whether a quality or a bound that a message names is asked for, ruled out, or only told. English.

"I don't think a horror film would suit us" has no word against horror next to it, and "we are in our seventies" asks
for no old films: as with the stances to titles, people say so in more ways than patterns can list. A model of words,
which takes what the rules make of a stretch for one of its features, and the tuned encoder judge together; both learnt
from messages in which every such stretch is marked (`data/reading/polarity`), and see a sign in its place.
"""

import re
from collections.abc import Container, Mapping, Sequence

from agents.language import cues
from agents.language.allowed import allowed
from agents.language.negation import negated
from agents.plan import Polarity, TurnPlan
from agents.reading.clues import OPEN, TITLE, Said
from agents.reading.stretches import Stretches
from agents.text import Placed, Span, blanked, places, without

# Log-odds over WANTED from which the models overrule the rules: people ask for most of what they name, and in the
# messages learnt from it is a third (figures: docs/decisions.md).
_SURE, _SURE_OF_BOUNDS = 4.0, 9.0  # "got two hours till my flight" tells a time and means a length
_TURNS_ROUND = re.compile(r"\b(?:not\s+(?:only|just)|why\s+not|none\s+of|anything\s+but)\b", re.IGNORECASE)
_DESCRIBES = 3  # words to search by and qualities told with which an item is described: what is told of it helps


def as_said(stretches: Stretches, shown: bool) -> Said | None:
    """What a message names, with what the rules make of it, for the models; None where those have nothing to say."""
    text, titles = stretches.text, stretches.titles
    named: list[Placed] = [*stretches.qualities, *stretches.ranges]
    if not named or not re.search(r"\w", blanked(text, places([*named, *titles]))):
        return None  # "weirder, darker": nothing is said of them
    said = with_rules(text, titles, named, shown)
    return said if any(one in OPEN for one in said.rules) else None


def with_rules(text: str, titles: Sequence[Placed], named: Sequence[Placed], shown: bool) -> Said:
    """A text with the titles, and with the qualities and bounds and what the rules make of each."""
    rules = {(one.start, one.end): rule(text, one.start, one.end, titles) for one in named}
    rules |= dict.fromkeys(places(titles), TITLE)
    names = sorted(rules)
    return Said(text, names, [rules[name] for name in names], shown)


def tell_apart(
    plan: TurnPlan, said: Stretches, polarities: Mapping[Span, Mapping[str, float]], asks: bool, kept: Container[str]
) -> None:
    """Changes in a plan by rules what is surely meant otherwise. What rules call ruled out or allowed stays so.

    Args:
        asks: whether the message asks about items: what it only tells, as in "is it scary?", is what is asked.
        kept: phrases that are wishes although they are only told: for children who watch.
    """
    meant: dict[str, list[Polarity]] = {}  # of a phrase, each time that it is said
    for quality in said.qualities:
        if (phrase := said.phrase(quality)) in plan.wanted:
            scores = polarities.get((quality.start, quality.end), {})
            meant.setdefault(phrase, []).append(likeliest(scores))
    asked_for = list(plan.wanted)
    rest = plan.query
    for phrase in meant:
        rest = without(rest, phrase)
    told_of = sum(Polarity.TOLD in found for found in meant.values())
    describes = not said.titles and len(rest.split()) + told_of >= _DESCRIBES
    for phrase, found in meant.items():
        told = Polarity.TOLD in found
        if Polarity.WANTED in found or phrase in kept or describes or (told and asks):
            continue
        plan.wanted = [one for one in plan.wanted if one != phrase]
        plan.unwanted = [*plan.unwanted, *([] if told else [phrase])]
        plan.query = without(plan.query, phrase)
    if not (plan.wanted or plan.unwanted or plan.query or plan.ranges or plan.mentions or plan.refers_to):
        plan.wanted = asked_for  # who says nothing else has not only told of something: "never mind, romance"
    if not asks:
        told_bounds = [
            found.range
            for found in said.ranges
            if likeliest(polarities.get((found.start, found.end), {}), bound=True) is Polarity.TOLD
        ]
        plan.ranges = [wish for wish in plan.ranges if not any(wish is one for one in told_bounds)]


def likeliest(scores: Mapping[str, float], bound: bool = False) -> Polarity:
    """What is surely meant of a quality or a bound that the rules take for a wish; else WANTED."""
    if not scores:
        return Polarity.WANTED
    other = Polarity.TOLD if bound else max(Polarity.RULED_OUT, Polarity.TOLD, key=scores.__getitem__)
    least = _SURE_OF_BOUNDS if bound else _SURE
    return other if scores[other] - scores[Polarity.WANTED] >= least else Polarity.WANTED


def rule(text: str, start: int, end: int, titles: Sequence[Placed]) -> str:
    """What the rules make of a stretch: a word for it, as a feature."""
    if allowed(text, start, end):
        return "allowed"
    if negated(text, start, titles):
        return "negated"
    if cues.NOT_MINE_AFTER.match(text, end):
        return "criticised"
    before = text[:start]
    if cues.NEGATION.search(cues.NOT_A_NEGATION.sub("", before)) or _TURNS_ROUND.search(before):
        return "not reached"  # how far "no horror, comedy or romance, Japanese" reaches is the rules' to say
    return "too" if cues.TOO_AFTER.match(text, end) else "none"
