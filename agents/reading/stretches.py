"""Which stretches of a message name what: titles, qualities, people, series, bounds, circumstances, what is taken back.

No stretch is two things. "Emma Thompson" is who she is, and no *Emma*; in "the director of Alien" a person is meant,
and nothing is said of the film; what a title holds is no year and no genre.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.language import cues
from agents.language.allowed import ruled_out_as
from agents.language.audience import told_of as told_of_audience
from agents.language.counts import find_count
from agents.language.family import TOO_OLD_FOR, circumstances, watch_too
from agents.language.gentle import hard_times
from agents.language.harm import spared
from agents.language.negation import negated, turned
from agents.language.ranges import LENGTH, PRICE, YEAR, Found, find_ranges
from agents.language.unfilterable import Unfilterable
from agents.linking.facets import FacetLinker, QualitySpan
from agents.linking.indirect import IndirectQualities
from agents.linking.known_series import SeriesNames
from agents.linking.own_ranges import OwnRanges
from agents.linking.searching import SAYINGS
from agents.linking.series import NameSpan
from agents.linking.titles import TitleLinker, TitleSpan
from agents.linking.unknown import names_not_here
from agents.reading.verdicts import told_of
from agents.text import Span, blanked, covered, places

# Behind a name the year only says which one is meant: "Driving Miss Daisy, the film from 1989".
_WHICH_ONE = re.compile(
    r"\b[A-Z][\w'’]*[\"”’]?,?\s+(?:the|that|a)\s+(?:film|movie|one|version)\s+(?:(?:made|released)\s+)?(?:(?:from|of|in)\s+)?$"
)


@dataclass(frozen=True, slots=True)
class Role:
    """Where it is said in which role somebody is not wanted, and how the linker knows them in it."""

    start: int
    end: int
    phrase: str


@dataclass(frozen=True, slots=True)
class Stretches:
    """What was found in one text, in reading order.

    Attributes:
        qualities: with the people called by a surname, and those named by way of an item.
        written: of qualities, the phrases to link by, where those are not the message's own words.
        ranges: also those of a facet without a number.
        forgotten: what is taken back.
        circumstances: who watches and when. live: "no animation" said as "real actors". hard: hard times.
        spared: to whom nothing is to happen, as what is ruled out: "the dog must not die".
        beyond: all that is no quality by itself, with these four.
        series: names of series that a negation is said of. asked: of others, which are asked for.
        not_here: names of what the catalogue does not have.
        told: title's start → the places of what it is told to be: "Alien is horror, not a comedy".
        roles: "Eastwood, but not as director".
        indirect: those of the qualities that are named by way of an item.
        others: who is ruled out by way of one: "like Heat, by another director".
    """

    text: str
    titles: list[TitleSpan]
    qualities: list[QualitySpan]
    written: dict[QualitySpan, str]
    ranges: list[Found]
    forgotten: list[re.Match[str]]
    circumstances: list[Span]
    live: list[Span]
    hard: list[Span]
    spared: list[str]
    beyond: list[Span]
    series: list[NameSpan]
    asked: list[NameSpan]
    told: dict[int, list[Span]]
    not_here: list[NameSpan]
    roles: list[Role]
    indirect: list[QualitySpan]
    count: int | None
    others: list[str]

    def phrase(self, quality: QualitySpan) -> str:
        """What a quality is called in the plan."""
        return self.written.get(quality, quality.text.lower())


class StretchFinder:
    """Finds them, for one catalogue."""

    def __init__(self, titles: TitleLinker, facets: FacetLinker) -> None:
        self._titles = titles
        self._facets = facets
        self._series = SeriesNames(facets)
        self._indirect = IndirectQualities(facets.catalogue)
        self._unfilterable = Unfilterable(facets.catalogue)
        self._own = OwnRanges(facets.catalogue)
        # "Under 20" is minutes where there are lengths and no prices, else money.
        self._bare = LENGTH if facets.numeric_facet(LENGTH) and not facets.numeric_facet(PRICE) else PRICE

    def find(self, text: str, titles: Sequence[TitleSpan] | None = None) -> Stretches:
        """All stretches of a text. `titles`: those in it, where they have been looked for already."""
        spans = list(titles) if titles is not None else self._titles.find(text)
        indirect = self._indirect.find(text, spans)
        by_surname = self._facets.surnames(text)
        spans, known, series, asked = self._names(text, spans, indirect, by_surname)
        named = [NameSpan(span.start, span.end, span.text) for span in spans]
        not_here = names_not_here(text, [*named, *series, *asked], [*known, *indirect], self._titles, self._facets)
        known = [quality for quality in known if not covered(quality.start, quality.end, not_here)]
        by_surname = [quality for quality in by_surname if not covered(quality.start, quality.end, not_here)]
        # 去掉《X》 is a word against an item, no constraint taken back.
        forgotten = [
            match
            for match in cues.FORGET.finditer(text)
            if not (match.lastgroup in ("e", "g") and covered(match.start(), match.end(), spans))
            # "Lift the spirits" is a wish by itself.
            and not any(quality.start == match.start() and self._facets.is_phrase(quality.text) for quality in known)
        ]
        ranges = [
            turned(found, text, spans)
            for found in [*find_ranges(text, self._bare), *self._own.find(text)]
            if not covered(found.start, found.end, spans)
            and not _inside(found.start, found.end, forgotten)
            and not (found.range.facet == YEAR and _WHICH_ONE.search(text[: found.start]))
            and not any(found.start < match.end() and match.start() < found.end for match in TOO_OLD_FOR.finditer(text))
        ]
        told = circumstances(text)
        live = [match.span() for match in cues.LIVE_ACTION.finditer(text)] if self._facets.knows(cues.ANIMATED) else []
        hard = hard_times(text)
        harmed = [(place, phrase) for place, phrase in spared(text) if self._facets.knows(phrase)]
        sayings = [match.span() for match in SAYINGS.finditer(text)]
        beyond = [
            *self._unfilterable.find(text),
            *told,
            *live,
            *hard,
            *told_of_audience(text),
            *(place for place, _ in harmed),
        ]
        qualities = [
            quality
            for quality in known
            if not covered(quality.start, quality.end, spans)
            and not covered(quality.start, quality.end, indirect)
            and not self._of_speaker(text, quality)
            and not covered(quality.start, quality.end, ranges)
            and not any(quality.start < end and start < quality.end for start, end in beyond)
            and not _inside(quality.start, quality.end, forgotten)
            and not any(start <= quality.start and quality.end <= end for start, end in sayings)
        ]
        told_to_be = {span.start: so for span in spans if (so := told_of(text, span, places(qualities)))}
        is_so = [place for so in told_to_be.values() for place in so]
        qualities = [quality for quality in qualities if (quality.start, quality.end) not in is_so]
        put_right = _put_right(text, qualities, spans)
        qualities = [quality for quality in qualities if quality not in put_right]
        kinds = [quality for quality in qualities if self._facets.names_items(quality)]
        count = find_count(
            text, [*places([*spans, *ranges]), *watch_too(blanked(text, places(spans)), told)], places(kinds)
        )
        by_surname = [quality for quality in by_surname if not covered(quality.start, quality.end, qualities)]
        qualities = sorted([*qualities, *indirect, *by_surname], key=lambda quality: quality.start)
        roles = [
            Role(quality.end, role[1], f"{role[0]} {quality.text.lower()}")
            for quality in qualities
            if self._facets.names_somebody(quality.values) and (role := ruled_out_as(text, quality.end))
        ]
        others = self._indirect.others(text, spans)
        return Stretches(
            text=text, titles=spans, qualities=qualities, ranges=ranges, forgotten=forgotten, circumstances=told,
            live=live, hard=hard, spared=[phrase for _, phrase in harmed],
            beyond=[*beyond, *is_so, *places(put_right)], series=series, asked=asked,
            not_here=not_here, told=told_to_be, roles=roles, indirect=indirect, count=count,
            others=others,
            written={quality: quality.text for quality in (*indirect, *by_surname)},
        )  # fmt: skip

    def _names(
        self, text: str, spans: list[TitleSpan], indirect: list[QualitySpan], by_surname: list[QualitySpan]
    ) -> tuple[list[TitleSpan], list[QualitySpan], list[NameSpan], list[NameSpan]]:
        """Titles, qualities, series ruled out and series asked for, where the same words may be either."""
        spans = [span for span in spans if not covered(span.start, span.end, indirect)]
        known = self._facets.find(text)
        spans = [span for span in spans if not any(_part_of(span, quality) for quality in known)]
        spans = [span for span in spans if span.shown or not self._a_kind(span)]
        spans = [span for span in spans if not cues.THE_REST.search(text[: span.end])]
        spans, against, asked = self._series.find(text, spans, indirect)
        # In "no Harry Potter" nobody called Potter is meant. What is known as a whole is no series asked for.
        known = [quality for quality in known if not any(_part_of(quality, name) for name in (*against, *asked))]
        asked = [name for name in asked if not covered(name.start, name.end, known)]
        spans = [span for span in spans if not covered(span.start, span.end, by_surname)]
        return spans, known, against, asked

    def _a_kind(self, span: TitleSpan) -> bool:
        """Whether a title is a kind of item in plain words: "a scary movie" is no *Scary Movie*."""
        kind = cues.KIND.fullmatch(span.text)
        return kind is not None and self._facets.knows(kind["what"])

    def _of_speaker(self, text: str, quality: QualitySpan) -> bool:
        """Whether a word tells of the speaker's life: "my in-laws are coming". "My kids" say who watches."""
        told = cues.OF_SPEAKER.search(text[: quality.start]) and cues.DOES.match(text, quality.end)
        return bool(told) and not self._facets.is_phrase(quality.text)


def _put_right(text: str, qualities: Sequence[QualitySpan], spans: Sequence[TitleSpan]) -> list[QualitySpan]:
    """The qualities that later words of the text take the place of: "Tom Hanks, no wait, Tom Cruise"."""
    turn = cues.PUT_RIGHT.search(text)
    if turn is None:
        return []
    after = {value.facet for quality in qualities if quality.start >= turn.end() for value in quality.values}
    return [
        quality
        for quality in qualities
        if quality.end <= turn.start()
        and after.intersection(value.facet for value in quality.values)
        and not negated(text, quality.start, spans)
    ]


def _part_of(span: TitleSpan | QualitySpan, whole: QualitySpan | NameSpan) -> bool:
    """Whether a name is some of the words of a longer one."""
    return whole.start <= span.start and span.end <= whole.end and len(span.text) < len(whole.text)


def _inside(start: int, end: int, matches: Sequence[re.Match[str]]) -> bool:
    return any(match.start() <= start and end <= match.end() for match in matches)
