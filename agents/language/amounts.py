"""What a few words amount to: years, minutes, money; in English and Chinese."""

import re

from recommender.catalogue import as_number

FIRST_YEAR = 1880  # nothing older is meant by a bare number

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_DIGITS["俩"] = 2
WORDS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
WORDS |= {"ten": 10, "eleven": 11, "twelve": 12}
TENS = {"ten": 10, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
TENS |= {"sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
MANY = {"couple of": 2, "couple": 2, "few": 5, "fifteen": 15} | TENS
DECADE_WORDS = {
    w: 10 * n
    for n, names in enumerate(
        [["noughties", "naughties"], [], ["twenties"], ["thirties"], ["forties"], ["fifties"], ["sixties"],
         ["seventies"], ["eighties"], ["nineties"]]
    )
    for w in names
}  # fmt: skip
# Not when a film was made: "we are in our seventies".
AGE_TOLD = re.compile(
    rf"\bin\s+(?:my|our|his|her|their)\s+(?:(?:early|mid|late)[\s-]+)?(?:\d0['’]?s|{'|'.join(DECADE_WORDS)})\b",
    re.IGNORECASE,
)
# How long something took them, and no length looked for: "we argued for an hour", "I slept for two hours".
_PEOPLE = r"(?:i|we|he|she|they|and|(?:my|our)\s+\w+)"
_DID = (
    r"(?:(?!wanted|needed|asked|preferred|planned|hoped)\w{3,}ed|slept|drove|sat|stood|fought|cried|ran|flew"
    r"|(?:been|was|were)\s+\w+ing)"
)
_A_TIME = r"(?:an?|half\s+an|two|three|four|five|\d{1,3})\s+(?:and\s+a\s+half\s+)?(?:hours?|minutes?|mins?|hrs?)"
_ABOUT = r"(?:(?:about|almost|nearly|over|at\s+least|a\s+good|like|more\s+than)\s+)?"
TIME_SPENT = re.compile(
    rf"\b{_PEOPLE}\s+(?:(?:just|then|really|have|has|had)\s+)*"
    rf"(?:{_DID}\s+(?:(?!for\b)\w+\s+){{0,3}}?for|spent)\s+{_ABOUT}{_A_TIME}\b",
    re.IGNORECASE,
)
YEAR_RE = r"(1[89]\d\d|20\d\d)"
ZH_COUNT = r"(?:\d{1,6}(?:\.\d)?|[一二两俩三四五六七八九十百]{1,6})"
ZH_CENTURY = r"(?:上个?世纪|本世纪|20世纪|二十世纪|21世纪|二十一世纪)"


def years_of(text: str) -> tuple[int, int] | None:
    """A year or a decade, as its first and last year."""
    if year := re.fullmatch(rf"(?:the\s+year\s+)?{YEAR_RE}", text.strip()):
        return int(year[1]), int(year[1])
    return decade(text.casefold())


def decade(text: str) -> tuple[int, int] | None:
    """("mid to late ’80s") → (1983, 1989). Two digits from 20 up are the 1900s, "00s" and "10s" the 2000s."""
    word = next((w for w in DECADE_WORDS if w in text), None)
    digits = re.search(r"(\d\d)?(\d0)", text)
    if word is not None:
        tens = DECADE_WORDS[word]
        first = 2000 if tens == 0 else 1900 + tens
    elif digits:
        tens = int(digits[2])
        first = int(digits[1]) * 100 + tens if digits[1] else (2000 + tens if tens < 20 else 1900 + tens)
    else:
        return None
    parts = [{"early": 0, "mid": 3, "late": 6}[part] for part in re.findall(r"early|mid|late", text)]
    return (first + parts[0], first + parts[-1] + 3) if parts else (first, first + 9)


def minutes(text: str) -> float | None:
    """("an hour and a half") → 90.0; ("1h45") → 105.0; ("100 min") → 100.0; ("ninety minutes") → 90.0."""
    text = text.casefold().strip()
    hours = re.match(
        r"(half\s+an|(?:a\s+)?couple\s+of|\d+(?:\.\d+)?|[a-z]+)(\s+and\s+a\s+half)?\s*[-+]?\s*(?<![a-z])h(?!undred)",
        text,
    )
    if hours:
        word = hours[1]
        said = {"half": 0.5, "a": 1.0, "an": 1.0, "couple": 2.0}
        count = said.get(word.removeprefix("a ").split()[0]) or spelt_number(word)
        if count is None:
            return None
        total = 60 * count + (30 if hours[2] else 0)
        rest = re.sub(r"^.*?h(?:ours?|rs?)?", "", text, count=1)
        if "half" in rest:
            total += 30
        elif "quarter" in rest:
            total += 15
        elif extra := re.search(r"\d+", rest):
            total += int(extra[0])
        else:
            total += _spelt_minutes(rest)
        return total
    plain = re.match(r"\d+(?:\.\d+)?", text)
    return float(plain[0]) if plain else _spelt_minutes(text) or None


def _spelt_minutes(text: str) -> float:
    """("a hundred and twenty") → 120.0; ("forty-five") → 45.0; 0.0 for no such number."""
    return 100.0 * ("hundred" in text) + sum(n for word, n in TENS.items() if word in text) + 5 * ("five" in text)


def spelt_number(word: str) -> float | None:
    """("two") → 2.0; digits pass through; None for anything else."""
    if re.fullmatch(r"\d+(?:\.\d+)?", word):
        return float(word)
    return float(WORDS[word]) if word in WORDS else None


def chinese_number(text: str) -> int | None:
    """("一百二十") → 120; digits pass through; None for anything else."""
    if text.isdecimal():
        return int(text)
    total, digit = 0, 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char == "十":
            total += (digit or 1) * 10
            digit = 0
        elif char == "百":
            total += (digit or 1) * 100
            digit = 0
        else:
            return None
    return total + digit


def chinese_minutes(text: str) -> float | None:
    """("一个半小时") → 90.0; ("100分钟") → 100.0."""
    match = re.match(rf"({ZH_COUNT})?个?(半)?个?(?:(分钟)|(小时|钟头))(半)?", text)
    if not match:
        return None
    count = float(match[1]) if match[1] and match[1][0].isdecimal() else chinese_number(match[1]) if match[1] else 0
    if count is None:
        return None
    return float(count) if match[3] else 60.0 * count + (30 if match[2] or match[5] else 0)


def chinese_years(text: str) -> tuple[int, int] | None:
    """("八十年代末") → (1986, 1989); ("七八十年代") → (1970, 1989); ("1994年") → (1994, 1994)."""
    parts = re.fullmatch(
        rf"(?P<century>{ZH_CENTURY}|20|19)?(?P<first>[一二三四五六七八九](?=[一二三四五六七八九]十))?"
        r"(?P<number>\d{4}|\d{2}|[一二三四五六七八九]十|零零|一零)\s?年代(?P<part>.*)",
        text,
    )
    if parts is None:
        bare = re.sub(r"\s?年$", "", text).replace("两千", "2000")
        digits = "".join(char if char.isdecimal() else str(_DIGITS[char]) for char in bare)
        year = int(digits)
        return (year, year) if FIRST_YEAR <= year < 2100 else None
    number = {"零零": 0, "一零": 10}.get(parts["number"], chinese_number(parts["number"]))
    if number is None or 100 <= number < FIRST_YEAR:
        return None
    modern = parts["century"] in ("20", "本世纪", "21世纪", "二十一世纪")
    century = 2000 if modern or (number < 20 and not parts["century"]) else 1900
    last = number if number >= FIRST_YEAR else century + number
    if parts["first"]:
        return century + 10 * _DIGITS[parts["first"]], last + 9
    if not parts["part"]:
        return last, last + 9
    offset = {"初": 0, "早": 0, "前": 0, "中": 3}.get(parts["part"][0], 6)
    return last + offset, last + offset + 3


def money(text: str) -> float | None:
    """("$1,500") → 1500.0; ("12,50 euros") → 12.5; ("$2k") → 2000.0."""
    found = re.search(r"(\d[\d.,]*)(k?)", text, re.IGNORECASE)
    amount = as_number(found[1]) if found else None
    return 1000 * amount if found and amount and found[2] else amount
