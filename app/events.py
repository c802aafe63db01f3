"""What a turn sends while it runs, to the page and to the HTTP API alike. Plain data, no behaviour.

Order of one turn: `plan`, then `items` (the cards, before any words), then `token` many times, then `done`.
"""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `data` is JSON.

    kind and data:
        plan: {"plan": {...}, "source": "llm" | "rules", "note": str}  (note: why the LLM was not used, or "")
        items: {"conversation_id", "turn_id", "items": [card], "steps": [step], "chips": [chip]}
        token: {"text"}
        done: the whole answer of `POST /api/v1/chat`

        card: {"id", "title", "score", "facts": [str], "text", "image", "url",
               "poster": {"year", "genres", "tint", "label"},
               "reasons": [{"kind": "history" | "facet" | "text" | "popular", "ref", "text"}]}
        step: {"name", "detail", "ms"}   e.g. {"name": "Ranked", "detail": "1,204 films, 31 match", "ms": 6.1}
        chip: {"label", "message"}       a suggestion to tap; `message` is sent as if typed
    """

    kind: Literal["plan", "items", "token", "done"]
    data: dict[str, Any] = field(default_factory=dict)
