"""Learn the weights that tell intents and stances.

python -m agents.tuning.evidence --dialogues ../shared/data/redial

Learns from hand-written seeds filled with names of films and shops, and what people ticked as disliked in half of
ReDial's dialogues. Takes a few minutes on one core.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.evidence import (
    INTENT_WEIGHTS,
    STANCE_WEIGHTS,
    WEIGHTS,
    LogLinear,
    ReadingEvidence,
    intent_features,
    stance_features,
)
from agents.linking import FacetLinker
from agents.plan import Stance
from agents.rules import RuleReader, plain
from agents.titles import TitleLinker
from agents.tuning.dialogues import messages
from agents.tuning.expand import filled, span_label, worlds
from agents.tuning.logistic import fit
from agents.tuning.seeds import held_out, load_seeds
from recommender.catalogue import Catalogue
from recommender.data.readers import read_items
from recommender.data.titles import split_year, title_key

_DATA = Path(__file__).resolve().parents[2] / "data"
_SEEN_OFTEN = 5  # messages in which a feature must hold to get a weight
_SOFT = 0.2  # inverse strength of the L2 penalty
_WORTH_KEEPING = 0.1  # log-odds: a feature that adds less to every class is left out
_CALLED = 0.05  # of names are called by their rarest word ("Shawshank")
_TICKED_TIMES = 2  # each message of a dialogue counts so often: seeds are filled several times too
_NOTHING = LogLinear([stance.value for stance in Stance], {})


@dataclass(frozen=True)
class Told:
    """Rows for one model: features, and the label of each."""

    features: list[list[str]]
    labels: list[str]


def of_seeds(n: int, seed: int) -> tuple[Told, Told]:
    """Intents and stances of `n` messages from the seeds that are not held out."""
    random_ = random.Random(seed)  # not for secrets
    reading = _DATA / "reading"
    learn_from, _ = held_out(load_seeds(reading))
    random_.shuffle(learn_from)
    made = worlds(Catalogue(read_items(_DATA / "demo" / "catalogue.jsonl").rows), reading)
    # Only `clues` is asked of these readers, which takes no learnt weights.
    empty = ReadingEvidence(_NOTHING, _NOTHING)
    readers = {name: RuleReader(world.titles, FacetLinker(world.catalogue), empty) for name, world in made.items()}
    intents, stances = Told([], []), Told([], [])
    for number in range(n):
        chosen = learn_from[number % len(learn_from)]
        text, history, names = filled(chosen, made[chosen.domain], random_, _CALLED)
        clues = readers[chosen.domain].clues(text, list(history))
        intents.features.append(intent_features(clues))
        intents.labels.append(chosen.intent.value)
        for which, span in enumerate(clues.spans):
            label = span_label(span, names)
            if label is not None:
                stances.features.append(stance_features(clues, which))
                stances.labels.append(label)
    return intents, stances


def of_dialogues(folder: Path, known: LogLinear) -> Told:
    """Stances to the films of the half that may be learnt from.

    The form says only whether a film was liked, and people seldom say so in the message. Where it says disliked that
    is the label, elsewhere it is what `known`, learnt from seeds, takes for the likeliest of the other stances.
    """
    catalogue = Catalogue(read_items(folder / "items.jsonl.gz").rows)
    facets = FacetLinker(catalogue)
    reader = RuleReader(TitleLinker(catalogue, {}, facets.knows), facets, ReadingEvidence(_NOTHING, known))
    keys = {item.id: title_key(split_year(item.title)[0]) for item in catalogue.items}
    told = Told([], [])
    for said in messages(folder, "tune"):
        ticked = {keys[item]: said.form.get(item, {}).get("liked") for item in said.items if item in keys}
        if said.role != "user" or not ticked or plain(said.text) != said.text.replace("’", "'"):
            continue
        clues = reader.clues(said.text, [])
        for which, span in enumerate(clues.spans):
            if (key := keys[span.item_id]) in ticked:
                features = stance_features(clues, which)
                told.features.append(features)
                told.labels.append("disliked" if ticked[key] == 0 else _likeliest(known, features))
    return told


def _likeliest(known: LogLinear, features: Sequence[str]) -> str:
    scores = known.log_probabilities(features)
    del scores["disliked"]
    return max(scores, key=scores.__getitem__)


def learn(told: Told) -> LogLinear:
    """The model of these rows, which have three labels or more."""
    names, model = fit(told.features, told.labels, _SEEN_OFTEN, _SOFT)
    worth = {
        name: [round(float(w), 2) for w in weights]
        for name, weights in sorted(zip(names, model.coef_.T, strict=True))
        if abs(weights).max() >= _WORTH_KEEPING
    }
    print(f"{len(told.labels)} rows, {len(worth)} of {len(names)} features kept", file=sys.stderr)
    return LogLinear([str(label) for label in model.classes_], worth)


def save(model: LogLinear, path: Path) -> None:
    """One feature a line, so that a change of weights is a readable change of the file."""
    lines = ",\n".join(f"{json.dumps(name, ensure_ascii=False)}: {list(w)}" for name, w in model.weights.items())
    about = "Log-odds of each label by feature: python -m agents.tuning.evidence"
    head = f'"about": {json.dumps(about)},\n"labels": {json.dumps(list(model.labels))},\n'
    path.write_text("{" + head + '"weights": {\n' + lines + "\n}}\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogues", type=Path, help="a folder with ReDial's items.jsonl.gz and dialogues.jsonl.gz")
    parser.add_argument("--seeds", type=int, default=20_000, help="messages made from seeds")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="a folder")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    intents, stances = of_seeds(given.seeds, given.seed)
    known = learn(stances)
    if given.dialogues:
        more = of_dialogues(given.dialogues, known)
        known = learn(
            Told(stances.features + _TICKED_TIMES * more.features, stances.labels + _TICKED_TIMES * more.labels)
        )
    save(learn(intents), given.out / INTENT_WEIGHTS)
    save(known, given.out / STANCE_WEIGHTS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
