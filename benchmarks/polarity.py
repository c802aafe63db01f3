"""How well it is told what is asked for, ruled out or only told: rules alone, with a model of words, with the encoder.

python -m benchmarks.polarity

On the marked messages that nothing was learnt from (`agents.tuning.marked`), by stretch.
"""

from collections.abc import Mapping, Sequence

from agents.plan import Polarity
from agents.reading.clues import OPEN, TITLE, Said
from agents.reading.evidence import WEIGHTS, ReadingEvidence
from agents.reading.polarity import likeliest
from agents.tuning.marked import MARKED, as_said, load_marked
from agents.tuning.seeds import held_out
from benchmarks.common import write_result

# What each of `agents.reading.polarity.rule`'s words stands for, where rules alone decide.
_RULES = {"none": Polarity.WANTED, "too": Polarity.WANTED, "not reached": Polarity.WANTED, "allowed": Polarity.TOLD}


def main() -> None:
    """Prints and writes the shares."""
    evidence = ReadingEvidence.load()
    if evidence.encoder is None:
        raise SystemExit("The encoder is missing. Make it: python -m agents.tuning.encoder")
    messages = held_out(load_marked(WEIGHTS / MARKED))[1]
    said = [as_said(message) for message in messages]
    silent = [[dict.fromkeys(Polarity, 0.0)] * len(one.names) for one in said]
    spoken = [evidence.encoder.opinions([one])[0].polarities for one in said]
    truth = [polarity for message in messages for polarity in message.polarities.values()]
    found = {
        "rules alone": [_RULES.get(rule, Polarity.RULED_OUT) for one in said for rule in one.rules if rule != TITLE],
        "rules and words": _likeliest(evidence, said, silent),
        "with the encoder": _likeliest(evidence, said, spoken),
    }
    metrics = {name: _shares(truth, labels) for name, labels in found.items()}
    for name, shares in metrics.items():
        print(name, shares)
    write_result("polarity", benchmark="polarity", dataset="marked", model="rules", n=len(truth), metrics=metrics)


def _likeliest(
    evidence: ReadingEvidence, said: Sequence[Said], opinions: Sequence[Sequence[Mapping[str, float]]]
) -> list[str]:
    """The polarities of all stretches, in reading order."""
    odds = [evidence.polarity_odds(*pair) for pair in zip(said, opinions, strict=True)]
    return [
        likeliest(scores[name]) if rule in OPEN else _RULES.get(rule, Polarity.RULED_OUT)
        for one, scores in zip(said, odds, strict=True)
        for name, rule in zip(one.names, one.rules, strict=True)
        if rule != TITLE
    ]


def _shares(truth: Sequence[Polarity], found: Sequence[str]) -> dict[str, float]:
    """The share that is right, and precision and recall of each polarity."""
    pairs = list(zip(truth, found, strict=True))
    shares = {"right": round(sum(known == label for known, label in pairs) / len(pairs), 3)}
    for polarity in Polarity:
        hit = sum(known == label == polarity for known, label in pairs)
        shares[f"{polarity} precision"] = round(hit / max(1, sum(label == polarity for _, label in pairs)), 3)
        shares[f"{polarity} recall"] = round(hit / max(1, sum(known == polarity for known, _ in pairs)), 3)
    return shares


if __name__ == "__main__":
    main()
