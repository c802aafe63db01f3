"""The intent of a message by rules: the first opinion, of which the learnt models make one of their features."""

import re
from collections.abc import Sequence

from agents.language import cues
from agents.language.ranges import Found
from agents.linking.facets import QualitySpan
from agents.plan import Intent, Mention, Stance, TurnPlan
from agents.text import frequency, has_cjk, tokens

_VERDICTS = {Stance.LIKED, Stance.DISLIKED, Stance.SEEN}
_RARE_WORD = 3.5  # Zipf frequency below which the object of a verdict is a name
_BARE_RANGE = 6  # words of a message with nothing but a range in it, which bounds what is shown already


def intent_by_rules(
    text: str, plan: TurnPlan, qualities: Sequence[QualitySpan], ranges: Sequence[Found], shown: bool
) -> Intent:
    """The intent of a message.

    Args:
        plan: what else is known of it. qualities, ranges: those in it, with what no bound could be made of.
        shown: whether recommendations are on the screen.
    """
    mentions, forget = plan.mentions, plan.forget
    content = bool(mentions or qualities or ranges or forget or plan.count)
    pointed = bool(plan.refers_to or mentions)
    focus = bool(cues.FOCUS.search(text))
    request = bool(cues.REQUEST.search(text))
    stances = {mention.stance for mention in mentions}
    if cues.OFF_TOPIC.search(text) and not pointed:
        return Intent.CHAT
    if cues.CHAT.search(text) and not content and not pointed and not cues.GREETED_REQUEST.match(text):
        return Intent.CHAT
    if cues.COMPARE.search(text) and (len(mentions) >= 2 or len(plan.refers_to) >= 2 or (shown and not content)):
        return Intent.COMPARE
    if cues.EXPLAIN.search(text) and (pointed or focus or shown) and not (ranges and not shown):
        return Intent.EXPLAIN
    similar = Stance.SIMILAR_TO in stances or bool(plan.refers_to and cues.LIKE_SHOWN.search(text))
    similar = similar or bool(shown and not pointed and cues.LIKE_FOCUS.search(text))
    asks = bool(cues.ABOUT.search(text))
    wants_list = bool(cues.WANTS_LIST.search(text))
    opinionated = stances & _VERDICTS
    if asks and (pointed or (focus and shown)) and not similar and not wants_list and not forget:
        opinion = opinionated and not text.rstrip().endswith(("?", "？"))
        if not opinion or not mentions:
            return Intent.ABOUT_ITEM
    if similar and (not request or wants_list or not qualities or plan.refers_to or stances == {Stance.SIMILAR_TO}):
        return Intent.MORE_LIKE
    said = bool(cues.LIKED.search(text) or cues.DISLIKED.search(text) or cues.SEEN.search(text))
    asking = bool(cues.ASKING.search(text))
    if (
        (opinionated or (said and (plan.refers_to or (focus and shown and len(text.split()) <= 12))))
        and not (asking or ranges or forget)
        and not _asks_for_kind(text, qualities, mentions)
    ):
        return Intent.FEEDBACK
    if shown and (forget or _refines(text, ranges, qualities, mentions)):
        return Intent.REFINE
    if forget and not mentions:
        return Intent.REFINE
    if said and not asking and not ranges and cues.SPEAKS_OF_SELF.match(text):
        return Intent.FEEDBACK  # a verdict on something the catalogue does not have
    if not content and not request and not asking:
        return Intent.CHAT if len(text.split()) <= 3 or cues.CHAT.search(text) else Intent.RECOMMEND
    return Intent.RECOMMEND


def _refines(text: str, ranges: Sequence[Found], qualities: Sequence[QualitySpan], mentions: Sequence[Mention]) -> bool:
    """Whether a message goes on from what is shown."""
    if any(found.range.relative for found in ranges):
        return True
    if cues.FRESH_START.search(text):
        return False
    length = len(text) / 2 if has_cjk(text) else len(text.split())
    if ranges and not (qualities or mentions) and length <= _BARE_RANGE:
        return True  # "up to 100 minutes"
    short = 8 if has_cjk(text) and (ranges or qualities) and not cues.ZH_FRESH_START.search(text) else 3
    return (bool(cues.REFINE.search(text)) and length <= 22) or length <= short


def _asks_for_kind(text: str, qualities: Sequence[QualitySpan], mentions: Sequence[Mention]) -> bool:
    """Whether a quality is asked for outside of what is said of the titles: "korean thriller, seen Oldboy"."""
    if not mentions:
        return bool(qualities) and bool(cues.REQUEST.search(text))
    places = [text.find(mention.text) for mention in mentions]
    for quality in qualities:
        between = [text[min(quality.start, place) : max(quality.start, place)] for place in places]
        apart = all(re.search(r"[,.;!?，。！？]|\s-\s|\bbut\b|\bso\b", gap) for gap in between)
        following = text[quality.end :].split(",")[0].split(".")[0].split()
        if apart and (quality.start < min(places) or len(following) <= 2):
            return True
    return False


def names_another(text: str) -> bool:
    """Whether a verdict has an object of its own, which the catalogue does not know: "we've seen Paddington"."""
    verdict = cues.OTHER_OBJECT.search(text)
    word = tokens(text[verdict.end() - 1 :])[:1] if verdict else []
    return bool(word) and ((word[0].text[0].isupper() and not text.isupper()) or frequency(word[0].key) < _RARE_WORD)


def is_unread(text: str, plan: TurnPlan) -> bool:
    """Whether a new request asks for nothing that was understood, and not for just anything either."""
    said = plan.mentions or plan.wanted or plan.unwanted or plan.ranges or plan.forget or plan.refers_to or plan.count
    if plan.intent is not Intent.RECOMMEND or said or plan.query:
        return False
    asks = (cues.REQUEST, cues.GREETED_REQUEST, cues.INSTEAD, cues.ANYTHING)
    return not any(pattern.search(text) for pattern in asks)
