"""The README is true: every setting and command stands in it, and its figures come from benchmarks/results."""

import argparse
import json
import re
from pathlib import Path

from app.cli import build_parser
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_readme() -> None:
    aliases = [str(field.alias) for field in Settings.model_fields.values()]
    assert [name for name in aliases if f"`{name}`" not in README] == []


def test_every_command_is_in_the_readme() -> None:
    parser = build_parser()
    commands = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction)).choices
    assert [name for name in commands if not re.search(rf"app\.py {name}\b", README)] == []


def test_every_file_that_the_readme_names_exists() -> None:
    paths = re.findall(r"(?:docs|data|benchmarks|agents|app|recommender|storage)/[\w/.-]+\.\w+", README)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_each_result_says_how_it_was_made() -> None:
    results = sorted((ROOT / "benchmarks" / "results").glob("*.json"))
    assert results
    for path in results:
        figures = json.loads(path.read_text(encoding="utf-8"))
        assert {"dataset", "model", "n", "metrics", "machine", "versions", "date", "command"} <= set(figures), path.name
