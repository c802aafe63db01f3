"""A real vLLM server for tests, in processes of its own: frozen, killed, and started again on the same port at will."""

import os
import re
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

ROOT = Path(__file__).resolve().parents[2]
START_S = 600.0  # 75 s on two free cores; the first time the packaged model is converted too


class VLLMServer:
    """The server as `make vllm` starts it: `deploy.serve_vllm` in vLLM's own environment.

    Args:
        python: of that environment. options: for `deploy.serve_vllm`, and through it for vLLM.
        log: where its output goes.
    """

    def __init__(self, python: Path, options: Sequence[str], log: Path) -> None:
        self.key = secrets.token_urlsafe(16)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._command = [str(python), "-m", "deploy.serve_vllm", "--port", str(self.port), *options]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.seconds_to_start = 0.0

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.root}/v1"

    def start(self) -> None:
        """Start it, unless it runs, and return when it is healthy.

        Raises:
            RuntimeError: it ended or was not up in time; with the last lines that it wrote.
        """
        if self._process is not None:
            return
        started = time.monotonic()
        with self._log.open("ab") as log:
            # A session of its own: the API server and its engine are stopped and killed together.
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env={**os.environ, "PALATE_LLM_KEY": self.key},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while not self.healthy():
            if self._process.poll() is not None or time.monotonic() > started + START_S:
                self.kill()
                tail = "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
                raise RuntimeError(f"vLLM did not start in {time.monotonic() - started:.0f} s:\n{tail}")
            time.sleep(0.5)
        self.seconds_to_start = time.monotonic() - started

    def healthy(self) -> bool:
        try:
            return httpx.get(f"{self.root}/health", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def freeze(self) -> None:
        """Every process of it hangs, with its connections open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Dead at once, nothing said to anybody."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels, as the server tells it."""
        text = httpx.get(f"{self.root}/metrics", timeout=30).text
        found = re.findall(rf"^{re.escape(name)}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE)
        if not found:
            raise LookupError(f"{name} is no metric of this server")
        return sum(float(value) for value in found)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):  # it has ended, and its engine with it
                os.killpg(self._process.pid, number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
