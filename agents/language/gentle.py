"""Hard times that somebody tells of: mourning, illness, a child on the way. They are no subject to search for, and mean
that what is harsh is too much.
"""

import re

from agents.text import Span

# As people call what is too much then; what a catalogue has no facet for is passed over.
TOO_MUCH = ("harrowing", "violent", "scary")
WARM = "warm"  # what is looked for where nothing else is asked for
_DEAR = (
    r"(?:husband|wife|partner|mother|father|m[uo]m|dad|parents?|son|daughter|child|baby|brother|sister|twin|friend|nan|aunt|uncle"
    r"|gran\w*|dog|cat|pet|horse)"
)
_SOMEBODY = rf"(?:my|our)\s+(?:\w+\s+){{0,2}}{_DEAR}"
_JUST = r"(?:(?:has|have|had|just|recently|sadly|only)\s+)*"
# When and how, up to the end of the clause.
_HOW = r"(?:[^.,;!?]{0,40}?(?=\s*(?:$|[.,;!?]|\b(?:so|and|but|can|could|i|we|something|anything)\b)))?"
_HARD = re.compile(
    rf"\b{_SOMEBODY}\s+{_JUST}(?:passed(?:\s+away)?|died)\b{_HOW}"
    rf"|\b(?:i|we)\s+{_JUST}(?:lost|buried)\s+{_SOMEBODY}\b{_HOW}"
    r"|\b(?:i(?:'m|\s+am)|we(?:'re|\s+are)|(?:(?:my|our)\s+)?\w+(?:'s|\s+is))\s+(?:\w+\s+)?"
    r"(?:pregnant|expecting|grieving|bereaved|in\s+hospital|frail|very\s+ill|dying|in\s+chemo)\b"
    r"(?!\s+(?:to|guests|friends|company|people|visitors)\b)"
    r"|\b(?:my|our|her|his)\s+(?:doctor|nurse|cardiologist)\s+(?:\w+\s+)?(?:tells?|told|says?|said|wants?)\b(?:\s+(?:me|us|him|her)\b)?"
    r"|\brecovering\s+from\s+(?:\w+\s+){0,2}(?:operation|surgery|illness|stroke|cancer|flu|covid|accident|heart\s+attack)\b"
    r"|\b(?:weak|bad)\s+heart\b|\bheart\s+condition\b",
    re.IGNORECASE,
)
# Who asks for a film of it does not tell of himself.
_ABOUT = re.compile(r"\b(?:about|where|in\s+which|who|whose|with\s+an?|set)\b", re.IGNORECASE)


def hard_times(text: str) -> list[Span]:
    """The stretches that tell of hard times."""
    return [match.span() for match in _HARD.finditer(text) if not _ABOUT.search(text[: match.start()])]
