"""The table of `python app.py models`: what each model is, and how well it ranked, in the benchmarks and here.

Reads the result files that the benchmarks wrote and the reports kept with trained models; measures nothing.
"""

import json
import os
import sys
from collections import defaultdict
from dataclasses import dataclass, field
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
from recommender.training.recipes import NAMES, VARIANTS, kind

RESULTS = Path(__file__).resolve().parents[1] / "benchmarks" / "results"
_METRIC = "ndcg@10"
_CAPTION = (
    "Parameters: in all, and without item vectors. ×: against the same model without its teacher; of several ways of "
    "teaching the best."
)
_WIDTH = 100  # of a table that is piped somewhere


@dataclass(frozen=True)
class Result:
    """What one result file says of one model.

    Attributes:
        taught_by: the teacher, or "" for a model trained on interactions alone.
        spread: how sure the figure is, in words.
        parameters: "total" and "without_items", where the model has any.
    """

    model: str
    dataset: str
    taught_by: str
    seed: int
    date: str
    ndcg: float
    spread: str
    parameters: dict[str, int]


@dataclass
class Results:
    """What the result files of a folder say, the newest of each model, data set, teacher and seed.

    Attributes:
        unreadable: names of the files that could not be read.
    """

    of_model: dict[str, list[Result]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    def lines(self, model: str) -> list[str]:
        """The figures of a model, one for each data set and teacher; seeds are averaged."""
        groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
        for result in self.of_model.get(model, []):
            groups[result.dataset, result.taught_by].append(result)
        lines = []
        for (dataset, taught_by), group in sorted(groups.items()):
            spread = group[0].spread if len(group) == 1 else f"({len(group)} seeds)"
            figure = f"{fmean(result.ndcg for result in group):.4f} {spread}".strip().replace(" ", "\N{NO-BREAK SPACE}")
            lines.append(f"{dataset} {figure}" + (f", taught by {taught_by}" if taught_by else ""))
        return lines

    def parameters(self, model: str) -> str:
        """How large a model is, by its newest result."""
        results = self.of_model.get(model)
        if not results:
            return "not measured"
        newest = max(results, key=lambda result: result.date).parameters
        if not newest:
            return "not measured" if issubclass(kind(model), NeuralModel) else "counts only"
        return f"{_short(newest['total'])}, {_short(newest['without_items'])}\nwithout items"


def read_results(folder: Path) -> Results:
    """Read the files `quality_*.json` and `distillation_*.json` of a folder; a folder that is not there has none."""
    results = Results()
    newest: dict[tuple[str, str, str, int], Result] = {}
    for path in sorted([*folder.glob("quality_*.json"), *folder.glob("distillation_*.json")]):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if found.get("changed"):
                continue  # a trial of other settings, not the model as it is trained
            result = _result(found)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            results.unreadable.append(path.name)
            continue
        key = (result.model, result.dataset, result.taught_by, result.seed)
        if key not in newest or result.date >= newest[key].date:
            newest[key] = result
    for result in newest.values():
        results.of_model.setdefault(result.model, []).append(result)
    return results


def _result(found: dict[str, Any]) -> Result:
    metrics, taught_by, spread = found["metrics"], "", ""
    if found["benchmark"] == "distillation":
        taught = [arm for arm in metrics if arm != "ce" and not arm.startswith("teacher")]
        arm = max(taught, key=lambda arm: float(metrics[arm][_METRIC]["mean"]))
        members = found["teacher"]["members"]
        taught_by = members[0] if len(members) == 1 else "an ensemble"
        if ratio := found.get("ratios", {}).get(f"{arm} / ce"):
            spread = f"×{ratio['ratio']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})"
        metrics = metrics[arm]
    else:
        spread = f"± {metrics[_METRIC]['se']:.4f}"
    sizes = found.get("parameters") or {}
    parameters = {name: int(sizes[name]) for name in ("total", "without_items")} if sizes else {}
    return Result(
        str(found["model"]), str(found["dataset"]), str(taught_by), int(found.get("seed") or 0), str(found["date"]),
        float(metrics[_METRIC]["mean"]), spread, parameters,
    )  # fmt: skip


def print_models(workspace: Workspace, folder: Path = RESULTS) -> None:
    """Print the table, and which result files could not be read."""
    results = read_results(folder)
    console = Console(width=None if sys.stdout.isatty() or os.environ.get("COLUMNS") else _WIDTH, highlight=False)
    console.print(_table(workspace, results))
    if results.unreadable:
        console.print(f"Not readable, and left out: {', '.join(results.unreadable)}", markup=False)


def _table(workspace: Workspace, results: Results) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=_CAPTION, caption_justify="left")
    table.add_column("Model", no_wrap=True, style="bold")
    table.add_column("What it is", ratio=1)
    table.add_column("Parameters", width=13)
    table.add_column("NDCG@10 in the benchmarks", width=33)  # the longest data set's name and its figure
    table.add_column("This workspace", width=14)
    for name in NAMES:
        here = _here(workspace, name)
        if name in VARIANTS and here is None and name not in results.of_model:
            continue  # a variant is of interest where somebody tried it
        model = kind(name)
        what = (model.__doc__ or "").strip().splitlines()[0]
        if name in VARIANTS:
            what = f"A variant of {model.name}."
        measured = "\n".join(results.lines(name)) or "not measured"
        table.add_row(
            name, f"{what}\n[dim]{escape(model.paper)}[/dim]", results.parameters(name), measured, here or "not trained"
        )
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
