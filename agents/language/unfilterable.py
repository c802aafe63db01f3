"""What people ask of a catalogue that does not record it: a director's gender, ratings, swearing, streaming services.

Such words are no wish that could be met, nor any to search texts by: "directed by women" would find *Little Women*. The
reply says that they were heard and cannot be filtered by.
"""

import re
from dataclasses import dataclass

from agents.language.harm import HARM
from recommender.catalogue import ADVICE, Catalogue


@dataclass(frozen=True, slots=True)
class _Topic:
    """How it is asked for, the facets that would answer it, and what it is called in English and Chinese."""

    asked: re.Pattern[str]
    facets: tuple[str, ...]
    called: tuple[str, str]


def _topic(asked: str, facets: tuple[str, ...], english: str, chinese: str) -> _Topic:
    return _Topic(re.compile(asked, re.IGNORECASE), facets, (english, chinese))


_TOPICS = (
    _topic(
        r"(?:^\W*|\b(?:directed|made|written|shot|something|anything|ones?|films?|movies?|more|stuff|rather|preferably)\s+)by\s+(?:an?\s+)?(?:wom[ae]n|female|lad(?:y|ies))\b|\bwom[ae]n\s+directing\b"
        r"|\b(?:female|wom[ae]n)\s+(?:film\s?-?makers?|directors?)\b|女导演",
        ("director_gender",), "the director's gender", "导演的性别",
    ),
    _topic(
        r"\b(?:female|strong\s+wom[ae]n)\s+(?:leads?|protagonists?|hero(?:es)?)\b|\bwom[ae]n\s+in\s+the\s+lead\b"
        r"|\bled\s+by\s+(?:an?\s+)?wom[ae]n\b|女主角",
        ("lead_gender",), "the gender of the lead", "主角的性别",
    ),
    _topic(
        r"\b(?:music|scored?|scores|soundtracks?)\s+(?:is\s+)?by\s+\w+(?:\s+\w+)?|配乐",
        ("composer", "composers", "music"), "composers", "作曲",
    ),
    _topic(
        r"\b(?:swearing|swear\s+words|bad\s+language|cursing|cussing|profanity|nudity|sex\s+scenes?)\b|脏话|裸露",
        ADVICE, "swearing or nudity", "脏话或裸露",
    ),
    _topic(
        r"\b(?:sexy|sexier|steamy|erotic|racy|raunchy|smutty?|vulgar(?:ity)?|crude(?!\s+oil)|crass|(?:dirty|rude)\s+jokes)\b"
        r"|低俗|性感",
        ADVICE, "how racy or crude something is", "尺度",
    ),
    _topic(HARM.pattern, ADVICE, "who dies or is hurt", "谁死去或受伤"),
    _topic(
        r"\b(?:rated\s+(?:r|pg|g|u)|pg(?:-?13)?|r-rated|age\s+rating)\b(?!\s*\d)|分级",
        ("certificate", "age_rating", "age"), "age ratings", "分级",
    ),
    _topic(
        r"\b(?:imdb|rotten\s+tomatoes|metacritic|letterboxd|(?:high(?:ly|est)?|best|top|well)[\s-](?:rated|reviewed)|good\s+reviews?"
        r"|critically\s+acclaimed|award[\s-]winning|oscar[\s-]winn(?:ing|ers?))\b|评分高|高分|获奖",
        ("rating", "score", "stars", "awards"), "ratings, reviews or prizes", "评分或奖项",
    ),
    _topic(
        r"\b(?:black\s*(?:and|&|n)\s*white|b\s?&\s?w|in\s+colou?r)\b|黑白(?:片|的|电影)",
        ("colour", "color"), "black and white or colour", "黑白或彩色",
    ),
    _topic(
        r"\b(?:on|from)\s+(?:netflix|(?:amazon\s+)?prime|disney(?:\s?\+|\s+plus)|hulu|hbo|max|apple\s+tv)\b|\bto\s+stream\b",
        ("availability", "streaming", "providers"), "streaming services", "播放平台",
    ),
)  # fmt: skip


class Unfilterable:
    """The topics that one catalogue has no facet for."""

    def __init__(self, catalogue: Catalogue) -> None:
        has = {*catalogue.categorical, *catalogue.numeric}
        self._topics = [topic for topic in _TOPICS if not has.intersection(topic.facets)]

    def find(self, text: str) -> list[tuple[int, int]]:
        """The stretches of a text that ask for such a topic."""
        return [match.span() for topic in self._topics for match in topic.asked.finditer(text)]

    def names(self, text: str, chinese: bool = False) -> list[str]:
        """What the topics that a text asks for are called."""
        return [topic.called[chinese] for topic in self._topics if topic.asked.search(text)]
