"""The service behind page and API: the record stays true through stop, undo and overlap, and nothing leaks."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import prometheus_client
import pytest

from agents.plan import Message
from agents.text import has_cjk
from app import cards
from app.events import Event
from app.limits import MAX_MESSAGE
from app.service import ChatService, MessageError
from app.workspace import Workspace
from storage.conversations import ConversationStore
from storage.records import FeedbackKind, NotFoundError, TurnRecord, TurnStatus
from tests.app.conftest import Shop, open_shop
from tests.app.waiting import until
from tests.fakes.openai_server import FakeOpenAI


async def ask(service: ChatService, person: str, message: str, talk: str | None = None, k: int = 5) -> dict[str, Any]:
    return await service.answer(person, message, talk, k)


def ids(answer: dict[str, Any]) -> list[str]:
    return [card["id"] for card in answer["items"]]


# --- one turn ---------------------------------------------------------------------------------------------------------


async def test_events_come_in_their_order_and_agree(service: ChatService, person: str) -> None:
    events = [event async for event in service.turn(person, "I want a backpack", k=3)]
    assert [event.kind for event in events] == ["plan", "items", "token", "done"]
    plan, items, token, done = (event.data for event in events)
    assert set(done) == {"conversation_id", "turn_id", "reply", "items", "plan", "source", "note", "chips", "steps",
                         "timings_ms"}  # fmt: skip
    assert plan == {"plan": done["plan"], "source": done["source"], "note": done["note"]}
    assert items == {name: done[name] for name in ("conversation_id", "turn_id", "items", "chips", "steps")}
    assert token["text"] == done["reply"] and len(done["items"]) == 3
    assert [step["name"] for step in done["steps"]] == ["Read", "Searched", "Ranked"]
    assert {"read", "rank", "cards", "first_word", "words", "total"} <= set(done["timings_ms"])


@pytest.mark.parametrize("message", ["", "   ", "\n\t", "\x00", "x" * (MAX_MESSAGE + 1)])
async def test_a_message_that_cannot_be_taken_leaves_nothing(service: ChatService, person: str, message: str) -> None:
    with pytest.raises(MessageError):
        await ask(service, person, message)
    assert await service.conversations(person) == []


async def test_the_longest_message_is_read_to_its_last_word(service: ChatService, person: str) -> None:
    wish = "I want a red backpack"
    assert ids(await ask(service, person, "well " * 395 + "and " + wish)) == ["backpacks-2"]
    assert ids(await ask(service, person, wish.rjust(MAX_MESSAGE, "-"))) == ["backpacks-2"]


@pytest.mark.parametrize(
    "part", ["red backpack, ", "Aldine Guitar and ", "under 10 dollars, ", "number 3, ", "forget the red, "]
)
async def test_a_message_of_a_hundred_wishes_is_answered(service: ChatService, person: str, part: str) -> None:
    assert (await ask(service, person, part * 100))["reply"]


async def test_k_is_kept_between_one_and_twenty(service: ChatService, person: str) -> None:
    assert len(ids(await ask(service, person, "I want something nice", k=-3))) == 1
    assert len(ids(await ask(service, person, "I want something nice", k=1_000))) == 20


@pytest.mark.parametrize(("asked", "given"), [(10, 10), (20, 20), (50, 20)])
async def test_as_many_as_asked_for_are_stored_and_all_of_them_drawn(
    service: ChatService, person: str, asked: int, given: int
) -> None:
    answer = await ask(service, person, f"give me {asked} things")
    assert answer["plan"]["count"] == asked and len(ids(answer)) == given
    assert cards.cards(answer["items"], answer["turn_id"], {}, "en").count("<article") == given


async def test_reading_alone_changes_nothing(service: ChatService, person: str) -> None:
    reading = await service.read("a red backpack", [Message(role="user", text="hello")])
    assert reading.plan.wanted == ["red", "backpack"] and reading.source == "rules"
    assert await service.conversations(person) == []


async def test_turns_and_reactions_are_counted(service: ChatService, person: str) -> None:
    def value(name: str, **labels: str) -> float:
        return prometheus_client.REGISTRY.get_sample_value(name, labels) or 0.0

    before = value("palate_turns_total", source="rules", status="done"), value("palate_feedback_total", kind="save")
    answer = await ask(service, person, "I want a backpack")
    await service.react(person, answer["turn_id"], ids(answer)[0], FeedbackKind.SAVE)
    after = value("palate_turns_total", source="rules", status="done"), value("palate_feedback_total", kind="save")
    assert after == (before[0] + 1, before[1] + 1)


# --- stop, undo, history ----------------------------------------------------------------------------------------------


async def test_stop_keeps_the_words_that_were_said(served: ChatService, fake: FakeOpenAI, person: str) -> None:
    fake.plan, fake.words_mode = {"wanted": ["backpack"]}, "slow"
    events = served.turn(person, "a backpack")
    said = ""
    async with aclosing(events):
        async for event in events:
            if event.kind == "items":
                turn_id, talk = event.data["turn_id"], event.data["conversation_id"]
            if event.kind == "token":
                said += event.data["text"]
                break
    record = served.stores.conversations.turn(person, turn_id)
    assert (record.status, record.reply) == (TurnStatus.STOPPED, said) and said
    # The page may have shown less of it.
    await served.stop(person, turn_id, said[:10])
    (row,) = await served.history(person, talk)
    assert (row["status"], row["reply"]) == ("stopped", said[:10])
    assert row["items"] and row["steps"]
    fake.words_mode = "good"
    again = await ask(served, person, "I want a candle", talk)
    assert "candles-" in ids(again)[0] and len(await served.history(person, talk)) == 2


async def test_a_cancelled_turn_keeps_its_words(served: ChatService, fake: FakeOpenAI, person: str) -> None:
    fake.plan, fake.words_mode = {"wanted": ["backpack"]}, "hang"
    seen: list[Event] = []

    async def listen() -> None:
        async for event in served.turn(person, "a backpack"):
            seen.append(event)  # noqa: PERF401  what came before the end is looked at

    running = asyncio.create_task(listen())
    await until(lambda: [event.kind for event in seen] == ["plan", "items"])
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    record = served.stores.conversations.turn(person, seen[1].data["turn_id"])
    assert (record.status, record.reply) == (TurnStatus.STOPPED, "")
    assert [card["id"] for card in record.shown] == [card["id"] for card in seen[1].data["items"]]


async def test_cancelling_while_the_cards_are_stored_leaves_no_running_turn(
    service: ChatService, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that stores cannot be cancelled: what it stores must not look as if it were still going on."""
    storing, go_on = threading.Event(), threading.Event()
    add_turn = ConversationStore.add_turn

    def slow_add(*arguments: Any, **more: Any) -> Any:
        storing.set()
        go_on.wait(5)
        return add_turn(*arguments, **more)

    monkeypatch.setattr(ConversationStore, "add_turn", slow_add)
    running = asyncio.create_task(ask(service, person, "a backpack"))
    await until(storing.is_set)
    running.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: len(service.stores.conversations.list(person)) == 1)
    (talk,) = await service.conversations(person)
    await until(lambda: service.stores.conversations.turns(person, talk["id"])[0].status is TurnStatus.STOPPED)


async def test_a_message_is_stored_before_it_is_worked_on(service: ChatService, person: str) -> None:
    begun = await service.begin(person, "I want a backpack")
    (row,) = await service.history(person, begun.conversation_id)
    assert (row["message"], row["status"], row["items"]) == ("I want a backpack", "running", [])
    events = [event async for event in service.work(person, begun)]
    (row,) = await service.history(person, begun.conversation_id)
    assert row["status"] == "done" and row["items"] == events[-1].data["items"]


async def test_messages_sent_at_once_build_on_each_other(service: ChatService, person: str) -> None:
    first = await service.begin(person, "I want a backpack")
    second = await service.begin(person, "only red", first.conversation_id)

    async def last_of(begun: TurnRecord) -> dict[str, Any]:
        return [event async for event in service.work(person, begun)][-1].data

    _, red = await asyncio.gather(last_of(first), last_of(second))
    assert ids(red) == ["backpacks-2"]


async def test_a_message_stopped_while_it_was_read_changes_no_wish(
    served: ChatService, fake: FakeOpenAI, person: str
) -> None:
    fake.plan = {"wanted": ["red", "backpack"]}
    talk = (await ask(served, person, "a red backpack"))["conversation_id"]
    fake.plan_mode = "hang"
    running = asyncio.create_task(ask(served, person, "a candle", talk))
    await until(lambda: len(fake.asked) == 4)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    stopped = served.stores.conversations.turns(person, talk)[-1]
    assert (stopped.message, stopped.status) == ("a candle", TurnStatus.STOPPED)
    fake.plan_mode, fake.plan = "good", {"intent": "refine"}
    assert ids(await ask(served, person, "something else", talk)) == ["backpacks-2"]  # the only red one, once more


async def test_stop_changes_no_finished_turn(service: ChatService, person: str) -> None:
    answer = await ask(service, person, "I want a backpack")
    await service.stop(person, answer["turn_id"], "something else")
    record = service.stores.conversations.turn(person, answer["turn_id"])
    assert (record.status, record.reply) == (TurnStatus.DONE, answer["reply"])


async def test_a_turn_that_breaks_is_stored_as_failed(
    service: ChatService, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> AsyncIterator[str]:
        yield "These are"
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("agents.controller.tell", broken)
    seen = []
    with pytest.raises(RuntimeError):
        async for event in service.turn(person, "I want a backpack"):
            seen.append(event)  # noqa: PERF401  what came before the end is looked at
    record = service.stores.conversations.turn(person, seen[1].data["turn_id"])
    assert (record.status, record.reply) == (TurnStatus.FAILED, "These are")


async def test_undo_takes_the_last_turn_back_with_all_it_did(service: ChatService, person: str) -> None:
    first = await ask(service, person, "I want a backpack")
    talk = first["conversation_id"]
    second = await ask(service, person, "only red", talk)
    await service.react(person, second["turn_id"], ids(second)[0], FeedbackKind.SEEN)
    assert await service.undo_last(person, talk) == "only red"
    (row,) = await service.history(person, talk)
    assert row["turn_id"] == first["turn_id"]
    assert service.stores.feedback.standing(person) == []
    again = await ask(service, person, "only red", talk)
    assert (ids(again), again["plan"]) == (ids(second), second["plan"])
    assert await service.undo_last(person, talk) == "only red"
    assert await service.undo_last(person, talk) == "I want a backpack"
    with pytest.raises(NotFoundError):
        await service.undo_last(person, talk)
    assert ids(await ask(service, person, "I want a backpack", talk)) == ids(first)


async def test_undo_can_be_typed(service: ChatService, person: str) -> None:
    first = await ask(service, person, "I want a backpack")
    talk = first["conversation_id"]
    await ask(service, person, "only red", talk)
    undone = await ask(service, person, "undo", talk)
    assert ids(undone) == ids(first) and "“only red”" in undone["reply"]  # the cards from before are back
    assert [row["message"] for row in await service.history(person, talk)] == ["I want a backpack", "undo"]
    assert len(ids(await ask(service, person, "something else", talk))) > 1  # red no longer counts
    for taken in ("something else", "I want a backpack"):
        assert taken in (await ask(service, person, "undo that", talk))["reply"]
    assert "nothing to take back" in (await ask(service, person, "go back", talk))["reply"]


async def test_starting_over_forgets_what_was_said(service: ChatService, person: str) -> None:
    talk = (await ask(service, person, "only red backpacks"))["conversation_id"]
    await ask(service, person, "start over", talk)
    context = service._context(person, await service.begin(person, "something nice", talk))
    assert not context.taste.wanted and context.history[0].text == "start over"


async def test_history_shows_turns_with_the_reactions_that_stand(service: ChatService, person: str) -> None:
    first = await ask(service, person, "I want a backpack")
    talk = first["conversation_id"]
    second = await ask(service, person, "something else", talk)
    liked, saved, taken_back = ids(first)[:3]
    for item, kind in ((liked, FeedbackKind.LIKE), (saved, FeedbackKind.SAVE), (taken_back, FeedbackKind.DISLIKE)):
        await service.react(person, first["turn_id"], item, kind)
    await service.react(person, first["turn_id"], liked, FeedbackKind.MORE_LIKE)
    await service.unreact(person, first["turn_id"], taken_back, FeedbackKind.DISLIKE)
    rows = await service.history(person, talk)
    assert [row["message"] for row in rows] == ["I want a backpack", "something else"]
    assert rows[0]["reactions"] == {liked: ["like", "more_like"], saved: ["save"]} and rows[1]["reactions"] == {}
    for row, answer in zip(rows, (first, second), strict=True):
        assert {name: row[name] for name in ("turn_id", "reply", "items", "steps", "chips", "source")} == {
            name: answer[name] for name in ("turn_id", "reply", "items", "steps", "chips", "source")
        }
        assert row["status"] == "done"


async def test_conversations_are_listed_renamed_and_deleted(service: ChatService, person: str) -> None:
    old = (await ask(service, person, "I want a backpack"))["conversation_id"]
    await asyncio.sleep(0.002)
    new = (await ask(service, person, "I want a candle"))["conversation_id"]
    assert [(row["id"], row["title"]) for row in await service.conversations(person)] == [
        (new, "I want a candle"), (old, "I want a backpack"),
    ]  # fmt: skip
    await service.rename_conversation(person, old, "  Luggage ")
    await service.delete_conversation(person, new)
    assert [row["title"] for row in await service.conversations(person)] == ["Luggage"]
    with pytest.raises(NotFoundError):
        await service.history(person, new)
    with pytest.raises(NotFoundError):
        await ask(service, person, "I want a candle", new)


# --- what feedback does -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [FeedbackKind.SEEN, FeedbackKind.DISLIKE, FeedbackKind.LIKE])
async def test_a_tapped_item_does_not_come_again(service: ChatService, person: str, kind: FeedbackKind) -> None:
    first = await ask(service, person, "I want a backpack")
    tapped = ids(first)[0]
    await service.react(person, first["turn_id"], tapped, kind)
    elsewhere = await ask(service, person, "I want a backpack")
    assert len(ids(elsewhere)) == 4 and tapped not in ids(elsewhere)
    await service.unreact(person, first["turn_id"], tapped, kind)
    assert tapped in ids(await ask(service, person, "I want a backpack"))


async def test_a_like_leads_to_its_likes(service: ChatService, person: str) -> None:
    before = await ask(service, person, "show me something")
    assert not any(item.startswith("guitars-") for item in ids(before))
    guitar = await ask(service, person, "I want a guitar")
    await service.react(person, guitar["turn_id"], "guitars-1", FeedbackKind.LIKE)
    after = await ask(service, person, "show me something")
    assert all(item.startswith("guitars-") for item in ids(after)[:3])


# --- several at once --------------------------------------------------------------------------------------------------


async def test_turns_in_one_conversation_take_their_turns(service: ChatService, person: str) -> None:
    talk = (await ask(service, person, "I want a backpack", k=1))["conversation_id"]
    answers = await asyncio.gather(*(ask(service, person, "something else", talk, k=1) for _ in range(4)))
    shown = [ids(answer)[0] for answer in answers]
    assert len(set(shown)) == 4, "two turns built on the same state"
    turns = service.stores.conversations.turns(person, talk)
    assert [turn.position for turn in turns] == list(range(5))
    assert {turn.status for turn in turns} == {TurnStatus.DONE}


async def test_a_slow_turn_holds_up_only_its_own_conversation(
    served: ChatService, fake: FakeOpenAI, new_person: Callable[[], str]
) -> None:
    me, other = new_person(), new_person()
    talk = (await ask(served, me, "I want a backpack"))["conversation_id"]
    fake.set_mode("slow")
    fake.delay_s = 1.8
    slow = asyncio.create_task(ask(served, me, "I want a candle", talk))
    await until(lambda: len(fake.asked) == 4)
    fake.set_mode("good")
    waiting = asyncio.create_task(ask(served, me, "I want a guitar", talk))
    await ask(served, me, "I want a scarf")  # another conversation of mine
    await ask(served, other, "I want a scarf")
    assert not slow.done() and not waiting.done()
    await asyncio.gather(slow, waiting)
    rows = await served.history(me, talk)
    assert [row["message"][-6:] for row in rows] == ["ckpack", "candle", "guitar"]


async def test_a_stopped_turn_lets_the_next_one_in(served: ChatService, fake: FakeOpenAI, person: str) -> None:
    talk = (await ask(served, person, "I want a backpack"))["conversation_id"]
    fake.plan_mode = "hang"
    stuck = asyncio.create_task(ask(served, person, "I want a candle", talk))
    await until(lambda: len(fake.asked) == 4)
    stuck.cancel()
    fake.plan_mode = "good"
    async with asyncio.timeout(1.5):
        await ask(served, person, "I want a guitar", talk)
    assert [(row["message"], row["status"]) for row in await served.history(person, talk)] == [
        ("I want a backpack", "done"), ("I want a candle", "stopped"), ("I want a guitar", "done"),
    ]  # fmt: skip


# --- nothing leaks ----------------------------------------------------------------------------------------------------


async def test_nothing_said_leaks_into_another_conversation(service: ChatService, person: str) -> None:
    fresh = await ask(service, person, "something for clear nights, please")
    narrow = await ask(service, person, "I want a red backpack under 90 dollars, I hated the Aldine Telescope")
    assert narrow["plan"]["ranges"] and narrow["plan"]["wanted"]
    same = await ask(service, person, "something for clear nights, please")
    assert ids(same) == ids(fresh) and same["reply"] == fresh["reply"]
    record = service.stores.conversations.turn(person, same["turn_id"])
    assert not record.taste["bounds"] and not record.taste["wanted"] and not record.taste["disliked"]


async def test_a_price_cap_ends_with_its_request(service: ChatService, person: str) -> None:
    capped = await ask(service, person, "I want headphones under 100 dollars")
    assert ids(capped) == ["headphones-3"]
    free = await ask(service, person, "I want a guitar", capped["conversation_id"])
    assert len(ids(free)) == 5


async def test_people_share_nothing(service: ChatService, new_person: Callable[[], str]) -> None:
    me, other = new_person(), new_person()
    mine = await ask(service, me, "I want a backpack")
    talk, turn, item = mine["conversation_id"], mine["turn_id"], ids(mine)[0]
    await service.react(me, turn, item, FeedbackKind.SEEN)
    assert ids(await ask(service, other, "I want a backpack")) == ids(mine)
    attempts = (
        service.answer(other, "hello", talk, 5), service.history(other, talk), service.undo_last(other, talk),
        service.rename_conversation(other, talk, "x"), service.delete_conversation(other, talk),
        service.stop(other, turn, "x"), service.react(other, turn, item, FeedbackKind.LIKE),
    )  # fmt: skip
    for attempt in attempts:
        with pytest.raises(NotFoundError):
            await attempt
    await service.unreact(other, turn, item, FeedbackKind.SEEN)  # not theirs: nothing happens
    (row,) = await service.history(me, talk)
    assert row["reactions"] == {item: ["seen"]} and row["reply"] == mine["reply"]
    assert [talk["title"] for talk in await service.conversations(other)] == ["I want a backpack"]


# --- small catalogues -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    ["I want a red backpack", "hello", "why the first one?", "more like the second", "compare the first two",
     "I loved the Aldine Guitar", "又便宜又红的背包"],
)  # fmt: skip
async def test_an_empty_catalogue_answers(empty: ChatService, person: str, message: str) -> None:
    answer = await ask(empty, person, message)
    assert ids(answer) == [] and answer["reply"]


async def test_one_thing_can_be_asked_for(single: ChatService, person: str) -> None:
    for message in ("something red", "I want a guitar", "surprise me"):
        answer = await ask(single, person, message)
        assert ids(answer) in (["only"], []) and answer["reply"]
    answer = await ask(single, person, "show me anything you have")
    assert ids(answer) == ["only"]
    again = await ask(single, person, "something else", answer["conversation_id"])
    assert again["reply"]


async def test_starters_and_the_line_suit_the_catalogue(service: ChatService, empty: ChatService) -> None:
    starters = service.starters("en")
    assert len(starters) == 6 and starters[-1] == "Surprise me"
    facets = [service.brain.catalogue.categorical[name] for name in ("category", "brand", "colour")]
    for language in ("en", "zh"):
        sentences = service.starters(language)
        values = [sentence.split()[-1] for sentence in sentences[:-1]]
        assert all(value in facet for value, facet in zip(values, facets, strict=False)), "one of each facet first"
        for sentence, value in zip(sentences, values, strict=False):
            assert value.casefold() in (await service.read(sentence, [])).plan.wanted
        assert all(has_cjk(sentence) is (language == "zh") for sentence in sentences)
    assert service.catalogue_line("en").startswith("60 items")
    assert empty.starters("en") == ["Surprise me"] and len(empty.starters("zh")) == 1
    assert empty.catalogue_line("en").startswith("0 items")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> ChatService:
    """A service over nothing at all."""
    return open_shop(tmp_path_factory.mktemp("empty"), ()).service()


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory, shop: Shop) -> ChatService:
    """A service over one thing."""
    from dataclasses import replace

    return open_shop(tmp_path_factory.mktemp("single"), (replace(shop.catalogue["guitars-1"], id="only"),)).service()


def test_a_crash_leaves_no_turn_running(shop: Shop, service: ChatService, person: str, tmp_path: Any) -> None:
    own = open_shop(tmp_path / "own", shop.catalogue.items[:3])
    store = own.stores.conversations
    talk = store.start(person)
    store.add_turn(
        person, talk.id, message="hello", source="rules", plan={}, taste={}, shown=(), steps=(), timings_ms={}
    )
    again = Workspace(tmp_path / "own")
    assert again.database_url == own.workspace.database_url
    assert store.close_interrupted() == 1 and store.close_interrupted() == 0
    assert store.turns(person, talk.id)[0].status is TurnStatus.STOPPED
