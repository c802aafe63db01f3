"""Names in a message that the catalogue does not have, so that a reply can say so rather than pass over them.

Only what is clearly written as a name counts: in quotes or book marks, or with capitals behind a word like "loved".
"""

import re

from agents.linking import FacetLinker
from agents.text import tokens
from agents.titles import TitleLinker
from recommender.data.titles import title_key

_QUOTED = re.compile(r"[\"“]([^\"”“]{2,60})[\"”]|《([^》]{1,40})》")
_NAME = r"[A-Z][\w'’-]*(?:\s+(?:(?:of|the|and|in|a|to|for|on|with|de|la)\s+)*(?:[A-Z][\w'’-]*|\d+))*"
_AFTER_A_VERB = re.compile(
    r"\b(?:[Ll]ove[ds]?|[Ll]iked|[Ee]njoyed|[Aa]dored?|[Hh]ated?|[Ss]een|[Ss]aw|[Ww]atched|like|similar to|fan of)"
    rf"\s+(?:(?:the|that)\s+(?:film|movie|show|book|game)\s+)?(?P<name>{_NAME})"
)
_NO_NAMES = frozenset(["i", "i'm", "i've", "i'd", "it", "something", "anything", "nothing", "everything", "please"])
_MOST = 3  # named in one reply


def unknown_names(message: str, titles: TitleLinker, facets: FacetLinker) -> list[str]:
    """Names written as such that are no item and no quality of the catalogue, in reading order."""
    if not any(character.islower() for character in message) and not _QUOTED.search(message):
        return []  # all in capitals: nothing tells a name
    found = [(match.start(match.lastindex or 0), match[1] or match[2], True) for match in _QUOTED.finditer(message)]
    found += [(match.start("name"), match["name"], False) for match in _AFTER_A_VERB.finditer(message)]
    if not found:
        return []
    items = [(span.start, span.end) for span in titles.find(message)]
    qualities = [(quality.start, quality.end) for quality in facets.find(message)]
    names: dict[str, str] = {}
    for start, name, quoted in sorted(found):
        end = start + len(name)
        known = any(start < last and first < end for first, last in items)
        # "Japanese Cinema" is no name, for its first word; "The Quiet Harbour" in quotes is one.
        known = known or any(first <= start and end <= last if quoted else start < last and first < end
                             for first, last in qualities)  # fmt: skip
        keys = {token.key for token in tokens(name)}
        if not known and keys - _NO_NAMES and titles.lookup(name) is None:
            names.setdefault(title_key(name), name.strip())
    return list(names.values())[:_MOST]
