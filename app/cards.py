"""HTML of one turn: its steps, cards with drawn posters, words and chips to tap.

Every text from an item, a person or a language model passes through `html.escape`; addresses only as http or https.
Knows the shape of cards, steps and chips (app/events.py) and nothing of how they were found.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

from app.i18n import Language, text

REACTIONS = ("like", "dislike", "seen", "save")
MAX_CARDS = 5
MAX_MESSAGE = 2000  # characters that are read of a message
LONG_MESSAGE, LONG_LINES = 500, 7  # characters and line breaks above which a message is folded
CUT = " […]"  # at the end of a message that was longer
TITLE_WIDTH, TITLE_HEIGHT = 84.0, 34.0  # room for a poster's title, in hundredths of the poster's width

Card = Mapping[str, Any]


def _icon(path: str) -> str:
    return f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{path}</svg>'


ICONS = {
    "like": _icon(
        '<path d="M7 10v10H4V10zM7 11l4-8c2 0 3 1 2.6 3L13 9h6.2c1.2 0 2 1 1.7 2.2l-1.7 7A2.3 2.3 0 0 1 17 20H7"/>'
    ),
    "dislike": _icon(
        '<path d="M17 14V4h3v10zM17 13l-4 8c-2 0-3-1-2.6-3L11 15H4.8c-1.2 0-2-1-1.7-2.2l1.7-7A2.3 2.3 0 0 1 7 4h10"/>'
    ),
    "seen": _icon(
        '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="3"/>'
    ),
    "save": _icon('<path d="M6.5 3.5h11v17L12 16l-5.5 4.5z"/>'),
    "more": _icon('<path d="M12 3l1.8 5.2L19 10l-5.2 1.8L12 17l-1.8-5.2L5 10l5.2-1.8zM19 16v5M16.5 18.5h5"/>'),
    "history": _icon('<path d="M4 12a8 8 0 1 0 2.5-5.8L4 8.5M4 4v4.5h4.5M12 8v4.5l3 1.8"/>'),
    "facet": _icon('<path d="M4 4h7l9 9-7 7-9-9z"/><circle cx="8.5" cy="8.5" r="1"/>'),
    "text": _icon('<path d="M5 17c3-1 4-3 4-8H4.5v5H9M14.5 17c3-1 4-3 4-8H14v5h4.5"/>'),
    "popular": _icon('<path d="M3.5 17l6-6 4 4 7-8M15.5 7h5v5"/>'),
    "undo": _icon('<path d="M9 6L4.5 10.5 9 15M5 10.5h9a5 5 0 0 1 0 10h-3"/>'),
    "retry": _icon('<path d="M20 12a8 8 0 1 1-2.5-5.8L20 8.5M20 4v4.5h-4.5"/>'),
    "edit": _icon('<path d="M4 20l1-4L16.5 4.5l3 3L8 19z"/>'),
    "delete": _icon('<path d="M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13"/>'),
    "steps": _icon('<path d="M9 6l6 6-6 6"/>'),
    "plus": _icon('<path d="M12 5v14M5 12h14"/>'),
}


def safe_url(address: object) -> str:
    """The address, escaped for an attribute, when it is plain http or https with a host; otherwise ""."""
    if not isinstance(address, str) or not address.isprintable() or " " in address:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return escape(address) if parts.scheme in ("http", "https") and parts.netloc else ""


# ---- posters -------------------------------------------------------------------------------------------------------

# background, ink, two colours for shapes; ink on background has a contrast of at least 4.5
_PALETTES: dict[str, tuple[str, str, str, str]] = {
    "drama": ("#1f3a4d", "#f5ead9", "#d08a5c", "#41687f"),
    "comedy": ("#f4c84a", "#2b1a0b", "#e2562f", "#fff0bd"),
    "action": ("#b92c1b", "#fff1e2", "#240f0c", "#f2913f"),
    "thriller": ("#161b23", "#ebe6db", "#c0412f", "#34404f"),
    "adventure": ("#e8ddc2", "#1f3a2d", "#c7692b", "#6b9464"),
    "romance": ("#f0c4bd", "#4c1128", "#bd3554", "#fbe6dd"),
    "crime": ("#2b2524", "#f0e4c8", "#bb8f3d", "#54473f"),
    "science fiction": ("#181b40", "#e8edff", "#6f7dff", "#f2628c"),
    "fantasy": ("#36225b", "#f6eaff", "#b985f5", "#f2c350"),
    "family": ("#f2943f", "#2c1607", "#ffdca6", "#bb3f21"),
    "mystery": ("#1e3338", "#e6f0e5", "#84ae9f", "#0e1b1f"),
    "animation": ("#39ab9a", "#05231f", "#ffe28f", "#f2705f"),
    "horror": ("#140d0e", "#f3e7dd", "#ad1a25", "#41181b"),
    "war": ("#484d35", "#f3edd8", "#c6a550", "#2d3121"),
    "musical": ("#891c58", "#ffeaf3", "#ffb23d", "#d9559a"),
    "history": ("#dac8a5", "#3a2413", "#8c4c2b", "#b8995f"),
    "biography": ("#e5e1d9", "#22262b", "#4f6e8c", "#c56d4b"),
    "sport": ("#0f5a4a", "#f5f6e8", "#f3c646", "#1f8f72"),
    "western": ("#dc9355", "#2b140a", "#84341a", "#f5d5a3"),
    "film-noir": ("#101012", "#f2f1ed", "#8d8d90", "#3d3d41"),
    "documentary": ("#f2f0ea", "#1c1c1c", "#2f7198", "#d55d40"),
}
_BROAD_GENRES = {"drama", "comedy", "action", "thriller", "adventure"}  # most titles have one: a narrower one says more


class _Dice:
    """Choices that are always the same for the same id."""

    def __init__(self, seed: str) -> None:
        self._bits = int.from_bytes(hashlib.sha256(seed.encode()).digest())

    def roll(self, sides: int) -> int:
        self._bits, face = divmod(self._bits, sides)
        return face


def _circle(x: float, y: float, radius: float, fill: str) -> str:
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}"/>'


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}"/>'


def _path(d: str, fill: str) -> str:
    return f'<path d="{d}" fill="{fill}"/>'


# Each motif draws on 200 x 300 units and leaves one end to the title: the lower part (sun to tiles) or the upper.


def _sun(dice: _Dice, back: str, one: str, two: str) -> str:
    x = 70 + 15 * dice.roll(5)
    bars = "".join(_rect(0, 92 + 17 * i, 200, 3 + 2.4 * i, back) for i in range(5))
    return _circle(x, 96, 70, one) + bars + _circle(200 - x, 34, 9, two)


def _stripes(dice: _Dice, back: str, one: str, two: str) -> str:
    lean = 60 + 20 * dice.roll(3)
    bands = "".join(_path(f"M{-80 + 44 * i} 172l{lean} -172h22l{-lean} 172z", one if i % 2 else two) for i in range(7))
    return f'<svg width="200" height="172">{bands}</svg>'


def _dots(dice: _Dice, back: str, one: str, two: str) -> str:
    special = dice.roll(30)
    return "".join(
        _circle(
            24 + 38 * (i % 5),
            26 + 28 * (i // 5),
            12 if i == special else 3 + 2 * dice.roll(4),
            two if i == special else one,
        )
        for i in range(30)
    )


def _halves(dice: _Dice, back: str, one: str, two: str) -> str:
    shift = 20 * dice.roll(4)
    return (
        _path(f"M{10 + shift} 92a60 60 0 0 1 120 0z", one)
        + _path(f"M{70 - shift} 96a60 60 0 0 0 120 0z", two)
        + _circle(70 + shift, 70, 10, back)
    )


def _rings(dice: _Dice, back: str, one: str, two: str) -> str:
    x = (20, 100, 180)[dice.roll(3)]
    return "".join(_circle(x, 60, 116 - 23 * i, (one, back, two, back, one)[i]) for i in range(5))


def _tiles(dice: _Dice, back: str, one: str, two: str) -> str:
    shapes = []
    for i in range(12):
        x, y, fill = 50 * (i % 4), 58 * (i // 4), (one, two)[dice.roll(2)]
        corner = (
            f"M{x} {y}h50a50 58 0 0 1 -50 58z",
            f"M{x + 50} {y}v58a50 58 0 0 1 -50 -58z",
            f"M{x} {y + 58}v-58a50 58 0 0 1 50 58z",
        )
        kind = dice.roll(4)
        shapes.append(_path(corner[kind], fill) if kind < 3 else _circle(x + 25, y + 29, 13, fill))
    return "".join(shapes)


def _arches(dice: _Dice, back: str, one: str, two: str) -> str:
    x = 80 + 20 * dice.roll(3)
    return "".join(
        _path(f"M{x - r} 300v-{70 if r < 84 else 62}a{r} {r} 0 0 1 {2 * r} 0v75z", fill)
        for r, fill in ((92, one), (72, back), (54, two), (36, back), (20, one))
    )


def _mountains(dice: _Dice, back: str, one: str, two: str) -> str:
    left, right = 30 + 20 * dice.roll(3), 130 + 20 * dice.roll(3)
    return (
        _circle(200 - left, 172, 18, two)
        + _path(f"M-40 300L{left} 168 180 300z", one)
        + _path(f"M20 300L{right} 196 260 300z", two)
        + _path(f"M-20 300L{left + 40} 236 150 300z", back)
    )


def _waves(dice: _Dice, back: str, one: str, two: str) -> str:
    start = -50 * dice.roll(3)
    layers = ((172, two), (202, one), (232, two), (262, one))
    return "".join(
        _path(f"M{start - 25 * i} {y}q25 -26 50 0t50 0 50 0 50 0 50 0 50 0 50 0v140h-400z", fill)
        for i, (y, fill) in enumerate(layers)
    ) + _rect(0, 296, 200, 4, back)


def _rays(dice: _Dice, back: str, one: str, two: str) -> str:
    x = 60 + 40 * dice.roll(3)
    rays = "".join(_path(f"M{x} 300L{x - 300 + 50 * i} 130h22z", one) for i in range(13))
    return f'<svg y="150" width="200" height="150" viewBox="0 150 200 150">{rays}</svg>' + _circle(x, 300, 56, two)


def _skyline(dice: _Dice, back: str, one: str, two: str) -> str:
    towers = []
    for i in range(8):
        top = 176 + 14 * dice.roll(7)
        towers.append(_rect(25 * i, top, 25, 130, (one, two)[(i + dice.roll(2)) % 2]))
        towers.append(_rect(25 * i + 9, top + 12, 7, 9, back))
    return "".join(towers)


_UPPER_MOTIFS: tuple[Callable[[_Dice, str, str, str], str], ...] = (_sun, _stripes, _dots, _halves, _rings, _tiles)
_LOWER_MOTIFS: tuple[Callable[[_Dice, str, str, str], str], ...] = (_arches, _mountains, _waves, _rays, _skyline)


def _width(word: str) -> float:
    """Width of a word in average letters; a Chinese character is about as wide as two."""
    return sum(1.8 if ord(letter) > 0x2E80 else 1.0 for letter in word)


def _title_size(title: str) -> float:
    """Type size in hundredths of the poster's width: the longest word fits, the lines stay clear of the art."""
    total = _width(title)
    longest = max((_width(word) for word in title.split() if word.isascii()), default=1.0)
    for size in (17.0, 15.0, 13.5, 12.0, 10.5, 9.0, 8.0):
        lines = math.ceil(1.2 * total * 0.6 * size / TITLE_WIDTH)  # a fifth more: words do not fill their lines
        if longest * 0.66 * size <= TITLE_WIDTH and lines * size * 1.05 <= TITLE_HEIGHT:
            return size
    return 7.0


def poster(item_id: str, title: str, year: str, genres: Sequence[str], tint: str = "") -> str:
    """A drawn poster: colours from the tint or a genre, motif and type from a stable hash of the id.

    It repeats the card's title, so it is hidden from screen readers. `tint` names a palette (a genre) and may be "".
    """
    dice = _Dice(item_id)
    known = [genre for genre in (tint, *genres) if genre in _PALETTES]
    narrow = [genre for genre in known if genre not in _BROAD_GENRES] or known
    name = narrow[dice.roll(len(narrow))] if narrow else list(_PALETTES)[dice.roll(len(_PALETTES))]
    back, ink, one, two = _PALETTES[name]
    if dice.roll(3) == 0:
        back, ink, one, two = ink, back, two if two != ink else one, one
    motifs = (_UPPER_MOTIFS, _LOWER_MOTIFS)[lower := dice.roll(2)]
    art = motifs[dice.roll(len(motifs))](dice, back, one, two)
    face = ("serif", "sans", "caps", "slab")[dice.roll(4)]
    side = ("left", "middle")[dice.roll(2)]
    small = "".join(f"<span>{escape(part)}</span>" for part in (year, *genres[:1]) if part)
    return (
        f'<div class="poster poster-{"top" if lower else "bottom"} poster-{face} poster-{side}" aria-hidden="true" '
        f'style="--back:{back};--ink:{ink};--size:{_title_size(title):g}cqw">'
        f'<svg viewBox="0 0 200 300" preserveAspectRatio="xMidYMid slice" focusable="false">{art}</svg>'
        f'<div class="poster-words"><div class="poster-title">{escape(title)}</div>'
        f'<div class="poster-small">{small}</div></div></div>'
    )


# ---- cards ---------------------------------------------------------------------------------------------------------


def _reason(reason: Mapping[str, Any], language: Language) -> str:
    kind = reason.get("kind")
    icon = kind if kind in ("history", "facet", "text", "popular") else "facet"
    source = text(f"reason_{icon}", language)
    return (
        f'<li title="{escape(source)}">{ICONS[icon]}<span class="unseen">{escape(source)}: </span>'
        f"<span>{escape(str(reason.get('text', '')))}</span></li>"
    )


def _reaction(kind: str, title: str, pressed: bool, language: Language) -> str:
    label = text(kind, language)
    name = escape(text("named", language, label=label, title=title))
    return (
        f'<button type="button" class="react react-{kind}" data-action="react" data-kind="{kind}" '
        f'aria-pressed="{"true" if pressed else "false"}" aria-label="{name}" title="{escape(label)}">'
        f"{ICONS[kind]}</button>"
    )


def card(item: Card, turn_id: str, reactions: Iterable[str], language: Language) -> str:
    """One card as an article; `reactions` are the kinds already given to this item in this turn."""
    title = str(item.get("title", ""))
    facts = " · ".join(str(fact) for fact in item.get("facts") or [] if str(fact))
    drawn = item.get("poster") or {}
    art = poster(
        str(item.get("id", "")),
        title,
        str(drawn.get("year") or ""),
        [str(genre) for genre in drawn.get("genres") or []],
        str(drawn.get("tint") or ""),
    )
    image, url = safe_url(item.get("image")), safe_url(item.get("url"))
    picture = f'<img src="{image}" alt="" loading="lazy" referrerpolicy="no-referrer">' if image else ""
    heading = f'<a href="{url}" target="_blank" rel="noopener noreferrer">{escape(title)}</a>' if url else escape(title)
    reasons = "".join(_reason(reason, language) for reason in item.get("reasons") or [])
    given, about = set(reactions), str(item.get("text") or "")
    more = escape(text("named", language, label=text("more", language), title=title))
    return (
        f'<article class="card" data-item="{escape(str(item.get("id", "")))}" data-turn="{escape(turn_id)}">'
        f'<div class="picture">{art}{picture}</div><div class="card-words"><h3>{heading}</h3>'
        + (f'<p class="facts">{escape(facts)}</p>' if facts else "")
        + (f'<details class="about"><summary>{escape(about)}</summary></details>' if about else "")
        + (f'<ul class="reasons" aria-label="{escape(text("reasons", language))}">{reasons}</ul>' if reasons else "")
        + '</div><div class="reactions">'
        + "".join(_reaction(kind, title, kind in given, language) for kind in REACTIONS)
        + f'</div><button type="button" class="more" data-action="more" aria-label="{more}" '
        f'data-message="{escape(text("more_message", language, title=title))}">{ICONS["more"]}'
        f"{escape(text('more', language))}</button></article>"
    )


def cards(items: Sequence[Card], turn_id: str, reactions: Mapping[str, Iterable[str]], language: Language) -> str:
    """The row of cards of one turn, at most five; "" without items."""
    if not items:
        return ""
    row = "".join(card(item, turn_id, reactions.get(str(item.get("id")), ()), language) for item in items[:MAX_CARDS])
    return f'<section class="cards" aria-label="{escape(text("cards", language))}">{row}</section>'


# ---- the rest of a turn --------------------------------------------------------------------------------------------


def said(message: str, language: Language) -> str:
    """The person's own message, folded when it is long, with a note when it was cut.

    Left to itself `gr.Chatbot` would take it for HTML, with pictures that load.
    """
    shown = f'<div class="said">{escape(message)}</div>'
    if len(message) > LONG_MESSAGE or message.count("\n") > LONG_LINES:
        shown = (
            f'<details class="fold"><summary>{shown}<span class="fold-open">{escape(text("unfold", language))}</span>'
            f'<span class="fold-close">{escape(text("fold", language))}</span></summary></details>'
        )
    if len(message) == MAX_MESSAGE and message.endswith(CUT):
        shown += f'<p class="sign">{escape(text("cut", language, limit=f"{MAX_MESSAGE:,}"))}</p>'
    return shown


def cut(message: str) -> str:
    """A message no longer than is read; `said` tells from its last sign that there was more."""
    return message if len(message) <= MAX_MESSAGE else message[: MAX_MESSAGE - len(CUT)] + CUT


def pending(label: str, elsewhere: bool = False) -> str:
    """What stands in a turn until its cards are there; `elsewhere`: page.js has to ask for them."""
    kind = "pending elsewhere" if elsewhere else "pending"
    return f'<p class="{kind}"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>{escape(label)}</p>'


def _duration(ms: float) -> str:
    return f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms" if ms >= 1 else "&lt; 1 ms"


def _milliseconds(step: Mapping[str, Any]) -> float:
    ms = step.get("ms")
    return float(ms) if isinstance(ms, int | float) else 0.0


def steps(found_by: Sequence[Mapping[str, Any]], sign: str, language: Language) -> str:
    """The line of steps, closed, with the last one's detail and the whole time; above it a sign, if any."""
    parts = [f'<p class="sign">{escape(sign)}</p>'] if sign else []
    if found_by:
        line = " · ".join(str(step.get("name", "")) for step in found_by)
        detail = str(found_by[-1].get("detail") or "")
        total = _duration(sum(_milliseconds(step) for step in found_by))
        rows = "".join(
            f"<li><span>{escape(str(step.get('name', '')))}</span><span>{escape(str(step.get('detail') or ''))}</span>"
            f"<span>{_duration(_milliseconds(step))}</span></li>"
            for step in found_by
        )
        parts.append(
            f'<details class="steps"><summary aria-label="{escape(text("steps", language))}: {escape(line)}, {total}">'
            f"{ICONS['steps']}<span>{escape(' '.join((line, detail)).strip())} · {total}</span></summary>"
            f"<ol>{rows}</ol></details>"
        )
    return "".join(parts)


def words(reply: str, sign: str = "", writing: bool = False) -> str:
    """The reply as plain paragraphs, then a sign such as "stopped" or ""; `writing` shows a cursor."""
    paragraphs = [escape(line) for line in reply.splitlines() if line.strip()]
    if writing:
        paragraphs = [*paragraphs[:-1], (paragraphs[-1] if paragraphs else "") + '<span class="cursor"></span>']
    shown = "".join(f"<p>{line}</p>" for line in paragraphs)
    return f'<div class="words">{shown}{f"""<p class="sign">{escape(sign)}</p>""" if sign else ""}</div>'


def chips(
    suggestions: Sequence[Mapping[str, Any]], language: Language, with_tools: bool = True, turn_id: str = ""
) -> str:
    """What can be tapped beneath the last turn: the suggestions, then undo, retry and edit."""
    taps = "".join(
        f'<button type="button" class="chip" data-action="ask" data-message="{escape(str(chip.get("message", "")))}">'
        f"{escape(str(chip.get('label', '')))}</button>"
        for chip in suggestions
    )
    tools = (
        "".join(
            f'<button type="button" class="tool" data-action="{tool}" '
            f'aria-label="{escape(text(f"{tool}_name", language))}">'
            f"{ICONS[tool]}{escape(text(tool, language))}</button>"
            for tool in ("undo", "retry", "edit")
        )
        if with_tools
        else ""
    )
    label = escape(text("chips", language))
    group = f'<div class="chips" role="group" aria-label="{label}">{taps}</div>' if taps else ""
    return f'<div class="after" data-turn="{escape(turn_id)}">{group}<div class="tools">{tools}</div></div>'
