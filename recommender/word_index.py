"""Which texts a phrase stands in, without reading every text each time."""

import re
from array import array
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_WORD = re.compile(r"[a-z0-9]+|[^\x00-\x7f]")  # Chinese has no blanks between words: there every character is one
_PLURAL = ("", "s", "es")


class WordIndex:
    """Texts by their words.

    Args:
        texts: in lower case.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._places: dict[str, array[int]] = {}
        for place, text in enumerate(texts):
            for word in set(_WORD.findall(text)):
                self._places.setdefault(word, array("i")).append(place)

    def find(self, phrase: str) -> npt.NDArray[np.bool_]:
        """(n_texts,) True where the phrase stands as whole words; its last word may be in the plural."""
        phrase = phrase.strip().casefold()
        words = _WORD.findall(phrase)
        mask = np.full(len(self._texts), bool(words))
        for number, word in enumerate(words, start=1):
            having = np.zeros_like(mask)
            for ending in _PLURAL if number == len(words) else ("",):
                having[np.asarray(self._places.get(word + ending, ()), dtype=np.intp)] = True
            mask &= having
        if words == [phrase] and phrase.isascii():
            return mask
        found = re.compile(rf"(?<![a-z0-9]){re.escape(phrase)}(?:e?s)?(?![a-z0-9])")
        for place in np.flatnonzero(mask).tolist():
            mask[place] = found.search(self._texts[place]) is not None
        return mask
