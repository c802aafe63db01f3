"""The tuned model judges what rules have found: intent, and what is said of each marked name."""

import asyncio
import itertools
import json
import math
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.llm.prompts import judging_prompt, judging_schema
from agents.plan import Intent, Message, Stance
from agents.reading.evidence import LogLinear, ReadingEvidence
from agents.reading.judging import MAX_NAMES, JudgingReader, markable
from agents.reading.rules import RuleReader
from tests.doubles import Mode, ScriptedModel

MESSAGE = "i saw gremlins, it bored me. something like fargo"
JUDGED = {"intent": "recommend", "1": "disliked", "2": "similar_to"}


@pytest.fixture
def reader_of(titles: TitleLinker, rules: RuleReader) -> Any:
    def build(model: ScriptedModel, timeout_s: float = 1.0) -> JudgingReader:
        return JudgingReader(model, titles, rules, timeout_s, sure=math.inf)

    return build


def test_in_tuning_plain_words_that_are_titles_are_marked_too(titles: TitleLinker) -> None:
    spans = markable(titles.find(MESSAGE, doubtful=-4.0))
    assert [(span.text, span.sure) for span in spans] == [("gremlins", True), ("it", False), ("fargo", True)]
    prompt = judging_prompt(MESSAGE, spans, [])
    assert prompt[-1].content == "message: i saw [1 gremlins], [2 it] bored me. something like [3 fargo]"


def test_what_came_before_is_told_in_two_lines(titles: TitleLinker) -> None:
    history = [Message(role="user", text="something scary\nfrom the 80s"), Message(role="assistant", text="Here: ...")]
    content = str(judging_prompt("newer", [], history)[-1].content)
    assert content == "before: something scary from the 80s\ncards are shown\nmessage: newer"


async def test_the_judgement_becomes_the_plan_and_rules_do_the_rest(reader_of: Any) -> None:
    model = ScriptedModel(plan=JUDGED)
    reading = await reader_of(model).read(f"{MESSAGE} from the 90s, give me 3 films", [])
    assert (reading.source, reading.note) == ("llm", "")
    plan = reading.plan
    assert plan.intent is Intent.RECOMMEND
    assert [(m.id, m.stance) for m in plan.mentions] == [
        ("gremlins-1984", Stance.DISLIKED),
        ("fargo-1996", Stance.SIMILAR_TO),
    ]
    assert [(r.facet, r.min, r.max) for r in plan.ranges] == [("year", 1990, 1999)]
    assert plan.count == 3


async def test_what_is_judged_no_name_is_none_however_sure_the_rules_were(reader_of: Any, rules: RuleReader) -> None:
    assert [m.text for m in rules.plan("I loved Gremlins", []).mentions] == ["Gremlins"]
    reading = await reader_of(ScriptedModel(plan={"intent": "chat", "1": "none"})).read("I loved Gremlins", [])
    assert reading.plan.mentions == []


@pytest.mark.parametrize("mode", ["raises", "hangs", "junk"])
async def test_a_model_that_fails_leaves_the_rules_reading_and_says_so(
    mode: Mode, reader_of: Any, rules: RuleReader
) -> None:
    reading = await reader_of(ScriptedModel(mode), timeout_s=0.1).read(MESSAGE, [])
    assert reading.source == "rules" and "language model" in reading.note
    assert reading.plan == rules.plan(MESSAGE, [])


@pytest.mark.parametrize(
    "answer",
    [{}, {"intent": "recommend"}, {**JUDGED, "2": "adored"}, {**JUDGED, "intent": "sell"}, [], "x", None],
    ids=str,
)
async def test_a_judgement_that_is_none_is_not_used(answer: Any, reader_of: Any, rules: RuleReader) -> None:
    model = ScriptedModel()
    model.plan = answer
    reading = await reader_of(model).read(MESSAGE, [])
    assert (reading.source, reading.plan) == ("rules", rules.plan(MESSAGE, []))


async def test_chinese_goes_through_the_rules_and_asks_no_model(reader_of: Any, rules: RuleReader) -> None:
    model = ScriptedModel(plan=JUDGED)
    reading = await reader_of(model).read("想看恐怖片", [])
    assert (reading.source, reading.note, model.prompts) == ("rules", "", [])
    assert reading.plan == rules.plan("想看恐怖片", [])


def test_the_schema_takes_a_full_judgement_and_nothing_else() -> None:
    schema = judging_schema(3)
    jsonschema.validate({**JUDGED, "3": "none"}, schema)
    for wrong in ({"intent": "recommend"}, JUDGED, {**JUDGED, "3": "none", "4": "liked"}, {**JUDGED, "1": "so-so"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


@given(text=st.text(max_size=300) | st.text(alphabet="it her up [12] Heat,. ", max_size=120))
def test_any_text_can_be_marked(text: str, titles: TitleLinker) -> None:
    spans = markable(titles.find(text))
    assert len(spans) <= MAX_NAMES
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert all(first.end <= second.start for first, second in itertools.pairwise(spans))
    content = str(judging_prompt(text, spans, [])[-1].content)
    assert all(f"[{number} " in content for number in range(1, len(spans) + 1)) or len(content) >= 1200


def test_a_long_list_of_names_is_marked_up_to_the_limit_sure_ones_first(titles: TitleLinker) -> None:
    names = ["Gremlins", "Heat", "Alien", "Jaws", "Fargo", "Amadeus", "Casablanca", "Vertigo", "Rocky", "Titanic"]
    spans = markable(titles.find(f"it was up to me: I loved {', '.join(names)}", doubtful=-1.0))
    assert len(spans) == MAX_NAMES and all(span.sure for span in spans)


def test_the_prompt_begins_with_what_never_changes(titles: TitleLinker) -> None:
    first, second = (judging_prompt(text, markable(titles.find(text)), []) for text in (MESSAGE, "hello"))
    assert first[0].content == second[0].content
    assert json.dumps(judging_schema(2)) == json.dumps(judging_schema(2))


async def test_where_rules_know_better_they_are_kept(reader_of: Any) -> None:
    """Found on development messages: "not X", a long title called no name, likeness without a word."""

    async def read(message: str, **answer: str) -> Any:
        return (await reader_of(ScriptedModel(plan=answer)).read(message, [])).plan

    unwanted = await read("a heist film but not Heat", **{"intent": "recommend", "1": "liked"})
    assert [(m.text, m.stance) for m in unwanted.mentions] == [("Heat", Stance.UNWANTED)]
    sure = await read("i loved back to the future", **{"intent": "feedback", "1": "none"})
    assert [(m.id, m.stance) for m in sure.mentions] == [("back-to-the-future-1985", Stance.LIKED)]
    assert (await read("something with trains", intent="more_like")).intent is Intent.RECOMMEND
    assert (await read("hello there", intent="feedback")).intent is Intent.CHAT


async def test_where_nothing_is_in_doubt_the_model_is_not_asked(titles: TitleLinker, rules: RuleReader) -> None:
    model = ScriptedModel(plan={"intent": "chat", "1": "none"})
    reading = await JudgingReader(model, titles, rules).read("I loved Gremlins", [])
    assert (reading.source, reading.note, model.prompts) == ("rules", "", [])
    assert reading.plan == rules.plan("I loved Gremlins", [])


async def test_in_doubt_it_is(titles: TitleLinker, facets: FacetLinker) -> None:
    unsure = ReadingEvidence(LogLinear(["chat", "feedback"], {}), LogLinear(["disliked", "liked"], {}))
    model = ScriptedModel(plan={"intent": "feedback", "1": "liked"})
    reader = JudgingReader(model, titles, RuleReader(titles, facets, unsure))
    reading = await reader.read("I loved Gremlins", [])
    assert reading.source == "llm" and reading.plan.intent is Intent.FEEDBACK
    assert [mention.stance for mention in reading.plan.mentions] == [Stance.LIKED]


def test_only_what_rules_take_for_names_is_asked_about(titles: TitleLinker, rules: RuleReader) -> None:
    model = ScriptedModel(plan={"intent": "recommend", "1": "liked"})
    asyncio.run(JudgingReader(model, titles, rules, sure=math.inf).read("It was up to me. I loved Gremlins", []))
    assert str(model.prompts[0][-1].content) == "message: It was up to me. I loved [1 Gremlins]"


async def test_names_beyond_the_limit_are_judged_without_the_model(reader_of: Any) -> None:
    names = ["Gremlins", "Heat", "Alien", "Jaws", "Fargo", "Amadeus", "Casablanca", "Vertigo", "Rocky", "Titanic"]
    answer = {"intent": "feedback"} | {str(number): "none" for number in range(1, MAX_NAMES + 1)}
    plan = (await reader_of(ScriptedModel(plan=answer)).read(f"I loved {', '.join(names)}", [])).plan
    assert [mention.text for mention in plan.mentions] == names[MAX_NAMES:]
    assert {mention.stance for mention in plan.mentions} == {Stance.LIKED}
