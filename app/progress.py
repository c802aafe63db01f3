"""Progress bars with time left for anything that may take over two seconds."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

console = Console(stderr=True, soft_wrap=True)
Report = Callable[[str, int, int], None]  # what, done, total


@contextmanager
def bars() -> Iterator[Report]:
    """A callback that draws one bar per thing; without a terminal it prints a line every tenth of the way."""
    if not sys.stderr.isatty():
        said: dict[str, int] = {}

        def line(what: str, done: int, total: int) -> None:
            tenth = 10 * done // max(1, total)
            key = what.split(":")[0]
            if tenth != said.get(key):
                said[key] = tenth
                console.print(f"{what} {done:,}/{total:,}", highlight=False)

        yield line
        return
    tasks: dict[str, TaskID] = {}
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn(),
        TextColumn("left"), TimeRemainingColumn(), console=console,
    ) as progress:  # fmt: skip

        def draw(what: str, done: int, total: int) -> None:
            key = what.split(":")[0]
            if key not in tasks:
                tasks[key] = progress.add_task(what, total=total)
            progress.update(tasks[key], completed=done, total=total, description=what)

        yield draw
