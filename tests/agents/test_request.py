"""From a dialogue between two people to one ranking request."""

from agents.reading.rules import RuleReader
from agents.request import dialogue_request
from agents.state.taste import TasteKeeper
from recommender.catalogue import FacetValue

ALIEN, JAWS, UP = "alien-1979", "jaws-1975", "up-2009"


def said(*texts: str) -> list[dict[str, str]]:
    """A dialogue in which the seeker, then the recommender, speaks in turn."""
    return [{"role": ("user", "assistant")[n % 2], "text": text} for n, text in enumerate(texts)]


def test_what_both_named_is_the_history_and_what_the_seeker_hated_is_not(
    rules: RuleReader, keeper: TasteKeeper
) -> None:
    dialogue = said("Hi! I want something scary. I loved Alien", "Seen Jaws?", "I hated Jaws", "Up is a sweet one")
    request = dialogue_request(rules, keeper, dialogue, [ALIEN, JAWS, UP])
    assert request.history == (ALIEN, UP)
    assert request.disliked == (JAWS,)
    assert [quality.label for quality in request.wanted] == ["scary"]
    assert FacetValue("moods", "scary") in request.wanted[0].values


def test_every_message_of_the_seeker_adds_and_small_talk_does_not(rules: RuleReader, keeper: TasteKeeper) -> None:
    request = dialogue_request(
        rules, keeper, said("something funny", "Sure.", "and romantic please", "Hm.", "thanks"), []
    )
    assert [quality.label for quality in request.wanted] == ["funny", "romantic"]
    assert request.history == request.disliked == ()


def test_what_the_recommender_says_is_no_wish(rules: RuleReader, keeper: TasteKeeper) -> None:
    request = dialogue_request(rules, keeper, said("something funny", "I love scary westerns"), [])
    assert [quality.label for quality in request.wanted] == ["funny"]


def test_a_dialogue_without_words_asks_for_anything(rules: RuleReader, keeper: TasteKeeper) -> None:
    request = dialogue_request(rules, keeper, [], [ALIEN])
    assert (request.history, request.wanted, request.query) == ((ALIEN,), (), "")
    assert dialogue_request(rules, keeper, said("", "", "🎬"), []).history == ()
