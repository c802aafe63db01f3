"""Questions for another item of the same series: "is the sequel there?", "got the first one?"."""

import re

from agents.linking.facets import FacetLinker
from agents.replies.present import Language, Presenter
from agents.text import ARTICLES, listed, phrase_key
from storage.records import ItemRecord

_ONE = r"(?:one|film|movie|part)s?"
_LATER = re.compile(rf"\b(?:sequels?|follow-?ups?|(?:second|next|newer)\s+{_ONE}|part\s+(?:two|2|ii))\b", re.IGNORECASE)
_EARLIER = re.compile(
    rf"\b(?:prequels?|originals?|(?:first|earlier|previous|older)\s+{_ONE}|part\s+(?:one|1|i))\b", re.IGNORECASE
)
_IS_HERE = re.compile(
    r"\b(?:have|got|is|are)\b.*\b(?:here|there|too|as\s+well|available)\b|\b(?:do|have)\s+(?:you|u)\b"
    r"|^\W*(?:(?:and|so)\W+)*(?:(?:you|u)\s+)?(?:got|have)\b|\b(?:is|are)\s+there\s+(?:an?|any)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(r"\b(?:more|like|similar|another|others?|those|these)\b", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:[\s:,-]+(?:part|vol\.?|chapter|episode))?\s+(?:\d{1,2}|i{1,3}|iv|v)\b.*$", re.IGNORECASE)
_MOST = 3  # told in one reply


class Sequels:
    """Answers them over one catalogue."""

    def __init__(self, presenter: Presenter, facets: FacetLinker) -> None:
        self._present = presenter
        self._facets = facets
        self._catalogue = presenter.catalogue

    def asked(self, text: str) -> bool:
        """Whether a text asks if an earlier or later item is here."""
        if _OTHERS.search(text):
            return False
        return bool((_LATER.search(text) or _EARLIER.search(text)) and _IS_HERE.search(text))

    def told(self, item: ItemRecord, text: str, language: Language) -> tuple[str, list[ItemRecord]] | None:
        """Whether one that is earlier or later than an item is here, with those that are; None for other questions."""
        if not self.asked(text):
            return None
        later = bool(_LATER.search(text))
        found = self._others(item, 1 if later else -1)[:_MOST]
        if not found:
            return f"No, I have no {'later' if later else 'earlier'} one of {self._name(item, language)}.", [item]
        told = [f"{self._name(other, language)} ({', '.join(self._present.facts(other)[:2])})" for other in found]
        return f"Yes, {listed(told)} {'is' if len(found) == 1 else 'are'} here.", found

    def _others(self, item: ItemRecord, sign: int) -> list[ItemRecord]:
        """Those of the series that are later (1) or earlier (-1), the nearest first; all where no year is known.

        *Into the Spider-Verse* is nearer to *Across the Spider-Verse* than *Spider-Man 3* is: more words are shared.
        """
        series = self._facets.series
        names = [span.text for span in series.find(item.title)] or [_NUMBERED.sub("", item.title)]
        ids = dict.fromkeys(i for name in names for i in series.of(name).titled if i != item.id)
        others = [self._catalogue[i] for i in ids]
        words = set(phrase_key(item.title).split()).difference(ARTICLES)
        shared = {other.id: len(words.intersection(phrase_key(other.title).split())) for other in others}
        others = [other for other in others if shared[other.id] == max(shared.values())]
        if "year" not in self._catalogue.numeric:
            return others
        year = self._catalogue.numeric["year"]
        since = {other.id: float(year[self._catalogue.position[other.id]]) * sign for other in (*others, item)}
        others = [other for other in others if since[other.id] > since[item.id]]
        return sorted(others, key=lambda other: since[other.id])

    def _name(self, item: ItemRecord, language: Language) -> str:
        return self._present.name(item, language)
