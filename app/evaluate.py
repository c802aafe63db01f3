"""What `evaluate sequences`, `evaluate dialogues` and `evaluate reading` do, and the JSON they write."""

import argparse
import asyncio
import gzip
import json
import os
import platform
import sys
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agents.evaluation import evaluate_reading
from agents.request import dialogue_request
from app.checks import CommandError
from app.progress import bars, console
from app.settings import DEMO, Settings
from app.wiring import (
    Brain,
    build_brain,
    cap_threads,
    choose_reader,
    open_catalogue,
    open_model,
    open_retriever,
    open_stores,
)
from app.workspace import Workspace
from recommender.arrays import Floats
from recommender.data.readers import ImportFileError
from recommender.data.sequences import Split, time_ordered, timed_histories
from recommender.evaluation.dialogues import dialogue_recall
from recommender.evaluation.metrics import full_ranking
from recommender.evaluation.protocols import frozen_negatives, sampled_ranking
from recommender.serving.fusion import Fusion
from recommender.serving.rank import DIALOGUE_WEIGHTS, Recommender
from recommender.serving.talk import talk_score
from recommender.training.job import load_split, measured_model, split_mark
from recommender.training.recipes import fit_options, new_model, reads_text
from storage.interactions import InteractionStore

_PACKAGES = ("torch", "numpy", "transformers", "sentence-transformers", "chromadb", "rapidfuzz")


def sequences(options: argparse.Namespace, settings: Settings) -> None:
    """Figures of one model on a split; it is trained on this split first unless it already was."""
    if options.protocol == "slmrec" and options.include_past:
        raise CommandError("--include-past is for --protocol full: SLMRec's 999 negatives are never past items.")
    cap_threads(settings)
    workspace = Workspace(options.workspace)
    stores = open_stores(settings, workspace)
    catalogue = open_catalogue(stores, workspace)
    split = _split(options, stores.interactions, [item.id for item in catalogue.items])
    model = measured_model(options.model, split, workspace.model(options.model))
    if model is None:
        with bars() as report:
            text = open_retriever(settings, workspace, catalogue, report).vectors if reads_text(options.model) else None
            model = new_model(options.model, split, text)
            model.fit(
                split,
                fit_options(options.model, split),
                lambda done, total, note: report(f"Training {options.model}: {note}", done, total),
            )
    histories, targets = split.histories("test")
    started = time.perf_counter()
    if options.protocol == "full":
        metrics = full_ranking(model.scores, histories, targets, options.include_past)
    else:
        path = workspace.folder / "negatives" / f"{split_mark(split)}.npy"
        negatives = frozen_negatives(path, histories, targets, split.n_items)
        metrics = sampled_ranking(model.scores, histories, targets, negatives)
    seconds = (time.perf_counter() - started) / max(1, len(targets))
    protocol = options.protocol + (", past items included" if options.include_past else "")
    protocol += ", split by time" if options.split == "time" else ""
    _report(options, f"workspace {workspace.folder.name}, {protocol}", options.model, len(targets),
            {k: v.as_json() for k, v in metrics.items()}, seconds)  # fmt: skip


def _split(options: argparse.Namespace, interactions: InteractionStore, items: list[str]) -> Split:
    """The split that the options name.

    Raises:
        ModelError: there are no interactions on any of the items.
        SplitError: a split by time, and the interactions have no usable times.
    """
    split = load_split(interactions, items, options.min_value)
    if options.split == "leave-one-out":
        return split
    return time_ordered(timed_histories(interactions.all(options.min_value), items), items)


def dialogues(options: argparse.Namespace, settings: Settings) -> None:
    """Recall of the recommended items of real dialogues: by weights learnt from dialogues where the workspace has them
    (`models/fusion.json`) or speaks of films, else by the whole line of reading, taste and ranking."""
    cap_threads(settings)
    rows = _rows(options.turns)[: options.limit]
    brain = _brain(options, settings, use_model=False)
    recall = brain.recommender.recall
    recommender = Recommender(recall, DIALOGUE_WEIGHTS)
    learnt = Workspace(options.workspace).model("fusion.json")
    films = "genres" in brain.catalogue.categorical and "year" in brain.catalogue.numeric
    if films and not learnt.exists():
        learnt = DEMO / "fusion.json"  # learnt from talk about films
    score, name = None, "rules, neighbours, text, likeness, facets, popularity, recency"
    if learnt.exists():
        score = talk_score(Fusion.load(learnt), brain.catalogue, recall.retriever, recall.counts)
        name = "sources of talk, weights learnt from dialogues"

    def by_line(context: Sequence[dict[str, str]], mentioned: Sequence[str]) -> Floats:
        return recommender.score_all(dialogue_request(brain.rules, brain.keeper, context, mentioned))

    with bars() as report:
        result = dialogue_recall(
            score or by_line, brain.catalogue, rows, lambda done: report("Dialogue turns", done, len(rows))
        )
    if result.skipped:
        console.print(f"{result.skipped:,} recommended items are not in the catalogue: counted as not found")
    _report(options, options.turns.name, name, result.n,
            {k: v.as_json() for k, v in result.metrics.items()}, result.seconds_per_turn)  # fmt: skip


def reading(options: argparse.Namespace, settings: Settings) -> None:
    """How well messages are read, by the rules or by the language model."""
    cap_threads(settings)
    rows = _rows(options.turns)
    brain = _brain(options, settings, use_model=False)
    wish = settings.reader if options.reader == "auto" else options.reader
    model, note = open_model(settings) if wish != "rules" else (None, "")
    if model is None and wish in ("llm", "tuned"):
        raise ImportFileError(f"There is no language model to measure: {note}")
    reader = choose_reader(wish, model, brain.titles, brain.rules, timeout_s=20.0)
    name = model.name if model is not None and reader is not brain.rules else "rules"
    with bars() as report:
        scores = asyncio.run(
            evaluate_reading(reader, rows, options.lower_case, lambda done: report("Messages", done, len(rows)))
        )
    if options.mistakes:
        text = "\n".join(json.dumps(mistake, ensure_ascii=False) for mistake in scores.mistakes)
        _write(options.mistakes, text)
    seconds = sum(scores.milliseconds) / 1000 / max(1, scores.rows)
    _report(options, options.turns.name, name, scores.rows, scores.metrics(), seconds)


def _brain(options: argparse.Namespace, settings: Settings, use_model: bool) -> Brain:
    workspace = Workspace(options.workspace)
    stores = open_stores(settings, workspace)
    catalogue = open_catalogue(stores, workspace)
    with bars() as report:
        retriever = open_retriever(settings, workspace, catalogue, report)
    return build_brain(settings, workspace, catalogue, retriever, use_model=use_model)


def _rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file, gzipped or not.

    Raises:
        ImportFileError: the file is missing, empty, or has a line that is no JSON object; says which.
    """
    opener: Callable[..., Any] = gzip.open if path.suffix == ".gz" else open
    rows: list[dict[str, Any]] = []
    try:
        with opener(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise ImportFileError(f"{path}: line {number} is no JSON object.")
                    rows.append(row)
    except ImportFileError:
        raise
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise ImportFileError(f"{path} cannot be read as JSON lines ({error}).") from error
    if not rows:
        raise ImportFileError(f"{path} holds no rows.")
    return rows


def _report(
    options: argparse.Namespace, dataset: str, model: str, n: int, metrics: Mapping[str, Any], seconds: float
) -> None:
    figures = {
        "dataset": dataset,
        "model": model,
        "n": n,
        "metrics": dict(metrics),
        "seconds_per_row": round(seconds, 6),
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.platform(),
        },
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "date": time.strftime("%Y-%m-%d"),
        "command": "python app.py " + " ".join(sys.argv[1:]),
    }
    print(f"{dataset} · {model} · n={n} · {seconds * 1000:.2f} ms a row")
    for name, value in metrics.items():
        print(f"  {name:20s} {_figure(value)}")
    if options.json:
        _write(options.json, json.dumps(figures, indent=2, ensure_ascii=False))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise ImportFileError(f"{path} cannot be written ({error}). Choose another place.") from error


def _figure(value: Any) -> str:
    if isinstance(value, dict) and "mean" in value:
        return f"{value['mean']:.4f} ± {value['se']:.4f}"
    if isinstance(value, dict):
        return "  ".join(f"{k} {_figure(v)}" for k, v in value.items())
    return str(value)
