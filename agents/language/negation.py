"""How far a negation reaches: which words of "no romance, horror or musicals, Japanese" it is said against; and which
are ruled out that no facet knows: "but not marvel"."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from agents.language import cues
from agents.language.audience import afraid_of, fears
from agents.language.ranges import Found
from agents.text import Placed, Span, blanked, frequency

# Between "too" and what is too much: "too much blood", "too sad or violent", "too dark and gritty".
_TOO_MUCH = re.compile(r"\W*(?:(?:much|many|heavy|on|of|a|lot)\W+)*(?:.*(?:,|\b(?:or|nor|and)\b).*)?", re.IGNORECASE)

# Asks for what it calls missing, "is there nothing with animals?", or for what was meant, "no, the spiderman ones".
_NONE = r"(?P<{}>no|nothing|none)\b"
_ASKS_FOR_IT = re.compile(
    r"|".join(
        (
            rf"\b(?:(?:is|are|was|were)\s+there|have\s+you(?:\s+got)?|do(?:n'?t)?\s+you\s+have)\s+(?:really\s+)?{_NONE.format('order')}",
            rf"\byou(?:'ve|\s+have)(?:\s+got)?\s+{_NONE.format('said')}(?=[^.;!?]*\?)",
            rf"\bwhy\s+(?:(?:is|are)\s+there\s+|(?:do|have)\s+you\s+(?:have\s+|got\s+)?)?{_NONE.format('why')}",
            rf"(?:^|[.;!?])\W*(?:(?:and|but|so|oh|what|hm+)\W+)*{_NONE.format('short')}\s+(?:about|by|from|of)\s(?=[^.;!?,]{{3,60}}\?)",
            r"^\W*(?P<reply>no|nah|nope)\s+(?=(?:the|those|make|show|give|something|smth|sth)\s|for\b[^.;!?]*\bnot\b)",
        )
    ),
    re.IGNORECASE,
)
_TURNED_ALREADY = re.compile(r"\b(?:too|not|no|nothing|neither)\b|n't", re.IGNORECASE)  # "when it is too long"
# Up to what is turned away from: "I don't really like ... old films", "no black and white or ... old ones".
_REACHES = re.compile(
    r"(?:\b(?:not|no|never|nothing|without|hates?|hated|dislikes?|avoid|ain't|enough|zero|skip|dont|doesnt|neither)|n't)\W+"
    r"(?:(?:like|love|enjoy|want|need|watch|see|stand|do|into|an?|the|fans?|big|huge|of|for|in|interested|keen|on|any|anything|something"
    r"|very|such|really|much|too|so|that|care|give|show|me|us|suggest|recommend|these|those|all|with|to|fond|more|get|feel|feeling)\W+)*$"
    r"|\b(?:sick|tired)\s+of\s+(?:all\s+|these\s+|the\s+)*$|\b(?:or|nor)\s+(?:any\s+)?$",
    re.IGNORECASE,
)
_PLAIN = 5.3  # Zipf frequency above which a word names nothing that could be ruled out
# A word that is ruled out by itself, and the next one of a list: "but not marvel", "not a Disney film or pixar".
_WHAT = (
    r"(?:(?:an?|any|the|another|more|by|from|with|about|made|long|big|endless|loud)\s+){0,3}"
    r"(?P<what>[\w'-]+(?:\s+(?!(?:films?|movies?|ones?|stuff|scenes?|flicks?|pictures?|please|though|or|nor|and|but)\b)[\w'-]+)?)"
    r"(?:\s+(?:films?|movies?|ones?|stuff|scenes?|flicks?|pictures?|please|though))*\s*(?=$|[.,;!?)]|\b(?:and|or|nor|but)\b)"
)
_RULED_OUT = re.compile(
    r"(?:(?<!\bis )(?<!\bare )\b(?:(?:not|no)(?:\s+(?:want|like|need))?|less|without|except(?:\s+for)?|avoid|skip"
    r"|nothing(?=\s+(?:by|from|with|about)\b)|don'?t\s+want)"
    r"|(?:^|\b(?:that|which)\s+)(?:isn'?t|aren'?t)(?:\s+(?:so|too|very))?)"
    rf"\s+{_WHAT}",
    re.IGNORECASE,
)
_AFRAID_OF = re.compile(rf"\s*{_WHAT}", re.IGNORECASE)
_RULED_OUT_TOO = re.compile(rf",?\s*\b(?:or|nor|and)\s+{_WHAT}", re.IGNORECASE)
# What people say of an answer, not of what they look for.
_OF_ANSWERS = frozenset(
    "interested impressed convinced happy helpful working fair particular important necessary".split()
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
    if cues.BUT_THAT.match(text, start) or afraid_of(text, start):
        return True
    if cues.OCCASION.match(text, start) and cues.FOR_OCCASION.search(text[:start]):
        return False
    floor = max(0, start - cues.CLAUSE_CHARS)
    floor = max([floor, *(match.end() for match in cues.CLAUSE_END.finditer(text, floor, start))])
    floor = max([floor, *(span.end for span in spans if span.end <= start)])
    # A little of what follows belongs to the window, because some cues look ahead: 不 in 不恐怖.
    window = cues.NOT_A_NEGATION.sub(lambda m: " " * len(m[0]), _without_asking(text)[floor : start + 12])
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


def asks_for_it(text: str) -> bool:
    """Whether a text asks for what it calls missing: "is there nothing with animals?"."""
    return _without_asking(text) != text


@lru_cache(maxsize=32)  # asked for once for every word of a message
def _without_asking(text: str) -> str:
    """A text without the "no" of those who ask for what is missing."""
    return blanked(text, [match.span(match.lastgroup or 0) for match in _ASKS_FOR_IT.finditer(text)])


def ruled_out(text: str, taken: Sequence[Span]) -> list[str]:
    """Words ruled out by themselves, in lower case.

    Args:
        taken: stretches of the text that say something else: titles, qualities, ranges, what is taken back.
    """
    covered = bytearray(len(text))
    for start, end in [*taken, *(match.span() for match in cues.NOT_A_NEGATION.finditer(text))]:
        covered[start:end] = b"\1" * len(covered[start:end])
    found = []
    text = _without_asking(text)
    afraid = [of for _, end in fears(text) if (of := _AFRAID_OF.match(text, end))]
    for first in (*_RULED_OUT.finditer(text), *afraid):
        match: re.Match[str] | None = first
        while match:
            words = match["what"].lower().split()
            free = not any(covered[match.start() : match.end("what")])
            said = cues.LIKED.search(match["what"]) or cues.DISLIKED.search(match["what"])
            plain = any(word in cues.STOP_WORDS or word in _OF_ANSWERS for word in words)
            plain = plain or all(frequency(word) > _PLAIN for word in words)
            if free and not plain and not said:
                found.append(" ".join(words))
            match = _RULED_OUT_TOO.match(text, match.end())
    return found
