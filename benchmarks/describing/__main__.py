"""Whether somebody who describes a film finds it: the share of descriptions whose film is among the first cards.

python -m benchmarks.describing

`messages.jsonl` was written by somebody who saw titles, years and directors of 240 films of the demo and nothing else
of it. The weight of words and what counts as a description were chosen on every second line; the others are reported.
Compared are the whole chat, the same without the words' source, and the nearest texts to the message by meaning alone.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from agents.controller import Context, Controller, Shown
from benchmarks.common import write_result
from benchmarks.turn_parts import Parts, demo_parts
from recommender.features.embedder import SentenceEmbedder

_MESSAGES = Path(__file__).parent / "messages.jsonl"
_CARDS = 20
_AT = (1, 5, 10)


def main() -> None:
    """Asks every way with every message, prints and writes the shares."""
    parts = demo_parts()
    lines = _MESSAGES.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines][1::2]
    weights = parts.recommender.weights
    metrics = {"chat": _measured(rows, lambda message: _cards(parts, message))}
    parts.recommender.weights = replace(weights, words=0.0)
    metrics["without the words' source"] = _measured(rows, lambda message: _cards(parts, message))
    metrics["by meaning alone"] = _measured(rows, lambda message: _nearest(parts, message))
    for name, shares in metrics.items():
        print(name, shares)
    model = SentenceEmbedder().name
    write_result("describing", benchmark="describing", dataset="demo", model=model, n=len(rows), metrics=metrics)


def _measured(rows: list[dict[str, str]], ask: Callable[[str], list[str]]) -> dict[str, float]:
    """The shares of rows whose item is among the first answers, and of those without any answer."""
    answers = [(row["id"], ask(row["message"])) for row in rows]
    shares = {f"recall@{k}": round(float(np.mean([item in ids[:k] for item, ids in answers])), 3) for k in _AT}
    return shares | {"no cards": round(float(np.mean([not ids for _, ids in answers])), 3)}


def _cards(parts: Parts, message: str) -> list[str]:
    """What the chat shows to a first message; nothing is asked back."""
    controller = Controller(parts.rules, parts.keeper, parts.recommender, parts.presenter)

    async def turn() -> list[str]:
        async for part in controller.turn(message, Context(), _CARDS):
            if isinstance(part, Shown):
                return [card["id"] for card in part.cards]
        return []

    return asyncio.run(turn())


def _nearest(parts: Parts, message: str) -> list[str]:
    catalogue, retriever = parts.recommender.catalogue, parts.recommender.recall.retriever
    best = np.argsort(-retriever.similarity(message), kind="stable")[:_CARDS]
    return [catalogue.items[place].id for place in best]


if __name__ == "__main__":
    main()
