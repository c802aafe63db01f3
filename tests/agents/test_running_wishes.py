"""Conversations in which wishes run on, change and clash: what is shown, what is said, and the way back."""

import re

import pytest

from agents.controller import Controller
from agents.plan import Intent
from agents.reading.rules import RuleReader
from agents.replies.present import Presenter
from agents.state.taste import Profile, TasteKeeper
from recommender.catalogue import Catalogue
from recommender.serving.rank import Recommender
from tests.agents.talk import Talk, has
from tests.doubles import ScriptedModel


async def test_more_like_a_shown_one_is_still_for_the_family(talk: Talk, demo: Catalogue) -> None:
    shown: list[str] = []
    for message in (
        "family film under 100 minutes",
        "something else",
        "something like the second one",
        "not scary, my 6 year old gets nightmares",
    ):
        turn = await talk.say(message)
        assert turn.ids and not set(turn.ids) & set(shown)
        assert all(has(demo, i, "genres", "family") and demo[i].attributes["runtime"] <= 100 for i in turn.ids)
        shown += turn.ids
    assert not any(has(demo, i, "genres", "horror") for i in turn.ids)


async def test_like_a_named_one_is_still_for_the_family(talk: Talk, demo: Catalogue) -> None:
    await talk.say("family film")
    turn = await talk.say("like Inside Out but not animated")
    assert turn.intent is Intent.MORE_LIKE and turn.ids
    assert all(has(demo, i, "genres", "family") and not has(demo, i, "genres", "animation") for i in turn.ids)
    away = await talk.say("like Pulp Fiction")
    assert away.words.startswith("I let go of “family”.")
    assert away.shown.chips[0]["label"] == "Back to family"
    back = await talk.say(away.shown.chips[0]["message"])
    assert back.ids and all(has(demo, i, "genres", "family") for i in back.ids)


async def test_or_gives_either(talk: Talk, demo: Catalogue) -> None:
    turn = await talk.say("films by Nolan or Fincher")
    directors = {name for i in turn.ids for name in demo.values_of(demo[i], "director")}
    assert len(turn.ids) == 5 and directors == {"Christopher Nolan", "David Fincher"}
    assert "Christopher Nolan or David Fincher" in turn.words


async def test_instead_takes_the_place(talk: Talk, demo: Catalogue) -> None:
    await talk.say("a family film")
    turn = await talk.say("something scary instead")
    assert len(turn.ids) == 5 and not any(has(demo, i, "genres", "family") for i in turn.ids)
    assert "I let go of “family”." in turn.words
    turn = await talk.say("actually my wife wants a romcom instead")
    assert turn.ids and all(has(demo, i, "genres", "romance") for i in turn.ids)
    assert "fit romcom" in turn.words


async def test_wishes_do_not_pile_up_until_nothing_fits(talk: Talk, demo: Catalogue) -> None:
    await talk.say("a thriller with scarlett johansson")
    for name, facet in [("robert de niro", "cast"), ("coen brothers", "director"), ("kurosawa", "director")]:
        turn = await talk.say(name)
        assert turn.ids and "I have no film" not in turn.words
        assert "Nothing fits all of that, so I let go of" in turn.words
        surname = {"robert de niro": "Niro", "coen brothers": "Coen", "kurosawa": "Kurosawa"}[name]
        assert all(surname in " ".join(demo.values_of(demo[i], facet)) for i in turn.ids)
        assert turn.shown.chips[0]["label"].startswith("Back to ")
    turn = await talk.say("not american")
    assert turn.ids and not any(has(demo, i, "countries", "United States") for i in turn.ids)


async def test_what_was_let_go_can_be_had_back(talk: Talk, demo: Catalogue) -> None:
    await talk.say("a thriller with scarlett johansson")
    turn = await talk.say("robert de niro")
    back = await talk.say(turn.shown.chips[0]["message"])
    assert back.ids and all(has(demo, i, "cast", "Scarlett Johansson") for i in back.ids)


async def test_a_served_model_does_not_speak_over_what_was_let_go(
    rules: RuleReader, keeper: TasteKeeper, recommender: Recommender, presenter: Presenter
) -> None:
    model = ScriptedModel(reply="Nosferatu is scary.")
    talk = Talk(Controller(rules, keeper, recommender, presenter, storyteller=model))
    await talk.say("a family film")
    turn = await talk.say("something scary instead")
    assert turn.words.startswith("I let go of “family”. ")


class TestTotals:
    """The number that is said is of what fits, whether it was shown before or not."""

    async def test_what_was_shown_counts(self, talk: Talk, demo: Catalogue) -> None:
        both = [
            item.id
            for item in demo.items
            if {"Tom Hanks", "Meg Ryan"} <= set(demo.values_of(item, "cast")) and item.attributes["runtime"] <= 120
        ]
        first = await talk.say("a film less than 2 hours with Tom Hanks")
        turn = await talk.say("what about with Meg Ryan")
        assert len(both) == 2 and set(turn.ids) == set(both) - set(first.ids) and turn.ids != both
        assert "Only 2 films fit" in turn.words and "this is the last of them" in turn.words

    async def test_it_stays_the_same_from_turn_to_turn(self, talk: Talk) -> None:
        said = []
        for message in ("family film under 100 minutes", "something else", "something else"):
            turn = await talk.say(message)
            said.append(re.findall(r"(\d+) films fit", turn.words))
        assert said[0] and said == [said[0]] * 3

    async def test_when_all_that_fits_was_seen_it_says_so(self, controller: Controller, demo: Catalogue) -> None:
        both = [item.id for item in demo.items if {"Tom Hanks", "Meg Ryan"} <= set(demo.values_of(item, "cast"))]
        turn = await Talk(controller, Profile(seen=both)).say("a film with Tom Hanks and Meg Ryan")
        assert turn.ids == [] and "Everything here that fits Tom Hanks and Meg Ryan was shown" in turn.words
        assert "Without Meg Ryan there are still" in turn.words.replace("meg ryan", "Meg Ryan") and turn.shown.chips


class TestNegationsThatNoFacetKnows:
    async def test_it_is_said_that_it_cannot_be_done(self, talk: Talk) -> None:
        turn = await talk.say("something with scarlett johansson but not marvel")
        assert turn.ids and "I have nothing to go by for “marvel”." in turn.words
        assert "cannot" not in (await talk.say("something else")).words

    async def test_what_mentions_it_is_left_out(self, talk: Talk, demo: Catalogue) -> None:
        await talk.say("a family film")
        turn = await talk.say("no not a Disney film")
        mention = [item for item in demo.items if "disney" in demo.describe(item).casefold()]
        assert f"I only left out the {len(mention)} films that mention it" in turn.words
        assert "not mentioning disney" in turn.words
        for _ in range(20):
            assert not {item.id for item in mention} & set((await talk.say("something else")).ids)


class TestCorrections:
    """What was asked for before no longer counts, or one part of it."""

    @pytest.mark.parametrize(
        "message", ["no I meant comedy", "no, comedy", "never mind, a comedy", "forget that, show me comedies"]
    )
    async def test_another_wish_takes_its_place(self, talk: Talk, message: str) -> None:
        await talk.say("horror from the 90s")
        await talk.say(message)
        assert [wish.values for wish in talk.taste.wanted] == [[("genres", "comedy")]] and not talk.taste.unwanted

    async def test_never_mind_lets_limits_go_too(self, talk: Talk) -> None:
        await talk.say("sci-fi from the 2010s")
        await talk.say("never mind, romance")
        assert talk.taste.bounds == {}

    async def test_a_quality_is_taken_back_without_its_article(self, talk: Talk) -> None:
        await talk.say("a funny horror film")
        await talk.say("remove horror")
        assert [wish.label for wish in talk.taste.wanted] == ["funny"]

    async def test_less_of_it_keeps_what_was_asked_for(self, talk: Talk) -> None:
        await talk.say("horror")
        await talk.say("less scary")
        assert [wish.label for wish in talk.taste.wanted] == ["horror"]
        assert [wish.values for wish in talk.taste.unwanted] == [[("moods", "scary")]]


class TestLesserKnown:
    """A wish for what not everybody knows, until it is taken back or another wish begins."""

    @pytest.mark.parametrize(
        "message",
        ["something less famous", "a hidden gem", "one nobody has heard of", "nothing too mainstream", "冷门一点"],
    )
    async def test_what_few_chose_comes_first(self, talk: Talk, message: str) -> None:
        await talk.say("a western")
        turn = await talk.say(message)
        assert turn.shown.taste.lesser_known
        assert "lesser known come first" in turn.words or "先看不太出名的" in turn.words

    async def test_it_is_taken_back_and_ends_with_the_wish(self, talk: Talk) -> None:
        await talk.say("an obscure western")
        assert talk.taste.lesser_known
        await talk.say("more popular ones please")
        assert not talk.taste.lesser_known
        await talk.say("a hidden gem, western")
        await talk.say("recommend me a comedy")
        assert not talk.taste.lesser_known


class TestInOrder:
    """A superlative over the catalogue orders it, until another wish begins."""

    @pytest.mark.parametrize(
        ("message", "facet", "sign"),
        [("the shortest horror film", "runtime", 1), ("newest horror films", "year", -1), ("最老的恐怖片", "year", 1)],
    )
    async def test_by_a_number(self, talk: Talk, demo: Catalogue, message: str, facet: str, sign: int) -> None:
        horror = [item for item in demo.items if "horror" in demo.values_of(item, "genres")]
        figures = sorted(sign * item.attributes[facet] for item in horror)
        first, then = await talk.say(message), await talk.say("something else")
        shown = [sign * demo[item_id].attributes[facet] for item_id in (*first.ids, *then.ids)]
        assert shown == figures[: len(shown)] and len(shown) > 5

    async def test_another_wish_ends_it(self, talk: Talk) -> None:
        await talk.say("the shortest horror film")
        await talk.say("recommend me a comedy")
        assert talk.taste.order is None

    async def test_without_such_a_number_nothing_is_ordered(self, talk: Talk) -> None:
        await talk.say("the cheapest horror film")
        assert talk.taste.order is None


async def test_a_title_but_is_the_like_of_it(talk: Talk, demo: Catalogue) -> None:
    turn = await talk.say("pulp fiction but no violence")
    assert turn.intent is Intent.MORE_LIKE and turn.shown.taste.similar_to == ["pulp-fiction-1994"]
    assert turn.ids and not any(has(demo, i, "moods", "violent") for i in turn.ids)
    assert all(card["reasons"][0]["ref"] == "pulp-fiction-1994" for card in turn.shown.cards)


async def test_the_words_of_a_quality_do_not_pull_titles(talk: Talk, demo: Catalogue) -> None:
    turn = await talk.say("family film")
    assert all(has(demo, item_id, "genres", "family") for item_id in turn.ids)
    assert not any("Family" in title for title in turn.titles)


async def test_in_chinese(talk: Talk) -> None:
    await talk.say("推荐几部恐怖片")
    turn = await talk.say("换成喜剧")
    assert turn.words.startswith("不再要求“恐怖片”。") and turn.shown.chips[0]["label"] == "还是要“恐怖片”"
    back = await talk.say(turn.shown.chips[0]["message"])
    assert "符合“恐怖片”" in back.words
    assert "恐怖或科幻" in (await Talk(talk.controller).say("想看恐怖或者科幻的片子")).words


async def test_or_goes_on_with_what_was_ruled_out(talk: Talk, demo: Catalogue) -> None:
    await talk.say("a family film, no musicals")
    turn = await talk.say("or animation")
    assert turn.ids and not any(has(demo, i, "genres", "animation") for i in turn.ids)


async def test_it_is_what_was_last_spoken_of(talk: Talk) -> None:
    await talk.say("funny 90s films")
    about = await talk.say("what is Alien about?")
    assert about.ids == ["alien-1979"]
    assert "117" in (await talk.say("how long is it?")).words
    await talk.say("something scary")
    assert talk.taste.focus == ""


async def test_after_nothing_was_found_a_wish_it_would_keep_from_being_met_begins_anew(
    talk: Talk, demo: Catalogue
) -> None:
    assert (await talk.say("a silent western musical from the 2010s under 80 minutes by spielberg")).ids == []
    turn = await talk.say("a western")
    assert turn.ids and all(has(demo, i, "genres", "western") for i in turn.ids)


class TestContextIsKept:
    @pytest.mark.parametrize(
        "message",
        ["my dad hates Bruce Willis", "my wife can't stand Bruce Willis", "not Bruce Willis please",
         "she doesn't like Bruce Willis", "without Bruce Willis", "i dislike Bruce Willis"],
    )  # fmt: skip
    async def test_what_somebody_cannot_bear_is_left_out_of_the_running_wish(
        self, talk: Talk, demo: Catalogue, message: str
    ) -> None:
        await talk.say("a romantic action film")
        turn = await talk.say(message)
        assert turn.ids and all(has(demo, i, "genres", "action") for i in turn.ids)
        assert not any(has(demo, i, "cast", "Bruce Willis") for i in turn.ids)

    @pytest.mark.parametrize("message", ["no!! newer film i want", "we want newer ones", "newer pls!!", "i need newer"])
    async def test_newer_is_newer_of_the_same(self, talk: Talk, demo: Catalogue, message: str) -> None:
        await talk.say("a western")
        turn = await talk.say(message)
        assert turn.ids and all(has(demo, i, "genres", "western") for i in turn.ids) and talk.taste.bounds

    @pytest.mark.parametrize(
        "message", ["seen it, anything else?", "I've seen that one, what else", "we watched it already. another one?",
                    "watched this already, something else"]
    )  # fmt: skip
    async def test_seen_it_is_stored(self, talk: Talk, message: str) -> None:
        first = await talk.say("a western by Clint Eastwood")
        turn = await talk.say(message)
        assert first.ids[0] in talk.taste.seen and first.ids[0] not in turn.ids

    @pytest.mark.parametrize(
        "message",
        ["new search: comedies", "different question: comedies", "start over, comedies", "from scratch: comedies"],
    )
    async def test_a_new_search_clears(self, talk: Talk, message: str) -> None:
        await talk.say("a western from the 60s without violence")
        await talk.say(message)
        assert [wish.label for wish in talk.taste.wanted] == ["comedies"]
        assert not (talk.taste.bounds or talk.taste.unwanted)

    @pytest.mark.parametrize("phrase", ["the darkness", "the dark thing", "the sadness"])
    async def test_a_quality_is_taken_back_by_its_noun(self, talk: Talk, phrase: str) -> None:
        await talk.say("a western that is dark and sad")
        labels = [wish.label for wish in talk.taste.wanted]
        await talk.say(f"forget {phrase}")
        assert len(talk.taste.wanted) == len(labels) - 1

    async def test_whom_a_question_is_for_is_remembered(self, talk: Talk, demo: Catalogue) -> None:
        await talk.say("is Psycho too scary for a 7 year old?")
        turn = await talk.say("ok what should we watch instead")
        assert turn.ids and all(has(demo, i, "genres", "family") for i in turn.ids)
        assert not any(has(demo, i, "moods", "scary") for i in turn.ids)

    async def test_what_was_asked_about_is_not_what_else_there_is(self, talk: Talk) -> None:
        asked = await talk.say("tell me about Toy Story")
        turn = await talk.say("what else is there?")
        assert asked.ids[0] not in turn.ids

    @pytest.mark.parametrize("message", ["others by Godard?", "anything else by Godard", "more by Godard"])
    async def test_somebody_takes_the_place_of_themes_that_leave_nothing_new(
        self, talk: Talk, demo: Catalogue, message: str
    ) -> None:
        first = await talk.say("film about filmmaking", k=20)
        second = await talk.say("something else", k=20)
        assert any(has(demo, i, "director", "Jean-Luc Godard") for i in [*first.ids, *second.ids])
        turn = await talk.say(message)
        assert turn.words.startswith("Nothing fits all of that, so I let go of “filmmaking”.")
        assert turn.ids and not set(turn.ids) & {*first.ids, *second.ids}
        assert all(has(demo, i, "director", "Jean-Luc Godard") for i in turn.ids)


async def test_the_same_again_is_said_to_be_so(talk: Talk) -> None:
    first = await talk.say("zombie film from the 2010s")
    again = await talk.say("something else")
    assert again.ids == first.ids and again.words.startswith("You have had all that fits")


class TestWordsThatNoFacetKnows:
    @pytest.mark.parametrize(
        ("message", "said"),
        [
            ("more bitter", "I have nothing to go by for “bitter”"),
            ("make it modern", "I have nothing to go by for “modern”"),
            ("have you got one with zorblings?", "Nothing here mentions “zorblings”"),
            ("rather with zeppelins", "“zeppelins”"),
            ("less comic", "I have nothing to go by for “comic”"),
            ("that isn't garish", "I have nothing to go by for “garish”"),
        ],
    )
    async def test_of_a_refinement_they_are_said_to_be_no_filter(self, talk: Talk, message: str, said: str) -> None:
        await talk.say("a film about filmmaking")
        assert said in (await talk.say(message)).words
        assert said not in (await talk.say("something else")).words

    @pytest.mark.parametrize("message", ["something else", "more please", "another one", "a bit darker", "newer"])
    async def test_of_what_is_understood_nothing_is_said(self, talk: Talk, message: str) -> None:
        await talk.say("a film about filmmaking")
        words = (await talk.say(message)).words
        assert "cannot filter" not in words and "mentions" not in words


@pytest.mark.parametrize("message", ["a crime film maybe", "a crime film", "crime"])
async def test_a_kind_said_after_limits_keeps_them(talk: Talk, demo: Catalogue, message: str) -> None:
    await talk.say("something under 90 minutes, not for kids")
    turn = await talk.say(message)
    assert turn.ids and all(has(demo, i, "genres", "crime") for i in turn.ids)
    assert all(demo[i].attributes["runtime"] <= 90 and not has(demo, i, "genres", "family") for i in turn.ids)


async def test_another_kind_is_another_request(talk: Talk, demo: Catalogue) -> None:
    await talk.say("a comedy under 90 minutes")
    turn = await talk.say("a war film")
    assert any(demo[i].attributes["runtime"] > 90 for i in turn.ids)


async def test_somebody_else_too_may_have_been_shown_with_the_first(talk: Talk, demo: Catalogue) -> None:
    first = await talk.say("something with Ryan Gosling")
    turn = await talk.say("something with Emma Stone too?")
    for name in ("Ryan Gosling", "Emma Stone"):
        assert turn.ids and all(has(demo, i, "cast", name) for i in turn.ids)
    assert not set(turn.ids).isdisjoint(first.ids)
    assert "You have had all that fits" in turn.words and "let go" not in turn.words and "left" not in turn.words


async def test_what_is_dropped_is_not_asked_for(talk: Talk) -> None:
    assert "the gender of the lead" in (await talk.say("a thriller with a female lead")).words
    assert "the gender of the lead" not in (await talk.say("drop the female lead")).words
