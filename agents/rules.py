"""Reads a message by rules: titles, qualities, ranges, counts, references, intent. No language model, ~2 ms a message.

It is the whole reader when no language model answers, and the yardstick for one that does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents import cues
from agents.counts import find_count
from agents.linking import FacetLinker, QualitySpan
from agents.plan import Intent, Mention, Message, Reading, Stance, TurnPlan
from agents.ranges import Found, find_ranges
from agents.text import frequency, has_cjk, tokens
from agents.titles import TitleLinker, TitleSpan

_BARE_RANGE = 6  # words of a message with nothing but a range in it, which bounds what is shown already


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a language model has decided about a message: the intent, and the stance to each title named."""

    intent: Intent
    titles: tuple[tuple[TitleSpan, Stance], ...]


@dataclass(frozen=True, slots=True)
class _Clause:
    start: int
    end: int
    text: str


class RuleReader:
    """The rule-based reader of one catalogue."""

    def __init__(self, titles: TitleLinker, facets: FacetLinker) -> None:
        self._titles = titles
        self._facets = facets

    async def read(self, message: str, history: list[Message]) -> Reading:
        """Never fails: what is not understood ends up in the plan's `query`."""
        return Reading(plan=self.plan(message, history), source="rules")

    def plan(
        self,
        message: str,
        history: list[Message],
        found: Sequence[TitleSpan] | None = None,
        judged: Judgement | None = None,
    ) -> TurnPlan:
        """The plan of one message.

        Args:
            found: the titles in `plain(message)`, where they have been looked for already.
            judged: what another reader has made of intent and titles; the rules do the rest around it.
        """
        text = plain(message)
        spans = list(found) if found is not None else self._titles.find(text)
        if judged is not None:
            spans = [span for span, _ in judged.titles]
        # 去掉《X》 is a word against an item, no constraint taken back.
        forgotten = [
            match
            for match in cues.FORGET.finditer(text)
            if not (match.lastgroup in ("e", "g") and _covered(match.start(), match.end(), spans))
        ]
        ranges = [
            found
            for found in find_ranges(text)
            if not _covered(found.start, found.end, spans) and not _inside(found.start, found.end, forgotten)
        ]
        count = find_count(text, [(s.start, s.end) for s in spans] + [(f.start, f.end) for f in ranges])
        qualities = [
            quality
            for quality in self._facets.find(text)
            if not _covered(quality.start, quality.end, spans)
            and not any(quality.start < f.end and f.start < quality.end for f in ranges)
            and not _inside(quality.start, quality.end, forgotten)
        ]
        negated = {q.start: self._negated(text, q.start, spans) for q in qualities}
        wanted = _first([q.text.lower() for q in qualities if not negated[q.start]], 20)
        unwanted = _first([q.text.lower() for q in qualities if negated[q.start]], 20)
        taken = [(s.start, s.end) for s in spans] + [(q.start, q.end) for q in qualities]
        taken += [(f.start, f.end) for f in ranges] + [match.span() for match in forgotten]
        unwanted = _first([*unwanted, *cues.ruled_out(text, taken)], 20)
        refers_to = cues.references(text)[:10]
        mentions = self._mentions(text, spans, judged)[:20]
        forget = _first([_forgotten_phrase(match) for match in forgotten], 10)
        intent = (
            judged.intent
            if judged
            else self._intent(text, history, mentions, qualities, ranges, refers_to, forget, count)
        )
        if intent in (Intent.ABOUT_ITEM, Intent.EXPLAIN, Intent.COMPARE):
            for mention in mentions:
                mention.stance = Stance.NEUTRAL
        elif intent in (Intent.RECOMMEND, Intent.REFINE) and judged is None:
            for mention in mentions if not cues.UNSEEN.search(text) else ():
                if mention.stance is Stance.NEUTRAL:
                    mention.stance = Stance.LIKED  # named in a request, without a word against it
        elif intent is Intent.CHAT:
            wanted, unwanted, ranges, mentions = [], [], [], []
        if not refers_to and not mentions and self._points_at_focus(text, intent, history):
            refers_to = [0]
        return TurnPlan(
            intent=intent,
            mentions=mentions,
            wanted=wanted,
            unwanted=unwanted,
            ranges=[found.range for found in ranges],
            count=count if intent not in (Intent.CHAT, Intent.FEEDBACK, Intent.COMPARE, Intent.EXPLAIN) else None,
            refers_to=refers_to if intent is not Intent.CHAT else [],
            forget=forget,
            query=self._rest(text, spans, qualities, ranges) if intent is not Intent.CHAT else "",
        )

    # --- mentions -------------------------------------------------------------------------------------------------

    def _mentions(self, text: str, spans: list[TitleSpan], judged: Judgement | None) -> list[Mention]:
        mentions: list[Mention] = []
        for i, span in enumerate(spans):
            stance = judged.titles[i][1] if judged else self._stance(text, span, spans)
            if i and stance is None:
                gap = text[spans[i - 1].end : span.start]
                if cues.LIST_GAP.fullmatch(gap):
                    stance = mentions[i - 1].stance
            mentions.append(Mention(text=span.text[:200], id=span.item_id, stance=stance or Stance.NEUTRAL))
        # "X, Y and Z were great": what is said after a list holds for all of it.
        for i in range(len(spans) - 2, -1, -1) if judged is None else ():
            gap = text[spans[i].end : spans[i + 1].start]
            if mentions[i].stance is Stance.NEUTRAL and cues.LIST_GAP.fullmatch(gap):
                mentions[i].stance = mentions[i + 1].stance
        unique: dict[str, Mention] = {}
        for mention in mentions:  # an item named twice keeps the first thing said of it
            known = unique.setdefault(mention.id or mention.text, mention)
            if known.stance is Stance.NEUTRAL:
                known.stance = mention.stance
        return list(unique.values())

    def _stance(self, text: str, span: TitleSpan, spans: list[TitleSpan]) -> Stance | None:
        clause = _clause(text, span)
        # Other titles may contain cue words ("Love Actually", "Good Will Hunting"): blank them out.
        masked = list(text)
        for other in spans:
            masked[other.start : other.end] = "\x00" * (other.end - other.start)
        whole = "".join(masked)
        before, after = whole[clause.start : span.start], whole[span.end : clause.end]
        if cues.RIGHT_BEFORE_UNWANTED.search(before):
            return Stance.UNWANTED
        if cues.RIGHT_AFTER_UNWANTED.match(after):
            return Stance.UNWANTED
        hits: list[tuple[int, int, Stance]] = []  # distance, order, stance
        for order, (pattern, stance) in enumerate(
            [(cues.DISLIKED, Stance.DISLIKED), (cues.LIKED, Stance.LIKED), (cues.SIMILAR, Stance.SIMILAR_TO),
             (cues.UNWANTED, Stance.UNWANTED), (cues.SEEN, Stance.SEEN), (cues.UNSEEN, Stance.NEUTRAL)]
        ):  # fmt: skip
            hits += [(len(before) - m.end(), order, stance) for m in pattern.finditer(before)]
            if stance in (Stance.DISLIKED, Stance.LIKED, Stance.SEEN, Stance.NEUTRAL):
                # What follows a title says less than what leads to it, and may belong to the next title.
                following = cues.ZH_REQUEST_STARTS.split(after.split("\x00")[0], maxsplit=1)[0]
                hits += [
                    (m.start() + 6, order, stance)
                    for m in pattern.finditer(following)
                    if not cues.OTHER_OBJECT.match(after[m.start() :])
                ]
        against = any(stance is Stance.DISLIKED and distance < 4 for distance, _, stance in hits)
        if cues.SIMILAR_AFTER.match(whole[span.end : span.end + 12]) and not against:
            return Stance.SIMILAR_TO
        if cues.LIST_GAP.fullmatch(before.replace("\x00", "")) and cues.BUT_AFTER.match(whole[span.end :]):
            return Stance.SIMILAR_TO
        if not hits:
            return self._verdict_behind(whole, span, clause)
        chosen = self._settle(before, hits)
        if chosen is Stance.SEEN:
            verdict = self._verdict_behind(whole, span, clause)
            return verdict if verdict in (Stance.LIKED, Stance.DISLIKED) else Stance.SEEN
        return chosen

    def _settle(self, before: str, hits: list[tuple[int, int, Stance]]) -> Stance:
        distance, _, stance = min(hits)
        if stance is Stance.LIKED and cues.NEGATED_LIKING.search(before):
            return Stance.DISLIKED
        if stance is Stance.SIMILAR_TO and cues.UNLIKE.search(before):
            return Stance.UNWANTED
        opinions = [s for _, _, s in hits if s in (Stance.LIKED, Stance.DISLIKED)]
        if stance is Stance.SEEN and opinions:
            return opinions[0]
        if stance is Stance.UNWANTED and distance > 25 and opinions:
            return opinions[0]
        return stance

    def _verdict_behind(self, whole: str, span: TitleSpan, clause: _Clause) -> Stance | None:
        """A verdict in the next few words after the clause: "watched Fight Club. wow", "Cats? hated it"."""
        following = whole[span.end : clause.end + 40].split("\x00")[0]
        following = cues.REQUEST_STARTS.split(following, maxsplit=1)[0]
        following = cues.ZH_REQUEST_STARTS.split(following, maxsplit=1)[0]
        liked, disliked = cues.LIKED.search(following), cues.DISLIKED.search(following)
        if disliked and (not liked or disliked.start() <= liked.start()):
            return Stance.DISLIKED
        return Stance.LIKED if liked else None

    # --- qualities ------------------------------------------------------------------------------------------------

    def _negated(self, text: str, start: int, spans: list[TitleSpan]) -> bool:
        """Whether a negation earlier in the clause reaches this place. A title in between stops it."""
        floor = max(0, start - cues.CLAUSE_CHARS)
        floor = max([floor, *(match.end() for match in cues.CLAUSE_END.finditer(text, floor, start))])
        floor = max([floor, *(span.end for span in spans if span.end <= start)])
        # A little of what follows belongs to the window, because some cues look ahead: 不 in 不恐怖.
        window = cues.NOT_A_NEGATION.sub(lambda m: " " * len(m[0]), text[floor : start + 12])
        hits = [match for match in cues.NEGATION.finditer(window) if match.end() <= start - floor]
        if not hits:
            return False
        reach = window[hits[-1].end() : start - floor]
        if "的" in reach and hits[-1][0] in ("不", "没有", "不含", "不带", "不是", "太", "别太", "非"):
            return False  # 不恐怖的科幻片: the negation belongs to what describes the film
        if hits[-1][0].lower() in ("too", "less", "over", "太", "enough") and len(reach.split()) > 2:
            return False
        # A comma ends a negation unless the list goes on to an "or" or "and": "no romance, horror or musicals".
        if "," in reach or "，" in reach:
            return bool(re.match(r"[^.;!?]{0,40}\b(?:or|nor)\b", text[start:], re.IGNORECASE)) or bool(
                re.search(r"\b(?:or|nor)\s+(?:\w+\s+)?$", reach, re.IGNORECASE)
            )
        return len(reach.split()) <= 7

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
            return True
        if intent in (Intent.EXPLAIN, Intent.ABOUT_ITEM) or (intent is Intent.MORE_LIKE and history):
            return bool(cues.FOCUS.search(text) or cues.LIKE_FOCUS.search(text)) or intent is Intent.ABOUT_ITEM
        return False

    # --- the rest -------------------------------------------------------------------------------------------------

    def _rest(self, text: str, spans: list[TitleSpan], qualities: list[QualitySpan], ranges: list[Found]) -> str:
        """The message without titles, ranges and what is unwanted: the text to search by."""
        drop = (
            [(s.start, s.end) for s in spans]
            + [m.span() for m in cues.FORGET.finditer(text)]
            + [(f.start, f.end) for f in ranges]
        )
        drop += [(q.start, q.end) for q in qualities if self._negated(text, q.start, spans)]
        kept = [
            token.text
            for token in tokens(text)
            if not any(token.start < end and start < token.end for start, end in drop)
            and token.text.lower() not in cues.STOP_WORDS
            and (has_cjk(token.text) or (token.key.isalpha() and "'" not in token.text and frequency(token.key) < 6.3))
            and not self._negated(text, token.start, spans)
        ]
        return " ".join(kept)[:1000]


def plain(message: str) -> str:
    """A message as it is read: straight apostrophes, at most 2,000 characters."""
    return message.replace("’", "'").replace("‘", "'")[:2000]


def _first(phrases: list[str], n: int) -> list[str]:
    """At most `n` different ones, as many as a plan may hold."""
    return list(dict.fromkeys(phrases))[:n]


def _covered(start: int, end: int, spans: list[TitleSpan]) -> bool:
    return any(start < span.end and span.start < end for span in spans)


def _inside(start: int, end: int, matches: list[re.Match[str]]) -> bool:
    return any(match.start() <= start and end <= match.end() for match in matches)


def _clause(text: str, span: TitleSpan) -> _Clause:
    floor = max(0, span.start - cues.CLAUSE_CHARS)
    # "More like X" turns from what was said before, and yet says how it stands to X.
    ends = [m.end() for m in cues.CLAUSE_END.finditer(text, floor, span.start) if not m[0].lower().startswith("more")]
    start = max([floor, *ends])
    following = cues.CLAUSE_END.search(text, span.end)
    end = following.start() if following else len(text)
    return _Clause(start, end, text[start:end])


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


def _forgotten_phrase(match: re.Match[str]) -> str:
    phrase = next(group for group in match.groups() if group)
    return re.sub(r"^(?:the|that|my|about|being)\s+", "", phrase.strip().lower())
