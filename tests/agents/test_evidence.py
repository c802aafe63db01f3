"""What tells intents and stances beside the rules: features, odds, opinions, and how the weights are learnt."""

import gzip
import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.plan import Intent, Message, Stance, TurnPlan
from agents.reading.clues import Clues
from agents.reading.evidence import INTENT_WEIGHTS, LogLinear, ReadingEvidence, intent_features, stance_features
from agents.reading.rules import Judgement, RuleReader
from agents.tuning.evidence import learn_intents, main, save
from agents.tuning.labelled import Labelled, of_dialogues, of_seeds
from benchmarks.reading.rows import held_out_seeds
from tests.agents.clues import clues

EARLIER = [Message(role="user", text="something scary"), Message(role="assistant", text="Here are some.")]


def test_probabilities_sum_to_one_and_follow_the_weights() -> None:
    model = LogLinear(["a", "b"], {"x": [2.0, 0.0], "y": [0.0, 1.0]})
    scores = model.log_probabilities(["x", "y", "unheard of"])
    assert math.isclose(sum(math.exp(one) for one in scores.values()), 1.0)
    assert math.isclose(scores["a"] - scores["b"], 1.0)


def test_names_are_hidden_from_the_features() -> None:
    of_heat = clues("Loved Heat, hated Alien", "Heat", "Alien")
    of_jaws = clues("Loved Jaws, hated Fargo", "Jaws", "Fargo")
    assert intent_features(of_heat) == intent_features(of_jaws)
    assert stance_features(of_heat, 1) == stance_features(of_jaws, 1)
    assert not any("heat" in feature for feature in intent_features(of_heat))


def test_a_stance_looks_no_further_than_the_next_name_and_one_sentence() -> None:
    found = set(stance_features(clues("I adored Heat but Alien was dull. Never again! Bye", "Heat", "Alien"), 1))
    assert {"before: but", "after: dull", "after: was dull", "behind: never", "somewhere: adored"} <= found
    assert not {"before: adored", "behind: bye"} & found


@given(st.text(max_size=60), st.data())
def test_any_text_has_features_each_once(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    one = Clues(text, [(start, end)], [None], TurnPlan(), False)
    for found in (intent_features(one), stance_features(one, 0)):
        assert len(found) == len(set(found))


def test_an_opinion_adds_to_the_odds_and_does_not_decide_alone() -> None:
    intents = LogLinear(["chat", "feedback", "recommend"], {"always": [0.0, 0.0, 0.5], "sure": [0.0, 0.0, 9.0]})
    evidence = ReadingEvidence(intents, LogLinear(["liked"], {}))
    assert evidence.judge(clues("well")).intent is Intent.RECOMMEND
    assert evidence.judge(clues("well"), Intent.FEEDBACK).intent is Intent.FEEDBACK
    assert evidence.judge(clues("sure"), Intent.FEEDBACK).intent is Intent.RECOMMEND


def test_what_was_found_to_search_by_is_never_taken_for_small_talk() -> None:
    evidence = ReadingEvidence(
        LogLinear(["chat", "recommend"], {"always": [9.0, 0.0]}), LogLinear(["liked", "neutral"], {})
    )
    assert evidence.judge(clues("less violent")).intent is Intent.CHAT
    assert evidence.judge(clues("less violent", plan=TurnPlan(unwanted=["violent"]))).intent is Intent.RECOMMEND
    said_by_rules = TurnPlan(intent=Intent.CHAT, wanted=["war"])
    assert evidence.judge(clues("is war bad?", plan=said_by_rules), Intent.CHAT).intent is Intent.CHAT


@pytest.mark.parametrize(
    ("message", "stance"),
    [
        ("Heat put half of us to sleep", Stance.DISLIKED),
        ("we turned Heat off after ten minutes", Stance.DISLIKED),
        ("i could watch Heat once a week forever", Stance.LIKED),
        ("never got round to Heat", Stance.NEUTRAL),
        ("please no Heat", Stance.UNWANTED),
    ],
)
def test_what_no_pattern_lists_is_understood(rules: RuleReader, message: str, stance: Stance) -> None:
    (mention,) = rules.plan(message, EARLIER).mentions
    assert mention.stance is stance


@pytest.mark.parametrize("message", ["rated PG", "nothing with guns", "what have you got?", "my kid loves dinosaurs"])
def test_short_wishes_are_no_small_talk(rules: RuleReader, message: str) -> None:
    assert rules.plan(message, []).intent is Intent.RECOMMEND


def test_chinese_is_read_by_rules_alone(titles: TitleLinker, facets: FacetLinker) -> None:
    never = ReadingEvidence(LogLinear(["chat"], {}), LogLinear(["disliked"], {}))
    plan = RuleReader(titles, facets, never).plan("推荐几部恐怖片", [])
    assert plan.intent is Intent.RECOMMEND


def test_a_model_that_was_not_asked_about_a_name_leaves_it_to_the_evidence(
    rules: RuleReader, titles: TitleLinker
) -> None:
    message = "Heat put half of us to sleep"
    unasked = Judgement(Intent.FEEDBACK, ((titles.find(message)[0], None),))
    assert rules.plan(message, [], None, unasked).mentions[0].stance is Stance.DISLIKED


def test_on_seeds_that_were_not_learnt_from_evidence_beats_the_rules() -> None:
    """The margin is a tenth of what is measured (`python -m benchmarks.reading --set seeds --reader rules`)."""
    films = next(rows for rows in held_out_seeds())
    right, right_by_rules = 0, 0
    for row in films.rows[:150]:
        history = [Message(**turn) for turn in row["history"]]
        intent = row["expected"]["intent"]
        right += films.rules.plan(row["message"], history).intent == intent
        right_by_rules += films.rules.clues(row["message"], history).plan.intent == intent
    assert right >= right_by_rules + 15


def test_learning_finds_the_words_that_tell(tmp_path: Path) -> None:
    said = [("hello", "chat"), ("why", "explain"), ("funnier", "refine")] * 20
    model = learn_intents(Labelled(clues(text), intent, []) for text, intent in said)
    save(model, tmp_path / "weights.json")
    again = LogLinear.load(tmp_path / "weights.json")
    assert again.labels == model.labels and again.weights == model.weights
    for text, intent in said[:3]:
        scores = again.log_probabilities(intent_features(clues(text)))
        assert max(scores, key=scores.__getitem__) == intent


def test_seeds_become_messages_of_every_label() -> None:
    told = of_seeds(600, seed=1)
    assert len(told) == 600
    assert {one.intent for one in told} == {intent.value for intent in Intent}
    assert {label for one in told for _, label in one.stances} == {stance.value for stance in Stance}


def dialogues(folder: Path, turns: Sequence[tuple[str, list[str], int]]) -> Path:
    rows = [
        {"role": "user", "text": text, "items": items, "form": {item: {"seen": 1, "liked": liked} for item in items}}
        for text, items, liked in turns
    ]
    with gzip.open(folder / "dialogues.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"messages": rows}) + "\n")
    with gzip.open(folder / "items.jsonl.gz", "wt", encoding="utf-8") as file:
        for title in ("Heat", "Alien"):
            file.write(json.dumps({"id": title.lower(), "title": title, "text": "", "attributes": {}}) + "\n")
    return folder


def test_dialogues_teach_dislikes_and_keep_what_is_known_elsewhere(tmp_path: Path) -> None:
    said = [("I saw Heat and it dragged", ["heat"], 0), ("I saw Alien", ["alien"], 1), ("no film here", [], 2)]
    told = of_dialogues(dialogues(tmp_path, said), lambda *_: "seen")
    assert [(one.clues.text, one.intent, one.stances) for one in told] == [
        ("I saw Heat and it dragged", None, [(0, "disliked")]),
        ("I saw Alien", None, [(0, "seen")]),
    ]


def test_the_command_writes_weights_that_load(tmp_path: Path) -> None:
    folder = dialogues(tmp_path, [("I saw Heat and it dragged", ["heat"], 0)] * 3)
    assert main(["--dialogues", str(folder), "--seeds", "300", "--out", str(tmp_path)]) == 0
    evidence = ReadingEvidence.load(tmp_path)
    assert set(evidence.stances.labels) == {stance.value for stance in Stance} and evidence.intents.weights


def test_the_weights_shipped_know_every_label_and_no_more_than_common_words() -> None:
    shipped = ReadingEvidence.load()
    assert set(shipped.intents.labels) == {intent.value for intent in Intent}
    assert set(shipped.stances.labels) == {stance.value for stance in Stance}
    assert (Path("data") / "reading" / INTENT_WEIGHTS).stat().st_size < 1_500_000
