"""What is said of single items without a language model: why one is there, what it is about, how two differ."""

import math
import re
from collections.abc import Sequence

from agents.linking.facets import KIND_FACETS
from agents.reading import pointing
from agents.replies.present import Language, Presenter
from agents.text import listed
from recommender.serving.request import Reason, Request
from storage.records import ItemRecord

_MOST_HAVE = 0.5  # a value that more of the catalogue has is nothing to share
_QUESTIONS = {
    "director": re.compile(r"\bdirect|导演|\bmade\b|\bmaker", re.I),
    "cast": re.compile(
        r"\bstar|\bcast\b|\bactor|\bactress|\bwho(?:'?s|\s+(?:is|was|are|were|else|all))\b[^.?!]*\bin\b|plays?\b"
        r"|\bwho(?:'?s|\s+(?:is|was))\s+the\s+(?:\w+\s+)?(?:lead|gentleman|lady|man|woman|girl|guy|boy)\b|演员|主演|谁演",
        re.I,
    ),
    "runtime": re.compile(
        r"how long|\b(?:is|was|are)\b[^.]*?\b(?:long|short)\b|\blength\b|\brun(?:ning|time)|minutes|多长|几分钟|时长",
        re.I,
    ),
    "year": re.compile(
        r"^\W*(?:and |so )?when\b|\bwhen (?:was|is|did)|what year|how old\b(?!.*\b(?:in|when)\b)|哪一?年|\bcome out\b"
        r"|\b(?:is|was) (?:it|that|this) (?:\w+ )?(?:old|new|recent)\b",
        re.I,
    ),
    "languages": re.compile(r"\blanguage|subtitl|dubbed|什么语言|字幕", re.I),
    "price": re.compile(r"\bprice|\bcost|how much|多少钱|价格", re.I),
}
# The item with the least of a number, in words: of two, of more, in Chinese.
_LEAST = {
    "runtime": ("shorter", "shortest", "最短"),
    "year": ("older", "oldest", "最早"),
    "price": ("cheaper", "cheapest", "最便宜"),
}

# How an item with less or more of a number differs from another, in English and Chinese.
_DEGREES = {
    "year": (("older", "更早"), ("newer", "更新")),
    "runtime": (("shorter", "更短"), ("longer", "更长")),
    "price": (("cheaper", "更便宜"), ("dearer", "更贵")),
}


class ItemReplies:
    """Speaks of the items of one catalogue."""

    def __init__(self, presenter: Presenter) -> None:
        self._present = presenter

    def met(self, item: ItemRecord, request: Request, language: Language) -> list[str]:
        """The running wishes that an item meets by its own facts."""
        catalogue = self._present.catalogue
        labels = []
        for quality in request.wanted:
            held = [value.value for value in quality.values if value.value in catalogue.values_of(item, value.facet)]
            # What "something quiet" stands for in this item.
            meant = "" if quality.label in held or len(quality.values) < 2 else listed(held[:2])
            if held:
                label = quality.label.removeprefix("something ")
                labels.append(f"{label} ({meant})" if meant and language == "en" else label)
        for bound in request.bounds:
            if bound.facet not in catalogue.numeric:
                continue  # an import since then may have taken the facet
            own = float(catalogue.numeric[bound.facet][catalogue.position[item.id]])
            if (bound.low is None or own >= bound.low) and (bound.high is None or own <= bound.high):
                figure = self._present.figure(bound.facet, own, language)
                wish = self._present.bound(bound, language)
                labels.append(f"{wish}（{figure}）" if language == "zh" else f"{wish} ({figure})")
        return labels

    def enjoy(self, item: ItemRecord, guessed: bool, language: Language) -> str:
        """An item was chosen: it is noted, and nothing more is urged on the person.

        Args:
            guessed: whether another one may have been meant.
        """
        name = self._name(item, language)
        if language == "zh":
            return f"好，就{name}，记下了。看完可以告诉我喜不喜欢。" + (
                "如果指的是另一部，请说出名字。" if guessed else ""
            )
        told = f"Enjoy {name}! I noted that you like the sound of it; tell me afterwards how it was."
        return told + (" If you meant another one, name it." if guessed else "")

    def why(
        self, item: ItemRecord, reasons: Sequence[Reason], shown: bool, language: Language, met: Sequence[str] = ()
    ) -> str:
        """Why an item was shown; or that it was not. `met`: the running wishes that it meets."""
        zh = language == "zh"
        title = self._name(item, language)
        if not shown:
            return f"这里还没有推荐过{title}。" if zh else f"{title} has not been among the picks here."
        parts = self._because(reasons, language, met)
        if not parts:
            return (
                f"{title}是按总排名推荐的，没有特别的理由。"
                if zh
                else f"{title} is here by the overall ranking; nothing you said points to it in particular."
            )
        return (
            (f"推荐{title}，因为" + "；".join(parts) + "。")
            if zh
            else f"{title} is here because {listed(parts)}.".replace('.".', '."')
        )

    def _because(self, reasons: Sequence[Reason], language: Language, met: Sequence[str]) -> list[str]:
        """What speaks for an item, in clauses; none where nothing does in particular."""
        zh = language == "zh"
        parts = []
        for reason in reasons:
            if reason.kind in ("history", "similar"):
                name = self._name(self._present.catalogue[reason.ref], language)
                if reason.kind == "similar":
                    parts.append(f"它和{name}最接近" if zh else f"of what you named it is closest to {name}")
                else:
                    parts.append(
                        f"你喜欢{name}，去掉它，这部的分数下降最多" if zh
                        else f"you liked {name}, which speaks for it most"
                    )  # fmt: skip
        facets = [self._present.value(r.text, language) for r in reasons if r.kind == "facet"]
        alike = any(reason.kind == "similar" for reason in reasons)
        said = {label.casefold() for label in met}
        # Of what was asked for, the facets say again what `met` has said.
        own = [value for value in dict.fromkeys(facets) if value.casefold() not in said] if alike or not met else []
        if fitting := [*met, *own]:
            parts.insert(0, ("它符合" + "、".join(fitting)) if zh else f"it fits {listed(fitting)}")
        told = [self._present.reason(r, language) for r in reasons if r.kind == "text"]
        if told:
            parts.append(f"简介里写着：{told[0].rstrip('。')}" if zh else f'its description says "{told[0]}"')
        popular = [self._present.reason(r, language) for r in reasons if r.kind == "popular"]
        parts += [p if zh else f"it was {p[0].lower()}{p[1:]}" for p in popular]
        return parts

    def start_with(
        self, item: ItemRecord, place: int, reasons: Sequence[Reason], language: Language, met: Sequence[str]
    ) -> str:
        """Which of the cards to take, for who asks: the one that is ranked first, and why it is there.

        Args:
            place: of its card, from 1.
        """
        if language == "zh":
            told = f"我会先看第{'一二三四五六七八九十'[place - 1] if place <= 10 else place}个。"
        else:
            told = f"I would start with the {pointing.PLACES[place - 1] if place <= 10 else f'{place}th'}. "
        return told + self.why(item, reasons, True, language, met)

    def take(
        self,
        item: ItemRecord,
        others: Sequence[ItemRecord],
        reasons: Sequence[Reason],
        language: Language,
        met: Sequence[str],
    ) -> str:
        """Which of several named items to take, why, and in what the others differ from it."""
        zh, name = language == "zh", self._name(item, language)
        like = "" if zh else listed(self._present.catalogue.values_of(item, "moods")[:3])
        # What it is like says more than how many chose it.
        unsaid = ("text", "popular") if like else ("text",)
        parts = self._because([reason for reason in reasons if reason.kind not in unsaid], language, met)[:2]
        if zh:
            lines = [f"我会选{name}" + (f"：{'；'.join(parts)}。" if parts else "，按总排名它在前。")]
        else:
            ahead = f"it is {like}, and ahead" if like else "it is ahead"
            why = f": {listed(parts)}" if parts else f"; {ahead} in the overall ranking"
            lines = [f"I would take {name}{why}."]
        for other in others:
            if differs := self._differs(other, item, language):
                lines.append(f"{self._name(other, language)}{'，'.join(differs)}。" if zh
                             else f"{self._name(other, language)} is {listed(differs)}.")  # fmt: skip
        return ("" if zh else " ").join(lines)

    def _differs(self, item: ItemRecord, other: ItemRecord, language: Language) -> list[str]:
        """In what an item differs from another: its numbers, and what only it is."""
        catalogue, zh = self._present.catalogue, language == "zh"
        found = []
        for facet, ((less, less_zh), (more, more_zh)) in _DEGREES.items():
            if facet in catalogue.numeric:
                mine, theirs = (float(catalogue.numeric[facet][catalogue.position[i.id]]) for i in (item, other))
                if mine != theirs and not math.isnan(mine + theirs):
                    figure = self._present.figure(facet, mine, language)
                    word = (less_zh if mine < theirs else more_zh) if zh else less if mine < theirs else more
                    found.append(f"{word}（{figure}）" if zh else f"{word} ({figure})")
        facets = [facet for facet in (*KIND_FACETS, "moods") if facet in catalogue.categorical]
        others = {facet: catalogue.values_of(other, facet) for facet in facets}
        own = {f: [value for value in catalogue.values_of(item, f)[:3] if value not in others[f]] for f in facets}
        if zh and (tagged := [self._present.value(value, language) for values in own.values() for value in values]):
            found.append(f"标签里还有{'、'.join(tagged[:3])}")
        elif moods := own.pop("moods", []):
            found.append(f"more {moods[0]}")
        elif kinds := [value for values in own.values() for value in values]:
            found.append(f"more of a {kinds[0]} {self._present.noun('en', 1)}")
        return found

    def asked(self, item: ItemRecord, message: str, language: Language) -> str:
        """The facts of one item that a question asks for, as far as the catalogue has them; "" for none."""
        title = self._name(item, language)
        answers = []
        for facet, pattern in _QUESTIONS.items():
            values = self._present.catalogue.values_of(item, facet)
            if values and pattern.search(message):
                answers.append(self._answer(facet, values, title, language))
        return ("" if language == "zh" else " ").join(answers)

    def about(self, item: ItemRecord, message: str, language: Language) -> str:
        """What the catalogue knows of one item; only the fact that was asked for where it has that."""
        if asked := self.asked(item, message, language):
            return asked
        zh = language == "zh"
        title = self._name(item, language)
        facts = ("，" if zh else ", ").join(self._present.facts(item, language))
        blurb = self._present.blurb(item, language)
        return f"{title}（{facts}）。{blurb}" if zh else f"{title} ({facts}). {blurb}"

    def compare(self, items: Sequence[ItemRecord], language: Language) -> str:
        """Two or three items side by side on what differs."""
        zh = language == "zh"
        lines = []
        for item in items[:3]:
            facts = ("，" if zh else ", ").join(self._present.facts(item, language))
            lines.append(
                f"{self._name(item, language)}：{facts}。" if zh else f"{self._name(item, language)}: {facts}."
            )
        catalogue = self._present.catalogue
        for facet, (comparative, superlative, chinese) in _LEAST.items():
            if facet not in catalogue.numeric or len(items) < 2:
                continue
            values = {i.id: float(catalogue.numeric[facet][catalogue.position[i.id]]) for i in items}
            least = catalogue[min(values, key=lambda i: values[i])]
            lowest, second = sorted(values.values())[:2]
            if any(map(math.isnan, values.values())) or lowest == second:
                continue  # where a value is missing or the lowest is shared, no one item is the least
            if not zh:
                word = comparative if len(items) == 2 else superlative
                lines.append(f"{self._name(least, language)} is the {word} one.")
            else:
                lines.append(f"{self._name(least, language)}{chinese}。")
        shared = [
            value
            for facet in catalogue.telling
            for value in catalogue.values_of(items[0], facet)
            if len(catalogue.categorical[facet][value]) <= _MOST_HAVE * len(catalogue)
            and all(value in catalogue.values_of(other, facet) for other in items[1:])
        ]
        if shared:
            names = [self._present.value(v, language) for v in shared[:5]]
            lines.append(f"共同点：{'、'.join(names)}。" if zh else f"They share {listed(names)}.")
        return ("" if zh else " ").join(lines)

    def _answer(self, facet: str, values: list[str], title: str, language: Language) -> str:
        if language == "zh":
            names = {
                "director": "导演",
                "cast": "主演",
                "runtime": "时长（分钟）",
                "year": "年份",
                "languages": "语言",
                "price": "价格",
            }
            return f"{title}的{names[facet]}：{'、'.join(self._present.value(v, language) for v in values)}。"
        return {
            "director": f"{title} was directed by {listed(values)}.",
            "cast": f"{title} stars {listed(values)}.",
            "runtime": f"{title} runs {values[0]} minutes.",
            "year": f"{title} is from {values[0]}.",
            "languages": f"{title} is in {listed(values)}.",
            "price": f"{title} costs {values[0]}.",
        }[facet]

    def _name(self, item: ItemRecord, language: Language) -> str:
        return self._present.name(item, language)
