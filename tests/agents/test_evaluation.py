"""How a reader is measured, and that the rules have not got worse on the development messages."""

import json
from collections import Counter
from typing import Any

import pytest

from agents.evaluation import Counts, evaluate_reading, plan_from_row
from agents.plan import Intent, Mention, Message, Range, Reading, Stance, TurnPlan
from agents.reading.rules import RuleReader
from recommender.data.tables import ImportFileError
from tests.agents.conftest import ROOT

DEVELOPMENT = ROOT / "benchmarks" / "reading" / "dev.jsonl"


class FixedReader:
    """Reads every message as the same plan."""

    def __init__(self, plan: TurnPlan) -> None:
        self.plan = plan
        self.messages: list[str] = []

    async def read(self, message: str, history: list[Message]) -> Reading:
        self.messages.append(message)
        return Reading(plan=self.plan, source="rules")


PLAN = TurnPlan(
    mentions=[Mention(text="Alien", id="alien-1979", stance=Stance.LIKED)],
    wanted=["scary"],
    ranges=[Range(facet="year", min=1980, max=1989)],
    count=3,
)


def row(**expected: Any) -> dict[str, Any]:
    return {"message": "Loved Alien", "history": [], "expected": {**PLAN.model_dump(mode="json"), **expected}}


def test_counts_of_nothing_are_perfect() -> None:
    assert Counts().as_json() == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "n": 0}


def test_counts_of_hits_misses_and_false_alarms() -> None:
    counts = Counts()
    counts.add(Counter("aab"), Counter("abcd"))
    assert (counts.hit, counts.missed, counts.false) == (2, 1, 2)
    assert counts.as_json() == {"precision": 0.5, "recall": 0.6667, "f1": 0.5714, "n": 3}
    nothing_right = Counts(missed=1)
    assert nothing_right.as_json()["f1"] == 0.0


async def test_a_perfect_reader_scores_one_everywhere() -> None:
    scores = await evaluate_reading(FixedReader(PLAN), [row(), row()])
    metrics = scores.metrics()
    assert scores.rows == 2 and scores.mistakes == []
    for name in ("intent_accuracy", "range_accuracy", "count_accuracy", "refers_to_accuracy"):
        assert metrics[name] == 1.0
    assert metrics["mentions"]["f1"] == metrics["stances"]["liked"]["f1"] == metrics["wanted"]["f1"] == 1.0
    assert metrics["sources"] == {"rules": 2}


@pytest.mark.parametrize(
    ("expected", "metric"),
    [
        ({"intent": "refine"}, "intent_accuracy"),
        ({"ranges": []}, "range_accuracy"),
        ({"ranges": [{"facet": "year", "min": 1980, "max": 1990}]}, "range_accuracy"),
        ({"count": None}, "count_accuracy"),
        ({"refers_to": [1]}, "refers_to_accuracy"),
    ],
)
async def test_one_mistake_lowers_its_own_figure_only(expected: dict[str, Any], metric: str) -> None:
    metrics = (await evaluate_reading(FixedReader(PLAN), [row(**expected)])).metrics()
    figures = ("intent_accuracy", "range_accuracy", "count_accuracy", "refers_to_accuracy")
    assert {name: metrics[name] for name in figures} == {name: float(name != metric) for name in figures}


async def test_ranges_that_nobody_labelled_do_not_count() -> None:
    scores = await evaluate_reading(FixedReader(PLAN), [row(), row(ranges=None), row(ranges=[])])
    assert (scores.metrics()["range_accuracy"], scores.metrics()["range_n"]) == (0.5, 2)
    assert len(scores.mistakes) == 1


async def test_the_wrong_stance_is_a_right_mention() -> None:
    other = [{"text": "alien", "id": "alien-1979", "stance": "seen"}]
    scores = await evaluate_reading(FixedReader(PLAN), [row(mentions=other)])
    metrics = scores.metrics()
    assert metrics["mentions"]["f1"] == 1.0
    assert metrics["stances"]["seen"]["recall"] == metrics["stances"]["liked"]["precision"] == 0.0
    assert len(scores.mistakes) == 1


async def test_messages_can_be_read_in_lower_case_and_progress_is_told() -> None:
    reader, done = FixedReader(PLAN), []
    await evaluate_reading(reader, [row(), row()], lower_case=True, on_row=done.append)
    assert reader.messages == ["loved alien"] * 2
    assert done == [1, 2]


async def test_nothing_to_evaluate() -> None:
    assert (await evaluate_reading(FixedReader(PLAN), [])).metrics()["intent_accuracy"] == 0.0


@pytest.mark.parametrize(
    "bad",
    [{}, {"message": "a"}, {"message": "a", "expected": None}, {"message": "a", "expected": {"intent": "buy"}},
     {"message": "a", "history": [{"text": "b"}], "expected": {}}],
)  # fmt: skip
async def test_a_row_of_another_form_is_named(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="row 2"):
        await evaluate_reading(FixedReader(PLAN), [row(), bad])


def test_expected_plans_may_be_written_shortly() -> None:
    plan = plan_from_row({"ranges": {"year": [1980, 1989], "runtime": {"max": 90}}, "refers_to": 2, "note": "x"})
    assert plan.ranges == [Range(facet="year", min=1980, max=1989), Range(facet="runtime", max=90)]
    assert plan.refers_to == [2] and plan.intent is Intent.RECOMMEND
    assert plan_from_row({"wanted": None, "refers_to": None}) == TurnPlan()


@pytest.mark.parametrize("lower_case", [False, True])
async def test_the_rules_are_no_worse_than_they_were_on_the_development_messages(
    rules: RuleReader, lower_case: bool
) -> None:
    """A floor well under the figures of the day, so that only a real loss shows."""
    rows = [json.loads(line) for line in DEVELOPMENT.read_text(encoding="utf-8").splitlines()]
    metrics = (await evaluate_reading(rules, rows, lower_case=lower_case)).metrics()
    assert metrics["intent_accuracy"] >= 0.9
    assert metrics["range_accuracy"] >= 0.95
    assert metrics["count_accuracy"] >= 0.95
    assert metrics["refers_to_accuracy"] >= 0.95
    assert metrics["mentions"]["f1"] >= (0.85 if lower_case else 0.9)


@pytest.mark.parametrize("bounds", [[1980], [], [1980, 1989, 1990], "80", 1980, [[1980], 1989]])
async def test_a_range_that_is_none_names_its_row(bounds: Any) -> None:
    with pytest.raises(ImportFileError, match="row 1"):
        await evaluate_reading(FixedReader(PLAN), [row(ranges={"year": bounds})])


async def test_a_mistake_of_ours_is_not_blamed_on_the_file() -> None:
    class Broken:
        async def read(self, message: str, history: list[Message]) -> Reading:
            raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug") as raised:
        await evaluate_reading(Broken(), [row()])
    assert not isinstance(raised.value, ImportFileError)
