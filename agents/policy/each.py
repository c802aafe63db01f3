"""Cards for who asks for several items that are not alike: "one funny and one scary"; and for two people, of whom each
tells what they love: "my wife loves Emma and I love Die Hard"."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from agents.plan import Mention, Stance
from agents.state.wishes import OR, Wish
from agents.text import plain
from recommender.serving.rank import Recommender
from recommender.serving.request import Pick, Quality, Ranking, Request

# Between what one person loves and what another does.
_ANOTHER = re.compile(
    r"\b(?:and|but|while|whereas|,)\s*(?:(?:my|our)\s+\w+|i|he|she|they|(?-i:[A-Z])\w+)\s+(?:really\s+|only\s+|just\s+)?"
    r"(?:loves?|likes?|adores?|prefers?|enjoys?|liked|loved)\s+$|^\s*(?:,|and|but)*\s*(?:me|i'm)\s+",
    re.IGNORECASE,
)


def loved_by_two(message: str, mentions: Sequence[Mention]) -> list[list[str]]:
    """Ids of what each of several people loves, where the message tells them apart; else none."""
    text = plain(message)
    liked = [mention for mention in mentions if mention.stance is Stance.LIKED and mention.id and mention.text in text]
    groups: list[list[str]] = []
    end = 0
    for mention in liked:
        at = text.find(mention.text, end)
        if at < 0:
            return []
        if not groups or _ANOTHER.search(text[end:at]):
            groups.append([])
        groups[-1] += mention.ids
        end = at + len(mention.text)
    return groups if len(groups) > 1 else []


def some_for_each(recommender: Recommender, request: Request, ranking: Ranking, groups: Sequence[list[str]]) -> Ranking:
    """The ranking with items for each of several people, in turn."""
    found: list[list[Pick]] = []
    for ids in groups:
        shown = {pick.item_id for picks in found for pick in picks}
        one = replace(request, history=tuple(ids), exclude=request.exclude.union(shown))
        found.append(list(recommender.recommend(one).picks))
    turns = [picks[place] for place in range(request.k) for picks in found if place < len(picks)]
    return replace(ranking, picks=tuple(turns[: request.k]))


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
