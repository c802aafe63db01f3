"""The commands of `python app.py`: arguments, progress bars and messages; the work is done elsewhere."""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app import checks
from app.settings import Settings, misspelt, problems
from recommender.data.tables import ImportFileError
from recommender.names import AUGMENTATIONS, NAMES

_NO_MEMORY = (
    "There is too little memory. Free some, import fewer items or people, or train a smaller model or batch "
    "(--set dim=64 batch_size=32)."
)
Check = Callable[[argparse.Namespace], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Foreseen errors are one clear line, never a traceback."""
    parser = build_parser()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given.insert(0, "serve")
    options = parser.parse_args(given)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for noisy in ("httpx", "chromadb", "alembic", "sentence_transformers"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in problems(error):
            print(f"error: {problem}", file=sys.stderr)
        return 2
    for name in misspelt():
        print(f"warning: {name}", file=sys.stderr)
    try:
        if options.check:
            options.check(options)
        module, name = options.run
        # Imported late: what the commands load takes seconds, and what is wrong is to be said at once.
        getattr(import_module(f"app.{module}"), name)(options, settings)
        return 0
    except (checks.CommandError, ImportFileError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        if not (said := _foreseen(error)):
            raise
        print(f"error: {said}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130


def _foreseen(error: Exception) -> str:
    """What to tell of an error that a command foresees; "" for a bug."""
    from agents.llm.clients import LanguageModelError
    from app.workspace import WorkspaceError
    from recommender.data.sequences import SplitError
    from recommender.features.embedder import EmbedderError
    from recommender.models.base import ModelError, out_of_memory
    from recommender.serving.fusion import FusionError
    from recommender.serving.retrieve import RetrieverError
    from storage.records import StorageError

    if out_of_memory(error):
        return _NO_MEMORY
    foreseen = (WorkspaceError, ModelError, StorageError, RetrieverError, EmbedderError, FusionError,
                LanguageModelError, SplitError)  # fmt: skip
    return str(error) if isinstance(error, foreseen) else ""


def _at_least(least: int) -> Callable[[str], int]:
    """The type of an option that takes whole numbers from here on."""

    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}, not {value}")
        return value

    return number


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    parser = argparse.ArgumentParser(prog="app.py", description="Palate, a conversational recommender.")
    commands_ = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(
        name: str, run: str, text: str, parent: Any = commands_, check: Check | None = None
    ) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = parent.add_parser(name, help=text, description=text)
        sub.add_argument("--workspace", type=Path, default=Path("workspace"), metavar="DIR",
                         help="folder of database, models and index (default: workspace)")  # fmt: skip
        sub.set_defaults(run=run.split("."), check=check)
        return sub

    serve = add("serve", "commands.serve", "Serve the chat and the HTTP API (the default command).",
                check=checks.check_serve)  # fmt: skip
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=7860)
    serve.add_argument("--kiosk", action="store_true", help="for a booth: may listen beyond loopback")
    serve.add_argument("--public", action="store_true", help="may listen beyond loopback without accounts")

    load = add("import", "importing.import_", "Load a catalogue and interactions into the workspace.",
               check=checks.check_import)  # fmt: skip
    load.add_argument("--items", type=Path, metavar="FILE",
                      help="the whole catalogue: CSV, JSONL, Parquet (.gz too), or a GroupLens folder")  # fmt: skip
    load.add_argument("--events", type=Path, metavar="FILE",
                      help="the same formats, or sequences.txt; adds what is new in it to what is stored. The kind "
                           "is any word and only kept: whether an event is one of liking, its value says")  # fmt: skip
    load.add_argument("--replace", action="store_true", help="make the events the only ones: those stored before go")
    load.add_argument(
        "--phrases", type=Path, metavar="FILE", help="JSON: what people call the catalogue's facet values"
    )
    rows = load.add_mutually_exclusive_group()
    rows.add_argument("--strict", action="store_true", help="refuse a file with any bad row")
    rows.add_argument("--lenient", action="store_true",
                      help="let a file replace what is stored even if most of its rows are bad")  # fmt: skip

    train = add(
        "train", "commands.train", "Train on the workspace's interactions, measure, and promote through the gate."
    )
    train.add_argument("--model", default="all", choices=["all", *sorted(NAMES)],
                       help="all: those that serve, PALATE_STUDENT among them (default)")  # fmt: skip
    train.add_argument("--teacher", default="", metavar="NAME[,NAME]",
                       help="distil: 'ensemble', or models separated by commas, teach the student")  # fmt: skip
    train.add_argument("--set", action="extend", nargs="+", default=[], metavar="KEY=VALUE",
                       help="settings of the model and its training (llm=FOLDER n_layers=4 tuning=lora labels=last "
                            "item_source=text), with a teacher also of how it teaches (distil.cosine=1) and of itself "
                            "(teacher.llm=FOLDER); an unknown key names all there are")  # fmt: skip
    train.add_argument("--item-text", choices=("embedder", "llm"), default="embedder",
                       help="whose vectors of the items' texts are read: the sentence embedder's (default), or the "
                            "token embeddings of the language model that llm=FOLDER names")  # fmt: skip
    train.add_argument("--folds", type=_at_least(1), default=3, help="groups of people for cross-fitting the teacher")
    train.add_argument("--epochs", type=_at_least(1), default=None, help="at most (default: what suits the model)")
    train.add_argument("--seed", type=_at_least(0), default=0)
    train.add_argument("--bf16", action="store_true", default=None, help="compute in bfloat16")
    train.add_argument("--augment", nargs="+", default=[], choices=AUGMENTATIONS, help="change histories in training")
    train.add_argument("--log", type=Path, metavar="DIR", help="write TensorBoard logs to this folder")
    train.add_argument("--restart", action="store_true", help="do not go on from an interrupted run")
    train.add_argument("--incremental", action="store_true",
                       help="learn only what came since the last training, from the served model and without "
                            "the old data; trains in full where that cannot be")  # fmt: skip
    train.add_argument("--min-value", type=float, default=3.5,
                       help="events with a value below this are no sign of liking (default: 3.5, for 1 to 5 "
                            "stars; say 0 where values are counts)")  # fmt: skip
    train.add_argument("--force", action="store_true", help="promote whatever the figures say")

    measure = commands_.add_parser("evaluate", help="Measure sequences, dialogues or reading.")
    kinds = measure.add_subparsers(dest="kind", required=True, metavar="KIND")
    sequences = add("sequences", "evaluate.sequences", "Next items of the workspace's interactions.", kinds)
    sequences.add_argument("--model", default="sasrec", choices=sorted(NAMES))
    sequences.add_argument("--protocol", default="full", choices=["full", "slmrec"])
    sequences.add_argument("--split", default="leave-one-out", choices=["leave-one-out", "time"],
                           help="each person's last items, or everybody's from one moment on")  # fmt: skip
    sequences.add_argument("--include-past", action="store_true", help="leave past items in the ranking")
    sequences.add_argument("--min-value", type=float, default=3.5)
    dialogues = add("dialogues", "evaluate.dialogues", "Recall of what was recommended in real dialogues.", kinds,
                    checks.check_turns)  # fmt: skip
    dialogues.add_argument("--turns", type=Path, required=True, metavar="FILE.jsonl")
    dialogues.add_argument("--limit", type=_at_least(1), default=None, help="only the first N turns")
    reading = add("reading", "evaluate.reading", "How well messages are read into plans.", kinds,
                  checks.check_turns)  # fmt: skip
    reading.add_argument("--turns", type=Path, required=True, metavar="FILE.jsonl")
    reading.add_argument("--reader", default="auto", choices=["auto", "rules", "llm", "tuned"])
    reading.add_argument("--lower-case", action="store_true", help="read every message in lower case")
    reading.add_argument("--mistakes", type=Path, metavar="OUT", help="write what was misread to this file")
    for sub in (sequences, dialogues, reading):
        sub.add_argument("--json", type=Path, metavar="OUT", help="write the figures to this file too")

    feedback = commands_.add_parser("feedback", help="Hand out the reactions given in the chat.")
    of_feedback = feedback.add_subparsers(dest="what", required=True, metavar="WHAT")
    user = commands_.add_parser("user", help="Hand out or delete all that is stored of one person.")
    of_user = user.add_subparsers(dest="what", required=True, metavar="WHAT")
    exports = (
        add(
            "export", "people.export_feedback", "Every reaction that stands, as events that import reads.", of_feedback
        ),
        add("export", "people.export_user", "All that is stored of a person, as JSON.", of_user),
    )
    for sub in exports:
        sub.add_argument("--out", type=Path, metavar="FILE", help="write to this file instead of printing")
    delete = add("delete", "people.delete_user", "Delete a person and all that is stored of them.", of_user)
    for sub in (exports[1], delete):
        sub.add_argument("id", metavar="ID", help="as feedback export has it; write -- before one that begins with -")

    add("models", "commands.models", "List every model and its last measured figures.")
    return parser
