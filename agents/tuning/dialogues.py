"""ReDial's dialogues in two halves: one to learn from and look at, one to report on.

Source: Li et al., Towards Deep Conversational Recommendations, NeurIPS 2018.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Half = Literal["tune", "report"]


@dataclass(frozen=True)
class Said:
    """One message of a dialogue.

    Attributes:
        role: "user" or "assistant". items: ids of the films named. earlier: the messages before, oldest first.
        form: what the user later ticked of each film: `seen` and `liked` (0 no, 1 yes, 2 did not say).
    """

    role: str
    text: str
    items: tuple[str, ...]
    form: dict[str, dict[str, int]]
    earlier: tuple[dict[str, str], ...]


def messages(folder: Path, half: Half) -> Iterator[Said]:
    """Every message of every second dialogue.

    Args:
        folder: holds `dialogues.jsonl.gz`.
    """
    with gzip.open(folder / "dialogues.jsonl.gz", "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            if number % 2 != (0 if half == "tune" else 1):
                continue
            earlier: list[dict[str, str]] = []
            for row in json.loads(line)["messages"]:
                role, text = row["role"], row["text"]
                yield Said(role, text, tuple(row["items"]), row.get("form") or {}, tuple(earlier))
                earlier.append({"role": role, "text": text})
