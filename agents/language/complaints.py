"""Said of all the cards, and wishes for others: "those are all kids films", "none of these are fun". English."""

import re

from agents.text import either

_CARDS = (
    r"(?:(?:all|most|half|both|some|many)\s+of\s+)?"
    r"(?:those|these|they|that|this|all|everything|half\s+of\s+them|most\s+of\s+them)"
)
_BE = r"(?:['’](?:re|s|r)|(?<=they)re|(?<=that)s|\s+(?:are|is|r|were|look|looks|seem|seems|sound|sounds))"
_HOW = (
    r"(?:\s+(?:all|both|just|only|mostly|basically|literally|clearly|really|pretty|kinda|very|too|so|more"
    r"|like|meant|made|for|stuff|things|films?|movies?|a|an|still))*"
)
# Up to what they are, and what may follow on it: "those are all ... kids films", "this is for ... children".
_THEY_ARE = re.compile(
    rf"(?:^|[.,;!?]|\b(?:but|no|nah|ugh|ew|omg|lol|bro|bruh|hm+|what|ok|sorry|and|because|cause))\s*{_CARDS}{_BE}{_HOW}\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_FILMS = (
    r"(?:['’]?s)?(?:\s+(?:films?|movies?|stuff|ones?|shows?|things|cartoons?|only|lol|ffs|bro"
    r"|bruh|tho|though|dear|i\s+think))*\s*(?=$|[.,;!])"
)
_ENDS = re.compile(_FILMS, re.IGNORECASE)
# ... and of any film: "Inside Out is a kids movie". "There are kids with us" tells who watches.
_IS_SO = re.compile(rf"(?<!\bthere)(?<!\bthey){_BE}{_HOW}\s+(?:the\s+)?$|{_THEY_ARE.pattern}", re.IGNORECASE)
# Up to what they are not enough: "none of these are ...", "they aren't even ...".
_LACKING = (
    rf"\b(?:(?:none|neither)\s+of\s+(?:these|those|them|it)(?:\s+(?:films?|movies?))?{_BE}|not\s+one\s+of\s+(?:these|those|them)\s+is"
    r"|(?:these|those|they)\s+(?:aren'?t|arent|ain'?t|aint|weren'?t)|(?:these|those|they)(?:['’]re|\s+are|\s+r)\s+not)"
    r"(?:\s+(?:even|really|that|very|actually|remotely|particularly|all\s+that|exactly|at\s+all|proper|any|what\s+i\s+call|an?))*\s+"
)
_LACK = re.compile(f"{_LACKING}$", re.IGNORECASE)
_LACK_SAID = re.compile(_LACKING, re.IGNORECASE)
_NOT_AT_ALL = re.compile(
    r"^\W*(?:but\s+)?(?:it'?s\s+|its\s+|that'?s\s+|they'?re\s+)?not\s+"
    r"(?:even\s+|really\s+|very\s+|that\s+)?$",
    re.IGNORECASE,
)
_ENOUGH = re.compile(r"(?:\s+(?:at\s+all|enough|tho|though|lol|bro|bruh|ffs))*\W*$", re.IGNORECASE)

# "South Park is not for kids!"
_SUITED = either("really at_all exactly even good ok okay suitable fit appropriate right fine made meant terrible")
_CHILDREN = either("kids? child(?:ren)? boys? girls? toddlers? family families")
_NOT_FOR_THEM = re.compile(
    r"(?:(?P<be>\b(?:is|are|was|r)\s+not|\b(?:is|are|was)n['’]?t|['’](?:s|re)\s+not)|\bnot)"
    rf"(?:\s+{_SUITED})*\s+for\s+(?:{either('the my our an? small little young')}\s+)*{_CHILDREN}\b",
    re.IGNORECASE,
)
# ... but "something that is not for kids" asks for it, earlier in the sentence.
_SENTENCE_END = re.compile(r"[.;!?]")
_ASKED_FOR = re.compile(
    rf"^\W*an?\b|\b{either('something anything ones? films? movies? which want like prefer looking need now')}\b",
    re.IGNORECASE,
)


def said_to_be(text: str, start: int, end: int) -> bool:
    """Whether the cards are said to be of a sort, by the place of its word, and nothing else is said of it."""
    return bool(_THEY_ARE.search(text[:start]) and _ENDS.match(text, end))


def tells_of_an_item(text: str, start: int) -> bool:
    """Whether a word, by its place, is what some item is said to be: "Inside Out is a kids movie"."""
    return bool(_IS_SO.search(text[:start]))


def called(text: str, start: int, end: int) -> bool:
    """Whether the cards or some item are said to be of a sort, and nothing else: "Inside Out is for kids"."""
    return bool(_IS_SO.search(text[:start]) and _ENDS.match(text, end))


def says_what_is_missed(text: str) -> bool:
    """Whether the cards are said to lack something, and it is not asked whether they do."""
    return bool(_LACK_SAID.search(text)) and not text.rstrip().endswith("?")


def not_for_children(text: str, told: bool) -> list[tuple[int, int]]:
    """The sentences, up to there, that complain of an item, or of the cards, that it is not for children.

    Args:
        told: whether it was told before that children watch. If not, a mere "not for kids" is a wish.
    """
    found = []
    for match in _NOT_FOR_THEM.finditer(text):
        start = max((end.end() for end in _SENTENCE_END.finditer(text, 0, match.start())), default=0)
        asked = _ASKED_FOR.search(text[start : match.start()]) or text[match.end() :].lstrip().startswith("?")
        if not asked and (told or match["be"]):
            found.append((start, match.end()))
    return found


def missed(text: str, start: int, end: int, wished: bool) -> bool:
    """Whether the cards lack what was looked for: "none of these are funny"; "not scary at all" where `wished`."""
    if text.rstrip().endswith("?"):
        return False
    if _LACK.search(text[:start]):
        return True
    return wished and bool(_NOT_AT_ALL.search(text[:start]) and _ENOUGH.match(text, end))
