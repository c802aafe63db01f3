"""What is meant by a message that names a card: a question about it, or which one was meant all along. English."""

import re

from agents.language import cues
from agents.linking.on_screen import LEAD
from agents.linking.titles import TitleSpan
from agents.plan import Intent, Stance, TurnPlan
from agents.reading.asked import only_named, questions
from agents.reading.clues import RuleClues

_SAID = r"(?:(?P<said>said|mean|meant)|(?:ask|asked|speak|speaking|talk|talking)\s+(?:you\s+)?(?:about|of|for))"
# Before and behind the one that was meant all along: "I asked about Kiki", "dune 2 the one u just showed".
_MEANT = re.compile(
    rf"\b(?:i|we)(?:'m|\s+am|\s+was)?\s+(?:(?:only|just|already)\s+)*{_SAID}\s+(?:the\s+)?"
    r"(?:(?:film|movie|one)\s+)?(?:called\s+|named\s+|with\s+(?:the\s+)?)?[\"'“‘]?$",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[\"'”’]?\s*(?:$|[.,;!?]|not\b)", re.IGNORECASE)  # no "I said Heat was a joke"
_SHOWN_ONE = re.compile(
    r"[\"'”’]?,?\s+(?:the\s+one\s+)?(?:that\s+|which\s+)?(?:you|u)\s+(?:(?:just|have)\s+)*"
    r"(?:showed|shown|listed|mentioned|named|gave|suggested|recommended)(?:\s+(?:me|us|before|earlier|now))*\W*$",
    re.IGNORECASE,
)
_ASKED = re.compile(r",?\s+(?:what(?:'?s|\s+is)\s+(?:that|it|this)|how\s+long|who'?s\s+in)\b", re.IGNORECASE)
# In a question that is no question about a card.
_OTHERS = re.compile(
    r"\b(?:others?|another|any|more|else|similar|like|same|something|anything|someone|instead|films|movies|recommend\w*"
    r"|suggest\w*|(?:and|what)\s+for)\b",
    re.IGNORECASE,
)
_MAY_ASK = (Intent.REFINE, Intent.RECOMMEND, Intent.CHAT, Intent.FEEDBACK)


def hear_cards(plan: TurnPlan, clues: RuleClues) -> None:
    """Makes a question of a plan where a card is asked about by its name, or told to be the one that was meant."""
    if not clues.shown or not clues.spans:
        return
    if meant := _meant(plan, clues):
        ids = [span.item_id for span in meant]
        plan.mentions = [m.model_copy(update={"stance": Stance.NEUTRAL}) for m in plan.mentions if m.id in ids]
        plan.intent, plan.refers_to, plan.unwanted = Intent.ABOUT_ITEM, [], []
    elif plan.intent in _MAY_ASK and not any(found.relative for found in plan.ranges) and _asks(plan, clues):
        plan.intent, plan.refers_to = Intent.ABOUT_ITEM, []


def _meant(plan: TurnPlan, clues: RuleClues) -> list[TitleSpan]:
    """The titles that a message only names, or says it named before: "Hook?", "no, I said Drive"."""
    text, spans = clues.text, clues.spans
    wishes = clues.plan.ranges or clues.plan.forget or any(cues.BUT_AFTER.match(text[span.end :]) for span in spans)
    meant = [span for span in spans if span.shown and not wishes and _said_before(text, span)]
    meant = meant or [span for span in spans if LEAD.search(text[: span.start]) and _SHOWN_ONE.match(text, span.end)]
    if meant or len(spans) > 1 or plan.intent is Intent.FEEDBACK or not only_named(text, plan.mentions):
        return meant  # "ok. Heat" may take it
    return spans if spans[0].shown or text.rstrip().endswith("?") else []


def _said_before(text: str, span: TitleSpan) -> bool:
    said = _MEANT.search(text[: span.start])
    return said is not None and bool(not said["said"] or _ENDS.match(text, span.end))


def _asks(plan: TurnPlan, clues: RuleClues) -> bool:
    """Whether a message ends with a question about a title that it names, and asks for no others."""
    text = clues.text
    if any(_ASKED.match(text, span.end) for span in clues.spans if span.shown):
        return True
    last = next((one for one in reversed(questions(text, plan.mentions)) if one.last), None)
    if last is None or _OTHERS.search(last.text):
        return False
    # "Heat, seen. And Ronin?" asks nothing of what was seen.
    asked = {mention.id for mention in last.mentions if last.names or mention.stance is Stance.NEUTRAL}
    return any(
        span.shown or (LEAD.search(text[: span.start]) and not cues.BUT_AFTER.match(text[span.end :]))
        for span in clues.spans
        if span.item_id in asked
    )
