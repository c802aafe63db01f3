"""Answers about items that are shown or named: why one is there, what it is, how several differ, which to take.

What it answers with is the work of `questions` and `item_replies`; here is decided which items are meant, and by whom a
question is answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.answers.item_replies import ItemReplies
from agents.answers.questions import Questions
from agents.language import cues
from agents.plan import Intent, TurnPlan
from agents.reading.asked import Question, only_named, questions, without_titles
from agents.replies.present import Language, Presenter
from agents.replies.small_talk import SmallTalk
from agents.state.taste import Taste, TasteKeeper
from recommender.serving.rank import Recommender
from recommender.serving.request import Pick, Reason, Request
from storage.records import ItemRecord

_EXAMPLES = 3  # of what a word stands for


@dataclass
class Answer:
    """What a turn shows and says, before the words are told."""

    picks: Sequence[Pick]
    template: str
    steps: list[dict[str, Any]]
    chips: list[dict[str, str]]
    explain: bool = False  # whether the model may put it into words
    note: str = ""  # said before the words, whoever tells them
    question: str = ""  # said after the words, whoever told them
    facet: str = ""  # what the question is about


class About:
    """Answers the turns over one catalogue that rank nothing."""

    def __init__(
        self,
        recommender: Recommender,
        keeper: TasteKeeper,
        presenter: Presenter,
        questions: Questions,
        items: ItemReplies,
        small_talk: SmallTalk,
    ) -> None:
        self._recommender = recommender
        self._catalogue = recommender.catalogue
        self._keeper = keeper
        self._present = presenter
        self._questions = questions
        self._items = items
        self._small_talk = small_talk

    def answer(
        self,
        message: str,
        plan: TurnPlan,
        request: Request,
        taste: Taste,
        last_cards: Sequence[dict[str, Any]],
        language: Language,
    ) -> Answer:
        """The answer to a question.

        Args:
            request: what is asked for after this turn. taste: what held before it. last_cards: those on the screen.
        """
        message = message[: cues.LONGEST_QUESTION]
        if not plan.mentions and (word := self._questions.meanings.asked(message)):
            return self._meaning(word, language)
        if taste.found_nothing and not (plan.mentions or taste.focus) and plan.refers_to in ([], [0]):
            return Answer((), self._small_talk.nothing_shown(language), [], [])
        asked = questions(message, plan.mentions) if plan.intent is Intent.ABOUT_ITEM else []
        about = [i for question in asked for mention in question.mentions for i in mention.ids]
        ids = [i for i in dict.fromkeys(about or self._keeper.meant(taste, plan)) if i in self._catalogue]
        if series := self._series(asked, ids, last_cards, language):
            return series
        on_screen = [self._catalogue[i] for i in ids or taste.last_shown if i in self._catalogue]
        if plan.intent is not Intent.EXPLAIN and (found := self._of_these(message, plan, on_screen, language)):
            return Answer([self.pick(item.id, last_cards) for item in found[1]], found[0], [], [])
        if not ids and plan.intent is Intent.EXPLAIN:
            ids = taste.last_shown[:1]
        if not ids and plan.intent is Intent.COMPARE and len(taste.last_shown) == 2:
            ids = taste.last_shown
        if not ids and on_screen and cues.CHOOSE.search(message):
            first = self._ranked(on_screen, request)[0]
            item = self._catalogue[first.item_id]
            met = self._items.met(item, request, language)
            place = taste.last_shown.index(item.id) + 1
            return Answer([first], self._items.start_with(item, place, first.reasons, language, met), [], [])
        if not ids or (plan.intent is Intent.COMPARE and len(ids) < 2):
            unknown = self._questions.of_any(message, language)
            return Answer((), unknown or self._small_talk.unclear(language, bool(taste.last_shown)), [], [])
        items = [self._catalogue[i] for i in ids[:3]]
        if plan.intent is Intent.COMPARE and self._questions.asks_advice(message):
            return self._advice(items, request, language)
        picks = [self.pick(item.id, last_cards) for item in items]
        if plan.intent is Intent.EXPLAIN:
            shown = {*(card["id"] for card in last_cards), *taste.shown, *taste.last_shown}
            text = " ".join(
                self._items.why(
                    item, pick.reasons, item.id in shown, language, self._items.met(item, request, language)
                )
                for item, pick in zip(items, picks, strict=True)
            )
            return Answer([pick for pick in picks if pick.item_id in shown], text, [], [])
        if plan.intent is Intent.COMPARE:
            text = self._items.compare(items, language)
        else:
            wished = [quality.label for quality in request.wanted if quality.values]
            told = [self._told(item, message, asked, plan, language, wished) for item in items[:2]]
            text = ("" if language == "zh" else " ").join(dict.fromkeys(told))
        return Answer(picks, text, [], [])

    def _told(
        self,
        item: ItemRecord,
        message: str,
        asked: Sequence[Question],
        plan: TurnPlan,
        language: Language,
        wished: Sequence[str],
    ) -> str:
        """The answers to all that a message asks of an item, each by itself."""
        if suits := self._questions.suits(item, message, plan, language):
            more = [self._items.asked(item, question.text, language) for question in asked]
            return " ".join(dict.fromkeys([suits, *filter(None, more)]))
        if only_named(message, plan.mentions):
            return self._items.about(item, "", language)
        of_it = [q.text for q in asked if not q.mentions or any(item.id in mention.ids for mention in q.mentions)]
        told = []
        for part in of_it or [without_titles(message, plan.mentions) if language == "en" else message]:
            its = plan.model_copy(update={"wanted": self._questions.wanted_in(part, message, plan)})
            told.append(
                self._items.asked(item, part, language)
                or self._questions.fact(item, part, its, language, wished)
                or self._items.about(item, part, language)
            )
        return " ".join(dict.fromkeys(told))

    def _series(
        self, asked: Sequence[Question], ids: Sequence[str], last_cards: Sequence[dict[str, Any]], language: Language
    ) -> Answer | None:
        """Whether the item before or after another is here, for who asks for it."""
        for question in asked if ids else ():
            if found := self._questions.sequels.told(self._catalogue[ids[-1]], question.text, language):
                return Answer([self.pick(item.id, last_cards) for item in found[1]], found[0], [], [])
        return None

    def _of_these(
        self, message: str, plan: TurnPlan, items: Sequence[ItemRecord], language: Language
    ) -> tuple[str, list[ItemRecord]] | None:
        """Which of the items has the most of something, or has something at all."""
        for mention in plan.mentions:
            message = message.replace(mention.text, "")  # *North by Northwest* is no superlative
        most = self._questions.most(message, items, language)
        if most is not None and (len(items) > 1 or plan.intent is Intent.COMPARE):
            return most
        if plan.intent is not Intent.COMPARE:
            return None
        compared = self._questions.compared(message, items, language)
        return compared or self._questions.which(message, plan, items, language)

    def _meaning(self, word: str, language: Language) -> Answer:
        quality = self._questions.meanings.quality(word)
        picks = self._recommender.recommend(Request(wanted=(quality,), k=_EXAMPLES)).picks if quality else ()
        text = self._questions.meanings.told(word, [self._catalogue[pick.item_id] for pick in picks], language)
        return Answer(picks, text, [], [])

    def _advice(self, items: Sequence[ItemRecord], request: Request, language: Language) -> Answer:
        """Which of several items to take, why, and in what the others differ."""
        picks = self._ranked(items, request)
        first, *others = [self._catalogue[pick.item_id] for pick in picks]
        met = self._items.met(first, request, language)
        return Answer(picks, self._items.take(first, others, picks[0].reasons, language, met), [], [])

    def _ranked(self, items: Sequence[ItemRecord], request: Request) -> list[Pick]:
        """The items as the ranking puts them for this wish: those that meet all of it, then the others."""
        ids = [item.id for item in items]
        others = frozenset(item.id for item in self._catalogue.items).difference(ids)
        request = replace(
            request, exclude=others, k=len(ids), order=None,
            history=tuple(i for i in request.history if i not in ids),
            similar_to=tuple(i for i in request.similar_to if i not in ids),
        )  # fmt: skip
        picks = [*self._recommender.recommend(request).picks]
        for free in (replace(request, bounds=(), unwanted=()), replace(request, bounds=(), unwanted=(), wanted=())):
            found = {pick.item_id for pick in picks}
            if len(found) < len(ids):
                picks += [pick for pick in self._recommender.recommend(free).picks if pick.item_id not in found]
        found = {pick.item_id for pick in picks}
        return [*picks, *(Pick(item_id, 0.0, {}) for item_id in ids if item_id not in found)]

    def pick(self, item_id: str, last_cards: Sequence[dict[str, Any]]) -> Pick:
        """An item that was asked about, with the reasons that its card had."""
        card = next((card for card in last_cards if card["id"] == item_id), {})
        reasons = tuple(
            Reason(r["kind"], r["ref"], _reason_text(r))
            for r in card.get("reasons", [])
            # An import since then may have taken the item that a reason names.
            if r["kind"] not in ("history", "similar") or r["ref"] in self._catalogue
        )
        return Pick(item_id, 0.0, {}, reasons)


def _reason_text(reason: dict[str, Any]) -> str:
    """A stored reason back in its own words: cards hold it in the language of that turn."""
    if reason["kind"] == "facet":
        return str(reason["ref"]).partition(":")[2]
    return str(reason["ref"]) if reason["kind"] == "popular" else str(reason["text"])
