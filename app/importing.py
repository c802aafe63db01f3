"""What `import` does: files in, and one line on everything that changed."""

import argparse
import json
import shlex
from pathlib import Path
from typing import Any

from app.checks import CommandError
from app.progress import Report, bars, console
from app.settings import DEMO, Settings
from app.wiring import Stores, open_catalogue, open_stores
from app.workspace import Workspace, demo_items
from recommender.catalogue import Catalogue, load_phrases
from recommender.data.readers import ImportFileError, Loaded, read_events, read_items
from storage.records import EventRecord, ItemRecord

_SHOWN_BAD_ROWS = 10


def import_(options: argparse.Namespace, settings: Settings) -> None:
    """Load items, events or both; nothing is changed unless every given file can be read."""
    workspace = Workspace(options.workspace)
    stores = open_stores(settings, workspace)
    with bars() as report:
        items = _read(read_items, options.items, options, report, "Reading items") if options.items else None
        catalogue = Catalogue(items.rows if items is not None else stores.items.all() or demo_items())
        events = (
            _read(read_events, options.events, options, report, "Reading events", catalogue=catalogue)
            if options.events
            else None
        )
    # What replaces more must not be the few rows that a broken export left; events are added, and do no such harm.
    for path, loaded, stored in (
        (options.items, items, stores.items.count()),
        (options.events, events if options.replace else None, stores.interactions.count()),
    ):
        few = loaded is not None and loaded.n_bad > len(loaded.rows) and stored > len(loaded.rows)
        if loaded is not None and few and not options.lenient:
            raise ImportFileError(
                f"Only {len(loaded.rows):,} of the {len(loaded.rows) + loaded.n_bad:,} rows of {path.name} can be "
                "used, too few to replace what is stored. Correct the file, or import it with --lenient."
            )
    phrases = _phrase_text(options.phrases) if options.phrases else None
    if items is None:
        open_catalogue(stores, workspace)  # the demo's, where there is none yet
    else:
        _replace_items(items.rows, stores, workspace)
        if events is None and (adopted := workspace.adopt_demo_models(catalogue)):
            console.print(f"{adopted:,} films are known from the demo: its models serve until you train your own")
            phrases = phrases or _phrase_text(DEMO / "phrases.json")
    if phrases is not None:
        (workspace.folder / "phrases.json").write_text(phrases, encoding="utf-8")
    if events is not None:
        _store_events(events.rows, stores, options.replace)
    where = f"--workspace {shlex.quote(str(options.workspace))}"
    train = f"python app.py train {where}, then " if stores.interactions.count() else ""
    console.print(f"Next: {train}python app.py serve {where}", highlight=False, markup=False)


def _replace_items(items: list[ItemRecord], stores: Stores, workspace: Workspace) -> None:
    """Make these the whole catalogue, and say which items that takes away."""
    before = {item.id for item in stores.items.all()}
    stores.items.replace_all(items)
    phrases, models = workspace.folder / "phrases.json", workspace.folder / "models"
    forgotten = [what for what, path in (("models", models), ("phrase table", phrases)) if path.exists()]
    workspace.drop_models()  # they belong to another catalogue
    phrases.unlink(missing_ok=True)
    gone = len(before.difference(item.id for item in items))
    console.print(
        f"{len(items):,} items" + (f"; {gone:,} of the {len(before):,} stored before are no longer there" * bool(gone))
    )
    if forgotten:
        console.print(f"Forgotten with the catalogue before: its {' and its '.join(forgotten)}")


def _store_events(events: list[EventRecord], stores: Stores, replace: bool) -> None:
    """Add these to the interactions, or make them the only ones, and say how many there were, come and are."""
    before = stores.interactions.count()
    if replace:
        console.print(f"--replace: the {before:,} interactions stored before go")
        new = stores.interactions.replace_all(events)
    else:
        new = stores.interactions.add(events)
    known = len(events) - new
    console.print(
        f"Interactions: {before:,} stored before, {new:,} new"
        + f" ({known:,} of the file's {len(events):,} were there already)" * bool(known)
        + f", {stores.interactions.count():,} now"
    )


def _read(reader: Any, path: Path, options: argparse.Namespace, report: Report, what: str, **more: Any) -> Loaded[Any]:
    loaded: Loaded[Any] = reader(
        path, strict=options.strict, on_progress=lambda share: report(what, round(100 * share), 100), **more
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
