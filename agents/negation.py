"""How far a negation reaches: which words of "no romance, horror or musicals, Japanese" it is said against."""

import re
from collections.abc import Sequence
from dataclasses import replace

from agents import cues
from agents.ranges import Found
from agents.text import Placed

# Between "too" and what is too much: "too much blood", "too sad or violent", "too dark and gritty".
_TOO_MUCH = re.compile(r"\W*(?:(?:much|many|heavy|on|of|a|lot)\W+)*(?:.*(?:,|\b(?:or|nor|and)\b).*)?", re.IGNORECASE)

_TURNED_ALREADY = re.compile(r"\b(?:too|not|no|nothing|neither)\b|n't", re.IGNORECASE)  # "when it is too long"
# Up to what is turned away from: "I don't really like ... old films", "no black and white or ... old ones".
_REACHES = re.compile(
    r"(?:\b(?:not|no|never|nothing|without|hates?|hated|dislikes?|avoid|ain't|enough|zero|skip|dont|doesnt|neither)|n't)\W+"
    r"(?:(?:like|love|enjoy|want|need|watch|see|stand|do|into|an?|the|fans?|big|huge|of|for|in|interested|keen|on|any|anything|something"
    r"|very|such|really|much|too|so|that|care|give|show|me|us|suggest|recommend|these|those|all|with|to|fond|more|get|feel|feeling)\W+)*$"
    r"|\b(?:sick|tired)\s+of\s+(?:all\s+|these\s+|the\s+)*$|\b(?:or|nor)\s+(?:any\s+)?$",
    re.IGNORECASE,
)


def turned(found: Found, text: str, spans: Sequence[Placed]) -> Found:
    """A range as it is meant: "newer" for the old films that somebody does not like. Numbers stay as they are."""
    way = found.range.relative
    if way is None or _TURNED_ALREADY.search(text, found.start, found.end):
        return found
    against = negated(text, found.start, spans) and _REACHES.search(text[: found.start])
    if not against and not cues.NOT_MINE_AFTER.match(text, found.end):
        return found
    return replace(found, range=found.range.model_copy(update={"relative": "lower" if way == "higher" else "higher"}))


def negated(text: str, start: int, spans: Sequence[Placed]) -> bool:
    """Whether a negation earlier in the clause reaches this place. A title in between stops it."""
    if cues.OWN_NEGATION.match(text, start):
        return False
    if cues.BUT_THAT.match(text, start):
        return True
    if cues.OCCASION.match(text, start) and cues.FOR_OCCASION.search(text[:start]):
        return False
    floor = max(0, start - cues.CLAUSE_CHARS)
    floor = max([floor, *(match.end() for match in cues.CLAUSE_END.finditer(text, floor, start))])
    floor = max([floor, *(span.end for span in spans if span.end <= start)])
    # A little of what follows belongs to the window, because some cues look ahead: 不 in 不恐怖.
    window = cues.NOT_A_NEGATION.sub(lambda m: " " * len(m[0]), text[floor : start + 12])
    hits = [match for match in cues.NEGATION.finditer(window) if match.end() <= start - floor]
    if not hits:
        return False
    reach = window[hits[-1].end() : start - floor]
    if "的" in reach and hits[-1][0] in ("不", "不要", "没有", "不含", "不带", "不是", "太", "别太", "非"):
        return False  # 不恐怖的科幻片: the negation belongs to what describes the film
    if hits[-1][0].lower() == "non":
        return not reach.strip(" -")  # of a non-violent western only the violence
    if hits[-1][0].lower() in ("too", "less", "over", "太", "enough") and len(reach.split()) > 2:
        return False
    if hits[-1][0].lower() == "too" and not _TOO_MUCH.fullmatch(reach):
        return False  # of a "not too scary horror" only the scary
    # A comma ends a negation unless the list goes on to its "or": "no romance, horror or musicals, Japanese".
    before, comma, last = reach.replace("，", ",").rpartition(",")
    if comma:
        if cues.LIST_OR.match(last.strip()):
            return True
        closed = hits[-1][0].lower() == "nor" or cues.LIST_OR.search(before)
        following = re.split(r"[.;!?]", text[start : start + 40])[0]
        return not closed and bool(cues.LIST_OR.search(last + following))
    return len(reach.split()) <= 7
