"""Replies without a language model: short, true, in English or Chinese, made of the turn's own evidence.

What is said where nothing is picked is in `agents.replies.small_talk`.
"""

import re
from collections.abc import Sequence

from agents.language.audience import Who
from agents.linking.facets import ROLES
from agents.plan import Intent, TurnPlan
from agents.replies.labels import Labels
from agents.replies.present import Language, Presenter
from agents.state.superlatives import Superlatives
from agents.state.taste import Taste
from agents.state.wishes import OR
from agents.text import has_cjk, listed
from recommender.serving.request import Bound, Pick, Quality, Ranking, Relaxation, Request
from storage.records import ItemRecord

_HARDLY_LESS = 0.9  # of the catalogue
_TOLD_BY_TITLE = 2  # items of a series that a reply names
_IN_A_ROLE = re.compile(rf"^(?:{'|'.join(ROLES)})\s+")


# What would else stand in every reply, said in turn.
_HEARD = ("Noted", "All right", "Understood")
_START = ("I would start with", "My first choice would be", "You could begin with")
_REST = ("; these come first", "", "; here are the likeliest")


class Templates:
    """Writes every kind of reply for one catalogue."""

    def __init__(self, presenter: Presenter) -> None:
        self._present = presenter
        self._superlatives = Superlatives(presenter.catalogue)
        self._labels = Labels(presenter.catalogue)

    def picks(
        self,
        request: Request,
        ranking: Ranking,
        plan: TurnPlan,
        language: Language,
        noted: str = "",
        turn: int = 0,
        again: bool = False,
    ) -> str:
        """Why these picks; or that nothing matches and what could be let go.

        Args:
            noted: what was heard of items. turn: how many came before, so that not every reply has the same words.
            again: whether these were shown before, as is said already.
        """
        if not ranking.picks:
            return self.nothing(request, ranking, language)
        zh = language == "zh"
        lines = []
        if plan.intent is Intent.FEEDBACK:
            lines.append(noted or ("记下了。" if zh else f"{_in_turn(_HEARD, turn)}."))
        if (asked := self.constraints(request, language)) and self._only_leaves_out(request, ranking, language):
            lines.append(self._left_out(request.unwanted))
        elif asked:
            lines.append(self._how_many(asked, request, ranking, language, turn, again))
        elif first := self._first(request, language):
            lines.append(f"{first}排在前面。" if zh else f"{first[0].upper()}{first[1:]} come first.")
        own = [q for q in request.wanted if len(q.values) == 1 or q.label in {value.value for value in q.values}]
        said = {value.value for quality in own for value in quality.values}
        told = self._told(ranking.picks[:2], language, said, turn)
        if not told:  # nothing in particular speaks for them
            names = [self._name(self._present.catalogue[pick.item_id], language) for pick in ranking.picks[:2]]
            told = [f"{'和'.join(names)}排在最前。" if zh else f"{_in_turn(_START, turn)} {listed(names, 'or')}."]
        lines += told
        return ("" if zh else " ").join(line for line in lines if line)

    def _left_out(self, unwanted: Sequence[Quality]) -> str:
        """What is ruled out, in English: "These are without David Lynch."."""
        labels = [self.label(quality, "en") for quality in unwanted if not quality.items]
        labels = [_IN_A_ROLE.sub("", label) for label in labels]
        named = listed([label for label in labels if label[:1].isupper()], "or")
        tagged = listed([label for label in labels if not label[:1].isupper()], "or")
        return " ".join(
            [f"These are without {named}."] * bool(named) + [f"I left out what is tagged {tagged}."] * bool(tagged)
        )

    def _only_leaves_out(self, request: Request, ranking: Ranking, language: Language) -> bool:
        """Whether nothing is asked for but something ruled out, and most of the catalogue is left: no news to count."""
        asked = request.wanted or request.bounds or request.order or request.lesser_known
        named = bool(request.unwanted) and all(quality.values or quality.items for quality in request.unwanted)
        many = ranking.n_eligible + ranking.n_excluded > ranking.n_items / 2
        return language == "en" and named and many and not asked

    def _told(self, picks: Sequence[Pick], language: Language, said: set[str], turn: int) -> list[str]:
        """What speaks for the first picks: which to start with, what they are close to, that many chose them.

        Args:
            said: values that were asked for by themselves, and are no news.
        """
        zh = language == "zh"
        names = [self._name(self._present.catalogue[pick.item_id], language) for pick in picks]
        first = [] if zh else [pick for pick in picks if _is_personal(pick)]
        told = ["" if pick in first else self._pick(pick, language) for pick in picks]
        lines = [self._start_with(first, said, turn), *filter(None, told)] if first else list(filter(None, told))
        by_text = [
            name
            for name, line, pick in zip(names, told, picks, strict=True)
            if not line and pick not in first and any(reason.kind == "text" for reason in pick.reasons)
        ]
        if by_text and not zh:
            lines.append(
                f"Going by the descriptions, {listed(by_text)} {'is' if len(by_text) == 1 else 'are'} nearest."
            )
        many = [
            name
            for name, line, pick in zip(names, told, picks, strict=True)
            if not line and pick not in first and name not in by_text and _is_popular(pick)
        ]
        if many:
            lines.append(f"很多人选择了{'和'.join(many)}。" if zh else f"Many people chose {listed(many)}.")
        return lines

    def _start_with(self, picks: Sequence[Pick], said: set[str], turn: int) -> str:
        """ "I would start with “Heat” (1995, 170 min).", or with one, because another was liked; in English."""
        starts: list[str] = []
        reasons: list[str | None] = []
        for pick in picks:
            item = self._present.catalogue[pick.item_id]
            liked = next((r.ref for r in pick.reasons if r.kind == "history"), None)
            reasons.append(liked and f", because you liked {self._name(self._present.catalogue[liked], 'en')}")
            facts = ", ".join(self._present.facts(item)[:2])
            met = [reason.text for reason in pick.reasons if reason.kind == "facet" and reason.text not in said]
            if met and facts and not starts:
                facts += f"; {listed(list(dict.fromkeys(met))[:2])}"
            starts.append(self._name(item, "en") + ("" if liked or not facts else f" ({facts})"))
        opening = _in_turn(_START, turn)
        if len({*reasons}) == 1:
            return f"{opening} {listed(starts, 'or')}{reasons[0] or ''}."
        parts = [start + (f"{reason}," if reason else "") for start, reason in zip(starts, reasons, strict=True)]
        return f"{opening} {listed(parts, 'or').rstrip(',')}."

    def _how_many(
        self, asked: str, request: Request, ranking: Ranking, language: Language, turn: int, again: bool
    ) -> str:
        """How many fit, whether they were shown before or not, and what part of them these picks are."""
        fit = ranking.n_eligible + ranking.n_excluded
        more = ranking.n_eligible > len(ranking.picks)
        noun = self._present.noun(language, fit)
        if language == "zh":
            rest = (
                f"，先看{self._first(request, language) or '这几部'}"
                if more
                else f"，还剩{ranking.n_eligible}{noun}"
                if ranking.n_excluded and not again
                else ""
            )
            return f"符合“{asked}”的{'只' if fit < request.k else ''}有{fit}{noun}{rest}。"
        left = "this is the last of them" if ranking.n_eligible == 1 else "these are the last of them"
        first = self._first(request, language)
        rest = (
            (f"; {first} come first" if first else _in_turn(_REST, turn))
            if more
            else f"; {left}"
            if ranking.n_excluded and not again
            else ""
        )
        if fit < request.k:
            return f"Only {fit} {noun} {'fits' if fit == 1 else 'fit'} {asked}{rest}."
        return f"{'All ' if fit == ranking.n_items else ''}{fit:,} {noun} fit {asked}{rest}."

    def _first(self, request: Request, language: Language) -> str:
        """What goes first by the person's word: "the cheapest", "the lesser known"; "" where the ranking decides."""
        zh = language == "zh"
        if request.order:
            return self._superlatives.words(*request.order)[zh] + ("的" if zh else "")
        return ("不太出名的" if zh else "the lesser known") if request.lesser_known else ""

    def note(self, taste: Taste, language: Language) -> str:
        """What this turn did to the wish that was not asked for in so many words; "" for nothing."""
        zh = language == "zh"
        lines = []
        for wishes, english, chinese in (
            (taste.replaced, "I let go of {}.", "不再要求{}。"),
            (taste.clashed, "Nothing fits all of that, so I let go of {}.", "没有全都符合的，所以不再要求{}。"),
        ):
            quoted = [f"“{self.label(wish.quality(), language)}”" for wish in wishes]
            if quoted:
                lines.append(chinese.format("、".join(quoted)) if zh else english.format(listed(quoted)))
        if taste.audience.joined and taste.audience.unfit:
            lines.append(self.spared(taste, language))
        if out := [part for name, ids in taste.left_out.items() for part in self._series(name, ids, language)]:
            lines.append(f"去掉了{'、'.join(out)}。" if zh else f"I left out {listed(out)}.")
        if quoted := [f"“{words}”" for words in taste.loose]:
            if zh:
                lines.append(f"这里没法按{'、'.join(quoted)}筛选，最接近的排在前面。")
            elif any(taste.loose.values()):
                lines.append(
                    f"I have nothing to go by for {listed(quoted, 'or')}; what comes closest to it goes first."
                )
            else:
                lines.append(f"Nothing here mentions {listed(quoted, 'or')}; I put first what comes closest to it.")
        for word, n in taste.unsure.items():
            noun = self._present.noun(language, n)
            if zh:
                lines.append(f"这里没法按“{word}”筛选" + (f"，只去掉了提到它的{n}{noun}。" if n else "。"))
            else:
                verb = "mentions" if n == 1 else "mention"
                only = f"; I only left out the {n:,} {noun} that {verb} it" if n else ""
                lines.append(f"I have nothing to go by for “{word}”{only}.")
        return "".join(lines) if zh else "".join(f"{line} " for line in lines)

    def _series(self, name: str, item_ids: Sequence[str], language: Language) -> list[str]:
        """The items of a series, in words: the titles of a few, of more how many there are."""
        items = [self._present.catalogue[i] for i in item_ids if i in self._present.catalogue]
        if len(items) <= _TOLD_BY_TITLE:
            return [self._name(item, language) for item in items]
        noun = self._present.noun(language, len(items))
        return [f"“{name}”的{len(items)}{noun}" if language == "zh" else f"the {len(items)} {noun} of “{name}”"]

    def nothing(self, request: Request, ranking: Ranking, language: Language) -> str:
        """Nothing matches: say so, and what is nearest with counts."""
        zh = language == "zh"
        asked = self.constraints(request, language)
        if ranking.n_items == 0:
            return (
                "目录还是空的。请先导入商品。"
                if zh
                else ("The catalogue is empty. Import items first: python app.py import --items FILE")
            )
        if not asked:
            return "没有更多可以推荐的了。" if zh else "There is nothing left to show that you have not seen yet."
        near = [
            (
                f"去掉“{self.let_go(r, language)}”有{r.count}{self._present.noun(language)}"
                if zh
                else f"without {self.let_go(r, language)} there {'is' if r.count == 1 else 'are'} {r.count:,}"
            )
            for r in ranking.relaxations[:3]
            if r.count < ranking.n_items * _HARDLY_LESS  # without the one thing that was asked for nearly all fit
        ]
        if zh:
            told = f"符合“{asked}”的都已经推荐过了。" if ranking.n_excluded else f"没有同时符合“{asked}”的。"
            return told + ("；".join(near) + "。" if near else "")
        options = f" {'; '.join(near)}.".replace(" without", " Without", 1) if near else ""
        if ranking.n_excluded:
            more = options.replace(" are ", " are still ").replace(" is ", " is still ")
            more = more or " What else do you feel like?"
            return f"Everything here that fits {asked} was shown or is known to you.{more}"
        all_of = "all of this: " if len(request.wanted) + len(request.unwanted) + len(request.bounds) > 1 else ""
        return f"I have no {self._present.noun('en', 1)} that fits {all_of}{asked}.{options}"

    def noted(
        self, heard: Sequence[tuple[str, Sequence[str], str]], guessed: bool, language: Language, turn: int = 0
    ) -> str:
        """What was taken down of items: "Noted. You have seen “Heat”."

        Args:
            heard: "liked", "disliked", "seen", or "unsaid" where a verdict is taken back; ids of the items, which are
                several where a series was named; how they were called.
            guessed: whether another one may have been meant.
        """
        zh = language == "zh"
        said = {"liked": ("you like", "你喜欢"), "disliked": ("you do not like", "你不喜欢"),
                "seen": ("you have seen", "你看过"),
                "unsaid": ("I take back what I noted of", "已撤回的记录：")}  # fmt: skip
        parts = []
        for stance in said:
            names = [part for kind, ids, name in heard if kind == stance for part in self._series(name, ids, language)]
            if names:
                parts.append(said[stance][zh] + ("、".join(names) if zh else f" {listed(names)}"))
        if not parts:
            return "记下了。" if zh else f"{_in_turn(_HEARD, turn)}."
        if zh:
            return f"记下了。{'，'.join(parts)}。" + ("如果指的是另一部，请说出名字。" if guessed else "")
        told = listed(parts)
        return f"{_in_turn(_HEARD, turn)}. {told[0].upper()}{told[1:]}." + (
            " If you meant another one, name it." if guessed else ""
        )

    def spared(self, taste: Taste, language: Language) -> str:
        """That what is too much for those who watch is left out."""
        children = Who.CHILDREN in taste.audience.who and Who.ELDERS not in taste.audience.who
        who = "children" if children else "them"
        return "不适合他们看的都去掉了。" if language == "zh" else f"I leave out what would be too much for {who}."

    def constraints(self, request: Request, language: Language) -> str:
        """What must hold and what must not, in one phrase: "scary, not romance and from 1980-1989"; "" for nothing."""
        parts = [self.label(q, language) for q in request.wanted]
        against = ("不要", "不提") if language == "zh" else ("not ", "not mentioning ")
        parts += [against[bool(q.word)] + self.label(q, language) for q in request.unwanted]
        parts += [self._present.bound(b, language) for b in request.bounds]
        return "、".join(parts) if language == "zh" else listed(parts)

    def label(self, quality: Quality, language: Language) -> str:
        """A quality as the person called it, with its names put right; by its value where they spoke Chinese before."""
        if language == "zh":
            return quality.label.replace(OR, "或")
        if quality.values and has_cjk(quality.label):
            return quality.values[0].value
        parts = quality.parts or (quality.values,)
        labels = quality.label.split(OR)
        if len(labels) != len(parts):
            return self._labels.called(quality.label, quality.values)
        return OR.join(self._labels.called(label, values) for label, values in zip(labels, parts, strict=True))

    def let_go(self, relaxation: Relaxation, language: Language) -> str:
        """What a relaxation does without, in this language."""
        gone = [
            self._limit(x, language) if isinstance(x, Bound) else self.label(x, language) for x in relaxation.dropped
        ]
        return " + ".join(gone) if language == "zh" else listed(gone)

    def _limit(self, bound: Bound, language: Language) -> str:
        """A limit as something that can be let go: "the limit “from 2001 on”"."""
        said = self._present.bound(bound, language)
        return said if language == "zh" else f"the limit “{said}”"

    def _pick(self, pick: Pick, language: Language) -> str:
        """One pick and what speaks for it: who it follows from, what it fits; "" when nothing does in particular.

        Its card has the description, which is not said twice.
        """
        item = self._present.catalogue[pick.item_id]
        title = self._name(item, language)
        by_kind: dict[str, list[str]] = {}
        for reason in pick.reasons:
            by_kind.setdefault(reason.kind, []).append(self._present.reason(reason, language))
        named = [
            self._name(self._present.catalogue[r.ref], language)
            for r in pick.reasons
            if r.kind in ("history", "similar")
        ]
        facets = [self._present.value(f, language) for f in dict.fromkeys(by_kind.get("facet", []))][:3]
        if language == "zh":
            parts = [f"与你喜欢的{named[0]}最相投" if named else "", "、".join(facets)]
            told = "，".join(p for p in parts if p)
            if told:
                return f"{title}：{told}。"
            return f"{title}的简介最接近你说的。" if "text" in by_kind else ""
        if "similar" in by_kind:
            return f"{title} is close to {named[0]}" + (f": {listed(facets)}." if facets else ".")
        return ""

    def _name(self, item: ItemRecord, language: Language) -> str:
        return self._present.name(item, language)


def _in_turn(ways: Sequence[str], turn: int) -> str:
    return ways[turn % len(ways)]


def _is_personal(pick: Pick) -> bool:
    """Whether it follows from what was liked or wished for, and nothing more particular is to be told of it."""
    kinds = {reason.kind for reason in pick.reasons}
    return "similar" not in kinds and bool(kinds & {"history", "facet"})


def _is_popular(pick: Pick) -> bool:
    return any(reason.kind == "popular" for reason in pick.reasons)
