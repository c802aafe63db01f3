"""Who watches, as a conversation tells it, and what would be too much for them. English.

Children, and older people and those who are easily upset, are kept in mind until it is said that they are not there.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from agents.language.complaints import not_for_children
from agents.language.family import circumstances, for_grown_ups, grown_ups_only, in_a_story, watch_too
from agents.text import Span, either


class Who(StrEnum):
    """Somebody who watches too."""

    CHILDREN = "children"
    LITTLE = "little"  # children of six or less
    UPSET = "upset"  # who is easily frightened or moved to tears
    ELDERS = "elders"


# Who is told of.
_ELDER = either("grand(?:ma|mother|mum|mom|mama|dad|father|pa|parents?) gran(?:ny)? nana? nanna oma opa")
_PARENT = rf"(?:{either('m[uo]ther m[uo]m(?:my)? father dad aunt uncle parents in-laws')}|{_ELDER})"
_CHILD = either("sons? daughters? boys? girls? kids? child(?:ren)? niece nephew (?:small|little)_ones?")
_OTHERS = either("wife husband partner sister brother friend girlfriend boyfriend")
_KIN = rf"(?:my|our|the|his|her)\s+(?:\w+\s+){{0,2}}?(?:{_PARENT}|{_CHILD}|{_OTHERS})"
_SOMEBODY = rf"(?:he|she|they|{_KIN}|{_ELDER}|kids?|children)"
_THEM = rf"(?:him|her|them|{_SOMEBODY})"
_BE = r"(?:['’]?s|['’]re|['’]m|\s+(?:is|am|are|gets?|was|were))"
_SO = rf"(?:\s+{either('very so too really always a_bit quite rather only still just easily also')})*"
# What is told of them.
_EASILY = rf"{_SO}\s+{either('easy easily quick quickly a_lot at_everything fast often')}"
_FRAIL = (
    rf"(?:{either('sensitive fearful timid anxious frail')}|easily\s+\w+ed|(?:upset|scared|frightened)\s+eas(?:y|ily))"
)
_UPSET = re.compile(
    rf"\b{_SOMEBODY}\s+(?:(?:always|often|also)\s+)?(?:cr(?:y|ies)|weeps?|gets?\s+(?:upset|scared|frightened|sad)){_EASILY}\b"
    rf"|\b{_SOMEBODY}{_BE}{_SO}\s+{_FRAIL}\b(?!\s+(?:about|to)\b)"
    rf"|\b(?:makes?|made|making)\s+{_THEM}\s+(?:cry|weep|scared|afraid|sad|upset)\b"
    rf"|\b{_SOMEBODY}\s+(?:has|gets?|had|have)\s+(?:\w+\s+)?nightmares\b",
    re.IGNORECASE,
)
_ALL_THE = either("all the whole entire my our")
_FAMILY = re.compile(
    rf"(?<!not )(?<!n't )\b(?:with|for)\s+(?:{_ALL_THE}\s+)+family\b(?!\s+(?:films?|movies?|name|tree|dog))",
    re.IGNORECASE,
)
_WITH = rf"(?:with|for|and|also|my|our|the)\s+(?:{either('my our the dear old also a her his')}\s+)*"
_OLD = either("[6-9]\\d sixty seventy eighty ninety")
_ELDERS = re.compile(
    rf"\b{_WITH}{_ELDER}\b(?!['’]s\b|\s+(?:in|of|from)\b)|^\W*{_ELDER}\b|\b(?:old|elderly|frail)\s+{_PARENT}\b"
    rf"|\b(?:my|our)\s+(?:\w+\s+)?{_PARENT}['’s,\s(]*(?:(?:who|is|of|aged?)\s+)*{_OLD}\b",
    re.IGNORECASE,
)
# Up to what somebody is afraid of, or cannot bear.
_AFRAID = re.compile(
    rf"\b(?:{_SOMEBODY}|i){_BE}{_SO}\s+(?:afraid|scared|frightened|terrified)\s+(?:of|by|from)\b"
    rf"|\b{_SOMEBODY}\s+(?:has|gets?|have|had)\s+(?:\w+\s+)?nightmares\s+(?:of|from|about|with)\b",
    re.IGNORECASE,
)
_BEARS_NO = re.compile(
    rf"\b{_SOMEBODY}\s+(?:fears?|hates?|dislikes?|(?:does|do)\s?n['o]?t\s+like|can(?:\s?no|['’])?t\s+(?:stand|bear|take|see|watch))\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"[.;!?]|\b(?:but|so|likes?|loves?|wants?|needs?|something|anything|please)\b|,\s*(?:and\s+)?(?:he|she|they|i|we)\b",
    re.IGNORECASE,
)
# Who is not there, or not any more.
_AWAY = rf"""(?:['’](?:s|re)|\s+(?:is|are|has|have|went))\s+(?:\w+\s+)?{
    either("asleep sleeping gone away out left home not_(?:here|there) in_bed to_bed")
}"""
_WITHOUT = r"\b(?:without|not\s+for)\s+(?:(?:the|my|our|any)\s+)?"
_NO_ELDERS = re.compile(rf"{_WITHOUT}(?:{_PARENT}|her|him|them)\b|\b{_PARENT}{_AWAY}\b", re.IGNORECASE)
_NO_CHILDREN = re.compile(rf"\bwithout\s+(?:(?:the|my|our|any)\s+)?(?:{_CHILD}|them)\b", re.IGNORECASE)
_FOR_US = re.compile(
    r"\b(?:now|later|then|tonight|and|but|next|just|only)\b[^.!?]{0,30}\bfor\s+(?:just\s+|only\s+)?(?:us|me|myself|ourselves)\b(?!\s+(?:all|both|and|to)\b)"
    r"|\b(?:just|only)\s+(?:me|us)\b(?!\s+and\b)|\bon\s+(?:our|my)\s+own\b|\b(?:i|we)(?:['’](?:m|re)|\s+(?:am|are))\s+(?:\w+\s+)?alone\b",
    re.IGNORECASE,
)
_LITTLE = re.compile(
    rf"\b(?:[2-6]|two|three|four|five|six)\b(?!\s+(?:\w+\s+)?{_CHILD})|toddler|pre-?school",
    re.IGNORECASE,
)


def who_watches(text: str, before: Sequence[Who]) -> list[Who]:
    """Who watches after a message, of whom `before` were there. `text`: the message without the titles in it."""
    children = [*watch_too(text, circumstances(text)), *_told(_FAMILY, text)]
    elders, upset = _told(_ELDERS, text), _told(_UPSET, text)
    for_us = bool(_FOR_US.search(text))
    gone = set()
    if (for_us or grown_ups_only(text) or for_grown_ups(text) or _NO_CHILDREN.search(text)) and not children:
        gone |= {Who.CHILDREN, Who.LITTLE, Who.UPSET}
    if _NO_ELDERS.search(text):
        elders = []
        gone |= {Who.ELDERS, Who.UPSET}
    elif for_us and not elders:
        gone |= {Who.ELDERS, Who.UPSET}
    watch = [who for who in before if who not in gone]
    told_of_one = any(re.search(rf"\b{_CHILD}\b", text[slice(*at)], re.IGNORECASE) for at in (*upset, *fears(text)))
    if children or told_of_one or not_for_children(text, Who.CHILDREN in before):
        watch.append(Who.CHILDREN)
    if any(names_little(text[start:end]) for start, end in children):
        watch.append(Who.LITTLE)
    watch += [Who.ELDERS] * bool(elders) + [Who.UPSET] * bool(upset)
    return list(dict.fromkeys(watch))


def names_little(words: str) -> bool:
    """Whether words that tell of children tell of an age of six or less."""
    return bool(_LITTLE.search(words))


def told_of(text: str) -> list[Span]:
    """The stretches that tell of those who watch, and are nothing to search for."""
    return [*_told(_ELDERS, text), *_told(_UPSET, text)]


@lru_cache(maxsize=256)
def fears(text: str) -> list[Span]:
    """The stretches that say up to what somebody is afraid of."""
    return _told(_AFRAID, text)


def afraid_of(text: str, start: int) -> bool:
    """Whether somebody is said to be afraid of what stands at a place."""
    return any(end <= start and not _GOES_ON.search(text, end, start) for _, end in fears(text))


def is_feared(text: str, phrase: str, heeded: bool) -> bool:
    """Whether somebody is said to be afraid of what a phrase names; or, where they are `heeded`, not to bear it."""
    found = [*fears(text), *(_told(_BEARS_NO, text) if heeded else [])]
    return any(phrase.casefold() in _GOES_ON.split(text[end:].casefold())[0] for _, end in found)


def _told(pattern: re.Pattern[str], text: str) -> list[Span]:
    return [match.span() for match in pattern.finditer(text) if not in_a_story(text, match.start())]
