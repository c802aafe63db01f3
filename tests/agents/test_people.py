"""Names of people as they are said: short, misspelt, by the surname; and one who takes the place of others."""

import pytest

from agents.linking.facets import FacetLinker
from agents.reading.rules import RuleReader
from recommender.catalogue import Catalogue
from tests.agents.talk import Talk, has


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("mike caine", "Michael Caine"),
        ("matt mcconaughey", "Matthew McConaughey"),
        ("bobby de niro", "Robert De Niro"),
        ("marty scorsese", "Martin Scorsese"),
        ("samuel jackson", "Samuel L. Jackson"),
        ("george cloony", "George Clooney"),  # the given name is right, and a letter of the other is wrong
        ("bill murry", "Bill Murray"),
        ("hanks", "Tom Hanks"),  # no plural
        ("de niro", "Robert De Niro"),
        ("lynch", "David Lynch"),  # and no actor of that name
    ],
)
def test_who_is_called_so(facets: FacetLinker, said: str, name: str) -> None:
    (quality,) = facets.find(f"something with {said}")
    assert quality.text == said and {value.value for value in quality.values} == {name}


@pytest.mark.parametrize("said", ["james bond", "and a man", "a dark night", "dead man walking", "made by hand"])
def test_other_words_are_nobody(facets: FacetLinker, said: str) -> None:
    found = [*facets.find(said), *facets.surnames(said)]
    assert not any(facets.names_somebody(quality.values) for quality in found)
    assert not any(facets.is_of_people(value.facet) for value in facets.link("james bond"))


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("films by scott", ["Ridley Scott", "Tony Scott"]),
        ("directed by anderson, please", ["Paul W. S. Anderson", "Paul Thomas Anderson", "Wes Anderson"]),
        ("a comedy starring stone", ["comedy", "Emma Stone"]),
        ("something from Ford", ["Harrison Ford"]),
        ("a film for young people by the sea", []),
    ],
)
def test_a_surname_that_is_a_word_is_a_name_where_one_is_expected(
    rules: RuleReader, message: str, wanted: list[str]
) -> None:
    found = rules.plan(message, []).wanted
    assert found == wanted or (not wanted and "Young" not in " ".join(found))


@pytest.mark.parametrize(
    ("first", "then", "who"),
    [
        ("De Niro and Joe Pesci", "just Pesci please, nothing about gangsters", "Joe Pesci"),
        ("Tom Hanks with Meg Ryan", "only Meg Ryan this time", "Meg Ryan"),
        ("comedies with bill murray and dan aykroyd", "now just with dan aykroyd", "Dan Aykroyd"),
    ],
)
async def test_one_takes_the_place_of_others(talk: Talk, demo: Catalogue, first: str, then: str, who: str) -> None:
    await talk.say(first)
    turn = await talk.say(then)
    people = [values for wish in talk.taste.wanted if (values := [v for f, v in wish.values if f == "cast"])]
    assert people == [[who]] and turn.ids and all(has(demo, item_id, "cast", who) for item_id in turn.ids)


@pytest.mark.parametrize(
    "message",
    [
        "thriller without doctors",  # no Pete Docter
        "is it not about Hitler?",  # no Max Hiller
        "a spy film after le Carré",  # no Marcel Carné
        "The one with Kirk Douglas",  # no Michael
        "Lars von Trier",  # no Joachim
        "The novels of E. M. Forster",  # no Marc
    ],
)
def test_words_and_other_people_are_none_of_those_here(rules: RuleReader, facets: FacetLinker, message: str) -> None:
    plan = rules.plan(message, [])
    named = [value for phrase in (*plan.wanted, *plan.unwanted) for value in facets.link(phrase)]
    assert not facets.names_somebody(named) and plan.mentions == []


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Classic Hitchcock please", "Alfred Hitchcock"),
        ("something by De Palma", "Brian De Palma"),
        ("A Kubrick film", "Stanley Kubrick"),
        ("Maybe Tarantino?", "Quentin Tarantino"),
        ("a film of spilberg", "Steven Spielberg"),
    ],
)
def test_a_surname_alone_is_still_somebody(facets: FacetLinker, message: str, name: str) -> None:
    assert name in [value.value for quality in facets.find(message) for value in quality.values]
