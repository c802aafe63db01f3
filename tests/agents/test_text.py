"""Words with their places, how common they are, and the singular."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.text import frequency, has_cjk, phrase_key, specificity, stem, tokens


def test_tokens_know_where_they_stand() -> None:
    text = "Don't spoil Amélie, a sci-fi fan's 2nd favourite!"
    found = tokens(text)
    assert [t.text for t in found] == ["Don't", "spoil", "Amélie", "a", "sci", "fi", "fan's", "2nd", "favourite"]
    assert [t.key for t in found][:3] == ["dont", "spoil", "amelie"]


@given(st.text(max_size=300))
def test_tokens_of_any_text_are_its_own_characters_in_order(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert token.start >= end and token.end > token.start
        assert text[token.start : token.end] == token.text
        end = token.end


@pytest.mark.parametrize("text", ["异形", "I liked 异形", "ゴジラ", "기생충"])
def test_cjk_is_seen(text: str) -> None:
    assert has_cjk(text)


@pytest.mark.parametrize("text", ["", "Alien", "Amélie", "Сталкер", "🎬"])
def test_other_scripts_are_not_cjk(text: str) -> None:
    assert not has_cjk(text)


def test_rare_words_say_more_than_common_ones() -> None:
    assert frequency("the") > frequency("heat") > frequency("jaws") > frequency("qwzxk") == 0
    assert specificity(("it",)) == 0
    assert specificity(("pulp", "fiction")) > specificity(("heat",)) > 0
    assert specificity(()) == 0


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("westerns", "western"),
        ("comedies", "comedy"),
        ("witches", "witch"),
        ("boxes", "box"),
        ("darkness", "darkness"),
        ("virus", "virus"),
        ("paris", "paris"),
        ("gas", "gas"),
        ("", ""),
    ],
)
def test_stem(plural: str, singular: str) -> None:
    assert stem(plural) == singular


def test_phrases_are_compared_without_case_accents_hyphens_and_plural() -> None:
    assert phrase_key("Feel-Good Comédies") == phrase_key("feel good comedy")
