"""Two hundred turns and five thousand past items: time, state and prompts stay as small as at the start."""

import statistics
import time
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from agents.controller import Controller
from agents.linking.titles import TitleLinker
from agents.llm.budget import HISTORY_TOKENS, cut, selected, token_count
from agents.plan import Message, Range, TurnPlan
from agents.reading.readers import LLMReader
from agents.reading.rules import RuleReader
from agents.replies.present import Presenter
from agents.state.taste import MAX_HISTORY, Profile, Taste, TasteKeeper
from recommender.catalogue import Catalogue
from recommender.serving.rank import Recommender
from tests.agents.talk import Talk
from tests.doubles import ScriptedModel

TURNS = 200
ROUND = ["something else", "funnier", "make it darker", "why?", "something else", "who directed the second one?",
         "thanks", "not so sad", "something else", "换一批别的"]  # fmt: skip


@pytest.fixture(scope="module")
def collector(demo: Catalogue) -> Profile:
    """A person with five thousand reactions, to far more items than the catalogue still has."""
    ids = [item.id for item in demo.items]
    gone = [f"gone-{i}" for i in range(5_000)]
    return Profile(liked=[*gone[:2_400], *ids[:100]], disliked=gone[2_400:3_700], seen=[*gone[3_700:], *ids[200:300]])


async def test_two_hundred_turns_of_someone_with_five_thousand_past_items(
    controller: Controller, collector: Profile, demo: Catalogue
) -> None:
    talk = Talk(controller, collector)
    await talk.say("a film from the 1980s, no horror")
    spent, sizes = [], []
    for number in range(TURNS):
        started = time.perf_counter()
        turn = await talk.say(ROUND[number % len(ROUND)])
        spent.append(time.perf_counter() - started)
        sizes.append(len(talk.taste.model_dump_json()))
        assert talk.taste.bounds == {"year": (1980, 1989)}
        assert [("genres", "horror")] in [wish.values for wish in talk.taste.unwanted]
        if turn.intent in ("recommend", "refine"):
            assert all(1980 <= demo[i].attributes["year"] <= 1989 for i in turn.ids)
            assert not any("horror" in demo.values_of(demo[i], "genres") for i in turn.ids)
    # The same round of messages early and late; the middle one of each, because a machine has other things to do.
    assert statistics.median(spent[-20:]) < 2 * statistics.median(spent[5:25]) + 0.005
    assert max(sizes) < 20_000 and len(talk.taste.request(collector, 5).history) == MAX_HISTORY
    turn = await talk.say("forget the year")
    assert not talk.taste.bounds and talk.taste.unwanted and turn.ids


def test_a_state_is_bounded_whatever_is_said(keeper: TasteKeeper) -> None:
    taste = Taste()
    for number in range(600):
        plan = TurnPlan.model_validate(
            {
                "intent": "refine",
                "query": f"{number} " + "long words about nothing " * 30,
                "mentions": [
                    {"text": "x", "id": f"item-{number}-{k}", "stance": stance}
                    for k, stance in enumerate(("liked", "disliked", "seen", "similar_to"))
                ],
            }
        )
        taste = keeper.update(taste, plan, "")
    for said in (taste.liked, taste.disliked, taste.seen, taste.similar_to):
        assert len(said) == 500
    assert sum(map(len, taste.query)) <= 2_000 and taste.query[-1].startswith("599 ")
    assert len(taste.model_dump_json()) < 100_000


def test_the_bounds_of_a_refinement_last(keeper: TasteKeeper) -> None:
    taste = keeper.update(Taste(), TurnPlan(ranges=[Range(facet="year", min=1980, max=1989)]), "80s")
    for _ in range(TURNS):
        taste = keeper.update(taste, TurnPlan.model_validate({"intent": "refine", "wanted": ["funny"]}), "funny")
    assert taste.bounds == {"year": (1980, 1989)} and len(taste.wanted) == 1


class TestBudget:
    """What of a history goes into a prompt."""

    def talk(self, n: int = 200, reply: str = "Here are some picks.") -> list[Message]:
        said = [f"message number {i}" for i in range(n)]
        if n > 17:
            said[17] = "the lighthouse one reminded me of my uncle"
        pairs = [(Message(role="user", text=s), Message(role="assistant", text=reply)) for s in said]
        return [message for pair in pairs for message in pair]

    def test_the_last_exchange_and_the_relevant_one_with_what_holds(self) -> None:
        history = self.talk(50)
        chosen = selected(history, "more with a lighthouse", "from 1980-1989 and not horror", budget=400)
        assert [m.role for m in chosen] == ["user", "assistant", "user", "assistant"]
        assert chosen[0].text == f"(So far: from 1980-1989 and not horror.) {history[34].text}"
        assert chosen[2:] == history[-2:]

    def test_nothing_relevant_is_the_exchange_before(self) -> None:
        history = self.talk(50)
        assert selected(history, "zebra", "", budget=400) == history[-4:]
        assert selected(history[:2], "zebra", "not horror") == history[:2]
        assert selected([], "zebra", "not horror") == []

    def test_a_short_conversation_is_told_whole_and_only_added_to(self) -> None:
        """So that a prefix cache holds all but the newest exchange."""
        history = self.talk(8)
        assert selected(history, "zebra", "not horror") == history
        assert selected(history[:-2], "zebra", "not horror") == history[:-2]

    def test_a_stopped_turn_without_a_reply(self) -> None:
        history = [*self.talk(3), Message(role="user", text="and this one was stopped")]
        assert selected(history, "zebra", "")[-1] == history[-1]

    def test_chinese_is_matched_and_counted(self) -> None:
        history = [Message(role="user", text="关于灯塔的电影"), Message(role="user", text="来点别的" * 4),
                   Message(role="user", text="再来")]  # fmt: skip
        assert [m.text for m in selected(history, "还是灯塔那部", "", budget=22)] == ["关于灯塔的电影", "再来"]
        assert token_count("灯塔") == 2 and token_count("lighthouse") == 3 and token_count("") == 0

    @pytest.mark.parametrize("text", ["words and words " * 2_000, "字" * 5_000, "字 word " * 2_000, "x"])
    @pytest.mark.parametrize("n", [1, 2, 200])
    def test_it_fits_whatever_was_said(self, text: str, n: int) -> None:
        history = [Message(role=role, text=text) for _ in range(n) for role in ("user", "assistant")]
        chosen = selected(history, text, text)
        assert chosen and sum(token_count(m.text) for m in chosen) <= HISTORY_TOKENS
        assert chosen[-2 if n > 1 and len(chosen) > 2 else 0].role == "user"

    def test_a_cut_keeps_the_beginning(self) -> None:
        assert cut("short", 100) == "short" and cut("anything", 0) == ""
        assert token_count(cut("word " * 100, 10)) <= 10 and "word word".startswith(cut("word " * 100, 3))

    async def test_a_prompt_stays_within_the_budget_and_says_what_holds(
        self,
        titles: TitleLinker,
        rules: RuleReader,
        keeper: TasteKeeper,
        recommender: Recommender,
        presenter: Presenter,
    ) -> None:
        model = ScriptedModel(plan={"intent": "refine"})
        reader = LLMReader(model, titles, rules)
        talk = Talk(Controller(reader, keeper, recommender, presenter))
        model.plan = {"intent": "recommend", "ranges": [{"facet": "year", "min": 1980, "max": 1989}]}
        await talk.say("a film from the 80s")
        model.plan = {"intent": "refine"}
        talk.history += self.talk(TURNS, reply="These are the picks of this turn. " * 30)
        for _ in range(5):
            await talk.say("something else, " + "please " * 40)

        def spoken(prompt: list[BaseMessage]) -> int:
            earlier: list[Any] = prompt[1:-1]
            return sum(token_count(str(message.content)) for message in earlier)

        sizes = [spoken(prompt) for prompt in model.prompts]
        assert max(sizes) <= HISTORY_TOKENS
        assert "So far: from 1980-1989" in str(model.prompts[-1])
