"""Questions about a word: "what is a slasher?", "what does noir mean?".

Nothing here knows what words mean. A word that the catalogue sorts by is told by what it stands for, what goes with it
and a few items that have it; of any other word it is said that nothing is sorted by it.
"""

import re
from collections.abc import Sequence

import numpy as np

from agents.linking.facets import FacetLinker
from agents.replies.present import Language, Presenter
from agents.text import frequency, has_cjk, listed, phrase_key
from recommender.catalogue import FacetValue
from recommender.serving.request import Quality
from storage.records import ItemRecord

_LEAD = r"^\W*(?:(?:and|so|but|ok(?:ay)?|well|hm+|sorry|wait|huh)\W+)*"
_WORD = r"[\"'“‘]?(?P<{}>[^\W\d_][\w' -]{{2,40}}?)[\"'”’]?"
# How the meaning of a word is asked for; and "what is X?", which asks for that only where X is no everyday word.
_MEANS = (
    re.compile(
        rf"{_LEAD}what\s+(?:(?:does|do|is|did)\s+)?(?:you\s+)?means?\s+(?:by\s+|with\s+)?(?:(?:an?|the)\s+)?(?:(?:word|term)\s+)?{_WORD.format('word')}\W*$"
        rf"|{_LEAD}what\s+(?:(?:does|do|is)\s+)?(?:(?:an?|the)\s+)?(?:(?:word|term)\s+)?{_WORD.format('before')}\s+(?:mean(?:s|ing)?|stands?\s+for)\W*$"
        rf"|{_LEAD}(?:what(?:'?s|\s+is)\s+)?(?:the\s+)?(?:meaning|definition)\s+of\s+(?:an?\s+)?{_WORD.format('of')}\W*$"
        rf"|{_LEAD}(?:define|i\s+do(?:n'?t|\s+not)\s+know\s+what)\s+(?:(?:an?|the)\s+)?{_WORD.format('known')}(?:\s+(?:is|are|means?))?\W*$"
        rf"|{_LEAD}(?:an?\s+)?{_WORD.format('first')}\s+(?:means?\s+what|is\s+what|what\s+is\s+(?:it|that|this))\W*$"
        r"|^\W*(?:什么叫做?|啥叫)(?P<zh>[\u4e00-\u9fff]{2,6}?)[呢啊]?\W*$|^\W*(?P<zhfirst>[\u4e00-\u9fff]{2,6}?)是(?:什么|啥)意思\W*$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_LEAD}what(?:'?s|\s+is|\s+are)\s+(?P<article>an?\s+)?{_WORD.format('word')}(?:\s+(?:exactly|anyway|even))?\s*\?*\s*$"
        r"|^\W*什么是(?P<zh>[\u4e00-\u9fff]{2,6}?)[呢啊]?\W*$",
        re.IGNORECASE,
    ),
)
_KIND = re.compile(r"\s+(?:films?|movies?|items?)$|电影$", re.IGNORECASE)
_POINTS = re.compile(r"^(?:it|its|that|this|these|those|they|you|your|the|my)\b", re.IGNORECASE)
_EVERYDAY = 4.5  # Zipf frequency from which nobody asks what a word is
_OFTEN, _LIFT = 0.3, 2.0  # a value goes with another: in so many of its items, and so much more often than in all
_COMPANIONS = 3


class Meanings:
    """Tells what the words of one catalogue stand for."""

    def __init__(self, presenter: Presenter, facets: FacetLinker) -> None:
        self._present = presenter
        self._facets = facets
        self._catalogue = presenter.catalogue

    def asked(self, message: str) -> str:
        """The word whose meaning a message asks for; "" for none."""
        for pattern, surely in zip(_MEANS, (True, False), strict=True):
            match = pattern.match(message.replace("’", "'"))
            if match is None:
                continue
            groups = match.groupdict()
            article = groups.pop("article", None)
            word = _KIND.sub("", next(filter(None, groups.values()))).strip()
            if _POINTS.match(word) or len(word.split()) > 3:
                continue
            values = self._values(word)
            if surely or (values and (article or frequency(word.casefold()) < _EVERYDAY)):
                return word
        return ""

    def quality(self, word: str) -> Quality | None:
        """What the word stands for; None where nothing here is sorted by it."""
        values = self._values(word)
        return Quality(word, values) if values else None

    def told(self, word: str, examples: Sequence[ItemRecord], language: Language) -> str:
        """What a word stands for here; `examples` are items that have it."""
        zh, noun = language == "zh", self._present.noun(language)
        values = self._values(word)
        if not values:
            if zh:
                return f"我不知道“{word}”是什么意思，这里的{noun.lstrip('部件')}不按它分类。"
            return f"I don't know what “{word}” means: no {noun} here are sorted by it."
        n = int(np.any([self._catalogue.mask(value) for value in values], axis=0).sum())
        names = [self._present.name(item, language) for item in examples]
        own = list(dict.fromkeys(self._present.value(value.value, language) for value in values))
        beside = [self._present.value(v, language) for v in self._companions(values)]
        if zh:
            told = f"“{word}”是这里{n}{noun}的标签" + (f"（{'、'.join(own)}）" if own != [word] else "")
            told += f"，常和{'、'.join(beside)}在一起" if beside else ""
            return f"{told}。例如{'、'.join(names)}。"
        known = phrase_key(word) in {phrase_key(value) for value in own}
        stands = "is one of the tags here" if known else f"stands for {listed(own, 'or')} here"
        told = f"“{word}” {stands}: {n:,} {self._present.noun(language, n)} {'has' if n == 1 else 'have'} it"
        told += f", most often together with {listed(beside)}" if beside else ""
        return f"{told}. For example {listed(names)}."

    def _values(self, word: str) -> tuple[FacetValue, ...]:
        """What a word stands for; nothing for a person or a near spelling."""
        if not (self._facets.knows(word) or has_cjk(word)):
            return ()
        values = self._facets.link(word)
        return () if self._facets.names_somebody(values) else values

    def _companions(self, values: Sequence[FacetValue]) -> list[str]:
        """What items with these values have far more often than others, the most telling first."""
        catalogue = self._catalogue
        mask = np.any([catalogue.mask(value) for value in values], axis=0)
        own = {value.value for value in values}
        found: list[tuple[float, str]] = []
        for facet in catalogue.telling:
            if self._facets.is_of_people(facet):
                continue
            for value, places in catalogue.categorical[facet].items():
                share = float(mask[places].sum()) / max(1, int(mask.sum()))
                lift = share * len(catalogue) / len(places)
                if value not in own and share >= _OFTEN and lift >= _LIFT:
                    found.append((-share * lift, value))
        return [value for _, value in sorted(found)][:_COMPANIONS]
