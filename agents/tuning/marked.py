"""Hand-written messages with every quality and every bound in them marked: asked for, ruled out, or only told.

One JSON object a line: message, intent, domain, and optionally `shown` and `earlier`. In the message `[+sad]` is asked
for, `[-sad]` ruled out and `[=sad]` told; `{liked}` and the like stand for titles, as in `agents.tuning.seeds`.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from agents.plan import Intent, Polarity, Stance, TurnPlan
from agents.reading.clues import Clues, Said
from agents.reading.polarity import with_rules
from agents.text import Span
from agents.tuning.labelled import Labelled
from agents.tuning.seeds import SLOT, STANCE_OF, SeedError

MARKED = "polarity"  # the folder
_MARK = re.compile(rf"\[(?P<sign>[+=-])(?P<said>[^\[\]]+)\]|{SLOT.pattern}")
_SIGNS = {"+": Polarity.WANTED, "-": Polarity.RULED_OUT, "=": Polarity.TOLD}
_TITLE = "Casablanca"  # stands for every title; what it is does not matter


@dataclass(frozen=True)
class Marked:
    """One message without its marks.

    Attributes:
        titles: where titles stand, and the stance to each. polarities: the same for qualities and bounds.
    """

    text: str
    intent: Intent
    shown: bool
    titles: dict[Span, Stance]
    polarities: dict[Span, Polarity]

    @property
    def key(self) -> str:
        """The same for the same wording, whatever the case."""
        return self.text.casefold()


def load_marked(folder: Path) -> list[Marked]:
    """The messages of every `*.jsonl` in a folder, in order.

    Raises:
        SeedError: there are none, or a line is no such message.
    """
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                row = json.loads(line)
                shown = bool(row.get("shown") or row.get("earlier"))
                marked = _without_marks(str(row["message"]), Intent(row["intent"]), shown)
            except (ValueError, KeyError, TypeError) as error:
                raise SeedError(f"{path}, line {number}: {error}") from error
            found.append(marked)
    if not found:
        raise SeedError(f"{folder} holds no marked messages.")
    return found


def as_said(message: Marked) -> Said:
    """A message as a reader sees it, with what the rules make of it."""
    titles, named = ([_Place(*span) for span in spans] for spans in (message.titles, message.polarities))
    return with_rules(message.text, titles, named, message.shown)


def as_labelled(message: Marked) -> Labelled:
    """A message to tune the encoder on."""
    names = sorted([*message.titles, *message.polarities])
    clues = Clues(message.text, names, [None] * len(names), TurnPlan(), message.shown)
    stances = [(names.index(place), stance.value) for place, stance in message.titles.items()]
    polarities = [(names.index(place), polarity.value) for place, polarity in message.polarities.items()]
    return Labelled(clues, message.intent.value, stances, polarities)


@dataclass(frozen=True)
class _Place:
    start: int
    end: int


def _without_marks(message: str, intent: Intent, shown: bool) -> Marked:
    text, at = "", 0
    titles: dict[Span, Stance] = {}
    polarities: dict[Span, Polarity] = {}
    for match in _MARK.finditer(message):
        text += message[at : match.start()]
        if match["sign"]:
            polarities[len(text), len(text) + len(match["said"])] = _SIGNS[match["sign"]]
            text += match["said"]
        elif match[3] in STANCE_OF:
            titles[len(text), len(text) + len(_TITLE)] = STANCE_OF[match[3]]
            text += _TITLE
        else:
            raise ValueError(f"there is no slot {match[0]}")
        at = match.end()
    text += message[at:]
    if "[" in text or "]" in text:
        raise ValueError("a bracket is no mark")
    return Marked(text, intent, shown, titles, polarities)
