"""Keeps a reply to what the evidence carries: the shown items, their facts, the reasons. Sentence by sentence.

Here are the rules that need no more than a look, the titles of the catalogue, and where a sentence ends; whether its
claims are carried is found out by `agents.checking.grounding`. What fails is left out, never rewritten.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from agents.checking import claims
from agents.checking.figures import in_minutes
from agents.checking.grounding import Sentence
from agents.text import frequency, has_cjk
from recommender.data.titles import title_key

_SENTENCE_END = re.compile(r"(?<=[.!?。！？])([\"'”’)]*)(?:\s+|$)|\n+")
_LINKS = re.compile(r"https?:|www\.|<[a-z/!]|\]\(|```|\b[\w-]+\.(?:com|org|net|tv|io|co|me|example)\b", re.IGNORECASE)
# What the checks know by one word only.
_IN_A_WORD = [
    (re.compile(rf"\b{phrase}\b", re.IGNORECASE), word)
    for phrase, word in (
        ("more expensive", "dearer"), ("most expensive", "dearest"), ("less expensive", "cheaper"),
        ("more recent", "newer"), ("most recent", "newest"), ("sci-fi", "science fiction"),
        ("rom-com", "romance comedy"),
    )
]  # fmt: skip


class ReplyChecker:
    """Checks sentences against one turn's evidence.

    Args:
        shared: what a sentence may draw on when it speaks of the wish, such as the person's own message.
        by_title: title → the evidence of that item. Without any, `shared` is taken for the evidence of one item.
        is_title: knows the titles of the whole catalogue.
    """

    def __init__(self, shared: Sequence[str], by_title: Mapping[str, str], is_title: "TitleTest") -> None:
        self._shared, self._by_title = shared, by_title
        self._is_title = is_title

    # Taken apart for the first sentence, while the model goes on: a turn told by templates never is.
    @cached_property
    def _message(self) -> claims.Evidence:
        return claims.read_evidence("", " ".join(self._shared))

    @cached_property
    def _items(self) -> tuple[claims.Evidence, ...]:
        items = tuple(claims.read_evidence(title, line) for title, line in self._by_title.items())
        return items or ((self._message,) if self._shared else ())

    @cached_property
    def _folded(self) -> str:
        return f" {title_key(' '.join([*self._shared, *self._by_title, *self._by_title.values()]))} "

    def passes(self, sentence: str) -> bool:
        """Whether this sentence may be shown."""
        if not sentence.strip() or _LINKS.search(sentence) or len(sentence) > 400:
            return False
        if has_cjk(sentence):
            return False  # grounding is checked on words; Chinese replies come from templates
        for phrase, word in _IN_A_WORD:
            sentence = phrase.sub(word, sentence)
        sentence = in_minutes(sentence)
        found = claims.words(sentence)
        if len(found) < 3 or not self._items:
            return False
        if any(f" {title_key(sentence)} " in item.text for item in self._items):
            return True  # the evidence's own words
        titles = set(self._is_title.titles_in(sentence))
        if any(f" {title} " not in self._folded for title in titles):
            return False
        return Sentence(sentence, found, titles, self._items, self._message).carried()


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
