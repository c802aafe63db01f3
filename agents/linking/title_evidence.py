"""How likely a stretch of a message is to name an item: a logistic model over what stands in it and around it.

*It*, *Up* and *Yes* are words as well as films. Wording, capitals, quotes, a year behind, the words before and after
and other names beside it tell them apart. The weights are learnt (`python -m agents.tuning.titles`) and know no
catalogue; the file is a list of features and what each is worth, in units of log-odds.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.text import Token, frequency, specificity

WEIGHTS = Path(__file__).resolve().parents[2] / "data" / "reading" / "title_weights.json"
_CONTEXT = 80  # characters before a stretch that may speak for it
_COMMON_WORD = 4.2  # Zipf frequency from which a single word is known by itself ("yes", "awesome")
_LIKING = re.compile(
    r"\b(?:lov(?:e|ed)|enjoy(?:ed)?|ador(?:e|ed)|hat(?:e|ed)|seen|saw|watch(?:ed)?|rewatched|called|similar to|movies? like"
    r"|films? like|something like|anything like|stuff like|things like|vein of|lines of|vs\.?|versus|favou?rites? (?:is|are|was)"
    r"|reminds? me of|along with|fan of|more like|directed|liked)\s+$",
    re.IGNORECASE,
)
# After these comes a thing to resemble, so a word that is a title and a quality ("alien") is the title.
_LIKENESS = re.compile(r"\b(?:(?:something|anything|movies?|films?|stuff|more)\s+like|similar\s+to)\s+$", re.IGNORECASE)
_VERDICT_AFTER = re.compile(
    r"^\s*(?:is\s+about|(?:was|were|is|are|isn't|wasn't|made|did|had|has|too|again|as\s+well|already|the\s+(?:movie|film|one)"
    r"|really|just|messed|scared|yesterday|last\s+night))\b",
    re.IGNORECASE,
)
# A verdict on what was named first says as much as one that leads to it: "Fargo I have seen", "dark knight is peak".
_LIKING_BEHIND = re.compile(
    r"(?:\s+(?:film|movie))?,?\s+(?:(?:i|we|he|she|they|my\s+\w+)(?:'ve|\s+have|\s+had|\s+has|'d|s)?\s+"
    r"(?:(?:already|alr|also|really|just|never|absolutely)\s+)*"
    r"(?:seen|saw|watched|lov(?:e|ed|es)|hat(?:e|ed|es)|liked|ador(?:e|ed|es)|enjoyed|remember|understood)"
    r"|(?:is|was|s)\s+(?:(?:so|such|an?|my|our|her|his|the|really|just|literally|absolute(?:ly)?|pure)\s+)*"
    r"(?:peak|fire|goated|mid|trash|classics?|masterpiece|superb|brilliant|awful|boring|fantastic|amazing|favou?rites?|\d+\s*/\s*10)"
    r"|slap(?:s|ped)|rock(?:s|ed)|suck(?:s|ed)|bored\s+(?:me|us)|left\s+(?:me|us|him|her)|hits?\s+(?:different|hard)"
    r"|looks\s+(?:\w+\s+)?(?:fun|good|great|cute|boring|cool|nice|interesting|scary|sad|weird)"
    r"|seen\b(?!\s+(?:from|through|by|in)))\b(?!\s+year)",
    re.IGNORECASE,
)
# What is seen or found boring is no year, where it stands there as a name does: "seen 2001, ...", "found 1917 boring".
_NO_YEAR_AFTER = re.compile(rf"(?:{_LIKING.pattern}|\b(?:found|find|like|the\s+(?:film|movie))\s+$)", re.IGNORECASE)
_NO_YEAR_BEFORE = re.compile(
    r"\s*(?:$|[,.;!?&]|(?:and|or|n|but|too|please|pls|though|again|already|was|is|so|very|really|rather|quite|a\s+bit|boring|bored"
    r"|dull|slow|overrated|pretentious|tedious|bad|awful|great|good|amazing|brilliant|beautiful|moving|gripping|mid)\b)",
    re.IGNORECASE,
)
LIST_GAP = re.compile(r"\s*(?:,|and|&|n|or|,\s*and|,\s*or|vs\.?|/|\+)\s*", re.IGNORECASE)
_YEAR_BEHIND = re.compile(r"^\s*[(（]?\s*(?:1[89]\d\d|20\d\d)\s*[)）]?")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message with its words, and how its writer uses capitals: "mixed", "lower" or "upper"."""

    text: str
    words: Sequence[Token]
    style: str
    capitals_inside: bool  # some word after the first is written with one

    @classmethod
    def of(cls, text: str, words: Sequence[Token], other: Callable[[str], bool] = lambda _: False) -> "Sentence":
        """Args: other: words whose capitals say nothing of titles, such as a director's name."""
        capitals = [  # not "I", not "NOT"
            token.text[0].isupper() and not token.text.isupper() and not other(token.key) for token in words
        ]
        style = "mixed" if any(capitals) else "upper" if text.isupper() else "lower"
        return cls(text, words, style, any(capitals[1:]))


def features(sentence: Sentence, first: int, last: int, strength: float, *, listed: bool, quality: bool) -> list[str]:
    """The names of what holds for a stretch; each is worth its weight.

    Args:
        first, last: indexes of its words, the last exclusive.
        strength: 1 for a full title, less for a part of one or a misspelling.
        listed: whether it stands in a list with something taken for a name.
        quality: whether it is also a quality that the catalogue knows ("horror").
    """
    text, span = sentence.text, sentence.words[first:last]
    before, after = text[max(0, span[0].start - _CONTEXT) : span[0].start], text[span[-1].end :]
    content = tuple(token.key for token in span)
    size = min(3, len(span))
    starts = not before.strip() or before.rstrip()[-1] in ".!?\n。！？"
    capital = sum(token.text[0].isupper() or token.text[0].isdigit() for token in span)
    case = "all" if capital == len(span) else "most" if 2 * capital >= len(span) else "some" if capital else "none"
    rare = min(8, int(2 * specificity(content)))
    found = [
        "always",
        f"rare {size} {rare}",
        f"form {strength} {size}",
        f"case {sentence.style} {case} {'starts' if starts else 'inside'} {size}",
        *_before(sentence, first, starts),
        *_after(sentence, last),
    ]
    # A common word may be no object, "Friday we saw *Heat*", nor is "you've" seen.
    number = all(token.key.isdigit() for token in span)
    may_be_object = "'" not in span[-1].text and (size > 1 or number or frequency(content[0]) < _COMMON_WORD)
    named = number and _NO_YEAR_AFTER.search(before) and _NO_YEAR_BEFORE.match(after)
    told_of = bool(named) or (may_be_object and told_of_behind(after))
    if case == "none" and sentence.capitals_inside:
        found.append(f"capitals elsewhere {size}")
    if last - first == len(sentence.words):
        found += ["nothing else", f"nothing else {size}"]
    if number and not told_of:  # nobody says of a year that it left him cold
        found += ["number", *(f"number, {what}" for what in _before(sentence, first, starts))]
    if before[-1:] in tuple("\"'“‘«《*") and after[:1] in tuple("\"'”’»》*,"):
        found.append("quoted")
    if year := _YEAR_BEHIND.match(after):
        found.append("year in brackets behind" if year[0].strip()[0] in "(（" else "year behind")
    if _LIKING.search(before) or told_of:
        found += ["liking before", f"liking before {size}"]
    if told_of or _VERDICT_AFTER.match(after):
        found += ["verdict after", f"verdict after {size}"]
    if listed:
        found += ["listed", f"listed {size}"]
    if quality:
        found.append("quality, to resemble" if _LIKENESS.search(before) else f"quality {size}")
    if size == 1 and starts:
        found += [f"{case} starts, {what}" for what in _after(sentence, last)]
    if size == 1 and frequency(content[0]) >= _COMMON_WORD:
        found += [f"word {content[0]}", f"word {content[0]} {case} {'starts' if starts else 'inside'}"]
    return found


def told_of_behind(after: str) -> bool:
    """Whether a verdict follows on what is named just before."""
    return _LIKING_BEHIND.match(after) is not None


def _before(sentence: Sentence, first: int, starts: bool) -> list[str]:
    words = sentence.words
    if first == 0:
        return ["before: start"]
    gap = sentence.text[words[first - 1].end : words[first].start].strip()
    if gap:
        return [f"before: {gap[-1]}", "before: sentence"] if starts else [f"before: {gap[-1]}"]
    found = [f"before: {words[first - 1].key}"]
    if first > 1:
        found.append(f"before: {words[first - 2].key} {words[first - 1].key}")
    return found


def _after(sentence: Sentence, last: int) -> list[str]:
    words = sentence.words
    if last == len(words):
        rest = sentence.text[words[-1].end :].strip()
        return ["after: end", f"after: end {rest[0]}"] if rest else ["after: end"]
    gap = sentence.text[words[last - 1].end : words[last].start].strip()
    return [f"after: {gap[0]}"] if gap else [f"after: {words[last].key}"]


class TitleEvidence:
    """The learnt weights. `weights`: feature → log-odds."""

    def __init__(self, weights: dict[str, float]) -> None:
        self.weights = weights

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "TitleEvidence":
        return cls(json.loads(path.read_text(encoding="utf-8"))["weights"])

    def of(self, named: Sequence[str]) -> float:
        """The log-odds of a stretch with these features being a name."""
        weights = self.weights
        return sum(weights.get(name, 0.0) for name in named)
