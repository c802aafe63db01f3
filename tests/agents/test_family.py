"""Who watches: children who are asleep or away are no wish, children who watch too are one."""

import pytest

from agents.reading.rules import RuleReader
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk, has

AWAY = [
    "the kids have gone to bed, we fancy a thriller",
    "our children are at my mother's tonight, a thriller please",
    "my son is at a sleepover, so a thriller",
    "now that the little ones are sleeping: a thriller",
    "grandma is taking the kids, so we can see a thriller",
    "since the twins were born we watch nothing, any thriller?",
    "we got the kids to bed at last. thriller!",
    "a thriller, no children around this evening",
    "the boys are with their grandparents. something like a thriller",
    "before we had kids we watched a lot. a thriller?",
]
WATCHING = [
    "a film for my daughter who is 7",
    "we watch with the kids tonight",
    "the kids are out of school, what can they watch",
    "my children are bored, what is there for them",
    "the kids are awake and want a film",
    "a film for a 6 year old",
    "my nephew is 9 and wants a film",
    "smth my lil bro n me can watch hes 8",
    "a movie for a 10 yr old",
    "me and my brother, he's only 7",
    "for two kids, ages 4 and 7",
    "my 8yo wants a film",
    "he's 8 and loves dinosaurs",
    "that is too grown-up for my son",
    "the kids are at home today, a film for them",
    "kids are asleep now, but what could we see with them tomorrow",
]


@pytest.mark.parametrize("text", AWAY)
def test_children_who_are_away_ask_for_nothing(rules: RuleReader, text: str) -> None:
    plan = rules.plan(text, [])
    assert (plan.wanted, plan.unwanted) == (["thriller"], []) and "kid" not in plan.query


@pytest.mark.parametrize("text", WATCHING)
def test_children_who_watch_ask_for_what_suits_them(rules: RuleReader, text: str) -> None:
    assert {"kids", "children"} & set(rules.plan(text, []).wanted)


async def test_what_comes_after_bedtime_is_for_grown_ups(talk: Talk) -> None:
    await talk.say("an adventure film for the kids")
    await talk.say("and then one just for the grown-ups")
    assert [wish.label for wish in talk.taste.wanted] == ["adventure"]


@pytest.mark.parametrize("text", ["a live action adventure", "adventure, live-action please"])
async def test_live_action_is_not_animated(talk: Talk, demo: Catalogue, text: str) -> None:
    turn = await talk.say(text)
    assert turn.plan.wanted == ["adventure"] and turn.plan.unwanted == ["animated"]
    assert turn.ids and not any(has(demo, i, "genres", "animation") for i in turn.ids)


@pytest.mark.parametrize(
    ("text", "ruled_out"),
    [
        ("a drama without kids getting killed", "child death"),
        ("no dead dogs, a drama", "animal death"),
        ("a drama, but I can't take animals suffering", "animal death"),
        ("a drama, the dog must not die", "animal death"),
        ("a drama, nothing where a parent dies", "death of a loved one"),
    ],
)
async def test_who_is_to_come_to_no_harm(talk: Talk, demo: Catalogue, text: str, ruled_out: str) -> None:
    turn = await talk.say(text)
    assert (turn.plan.wanted, turn.plan.unwanted) == (["drama"], [ruled_out])
    assert turn.ids and not any(has(demo, i, "content", ruled_out) for i in turn.ids)


def test_too_old_for_a_child_says_nothing_of_years(rules: RuleReader) -> None:
    assert not rules.plan("too old for her", []).ranges
    assert rules.plan("these are too old for me", []).ranges


@pytest.mark.parametrize(
    "text",
    [
        "they are two great actors",
        "he is 8 feet tall",
        "my brother is 30",
        "no im 15",
        "a film about a sister",
        "is there a little sister to Heat",
    ],
)
def test_no_child_is_told_of(rules: RuleReader, text: str) -> None:
    assert "kids" not in rules.plan(text, []).wanted


@pytest.mark.parametrize(
    "text", ["a film for grown ups", "something for adults", "an adult drama", "more grown-up comedies"]
)
def test_what_is_made_for_grown_ups_is_not_for_children(rules: RuleReader, text: str) -> None:
    plan = rules.plan(text, [])
    assert plan.unwanted == ["kids"] and "grown" not in plan.query and "adult" not in plan.query
