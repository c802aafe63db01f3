"""Qualities named by way of an item: people and values of a film or a product."""

import pytest

from agents.linking.facets import FacetLinker
from agents.linking.indirect import IndirectQualities
from agents.linking.titles import TitleLinker
from agents.plan import Intent, Stance
from agents.reading.rules import Judgement, RuleReader
from recommender.catalogue import Catalogue
from storage.records import ItemRecord

WANTED = {
    "anything by the director of Alien": ["Ridley Scott"],
    "by the same director as Alien": ["Ridley Scott"],
    "films by the guy who made parasite": ["Bong Joon-ho"],
    "the guy who made parasite": ["Bong Joon-ho"],
    "whoever directed Alien": ["Ridley Scott"],
    "what else did the director of Alien make": ["Ridley Scott"],
    "by the makers of The Matrix": ["Lana Wachowski", "Lilly Wachowski"],
    "lead actor from Taxi Driver": ["Robert De Niro"],
    "with the actress from Amélie": ["Audrey Tautou"],
    "with the guy from Taxi Driver": ["Robert De Niro"],
    "a comedy starring the woman who starred in Amélie": ["comedy", "Audrey Tautou"],
    "same genre as Alien": ["horror"],
    "《异形》的导演拍的": ["Ridley Scott"],
    "和《异形》同一个导演的": ["Ridley Scott"],
}
OF_THE_FILM = [
    "who is the director of Alien?",
    "who directed Alien?",
    "tell me about the director of Alien",
    "the cast of Alien was great",
    "loved the cast of Alien",
    "same mood as Alien",
    "《异形》的导演是谁",
]


@pytest.mark.parametrize(("message", "wanted"), WANTED.items(), ids=list(WANTED))
def test_the_value_is_wanted_and_the_film_is_not_named(rules: RuleReader, message: str, wanted: list[str]) -> None:
    plan = rules.plan(message, [])
    assert (plan.wanted, plan.mentions, plan.intent) == (wanted, [], Intent.RECOMMEND)


@pytest.mark.parametrize("message", OF_THE_FILM)
def test_what_is_said_or_asked_of_the_film_stays_with_it(rules: RuleReader, message: str) -> None:
    plan = rules.plan(message, [])
    assert [mention.id for mention in plan.mentions] == ["alien-1979"]
    assert plan.wanted == []


def test_it_may_be_unwanted_and_so_may_the_film(rules: RuleReader) -> None:
    assert rules.plan("a western, but not by the director of Alien", []).unwanted == ["Ridley Scott"]
    plan = rules.plan("same director as The Godfather but not The Godfather", [])
    assert plan.wanted == ["Francis Ford Coppola"]
    assert [(m.id, m.stance) for m in plan.mentions] == [("the-godfather-1972", Stance.UNWANTED)]


def test_another_readers_judgement_of_the_film_is_set_aside(rules: RuleReader, titles: TitleLinker) -> None:
    message = "anything by the director of Alien"
    found = titles.find(message)
    judged = Judgement(Intent.MORE_LIKE, tuple((span, Stance.SIMILAR_TO) for span in found))
    plan = rules.plan(message, [], found, judged)
    assert (plan.wanted, plan.mentions, plan.intent) == (["Ridley Scott"], [], Intent.RECOMMEND)


def test_a_shop_has_its_own_facets() -> None:
    boots = ItemRecord("1", "Gnarly Trailboot", attributes={"brand": "Mossby", "sole_type": ["lugged", "soft"]})
    plain = ItemRecord("2", "Quibbet Sandal", attributes={"sole_type": "flat"})
    catalogue = Catalogue([boots, plain])
    facets = FacetLinker(catalogue)
    rules = RuleReader(TitleLinker(catalogue, is_quality=facets.knows), facets)
    assert rules.plan("same brand as the Gnarly Trailboot", []).wanted == ["Mossby"]
    assert rules.plan("by the maker of the Gnarly Trailboot", []).wanted == ["Mossby"]
    assert rules.plan("the same sole type as the Gnarly Trailboot", []).wanted == ["lugged"]
    assert [m.id for m in rules.plan("same brand as the Quibbet Sandal", []).mentions] == ["2"]  # it has none
    assert [m.id for m in rules.plan("by the director of Gnarly Trailboot", []).mentions] == ["1"]
    assert IndirectQualities(Catalogue([])).find("the director of Alien", []) == []
