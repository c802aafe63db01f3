"""Reads a message without a language model: titles, qualities, ranges, counts, references by rules, intent and stances
by rules and by what was learnt from hand-written messages (`agents.evidence`). ~9 ms a message.

It is the whole reader when no language model answers, and the yardstick for one that does.
"""

import asyncio
import math
import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

from agents import cues
from agents.allowed import allowed, is_fine, ruled_out_as
from agents.clues import Clues
from agents.counts import find_count
from agents.evidence import ReadingEvidence
from agents.family import FOR_CHILDREN, TOO_OLD_FOR, children_watch, circumstances, grown_ups_only
from agents.indirect import IndirectQualities
from agents.linking import FacetLinker, QualitySpan
from agents.negation import negated, turned
from agents.own_ranges import OwnRanges
from agents.plan import MOST_SHOWN, Intent, Mention, Message, Reading, Stance, TurnPlan
from agents.ranges import LENGTH, PRICE, Found, find_ranges
from agents.searching import words_to_search_by
from agents.series import NameSpan
from agents.stances import rule_stances
from agents.text import blanked, frequency, has_cjk, tokens
from agents.titles import TitleLinker, TitleSpan
from agents.unfilterable import Unfilterable
from agents.verdicts import DENIED, IN_GENERAL, asked_about, identified, settled, told_of
from recommender.catalogue import FacetValue

_RARE_WORD = 3.5  # Zipf frequency below which the object of a verdict is a name
_SPEAKS_OF_AN_ITEM = (Intent.MORE_LIKE, Intent.ABOUT_ITEM)
_ABOUT_CARDS = (Intent.FEEDBACK, Intent.ABOUT_ITEM, Intent.EXPLAIN, Intent.CHAT)
_LOOKED_BACK = 4  # messages in which something may have been wished for that is allowed or told apart now
_BARE_RANGE = 6  # words of a message with nothing but a range in it, which bounds what is shown already


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a language model makes of a message: the intent, which stretches are titles, and the stance to each.

    A stance is None where the model was not asked, or was overruled on whether the stretch is a title.
    """

    intent: Intent
    titles: tuple[tuple[TitleSpan, Stance | None], ...]


@dataclass(frozen=True, slots=True)
class RuleClues(Clues):
    """Clues with the titles they speak of.

    Attributes:
        indirect: whether a quality is named by way of an item ("the director of Alien").
        names_somebody: whether a quality is a person.
        told_of: where titles begin that are told to be something and not something else.
    """

    spans: Sequence[TitleSpan]
    indirect: bool
    names_somebody: bool
    told_of: Sequence[int] = ()


class RuleReader:
    """The reader of one catalogue that needs no language model.

    Args:
        evidence: the learnt models; by default those shipped. They know English: Chinese is read by rules alone.
    """

    def __init__(self, titles: TitleLinker, facets: FacetLinker, evidence: ReadingEvidence | None = None) -> None:
        self._titles = titles
        self._facets = facets
        self._indirect = IndirectQualities(facets.catalogue)
        self._unfilterable = Unfilterable(facets.catalogue)
        self._own = OwnRanges(facets.catalogue)
        # "Under 20" is minutes where there are lengths and no prices, else money.
        self._bare = LENGTH if facets.numeric_facet(LENGTH) and not facets.numeric_facet(PRICE) else PRICE
        self._evidence = ReadingEvidence.load() if evidence is None else evidence

    def without_encoder(self) -> Self:
        """The same reader by rules and models of words alone: some 2 ms a message, for what code has phrased."""
        quick = copy(self)
        quick._evidence = replace(self._evidence, encoder=None)
        return quick

    async def read(self, message: str, history: list[Message]) -> Reading:
        """Never fails: what is not understood ends up in the plan's `query`."""
        # In a thread: two thousand characters take a tenth of a second, and other conversations go on meanwhile.
        return Reading(plan=await asyncio.to_thread(self.plan, message, history), source="rules")

    def plan(
        self,
        message: str,
        history: list[Message],
        found: Sequence[TitleSpan] | None = None,
        judged: Judgement | None = None,
    ) -> TurnPlan:
        """The plan of one message. For its arguments see `weighed`."""
        return self.weighed(message, history, found, judged)[0]

    def weighed(
        self,
        message: str,
        history: list[Message],
        found: Sequence[TitleSpan] | None = None,
        judged: Judgement | None = None,
    ) -> tuple[TurnPlan, float]:
        """The plan of one message, and the margin by which it was chosen: log-odds, infinite where nothing was weighed.

        Args:
            found: the titles in `plain(message)`, where they have been looked for already.
            judged: what a language model makes of intent and titles: one more opinion beside the learnt ones.
        """
        clues = self.clues(message, history, [span for span, _ in judged.titles] if judged else found)
        text, spans, plan = clues.text, clues.spans, clues.plan
        margin = math.inf
        if has_cjk(text):
            _settle_stances(plan, text)
        else:
            opinions = dict(judged.titles) if judged else {}
            verdict = self._evidence.judge(
                clues, judged.intent if judged else None, [opinions.get(span) for span in spans]
            )
            margin = verdict.margin
            # "More of a comedy" is said of the cards; what is learnt takes it for a new wish.
            keeps = clues.shown and verdict.intent is Intent.RECOMMEND and cues.MORE_OF.match(text)
            plan.intent = Intent.REFINE if keeps else verdict.intent
            if plan.refers_to and cues.WHAT_ABOUT.match(text):
                plan.intent = Intent.ABOUT_ITEM
            # "Hmm", "none of these": a shrug at the cards and nothing to note of any of them; of none there is nothing.
            tells = (clues.shown or not plan.query) and cues.says_how_it_was(text, plan.ranges)
            shrugs = plan.intent is Intent.FEEDBACK and not (plan.mentions or tells or _names_another(text))
            wishes = plan.intent in _ABOUT_CARDS and not plan.mentions and cues.LESSER_KNOWN.search(text)
            shrugs = shrugs or (clues.shown and bool(cues.SHRUG.match(text)))
            if shrugs or wishes or (plan.intent is Intent.ABOUT_ITEM and cues.ANY_WITH.search(text)):
                plan.intent = Intent.REFINE if clues.shown else Intent.RECOMMEND
            if cues.HELP.search(text) and not (plan.mentions or plan.wanted):
                plan.intent = Intent.CHAT
            if clues.shown and plan.refers_to and not plan.mentions and cues.CHOSEN.search(text):
                plan.intent = Intent.FEEDBACK
            if plan.intent is Intent.EXPLAIN and (plan.wanted or plan.unwanted) and not cues.EXPLAIN.search(text):
                plan.intent = Intent.REFINE  # "how about a funny one"
            # "Who is Toshiro Mifune?" is answered by the films with him; "is he in it?" is of a card.
            pointed = plan.mentions or plan.refers_to or cues.FOCUS.search(text)
            if plan.intent in _ABOUT_CARDS and clues.names_somebody and not pointed:
                plan.intent = Intent.RECOMMEND
            if plan.intent is Intent.RECOMMEND and clues.shown and _only_narrows(plan) and not _begins_anew(text):
                plan.intent = Intent.REFINE  # "my husband hates Kevin Costner", "new ones i want"
            # "Alien, but without the gore" asks for the like of it, whatever the words after it sound like.
            likes = any(cues.BUT_AFTER.match(text[span.end :]) for span in spans)
            stances = [
                ruled if likes and ruled is Stance.SIMILAR_TO else weighed
                for ruled, weighed in zip(clues.stances, verdict.stances, strict=True)
            ]
            stances = [
                Stance.NEUTRAL if span.start in clues.told_of else settled(text, span, stance)
                for span, stance in zip(spans, stances, strict=True)
            ]
            plan.mentions = _mentions(spans, stances)
            self._settle_intent(plan, clues)
            if len(spans) == 1 and not re.sub(r"\W", "", text[: spans[0].start] + text[spans[0].end :]):
                # A title and nothing else: no verdict on it, but what it stands for.
                plan.intent, plan.mentions[0].stance = Intent.MORE_LIKE, Stance.SIMILAR_TO
            if clues.indirect and not (plan.mentions or plan.refers_to) and plan.intent in _SPEAKS_OF_AN_ITEM:
                plan.intent = Intent.RECOMMEND  # the item was taken for what is meant
        if plan.intent is Intent.CHAT:
            return TurnPlan(intent=Intent.CHAT, forget=plan.forget), margin
        if plan.intent in (Intent.FEEDBACK, Intent.COMPARE, Intent.EXPLAIN):
            plan.count = None
        if not plan.refers_to and not plan.mentions and self._points_at_focus(text, plan.intent, history):
            plan.refers_to = [0]
        return plan, margin

    def _settle_intent(self, plan: TurnPlan, clues: RuleClues) -> None:
        """Where no verdict was given, there is none to take down."""
        text, spans = clues.text, clues.spans
        wishes = bool(plan.wanted or plan.unwanted or plan.ranges)
        asks = any(asked_about(text, span) or identified(text, span) for span in spans)
        if asks and not wishes and plan.intent not in (Intent.COMPARE, Intent.EXPLAIN):
            plan.intent = Intent.ABOUT_ITEM
        if clues.shown and cues.SEEN_ALL.search(text):
            plan.intent, plan.refers_to = Intent.REFINE, []
        if DENIED.search(text):
            plan.intent, plan.refers_to = Intent.FEEDBACK, []
        elif plan.intent is Intent.FEEDBACK and IN_GENERAL.search(text) and not spans:
            plan.intent = Intent.REFINE if clues.shown else Intent.RECOMMEND
        elif plan.intent is Intent.FEEDBACK and (spans or (wishes and not plan.refers_to and not _names_another(text))):
            # "I don't like long films" judges no item, nor does "Alien is horror, not a comedy".
            judged = any(mention.stance is not Stance.NEUTRAL for mention in plan.mentions)
            if not judged and (spans or not cues.FOCUS.search(text)):
                plan.intent = Intent.REFINE if clues.shown else Intent.RECOMMEND

    def clues(self, message: str, history: list[Message], found: Sequence[TitleSpan] | None = None) -> RuleClues:
        """What the rules alone make of a message. `found`: as for `plan`."""
        text = self._gone_on_with(plain(message), history)
        spans = list(found) if found is not None else self._titles.find(text)
        # In "the director of Alien" the director is wanted, and nothing is said of the film.
        indirect = self._indirect.find(text, spans)
        spans = [span for span in spans if not _covered(span.start, span.end, indirect)]
        # "Emma Thompson" is who she is, and no *Emma*.
        known = self._facets.find(text)
        by_surname = self._facets.surnames(text)
        spans = [span for span in spans if not any(_part_of(span, quality) for quality in known)]
        # In "no Harry Potter" nobody called Potter is meant.
        series = self._series_ruled_out(text, spans)
        known = [quality for quality in known if not any(_part_of(quality, name) for name in series)]
        spans = [span for span in spans if not self._a_kind(span) and not _covered(span.start, span.end, by_surname)]
        # 去掉《X》 is a word against an item, no constraint taken back.
        forgotten = [
            match
            for match in cues.FORGET.finditer(text)
            if not (match.lastgroup in ("e", "g") and _covered(match.start(), match.end(), spans))
        ]
        ranges = [
            turned(found, text, spans)
            for found in [*find_ranges(text, self._bare), *self._own.find(text)]
            if not _covered(found.start, found.end, spans)
            and not _inside(found.start, found.end, forgotten)
            and not any(found.start < match.end() and match.start() < found.end for match in TOO_OLD_FOR.finditer(text))
        ]
        told = circumstances(text)
        live = [match.span() for match in cues.LIVE_ACTION.finditer(text)] if self._facets.knows(cues.ANIMATED) else []
        beyond = [*self._unfilterable.find(text), *told, *live]
        qualities = [
            quality
            for quality in known
            if not _covered(quality.start, quality.end, spans)
            and not _covered(quality.start, quality.end, indirect)
            and not self._of_speaker(text, quality)
            and not any(quality.start < f.end and f.start < quality.end for f in ranges)
            and not any(quality.start < end and start < quality.end for start, end in beyond)
            and not _inside(quality.start, quality.end, forgotten)
        ]
        places = [(quality.start, quality.end) for quality in qualities]
        told_spans = {span.start: so for span in spans if (so := told_of(text, span, places))}
        is_so = [place for so in told_spans.values() for place in so]
        qualities = [quality for quality in qualities if (quality.start, quality.end) not in is_so]
        beyond += is_so
        kinds = [(quality.start, quality.end) for quality in qualities if self._facets.names_items(quality)]
        count = find_count(text, [(s.start, s.end) for s in spans] + [(f.start, f.end) for f in ranges], kinds)
        by_surname = [quality for quality in by_surname if not _covered(quality.start, quality.end, qualities)]
        qualities = sorted([*qualities, *indirect, *by_surname], key=lambda quality: quality.start)
        somebody = [quality for quality in qualities if self._facets.names_somebody(quality.values)]
        allows, taken_back = self._allowed(text, qualities, ranges, bool(spans), history)
        qualities = [quality for quality in qualities if (quality.start, quality.end) not in allows]
        ranges = [found for found in ranges if (found.start, found.end) not in allows]
        # Bounds are no negation: "no more than 2 hours and Japanese".
        bounds = [found for found in ranges if not found.range.empty]
        outside = blanked(text, [(r.start, r.end) for r in bounds] + [(q.start, q.end) for q in indirect])
        against = self._against(text, outside, qualities, spans, history)
        named = {q: q.text if q in indirect or q in by_surname else q.text.lower() for q in qualities}
        wanted = _first([named[q] for q in qualities if not against[q.start]], 20)
        if children_watch(text, told) and self._facets.knows(FOR_CHILDREN):
            wanted = _first([*wanted, FOR_CHILDREN], 20)
        elif grown_ups_only(text) and self._values_before(history).intersection(self._facets.link(FOR_CHILDREN)):
            taken_back.append(FOR_CHILDREN)
        taken = [(s.start, s.end) for s in spans] + [(q.start, q.end) for q in qualities]
        taken += [(f.start, f.end) for f in ranges] + [match.span() for match in forgotten] + allows
        taken += [(name.start, name.end) for name in series]
        roles = [(q, role) for q in somebody if (role := ruled_out_as(text, q.end))]
        taken += [*beyond, *((quality.end, end) for quality, (_, end) in roles)]
        parted = [as_one for q, (role, _) in roles if self._facets.link(as_one := f"{role} {q.text.lower()}")]
        parted += [named[q] for q in qualities if against[q.start]] + [name.text.lower() for name in series]
        # What is acted is not animated.
        animated = [negated(outside, start, spans) for start, _ in live]
        wanted = _first([*wanted, *(cues.ANIMATED for one in animated if one)], 20)
        parted += [cues.ANIMATED for one in animated if not one]
        unwanted = _first([*parted, *cues.ruled_out(text, taken)], 20)
        refers_to = cues.references(text)[:MOST_SHOWN]
        forget = _first([*(_forgotten_phrase(match) for match in forgotten), *taken_back], 10)
        stances = rule_stances(text, spans)
        said = [match.span() for match in cues.FORGET.finditer(text)] + [(found.start, found.end) for found in bounds]
        said += [(name.start, name.end) for name in series]
        said += [*beyond, *allows, *(match.span() for match in cues.LESSER_KNOWN.finditer(text))]
        said += [(quality.start, quality.end) for quality in qualities if negated(outside, quality.start, spans)]
        plan = TurnPlan(
            mentions=_mentions(spans, stances), wanted=wanted, unwanted=unwanted, ranges=[f.range for f in bounds],
            count=count, refers_to=refers_to, forget=forget, query=words_to_search_by(outside, spans, said),
        )  # fmt: skip
        plan.intent = self._intent(text, history, plan.mentions, qualities, ranges, refers_to, forget, count)
        names = [(span.start, span.end) for span in spans]
        return RuleClues(
            text, names, stances, plan, bool(history), spans, bool(indirect), bool(somebody), [*told_spans]
        )

    def _allowed(
        self, text: str, qualities: list[QualitySpan], ranges: list[Found], names: bool, history: list[Message]
    ) -> tuple[list[tuple[int, int]], list[str]]:
        """Where something is put up with, and the phrases of it that were wished for or ruled out before."""
        fine = [found for found in ranges if allowed(text, found.start, found.end)]
        fine = [found for found in fine if found.range.relative or not is_fine(text, found.start, found.end)]
        put_up = [quality for quality in qualities if allowed(text, quality.start, quality.end)]
        before = self._values_before(history) if put_up else set()
        asked = [quality for quality in qualities if not negated(text, quality.start, ())]
        if len(put_up) == len(asked) and not (names or ranges):
            # "Comedy is fine" and nothing else takes up an offer, unless comedies were ruled out.
            put_up = [q for q in put_up if not is_fine(text, q.start, q.end) or before.intersection(q.values)]
        taken_back = [quality.text.lower() for quality in put_up if before.intersection(quality.values)]
        taken_back += [text[found.start : found.end].lower() for found in fine if history]
        return [(q.start, q.end) for q in put_up] + [(found.start, found.end) for found in fine], taken_back

    def _values_before(self, history: list[Message]) -> set[FacetValue]:
        """What the newest messages wished for or ruled out."""
        said = [message.text for message in history if message.role == "user"][-_LOOKED_BACK:]
        plans = [self.clues(message, []).plan for message in said]
        return {
            value for plan in plans for phrase in [*plan.wanted, *plan.unwanted] for value in self._facets.link(phrase)
        }

    def _against(
        self, text: str, outside: str, qualities: list[QualitySpan], spans: list[TitleSpan], history: list[Message]
    ) -> dict[int, bool]:
        """Of each quality, by its place, whether it is ruled out.

        In "a war film but no American war" the second word only says what the first is of.
        """
        against = {q.start: negated(outside, q.start, spans) or self._criticised(text, q) for q in qualities}
        for first, second in pairwise(qualities):
            if against[first.start] and against[second.start] and not text[first.end : second.start].strip(" -"):
                asked = {value for q in qualities if not against[q.start] for value in q.values}
                if asked.union(self._values_before(history)).intersection(second.values):
                    against[second.start] = False
        return against

    def _gone_on_with(self, text: str, history: list[Message]) -> str:
        """The text with "no" for the "or" by which it goes on with what the message before ruled out."""
        goes_on = cues.GOES_ON.match(text)
        before = next((said.text for said in reversed(history) if said.role == "user"), "")
        if goes_on is None or not self.clues(before, []).plan.unwanted:
            return text
        return "no".rjust(goes_on.end()) + text[goes_on.end() :]

    def _series_ruled_out(self, text: str, spans: Sequence[TitleSpan]) -> list[NameSpan]:
        """Series that a negation is said of and that are no title by their names: "no Harry Potter"."""
        if not cues.NEGATION.search(text):
            return []
        return [
            name
            for name in self._facets.series.find(text)
            if not _covered(name.start, name.end, spans) and negated(text, name.start, spans)
        ]

    def _a_kind(self, span: TitleSpan) -> bool:
        """Whether a title is a kind of item in plain words: "a scary movie" is no *Scary Movie*."""
        kind = cues.KIND.fullmatch(span.text)
        return kind is not None and self._facets.knows(kind["what"])

    def _of_speaker(self, text: str, quality: QualitySpan) -> bool:
        """Whether a word tells of the speaker's life: "my in-laws are coming". "My kids" say who watches."""
        told = cues.OF_SPEAKER.search(text[: quality.start]) and cues.DOES.match(text, quality.end)
        return bool(told) and not self._facets.is_phrase(quality.text)

    def _criticised(self, text: str, quality: QualitySpan) -> bool:
        """Whether a verdict follows: "I find Tarkovsky too slow". "The comedy is too dark" wants less dark."""
        if cues.NOT_MINE_AFTER.match(text, quality.end):
            return True
        return self._facets.names_somebody(quality.values) and bool(cues.TOO_AFTER.match(text, quality.end))

    # --- intent ---------------------------------------------------------------------------------------------------

    def _intent(
        self,
        text: str,
        history: list[Message],
        mentions: list[Mention],
        qualities: list[QualitySpan],
        ranges: list[Found],
        refers_to: list[int],
        forget: list[str],
        count: int | None,
    ) -> Intent:
        content = bool(mentions or qualities or ranges or forget or count)
        pointed = bool(refers_to or mentions)
        focus = bool(cues.FOCUS.search(text))
        request = bool(cues.REQUEST.search(text))
        stances = {mention.stance for mention in mentions}
        if cues.OFF_TOPIC.search(text) and not pointed:
            return Intent.CHAT
        if cues.CHAT.search(text) and not content and not pointed and not cues.GREETED_REQUEST.match(text):
            return Intent.CHAT
        if cues.COMPARE.search(text) and (len(mentions) >= 2 or len(refers_to) >= 2 or (history and not content)):
            return Intent.COMPARE
        if cues.EXPLAIN.search(text) and (pointed or focus or history) and not (ranges and not history):
            return Intent.EXPLAIN
        similar = Stance.SIMILAR_TO in stances or bool(refers_to and cues.LIKE_SHOWN.search(text))
        similar = similar or bool(history and not pointed and cues.LIKE_FOCUS.search(text))
        asks = bool(cues.ABOUT.search(text))
        wants_list = bool(cues.WANTS_LIST.search(text))
        if asks and (pointed or (focus and history)) and not similar and not wants_list and not forget:
            opinion = stances & {Stance.LIKED, Stance.DISLIKED, Stance.SEEN} and not text.rstrip().endswith(("?", "？"))
            if not opinion or not mentions:
                return Intent.ABOUT_ITEM
        if similar and (not request or wants_list or not qualities or refers_to or stances == {Stance.SIMILAR_TO}):
            return Intent.MORE_LIKE
        opinionated = stances & {Stance.LIKED, Stance.DISLIKED, Stance.SEEN}
        said = bool(cues.LIKED.search(text) or cues.DISLIKED.search(text) or cues.SEEN.search(text))
        asking = bool(cues.ASKING.search(text))
        if (
            (opinionated or (said and (refers_to or (focus and history and len(text.split()) <= 12))))
            and not (asking or ranges or forget)
            and not _asks_for_kind(text, qualities, mentions)
        ):
            return Intent.FEEDBACK
        if history and (forget or self._is_refinement(text, ranges, qualities, mentions)):
            return Intent.REFINE
        if forget and not mentions:
            return Intent.REFINE
        if said and not asking and not ranges and cues.SPEAKS_OF_SELF.match(text):
            return Intent.FEEDBACK  # a verdict on something the catalogue does not have
        if not content and not request and not asking:
            return Intent.CHAT if len(text.split()) <= 3 or cues.CHAT.search(text) else Intent.RECOMMEND
        return Intent.RECOMMEND

    def _is_refinement(
        self, text: str, ranges: list[Found], qualities: list[QualitySpan], mentions: list[Mention]
    ) -> bool:
        if any(found.range.relative for found in ranges):
            return True
        fresh = cues.FRESH_START.search(text)
        if fresh:
            return False
        length = len(text) / 2 if has_cjk(text) else len(text.split())
        if ranges and not (qualities or mentions) and length <= _BARE_RANGE:
            return True  # "up to 100 minutes"
        short = 8 if has_cjk(text) and (ranges or qualities) and not cues.ZH_FRESH_START.search(text) else 3
        return (bool(cues.REFINE.search(text)) and length <= 22) or length <= short

    def _points_at_focus(self, text: str, intent: Intent, history: list[Message]) -> bool:
        if intent is Intent.FEEDBACK:
            return not (_names_another(text) or DENIED.search(text) or IN_GENERAL.search(text))
        if intent is Intent.REFINE and history:
            return bool(cues.SEEN_IT.search(text))  # "seen it, anything else?"
        if intent in (Intent.EXPLAIN, Intent.ABOUT_ITEM) or (intent is Intent.MORE_LIKE and history):
            return bool(cues.FOCUS.search(text) or cues.LIKE_FOCUS.search(text)) or intent is Intent.ABOUT_ITEM
        return False


def _mentions(spans: Sequence[TitleSpan], stances: Sequence[Stance | None]) -> list[Mention]:
    """Each item once: named twice, it keeps the first thing said of it."""
    unique: dict[str, Mention] = {}
    for span, stance in zip(spans, stances, strict=True):
        known = unique.setdefault(span.item_id, Mention(text=span.text[:200], id=span.item_id))
        if known.stance is Stance.NEUTRAL and stance:
            known.stance = stance
    return list(unique.values())[:20]


def _settle_stances(plan: TurnPlan, text: str) -> None:
    """Where only rules read: who asks about an item takes no stance, who names one in a request likes it."""
    for mention in plan.mentions:
        if plan.intent in (Intent.ABOUT_ITEM, Intent.EXPLAIN, Intent.COMPARE):
            mention.stance = Stance.NEUTRAL
        elif plan.intent in (Intent.RECOMMEND, Intent.REFINE) and not cues.UNSEEN.search(text):
            mention.stance = Stance.LIKED if mention.stance is Stance.NEUTRAL else mention.stance


def _only_narrows(plan: TurnPlan) -> bool:
    """Whether a plan asks for nothing of its own: it rules something out, or compares with what is shown."""
    if plan.wanted or plan.mentions or plan.query:
        return False
    return bool(plan.unwanted or plan.ranges) and all(wish.relative for wish in plan.ranges)


def _begins_anew(text: str) -> bool:
    return bool(cues.FRESH_START.search(text) or cues.STARTS_ANEW.search(text))


def plain(message: str) -> str:
    """A message as it is read: straight apostrophes, at most 2,000 characters."""
    return message.replace("’", "'").replace("‘", "'")[:2000]


def _first(phrases: list[str], n: int) -> list[str]:
    """At most `n` different ones, as many as a plan may hold."""
    return list(dict.fromkeys(phrases))[:n]


def _covered(start: int, end: int, spans: Sequence[TitleSpan | QualitySpan]) -> bool:
    return any(start < span.end and span.start < end for span in spans)


def _part_of(span: TitleSpan | QualitySpan, whole: QualitySpan | NameSpan) -> bool:
    """Whether a name is some of the words of a longer one."""
    return whole.start <= span.start and span.end <= whole.end and len(span.text) < len(whole.text)


def _inside(start: int, end: int, matches: list[re.Match[str]]) -> bool:
    return any(match.start() <= start and end <= match.end() for match in matches)


def _asks_for_kind(text: str, qualities: list[QualitySpan], mentions: list[Mention]) -> bool:
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


def _names_another(text: str) -> bool:
    """Whether a verdict has an object of its own, which the catalogue does not know: "we've seen Paddington"."""
    verdict = cues.OTHER_OBJECT.search(text)
    word = tokens(text[verdict.end() - 1 :])[:1] if verdict else []
    return bool(word) and ((word[0].text[0].isupper() and not text.isupper()) or frequency(word[0].key) < _RARE_WORD)


def _forgotten_phrase(match: re.Match[str]) -> str:
    phrase = next(group for group in match.groups() if group)
    return re.sub(r"^(?:the|that|my|about|being)\s+", "", phrase.strip().lower())
