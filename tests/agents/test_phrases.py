"""The demo catalogue's phrase table: every value exists, nothing is plain speech, and phrases mean what people mean."""

from collections import defaultdict

import numpy as np
import pytest

from agents.linking.facets import FacetLinker
from agents.text import frequency, has_cjk, phrase_key, tokens
from recommender.catalogue import Catalogue, FacetValue

FACETS = ("genres", "moods", "themes", "countries", "languages")
ADVICE = ("content", "colour")
RARE_THEME = 3  # themes of fewer films need no Chinese phrase
LONGEST_ENGLISH = 6  # words that the linker looks at together; of Chinese, characters
LONGEST_CHINESE = 10
# "family" has a Zipf frequency of 5.7 and is the most common word that is a quality; "good" and "time" have 6.
PLAIN_SPEECH = 5.7
_STOP_WORDS = (
    "good bad great best better nice new old one two time times day night week people thing things way movie film show "
    "watch see look want need like love long short little big high low fast slow easy hard light deep life world work "
    "home house room friend friends man woman girl girlfriend boyfriend wife husband guy name story end start back "
    "music game party book us it me you he she they fun cool sweet fine sure real true free top hot cold"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
WHOLE = {
    FacetValue("languages", "English"),
    FacetValue("countries", "United States"),
    FacetValue("colour", "in colour"),
}


def test_every_value_is_in_the_catalogue(demo: Catalogue) -> None:
    values = {value for found in demo.phrases.values() for value in found}
    assert {value.facet for value in values} <= {*FACETS, *ADVICE, "director", "cast"}
    assert [value for value in values if value.value not in demo.categorical[value.facet]] == []


def test_every_phrase_has_values_and_none_twice(demo: Catalogue) -> None:
    assert [phrase for phrase, values in demo.phrases.items() if not values or len(set(values)) < len(values)] == []


def test_no_phrase_is_plain_speech(demo: Catalogue) -> None:
    english = [phrase for phrase in demo.phrases if not has_cjk(phrase)]
    assert [phrase for phrase in english if phrase in STOP_WORDS] == []
    assert [phrase for phrase in english if " " not in phrase and frequency(phrase) >= PLAIN_SPEECH] == []
    assert [phrase for phrase in demo.phrases if has_cjk(phrase) and len(phrase) < 2] == []


def test_no_two_phrases_are_one_to_the_linker(demo: Catalogue) -> None:
    same: dict[str, list[str]] = defaultdict(list)
    for phrase in demo.phrases:
        same[phrase if has_cjk(phrase) else phrase_key(phrase)].append(phrase)
    assert [phrases for phrases in same.values() if len(phrases) > 1] == []


def test_no_phrase_is_longer_than_the_linker_looks(demo: Catalogue) -> None:
    assert [
        phrase
        for phrase in demo.phrases
        if (len(phrase) > LONGEST_CHINESE if has_cjk(phrase) else len(tokens(phrase)) > LONGEST_ENGLISH)
    ] == []


def test_no_phrase_rules_half_the_catalogue_in_or_out(demo: Catalogue) -> None:
    broad = [
        phrase
        for phrase, values in demo.phrases.items()
        if not WHOLE.intersection(values) and np.any([demo.mask(value) for value in values], axis=0).mean() > 0.5
    ]
    assert broad == []


def test_every_value_has_a_chinese_name(demo: Catalogue) -> None:
    named = {
        value
        for phrase, values in demo.phrases.items()
        if has_cjk(phrase) and len({value.value for value in values}) == 1
        for value in values
    }
    wanted = {
        FacetValue(facet, value)
        for facet in FACETS
        for value, count in demo.facet_counts(facet).items()
        if facet != "themes" or count >= RARE_THEME
    }
    assert {value.value for value in wanted} - {value.value for value in named} == set()


def test_the_linker_finds_every_phrase_as_it_is(demo: Catalogue, facets: FacetLinker) -> None:
    assert [phrase for phrase, values in demo.phrases.items() if facets.link(phrase) != values] == []


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("something scary for tonight", [{"horror", "scary"}]),
        ("kids movies, nothing heavy", [{"family"}, {"bleak", "disturbing"}]),
        ("I'm sad, cheer me up", [{"feel-good", "uplifting"}] * 2),
        ("sci-fi with a plot twist", [{"science fiction"}, {"twist ending"}]),
        ("a warm comedy for a rainy Sunday", [{"heart-warming", "cosy", "feel-good"}, {"comedy"}, {"cosy"}]),
        ("a bit darker", [{"dark"}]),
        ("zombie or superhero", [{"zombies"}, {"superheroes"}]),
        ("a WW2 film based on true events", [{"world war ii"}, {"based on a true story"}]),
        ("something to lift the spirits", [{"feel-good", "uplifting"}]),
        ("i feel sad today", [{"feel-good", "uplifting"}]),
        ("played by a nurse, my husband falls asleep", []),
        ("quieter please", [{"tender", "slow-burn", "cosy"}]),
        ("easy to watch, something for everyone", [{"light-hearted"}, {"heart-warming", "feel-good"}]),
        ("what do my girlfriend and I watch at the theater this time", []),
        ("推荐几部日本动画", [{"Japan"}, {"animation"}]),
        ("想看港片，黑帮题材的", [{"Hong Kong"}, {"gangsters"}]),
        ("韩国丧尸片", [{"South Korea"}, {"zombies"}]),
        ("不恐怖的悬疑片", [{"horror", "scary"}, {"mystery"}]),
        ("恐怖主义题材", [{"terrorism"}]),
        ("印象深刻的老电影，不适合就换一部", []),
    ],
)
def test_messages(facets: FacetLinker, message: str, found: list[set[str]]) -> None:
    assert [{value.value for value in span.values} for span in facets.find(message)] == found
