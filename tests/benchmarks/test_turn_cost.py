"""The virtual clock of a turn's cost, and that both controls run over the same turns."""

import asyncio

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.plan import Intent, Mention, TurnPlan
from agents.reading.rules import RuleReader
from agents.replies.present import Presenter
from agents.state.taste import TasteKeeper
from agents.text import has_cjk
from benchmarks.turn_cost import (
    TURNS,
    WAYS,
    Happened,
    TurnCost,
    conversations,
    our_turns,
    react_steps,
    react_turns,
    summary,
)
from benchmarks.turn_parts import Parts, recombined
from benchmarks.virtual_model import Call, Prices, VirtualServer
from recommender.catalogue import Catalogue
from tests.doubles import recommender

LONG = "a wish of many words about films with boats and songs and snow " * 4


@pytest.fixture(scope="module")
def parts(small_catalogue: Catalogue) -> Parts:
    facets = FacetLinker(small_catalogue)
    titles = TitleLinker(small_catalogue, is_quality=facets.knows)
    rules = RuleReader(titles, facets)
    keeper = TasteKeeper(small_catalogue, facets)
    return Parts(small_catalogue, recommender(small_catalogue), keeper, Presenter(small_catalogue), titles, rules)


def test_the_first_call_pays_for_all_and_the_same_again_for_less_than_a_block() -> None:
    server = VirtualServer(Prices(prompt_ms=1.0, output_ms=100.0))
    messages = [SystemMessage(LONG), HumanMessage("hello")]
    server.answer(messages, "yes")
    server.answer(messages, "yes")
    first, again = server.calls
    assert first.cached == 0 and first.prompt == again.prompt
    assert again.cached % 16 == 0 and 0 < again.prompt - again.cached <= 16
    paid = first.prompt + again.prompt - again.cached
    assert server.seconds == pytest.approx((paid + 100 * (first.output + again.output)) / 1000)


def test_a_change_early_in_the_prompt_loses_the_cache_and_one_at_its_end_keeps_it() -> None:
    server = VirtualServer(Prices())
    server.answer([SystemMessage(LONG), HumanMessage("hello")], "yes")
    server.answer([SystemMessage(f"now {LONG}"), HumanMessage("hello")], "yes")
    server.answer([SystemMessage(LONG), HumanMessage("goodbye")], "yes")
    assert server.calls[1].cached == 0
    assert server.calls[2].cached > 0.7 * server.calls[2].prompt


def test_what_was_written_is_cached_too() -> None:
    server = VirtualServer(Prices())
    wish = HumanMessage("hello")
    server.answer([wish], LONG)
    server.answer([wish, AIMessage(LONG), wish], "yes")
    assert server.calls[1].cached > server.calls[0].prompt


@pytest.mark.parametrize("how", WAYS)
def test_a_recommending_turn_of_ours_is_two_calls_with_the_cards_between(parts: Parts, how: str) -> None:
    talks = [["something by Sedra", "cheaper", "something else"]]
    server = VirtualServer(Prices())
    costs, happened = asyncio.run(our_turns(parts, talks, server, how))
    assert [turn.message for turn in happened] == talks[0]
    assert sum(cost.seconds for cost in costs) == pytest.approx(server.seconds)
    ranked = [cost for cost in costs if cost.ranked]
    assert ranked
    for cost in ranked:
        assert len(cost.calls) == 2
        assert 0 < cost.cards_s < cost.seconds


def test_the_loop_makes_the_same_turns_with_more_calls_and_later_cards(parts: Parts) -> None:
    costs, happened = asyncio.run(our_turns(parts, [["a lamp", "cheaper"]], VirtualServer(Prices()), "plan"))
    loop = react_turns(parts, happened, VirtualServer(Prices()))
    assert len(loop) == len(costs)
    for ours, theirs in zip(costs, loop, strict=True):
        if ours.ranked:
            assert len(theirs.calls) >= 3
            assert theirs.cards_s > ours.cards_s


def test_the_steps_of_the_loop_follow_the_turn(parts: Parts) -> None:
    item, other = parts.catalogue.items[:2]
    named = TurnPlan(mentions=[Mention(text=item.title, id=item.id)])
    steps = react_steps(parts, Happened("m", [], named, [other.id], [other.id], "r"))
    assert [action.split("Action: ")[1].split("\n")[0] for action, _ in steps] == ["look_up", "search", "rank"]
    assert item.id in steps[0][1] and other.title in steps[1][1]
    talk = TurnPlan(intent=Intent.CHAT)
    assert react_steps(parts, Happened("thanks", [], talk, [], [], "r")) == []


def test_the_summary_leaves_first_turns_out_of_the_cached_share() -> None:
    first = TurnCost(0, True, 2.0, 1.0, [Call(100, 0, 10)])
    second = TurnCost(1, False, 1.0, 0.5, [Call(100, 90, 10)])
    figures = summary([first, second])
    assert figures["cached after the first turn"] == 0.9
    assert (figures["seconds a turn"], figures["seconds a recommending turn"]) == (1.5, 2.0)
    assert figures["uncached prompt tokens a turn"] == 55.0


def test_conversations_are_english_and_the_same_for_the_same_seed() -> None:
    talks = conversations(5, seed=3)
    assert talks == conversations(5, seed=3) != conversations(5, seed=4)
    assert all(len(talk) == TURNS and not any(map(has_cjk, talk)) for talk in talks)


def test_recombined_items_take_after_both_parents(small_catalogue: Catalogue) -> None:
    items = small_catalogue.items
    (made,) = recombined(items, [(0, 7)])
    assert made.title.split()[0] == items[0].title.split()[0]
    assert made.title.split()[-1] == items[7].title.split()[-1]
    assert made.attributes["price"] == items[7].attributes["price"]
