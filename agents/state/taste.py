"""What one conversation knows of a person's wish, and how each plan changes it.

A taste belongs to one conversation and is stored with each turn. A new request clears the constraints of the last one
(a price cap must not leak into the next question) and keeps what was said of items; a refinement builds on it, and so
does "more like that one". A correction replaces running wishes of its kind, and where nothing meets all wishes the
oldest go; what is unwanted and what is bounded stays.
"""

import numpy as np
from pydantic import BaseModel, Field

from agents.language import cues
from agents.language.family import is_for_children
from agents.linking.facets import FacetLinker
from agents.plan import MOST_SHOWN, Intent, Range, Stance, TurnPlan
from agents.reading import pointing
from agents.reading.verdicts import DENIED
from agents.state.bounds import Bounds, Limits, narrowed
from agents.state.describing import Describing, without_words
from agents.state.sparing import Audience, Sparing
from agents.state.superlatives import Superlatives
from agents.state.wishes import Wish, Wishes
from agents.text import blanked, frequency, has_cjk, phrase_key, plain
from recommender.catalogue import Catalogue
from recommender.serving import filters
from recommender.serving.request import Bound, Request

_GOES_ON = (Intent.REFINE, Intent.RECOMMEND)
MAX_HISTORY = 50
_MAX_PHRASES = 20  # of free text that a long run of refinements leaves behind
_MAX_QUERY = 2_000  # characters of it; more than any embedder reads
_MAX_WISHES = 200  # wanted, and unwanted, qualities; far above it nothing fits anyway
_BRIEF = 6  # words of a message that may only add a kind
_FEW_WORDS, _RARE_WORD = 3, 3.6  # of a wish; Zipf frequency below which one of them is a name
_MAX_SAID = 500  # item ids of each kind said in one conversation


class Taste(BaseModel):
    """The state after a turn, as stored.

    Attributes:
        liked, disliked, seen: item ids said in this conversation, oldest first.
        bounds: facet → (low, high).
        query: free text for the semantic search: what no facet of the catalogue knows.
        shown: item ids shown for the running request, so that "something else" is something else.
        last_shown: the cards of the newest turn that had any, for "the second one".
        focus: the item that the newest turn was about, where it was about one: "how long is it?".
        found_nothing: whether the newest search left nothing on the screen.
        order: the numeric facet that decides which goes first, and 1 for the highest, -1 for the lowest.
        asked: facets asked about in this conversation. asking: the one asked about in the last turn, or "".
        offered: the messages that its answers say when they are tapped.
        replaced: wishes that the newest words took the place of. clashed: those let go because nothing met them
            together with the newest.
        loose: words of a refinement that said nothing else and that no facet knows → how many items mention them; they
            are only searched by. Of a new wish that says nothing else, the rare words that no item mentions: "pixar".
        unsure: what the newest words rule out that no facet knows → how many items mention it, which are left out.
        left_out: series that the newest words rule out → the ids of their items.
        audience: who watches too, and what is kept from them.
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
    focus: str = ""
    found_nothing: bool = False
    count: int | None = None
    order: tuple[str, int] | None = None
    lesser_known: bool = False  # whether what few people chose goes first
    repeat: bool = False  # whether items already shown may come again
    asked: list[str] = Field(default_factory=list)
    asking: str = ""
    offered: list[str] = Field(default_factory=list)
    replaced: list[Wish] = Field(default_factory=list)
    clashed: list[Wish] = Field(default_factory=list)
    loose: dict[str, int] = Field(default_factory=dict)
    unsure: dict[str, int] = Field(default_factory=dict)
    left_out: dict[str, list[str]] = Field(default_factory=dict)
    audience: Audience = Field(default_factory=Audience)

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
            wanted=tuple(wish.quality() for wish in self.wanted if not wish.preferred),
            preferred=tuple(wish.quality() for wish in self.wanted if wish.preferred),
            unwanted=tuple(wish.quality() for wish in self.unwanted),
            unfit=tuple(wish.quality() for wish in self.audience.unfit),
            bounds=tuple(Bound(facet, low, high) for facet, (low, high) in self.bounds.items()),
            query=" ".join(dict.fromkeys([*self.query, *(w.search for w in self.wanted if w.search)])),
            k=min(self.count or k, MOST_SHOWN),
            lesser_known=self.lesser_known,
            order=self.order,
        )

    def on_screen(self) -> list[str]:
        """Ids of what is on the screen, or was lately, what is likeliest meant first."""
        lately = reversed(self.shown[-2 * MOST_SHOWN :])
        return list(dict.fromkeys([*([self.focus] if self.focus else []), *self.last_shown, *lately]))

    def hard(self) -> Request:
        """The constraints that are never let go unasked."""
        return self.model_copy(update={"wanted": []}).request(Profile(), 1)


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
        self._wishes = Wishes(catalogue, facets)
        self._sparing = Sparing(facets, self._wishes)
        self._describing = Describing(facets, self._wishes)
        self._bounds = Bounds(catalogue, facets)
        self._superlatives = Superlatives(catalogue)

    def update(self, before: Taste, plan: TurnPlan, message: str) -> Taste:
        """The taste after a plan of a message. `before` is left as it is."""
        taste = before.model_copy(deep=True)
        meant, message = self.meant(before, plan), plain(message)
        taste.repeat, taste.asking, taste.offered = False, "", []
        taste.replaced, taste.clashed, taste.loose, taste.unsure, taste.left_out = [], [], {}, {}, {}
        taste.audience = self._sparing.heard(before.audience, plan, message, before.wanted)
        corrects = bool(cues.REPLACES.search(message)) and not cues.ADDS.search(message)
        asks = plan.wanted or plan.mentions or plan.ranges or plan.query
        anew = cues.STARTS_ANEW.search(message) if asks else None
        if anew or (plan.intent is Intent.RECOMMEND and not corrects):
            self._clear(taste)
            if anew and anew["over"]:
                taste.liked = []  # a reason for nothing any more
            if cues.ANYTHING.search(message):
                taste.shown = [*before.shown]  # "surprise me" is no surprise with the same again
        if plan.intent is Intent.MORE_LIKE:
            self._turn_to(taste, plan, meant, message)
        self._hear_items(taste, plan, meant, message)
        if before.wanted and cues.SEEN_ALL.search(message):
            self._see_all(taste, plan)
            plan = plan.model_copy(update={"wanted": [], "unwanted": [], "ranges": [], "query": ""})
        if plan.intent in (Intent.RECOMMEND, Intent.REFINE, Intent.MORE_LIKE, Intent.FEEDBACK):
            self._forget(taste, plan)
            if cues.LESSER_KNOWN.search(message):
                taste.lesser_known = True
            elif cues.WELL_KNOWN.search(message):
                taste.lesser_known = False
            newest = self._hear_qualities(taste, plan, message, corrects)
            # "More like the second one, but shorter" is shorter than that one.
            than = meant if plan.intent is Intent.MORE_LIKE and meant else taste.last_shown
            ranges = plan.ranges
            if (most := self._superlatives.find(message)) and (facet := self._superlatives.facet(most)):
                taste.order = facet, most.sign
                plan = plan.model_copy(update={"query": " ".join(most.asked.sub("", plan.query).split())})
                # "The latest" is no bound as "later" is.
                ranges = [r for r in ranges if r.relative is None or self.facets.numeric_facet(r.facet) != facet]
            self._hear_ranges(taste, ranges, message, than)
            stuck = plan.intent is Intent.REFINE and before.found_nothing and newest
            if stuck and not self._wishes.possible(taste.hard(), newest):
                # What met nothing before would keep the newest words from being met too: they begin anew.
                return self.update(before, plan.model_copy(update={"intent": Intent.RECOMMEND}), message)
            if plan.intent is not Intent.FEEDBACK:
                named = [message.find(mention.text) for mention in plan.mentions]
                titles = [(at, at + len(m.text)) for at, m in zip(named, plan.mentions, strict=True) if at >= 0]
                self._describing.settle(blanked(message, titles), newest, plan.query, taste.hard())
            older = [wish for wish in taste.wanted if wish not in newest]
            older = [*self._sparing.for_children(taste.audience, taste.wanted, taste.unwanted), *older]
            others = bool(cues.OTHERS.search(message)) and any(map(self._wishes.names_somebody, newest))
            kept, taste.clashed = self._wishes.at_once(taste.hard(), newest, older, others)
            taste.wanted = [*kept, *newest]
            if plan.intent is not Intent.FEEDBACK and (rest := without_words(plan.query, newest)):
                taste.query.append(rest)
                if plan.intent is Intent.REFINE and _says_nothing_else(plan, taste) and not has_cjk(rest):
                    phrases = [rest] if rest.casefold() in message.casefold() else rest.split()
                    taste.loose = {phrase: self._wishes.mentioned(phrase)[1] for phrase in phrases}
                elif not (taste.wanted or taste.bounds or plan.mentions) and len(rest.split()) <= _FEW_WORDS:
                    rare = [word for word in rest.split() if word.islower() and frequency(word) < _RARE_WORD]
                    taste.loose = {word: 0 for word in rare if not self._wishes.mentioned(word)[1]}
            taste.query = _newest(taste.query)
        elif _asks_for_somebody(plan, message):
            self._hear_audience(taste, plan)
        if before.focus and plan.intent in _GOES_ON and cues.INSTEAD.search(message):
            taste.shown.append(before.focus)  # what was asked about last is known
        each = next((len(wish.parts) for wish in taste.wanted if wish.each), None)
        taste.count = plan.count or (taste.count if plan.intent is Intent.REFINE else each)
        return taste

    def meant(self, taste: Taste, plan: TurnPlan) -> list[str]:
        """Ids of the items a plan is about: those it names, then the shown ones it points at."""
        ids = [i for m in plan.mentions if m.stance not in (Stance.UNWANTED, Stance.DISLIKED) for i in m.ids]
        if plan.intent is Intent.ABOUT_ITEM:
            # "We have seen all the Harry Potters. Is there a dog in Little Women?"
            ids = [i for m in plan.mentions if m.stance in (Stance.NEUTRAL, Stance.LIKED) for i in m.ids] or ids
        if plan.intent is Intent.MORE_LIKE:
            similar = [i for m in plan.mentions if m.stance is Stance.SIMILAR_TO for i in m.ids]
            ids = similar or ids
        for place in plan.refers_to:
            if place == 0 and taste.focus:
                ids.append(taste.focus)
                continue
            index = 0 if place == 0 else place - 1 if place > 0 else len(taste.last_shown) + place
            if 0 <= index < len(taste.last_shown):
                ids.append(taste.last_shown[index])
        return list(dict.fromkeys(ids))

    def narrows(self, before: Taste, plan: TurnPlan, message: str) -> bool:
        """Whether what reads like a new request only adds a kind to limits: "90 minutes at most", then "a war film"."""
        if plan.intent is not Intent.RECOMMEND or plan.mentions or plan.ranges or cues.STARTS_ANEW.search(message):
            return False
        wishes, unknown = self._wishes.heard(plan.wanted, message, [])
        limited = before.bounds or before.unwanted or cues.PERHAPS.search(message)
        brief = len(message.split()) <= _BRIEF and not unknown
        return bool(limited) and brief and self._wishes.adds_a_kind(wishes, before.wanted)

    def somebody(self, taste: Taste) -> str:
        """The newest running wish for a person, as it is called; "" for none."""
        people = (wish.label for wish in reversed(taste.wanted) if self._wishes.names_somebody(wish))
        return next(people, "")

    def _clear(self, taste: Taste) -> None:
        taste.wanted, taste.unwanted, taste.bounds = [], [], {}
        taste.query, taste.similar_to, taste.shown = [], [], []
        taste.lesser_known, taste.order = False, None

    def _turn_to(self, taste: Taste, plan: TurnPlan, meant: list[str], message: str) -> None:
        """Towards the items that "more like it" means: constraints stay, unless the message starts afresh.

        A named item that lacks a quality wished for before says more than that wish.
        """
        if not plan.refers_to:
            if cues.FRESH_START.search(message):
                self._clear(taste)
            taste.replaced = [wish for wish in taste.wanted if meant and not self._wishes.holds_for(wish, meant)]
            taste.wanted = [wish for wish in taste.wanted if wish not in taste.replaced]
            taste.shown = [] if meant else taste.shown
        taste.query, taste.similar_to, taste.order = [], meant, None

    def _hear_items(self, taste: Taste, plan: TurnPlan, meant: list[str], message: str) -> None:
        if DENIED.search(message) and plan.intent is Intent.FEEDBACK:
            self._take_back(taste, plan, message)
            return
        # In "forget the Kill Bill thing" what was ruled out is let in again.
        let_in = [
            item_id
            for phrase in plan.forget
            for series in taste.unwanted
            if self._wishes.is_series(series, phrase)
            for item_id in series.items
        ]
        taste.seen = [item_id for item_id in taste.seen if item_id not in let_in]
        plan = plan.model_copy(update={"mentions": [m for m in plan.mentions if m.id not in let_in]})
        stances = [(item_id, m.stance) for m in plan.mentions for item_id in m.ids]
        if plan.intent is Intent.FEEDBACK and not plan.mentions:
            # "Loved it" names no title: the plan says which item is meant, the words say how it was.
            stances = [(item_id, _tone(message)) for item_id in meant]
        elif plan.refers_to and not plan.mentions and plan.intent in _GOES_ON and cues.SEEN.search(message):
            # "Already watched the first one, others?" Praise in a wish ("something good") is not of the one seen.
            hated = Stance.DISLIKED if cues.DISLIKED.search(message) else Stance.SEEN
            stances = [(item_id, hated) for item_id in meant]
        places = {
            Stance.LIKED: taste.liked,
            Stance.DISLIKED: taste.disliked,
            Stance.UNWANTED: taste.seen,
            Stance.SEEN: taste.seen,
        }
        for item_id, stance in stances:
            if stance in (Stance.DISLIKED, Stance.UNWANTED) and item_id in taste.similar_to:
                taste.similar_to.remove(item_id)
            if stance is Stance.SIMILAR_TO and plan.intent is not Intent.MORE_LIKE:
                taste.similar_to = [i for i in taste.similar_to if i != item_id] + [item_id]
            if (target := places.get(stance)) is None:
                continue
            for ids in (taste.liked, taste.disliked, taste.seen):
                if item_id in ids:
                    ids.remove(item_id)
            target.append(item_id)
        if plan.intent is Intent.MORE_LIKE or any(stance is Stance.SIMILAR_TO for _, stance in stances):
            taste.disliked = [i for i in taste.disliked if i not in taste.similar_to]
        for ids in (taste.liked, taste.disliked, taste.seen, taste.similar_to):
            del ids[:-_MAX_SAID]
        for mention in plan.mentions:
            if mention.text.isdigit():  # "I meant the film 2001": it was taken for a year
                number = float(mention.text)
                taste.bounds = {facet: sides for facet, sides in taste.bounds.items() if sides != (number, number)}
            if mention.id and mention.stance is Stance.UNWANTED:
                self._leave_out(taste, self._wishes.series(mention.text, self._catalogue[mention.id].title))

    def _leave_out(self, taste: Taste, series: Wish | None) -> bool:
        """Rules out a series; whether there is one."""
        if series is not None:
            _put(taste.unwanted, series)
            taste.left_out[series.label] = series.items
        return series is not None

    def _see_all(self, taste: Taste, plan: TurnPlan) -> None:
        """Marks as seen what the running wishes and the words of this message describe: "all of his from the 50s"."""
        told, _ = self._wishes.heard(plan.wanted, "", [])
        bounds = {facet: (r.min, r.max) for r in plan.ranges if (facet := self.facets.numeric_facet(r.facet))}
        described = Taste(wanted=[*taste.wanted, *told], bounds=bounds).request(Profile(), 1)
        places = np.flatnonzero(filters.eligible(self._catalogue, described))
        ids = [self._catalogue.items[place].id for place in places]
        known = {*taste.liked, *taste.disliked, *taste.seen}
        taste.seen += [item_id for item_id in ids if item_id not in known]
        del taste.seen[:-_MAX_SAID]

    def _take_back(self, taste: Taste, plan: TurnPlan, message: str) -> None:
        """Lets go of a verdict that was not given: of the items named, else the newest one."""
        denied = message[match.end() :] if (match := DENIED.search(message)) else ""
        against = cues.DISLIKED.search(denied)
        verdicts = taste.disliked if against else taste.seen if cues.SEEN.search(denied) else taste.liked
        named = [item_id for mention in plan.mentions for item_id in mention.ids]
        for item_id in named or verdicts[-1:]:
            if item_id in verdicts:
                verdicts.remove(item_id)

    def _forget(self, taste: Taste, plan: TurnPlan) -> None:
        for phrase in plan.forget:
            if cues.RESTRICTIONS.fullmatch(phrase):
                taste.unwanted, taste.bounds = [], {}
            taste.wanted = [left for wish in taste.wanted if (left := self._wishes.without(wish, phrase))]
            taste.unwanted = [left for wish in taste.unwanted if (left := self._wishes.without(wish, phrase))]
            taste.query = [q for q in taste.query if not _says(q, phrase)]
            for facet in self._bounds.meant(phrase):
                taste.bounds.pop(facet, None)

    def _hear_qualities(self, taste: Taste, plan: TurnPlan, message: str, corrects: bool) -> list[Wish]:
        """Adds what is wanted and unwanted; returns the wishes of this message that stand."""
        newest, unknown = self._wishes.heard(plan.wanted, message, [] if corrects else taste.wanted)
        taste.query += unknown
        alone = [new for new in newest if cues.alone(message, new.label) and self._may_be_alone(new, taste)]
        # A film is in one language: "something as uplifting in English" is no French one any more.
        alone += [new for new in newest if cues.said_in(message, new.label) and not self._wishes.is_loose(new)]
        taste.wanted = [wish for wish in taste.wanted if not any(self._wishes.same_kind(wish, new) for new in alone)]
        if corrects and newest:
            over = [w for w in taste.wanted if any(self._wishes.same_kind(w, new) for new in newest)]
            taste.wanted = [wish for wish in taste.wanted if wish not in over]
            taste.replaced += [wish for wish in over if all(wish.values != new.values for new in newest)]
            if plan.intent is not Intent.MORE_LIKE:
                taste.similar_to = []
        for wish in newest:
            _put(taste.wanted, wish)
            taste.unwanted = [w for w in taste.unwanted if not set(w.values) & set(wish.values)]
        for phrase in plan.unwanted:
            if self._leave_out(taste, self._wishes.series(phrase)):
                continue
            if (unwished := self._wishes.of(phrase)) is not None:
                others = [wish for wish in taste.wanted if phrase_key(wish.label) != phrase_key(phrase)]
                asked = {value for wish in others for value in wish.values}
                rest = [value for value in unwished.values if value not in asked]
                if rest and len(rest) < len(unwished.values):
                    # Of "less scary" after "horror" the mood is ruled out, and not the horror that was asked for.
                    unwished, taste.wanted = unwished.model_copy(update={"values": rest}), others
                else:
                    taste.wanted = [left for wish in taste.wanted if (left := self._wishes.without(wish, phrase))]
                _put(taste.unwanted, unwished)
            elif plan.intent is not Intent.FEEDBACK:
                unwished, taste.unsure[phrase] = self._wishes.mentioned(phrase)
                if taste.unsure[phrase]:
                    _put(taste.unwanted, unwished)
        return [wish for wish in newest if wish in taste.wanted]

    def _hear_audience(self, taste: Taste, plan: TurnPlan) -> None:
        """Takes down for whom something is to be, and what of it would be too much: "too scary for a 7 year old?"."""
        wishes = [wish for phrase in plan.wanted if (wish := self._wishes.of(phrase))]
        against = [wish for phrase in plan.unwanted if (wish := self._wishes.of(phrase))]
        both = taste.model_copy(update={"unwanted": [*taste.unwanted, *against]})
        if self._wishes.possible(both.hard(), [*taste.wanted, *wishes]):
            for wish in wishes:
                _put(taste.wanted, wish)
            for wish in against:
                _put(taste.unwanted, wish)

    def _may_be_alone(self, wish: Wish, taste: Taste) -> bool:
        """Whether "just" may end other wishes: "now just Pacino". "Just a comedy" adds one, unless it ran before."""
        return self._wishes.names_somebody(wish) or self._wishes.runs(wish, taste.wanted)

    def _hear_ranges(self, taste: Taste, ranges: list[Range], message: str, than: list[str]) -> None:
        for wish in ranges:
            facet = self.facets.numeric_facet(wish.facet)
            before = taste.bounds.get(facet or "")
            if facet is None or wish.empty:
                continue
            if wish.relative is None:
                taste.bounds[facet] = narrowed(before, wish)
            else:
                beyond = bool(cues.CORRECTION.search(message))
                each = bool(cues.THAN_THOSE.search(message))
                taste.bounds[facet] = self._bounds.moved(
                    facet, wish.relative, before or (None, None), than, taste.shown, beyond, each
                )


def _says_nothing_else(plan: TurnPlan, taste: Taste) -> bool:
    """Whether a running wish with constraints is changed by no constraint, but by words to search by."""
    said = plan.mentions or plan.wanted or plan.ranges or plan.forget or plan.refers_to or plan.count
    return bool(taste.wanted or taste.bounds) and not said


def _asks_for_somebody(plan: TurnPlan, message: str) -> bool:
    """Whether a question about an item tells for whom something is looked for."""
    return plan.intent is Intent.ABOUT_ITEM and is_for_children(message)


def _put(wishes: list[Wish], wish: Wish) -> None:
    """Adds a wish as the newest, in the place of those that it says again or more narrowly."""
    wishes[:] = [
        w
        for w in wishes
        if (w.word, sorted(w.items)) != (wish.word, sorted(wish.items)) or not set(wish.values) <= set(w.values)
    ]
    wishes.append(wish)
    del wishes[:-_MAX_WISHES]


def _says(text: str, phrase: str) -> bool:
    """Whether a text has the words of a phrase. Chinese has no blanks between words."""
    said, key = phrase_key(text), phrase_key(phrase)
    return key in said if has_cjk(phrase) else f" {key} " in f" {said} "


def _newest(phrases: list[str]) -> list[str]:
    """The newest of the free text that a taste keeps, in the order said; a phrase said again counts as new."""
    kept: list[str] = []
    for phrase in dict.fromkeys(reversed(phrases)):
        if len(kept) == _MAX_PHRASES or sum(map(len, kept)) + len(phrase) > _MAX_QUERY:
            break
        kept.append(phrase)
    return kept[::-1]


def _tone(message: str) -> Stance:
    message = pointing.settled_on(message)
    if cues.DISLIKED.search(message):
        return Stance.DISLIKED
    chosen = (pointing.ACCEPTED.search(message) or pointing.chooses(message)) and not (
        cues.SEEN.search(message) or cues.NEGATION.search(message)
    )
    return Stance.LIKED if chosen or cues.LIKED.search(message) else Stance.SEEN
