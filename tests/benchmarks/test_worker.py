"""Asking a process in another environment, with scripts of a few lines in its place."""

import sys
from pathlib import Path

import pytest

from benchmarks.worker import Worker

ADDER = """
import json, sys
print("warming up", flush=True)
print("a warning", file=sys.stderr)
print(json.dumps({"adder": sys.argv[1]}), flush=True)
for line in sys.stdin:
    if line == "stop\\n":
        sys.exit("out of numbers")
    print("thinking")
    print(json.dumps({"sum": sum(map(int, line.split()))}), flush=True)
"""


def line(folder: Path, script: str) -> list[str | Path]:
    path = folder / "script.py"
    path.write_text(script, encoding="utf-8")
    return [sys.executable, path, "1.0"]


def test_it_answers_line_by_line_whatever_else_it_says(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    worker = Worker(line(tmp_path, ADDER))
    assert worker.versions == {"adder": "1.0"}
    assert [worker.ask(1, 2), worker.ask(40, 2)] == [{"sum": 3}, {"sum": 42}]
    worker.close()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("script", [ADDER, ADDER.replace("for line", "sys.exit('out of numbers')\nfor line")],
                         ids=["when asked", "before"])  # fmt: skip
def test_one_that_ends_has_its_last_words_told(tmp_path: Path, script: str) -> None:
    worker = Worker(line(tmp_path, script))
    if script != ADDER:
        worker._process.wait()  # a line to it breaks the pipe
    with pytest.raises(SystemExit, match=r"script\.py 1\.0 has ended\.\na warning\nout of numbers"):
        worker.ask("stop")


def test_one_that_never_begins_says_why(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="there is no faiss"):
        Worker(line(tmp_path, "raise ImportError('there is no faiss')"))
