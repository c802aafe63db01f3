"""What a description asks for, and what it only tells: "a slow Japanese film about a widow who teaches piano".

Who describes an item says more than any facet knows, and what facets do know is often told with it: a "nightclub" where
blood comes from the sprinklers need not be a theme of the film. Such words count for the order, and need not hold.
"""

import re
from collections.abc import Sequence

from agents.linking.facets import FacetLinker
from agents.state.wishes import OR, Wish, Wishes
from agents.text import frequency, has_cjk, without
from recommender.serving.request import Request

_SUBJECT = 2  # words to search by, beside qualities, from which a message describes
_PLAIN = 3.5  # Zipf frequency from which a name in lower case is a plain word
# After these it is told what happens; before them, what sort of item it is.
_TELLS = re.compile(r",|\b(?:about|where|who|whose|with|which|that|when|of|set\s+in)\b", re.IGNORECASE)
_ITEMS = re.compile(r"\W*(?:films?|movies?|flicks?|pictures?|shows?|ones?)\b", re.IGNORECASE)


class Describing:
    """Tells what is asked for from what is only told, for one catalogue."""

    def __init__(self, facets: FacetLinker, wishes: Wishes) -> None:
        self._wishes = wishes
        self._facets = facets

    def settle(self, message: str, wishes: list[Wish], query: str, hard: Request) -> None:
        """Marks those of a message's wishes that are only told as preferred.

        Args:
            query: the message's words to search by. hard: what is never let go.
        """
        beside = len(without_words(query, wishes).split())
        if beside < _SUBJECT and (not beside or self._wishes.possible(hard, wishes)):
            return
        tells = _TELLS.search(message)
        for wish in wishes:
            at = message.casefold().find(wish.label.casefold())
            told = tells is not None and tells.start() < at and not _ITEMS.match(message, at + len(wish.label))
            if self._wishes.names_somebody(wish):
                wish.preferred = _is_plain_word(message[at : at + len(wish.label)])
            else:
                wish.preferred = told or any(map(self._facets.is_of_tags, wish.facets()))


def _is_plain_word(name: str) -> bool:
    """Whether part of a person's name is rather the word that it also is: the "pearl" of a necklace."""
    return name.islower() and " " not in name and frequency(name) >= _PLAIN


def without_words(query: str, wishes: Sequence[Wish]) -> str:
    """The words to search by without those of wishes, which are constraints: a title may have them by chance.

    What is only preferred stays. Chinese has no blanks to tell words by, and is left as it is.
    """
    if has_cjk(query):
        return query
    for label in [label for wish in wishes if not wish.preferred for label in wish.label.split(OR)]:
        query = without(query, label)
    return query
