"""What is said to the assistant itself: read as such, and only as a whole message."""

import pytest

from agents.plan import Intent
from agents.policy.aside import Aside, aside_of, reply_to
from tests.agents.talk import Talk

SAID = [
    (Aside.UNDO, ["undo", "Undo that!", "scrap that, go back", "go back please", "take that back",
                  "go back to the earlier ones", "show me the first list again", "the earlier ones were better",
                  "撤销", "撤销上一条"]),
    (Aside.START_OVER, ["start over", "Let's start over", "forget everything", "forget everything I said", "reset",
                        "重新开始", "从头再来吧", "忘掉一切"]),
    (Aside.DELETE_DATA, ["delete all my data", "please delete my data", "how do I delete my account?",
                         "erase my history", "delete everything you know about me", "删除我的所有数据",
                         "清除我的记录"]),
    (Aside.DISTRESS, ["I want to kill myself", "honestly i just want to die", "I don't want to live anymore",
                      "i'm feeling suicidal", "thinking of ending my life", "我不想活了", "我想自杀",
                      "想死"]),
    (Aside.NOTED, ["what have I told you so far?", "tell me what you've noted", "what do you know about me?",
                   "have I already told you that I liked The King's Speech?", "你都记住了什么？"]),
    (Aside.MAKER, ["who made you?", "and who built this?", "谁做的你"]),
    (Aside.METHOD, ["how do you choose?", "how do you pick these films?", "你怎么选的？"]),
    (Aside.JOKE, ["tell me a joke", "do you know any jokes?", "讲个笑话"]),
    (Aside.PRAISE, ["ty ur the best", "you are so helpful, thanks", "well done"]),
]  # fmt: skip
WISHES = [
    "a film about starting over", "go back to the 80s", "forget the 80s thing",
    "the last films of Kurosawa", "undo the year limit", "newer",
    "Back to the Future", "a western, start with the oldest", "films about suicide", "kill bill", "想死你了",
    "a movie where I don't want to live", "a comedy, I want to die laughing", "he wants to kill himself",
    "The Suicide Squad", "关于自杀的电影", "重新推荐几部", "delete the horror ones", "清空恐怖片",
    "never mind the length", "what have you got?", "what do you have from the 80s?", "tell me something funny",
    "who made Heat?", "how do they escape?", "what do you know about Heat?", "you're wrong",
]  # fmt: skip


@pytest.mark.parametrize(("aside", "message"), [(aside, message) for aside, messages in SAID for message in messages])
def test_what_is_said_to_the_assistant(aside: Aside, message: str) -> None:
    assert aside_of(message) is aside


@pytest.mark.parametrize("message", WISHES)
def test_a_wish_is_none(message: str) -> None:
    assert aside_of(message) is None


async def test_someone_in_distress_hears_of_help_and_sees_no_films(talk: Talk) -> None:
    first = await talk.say("something scary from the 80s")
    english, chinese = await talk.say("I want to kill myself"), await talk.say("我不想活了")
    for turn, help_at in ((english, "988"), (chinese, "12356")):
        assert (turn.intent, turn.ids, turn.shown.chips) == (Intent.CHAT, [], [])
        assert help_at in turn.words and "findahelpline.com" in turn.words
    assert talk.taste.bounds and talk.taste.last_shown == first.ids


async def test_what_was_noted_is_told_from_the_state(talk: Talk) -> None:
    assert "Nothing yet" in (await talk.say("what do you know about me?")).words
    await talk.say("a comedy, no animation, under 2 hours")
    shown = await talk.say("I love The King's Speech and I hated Alien")
    turn = await talk.say("what have I told you so far?")
    for told in ("You like “The King's Speech”.", "You do not like “Alien”.", "comedy, not animation and up to 120"):
        assert told in turn.words
    assert turn.ids == [] and talk.taste.last_shown == shown.ids


async def test_starting_over_forgets_the_wishes(talk: Talk) -> None:
    await talk.say("something scary from the 80s, I hated Alien")
    turn = await talk.say("start over")
    assert turn.ids == [] and "fresh start" in turn.words
    assert not (talk.taste.bounds or talk.taste.wanted or talk.taste.disliked or talk.taste.last_shown)


async def test_asking_to_delete_deletes_nothing_and_says_where(talk: Talk) -> None:
    await talk.say("something scary from the 80s")
    turn = await talk.say("delete all my data")
    assert turn.ids == [] and "Nothing has been deleted" in turn.words and talk.taste.wanted


def test_undo_says_what_was_taken_back_or_that_there_was_nothing() -> None:
    assert "“newer {x}”" in reply_to(Aside.UNDO, "en", "newer {x}")
    assert "nothing to take back" in reply_to(Aside.UNDO, "en")
    assert len(reply_to(Aside.UNDO, "zh", "长" * 4000)) < 200
