"""What wishes are called in replies, and that replies do not all have the same words."""

import pytest

from agents.linking.facets import FacetLinker
from agents.plan import Intent, TurnPlan
from agents.replies.labels import Labels
from agents.replies.present import Presenter
from agents.replies.templates import Templates
from recommender.catalogue import Catalogue
from recommender.serving.request import Pick, Quality, Ranking, Reason, Request
from tests.agents.talk import Talk

CALLED = {
    "scorsese": "Martin Scorsese",
    "kubrick's": "Stanley Kubrick",
    "jonny dep": "Johnny Depp",
    "coens": "Coens",
    "directed by clint eastwood": "directed by Clint Eastwood",
    "thriler": "thriller",
    "westren": "western",
    # as it was said
    "westerns": "westerns",
    "scary": "scary",
    "kids": "kids",
}


@pytest.mark.parametrize(("label", "called"), CALLED.items())
def test_what_a_wish_is_called(demo: Catalogue, facets: FacetLinker, label: str, called: str) -> None:
    assert Labels(demo).called(label, facets.link(label)) == called


async def test_alternatives_and_what_could_go_have_their_names(talk: Talk) -> None:
    turn = await talk.say("something by kubrick or tarantino")
    assert "Stanley Kubrick or Quentin Tarantino" in turn.words
    turn = await talk.say("before 1930")
    assert "ithout Stanley Kubrick or Quentin Tarantino there" in turn.words


def test_replies_take_turns_in_their_words(presenter: Presenter) -> None:
    templates = Templates(presenter)
    scary = Quality("scary", ())
    picks = (Pick("alien-1979", 1.0, {}, (Reason("facet", "moods:scary", "scary"),)),)
    ranking, plan = Ranking(picks, 1349, 20), TurnPlan(intent=Intent.FEEDBACK)
    texts = [templates.picks(Request(wanted=(scary,)), ranking, plan, "en", turn=turn) for turn in range(4)]
    assert len({*texts}) == 3 and texts[0] == texts[3]


def test_the_first_pick_has_its_reason(presenter: Presenter, facets: FacetLinker) -> None:
    weird = Quality("weird", facets.link("weird"))
    reasons = tuple(Reason("facet", f"{v.facet}:{v.value}", v.value) for v in weird.values[:2])
    picks = (Pick("alien-1979", 1.0, {}, reasons),)
    text = Templates(presenter).picks(Request(wanted=(weird,)), Ranking(picks, 1349, 20), TurnPlan(), "en")
    assert f"min; {weird.values[0].value} and {weird.values[1].value})" in text
