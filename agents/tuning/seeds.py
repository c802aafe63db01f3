"""Seeds: messages written by hand, with slots for names, from which examples are made.

One JSON object a line: message, intent, domain, and optionally `earlier` (the message before), `shown` (whether cards
are on the screen) and `ranges`. `{liked}`, `{disliked2}` and so on stand for names and carry the stance; `{genre}` and
the like are filler. `ranges` are known only where the field stands.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from agents.plan import Intent, Range, Stance

SLOT = re.compile(r"\{([a-z]+)\d?\}")
# Slots for names; what the slot is called and the stance it carries.
STANCE_OF = {stance.value.split("_")[0]: stance for stance in Stance}
FILLERS = frozenset(
    ["genre", "mood", "person", "decade", "year", "minutes", "price", "brand", "kind", "colour", "place"]
)


class SeedError(ValueError):
    """A seed file cannot be used; the text says which line and why."""


@dataclass(frozen=True)
class Seed:
    """One hand-written message.

    Attributes:
        domain: whose names fill the slots.
        earlier: the person's message before this one, or "".
        shown: whether recommendations are on the screen.
        ranges: the bounds that it asks for; None where nobody has labelled them.
    """

    message: str
    intent: Intent
    domain: str
    earlier: str = ""
    shown: bool = False
    ranges: tuple[Range, ...] | None = None

    @property
    def key(self) -> str:
        """The same for the same wording, whatever the case and punctuation."""
        return re.sub(r"\W+", " ", f"{self.earlier} / {self.message}".casefold()).strip()


def load_seeds(folder: Path) -> list[Seed]:
    """The seeds of every `*.jsonl` in a folder, in order, each wording once with cards shown and once without.

    Raises:
        SeedError: there are none, or a line is no seed.
    """
    found: dict[tuple[str, bool], Seed] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line.strip():
                try:
                    seed = _seed(json.loads(line))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise SeedError(f"{path}, line {number}: {error}") from error
                found.setdefault((seed.key, seed.shown), seed)
    if not found:
        raise SeedError(f"{folder} holds no seeds.")
    return list(found.values())


class Keyed(Protocol):
    """A hand-written message."""

    @property
    def key(self) -> str:
        """The same for the same wording."""


Message = TypeVar("Message", bound=Keyed)


def held_out(messages: Iterable[Message], share: float = 0.15) -> tuple[list[Message], list[Message]]:
    """Messages to learn from, and messages to measure on. By wording: the same is always on the same side."""
    learn: list[Message] = []
    measure: list[Message] = []
    for message in messages:
        number = int(hashlib.sha256(message.key.encode()).hexdigest()[:8], 16)
        (measure if number / 0xFFFFFFFF < share else learn).append(message)
    return learn, measure


def _seed(row: dict[str, Any]) -> Seed:
    ranges = row.get("ranges")
    seed = Seed(
        str(row["message"]).strip(),
        Intent(str(row["intent"])),
        str(row["domain"]),
        str(row.get("earlier") or "").strip(),
        bool(row.get("shown")),
        None if ranges is None else tuple(map(Range.model_validate, ranges)),
    )
    if not seed.message:
        raise ValueError("the message is empty")
    for slot in SLOT.findall(f"{seed.message} {seed.earlier}"):
        if slot not in STANCE_OF and slot not in FILLERS:
            raise ValueError(f"there is no slot {{{slot}}}")
    return seed
