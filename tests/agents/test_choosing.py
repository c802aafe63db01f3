"""Taking a card, comparing two, and asking for one of each."""

import pytest

from agents.plan import Intent
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk, has


@pytest.mark.parametrize(
    ("message", "place"),
    [("let's go with that one", 1), ("The second one", 2), ("ok adding that", 1), ("Very well, I shall try it.", 1),
     ("that one please", 1), ("that will do nicely", 1), ("the third", 3)],
)  # fmt: skip
async def test_a_card_is_taken(talk: Talk, message: str, place: int) -> None:
    shown = (await talk.say("a horror film")).ids
    turn = await talk.say(message)
    assert turn.intent is Intent.FEEDBACK and turn.ids == [shown[place - 1]]
    assert turn.words.startswith("Enjoy") and ("name it" in turn.words) == (place == 1)
    assert (await talk.say("who is in it?")).ids == turn.ids


async def test_a_card_is_taken_by_a_word_of_its_title(talk: Talk) -> None:
    shown = await talk.say("films by Stanley Kubrick")
    place = shown.titles.index("The Shining")
    assert (await talk.say("ok shining it is")).ids == [shown.ids[place]]


@pytest.mark.parametrize("message", ["bet", "ok nice", "sounds good"])
async def test_agreement_is_no_wish(talk: Talk, message: str) -> None:
    await talk.say("a horror film")
    turn = await talk.say(message)
    assert turn.intent is Intent.CHAT and turn.words.startswith("Good.")


async def test_the_shorter_one_is_of_the_two_that_were_named(talk: Talk) -> None:
    await talk.say("a family film")
    await talk.say("The Matrix or Blade Runner?")
    turn = await talk.say("the shorter one")
    assert turn.titles == ["Blade Runner"] and "117 min" in turn.words
    assert (await talk.say("which one is newer?")).titles == ["The Matrix"]


async def test_what_two_named_ones_are_compared_by_is_in_no_title(talk: Talk) -> None:
    turn = await talk.say("is Vertigo longer than North by Northwest?")
    assert "128 min" in turn.words and "northwest." not in turn.words
    turn = await talk.say("is Jaws scarier than Toy Story?")
    assert turn.words.startswith("“Jaws”, I would say: it is ")


@pytest.mark.parametrize(
    "message", ["one funny and one scary", "two films: one funny and one scary", "a funny one and a scary one"]
)
async def test_one_of_each(talk: Talk, demo: Catalogue, message: str) -> None:
    first, second = (await talk.say(message)).ids
    assert has(demo, first, "moods", "funny") and not has(demo, first, "genres", "horror")
    assert has(demo, second, "genres", "horror") and not has(demo, second, "moods", "funny")


async def test_one_that_is_both(talk: Talk, demo: Catalogue) -> None:
    turn = await talk.say("one that is funny and scary")
    assert turn.ids and all(has(demo, i, "moods", "funny") for i in turn.ids)


async def test_where_to_watch_is_not_known_of_any(talk: Talk) -> None:
    assert "where to find any film" in (await talk.say("can I watch this on netflix?")).words


async def test_the_same_director_directs(talk: Talk, demo: Catalogue) -> None:
    await talk.say("tell me about Reservoir Dogs")
    turn = await talk.say("same director?")
    assert turn.ids and all(has(demo, i, "director", "Quentin Tarantino") for i in turn.ids)


@pytest.mark.parametrize(
    ("message", "place"),
    [("OK the first one, thanks", 1), ("ok the first one then, thank you. good night!", 1), ("the first one then", 1),
     ("I'll take the third. no, the first", 1),
     ("thx ill watch that", 1), ("yes the second one then, thank you!", 2)],
)  # fmt: skip
async def test_thanks_do_not_hide_a_choice(talk: Talk, message: str, place: int) -> None:
    shown = (await talk.say("a horror film")).ids
    turn = await talk.say(message)
    assert turn.ids == [shown[place - 1]] and turn.words.startswith("Enjoy")


@pytest.mark.parametrize("message", ["The Favourite it is, thank you!", "ok then the favourite it is"])
async def test_a_named_one_is_taken(talk: Talk, message: str) -> None:
    await talk.say("a period drama")
    turn = await talk.say(message)
    assert turn.titles == ["The Favourite"] and turn.words.startswith("Enjoy")


@pytest.mark.parametrize(
    ("first", "message", "taken"),
    [
        ("a thriller by hitchcock", "Rear Window, of course! My wife agrees. Thank you, that will do.", "Rear Window"),
        ("a thriller by hitchcock", "I only meant to say that we have chosen Rear Window. Good night!", "Rear Window"),
        ("funny film for kids", "ok Matilda. thanks!", "Matilda"),
        ("quiet indian film", "Sold. The Lunchbox.", "The Lunchbox"),
        ("bruce willis and time travel", "ok bet ima watch looper", "Looper"),
        ("action with jason statham", "transporter then thx", "The Transporter"),
        ("what is 10 Things I Hate About You about?", "ty gonna watch 10 things", "10 Things I Hate About You"),
    ],
)
async def test_a_choice_brings_no_other_list(talk: Talk, first: str, message: str, taken: str) -> None:
    await talk.say(first)
    turn = await talk.say(message)
    assert turn.titles == [taken] and turn.words.startswith("Enjoy")


@pytest.mark.parametrize("message", ["ok. {}", "{}, please", "great, {} then"])
async def test_a_nod_takes_a_card(talk: Talk, message: str) -> None:
    title = (await talk.say("animation for kids")).titles[2]
    turn = await talk.say(message.format(title))
    assert turn.titles == [title] and turn.words.startswith("Enjoy")


@pytest.mark.parametrize(
    "message",
    ["ok Aladdin, but is it long?", "Aladdin is great", "great film, Aladdin", "ok Aladdin. something shorter",
     "thanks! and now a comedy", "great. more like Aladdin", "no thanks, not Aladdin", "we've seen Aladdin, thanks"],
)  # fmt: skip
async def test_who_says_more_has_not_chosen(talk: Talk, message: str) -> None:
    await talk.say("animation for kids")
    assert not (await talk.say(message)).words.startswith("Enjoy")


async def test_cards_are_compared_by_parts_of_their_titles(talk: Talk) -> None:
    await talk.say("which would you pick, Fargo or No Country for Old Men?")
    assert (await talk.say("compare Fargo and No Country")).titles == ["Fargo", "No Country for Old Men"]
    turn = await talk.say("both. which first")
    assert turn.intent is Intent.COMPARE and turn.words.startswith("I would take")


async def test_two_of_a_series_are_compared(talk: Talk) -> None:
    await talk.say("kieslowski")
    turn = await talk.say("which of the two Three Colors should I see first?")
    assert sorted(turn.titles) == ["Three Colors: Blue", "Three Colors: Red"]
    assert sorted((await talk.say("compare these two")).titles) == ["Three Colors: Blue", "Three Colors: Red"]


@pytest.mark.parametrize(
    ("message", "said"),
    [("does Alice in Wonderland or The Wizard of Oz have a witch?", "only “The Wizard of Oz”"),
     ("Let the Right One In or Alien - which is less scary?", "I would say"),
     ("which of the others is darkest?", "I would say: it is dark")],
)  # fmt: skip
async def test_what_several_are_asked_for(talk: Talk, message: str, said: str) -> None:
    await talk.say("a horror film")
    turn = await talk.say(message)
    assert turn.intent is Intent.COMPARE and said in turn.words and "The Others" not in turn.titles
