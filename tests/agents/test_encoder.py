"""The tuned encoder: names hidden, long messages cut, weights that load, and what tuning teaches it."""

import math
from pathlib import Path

import pytest
import torch

from agents.plan import Intent, Stance
from agents.reading.encoder import MAX_TOKENS, MessageEncoder, untuned
from agents.reading.evidence import (
    ENCODER,
    INTENT_WEIGHTS,
    POLARITY_WEIGHTS,
    STANCE_WEIGHTS,
    WEIGHTS,
    LogLinear,
    ReadingEvidence,
)
from agents.tuning.encoder import Settings, save, tuned
from agents.tuning.labelled import Labelled
from tests.agents.clues import clues


@pytest.fixture(scope="module")
def encoder() -> MessageEncoder:
    return MessageEncoder.load(WEIGHTS / ENCODER)


def test_an_opinion_has_every_label_and_sums_to_one(encoder: MessageEncoder) -> None:
    opinion = encoder.opinions([clues("Loved Heat, hated Alien", "Heat", "Alien")])[0]
    assert set(opinion.intents) == {intent.value for intent in Intent}
    assert [set(one) for one in opinion.stances] == [{stance.value for stance in Stance}] * 2
    for scores in (opinion.intents, *opinion.stances):
        assert math.isclose(sum(map(math.exp, scores.values())), 1.0, rel_tol=1e-4)


def test_the_weights_are_loaded_without_a_look_at_the_network(no_network: None) -> None:
    MessageEncoder.load.cache_clear()  # type: ignore[attr-defined]
    assert MessageEncoder.load(WEIGHTS / ENCODER).opinions([clues("Loved Heat", "Heat")])[0].intents


def test_the_encoder_knows_no_catalogue(encoder: MessageEncoder) -> None:
    of_heat = encoder.opinions([clues("Loved Heat, hated Alien", "Heat", "Alien")])[0]
    assert encoder.opinions([clues("Loved Fargo, hated Up", "Fargo", "Up")])[0] == of_heat


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("watched Heat last night, it was terrible", Stance.DISLIKED),
        ("watched Heat last night, it was wonderful", Stance.LIKED),
        ("Heat put all of us to sleep before the end", Stance.DISLIKED),
        ("Heat was on tv yesterday, i have seen it", Stance.SEEN),
        ("something in the vein of Heat please", Stance.SIMILAR_TO),
        ("anything but Heat", Stance.UNWANTED),
    ],
)
def test_the_order_of_words_tells_the_stance(encoder: MessageEncoder, text: str, stance: Stance) -> None:
    (scores,) = encoder.opinions([clues(text, "Heat")])[0].stances
    assert max(scores, key=scores.__getitem__) == stance


@pytest.mark.parametrize("text", ["", " ", "\x00", "🎬" * 300, "Heat"])
def test_any_text_has_an_opinion(encoder: MessageEncoder, text: str) -> None:
    assert len(encoder.opinions([clues(text)])[0].intents) == len(Intent)


def test_a_name_far_behind_is_left_to_the_others(encoder: MessageEncoder) -> None:
    text = "and " * MAX_TOKENS + "hated Heat"
    assert encoder.opinions([clues(text, "Heat")])[0].stances == [{}]
    words = LogLinear(["disliked", "liked"], {"always": [1.0, 0.0]})
    evidence = ReadingEvidence(LogLinear(["chat"], {}), words, encoder)
    assert evidence.judge(clues(text, "Heat")).stances == [Stance.DISLIKED]


def test_without_readable_weights_the_words_judge_alone(tmp_path: Path) -> None:
    for name in (INTENT_WEIGHTS, STANCE_WEIGHTS, POLARITY_WEIGHTS):
        (tmp_path / name).write_text((WEIGHTS / name).read_text(encoding="utf-8"), encoding="utf-8")
    evidence = ReadingEvidence.load(tmp_path)
    assert evidence.encoder is None
    verdict = evidence.judge(clues("i hated Heat", "Heat"))
    assert (verdict.intent, verdict.stances) == (Intent.FEEDBACK, [Stance.DISLIKED])


def test_tuning_learns_what_it_is_told_and_is_kept(tmp_path: Path) -> None:
    told = [
        Labelled(clues("zork Heat", "Heat"), "feedback", [(0, "liked")]),
        Labelled(clues("blimp Heat", "Heat"), "chat", [(0, "seen")]),
        Labelled(clues("only the stance of Heat", "Heat"), None, [(0, "neutral")]),
        Labelled(clues("only the polarity of Heat", "Heat"), None, [], [(0, "told")]),
        Labelled(clues("quork Heat", "Heat"), None, [], [(0, "ruled_out")]),
    ] * 20
    steps: list[tuple[int, int]] = []
    settings = Settings(rank=4, epochs=6, batch_size=15, warm_up=4, learning_rate=3e-3)
    model, _ = tuned(told, settings, lambda *step: steps.append(step))
    assert steps[0] == (1, 42) and steps[-1] == (42, 42)
    save(model, tmp_path)
    kept = MessageEncoder.load(tmp_path)
    for one in told[:5]:
        opinion = kept.opinions([one.clues])[0]
        for labels, scores in ((one.stances, opinion.stances[0]), (one.polarities, opinion.polarities[0])):
            assert all(max(scores, key=scores.__getitem__) == label for _, label in labels)
        assert one.intent is None or max(opinion.intents, key=opinion.intents.__getitem__) == one.intent


def test_the_network_reads_a_message_in_a_batch_as_it_does_alone() -> None:
    network, marker = untuned()
    network.eval()
    short, long = (
        clues("Loved Heat", "Heat"),
        clues("a much longer message, it goes on and on and names nothing"),
    )
    found = []
    for messages in ([short], [long, short]):
        tokens, places = marker(messages)
        (place,) = places[-1]
        row = len(messages) - 1
        with torch.inference_mode():
            intents, stances, polarities = network(tokens, torch.tensor([row]), torch.tensor([place]))
        found.append((intents[row], stances[0], polarities[0]))
    for alone, together in zip(*found, strict=True):
        torch.testing.assert_close(alone, together, rtol=1e-3, atol=1e-4)
