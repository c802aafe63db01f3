"""Replies without a language model: short, true, in English or Chinese, made of the turn's own evidence."""

import re
from collections.abc import Sequence

from agents import cues
from agents.labels import Labels
from agents.linking import ROLES
from agents.plan import Intent, TurnPlan
from agents.present import Language, Presenter
from agents.superlatives import Superlatives
from agents.taste import Taste
from agents.text import has_cjk, listed
from agents.wishes import OR
from recommender.serving.request import Bound, Pick, Quality, Ranking, Relaxation, Request
from storage.records import ItemRecord

# What a question about a number asks, in English and Chinese.
_ASKS = {
    "year": ("Are you after something newer or older?", "想要新一点的还是老一点的？"),
    "runtime": ("How long may it be?", "想要多长的？"),
    "price": ("What would you like to spend?", "预算大概是多少？"),
}
_HARDLY_LESS = 0.9  # of the catalogue
_TOLD_BY_TITLE = 2  # items of a series that a reply names
_THANKS = re.compile(r"\b(?:thanks?|thank you|thx|cheers|ta)\b|谢", re.I)
_BYE = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|thanks?|thx|thank\s+you|alright|cool|great|well|right|so|then|lol)\W+){0,3}(?:(?:good)?\s?bye|bye\s?bye|(?:i'?ll\s+)?see\s+(?:you|ya|u)"
    r"|good\s?night|c\s?ya|cu|later|laters|cheerio|ciao|so\s+long|take\s+care|gotta\s+go|i'?m\s+off)\b|再见|拜拜|晚安",
    re.I,
)
_UPSET = re.compile(
    r"\b(?:useless|hopeless|stupid|dumb|idiot|(?:i\s+)?give\s+up|waste\s+of\s+time|(?:not|never)\s+listening)\b", re.I
)
_IN_A_ROLE = re.compile(rf"^(?:{'|'.join(ROLES)})\s+")
_HELLO = re.compile(r"^\W*(?:hi+|hey+|hello+|yo|hiya|good\s+\w+|what'?s up|sup)\b|你好|您好|嗨", re.I)


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
        if out := [part for name, ids in taste.left_out.items() for part in self._series(name, ids, language)]:
            lines.append(f"去掉了{'、'.join(out)}。" if zh else f"I left out {listed(out)}.")
        if quoted := [f"“{words}”" for words in taste.loose]:
            if zh:
                lines.append(f"这里没法按{'、'.join(quoted)}筛选，最接近的排在前面。")
            elif any(taste.loose.values()):
                lines.append(f"I cannot filter by {listed(quoted, 'or')} here; what comes closest to it goes first.")
            else:
                lines.append(f"Nothing here mentions {listed(quoted, 'or')}; I put first what comes closest to it.")
        for word, n in taste.unsure.items():
            noun = self._present.noun(language, n)
            if zh:
                lines.append(f"这里没法按“{word}”筛选" + (f"，只去掉了提到它的{n}{noun}。" if n else "。"))
            else:
                verb = "mentions" if n == 1 else "mention"
                only = f"; I only left out the {n:,} {noun} that {verb} it" if n else ""
                lines.append(f"I cannot filter by “{word}” here{only}.")
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
        several = len(request.wanted) + len(request.unwanted) + len(request.bounds) > 1
        return f"Nothing here is {asked}{' all at once' if several else ''}.{options}"

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

    def chat(self, message: str, language: Language) -> str:
        """Small talk and what is off topic, answered briefly and led back."""
        zh = language == "zh"
        noun = self._present.noun(language)
        if _THANKS.search(message):
            return "不客气，慢慢看。" if zh else "You're welcome. Enjoy!"
        if _BYE.search(message):
            return "再见，下次再来！" if zh else "Goodbye, and enjoy!"
        if cues.HELP.search(message):
            if zh:
                return f"我帮你在这里的{noun.lstrip('部件')}里挑：说说心情、类型、年代、人名，或者喜欢什么、不要什么。"
            return (
                f"I find {noun} in this catalogue by what you feel like and what you love. Try “something light for "
                f"tonight”, or name {noun} that you love or hate. On a card, tell me whether you like it."
            )
        if cues.FINE.fullmatch(message):
            return "好的。想换一换就告诉我。" if zh else "Good. Tell me if you want something else."
        if _HELLO.search(message):
            return (
                f"你好！想看点什么？说说心情、类型，或一{noun}你喜欢的。"
                if zh
                else (f"Hello! Tell me what you feel like: a mood, a kind, a decade, or {noun} you loved.")
            )
        if not zh and _UPSET.search(message):
            return f"I am sorry. Name one of the {noun} that you love, and I will start again from there."
        if not (cues.CHAT.search(message) or cues.OFF_TOPIC.search(message)):
            return (
                "我没看懂。换个说法试试：心情、类型、人名、年代，或者喜欢过的一部。"
                if zh
                else f"I did not understand that. Tell me a mood, a kind, a person, a decade, or {noun} you loved."
            )
        return (
            f"我只懂这里的{noun.lstrip('部件')}。想要什么样的？"
            if zh
            else (f"I only know the {noun} in this catalogue. Tell me what you feel like and I will look.")
        )

    def nothing_shown(self, language: Language) -> str:
        """The question is about what is on the screen, and nothing is."""
        if language == "zh":
            return "上一次搜索没有结果，现在没有可以比较的。放宽一个条件，或者换一种说法试试。"
        return (
            "There is nothing on the screen: the last search found nothing. Let one wish go, or ask for something else."
        )

    def not_here(self, names: Sequence[str], language: Language) -> str:
        """Names that the catalogue does not have."""
        quoted = [f"“{name}”" for name in names]
        if language == "zh":
            return f"这里没有{'、'.join(quoted)}。"
        return f"{listed(quoted)} {'is' if len(names) == 1 else 'are'} not in this catalogue. "

    def describe_it(self, language: Language) -> str:
        """What to do about a name that is not here."""
        return (
            "说说你喜欢它的什么，或者换一个名字。"
            if language == "zh"
            else "Tell me what you like about it, and I will look for that; or name another one."
        )

    def cannot(self, topics: Sequence[str], language: Language) -> str:
        """What was asked for and is not known of any item."""
        if language == "zh":
            return f"这里没有记录{'、'.join(topics)}，没法按它筛选。"
        return f"This catalogue does not record {listed(topics, 'or')}, so I cannot filter by that. "

    def again(self, language: Language) -> str:
        """All that fits has been shown, and is shown once more."""
        return (
            "符合的都推荐过了，再列一次。" if language == "zh" else "You have had all that fits, so here it is again. "
        )

    def unclear(self, language: Language, shown: bool = True) -> str:
        """The plan points at an item that is not there. `shown`: whether there are cards to point at."""
        noun = self._present.noun(language)
        if not shown:
            if language == "zh":
                return "我不确定你说的是哪一个，现在还没有推荐过什么。写出名字，或者说说想要什么样的。"
            return (
                f"I am not sure which one you mean: I have shown you no {noun} yet. Name it, or say what you feel like."
            )
        if language == "zh":
            return "我不确定你说的是哪一个。请写出名字，或者说“第二部”。"
        return 'I am not sure which one you mean. Name it, or say which place it has, such as "the second one".'

    def opening(self, language: Language, unread: bool) -> str:
        """What is said before a question. `unread`: whether no wish was found in the message."""
        if unread:
            many = "I found no wish in that that I know, so these are simply what many people chose."
            return many if language == "en" else "没看懂想要什么，先列出很多人选过的。"
        return "A few to start with." if language == "en" else "先看看这几个。"

    def question(self, kind: str, answers: Sequence[str], language: Language) -> str:
        """The question whose answers can be tapped.

        Args:
            kind: what it is about: "year", "runtime", "price", or "value" with the values as `answers`.
        """
        zh = language == "zh"
        if kind in _ASKS:
            return _ASKS[kind][zh]
        if zh:
            return f"更想要哪一种：{'、'.join(answers[:-1])}还是{answers[-1]}？"
        return f"Which would you rather have: {', '.join(answers[:-1])} or {answers[-1]}?"

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
