"""Drawn posters for items without a picture: colours of the genre, motif and type from a stable hash of the id."""

import hashlib
import math
from collections.abc import Callable, Sequence
from html import escape

TITLE_WIDTH, TITLE_HEIGHT = 84.0, 34.0  # room for a poster's title, in hundredths of the poster's width

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


def poster(item_id: str, title: str, year: str, genres: Sequence[str], tint: str = "", label: str = "") -> str:
    """A drawn poster: colours from the tint or a genre, motif and type from a stable hash of the id.

    It repeats the card's title, so it is hidden from screen readers. `tint` names a palette (a genre) and may be "";
    `label` is the genre to write on it, in the language of the card, where that is not the first one's name.
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
    small = "".join(f"<span>{escape(part)}</span>" for part in (year, label or next(iter(genres), "")) if part)
    return (
        f'<div class="poster poster-{"top" if lower else "bottom"} poster-{face} poster-{side}" aria-hidden="true" '
        f'style="--back:{back};--ink:{ink};--size:{_title_size(title):g}cqw">'
        f'<svg viewBox="0 0 200 300" preserveAspectRatio="xMidYMid slice" focusable="false">{art}</svg>'
        f'<div class="poster-words"><div class="poster-title">{escape(title)}</div>'
        f'<div class="poster-small">{small}</div></div></div>'
    )
