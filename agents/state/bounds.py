"""The bounds on numbers of a running wish: how new words narrow them, move them, and take them back."""

from collections.abc import Sequence

import numpy as np

from agents.language import cues
from agents.language.ranges import YEAR, find_ranges
from agents.linking.facets import FacetLinker
from agents.plan import Range
from agents.text import phrase_key
from recommender.arrays import Floats
from recommender.catalogue import Catalogue, as_float32

Limits = tuple[float | None, float | None]  # lowest and highest, inclusive; None is open
# What running bounds must still leave for "newer" to stay within them: so many items not shown yet, and of a limit with
# one side such a share of all that it holds.
_WORTH_SHOWING, _SHARE_WORTH = 5, 1 / 3
_FRESH = 6  # "something new", with nothing shown yet, is of the newest sixth of the catalogue
# What people call a bound they take back, and the words that may stand beside it: "time travel" takes back no bound.
_CALLED = {
    "year": "year decade era age old new",
    "runtime": "length runtime time long short minute hour",
    "price": "price budget cheap expensive cost",
}
_CALLED_ZH = {"year": ("年代", "年份"), "runtime": ("时长", "长度"), "price": ("价格", "预算")}
_BESIDE = (
    "limit cap bound range constraint restriction filter rule requirement max maximum min minimum release running "
    "dollar euro pound buck"
)
_SAYS_NO_MORE = frozenset(phrase_key(word) for word in (*cues.STOP_WORDS, *_BESIDE.split()))


class Bounds:
    """Applies ranges to the bounds of a wish, for one catalogue."""

    def __init__(self, catalogue: Catalogue, facets: FacetLinker) -> None:
        self._catalogue = catalogue
        self._facets = facets

    def meant(self, phrase: str) -> set[str]:
        """The facets whose bounds a phrase takes back: "80s", "the price limit", "pages up to 120"."""
        names = {found.range.facet for found in find_ranges(phrase)}
        names |= {name for name, called in _CALLED_ZH.items() if any(word in phrase for word in called)}
        words = {word for word in phrase_key(phrase).split() if not word.isdigit()}
        ways = [(name, {phrase_key(word)}) for name, called in _CALLED.items() for word in called.split()]
        ways += [(facet, set(phrase_key(facet.replace("_", " ")).split())) for facet in self._catalogue.numeric]
        said = [(name, own) for name, own in ways if own and own <= words]
        if words.difference(*(own for _, own in said)) <= _SAYS_NO_MORE:
            names |= {name for name, _ in said}
        return {facet for name in names if (facet := self._facets.numeric_facet(name))}

    def moved(
        self,
        facet: str,
        direction: str,
        now: Limits,
        than: Sequence[str],
        shown: Sequence[str],
        beyond: bool,
        all_of_them: bool = False,
    ) -> Limits:
        """ "newer": than the middle of some items, inside the running bounds while they leave something to show.

        "Newer" after "from the 90s" is the late nineties first, and what came after when those are used up.

        Args:
            than: the ids of those items, mostly the last shown; none for a fresh wish.
            shown: all item ids shown for the wish. beyond: whether the running bound was wrong ("no, newer") and is to
                be gone past at once. all_of_them: whether it is to be newer than each of them, not than most.
        """
        low, high = now
        column = self._catalogue.numeric[facet]
        existing = np.sort(column[~np.isnan(column)])
        if not len(existing):
            return None, None
        higher = direction == "higher"
        if than:
            values = column[[self._catalogue.position[i] for i in than if i in self._catalogue]]
            values = np.sort(values[~np.isnan(values)])
            middle = values[len(values) // 2] if len(values) else existing[len(existing) // 2]
            outermost = _next(existing, values[-1 if higher else 0], higher) if all_of_them and len(values) else None
            # Beyond the newest of all there is nothing.
            found = outermost is not None and existing[0] <= outermost <= existing[-1]
            following = outermost if found and outermost is not None else _next(existing, middle, higher)
        else:  # a fresh wish for "new"
            following = float(existing[len(existing) * (_FRESH - 1 if higher else 1) // _FRESH])
        if higher:
            inside: Limits = following if low is None else max(following, low), high
            outside: Limits = None if high is None else _next(existing, high, higher), None
        else:
            inside = low, following if high is None else min(following, high)
            outside = None, None if low is None else _next(existing, low, higher)
        if outside == (None, None):
            return inside
        return outside if beyond or not self._worth(facet, inside, now, shown) else inside

    def _worth(self, facet: str, inside: Limits, now: Limits, shown: Sequence[str]) -> bool:
        """Whether enough lies within the narrower bounds: not shown yet, and of a limit, of all that it holds.

        Of "under 90 minutes" it takes a share to be "not that short"; "the 2010s" are years that were asked for.
        """
        mask = self._catalogue.range_mask(facet, *inside)
        places = [self._catalogue.position[i] for i in shown if i in self._catalogue]
        unseen = int(mask.sum()) - int(mask[places].sum())
        share = _SHARE_WORTH if None in now else 0.0
        return unseen >= _WORTH_SHOWING and mask.sum() >= share * self._catalogue.range_mask(facet, *now).sum()


def narrowed(old: Limits | None, wish: Range) -> Limits:
    """The bounds of a range together with the old ones where that can be met, else the new ones.

    A limit replaces the same limit ("under 90", then "under 120"). A range with both sides replaces what was before;
    only a stretch of years stays within a limit: "newer than 2002", then "from the 2000s".
    """
    new = (wish.min, wish.max)
    if old is None or (None not in new and (None not in old or wish.facet != YEAR)):
        return new
    if None not in new:
        low = max((side for side in (old[0], new[0]) if side is not None), default=None)
        high = min((side for side in (old[1], new[1]) if side is not None), default=None)
    else:
        low = old[0] if new[0] is None else new[0]
        high = old[1] if new[1] is None else new[1]
    return new if low is not None and high is not None and low > high else (low, high)


def _next(existing: Floats, value: float, higher: bool) -> float:
    """The sorted number next to a value; beyond the last there is nothing, and a whole step away says so."""
    if higher:
        place = int(np.searchsorted(existing, as_float32(value), side="right"))
        return float(existing[place]) if place < len(existing) else float(value) + 1
    place = int(np.searchsorted(existing, as_float32(value), side="left"))
    return float(existing[place - 1]) if place else float(value) - 1
