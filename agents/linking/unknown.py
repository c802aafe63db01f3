"""Names in a message that the catalogue does not have, so that a reply can say so and nothing else is made of them.

Only what is clearly written as a name counts: in quotes or book marks, or with capitals where a name stands, as behind
"loved" and before "was superb". In lower case it is what something is to be like ("smth like bridgerton"), where those
are no plain words. Of people the given name tells that "Agatha Christie" is not the Christie who is here.
"""

import re
from collections.abc import Iterator, Sequence

from agents.linking.facets import FacetLinker, QualitySpan
from agents.linking.on_screen import CardNames
from agents.linking.searching import says_nothing
from agents.linking.series import NameSpan
from agents.linking.title_evidence import told_of_behind
from agents.linking.titles import TitleLinker
from agents.text import ARTICLES, COMMON, LONGEST, blanked, covered, frequency, places, stem, tokens
from recommender.data.titles import title_key

_QUOTED = re.compile(r"[\"“]([^\"”“]{2,60})[\"”]|《([^》]{1,40})》")
# No name begins so, nor is any "I've".
_NO_FIRST = (
    r"(?!(?:Is|Was|Are|Were|Does|Do|Did|Has|Have|Can|Could|So|But|And|Not|If|What|Why|How|We|You|Any|Anything|Something"
    r"|Everything|Nothing|More|Films?|Movies?|Please|Maybe|Also|Hello|Hi|Hey|Loved|Liked|Hated|Watched|Seen|Saw)\b)"
)
_CAPITAL = r"(?!I\b)[A-Z][\w'’-]*"
_INSIDE = r"(?:(?:of|the|and|in|a|to|for|on|with|de|la|le|du|von|van|der)\s+)*"
_NAME = rf"{_NO_FIRST}{_CAPITAL}(?:\s+{_INSIDE}(?:{_CAPITAL}|\d+))*"
_AFTER_A_VERB = re.compile(
    r"\b(?:[Ll]ove[ds]?|[Ll]iked|[Ee]njoyed|[Aa]dored?|[Hh]ated?|[Ss]een|[Ss]aw|[Ww]atched|[Ll]ike|[Ss]imilar to|fan of"
    rf"|[Yy]ou (?:have|got))\s+(?:(?:the|that)\s+(?:film|movie|show|book|game)\s+)?(?P<name>{_NAME})"
)
_LIKENESS = re.compile(r"\b(?:(?:something|anything|films?|movies?|more)\s+like|similar\s+to)\s+$", re.IGNORECASE)
# In lower case, up to what something is to be like; "it should feel like ..." and "my kids like ..." name nothing.
_MADE_LIKE = re.compile(
    r"(?:^\W*(?:(?:more|kinda|sorta|exactly|hm+|ok(?:ay)?)\s+)?|[.,;!?]\s*(?:more\s+)?|\b(?:something|anything|smth|sth|sthg|somethin|sumthin|films?|movies?|shows?|series"
    r"|stuff|ones?|more)\s+(?:(?!(?:i|we|you|they|he|she|that|which|who|to|would|feels?|feeling|looks?|sounds?|seems?|smells?|and|people|kids)\b)\w+\s+){0,3})like\s+"
    r"|\bsimilar\s+to\s+|\b(?:if|because|since|bc)\s+(?:i|we|you)\s+(?:really\s+)?(?:liked|loved|enjoyed)\s+",
    re.IGNORECASE,
)
# No name begins so in lower case, and where it ends.
_NO_NAME_FIRST = re.compile(
    r"(?:an?|this|that|those|these|them|it|my|our|your|his|her|their|when|if|how|what|who|where|i|we|you|he|she|they|in|on"
    r"|with|for|about|by|from|at|so|very|really|super|not|no|some|any|all|more|me|us|him|other|others|old|new|old[-\s]school|crazy|mad"
    r"|hell|shit|totally|literally|basically"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|\d+|first|last|second|third|and|or|but|before|yesterday|always|say|maybe|um+|uh+|dude|bro|man|most|best)\b|the\s+(?:first|last|second|third|fourth|fifth|other|others|one|ones|old|new|top|above|previous|original)\b",
    re.IGNORECASE,
)
_LOWER_NAME_ENDS = re.compile(
    r"[^\w\s'-]|\s(?:but|or|and|n|with|without|w|w/o|for|from|on|please|pls|plz|tho|though|don'?t|no|not|only|just|maybe|tonight|tonite|tn|rn|lol|lmao|tbh|ngl|thanks"
    r"|thx|thank|which|who|if|so|because|cuz|cos|bc|i|i'm|im|we|my|is|are|was|were|u|you|ya|yo|bro|bruh|fr|vibes?|else|too|instead|again|any|anything|something|what|recommend|suggest"
    r"|has|have|then|where|when|while|except|minus|by|about|films?|movies?|shows?|kinda|kind|type|style|set|made)(?=\W|$)",
    re.IGNORECASE,
)
_OR_LIKE = re.compile(r"\s*(?:,|\b(?:or|and|n)\b)\s*(?:like\s+)?", re.IGNORECASE)
_LONGEST_LOWER = 4  # words of a name in lower case
_TOLD_OF = 2  # items whose texts have a word by chance
_ASKED_OF = re.compile(rf"\b(?:[Ii]s|[Ww]as)\s+(?P<name>{_NO_FIRST}{_CAPITAL}(?:\s+{_INSIDE}{_CAPITAL})+)")
_SAID_TO_BE = re.compile(rf"\b[Tt]he\s+(?:film|movie|show|series)\s+(?P<name>{_NAME}(?:,\s+{_CAPITAL})?)(?=\W*$)")
_NEXT_NAME = re.compile(rf"\s*(?:,|,?\s(?:and|or))\s+(?P<name>{_NAME})")
_ANY_NAME = re.compile(rf"(?<![\w'’]){_NAME}")
# A name that is all a sentence or an entry of a list says: ": Driving Miss Daisy.", "Under the Skin?", "it is Heidi."
_ALONE_BEFORE = re.compile(
    r"(?:^|[.!?;:,\n]|\b(?:or|and))[\s\"“]*(?:(?:and|or|then|ok(?:ay)?|well|no|not|yes|so|oh|maybe|perhaps|(?:what|how)\s+about"
    r"|(?P<is>it'?s|it\s+is|that'?s|(?:i|we)\s+(?:mean|meant|said)))\b[\s,]*)*$",
    re.IGNORECASE,
)
_OR = r"(?:(?:or|vs\.?|by|at|from|is)\s+)?"  # inside such a name: "Hell or High Water"
_ALONE = re.compile(rf"(?:(?:The|An?)\s+)?{_NAME}(?:\s+{_OR}{_CAPITAL}(?:\s+{_INSIDE}{_CAPITAL})*)*")
_ALONE_BEHIND = re.compile(r"[\"”]?\s*(?:[.!?,;]|$|\bor\s+(?=(?:The|An?)\s))")
_HERE = re.compile(
    r"\b(?:(?:you|u)\s+(?:have|got|know)|have\s+(?:you|u)(?:\s+got)?)\s+(?:it|that|this|them)\b", re.IGNORECASE
)
_VERDICT_BEHIND = re.compile(
    r"\s+(?:was|is|were)\s+(?:\w+\s+){0,3}?(?:superb|great|good|wonderful|brilliant|amazing|lovely|fantastic|boring|awful"
    r"|favou?rites?|best|masterpiece|perfect|beautiful|terrible|magnificent|fun(?:ny)?|overrated|delight(?:ful)?)\b"
    r"|,?\s+(?:rather\s+)?less\s+so\b",
    re.IGNORECASE,
)
# Before what a film is about or where it is set, and whoever speaks: "about Marie Curie", "in Monte Carlo", "I'm".
_ABOUT = re.compile(
    r"\b(?:about|on|in|at|(?<!style\s)(?<!fan\s)(?<!fans\s)of|from|during|near|around|for|before|after|until|my|our|am|i'm|(?:this|name)\s+is)"
    r"\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_WITH = r"\b(?:with|by|starring|featuring|w)\s+"
_WITH_BEFORE = re.compile(rf"{_WITH}$", re.IGNORECASE)
_SOMEBODY = re.compile(rf"{_WITH}(?P<given>[a-z]{{3,}})\s+(?P<surname>[a-z]{{3,}})\b")
_WITH_SOMEBODY = re.compile(rf"{_WITH}(?P<name>[A-Z][a-z]+\s[A-Z][\w'’-]+)")
_JOINED = re.compile(r"\s(?:of|the|in|a|to|for|on|with|de|la)\s")
_NO_PART = re.compile(
    r"(?:Then|It['’]?s|That['’]?s|No|And|Or|Ok(?:ay)?|Well|Oh|Forget|With|Without|Think|For|Try|Like|Perhaps|Also|Only)\s+"
)
# What a sentence that begins with a capital tells of: "Retired on Monday."
_SINCE = re.compile(r"\s(?:in|on|at|from|to)\s+\w+$")
_OR_ARTICLE = re.compile(r"\s+or\s+(?=(?:The|An?)\s)")
_LISTED = re.compile(r",?\s+and\s+(?:the\s+)?$", re.IGNORECASE)
_NO_NAMES = frozenset(["i", "i'm", "i've", "i'd", "it", "something", "anything", "nothing", "everything", "please"])
_SEVERAL = 2  # words
_MOST = 3  # named in one reply
_RARE = 3.5  # Zipf frequency below which a capitalised word is a name
_LIKE_A_NAME = 4.0  # ... before somebody's surname
_MOST_EVERYDAY = 5.5  # from which a word behind "the" is none
_NO_GIVEN = 5.5  # from which a word in lower case is no given name
_NO_NAME = 4.2  # from which a single word in lower case is none
_NO_WORD = 4.5  # below which a word is one behind a given name: "john wayne"


def unknown_names(message: str, shown: Sequence[str] = (), *, titles: TitleLinker, facets: FacetLinker) -> list[str]:
    """Names written as such that are no item and no quality of the catalogue, in reading order.

    Args:
        shown: ids of what is on the screen, or was lately.
    """
    message = message[:LONGEST]
    if next(_written_as_names(message, facets), None) is None and not _MADE_LIKE.search(message):
        return []
    spans = CardNames(titles, facets).add(message, titles.find(message), shown)
    items = [NameSpan(span.start, span.end, span.text) for span in spans]
    found = names_not_here(message, [*items, *facets.series.find(message)], facets.find(message), titles, facets)
    names: dict[str, str] = {}
    for name in found:
        names.setdefault(title_key(name.text), name.text.strip())
    return list(names.values())[:_MOST]


def asked_if_here(text: str) -> bool:
    """Whether a text asks for what it names itself: "do you have it?"."""
    return _HERE.search(text) is not None


def names_not_here(
    text: str, known: Sequence[NameSpan], qualities: Sequence[QualitySpan], titles: TitleLinker, facets: FacetLinker
) -> list[NameSpan]:
    """Where a text names what the catalogue does not have, in reading order.

    Args:
        known: the items and series in the text. qualities: those in it.
    """
    found: list[NameSpan] = []
    written = [
        (span, marked)
        for start, name, marked in _written_as_names(text, facets)
        for span in _each_of(_without_known(name, start, known), start, qualities, facets)
    ]
    for span, marked in written:
        start, name = span.start, span.text
        if covered(span.start, span.end, (*known, *found)):
            continue
        overlapping = [quality for quality in qualities if covered(quality.start, quality.end, (span,))]
        keys = {token.key for token in tokens(name)}
        if _likened(text, span, overlapping, facets):
            found.append(span)
            continue
        marked = marked or _mostly_unknown(span, overlapping)
        only_parts = all(_only_part(span, quality, marked, facets) for quality in overlapping)
        # "James Bond" is no title, but texts speak of him; who is asked for has to be in it.
        spoken_of = " " in name and not _WITH_BEFORE.search(text[:start]) and facets.series.of(name).all
        if only_parts and keys - _NO_NAMES and not spoken_of and titles.lookup(name) is None:
            found.append(span)
    again = [
        NameSpan(*match.span(), name.text)
        for name in found
        for match in re.finditer(rf"\b{re.escape(name.text)}\b", text)
        if match.start() != name.start
    ]
    for alike in _likened_in_lower_case(text, facets):
        inside = [quality for quality in qualities if covered(quality.start, quality.end, (alike,))]
        apart = blanked(
            alike.text, [(q.start - alike.start, q.end - alike.start) for q in inside if q.start >= alike.start]
        )
        # "Squid game" is a name although some are about a game; "90s teen" is none.
        only_parts = not inside or any(token.key.isalpha() and frequency(token.key) < _RARE for token in tokens(apart))
        if only_parts and not covered(alike.start, alike.end, [*known, *found]) and titles.lookup(alike.text) is None:
            again.append(alike)
    return sorted([*found, *again], key=lambda span: span.start)


def _likened_in_lower_case(text: str, facets: FacetLinker) -> Iterator[NameSpan]:
    """What something is to be like that is written without a capital and in no plain words: "smth like ted lasso"."""
    starts = [match.end() for match in _MADE_LIKE.finditer(text)]
    for start in starts:
        ends = _LOWER_NAME_ENDS.search(text, start)
        name = text[start : ends.start() if ends else len(text)].rstrip()
        if other := _OR_LIKE.match(text, start + len(name)):
            starts.append(other.end())
        words = [token.key for token in tokens(name)]
        if not words or not name.islower() or len(words) > _LONGEST_LOWER or _NO_NAME_FIRST.match(name):
            continue
        meant = [word for word in words if word != "the"]
        told_of = int(facets.catalogue.mentions(" ".join(meant)).sum())
        if len(words) > 1:
            named = not told_of if len(meant) > 1 else words[0] == "the" and frequency(meant[0]) < _MOST_EVERYDAY
        else:
            named = told_of <= _TOLD_OF and frequency(name) < _NO_NAME and frequency(stem(name)) < _NO_NAME
            named = named and not facets.catalogue.mentions(stem(name)).sum() > _TOLD_OF
        if named and not all(map(says_nothing, words)):
            yield NameSpan(start, start + len(name), name)


def _written_as_names(text: str, facets: FacetLinker) -> Iterator[tuple[int, str, bool]]:
    """Place and words of what stands like a name, and whether nothing but a name can stand so."""
    for match in _QUOTED.finditer(text):
        yield match.start(match.lastindex or 0), match[1] or match[2], True
    if not any(map(str.islower, text)):
        return  # all in capitals: nothing tells a name
    for match in _ANY_NAME.finditer(text):
        behind = text[match.end() :]
        if told_of_behind(behind) or _VERDICT_BEHIND.match(behind):
            words = match[0].split()
            if len(words) > 1 or not _starts_sentence(text, match.start()):
                yield match.start(), match[0], _JOINED.search(match[0]) is not None
    for match in (*_SAID_TO_BE.finditer(text), *_AFTER_A_VERB.finditer(text), *_ASKED_OF.finditer(text)):
        yield match.start("name"), match["name"], _JOINED.search(match["name"]) is not None or "," in match["name"]
        # A place and another name make one: "like Paris, Texas".
        following = _NEXT_NAME.match(text, match.end())
        place = following is not None and "," in following[0] and facets.knows(match["name"])
        if following and place and not (facets.knows(following["name"]) or " " in following["name"]):
            yield match.start("name"), text[match.start("name") : following.end()], True
        if following and _JOINED.search(following["name"]):  # "like Up or My Dinner with Andre"
            yield following.start("name"), following["name"], True
    for start, name in _standing_alone(text):
        known = len(name) > 1 and facets.find(name)
        if (not known or _made_of_more(name, known, facets)) and (
            " " not in name or not facets.catalogue.mentions(name).any()
        ):
            yield start, name, True
    whole = [(match.start(), match[0]) for match in _ANY_NAME.finditer(text)]
    for start, name in [*whole, *((match.start("name"), match["name"]) for match in _WITH_SOMEBODY.finditer(text))]:
        words = [token.key for token in tokens(name)]
        if len(words) not in (2, 3) or words[0] in ARTICLES or _JOINED.search(name) or _ABOUT.search(text[:start]):
            continue
        may_be_given = facets.people.is_given_name(words[0]) or frequency(words[0]) < _RARE
        if frequency(words[0]) < _LIKE_A_NAME and facets.names_somebody(facets.link(words[-1])):
            may_be_given = True  # "Kirk Douglas", where Michael is here
        told_of = not _WITH_BEFORE.search(text[:start]) and facets.catalogue.mentions(name).any()
        if may_be_given and frequency(words[-1]) < _NO_WORD and not told_of:
            yield start, name, False
    for match in _SOMEBODY.finditer(text):
        name = f"{match['given']} {match['surname']}"
        rare = frequency(match["given"]) < _NO_GIVEN and frequency(match["surname"]) < _NO_WORD
        if rare and facets.people.is_given_name(match["given"]):
            yield match.start("given"), name, False


def _standing_alone(text: str) -> Iterator[tuple[int, str]]:
    """Place and words of names that stand by themselves: several words, or one that is asked whether it is here."""
    at = 0
    while match := _ALONE.search(text, at):
        start, name = match.start(), match[0]
        at = match.end()
        if split := _OR_ARTICLE.search(name):  # "Howards End or A Room with a View"
            name, at = name[: split.start()], start + split.end()
        if lead := _NO_PART.match(name):
            start, name = start + lead.end(), name[lead.end() :]
        before = _ALONE_BEFORE.search(text[:start])
        behind = _ALONE_BEHIND.match(text, start + len(name)) or split
        if not (before and behind) or (start and text[start - 1].isalnum()):
            continue
        words = [token.key for token in tokens(name)]
        asked = text[start + len(name) :].lstrip().startswith("?") or asked_if_here(text)
        if name.isupper() or (not asked and _SINCE.search(name)):
            continue
        if len(words) == 1:
            told = bool(before["is"] and asked_if_here(text[at:]))
        else:
            told = bool(asked or split or not all(map(says_nothing, words)))
        if told:
            yield start, name


def _without_known(name: str, start: int, known: Sequence[NameSpan]) -> str:
    """What is listed before something known: "Midnight in Paris and Amélie"."""
    behind = [other.start - start for other in known if start < other.start < start + len(name)]
    listed = _LISTED.search(name[: min(behind)]) if behind else None
    return name[: listed.start()] if listed else name


def _each_of(name: str, start: int, qualities: Sequence[QualitySpan], facets: FacetLinker) -> list[NameSpan]:
    """The names that "and" joins, where somebody who is here is one of them: "Farhadi and Ceylan"."""
    match = re.fullmatch(r"(\S.*?)\s+and\s+(.*\S)", name)
    if match is None:
        return [NameSpan(start, start + len(name), name)]
    parts = [NameSpan(start + match.start(i), start + match.end(i), match[i]) for i in (1, 2)]
    people = [(quality.start, quality.end) for quality in qualities if facets.names_somebody(quality.values)]
    if any((part.start, part.end) in people for part in parts):
        return parts
    return [NameSpan(start, start + len(name), name)]


def _likened(text: str, name: NameSpan, overlapping: Sequence[QualitySpan], facets: FacetLinker) -> bool:
    """Whether a theme is written as the name of something like which it is to be: "something like Bridesmaids"."""
    if len(overlapping) != 1 or overlapping[0].text != name.text or " " in name.text:
        return False
    tags = all(facets.is_of_tags(value.facet) for value in overlapping[0].values)
    return tags and bool(_LIKENESS.search(text[: name.start])) and not facets.series.of(name.text).all


def _starts_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip()
    return not before or before[-1] in ".!?\n"


def _made_of_more(name: str, known: Sequence[QualitySpan], facets: FacetLinker) -> bool:
    """Whether qualities are but some words of a name: "The Age of Innocence", not "Too American", "Others by Lynch"."""
    if any(facets.names_somebody(quality.values) for quality in known):
        return " vs" in name
    words = [token.key for token in tokens(blanked(name, places(known)))]
    least = 1 if _JOINED.search(name) else _SEVERAL
    return sum(frequency(word) < COMMON for word in words) >= least


def _mostly_unknown(name: NameSpan, qualities: Sequence[QualitySpan]) -> bool:
    """Whether a name has several words beside what is known, one of them rare: "The Best Exotic Marigold Hotel"."""
    known = [(q.start - name.start, q.end - name.start) for q in qualities if q.start >= name.start]
    words = [token.key for token in tokens(blanked(name.text, known)) if token.key not in ARTICLES]
    return len(words) >= _SEVERAL and any(frequency(word) < _RARE for word in words)


def _only_part(name: NameSpan, quality: QualitySpan, marked: bool, facets: FacetLinker) -> bool:
    """Whether a quality is but a part of a name and says nothing: "Paris" in "Midnight in Paris".

    "Japanese Cinema" is no name, for its first word. Of people, who is here has another given name.
    """
    if not (name.start <= quality.start and quality.end <= name.end and len(quality.text) < len(name.text)):
        return False
    if not facets.names_somebody(quality.values):
        return marked
    words = {token.key for token in tokens(name.text)}
    return not any(words <= {*title_key(value.value).split()} for value in quality.values)
