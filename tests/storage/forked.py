"""Work in processes of its own, for the tests: `python -m tests.storage.forked <what> <arguments>`.

Forks, because a fresh interpreter spends longer importing than working.
"""

import os
import sys
import traceback
from collections.abc import Callable
from itertools import cycle

from storage.database import Database
from storage.feedback import FeedbackStore
from storage.records import FeedbackKind

ITEMS = [f"thing-{number}" for number in range(7)]


def fork(work: Callable[[], None]) -> int:
    """Start a process that does this and nothing else; its id."""
    if pid := os.fork():
        return pid
    try:
        work()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def migrate(url: str, processes: str) -> None:
    """Migrate from many processes at once; the exit status is how many failed."""
    children = [fork(lambda: Database(url).migrate()) for _ in range(int(processes))]
    sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))


def react(url: str, *turns: str) -> None:
    """For each line on stdin: one writer a turn, reacting without end, until someone kills them.

    Prints "started <process id>" for each, "stored <process id> <feedback id>" for each call that has returned, and
    "over" when all have died. `turns` are user and turn ids in turn.
    """

    def write(user: str, turn: str) -> None:
        store = FeedbackStore(Database(url))
        for number, kind in enumerate(cycle([FeedbackKind.LIKE, FeedbackKind.DISLIKE])):
            record = store.add(user, turn, ITEMS[number % len(ITEMS)], kind)
            # One system call: a kill in the middle of `print` left half a line for the next writer to go on with.
            os.write(1, f"stored {os.getpid()} {record.id}\n".encode())

    for _ in sys.stdin:
        children = [
            fork(lambda u=user, t=turn: write(u, t)) for user, turn in zip(turns[::2], turns[1::2], strict=True)
        ]
        print(*(f"started {child}" for child in children), sep="\n", flush=True)
        for child in children:
            os.waitpid(child, 0)
        print("over", flush=True)


if __name__ == "__main__":
    {"migrate": migrate, "react": react}[sys.argv[1]](*sys.argv[2:])
