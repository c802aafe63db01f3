"""What one conversation knows of a person's wish, and how each plan changes it.

A taste belongs to one conversation and is stored with each turn. A new request clears the constraints of the last one
(a price cap must not leak into the next question) and keeps what was said of items; a refinement builds on it.
"""

from pydantic import BaseModel, Field

from agents import cues
from agents.linking import FacetLinker
from agents.plan import Intent, Range, Stance, TurnPlan
from agents.ranges import find_ranges
from agents.text import phrase_key
from recommender.catalogue import Catalogue, FacetValue
from recommender.serving.request import Bound, Quality, Request

MAX_HISTORY = 50
_MAX_PHRASES = 20  # of free text that a long run of refinements leaves behind
_MAX_QUERY = 2_000  # characters of it; more than any embedder reads
_MAX_WISHES = 200  # wanted, and unwanted, qualities; far above it nothing fits anyway
_MAX_SAID = 500  # item ids of each kind said in one conversation
_WORTH_SHOWING = 5  # items that running bounds must still leave for "newer" to stay within them
# What people call a bound they take back.
_BOUND_WORDS = {
    "year": ("year", "decade", "era", "age", "old", "new", "年代", "年份"),
    "runtime": ("length", "runtime", "time", "long", "short", "minutes", "时长", "长度"),
    "price": ("price", "budget", "cheap", "cost", "价格", "预算"),
}


Limits = tuple[float | None, float | None]  # lowest and highest, inclusive; None is open


class Wish(BaseModel):
    """A quality with the facet values it stands for."""

    label: str
    values: list[tuple[str, str]]

    def quality(self) -> Quality:
        return Quality(self.label, tuple(FacetValue(facet, value) for facet, value in self.values))


class Taste(BaseModel):
    """The state after a turn, as stored.

    Attributes:
        liked, disliked, seen: item ids said in this conversation, oldest first.
        bounds: facet → (low, high).
        query: free text for the semantic search: what no facet of the catalogue knows.
        shown: item ids shown for the running request, so that "something else" is something else.
        last_shown: the cards of the newest turn that had any, for "the second one".
        found_nothing: whether the newest search left nothing on the screen.
        asked: facets asked about in this conversation. asking: the one asked about in the last turn, or "".
        offered: the messages that its answers say when they are tapped.
    """

    liked: list[str] = Field(default_factory=list)
    disliked: list[str] = Field(default_factory=list)
    seen: list[str] = Field(default_factory=list)
    similar_to: list[str] = Field(default_factory=list)
    wanted: list[Wish] = Field(default_factory=list)
    unwanted: list[Wish] = Field(default_factory=list)
    bounds: dict[str, Limits] = Field(default_factory=dict)
    query: list[str] = Field(default_factory=list)
    shown: list[str] = Field(default_factory=list)
    last_shown: list[str] = Field(default_factory=list)
    found_nothing: bool = False
    count: int | None = None
    repeat: bool = False  # whether items already shown may come again
    asked: list[str] = Field(default_factory=list)
    asking: str = ""
    offered: list[str] = Field(default_factory=list)

    def request(self, profile: "Profile", k: int) -> Request:
        """The ranking request for this state and what is stored of the person."""
        avoid = {*self.disliked, *self.seen, *profile.seen, *profile.disliked}
        if not self.repeat:
            avoid.update(self.shown)
        against = set(self.disliked)
        history = [i for i in dict.fromkeys((*profile.liked, *self.liked)) if i not in against]
        return Request(
            history=tuple(history[-MAX_HISTORY:]),
            similar_to=tuple(self.similar_to),
            disliked=tuple(dict.fromkeys((*self.disliked, *profile.disliked)))[-MAX_HISTORY:],
            exclude=frozenset(avoid),
            wanted=tuple(wish.quality() for wish in self.wanted),
            unwanted=tuple(wish.quality() for wish in self.unwanted),
            bounds=tuple(Bound(facet, low, high) for facet, (low, high) in self.bounds.items()),
            query=" ".join(dict.fromkeys([*self.query, *(wish.label for wish in self.wanted)])),
            k=self.count or k,
        )


class Profile(BaseModel):
    """What the person tapped, in any conversation, and has not undone: item ids, oldest first."""

    liked: list[str] = Field(default_factory=list)
    disliked: list[str] = Field(default_factory=list)
    seen: list[str] = Field(default_factory=list)


class TasteKeeper:
    """Applies plans to tastes for one catalogue."""

    def __init__(self, catalogue: Catalogue, facets: FacetLinker) -> None:
        self._catalogue = catalogue
        self.facets = facets

    def update(self, before: Taste, plan: TurnPlan, message: str) -> Taste:
        """The taste after a plan of a message. `before` is left as it is."""
        taste = before.model_copy(deep=True)
        meant = self.meant(before, plan)
        if plan.intent is Intent.RECOMMEND:
            self._clear(taste)
        elif plan.intent is Intent.MORE_LIKE:
            bounds, unwanted = dict(taste.bounds), list(taste.unwanted)
            self._clear(taste)
            if plan.refers_to:  # of something shown: what was ruled out stays ruled out
                taste.bounds, taste.unwanted = bounds, unwanted
            taste.similar_to = meant
        taste.repeat, taste.asking, taste.offered = False, "", []
        self._hear_items(taste, plan, meant, message)
        if plan.intent in (Intent.RECOMMEND, Intent.REFINE, Intent.MORE_LIKE, Intent.FEEDBACK):
            self._forget(taste, plan)
            self._hear_qualities(taste, plan)
            self._hear_ranges(taste, plan.ranges, message)
            if plan.query and plan.intent is not Intent.FEEDBACK:
                taste.query.append(plan.query)
            taste.query = _newest(taste.query)
        taste.count = plan.count or (taste.count if plan.intent is Intent.REFINE else None)
        return taste

    def meant(self, taste: Taste, plan: TurnPlan) -> list[str]:
        """Ids of the items a plan is about: those it names, then the shown ones it points at."""
        ids = [m.id for m in plan.mentions if m.id and m.stance not in (Stance.UNWANTED, Stance.DISLIKED)]
        if plan.intent is Intent.MORE_LIKE:
            similar = [m.id for m in plan.mentions if m.id and m.stance is Stance.SIMILAR_TO]
            ids = similar or ids
        for place in plan.refers_to:
            index = 0 if place == 0 else place - 1 if place > 0 else len(taste.last_shown) + place
            if 0 <= index < len(taste.last_shown):
                ids.append(taste.last_shown[index])
        return list(dict.fromkeys(ids))

    def _clear(self, taste: Taste) -> None:
        taste.wanted, taste.unwanted, taste.bounds = [], [], {}
        taste.query, taste.similar_to, taste.shown = [], [], []

    def _hear_items(self, taste: Taste, plan: TurnPlan, meant: list[str], message: str) -> None:
        stances = [(m.id, m.stance) for m in plan.mentions if m.id]
        if plan.intent is Intent.FEEDBACK and not plan.mentions:
            # "Loved it" names no title: the plan says which item is meant, the words say how it was.
            stances = [(item_id, _tone(message)) for item_id in meant]
        places = {
            Stance.LIKED: taste.liked,
            Stance.DISLIKED: taste.disliked,
            Stance.UNWANTED: taste.seen,
            Stance.SEEN: taste.seen,
        }
        for item_id, stance in stances:
            if stance is Stance.SIMILAR_TO and plan.intent is not Intent.MORE_LIKE:
                taste.similar_to.append(item_id)
            if (target := places.get(stance)) is None:
                continue
            for ids in (taste.liked, taste.disliked, taste.seen):
                if item_id in ids:
                    ids.remove(item_id)
            target.append(item_id)
        for ids in (taste.liked, taste.disliked, taste.seen, taste.similar_to):
            del ids[:-_MAX_SAID]

    def _forget(self, taste: Taste, plan: TurnPlan) -> None:
        for phrase in plan.forget:
            key = phrase_key(phrase)
            values = {(v.facet, v.value) for v in self.facets.link(phrase)}

            def named(wish: Wish, key: str = key, values: set[tuple[str, str]] = values) -> bool:
                return phrase_key(wish.label) == key or bool(values & {(f, v) for f, v in wish.values})

            taste.wanted = [wish for wish in taste.wanted if not named(wish)]
            taste.unwanted = [wish for wish in taste.unwanted if not named(wish)]
            taste.query = [q for q in taste.query if key not in phrase_key(q)]
            for facet in self._bounds_meant(phrase):
                taste.bounds.pop(facet, None)

    def _bounds_meant(self, phrase: str) -> list[str]:
        names = [found.range.facet for found in find_ranges(phrase)]
        names += [name for name, hints in _BOUND_WORDS.items() if any(hint in phrase.lower() for hint in hints)]
        return [facet for name in names if (facet := self.facets.numeric_facet(name))]

    def _hear_qualities(self, taste: Taste, plan: TurnPlan) -> None:
        for phrases, target, other in (
            (plan.wanted, "wanted", "unwanted"),
            (plan.unwanted, "unwanted", "wanted"),
        ):
            for phrase in phrases:
                values = [(v.facet, v.value) for v in self.facets.link(phrase)]
                if not values:
                    if target == "wanted":
                        taste.query.append(phrase)
                    continue
                wishes: list[Wish] = getattr(taste, target)
                if not any(wish.values == values for wish in wishes):
                    wishes.append(Wish(label=phrase, values=values))
                del wishes[:-_MAX_WISHES]
                contrary: list[Wish] = getattr(taste, other)
                setattr(taste, other, [w for w in contrary if not set(w.values) & set(values)])

    def _hear_ranges(self, taste: Taste, ranges: list[Range], message: str) -> None:
        for wish in ranges:
            facet = self.facets.numeric_facet(wish.facet)
            if facet is None:
                continue
            if wish.relative is None:
                taste.bounds[facet] = _narrowed(taste.bounds.get(facet), (wish.min, wish.max))
            else:
                beyond = bool(cues.CORRECTION.search(message))
                taste.bounds[facet] = self._relative(facet, wish.relative, taste, beyond)

    def _relative(self, facet: str, direction: str, taste: Taste, beyond: bool) -> Limits:
        """ "newer": than the middle of what was shown, inside the running bounds while they leave something to show.

        "Newer" after "from the 90s" is the late nineties first, and what came after when those are used up. In a
        correction ("no, newer") the running bound was wrong: `beyond` goes past it at once.
        """
        low, high = taste.bounds.get(facet, (None, None))
        column = self._catalogue.numeric[facet]
        shown = [float(column[self._catalogue.position[i]]) for i in taste.last_shown if i in self._catalogue]
        values = sorted(v for v in shown if v == v) or sorted(float(v) for v in column if v == v)
        if not values:
            return None, None
        middle = values[len(values) // 2]
        if not taste.last_shown:  # a fresh wish for "new": the newest third of the catalogue
            middle = values[2 * len(values) // 3] if direction == "higher" else values[len(values) // 3]
        if direction == "higher":
            inside: Limits = max(middle + 1, low or middle + 1), high
            outside: Limits = None if high is None else high + 1, None
        else:
            inside = low, min(middle - 1, high or middle - 1)
            outside = None, None if low is None else low - 1
        if outside == (None, None):
            return inside
        return outside if beyond or self._unseen(facet, inside, taste) < _WORTH_SHOWING else inside

    def _unseen(self, facet: str, limits: Limits, taste: Taste) -> int:
        """How many items within the limits have not been shown yet."""
        mask = self._catalogue.range_mask(facet, *limits)
        shown = [self._catalogue.position[i] for i in taste.shown if i in self._catalogue]
        return int(mask.sum()) - int(mask[shown].sum())


def _newest(phrases: list[str]) -> list[str]:
    """The newest of the free text that a taste keeps, in the order said; a phrase said again counts as new."""
    kept: list[str] = []
    for phrase in dict.fromkeys(reversed(phrases)):
        if len(kept) == _MAX_PHRASES or sum(map(len, kept)) + len(phrase) > _MAX_QUERY:
            break
        kept.append(phrase)
    return kept[::-1]


def _tone(message: str) -> Stance:
    if cues.DISLIKED.search(message):
        return Stance.DISLIKED
    return Stance.LIKED if cues.LIKED.search(message) else Stance.SEEN


def _narrowed(old: Limits | None, new: Limits) -> Limits:
    """The new bounds together with the old ones where that can be met, else the new ones.

    A limit replaces the same limit ("under 90", then "under 120"). A range with both sides replaces another such range,
    and stays within a limit: "newer than 2002", then "from the 2000s".
    """
    if old is None or (None not in old and None not in new):
        return new
    if None not in new:
        low = max((side for side in (old[0], new[0]) if side is not None), default=None)
        high = min((side for side in (old[1], new[1]) if side is not None), default=None)
    else:
        low = old[0] if new[0] is None else new[0]
        high = old[1] if new[1] is None else new[1]
    return new if low is not None and high is not None and low > high else (low, high)
