"""Whom nothing is to happen to: "the dog must not die", "no dying children". English.

It is no word against films with dogs or for children, but against what happens to them, where a catalogue records that.
"""

import re

from agents.text import Span

_HARM = (
    r"(?:dying|dead|die[sd]?|deaths?|kill(?:ed|ing)|murder(?:ed|s)?|hurt(?:ing)?|harm(?:ed)?|abused?|cruelty"
    r"|suffer(?:s|ing)?)"
)
_NOT = r"(?:no|not|nor|or|without|nothing|never|avoid|(?:don|can|won|does|must|should)n?'?t|cannot|hates?)"
_BETWEEN = r"(?:(?:that|who|is|are|get|gets|getting|being|to|where|must|should|does|do|may|can|not|n'?t|never)\s+)*"
# What a catalogue calls it → who is spared.
_SPARED = {
    "animal death": r"(?:dogs?|cats?|animals?|pets?|horses?|puppy|puppies)",
    "child death": r"(?:child(?:ren)?|kids?|bab(?:y|ies))",
    "death of a loved one": r"(?:parents?|mothers?|fathers?|m[uo]ms?|dads?|wi(?:fe|ves)|husbands?)",
}


def _pattern(who: str) -> str:
    return (
        rf"\b{_NOT}\b[^.,;!?]{{0,30}}?\b(?:{_HARM}\s+(?:an?\s+|the\s+|of\s+|to\s+)*{who}|{who}\s+{_BETWEEN}{_HARM})\b"
        rf"|\b{who}\s+{_BETWEEN}(?:not|never|\w+n'?t)\s+(?:be\s+|get\s+)?{_HARM}\b"
    )


_PATTERNS = {phrase: re.compile(_pattern(who), re.IGNORECASE) for phrase, who in _SPARED.items()}
HARM = re.compile("|".join(pattern.pattern for pattern in _PATTERNS.values()), re.IGNORECASE)


def spared(text: str) -> list[tuple[Span, str]]:
    """Where a text says that somebody is not to come to harm, and what is ruled out by that."""
    return [(match.span(), phrase) for phrase, pattern in _PATTERNS.items() for match in pattern.finditer(text)]
