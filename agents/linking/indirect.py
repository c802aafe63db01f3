"""Finds qualities named by way of an item: "the director of Alien", "same brand as the Mossby kettle".

What is meant is not the item but its value of a facet. Which facets there are is read off the catalogue; whether a
cast holds a man or a woman is not known, so an actress is whoever is named first.
"""

import re
from collections.abc import Sequence

from agents.language import cues
from agents.linking.facets import QualitySpan
from agents.linking.titles import TitleSpan
from agents.text import stem
from recommender.catalogue import Catalogue, FacetValue

_BEFORE_CHARS = 100  # before a title in which the phrase that leads to it is looked for
_MOST = 3  # makers of one item that a phrase stands for; of anything else the first counts, in the catalogue's order
_CAST = ("cast", "actors", "actor", "stars", "starring")
_MAKERS = ("director", "directors", "creator", "author", "authors", "artist", "artists", "brand", "manufacturer")
# What people call a value of a facet → the facets it may be, of which the first that the catalogue has is meant.
_ROLES: dict[str, tuple[str, ...]] = {
    "director|film-?maker|导演": ("director", "directors"),
    "actor|actress|star|lead|leading (?:man|lady|actor|actress)|cast|主演|演员": _CAST,
    "author|writer|novelist|作者": ("author", "authors", "writer", "writers"),
    "artist|band|singer|musician|歌手": ("artist", "artists", "band"),
    "brand|manufacturer|company|品牌": ("brand", "manufacturer"),
    "maker|creator": _MAKERS,
}
_VERBS: dict[str, tuple[str, ...]] = {
    "made|directed|did|created|shot|behind": _MAKERS,
    "wrote": _ROLES["author|writer|novelist|作者"],
    "(?:starred|stars|was|is|played|plays|acted|acts) in": _CAST,
}
_WHO = r"(?:guy|man|woman|person|people|ones?|dude|bloke|lady|girl|boy|kid|folks|team|mind)"
_TO_TITLE = r"\s+(?:the\s+)?(?:(?:film|movie|book)\s+)?[\"'“‘«《]?$"
# Asked about, or judged, and not asked for: "who is the director of Alien?", "loved the cast of Heat".
_ASKED = re.compile(
    r"\b(?:who(?:'?s|\s+(?:is|was|are|were))?|(?:about|on|know|knows|name\s+of|what(?:'?s|\s+is|\s+was)|is|was|(?<!else\s)(?:did|does|has)|loved|liked|enjoyed|hated|disliked))\s+$",
    re.IGNORECASE,
)
_JUDGED = re.compile(r"\s+(?:is|was|are|were|did|does|has|had)\b", re.IGNORECASE)
_ANOTHER = re.compile(
    r"\b(?:different|another|other|not\s+the\s+same)\s+(?:(?P<maker>director|film-?maker)|(?:lead\s+)?(?:actor|actress|star))\b",
    re.IGNORECASE,
)
_ZH_ASKED = re.compile(r".{0,4}(?:谁|什么|吗|哪)")


class IndirectQualities:
    """What the facets of one catalogue are called in such phrases."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        roles = {words: _known(facets, catalogue) for words, facets in _ROLES.items()}
        verbs = {words: _known(facets, catalogue) for words, facets in _VERBS.items()}
        own = {_called(facet): facet for facet in catalogue.categorical}
        self._before: list[tuple[re.Pattern[str], str]] = []
        self._behind: list[tuple[re.Pattern[str], str]] = []
        for words, facet in roles.items():
            if facet:
                role = rf"(?:(?:lead|main|star)\s+)?(?:{words})s?"
                self._leads(rf"(?:(?:the|an?|any|that)\s+)?{role}\s+(?:of|from|in|on|behind)", facet)
                self._leads(rf"(?:the\s+)?same\s+{role}\s+(?:as|of|from|in|like)(?:\s+in)?", facet)
                self._behind.append((re.compile(rf"[》」”]?(?:的|是?同一?[个位]?)(?:{words})"), facet))
        for words, facet in verbs.items():
            if facet:
                self._leads(
                    rf"(?:(?:the|that|those)\s+(?:same\s+)?{_WHO}(?:\s+(?:who|that))?|whoever)\s+(?:{words})", facet
                )
        if cast := _known(_CAST, catalogue):
            self._leads(rf"(?:the|that)\s+(?:same\s+)?{_WHO}\s+(?:from|in)", cast)
        for name, facet in own.items():
            self._leads(rf"(?:the\s+)?same\s+{name}s?\s+(?:as|like)", facet)

    def _leads(self, pattern: str, facet: str) -> None:
        self._before.append((re.compile(rf"\b{pattern}{_TO_TITLE}", re.IGNORECASE), facet))

    def find(self, text: str, spans: Sequence[TitleSpan]) -> list[QualitySpan]:
        """The values meant, in reading order: each with the stretch of its phrase, title included, and its own name.

        Empty where an item has no such value, and where the phrase is part of a question about it.
        """
        found: list[QualitySpan] = []
        for span in spans:
            if place := self._phrase(text, span):
                start, end, facet = place
                item = self._catalogue[span.item_id]
                values = self._catalogue.values_of(item, facet)[: _MOST if facet in _MAKERS else 1]
                found += [QualitySpan(start, end, value, (FacetValue(facet, value),)) for value in values]
        return found

    def others(self, text: str, spans: Sequence[TitleSpan]) -> list[str]:
        """Whom "but by a different director" rules out, as the facet linker knows them in that role."""
        match = _ANOTHER.search(text)
        if match is None or len(spans) != 1:
            return []
        role, facets = ("directed by", _ROLES["director|film-?maker|导演"]) if match["maker"] else ("starring", _CAST)
        if not (facet := _known(facets, self._catalogue)):
            return []
        values = self._catalogue.values_of(self._catalogue[spans[0].item_id], facet)
        return [f"{role} {value.lower()}" for value in values[: _MOST if match["maker"] else 1]]

    def _phrase(self, text: str, span: TitleSpan) -> tuple[int, int, str] | None:
        floor = max(0, span.start - _BEFORE_CHARS)
        before = text[floor : span.start]
        for pattern, facet in self._before:
            match = pattern.search(before)
            if (
                match
                and not _JUDGED.match(text, span.end)
                and not _ASKED.search(before[: match.start()])
                and not cues.SIMILAR.search(match[0])
            ):
                return floor + match.start(), span.end, facet
        for pattern, facet in self._behind:
            match = pattern.match(text, span.end)
            if match and not _ZH_ASKED.match(text, match.end()):
                return span.start, match.end(), facet
        return None


def _known(facets: Sequence[str], catalogue: Catalogue) -> str:
    return next((facet for facet in facets if facet in catalogue.categorical), "")


def _called(facet: str) -> str:
    """A facet's name as people write it: "shoe_brands" → "shoe brand", ready for a pattern."""
    return re.escape(" ".join(stem(word) for word in facet.casefold().split("_"))).replace(r"\ ", r"\s+")
