"""Reads a message without a language model: titles, qualities, ranges, counts, references by rules, intent and stances
by rules and by what was learnt from hand-written messages (`agents.reading.evidence`). ~12 ms a message.

It is the whole reader when no language model answers, and the yardstick for one that does.
"""

import asyncio
import math
import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Self

from agents.language import cues
from agents.language.allowed import allowed, is_fine
from agents.language.complaints import missed, not_for_children, said_to_be, tells_of_an_item
from agents.language.family import FOR_CHILDREN, children_watch, for_grown_ups, grown_ups_only, watch_too
from agents.language.gentle import TOO_MUCH, WARM
from agents.language.negation import negated, ruled_out
from agents.linking.facets import FacetLinker, QualitySpan
from agents.linking.on_screen import CardNames
from agents.linking.searching import words_to_search_by
from agents.linking.title_evidence import LIST_GAP
from agents.linking.titles import TitleLinker, TitleSpan
from agents.plan import MOST_SHOWN, Intent, Message, Polarity, Reading, Stance, TurnPlan
from agents.reading import pointing
from agents.reading.clues import RuleClues
from agents.reading.evidence import ReadingEvidence
from agents.reading.intents import intent_by_rules
from agents.reading.polarity import as_said, likeliest, tell_apart
from agents.reading.settling import as_mentions, points_at_focus, settle, settle_chinese
from agents.reading.stances import rule_stances
from agents.reading.stretches import Stretches, StretchFinder
from agents.text import Span, blanked, has_cjk, places, plain
from recommender.catalogue import FacetValue

_LOOKED_BACK = 4  # messages in which something may have been wished for that is allowed or told apart now
_REMEMBERED = 256  # earlier messages, of all conversations
# Asks for what somebody who is named made: "which of her films would please us both?"
_THEIR_WORK = re.compile(
    r"\b(?:his|her|their)\s+(?:(?:other|best|early|late|later)\s+)?(?:films?|movies?|pictures|work)\b|\bof\s+(?:hers|his|theirs)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a language model makes of a message: the intent, which stretches are titles, and the stance to each.

    A stance is None where the model was not asked, or was overruled on whether the stretch is a title.
    """

    intent: Intent
    titles: tuple[tuple[TitleSpan, Stance | None], ...]


class RuleReader:
    """The reader of one catalogue that needs no language model.

    Args:
        evidence: the learnt models; by default those shipped. They know English: Chinese is read by rules alone.
    """

    def __init__(self, titles: TitleLinker, facets: FacetLinker, evidence: ReadingEvidence | None = None) -> None:
        self._facets = facets
        self._titles = titles
        self.cards = CardNames(titles, facets)
        self._stretches = StretchFinder(titles, facets)
        self._evidence = ReadingEvidence.load() if evidence is None else evidence
        # Every message is looked back at by the next few.
        self._by_itself = lru_cache(_REMEMBERED)(lambda message: self.clues(message, []).plan)

    def without_encoder(self) -> Self:
        """The same reader by rules and models of words alone: some 2 ms a message, for what code has phrased."""
        quick = copy(self)
        quick._evidence = replace(self._evidence, encoder=None)
        return quick

    async def read(self, message: str, history: list[Message], shown: Sequence[str] = ()) -> Reading:
        """Never fails: what is not understood ends up in the plan's `query`."""
        # In a thread: two thousand characters take a tenth of a second, and other conversations go on meanwhile.
        text = plain(message)
        found = self.cards.add(text, self._titles.find(text), shown) if shown else None
        return Reading(plan=await asyncio.to_thread(self.plan, message, history, found), source="rules")

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
        margin = math.inf
        if has_cjk(clues.text):
            plan = settle_chinese(clues)
        else:
            opinions = dict(judged.titles) if judged else {}
            verdict = self._evidence.judge(
                clues,
                judged.intent if judged else None,
                [opinions.get(span) for span in clues.spans],
                as_said(clues.said, clues.shown),
            )
            margin = verdict.margin
            asks = verdict.intent in (Intent.ABOUT_ITEM, Intent.COMPARE, Intent.EXPLAIN)
            asks = asks or len(clues.plan.refers_to) > 1  # "does any of them have Tom Hanks"
            asks = asks or (clues.shown and pointing.WHICH_OF_THEM.match(clues.text) is not None)
            kept = self._for_children(clues) | self._listed(clues.said, verdict.polarities)
            authors = self._whose_work(clues.said)
            kept |= {clues.said.phrase(person) for person in authors}
            tell_apart(clues.plan, clues.said, verdict.polarities, asks, kept.union(clues.missed.values()))
            plan = settle(clues, verdict)
            if authors and plan.intent is Intent.COMPARE and not plan.mentions:
                plan.intent = Intent.REFINE  # "which of her films would please us both?"
            if clues.missed:  # "none of these are scary" asks for others, and nothing of these
                plan.intent, plan.refers_to = Intent.REFINE, []
        if plan.intent is Intent.CHAT:
            return TurnPlan(intent=Intent.CHAT, forget=plan.forget), margin
        if plan.intent in (Intent.FEEDBACK, Intent.COMPARE, Intent.EXPLAIN):
            plan.count = None
        if plan.intent in (Intent.RECOMMEND, Intent.REFINE):
            self._spare(plan, clues)
        if not plan.refers_to and not plan.mentions and points_at_focus(clues, plan.intent):
            plan.refers_to = [0]
        return plan, margin

    def _spare(self, plan: TurnPlan, clues: RuleClues) -> None:
        """Rules out what is too much in hard times; where nothing else is asked for, something warm is."""
        if not clues.said.hard:
            return
        plan.unwanted = _first([*plan.unwanted, *filter(self._facets.knows, TOO_MUCH)], 20)
        if not (plan.wanted or plan.mentions or clues.shown) and self._facets.knows(WARM):
            plan.wanted = [WARM]

    def clues(self, message: str, history: list[Message], found: Sequence[TitleSpan] | None = None) -> RuleClues:
        """What the rules alone make of a message. `found`: as for `weighed`."""
        text = self._gone_on_with(plain(message), history)
        said = self._stretches.find(text, found)
        spans = said.titles
        allows, taken_back = self._allowed(said, history)
        qualities = [quality for quality in said.qualities if (quality.start, quality.end) not in allows]
        ranges = [found for found in said.ranges if (found.start, found.end) not in allows]
        # Bounds are no negation: "no more than 2 hours and Japanese".
        bounds = [found for found in ranges if not found.range.empty]
        outside = blanked(text, places([*bounds, *said.indirect]))
        against = self._against(text, outside, qualities, spans, history)
        missing = self._missed(said, history)
        against |= dict.fromkeys(missing, False)
        # What is acted is not animated.
        animated = [negated(outside, start, spans) for start, _ in said.live]
        wanted = [said.phrase(quality) for quality in qualities if not against[quality.start]]
        suits = set(self._facets.link(FOR_CHILDREN))
        if suits and children_watch(blanked(text, places(spans)), said.circumstances):
            wanted.append(FOR_CHILDREN)
        elif grown_ups_only(text) and self._values_before(history).intersection(suits):
            taken_back.append(FOR_CHILDREN)
        wanted += [cues.ANIMATED for one in animated if one]
        wanted += [name.text for name in said.asked]
        unwanted = [role.phrase for role in said.roles if self._facets.link(role.phrase)]
        unwanted += said.others
        unwanted += [said.phrase(quality) for quality in qualities if against[quality.start]]
        unwanted += [name.text.lower() for name in said.series]
        unwanted += [cues.ANIMATED for one in animated if not one]
        unwanted += said.spared
        made_for_them = for_grown_ups(text)
        if made_for_them and suits and FOR_CHILDREN not in wanted:
            unwanted.append(FOR_CHILDREN)
        taken = places([*spans, *qualities, *ranges, *said.series, *said.asked, *said.roles])
        lesser_known = [match.span() for match in cues.LESSER_KNOWN.finditer(text)]
        taken += [*(match.span() for match in said.forgotten), *lesser_known, *allows, *said.beyond]
        unwanted += ruled_out(text, taken)
        stances = rule_stances(text, spans)
        beside = [*(match.span() for match in cues.FORGET.finditer(text)), *lesser_known]
        beside += places([*bounds, *said.series, *said.asked]) + said.beyond + allows + made_for_them
        beside += not_for_children(text, told=False)
        beside += places(quality for quality in qualities if against[quality.start])
        plan = TurnPlan(
            mentions=as_mentions(spans, stances),
            wanted=_first(wanted, 20),
            unwanted=_first(unwanted, 20),
            ranges=[found.range for found in bounds],
            count=said.count,
            refers_to=pointing.references(text)[:MOST_SHOWN],
            forget=_first([*map(_forgotten_phrase, said.forgotten), *taken_back], 10),
            query=words_to_search_by(outside, spans, beside),
        )
        plan.intent = intent_by_rules(text, plan, qualities, ranges, bool(history))
        return RuleClues(
            text,
            names=places(spans),
            stances=stances,
            plan=plan,
            shown=bool(history),
            said=said,
            names_many=bool(said.asked)
            or any(self._facets.names_somebody(quality.values) for quality in said.qualities),
            missed=missing,
        )

    def _listed(self, said: Stretches, polarities: Mapping[Span, Mapping[str, float]]) -> set[str]:
        """People in a list with somebody who is asked for: all of "try Bigelow, Coppola, Gerwig" are."""
        kept: set[str] = set()
        people = [quality for quality in said.qualities if self._facets.names_somebody(quality.values)]
        for one, other in pairwise(people):
            if LIST_GAP.fullmatch(said.text[one.end : other.start]):
                two = [likeliest(polarities.get((person.start, person.end), {})) for person in (one, other)]
                if Polarity.WANTED in two or said.phrase(one) in kept:
                    kept |= {said.phrase(one), said.phrase(other)}
        return kept

    def _whose_work(self, said: Stretches) -> list[QualitySpan]:
        """The people whose work is asked for, whatever is said of them: "nothing against her. Show us her films"."""
        work = _THEIR_WORK.search(said.text)
        if work is None or negated(said.text, work.start(), said.titles):
            return []
        return [q for q in said.qualities if q.end <= work.start() and self._facets.names_somebody(q.values)]

    def _for_children(self, clues: RuleClues) -> set[str]:
        """Wishes for what suits children: who tells that they are there wants it too, but not who says it of a film."""
        values, said = set(self._facets.link(FOR_CHILDREN)), clues.said
        told = [] if children_watch(said.text, []) else said.qualities
        of_items = {said.phrase(q) for q in told if tells_of_an_item(said.text, q.start)}
        return {
            phrase
            for phrase in clues.plan.wanted
            if phrase not in of_items and values.intersection(self._facets.link(phrase))
        }

    def _missed(self, said: Stretches, history: list[Message]) -> dict[int, str]:
        """By their places, the qualities that the cards are said to lack. Without those, "not scary" rules out."""
        if not cues.NEGATION.search(said.text):
            return {}
        suits = set(self._facets.link(FOR_CHILDREN))
        before, after = self._values_before(history), self._values_before(history, wished=True)
        complaints = not_for_children(said.text, bool(suits & after))
        unfit = {
            q.start: said.phrase(q)
            for q in said.qualities
            if suits.intersection(q.values) and any(a < q.end and q.start < b for a, b in complaints)
        }
        if unfit or not history:
            return unfit
        return {
            q.start: said.phrase(q)
            for q in said.qualities
            if not before.difference(after).intersection(q.values)
            and missed(said.text, q.start, q.end, wished=bool(after.intersection(q.values)))
        }

    def _said_to_be(self, text: str, quality: QualitySpan, history: list[Message]) -> bool:
        """Whether the cards are complained of as children's films or cartoons, where nobody asked for those."""
        if not history or not said_to_be(text, quality.start, quality.end):
            return False
        values = {*self._facets.link(FOR_CHILDREN), *self._facets.link(cues.ANIMATED)}
        asked = children_watch(text, [])
        return bool(values.intersection(quality.values)) and not (
            asked or values.intersection(self._values_before(history, wished=True))
        )

    def _allowed(self, said: Stretches, history: list[Message]) -> tuple[list[Span], list[str]]:
        """Where something is put up with, and the phrases of it that were wished for or ruled out before."""
        text = said.text
        fine = [found for found in said.ranges if allowed(text, found.start, found.end)]
        fine = [found for found in fine if found.range.relative or not is_fine(text, found.start, found.end)]
        put_up = [quality for quality in said.qualities if allowed(text, quality.start, quality.end)]
        of_work = self._whose_work(said)
        put_up = [quality for quality in put_up if quality not in of_work]
        before = self._values_before(history) if put_up else set()
        asked = [quality for quality in said.qualities if not negated(text, quality.start, ())]
        if len(put_up) == len(asked) and not (said.titles or said.ranges):
            # "Comedy is fine" and nothing else takes up an offer, unless comedies were ruled out.
            put_up = [q for q in put_up if not is_fine(text, q.start, q.end) or before.intersection(q.values)]
        # Who wished for it does not end that wish by calling it fine.
        wished = self._values_before(history, wished=True) if put_up else set()
        taken_back = [
            quality.text.lower()
            for quality in put_up
            if before.intersection(quality.values)
            and not (is_fine(text, quality.start, quality.end) and wished.intersection(quality.values))
        ]
        taken_back += [text[found.start : found.end].lower() for found in fine if history]
        return places([*put_up, *fine]), taken_back

    def _against(
        self, text: str, outside: str, qualities: list[QualitySpan], spans: list[TitleSpan], history: list[Message]
    ) -> dict[int, bool]:
        """Of each quality, by its place, whether it is ruled out.

        In "a war film but no American war" the second word only says what the first is of.
        """
        present, suits = watch_too(blanked(text, places(spans)), []), set(self._facets.link(FOR_CHILDREN))
        against = {
            q.start: False
            if suits.intersection(q.values) and any(start <= q.start and q.end <= end for start, end in present)
            else negated(outside, q.start, spans) or self._criticised(text, q) or self._said_to_be(text, q, history)
            for q in qualities
        }
        for first, second in pairwise(qualities):
            if against[first.start] and against[second.start] and not text[first.end : second.start].strip(" -"):
                asked = {value for q in qualities if not against[q.start] for value in q.values}
                if asked.union(self._values_before(history)).intersection(second.values):
                    against[second.start] = False
        return against

    def _criticised(self, text: str, quality: QualitySpan) -> bool:
        """Whether a verdict follows: "I find Tarkovsky too slow". "The comedy is too dark" wants less dark."""
        if cues.NOT_MINE_AFTER.match(text, quality.end):
            return True
        if cues.DOUBTED.search(text[: quality.start]) and cues.SUITS.match(text, quality.end):
            return True
        return self._facets.names_somebody(quality.values) and bool(cues.TOO_AFTER.match(text, quality.end))

    def _values_before(self, history: list[Message], wished: bool = False) -> set[FacetValue]:
        """What the newest messages wished for or ruled out. `wished`: only the first of these."""
        plans = [self._by_itself(said.text) for said in history if said.role == "user"][-_LOOKED_BACK:]
        named = [phrase for plan in plans for phrase in [*plan.wanted, *([] if wished else plan.unwanted)]]
        return {value for phrase in named for value in self._facets.link(phrase)}

    def _gone_on_with(self, text: str, history: list[Message]) -> str:
        """The text with "no" for the "or" by which it goes on with what the message before ruled out."""
        goes_on = cues.GOES_ON.match(text)
        before = next((said.text for said in reversed(history) if said.role == "user"), "")
        if goes_on is None or not self._by_itself(before).unwanted:
            return text
        return "no".rjust(goes_on.end()) + text[goes_on.end() :]


def _first(phrases: Sequence[str], n: int) -> list[str]:
    """At most `n` different ones, as many as a plan may hold."""
    return list(dict.fromkeys(phrases))[:n]


def _forgotten_phrase(match: re.Match[str]) -> str:
    phrase = next(group for group in match.groups() if group)
    return re.sub(r"^(?:the|that|my|about|being)\s+", "", phrase.strip().lower())
