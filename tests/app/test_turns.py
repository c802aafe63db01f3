"""One turn on its way to the page."""

import asyncio
from collections.abc import AsyncIterator

from app import cards
from app.events import Event
from app.turns import Answer, Turn, halt

UNREAD = {"name": "Read", "detail": "", "ms": 1.0, "note": "it was too slow"}
ITEMS = Event(
    "items",
    {"conversation_id": "c", "turn_id": "t", "items": [{"id": "a", "title": "Alien"}], "steps": [UNREAD], "chips": []},
)


def markup(turn: Turn) -> list[str]:
    return [part.value for part in turn.messages("en")[1]["content"]]


async def forever(closed: list[bool]) -> AsyncIterator[Event]:
    try:
        yield ITEMS
        yield Event("token", {"text": "Here"})
        await asyncio.sleep(60)
    finally:
        closed.append(True)


async def broken() -> AsyncIterator[Event]:
    yield ITEMS
    raise RuntimeError("broken on purpose")


async def all_of(answer: Answer) -> list[Event]:
    events: list[Event] = []
    while None not in (batch := await answer.batch()):
        events += [event for event in batch if event]
    return events + [event for event in batch if event]


async def test_stop_closes_the_stream_and_keeps_what_came() -> None:
    closed: list[bool] = []
    answer = Answer("hello")
    answer.start(forever(closed))
    first = await answer.batch()
    assert [event and event.kind for event in first] == ["items", "token"]
    answer.stop()
    assert await all_of(answer) == [] and closed == [True] and answer.stopped and not answer.failed


async def test_stop_before_the_start_ends_at_once() -> None:
    answer = Answer("hello")
    answer.stop()
    answer.start(forever([]))
    assert await all_of(answer) == []


async def test_an_error_ends_the_answer_as_failed() -> None:
    answer = Answer("hello")
    answer.start(broken())
    assert await all_of(answer) == [ITEMS] and answer.failed and not answer.stopped


async def test_halt_waits_for_the_handler() -> None:
    answer = Answer("hello")
    answer.start(forever([]))
    waiting = asyncio.create_task(halt(answer))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    answer.close("en")
    await waiting


def test_parts_keep_their_place_while_words_stream() -> None:
    turn = Turn("hello")
    assert "Reading your message" in markup(turn)[0]
    turn.apply(Event("plan", {"plan": {}, "source": "rules"}))
    assert "Searching" in markup(turn)[0]
    turn.apply(ITEMS)
    before = markup(turn)
    turn.apply(Event("token", {"text": "Here"}))
    after = markup(turn)
    assert "it was too slow" in before[0] and "Alien" in before[1]
    assert before[:2] == after[:2] and len(before) == len(after) == 3
    turn.apply(Event("done", {"reply": "Here it is.", "source": "rules"}))
    turn.state = "done"
    assert "Here it is." in markup(turn)[2] and 'data-action="retry"' in markup(turn)[3]


def test_a_failed_turn_offers_only_to_ask_again() -> None:
    turn = Turn("hello", state="failed")
    assert 'data-message="hello"' in markup(turn)[-1] and 'data-action="undo"' not in markup(turn)[-1]
    turn.apply(ITEMS)
    turn.state = "failed"
    assert 'data-action="undo"' in markup(turn)[-1] and "did not work" in markup(turn)[-2]


def test_a_recorded_turn_that_is_still_worked_on_is_asked_for_again() -> None:
    row = {"turn_id": "t", "message": "hello", "reply": "", "status": "running", "source": ""}
    assert 'class="pending elsewhere"' in markup(Turn.recorded(row))[0]


async def test_answers_of_a_tab_stand_below_each_other_and_hurry_on() -> None:
    first = Answer("one")
    first.start(forever([]))
    second = Answer("two", first)
    shown = second.log("en")
    assert [message["content"][0].value for message in shown[::2]] == [cards.said(one, "en") for one in ("one", "two")]
    assert first.log("en") == shown
    waiting = asyncio.create_task(first.hurry())
    assert [event and event.kind for event in await first.batch()] == ["items", "token"]
    assert await all_of(first) == [] and first.stopped
    first.close("en")
    await waiting
    assert second.earlier is None and second.log("en") == shown


def test_a_note_is_shown_from_the_record() -> None:
    row = {"turn_id": "t", "message": "hello", "reply": "Here", "status": "done"}
    for source, steps, sign in (
        ("rules", [UNREAD], "Answered without the language model: it was too slow"),
        ("llm", [{"name": "Read"}, {"name": "Explained", "note": "it was silent"}],
         "Put into words without the language model: it was silent"),
        ("rules", [{"name": "Read"}], ""),
    ):  # fmt: skip
        shown = markup(Turn.recorded(row | {"source": source, "steps": steps}))[0]
        assert (f'<p class="sign">{sign}</p>' in shown) == bool(sign) and ("language model" in shown) == bool(sign)


def test_a_recorded_turn_shows_its_reactions() -> None:
    turn = Turn.recorded(
        {
            "turn_id": "t",
            "message": "hello",
            "reply": "Here",
            "status": "stopped",
            "source": "llm",
            "items": [{"id": "a", "title": "Alien"}],
            "steps": [],
            "chips": [],
            "reactions": {"a": ["like"]},
        }
    )
    assert turn.state == "stopped" and 'data-kind="like" aria-pressed="true"' in "".join(markup(turn))
