"""Keeps a reply to what the evidence carries: the shown items, their facts, the reasons. Sentence by sentence.

A sentence passes when every name, title and number in it stands in the evidence and most of its content words do too.
What fails is left out, never rewritten.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from agents.text import frequency, has_cjk, stem
from recommender.data.titles import title_key

_SENTENCE_END = re.compile(r"(?<=[.!?。！？])([\"'”’)]*)(?:\s+|$)|\n+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")
_LINKS = re.compile(r"https?://|www\.|<[a-z/!]|\]\(|```", re.IGNORECASE)
_MIN_SHARE = 0.6  # of the content words that must be in the evidence
_PLAIN = 4.6  # words more common than this carry no claim of their own
_RARE = 4.0  # a first word rarer than this is taken for a name
_VERDICTS = frozenset("award oscar best greatest popular rated rating famous acclaimed classic".split())


class ReplyChecker:
    """Checks sentences against one turn's evidence.

    Args:
        shared: what any sentence may draw on, such as the person's own message.
        by_title: title → the evidence of that item. A sentence that names items may draw on theirs alone, so that one
            film's genre or year is not told of another.
        is_title: knows the titles of the whole catalogue.
    """

    def __init__(self, shared: Sequence[str], by_title: Mapping[str, str], is_title: "TitleTest") -> None:
        self._shared = _words(" ".join(shared))
        self._of_item = {title_key(title): _words(f"{title} {text}") for title, text in by_title.items()}
        self._words = self._shared.union(*self._of_item.values())
        self._folded = f" {title_key(' '.join([*shared, *by_title, *by_title.values()]))} "
        self._is_title = is_title

    def passes(self, sentence: str) -> bool:
        """Whether this sentence may be shown."""
        if not sentence.strip() or _LINKS.search(sentence) or len(sentence) > 400:
            return False
        if has_cjk(sentence):
            return False  # grounding is checked on words; Chinese replies come from templates
        words = _WORD.findall(sentence)
        if len(words) < 3:
            return False
        titles = self._is_title.titles_in(sentence)
        if any(f" {title} " not in self._folded for title in titles):
            return False
        about = [self._of_item[title] for title in titles if title in self._of_item]
        evidence = self._shared.union(*about) if about else self._words
        carried, content = 0, 0
        for place, word in enumerate(words):
            key = stem(title_key(word))
            known = key in evidence
            if word.isdigit() and not known:
                return False
            named = word[0].isupper() and (place > 0 or frequency(key) < _RARE)
            if named and not known and word not in ("I", "If", "It", "You"):
                return False  # a name that the evidence does not hold
            if key in _VERDICTS and not known:
                return False
            if frequency(key) < _PLAIN:
                content += 1
                carried += known
        return content == 0 or carried / content >= _MIN_SHARE


def _words(text: str) -> set[str]:
    return {stem(title_key(word)) for word in _WORD.findall(text)}


class TitleTest:
    """Which catalogue titles a sentence names: only ones of at least two words or one rare word, written as names."""

    def __init__(self, titles: Iterable[str]) -> None:
        self._keys = {key for key in map(title_key, titles) if len(key.split()) > 1 or frequency(key) < 3.0}
        self._longest = max((len(key.split()) for key in self._keys), default=0)

    def titles_in(self, sentence: str) -> list[str]:
        """Folded titles that occur in the sentence with a capital letter or digit at their start."""
        words = sentence.split()
        found = []
        for first in range(len(words)):
            if not (words[first][:1].isupper() or words[first][:1].isdigit() or words[first][:1] in "\"'“*"):
                continue
            for last in range(min(len(words), first + self._longest), first, -1):
                key = title_key(" ".join(words[first:last]))
                if key in self._keys:
                    found.append(key)
                    break
        return found


def split_sentences(buffer: str, final: bool = False) -> tuple[list[str], str]:
    """Cut complete sentences off a growing text; the rest comes back. `final`: the rest is a sentence too."""
    sentences, start = [], 0
    for match in _SENTENCE_END.finditer(buffer):
        before = buffer[start : match.start()]
        # "Dr." and "J. T. Walsh" do not end a sentence; nor does a full stop that may still go on.
        if re.search(r"\b(?:[A-Z]|Dr|Mr|Mrs|Ms|St|vs|No|Vol)\.$", before) or (match.end() == len(buffer) and not final):
            continue
        if before.strip():
            sentences.append((before + (match[1] or "")).strip())
        start = match.end()
    rest = buffer[start:]
    if final and rest.strip():
        sentences.append(rest.strip())
        rest = ""
    return sentences, rest
