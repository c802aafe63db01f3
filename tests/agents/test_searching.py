"""What of a message is searched for by meaning: its subject, not the words of asking."""

import pytest

from agents.linking.searching import says_nothing, words_to_search_by
from agents.reading.rules import RuleReader


@pytest.mark.parametrize(
    ("message", "searched"),
    [
        ("gimme something with submarines", "submarines"),
        ("hmm these all look too old, can you swap them", ""),
        ("my wife picked the last one, so a lighthouse please", "lighthouse"),
        ("a film about a wife and her uncle", "wife"),  # her uncle, as much as mine
        ("my kids are bored, so sharks", "sharks"),
        ("pleaes recomend somthing with lighthouses tongiht", "lighthouses"),
        ("literally anything, honestly, I trust your taste", ""),
        ("Oh heavens, a lighthouse at present, I should add", "lighthouse"),
        ("I bet you know submarines, mind you", "submarines"),
        ("I am eighty-one and live alone, so lighthouses", "lighthouses"),
        ("my mother is eighty and hard of hearing, a lighthouse", "lighthouse"),
        ("wedding presents", "wedding presents"),
        ("lighthouse keepers", "lighthouse keepers"),  # "keep" is a word of asking, a keeper is none
        ("boxing, news, red mining towns", "boxing news red mining towns"),
        ("给我推荐 关于鲸鱼 的电影", "关于鲸鱼"),
        ("", ""),
    ],
)
def test_only_what_a_message_is_about_is_searched_for(message: str, searched: str) -> None:
    assert words_to_search_by(message, [], []) == searched


def test_stretches_that_say_something_else_and_what_is_denied_are_left_out() -> None:
    text = "lighthouses under two hours, no zebras"
    start = text.index("under")
    assert words_to_search_by(text, [], [(start, start + len("under two hours"))]) == "lighthouses"


def test_names_are_left_out(rules: RuleReader) -> None:
    assert rules.plan("I loved Alien, so submarines", []).query == "submarines"


@pytest.mark.parametrize("word", ["recommendations", "alraedy", "watched", "boring", "lads", "the"])
def test_words_of_asking(word: str) -> None:
    assert says_nothing(word)


@pytest.mark.parametrize("word", ["ghosts", "noir", "wuxia", "qwzx", "sport", "kung", "robots", "bear"])
def test_words_of_a_subject(word: str) -> None:
    assert not says_nothing(word)


def test_i_mean_is_about_nothing(rules: RuleReader) -> None:
    assert rules.plan("submarines, i mean", []).query == "submarines"
    assert "mean" in rules.plan("a mean trick", []).query
