"""Which questions a message asks, and which of the items that it names they are about.

"I have seen Heat. Is Ronin long, and who is in it?" asks two, both about *Ronin*: of *Heat* it only tells. In a
question "it" stands for each title, so that no word of a title is taken for one of the question: *Cool Runnings* has no
running time. English.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.plan import Mention, Stance
from agents.text import has_cjk, plain

_TITLE = "\x01"  # stands for a title, up to the question it is in
_IT = rf"(?:it|that|this|they|those|these|them|{_TITLE})"
_OF_IT = rf"(?:{_IT}\b|{_TITLE}|the\s+\w+\b)"
# A question that goes on in the sentence of another, or needs no mark before it: "who is in it n how long".
_GOES_ON = rf"(?:who(?:'?s)?\b|what(?:'?s)?\b|whats\b|when\b|where\b|how\s+\w+|(?:is|was|does|did|has)\s+{_OF_IT})"
_OPENLY = rf"(?:how\s+long\b|whos\s+in\b|who'?s\s+in\b|who\s+is\s+in\b|what'?s\s+(?:it|that|{_TITLE})\s+about)"
_BREAK = re.compile(
    rf"(?<=[.!?;])[)\"'”’]*\s+|\s*\n\s*|\s+[-–—]\s+|:\s+(?={_GOES_ON})|,?\s+(?:and|but|n|&)\s+(?={_GOES_ON})"
    rf"|,\s+(?={_GOES_ON})|(?<!\bme)(?<!\byou)(?<!\bknow)\s+(?={_OPENLY})",
    re.IGNORECASE,
)
_APART = rf"[^\w{_TITLE}]"
_LEAD = (
    rf"^{_APART}*(?:(?:and|but|so|ok(?:ay)?|oh|well|also|anyway|yes|yeah|yea|no|thx|thanks|then|hm+|just|please|\w+,)"
    rf"{_APART}+)*"
)
_HAVE = r"(?:(?:do|have)\s+(?:you|u|ya)(?:\s+(?:have|got))?|(?:you|u)\s+got|got)"
_ASKS = re.compile(
    rf"{_LEAD}(?:(?:who(?:'?s)?|what(?:'?s)?(?!\s+an?\b)|whose|when|where|how(?!\s+about)|{_HAVE}(?!\s+it\b))\b"
    rf"|(?:is|isn'?t|was|are|were|does|doesn'?t|did|has|will|would)\s+(?:{_OF_IT}|\w+\s+(?:\w+\s+)?in\b))"
    r"|\b(?:i\s+(?:only\s+|just\s+)?asked|(?:did\s?n'?t|have\s?n'?t|did\s+not|have\s+not|never)\s+(?:tell|told|say|said|answer(?:ed)?)"
    r"|\w+\s+(?:asks|wonders)|do\s+you\s+know|can\s+you\s+tell)\b.*\b(?:whether|if|who|what|how|when|about)\b",
    re.IGNORECASE,
)
# The question begins behind it: "I only asked whether it is slow".
_INDIRECT = re.compile(
    rf".*?\b(?:asked|asks|wonders|tell|told|say|said|know)\s+(?:me\s+)?(?:whether|if)\s+(?=(?:it|that|this)\b|{_TITLE})",
    re.IGNORECASE,
)
_THAT = r"(?:it|that|this)(?:\s+(?:one|film|movie))?"
_END = r"(?:,?\s+(?:then|please|pls|do\s+you\s+think|though|btw))?\W*"
# Asks for a fact of one item, and for nothing else: whatever is told before it, this is what wants an answer.
_PLAIN = re.compile(
    rf"{_LEAD}(?:who(?:'?s|\s+is|\s+was|\s+are|\s+were|\s+else\s+is|\s+else|\s+all\s+is)?\s+(?:\w+\s+){{0,3}}in\s+{_THAT}"
    rf"|who\s+(?:directed|made|wrote|stars?\s+in)(?:\s+{_THAT})?|how\s+long|rated\s+\w+|what\s+year"
    rf"|how\s+(?!cool\b|nice\b|great\b|good\b|about\b)\w+\s+(?:is|was|does)\s+{_THAT}(?:\s+(?:last|run|take))?"
    rf"|(?:when|what\s+year)\s+(?:is|was|did)\s+{_THAT}\b.{{0,20}}"
    rf"|what(?:'?s|\s+is|\s+was)\s+{_THAT}\s+about|what\s+(?:happens|goes\s+on)\s+in\s+{_THAT}"
    rf"|what(?:'?s|\s+is)\s+the\s+(?:story|plot)(?:\s+(?:of|in)\s+{_THAT})?|what\s+language\s+is\s+{_THAT}(?:\s+in)?"
    rf"|(?:is|are)\s+there\s+(?:an?\s+|any\s+)?\w+\s+in\s+{_THAT}"
    rf"|{_HAVE}\s+it(?:\s+(?:here|too|as\s+well))?"
    rf"|(?:is|was)\s+{_THAT}\s+(?:very\s+|too\s+|so\s+|really\s+|in\s+)?"
    r"(?!(?:me|you|all|an?|the|true|same|weird|here|better|worse|because|fair|right|so|enough|\w+er)\b)\w+"
    rf"(?:\s+and\s+white|\s+for\s+(?!me\b|us\b)(?:\w+\s+){{0,2}}\w+)?)"
    rf"{_END}",
    re.IGNORECASE,
)
# "Heat, perhaps?" asks nothing of it that can be told.
_ONLY_NAMED = re.compile(
    rf"{_LEAD}(?:(?:or|(?:what|how)\s+about)\s+)?{_TITLE}\W*(?:(?:perhaps|maybe|then|or)\W*)?", re.IGNORECASE
)
_SEVERAL = re.compile(r"\b(?:they|them|both|those|these|either)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a message.

    Attributes:
        text: its words, with "it" for each title.
        mentions: what it is about: the titles in it, else what was named last before it; none for what is shown.
        names: whether it names them itself. last: whether nothing follows it.
        plain: whether it asks for a fact of one item. opens: whether its first words say that it is a question.
    """

    text: str
    mentions: tuple[Mention, ...]
    names: bool
    last: bool
    plain: bool
    opens: bool


def questions(message: str, mentions: Sequence[Mention]) -> list[Question]:
    """The questions of a message in reading order; none in Chinese, which is not cut into them."""
    if has_cjk(message):
        return []
    text, order = _hidden(plain(message), mentions)
    parts = [part for part in _BREAK.split(text) if part and part.strip()]
    found: list[Question] = []
    before: list[Mention] = []
    for place, part in enumerate(parts):
        own = [order.pop(0) for _ in range(part.count(_TITLE))]
        opens = bool(_ASKS.search(part)) and not part.rstrip().endswith("!")
        if opens or (part.rstrip(" )\"'”’").endswith("?") and not _ONLY_NAMED.fullmatch(part)):
            about = own or (before if _SEVERAL.search(part) else before[-1:])
            said, indirect = _INDIRECT.subn("", part, count=1) if opens else (part, 0)
            found.append(
                Question(
                    text=said.replace(_TITLE, "it").strip() + "?" * indirect,
                    mentions=_different(about),
                    names=bool(own),
                    last=place == len(parts) - 1,
                    plain=bool(indirect or _PLAIN.fullmatch(said.replace(_TITLE, "it").strip())),
                    opens=opens,
                )
            )
        before += own
    return found


def only_named(message: str, mentions: Sequence[Mention]) -> bool:
    """Whether a message names one title, and nothing is asked of it: "and Heat?"."""
    return _ONLY_NAMED.fullmatch(_hidden(plain(message), mentions)[0]) is not None


def without_titles(message: str, mentions: Sequence[Mention]) -> str:
    """A message with "it" for each title."""
    return _hidden(plain(message), mentions)[0].replace(_TITLE, "it")


def _hidden(text: str, mentions: Sequence[Mention]) -> tuple[str, list[Mention]]:
    """A text with a sign for each title, and which they are, in reading order."""
    places: list[tuple[int, int, Mention]] = []
    for mention in sorted(mentions, key=lambda mention: -len(mention.text)):
        if not mention.text:
            continue
        for match in re.finditer(rf"(?<!\w){re.escape(plain(mention.text))}(?!\w)", text, re.IGNORECASE):
            if not any(start < match.end() and match.start() < end for start, end, _ in places):
                places.append((match.start(), match.end(), mention))
    places.sort(key=lambda place: place[0])
    for start, end, _ in reversed(places):
        text = text[:start] + _TITLE + text[end:]
    return text, [mention for _, _, mention in places]


def _different(mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    kept = {mention.id: mention for mention in mentions if mention.stance is not Stance.UNWANTED}
    return tuple(kept.values())
