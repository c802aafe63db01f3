"""HTML of one turn: its steps, cards, words and chips to tap.

Every text from an item, a person or a language model passes through `html.escape`; addresses only as http or https.
Knows the shape of cards, steps and chips (app/events.py) and nothing of how they were found.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

from agents.plan import MOST_SHOWN
from app.i18n import Language, text
from app.limits import MAX_MESSAGE
from app.posters import poster

REACTIONS = ("like", "dislike", "seen", "save")
LONG_MESSAGE, LONG_LINES = 500, 7  # characters and line breaks above which a message is folded
CUT = " […]"  # at the end of a message that was longer

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
    "down": _icon('<path d="M12 5v14M6 13l6 6 6-6"/>'),
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


# ---- cards ---------------------------------------------------------------------------------------------------------


def _reason(reason: Mapping[str, Any], language: Language) -> str:
    kind = reason.get("kind")
    icon = kind if kind in ("history", "facet", "text", "popular") else "facet"
    source = text(f"reason_{icon}", language)
    return (
        f'<li title="{escape(source)}">{ICONS[icon]}<span class="unseen">{escape(source)}: </span>'
        f"<span>{escape(str(reason.get('text', '')))}</span></li>"
    )


def _marked(about: str, quoted: Sequence[str], language: Language) -> str:
    """A description with the sentences marked that speak for the item."""
    shown, source = escape(about), escape(text("reason_text", language))
    for sentence in map(escape, filter(None, quoted)):
        shown = shown.replace(sentence, f'<mark title="{source}">{sentence}</mark>', 1)
    return shown


def _reaction(kind: str, title: str, pressed: bool, language: Language) -> str:
    label = text(kind, language)
    name = escape(text("named", language, label=label, title=title))
    return (
        f'<button type="button" class="react react-{kind}" data-action="react" data-kind="{kind}" '
        f'aria-pressed="{"true" if pressed else "false"}" aria-label="{name}" title="{escape(label)}">'
        f'{ICONS[kind]}<span aria-hidden="true">{escape(label)}</span></button>'
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
        str(drawn.get("label") or ""),
    )
    image, url = safe_url(item.get("image")), safe_url(item.get("url"))
    picture = f'<img src="{image}" alt="" loading="lazy" referrerpolicy="no-referrer">' if image else ""
    heading = f'<a href="{url}" target="_blank" rel="noopener noreferrer">{escape(title)}</a>' if url else escape(title)
    given, about = set(reactions), str(item.get("text") or "")
    # A sentence of the description is marked where it stands, not said twice.
    quoted = [str(r.get("text") or "") for r in item.get("reasons") or [] if r.get("kind") == "text"]
    quoted = [sentence for sentence in quoted if sentence in about]
    reasons = "".join(
        _reason(reason, language) for reason in item.get("reasons") or [] if reason.get("text") not in quoted
    )
    more = escape(text("named", language, label=text("more", language), title=title))
    return (
        f'<article class="card" data-item="{escape(str(item.get("id", "")))}" data-turn="{escape(turn_id)}">'
        f'<div class="picture">{art}{picture}</div><div class="card-words"><h3>{heading}</h3>'
        + (f'<p class="facts">{escape(facts)}</p>' if facts else "")
        + (f'<details class="about"><summary>{_marked(about, quoted, language)}</summary></details>' if about else "")
        + (f'<ul class="reasons" aria-label="{escape(text("reasons", language))}">{reasons}</ul>' if reasons else "")
        + '</div><div class="reactions">'
        + "".join(_reaction(kind, title, kind in given, language) for kind in REACTIONS)
        + f'</div><button type="button" class="more" data-action="more" aria-label="{more}" '
        f'data-message="{escape(text("more_message", language, title=title))}">{ICONS["more"]}'
        f"{escape(text('more', language))}</button></article>"
    )


def cards(items: Sequence[Card], turn_id: str, reactions: Mapping[str, Iterable[str]], language: Language) -> str:
    """The row of cards of one turn, at most `MOST_SHOWN`; "" without items."""
    if not items:
        return ""
    row = "".join(card(item, turn_id, reactions.get(str(item.get("id")), ()), language) for item in items[:MOST_SHOWN])
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
    # Sighted people see by the bubble whose words these are.
    return f'<span class="unseen">{escape(text("you", language))}</span>{shown}'


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
        # Of a single step, reading, the detail is a word of the machinery; it is there when the line is opened.
        detail = str(found_by[-1].get("detail") or "") if len(found_by) > 1 else ""
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
