"""Why an item is shown: each reason is what really brought it here."""

from collections.abc import Sequence

import numpy as np
import pytest

from recommender.serving.rank import Recommender
from recommender.serving.request import Reason, Request
from recommender.serving.retrieve import sentences
from storage.records import ItemRecord
from tests.doubles import TableModel, recommender
from tests.recommender.wishes import BRIM, KETTLE, POT, ids, quality, words_of


def kinds(reasons: Sequence[Reason]) -> list[str]:
    return [reason.kind for reason in reasons]


def test_the_cause_is_the_liked_item_without_which_the_score_would_fall_most() -> None:
    table = np.zeros((6, 6))
    table[0, 3], table[1, 3] = 4.0, 1.0  # a speaks for d more than b does
    table[1, 4], table[2, 4] = 1.0, 3.0  # c speaks for e more than b does
    shop = recommender(words_of(*"uvwxyz"), student=TableModel("abcdef", table.tolist()))
    causes = {p.item_id: p.reasons for p in shop.recommend(Request(history=("a", "b", "c"))).picks}
    assert [(r.kind, r.ref) for r in causes["d"] if r.kind == "history"] == [("history", "a")]
    assert [(r.kind, r.ref) for r in causes["e"] if r.kind == "history"] == [("history", "c")]
    assert "history" not in kinds(causes["f"])  # nothing liked speaks for it


def test_neighbours_are_asked_too() -> None:
    table = np.zeros((4, 4))
    table[1, 3] = 0.5
    shop = recommender(words_of(*"uvwx"), neighbours=TableModel("abcd", table.tolist()))
    (reason,) = shop.recommend(Request(history=("a", "b"), k=1)).picks[0].reasons
    assert (reason.kind, reason.ref, reason.text) == ("history", "b", "B")


def test_an_only_liked_item_is_the_cause_where_it_helped() -> None:
    table = np.zeros((4, 4))
    table[0, 3] = 2.0
    shop = recommender(words_of(*"uvwx"), student=TableModel("abcd", table.tolist()))
    picks = {p.item_id: p for p in shop.recommend(Request(history=("a",))).picks}
    assert [r.ref for r in picks["d"].reasons if r.kind == "history"] == ["a"]
    assert "history" not in kinds(picks["b"].reasons)


def test_items_and_likes_that_the_model_does_not_know_do_no_harm() -> None:
    table = [[0.0, 3.0], [3.0, 0.0]]
    shop = recommender(words_of(*"uvwx"), student=TableModel(["a", "d"], table))
    ranking = shop.recommend(Request(history=("gone", "b", "a")))
    assert ids(ranking)[0] == "d" and set(ids(ranking)) == {"c", "d"}
    assert [r.ref for r in ranking.picks[0].reasons] == ["a"]
    strangers = recommender(words_of(*"uvwx"), student=TableModel(["x", "y"], table))
    assert len(ids(strangers.recommend(Request(history=("a",))))) == 3
    empty = recommender(words_of(*"uvwx"), student=TableModel([], []))
    assert len(ids(empty.recommend(Request(history=("a",))))) == 3


def test_a_named_item_is_the_reason_with_what_is_rarely_shared() -> None:
    def film(item_id: str, *themes: str) -> ItemRecord:
        return ItemRecord(item_id, item_id.upper(), attributes={"themes": list(themes)})

    plain = [film(f"p{n}", "love") for n in range(20)]
    shop = recommender([film("a", "chess", "love"), film("b", "chess", "love"), *plain])
    (pick,) = shop.recommend(Request(similar_to=("a",), k=1)).picks
    assert pick.item_id == "b"
    assert [(r.kind, r.ref) for r in pick.reasons] == [("similar", "a"), ("facet", "themes:chess")]


def test_the_values_that_answered_the_wish_and_no_others(shop: Recommender) -> None:
    for pick in shop.recommend(Request(wanted=(POT, BRIM))).picks:
        refs = [reason.ref for reason in pick.reasons if reason.kind == "facet"]
        held = shop.catalogue[pick.item_id].attributes
        assert refs == [f"category:{held['category']}", "brand:Brim"]


def test_no_more_than_four_values() -> None:
    values = [f"v{n}" for n in range(9)]
    thing = ItemRecord("a", "A", attributes={"tags": values})
    wanted = tuple(quality(v, ("tags", v)) for v in values)
    (pick,) = recommender([thing, ItemRecord("b", "B")]).recommend(Request(wanted=wanted)).picks
    assert len(pick.reasons) == 4


def test_the_nearest_sentence_of_its_own_text_is_quoted() -> None:
    text = "It opens in a garden. The slow coffee drips for hours! Then everyone leaves."
    shop = recommender([ItemRecord("a", "A", text), ItemRecord("b", "B", "Nothing of the kind.")])
    picks = {p.item_id: p for p in shop.recommend(Request(query="slow coffee")).picks}
    assert picks["a"].reasons == (Reason("text", "a", "The slow coffee drips for hours!"),)
    assert picks["b"].reasons == ()


def test_popularity_is_a_reason_only_where_there_is_no_other(shop: Recommender) -> None:
    first = shop.recommend(Request(k=1)).picks[0]
    assert [(r.kind, r.ref) for r in first.reasons] == [("popular", "40")]
    assert "popular" not in kinds(shop.recommend(Request(wanted=(KETTLE,), k=1)).picks[0].reasons)


def test_where_nobody_chose_it_there_is_no_reason() -> None:
    assert recommender(words_of("one", "two")).recommend(Request()).picks[0].reasons == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It runs 1.5 hours. So.", ["It runs 1.5 hours.", "So."]),
        ("", []),
        ("  ", []),
    ],
)
def test_a_text_is_cut_into_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected
