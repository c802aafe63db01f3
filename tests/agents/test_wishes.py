"""Wishes: what "or" joins, what takes whose place, and what goes when nothing meets all."""

import numpy as np
import pytest

from agents.linking.facets import FacetLinker
from agents.plan import Range, TurnPlan
from agents.state.taste import Profile, Taste, TasteKeeper
from agents.state.wishes import Wish, Wishes
from recommender.catalogue import Catalogue, FacetValue
from recommender.serving import filters
from recommender.serving.rank import Recommender
from recommender.serving.request import Request
from storage.records import ItemRecord


def plan(intent: str = "refine", **fields: object) -> TurnPlan:
    return TurnPlan.model_validate({"intent": intent, **fields})


def labels(taste: Taste) -> list[str]:
    return [wish.label for wish in taste.wanted]


@pytest.fixture(scope="module")
def wishes(demo: Catalogue, facets: FacetLinker) -> Wishes:
    return Wishes(demo, facets)


class TestAlternatives:
    @pytest.mark.parametrize(
        ("message", "phrases", "expected"),
        [
            ("films by nolan or fincher", ["nolan", "fincher"], ["nolan or fincher"]),
            ("either a heist movie or a con-artist movie", ["heist", "con-artist"], ["heist or con-artist"]),
            ("heist, spy or war films with tom hanks", ["heist", "spy", "war", "tom hanks"],
             ["heist or spy or war", "tom hanks"]),
            ("a scary film, or maybe something funny", ["scary", "funny"], ["scary or funny"]),
            ("something sad, by nolan or fincher", ["sad", "nolan", "fincher"], ["sad", "nolan or fincher"]),
            ("with tom hanks or meg ryan", ["tom hanks", "meg ryan"], ["tom hanks or meg ryan"]),
            ("科幻或者喜剧片", ["科幻", "喜剧"], ["科幻 or 喜剧"]),
            # A film has one director, and several actors, genres and moods.
            ("films by nolan and fincher", ["nolan", "fincher"], ["nolan or fincher"]),
            ("with tom hanks and meg ryan", ["tom hanks", "meg ryan"], ["tom hanks", "meg ryan"]),
            ("scary but funny", ["scary", "funny"], ["scary", "funny"]),
            ("scary, funny", ["scary", "funny"], ["scary", "funny"]),
            ("scary. or else surprise me with something funny", ["scary", "funny"], ["scary", "funny"]),
        ],
    )  # fmt: skip
    def test_what_or_joins_is_one_wish(
        self, wishes: Wishes, message: str, phrases: list[str], expected: list[str]
    ) -> None:
        heard, unknown = wishes.heard(phrases, message, [])
        assert ([wish.label for wish in heard], unknown) == (expected, [])

    def test_any_of_them_will_do(self, wishes: Wishes, demo: Catalogue) -> None:
        (either,), _ = wishes.heard(["nolan", "fincher"], "nolan or fincher", [])
        one = demo.mask(FacetValue("director", "Christopher Nolan"))
        other = demo.mask(FacetValue("director", "David Fincher"))
        assert one.any() and other.any()
        assert (filters.holds(demo, either.quality()) == (one | other)).all()

    def test_a_message_that_begins_with_or_adds_to_the_running_wish(self, keeper: TasteKeeper) -> None:
        taste = keeper.update(Taste(), plan("recommend", wanted=["scary", "nolan"]), "scary films by nolan")
        taste = keeper.update(taste, plan(wanted=["fincher"]), "or fincher")
        assert labels(taste) == ["scary", "nolan or fincher"]

    def test_who_wants_either_need_not_want_both_at_once(
        self, wishes: Wishes, demo: Catalogue, recommender: Recommender
    ) -> None:
        (either,), _ = wishes.heard(["horror", "comedy"], "horror or comedy", [])
        degree = recommender.recall.facet_degree([either.quality()])
        horror, comedy = (demo.prominence(FacetValue("genres", genre)) for genre in ("horror", "comedy"))
        assert (horror * comedy).any() and (degree == np.maximum(horror, comedy)).all()

    def test_one_of_them_can_be_taken_back_or_settled_on(self, keeper: TasteKeeper) -> None:
        taste = keeper.update(Taste(), plan("recommend", wanted=["nolan", "fincher"]), "nolan or fincher")
        assert labels(keeper.update(taste, plan(forget=["nolan"]), "forget the nolan")) == ["fincher"]
        assert labels(keeper.update(taste, plan(forget=["nolan or fincher"]), "")) == []
        assert labels(keeper.update(taste, plan(unwanted=["nolan"]), "not nolan")) == ["fincher"]
        assert labels(keeper.update(taste, plan(wanted=["nolan"]), "only nolan")) == ["nolan"]


class TestCorrections:
    @pytest.mark.parametrize(
        ("message", "wanted", "expected", "replaced"),
        [
            ("something funny instead", ["funny"], ["tom hanks", "funny"], ["family"]),
            ("actually my wife wants a romcom instead", ["romcom"], ["tom hanks", "romcom"], ["family"]),
            ("actually, a drama", ["drama"], ["tom hanks", "drama"], ["family"]),
            ("with tim allen instead", ["tim allen"], ["family", "tim allen"], ["tom hanks"]),
            ("or something funny instead", ["funny"], ["tom hanks", "funny"], ["family"]),
            ("换成喜剧", ["喜剧"], ["tom hanks", "喜剧"], ["family"]),
            ("make it funny", ["funny"], ["family", "tom hanks", "funny"], []),
            ("actually, i want it to be funny too", ["funny"], ["family", "tom hanks", "funny"], []),
            ("a family film instead", ["family"], ["tom hanks", "family"], []),
        ],
    )
    def test_a_new_quality_takes_the_place_of_its_kind(
        self, keeper: TasteKeeper, message: str, wanted: list[str], expected: list[str], replaced: list[str]
    ) -> None:
        bounds = [Range(facet="runtime", max=120)]
        taste = keeper.update(
            Taste(), plan("recommend", wanted=["family", "tom hanks"], unwanted=["war"], ranges=bounds), ""
        )
        for intent in ("refine", "recommend"):  # "a romcom instead" may be read as a request of its own
            if intent == "recommend" and not replaced:
                continue
            after = keeper.update(taste, plan(intent, wanted=wanted), message)
            assert labels(after) == expected
            assert [wish.label for wish in after.replaced] == replaced and after.clashed == []
            assert after.bounds == {"runtime": (None, 120)}
            assert [wish.label for wish in after.unwanted] == ["war"]

    def test_it_is_said_once(self, keeper: TasteKeeper) -> None:
        taste = keeper.update(Taste(), plan("recommend", wanted=["family"]), "a family film")
        taste = keeper.update(taste, plan(wanted=["scary"]), "something scary instead")
        assert taste.replaced
        assert keeper.update(taste, plan(), "something else").replaced == []

    def test_what_the_like_was_wanted_of_goes_too(self, keeper: TasteKeeper) -> None:
        taste = Taste(similar_to=["inside-out-2015"])
        assert keeper.update(taste, plan(wanted=["scary"]), "something scary instead").similar_to == []
        assert keeper.update(taste, plan(wanted=["funny"]), "funny please").similar_to == ["inside-out-2015"]

    def test_kinds_are_read_off_the_phrase_table(self) -> None:
        items = [
            ItemRecord(id=str(n), title=str(n), attributes={"use": [use], "feel": [feel], "maker": [maker]})
            for n, (use, feel, maker) in enumerate([("tea", "calm", "Brim"), ("soup", "hearty", "Tarn")])
        ]
        phrases = {"cosy": [FacetValue("use", "tea"), FacetValue("feel", "calm")]}
        catalogue = Catalogue(items, phrases)
        shop = Wishes(catalogue, FacetLinker(catalogue))
        tea, hearty, brim = (Wish(label=v, values=[(f, v)])
                             for f, v in (("use", "tea"), ("feel", "hearty"), ("maker", "Brim")))  # fmt: skip
        assert shop.same_kind(tea, hearty) and not shop.same_kind(tea, brim)


class TestClashes:
    def talk(self, keeper: TasteKeeper, *phrases: str) -> Taste:
        taste = keeper.update(Taste(), plan("recommend", wanted=[phrases[0]]), phrases[0])
        for phrase in phrases[1:]:
            taste = keeper.update(taste, plan(wanted=[phrase]), phrase)
        return taste

    def test_the_oldest_wish_that_nothing_meets_goes(self, keeper: TasteKeeper, demo: Catalogue) -> None:
        taste = self.talk(keeper, "scarlett johansson", "thriller", "robert de niro")
        assert labels(taste) == ["thriller", "robert de niro"]
        assert [wish.label for wish in taste.clashed] == ["scarlett johansson"]
        taste = self.talk(keeper, "scarlett johansson", "thriller", "robert de niro", "coen brothers", "kurosawa")
        assert labels(taste) == ["thriller", "kurosawa"]
        assert filters.eligible(demo, Request(wanted=tuple(wish.quality() for wish in taste.wanted))).any()

    def test_what_goes_together_stays(self, keeper: TasteKeeper) -> None:
        taste = self.talk(keeper, "thriller", "robert de niro", "al pacino")
        assert labels(taste) == ["thriller", "robert de niro", "al pacino"] and taste.clashed == []

    def test_what_is_ruled_out_and_bounded_never_goes(self, keeper: TasteKeeper) -> None:
        taste = self.talk(keeper, "horror", "musical")
        ranges = [Range(facet="year", max=1939)]
        taste = keeper.update(taste, plan(unwanted=["american"], ranges=ranges), "not american, before 1940")
        assert labels(taste) == ["musical"] and [wish.label for wish in taste.clashed] == ["horror"]
        assert [wish.label for wish in taste.unwanted] == ["american"] and taste.bounds == {"year": (None, 1939)}

    def test_wishes_of_one_message_are_not_weighed_against_each_other(self, keeper: TasteKeeper) -> None:
        wanted = ["scarlett johansson", "kurosawa"]
        taste = keeper.update(Taste(), plan("recommend", wanted=wanted), "scarlett johansson in a kurosawa film")
        assert labels(taste) == wanted and taste.clashed == []

    def test_no_older_wish_is_blamed_for_a_message_that_nothing_meets(self, keeper: TasteKeeper) -> None:
        taste = self.talk(keeper, "kurosawa")
        after = keeper.update(taste, plan(wanted=["scarlett johansson", "silent"], unwanted=["english"]), "")
        assert labels(after)[0] == "kurosawa" and after.clashed == []


class TestWordsOfTheItems:
    def test_what_no_facet_knows_is_looked_for_in_what_the_items_say(
        self, keeper: TasteKeeper, demo: Catalogue, facets: FacetLinker
    ) -> None:
        assert facets.link("disney") == ()
        taste = keeper.update(Taste(), plan("recommend", wanted=["family"], unwanted=["disney"]), "")
        mention = [item.id for item in demo.items if "disney" in demo.describe(item).casefold()]
        assert taste.unsure == {"disney": len(mention)} and mention
        left = filters.eligible(demo, taste.hard())
        assert not left[[demo.position[i] for i in mention]].any() and left.sum() == len(demo) - len(mention)
        later = keeper.update(taste, plan(), "something else")
        assert later.unsure == {} and [wish.label for wish in later.unwanted] == ["disney"]
        assert keeper.update(later, plan(forget=["disney"]), "").unwanted == []

    def test_what_no_item_says_is_no_constraint(self, keeper: TasteKeeper) -> None:
        taste = keeper.update(Taste(), plan("recommend", unwanted=["qwzx"]), "no qwzx")
        assert taste.unsure == {"qwzx": 0} and taste.unwanted == []


class TestSearch:
    @pytest.mark.parametrize(
        ("message", "wanted", "query"),
        [
            ("family lighthouse", ["family"], "lighthouse"),
            ("kids lighthouse", ["kids"], "lighthouse"),  # no reason to show Spy Kids
            ("Nolan lighthouse", ["nolan"], "lighthouse nolan"),
            ("anime lighthouse", ["anime"], "lighthouse anime"),  # says more than animation does
        ],
    )
    def test_a_known_quality_does_not_pull_titles_that_have_its_words(
        self, keeper: TasteKeeper, message: str, wanted: list[str], query: str
    ) -> None:
        taste = keeper.update(Taste(), plan("recommend", wanted=wanted, query=message), message)
        assert taste.request(Profile(), 5).query == query
