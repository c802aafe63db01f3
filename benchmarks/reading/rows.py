"""Messages with known plans, from five places: our own test file, held-out seeds, strangers, Chinese, ReDial's users.

Each set comes with the catalogue it speaks of. A row is what `app.py evaluate reading` takes.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.reading.rules import RuleReader
from agents.tuning.dialogues import Half, messages
from agents.tuning.expand import World, filled, worlds
from agents.tuning.seeds import Seed, held_out, load_seeds
from benchmarks.common import ROOT, data_dir
from recommender.catalogue import Catalogue, load_phrases
from recommender.data.readers import read_items

DEMO = ROOT / "data" / "demo"
HERE = Path(__file__).parent
_READING = ROOT / "data" / "reading"


@dataclass(frozen=True)
class RowSet:
    """Rows and the catalogue that they speak of."""

    rows: list[dict[str, Any]]
    titles: TitleLinker
    rules: RuleReader
    catalogue: Catalogue


def demo_catalogue() -> Catalogue:
    """The films of the demo with what people call their qualities."""
    phrases = json.loads((DEMO / "phrases.json").read_text(encoding="utf-8"))
    return Catalogue(read_items(DEMO / "catalogue.jsonl").rows, load_phrases(phrases))


def own(name: str) -> RowSet:
    """A file beside this one: test, dev or chinese."""
    lines = (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return _row_set([json.loads(line) for line in lines], demo_catalogue())


def held_out_seeds() -> list[RowSet]:
    """Messages from the seeds that tuning never sees, one set for each domain."""
    return _of_seeds(held_out(load_seeds(_READING))[1], variants=2)


def strangers(folder: str = "strangers") -> list[RowSet]:
    """Messages by a writer who saw no seed, one set for each domain; nothing was learnt or chosen from them.

    The second writer was asked for what is hard: verdicts said sideways, sarcasm, several names in a sentence.

    Those that some seed has word for word ("how long is {neutral}") are left out.
    """
    known = {seed.key for seed in load_seeds(_READING)}
    return _of_seeds([seed for seed in load_seeds(HERE / folder) if seed.key not in known], variants=1)


def _of_seeds(seeds: Sequence[Seed], variants: int) -> list[RowSet]:
    random_ = random.Random(1)  # not for secrets
    sets = []
    for domain, world in worlds(demo_catalogue(), _READING).items():
        rows = [_seed_row(seed, world, random_) for seed in seeds if seed.domain == domain for _ in range(variants)]
        sets.append(_row_set(rows, world.catalogue))
    return sets


def _seed_row(seed: Seed, world: World, random_: random.Random) -> dict[str, Any]:
    message, history, names = filled(seed, world, random_)
    mentions = []
    for start, end, stance in names:
        name = message[start:end]
        mentions.append({"text": name, "id": world.titles.lookup(name), "stance": stance})
    turns = [{"role": m.role, "text": m.text} for m in history]
    ranges = None if seed.ranges is None else [bounds.model_dump() for bounds in seed.ranges]
    expected = {"intent": seed.intent, "mentions": mentions, "ranges": ranges}
    return {"message": message, "history": turns, "expected": expected}


def redial(half: Half) -> RowSet:
    """ReDial's seekers: which films they name, and how they stood to them by their own form.

    Args:
        half: "tune" or "report": every second dialogue.

    The form of a film says liked 0 (disliked), 1 (liked) or 2 (did not say); intents are not labelled.
    """
    folder = data_dir() / "redial"
    catalogue = Catalogue(read_items(folder / "items.jsonl.gz").rows)
    rows = list(_redial_rows(folder, half, catalogue))
    return _row_set(rows, catalogue)


def _redial_rows(folder: Path, half: Half, catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    for said in messages(folder, half):
        if said.role == "user":
            mentions = [_mention(item, said.form, catalogue) for item in said.items]
            expected = {"intent": "recommend", "mentions": [m for m in mentions if m]}
            yield {"message": said.text, "history": list(said.earlier), "expected": expected}


def _mention(item: str, form: Mapping[str, Mapping[str, int]], catalogue: Catalogue) -> dict[str, str] | None:
    if item not in catalogue:
        return None
    said = form.get(item, {})
    stance = {0: "disliked", 1: "liked"}.get(said.get("liked", 2), "seen" if said.get("seen") == 1 else "neutral")
    return {"text": catalogue[item].title, "id": item, "stance": stance}


def _row_set(rows: list[dict[str, Any]], catalogue: Catalogue) -> RowSet:
    facets = FacetLinker(catalogue)
    titles = TitleLinker(catalogue, {}, facets.knows)
    return RowSet(rows, titles, RuleReader(titles, facets), catalogue)
