"""Seconds until cards, first word and the end of a turn, over 30 varied messages, against a running server.

python app.py serve &
python -m benchmarks.latency --json benchmarks/results/latency.json
"""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

import httpx

MESSAGES = [
    "something scary but funny from the 80s, I loved Gremlins", "no, newer", "more like the first one",
    "a french romance for date night", "under 100 minutes please", "films by Akira Kurosawa",
    "something like Inception but lighter", "not science fiction", "why the first one?", "who directed the second one?",
    "I need a good cry", "two heist films with a twist", "an animated film for a six year old, nothing scary",
    "80年代的恐怖喜剧", "新一点的", "westerns before 1970", "forget the year, shorter",
    "Heat, Se7en and Zodiac were great", "compare the first two", "a long epic, over three hours", "korean thrillers",
    "something else",
    "what should I watch tonight", "a feel-good musical from the fifties", "I hated Titanic, no love stories",
    "time travel but not a comedy", "noir", "seen the first one already", "submarines", "thanks!",
]  # fmt: skip


def main() -> None:
    """Send every message in order, a new conversation every five, and write the percentiles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:7860")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    rows = []
    with httpx.Client(base_url=options.url, timeout=60) as client:
        client.post("/api/v1/chat", json={"message": "hello"}).raise_for_status()
        parts = client.get("/healthz").json()["parts"]
        conversation = None
        for number, message in enumerate(MESSAGES):
            conversation = None if number % 5 == 0 else conversation
            row, conversation = timed_turn(client, message, conversation)
            rows.append(row)
    figures = {
        "dataset": f"{len(rows)} messages, one person",
        "model": parts["language_model"]["detail"],
        "n": len(rows),
        "metrics": {
            name: percentiles([row[name] for row in rows]) for name in ("cards_ms", "first_word_ms", "done_ms")
        },
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.platform()},
        "versions": {"python": platform.python_version()},
        "date": time.strftime("%Y-%m-%d"),
        "command": "python -m benchmarks.latency " + " ".join(sys.argv[1:]),
        "rows": rows,
    }
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(figures["metrics"], indent=2))


def timed_turn(client: httpx.Client, message: str, conversation: str | None) -> tuple[dict[str, Any], str]:
    """One turn over server-sent events; milliseconds from sending to each event."""
    started = time.perf_counter()
    row: dict[str, Any] = {"message": message}
    body = {"message": message, "conversation_id": conversation}
    with client.stream("POST", "/api/v1/chat", json=body, headers={"Accept": "text/event-stream"}) as answer:
        answer.raise_for_status()
        event = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                event = line[7:]
                name = {"items": "cards_ms", "token": "first_word_ms", "done": "done_ms"}.get(event, event)
                row.setdefault(name, round((time.perf_counter() - started) * 1000, 1))
            elif line.startswith("data: ") and event == "done":
                data = json.loads(line[6:])
                row.update(source=data["source"], note=data["note"], items=len(data["items"]))
                conversation = data["conversation_id"]
    assert conversation is not None
    return row, conversation


def percentiles(values: list[float]) -> dict[str, float]:
    """p50 and p95, by nearest rank."""
    ordered = sorted(values)
    return {"p50": ordered[len(ordered) // 2], "p95": ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]}


if __name__ == "__main__":
    main()
