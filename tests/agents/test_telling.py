"""The words of a turn, whatever the language model does."""

import asyncio
import time

import pytest

from agents.checking.checker import ReplyChecker, TitleTest
from agents.replies.telling import Told, tell
from tests.doubles import Mode, ScriptedModel

EVIDENCE = ["Gremlins (1984, comedy, horror). fits: scary, funny. A furry creature breaks loose at Christmas"]
TEMPLATE = "Gremlins fits scary and funny."
GOOD = "Gremlins is scary and funny. A furry creature breaks loose. It is from 1984."


async def told_by(
    model: ScriptedModel | None, first_s: float = 2.0, total_s: float = 12.0
) -> tuple[list[str], Told, float]:
    """The pieces, what became of the reply, and the seconds it took."""
    checker = ReplyChecker(EVIDENCE, {}, TitleTest(["Gremlins", "The Teapot Conspiracy"]))
    told = Told()
    started = time.perf_counter()
    pieces = [
        piece
        async for piece in tell(model, checker, "scary", EVIDENCE, TEMPLATE, told, first_s=first_s, total_s=total_s)
    ]
    return pieces, told, time.perf_counter() - started


async def test_without_a_model_the_template_speaks() -> None:
    pieces, told, _ = await told_by(None)
    assert pieces == [TEMPLATE]
    assert told == Told()


async def test_checked_sentences_come_one_by_one_in_order() -> None:
    model = ScriptedModel(reply=GOOD)
    pieces, told, _ = await told_by(model)
    assert pieces == ["Gremlins is scary and funny.", " A furry creature breaks loose.", " It is from 1984."]
    assert (told.by_model, told.dropped, told.note) == (3, 0, "")
    assert model.streams_open == 0


async def test_what_is_not_carried_is_left_out_and_counted() -> None:
    reply = "Gremlins is scary and funny. You should see The Teapot Conspiracy. It is from 1984."
    pieces, told, _ = await told_by(ScriptedModel(reply=reply))
    assert "".join(pieces) == "Gremlins is scary and funny. It is from 1984."
    assert (told.by_model, told.dropped, told.note) == (2, 1, "")


async def test_at_most_three_sentences_and_none_twice() -> None:
    model = ScriptedModel(reply="Gremlins is scary. " * 5 + GOOD + " Gremlins is a scary comedy.")
    pieces, told, _ = await told_by(model)
    assert told.by_model == len(pieces) == 3
    assert len({piece.strip() for piece in pieces}) == 3
    await asyncio.sleep(0)
    assert model.streams_open == 0


async def test_half_a_sentence_at_the_end_is_not_shown() -> None:
    pieces, _, _ = await told_by(ScriptedModel(reply="Gremlins is scary and funny. A furry creature breaks"))
    assert pieces == ["Gremlins is scary and funny."]


@pytest.mark.parametrize("mode", ["raises", "junk", "wrong", "chinese", "endless"])
async def test_a_model_that_says_nothing_of_use_leaves_the_word_to_the_template(mode: Mode) -> None:
    model = ScriptedModel(mode)
    pieces, told, seconds = await told_by(model)
    assert pieces == [TEMPLATE]
    assert told.by_model == 0 and told.note
    assert seconds < 2.5
    await asyncio.sleep(0)
    assert model.streams_open == 0


async def test_a_silent_model_is_waited_for_no_longer_than_first_s() -> None:
    model = ScriptedModel("hangs")
    pieces, told, seconds = await told_by(model, first_s=0.1)
    assert pieces == [TEMPLATE]
    assert told.note == "the language model was too slow"
    assert 0.1 <= seconds < 0.6
    await asyncio.sleep(0)
    assert model.streams_open == 0


async def test_a_model_that_falls_silent_keeps_what_it_said_and_ends_in_total_s() -> None:
    model = ScriptedModel("slow", reply=GOOD, pause_s=0.03)
    pieces, told, seconds = await told_by(model, first_s=2.0, total_s=0.3)
    assert pieces and pieces[0] == "Gremlins is scary and funny."
    assert TEMPLATE not in pieces
    assert told.by_model == len(pieces) < 3
    assert seconds < 0.8


async def test_an_empty_answer_is_no_answer() -> None:
    pieces, told, _ = await told_by(ScriptedModel(reply=""))
    assert pieces == [TEMPLATE] and told.note


@pytest.mark.parametrize("mode", ["words", "slow", "endless", "hangs"])
async def test_stopping_early_closes_the_models_stream(mode: Mode) -> None:
    model = ScriptedModel(mode, reply=GOOD, pause_s=0.01)
    checker = ReplyChecker(EVIDENCE, {}, TitleTest([]))
    stream = tell(model, checker, "scary", EVIDENCE, TEMPLATE, Told(), first_s=0.5)
    await anext(stream)
    await stream.aclose()
    await asyncio.sleep(0.01)
    assert model.streams_open == 0


async def test_cancelling_the_turn_closes_the_models_stream() -> None:
    model = ScriptedModel("hangs")
    turn = asyncio.create_task(told_by(model))
    await asyncio.sleep(0.05)
    assert model.streams_open == 1
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    await asyncio.sleep(0.01)
    assert model.streams_open == 0


async def test_the_prompt_holds_the_evidence_and_the_wish() -> None:
    model = ScriptedModel(reply=GOOD)
    await told_by(model)
    (prompt,) = model.prompts
    assert EVIDENCE[0] in str(prompt[-1].content) and "scary" in str(prompt[-1].content)
