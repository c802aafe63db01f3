"""Which of the items shown has something, and whether one would suit somebody: answered by their values."""

import pytest

from agents.plan import Intent
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk, has

WHICH = [
    ("which has Robin Williams in it?", "cast", "Robin Williams"),
    ("which of these is a musical?", "genres", "musical"),
    ("does any of them have Tom Hanks", "cast", "Tom Hanks"),
    ("and which ones are by John Lasseter?", "director", "John Lasseter"),
    ("which one stars Tim Allen?", "cast", "Tim Allen"),
    ("are any of those whimsical", "moods", "whimsical"),
    ("哪部是音乐片？", "genres", "musical"),
]


@pytest.mark.parametrize(("message", "facet", "value"), WHICH)
async def test_which_of_them_has_it(talk: Talk, demo: Catalogue, message: str, facet: str, value: str) -> None:
    first = await talk.say("funny family films from the 90s")
    turn = await talk.say(message)
    theirs = [item_id for item_id in first.ids if has(demo, item_id, facet, value)]
    assert (turn.intent, turn.ids) == (Intent.COMPARE, theirs) and all(title in turn.words for title in turn.titles)
    assert talk.taste.last_shown == first.ids


async def test_that_none_has_it_is_said_with_how_many_others_do(talk: Talk) -> None:
    await talk.say("funny family films from the 90s")
    turn = await talk.say("which of these has Sigourney Weaver in it?")
    assert turn.ids == [] and turn.words.startswith("None of these 5 has Sigourney Weaver; ")
    turn = await talk.say("which has Barbara Stanwyck?")
    assert turn.words == "“Barbara Stanwyck” is not in this catalogue. None of these 5 mentions “Barbara Stanwyck”."


@pytest.mark.parametrize(
    ("message", "ids"),
    [("which is under 85 minutes?", (0, 85)), ("which of them are at least 85 minutes long", (85, 900))],
)
async def test_bounds_are_asked_of_them_too(talk: Talk, demo: Catalogue, message: str, ids: tuple[int, int]) -> None:
    first = await talk.say("funny family films from the 90s")
    turn = await talk.say(message)
    assert turn.ids == [i for i in first.ids if ids[0] <= demo[i].attributes["runtime"] <= ids[1]]


@pytest.mark.parametrize("message", ["which films have Robin Williams in them?", "what has Robin Williams been in"])
async def test_of_the_whole_catalogue_it_is_a_wish(talk: Talk, message: str) -> None:
    await talk.say("funny family films from the 90s")
    assert (await talk.say(message)).intent in (Intent.RECOMMEND, Intent.REFINE)


SUITS = [
    ("is Alien too scary for a 9 year old?", "I think so: “Alien” is a horror film"),
    ("would Psycho do for my kids?", "I don't think so: “Psycho” is a horror film, disturbing and scary"),
    (
        "my nephew is afraid of ghosts, could he watch Toy Story?",
        "I think so: nothing I have on “Toy Story” says “ghosts or scary”",
    ),
    (
        "is Coraline ok for 6 years old?",
        "I don't think so: “Coraline” is scary and disturbing, though it is a family film",
    ),
    ("Jumanji, is it too much for 6?", "I think so: “Jumanji” is scary, though it is a family film"),
    ("is Toy Story fine for a toddler?", "I think so: “Toy Story” is a family film."),
    ("my mum can't stand violence, would Fargo suit her?", "I don't think so: “Fargo” is violent."),
    ("is Fargo too violent?", "I think so: “Fargo” is violent."),
    ("is Toy Story too violent for children", "I don't think so: nothing I have on “Toy Story” says “violent”"),
    ("《异形》适合小孩看吗？", "应该不是：《异形》标签里有"),
]


@pytest.mark.parametrize(("message", "start"), SUITS)
async def test_whether_it_suits_goes_by_the_tags(talk: Talk, message: str, start: str) -> None:
    await talk.say("something good")
    turn = await talk.say(message)
    assert turn.intent is Intent.ABOUT_ITEM and turn.words.startswith(start)


@pytest.mark.parametrize("message", ["is the first one ok for a six year old?", "第一部适合六岁孩子吗"])
async def test_it_may_be_asked_of_a_card(talk: Talk, message: str) -> None:
    first = await talk.say("funny family films from the 90s")
    turn = await talk.say(message)
    assert turn.ids == first.ids[:1] and turn.words.startswith(("I think so: ", "应该是："))
    assert talk.taste.wanted, "the wish of before still stands"


@pytest.mark.parametrize(
    "message", ["something not too scary for my kids", "do you have anything that's ok for a six year old?"]
)
async def test_a_wish_for_somebody_is_no_question(talk: Talk, message: str) -> None:
    await talk.say("an adventure film")
    turn = await talk.say(message)
    assert turn.intent in (Intent.RECOMMEND, Intent.REFINE) and turn.ids
