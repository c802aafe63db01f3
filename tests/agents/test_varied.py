"""Who leaves it all to the assistant gets other films than everybody, and no film twice."""

from dataclasses import replace

import pytest

from agents.controller import Controller
from agents.plan import Mention, Stance
from agents.policy.asking import Asker
from agents.policy.each import loved_by_two, some_for_each
from agents.reading.rules import RuleReader
from agents.replies.present import Presenter
from agents.state.taste import Profile, TasteKeeper
from recommender.serving.rank import Recommender
from recommender.serving.request import Ranking, Request
from tests.agents.talk import Talk, has


@pytest.mark.parametrize("text", ["idk u pick", "surprise me", "dealer's choice", "not in the mood", "up to you"])
async def test_not_the_five_that_everybody_knows_and_none_twice(
    controller: Controller, recommender: Recommender, text: str
) -> None:
    usual = {pick.item_id for pick in recommender.recommend(Request(k=5)).picks}
    talk = Talk(controller)
    turns = [await talk.say(text) for _ in range(3)]
    shown = [item_id for turn in turns for item_id in turn.ids]
    assert len(shown) == len(set(shown)) == 15 and set(turns[0].ids) != usual
    assert "I found no wish" not in turns[0].words


async def test_each_person_gets_others_and_always_the_same(controller: Controller) -> None:
    liked = Profile(liked=["heat-1995"])
    ids = [(await Talk(controller, profile).say("surprise me")).ids for profile in (Profile(), liked, Profile())]
    assert ids[0] == ids[2] != ids[1]


async def test_what_runs_still_holds(talk: Talk) -> None:
    first = await talk.say("a western")
    turn = await talk.say("not in the mood")
    catalogue = talk.controller._catalogue
    assert turn.ids and not set(turn.ids) & set(first.ids)
    assert all(has(catalogue, item_id, "genres", "western") for item_id in turn.ids)


@pytest.mark.parametrize(
    "text",
    ["Something neither of us will have seen", "something nobody talks about", "a film we won't have heard of"],
)
async def test_what_nobody_has_seen_is_lesser_known(talk: Talk, text: str) -> None:
    await talk.say(text)
    assert talk.taste.lesser_known


async def test_a_film_not_seen_yet_is_no_such_wish(talk: Talk) -> None:
    await talk.say("neither of us has seen Heat")
    assert not talk.taste.lesser_known


def test_what_two_love_is_shown_in_turn(recommender: Recommender, monkeypatch: pytest.MonkeyPatch) -> None:
    every = recommender.recommend(Request(k=20))
    of = {"emma": every.picks[10:15], "die hard": every.picks[12:17]}

    def recommend(_: Recommender, request: Request) -> Ranking:
        return replace(every, picks=tuple(p for p in of[request.history[0]] if p.item_id not in request.exclude))

    monkeypatch.setattr(Recommender, "recommend", recommend)
    shown = some_for_each(recommender, Request(k=5), every, [["emma"], ["die hard"]]).picks
    assert shown == (*[every.picks[i] for i in (10, 15, 11, 16, 12)],)


def test_what_one_person_loves_is_of_one() -> None:
    mentions = [Mention(text=title, id=title, stance=Stance.LIKED) for title in ("Heat", "Ronin")]
    assert loved_by_two("I loved Heat and Ronin", mentions) == []
    assert loved_by_two("she loves Heat but he likes Ronin", mentions) == [["Heat"], ["Ronin"]]


async def test_words_of_a_title_tell_nothing_of_the_wish(talk: Talk) -> None:
    await talk.say("a comedy for two")
    await talk.say("Shaun of the Dead is a zombie film. We want a real romance in a European city")
    assert [(w.label, w.preferred) for w in talk.taste.wanted[-2:]] == [("romance", False), ("european", False)]


async def test_what_was_liked_in_what_is_not_here_is_asked_once(
    recommender: Recommender, rules: RuleReader, keeper: TasteKeeper, presenter: Presenter, controller: Controller
) -> None:
    asker = Asker(recommender, rules, keeper, presenter)
    talk = Talk(Controller(rules, keeper, recommender, presenter, asker=asker, unknown=controller._unknown))
    first = await talk.say("like twilight dont judge")
    assert first.words.startswith("“twilight” is not in this catalogue. ") and first.words.endswith("?")
    assert first.ids == [] and first.shown.chips
    assert (await talk.say("like outlander then")).ids
