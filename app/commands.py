"""What `serve`, `train` and `models` do."""

import argparse
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from app.checks import CommandError
from app.model_table import print_models
from app.progress import Report, bars, console
from app.settings import Settings
from app.wiring import build_brain, cap_threads, open_catalogue, open_retriever, open_stores, serving_models
from app.workspace import Workspace
from recommender.arrays import Floats
from recommender.catalogue import Catalogue
from recommender.data.sequences import Split
from recommender.features.llm_vectors import llm_vectors
from recommender.models.base import RESUMES, ModelError
from recommender.models.llm import PACKAGED
from recommender.models.teaching import DistilWeights
from recommender.training import incremental
from recommender.training.distil import DistilOptions, teacher_names
from recommender.training.job import Distillation, Timed, load_histories, split_of, students
from recommender.training.job import train as train_model
from recommender.training.parallel import group, is_main, main_first
from recommender.training.recipes import changed, fit_options, reads_text
from recommender.training.settings import RunSettings, read_settings


def serve(options: argparse.Namespace, settings: Settings) -> None:
    """Load everything, then listen."""
    started = time.perf_counter()
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

    app = build_app(ChatService(stores, brain), settings.secret or workspace.secret())
    brain.recommender.recall.retriever.search("warm up", 1)
    model = brain.model.name if brain.model else f"none ({brain.model_note})"
    ranking = ", ".join(filter(workspace.has, serving_models(settings)))
    console.print(f"{len(catalogue):,} items · models: {ranking or 'none'} · language model: {model}")
    console.print(
        f"Palate is ready after {time.perf_counter() - started:.1f} s: http://{options.host}:{options.port}",
        style="bold green",
    )
    # A turn embeds the few sentences it needs; ahead of time they are done while people may chat already.
    threading.Thread(target=retriever.refresh_sentences, name="sentences", daemon=True).start()
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning", timeout_graceful_shutdown=3)
    stores.database.close()


def train(options: argparse.Namespace, settings: Settings) -> None:
    """Train the models that serve."""
    if options.incremental and options.teacher:
        raise CommandError("--incremental has a teacher: the model as it was. Leave out --teacher, or --incremental.")
    teachers = teacher_names(options.teacher) if options.teacher else ()
    given = read_settings(options.set, settings.student if options.model == "all" else options.model, teachers)
    if options.incremental and given.shape:
        raise CommandError(f"--incremental keeps the model's shape. Leave out --set {' '.join(given.shape)}, or it.")
    if options.incremental and options.item_text != "embedder":
        raise CommandError("--incremental goes on with the text vectors that are there. Leave out --item-text, or it.")
    cap_threads(settings)
    started = time.time()
    workspace = Workspace(options.workspace)
    with group():
        with main_first():
            stores = open_stores(settings, workspace)
            catalogue = open_catalogue(stores, workspace)
        items = [item.id for item in catalogue.items]
        histories = load_histories(stores.interactions, items, options.min_value)
        split = split_of(histories, items)
        n_events = sum(len(h) for h in split.full())
        say = console.print if is_main() else _silent
        say(f"{len(split.users):,} people, {split.n_items:,} items, {n_events:,} interactions")
        if left_out := stores.interactions.count(below=options.min_value):
            say(f"{left_out:,} more are left out: their value is below --min-value {options.min_value:g}")
        distillation = None
        if options.teacher:
            how = changed(DistilOptions(folds=options.folds, seed=options.seed), given.distil)
            weights = changed(DistilWeights(), given.distil)
            distillation = Distillation(teachers, workspace.teachers, how, weights, given.teacher)
        serving = serving_models(settings)
        models = dict.fromkeys(serving) if options.model == "all" else (options.model,)
        for name in models:
            taught = distillation if name in students() or options.model != "all" else None
            told = given if name in students() else RunSettings()
            _train_one(name, told, options, settings, workspace, catalogue, histories, split, taught, say)
            if name not in serving:
                say(f"The chat ranks with {serving[0]}; PALATE_STUDENT={name} lets {name} do it", highlight=False)
        if distillation and is_main():
            workspace.prune_teachers(started)  # those of older data serve no one any more


def _train_one(
    name: str,
    told: RunSettings,
    options: argparse.Namespace,
    settings: Settings,
    workspace: Workspace,
    catalogue: Catalogue,
    histories: Timed,
    split: Split,
    distillation: Distillation | None,
    say: Callable[..., None],
) -> None:
    checkpoint = workspace.folder / "training" / name
    if options.restart:
        shutil.rmtree(checkpoint, ignore_errors=True)
        if distillation:
            shutil.rmtree(distillation.cache, ignore_errors=True)
    incumbent = _incumbent(name, workspace, histories, split, say) if options.incremental else None
    needs_text = reads_text(name) or (distillation is not None and any(map(reads_text, distillation.names)))
    with bars() if is_main() else nullcontext(_silent) as report:
        with main_first():
            text = _text_vectors(options, settings, workspace, catalogue, told, report) if needs_text else None

        def progress(done: int, total: int, note: str) -> None:
            if RESUMES in note:
                say(f"{name} {note}", highlight=False)
            else:
                report(f"Training {name}: {note}", done, total)

        fit = replace(
            changed(incremental.fit_options(name, split) if incumbent else fit_options(name, split), told.training),
            seed=options.seed,
            augment=tuple(options.augment),
            checkpoint=checkpoint,
            log_dir=options.log,
        )
        fit = replace(fit, **{k: v for k, v in (("epochs", options.epochs), ("bf16", options.bf16)) if v is not None})
        folder = workspace.model(name)
        if incumbent:
            result = incremental.train(incumbent, histories, split.items, text, folder, fit, progress, options.force)
        else:
            record = incremental.trained_on(histories, split.items)
            result = train_model(
                name, split, text, folder, fit, progress, options.force, distillation, record, told.shape
            )
    figures = "  ".join(f"{k} {result.metrics[k].mean:.4f} ± {result.metrics[k].se:.4f}" for k in ("hr@10", "ndcg@10"))
    say(f"{name:10s} {figures}  ({result.seconds:.0f} s)  {result.message}", highlight=False)


def _text_vectors(
    options: argparse.Namespace,
    settings: Settings,
    workspace: Workspace,
    catalogue: Catalogue,
    told: RunSettings,
    report: Report,
) -> Floats:
    """(n_items, d) vectors of the items' texts, by the embedder that serves or by a language model's own embeddings."""
    if options.item_text == "embedder":
        return open_retriever(settings, workspace, catalogue, report).vectors
    llm = told.shape.get("llm") or told.teacher.get("llm") or PACKAGED
    texts = [catalogue.describe(item) for item in catalogue.items]
    return llm_vectors(texts, llm, on_progress=lambda done, total: report("Reading the catalogue", done, total))


def _incumbent(
    name: str, workspace: Workspace, histories: Timed, split: Split, say: Callable[..., None]
) -> incremental.Continuation | None:
    """The model to go on from, or None, and why, where a full training is needed."""
    try:
        return incremental.continuation(workspace.model(name), histories, split.items)
    except ModelError as error:
        say(f"{name}: {error}, so it is trained in full", highlight=False)
        return None


def _silent(*args: Any, **options: Any) -> None:
    """What the other processes of a run say."""


def models(options: argparse.Namespace, settings: Settings) -> None:
    """Every model: what it is, how it ranked in the benchmarks, and in its last training in this workspace."""
    print_models(Workspace(options.workspace))
