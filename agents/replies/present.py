"""How items are put before a person: cards, facts and evidence lines, in English and Chinese. Plain data, no HTML."""

from typing import Any, Literal

from agents.linking.facets import KIND_FACETS
from agents.text import has_cjk
from recommender.catalogue import Catalogue, as_list
from recommender.serving.request import Bound, Pick, Reason
from storage.records import ItemRecord

Language = Literal["en", "zh"]

_UNITS = {
    "runtime": ("{:g} min", "{:g}分钟"),
    "duration": ("{:g} min", "{:g}分钟"),
    "year": ("{:.0f}", "{:.0f}"),
}
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹"}
# Numeric facets in Chinese, as bounds are named and taken back.
CHINESE_FACETS = {"year": "年份", "runtime": "时长", "price": "价格"}
_MAX_FACTS = 4
_REASONS = {
    "history": ("Because you liked {}", "因为你喜欢《{}》"),
    "similar": ("Like {}", "与《{}》相似"),
    "popular": ("Chosen by {} people", "有{}人选择"),
}


def language_of(message: str) -> Language:
    """The language to answer in."""
    return "zh" if has_cjk(message) else "en"


class Presenter:
    """Presents the items of one catalogue.

    Args:
        currency: what prices are in, a sign or a code such as EUR; by default what most items say, or else $.
    """

    def __init__(self, catalogue: Catalogue, currency: str = "") -> None:
        self.catalogue = catalogue
        own = catalogue.facet_counts("currency").most_common(1)
        code = currency or (own[0][0] if own else "$")
        self._currency = _SIGNS.get(code.upper(), code)
        films = "director" in catalogue.categorical and "runtime" in catalogue.numeric
        self._nouns = ("films", "部电影") if films else ("items", "件商品")
        self._chinese = self._chinese_names()

    def noun(self, language: Language, count: int = 2) -> str:
        """What the catalogue's items are called."""
        if language == "zh":
            return self._nouns[1]
        return self._nouns[0] if count != 1 else self._nouns[0].removesuffix("s")

    def title(self, item: ItemRecord, language: Language) -> str:
        """The title in this language where the catalogue has one."""
        return str(item.attributes.get(f"title_{language}") or item.title)

    def name(self, item: ItemRecord, language: Language) -> str:
        """The title in quotation marks: "It" and "Up" are words too."""
        title = self.title(item, language)
        return f"《{title}》" if language == "zh" else f"“{title}”"

    def figure(self, facet: str, value: float, language: Language) -> str:
        """A number of a facet with its unit."""
        if facet == "price":
            sign = self._currency
            return f"{value:.2f} {sign}" if sign.isalpha() else f"{sign}{value:.2f}"
        return _UNITS.get(facet, ("{:g}", "{:g}"))[language == "zh"].format(value)

    def bound(self, bound: Bound, language: Language) -> str:
        """A limit in words: "up to 90 minutes", "from 1980-1989", "price from 20"."""
        low, high = (None if side is None else f"{side:g}" for side in (bound.low, bound.high))
        both = low if low == high else f"{low}-{high}"
        if language == "zh":
            facet = CHINESE_FACETS.get(bound.facet, bound.facet.replace("_", " "))
            return facet + (f"不超过{high}" if low is None else f"不低于{low}" if high is None else str(both))
        if bound.facet == "year":
            return f"from {high} or earlier" if low is None else f"from {low} on" if high is None else f"from {both}"
        said = f"up to {high}" if low is None else f"at least {low}" if high is None else str(both)
        return f"{said} minutes" if bound.facet == "runtime" else f"{bound.facet.replace('_', ' ')} {said}"

    def blurb(self, item: ItemRecord, language: Language) -> str:
        """The description in this language where the catalogue has one."""
        return str(item.attributes.get(f"text_{language}") or item.text)

    def value(self, value: str, language: Language) -> str:
        """A facet value in this language, by the catalogue's phrase table."""
        return self._chinese.get(value, value) if language == "zh" else value

    def facts(self, item: ItemRecord, language: Language = "en") -> list[str]:
        """A few short facts: year, length or price, then genres and who made it."""
        facts = []
        for facet in ("year", "runtime", "duration", "price"):
            position = self.catalogue.position[item.id]
            if facet in self.catalogue.numeric and (number := float(self.catalogue.numeric[facet][position])) == number:
                facts.append(self.figure(facet, number, language))
        genres = [self.value(g, language) for g in self.genres(item)[:3]]
        if genres:
            facts.append(" · ".join(genres))
        for facet in ("director", "author", "brand", "artist"):
            facts += [", ".join(self.catalogue.values_of(item, facet)[:2])] if item.attributes.get(facet) else []
        if len(facts) < 2:
            for facet in self.catalogue.telling:
                if facet not in KIND_FACETS:
                    facts += [", ".join(v[:3])] if (v := self.catalogue.values_of(item, facet)) else []
        return facts[:_MAX_FACTS]

    def genres(self, item: ItemRecord) -> list[str]:
        """The values of the facet that says what kind of thing it is."""
        for facet in KIND_FACETS:
            if values := self.catalogue.values_of(item, facet):
                return values
        return []

    def reason(self, reason: Reason, language: Language) -> str:
        """One reason as a line under a card."""
        zh = language == "zh"
        if reason.kind in ("history", "similar") and reason.ref in self.catalogue:
            name = self.title(self.catalogue[reason.ref], language)
            return _REASONS[reason.kind][zh].format(name)
        if reason.kind == "facet":
            return self.value(reason.text, language)
        if reason.kind == "popular":
            return _REASONS["popular"][zh].format(reason.text)
        if reason.kind == "text" and zh and reason.ref in self.catalogue:
            return self.blurb(self.catalogue[reason.ref], "zh").split("。")[0] + "。"
        return reason.text

    def card(self, pick: Pick, language: Language) -> dict[str, Any]:
        """The JSON card of one pick, as the page and the HTTP API give it."""
        item = self.catalogue[pick.item_id]
        genres = self.genres(item)
        year = as_list(item.attributes.get("year"))
        # What was wished for is often shared with the named item too, and two facets may have one word for it.
        reasons = {(r.kind, self.reason(r, language)): r.ref for r in pick.reasons}
        return {
            "id": item.id,
            "title": self.title(item, language),
            "score": round(pick.score, 4),
            "facts": self.facts(item, language),
            "text": self.blurb(item, language),
            "image": item.image,
            "url": item.url,
            "poster": {
                "year": f"{year[0]:g}" if year and isinstance(year[0], int | float) else "",
                "genres": genres[:3],
                "tint": genres[0] if genres else "",
                "label": self.value(genres[0], language) if genres else "",
            },
            "reasons": [
                {"kind": kind, "ref": ref, "text": said} for (kind, said), ref in reasons.items()
            ],
        }  # fmt: skip

    def evidence(self, pick: Pick) -> str:
        """One line of facts for the language model, in English."""
        item = self.catalogue[pick.item_id]
        because = "; ".join(self.reason(r, "en") for r in pick.reasons if r.kind in ("history", "similar"))
        matched = ", ".join(dict.fromkeys(r.text for r in pick.reasons if r.kind == "facet"))
        parts = [
            f"{item.title} ({', '.join(self.facts(item))})",
            matched and f"fits: {matched}",
            because,
            item.text,
        ]
        return ". ".join(part.rstrip(".") for part in parts if part)[:420]

    def _chinese_names(self) -> dict[str, str]:
        """facet value → its shortest Chinese phrase that means this value and no other."""
        names: dict[str, str] = {}
        for phrase, values in self.catalogue.phrases.items():
            if has_cjk(phrase) and len({v.value.casefold() for v in values}) == 1:
                for value in values:
                    if value.value not in names or len(phrase) < len(names[value.value]):
                        names[value.value] = phrase
        return names
