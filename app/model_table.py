"""The tables of `python app.py models`: what each model is, and how well it and its peers ranked in the benchmarks.

Reads the result files that the benchmarks wrote and the reports kept with trained models; measures nothing.
"""

import json
import os
import re
import shlex
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.workspace import Workspace
from recommender.models.base import ModelError, read_meta
from recommender.models.neural import NeuralModel
from recommender.names import NAMES, VARIANTS
from recommender.training.recipes import kind

RESULTS = Path(__file__).resolve().parents[1] / "benchmarks" / "results"
_METRIC = "ndcg@10"
# The way of teaching that is shown, the first that was run: by name, for the best by its figure would be too good.
_ARMS = ("soft .5", "full", "align")
_CHANGES = ("--set", "--epochs", "--people", "--temperature", "--bounds", "--tag")  # options that leave the recipe
_LEGEND = (
    "× peer: against the best model of another library on these data. Taught: with soft labels of weight .5, or, where "
    "that was not run, in full or aligned; × against the same model without its teacher, with its 95% interval."
)
_WIDTH = 100  # of a table that is piped somewhere


@dataclass(frozen=True)
class Result:
    """What one result file says of one model.

    Attributes:
        file: its name.
        taught_by: the teacher, or "" for a model trained on interactions alone.
        changed: what of the recipe was another for this run, or "".
        seeds: how many runs the figure is the mean of; `seed` is that of a single one.
        spread: how sure the figure of a single run is, in words.
        remark: anything else worth knowing, or "".
        parameters: "total" and "without_items", where the model has any.
    """

    file: str
    model: str
    dataset: str
    taught_by: str
    changed: str
    seed: int
    seeds: int
    date: str
    ndcg: float
    spread: str
    remark: str
    parameters: dict[str, int]

    @property
    def peer(self) -> bool:
        """Whether it is another library's model."""
        return not set(self.model.split(",")) <= set(NAMES)

    @property
    def ensemble(self) -> bool:
        """Whether it is several of our models together."""
        return "," in self.model


@dataclass(frozen=True)
class Results:
    """What the result files of a folder say.

    Attributes:
        runs: for each data set, model and teacher those that count, see `_counting`; ours before the peers'.
        unreadable: names of the files that could not be read.
    """

    runs: list[list[Result]]
    unreadable: list[str]

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Data set, model, NDCG@10, times the best peer's, and remarks; seeds are averaged."""
        figures = [fmean(result.ndcg for result in group) for group in self.runs]
        best: dict[str, float] = {}
        for group, figure in zip(self.runs, figures, strict=True):
            if group[0].peer:
                best[group[0].dataset] = max(figure, best.get(group[0].dataset, 0.0))
        rows = []
        for group, figure in zip(self.runs, figures, strict=True):
            first, seeds = group[0], sum(result.seeds for result in group)
            spread = first.spread if seeds == 1 else f"({seeds} seeds)"
            against = 0.0 if first.peer else best.get(first.dataset, 0.0)
            kind_of = "peer" if first.peer else "ensemble" if first.ensemble else ""
            remarks = (kind_of, first.changed, first.remark)
            rows.append(
                (
                    first.dataset,
                    first.model.replace(",", ", "),
                    f"{figure:.4f} {spread}".strip(),
                    f"×{figure / against:.2f}" if against else "",
                    ", ".join(filter(None, remarks)),
                )
            )
        return rows

    def parameters(self, model: str) -> str:
        """How large a model is, by its newest result; those of the recipe come first."""
        results = [result for group in self.runs for result in group if result.model == model]
        if not results:
            return "not measured"
        newest = max(results, key=lambda result: (not result.changed, result.date, result.file)).parameters
        if not newest:
            return "not measured" if issubclass(kind(model), NeuralModel) else "counts only"
        return f"{_short(newest['total'])}, {_short(newest['without_items'])} without items"


def read_results(folder: Path) -> Results:
    """Read the files `quality_*.json` and `distillation_*.json` of a folder; a folder that is not there has none."""
    found: dict[tuple[str, bool, int, str, str], list[Result]] = defaultdict(list)
    unreadable = []
    for path in sorted([*folder.glob("quality_*.json"), *folder.glob("distillation_*.json")]):
        try:
            result = _result(path.stem, json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            unreadable.append(path.name)
            continue
        place = 0 if result.peer else len(NAMES) if result.ensemble else NAMES.index(result.model)
        found[result.dataset, result.peer, place, result.model, result.taught_by].append(result)
    return Results([_counting(found[key]) for key in sorted(found)], unreadable)


def _counting(results: list[Result]) -> list[Result]:
    """Those trained by the recipe, or else with the settings tried last; of each seed the newest."""
    changed = max(results, key=lambda result: (not result.changed, result.date, result.changed)).changed
    newest: dict[int, Result] = {}
    for result in sorted(results, key=lambda result: (result.date, result.file)):
        if result.changed == changed:
            newest[result.seed] = result
    return [newest[seed] for seed in sorted(newest)]


def _result(file: str, found: dict[str, Any]) -> Result:
    model, dataset, seed = str(found["model"]), str(found["dataset"]), int(found.get("seed") or 0)
    metrics, changed, taught_by, seeds = found["metrics"], _changed(str(found.get("command", ""))), "", 1
    if found["benchmark"] == "distillation":
        taught = [arm for arm in metrics if arm != "ce" and not arm.startswith("teacher")]
        arm = next(arm for arm in (*_ARMS, *taught, "") if arm in taught or not arm)
        metrics, members, seeds = metrics[arm], found["teacher"]["members"], len(found["seeds"])
        taught_by = str(members[0]) if len(members) == 1 else f"{len(members)} models"
        spread, remark = "", f"taught by {taught_by}"
        if ratio := found.get("ratios", {}).get(f"{arm} / ce"):
            remark += f": ×{ratio['ratio']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})"
    else:
        # What was tried is part of a file's name, and not always of the command line that an older one keeps.
        changed = changed or file.removeprefix(f"quality_{dataset}_{model}").removesuffix(f"_s{seed}").strip("_")
        spread = f"± {metrics[_METRIC]['se']:.4f}"
        remark = "stopped by time" if found.get("training", {}).get("stopped_by") == "time" else ""
    sizes = found.get("parameters") or {}
    parameters = {name: int(sizes[name]) for name in ("total", "without_items")} if sizes else {}
    return Result(
        file, model, dataset, taught_by, changed, seed, seeds, str(found["date"]),
        float(metrics[_METRIC]["mean"]), spread, remark, parameters,
    )  # fmt: skip


def _changed(command: str) -> str:
    """What a benchmark's command line changed of the recipe."""
    told, option = [], ""
    for word in shlex.split(re.sub(r"(--\w+)=", r"\1 ", command)):
        if word.startswith("--"):
            option = word
        elif option in _CHANGES:
            told.append(word if option == "--set" else f"{option[2:]} {word}")
    return " ".join(told)


def print_models(workspace: Workspace, folder: Path = RESULTS) -> None:
    """Print the tables, and which result files could not be read."""
    results = read_results(folder)
    console = Console(width=None if sys.stdout.isatty() or os.environ.get("COLUMNS") else _WIDTH, highlight=False)
    console.print(_models(workspace, results))
    if results.runs:
        console.print(_benchmarks(results))
        console.print(_LEGEND)
    if results.unreadable:
        console.print(f"Not readable, and left out: {', '.join(results.unreadable)}", markup=False)


def _models(workspace: Workspace, results: Results) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("Model", no_wrap=True, style="bold")
    table.add_column("What it is", ratio=1)
    table.add_column("Parameters", no_wrap=True)
    table.add_column("This workspace", no_wrap=True)
    measured = {group[0].model for group in results.runs}
    for name in NAMES:
        here = _here(workspace, name)
        if name in VARIANTS and here is None and name not in measured:
            continue  # a variant is of interest where somebody tried it
        model = kind(name)
        what = (model.__doc__ or "").strip().splitlines()[0]
        if name in VARIANTS:
            what = f"A variant of {model.name}."
        table.add_row(
            name, f"{what}\n[dim]{escape(model.paper)}[/dim]", results.parameters(name), here or "not trained"
        )
    return table


def _benchmarks(results: Results) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for header in ("Data", "Model", "NDCG@10", "× peer"):
        table.add_column(header, no_wrap=True)
    table.add_column("How it was trained", ratio=1)
    for row in results.rows():
        table.add_row(*map(escape, row))
    return table


def _here(workspace: Workspace, name: str) -> str | None:
    """The figure of the last training in this workspace, or None where there was none."""
    try:
        report = read_meta(workspace.model(name))["report"]
        return f"NDCG@10 {report[_METRIC]:.4f}\nsplit {report['split'][:8]}"
    except (ModelError, KeyError, TypeError, ValueError):
        return None


def _short(count: int) -> str:
    """A count in three digits."""
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return str(count)
