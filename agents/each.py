"""Cards for who asks for several items that are not alike: "one funny and one scary"."""

import math
from dataclasses import replace

from agents.wishes import OR, Wish
from recommender.serving.rank import Recommender
from recommender.serving.request import Pick, Quality, Ranking, Request


def some_of_each(recommender: Recommender, request: Request, ranking: Ranking, wish: Wish) -> Ranking:
    """The ranking with items of each part of a wish, in the order they were asked for.

    An item that has only one of the qualities goes before one that has several.
    """
    quality = wish.quality()
    others = tuple(wanted for wanted in request.wanted if wanted != quality)
    labels = quality.label.split(OR)
    n = math.ceil(request.k / len(quality.parts))
    picks: list[Pick] = []
    for label, values in zip(labels, quality.parts, strict=True):
        apart = tuple(value for part in quality.parts if part != values for value in part if value not in values)
        one = replace(
            request,
            wanted=(*others, Quality(label, values)),
            exclude=request.exclude.union(pick.item_id for pick in picks),
            k=n,
        )
        alone = replace(one, unwanted=(*request.unwanted, Quality("", apart)))
        picks += recommender.recommend(alone).picks or recommender.recommend(one).picks
    return replace(ranking, picks=tuple(picks[: request.k]))
