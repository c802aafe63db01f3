"""Recall of what was really recommended in ReDial, by sources fused with weights learnt from other dialogues.

Two folds by dialogue: counts and weights come from one half, the figures from the other, and then the other way round,
so that every figure is held out. Beside the dialogues it reads MovieLens ratings, joined by title and year, and what
the packaged language model says of the films (a quarter of an hour the first time, kept in benchmarks/cache). The
fitting half's own counts leave out the dialogue that a turn belongs to.

    python -m benchmarks.dialogue.recall [--ablations] [--limit TURNS] [--save FILE]

`--save` learns from all dialogues, with only those sources that a workspace has without dialogues of its own, and
writes the weights for `models/fusion.json` of a workspace.
"""

import argparse
import csv
import gzip
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.settings import DEMO
from benchmarks.common import data_dir, kept, text_vectors, write_result
from benchmarks.dialogue.llm_sources import LLMSources
from recommender.arrays import Floats
from recommender.catalogue import Catalogue, load_phrases
from recommender.data.readers import read_items
from recommender.data.sequences import Split
from recommender.data.titles import split_year, title_key
from recommender.evaluation.metrics import Estimate, estimate
from recommender.features.embedder import SentenceEmbedder
from recommender.models.base import FitOptions
from recommender.models.ease import EASE
from recommender.serving.recall import standardise
from recommender.serving.talk import CHOSEN, Talk, TalkSources, read_talk
from recommender.serving.together import SimilarTalks, Together
from recommender.training.fusion import Turn, fit_fusion, gold_ranks, sampled

CUTOFFS = (1, 5, 10, 20, 50)
_OTHERS = 1_500  # items beside the gold ones that a turn is learnt from
ABLATIONS: dict[str, tuple[str, ...]] = {
    "no student": ("student", "rated together: small", "rated together: 1m"),
    "no text": ("text:", "alike", "most alike", "similar talks"),
    "no co-mention": ("named together", "similar talks"),
    "no counts of dialogues": ("named together", "similar talks", "named: how often"),
    "no ratings": ("student", "rated", CHOSEN),
    "no LLM": ("llm:",),
    "no facets": ("spoken:", "mostly:", "shared:", "same time", "title words"),
}
_ALIAS = re.compile(r"^(.*?)\s*\((?:a\.k\.a\.\s*)?(.*)\)$")


@dataclass(frozen=True)
class Ratings:
    """Who rated what, in positions of the catalogue."""

    small: list[list[int]]
    million: list[list[int]]


def main() -> None:
    """Measure, and write `benchmarks/results/dialogue_recall.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ablations", action="store_true", help="refit without each group of sources")
    parser.add_argument("--limit", type=int, help="only the first turns, to try it out; writes nothing")
    parser.add_argument("--save", type=Path, help="learn from everything, write the weights here, and measure nothing")
    options = parser.parse_args()
    started = time.process_time()
    catalogue, rows = load(options.limit)
    turns, sources, talks = all_features(catalogue, rows)
    if options.save:
        rng = np.random.default_rng(0)
        served = [s for s in sources if not s.startswith(("rated", "student", "llm:"))]
        columns = [sources.index(s) for s in served]
        narrow = (replace(turn, features=turn.features[:, columns]) for turn in turns)
        fit_fusion([sampled(turn, _OTHERS, rng) for turn in narrow], served).save(options.save)
        return
    found: dict[str, list[npt.NDArray[np.int64]]] = defaultdict(list)
    weights = []
    for fold in (0, 1):
        learn, test, names = with_counts(turns, sources, talks, rows, catalogue, fold)
        variants: dict[str, tuple[str, ...]] = {"all": (), **(ABLATIONS if options.ablations else {})}
        for variant, starts in variants.items():
            fusion = fit_fusion(learn, names, [name for name in names if name.startswith(starts)] if starts else [])
            found[variant].append(gold_ranks(test, fusion))
            if variant == "all":
                weights.append({n: [round(float(w), 3) for w in fusion.weights[:, c]] for c, n in enumerate(names)})
            print(f"{variant}, fold {fold}: {line(recalls(found[variant][-1]))}", flush=True)
    metrics = {variant: recalls(np.concatenate(ranks)) for variant, ranks in found.items()}
    for variant, figures in metrics.items():
        print(f"{variant}: {line(figures)}")
    seconds = time.process_time() - started
    print(f"{seconds:.0f} processor seconds")
    if options.limit is None:
        full = np.concatenate(found["all"])
        write_result(
            "dialogue_recall", benchmark="dialogue", dataset="redial (validation part, 990 dialogues, 2,732 turns)",
            model="log-linear fusion, weights learnt from dialogues", n=len(full),
            protocol="two folds by dialogue: counts and weights from one half, measured on the other; whole catalogue "
            f"of {len(catalogue):,} films ranked, films already mentioned left out",
            metrics=recalls(full),
            ablations={v: {k: e.as_json() for k, e in m.items()} for v, m in metrics.items() if v != "all"},
            weights_by_fold=weights, processor_seconds=round(seconds),
        )  # fmt: skip


def load(limit: int | None = None) -> tuple[Catalogue, list[dict[str, Any]]]:
    """ReDial's films, with the phrases of the demo, and its turns."""
    folder = data_dir() / "redial"
    phrases = load_phrases(json.loads((DEMO / "phrases.json").read_text(encoding="utf-8")))
    catalogue = Catalogue(read_items(folder / "items.jsonl.gz").rows, phrases)
    with gzip.open(folder / "recommendation_turns.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(row) for row in file]
    return catalogue, rows[:limit]


def folds(rows: Sequence[dict[str, Any]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(n_rows,) the number of each row's dialogue, and its fold, 0 or 1: dialogues in order of id alternate."""
    numbers = {dialogue: n for n, dialogue in enumerate(sorted({row["dialogue"] for row in rows}))}
    talks = np.array([numbers[row["dialogue"]] for row in rows], dtype=np.int64)
    return talks, talks % 2


def all_features(catalogue: Catalogue, rows: Sequence[dict[str, Any]]) -> tuple[list[Turn], list[str], list[Talk]]:
    """Features that need no other dialogue, of every turn."""
    talks = [read_talk(catalogue, row["context"], row["mentioned"]) for row in rows]
    vectors = text_vectors("redial", [catalogue.describe(item) for item in catalogue.items])
    spoken = encoded([said_of(talk) for talk in talks] + [talk.words or "-" for talk in talks])
    sources = TalkSources(catalogue, vectors, lambda text: vectors @ spoken[text])
    llm = LLMSources(catalogue)
    ratings = rated(catalogue)
    small = Together(ratings.small, len(catalogue), shrinkage=300.0)
    million = Together(ratings.million, len(catalogue), shrinkage=1000.0)
    student, known = student_of(ratings.small)
    always = {CHOSEN: np.log1p(small.counts), "rated: 1m": np.log1p(million.counts)}

    def said(talk: Talk) -> dict[str, Floats]:
        found = sources.scores(talk) | llm.scores(talk) | always
        if talk.named:
            found["rated together: small"] = small.lift(talk.named, talk.weights)
            found["rated together: 1m"] = million.lift(talk.named, talk.weights)
            history = [known[p] for p in talk.named if p in known]
            liked = np.full(len(catalogue), np.nan, dtype=np.float32)
            liked[list(known)] = student.scores([np.array(history, dtype=np.int32)])[0]
            found["student"] = standardise(liked)
        return found

    names = max((list(said(talk)) for talk in talks[:20]), key=len)  # a talk that names nothing has fewer
    return [_turn(said(talk), names, row, talk, catalogue) for row, talk in zip(rows, talks, strict=True)], names, talks


def with_counts(
    turns: Sequence[Turn],
    sources: Sequence[str],
    talks: Sequence[Talk],
    rows: Sequence[dict[str, Any]],
    catalogue: Catalogue,
    fold: int,
) -> tuple[list[Turn], list[Turn], list[str]]:
    """The turns of the learning half and of the other, with the counts of the learning half's dialogues added."""
    dialogue, half = folds(rows)
    learning = [int(row) for row in np.flatnonzero(half == fold)]
    sets: dict[int, set[int]] = defaultdict(set)
    for row in learning:
        sets[int(dialogue[row])].update(p for p in (*turns[row].gold, *talks[row].named))
    place = {number: n for n, number in enumerate(sets)}
    together = Together([sorted(s) for s in sets.values()], len(catalogue), shrinkage=10.0)
    spoken = encoded([said_of(talk) for talk in talks])
    vectors = [spoken[said_of(talk)] for talk in talks]
    alike = SimilarTalks(np.stack([vectors[row] for row in learning]), [turns[row].gold for row in learning],
                         np.array([place[int(dialogue[row])] for row in learning]), len(catalogue))  # fmt: skip
    halves: tuple[list[Turn], list[Turn]] = ([], [])
    rng = np.random.default_rng(fold)
    for row, turn in enumerate(turns):
        own = place.get(int(dialogue[row]))
        popular = together.popularity(own)
        talk = talks[row]
        lift = together.lift(talk.named, talk.weights, own) if talk.named else np.zeros_like(popular)
        counted = np.stack([popular, lift, alike.lift(vectors[row], own)], axis=1).astype(np.float16)
        whole = replace(turn, features=np.concatenate([turn.features, counted], axis=1))
        held_out = bool(half[row] != fold)
        halves[held_out].append(whole if held_out else sampled(whole, _OTHERS, rng))
    return *halves, [*sources, "named: how often", "named together", "similar talks"]


def rated(catalogue: Catalogue) -> Ratings:
    """MovieLens small and 1M, joined to the catalogue by title and year."""
    titles: dict[str, list[int]] = defaultdict(list)
    for position, item in enumerate(catalogue.items):
        titles[title_key(item.title)].append(position)
    years = catalogue.numeric["year"]
    with gzip.open(data_dir() / "movielens-small" / "movies.csv.gz", "rt", encoding="utf-8") as file:
        films = {row["movieId"]: _joined(row["title"], titles, years) for row in csv.DictReader(file)}
    small: dict[str, set[int]] = defaultdict(set)
    with gzip.open(data_dir() / "movielens-small" / "ratings.csv.gz", "rt", encoding="utf-8") as file:
        for rating in csv.DictReader(file):
            if (film := films[rating["movieId"]]) is not None:
                small[rating["userId"]].add(film)
    older = {i.id: _joined(i.title, titles, years) for i in read_items(data_dir() / "movielens-1m/items.jsonl.gz").rows}
    with gzip.open(data_dir() / "movielens-1m" / "sequences.txt.gz", "rt", encoding="utf-8") as file:
        people = (person.split()[1:] for person in file)
        million = [sorted({p for i in ids if (p := older.get(i)) is not None}) for ids in people]
    return Ratings([sorted(s) for s in small.values()], million)


def student_of(sets: Sequence[Sequence[int]]) -> tuple[EASE, dict[int, int]]:
    """EASE on ratings, and position → its index, of the items that anyone rated."""
    positions = sorted({position for rated_ in sets for position in rated_})
    known = {position: index for index, position in enumerate(positions, start=1)}
    histories = [np.array([known[p] for p in rated_], dtype=np.int32) for rated_ in sets]
    none = np.zeros(len(histories), dtype=np.int32)
    split = Split(tuple(map(str, positions)), tuple(map(str, range(len(histories)))), histories, none, none)
    model = EASE(split.items, decay=1.0)
    model.fit(split, FitOptions())
    return model, known


def encoded(texts: Iterable[str]) -> dict[str, Floats]:
    """text → its MiniLM vector, kept under benchmarks/cache."""
    unique = list(dict.fromkeys(texts))
    vectors = kept("redial_words", unique, lambda: SentenceEmbedder().encode(unique))
    return dict(zip(unique, vectors, strict=True))


def said_of(talk: Talk) -> str:
    """What of a talk is compared with the films and with other talks."""
    return talk.asked or talk.words or "-"


def recalls(ranks: npt.NDArray[np.int64]) -> dict[str, Estimate]:
    """recall@k of gold items."""
    return {f"recall@{k}": estimate((ranks <= k).astype(np.float64)) for k in CUTOFFS}


def line(figures: dict[str, Estimate]) -> str:
    """Figures for people."""
    return "  ".join(f"{name} {value.mean:.4f}" for name, value in figures.items())


def _turn(found: dict[str, Floats], names: list[str], row: dict[str, Any], talk: Talk, catalogue: Catalogue) -> Turn:
    features = np.zeros((len(catalogue), len(names)), dtype=np.float16)  # two gigabytes otherwise
    for column, name in enumerate(names):
        if name in found:
            features[:, column] = found[name]
    gold = tuple(catalogue.position[i] for i in row["gold"])
    return Turn(features, gold, talk.named, len(talk.named))


def _joined(title: str, titles: dict[str, list[int]], years: Floats) -> int | None:
    """The film of this title within a year of it; one without a year where there is none."""
    name, year = split_year(title)
    other = _ALIAS.match(name)
    for candidate in (other[1], other[2]) if other else (name,):
        here = titles.get(title_key(candidate), [])
        near = [p for p in here if year and abs(years[p] - year) <= 1]
        undated = [p for p in here if np.isnan(years[p])]
        if near or undated:
            return near[0] if near else undated[0]
    return None


if __name__ == "__main__":
    main()
