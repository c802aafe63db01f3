"""Which shown cards a text points at, "the first two", and which one it takes: "let's go with that one"."""

import re

from agents.language.amounts import WORDS
from agents.plan import MOST_SHOWN

PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ORDINALS = {word: place for place, word in enumerate(PLACES, start=1)}
_ORDINALS |= {"1st": 1, "2nd": 2, "3rd": 3} | {f"{place}th": place for place in range(4, MOST_SHOWN + 1)}
_ORDINALS |= {"fisrt": 1, "last": -1, "final": -1, "top": 1, "bottom": -1, "middle": 3}
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "2": 2, "3": 3, "4": 4, "5": 5}
_NUMBERS = {word: place for word, place in WORDS.items() if place}
_PLACE_WORDS = "|".join(_ORDINALS)
_GROUP = re.compile(
    rf"\b(?P<side>first|last|top)\s+(?P<n>{'|'.join(_COUNTS)})\b(?!\s+(?:years?|decades?))", re.IGNORECASE
)
_ORDINAL = re.compile(
    rf"\b(?P<ord>{_PLACE_WORDS})(?=\s+(?:one|pick|film|movie|card|suggestion|item|option|and|or|is|looks?|was|but|only|just|seems?|sounds?|please)\b|\s*[,.?!&/]|\s*$|\s*—)"
    rf"|(?:\b(?:number|no\.?|option)|#)\s*(?P<num>\d{{1,2}}|{'|'.join(_NUMBERS)})\b|第(?P<zh>[一二三四五1-5])(?:[部个款]|(?=[和跟与、]第))|(?P<zhlast>最后(?:那)?一?[部个])",
    re.IGNORECASE,
)
_ALL_SHOWN = re.compile(
    r"\b(?:all|both|any|none|neither|every(?:\s+single)?\s+one)\s+(?:(?:two|three|four|five)\s+)?of\s+(?:those|these|them|the\s+above)\b"
    r"|\b(?:seen|watched|know)\s+(?:(?:all|both)(?:\s+(?:these|those))?|them(?:\s+all)?|these|those)(?=\s*(?:$|[.,;!?]|already\b|before\b))"
    r"|^\W*all\s+(?:already\s+)?(?:seen|watched)\b",
    re.IGNORECASE,
)
# Turned away from, not towards: "more like the third, less like the first".
_NOT_LIKE = re.compile(r"\b(?:less|not|nothing|un)[\s-]*like\s+(?:the\s+)?$", re.IGNORECASE)
# Another one instead: "I'll take the third. No, the first".
_RATHER = re.compile(
    rf"[.,;!–-]\s*(?:(?:oh|no|wait|actually|sorry|hm+|make\s+that|i\s+mean)\W+)+(?=(?:the\s+)?(?:{_PLACE_WORDS})\b)",
    re.IGNORECASE,
)
# "Which should I see first?", "how long does it last?"
_ADVERB = re.compile(r"\b(?:which|what|see|watch|start|try|read|play|go|comes?|it|that|they)\s+$", re.IGNORECASE)
# A question about a card, and no verdict on it.
WHAT_ABOUT = re.compile(
    rf"^\W*(?:(?:and|ok(?:ay)?|so|hm+)\W+)*(?:what|how)\s+about\s+(?:the\s+)?(?:{_PLACE_WORDS})(?:\s+(?:one|film|movie))?\W*$",
    re.IGNORECASE,
)
# A question about several cards, and no wish.
WHICH_OF_THEM = re.compile(
    r"^\W*(?:(?:and|so|ok|but)\W+)?which\s+(?:ones?|of\s+(?:these|those|them))\s+(?:is|are|has|have|stars?|was|were)\b",
    re.IGNORECASE,
)
_YES = r"(?:(?:yes|yeah|yep|ok(?:ay)?|alright|right|sure|great|perfect|fine|cool|thanks|thank\s+you|thx)\W+)*"
_THANKS = (
    r"(?:\W+(?:then|thanks|thank\s+you|thx|ty|cheers|please|pls|plz|tonight|(?:so|very)\s+much"
    r"|good\s?night|(?:good)?\s?bye|see\s+(?:you|ya)))*\W*$"
)
# What is chosen is watched now: "put it on", "I'll go with the third".
CHOSEN = re.compile(
    rf"^\W*{_YES}(?:the\s+)?(?:(?:{_PLACE_WORDS})(?:\s+one)?|number\s+\w+)\s*,?\s*(?:please|pls|plz)\W*$"
    rf"|^\W*{_YES}the\s+(?:{_PLACE_WORDS})(?:\s+one)?{_THANKS}"
    rf"|\w(?<!\bwhat)(?<!\bhow)(?<!\bwho)(?<!\bas)\s+it\s+is{_THANKS}"
    r"|\bput\s+(?:it|that|this)(?:\s+one)?\s+on\b|\bthat'?s\s+the\s+one\b|\bsold\b\W*$"
    r"|\b(?:(?:i|we)(?:'ll|\s+will|'m|\s+am|'re|\s+are)|ill|let'?s)\s+(?:take|go|going|watch|watching|have|get|buy|pick)\b"
    r"|就(?:看|要|选)(?:它|这[部个]|那[部个]|第)",
    re.IGNORECASE,
)
# ... said of the one in focus, which is not named: a whole message.
CHOSEN_IT = re.compile(
    r"\W*(?:(?:ok(?:ay)?|yes|yeah|yep|alright|right|fine|cool|great|perfect|nice|very\s+well|well|bet|deal|sure|good|then|so)\W+)*"
    r"(?:(?:(?:i|we)(?:'ll|\s+will|\s+shall|\s+might|'m|\s+am|'re|\s+are|'m\s+gonna)?|let'?s)\s+)?"
    r"(?:(?:go|going|try|trying|take|taking|watch|watching|do|get|pick|picking|choose|add|adding|save|saving)\s+(?:(?:with|for)\s+)?)?"
    r"(?:that(?:\s+one)|this\s+one|(?<=\w\s)(?:that|this|it))(?:\s+(?:then|tonight|please|pls|thanks|to\s+(?:my|the|our)\s+(?:list|queue)))*\W*"
    r"|\W*(?:that|this|it)(?:'ll|\s+will|\s+would)\s+do(?:\s+(?:nicely|fine|just\s+fine|thanks))*\W*",
    re.IGNORECASE,
)
# Said of a shown item that is chosen: "yes, the first one".
ACCEPTED = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok(?:ay)?|alright)\b|\bplease\b|^\W*going\s+(?:with|for)\b"
    r"|\b(?:(?:i|we)(?:'ll|\s+will|'m|\s+am|'re|\s+are)|let'?s)\s+(?:take|have|go|going|watch|watching|try|pick|choose|do|get|buy)\b"
    r"|\b(?:sounds|looks)\s+(?:(?:really|very|so|pretty)\s+)?(?:fun|nice|interesting|right|cool|fine|promising|tempting|intriguing)\b"
    rf"|^\W*(?:(?:the|that|this)\s+)?(?:{_PLACE_WORDS}|that|this|one)(?:\s+(?:one|film|movie))?\W*$",
    re.IGNORECASE,
)
_ZH_PLACES = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_ZH_GROUP = re.compile(r"(?P<side>前|头|最后|后)(?P<n>[两二三四五2-5])[部个款]")


def chooses(text: str) -> bool:
    """Whether a text takes an item that it points at or that is in focus: "let's go with that one"."""
    return bool(CHOSEN.search(text) or CHOSEN_IT.fullmatch(text))


def settled_on(text: str) -> str:
    """What is left of a text that turns to another card: "I'll take the third. No, the first"."""
    turn = _RATHER.search(text)
    return text[turn.end() :] if turn else text


def references(text: str) -> list[int]:
    """Places of shown cards that a text points at: "the first two" is [1, 2], "the last one" is [-1].

    "All of them" is as many as are ever shown: nobody is hurt by places that have no card.
    """
    text = settled_on(text)
    found: list[int] = list(range(1, MOST_SHOWN + 1)) if _ALL_SHOWN.search(text) else []
    covered: list[tuple[int, int]] = []
    for match in _GROUP.finditer(text):
        count = _COUNTS[match["n"].lower()]
        last = match["side"].lower() == "last"
        found += list(range(-count, 0)) if last else list(range(1, count + 1))
        covered.append(match.span())
    for match in _ZH_GROUP.finditer(text):
        count = _ZH_PLACES.get(match["n"]) or int(match["n"])
        found += list(range(1, count + 1)) if match["side"] in "前头" else list(range(-count, 0))
    for match in _ORDINAL.finditer(text):
        adverb = match["ord"] and not re.match(r"\s+\w", text[match.end() :]) and _ADVERB.search(text[: match.start()])
        if (
            adverb
            or any(start <= match.start() < end for start, end in covered)
            or _NOT_LIKE.search(text[: match.start()])
        ):
            continue
        if match["ord"]:
            found.append(_ORDINALS[match["ord"].lower()])
        elif match["num"]:
            place = _NUMBERS.get(match["num"].lower()) or int(match["num"])
            found += [place] if 0 < place <= MOST_SHOWN else []
        elif match["zh"]:
            found.append(_ZH_PLACES.get(match["zh"]) or int(match["zh"]))
        else:
            found.append(-1)
    return list(dict.fromkeys(found))
