"""Turns with a language model that may fail, with a person who stops, and with next to nothing to show."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from agents.controller import Context, Controller, Shown, Words
from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.reading.readers import LLMReader
from agents.reading.rules import RuleReader
from agents.replies.present import Presenter
from agents.state.taste import Taste, TasteKeeper
from agents.text import has_cjk
from recommender.catalogue import Catalogue
from recommender.serving.rank import Recommender
from storage.records import ItemRecord
from tests.agents.talk import Talk
from tests.doubles import Mode, ScriptedModel
from tests.doubles import recommender as build_recommender

PLAN: dict[str, Any] = {"intent": "recommend", "wanted": ["scary"], "mentions": [], "ranges": []}
REPLY = "These are scary films."

Build = Callable[[ScriptedModel], Controller]


@pytest.fixture
def using(
    titles: TitleLinker, rules: RuleReader, keeper: TasteKeeper, recommender: Recommender, presenter: Presenter
) -> Build:
    """A controller over the demo that reads and speaks through the given model."""

    def build(model: ScriptedModel) -> Controller:
        return Controller(LLMReader(model, titles, rules, timeout_s=0.2), keeper, recommender, presenter, model)

    return build


async def test_the_models_plan_and_its_checked_words_are_used(using: Build) -> None:
    model = ScriptedModel(plan=PLAN, reply=f"{REPLY} The Teapot Conspiracy is scary too.")
    turn = await Talk(using(model)).say("something scary")
    assert turn.shown.reading.source == "llm"
    assert (turn.words, turn.finished.note) == (REPLY, "")
    assert "1 dropped" in turn.finished.steps[-1]["detail"]


async def test_the_reply_goes_on_from_the_planning_call(using: Build) -> None:
    model = ScriptedModel(plan=PLAN, reply=REPLY)
    await Talk(using(model)).say("something scary")
    planning, telling = model.prompts
    assert telling[: len(planning)] == planning
    plan, picks = telling[len(planning) :]
    assert plan.type == "ai" and json.loads(str(plan.content)) == PLAN
    assert str(picks.content).startswith("Picks:\n- ")


@pytest.mark.parametrize("mode", ["raises", "hangs", "junk", "endless", "wrong", "chinese"])
async def test_whatever_the_model_does_the_turn_is_answered_within_three_seconds(using: Build, mode: Mode) -> None:
    started = time.perf_counter()
    turn = await Talk(using(ScriptedModel(mode, PLAN))).say("something scary")
    assert time.perf_counter() - started < 3.0
    assert len(turn.ids) == 5
    assert turn.words and "Teapot" not in turn.words
    assert turn.finished.note  # said, not hidden
    if mode != "wrong":
        assert turn.shown.reading.source == "rules" and turn.shown.reading.note


async def test_the_cards_do_not_wait_for_the_words(using: Build) -> None:
    times: dict[type, float] = {}
    started = time.perf_counter()
    async for part in using(ScriptedModel("slow", PLAN, REPLY, pause_s=0.1)).turn("something scary", Context()):
        times.setdefault(type(part), time.perf_counter() - started)
    assert times[Words] - times[Shown] >= 0.3


async def test_stopping_in_the_middle_of_the_words_leaves_no_stream_open(using: Build) -> None:
    model = ScriptedModel("slow", PLAN, f"{REPLY} " * 50, pause_s=0.001)
    stream = using(model).turn("something scary", Context())
    async for part in stream:
        if isinstance(part, Words):
            break
    assert model.streams_open == 1
    await stream.aclose()
    await asyncio.sleep(0.01)
    assert model.streams_open == 0


async def test_chinese_words_come_from_templates(using: Build) -> None:
    turn = await Talk(using(ScriptedModel(plan=PLAN, reply=REPLY))).say("推荐几部恐怖片")
    assert has_cjk(turn.words) and REPLY not in turn.words


@pytest.mark.parametrize("items", [[], [ItemRecord("only", "The Only One", "It stands alone.")]], ids=["none", "one"])
async def test_next_to_nothing_to_show(items: list[ItemRecord]) -> None:
    catalogue = Catalogue(items)
    facets = FacetLinker(catalogue)
    titles = TitleLinker(catalogue)
    reader, keeper = RuleReader(titles, facets), TasteKeeper(catalogue, facets)
    talk = Talk(Controller(reader, keeper, build_recommender(catalogue), Presenter(catalogue)))
    for message in ["anything", "scary films from the 80s", "newer", "why?", "I loved The Only One", "推荐一部", "hi"]:
        turn = await talk.say(message)
        assert turn.words and len(turn.ids) <= len(items)
    assert Taste.model_validate(talk.taste.model_dump(mode="json")) == talk.taste
