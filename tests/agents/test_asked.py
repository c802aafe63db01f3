"""Which questions a message asks, of which items, and what is answered to each of them."""

import pytest

from agents.plan import Intent, Mention, Stance
from agents.reading.asked import questions
from tests.agents.talk import Talk


@pytest.mark.parametrize(
    ("message", "asked"),
    [("I have seen Heat. Is Ronin long, and who is in it?", [("Is it long", "Ronin"), ("who is in it?", "Ronin")]),
     ("Heat! With De Niro? Who else is in it?", [("With De Niro?", "Heat"), ("Who else is in it?", "Heat")]),
     ("not Heat. who directed Ronin?", [("who directed it?", "Ronin")]),
     ("ronin looks great who's in it n how long", [("who's in it", "ronin"), ("how long", "ronin")]),
     ("I only asked whether Heat was slow.", [("it was slow.?", "Heat")]),
     ("Heat, perhaps? Do you have Ronin?", [("Do you have it?", "Ronin")]),
     ("What a film Heat is!", []), ("Heat. got it, thanks", []), ("Something like Heat", [])],
)  # fmt: skip
def test_questions_and_what_they_are_about(message: str, asked: list[tuple[str, str]]) -> None:
    named = [Mention(text=name, id=name) for name in ("Heat", "Ronin", "ronin") if name in message]
    found = questions(message, named)
    assert [q.mentions[0].text for q in found] == [name for _, name in asked]
    if "whether" not in message:
        assert [q.text for q in found] == [text for text, _ in asked]


@pytest.mark.parametrize(
    ("message", "title", "said"),
    [("I have seen both the Little Women. Is Dave suitable, and what is it about?", "Dave", ["temp agency"]),
     ("seen memento n inception. whats black swan about", "Black Swan", ["Swan Lake"]),
     ("We have seen Heat. Is The English Patient too long for one evening?", "The English Patient", ["162 min"]),
     ("not The Godfather. who directed The Leopard?", "The Leopard", ["Luchino Visconti"]),
     ("Emma, perhaps? Do you have Sense and Sensibility?", "Sense and Sensibility", ["is here"]),
     ("theres like 6 screams. anyway u got 28 days later", "28 Days Later", ["is here"]),
     ("Better Off Dead sounds sad from the title. What is Election about?", "Election", ["Omaha"]),
     ("Moonstruck! With Cher? Who else is in it?", "Moonstruck", ["has Cher", "Nicolas Cage"]),
     ("shaun of the dead. whos in it n how long", "Shaun of the Dead", ["Simon Pegg", "99 minutes"]),
     ("who is in Ikiru? and is it funny?", "Ikiru", ["Takashi Shimura", "Not "]),
     ("Cool Runnings then. What's it about?", "Cool Runnings", ["bobsleigh"]),
     ("Roman Holiday, how lovely! Who was the gentleman in that?", "Roman Holiday", ["Gregory Peck"]),
     ("Who else is in Breakfast at Tiffany's?", "Breakfast at Tiffany's", ["George Peppard"]),
     ("What is the story of Dave?", "Dave", ["temp agency"]),
     ("how old is the girl in leon", "Léon: The Professional", ["I don't know that"]),
     ("bad santa lmao yes. rated r?", "Bad Santa", ["what age"]),
     ("Is The African Queen in colour?", "The African Queen", ["in colour"]),
     ("I only asked whether Citizen Kane was funny.", "Citizen Kane", ["Not "])],
)  # fmt: skip
async def test_the_item_that_is_asked_about_is_answered(talk: Talk, message: str, title: str, said: list[str]) -> None:
    await talk.say("a drama")
    turn = await talk.say(message)
    assert turn.intent is Intent.ABOUT_ITEM and turn.titles == [title]
    assert all(part in turn.words for part in said), turn.words
    assert (await talk.say("who directed it?")).titles == [title]


async def test_what_is_told_beside_a_question_is_noted(talk: Talk) -> None:
    turn = await talk.say("I only asked whether Citizen Kane was slow. And I loved Heat, who is in it?")
    stances = {mention.text: mention.stance for mention in turn.plan.mentions}
    assert stances == {"Citizen Kane": Stance.NEUTRAL, "Heat": Stance.LIKED}


@pytest.mark.parametrize(
    ("message", "said"),
    [("Yes, that's the one! Is it very frightening?", "scary"),
     ("Thank you, dear. But is it slow, do you think?", "“The Sixth Sense” is"),
     ("You haven't told me whether it is frightening.", "scary"),
     ("good. is it black and white?", "“The Sixth Sense”: in colour"),
     ("What happens in it?", "dead people")],
)  # fmt: skip
async def test_the_card_in_focus_is_asked_about(talk: Talk, message: str, said: str) -> None:
    await talk.say("a ghost film with bruce willis")
    turn = await talk.say(message)
    assert turn.intent is Intent.ABOUT_ITEM and turn.titles == ["The Sixth Sense"] and said in turn.words


@pytest.mark.parametrize(
    ("message", "found"),
    [("Top Gun! We both like that. Is the sequel there too?", ["Top Gun: Maverick"]),
     ("Do you have the sequel of Shrek?", ["Shrek 2"]),
     ("yea across the spiderverse. got the first one?", ["Spider-Man: Into the Spider-Verse"]),
     ("have you got the sequel of Citizen Kane?", ["Citizen Kane"])],
)  # fmt: skip
async def test_the_sequel_is_looked_for(talk: Talk, message: str, found: list[str]) -> None:
    turn = await talk.say(message)
    assert turn.titles == found and turn.words.startswith("No" if found == ["Citizen Kane"] else "Yes")


@pytest.mark.parametrize(
    "message",
    [
        "I loved Heat. What else is like it?",
        "I loved Heat. Anything similar?",
        "Heat was great. Is there another like it?",
    ],
)
async def test_a_wish_is_no_question_of_the_item(talk: Talk, message: str) -> None:
    turn = await talk.say(message)
    assert turn.intent is not Intent.ABOUT_ITEM and len(turn.titles) > 1 and "Heat" not in turn.titles


async def test_after_a_choice_others_like_it_are_asked_for(talk: Talk) -> None:
    await talk.say("a ghost film with bruce willis")
    turn = await talk.say("That's the one. Is there another comedy with a clever idea like that?")
    assert turn.intent is Intent.MORE_LIKE and "Enjoy" not in turn.words


async def test_how_two_are_alike(talk: Talk) -> None:
    turn = await talk.say("We've seen The Grand Budapest Hotel and loved it. Is Moonrise Kingdom similar?")
    assert "They share" in turn.words and "Wes Anderson" in turn.words


async def test_somebody_named_is_who_is_meant(talk: Talk) -> None:
    await talk.say("Who was the gentleman in Roman Holiday?")
    turn = await talk.say("It was Gregory Peck, I remember now. Have you another with him?")
    assert [phrase.casefold() for phrase in turn.plan.wanted] == ["gregory peck"]
