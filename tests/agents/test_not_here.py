"""What is named and not in the catalogue: nothing is made of its words, nor of what is said of it."""

import pytest

from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.linking.unknown import unknown_names
from agents.plan import Intent
from agents.reading.rules import RuleReader
from tests.agents.talk import Talk


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ("The Remains of the Day was superb, Howards End rather less so.", ["The Remains of the Day", "Howards End"]),
        ("Midnight in Paris is our favourite", ["Midnight in Paris"]),
        ("On Golden Pond I remember fondly.", ["On Golden Pond"]),
        ("The Searchers I have seen many times. A masterpiece.", ["The Searchers"]),
        ("do you have The Room?", ["The Room"]),
        ("a night with Doctor Zhivago? I saw Doctor Zhivago", ["Doctor Zhivago"]),
        ("Is Before Sunrise sad?", ["Before Sunrise"]),
        ("Agatha Christie above all", ["Agatha Christie"]),
        ("a western with John Wayne", ["John Wayne"]),
        ("a comedy w gene tierney", ["gene tierney"]),
        ("Anything with Barbara Stanwyck? I loved Double Indemnity.", ["Barbara Stanwyck", "Double Indemnity"]),
        ("Something in the style of David Attenborough", ["David Attenborough"]),
        ("like twilight dont judge", ["twilight"]),
        ("what should i watch if i liked breaking bad", ["breaking bad"]),
        ("smth like bridgerton", ["bridgerton"]),
        ("something similar to squid game", ["squid game"]),
        ("smth like the bear please", ["the bear"]),
        ("like insidious or the conjuring", ["insidious", "the conjuring"]),
        ("I have just remembered: Driving Miss Daisy. Do you have it?", ["Driving Miss Daisy"]),
        ("Hell or High Water? The Age of Innocence?", ["Hell or High Water", "The Age of Innocence"]),
        ("Then Howards End or A Room with a View", ["Howards End", "A Room with a View"]),
        ("We enjoyed The Best Exotic Marigold Hotel", ["The Best Exotic Marigold Hotel"]),
        ("It's Broken Flowers! Do you have it?", ["Broken Flowers"]),
        ("no it is Heidi. You have it?", ["Heidi"]),
        ("The Conversation, The Parallax View, that kind of thing", ["The Conversation", "The Parallax View"]),
        ("Lars von Trier", ["Lars von Trier"]),
    ],
)  # fmt: skip
def test_names_that_are_not_here(
    rules: RuleReader, titles: TitleLinker, facets: FacetLinker, message: str, names: list[str]
) -> None:
    assert unknown_names(message, titles=titles, facets=facets) == names
    plan = rules.plan(message, [])
    assert plan.mentions == [] and plan.refers_to == []
    said = {word.casefold() for name in names for word in name.split()}
    searched = plan.query if plan.intent is not Intent.ABOUT_ITEM else ""
    assert not said & {word.casefold() for phrase in (*plan.wanted, searched) for word in phrase.split()}


@pytest.mark.parametrize(
    "message",
    [
        "A film about Marie Curie",
        "a film set in the Second World War with Tom Hanks",
        "We had movie night with Sarah, a comedy please",
        "Hi, I'm John Smith. A comedy please.",
        "A Happy Halloween film for Mum and Dad",
        "I love James Bond.",
        "I'd love a French film from New York with Japanese Cinema vibes",
        "Is Harry Potter good for a 6 year old?",
        "Christopher Nolan above all",
        "something with emma stone",
        "Loved Pulp Fiction, Heat was superb",
        "something like that",
        "more like the second one",
        "smth like 90s teen movies",
        "something like a western",
        "like sad but pretty",
        "something like submarines",
        "i want something that feels like autumn",
        "my kids like trains",
        "like train 2 busan",
        "A Kubrick film",
        "Forget Leone. Any modern westerns?",
        "Korean or Japanese, about a murder case",
        "Too American.",
        "For Christmas Eve, not sugary.",
        "Retired on Monday. I need a hobby.",
        "Others by Mizoguchi?",
        "Show Me Good Movies",
        "It's Friday. Do you have something funny?",
        "WHAT ELSE FROM THE SIXTIES",
    ],
)
def test_what_is_no_name_or_is_here(titles: TitleLinker, facets: FacetLinker, message: str) -> None:
    assert unknown_names(message, titles=titles, facets=facets) == []


@pytest.mark.parametrize(
    "message",
    [
        "I have just remembered: Driving Miss Daisy. Do you have it?",
        "no it is Heidi. You have it?",
        "Under the Skin?",
        "Kramer vs. Kramer, would that be too sad?",
    ],
)
async def test_of_what_is_not_here_no_card_is_told(talk: Talk, message: str) -> None:
    await talk.say("a sad drama")
    turn = await talk.say(message)
    assert turn.ids == [] and "is not in this catalogue. Tell me what you like about it" in turn.words


async def test_of_a_card_it_is_told(talk: Talk) -> None:
    await talk.say("a western")
    assert (await talk.say("Is Bette Davis in it?")).ids


@pytest.mark.parametrize(
    "message", ["Something like Before Sunrise", "Is Before Sunrise sad?", "do you have The Room?"]
)
async def test_with_nothing_else_said_nothing_is_shown(talk: Talk, message: str) -> None:
    turn = await talk.say(message)
    assert turn.ids == [] and "is not in this catalogue. Tell me what you like about it" in turn.words


async def test_what_else_is_asked_for_is_shown(talk: Talk) -> None:
    turn = await talk.say("Something like Before Sunrise but funny, from the 90s")
    assert turn.words.startswith("“Before Sunrise” is not in this catalogue. ") and turn.ids
    assert turn.plan.wanted == ["funny"]


async def test_what_was_asked_for_before_is_shown(talk: Talk) -> None:
    first = await talk.say("a comedy")
    turn = await talk.say("smth like bridgerton")
    assert turn.words.startswith("“bridgerton” is not in this catalogue. ")
    assert turn.ids and not set(turn.ids) & set(first.ids)


async def test_a_verdict_on_it_is_of_no_card(talk: Talk) -> None:
    await talk.say("a western")
    turn = await talk.say("The Searchers I have seen many times. A masterpiece.")
    assert talk.taste.liked == talk.taste.seen == talk.taste.disliked == []
    assert turn.intent is Intent.REFINE and turn.ids and "“The Searchers” is not in this catalogue." in turn.words


async def test_whether_the_assistant_knows_it_is_no_verdict(talk: Talk) -> None:
    turn = await talk.say("Have you seen Fight Club?")
    assert turn.intent is Intent.ABOUT_ITEM and talk.taste.seen == [] and turn.titles == ["Fight Club"]


async def test_what_is_ruled_out_is_not_told_as_seen(talk: Talk) -> None:
    await talk.say("an action film")
    turn = await talk.say("not Top Gun please, I'd avoid Top Gun")
    assert "You have seen" not in turn.words


async def test_what_is_here_beside_it_is_heard(talk: Talk) -> None:
    turn = await talk.say("We adored Midnight in Paris and Amélie")
    assert turn.words.startswith("“Midnight in Paris” is not in this catalogue. ")
    assert talk.taste.liked == ["amelie-2001"] and talk.taste.wanted == []


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("smth else pixar", "pixar"),
        ("perks of being a wallflower vibes", "wallflower"),
        ("hufflepuffs were fire", "hufflepuffs"),
    ],
)
async def test_a_rare_word_that_nothing_mentions_is_told(talk: Talk, message: str, word: str) -> None:
    assert f"Nothing here mentions “{word}”" in (await talk.say(message)).words


@pytest.mark.parametrize(
    "message", ["something with submarines", "a comdy flm", "something cosy", "films about nurses"]
)
async def test_other_words_are_not(talk: Talk, message: str) -> None:
    assert "mentions" not in (await talk.say(message)).words


async def test_of_the_cards_it_may_be_asked(talk: Talk) -> None:
    await talk.say("funny family films from the 90s")
    assert "None of these 5 mentions “Barbara Stanwyck”." in (await talk.say("which has Barbara Stanwyck?")).words


@pytest.mark.parametrize(("message", "query"), [("I love Marvel", "Marvel"), ("I love Double Indemnity", "")])
def test_one_word_may_be_a_brand_to_search_by(rules: RuleReader, message: str, query: str) -> None:
    assert rules.plan(message, []).query == query
