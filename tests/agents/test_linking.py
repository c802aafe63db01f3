"""Phrases of a message tied to facet values of a catalogue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.linking.facets import FacetLinker
from recommender.catalogue import Catalogue, FacetValue
from storage.records import ItemRecord


@pytest.fixture(scope="module")
def shop(small_catalogue: Catalogue) -> FacetLinker:
    return FacetLinker(small_catalogue)


@pytest.mark.parametrize(
    ("phrase", "value"),
    [
        ("horror", FacetValue("genres", "horror")),
        ("HORROR", FacetValue("genres", "horror")),
        ("westerns", FacetValue("genres", "western")),
        ("westren", FacetValue("genres", "western")),
        ("sci-fi", FacetValue("genres", "science fiction")),
        ("scary", FacetValue("moods", "scary")),
        ("spielberg", FacetValue("director", "Steven Spielberg")),
        ("Bill Murray", FacetValue("cast", "Bill Murray")),
        ("french", FacetValue("languages", "French")),
        ("喜剧", FacetValue("genres", "comedy")),
        ("恐怖片", FacetValue("genres", "horror")),
        ("something really scary", FacetValue("moods", "scary")),
    ],
)
def test_phrases_of_the_demo(facets: FacetLinker, phrase: str, value: FacetValue) -> None:
    assert value in facets.link(phrase)


@pytest.mark.parametrize("phrase", ["", "   ", "qwzxkv", "???", "的", "zz", "a film that smells of rain on Tuesdays"])
def test_what_no_facet_knows_stays_unlinked(facets: FacetLinker, phrase: str) -> None:
    assert facets.link(phrase) == ()


def test_a_surname_is_that_of_its_best_known_bearer(facets: FacetLinker) -> None:
    assert facets.link("Hitchcock") == (FacetValue("director", "Alfred Hitchcock"),)


def test_both_coens_are_meant_by_their_surname(facets: FacetLinker) -> None:
    for phrase in ("coen", "the coens", "coen brothers"):
        assert {value.value for value in facets.link(phrase)} >= {"Joel Coen", "Ethan Coen"}


@pytest.mark.parametrize("message", ["what would you recommend?", "can you help me", "anything good on tonight"])
def test_everyday_words_are_no_quality_though_someone_is_called_so(facets: FacetLinker, message: str) -> None:
    people = {value.facet for span in facets.find(message) for value in span.values} & {"cast", "director"}
    assert people == set()


def test_find_takes_the_longest_phrase_and_keeps_reading_order(facets: FacetLinker) -> None:
    text = "a scary science fiction film, then a comedy"
    found = facets.find(text)
    assert [span.text for span in found] == ["scary", "science fiction", "comedy"]
    assert all(text[span.start : span.end] == span.text for span in found)


def test_a_shop_is_read_like_a_film_catalogue(shop: FacetLinker) -> None:
    assert shop.link("kettles") == shop.link("kettle") == (FacetValue("category", "kettles"),)
    assert shop.link("Mossby") == (FacetValue("brand", "Mossby"),)
    assert [span.text for span in shop.find("a red kettle by Brim, not a lamp")] == ["red", "kettle", "Brim", "lamp"]
    assert shop.knows("kettle") and not shop.knows("ketle")
    assert shop.link("ketle") == shop.link("kettles")


def test_numeric_facets_go_by_the_catalogues_own_names(facets: FacetLinker, shop: FacetLinker) -> None:
    assert facets.numeric_facet("year") == "year"
    assert facets.numeric_facet("runtime") == facets.numeric_facet("duration") == "runtime"
    assert facets.numeric_facet("price") is None
    assert shop.numeric_facet("price") == "price"
    assert shop.numeric_facet("year") is None
    books = Catalogue([ItemRecord(str(n), f"Book {n}", attributes={"publication_year": 1990 + n}) for n in range(5)])
    assert FacetLinker(books).numeric_facet("year") == "publication_year"


def test_a_phrase_table_may_name_values_the_catalogue_no_longer_has() -> None:
    phrases = {"spooky": [FacetValue("genres", "gone"), FacetValue("genres", "horror")], "lost": [FacetValue("x", "y")]}
    linker = FacetLinker(Catalogue([ItemRecord("1", "One", attributes={"genres": ["horror"]})], phrases))
    assert linker.link("spooky") == (FacetValue("genres", "horror"),)
    assert linker.link("lost") == ()


def test_yes_no_and_bare_numbers_go_by_the_name_of_their_facet() -> None:
    rows = [("a", "yes", "6+"), ("b", "no", "10+"), ("c", "yes", "10+")]
    attributes = [(i, {"in_stock": stock, "age": age, "kind": "game"}) for i, stock, age in rows]
    linker = FacetLinker(Catalogue([ItemRecord(id=i, title=i, text="", attributes=own) for i, own in attributes]))
    assert linker.find("yes please, no thanks, for 6 players") == []
    assert linker.link("in stock") == (FacetValue("in_stock", "yes"),)
    assert linker.link("age 10") == (FacetValue("age", "10+"),)


def test_an_empty_catalogue_links_nothing() -> None:
    empty = FacetLinker(Catalogue([]))
    assert empty.find("a scary comedy 恐怖") == []
    assert empty.link("horror") == ()
    assert empty.numeric_facet("year") is None


@given(st.text(max_size=200))
def test_any_text_gives_spans_of_its_own_that_do_not_overlap(facets: FacetLinker, text: str) -> None:
    end = 0
    for span in facets.find(text):
        assert span.start >= end and text[span.start : span.end] == span.text and span.values
        end = span.end
    facets.link(text)
