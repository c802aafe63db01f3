"""What holds of a message whatever was learnt: rules that stand above the learnt models' verdict on it. English.

The models take "more of a comedy" for a new wish and a shrug for a verdict; where the words leave no doubt, the words
decide.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from agents.language import cues
from agents.language.negation import asks_for_it
from agents.linking.on_screen import LEAD
from agents.linking.titles import TitleSpan
from agents.linking.unknown import asked_if_here
from agents.plan import Intent, Mention, Stance, TurnPlan
from agents.reading import pointing
from agents.reading.clues import RuleClues
from agents.reading.evidence import Verdict
from agents.reading.intents import names_another
from agents.reading.named_cards import hear_cards
from agents.reading.verdicts import (
    DENIED,
    IN_GENERAL,
    asked_about,
    dismayed,
    identified,
    put_right,
    settled,
    taken,
    unlike,
)
from agents.text import blanked, places

_SPEAKS_OF_AN_ITEM = (Intent.MORE_LIKE, Intent.ABOUT_ITEM)
_OF_ALL = (Stance.LIKED, Stance.DISLIKED, Stance.SEEN, Stance.SIMILAR_TO)  # what is ruled out, wishes widen themselves
_TAKEN_FOR = (Intent.REFINE, Intent.RECOMMEND, Intent.CHAT)  # what the models make of a choice: "Heat it is, thanks"
_ABOUT_CARDS = (Intent.FEEDBACK, Intent.ABOUT_ITEM, Intent.EXPLAIN, Intent.CHAT)


def settle(clues: RuleClues, verdict: Verdict) -> TurnPlan:
    """The clues' plan with the verdict's intent and stances, as far as the rules let them stand."""
    text, spans = clues.text, clues.spans
    mentions = as_mentions(spans, _stances(clues, verdict))
    plan = clues.plan.model_copy(update={"mentions": mentions, "intent": verdict.intent})
    if clues.shown and plan.intent is Intent.FEEDBACK and any(unlike(text, *two) for two in pairwise(spans)):
        plan.intent = Intent.REFINE  # of the cards, that they are not what was asked for
    if any(put_right(text, span) for span in spans):
        plan.intent = Intent.MORE_LIKE
    _hear_the_cards(plan, clues)
    _hear_several(plan, clues)
    _hear_wishes(plan, clues)
    _hear_verdicts(plan, clues)
    if len(spans) == 1 and not re.sub(r"\W", "", text[: spans[0].start] + text[spans[0].end :]):
        # A title and nothing else: no verdict on it, but what it stands for.
        plan.intent, plan.mentions[0].stance = Intent.MORE_LIKE, Stance.SIMILAR_TO
    hear_cards(plan, clues)
    if clues.said.indirect and not (plan.mentions or plan.refers_to) and plan.intent in _SPEAKS_OF_AN_ITEM:
        plan.intent = Intent.RECOMMEND  # the item was taken for what is meant
    return plan


def _stances(clues: RuleClues, verdict: Verdict) -> list[Stance]:
    text, spans = clues.text, clues.spans
    # "Alien, but without the gore" asks for the like of it, whatever the words after it sound like.
    likes = any(cues.BUT_AFTER.match(text[span.end :]) for span in spans)
    stances = [
        ruled if likes and ruled is Stance.SIMILAR_TO else weighed
        for ruled, weighed in zip(clues.stances, verdict.stances, strict=True)
    ]
    stances = [
        (Stance.UNWANTED if cues.RIGHT_BEFORE_UNWANTED.search(text[: span.start]) else Stance.NEUTRAL)
        if span.start in clues.said.told
        else settled(text, span, stance)
        for span, stance in zip(spans, stances, strict=True)
    ]
    for i, span in enumerate(spans):
        if put_right(text, span):
            stances[i] = Stance.SIMILAR_TO
        elif clues.shown and dismayed(text, span, spans):
            stances[i] = Stance.UNWANTED
    for i, (card, wished) in enumerate(pairwise(spans)):
        if clues.shown and unlike(text, card, wished):
            stances[i], stances[i + 1] = Stance.UNWANTED, Stance.SIMILAR_TO
    return stances


def _hear_the_cards(plan: TurnPlan, clues: RuleClues) -> None:
    """What is said of the cards as a whole, or of one pointed at."""
    text = clues.text
    if clues.shown and plan.intent is Intent.RECOMMEND and cues.MORE_OF.match(text):
        plan.intent = Intent.REFINE  # "more of a comedy" is said of the cards
    if clues.shown and plan.intent is Intent.REFINE and pointing.WHICH_OF_THEM.match(text):
        plan.intent = Intent.COMPARE
    if plan.refers_to and pointing.WHAT_ABOUT.match(text):
        plan.intent = Intent.ABOUT_ITEM
    # "Hmm", "none of these": a shrug at the cards and nothing to note of any of them; of none there is nothing.
    tells = (clues.shown or not plan.query) and _says_how_it_was(text, plan.ranges)
    shrugs = plan.intent is Intent.FEEDBACK and not (plan.mentions or tells or names_another(text))
    wishes = plan.intent in _ABOUT_CARDS and not plan.mentions and cues.LESSER_KNOWN.search(text)
    shrugs = shrugs or (clues.shown and bool(cues.SHRUG.match(text)))
    if shrugs or wishes or (plan.intent is Intent.ABOUT_ITEM and cues.ANY_WITH.search(text)):
        plan.intent = _goes_on(clues)
    if plan.intent is Intent.CHAT and cues.ANYTHING.search(text) and not cues.CHAT.search(text):
        plan.intent = _goes_on(clues)  # "up to you"
    if cues.HELP.search(text) and not (plan.mentions or plan.wanted):
        plan.intent = Intent.CHAT
    takes = plan.refers_to or pointing.CHOSEN_IT.fullmatch(text) or cues.FOCUS.search(text)
    if clues.shown and takes and not plan.mentions and pointing.chooses(text):
        plan.intent = Intent.FEEDBACK
    if clues.shown and cues.FINE.fullmatch(text):
        plan.intent = Intent.CHAT


def _hear_several(plan: TurnPlan, clues: RuleClues) -> None:
    """What is said of several cards at once: "does any of them have Tom Hanks?", "all seen"."""
    if len(plan.refers_to) < 2:
        return
    if plan.intent is Intent.ABOUT_ITEM:
        plan.intent = Intent.COMPARE
    wishes = plan.wanted or plan.unwanted or plan.ranges or plan.query or cues.ASKING.search(clues.text)
    if plan.intent is Intent.REFINE and cues.SEEN.search(clues.text) and not wishes:
        plan.intent = Intent.FEEDBACK


def _hear_wishes(plan: TurnPlan, clues: RuleClues) -> None:
    """What asks for something, and whether it goes on from what is shown."""
    text = clues.text
    explains = cues.EXPLAIN.search(text) and not asks_for_it(text)
    if plan.intent is Intent.EXPLAIN and (plan.wanted or plan.unwanted) and not explains:
        plan.intent = _goes_on(clues)  # "how about a funny one", "why are there no French ones?"
    if plan.intent in _ABOUT_CARDS and plan.forget and not plan.mentions and not text.rstrip().endswith("?"):
        plan.intent = _goes_on(clues)  # "forget the duration" asks nothing of a card
    # "Who is Toshiro Mifune?" is answered by the films with him, as is "Indiana Jones?"; "is he in it?" is of a card.
    pointed = plan.mentions or plan.refers_to or cues.FOCUS.search(text)
    if plan.intent in _ABOUT_CARDS and clues.names_many and not pointed:
        plan.intent = Intent.RECOMMEND
    anew = cues.FRESH_START.search(text) or cues.STARTS_ANEW.search(text)
    if plan.intent is Intent.RECOMMEND and clues.shown and _only_narrows(plan) and not anew:
        plan.intent = Intent.REFINE  # "my husband hates Kevin Costner", "new ones i want"


def _hear_verdicts(plan: TurnPlan, clues: RuleClues) -> None:
    """Where no verdict was given, there is none to take down."""
    text, spans = clues.text, clues.spans
    wishes = bool(plan.wanted or plan.unwanted or plan.ranges)
    takes = any(taken(text, span) for span in spans) and not text.rstrip().endswith("?")
    if clues.shown and takes and not wishes and plan.intent in _TAKEN_FOR:
        plan.intent = Intent.FEEDBACK
    asks = any(asked_about(text, span) or identified(text, span) for span in spans)
    if asks and not wishes and plan.intent not in (Intent.COMPARE, Intent.EXPLAIN):
        plan.intent = Intent.ABOUT_ITEM
    if clues.shown and cues.SEEN_ALL.search(text):
        plan.intent, plan.refers_to = Intent.REFINE, []
    if clues.said.not_here:
        _hear_names_not_here(plan, clues, wishes)
    if DENIED.search(text):
        plan.intent, plan.refers_to = Intent.FEEDBACK, []
    elif plan.intent is Intent.FEEDBACK and IN_GENERAL.search(text) and not spans:
        plan.intent = _goes_on(clues)
    elif plan.intent is Intent.FEEDBACK and (spans or (wishes and not plan.refers_to and not names_another(text))):
        # "I don't like long films" judges no item, nor does "Alien is horror, not a comedy".
        judged = any(mention.stance is not Stance.NEUTRAL for mention in plan.mentions)
        if not judged and (spans or not cues.FOCUS.search(text)):
            plan.intent = _goes_on(clues)


def _hear_names_not_here(plan: TurnPlan, clues: RuleClues, wishes: bool) -> None:
    """What is said of an item that is not here is said of none, and its words lead astray; one alone may be a brand,
    unless something is to be like it, in lower case."""
    text, alone = clues.text, [name.text for name in clues.said.not_here if " " not in name.text]
    if plan.intent in (Intent.FEEDBACK, Intent.MORE_LIKE) and not (clues.spans or wishes):
        plan.query = " ".join(alone) if plan.intent is Intent.FEEDBACK else ""
    if plan.intent is Intent.FEEDBACK and not (clues.spans or plan.refers_to):
        plan.intent = _goes_on(clues)
    rest = blanked(text, places(clues.said.not_here)).rstrip()
    nothing_else = LEAD.search(rest.rstrip(" ?!.")) is not None
    if rest.endswith("?") and not clues.spans and (nothing_else or _asked_of_it(clues)):
        plan.intent, plan.refers_to = Intent.ABOUT_ITEM, []
    if plan.intent not in _ABOUT_CARDS and plan.intent is not Intent.COMPARE:  # "which has Barbara Stanwyck?"
        names = [name.text.split() for name in clues.said.not_here]
        named = {word.strip(".,'\"") for words in names if len(words) > 1 or words[0].islower() for word in words}
        plan.query = " ".join(word for word in plan.query.split() if word not in named)


def settle_chinese(clues: RuleClues) -> TurnPlan:
    """The clues' plan where only rules read: to an item asked about there is no stance, one in a request is liked."""
    text, plan = clues.text, clues.plan.model_copy(deep=True)
    for mention in plan.mentions:
        if plan.intent in (Intent.ABOUT_ITEM, Intent.EXPLAIN, Intent.COMPARE):
            mention.stance = Stance.NEUTRAL
        elif plan.intent in (Intent.RECOMMEND, Intent.REFINE) and not cues.UNSEEN.search(text):
            mention.stance = Stance.LIKED if mention.stance is Stance.NEUTRAL else mention.stance
    return plan


def points_at_focus(clues: RuleClues, intent: Intent) -> bool:
    """Whether a message that names no item is about the one in focus."""
    text, shown = clues.text, clues.shown
    asks = intent is Intent.ABOUT_ITEM and cues.FOCUS.search(text)
    if clues.said.not_here and (not asks or _asked_of_it(clues)):
        return False  # what is said of *The Searchers* is said of none here; "is Bette Davis in it?" is asked of one
    if intent is Intent.FEEDBACK:
        return not (names_another(text) or DENIED.search(text) or IN_GENERAL.search(text))
    if intent is Intent.REFINE and shown:
        return bool(cues.SEEN_IT.search(text))  # "seen it, anything else?"
    if intent is Intent.EXPLAIN or (intent is Intent.MORE_LIKE and shown):
        return bool(cues.FOCUS.search(text) or cues.LIKE_FOCUS.search(text))
    return intent is Intent.ABOUT_ITEM


def _asked_of_it(clues: RuleClues) -> bool:
    """Whether "it" is what is named and not here: "Heidi. You have it?", not "is Bette Davis in it?"."""
    text, name = clues.text, clues.said.not_here[0]
    it = cues.FOCUS.search(text, name.end) and LEAD.search(text[: name.start]) and not cues.IN_IT.search(text)
    return bool(it) or asked_if_here(text)


def as_mentions(spans: Sequence[TitleSpan], stances: Sequence[Stance | None]) -> list[Mention]:
    """Each item once: named twice, it keeps the first thing said of it. What is said of a series is said of all."""
    unique: dict[str, Mention] = {}
    for span, stance in zip(spans, stances, strict=True):
        known = unique.setdefault(span.item_id, Mention(text=span.text[:200], id=span.item_id))
        if known.stance is Stance.NEUTRAL and stance:
            known.stance = stance
            known.others = list(span.others[:100]) if stance in _OF_ALL else []
    return list(unique.values())[:20]


def _goes_on(clues: RuleClues) -> Intent:
    return Intent.REFINE if clues.shown else Intent.RECOMMEND


def _only_narrows(plan: TurnPlan) -> bool:
    """Whether a plan asks for nothing of its own: it rules something out, or compares with what is shown."""
    if plan.wanted or plan.mentions or plan.query:
        return False
    return bool(plan.unwanted or plan.ranges) and all(wish.relative for wish in plan.ranges)


def _says_how_it_was(text: str, bounded: Sequence[object] = ()) -> bool:
    """Whether a text tells of something seen: a verdict, that it was seen or is chosen, or "it" and "that one".

    Args:
        bounded: ranges found in it; with any, "that's 90 minutes tops" speaks of no item.
    """
    said = [cues.LIKED, cues.DISLIKED, cues.SEEN]
    said += [] if bounded else [pointing.ACCEPTED, pointing.CHOSEN, cues.FOCUS]
    return any(pattern.search(text) for pattern in said)
