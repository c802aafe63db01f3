"""Finds ranges of numbers in a message: years, lengths in minutes, prices; in English and Chinese.

Knows nothing of the catalogue: which of its facets is "year" is decided when the plan is linked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from agents.language.amounts import (
    AGE_TOLD,
    DECADE_WORDS,
    FIRST_YEAR,
    MANY,
    TENS,
    TIME_SPENT,
    WORDS,
    YEAR_RE,
    ZH_CENTURY,
    ZH_COUNT,
    chinese_minutes,
    chinese_number,
    chinese_years,
    minutes,
    money,
    spelt_number,
    years_of,
)
from agents.plan import Range

YEAR, LENGTH, PRICE = "year", "runtime", "price"
# Runs of spaces, hyphens and digits are bounded everywhere: unbounded ones make a search quadratic.
_PART = r"(?:(?:early|mid|late)(?:\s?(?:to|-|and|or)\s?(?:mid|late))?)?"
_ANY_DECADE = rf"(?:the\s+)?{_PART}[\s-]{{0,3}}(?:(?:19|20)?'?’?(?:\d0)'?’?s|{'|'.join(DECADE_WORDS)})\b"
_NUM = r"\d{1,6}(?:\.\d{1,3})?(?!\d)"
# Nothing inside a word counts: "yeah" ends in no hour, "thunder" in no limit. Chinese may stand right before.
_APART = r"(?<![a-z])"
_TENS = rf"(?:{'|'.join(TENS)})(?:[-\s]five)?\b"
# "$20 min 2 players" is no twenty minutes, and "the last ten minutes" are those of a film.
_DURATION = (
    rf"{_APART}(?<!\d)(?<!\d[.,])(?<![$€£¥])(?<![$€£¥]\s)(?<!the\slast\s)(?<!the\sfirst\s)"
    rf"(?:(?:{_NUM}(?:\s+and\s+a\s+half)?\s*[-\s]?(?:hours?|hrs?|h)"
    r"|(?:an?|one|two|three|four|half\s+an|(?:a\s+)?couple\s+of)(?:\s+and\s+a\s+half)?[-\s]\s*(?:hours?|hrs?))\b"
    rf"(?:(?:\s+and)?\s+(?:a\s+half|a\s+quarter|\d+|{_TENS})(?:\s*(?:minutes?|mins?|m)\b)?)?"
    rf"|(?:(?:a|one)\s+hundred(?:\s+and)?(?:\s+{_TENS})?|{_TENS})[-\s]\s*(?:minutes?|mins?)\b"
    r"|\d{1,2}\s*(?:hours?|hrs?|h)\s*(?:\d\d|\d{1,2}\s*(?:minutes?|mins?|m))\b"
    rf"|{_NUM}\s*[-\s]?(?:minutes?|mins?|min|m)\b)"
)
_SUM = r"(?<!\d)(?<!\d[.,])(?:\d{1,3}(?:,\d{3}){1,3}(?:\.\d{1,3})?|\d{1,6}(?:\.\d{1,3}|,\d\d?)?)(?![.,]?\d)(?:k\b)?"
_SUM_OF = rf"{_SUM}\s*(?:dollars?|bucks|euros?|pounds|quid|usd|eur|\$|€|£|yuan|rmb|元|块)"
_MONEY = rf"(?:[$€£¥]\s*{_SUM}|{_SUM_OF})"
_LESS = (
    rf"{_APART}(?:(?:no|not|nothing|isn'?t|isnt)\s+(?:more|longer|over|above)(?:\s+than)?|nothing\s+over|less\s+than|under|below"
    r"|shorter\s+than|cheaper\s+than|at\s+most|up\s+to|(?:un)?till?|within|max(?:imum|\.)?(?:\s+of)?|fewer\s+than|inside|in\s+under)"
)
_MORE = (
    rf"{_APART}(?:(?:no|not|nothing)\s+(?:less|shorter|under|below)(?:\s+than)?|more\s+than|over|above|longer\s+than|at\s+least"
    r"|min(?:imum|\.)?(?:\s+of)?|upwards\s+of)"
)
_BUDGET = r"\bbudget(?:\s+(?:of|is|limit|under|around|about)){0,3}:?"
_ABOUT = rf"{_APART}(?:around|about|roughly|approximately|approx\.?|circa|~|or\s+so)"
_ZH_UNIT = r"(?:分钟|小时|钟头)"
_ZH_MIN = rf"({ZH_COUNT}(?:个)?{_ZH_UNIT}半?|[一二两三]个?半(?:小时|钟头)|半个?(?:小时|钟头))"
_ZH_LESS = r"(?:不超过|不要超过|别超过|不能超过|少于|低于|短于|小于|最多|顶多|只有|只剩)"
_ZH_TO = r"\s?(?:到|至|-|–|—|~|～)\s?"
_ZH_DECADE = rf"(?:{ZH_CENTURY}|20|19)?(?:\d{{4}}|\d{{2}}|[一二三四五六七八九]{{1,2}}十|零零|一零)\s?年代(?:初期?|早期|前期|中期|中叶|末期?|后期|晚期)?"
_ZH_YEAR = r"(?<!\d)(?:\d{4}|[一二两][〇零一二三四五六七八九]{3}|两千)\s?年"
_ZH_ONE = rf"({_ZH_DECADE}|{_ZH_YEAR}|(?<!\d)\d{{4}}(?!\d))"
_ZH_NOT = r"(?:不要|不看|不想看|别推荐|别给我|别)"
_ZH_NOW = r"(?:现在|如今|今天|目前)"
_ZH_BEFORE, _ZH_AFTER = r"\s?(?:之前|以前|前(?!期))", r"\s?(?:之后|以后|后(?!期))"


# Before a bound: "no films (that are) ...", "I don't want anything ...". A rule that has its own "no" begins there.
_RULED_OUT = re.compile(
    r"(?:\b(?<!why\s)(?:no|not|nothing|never|without|nor)|(?:n['’]t|\b(?:do|wo|did|is|are)nt)(?:\s+(?:want|like|need|recommend|suggest|show\s+me|give\s+me))?"
    r"|\bnot?\s+(?:want|like|need))\s+(?:(?:any|anything|something)\s+)?(?:(?P<kind>[a-z-]{3,}s|film|movie|one)\s+)?"
    r"(?:(?:that|which|who|is|are|was|were|made|released|shot|set|from|in|of|to|watch|a|the)\s+){0,4}$",
    re.IGNORECASE,
)
_ANY_KIND = ("films", "film", "movies", "movie", "ones", "one", "things", "titles")
_REACH = 60  # characters before a bound in which it may be ruled out


@dataclass(frozen=True, slots=True)
class Found:
    """A range, and the characters it was read from."""

    range: Range
    start: int
    end: int


def find_ranges(text: str, bare: str | None = None) -> list[Found]:
    """All ranges in reading order; a stretch of text is read once, by the first rule that takes it.

    Relative wishes ("newer") are only given where nothing absolute of the same facet is.

    Args:
        bare: what a limit without a unit is of ("under 20 please"), "price" or "runtime"; None to pass over it.
    """
    taken = [match.span() for told in (AGE_TOLD, TIME_SPENT) for match in told.finditer(text)]
    found: list[Found] = []
    for pattern, build in (*_RULES, *(_BARE_RULES[bare] if bare else ())):
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            result = build(match)
            out = _RULED_OUT.search(text[max(0, match.start() - _REACH) : match.start()])
            if result is not None and out:
                result = _complement(result, whole=not out["kind"] or out["kind"].lower() in _ANY_KIND)
            if result is not None:
                taken.append(match.span())
                found.append(Found(result, *match.span()))
    absolute = {f.range.facet for f in found if f.range.relative is None and not f.range.empty}
    kept = [f for f in found if f.range.relative is None or f.range.facet not in absolute]
    return _merge(sorted(kept, key=lambda f: f.start), text)


def _complement(out: Range, whole: bool) -> Range:
    """What is left when a range is ruled out: "no films before 1980". Relative wishes stay.

    What lies on both sides of "not from the 80s" is no one range: it is given as an empty one.

    Args:
        whole: whether all items of the range are ruled out, not some kind of them: "no musicals from the 80s".
    """
    step = 1.0 if out.facet == YEAR else 0.0  # years are whole: what is not up to 1979 is from 1980 on
    if out.max is not None and out.min is None:
        return Range(facet=out.facet, min=out.max + step)
    if out.min is not None and out.max is None:
        return Range(facet=out.facet, max=out.min - step)
    return Range(facet=out.facet) if whole and out.relative is None else out


def _merge(found: list[Found], text: str) -> list[Found]:
    """One range a facet: "80s and 90s" is 1980 to 1999, "after 1990" with "before 2000" is their overlap.

    Of two that leave nothing ("under 90 minutes and over 2 hours") the later one stands, as it does when the second
    is said a turn after the first; but "before 1980 or after 1990" is no one range: it is given as an empty one.
    """
    by_facet: dict[str, Found] = {}
    for item in found:
        before = by_facet.get(item.range.facet)
        if before is None or (before.range.empty and item.range.relative):
            by_facet[item.range.facet] = item
            continue
        a, b = before.range, item.range
        if a.relative or b.relative:
            continue
        if None not in (a.min, a.max, b.min, b.max):
            merged = Range(facet=a.facet, min=min(a.min, b.min), max=max(a.max, b.max))  # type: ignore[type-var]
        else:
            low = max((x for x in (a.min, b.min) if x is not None), default=None)
            high = min((x for x in (a.max, b.max) if x is not None), default=None)
            empty = low is not None and high is not None and low > high
            if empty and _OR.fullmatch(text, before.end, item.start):
                merged = Range(facet=a.facet)
            else:
                merged = b if empty else Range(facet=a.facet, min=low, max=high)
        by_facet[a.facet] = Found(merged, before.start, item.end)
    return list(by_facet.values())


_OR = re.compile(r"[^.;!?。；！？]{0,40}(?:\bor\b(?!\s+so\b)|或|还是)[^.;!?。；！？]{0,40}", re.IGNORECASE)
Build = Callable[[re.Match[str]], Range | None]


def _year(low: float | None, high: float | None) -> Range:
    return Range(facet=YEAR, min=low, max=high)


def _span(kind: Callable[[str], float | None], facet: str, side: str) -> Build:
    def build(match: re.Match[str]) -> Range | None:
        values = [kind(group) for group in match.groups() if group]
        if not values or any(value is None for value in values) or _NEGATIVE.search(match.string, 0, match.start(1)):
            return None
        low, high = values[0], values[-1]
        assert low is not None and high is not None
        if side == "between":
            return Range(facet=facet, min=low, max=high)
        if side == "about":
            slack = min(10.0, 0.2 * low) if facet == LENGTH else 0.2 * low
            return Range(facet=facet, min=low - slack, max=high + slack)
        return Range(facet=facet, min=low if side == "min" else None, max=high if side == "max" else None)

    return build


def _between_years(match: re.Match[str]) -> Range | None:
    first, last = years_of(match[1]), years_of(match[2])
    if first is None or last is None:
        return None
    return _year(first[0], last[1])


def _rest_of_century(match: re.Match[str]) -> Range | None:
    """ "1970-85"."""
    first, last = int(match[1]), int(match[1][:2] + match[2])
    return _year(first, last) if first < last else None


def _one_sided(side: str, inclusive: bool, years_of: Callable[[str], tuple[int, int] | None] = years_of) -> Build:
    def build(match: re.Match[str]) -> Range | None:
        years = years_of(match[1])
        if years is None:
            return None
        if side == "min":
            return _year(years[0] if inclusive else years[1] + 1, None)
        return _year(None, years[1] if inclusive else years[0] - 1)

    return build


def _recent(match: re.Match[str]) -> Range | None:
    """The last ten years, counted back from today."""
    word = " ".join((match["n"] or match["zh"] or ("few" if match["lately"] else "one")).casefold().split())
    number = MANY.get(word) or (chinese_number(word) if match["zh"] else spelt_number(word))
    first = date.today().year - int(number or 0) * (10 if "decade" in match[0].casefold() else 1)
    return _year(first, None) if number and first >= FIRST_YEAR else None


def _relative(facet: str, direction: str) -> Build:
    def build(_match: re.Match[str]) -> Range:
        return Range.model_validate({"facet": facet, "relative": direction})

    return build


def _plain_years(match: re.Match[str]) -> Range | None:
    years = years_of(match[1])
    return _year(*years) if years else None


def _chinese_span(match: re.Match[str]) -> Range | None:
    years = [chinese_years(group) for group in match.groups()]
    if years[0] is None or years[-1] is None:
        return None
    return _year(years[0][0], years[-1][1])


def _two_decades(match: re.Match[str]) -> Range | None:
    """80、90年代: the first has no word of its own."""
    tens = match[1] if match[1][-1] in "0十" else match[1] + "十"
    first, last = chinese_years(tens + "年代"), chinese_years(match[2])
    return _year(first[0], last[1]) if first and last else None


def _lengths(match: re.Match[str]) -> Range | None:
    """ "1 to 2 hours": a number without a unit has the other's, but "90 to 2 hours" begins at 90 minutes."""
    said = match.groupdict()
    high = minutes(said["high"])
    low = minutes(said.get("low") or said["bare"])
    if said["bare"] and high and re.search(r"\d[\s-]?h|hour|hr", said["high"], re.IGNORECASE):
        hours = minutes(f"{said['bare']} hours")
        low = hours if hours and hours <= high else low
    if not low or not high or _NEGATIVE.search(match.string, 0, match.start()):
        return None
    return Range(facet=LENGTH, min=low, max=high)


def _shorter(match: re.Match[str]) -> Range | None:
    """ "143 minutes is too long": than that."""
    most = minutes(match[1])
    return Range(facet=LENGTH, max=most - 1) if most else None


def _chinese_lengths(match: re.Match[str]) -> Range | None:
    """90到120分钟: a number without a unit has the other's."""
    unit = re.search(_ZH_UNIT, match[2])
    low = chinese_minutes(match[1] if re.search(_ZH_UNIT, match[1]) else match[1] + (unit[0] if unit else ""))
    high = chinese_minutes(match[2])
    return Range(facet=LENGTH, min=low, max=high) if low and high else None


_NEGATIVE = re.compile(r"(?:^|\s)[-−]$")
_SOME_YEARS = rf"(?P<n>\d{{1,3}}|{'|'.join((*MANY, *WORDS))})\s+(?:years|yrs|decades)"
_ONE = rf"({_ANY_DECADE}|(?:the\s+year\s+)?{YEAR_RE.replace('(', '(?:')})"
_NOW = r"(?:now|nowadays|today|date|(?:the\s+)?present(?:\s+day)?|this\s+year)\b(?!['’])"
_BARE = r"(?<![a-z\d.,:$€£¥])(?P<bare>(?:\d{1,6}(?:\.\d{1,2})?|one|two|three|four)(?:\s+and\s+a\s+half)?)"
_LOW, _HIGH = rf"(?:(?P<low>{_DURATION})|{_BARE})", rf"(?P<high>{_DURATION})"
# "Those are all too old": said of what is shown, not of an item named before.
_OF_SHOWN = r"\b(?:they'?re|(?:these|those|they|(?:all|both)\s+of\s+(?:these|those|them))\s+(?:(?:all|both)\s+)?(?:are|r|look|seem|feel|sound))\s+"
# "I don't like it when they are too long"
_WHEN = r"\bwhen\s+(?:(?:an?|the)\s+)?(?:(?:it|they|films?|movies?|things?)(?:['’]s|['’]re|\s+(?:is|are|gets?))?\s+)?"
_TOO = (
    rf"(?:(?:^\W*|{_OF_SHOWN}|{_WHEN})(?:(?:all|both|a|bit|way|much|far)\s+)*too"
    rf"|{_OF_SHOWN}(?:all\s+)?(?:a\s+(?:little|bit)|a\s+tad|rather|pretty|kinda))\s+"
)
_NOT_SO = r"\b(?<!why\s)(?:not|no|nothing|neither|isn'?t|aren'?t|don'?t\s+want\s+(?:anything|something))\s+(?:too|so|that|very|overly|all\s+that|(?:quite\s+)?as|quite\s+so)\s+"
# In front of "old" and "long" by themselves.
_NOTHING = r"(?:\bnothing|(?:\b(?:not|no)|n['’]?t)\s+(?:like|want|enjoy|need))\s+"
_OTHER_OLD = r"(?![\s-]+(?:fashioned|school|man|woman|men|women|kids|children|people))"
_COMPILED: list[tuple[str, Build]] = [
    # years, English
    (rf"(?:\b(?:from|since)\s+|(?<![\w'’])){_ONE}\s*(?:-|–|—|(?:up\s+)?(?:to|until)|till|through)\s*{_NOW}", _one_sided("min", True)),
    (rf"\bbetween\s+{_ONE}\s+and\s+{_NOW}", _one_sided("min", True)),
    (rf"\b(?:between|from)\s+{_ONE}\s+(?:and|to|through|till|until)\s+(?:the\s+)?{_ONE}", _between_years),
    (rf"(?<!\d){_ONE}\s*(?:-|–|—|to)\s*{_ONE}(?!\d)", _between_years),
    (r"(?<![\d$€£¥])((?:1[89]|20)(?:\d\d))\s?[-–—/]\s?'?(\d\d)(?![\d'’]|\s*(?:s\b|min|hour|%))", _rest_of_century),
    (rf"\b(?:no\s+newer|not\s+newer|no\s+later|not\s+later)\s+than\s+{_ONE}", _one_sided("max", True)),
    (rf"\b(?:no\s+older|not\s+older|no\s+earlier)\s+than\s+{_ONE}", _one_sided("min", True)),
    (rf"\bnot?(?:hing)?\s+(?:before|pre|older\s+than)[\s-]+{_ONE}", _one_sided("min", True)),
    (rf"\bnot?(?:hing)?\s+(?:after|post|newer\s+than)[\s-]+{_ONE}", _one_sided("max", True)),
    (rf"\b(?:after|post|newer\s+than|later\s+than|more\s+recent\s+than)[\s-]+{_ONE}", _one_sided("min", False)),
    # in "90 min from the 1990s" a unit, not the least
    (rf"\b(?:at\s+(?:the\s+)?(?:least|earliest)|(?<!\d)(?<!\d[\s-])min(?:imum)?)\s+(?:from\s+)?{_ONE}", _one_sided("min", True)),
    (rf"\bat\s+(?:the\s+)?(?:most|latest)\s+(?:from\s+)?{_ONE}", _one_sided("max", True)),
    (rf"\b(?:last|past|previous|(?:no|not|nothing)\s+older\s+than)\s+(?:{_SOME_YEARS}|decade)\b(?!\s+(?:i|we|old)\b)|\b(?P<lately>recent\s+(?:years|yrs))\b"
     r"|(?:最近|近|过去)(?:这)?(?P<zh>\d{1,2}|[一二两三四五六七八九十]{1,3})年", _recent),
    (rf"\b(?:since|from)\s+{_ONE}\s*(?:on|onwards?|and\s+(?:later|after|newer|up))\b", _one_sided("min", True)),
    (rf"\bsince\s+{_ONE}", _one_sided("min", True)),
    (rf"(?<!\w){_ONE}\s*(?:onwards?|or\s+(?:later|newer)|and\s+(?:later|newer|up)|\+|at\s+(?:the\s+)?(?:least|earliest))", _one_sided("min", True)),
    (rf"\b(?:before|b4|pre|older\s+than|earlier\s+than|prior\s+to)[\s-]+{_ONE}", _one_sided("max", False)),
    (rf"\b(?:up\s+to|until|till|by)\s+{_ONE}", _one_sided("max", True)),
    (rf"(?<!\w){_ONE}\s*(?:(?:or|and)\s+(?:older|earlier)|at\s+(?:the\s+)?(?:most|latest))", _one_sided("max", True)),
    (r"\b(?:this|the\s+(?:current|21st)|21st)\s+century\b", lambda m: _year(2000, None)),
    (r"\b(?:last|the\s+20th|20th)\s+century\b", lambda m: _year(None, 1999)),
    (rf"(?<![\w'’])({_ANY_DECADE})", _plain_years),
    (rf"(?<![\d$€£¥.])((?:the\s+year\s+)?{YEAR_RE.replace('(', '(?:')})(?!\s*(?:minutes?|mins?)\b|\w)", _plain_years),
    # years, Chinese
    (rf"{_ZH_NOT}{_ZH_ONE}{_ZH_BEFORE}", _one_sided("min", True, chinese_years)),
    (rf"{_ZH_NOT}{_ZH_ONE}{_ZH_AFTER}", _one_sided("max", True, chinese_years)),
    (rf"{_ZH_ONE}(?:{_ZH_TO}{_ZH_NOW}|至今)", _one_sided("min", True, chinese_years)),
    (rf"{_ZH_ONE}{_ZH_TO}{_ZH_ONE}", _chinese_span),
    (rf"(\d0|[一二三四五六七八九]十|[一二三四五六七八九](?=、))(?:、|和|或|到|至|-|/)({_ZH_DECADE})", _two_decades),
    (rf"{_ZH_ONE}{_ZH_AFTER}", _one_sided("min", False, chinese_years)),
    (rf"{_ZH_ONE}\s?(?:以来|起|开始)", _one_sided("min", True, chinese_years)),
    (rf"{_ZH_ONE}{_ZH_BEFORE}", _one_sided("max", False, chinese_years)),
    (rf"({_ZH_DECADE}|{_ZH_YEAR})", _chinese_span),
    (r"本世纪|新世纪|21世纪|二十一世纪", lambda m: _year(2000, None)),
    (r"上个?世纪|20世纪|二十世纪", lambda m: _year(None, 1999)),
    # length
    (rf"\bbetween\s+{_LOW}\s+(?:and|to)\s+{_HIGH}", _lengths),
    (rf"{_LOW}\s?(?:-|–|—|to)\s?{_HIGH}", _lengths),
    (rf"{_BARE}\s+or\s+{_HIGH}", _lengths),
    (r"\b(?:an|one|1)\s+hour\s+or\s+two\b", lambda m: Range(facet=LENGTH, min=60, max=120)),
    (rf"{_LESS}\s+(?:about\s+)?({_DURATION})", _span(minutes, LENGTH, "max")),
    (rf"({_DURATION})\s+(?:or\s+(?:less|under|shorter)|max(?:imum)?|tops|at\s+(?:the\s+)?most)",
     _span(minutes, LENGTH, "max")),
    (rf"{_MORE}\s+(?:about\s+)?({_DURATION})", _span(minutes, LENGTH, "min")),
    (rf"({_DURATION})(?:\s*\+|\s+(?:or\s+(?:more|longer)|plus|minimum|(?<!\d\s)min\b(?!\s*\d)|at\s+(?:the\s+)?least))", _span(minutes, LENGTH, "min")),
    (rf"{_APART}(?<![\d.])({_NUM}\+\s?(?:minutes?|mins?|hours?|hrs?))\b", _span(minutes, LENGTH, "min")),
    (rf"\b(?:falls?|fell|drops?|nods?|dozes?)\s+(?:asleep|off)\s+after\s+(?:about\s+)?({_DURATION})", _span(minutes, LENGTH, "max")),
    (rf"({_DURATION})\s+(?:before|until|till?|to\s+(?:kill|spare))", _span(minutes, LENGTH, "max")),
    (rf"\b(?:i|we|you|they|she|he)(?:['’](?:ve|d))?\s+(?:only\s+|just\s+)?(?:have|has|had|got)(?:\s+got)?\s+(?:only\s+|just\s+|about\s+|like\s+|maybe\s+|around\s+)*({_DURATION})",
     _span(minutes, LENGTH, "max")),
    (rf"({_DURATION})(?:\s+(?:is|are|was|feels?|sounds?)|'s)\s+(?:(?:just|far|much|way|rather|a\s+(?:bit|little))\s+)*too\s+(?:long|much)\b", _shorter),
    (rf"(?:{_ABOUT}\s+)?({_DURATION})(?:\s+or\s+so)?", _span(minutes, LENGTH, "about")),
    (rf"({ZH_COUNT}(?:个?{_ZH_UNIT}半?)?|[一二两三]个?半(?:小时|钟头)){_ZH_TO}{_ZH_MIN}", _chinese_lengths),
    (rf"{_ZH_LESS}{_ZH_MIN}", _span(chinese_minutes, LENGTH, "max")),
    (rf"{_ZH_MIN}(?:以内|之内|以下|内)", _span(chinese_minutes, LENGTH, "max")),
    (rf"(?:超过|多于|长于|至少|不少于){_ZH_MIN}", _span(chinese_minutes, LENGTH, "min")),
    (rf"{_ZH_MIN}(?:以上)", _span(chinese_minutes, LENGTH, "min")),
    (rf"{_ZH_MIN}(?:左右|上下)", _span(chinese_minutes, LENGTH, "about")),
    # price
    (rf"(?:between|from)\s+({_MONEY}|{_SUM})\s+(?:and|to)\s+({_MONEY})", _span(money, PRICE, "between")),
    (rf"({_MONEY})\s*(?:-|–|—|to)\s*({_MONEY}|{_SUM})", _span(money, PRICE, "between")),
    (rf"({_SUM})\s*(?:-|–|—|to)\s*({_SUM_OF})", _span(money, PRICE, "between")),
    (rf"(?:{_LESS}|{_BUDGET}|不超过|低于|少于)\s*({_MONEY})", _span(money, PRICE, "max")),
    (rf"({_MONEY})\s*(?:or\s+(?:less|under|cheaper)|max(?:imum)?|tops|at\s+(?:the\s+)?most|budget|以内|以下)", _span(money, PRICE, "max")),
    (rf"(?:{_MORE}|超过|高于)\s*({_MONEY})", _span(money, PRICE, "min")),
    (rf"({_MONEY})\s*(?:or\s+more|\+|min(?:imum)?\b(?!\s*\d)|at\s+(?:the\s+)?least|以上)", _span(money, PRICE, "min")),
    (rf"{_ABOUT}\s+({_MONEY})", _span(money, PRICE, "about")),
    (rf"\b(?:price[ds]?|costs?)\s*:?\s*(?:between\s+|from\s+)?({_SUM})\s*(?:-|–|—|to|and)\s*({_SUM})", _span(money, PRICE, "between")),
    (rf"^\W*({_MONEY})\W*$", _span(money, PRICE, "about")),
    # relative to what is shown
    (rf"(?:(?:{_TOO}|{_NOT_SO})old\b|{_NOTHING}old\b(?!\s+(?:films?|movies?|ones|stuff)\b)){_OTHER_OLD}", _relative(YEAR, "higher")),
    (rf"{_OF_SHOWN}(?:(?:all|a|bit|little|rather|pretty|kinda|so|very|quite|really)\s+)*(?:dated|ancient|old\b{_OTHER_OLD})\b", _relative(YEAR, "higher")),
    (rf"(?:{_TOO}|{_NOT_SO})(?:new|recent|modern)\b", _relative(YEAR, "lower")),
    (rf"(?:(?:{_TOO}|{_NOT_SO})long\b|{_NOTHING}long\b(?!\s+(?:films?|movies?|ones)\b))(?!\s+ago|\s+as\s+(?:it|there|they|i|you|we)\b)", _relative(LENGTH, "lower")),
    (rf"(?:{_TOO}|{_NOT_SO})short\b", _relative(LENGTH, "higher")),
    (rf"(?:{_TOO}|{_NOT_SO})(?:expensive|pricey|dear)\b", _relative(PRICE, "lower")),
    (r"\b(?:newer|(?:more\s+)?recent(?:er)?|more\s+modern|latest|newish|(?:something|anything|smth|sth|sumthing?)\s+new|new\s+(?:films?|movies?|releases?|ones?|stuff))\b|新一点|新一些|更新的|近几年|近年|这几年|这两年|最近的|最新|新出|新片|新的|太老|太旧",
     _relative(YEAR, "higher")),
    (r"\b(?:older|more\s+vintage|(?:something|anything)\s+old|(?<!years\s)old\s+(?:films?|movies?|releases?|ones|stuff))\b(?!\s+(?:m[ae]n|wom[ae]n|lad(?:y|ies)|gentlem[ae]n|adults?|folks?|couples?|persons?|characters?|actors?|actress(?:es)?|kids|children|people|brother|sister|generation))|老一点|老一些|更老|旧一点|早一点|太新",
     _relative(YEAR, "lower")),
    (r"\bshorter\b|(?:^\W*|\bbut\s+|\b(?:somethin|sumthin|something|anything|smth|sth)g?\s+)(?:really\s+|very\s+|nice\s+and\s+)?short\b(?!\s+(?:stor|film\s+fest|of\b|man|people))|\bshort\s+(?:1|ones?|films?|movies?)\b(?!\s+stor)|\bquick\s+(?:1|one|watch|film|movie)\b|短一点|短一些|更短|短点|太长(?!时间)", _relative(LENGTH, "lower")),
    (r"\blonger\b(?!\s+than(?!\s+(?:(?:all|any|both)\s+)?(?:of\s+)?(?:these|those|them|that|this)\b))|\b(?:long|lengthy)\s+(?:ones?|films?|movies?)\b|长一点|长一些|更长|太短", _relative(LENGTH, "higher")),
    (r"\bcheaper\b|便宜一?[点些]|更便宜", _relative(PRICE, "lower")),
    (r"\b(?:pricier|more\s+expensive)\b|贵一点|更贵", _relative(PRICE, "higher")),
]  # fmt: skip
_RULES = [(re.compile(pattern, re.IGNORECASE), build) for pattern, build in _COMPILED]

# A limit without a unit, where a clause ends: "under 20 please", not "under 20 pages", "kids under 10" or "under 2000".
_BARE_SUM = r"(?<![\d.,'’])([1-9]\d{0,4}(?:\.\d\d?)?)(?!\d)(?<!\b18[7-9]\d)(?<!\b19\d\d)(?<!\b20[0-3]\d)"
_NO_UNIT = rf"{_BARE_SUM}(?=\s*(?:$|[.;:!?)]|,(?!\d)|\b(?:please|pls|plz|thanks|if|and|or|but|for|would|will|is|it'?s|i'?m|each|total|max|tops|with)\b))"
_BARE_COMPILED: list[tuple[str, str]] = [
    (rf"\b(?:between|from)\s+{_BARE_SUM}\s+(?:and|to)\s+{_NO_UNIT}", "between"),
    (rf"(?:{_LESS}|{_BUDGET})\s*{_NO_UNIT}", "max"),
    (rf"{_MORE}\s*{_NO_UNIT}", "min"),
    (rf"{_BARE_SUM}\s*(?:or\s+(?:less|under|cheaper|shorter)|max(?:imum)?|tops|at\s+(?:the\s+)?most)\b", "max"),
]  # fmt: skip
_LEAST = {PRICE: 1.0, LENGTH: 40.0}  # below which a number is none of the facet: "under 12" is no length
_OF_PEOPLE = re.compile(
    r"\b(?:kids?|child(?:ren)?|anyone|anybody|everyone|people|players?|girls?|boys?|ages?|aged|those)\s+$",
    re.IGNORECASE,
)


def _without_unit(facet: str, side: str) -> Build:
    span = _span(float, facet, side)

    def build(match: re.Match[str]) -> Range | None:
        if float(match[1]) < _LEAST[facet] or _OF_PEOPLE.search(match.string, 0, match.start()):
            return None
        return span(match)

    return build


_BARE_RULES = {
    facet: [(re.compile(pattern, re.IGNORECASE), _without_unit(facet, side)) for pattern, side in _BARE_COMPILED]
    for facet in _LEAST
}
