"""What a message allows without asking for it: "American is fine", "not only French", "I don't mind old ones".

What is allowed is no wish and nothing that is ruled out; where it was either before, that is taken back.
"""

import re

# Not past "but": in "I don't mind horror but prefer a comedy" only the horror is put up with.
_UP_TO = r"\s+(?:(?!but\b|want\b|prefer\b|just\b|rather\b)[\w-]+\s+){0,3}$"
_PUT_UP_WITH = re.compile(
    rf"\b(?:do(?:es)?n'?t|do(?:es)?\s+not|did\s?n'?t|would\s?n'?t)\s+(?:really\s+|actually\s+|even\s+)?(?:mind|dislike|hate|object\s+to){_UP_TO}"
    r"|\b(?:do(?:es)?\s?n'?t|do(?:es)?\s+not)\s+(?:really\s+|always\s+)?(?:have|need)\s+(?:to\s+be|be)"
    rf"{_UP_TO}"
    rf"|\bneed(?:n'?t|\s+not)\s+be{_UP_TO}|\bno\s+need\s+(?:for\s+(?:it|them)\s+)?to\s+be{_UP_TO}"
    rf"|\b(?:not|n't)\s+(?:necessarily|exclusively){_UP_TO}|\bnothing\s+against{_UP_TO}"
    # Of "not another one where a single heroic teacher saves all" the one is ruled out, and no teachers.
    r"|\bnot\s+(?:yet\s+)?another\s+(?:one|film|movie|story)\s+(?:where|in\s+which|about|with)\s+(?:[\w-]+\s+){2,6}$",
    re.IGNORECASE,
)
# "Not only funny but sad" asks for both.
_NOT_ONLY = re.compile(rf"\bnot\s+(?:only|just){_UP_TO}", re.IGNORECASE)
_BUT_ALSO = re.compile(r"[\w\s]{0,20},?\s+but\b", re.IGNORECASE)
_FINE = re.compile(
    r"(?:\s+(?:films?|movies?|ones?|stuff|titles?|things?))?"
    r"(?:'s|\s+(?:is|are|would\s+be|will\s+be|also|too))(?:\s+(?:also|totally|perfectly|absolutely|just|still|too))*"
    r"\s+(?:fine|ok(?:ay)?|al(?:l\s+)?right|acceptable|allowed|welcome|no\s+problem)\b",
    re.IGNORECASE,
)
# "Something French is fine" answers what is wanted.
_ANSWERS = re.compile(r"\b(?:an?|some|any|something|anything)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)

# Said behind a name: "Eastwood, but not as director".
_NOT_AS = re.compile(
    r"[^.;!?]{0,40}?\b(?:not|never|n't)\s+(?:(?:as|when|if)\s+)?(?:(?:he|she|they)(?:'s|\s+(?:is|are))?\s+)?(?:the|an?)?\s*"
    r"(?:(?P<maker>direct(?:or|ors|ing|s|ed))|(?P<player>act(?:or|ors|ress|resses|ing|s)|stars?|starring)|(?P<writer>writ(?:er|ers|ing|es)|author))\b",
    re.IGNORECASE,
)
_AS = {"maker": "directed by", "player": "starring", "writer": "written by"}


def ruled_out_as(text: str, end: int) -> tuple[str, int] | None:
    """The role in which the name that ends here is not wanted, as the facet linker knows it, and where that is said."""
    match = _NOT_AS.match(text, end)
    return (_AS[match.lastgroup or ""], match.end()) if match else None


def allowed(text: str, start: int, end: int) -> bool:
    """Whether the words between two places are put up with: neither asked for nor ruled out."""
    before = text[:start]
    if _PUT_UP_WITH.search(before):
        return True
    if _NOT_ONLY.search(before):
        return not _BUT_ALSO.match(text, end)
    return is_fine(text, start, end)


def is_fine(text: str, start: int, end: int) -> bool:
    """Whether they are called fine and nothing more: "French is okay too"."""
    return bool(_FINE.match(text, end)) and not _ANSWERS.search(text[:start])
