"""The stance to each title of a message, as far as rules find one: liked, disliked, seen, to be resembled, unwanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents.language import cues
from agents.linking.titles import TitleSpan
from agents.plan import Stance
from agents.text import blanked


@dataclass(frozen=True, slots=True)
class _Clause:
    start: int
    end: int


def rule_stances(text: str, spans: Sequence[TitleSpan]) -> list[Stance | None]:
    """The stance to each title as far as the rules find one; what is said of a list holds for all of it."""
    # Titles may contain cue words ("Love Actually", "Good Will Hunting"): they are hidden.
    hidden = blanked(text, [(span.start, span.end) for span in spans], "\x00")
    found = [_stance(text, hidden, span) for span in spans]
    gaps = [text[a.end : b.start] for a, b in pairwise(spans)]
    for i, gap in enumerate(gaps, start=1):
        # "Nothing like X or Y": a negated list is unwanted whole.
        listed = found[i - 1] is Stance.UNWANTED and cues.ALTERNATIVE_GAP.fullmatch(gap)
        if listed or (found[i] is None and cues.LIST_GAP.fullmatch(gap)):
            found[i] = found[i - 1]
    for i in range(len(gaps) - 1, -1, -1):
        if found[i] in (None, Stance.NEUTRAL) and cues.LIST_GAP.fullmatch(gaps[i]):
            found[i] = found[i + 1]
    return found


def _stance(text: str, whole: str, span: TitleSpan) -> Stance | None:
    if verdict := _topic_verdict(whole, span):
        return verdict
    clause = _clause(text, span)
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
        return _verdict_behind(whole, span, clause)
    chosen = _settle(before, hits)
    if chosen is Stance.SEEN:
        verdict = _verdict_behind(whole, span, clause)
        return verdict if verdict in (Stance.LIKED, Stance.DISLIKED) else Stance.SEEN
    return chosen


def _settle(before: str, hits: list[tuple[int, int, Stance]]) -> Stance:
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


def _verdict_behind(whole: str, span: TitleSpan, clause: _Clause) -> Stance | None:
    """A verdict in the next few words after the clause: "watched Fight Club. wow", "Cats? hated it"."""
    following = whole[span.end : clause.end + 40].split("\x00")[0]
    following = cues.REQUEST_STARTS.split(following, maxsplit=1)[0]
    following = cues.ZH_REQUEST_STARTS.split(following, maxsplit=1)[0]
    liked, disliked = cues.LIKED.search(following), cues.DISLIKED.search(following)
    if disliked and (not liked or disliked.start() <= liked.start()):
        return Stance.DISLIKED
    return Stance.LIKED if liked else None


def _topic_verdict(text: str, span: TitleSpan) -> Stance | None:
    """What a Chinese sentence says of the title that it begins with: 阿凡达我不喜欢."""
    before, behind = text[: span.start].rstrip(" 《「“"), text[span.end :].lstrip(" 》」”")
    comment = cues.ZH_COMMENT.match(behind)
    if comment is None or (before and before[-1] not in cues.ZH_PAUSES):
        return None
    if cues.ZH_ASKS.search(comment[0]):
        return Stance.NEUTRAL
    if cues.DISLIKED.search(comment[0]):
        return Stance.DISLIKED
    return Stance.LIKED if cues.LIKED.search(comment[0]) else None


def _clause(text: str, span: TitleSpan) -> _Clause:
    floor = max(0, span.start - cues.CLAUSE_CHARS)
    # "More like X" turns from what was said before, and yet says how it stands to X.
    ends = [m.end() for m in cues.CLAUSE_END.finditer(text, floor, span.start) if not m[0].lower().startswith("more")]
    start = max([floor, *ends])
    following = cues.CLAUSE_END.search(text, span.end)
    end = following.start() if following else len(text)
    return _Clause(start, end)
