"""How a wish is called in a reply: names as the catalogue writes them, misspelt words put right, else as said."""

import re

from rapidfuzz.distance import OSA

from agents.linking.facets import ROLES
from agents.text import frequency, phrase_key, stem, tokens
from recommender.catalogue import Catalogue, FacetValue
from recommender.data.titles import title_key

_KNOWN = 2.2  # Zipf frequency from which a word is not taken for misspelt


class Labels:
    """Names the qualities of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._phrases = {phrase_key(phrase) for phrase in catalogue.phrases}

    def called(self, label: str, values: tuple[FacetValue, ...]) -> str:
        """A quality by its value's own name where the person gave a part of it or misspelt it, else in their words."""
        role = next((role for role in ROLES if label.startswith(f"{role} ")), "")
        if role:
            return f"{role} {self.called(label.removeprefix(role).strip(), values)}"
        label = label.removesuffix("'s")  # "Wes Anderson's"
        names = list(dict.fromkeys(value.value for value in values))
        key = phrase_key(label)
        same = next((name for name in names if name[:1].isupper() and name.casefold() == label.casefold()), "")
        if same or not names or key in self._phrases or any(phrase_key(name) == key for name in names):
            return same or label
        if all(_is_name(name) for name in names):
            return names[0] if len(names) == 1 else _capital(label, names)
        words = tokens(label)
        if len(words) == 1 and frequency(words[0].key) < _KNOWN:
            nearest = min(names, key=lambda name: OSA.distance(key, phrase_key(name)))
            return nearest if len(names) == 1 or OSA.distance(key, phrase_key(nearest)) <= 2 else label
        return label


def _is_name(value: str) -> bool:
    words = value.split()
    return len(words) > 1 and all(
        word[0].isupper() or "." in word or word in ("de", "von", "van", "la") for word in words
    )


def _capital(label: str, names: list[str]) -> str:
    """The label with capitals for the words that are part of one of the names: "coens" are the Coens."""
    parts = {stem(word) for name in names for word in title_key(name).split()}
    return re.sub(
        r"[\w'’-]+", lambda match: match[0].capitalize() if stem(match[0].casefold()) in parts else match[0], label
    )
