"""First cards from one sentence: what a model proposes is linked, leans the ranking, and constrains nothing."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from agents.controller import Context, Controller, Finished, Words
from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.llm.clients import LanguageModel, OpenAIModel
from agents.plan import Intent, Mention, Message, TurnPlan
from agents.policy.coldstart import ColdStart, Proposal, is_cold, warmed
from agents.reading.readers import LLMReader
from agents.reading.rules import RuleReader
from agents.replies.present import Presenter
from agents.state.taste import Profile, Taste, TasteKeeper
from recommender.catalogue import Catalogue
from recommender.serving.rank import Recommender
from recommender.serving.recall import Recall
from recommender.serving.request import Request
from tests.agents.talk import Talk, Turn
from tests.doubles import Mode, ScriptedModel, TableModel
from tests.fakes.openai_server import FakeOpenAI

SENTENCE = "home alone this evening and I would like my nerves tested"
GUESS = {"titles": ["Alien", "The Thing", "Predator"], "qualities": ["tense", "scary"]}

Using = Callable[..., Controller]


class Guesses(ScriptedModel):
    """Answers a guess with `guess`, whatever that is, and fails as its mode says."""

    def __init__(self, guess: Any, mode: Mode = "words", pause_s: float = 0.05) -> None:
        super().__init__(mode, pause_s=pause_s)
        self.guess = guess
        self.guessed = 0

    async def complete_json(self, messages: list[BaseMessage], schema: dict[str, Any], max_tokens: int) -> Any:
        answer = await super().complete_json(messages, schema, max_tokens)
        properties: Any = schema["properties"]
        if "titles" not in properties:
            return answer
        self.guessed += 1
        return self.guess if self.mode in ("words", "slow") else answer


@pytest.fixture
def using(
    titles: TitleLinker,
    rules: RuleReader,
    facets: FacetLinker,
    keeper: TasteKeeper,
    recommender: Recommender,
    presenter: Presenter,
) -> Using:
    """A controller that reads by rules and asks the given model for a guess."""

    def build(model: LanguageModel | None, timeout_s: float = 1.5) -> Controller:
        cold = ColdStart(model, titles, facets, "films", timeout_s) if model else None
        return Controller(rules, keeper, recommender, presenter, cold_start=cold)

    return build


@pytest.fixture
async def without(using: Using) -> Turn:
    """The turn as it is without a model."""
    return await Talk(using(None)).say(SENTENCE)


def guess_step(turn: Turn) -> dict[str, Any] | None:
    return next((step for step in turn.shown.steps if step["name"] in ("Guessed", "猜测")), None)


def genres(demo: Catalogue, ids: list[str]) -> list[set[str]]:
    return [set(demo.values_of(demo[item_id], "genres")) for item_id in ids]


async def test_a_guess_leans_the_first_cards(
    titles: TitleLinker, rules: RuleReader, facets: FacetLinker, keeper: TasteKeeper, recommender: Recommender,
    presenter: Presenter, demo: Catalogue,
) -> None:  # fmt: skip
    kinds = genres(demo, [item.id for item in demo.items])
    table = [[len(mine & theirs) for theirs in kinds] for mine in kinds]
    student = TableModel([item.id for item in demo.items], table)
    taught = Recommender(Recall(demo, recommender.recall.retriever, student))
    plain = await Talk(Controller(rules, keeper, taught, presenter)).say(SENTENCE)
    cold = ColdStart(Guesses(GUESS), titles, facets, "films")
    turn = await Talk(Controller(rules, keeper, taught, presenter, cold_start=cold)).say(SENTENCE)
    assert len(turn.ids) == 5 and len(set(turn.ids)) == 5
    scary = [sum("horror" in kinds for kinds in genres(demo, shown.ids)) for shown in (turn, plain)]
    assert scary[0] >= 3 > scary[1]
    step = guess_step(turn)
    assert step is not None and all(name in step["detail"] for name in ("Alien", "Predator", "tense", "scary"))
    assert guess_step(plain) is None


async def test_what_was_guessed_is_neither_a_reason_nor_kept(using: Using) -> None:
    turn = await Talk(using(Guesses(GUESS))).say(SENTENCE)
    assert all(r["kind"] not in ("history", "similar") for card in turn.shown.cards for r in card["reasons"])
    taste = turn.shown.taste
    assert not (taste.liked or taste.similar_to or taste.wanted or taste.bounds)


async def test_what_was_asked_for_holds_against_the_guess(using: Using, demo: Catalogue) -> None:
    message = "a french film from before 1970"
    turn = await Talk(using(Guesses(GUESS))).say(message)
    plain = await Talk(using(None)).say(message)
    assert guess_step(turn) is not None and len(turn.ids) == 5
    for item_id in turn.ids:
        assert demo[item_id].attributes["year"] < 1970
    fits = [turn.words.split(";")[0].split(".")[0], plain.words.split(";")[0].split(".")[0]]
    assert fits[0] == fits[1]  # as many fit as without a guess


async def test_a_film_that_was_guessed_and_fits_may_be_shown(using: Using) -> None:
    titles = ["Alien", "Aliens", "The Thing", "Predator", "Event Horizon"]
    turn = await Talk(using(Guesses({"titles": titles, "qualities": ["scary"]}))).say(SENTENCE)
    assert set(turn.titles) & set(titles)


@pytest.mark.parametrize(
    "guess",
    [
        {"titles": ["The Teapot Conspiracy", "Zebra Dentists of Mars"], "qualities": ["xyzzyish"]},
        {"titles": [], "qualities": []},
        {"titles": "Alien", "qualities": {"a": 1}},
        {"titles": [1, None, ["Alien"], "", "x" * 500], "qualities": [True]},
        ["Alien"], "Alien", None, 7, {},
    ],
)  # fmt: skip
async def test_what_the_catalogue_does_not_have_changes_nothing(using: Using, without: Turn, guess: Any) -> None:
    turn = await Talk(using(Guesses(guess))).say(SENTENCE)
    assert (turn.shown.cards, turn.words) == (without.shown.cards, without.words)


async def test_what_was_dropped_is_said(using: Using) -> None:
    turn = await Talk(using(Guesses({"titles": ["Alien", "The Teapot Conspiracy"], "qualities": ["xyzzyish"]}))).say(
        SENTENCE
    )
    step = guess_step(turn)
    assert step is not None
    used, dropped = step["detail"].split("not in the catalogue")
    assert "Alien" in used and "Teapot" not in used
    assert "The Teapot Conspiracy" in dropped and "xyzzyish" in dropped


@pytest.mark.parametrize("mode", ["raises", "hangs", "junk", "endless"])
async def test_a_model_that_fails_delays_the_cards_by_no_more_than_the_limit(
    using: Using, without: Turn, mode: Mode
) -> None:
    started = time.perf_counter()
    turn = await Talk(using(Guesses(GUESS, mode), timeout_s=0.3)).say(SENTENCE)
    assert time.perf_counter() - started < 2.0
    assert (turn.shown.cards, turn.words) == (without.shown.cards, without.words)
    step = guess_step(turn)
    assert step is not None and "language model" in step["detail"]


async def test_only_at_the_start_and_only_for_a_request(using: Using) -> None:
    for message in ("hello", "who directed Alien?", "something like Jaws", "I loved Alien, what else?", "I hated Cats"):
        model = Guesses(GUESS)
        await Talk(using(model)).say(message)
        assert model.guessed == 0, message
    model = Guesses(GUESS)
    talk = Talk(using(model))
    await talk.say(SENTENCE)
    assert model.guessed == 1
    await talk.say("I'm looking for a western, please")
    assert model.guessed == 1
    for known in (Profile(liked=["alien-1979"]), Profile(disliked=["alien-1979"]), Profile(seen=["alien-1979"])):
        model = Guesses(GUESS)
        await Talk(using(model), known).say(SENTENCE)
        assert model.guessed == 0


async def test_a_model_that_failed_to_read_is_not_asked_to_guess(
    using: Using, titles: TitleLinker, rules: RuleReader, facets: FacetLinker, keeper: TasteKeeper,
    recommender: Recommender, presenter: Presenter,
) -> None:  # fmt: skip
    model = Guesses(GUESS, "raises")
    reader = LLMReader(model, titles, rules)
    controller = Controller(
        reader, keeper, recommender, presenter, cold_start=ColdStart(model, titles, facets, "films")
    )
    turn = await Talk(controller).say(SENTENCE)
    assert turn.shown.reading.note and len(model.prompts) == 1 and len(turn.ids) == 5


async def test_a_model_slow_at_every_call_does_not_use_up_the_limit_of_each(
    titles: TitleLinker, rules: RuleReader, facets: FacetLinker, keeper: TasteKeeper, recommender: Recommender,
    presenter: Presenter,
) -> None:  # fmt: skip
    model = Guesses(GUESS, "slow", pause_s=1.8)
    cold = ColdStart(model, titles, facets, "films")
    controller = Controller(LLMReader(model, titles, rules), keeper, recommender, presenter, model, cold_start=cold)
    started = time.perf_counter()
    seconds: dict[type, float] = {}
    async for part in controller.turn(SENTENCE, Context()):
        seconds.setdefault(type(part), time.perf_counter() - started)
    assert isinstance(part, Finished) and part.note == "the language model was too slow"
    assert len(model.prompts) == 3 and seconds[Words] < 3.0


async def test_whoever_stops_waiting_ends_the_call(using: Using) -> None:
    controller = using(Guesses(GUESS, "hangs"), timeout_s=30.0)

    async def first() -> None:
        async for _ in controller.turn(SENTENCE, Context()):
            pass

    task = asyncio.create_task(first())
    await asyncio.sleep(0.05)
    task.cancel()
    started = time.perf_counter()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.perf_counter() - started < 2.0


@pytest.mark.parametrize(
    ("cold", "plan", "history", "taste", "profile"),
    [
        (True, TurnPlan(), [], Taste(), Profile()),
        (True, TurnPlan(wanted=["scary"]), [], Taste(), Profile()),
        (False, TurnPlan(intent=Intent.CHAT), [], Taste(), Profile()),
        (False, TurnPlan(), [Message(role="user", text="hi")], Taste(), Profile()),
        (False, TurnPlan(mentions=[Mention(text="Alien")]), [], Taste(), Profile()),
        (False, TurnPlan(), [], Taste(seen=["alien-1979"]), Profile()),
        (False, TurnPlan(), [], Taste(), Profile(liked=["alien-1979"])),
    ],
)
def test_who_is_cold(cold: bool, plan: TurnPlan, history: list[Message], taste: Taste, profile: Profile) -> None:
    assert is_cold(plan, history, taste, profile) is cold


def test_an_excluded_guess_is_not_shown_and_nothing_stays_nothing(recommender: Recommender) -> None:
    proposal = Proposal(items=("alien-1979", "predator-1987"))
    request = Request(exclude=frozenset({"alien-1979"}))
    ranking = warmed(recommender, request, recommender.recommend(request), proposal)
    assert "alien-1979" not in [pick.item_id for pick in ranking.picks] and len(ranking.picks) == 5
    everything = Request(exclude=frozenset(recommender.catalogue.position))
    cold = recommender.recommend(everything)
    assert warmed(recommender, everything, cold, proposal) is cold and not cold.picks


class TestServed:
    """Through a real client and a real socket."""

    @pytest.fixture
    async def fake(self) -> AsyncIterator[FakeOpenAI]:
        with FakeOpenAI() as server:
            server.plan = GUESS
            yield server

    async def test_a_good_server(self, using: Using, fake: FakeOpenAI, without: Turn) -> None:
        turn = await Talk(using(OpenAIModel(fake.url, "fake"), timeout_s=10.0)).say(SENTENCE)
        assert turn.ids != without.ids
        (asked,) = fake.asked
        assert asked["response_format"]["json_schema"]["schema"]["properties"].keys() == {"titles", "qualities"}
        assert SENTENCE in json.dumps(asked["messages"])

    @pytest.mark.parametrize("mode", ["hang", "junk", "error", "malformed", "endless", "cut", "dead"])
    async def test_a_bad_server(self, using: Using, fake: FakeOpenAI, without: Turn, mode: Any) -> None:
        if mode == "dead":
            fake.kill()
        else:
            fake.plan_mode = mode
        started = time.perf_counter()
        turn = await Talk(using(OpenAIModel(fake.url, "fake"), timeout_s=0.5)).say(SENTENCE)
        assert time.perf_counter() - started < 3.0
        assert (turn.shown.cards, turn.words) == (without.shown.cards, without.words)
