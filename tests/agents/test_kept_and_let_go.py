"""What stays of earlier wishes in the turn that says something new, and what goes."""

import pytest

from agents.language.ranges import find_ranges
from agents.plan import Intent, Stance
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk, has


def labels(talk: Talk) -> list[str]:
    return [wish.label for wish in talk.taste.wanted]


async def test_what_is_called_fine_stays_wished_for(talk: Talk) -> None:
    await talk.say("Something Italian from the 60s")
    await talk.say("The Godfather isn't Italian. French-Italian is fine.")
    assert labels(talk) == ["italian"]


@pytest.mark.parametrize(
    ("first", "then", "kept"),
    [
        ("an uplifting French film", "something as funny in English?", ["uplifting", "funny", "english"]),
        ("a Japanese thriller", "now one in Korean", ["thriller", "in korean"]),
        ("a Japanese thriller", "a slow-burn one", ["japanese", "thriller", "slow-burn"]),
    ],
)
async def test_a_language_takes_the_place_of_another(talk: Talk, first: str, then: str, kept: list[str]) -> None:
    await talk.say(first)
    await talk.say(then)
    assert labels(talk) == kept


async def test_what_a_card_is_not_stays_wished_for(talk: Talk) -> None:
    await talk.say("sci-fi, 1970-1985")
    await talk.say("Back to the Future isn't serious sci-fi. Something cerebral")
    assert "sci-fi" in labels(talk) and not talk.taste.unwanted


@pytest.mark.parametrize(
    "message",
    ["Trainspotting isn't like Fargo at all", "Trainspotting is nothing like Fargo", "Trainspotting is not like Fargo"],
)
async def test_a_card_that_is_not_like_it_goes_and_the_likeness_stays(talk: Talk, message: str) -> None:
    await talk.say("like Fargo")
    turn = await talk.say(message)
    assert turn.intent is Intent.REFINE
    assert [mention.stance for mention in turn.plan.mentions] == [Stance.UNWANTED, Stance.SIMILAR_TO]
    assert talk.taste.similar_to == ["fargo-1996"] and "trainspotting-1996" not in turn.ids


@pytest.mark.parametrize("message", ["no limits then: like Drive", "Forget that, like Drive"])
async def test_without_limits_the_likeness_is_all(talk: Talk, message: str) -> None:
    await talk.say("like Drive but no violence, from the 1990s")
    turn = await talk.say(message)
    assert turn.ids and not talk.taste.unwanted and not talk.taste.bounds and len(talk.taste.similar_to) == 1


async def test_who_found_what_he_looked_for_does_not_dislike_it(talk: Talk) -> None:
    await talk.say("a French film about two friends")
    await talk.say("The Intouchables, that's it. Something as uplifting in English?")
    assert not talk.taste.disliked


@pytest.mark.parametrize("message", ["no the sixth sense is what i meant, more like that", "i said the sixth sense"])
async def test_what_was_meant_takes_the_place_of_the_other(talk: Talk, message: str) -> None:
    await talk.say("films like The Kid")
    turn = await talk.say(message)
    assert turn.ids and talk.taste.similar_to == ["the-sixth-sense-1999"]


async def test_by_a_different_director(talk: Talk, demo: Catalogue) -> None:
    await talk.say("films by Wes Anderson")
    turn = await talk.say("Something like Moonrise Kingdom but by a different director")
    assert turn.ids and not any(has(demo, i, "director", "Wes Anderson") for i in turn.ids)


@pytest.mark.parametrize("message", ["short please", "sumthin short its late", "a film by Bergman, but short"])
def test_short_is_a_length(message: str) -> None:
    assert [found.range.facet for found in find_ranges(message)] == ["runtime"]


@pytest.mark.parametrize("message", ["but short stories", "short of ideas"])
def test_short_of_something_is_none(message: str) -> None:
    assert not find_ranges(message)
