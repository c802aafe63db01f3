"""What is said of all the cards: that they are for children, or that they lack what was looked for."""

import pytest

from agents.plan import Intent, Message, Stance
from agents.reading.rules import RuleReader
from tests.agents.talk import Talk


def after(message: str) -> list[Message]:
    return [Message(role="user", text=message), Message(role="assistant", text="Here you are.")]


@pytest.mark.parametrize(
    ("before", "text", "phrase"),
    [
        ("something funny for two", "those are all kids films", "kids"),
        ("smth like inside out", "these r all for kids", "kids"),
        ("a good action film", "this is for children", "children"),
        ("a comedy", "they're all for kids", "kids"),
        ("a romance", "these are cartoons", "cartoons"),
    ],
)
def test_cards_that_are_for_children_are_ruled_out(rules: RuleReader, before: str, text: str, phrase: str) -> None:
    plan = rules.plan(text, after(before))
    assert (plan.wanted, plan.unwanted) == ([], [phrase]) and plan.intent is Intent.REFINE


@pytest.mark.parametrize(
    "text",
    [
        "this is for my kids",
        "it's for the kids, 5 and 7",
        "these are for kids, 4 and 6 years old",
        "there are kids in the room",
        "we have kids with us",
    ],
)
def test_where_children_watch_it_is_to_suit_them(rules: RuleReader, text: str) -> None:
    plan = rules.plan(text, after("a comedy"))
    assert plan.wanted == ["kids"] and plan.unwanted == []


@pytest.mark.parametrize(
    ("before", "text", "phrase"),
    [
        ("something scary", "none of these are scary", "scary"),
        ("something scary", "not scary at all", "scary"),
        ("something funny", "these aren't funny", "funny"),
        ("something funny", "they're not even funny", "funny"),
        ("a comedy", "none of these are french", "french"),
    ],
)
async def test_what_the_cards_lack_is_looked_for(talk: Talk, before: str, text: str, phrase: str) -> None:
    first = await talk.say(before)
    turn = await talk.say(text)
    assert turn.intent is Intent.REFINE and turn.plan.wanted == [phrase] and turn.plan.unwanted == []
    assert turn.ids and not set(turn.ids) & set(first.ids) and "tagged" not in turn.words


@pytest.mark.parametrize(
    ("before", "text", "phrase"),
    [
        ("something for the family", "not scary at all", "scary"),
        ("something scary", "not too scary", "scary"),
        ("a drama, nothing violent", "these aren't violent", "violent"),
    ],
)
def test_what_nobody_looked_for_is_ruled_out(rules: RuleReader, before: str, text: str, phrase: str) -> None:
    plan = rules.plan(text, after(before))
    assert (plan.wanted, plan.unwanted) == ([], [phrase])


async def test_whether_they_have_it_is_a_question(talk: Talk) -> None:
    await talk.say("a comedy")
    assert (await talk.say("are none of these scary?")).intent is Intent.COMPARE


def test_what_a_card_is_said_to_be_is_not_asked_for(rules: RuleReader) -> None:
    text = "Not Road to Perdition, that's a gangster film. We'd rather have You've Got Mail"
    plan = rules.plan(text, after("something sweet"))
    assert [m.stance for m in plan.mentions] == ["unwanted", "similar_to"]
    assert plan.wanted == plan.unwanted == [] and plan.intent is Intent.MORE_LIKE


def test_what_a_liked_film_is_said_to_be_takes_no_liking_away(rules: RuleReader) -> None:
    plan = rules.plan("I loved Amélie, it's a comedy, no horror please", [])
    assert [m.stance for m in plan.mentions] == ["liked"] and plan.unwanted == ["horror"]


@pytest.mark.parametrize(
    ("text", "unwanted"),
    [
        ("Good heavens, Oldboy and Se7en! She needs to laugh.", ["Oldboy", "Se7en"]),
        ("Heat? seriously? something for two ladies", ["Heat"]),
        ("oh no, not Fargo again", ["Fargo"]),
        ("oh dear, I loved Fargo", []),
    ],
)
def test_cards_met_with_dismay_are_left_out(rules: RuleReader, text: str, unwanted: list[str]) -> None:
    mentions = rules.plan(text, after("a film for tonight")).mentions
    assert [one.text for one in mentions if one.stance is Stance.UNWANTED] == unwanted
