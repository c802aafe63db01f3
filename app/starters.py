"""Sentences to begin with: some made for films, and some from the values of any other catalogue."""

from itertools import zip_longest

from agents.replies.present import Language, Presenter
from recommender.catalogue import Catalogue

_N_VALUES = 5
_COMMON = 3  # values of a facet
# With a value, and without any. The space lets the rules find an English value behind Chinese words.
_SENTENCES: dict[Language, tuple[str, str]] = {
    "en": ("Something in {}", "Surprise me"),
    "zh": ("来点 {}", "给我一个惊喜"),
}

_FILMS: dict[Language, tuple[str, ...]] = {
    "en": (
        "Something scary but funny from the 80s, I loved Gremlins",
        "A feel-good film under 100 minutes",
        "Mind-bending science fiction like Inception",
        "A French romance for date night",
        "A heist film with a twist, nothing violent",
        "Surprise me with an old classic",
    ),
    "zh": (
        "八十年代又恐怖又好笑的电影，我喜欢小精灵",
        "100分钟以内的治愈片",
        "像盗梦空间那样烧脑的科幻片",
        "适合约会看的法国爱情片",
        "不血腥的悬疑片，要有反转",
        "来几部韩国犯罪片",
    ),
}


def starters(catalogue: Catalogue, presenter: Presenter, language: Language) -> list[str]:
    """At most six sentences: those made for films where the catalogue is films, else on its facets' common values."""
    if "director" in catalogue.categorical and "runtime" in catalogue.numeric:
        return list(_FILMS[language])
    common = [[value for value, _ in catalogue.facet_counts(facet).most_common(_COMMON)] for facet in catalogue.telling]
    # The first of every facet before the second of any.
    values = dict.fromkeys(value for rank in zip_longest(*common) for value in rank if value is not None)
    with_value, without = _SENTENCES[language]
    return [with_value.format(presenter.value(value, language)) for value in list(values)[:_N_VALUES]] + [without]
