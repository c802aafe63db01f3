"""What was not understood is said to be so, and asked about; what is told of the cards is true."""

import pytest

from agents.plan import Intent, TurnPlan
from agents.reading.intents import is_unread
from tests.agents.talk import Talk


async def test_a_message_without_a_wish_changes_nothing_that_is_shown(talk: Talk) -> None:
    shown = await talk.say("a comedy")
    turn = await talk.say("my neighbours are very loud again")
    assert turn.intent is Intent.CHAT and turn.ids == [] and "I did not understand that." in turn.words
    assert talk.taste.last_shown == shown.ids and [wish.label for wish in talk.taste.wanted] == ["comedy"]


@pytest.mark.parametrize("message", ["recommend me a film", "what should we watch", "something else", "surprise me"])
async def test_who_asks_for_anything_is_understood(talk: Talk, message: str) -> None:
    await talk.say("a comedy")
    assert (await talk.say(message)).ids


@pytest.mark.parametrize(
    ("message", "unread"),
    [("my neighbours are loud again", True), ("we are both in today", True), ("a film", False), ("any ideas?", False)],
)
def test_what_is_unread(message: str, unread: bool) -> None:
    assert is_unread(message, TurnPlan(intent=Intent.RECOMMEND)) is unread
    assert not is_unread(message, TurnPlan(intent=Intent.RECOMMEND, wanted=["comedy"]))


async def test_small_talk_off_the_subject_is_not_called_unread(talk: Talk) -> None:
    assert "I only know the films" in (await talk.say("what's the weather like")).words


async def test_without_the_one_thing_asked_for_is_no_way_out(talk: Talk) -> None:
    await talk.say("tell me about Dances with Wolves")
    turn = await talk.say("what else did that director make?")
    assert "was shown or is known to you. What else do you feel like?" in turn.words


async def test_what_rules_nothing_out_is_said_to_do_so(talk: Talk) -> None:
    assert (await talk.say("I have 5 hours for a film")).words.startswith("All 1,349 films fit")


async def test_the_nearest_by_description_are_named_once(talk: Talk) -> None:
    words = (await talk.say("films about lighthouse keepers")).words
    assert words.count("description") <= 1 and "comes closest to what you said" not in words


@pytest.mark.parametrize("message", ["the oldest ones", "less famous"])
async def test_what_puts_the_cards_in_order_is_no_word_to_filter_by(talk: Talk, message: str) -> None:
    await talk.say("a western")
    words = (await talk.say(message)).words
    assert words.startswith("26 films fit western; the ") and "come first" in words


async def test_she_watched_it_more_times_than_she_can_count(talk: Talk) -> None:
    assert "Yes:" not in (await talk.say("She has watched Matilda more times than I can count")).words
