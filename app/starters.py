"""Sentences to begin with, for a catalogue of films."""

from agents.present import Language

FILM_STARTERS: dict[Language, tuple[str, ...]] = {
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
