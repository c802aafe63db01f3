"""The fixed parts of the chat page as HTML: header, empty page, list of conversations, the line above the textbox."""

from collections.abc import Sequence
from html import escape

from app import cards
from app.i18n import LANGUAGES, Language, text
from app.turns import Row
from storage.records import MAX_TITLE

LOGO = (
    '<svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><circle cx="16" cy="16" r="15"/>'
    '<path d="M9 12c2 9 12 9 14 0" /><circle class="dot" cx="16" cy="10" r="2.4"/></svg>'
)


def header_html(language: Language) -> str:
    """Name, what it is, language switch and "new chat"; also carries the words that page.js shows."""
    switch = "".join(
        f'<button type="button" data-action="language" data-language="{code}" lang="{code}" '
        f'aria-pressed="{"true" if code == language else "false"}">{name}</button>'
        for code, name in LANGUAGES.items()
    )
    spoken = "".join(
        f' data-{key}="{escape(text(key.replace("-", "_"), language))}"'
        for key in ("feedback-failed", "feedback-gone", "delete-sure", "rename-label", "sending", "sidebar")
    )
    return (
        f'<div id="top" role="banner" lang="{language}"{spoken} '
        f'data-title-chars="{MAX_TITLE}"><div class="brand">{LOGO}<div><h1>Palate</h1>'
        f'<p>{escape(text("tagline", language))}</p></div></div><div class="top-tools"><div class="languages" '
        f'role="group" aria-label="{escape(text("language", language))}">{switch}</div><button type="button" '
        f'class="new" data-action="open" data-id="" aria-label="{escape(text("new", language))}">{cards.ICONS["plus"]}'
        f"<span>{escape(text('new', language))}</span></button></div></div>"
    )


def hero_html(starters: Sequence[str], catalogue_line: str, language: Language) -> str:
    """The empty page: a greeting and sentences to start with."""
    taps = "".join(
        f'<button type="button" class="starter" data-action="ask" data-message="{escape(starter)}">'
        f"{escape(starter)}</button>"
        for starter in starters
    )
    return (
        f'<div class="hero"><h2>{escape(text("greeting", language))}</h2>'
        f"<p>{escape(text('greeting_more', language))}</p>"
        f'<div class="starters" role="group" aria-label="{escape(text("starters", language))}">{taps}</div>'
        f'<p class="catalogue">{escape(catalogue_line)}</p></div>'
    )


def talks_html(conversations: Sequence[Row], current: str | None, language: Language, more: bool = False) -> str:
    """The list of conversations, each to open, rename and delete; `more`: there are older ones to show."""
    rows = []
    for row in conversations:
        identity, title = escape(str(row["id"])), str(row["title"] or text("untitled", language))
        here = ' aria-current="true"' if row["id"] == current else ""
        names = {act: escape(text(act, language, title=title)) for act in ("open", "rename", "delete")}
        rows.append(
            f'<li data-id="{identity}"{here}><button type="button" class="talk" data-action="open" '
            f'data-id="{identity}" aria-label="{names["open"]}" title="{escape(title)}">{escape(title)}</button>'
            f'<button type="button" class="mini" data-action="rename" aria-label="{names["rename"]}">'
            f'{cards.ICONS["edit"]}</button><button type="button" class="mini" data-action="delete" '
            f'aria-label="{names["delete"]}">{cards.ICONS["delete"]}</button></li>'
        )
    heading = escape(text("talks", language))
    listed = f"<ul>{''.join(rows)}</ul>" if rows else f'<p class="none">{escape(text("no_talks", language))}</p>'
    if more:
        listed += f'<button type="button" class="older" data-action="older">{escape(text("older", language))}</button>'
    return f'<nav class="talks" aria-label="{heading}"><h2>{heading}</h2>{listed}</nav>'


def newest_html(language: Language) -> str:
    """The button to the newest message, seen while the log is scrolled away from it."""
    return (
        f'<button type="button" data-action="newest" aria-label="{escape(text("newest", language))}" '
        f'title="{escape(text("newest", language))}">{cards.ICONS["down"]}</button>'
    )


def editing_html(language: Language) -> str:
    """The line above the textbox while the last message is edited."""
    return (
        f'<div class="editing"><span>{escape(text("editing", language))}</span><button type="button" '
        f'data-action="cancel">{escape(text("cancel", language))}</button></div>'
    )
