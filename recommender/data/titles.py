"""Titles in one form, so that two spellings of one title compare equal.

`title_key` folds case, accents and punctuation, moves a trailing article to the front ("Matrix, The") and leaves out
a closing "(year)". Scripts without case, CJK among them, stay as they are. It knows nothing about catalogues: which
item a key belongs to, and how close two keys must be, is decided by its callers.
"""

import re
import unicodedata

_YEAR = re.compile(
    r"^(?P<title>.*\S)\s*[(（](?P<year>1[89]\d\d|20\d\d|21\d\d)(?:\s?[-–—]\s?(?:\d{4})?)?[)）]\s*$", re.DOTALL
)

# English, French, Italian, Spanish, German, Dutch and Scandinavian articles, as catalogues put them behind a comma.
_ARTICLE = re.compile(
    r"^(?P<rest>.*\S),\s*(?P<article>the|an?|le|la|les|une?|il|lo|gli|el|los|las|una|der|die|das|eine?|de|het|den|det|en|ett)$"
    r"|^(?P<elided>.*\S),\s*(?P<elision>l['’])$",
    re.IGNORECASE | re.DOTALL,
)

# Letters that Unicode does not take apart, as people without that keyboard type them.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "&": " and "}
)
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_ACCENTS = re.compile(r"[\u0300-\u036f]")


def split_year(title: str) -> tuple[str, int | None]:
    """Take a closing "(1999)" or "(1999-2003)" off a title.

    Returns:
        The title without it, stripped, and the (first) year; the stripped title and None where there is no year, or
        nothing but a year.
    """
    match = _YEAR.match(title)
    if match is None:
        return title.strip(), None
    return match["title"].strip(), int(match["year"])


def leading_article(title: str) -> str:
    """'Matrix, The' as 'The Matrix'; a title without a trailing article as it is."""
    match = _ARTICLE.match(title.strip())
    if match is None:
        return title.strip()
    if match["elision"]:
        return f"{match['elision']}{match['elided']}"
    return f"{match['article']} {match['rest']}"


def title_key(title: str) -> str:
    """The form in which titles are compared; empty only for a blank title.

    "Amélie, The (2001)" gives "the amelie". A title of punctuation alone ("???") keeps it.
    """
    named = leading_article(split_year(title)[0])
    # "8½" and "8 1/2", "Alien³" and "Alien 3" are one title: such digits stand apart from what precedes them.
    apart = "".join(f" {c} " if unicodedata.category(c) == "No" else c for c in named)
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", apart).casefold())
    # Only the accents of Latin, Greek and Cyrillic go. NFC then rejoins kana, Hangul and the rest.
    folded = unicodedata.normalize("NFC", _ACCENTS.sub("", _APOSTROPHES.sub("", folded)).translate(_LETTERS))
    words = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in folded).split()
    return " ".join(words) or title.strip().casefold()
