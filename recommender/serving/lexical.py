"""Items found by the words that are said of them, as search engines do: tf-idf (Salton and Buckley, 1988).

A sentence's vector knows what it is about and forgets its details; the rare word in "two hitmen in Belgium" is one.
"""

import re
from collections.abc import Iterable

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from recommender.arrays import Floats

_WORD = re.compile(r"[a-z0-9]+|[^\x00-\x7f]")  # Chinese has no blanks between words: there every character is one


class LexicalIndex:
    """Texts by their words, the rarer the heavier.

    Args:
        texts: of the items, in their order.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._vectorizer = TfidfVectorizer(analyzer=_words, sublinear_tf=True, dtype=np.float32)
        texts = list(texts)
        self._n = len(texts)
        # No item says anything: scikit-learn refuses an empty vocabulary.
        self._by_word = self._vectorizer.fit_transform(texts).T.tocsr() if any(map(_words, texts)) else None

    def scores(self, query: str) -> Floats:
        """(n_texts,) cosine between the query's weighted words and each text's; 0 where they share none."""
        if self._by_word is None:
            return np.zeros(self._n, dtype=np.float32)
        weights = self._vectorizer.transform([query])
        cosine: Floats = (weights @ self._by_word).toarray().ravel()
        return cosine


def _words(text: str) -> list[str]:
    """Folded words, of English plurals the singular."""
    return [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in _WORD.findall(text.casefold())]
