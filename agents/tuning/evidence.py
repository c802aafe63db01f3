"""Learn the weights of words that tell intents, stances and polarities.

python -m agents.tuning.evidence --dialogues ../shared/data/redial

Takes a few minutes on one core.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from agents.reading.clues import Clues
from agents.reading.evidence import (
    INTENT_WEIGHTS,
    POLARITY_WEIGHTS,
    STANCE_WEIGHTS,
    WEIGHTS,
    LogLinear,
    intent_features,
    polarity_features,
    stance_features,
)
from agents.tuning.labelled import Labelled, of_dialogues, of_seeds
from agents.tuning.logistic import fit
from agents.tuning.marked import MARKED, Marked, as_said, load_marked
from agents.tuning.seeds import held_out

MESSAGES = 45_000  # made from seeds; of them 34,000 differ, since a third of the seeds has no slot to fill
_SEEN_OFTEN = 5  # messages in which a feature must hold to get a weight
_SOFT = 0.2  # inverse strength of the L2 penalty
_WORTH_KEEPING = 0.1  # log-odds: a feature that adds less to every class is left out
_TICKED_TIMES = 2  # each message of a dialogue counts so often: seeds are filled several times too


def learn_intents(told: Iterable[Labelled]) -> LogLinear:
    """The model of the messages whose intent is known."""
    rows = [(intent_features(one.clues), one.intent) for one in told if one.intent]
    return _learn([features for features, _ in rows], [label for _, label in rows])


def learn_stances(told: Iterable[Labelled]) -> LogLinear:
    """The model of the names whose stance is known."""
    rows = [(stance_features(one.clues, which), label) for one in told for which, label in one.stances]
    return _learn([features for features, _ in rows], [label for _, label in rows])


def learn_polarities(told: Iterable[Marked]) -> LogLinear:
    """The model of the qualities and bounds that are marked."""
    rows = [
        (polarity_features(said, said.names.index(place)), polarity.value)
        for message, said in ((message, as_said(message)) for message in told)
        for place, polarity in message.polarities.items()
    ]
    return _learn([features for features, _ in rows], [label for _, label in rows])


def _learn(features: Sequence[Sequence[str]], labels: Sequence[str]) -> LogLinear:
    """The model of these rows, which have three labels or more."""
    names, model = fit(features, labels, _SEEN_OFTEN, _SOFT)
    worth = {
        name: [round(float(w), 2) for w in weights]
        for name, weights in sorted(zip(names, model.coef_.T, strict=True))
        if abs(weights).max() >= _WORTH_KEEPING
    }
    print(f"{len(labels)} rows, {len(worth)} of {len(names)} features kept", file=sys.stderr)
    return LogLinear([str(label) for label in model.classes_], worth)


def not_disliked(known: LogLinear, clues: Clues, which: int) -> str:
    """The likeliest of the stances to a name other than disliked."""
    scores = known.log_probabilities(stance_features(clues, which))
    del scores["disliked"]
    return max(scores, key=scores.__getitem__)


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
    parser.add_argument("--seeds", type=int, default=MESSAGES, help="messages made from seeds")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="a folder")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    told = of_seeds(given.seeds, given.seed)
    known = learn_stances(told)
    if given.dialogues:
        more = of_dialogues(given.dialogues, partial(not_disliked, known))
        known = learn_stances([*told, *_TICKED_TIMES * more])
    save(learn_intents(told), given.out / INTENT_WEIGHTS)
    save(known, given.out / STANCE_WEIGHTS)
    save(learn_polarities(held_out(load_marked(WEIGHTS / MARKED))[0]), given.out / POLARITY_WEIGHTS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
