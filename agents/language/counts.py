"""How many items a message asks for: "three films", "10 westerns", "give me two", "来两部". Not "seven of us", and not *Seven*."""

import re
from collections.abc import Sequence

from agents.language.amounts import chinese_number

_NUMBERS = {
    w: n for n, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
} | {"a couple of": 2, "a couple": 2, "couple": 2, "half a dozen": 6, "a dozen": 12, "single": 1}
_NUMBER = rf"(?P<n>\d{{1,2}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_THINGS = r"(?:films?|movies?|ones?|suggestions?|picks?|options?|titles?|recommendations?|recs?|items?|things|flicks?|ideas?|choices)"
_COUNT = re.compile(
    rf"\b{_NUMBER}\s+(?:\w[\w'’-]*\s+){{0,3}}?{_THINGS}\b"
    rf"|\b(?:give\s+me|gimme|show\s+me|show|name|list|recommend|suggest|find\s+me|top|only|just|best|pick|pick\s+me|want|need)\s+(?:me\s+|only\s+|just\s+|the\s+|your\s+|top\s+)*(?P<m>\d{{1,2}}|{'|'.join(list(_NUMBERS)[1:])})\b(?!\s*(?:hours?|hrs?|h\b|min|year|decade|thing|%|dollar|bucks))"
    rf"|\bmake\s+(?:it|that|them)\s+(?:just\s+|only\s+)?(?P<made>\d{{1,2}}|{'|'.join(list(_NUMBERS)[1:])})(?=\s*(?:$|[.,;!?]|please\b|instead\b|then\b|thanks\b|this\s+time\b))"
    rf"|(?:来|推荐|给我|要|选|挑|找|改成)\s*(?:我)?\s*(?P<zh>[一二两三四五六七八九十]|\d{{1,2}})\s*[部个款本件]",
    re.IGNORECASE,
)
_BEFORE_KIND = re.compile(rf"\b{_NUMBER}\s+(?:\w[\w'’-]*\s+){{0,2}}?$", re.IGNORECASE)
_NOT_A_COUNT = re.compile(
    r"\b(?:which|(?<!make\s)that|this|last|first|second|third|other|no|any|every|the|another|seen|saw|watched)\s+$",
    re.IGNORECASE,
)
_KIND_CHARS = 60  # before a kind in which its number is looked for
_JUST_ONE = re.compile(
    r"\b(?:just|only)\s+(?:show\s+me\s+|give\s+me\s+)?$"
    r"|\b(?:give|show|pick|name|recommend|suggest)\s+(?:me\s+)?(?:just\s+|only\s+)?$",
    re.IGNORECASE,
)


def find_count(text: str, taken: Sequence[tuple[int, int]], kinds: Sequence[tuple[int, int]] = ()) -> int | None:
    """The number of items asked for, 1 to 50; None when no number is.

    Args:
        taken: stretches of the text that are titles or ranges already.
        kinds: stretches that name items by their kind: "westerns", "kettles".
    """
    before_kinds = [_BEFORE_KIND.search(text, max(0, start - _KIND_CHARS), start) for start, _ in kinds]
    for match in (*_COUNT.finditer(text), *(match for match in before_kinds if match)):
        found = match.groupdict()
        group = next(name for name in ("n", "m", "made", "zh") if found.get(name))
        word, (start, end) = match[group].lower(), match.span(group)
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            continue
        if _NOT_A_COUNT.search(text[:start]) or re.match(r"\s*(?:of\s+(?:those|these|them)|year)", text[end:]):
            continue
        if word == "one" and not _JUST_ONE.search(text[:start]):  # "a good one" asks for no number
            continue
        number = int(word) if word.isdigit() else _NUMBERS.get(word) or chinese_number(word)
        if number and 1 <= number <= 50:
            return number
    return None
