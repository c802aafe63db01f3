"""The plan refuses what no code should have to deal with, and tidies the rest."""

import json

import pytest
from pydantic import ValidationError

from agents.plan import Intent, Mention, Range, Stance, TurnPlan

BAD = {
    "unknown intent": {"intent": "buy"},
    "unknown field": {"sql": "drop table"},
    "no intent at all": {"intent": None},
    "unknown stance": {"mentions": [{"text": "Heat", "stance": "meh"}]},
    "a mention without text": {"mentions": [{"stance": "liked"}]},
    "a mention of another shape": {"mentions": ["Heat"]},
    "a mention with more in it": {"mentions": [{"text": "Heat", "price": 3}]},
    "a title as long as a page": {"mentions": [{"text": "a" * 201}]},
    "too many mentions": {"mentions": [{"text": "Heat"}] * 21},
    "a range without a facet": {"ranges": [{"min": 1990}]},
    "a range in words": {"ranges": [{"facet": "year", "min": "old"}]},
    "an unknown direction": {"ranges": [{"facet": "year", "relative": "sideways"}]},
    "fewer than no items asked for": {"count": -1},
    "a thousand items asked for": {"count": 1000},
    "half an item asked for": {"count": 1.5},
    "wanted is text": {"wanted": "horror"},
    "wanted holds numbers": {"wanted": [1]},
    "too many phrases": {"unwanted": [str(i) for i in range(21)]},
    "a place in words": {"refers_to": ["first"]},
    "a query without end": {"query": "a" * 1001},
}


@pytest.mark.parametrize("fields", BAD.values(), ids=list(BAD))
def test_what_does_not_fit_the_schema_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TurnPlan.model_validate({"intent": "recommend", **fields})


def test_an_empty_plan_asks_for_anything() -> None:
    plan = TurnPlan.model_validate({})
    assert plan == TurnPlan(intent=Intent.RECOMMEND)
    assert plan.count is None and plan.mentions == [] and plan.query == ""


def test_no_items_asked_for_are_as_many_as_usual() -> None:
    plan = TurnPlan.model_validate({"count": 0, "wanted": ["dark"]})
    assert (plan.count, plan.wanted) == (None, ["dark"])


def test_bounds_in_the_wrong_order_are_swapped() -> None:
    assert Range(facet="year", min=2000, max=1990) == Range(facet="year", min=1990, max=2000)


def test_phrases_are_stripped_cut_and_kept_once() -> None:
    plan = TurnPlan(wanted=[" dark ", "dark", "", "  ", "x" * 150], forget=["year ", "year"])
    assert plan.wanted == ["dark", "x" * 100]
    assert plan.forget == ["year"]


def test_a_plan_survives_json() -> None:
    plan = TurnPlan(
        intent=Intent.REFINE,
        mentions=[Mention(text="千与千寻", id="spirited-away-2001", stance=Stance.LIKED)],
        ranges=[Range(facet="year", min=1990), Range(facet="runtime", relative="lower")],
        count=3,
        refers_to=[-1, 2],
    )
    assert TurnPlan.model_validate(json.loads(plan.model_dump_json())) == plan
