"""What is asked for, ruled out or only told: what models say of it, and what becomes of the plan."""

import math
from pathlib import Path

import pytest

from agents.plan import Intent, Polarity
from agents.reading.polarity import rule, tell_apart
from agents.reading.rules import RuleReader
from agents.tuning.marked import as_labelled, as_said, load_marked
from agents.tuning.seeds import SeedError, held_out

SURE = 20.0


def scores(meant: Polarity, sure: float = SURE) -> dict[str, float]:
    return {polarity.value: sure if polarity is meant else 0.0 for polarity in Polarity}


def marked(tmp_path: Path, *lines: str) -> Path:
    (tmp_path / "some.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_marks_are_taken_out_and_kept_by_their_places(tmp_path: Path) -> None:
    line = '{"message": "[=sad] today. {liked} was [-long], so [+funny]", "intent": "recommend", "domain": "film"}'
    (message,) = load_marked(marked(tmp_path, line))
    assert "[" not in message.text and message.intent is Intent.RECOMMEND and not message.shown
    told = {message.text[start:end]: polarity for (start, end), polarity in message.polarities.items()}
    assert told == {"sad": Polarity.TOLD, "long": Polarity.RULED_OUT, "funny": Polarity.WANTED}
    labelled = as_labelled(message)
    assert [label for _, label in labelled.stances] == ["liked"]
    assert sorted(which for which, _ in (*labelled.stances, *labelled.polarities)) == [0, 1, 2, 3]
    assert as_said(message).rules.count("title") == 1


@pytest.mark.parametrize(
    "message", ["a [sad] one", "a [+sad one", "a sad] one", "[+sad] and {nosuchslot}", "a [~sad] one"]
)
def test_a_line_with_other_marks_is_refused(tmp_path: Path, message: str) -> None:
    line = f'{{"message": "{message} [+x]", "intent": "recommend", "domain": "film"}}'
    with pytest.raises(SeedError, match=r"some\.jsonl, line 1"):
        load_marked(marked(tmp_path, line))


def test_what_is_measured_is_not_learnt_from(tmp_path: Path) -> None:
    lines = [f'{{"message": "a [+sad] one {n}", "intent": "recommend", "domain": "film"}}' for n in range(200)]
    learn, measure = held_out(load_marked(marked(tmp_path, *lines)))
    assert learn and measure and not {m.text for m in learn} & {m.text for m in measure}


@pytest.mark.parametrize(
    ("text", "said", "ruled"),
    [
        ("a comedy", "comedy", "none"),
        ("no comedy", "comedy", "negated"),
        ("comedy is fine", "comedy", "allowed"),
        ("comedy isn't for us", "comedy", "criticised"),
    ],
)
def test_what_rules_make_of_it_is_one_of_the_features(text: str, said: str, ruled: str) -> None:
    assert rule(text, text.index(said), text.index(said) + len(said), []) == ruled


def test_the_plan_follows_what_is_surely_meant(rules: RuleReader) -> None:
    clues = rules.clues("a horror film would hardly do, so a comedy from the 90s", [])
    assert clues.plan.wanted == ["horror", "comedy"]
    horror, comedy = ((quality.start, quality.end) for quality in clues.said.qualities)
    (years,) = ((found.start, found.end) for found in clues.said.ranges)
    found = {horror: scores(Polarity.RULED_OUT), comedy: scores(Polarity.WANTED), years: scores(Polarity.TOLD)}
    tell_apart(clues.plan, clues.said, found, asks=False, kept=())
    assert (clues.plan.wanted, clues.plan.unwanted, clues.plan.ranges) == (["comedy"], ["horror"], [])


def test_in_doubt_the_rules_stand(rules: RuleReader) -> None:
    clues = rules.clues("no horror, a comedy", [])
    found = {(quality.start, quality.end): scores(Polarity.TOLD, 0.1) for quality in clues.said.qualities}
    tell_apart(clues.plan, clues.said, found, asks=False, kept=())
    assert (clues.plan.wanted, clues.plan.unwanted) == (["comedy"], ["horror"])


def test_what_a_question_tells_is_what_it_asks(rules: RuleReader) -> None:
    clues = rules.clues("is the second one scary?", [])
    found = {(quality.start, quality.end): scores(Polarity.TOLD) for quality in clues.said.qualities}
    tell_apart(clues.plan, clues.said, found, asks=True, kept=())
    assert clues.plan.wanted == ["scary"]
    tell_apart(clues.plan, clues.said, found, asks=False, kept=())
    assert clues.plan.wanted == [] and "scary" not in clues.plan.query


def test_chinese_is_left_to_the_rules(rules: RuleReader) -> None:
    plan, margin = rules.weighed("不要恐怖片", [])
    assert plan.unwanted and margin == math.inf


@pytest.mark.parametrize(
    "message",
    [
        "Oh dear, I don't think a horror film would be suitable.",
        "my wife finds horror too much",
        "horror gives me nightmares, so something else",
        "nothin with horror tho",
        "we've had our fill of horror for this week",
    ],
)
def test_what_is_refused_in_other_words_is_ruled_out(rules: RuleReader, message: str) -> None:
    plan = rules.plan(message, [])
    assert "horror" in plan.unwanted and "horror" not in plan.wanted


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("I found Gladiator rather brutal, but it was splendid. What next?", "brutal"),
        ("i feel sad today, cheer me up", "sad"),
    ],
)
def test_what_is_only_told_is_no_wish(rules: RuleReader, message: str, told: str) -> None:
    plan = rules.plan(message, [])
    assert told not in plan.wanted


def test_an_age_that_is_told_bounds_no_years(rules: RuleReader) -> None:
    assert not rules.plan("We are both in our seventies, something gentle please", []).ranges


@pytest.mark.parametrize("message", ["horror", "a horror film please", "how about a horror", "some horror for tonight"])
def test_a_plain_wish_stays_one(rules: RuleReader, message: str) -> None:
    assert rules.plan(message, []).wanted == ["horror"]
