"""How much the words of asking lead a search by meaning away: subjects of known items, said in real messages.

python -m benchmarks.searching

A message is one of the held-out seeds that name no quality, then "something with" two rarer words of an item's text.
Searched by those two words alone, by what the reader searches by, and by the whole message: how often is the item among
the first?
"""

import random
import re

import numpy as np

from agents.language.cues import STOP_WORDS
from agents.plan import Intent
from agents.text import frequency
from agents.tuning.expand import filled, worlds
from agents.tuning.seeds import held_out, load_seeds
from benchmarks.common import ROOT, text_vectors, write_result
from benchmarks.reading.rows import held_out_seeds
from recommender.features.embedder import SentenceEmbedder

_READING = ROOT / "data" / "reading"
_RARE = 5.0  # Zipf frequency below which a word may be a subject
_TRIALS, _SEED = 3_000, 1


def main() -> None:
    """Draw the messages, search, print and write the shares."""
    films = held_out_seeds()[0]
    world = worlds(films.catalogue, _READING)["film"]
    chance = random.Random(_SEED)  # not for secrets
    asked = [
        filled(seed, world, chance)
        for seed in held_out(load_seeds(_READING))[1]
        if seed.domain == "film" and seed.intent in (Intent.RECOMMEND, Intent.REFINE)
    ]
    plain = [made for made in asked if not films.rules.clues(made[0], list(made[1])).plan.wanted]
    items = [item for item in films.catalogue.items if len(_subjects(item.text)) > 1]
    ways: dict[str, list[str]] = {"subject alone": [], "as searched": [], "whole message": []}
    wanted = []
    for _ in range(_TRIALS):
        item, made = chance.choice(items), chance.choice(plain)
        subject = chance.sample(_subjects(item.text), 2)
        message = f"{made[0]}. Something with {subject[0]} and {subject[1]}"
        wanted.append(films.catalogue.position[item.id])
        ways["subject alone"].append(" ".join(subject))
        ways["as searched"].append(films.rules.clues(message, list(made[1])).plan.query)
        ways["whole message"].append(message)
    vectors = text_vectors("demo", [films.catalogue.describe(item) for item in films.catalogue.items])
    metrics = {}
    for name, texts in ways.items():
        scores = SentenceEmbedder().encode(texts) @ vectors.T
        ranks = (scores > scores[np.arange(_TRIALS), wanted][:, None]).sum(axis=1)
        metrics[name] = {f"recall@{k}": round(float((ranks < k).mean()), 3) for k in (10, 50)}
        print(name, metrics[name])
    write_result(
        "searching", benchmark="searching", dataset="demo", model=SentenceEmbedder().name, n=_TRIALS, seed=_SEED,
        metrics=metrics,
    )  # fmt: skip


def _subjects(text: str) -> list[str]:
    """The rarer words of a text, each once."""
    words = dict.fromkeys(re.findall(r"\b[a-z]{4,}\b", text))
    return [word for word in words if frequency(word) < _RARE and word not in STOP_WORDS]


if __name__ == "__main__":
    main()
