"""Settings, arguments and interruptions: what every command does with them."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from app import commands
from app.cli import main
from app.settings import Settings
from tests.app.shop_files import free_port, only_error

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "value"),
    [("PALATE_LLM", "perhaps"), ("PALATE_READER", "fortune"), ("PALATE_WORDS", "x"), ("PALATE_AUTH", "users"),
     ("PALATE_THREADS", "0"), ("PALATE_THREADS", "many"), ("PALATE_LLM_URL", "no address"),
     ("PALATE_LLM_URL", "http://[::1"), ("PALATE_LLM_URL", "ftp://x/v1"), ("CHROMA_URL", "http://x:port"),
     ("PALATE_STUDENT", "nope"), ("PALATE_EMBEDDER", "/nonexist")],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_named(
    run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    status, _, said = run("models", "--workspace", tmp_path / "w")
    assert status == 2 and only_error(said).startswith(f"error: setting {name}: ") and not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    ("written", "environment", "threads"),
    [("PALATE_THREADS=3", {}, "3"), ("PALATE_THREADS=3", {"PALATE_THREADS": "1"}, "1"), ("", {}, "2"),
     ("PALATE_THREADS=3", {"OMP_NUM_THREADS": "5"}, "5"), ("PALATE_THREADS=many", {}, "2")],
)  # fmt: skip
def test_threads_are_known_before_a_numerical_library_is_loaded(
    tmp_path: Path, written: str, environment: dict[str, str], threads: str
) -> None:
    (tmp_path / ".env").write_text(written)
    program = (
        "import os, runpy, sys, types\n"
        "class Cli(types.ModuleType):\n"
        "    def __getattr__(self, name):\n"
        "        print(os.environ['OMP_NUM_THREADS'], 'numpy' in sys.modules)\n"
        "        return lambda: 0\n"
        "sys.modules['app.cli'] = Cli('app.cli')\n"
        "runpy.run_path(sys.argv[1])\n"
    )
    kept = {name: value for name, value in os.environ.items() if name not in ("OMP_NUM_THREADS", "PALATE_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", program, str(ROOT / "app.py")], cwd=tmp_path, text=True, capture_output=True,
        env=kept | {"PYTHONPATH": str(ROOT)} | environment,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1:] == [f"{threads} False"], done.stderr


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PALATE_READER", "foo", "'foo' is not known; it can be 'auto', 'rules', 'llm' or 'tuned'"),
        ("PALATE_STUDENT", "nope", "there is no model 'nope'; there are e-llmrec, ease,"),
        ("PALATE_EMBEDDER", "/nonexist", "there is no folder /nonexist"), ("PALATE_THREADS", "x", "no whole number"),
        ("CHROMA_URL", "http://x:port", "setting CHROMA_URL: 'http://x:port' is no address"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_setting_is_said_in_its_words(
    run: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    assert words in only_error(run("models")[2])


def test_a_misspelt_setting_is_a_warning(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PALATE_REEDER", "rules")
    (tmp_path / ".env").write_text("PALATE_STUDNET=ease\nOTHER=1\n")
    monkeypatch.setitem(Settings.model_config, "env_file", str(tmp_path / ".env"))
    status, _, said = run("models", "--workspace", tmp_path / "w")
    assert status == 0 and "warning: PALATE_REEDER is no setting; did you mean PALATE_READER?" in said
    assert "PALATE_STUDNET is no setting; did you mean PALATE_STUDENT?" in said and said.count("warning") == 2


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite:////no/such/folder/palate.db", "oracle://x", "postgresql://h:port/x"]
)
def test_a_database_that_cannot_be_is_said(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    status, _, said = run("train", "--workspace", tmp_path / "w")
    assert status == 1 and "DATABASE_URL" in only_error(said)


def test_a_workspace_that_cannot_be_is_said(run: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in (["train"], ["models"], ["serve", "--port", str(free_port())], ["evaluate", "sequences"]):
        status, _, said = run(*command, "--workspace", tmp_path / "file")
        assert status == 1 and "--workspace" in only_error(said)


def test_serve_is_what_happens_without_a_command(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(commands, "serve", lambda options, settings: asked.append(options))
    assert [run(*given)[0] for given in ([], ["--port", "1234"], ["serve", "--kiosk"])] == [0, 0, 0]
    assert [(options.host, options.port, options.kiosk) for options in asked] == [
        ("127.0.0.1", 7860, False), ("127.0.0.1", 1234, False), ("127.0.0.1", 7860, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [["conquer"], ["train", "--model", "oracle"], ["evaluate"], ["evaluate", "dialogues"],
     ["evaluate", "dialogues", "--turns", "x.jsonl", "--limit", "-1"]],
)  # fmt: skip
def test_commands_that_are_none(capsys: pytest.CaptureFixture[str], given: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(given)
    assert ended.value.code == 2 and "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--help"], "Palate"), (["train", "--help"], "sasrec"), (["train", "--model", "oracle"], "invalid choice"),
        (["import", "--items", "/no/such.csv"], "/no/such.csv"), (["serve", "--port=-1"], "Port -1"),
        (["evaluate", "reading", "--turns", "/no/such.jsonl"], "/no/such.jsonl"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_anything_heavy_is_loaded(given: list[str], said: str) -> None:
    code = (
        "import sys\nfrom app.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('torch', 'chromadb', 'gradio', 'numpy', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, *given], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]" and said in done.stdout + done.stderr


@pytest.mark.parametrize(
    "error",
    [MemoryError(), MemoryError("Unable to allocate 7.45 GiB for an array with shape (2, 1000000000)"),
     RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried 9 bytes"),
     RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."),
     torch.OutOfMemoryError("CUDA out of memory."), OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))],
    ids=str,
)  # fmt: skip
def test_too_little_memory_is_said_with_advice(run: Any, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: Any) -> None:
        raise error

    monkeypatch.setattr(commands, "models", fails)
    status, _, said = run("models")
    assert status == 1 and "too little memory" in only_error(said) and "smaller model" in said


@pytest.mark.parametrize("error", [RuntimeError("a bug in memory_format"), OSError(errno.EIO, "broken")], ids=str)
def test_other_errors_stay_what_they_are(run: Any, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: Any) -> None:
        raise error

    monkeypatch.setattr(commands, "models", fails)
    with pytest.raises(type(error)) as raised:
        run("models")
    assert raised.value is error


def test_control_c_is_no_traceback(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "models", interrupted)
    status, _, said = run("models")
    assert status == 130 and "stopped" in said
