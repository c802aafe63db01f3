"""A process in another environment that answers each line it reads with a line of JSON.

So a peer's library is asked in turn with this project's code, and neither has to be installed beside the other. Knows
nothing of what is asked.
"""

import json
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

_LAST_WORDS = 2000  # characters of what a worker said before it ended


class Worker:
    """A worker process, ready once it has said what it is.

    Args:
        line: its command line, interpreter first.

    Attributes:
        versions: what it said first, the versions of its packages.

    Raises:
        SystemExit: it has ended before it was ready; the text holds its last words.
    """

    def __init__(self, line: Sequence[str | Path]) -> None:
        self._line = [str(word) for word in line]
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(  # noqa: S603
            self._line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )
        self.versions: dict[str, str] = self._reply()

    def ask(self, *words: object) -> dict[str, Any]:
        """Its answer to a line of these words.

        Raises:
            SystemExit: it has ended instead; the text holds its last words.
        """
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended: there will be no reply
            print(*words, file=self._process.stdin, flush=True)
        return self._reply()

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()
        self._errors.close()

    def _reply(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):  # libraries print too
                found: dict[str, Any] = json.loads(line)
                return found
        self._process.communicate()
        self._errors.seek(0)
        raise SystemExit(f"{shlex.join(self._line)} has ended.\n{self._errors.read()[-_LAST_WORDS:]}")
