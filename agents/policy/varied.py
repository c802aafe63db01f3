"""Cards for who leaves it all to the assistant: "surprise me", "idk, you pick". Not the same for everybody."""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b

from recommender.serving.rank import Recommender
from recommender.serving.request import Ranking, Request

_POOL = 60  # of the best, from which they are taken
_SHARE = 3  # of what fits, one in so many is good enough


def varied(recommender: Recommender, request: Request, known: Iterable[str]) -> Ranking:
    """A ranking with some of the best in the place of the very best; the same for the same `known`.

    Args:
        known: ids of what was shown before and of what the person is known to like or to have seen.
    """
    ranking = recommender.recommend(request)
    pool = min(_POOL, ranking.n_eligible // _SHARE)
    if pool <= request.k:
        return ranking
    seed = " ".join(sorted(set(known))).encode()
    wider = recommender.recommend(replace(request, k=pool))
    drawn = sorted(wider.picks, key=lambda pick: blake2b(pick.item_id.encode() + seed).digest())[: request.k]
    return replace(ranking, picks=tuple(pick for pick in wider.picks if pick in drawn))
