"""A simulated user talks with the demo: how often, and how soon, is the film it has in mind among the five cards?

The whole line runs in process: rules read, templates speak, no language model. The two controls are asked the same way:
the same reading with cards by popularity alone, and semantic search over everything said, without constraints. A
conversation that does not find the film within five turns counts as five turns in the average. Beside that: of all
cards shown while a hard constraint stood (years, length, an excluded genre), how many meet them all, by what the user
said and the catalogue's facts, not by the plan.

    python -m benchmarks.dialogue.simulate [--targets 150] [--seeds 0 1 2] [--misses FILE]
"""

import argparse
import asyncio
import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from agents.controller import Context, Controller, Shown
from agents.plan import Message
from app.settings import Settings
from app.wiring import Brain, build_brain, cap_threads, open_catalogue, open_retriever, open_stores
from app.workspace import Workspace
from benchmarks.common import write_result
from benchmarks.dialogue.user import PHRASINGS, User
from recommender.catalogue import Catalogue
from recommender.evaluation.metrics import Estimate, estimate
from recommender.serving.rank import Recommender, Weights
from recommender.serving.retrieve import Retriever

TURNS, CARDS = 5, 5
POPULARITY = Weights(
    student=0, neighbours=0, text=0, words=0, likeness=0, facets=0, popular=1, recent=0, aversion=0, diversity=0
)


class Answerer(Protocol):
    """One conversation's other side."""

    async def answer(self, message: str) -> tuple[list[str], list[dict[str, str]]]:
        """Ids of the cards shown, best first, and what can be tapped."""


class Chat:
    """A controller, with what one conversation remembers."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._context = Context()

    async def answer(self, message: str) -> tuple[list[str], list[dict[str, str]]]:
        shown: Shown | None = None
        async for part in self._controller.turn(message, self._context, CARDS):
            shown = part if isinstance(part, Shown) else shown
        assert shown is not None
        history = [*self._context.history, Message(role="user", text=message)]
        self._context = Context(history, shown.taste, last_cards=shown.cards or self._context.last_cards)
        return [card["id"] for card in shown.cards], shown.chips


class Search:
    """Semantic search over everything said so far; what was shown does not come again."""

    def __init__(self, retriever: Retriever, catalogue: Catalogue) -> None:
        self._retriever, self._catalogue = retriever, catalogue
        self._words: list[str] = []
        self._shown: list[int] = []

    async def answer(self, message: str) -> tuple[list[str], list[dict[str, str]]]:
        self._words.append(message)
        scores = self._retriever.similarity(" ".join(self._words)).copy()
        scores[self._shown] = -np.inf
        best = [int(p) for p in np.argsort(-scores, kind="stable")[:CARDS]]
        self._shown += best
        return [self._catalogue.items[p].id for p in best], []


@dataclass
class Outcome:
    """One conversation. `turns`: in which turn the film was shown, or None."""

    target: str
    turns: int | None = None
    judged: int = 0  # cards shown while a hard constraint stood
    met: int = 0
    said: list[str] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)  # message, card that broke a constraint


async def converse(user: User, target: str, other: Answerer, catalogue: Catalogue) -> Outcome:
    """At most five turns."""
    outcome = Outcome(target)
    message = user.opening()
    for turn in range(1, TURNS + 1):
        ids, chips = await other.answer(message)
        outcome.said.append(message)
        shown = [catalogue[i] for i in ids]
        if user.hard:
            outcome.judged += len(shown)
            outcome.met += sum(user.hard.met_by(item) for item in shown)
            outcome.wrong += [(message, item.id) for item in shown if not user.hard.met_by(item)]
        if target in ids:
            outcome.turns = turn
            return outcome
        message = user.reaction(shown, chips)
    return outcome


async def simulate(catalogue: Catalogue, open_chat: Callable[[], Answerer], n_targets: int, seed: int) -> list[Outcome]:
    """One conversation for each of `n_targets` films drawn at random; a seed gives the same targets to everybody."""
    draw = random.Random(seed)
    known = [i for i in catalogue.items if "year" in i.attributes and "runtime" in i.attributes]
    targets = draw.sample(known, min(n_targets, len(known)))
    return [
        await converse(User(item, random.Random(f"{seed} {item.id}")), item.id, open_chat(), catalogue)
        for item in targets
    ]


def figures(outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
    """hit@5 by turn, average turns (a miss counts five), and the share of judged cards that meet what was said."""
    turns = np.array([o.turns or np.inf for o in outcomes])
    by_turn = {f"hit@5 by turn {t}": estimate((turns <= t).astype(np.float64)) for t in range(1, TURNS + 1)}
    judged, met = sum(o.judged for o in outcomes), sum(o.met for o in outcomes)
    cards = np.concatenate([np.ones(met), np.zeros(judged - met)])
    return {**by_turn, "turns": estimate(np.minimum(turns, TURNS)), "constraints met": estimate(cards)}


def main() -> None:
    """Run every arm, print, and write `benchmarks/results/dialogue_simulated.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=int, default=150)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", choices=("palate", "most popular", "semantic search"), help="one arm; no result file")
    parser.add_argument("--workspace", type=Path, help="a workspace of the demo to use; by default a temporary one")
    parser.add_argument("--misses", type=Path, help="write the failed conversations, as JSON lines")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        brain, catalogue, retriever = open_demo(options.workspace or Path(folder))
        arms: dict[str, Callable[[], Answerer]] = {
            "palate": lambda: Chat(brain.controller),
            "most popular": lambda: Chat(by_popularity(brain)),
            "semantic search": lambda: Search(retriever, catalogue),
        }
        found: dict[str, dict[int, list[Outcome]]] = defaultdict(dict)
        for name, open_chat in arms.items():
            if options.only in (None, name):
                for seed in options.seeds:
                    found[name][seed] = asyncio.run(simulate(catalogue, open_chat, options.targets, seed))
                    print(f"{name}, seed {seed}: {line(figures(found[name][seed]))}", flush=True)
    results = {name: figures([o for outcomes in seeds.values() for o in outcomes]) for name, seeds in found.items()}
    for name, metrics in results.items():
        print(f"{name}: {line(metrics)}")
    if options.misses:
        failed = [vars(o) for o in chain.from_iterable(found["palate"].values()) if o.turns is None or o.wrong]
        options.misses.write_text("".join(json.dumps(o, ensure_ascii=False) + "\n" for o in failed), encoding="utf-8")
    if options.only is None:
        write(options, results, found, len(catalogue))


def write(
    options: argparse.Namespace, results: dict[str, Any], found: dict[str, dict[int, list[Outcome]]], n_items: int
) -> None:
    """The result file."""
    seeds = {
        name: {str(seed): {k: e.as_json() for k, e in figures(outcomes).items()} for seed, outcomes in by_seed.items()}
        for name, by_seed in found.items()
    }
    write_result(
        "dialogue_simulated", benchmark="dialogue", dataset=f"demo catalogue, {n_items:,} films",
        model="rules, demo models, templates; no language model",
        n=len(options.seeds) * options.targets, metrics=results["palate"],
        protocol=f"{options.targets} hidden films drawn uniformly for each seed, {TURNS} turns of {CARDS} cards, "
        f"{PHRASINGS} phrasings; a miss counts {TURNS} turns; constraints met: of cards shown while years, length or "
        "an excluded genre stood",
        controls={n: {k: e.as_json() for k, e in m.items()} for n, m in results.items() if n != "palate"},
        by_seed=seeds,
    )  # fmt: skip


def open_demo(folder: Path) -> tuple[Brain, Catalogue, Retriever]:
    """The demo's service parts, without a language model."""
    settings = Settings(llm="off")
    cap_threads(settings)
    workspace = Workspace(folder)
    stores = open_stores(settings, workspace)
    catalogue = open_catalogue(stores, workspace)
    retriever = open_retriever(settings, workspace, catalogue)
    return build_brain(settings, workspace, catalogue, retriever, use_model=False), catalogue, retriever


def by_popularity(brain: Brain) -> Controller:
    """The same reading and constraints; of what meets them, the most popular."""
    recommender = Recommender(brain.recommender.recall, POPULARITY)
    return Controller(brain.rules, brain.keeper, recommender, brain.presenter)


def line(metrics: dict[str, Estimate]) -> str:
    """Figures for people."""
    return "  ".join(f"{name.replace('hit@5 by turn ', 'h')} {value.mean:.3f}" for name, value in metrics.items())


if __name__ == "__main__":
    main()
