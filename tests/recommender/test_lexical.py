"""Items found by the words said of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.serving.lexical import LexicalIndex

TEXTS = ["Two hitmen hide in a medieval town", "A hitman falls in love", "Towns and lovers", "一个男人被困在荒岛上"]


def test_the_rarest_word_shared_decides() -> None:
    scores = LexicalIndex(TEXTS).scores("hitmen in town")
    assert scores.argmax() == 0
    assert scores[2] > scores[1]  # "town" is in its plural, and "in" is in both


def test_plurals_and_case_are_the_same_word() -> None:
    index = LexicalIndex(TEXTS)
    np.testing.assert_allclose(index.scores("LOVERS"), index.scores("lover"))
    assert index.scores("lovers").argmax() == 2


def test_chinese_is_found_by_its_characters() -> None:
    assert LexicalIndex(TEXTS).scores("荒岛").argmax() == 3


def test_a_word_that_nobody_says_finds_nothing() -> None:
    np.testing.assert_array_equal(LexicalIndex(TEXTS).scores("submarine"), np.zeros(len(TEXTS)))


def test_items_without_a_text_are_no_error() -> None:
    np.testing.assert_array_equal(LexicalIndex([]).scores("town"), np.zeros(0))
    np.testing.assert_array_equal(LexicalIndex(["", " . "]).scores("town"), np.zeros(2))


@given(st.lists(st.text(max_size=30), max_size=8), st.text(max_size=40))
def test_a_score_is_a_cosine(texts: list[str], query: str) -> None:
    scores = LexicalIndex(texts).scores(query)
    assert scores.shape == (len(texts),)
    assert np.isfinite(scores).all() and (scores >= 0).all() and (scores <= 1 + 1e-5).all()
