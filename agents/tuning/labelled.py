"""Messages with what the rules make of them and what is known of them: what the learnt readers learn from.

They come from hand-written seeds, filled with names of films and shops, and from what people ticked as disliked in half
of ReDial's dialogues.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.plan import Stance
from agents.reading.clues import Clues
from agents.reading.evidence import LogLinear, ReadingEvidence
from agents.reading.rules import RuleReader
from agents.text import plain
from agents.tuning.dialogues import messages
from agents.tuning.expand import Filled, World, filled, span_label, worlds
from agents.tuning.seeds import Seed, held_out, load_seeds
from recommender.catalogue import Catalogue
from recommender.data.readers import read_items
from recommender.data.titles import split_year, title_key

_DATA = Path(__file__).resolve().parents[2] / "data"
_CALLED = 0.05  # of names are called by their rarest word ("Shawshank")
# Only `clues` is asked of the readers here, which takes no learnt weights.
_NOTHING = ReadingEvidence(LogLinear([], {}), LogLinear([], {}))


@dataclass(frozen=True)
class Labelled:
    """One message.

    Attributes:
        intent: None where it is not known.
        stances: (which of the clues' names, its stance), for the names that are known to be names.
        polarities: (which of them, its polarity), for those that are qualities or bounds.
    """

    clues: Clues
    intent: str | None
    stances: Sequence[tuple[int, str]]
    polarities: Sequence[tuple[int, str]] = ()


def of_seeds(n: int, seed: int) -> list[Labelled]:
    """`n` messages from the seeds that are not held out."""
    made = worlds(Catalogue(read_items(_DATA / "demo" / "catalogue.jsonl").rows), _DATA / "reading")
    readers = {name: RuleReader(world.titles, FacetLinker(world.catalogue), _NOTHING) for name, world in made.items()}
    found = []
    for chosen, (text, history, names) in drawn(n, seed, made):
        clues = readers[chosen.domain].clues(text, list(history))
        labels = ((which, span_label(span, names)) for which, span in enumerate(clues.spans))
        found.append(Labelled(clues, chosen.intent.value, [(which, label) for which, label in labels if label]))
    return found


def drawn(n: int, seed: int, made: Mapping[str, World]) -> Iterator[tuple[Seed, Filled]]:
    """`n` times a seed that is not held out, one after another in a fixed order, and how it was filled."""
    random_ = random.Random(seed)  # not for secrets
    learn_from, _ = held_out(load_seeds(_DATA / "reading"))
    random_.shuffle(learn_from)
    for chosen in islice(cycle(learn_from), n):
        yield chosen, filled(chosen, made[chosen.domain], random_, _CALLED)


def of_dialogues(folder: Path, likeliest: Callable[[Clues, int], str]) -> list[Labelled]:
    """Messages of the half that may be learnt from, with stances to the films in them.

    The form says only whether a film was liked, and people seldom say so in the message. Where it says disliked that
    is the label, elsewhere it is what `likeliest`, learnt from seeds, takes for the likeliest of the other stances.

    Args:
        folder: with ReDial's items.jsonl.gz and dialogues.jsonl.gz.
    """
    catalogue = Catalogue(read_items(folder / "items.jsonl.gz").rows)
    facets = FacetLinker(catalogue)
    reader = RuleReader(TitleLinker(catalogue, {}, facets.knows), facets, _NOTHING)
    keys = {item.id: title_key(split_year(item.title)[0]) for item in catalogue.items}
    found = []
    for said in messages(folder, "tune"):
        ticked = {keys[item]: said.form.get(item, {}).get("liked") for item in said.items if item in keys}
        if said.role != "user" or not ticked or plain(said.text) != said.text.replace("’", "'"):
            continue
        clues = reader.clues(said.text, [])
        named = ((which, keys[span.item_id]) for which, span in enumerate(clues.spans))
        stances = [
            (which, Stance.DISLIKED.value if ticked[key] == 0 else likeliest(clues, which))
            for which, key in named
            if key in ticked
        ]
        if stances:
            found.append(Labelled(clues, None, stances))
    return found
