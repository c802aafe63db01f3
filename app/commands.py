"""What `serve`, `import`, `train` and `models` do."""

import argparse
import ipaddress
import json
import socket
import time
from pathlib import Path
from typing import Any

from app.progress import Report, bars, console
from app.settings import DEMO, Settings
from app.wiring import build_brain, cap_threads, open_catalogue, open_retriever, open_stores
from app.workspace import MODEL_NAMES, Workspace, demo_items
from recommender.catalogue import Catalogue, load_phrases
from recommender.data.readers import Loaded, read_events, read_items
from recommender.models import MODELS
from recommender.models.base import FitOptions, ModelError, read_meta
from recommender.training.job import load_split
from recommender.training.job import train as train_model

_SHOWN_BAD_ROWS = 10


class CommandError(Exception):
    """A command cannot do what was asked; the text says what to do next."""


def serve(options: argparse.Namespace, settings: Settings) -> None:
    """Load everything, then listen."""
    started = time.perf_counter()
    if not (_is_loopback(options.host) or options.kiosk or options.public):
        raise CommandError(
            f"Refusing to listen on {options.host} without accounts: everyone who can reach it could chat. "
            "Add --public if that is meant (or --kiosk for a booth), or keep to 127.0.0.1."
        )
    _check_port(options.host, options.port)
    cap_threads(settings)
    workspace = Workspace(options.workspace)
    with bars() as report:
        stores = open_stores(settings, workspace)
        stores.conversations.close_interrupted()
        catalogue = open_catalogue(stores, workspace)
        retriever = open_retriever(settings, workspace, catalogue, report)
        brain = build_brain(settings, workspace, catalogue, retriever)
    # Imported late: Gradio takes seconds, and the other commands need none of it.
    import uvicorn

    from app.server import build_app
    from app.service import ChatService

    app = build_app(ChatService(stores, brain), settings, settings.secret or workspace.secret())
    brain.recommender.recall.retriever.search("warm up", 1)
    model = brain.model.name if brain.model else f"none ({brain.model_note})"
    console.print(
        f"{len(catalogue):,} items · models: {', '.join(workspace.trained()) or 'none'} · language model: {model}"
    )
    console.print(
        f"Palate is ready after {time.perf_counter() - started:.1f} s: http://{options.host}:{options.port}",
        style="bold green",
    )
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning", timeout_graceful_shutdown=3)
    stores.database.close()


def import_(options: argparse.Namespace, settings: Settings) -> None:
    """Load items, events or both; nothing is changed unless every given file can be read."""
    if not (options.items or options.events or options.phrases):
        raise CommandError("Say what to import: --items FILE, --events FILE, or both.")
    workspace = Workspace(options.workspace)
    stores = open_stores(settings, workspace)
    with bars() as report:
        items = _read(read_items, options.items, options.strict, report, "Reading items") if options.items else None
        catalogue = Catalogue(items.rows if items is not None else stores.items.all() or demo_items())
        events = (
            _read(read_events, options.events, options.strict, report, "Reading events", catalogue=catalogue)
            if options.events
            else None
        )
    phrases = _phrase_text(options.phrases) if options.phrases else None
    if items is None:
        open_catalogue(stores, workspace)  # the demo's, where there is none yet
    else:
        stores.items.replace_all(items.rows)
        workspace.drop_models()  # they belong to another catalogue
        (workspace.folder / "phrases.json").unlink(missing_ok=True)
        console.print(f"{len(items.rows):,} items")
        if events is None and (adopted := workspace.adopt_demo_models(catalogue)):
            console.print(f"{adopted:,} films are known from the demo: its models serve until you train your own")
            phrases = phrases or _phrase_text(DEMO / "phrases.json")
    if phrases is not None:
        (workspace.folder / "phrases.json").write_text(phrases, encoding="utf-8")
    if events is not None:
        stores.interactions.replace_all(events.rows)
        console.print(f"{len(events.rows):,} interactions")
    console.print(f"Next: python app.py train --workspace {options.workspace}, then python app.py serve", markup=False)


def train(options: argparse.Namespace, settings: Settings) -> None:
    """Train the models that serve."""
    cap_threads(settings)
    workspace = Workspace(options.workspace)
    stores = open_stores(settings, workspace)
    catalogue = open_catalogue(stores, workspace)
    split = load_split(stores.interactions, [item.id for item in catalogue.items], options.min_value)
    n_events = sum(len(h) for h in split.full())
    console.print(f"{len(split.users):,} people, {split.n_items:,} items, {n_events:,} interactions")
    names = MODEL_NAMES if options.model == "all" else (options.model,)
    fit = FitOptions(epochs=options.epochs, seed=options.seed)
    for name in names:
        with bars() as report:
            text = open_retriever(settings, workspace, catalogue, report).vectors if name == "sasrec" else None

            def progress(done: int, total: int, note: str, name: str = name, report: Report = report) -> None:
                report(f"Training {name}: {note}", done, total)

            result = train_model(name, split, text, workspace.model(name), fit, progress, options.force)
        figures = "  ".join(
            f"{k} {result.metrics[k].mean:.4f} ± {result.metrics[k].se:.4f}" for k in ("hr@10", "ndcg@10")
        )
        console.print(f"{name:10s} {figures}  ({result.seconds:.0f} s)  {result.message}", highlight=False)


def models(options: argparse.Namespace, settings: Settings) -> None:
    """Every model: what it is, and the figures of its last training in this workspace."""
    workspace = Workspace(options.workspace)
    for name, model in sorted(MODELS.items()):
        try:
            report = read_meta(workspace.model(name))["report"]
            figures = f"NDCG@10 {report['ndcg@10']:.4f} (split {report['split']})"
        except (ModelError, KeyError, TypeError, ValueError):
            figures = "not trained in this workspace"
        summary = (model.__doc__ or "").strip().splitlines()[0]
        print(f"{name:10s} {summary} [{model.paper}] {figures}")


def _read(reader: Any, path: Path, strict: bool, report: Report, what: str, **more: Any) -> Loaded[Any]:
    loaded: Loaded[Any] = reader(
        path, strict=strict, on_progress=lambda share: report(what, round(100 * share), 100), **more
    )
    for bad in loaded.bad[:_SHOWN_BAD_ROWS]:
        console.print(f"{path}: line {bad.line}: {bad.reason}", highlight=False, markup=False)
    if loaded.n_bad:
        console.print(
            f"{path}: {loaded.n_bad:,} bad rows left out (--strict refuses them)", highlight=False, markup=False
        )
    for note in loaded.notes:
        console.print(f"{path}: {note}", highlight=False, markup=False)
    return loaded


def _phrase_text(path: Path) -> str:
    """The content of a phrase table that can be read as one."""
    try:
        text = path.read_text(encoding="utf-8")
        load_phrases(json.loads(text))
        return text
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise CommandError(
            f"{path} is not a phrase table ({error}). See data/demo/phrases.json for the form."
        ) from error


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:  # OverflowError: there is no port of that number
            reason = getattr(error, "strerror", None) or error
            raise CommandError(
                f"Port {port} on {host} cannot be used ({reason}). Choose another with --port."
            ) from error
