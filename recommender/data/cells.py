"""One cell of an imported row as the value that is kept.

Cells come as text from CSV and as values from JSONL and Parquet. What cannot be stored everywhere (NUL characters,
halves of surrogate pairs, numbers that are not finite) is refused or left out here, in one place.
"""

import math
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from recommender.data.tables import RowError

MAX_ID_CHARS = 200
MAX_TITLE_CHARS = 1_000
MAX_KIND_CHARS = 32
_MAX_DEPTH = 20
_MAX_INTEGER = 2**53  # beyond it, a number loses digits in JSON and as a float
# Thousands apart, decimals, a currency before or after. Only what can be read in one way: three digits after a single
# dot may be either, and are left to those who read plain numbers.
_SPELLED = re.compile(
    r"(?P<sign>-?)(?P<whole>\d{1,3}(?:(?P<apart>[.,'’ \u00a0\u202f])\d{3})(?:(?P=apart)\d{3})*|\d+)"
    r"(?:(?P<point>[.,])(?P<decimals>\d+))?"
)
_CURRENCY = r"(?:[$€£¥₹₩₽]|(?:EUR|USD|GBP|CHF|JPY|CNY|RMB|INR|CAD|AUD|SEK|NOK|DKK|PLN|CZK|HUF)\b|kr|zł|Kč|Ft)\.?"
_BEFORE, _AFTER = re.compile(rf"^{_CURRENCY}\s*"), re.compile(rf"\s*{_CURRENCY}$")
_WEB = re.compile(r"https?://[^\s\x00-\x1f]+", re.IGNORECASE)


def clean(text: str) -> str:
    """`text`, stripped.

    Raises:
        RowError: it holds what no database stores.
    """
    if "\x00" in text:
        raise RowError("it holds a NUL character")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise RowError("it holds a broken character (half of a surrogate pair)") from error
    return text.strip()


def short_text(value: Any, column: str, max_chars: int) -> str:
    """An id, a title or a kind: text, or a number as text; "" for no value.

    Raises:
        RowError: neither, or longer than `max_chars`.
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) <= _MAX_INTEGER:
        value = int(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise RowError(f"{column} is not a finite number")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RowError(f"{column} is neither text nor a number")
    if isinstance(value, int) and abs(value) >= 10**max_chars:
        raise RowError(f"{column} is over {max_chars} characters")
    text = clean(str(value))
    if len(text) > max_chars:
        raise RowError(f"{column} is over {max_chars} characters")
    return text


def required_text(value: Any, column: str, max_chars: int = MAX_ID_CHARS) -> str:
    """As `short_text`, and it must be there.

    Raises:
        RowError: as `short_text`, or there is no value.
    """
    text = short_text(value, column, max_chars)
    if not text:
        raise RowError(f"{column} is missing")
    return text


def long_text(value: Any, column: str) -> str:
    """A description; "" for no value.

    Raises:
        RowError: it is not text.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RowError(f"{column} is not text")
    return clean(value)


def web_address(value: Any) -> str:
    """An http(s) address, or "": nothing else is ever shown as a link or picture."""
    text = value.strip() if isinstance(value, str) else ""
    return clean(text) if _WEB.fullmatch(text) else ""


def number(value: Any, column: str) -> float | None:
    """A finite number, or None for no value.

    Raises:
        RowError: anything else.
    """
    if value is None or value == "":
        return None
    found = _as_float(value)
    if found is None:
        raise RowError(f"{column} is not a finite number: {str(value)[:40]!r}")
    return found


def spelled_number(text: str) -> float | None:
    """The number that a cell such as "1.299,00 €", "1 299,00" or "USD 1,299.00" spells, or None.

    "1.299" is 1.299, and "12,99" is 12.99. What starts with a zero, as bar codes do, is no number, nor is "555 123 456"
    without decimals or a currency.
    """
    bare = _AFTER.sub("", _BEFORE.sub("", text.strip()))
    found = _SPELLED.fullmatch(bare)
    if found is None or re.match(r"-?0\d", bare):
        return None
    whole, apart, point = found["whole"], found["apart"], found["point"]
    if apart == "." and not point and whole.count(".") == 1:
        return float(found["sign"] + whole)
    nothing_else = not point and bare == text.strip()  # neither decimals nor a currency
    if apart and (point == apart or (nothing_else and apart != ",")):
        return None
    digits = "".join(filter(str.isdigit, whole))
    return float(f"{found['sign']}{digits}.{found['decimals'] or 0}")


def moment(value: Any) -> float:
    """A timestamp as a number: numbers as they are, ISO 8601 as seconds since 1970 (UTC where no zone is given).

    No value is 0.

    Raises:
        RowError: neither of the two.
    """
    if value is None or value == "":
        return 0.0
    found = _as_float(value)
    if found is not None:
        return found
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value.strip())
        elif isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time.min)
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        pass
    raise RowError(f"timestamp is neither a number nor ISO 8601: {str(value)[:40]!r}")


def attribute(value: Any, depth: int = 0) -> Any:
    """An attribute as plain JSON; None for no value (empty text or list, a number that is not finite, bytes).

    Raises:
        RowError: text that cannot be stored, or nesting without end.
    """
    if depth > _MAX_DEPTH:
        raise RowError("an attribute is nested too deeply")
    if isinstance(value, str):
        return clean(value) or None
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _MAX_INTEGER else float(value) if abs(value) < 10**300 else None
    if isinstance(value, float | Decimal):
        found = float(value)
        if not math.isfinite(found):
            return None
        return int(found) if found.is_integer() and abs(found) <= _MAX_INTEGER else found
    if isinstance(value, dict):
        kept = {clean(str(key)): attribute(part, depth + 1) for key, part in value.items()}
        return {key: part for key, part in kept.items() if key and part is not None} or None
    if isinstance(value, list | tuple):
        parts = [attribute(part, depth + 1) for part in value]
        return [part for part in parts if part is not None] or None
    if isinstance(value, date | time):
        return value.isoformat()
    return None


def _as_float(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, str) and "_" in value:  # Python reads 1_000 as a number, files do not mean it
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
