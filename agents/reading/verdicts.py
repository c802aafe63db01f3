"""What sounds like a verdict on a named item and is none: a question, a denial, what it is, a choice. English.

Who is noted to dislike what they never judged loses trust: where no verdict was given, none is stored.
"""

import re
from collections.abc import Sequence

from agents.language import cues
from agents.linking.titles import TitleSpan
from agents.plan import Stance
from agents.text import Placed, blanked, either, places

_JUDGED = r"(?:good|bad|great|nice|fun(?:ny)?|scary|boring|slow|sad|long|short|violent|gory|ok(?:ay)?|decent|worth\b.{0,20}|recommended|better|suitable|true|a\s+hit)"
_ASKED = re.compile(
    rf"[\"'”’]?,?\s*(?:(?:is|was|are)\s+)?(?:(?:it|that|this|really|rly|realy|actually|so|very|any|too|that)\s+)*{_JUDGED}\s*\?"
    rf"|[\"'”’]?,?\s*(?:is|was)\s+(?:it|that|this)\s+(?:(?:any|really|rly|so|too)\s+)*{_JUDGED}\W*$",
    re.IGNORECASE,
)
_ASKED_IF_KNOWN = re.compile(
    r"\b(?:have|did|do)\s+you\s+(?:ever\s+|already\s+)?(?:seen?|watch(?:ed)?|know|liked?)\s+[\"'“‘]?$", re.IGNORECASE
)
_OWN = re.compile(r"\b(?:i|i'?ve|we|we'?ve|my)\b", re.IGNORECASE)
# "I never said that I hated it": the verdict that follows was not given.
DENIED = re.compile(
    r"\b(?:i|we)\s+(?:(?:really\s+|actually\s+)?(?:did\s?n'?t|did\s+not|never|have\s?n'?t|not|no|do\s?n'?t)\s+(?:ever\s+|even\s+|actually\s+)?"
    r"(?:say|said|tell|told|mean|meant|claim(?:ed)?|write|wrote))\s+(?:you\s+|to\s+say\s+|it\s+)?(?:that\s+)?(?=(?:i|we|it|was|is|he|she|they|my|the)\b)",
    re.IGNORECASE,
)
# Said of films at large, and of none that is shown: "I hate it when they shout".
IN_GENERAL = re.compile(
    r"\b(?:like|liked|enjoy|love|hate|dislike|mind|stand|bear)\s+(?:it\s+)?(?:when|if|how)\b(?!\s+(?:he|she)\b)",
    re.IGNORECASE,
)
# Neither liked nor disliked: "fine, but too long".
_SO_SO = re.compile(
    r"[^.;!?]{0,12}?\b(?:was|is|were|are)\s+(?:(?:quite|pretty|perfectly|all|just|rather|kind\s+of|kinda)\s+)*"
    r"(?:fine|ok(?:ay)?|al(?:l\s+)?right|decent|so-?so|nice|not\s+bad|watchable|passable)(?:\s+\w+)?,?\s+(?:but|though|just|only|yet|if)\b"
    r"[^.;!?]*\b(?:too|a\s+(?:bit|little|tad)|rather|overly|not\s+(?:so|as|really))\b",
    re.IGNORECASE,
)
# "That film with the blue people", then "Avatar, that's it": what was looked for.
_IDENTIFIED = re.compile(
    r"[\"'”’]?\W{0,3}(?:that'?s|that\s+is|thats|it'?s|was)\s+(?:it|the\s+(?:one|film|movie)|right)(?:(?P<ends>\W*$)|(?=[.!;]))",
    re.IGNORECASE,
)
# Around what was meant and taken for something else: "no, the sixth sense is what I meant", "I said the sixth sense".
_MEANT_BEFORE = re.compile(
    r"\b(?:i|we)(?:\s+(?:said|meant|mean)|(?:'d|\s+would)\s+(?:much\s+)?rather\s+(?:have|see|watch))"
    r"\s+(?:the\s+(?:film|movie)\s+)?[\"'“‘]?$",
    re.IGNORECASE,
)
_MEANT_ENDS = re.compile(r"[\"'”’]?\s*(?:$|[.,;!])", re.IGNORECASE)
_MEANT_BEHIND = re.compile(
    r"[\"'”’]?\s+(?:is|was)\s+(?:what|the\s+(?:one|film|movie))\s+(?:i|we)\s+(?:said|meant|mean)\b", re.IGNORECASE
)
# Of a card, that it is not what was looked for: "Trainspotting isn't like Fargo at all".
_UNLIKE = re.compile(
    r"[\"'”’]?\s+(?:is|was|are|were)(?:n'?t|\s+not|\s+nothing)\s+(?:(?:at\s+all|really|much|anything|remotely|even|a\s+bit)\s+)*like\s+[\"'“‘]?",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"\b(?:(?:i|we)(?:'ll|\s+will|'m|\s+am|'re|\s+are|\s+gonna)?|let'?s)\s+(?:(?:just|then|now|gonna|going\s+to|probably)\s+)*"
    r"(?:take|taking|go(?:ing)?\s+(?:with|for)|do|doing|pick|choose|put\s+on|try|watch(?:ing)?|have|see)\s+(?:the\s+)?[\"'“‘]?$",
    re.IGNORECASE,
)
_CHOICE_BEHIND = re.compile(
    r"[\"'”’]?\W{0,3}(?:(?:lm?f?ao|lol|haha+|oh)\W+)*(?:(?:yes|yeah|yep|yup)\b(?!\s+(?:but|though|it)\b)"
    r"|it\s+is\b(?=\W|$)(?!\s+(?:a|an|not|so|too|very|the)\b))",
    re.IGNORECASE,
)
_FEW_BEFORE = 3  # words before a title that is taken: "ok then Heat it is"
_NOT_NOW = re.compile(
    r"[^.;!?]*\b(?:again|every|often|always|last|yesterday|when|used|before|already|but)\b", re.IGNORECASE
)
_DISMAY_BEFORE = re.compile(
    r"\b(?:(?:good|oh)\s+(?:heavens|grief|lord|gosh|god|dear|no)|goodness(?:\s+me)?|heavens|dear\s+me|yikes|ew+|ugh)"
    r"(?:[\s,!.]|\b(?:and|or|not|the|again)\b)*$",
    re.IGNORECASE,
)
_DISMAY_BEHIND = re.compile(
    r"[\"'”’]?\s*\?+\s*(?:seriously|really)\s*\?|[\"'”’]?\s*[?!.,]+\s*(?:(?:you\s+(?:must|have\s+(?:got\s+)?to|gotta)\s+be|are\s+you)"
    r"\s+(?:joking|kidding|serious)|is\s+(?:this|that)\s+a\s+joke|(?:we|i)(?:'re|'m|\s+are|\s+am)\s+(?:all\s+)?(?:grown[\s-]?ups?|adults?)\b)",
    re.IGNORECASE,
)
# Up to what an item is said to be: "Alien is ... horror, not ... a comedy".
_IS = re.compile(r"[\"'”’]?!?\s+(?:(?:is|are)(?:n'?t)?|ain'?t)\s+", re.IGNORECASE)
# ... of one that is ruled out: "not Heat, that's ... a gangster film".
_FOR_IT_IS = re.compile(r"[\"'”’]?(?:[,.;]?\s+(?:that|it)(?:'?s|\s+is)|,?\s+which\s+is)\s+", re.IGNORECASE)
_BETWEEN = re.compile(
    r"(?:[\s,]|\b(?:an?|the|not|no|more|of|and|but|really|actually|just|rather|exactly|even|serious|real|proper|true|pure|what|i'd|we'd|would|call"
    r"|[a-z]+-[a-z]+|film|films|movie|movies|at\s+all)\b)*",
    re.IGNORECASE,
)


_NEAR = 60  # characters before a title in which it says who loves it
_COMPANY = either(
    "wife husband partner girlfriend boyfriend mother father mum mom dad son daughter kid kids child children"
)
# What those who watch too love counts as liked: "my wife loves Heat"; not where it goes on "but I don't".
_THEY_LOVE = re.compile(
    rf"\b(?:my|our)\s+(?:\w+\s+)?{_COMPANY}\s+(?:(?:really|both|all|also|just|always)\s+)*"
    r"(?:(?:love|adore|like)[sd]?|enjoy(?:s|ed)?)\s+[\"“]?$",
    re.IGNORECASE,
)
_NOT_I = re.compile(r"[^.;!?]{0,20}\bi\s+(?:do\s?n['’]?t|do\s+not|did\s?n['’]?t|hate|ca\s?n['’]?t)", re.IGNORECASE)


def settled(text: str, span: TitleSpan, stance: Stance) -> Stance:
    """The stance to a title, where what sounds like one may be none."""
    if chosen(text, span):
        return Stance.LIKED
    if stance is Stance.SIMILAR_TO:
        return stance
    before, after = text[: span.start], text[span.end :]
    if DENIED.search(before):
        return Stance.NEUTRAL
    if asked_about(text, span) or _IDENTIFIED.match(after):
        return Stance.NEUTRAL
    if stance in (Stance.LIKED, Stance.DISLIKED, Stance.NEUTRAL) and _SO_SO.match(after):
        return Stance.SEEN
    if stance in (Stance.LIKED, Stance.NEUTRAL) and _THEY_LOVE.search(before[-_NEAR:]):
        return Stance.NEUTRAL if _NOT_I.match(after) else Stance.LIKED
    return stance


def asked_about(text: str, span: TitleSpan) -> bool:
    """Whether it is asked of a title how it is: "Heat any good?", "have you seen Heat?"; not "I loved Heat, good?"."""
    if _ASKED_IF_KNOWN.search(text[: span.start]) and re.fullmatch(r"[^.;!?]*\?\W*", text[span.end :]):
        return True
    sentence = re.split(r"[.;!?]", text[: span.start])[-1]
    return bool(_ASKED.match(text, span.end)) and not _OWN.search(sentence)


def identified(text: str, span: TitleSpan) -> bool:
    """Whether a title is what was looked for: "Avatar, that's it"."""
    match = _IDENTIFIED.match(text, span.end)
    return bool(match and match["ends"] is not None) and not text[: span.start].strip(" \"'“‘").replace("ah", "")


def put_right(text: str, span: TitleSpan) -> bool:
    """Whether a title is what was meant all along: "no, the sixth sense is what I meant"."""
    before = _MEANT_BEFORE.search(text[: span.start]) and _MEANT_ENDS.match(text, span.end)
    return bool(before) or _MEANT_BEHIND.match(text, span.end) is not None


def unlike(text: str, card: TitleSpan, wished: TitleSpan) -> bool:
    """Whether a card is said not to be like what was wished for: "Trainspotting isn't like Fargo"."""
    return _UNLIKE.fullmatch(text, card.end, wished.start) is not None


def chosen(text: str, span: TitleSpan) -> bool:
    """Whether a title is what they watch now: "let's do Heat then"."""
    return taken(text, span) or (bool(_CHOICE.search(text[: span.start])) and not _NOT_NOW.match(text, span.end))


def taken(text: str, span: TitleSpan) -> bool:
    """Whether the words behind a title take it: "Heat it is"."""
    return len(text[: span.start].split()) <= _FEW_BEFORE and bool(_CHOICE_BEHIND.match(text, span.end))


def dismayed(text: str, span: Placed, spans: Sequence[Placed]) -> bool:
    """Whether a card is met with dismay: "Good heavens, Oldboy and Se7en!", "Heat? Seriously?", "Shrek? We are grown-ups"."""
    before = blanked(text, places([one for one in spans if one.end <= span.start]))[: span.start]
    return bool(_DISMAY_BEFORE.search(before) or _DISMAY_BEHIND.match(text, span.end))


def told_of(text: str, span: TitleSpan, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of some qualities, by their places, those that a title is said to be or not to be: "Alien is horror, no comedy".

    Only a contrast says no more than what it is: "Alien is scary" may praise, and "Alien wasn't scary" complain.
    """
    against = bool(cues.RIGHT_BEFORE_UNWANTED.search(text[: span.start]))
    match = _IS.match(text, span.end) or (_FOR_IT_IS.match(text, span.end) if against else None)
    if match is None:
        return []
    found: list[tuple[int, int]] = []
    at, contrast = match.end(), against or "n't" in match[0] or "nt " in match[0]
    for start, end in sorted(place for place in places if place[0] >= match.end()):
        gap = text[at:start]
        if not _BETWEEN.fullmatch(gap):
            break
        contrast = contrast or bool(re.search(r"\b(?:not|no)\b", gap, re.IGNORECASE))
        found.append((start, end))
        at = end
    rest = re.split(r"[.;!?]", text[at:])[0]
    return found if contrast and not (cues.LIKED.search(rest) or cues.DISLIKED.search(rest)) else []
