"""What a conversation remembers of a wish, and what it lets go."""

import json

import pytest

from agents.plan import Intent, Mention, Range, Stance, TurnPlan
from agents.state.taste import MAX_HISTORY, Profile, Taste, TasteKeeper
from recommender.catalogue import Catalogue, FacetValue
from recommender.serving.request import Bound

ALIEN, JAWS, HEAT, UP = "alien-1979", "jaws-1975", "heat-1995", "up-2009"


def named(stance: Stance, *ids: str) -> list[Mention]:
    return [Mention(text=item_id, id=item_id, stance=stance) for item_id in ids]


def plan(intent: str = "recommend", **fields: object) -> TurnPlan:
    return TurnPlan.model_validate({"intent": intent, **fields})


def labels(taste: Taste) -> tuple[list[str], list[str]]:
    return [wish.label for wish in taste.wanted], [wish.label for wish in taste.unwanted]


@pytest.fixture
def running(keeper: TasteKeeper) -> Taste:
    """A scary, not romantic film of the eighties under two hours; Alien is loved; three films are shown."""
    wish = plan(
        wanted=["scary"],
        unwanted=["romance"],
        ranges=[Range(facet="year", min=1980, max=1989), Range(facet="runtime", max=120)],
        mentions=named(Stance.LIKED, ALIEN),
        query="lighthouse",
        count=3,
    )
    taste = keeper.update(Taste(), wish, "")
    taste.last_shown = taste.shown = [JAWS, HEAT, UP]
    return taste


def test_a_plan_becomes_a_request(running: Taste) -> None:
    request = running.request(Profile(), 5)
    assert request.history == (ALIEN,)
    assert [quality.label for quality in request.wanted] == ["scary"]
    assert FacetValue("genres", "horror") in request.wanted[0].values
    assert [quality.label for quality in request.unwanted] == ["romance"]
    assert set(request.bounds) == {Bound("year", 1980, 1989), Bound("runtime", None, 120)}
    assert request.exclude == {JAWS, HEAT, UP}
    assert request.k == 3
    assert request.query.split() == ["lighthouse"]  # "scary" is a constraint, no word to find in titles


def test_a_new_request_clears_the_constraints_and_keeps_what_was_said_of_items(
    keeper: TasteKeeper, running: Taste
) -> None:
    after = keeper.update(running, plan(wanted=["funny"], query="zebras"), "")
    assert labels(after) == (["funny"], [])
    assert (after.bounds, after.query, after.count, after.shown) == ({}, ["zebras"], None, [])
    assert after.liked == [ALIEN]
    assert after.last_shown == [JAWS, HEAT, UP]  # "the second one" still means a card that is on the screen


def test_a_refinement_adds_to_the_wish(keeper: TasteKeeper, running: Taste) -> None:
    after = keeper.update(running, plan("refine", wanted=["funny"], ranges=[Range(facet="year", min=2000)]), "")
    assert labels(after) == (["scary", "funny"], ["romance"])
    assert after.bounds == {"year": (2000, None), "runtime": (None, 120)}
    assert after.count == 3
    assert after.shown == [JAWS, HEAT, UP]  # something else is something else


def test_a_change_of_mind_turns_a_wish_round(keeper: TasteKeeper, running: Taste) -> None:
    after = keeper.update(running, plan("refine", unwanted=["scary"], wanted=["romance"]), "")
    assert labels(after) == (["romance"], ["scary"])


def test_wishing_the_same_twice_is_one_wish(keeper: TasteKeeper, running: Taste) -> None:
    once = keeper.update(running, plan("refine", wanted=["scary"]), "")
    assert labels(once) == (["scary"], ["romance"])


@pytest.mark.parametrize(
    ("phrase", "wanted", "bounds"),
    [
        ("80s", ["scary"], {"runtime"}),
        ("year", ["scary"], {"runtime"}),
        ("decade", ["scary"], {"runtime"}),
        ("年代", ["scary"], {"runtime"}),
        ("length", ["scary"], {"year"}),
        ("scary", [], {"year", "runtime"}),
        ("horror", [], {"year", "runtime"}),  # other words for the same thing
        ("恐怖", [], {"year", "runtime"}),
        ("elephants", ["scary"], {"year", "runtime"}),
        ("time travel", ["scary"], {"year", "runtime"}),
        ("teenage romance", ["scary"], {"year", "runtime"}),
        ("running time", ["scary"], {"year"}),
    ],
)
def test_what_is_taken_back_goes_and_the_rest_stays(
    keeper: TasteKeeper, running: Taste, phrase: str, wanted: list[str], bounds: set[str]
) -> None:
    after = keeper.update(running, plan("refine", forget=[phrase]), "")
    assert labels(after) == (wanted, ["romance"])
    assert set(after.bounds) == bounds


def test_an_exclusion_can_be_taken_back(keeper: TasteKeeper, running: Taste) -> None:
    assert labels(keeper.update(running, plan("refine", forget=["romance"]), "")) == (["scary"], [])


def test_more_like_a_shown_one_keeps_the_constraints(keeper: TasteKeeper, running: Taste) -> None:
    after = keeper.update(running, plan("more_like", refers_to=[2]), "")
    assert after.similar_to == [HEAT]
    assert labels(after) == (["scary"], ["romance"])
    assert set(after.bounds) == {"year", "runtime"}
    assert after.shown == [JAWS, HEAT, UP]  # more, not the same again


def test_more_like_a_shown_one_but_newer_is_newer_than_that_one(keeper: TasteKeeper, running: Taste) -> None:
    newer = [Range(facet="year", relative="higher")]
    free = running.model_copy(update={"bounds": {}})
    assert keeper.update(free, plan("more_like", refers_to=[1], ranges=newer), "").bounds == {"year": (1976, None)}
    assert keeper.update(free, plan("more_like", refers_to=[2], ranges=newer), "").bounds == {"year": (1996, None)}


def test_more_like_a_named_one_keeps_the_constraints_that_it_meets(keeper: TasteKeeper, running: Taste) -> None:
    after = keeper.update(running, plan("more_like", mentions=named(Stance.SIMILAR_TO, JAWS)), "like Jaws")
    assert after.similar_to == [JAWS] and after.replaced == []
    assert labels(after) == (["scary"], ["romance"])
    # Up is not scary, and was named last; what was ruled out and bounded stays until it is taken back.
    after = keeper.update(running, plan("more_like", mentions=named(Stance.SIMILAR_TO, UP)), "like Up")
    assert after.similar_to == [UP] and [wish.label for wish in after.replaced] == ["scary"]
    assert labels(after) == ([], ["romance"])
    assert set(after.bounds) == {"year", "runtime"}


def test_more_like_a_named_one_may_start_afresh(keeper: TasteKeeper, running: Taste) -> None:
    wish = plan("more_like", mentions=named(Stance.SIMILAR_TO, JAWS))
    after = keeper.update(running, wish, "I'm looking for something like Jaws")
    assert (labels(after), after.bounds, after.similar_to) == (([], []), {}, [JAWS])


def test_a_wish_like_a_film_may_come_within_a_request(keeper: TasteKeeper) -> None:
    after = keeper.update(Taste(), plan(mentions=named(Stance.SIMILAR_TO, UP), wanted=["funny"]), "")
    assert after.similar_to == [UP]


@pytest.mark.parametrize(
    ("places", "ids"),
    [
        ([1], [JAWS]),
        ([0], [JAWS]),
        ([-1], [UP]),
        ([2, 3], [HEAT, UP]),
        ([2, 2], [HEAT]),
        ([9], []),
        ([-9], []),
        ([], []),
    ],
)
def test_places_mean_the_cards_that_were_shown(
    keeper: TasteKeeper, running: Taste, places: list[int], ids: list[str]
) -> None:
    assert keeper.meant(running, plan("about_item", refers_to=places)) == ids
    assert keeper.meant(Taste(), plan("about_item", refers_to=places)) == []


class TestNewer:
    """Wishes relative to what is shown."""

    def test_newer_is_beyond_the_middle_of_what_is_shown(self, keeper: TasteKeeper) -> None:
        shown = Taste(last_shown=[JAWS, HEAT, UP])
        after = keeper.update(shown, plan("refine", ranges=[Range(facet="year", relative="higher")]), "newer")
        assert after.bounds == {"year": (1996, None)}

    def test_older_and_shorter_go_the_other_way(self, keeper: TasteKeeper, demo: Catalogue) -> None:
        shown = Taste(last_shown=[JAWS, HEAT, UP])
        wishes = [Range(facet="year", relative="lower"), Range(facet="runtime", relative="lower")]
        after = keeper.update(shown, plan("refine", ranges=wishes), "older, shorter")
        middle = sorted(float(demo[i].attributes["runtime"]) for i in (JAWS, HEAT, UP))[1]
        assert after.bounds == {"year": (None, 1994), "runtime": (None, middle - 1)}

    @pytest.mark.parametrize(
        ("shown", "message", "bounds"),
        [
            (["the-terminator-1984", "aliens-1986"], "newer", (1987, 1989)),  # the late eighties come first
            (["the-terminator-1984", "aliens-1986"], "no, newer", (1990, None)),
            (["when-harry-met-sally-1989"], "newer", (1990, None)),  # nothing is left inside
            ([JAWS, HEAT, UP], "newer", (1990, None)),
        ],
    )
    def test_newer_in_the_eighties_stays_there_while_something_is_left(
        self, keeper: TasteKeeper, demo: Catalogue, running: Taste, shown: list[str], message: str, bounds: object
    ) -> None:
        assert set(shown) <= {item.id for item in demo.items}
        running.last_shown = shown
        after = keeper.update(running, plan("refine", ranges=[Range(facet="year", relative="higher")]), message)
        assert after.bounds["year"] == bounds

    def test_older_goes_before_the_eighties_when_all_inside_were_shown(
        self, keeper: TasteKeeper, demo: Catalogue, running: Taste
    ) -> None:
        running.last_shown = ["aliens-1986"]
        wish = plan("refine", ranges=[Range(facet="year", relative="lower")])
        assert keeper.update(running, wish, "older").bounds["year"] == (1980, 1985)
        inside = demo.range_mask("year", 1980, 1985)
        running.shown = [item.id for item, kept in zip(demo.items, inside, strict=True) if kept]
        assert keeper.update(running, wish, "older").bounds["year"] == (None, 1979)

    @pytest.mark.parametrize(
        ("first", "then", "bounds"),
        [
            ((2002, None), (2000, 2009), (2002, 2009)),
            ((2002, None), (1980, 1989), (1980, 1989)),
            ((1990, 1999), (1985, 1995), (1985, 1995)),
            ((1990, 1999), (None, 1995), (1990, 1995)),
            ((None, 90), (None, 120), (None, 120)),
            ((None, 90), (100, None), (100, None)),
        ],
    )
    def test_a_second_range_narrows_a_limit_and_replaces_its_like(
        self, keeper: TasteKeeper, first: tuple[int, int], then: tuple[int, int], bounds: object
    ) -> None:
        taste = Taste()
        for low, high in (first, then):
            wish = plan("refine", ranges=[Range(facet="year", min=low, max=high)])
            taste = keeper.update(taste, wish, "")
        assert taste.bounds["year"] == bounds

    def test_what_next_to_nothing_is_left_within_goes_beyond_the_limit(self, keeper: TasteKeeper) -> None:
        """Of "under 90 minutes", shown at 89, nothing much is "not that short"."""
        taste = Taste(bounds={"runtime": (None, 90.0)}, last_shown=["shrek-2001", "office-space-1999"])
        after = keeper.update(
            taste, plan("refine", ranges=[Range(facet="runtime", relative="higher")]), "not that short"
        )
        assert after.bounds["runtime"] == (91.0, None)

    def test_a_decade_asked_for_is_kept_while_something_is_left_in_it(self, keeper: TasteKeeper) -> None:
        taste = Taste(bounds={"year": (2010.0, 2019.0)}, last_shown=["inception-2010", "the-dark-knight-rises-2012"])
        after = keeper.update(taste, plan("refine", ranges=[Range(facet="year", relative="lower")]), "older please")
        low, high = after.bounds["year"]
        assert low == 2010 and high is not None and high < 2019

    def test_newer_with_nothing_shown_is_the_newest_sixth(self, keeper: TasteKeeper, demo: Catalogue) -> None:
        after = keeper.update(Taste(), plan(ranges=[Range(facet="year", relative="higher")]), "something new")
        low, high = after.bounds["year"]
        share = float(demo.range_mask("year", low, high).mean())
        assert high is None and 0.1 < share < 0.2

    def test_a_range_without_a_number_bounds_nothing(self, keeper: TasteKeeper, running: Taste) -> None:
        after = keeper.update(running, plan("refine", ranges=[Range(facet="year"), Range(facet="runtime")]), "")
        assert after.bounds == running.bounds
        assert keeper.update(Taste(), plan(ranges=[Range(facet="runtime")]), "").bounds == {}

    def test_a_facet_the_catalogue_lacks_bounds_nothing(self, keeper: TasteKeeper) -> None:
        wishes = [Range(facet="price", relative="lower"), Range(facet="price", max=10)]
        for wish in wishes:
            assert keeper.update(Taste(), plan(ranges=[wish]), "cheaper").bounds == {}


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("loved it", "liked"),
        ("it was great", "liked"),
        ("hated it", "disliked"),
        ("didn't like it", "disliked"),
        ("boring", "disliked"),
        ("seen it", "seen"),
        ("yes I saw that one", "seen"),
        ("ok not that one", "seen"),
        ("this one was ok", "seen"),
        ("yes this one please", "liked"),
        ("I'll take this one", "liked"),
        ("let's go with that", "liked"),
        ("that one looks fun", "liked"),
        ("the first one", "liked"),
        ("喜欢", "liked"),
        ("不喜欢这部", "disliked"),
        ("看过了", "seen"),
    ],
)
def test_the_tone_of_feedback_decides_where_the_card_in_focus_goes(
    keeper: TasteKeeper, running: Taste, message: str, place: str
) -> None:
    after = keeper.update(running, plan("feedback", refers_to=[1]), message)
    assert [name for name in ("liked", "disliked", "seen") if JAWS in getattr(after, name)] == [place]
    assert labels(after) == labels(running)  # a verdict changes no constraint


@pytest.mark.parametrize(
    ("message", "seen", "disliked"),
    [
        ("already watched the first one, something good please", [JAWS], []),
        ("watched the first one and hated it, others?", [], [JAWS]),
        ("shorter than the first one", [], []),
    ],
)
def test_a_wish_may_say_that_a_shown_one_was_seen(
    keeper: TasteKeeper, running: Taste, message: str, seen: list[str], disliked: list[str]
) -> None:
    after = keeper.update(running, plan("refine", refers_to=[1]), message)
    assert [i for i in after.seen if i not in running.seen] == seen
    assert [i for i in after.disliked if i not in running.disliked] == disliked


def test_the_last_word_on_an_item_counts(keeper: TasteKeeper) -> None:
    taste = keeper.update(Taste(), plan("feedback", mentions=named(Stance.LIKED, ALIEN)), "")
    taste = keeper.update(taste, plan("feedback", mentions=named(Stance.DISLIKED, ALIEN)), "")
    assert (taste.liked, taste.disliked) == ([], [ALIEN])
    request = taste.request(Profile(liked=[ALIEN]), 5)
    assert request.history == () and request.disliked == (ALIEN,) and ALIEN in request.exclude


def test_an_item_to_resemble_and_then_hated_is_no_longer_one_to_resemble(keeper: TasteKeeper) -> None:
    taste = keeper.update(Taste(), plan("more_like", mentions=named(Stance.SIMILAR_TO, ALIEN)), "more like Alien")
    taste = keeper.update(taste, plan("feedback", mentions=named(Stance.DISLIKED, ALIEN)), "I hated Alien")
    assert (taste.similar_to, taste.disliked) == ([], [ALIEN])
    for intent in ("more_like", "recommend"):
        after = keeper.update(taste, plan(intent, mentions=named(Stance.SIMILAR_TO, ALIEN)), "like Alien after all")
        assert (after.similar_to, after.disliked) == ([ALIEN], [])


def test_free_text_is_taken_back_by_its_words_and_not_by_letters_in_them(keeper: TasteKeeper) -> None:
    taste = Taste(query=["party lighthouses", "孤独的灯塔"])
    assert keeper.update(taste, plan("refine", forget=["art", "!"]), "").query == taste.query
    assert keeper.update(taste, plan("refine", forget=["lighthouse", "灯塔"]), "").query == []


def test_what_is_seen_or_unwanted_is_not_shown(keeper: TasteKeeper) -> None:
    mentions = named(Stance.SEEN, ALIEN) + named(Stance.UNWANTED, JAWS)
    request = keeper.update(Taste(), plan(mentions=mentions), "").request(Profile(seen=[HEAT], disliked=[UP]), 5)
    assert request.exclude == {ALIEN, JAWS, HEAT, UP}
    assert request.disliked == (UP,)


def test_names_that_no_item_has_change_nothing(keeper: TasteKeeper) -> None:
    unknown = Mention(text="The Teapot Conspiracy", stance=Stance.LIKED)
    assert keeper.update(Taste(), plan("feedback", mentions=[unknown]), "") == Taste()


def test_phrases_that_no_facet_knows_are_searched_for(keeper: TasteKeeper) -> None:
    taste = keeper.update(Taste(), plan(wanted=["qwzx lighthouses"]), "")
    assert taste.wanted == [] and "qwzx lighthouses" in taste.request(Profile(), 5).query


def test_the_state_before_is_left_as_it_is_and_nothing_leaks_into_another_conversation(
    keeper: TasteKeeper, running: Taste
) -> None:
    before = running.model_dump()
    fresh = keeper.update(Taste(), plan(), "")
    keeper.update(running, plan("refine", wanted=["funny"], mentions=named(Stance.LIKED, UP), forget=["80s"]), "")
    assert running.model_dump() == before
    assert fresh == keeper.update(Taste(), plan(), "") == Taste()


def test_chat_and_questions_change_no_wish(keeper: TasteKeeper, running: Taste) -> None:
    for intent in (Intent.CHAT, Intent.EXPLAIN, Intent.COMPARE, Intent.ABOUT_ITEM):
        after = keeper.update(running, TurnPlan(intent=intent, refers_to=[1], wanted=["funny"]), "why this one?")
        assert after.model_dump(exclude={"count"}) == running.model_dump(exclude={"count"})


def test_the_history_of_a_request_has_an_end_and_the_newest_count() -> None:
    liked = [f"film-{n}" for n in range(200)]
    request = Taste(liked=["new"], disliked=liked).request(Profile(liked=[f"old-{n}" for n in range(200)]), 5)
    assert len(request.history) == MAX_HISTORY and request.history[-1] == "new"
    assert len(request.disliked) == MAX_HISTORY
    assert len(request.exclude) == 200  # though all of them stay out of sight


def test_a_taste_is_stored_as_json(running: Taste) -> None:
    assert Taste.model_validate(json.loads(json.dumps(running.model_dump(mode="json")))) == running


def test_a_long_run_of_refinements_leaves_no_query_without_end(keeper: TasteKeeper) -> None:
    taste = Taste()
    for number in range(300):
        taste = keeper.update(taste, plan("refine", query=f"lighthouse {number}", wanted=[f"qwzx{number}"]), "")
    query = taste.request(Profile(), 5).query
    assert len(query) < 1000 and "lighthouse 299" in query
