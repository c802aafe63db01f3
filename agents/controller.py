"""One turn, from message to words: understand, link, update the taste, rank, show, explain.

The controller holds no state about people: what it needs comes in, what changed goes out, and storing is the caller's.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from agents.answers.about import About, Answer
from agents.answers.item_replies import ItemReplies
from agents.answers.questions import Questions
from agents.checking.checker import ReplyChecker, TitleTest
from agents.language import cues
from agents.language.unfilterable import Unfilterable
from agents.llm.budget import selected
from agents.llm.clients import LanguageModel
from agents.plan import Intent, Mention, Message, Reader, Reading, Stance, TurnPlan
from agents.policy.aside import Aside, aside_of, reply_to
from agents.policy.asking import Asker, Question, is_thin, short_answer
from agents.policy.chips import Chips
from agents.policy.choosing import choice, takes
from agents.policy.coldstart import ColdStart, Proposal, is_cold, proposal_step, warmed
from agents.policy.each import loved_by_two, some_for_each, some_of_each
from agents.policy.steps import ranking_steps, read_step
from agents.policy.varied import varied
from agents.reading import pointing
from agents.reading.intents import is_unread
from agents.replies.present import Language, Presenter, language_of
from agents.replies.remembered import remembered
from agents.replies.small_talk import SmallTalk
from agents.replies.telling import Told, tell
from agents.replies.templates import Templates
from agents.state.following import named_in_short, others_like, person_meant
from agents.state.taste import Profile, Taste, TasteKeeper
from agents.text import blanked, plain
from recommender.serving.rank import Recommender
from recommender.serving.request import Request
from storage.records import ItemRecord

_CARDS = 5
# Seconds from the message until the cards are no longer held up for a guess, and until somebody speaks: read, guess and
# first sentence each have a limit, but a model that is slow at all of them may not use up all three.
_CARDS_S, _FIRST_WORD_S = 2.4, 2.6
_RANKING_INTENTS = (Intent.RECOMMEND, Intent.REFINE, Intent.MORE_LIKE, Intent.FEEDBACK)


@dataclass(frozen=True)
class Planned:
    """The message has been read."""

    reading: Reading


@dataclass(frozen=True)
class Shown:
    """The cards, before any words."""

    cards: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    chips: list[dict[str, str]]
    taste: Taste
    reading: Reading
    timings_ms: dict[str, float]


@dataclass(frozen=True)
class Words:
    """A piece of the reply."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The turn is over; `note` says why a template spoke where the model should have."""

    note: str
    steps: list[dict[str, Any]]
    timings_ms: dict[str, float]


Part = Planned | Shown | Words | Finished


@dataclass(frozen=True)
class Context:
    """What the turn builds on: earlier messages, the taste after the last turn, the cards it showed, the profile.

    `undone`: the message that the caller has taken back, when this one asks for that.
    """

    history: list[Message] = field(default_factory=list)
    taste: Taste = field(default_factory=Taste)
    profile: Profile = field(default_factory=Profile)
    last_cards: Sequence[dict[str, Any]] = ()
    undone: str = ""


class Controller:
    """Runs turns over one catalogue.

    Args:
        reader: reads messages into plans. storyteller: puts evidence into words; None for templates only.
        asker: asks back when a request is thin; None for never.
        cold_start: guesses for someone of whom nothing is known; None without a served model.
        unknown: the names in a message that the catalogue does not have, given what is on the screen; None to pass
            over them.
    """

    def __init__(
        self,
        reader: Reader,
        keeper: TasteKeeper,
        recommender: Recommender,
        presenter: Presenter,
        storyteller: LanguageModel | None = None,
        asker: Asker | None = None,
        cold_start: ColdStart | None = None,
        unknown: Callable[[str, Sequence[str]], Sequence[str]] | None = None,
    ) -> None:
        self.reader = reader
        self._keeper = keeper
        self._recommender = recommender
        self._present = presenter
        self._templates, self._small_talk = Templates(presenter), SmallTalk(presenter)
        self._items = ItemReplies(presenter)
        self._chips = Chips(self._templates, keeper.facets)
        self._questions = Questions(presenter, keeper.facets)
        self._about = About(recommender, keeper, presenter, self._questions, self._items, self._small_talk)
        self._storyteller = storyteller
        self._asker = asker
        self._cold_start = cold_start
        self._unknown = unknown
        self._catalogue = recommender.catalogue
        self._unfilterable = Unfilterable(recommender.catalogue)
        self._titles = TitleTest(item.title for item in self._catalogue.items)

    async def turn(self, message: str, context: Context, k: int = _CARDS) -> AsyncGenerator[Part, None]:
        """Run one turn; yields Planned, Shown, Words (many), Finished, in that order."""
        language = language_of(message)
        timings: dict[str, float] = {}
        started = time.perf_counter()
        aside = aside_of(message)
        if aside is Aside.START_OVER:
            context = replace(context, taste=Taste())
        reading = (
            Reading(plan=TurnPlan(intent=Intent.CHAT), source="rules")
            if aside
            else await self._read(message, context, language)
        )
        timings["read"] = _ms(started)
        yield Planned(reading)
        taste = self._keeper.update(context.taste, reading.plan, message)
        thin = is_thin(reading.plan, taste, self._catalogue)
        if thin:
            taste.query = []  # "recommend me a film" is nothing to search by
        request = taste.request(context.profile, k)
        proposal = await self._proposal(message, reading, taste, context, _CARDS_S - _seconds(started))
        if proposal is not None:
            timings["guess"] = proposal.ms
        mark = time.perf_counter()
        # Ranking is array work on one core: in a thread, so that other conversations go on meanwhile.
        answer = await asyncio.to_thread(self._answer, message, reading, taste, request, context, language, proposal)
        if aside is None and self._unknown and (names := self._unknown(message, context.taste.on_screen())):
            answer.note = self._small_talk.not_here(names, language) + answer.note
            if not answer.picks and reading.plan.intent in (Intent.MORE_LIKE, Intent.ABOUT_ITEM, Intent.CHAT):
                answer = await asyncio.to_thread(
                    self._without_it, answer, message, reading, taste, request, context, language
                )
        # Never right after another question, answered or not.
        if thin and self._asker is not None and not context.taste.asking and not cues.ANYTHING.search(plain(message)):
            unread = is_unread(plain(message), reading.plan)
            answer = await asyncio.to_thread(self._with_question, self._asker, answer, taste, request, language, unread)
        timings["rank"] = _ms(mark)
        shown = [pick.item_id for pick in answer.picks]
        if shown and reading.plan.intent in _RANKING_INTENTS:
            taste.last_shown = shown
            taste.shown = [*taste.shown, *shown][-400:]
        if reading.plan.intent in _RANKING_INTENTS:
            taste.found_nothing, taste.focus = bool(answer.steps and not shown), _spoken_of(reading.plan)
        elif shown:
            taste.focus = shown[0] if len(shown) == 1 else ""
            taste.last_shown = taste.last_shown or shown
            if len(shown) > 1 and {mention.id for mention in reading.plan.mentions}.issuperset(shown):
                taste.last_shown = shown  # "X or Y?": these are on the screen now
        if answer.question:
            taste.asking, taste.offered = answer.facet, [chip["message"] for chip in answer.chips]
            taste.asked.append(answer.facet)
        cards = [self._present.card(pick, language) for pick in answer.picks]
        timings["cards"] = _ms(started)
        steps = [read_step(reading, timings["read"], language), *answer.steps]
        yield Shown(cards, steps, answer.chips, taste, reading, dict(timings))
        told = Told(note=reading.note)
        # A model that has just failed to read is not waited for a second time in one turn.
        ready = answer.explain and language == "en" and not reading.note
        model = self._storyteller if ready else None
        evidence = [self._present.evidence(pick) for pick in answer.picks[:3]]
        told_of = {
            self._catalogue[pick.item_id].title: line for pick, line in zip(answer.picks, evidence, strict=False)
        }
        checker = ReplyChecker([message], told_of, self._titles)
        mark = time.perf_counter()
        if answer.note:
            timings["first_word"] = _ms(started)
            yield Words(answer.note)
        # Closed here and now when the person stops, so that the model's stream ends with the turn.
        left = max(0.0, _FIRST_WORD_S - _seconds(started))
        words = tell(model, checker, message, evidence, answer.template, told, reading.asked, left)
        async with aclosing(words) as pieces:
            async for piece in pieces:
                timings.setdefault("first_word", _ms(started))
                yield Words(piece)
        if answer.question:
            yield Words(answer.question)
        timings["words"] = _ms(mark)
        timings["total"] = _ms(started)
        if model is not None:
            steps.append(
                {
                    "name": "Explained" if language == "en" else "说明",
                    "detail": f"{told.by_model} sentences by the model, {told.dropped} dropped by the checker",
                    "ms": timings["words"],
                }
            )
        yield Finished(told.note, steps, timings)

    async def _read(self, message: str, context: Context, language: Language) -> Reading:
        """The reading of a message, in the light of a few earlier ones and of what holds so far."""
        if self._asker is not None and message in context.taste.offered:
            return self._asker.read(message)
        answer = short_answer(message) if context.taste.asking else None
        if answer == "":
            return Reading(plan=TurnPlan(intent=Intent.REFINE), source="rules")
        message = answer or message
        holds = self._templates.constraints(context.taste.request(Profile(), 1), language)
        on_screen = context.taste.on_screen()
        reading = await self.reader.read(message, selected(context.history, message, holds), on_screen)
        plan, cards = reading.plan, len(context.taste.last_shown)
        of_none = plan.intent is Intent.ABOUT_ITEM and not (plan.mentions or plan.refers_to)
        if not (of_none and self._unknown and self._unknown(message, on_screen)):  # else no card is asked about
            plan = self._questions.settle(message, plan, shown=cards)
        about = self._keeper.meant(context.taste, TurnPlan(refers_to=[0]))
        if about and not (plan.mentions or plan.wanted):
            person = person_meant(message, context.history, self._catalogue[about[0]], self._catalogue)
            if person:  # more of them, and so not the same again
                known = Mention(text=self._catalogue[about[0]].title[:200], id=about[0], stance=Stance.SEEN)
                plan = TurnPlan(intent=Intent.RECOMMEND, wanted=[person], mentions=[known])
        shown = [self._catalogue[i] for i in context.taste.last_shown if i in self._catalogue]
        plan = self._two_of_the_shown(message, plan, shown)
        plan = others_like(message, shown, self._keeper.somebody(context.taste)) or plan
        spoken_of = [self._catalogue[i] for i in about]
        plan = choice(message, [*shown, *spoken_of], plan.mentions, context.taste.shown) or plan
        if shown and is_unread(plain(message), plan) and not self._unfilterable.names(message):
            plan = TurnPlan(intent=Intent.CHAT)  # rather a question than the same cards for whatever is said
        if self._keeper.narrows(context.taste, plan, plain(message)):
            plan = plan.model_copy(update={"intent": Intent.REFINE})
        if plan.intent is Intent.REFINE and context.taste == Taste():
            plan = plan.model_copy(update={"intent": Intent.RECOMMEND})  # there is nothing yet to refine
        return reading.model_copy(update={"plan": plan})

    def _two_of_the_shown(self, message: str, plan: TurnPlan, shown: Sequence[ItemRecord]) -> TurnPlan:
        """A comparison of which fewer than two are known, with the cards that it names in short."""
        named = {mention.id for mention in plan.mentions}
        if plan.intent is not Intent.COMPARE or len(named) + len(plan.refers_to) > 1:
            return plan
        found = [item for item in named_in_short(message, shown) if item.id not in named]
        if len(named) + len(found) < 2:
            return plan
        mentions = [Mention(text=mention.text, id=mention.id) for mention in plan.mentions]
        mentions += [Mention(text=item.title[:200], id=item.id) for item in found]
        return TurnPlan(intent=Intent.COMPARE, mentions=mentions)

    async def _proposal(
        self, message: str, reading: Reading, taste: Taste, context: Context, within_s: float
    ) -> Proposal | None:
        # A model that has just failed to read is not waited for a second time in one turn.
        if self._cold_start is None or reading.note:
            return None
        if not is_cold(reading.plan, context.history, taste, context.profile):
            return None
        return await self._cold_start.propose(message, within_s)

    def _answer(
        self,
        message: str,
        reading: Reading,
        taste: Taste,
        request: Request,
        context: Context,
        language: Language,
        proposal: Proposal | None,
    ) -> Answer:
        plan = reading.plan
        if aside := aside_of(message):
            # What was on the screen before the message that is taken back.
            before = taste.last_shown if aside is Aside.UNDO and context.undone else []
            picks = [self._about.pick(item_id, context.last_cards) for item_id in before if item_id in self._catalogue]
            if aside is Aside.NOTED:
                text = remembered(context.taste, context.profile, self._templates, self._present, language)
            else:
                text = reply_to(aside, language, context.undone)
            return Answer(picks, text, [], [])
        if plan.intent is Intent.CHAT:
            return Answer((), self._small_talk.chat(message, language), [], [])
        if plan.intent in (Intent.EXPLAIN, Intent.ABOUT_ITEM, Intent.COMPARE):
            return self._about.answer(message, plan, request, context.taste, context.last_cards, language)
        if plan.intent is Intent.MORE_LIKE and not (request.similar_to or request.query or plan.wanted):
            return Answer((), self._small_talk.unclear(language, bool(context.taste.last_shown)), [], [])
        named = plan.mentions[0].text if len(plan.mentions) == 1 else ""
        if plan.intent is Intent.FEEDBACK and (pointing.chooses(plain(message)) or (named and takes(message, named))):
            chosen = [i for i in self._keeper.meant(context.taste, plan) if i in taste.liked and i in self._catalogue]
            if len(chosen) == 1:
                text = self._items.enjoy(self._catalogue[chosen[0]], _guessed(plan, context.taste), language)
                return Answer([self._about.pick(chosen[0], context.last_cards)], text, [], [])
        if cues.ANYTHING.search(plain(message)) and not (plan.mentions or plan.query or request.order):
            request = replace(request, exclude=request.exclude.union(context.taste.shown))
            known = {*request.exclude, *request.history, *context.profile.liked}
            ranking = varied(self._recommender, request, known)
        else:
            ranking = self._recommender.recommend(request)
        if ranking.picks and (each := next((wish for wish in taste.wanted if wish.each), None)):
            ranking = some_of_each(self._recommender, request, ranking, each)
        elif ranking.picks and (groups := loved_by_two(message, plan.mentions)) and not request.order:
            ranking = some_for_each(self._recommender, request, ranking, groups)
        if not ranking.picks and taste.shown and not taste.repeat:
            # Everything that fits has been shown: rather the same again than nothing.
            taste.repeat = True
            ranking = self._recommender.recommend(taste.request(context.profile, request.k))
        guessed = []
        if proposal is not None:
            ranking = warmed(self._recommender, request, ranking, proposal)
            guessed = [proposal_step(proposal, lambda i: self._title(i, language), language == "zh")]
        steps = [*guessed, *ranking_steps(ranking, self._present.noun(language), language)]
        chips = self._chips.after(ranking, taste, language)
        turn = len(context.history) // 2
        noted = self._noted(plan, context, taste, language, turn)
        template = self._templates.picks(request, ranking, plan, language, noted, turn, taste.repeat)
        note = self._templates.note(taste, language)
        if taste.repeat and ranking.picks and plan.intent is not Intent.FEEDBACK:  # who tells asks for no more
            note = self._small_talk.again(language) + note
        asked_for = blanked(message, [match.span() for match in cues.FORGET.finditer(message)])
        if topics := self._unfilterable.names(asked_for, chinese=language == "zh"):
            note = self._small_talk.cannot(topics, language) + note
        return Answer(ranking.picks, template, steps, chips, explain=bool(ranking.picks), note=note)

    def _without_it(
        self,
        answer: Answer,
        message: str,
        reading: Reading,
        taste: Taste,
        request: Request,
        context: Context,
        language: Language,
    ) -> Answer:
        """The answer to who wants the like of what is not here: what else holds; else what it is to be, asked once."""
        alike = reading.plan.intent is Intent.MORE_LIKE
        if alike and (context.taste.asking or request.wanted or request.unwanted or request.bounds):
            rest = reading.model_copy(update={"plan": reading.plan.model_copy(update={"intent": Intent.RECOMMEND})})
            other = self._answer(message, rest, taste, request, context, language, None)
            return replace(other, note=answer.note + other.note)
        answer = replace(answer, template=self._small_talk.describe_it(language))
        asked = {*taste.asked, *self._catalogue.numeric}  # it was liked for no length and no year
        if self._asker is None or not alike or (question := self._asker.ask(request, [], asked, language)) is None:
            return answer
        return self._asking(answer, self._asker, question, language)

    def _with_question(
        self, asker: Asker, answer: Answer, taste: Taste, request: Request, language: Language, unread: bool
    ) -> Answer:
        """The same answer, with the question that tells most and its answers to tap, where there is one to ask."""
        question = asker.ask(request, [pick.item_id for pick in answer.picks], taste.asked, language)
        if question is None or not answer.picks:
            return answer
        # Few words, and none of the model's: the question should be seen beside the cards, and it is what matters.
        opening = self._small_talk.opening(language, unread)
        asking = self._asking(replace(answer, template=opening, explain=False), asker, question, language)
        return replace(asking, chips=[*asking.chips, answer.chips[0]])

    def _asking(self, answer: Answer, asker: Asker, question: Question, language: Language) -> Answer:
        """An answer that ends with a question, whose answers can be tapped."""
        labels = [choice.label for choice in question.answers]
        asked = self._small_talk.question(asker.kind(question.facet), labels, language)
        chips = [self._chips.answer(choice, language) for choice in question.answers]
        said = asked if language == "zh" else f" {asked}"
        return replace(answer, chips=chips, facet=question.facet, question=said)

    def _noted(self, plan: TurnPlan, context: Context, taste: Taste, language: Language, turn: int) -> str:
        """What this message has told of items."""
        before = context.taste
        # What is ruled out by its name is told as left out.
        unwanted = [mention.id for mention in plan.mentions if mention.stance is Stance.UNWANTED]
        new = [
            (stance, i)
            for stance in ("liked", "disliked", "seen")
            for i in getattr(taste, stance)
            if i not in getattr(before, stance) and i in self._catalogue and i not in unwanted
        ]
        known = {*taste.liked, *taste.disliked, *taste.seen}
        unsaid = [i for i in (*before.liked, *before.disliked) if i not in known and i in self._catalogue]
        # Of a series its name is told, of other items the titles.
        called = {item_id: mention.text for mention in plan.mentions for item_id in mention.ids}
        groups: dict[tuple[str, str], list[str]] = {}
        for stance, i in [*new, *(("unsaid", i) for i in unsaid)]:
            groups.setdefault((stance, called.get(i, i)), []).append(i)
        heard = [(stance, ids, name) for (stance, name), ids in groups.items()]
        return self._templates.noted(heard, _guessed(plan, before), language, turn)

    def _title(self, item_id: str, language: Language) -> str:
        return self._present.title(self._catalogue[item_id], language)


def _guessed(plan: TurnPlan, before: Taste) -> bool:
    """Whether another one than the item in focus may have been meant: nothing was spoken of by itself."""
    return plan.refers_to == [0] and not plan.mentions and not before.focus and len(before.last_shown) > 1


def _spoken_of(plan: TurnPlan) -> str:
    """The item that "it" is after a turn that ranked: the one that was told of by its name."""
    told = plan.mentions[0] if plan.intent is Intent.FEEDBACK and len(plan.mentions) == 1 else None
    return (told.id or "") if told else ""


def _seconds(since: float) -> float:
    return time.perf_counter() - since


def _ms(since: float) -> float:
    return round(_seconds(since) * 1000, 2)
