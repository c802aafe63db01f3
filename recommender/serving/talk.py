"""What a talk says about every item, source by source, for weights learnt from dialogues.

Unlike `recommender.serving.recall`, which serves one person's wish, these sources read a talk between two people who
name items all the time: facets shared with what is named, facets and title words that are spoken, likeness of meaning.
All are found in the catalogue; what must be counted in dialogues or ratings comes from `recommender.serving.together`.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.arrays import Floats
from recommender.catalogue import Catalogue
from recommender.data.titles import title_key
from recommender.serving.fusion import Fusion
from recommender.serving.retrieve import Retriever

CHOSEN = "chosen"  # the source of how many people chose an item
_MESSAGES = 4  # whose words are read for facets and titles
_USER_MESSAGES = 3
_CHARACTERS = 600
_FADE = 0.8  # what was named counts this much less with every message since
_UNPLACED = 6  # messages back, for an item whose title is not found in the words
_LONGEST = 4  # words in a facet value that is looked for
_WORD = re.compile(r"[^\W_]+(?:'\w+)?")
# Words that titles hold and people say all the time.
_COMMON_WORDS = """the a an of and in to i me my you it is for on at with that this was one like movie movies film films
any good have seen love loved really see watch great if but so or not no do does can are be some about what how they he
she his her part"""
_COMMON = frozenset(_COMMON_WORDS.split())


@dataclass(frozen=True)
class Talk:
    """A talk as far as it went.

    Attributes:
        words: the last messages of both. asked: the last messages of who is asking.
        named: positions of the items named so far. weights: (len(named),) how recent each is, in (0, 1].
    """

    words: str
    asked: str
    named: tuple[int, ...]
    weights: Floats


def talk_score(
    fusion: Fusion, catalogue: Catalogue, retriever: Retriever, counts: Floats
) -> Callable[[Sequence[dict[str, str]], Sequence[str]], Floats]:
    """(context, mentioned ids) → (n_items,) fused scores, by what any workspace has.

    Args:
        counts: (n_items,) how many people chose each item, 0 where that is not known.
    """
    sources = TalkSources(catalogue, retriever.vectors, retriever.similarity)
    popular = {CHOSEN: np.log1p(counts)}

    def score(context: Sequence[dict[str, str]], mentioned: Sequence[str]) -> Floats:
        talk = read_talk(catalogue, context, mentioned)
        return fusion.scores(sources.scores(talk) | popular, len(talk.named))

    return score


def read_talk(catalogue: Catalogue, context: Sequence[dict[str, str]], mentioned: Sequence[str]) -> Talk:
    """A talk from its messages, oldest first (`{"role", "text"}`), and the ids named in them, in any order."""
    named = tuple(catalogue.position[i] for i in mentioned if i in catalogue)
    keys = [title_key(message["text"]) for message in context]
    weights = []
    for position in named:
        title = title_key(catalogue.items[position].title)
        places = [number for number, key in enumerate(keys) if title in key]
        weights.append(_FADE ** (len(keys) - 1 - places[-1] if places else _UNPLACED))
    asked = [message["text"] for message in context if message["role"] == "user"][-_USER_MESSAGES:]
    words = [message["text"] for message in context[-_MESSAGES:]]
    return Talk(" ".join(words)[-_CHARACTERS:], " ".join(asked)[-_CHARACTERS:], named, np.array(weights, np.float32))


class TalkSources:
    """Sources over one catalogue.

    Args:
        vectors: (n_items, d) unit vectors of the items' texts.
        similarity: a text → (n_items,) cosine similarities.
    """

    def __init__(self, catalogue: Catalogue, vectors: Floats, similarity: Callable[[str], Floats]) -> None:
        self._catalogue, self._vectors, self._similarity = catalogue, vectors, similarity
        self._facets = {facet: _incidence(catalogue, facet) for facet in catalogue.telling}
        self._held = {facet: np.maximum(1.0, _row_sums(held)) for facet, held in self._facets.items()}
        self._unit = {
            facet: sparse.diags(1 / np.sqrt(self._held[facet])) @ held for facet, held in self._facets.items()
        }
        self._spoken = _spoken_values(catalogue)
        self._title_words, self._vocabulary, self._title_weight = _title_words(catalogue)
        self._always = self._constant()

    def scores(self, talk: Talk) -> dict[str, Floats]:
        """source → (n_items,); those about named items only where there are any."""
        found = dict(self._always)
        found["text:asked"] = 8 * self._similarity(talk.asked or talk.words or "-")
        found["text:words"] = 8 * self._similarity(talk.words or "-")
        found.update(self._of_words(talk.words))
        if talk.named:
            found.update(self._of_named(list(talk.named), talk.weights / talk.weights.sum()))
        return found

    def _constant(self) -> dict[str, Floats]:
        found = {"has text": np.array([bool(item.text) for item in self._catalogue.items], dtype=np.float32)}
        for facet, held in self._facets.items():
            found[f"known:{facet}"] = np.log1p(_row_sums(held))
        if (years := self._catalogue.numeric.get("year")) is not None:
            newest = float(np.nanpercentile(years, 99))
            found["recent"] = np.nan_to_num(np.exp((np.minimum(years, newest) - newest) / 4.0))
            found["no year"] = np.isnan(years).astype(np.float32)
        return found

    def _of_words(self, words: str) -> dict[str, Floats]:
        tokens = _WORD.findall(words.casefold())
        hits: dict[str, set[int]] = {facet: set() for facet in self._facets}
        for length in range(1, _LONGEST + 1):
            for start in range(len(tokens) - length + 1):
                for facet, column in self._spoken.get(" ".join(tokens[start : start + length]), ()):
                    hits[facet].add(column)
        found = {}
        for facet, columns in hits.items():
            held = self._facets[facet]
            asked = np.zeros(held.shape[1], dtype=np.float32)
            asked[list(columns)] = 1.0
            hit = held @ asked
            found[f"spoken:{facet}"] = hit
            found[f"mostly:{facet}"] = hit / np.sqrt(self._held[facet] * max(1, len(columns)))
        heard = np.zeros(len(self._vocabulary), dtype=np.float32)
        heard[[self._vocabulary[t] for t in set(tokens) if t in self._vocabulary]] = 1.0
        found["title words"] = (self._title_words @ heard) / self._title_weight
        return found

    def _of_named(self, named: list[int], weights: Floats) -> dict[str, Floats]:
        likeness = self._vectors @ self._vectors[named].T
        found = {"alike": 4 * (likeness @ weights), "most alike": 4 * likeness.max(axis=1)}
        for facet, unit in self._unit.items():
            found[f"shared:{facet}"] = 3 * np.asarray(unit @ (unit[named].T @ weights), dtype=np.float32)
        if (years := self._catalogue.numeric.get("year")) is not None:
            known = ~np.isnan(years[named])
            if known.any():
                middle = float((years[named][known] * weights[known]).sum() / weights[known].sum())
                found["same time"] = np.nan_to_num(np.exp(-np.abs(years - middle) / 6.0)).astype(np.float32)
        return found


def _row_sums(held: sparse.csr_matrix) -> Floats:
    sums: Floats = np.asarray(held.sum(axis=1), dtype=np.float32)[:, 0]
    return sums


def _incidence(catalogue: Catalogue, facet: str) -> sparse.csr_matrix:
    """(n_items, n_values) 1 where the item has the value."""
    columns = list(catalogue.categorical[facet].values())
    rows = np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)
    places = np.repeat(np.arange(len(columns)), [len(c) for c in columns])
    return sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, places)), shape=(len(catalogue), len(columns)))


def _spoken_values(catalogue: Catalogue) -> dict[str, list[tuple[str, int]]]:
    """What may be said → (facet, column): the values themselves, their plurals, and the phrases of the catalogue."""
    places = {
        (facet, value.casefold()): column
        for facet in catalogue.telling
        for column, value in enumerate(catalogue.categorical[facet])
    }
    said: dict[str, list[tuple[str, int]]] = {}

    def add(phrase: str, facet: str, column: int) -> None:
        known = said.setdefault(phrase, [])
        if (facet, column) not in known:
            known.append((facet, column))

    for (facet, value), column in places.items():
        plain = " ".join(_WORD.findall(value))
        for phrase in (plain, plain + "s", plain[:-1] + "ies" if plain.endswith("y") else plain):
            add(phrase, facet, column)
    for phrase, values in catalogue.phrases.items():
        for v in values:
            if (v.facet, v.value.casefold()) in places:
                add(phrase, v.facet, places[v.facet, v.value.casefold()])
    return said


def _title_words(catalogue: Catalogue) -> tuple[sparse.csr_matrix, dict[str, int], Floats]:
    """(n_items, n_words) how telling each word of a title is, the words, and each title's sum of that."""
    words = [set(_WORD.findall(item.title.casefold())) - _COMMON for item in catalogue.items]
    frequency = Counter(word for title in words for word in title)
    vocabulary = {word: column for column, word in enumerate(sorted(frequency))}
    cells = [(row, vocabulary[word], np.log((1 + len(words)) / (1 + frequency[word])))
             for row, title in enumerate(words) for word in title]  # fmt: skip
    rows, columns, values = zip(*cells, strict=True) if cells else ((), (), ())
    matrix = sparse.csr_matrix((np.array(values, np.float32), (rows, columns)), shape=(len(words), len(vocabulary)))
    return matrix, vocabulary, np.maximum(1.0, _row_sums(matrix))
