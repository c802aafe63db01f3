"""Who "she" or "that director" is: the maker or player of the item that was last spoken of; and which cards are named
in short: "Zodiac or Dragon Tattoo".

"Who's in it?", then "more of her" is of the first of the cast; "what else did that director make?" is of the director.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from agents.language import cues
from agents.linking.facets import ROLES
from agents.plan import Intent, Mention, Message, Stance, TurnPlan
from agents.text import ARTICLES, frequency, phrase_key, plain
from recommender.catalogue import Catalogue
from storage.records import ItemRecord

_CALLED = r"(?:director|actor|actress|guy|man|woman|film-?maker|author|person)"
_PERSON = rf"(?:him|her|them|he|she|they|(?:that|this|the\s+same)\s+{_CALLED})"
_ASKS = re.compile(
    rf"\b(?:what|which)\s+(?:else|other\s+\w+)\s+(?:did|has|have|does)\s+{_PERSON}\b"
    rf"|\b(?:more|anything|something|others?|other\s+\w+|another|films?|movies?|one)\s+(?:else\s+)?(?:of|by|from|with|w)\s+{_PERSON}\b"
    rf"|\b(?:has|have|did)\s+{_PERSON}\s+(?:made|done|been\s+in|directed|make|do|direct|written|write)\s+(?:anything|something|any\s+other\w*)"
    rf"|\bwhat\s+(?:has|have|did)\s+{_PERSON}\s+(?:directed|made|done|direct|make|do)\b"
    rf"|^\W*(?:(?:and|but|ok(?:ay)?|something|anything|one)\W+)*(?:by\s+|from\s+|with\s+)?(?:the\s+)?same\s+{_CALLED}(?:\s+again)?\W*$",
    re.IGNORECASE,
)
_OF_CAST = re.compile(
    r"\b(?:actor|actress|star|stars|starring|cast|plays?|lead|who(?:'?s|\s+is|\s+else\s+is)\s+in)\b", re.I
)
_OF_MAKERS = re.compile(r"\b(?:direct\w*|film-?maker|made|wrote|author)\b", re.IGNORECASE)
_MAKERS, _CAST = ("director", "directors", "author", "authors", "artist"), ("cast", "actors", "stars")
# Not more of somebody, but of others who are alike: "who else is like him?", "others in her manner".
_OTHERS_LIKE = re.compile(
    rf"\b(?:who|anyone|anybody|someone|somebody)\s+else\b.*\b(?:like|similar\s+to|as)\b.*\b{_PERSON}\b"
    r"|\b(?:others?|other\s+\w+|another|anything|something|films?|movies?)\b.*\bin\s+(?:his|her|their)\s+(?:manner|style|spirit|vein|way)\b"
    rf"|\b(?:others?|other\s+\w+|another\s+{_CALLED})\s+(?:who\s+(?:is|are)\s+)?(?:like|similar\s+to)\s+{_PERSON}\b"
    r"|\bwho\s+else\s+(?:works?|directs?|films?|writes?|acts?|makes?\s+\w+)\s+(?:like|as)\s+(?:that|this)\b"
    r"|\bby\s+(?:someone|somebody|anyone|anybody)\s+else\b",
    re.IGNORECASE,
)
_RARE_WORD = 4.0  # Zipf frequency below which one word tells which title is meant
_ALIKE = 2  # items shown of somebody, to which those of others should be alike


def others_like(message: str, shown: Sequence[ItemRecord], label: str) -> TurnPlan | None:
    """The plan of a message that asks for the like of somebody by others; None for other messages.

    Args:
        shown: the newest cards. label: how the person is called in the running wish.
    """
    if not _OTHERS_LIKE.search(message[: cues.LONGEST_QUESTION]) or not shown or not label:
        return None
    like = [Mention(text=item.title[:200], id=item.id, stance=Stance.SIMILAR_TO) for item in shown[:_ALIKE]]
    return TurnPlan(intent=Intent.MORE_LIKE, mentions=like, unwanted=[label])


def named_in_short(message: str, shown: Sequence[ItemRecord]) -> list[ItemRecord]:
    """The cards that a message names by some words of their titles: "Zodiac or Dragon Tattoo"."""
    said = f" {phrase_key(plain(message))} "
    found = []
    for item in shown:
        words = phrase_key(item.title).split()
        own = [word for word in words if word not in ARTICLES]
        pairs = [" ".join(pair) for pair in pairwise(words) if not set(ARTICLES).intersection(pair)]
        alone = [word for word in own if len(own) == 1 or frequency(word) < _RARE_WORD]
        if any(f" {name} " in said for name in (*pairs, *alone)):
            found.append(item)
    return found


def person_meant(message: str, history: Sequence[Message], item: ItemRecord, catalogue: Catalogue) -> str | None:
    """The name of the person that a message asks more of, as the catalogue has it; None where it asks for none.

    Args:
        history: earlier messages, oldest first: what was asked last says whether the makers or the cast are meant.
        item: what was last spoken of.
    """
    if not _ASKS.search(message):
        return None
    said = f" {phrase_key(plain(message))} "
    for facet in (*_CAST, *_MAKERS):  # "It was Gregory Peck. Have you another with him?"
        for value in catalogue.values_of(item, facet) if facet in catalogue.categorical else ():
            if f" {phrase_key(value)} " in said:
                return value
    before = next((one.text for one in reversed(history) if one.role == "user"), "")
    cast = next(
        (bool(_OF_CAST.search(text)) for text in (message, before) if _OF_CAST.search(text) or _OF_MAKERS.search(text)),
        False,
    )
    for facet in (*_CAST, *_MAKERS) if cast else (*_MAKERS, *_CAST):
        if facet in catalogue.categorical and (values := catalogue.values_of(item, facet)):
            # Who also acts is meant as the one who directs.
            return f"directed by {values[0]}" if facet in ROLES["directed by"] else values[0]
    return None
