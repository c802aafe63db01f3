"""From a request to a ranking: what may be shown, in which order, and what could be let go."""

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.catalogue import as_number
from recommender.models.popular import MostPopular
from recommender.serving.rank import Recommender, Weights, bound_label
from recommender.serving.recall import FACETS, LIKENESS, STUDENT, TEXT, standardise
from recommender.serving.request import Bound, Quality, Request
from storage.records import ItemRecord
from tests.doubles import TableModel, recommender
from tests.recommender.wishes import BRIM, KETTLE, POT, ids, quality, words_of

TARN = quality("by Tarn", ("brand", "Tarn"))
RED, MISSING = quality("red", ("colours", "red")), quality("haunted", ("category", "ghosts"))


class TestConstraints:
    """What may be shown."""

    @pytest.mark.parametrize(
        ("request_", "expected"),
        [
            (Request(wanted=(KETTLE,)), {"kettle-01", "kettle-02", "kettle-03", "kettle-04"}),
            (Request(wanted=(KETTLE, BRIM)), {"kettle-01", "kettle-02"}),
            (Request(wanted=(POT, BRIM)), {"kettle-01", "kettle-02", "teapot-03"}),
            (Request(wanted=(KETTLE,), unwanted=(BRIM, TARN)), {"kettle-03"}),
            (Request(wanted=(KETTLE,), bounds=(Bound("price", 29.0, 49.9),)), {"kettle-01", "kettle-02"}),
            (Request(wanted=(KETTLE,), bounds=(Bound("price", 50, None),)), {"kettle-03"}),
            (
                Request(wanted=(quality("chair", ("category", "chairs")),), bounds=(Bound("price", 150, 200),)),
                {"chair-03"},
            ),
            (Request(wanted=(MISSING,)), set()),
            (Request(wanted=(Quality("nothing at all", ()),)), set()),
            (Request(bounds=(Bound("year", 1980, 1989),)), set()),
            (
                Request(wanted=(quality("stove", ("category", "camp stoves")),), bounds=(Bound("price", None, 999),)),
                set(),
            ),
        ],
    )
    def test_every_constraint_holds_for_what_is_eligible(
        self, shop: Recommender, request_: Request, expected: set[str]
    ) -> None:
        eligible = {item.id for item, ok in zip(shop.catalogue.items, shop.eligible(request_), strict=True) if ok}
        assert eligible == expected
        assert set(ids(shop.recommend(request_))) == expected

    def test_what_is_unfit_is_never_shown_nor_let_go(self, shop: Recommender) -> None:
        unfit = (Quality("unfit", BRIM.values),)
        assert not {"kettle-01", "kettle-02"} & set(ids(shop.recommend(Request(unfit=unfit, k=99))))
        near = shop.recommend(Request(wanted=(KETTLE, MISSING), unfit=unfit)).relaxations
        assert [(one.label, one.count) for one in near] == [("haunted", 2)]

    def test_what_has_the_excepted_value_has_not_the_quality(self, shop: Recommender) -> None:
        but_kettles = Quality("by Brim, no kettle", BRIM.values, unless=KETTLE.values)
        shown = set(ids(shop.recommend(Request(unfit=(but_kettles,), k=99))))
        assert {"kettle-01", "kettle-02"} <= shown and "teapot-03" not in shown

    def test_without_constraints_all_are_eligible(self, shop: Recommender) -> None:
        assert shop.eligible(Request()).all()
        assert shop.recommend(Request()).n_eligible == len(shop.catalogue)

    def test_what_is_excluded_liked_disliked_or_named_is_not_shown(self, shop: Recommender) -> None:
        request = Request(
            wanted=(KETTLE,), exclude=frozenset({"kettle-01"}), history=("kettle-02",), disliked=("kettle-03",)
        )
        ranking = shop.recommend(request)
        assert (ids(ranking), ranking.n_eligible) == (["kettle-04"], 1)
        assert "kettle-04" not in ids(shop.recommend(Request(similar_to=("kettle-04",))))

    def test_ids_that_the_catalogue_does_not_have_change_nothing(self, shop: Recommender) -> None:
        strange = Request(
            history=("gone",), similar_to=("gone",), disliked=("gone",), exclude=frozenset({"gone"}), wanted=(KETTLE,)
        )
        plain = Request(wanted=(KETTLE,))
        assert set(ids(shop.recommend(strange))) == set(ids(shop.recommend(plain)))


QUALITIES = st.lists(st.sampled_from([KETTLE, BRIM, TARN, POT, RED, MISSING]), max_size=3, unique=True).map(tuple)
BOUNDS = st.lists(
    st.builds(Bound, st.just("price"), st.sampled_from([None, 10.0, 40.0]), st.sampled_from([None, 50.0, 5.0])),
    max_size=1,
).map(tuple)
SOME_IDS = st.lists(st.sampled_from(["kettle-01", "kettle-02", "mug-01", "tent-01", "gone"]), max_size=3).map(tuple)
REQUESTS = st.builds(
    Request,
    history=SOME_IDS,
    similar_to=SOME_IDS,
    disliked=SOME_IDS,
    exclude=SOME_IDS.map(frozenset),
    wanted=QUALITIES,
    unwanted=QUALITIES,
    bounds=BOUNDS,
    query=st.sampled_from(["", "slow coffee", "qwzx", "茶"]),
    k=st.integers(1, 50),
)


def fits(item: ItemRecord, wanted: Iterable[Quality], unwanted: Iterable[Quality], bounds: Iterable[Bound]) -> bool:
    """Whether an item meets the constraints, written without masks."""

    def has(quality: Quality) -> bool:
        held = {
            (facet, str(v))
            for facet, cell in item.attributes.items()
            for v in (cell if isinstance(cell, list) else [cell])
        }
        return any((value.facet, value.value) in held for value in quality.values)

    def within(bound: Bound) -> bool:
        number = as_number(item.attributes.get(bound.facet))
        if number is None:
            return False
        return (bound.low is None or number >= bound.low) and (bound.high is None or number <= bound.high)

    return all(map(has, wanted)) and not any(map(has, unwanted)) and all(map(within, bounds))


@given(REQUESTS)
def test_whatever_is_asked_only_what_fits_is_shown_and_all_counts_are_true(
    shop: Recommender, request_: Request
) -> None:
    ranking = shop.recommend(request_)
    hidden = {*request_.exclude, *request_.history, *request_.similar_to, *request_.disliked}
    base = [item for item in shop.catalogue.items if item.id not in hidden]
    fitting = [item.id for item in base if fits(item, request_.wanted, request_.unwanted, request_.bounds)]
    assert ranking.n_eligible == len(fitting)
    everywhere = [i for i in shop.catalogue.items if fits(i, request_.wanted, request_.unwanted, request_.bounds)]
    assert ranking.n_excluded == len(everywhere) - len(fitting)
    assert set(ids(ranking)) <= set(fitting)
    assert len(ids(ranking)) == len(set(ids(ranking))) == min(request_.k, len(fitting), 40)
    assert bool(ranking.relaxations) <= (len(fitting) < request_.k)

    constraints = [("wanted", q.label, q) for q in request_.wanted] + [
        ("unwanted", q.label, q) for q in request_.unwanted
    ]
    every = [*constraints, *(("bound", bound_label(b), b) for b in request_.bounds)]
    counts = {}
    for size in range(1, len(every) + 1):
        for dropped in combinations(range(len(every)), size):
            kept = [every[i] for i in range(len(every)) if i not in dropped]
            names = ("+".join(every[i][0] for i in dropped), " + ".join(every[i][1] for i in dropped))
            counts[names] = sum(
                fits(
                    item, *([c for kind, _, c in kept if kind == wanted] for wanted in ("wanted", "unwanted", "bound"))
                )  # type: ignore[misc]
                for item in base
            )
    for relaxation in ranking.relaxations:
        assert relaxation.count == counts[relaxation.kind, relaxation.label] > len(fitting)


def test_a_quality_may_be_a_word_that_the_items_say(shop: Recommender) -> None:
    eligible = shop.eligible(Request(unwanted=(Quality("whistles", (), word="whistle"),)))
    left_out = {item.id for item, ok in zip(shop.catalogue.items, eligible, strict=True) if not ok}
    assert left_out == {
        item.id for item in shop.catalogue.items if "whistle" in shop.catalogue.describe(item).casefold()
    }
    assert left_out


class TestRelaxations:
    """What could be let go when too little fits."""

    def test_one_constraint_is_enough_where_one_is(self, shop: Recommender) -> None:
        near = shop.recommend(Request(wanted=(KETTLE, TARN, RED))).relaxations
        assert {(r.kind, r.label, r.count) for r in near} == {("wanted", "red", 1), ("wanted", "by Tarn", 1)}

    def test_the_one_that_frees_most_comes_first(self, shop: Recommender) -> None:
        request = Request(wanted=(KETTLE,), unwanted=(BRIM,), bounds=(Bound("price", 70, None),))
        near = shop.recommend(request).relaxations
        assert [(r.kind, r.label, r.count) for r in near] == [("wanted", "kettle", 7), ("bound", "price from 70", 2)]

    def test_constraints_too_many_to_be_let_go_still_hold(self, shop: Recommender) -> None:
        at_least = [Bound("price", float(price), None) for price in range(15)]
        request = Request(wanted=(KETTLE, MISSING), bounds=(*at_least, Bound("price", None, 30.0)))
        near = shop.recommend(request).relaxations
        cheap = [i for i in shop.catalogue.items if fits(i, (KETTLE,), (), request.bounds)]
        assert [(r.label, r.count) for r in near] == [("haunted", len(cheap))] and cheap

    def test_an_unwanted_quality_can_be_let_go(self, shop: Recommender) -> None:
        near = shop.recommend(Request(wanted=(KETTLE,), unwanted=(KETTLE,))).relaxations
        assert ("unwanted", "kettle", 4) in [(r.kind, r.label, r.count) for r in near]

    def test_two_at_once_where_no_single_one_frees_any(self, shop: Recommender) -> None:
        near = shop.recommend(Request(wanted=(MISSING, quality("misty", ("colours", "mist")), KETTLE))).relaxations
        assert [(r.kind, r.label, r.count) for r in near] == [("wanted+wanted", "haunted + misty", 4)]

    def test_three_at_once_where_no_two_do(self, shop: Recommender) -> None:
        request = Request(
            wanted=(MISSING, quality("misty", ("colours", "mist")), KETTLE), bounds=(Bound("price", 5_000, None),)
        )
        near = shop.recommend(request).relaxations
        assert [(r.kind, r.label, r.count) for r in near] == [
            ("wanted+wanted+bound", "haunted + misty + price from 5000", 4)
        ]

    def test_what_is_excluded_is_not_promised(self, shop: Recommender) -> None:
        request = Request(wanted=(KETTLE, MISSING), exclude=frozenset({"kettle-01", "kettle-02"}))
        assert [r.count for r in shop.recommend(request).relaxations] == [2]

    def test_there_are_none_when_enough_fits_and_none_without_constraints(self, shop: Recommender) -> None:
        assert shop.recommend(Request(wanted=(KETTLE,), k=4)).relaxations == ()
        assert shop.recommend(Request(exclude=frozenset(shop.catalogue.position), k=4)).relaxations == ()

    @pytest.mark.parametrize(
        ("bound", "label"),
        [
            (Bound("year", 1980, 1989), "year 1980-1989"),
            (Bound("year", 1994, 1994), "year 1994"),
            (Bound("runtime", None, 100), "runtime up to 100"),
            (Bound("price", 9.5, None), "price from 9.5"),
            (Bound("price", 0, None), "price from 0"),
            (Bound("price", 0, 0), "price 0"),
        ],
    )
    def test_bounds_have_labels(self, bound: Bound, label: str) -> None:
        assert bound_label(bound) == label


class TestOrder:
    """Which comes first."""

    def test_the_text_of_the_wish_decides_where_nothing_else_is_known(self) -> None:
        shop = recommender(words_of("green lamp", "slow coffee kettle", "iron tent", "coffee"))
        assert ids(shop.recommend(Request(query="slow coffee", k=2)))[0] == "b"

    def test_a_student_that_knows_the_person_decides(self) -> None:
        table = np.zeros((4, 4))
        table[0, 2] = 5.0  # who liked a goes on to c
        shop = recommender(words_of("one", "two", "three", "four"), student=TableModel("abcd", table.tolist()))
        ranking = shop.recommend(Request(history=("a",)))
        assert ids(ranking)[0] == "c" and "a" not in ids(ranking)
        assert ranking.picks[0].parts[STUDENT] > 0

    def test_more_of_the_wanted_values_is_better(self) -> None:
        scary = quality("scary", ("genre", "horror"), ("mood", "scary"))
        things = [
            ItemRecord("half", "Half", attributes={"genre": "horror", "mood": "sad"}),
            ItemRecord("full", "Full", attributes={"genre": "horror", "mood": "scary"}),
            ItemRecord("none", "None", attributes={"genre": "comedy", "mood": "sad"}),
        ]
        ranking = recommender(things, weights=Weights(diversity=0)).recommend(Request(wanted=(scary,)))
        assert ids(ranking) == ["full", "half"]
        assert ranking.picks[0].parts[FACETS] > ranking.picks[1].parts[FACETS]

    def test_what_resembles_a_disliked_item_sinks(self) -> None:
        texts = (
            "haunted castle ghosts",
            "ghosts haunted castle at night",
            "garden",
            "train",
            "lake",
            "sea",
            "moon",
            "rain",
        )
        shop = recommender(words_of(*texts), weights=Weights(diversity=0))
        assert ids(shop.recommend(Request(disliked=("a",), k=9)))[-1] == "b"

    def test_likeness_counts_more_when_it_is_asked_for(self) -> None:
        shop = recommender(words_of("castle ghosts night", "castle ghosts", "garden", "train"))
        wishes = (Request(history=("a", "c", "d")), Request(similar_to=("a",)))
        liked, named = (shop.recommend(wish).picks[0] for wish in wishes)
        assert liked.item_id == named.item_id == "b"
        assert named.parts[LIKENESS] > liked.parts[LIKENESS]

    def test_near_copies_do_not_fill_the_list(self) -> None:
        texts = (
            "night train to the sea",
            "night train to the sea now",
            "night train to the sea too",
            "garden of night",
        )
        request = Request(query="night train to the sea", k=2)
        varied = recommender(words_of(*texts), weights=Weights(diversity=0.6)).recommend(request)
        plain = recommender(words_of(*texts), weights=Weights(diversity=0.0)).recommend(request)
        assert ids(plain)[0] == ids(varied)[0]  # the best item always leads
        assert "d" in ids(varied) and "d" not in ids(plain)

    def test_the_shown_ones_stay_in_order_of_score(self, shop: Recommender) -> None:
        for request in (Request(query="slow coffee", k=8), Request(history=("mug-01", "tent-01"), k=8)):
            scores = [pick.score for pick in shop.recommend(request).picks]
            assert scores == sorted(scores, reverse=True)

    def test_the_score_is_the_sum_of_its_parts(self, shop: Recommender) -> None:
        for pick in shop.recommend(Request(query="slow coffee", history=("mug-01",), wanted=(BRIM,))).picks:
            assert pick.score == pytest.approx(sum(pick.parts.values()), abs=1e-3)

    def test_the_same_request_gives_the_same_answer(self, shop: Recommender) -> None:
        request = Request(query="slow coffee", history=("mug-01",))
        first, second = shop.recommend(request), shop.recommend(request)
        assert (first.picks, first.relaxations) == (second.picks, second.relaxations)

    def test_all_scores_are_finite_and_complete(self, shop: Recommender) -> None:
        scores = shop.score_all(Request(query="slow coffee", history=("mug-01",), disliked=("tent-01",)))
        assert scores.shape == (len(shop.catalogue),) and np.isfinite(scores).all()

    def test_in_a_large_catalogue_each_source_brings_its_candidates(self) -> None:
        things = [ItemRecord(f"t{n}", f"Thing {n}", f"number{n}") for n in range(600)]
        names = [thing.id for thing in things]
        counts = np.arange(600, 0, -1, dtype=np.float32)
        shop = recommender(things, popular=MostPopular(names, counts), dimensions=1024)
        assert ids(shop.recommend(Request(query="577 number577", k=1))) == ["t577"]
        assert ids(shop.recommend(Request(k=1))) == ["t0"]
        assert shop.recommend(Request(query="577 number577")).picks[0].parts[TEXT] > 0

    def test_likeness_goes_by_shared_values_the_rare_ones_most(self) -> None:
        rows = [
            ("a", ["odd", "common"]),
            ("b", ["odd"]),
            ("c", ["common"]),
            *((f"n{n}", ["common"]) for n in range(20)),
        ]
        things = [ItemRecord(i, f"Thing {i}", attributes={"themes": themes, "kind": "x"}) for i, themes in rows]
        assert ids(recommender(things).recommend(Request(similar_to=("a",), k=1))) == ["b"]

    def test_an_editors_list_leads_what_is_like_one_item_and_counts_less_of_many(self) -> None:
        rows = [("a", ["odd"], ["z"]), ("b", ["odd"], []), ("z", ["else"], []), ("y", ["more"], [])]
        things = [
            ItemRecord(i, f"Thing {i}", attributes={"themes": themes, "alike": alike, "kind": "x"})
            for i, themes, alike in [*rows, *((f"n{n}", ["common"], []) for n in range(20))]
        ]
        shop = recommender(things)
        for wish in (Request(similar_to=("a",), k=1), Request(history=("a",), k=1)):
            assert ids(shop.recommend(wish)) == ["z"]
        one, many = (Request(history=history) for history in (("a",), ("a", "b", "y")))
        assert shop.weights.of(LIKENESS, one) > shop.weights.of(LIKENESS, many) >= shop.weights.likeness

    def test_the_lesser_known_is_what_few_chose_not_what_nobody_has_yet(self) -> None:
        counts = np.array([*range(400, 0, -1), *[0] * 100], dtype=np.float32)
        things = [ItemRecord(f"t{n}", f"Thing {n}", "") for n in range(len(counts))]
        shop = recommender(things, popular=MostPopular([thing.id for thing in things], counts))
        assert set(ids(shop.recommend(Request(k=5)))) <= {f"t{n}" for n in range(60)}
        assert set(ids(shop.recommend(Request(k=5, lesser_known=True)))) <= {f"t{n}" for n in range(340, 400)}


class TestPreferred:
    """What is better to have, and no condition."""

    KETTLES = (
        ItemRecord("plain", "One", "A kettle.", attributes={"colour": "red"}),
        ItemRecord("slow", "Two", "A kettle that whistles slowly.", attributes={"colour": "blue"}),
        ItemRecord("old", "Three", "A kettle.", attributes={"colour": "red"}),
    )

    def test_what_holds_it_comes_first_and_the_rest_is_shown(self) -> None:
        blue = quality("blue", ("colour", "blue"))
        ranking = recommender(list(self.KETTLES)).recommend(Request(preferred=(blue,)))
        assert ids(ranking)[0] == "slow" and len(ranking.picks) == 3 and not ranking.relaxations
        assert [reason.ref for reason in ranking.picks[0].reasons if reason.kind == "facet"] == ["colour:blue"]

    def test_a_word_said_of_an_item_counts(self) -> None:
        ranking = recommender(list(self.KETTLES)).recommend(Request(query="whistle"))
        assert ids(ranking)[0] == "slow" and ranking.picks[0].parts["words"] > ranking.picks[1].parts["words"]


class TestNextToNothing:
    """Empty and one-item catalogues."""

    ANY = Request(
        history=("a",), similar_to=("a",), disliked=("b",), exclude=frozenset({"c"}), wanted=(KETTLE,),
        preferred=(BRIM,), unwanted=(BRIM,), bounds=(Bound("price", 1, 2),), query="slow coffee",
    )  # fmt: skip

    @pytest.mark.parametrize("request_", [Request(), Request(query="slow coffee"), ANY])
    def test_an_empty_catalogue_has_an_empty_answer(self, request_: Request) -> None:
        ranking = recommender([]).recommend(request_)
        assert (ranking.picks, ranking.n_items, ranking.n_eligible, ranking.relaxations) == ((), 0, 0, ())

    def test_one_item_is_shown_until_it_is_excluded(self) -> None:
        one = recommender([ItemRecord("a", "A", "Slow coffee.")])
        assert ids(one.recommend(Request(query="slow coffee", k=5))) == ["a"]
        assert ids(one.recommend(Request(exclude=frozenset({"a"})))) == []
        assert ids(one.recommend(self.ANY)) == []

    def test_standard_scores_of_nothing_and_of_equals_are_zero(self) -> None:
        assert standardise(np.array([np.nan, np.nan], dtype=np.float32)).tolist() == [0, 0]
        assert standardise(np.array([3, 3, 3], dtype=np.float32)).tolist() == [0, 0, 0]
        assert standardise(np.zeros(0, dtype=np.float32)).shape == (0,)
        known = standardise(np.array([1, 2, 3, np.nan], dtype=np.float32))
        assert known[3] == 0 and known[:3].mean() == pytest.approx(0, abs=1e-6)
