"""Questions about what is shown: the shortest, the newest, the dearest of it, and facts that the catalogue may lack.

Every answer is made of the catalogue's own figures and facts. Knows nothing of how items were ranked.
"""

import math
import re
from collections.abc import Sequence

from agents.answers.feeling import Feeling
from agents.answers.meanings import Meanings
from agents.answers.sequels import Sequels
from agents.answers.tagged import Tagged
from agents.language import cues
from agents.language.complaints import says_what_is_missed
from agents.linking.facets import FacetLinker
from agents.plan import Intent, Stance, TurnPlan
from agents.reading import pointing
from agents.reading.asked import questions
from agents.replies.present import CHINESE_FACETS, Language, Presenter
from agents.state.superlatives import RATING, Superlatives
from agents.text import listed
from storage.records import ItemRecord

# A superlative of a quality: "the funniest", "the least violent"; "best" is none.
_DEGREE = re.compile(
    r"\b(?:(?P<est>(?!best\b|rest\b|west\b|east\b)[a-z]{2,}est|[a-z]{2,}ier(?=\s+than\b|\s*\?))"
    r"|(?P<order>most|least|(?:more|less)(?=\s+[a-z]+(?:\s+than\b|\s*\?)))\s+(?!of\b)(?P<word>[a-z]+))\b"
    r"|最(?!好)(?P<zh>[\u4e00-\u9fff]{1,3}?)(?=的|[？?，。]|$)",
    re.IGNORECASE,
)
_FIGURES = {"runtime": "length", "duration": "length"}  # what a facet is called in a sentence
_OF_THESE = re.compile(
    r"^\W*(?:and |ok(?:ay)?,? |so )*which\b|\bof (?:these|those|them|the (?:two|three|four|five))\b|\bhere\b"
    r"|哪[一]?[部个款]|这[几些里]|其中",
    re.IGNORECASE,
)
# Around a superlative that is all there is of a question: "the cheapest?", "and what's the shortest one?"
_NOTHING_ELSE = re.compile(
    r"\W*(?:(?:and|so|ok(?:ay)?|(?:what|how)\s+about|what(?:'?s|\s+is|\s+are)?|is|are|the|ones?)\b\W*|那|部|一|个|款|的|是|呢)*[?？]\s*",
    re.IGNORECASE,
)
# A wish over the whole catalogue, not a question about the cards.
_OF_ALL = re.compile(
    r"\b(?:you have|you've got|you know|in (?:the|your) (?:catalogue|collection|list)|ever|show me|give me|find"
    r"|recommend|suggest|any)\b"
    r"|推荐|来[一几两]|给我|有没有|想看",
    re.IGNORECASE,
)
# Facts that are often asked for: how, the facets that would answer, what is not known in English and Chinese.
_TOPICS: tuple[tuple[re.Pattern[str], tuple[str, ...], tuple[str, str]], ...] = (
    (
        re.compile(
            r"\bwhere\b.*\b(?:watch|see|stream|find|rent|buy|get|download)\b|\bstream(?:s|ing|ed)?\b"
            r"|\bon (?:netflix|prime|disney|hulu|max|apple)\b|(?:哪里?|哪儿|什么平台|哪个平台)[^，。]{0,4}(?:看|买|找)",
            re.IGNORECASE,
        ),
        ("availability", "streaming", "providers"),
        ("where to find {}", "在哪里能找到{}"),
    ),
    (
        re.compile(
            r"\brat(?:ing|ings|ed)\b(?! r\b)|\bscored?\b|\bstars\b(?! in)|\breviews?\b|评分|评价|几分|口碑", re.I
        ),
        RATING,
        ("how {} is rated", "{}的评分"),
    ),
    (
        re.compile(
            r"\b(?:ok(?:ay)?|fine|suitable|appropriate|safe|right|good|too \w+) for (?:\w+ ){0,3}"
            r"(?:kids?|child(?:ren)?|olds?|toddlers?|teens?|teenagers?|family|daughter|son|boy|girl)\b"
            r"|\byear[- ]olds?\b|\bage (?:rating|limit)\b|\brated r\b|适合.{0,8}(?:孩子|小孩|儿童|岁|小朋友)|几岁|分级",
            re.IGNORECASE,
        ),
        ("certificate", "age_rating", "age"),
        ("what age {} is for", "{}适合多大的人看"),
    ),
    (
        re.compile(r"\bblack[\s-]+(?:and|&|n)[\s-]+white\b|\bb\s?&\s?w\b|\bin\s+colou?r\b|黑白|彩色", re.IGNORECASE),
        ("colour", "color"),
        ("whether {} is in colour", "{}是彩色还是黑白"),
    ),
    (
        re.compile(r"\boscars?\b|\bawards?\b|\bprizes?\b|奥斯卡|获奖|奖项", re.IGNORECASE),
        ("awards",),
        ("what prizes {} has won", "{}得过什么奖"),
    ),
)
_HAVE = re.compile(
    r"\b(?:is|are) .{1,60}\b(?:on|in|available)(?: (?:here|there|your \w+|the \w+))?\W*$"
    r"|^\W*(?:(?:and|but|so|ok(?:ay)?|anyway|also)\W+)*"
    r"(?:do (?:you|u) have|have (?:you|u) got|(?:you|u) (?:got|have)|got)\b|你?有没有《|有《.{1,40}》吗",
    re.IGNORECASE,
)
_ASKS = re.compile(r"^\W*(?:and |but |so )*(?:who|where|when|how(?! about)|did|does|is|was|were|has|have|will)\b", re.I)
_QUESTION = re.compile(rf"{_ASKS.pattern}|[?？]\s*$|[吗呢么]\W*$|谁|多少|哪", re.IGNORECASE)
_TELL = re.compile(
    r"\babout\b|\bplot\b|\bstory\b|\btell\b|\bdescri|\bhappens?\b|\bwhat(?:'s| is| was) (?:it|that|this|the)\b"
    r"|\blike\b|\bgood\b|\bmid\b|\bworth\b|讲|介绍|故事|剧情|说说|怎么样|结局|好看|值得",
    re.IGNORECASE,
)
# Which of two: "should I watch X or Y", and with nothing else said "X or Y?".
_THIS_OR_THAT = re.compile(
    r"\b(?:should|shall|do|would|could)\s+(?:i|we|you)\b.*\bor\b|^[^,.;]*\bor\b[^,.;]*[?？]\s*$|还是", re.IGNORECASE
)
_WHICH_FIRST = re.compile(r"\bwhich\b[^.?!]*\b(?:should|shall|first)\b", re.IGNORECASE)
# Said of the cards, though no word points at them: "your favourite?", "which one do you recommend?".
_YOURS = re.compile(
    r"\byour\b|^\W*(?:(?:and|so|ok(?:ay)?)\W+)*which\b|\bpick\s+(?:one|for)\b|\bbetter\s+one\b|哪[一]?[个部]",
    re.IGNORECASE,
)
# An item spoken of in the question itself: "would it do?", and not "something that isn't too scary".
_THAT_ONE = re.compile(
    r"\b(?:is|are|was|would|will|does|do|could|can|might|should)\s+(?:it|this|that)(?:\s+(?:one|film|movie))?\b"
    r"|\b(?:watch|see|handle|take|like|enjoy)\s+(?:it|this|that)\b|[这那][部个]|它",
    re.IGNORECASE,
)
# Asked of an item that is named: "Heat, is it any good?".
_IS_IT_GOOD = re.compile(
    r"\b(?:is|was|are)\s+(?:it|that|this|they)\s+(?:one\s+)?(?:(?:any|really|rly|actually|so|very|also|a)\s+)*(?:good|great|fun|nice|worth\b[\w\s]*|decent)(?:\s+(?:one|film|movie))?\W*$"
    r"|\b(?:any|rly|really|actually|is|it)\s+good\s*[?？]|\bgood\s+or\s+(?:not|bad)\b|\bworth\s+(?:it|watching|seeing|a\s+watch|my\s+time)\s*[?？]"
    r"|好看吗|值得看吗",
    re.IGNORECASE,
)
# Whether an item is one of what was asked for: "do you count it?".
_COUNTS = re.compile(
    r"(?<!than i )\b(?:do|does|did|would|could|can)\b[^.!?]*\b(?:count|call|consider|class|qualify|regard)\b"
    r"|算不?算?",
    re.IGNORECASE,
)

# ... of one that is named: "is Gremlins one?"
_IS_ONE = re.compile(
    r"^\W*(?:(?:and|so|but)\W+)*(?:is|was)\b.*(?<!\bthis)(?<!\bthat)(?<!\bgood)\s+one(?:\s+(?:too|as\s+well|of\s+(?:them|those|these)))?\W*$",
    re.IGNORECASE,
)
_YES_OR_NO = re.compile(r"^\W*(?:(?:and|but|so|ok(?:ay)?|or)\W+)*(?:is|was|are|does|it\s+is|it\s+was)\b", re.IGNORECASE)
_LIKE_IT = re.compile(
    r"\b(?:another|something|anything|others?|more)\b.*\b(?:similar|like\s+(?:it|that|this))\b", re.IGNORECASE
)
_ALIKE = re.compile(
    r"\W*(?:(?:and|but|so)\W+)*(?:is|was)\s+it\s+(?:\w+\s+)?(?:similar|alike|the\s+same|like\s+(?:it|that))(?:\s+to\s+\w+)?\W*",
    re.IGNORECASE,
)
# A question about how an item is without its mark: "any sex scenes", "heat is it sad".
_OF_HOW_IT_IS = re.compile(r"\b(?:(?:is|are|was|does|do|has|how|or)\b|any\s)|\bmore\s+\w+\s+than\b", re.IGNORECASE)
_COMPARES = re.compile(r"\b(?:more|less|better|best|compared|which\s+(?:should|shall|would))\b", re.IGNORECASE)
_WHY = re.compile(r"\bwhy\b|\bhow\s+come\b|\bexplain\b|\bwhat\s+made\b", re.IGNORECASE)


class Questions:
    """Answers questions over one catalogue; `facets` knows what people call its values."""

    def __init__(self, presenter: Presenter, facets: FacetLinker) -> None:
        self._present = presenter
        self._facets = facets
        self._catalogue = presenter.catalogue
        self._superlatives = Superlatives(presenter.catalogue)
        self.feeling = Feeling(presenter, facets)
        self._tagged = Tagged(presenter, facets, self.feeling)
        self.meanings = Meanings(presenter, facets)
        self.sequels = Sequels(presenter, facets)
        self.which, self.suits = self._tagged.which, self._tagged.suits

    def settle(self, message: str, plan: TurnPlan, shown: int) -> TurnPlan:
        """The plan of a message, as a question about items where it is one that a reader takes for a wish.

        Args:
            shown: how many cards are on the screen.
        """
        message = message[: cues.LONGEST_QUESTION]
        if plan.intent is Intent.REFINE and plan.wanted and says_what_is_missed(message):
            return plan  # "none of these are funny" asks nothing of them
        plan = self._with_questions(message, plan, shown)
        places = plan.refers_to or pointing.references(message)
        if not plan.mentions and self.meanings.asked(message):
            return plan.model_copy(update={"intent": Intent.EXPLAIN})
        pointed = bool(plan.mentions or places or (shown and _THAT_ONE.search(message)))
        if pointed and self._tagged.asks_suits(message) and not self._tagged.asks_which(message, plan):
            where = [] if plan.mentions else [place for place in places if place] or [0]
            return plan.model_copy(update={"intent": Intent.ABOUT_ITEM, "refers_to": where})
        judged = _IS_IT_GOOD.search(message) or (shown and _COUNTS.search(message))
        if judged and len(plan.mentions) == 1 and plan.mentions[0].stance is not Stance.SIMILAR_TO:
            # Nothing is said of the item yet, and it is no other one that is asked about.
            mentions = [plan.mentions[0].model_copy(update={"stance": Stance.NEUTRAL})]
            return plan.model_copy(update={"intent": Intent.ABOUT_ITEM, "refers_to": [], "mentions": mentions})
        if self._asks_to_choose(message, plan, bool(shown)):
            return plan.model_copy(update={"intent": Intent.COMPARE, "refers_to": [place for place in places if place]})
        asked = self._asks_for_most(message) if shown and not plan.mentions else None
        # With two of them "the shorter one" is a question without a question mark, too.
        asks = shown == 2 or bool(re.match(r"\W*(?:(?:and|so|ok)\W+)?what", message, re.IGNORECASE))
        rest = asked.sub("", message, count=1).rstrip(" .!") + "?" * asks if asked else ""
        if asked and (_of_these(message) or _NOTHING_ELSE.fullmatch(rest)):
            # No item in focus is meant: they are compared.
            return plan.model_copy(update={"intent": Intent.COMPARE, "refers_to": [place for place in places if place]})
        if plan.intent in (Intent.EXPLAIN, Intent.ABOUT_ITEM) or (plan.intent is Intent.COMPARE and len(places) != 1):
            return plan
        asks = any(asked.search(message) for asked, _, _ in _TOPICS)
        asks = asks or bool(_ASKS.search(message) and not (plan.wanted or plan.unwanted or plan.ranges))
        focus = cues.FOCUS.search(message) and not cues.WANTS_LIST.search(message)
        pointed = bool(places) or bool(shown and focus and message.rstrip().endswith(("?", "？")))
        if asks and pointed and not plan.mentions and plan.intent not in (Intent.MORE_LIKE, Intent.FEEDBACK):
            return plan.model_copy(update={"intent": Intent.ABOUT_ITEM, "refers_to": places or [0]})
        return plan

    def wanted_in(self, question: str, message: str, plan: TurnPlan) -> list[str]:
        """The qualities that one question of a message is about; what is said beside it is not asked."""
        here, said = question.casefold(), message.casefold()
        wanted = [phrase for phrase in plan.wanted if phrase.casefold() in here or phrase.casefold() not in said]
        if wanted or not _YES_OR_NO.search(question):
            return wanted
        return [span.text.lower() for span in self._facets.find(question)]

    def _with_questions(self, message: str, plan: TurnPlan, shown: int) -> TurnPlan:
        """A plan whose intent is the question that a message ends with, whatever is told before it."""
        asked = questions(message, plan.mentions)
        if not asked:
            return plan
        last = asked[-1]
        if len(plan.mentions) > 1 and last.names and len(last.mentions) == 1 and _ALIKE.fullmatch(last.text):
            return plan.model_copy(update={"intent": Intent.COMPARE})  # "I loved Heat. Is Ronin similar?"
        others = plan.intent in (Intent.FEEDBACK, Intent.ABOUT_ITEM) and _LIKE_IT.search(last.text)
        if others and last.last and not last.names:  # "That's the one. Is there another comedy like that?"
            pointed = [] if plan.mentions else plan.refers_to or [0]
            return plan.model_copy(update={"intent": Intent.MORE_LIKE, "refers_to": pointed})
        asks = last.last and (last.plain or self.sequels.asked(last.text))
        if not asks or not (last.mentions or shown):
            return plan
        if plan.intent is Intent.EXPLAIN and _WHY.search(message):
            return plan
        if last.mentions:
            # What is asked of an item says nothing of how it was.
            open_ = {m.id for question in asked if question.names and question.opens for m in question.mentions}
            mentions = [m.model_copy(update={"stance": Stance.NEUTRAL}) if m.id in open_ else m for m in plan.mentions]
            return plan.model_copy(update={"intent": Intent.ABOUT_ITEM, "mentions": mentions})
        if plan.mentions or (plan.intent is Intent.RECOMMEND and plan.wanted):
            return plan
        return plan.model_copy(update={"intent": Intent.ABOUT_ITEM, "refers_to": plan.refers_to or [0]})

    def _asks_to_choose(self, message: str, plan: TurnPlan, shown: bool) -> bool:
        """Whether a message asks which of several items to take, or which of those shown has something."""
        named = len(plan.mentions) > 1 or len([place for place in plan.refers_to if place]) > 1
        if named and self.asks_advice(message):
            return True
        if not shown or plan.mentions:
            return False
        if self._tagged.asks_which(message, plan):
            return True
        empty = not (plan.wanted or plan.unwanted or plan.ranges or plan.query)
        return bool(cues.CHOOSE.search(message)) and (_of_these(message) or (empty and bool(_YOURS.search(message))))

    def asks_advice(self, message: str) -> bool:
        """Whether a message that names several items asks which of them to take."""
        return any(asked.search(message) for asked in (cues.CHOOSE, _THIS_OR_THAT, _WHICH_FIRST))

    def most(
        self, message: str, items: Sequence[ItemRecord], language: Language
    ) -> tuple[str, list[ItemRecord]] | None:
        """Which of the items has the most or least of what a superlative asks for, and its figure.

        Returns:
            The answer and the items it names; None for a message without a superlative.
        """
        most = self._superlatives.find(message)
        if not items or not self._asks_for_most(message):
            return None
        if most is None:
            return self._most_tagged(message, items, language)
        zh = language == "zh"
        facet = self._superlatives.facet(most)
        figures = {item.id: self._figure(item, facet) for item in items} if facet else {}
        known = {item_id: figure for item_id, figure in figures.items() if not math.isnan(figure)}
        if facet is None or not known:
            have = [
                name for name in self._catalogue.numeric if any(not math.isnan(self._figure(i, name)) for i in items)
            ]
            names = [CHINESE_FACETS.get(name, name) if zh else _FIGURES.get(name, name) for name in have]
            if zh:
                return f"我不知道哪一个{most.words[1]}" + (f"，只知道{'、'.join(names)}。" if names else "。"), []
            known_too = f"; I know only their {listed(names)}." if names else "."
            return f"I don't know which is {most.words[0]}{known_too}", []
        best = max(figure * most.sign for figure in known.values()) * most.sign
        winners = [item for item in items if known.get(item.id) == best]
        names = [self._present.name(item, language) for item in winners]
        figure = self._present.figure(facet, best, language)
        missing = len(items) - len(known)
        if zh:
            rest = f"（{missing}个的数据未知）" if missing else ""
            among = f"这{len(items)}{self._present.noun(language)}里"
            return f"{among}{most.words[1]}的是{'和'.join(names)}：{figure}{rest}。", winners
        among = f"of these {len(items)}" if len(items) > 1 else "(and the only one) here"
        rest = f"; of {missing} I don't know it" if missing else ""
        if len(winners) > 1:
            return f"{listed(names)} are {most.words[0]} {among}: {figure} each{rest}.", winners
        return f"{names[0]} is {most.words[0]} {among}: {figure}{rest}.", winners

    def _most_tagged(
        self, message: str, items: Sequence[ItemRecord], language: Language
    ) -> tuple[str, list[ItemRecord]]:
        """Which of the items is most of what "the funniest" asks for; in Chinese those that are tagged so."""
        asked = _DEGREE.search(message)
        assert asked is not None
        word = asked["est"] or asked["word"] or asked["zh"]
        if language == "en":
            if (trait := self.feeling.asked_of_several(message)) is None:
                return "I can't tell: what I have on them does not say.", []
            return self.feeling.most(message, trait, items)
        values = self._facets.link(word)
        degrees = [self._catalogue.prominence(value) for value in values]
        place = self._catalogue.position
        degree = {item.id: max((float(d[place[item.id]]) for d in degrees), default=0.0) for item in items}
        found = sorted((item for item in items if degree[item.id]), key=lambda item: -degree[item.id])
        unknown = f"我不知道哪一个最{word}"
        if not values:
            return f"{unknown}。", []
        tag = "、".join(dict.fromkeys(self._present.value(value.value, language) for value in values))
        if len(found) in (0, len(items)):
            return f"{unknown}，它们{'都有' if found else '都没有'}“{tag}”的标签。", []
        names = "、".join(self._present.name(item, language) for item in found)
        told = f"这{len(items)}{self._present.noun(language)}里，有“{tag}”标签的是{names}"
        return f"{told}，另外{len(items) - len(found)}个没有。", found

    def compared(
        self, message: str, items: Sequence[ItemRecord], language: Language
    ) -> tuple[str, list[ItemRecord]] | None:
        """Which of the items has more of a trait, for who compares them by it; None for other questions."""
        trait = self.feeling.asked_of_several(message) if language == "en" and len(items) > 1 else None
        if trait is None or trait.is_thing:
            return None
        compares = message[: trait.end].endswith("er") or _COMPARES.search(message) or self.asks_advice(message)
        return self.feeling.most(message, trait, items) if compares else None

    def fact(
        self, item: ItemRecord, message: str, plan: TurnPlan, language: Language, wished: Sequence[str] = ()
    ) -> str | None:
        """The answer to a question of one item that its description does not answer; None where that should be told.

        The fact if the catalogue holds it, or in one sentence that it is not known, and what is.

        Args:
            wished: what is asked for already, for "does that count?".
        """
        zh = language == "zh"
        name = self._present.name(item, language)
        for asked, facets, unknown in _TOPICS:
            if asked.search(message):
                values = [value for facet in facets for value in self._catalogue.values_of(item, facet)]
                if values:
                    return f"{name}：{'、'.join(values)}。" if zh else f"{name}: {listed(values)}."
                return self._unknown(unknown[zh].format(name), item, language)
        counts = bool(_COUNTS.search(message)) or bool(plan.mentions and _IS_ONE.search(message))
        asked_for = plan.wanted or (wished if counts else [])
        if not zh and (told := self._feels(item, message, asked_for, counts)):
            return told
        meant = [value for phrase in asked_for for value in self._facets.link(phrase)]
        somebody = bool(meant) and self._facets.names_somebody(meant)
        if (zh or somebody) and asked_for and (_QUESTION.search(message) or counts):
            held = [v.value for v in meant if v.value in self._catalogue.values_of(item, v.facet)]
            if held:
                tags = [self._present.value(value, language) for value in dict.fromkeys(held)]
                return f"是的，{name}的标签里有{'、'.join(tags)}。" if zh else f"Yes: {name} has {listed(tags)}."
            if zh:
                return f"{name}没有“{'、'.join(asked_for)}”的标签{self._known(item, language)}"
            return f"{listed(asked_for).title()} is not among those named for {name}{self._known(item, language)}"
        if plan.mentions and _HAVE.search(message):
            facts = ("，" if zh else ", ").join(self._present.facts(item, language))
            return f"有的，{name}：{facts}。" if zh else f"Yes, {name} is here: {facts}."
        if _QUESTION.search(message) and not _TELL.search(message):
            return self._unknown(f"{name}的这一点" if zh else f"that about {name}", item, language)
        return None

    def _feels(self, item: ItemRecord, message: str, asked_for: Sequence[str], counts: bool) -> str:
        """How an item is, for who asks that in English; "" for other questions, and for those of people."""
        if not (counts or _QUESTION.search(message) or _OF_HOW_IT_IS.search(message)):
            return ""
        return self.feeling.told(item, message, asked_for)

    def of_any(self, message: str, language: Language) -> str:
        """That a fact which is asked for is known of no item; "" where no such fact is asked for."""
        noun = self._present.noun(language) if language == "zh" else f"any {self._present.noun(language, 1)}"
        known = {*self._catalogue.categorical, *self._catalogue.numeric}
        for asked, facets, unknown in _TOPICS:
            if asked.search(message) and not known.intersection(facets):
                what = unknown[language == "zh"].format(noun)
                return f"我不知道{what}。" if language == "zh" else f"I don't know {what}."
        return ""

    def _unknown(self, what: str, item: ItemRecord, language: Language) -> str:
        return (f"我不知道{what}" if language == "zh" else f"I don't know {what}") + self._known(item, language)

    def _known(self, item: ItemRecord, language: Language) -> str:
        facts = self._present.facts(item, language)
        facts += [self._present.value(value, language) for value in self._catalogue.values_of(item, "moods")[:3]]
        if not facts:
            return "。" if language == "zh" else "."
        return f"，只知道：{'，'.join(facts)}。" if language == "zh" else f"; I know: {', '.join(facts)}."

    def _asks_for_most(self, message: str) -> re.Pattern[str] | None:
        """How a message asks for the most of something; None where it does not."""
        most = self._superlatives.find(message)
        degree = None if most else _DEGREE.search(message)
        if degree and degree["word"] and self._facets.names_somebody(self._facets.link(degree["word"])):
            return None  # "more Truffaut?" wants others
        return most.asked if most else _DEGREE if degree else None

    def _figure(self, item: ItemRecord, facet: str) -> float:
        return float(self._catalogue.numeric[facet][self._catalogue.position[item.id]])


def _of_these(message: str) -> bool:
    return bool(_OF_THESE.search(message)) and not _OF_ALL.search(message)
