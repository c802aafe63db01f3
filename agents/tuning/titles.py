"""Learn the weights that tell names from plain words.

python -m agents.tuning.titles --dialogues ../shared/data/redial

Learns from hand-written seeds filled with names of films and shops, and from the films that people named in half of
ReDial's dialogues, each as written and in lower case. Takes two minutes on one core.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.linking.facets import FacetLinker
from agents.linking.title_evidence import WEIGHTS, Sentence, TitleEvidence
from agents.linking.titles import Candidate, TitleLinker
from agents.plan import Intent
from agents.text import tokens
from agents.tuning.dialogues import messages
from agents.tuning.expand import filled, worlds
from agents.tuning.logistic import fit
from agents.tuning.seeds import Seed, held_out, load_seeds
from recommender.catalogue import Catalogue
from recommender.data.readers import read_items
from recommender.data.titles import split_year, title_key

_DATA = Path(__file__).resolve().parents[2] / "data"
_SEEN_OFTEN = 6  # stretches in which a feature must hold to get a weight
_SOFT = 0.5  # inverse strength of the L2 penalty
_WORTH_KEEPING = 0.02  # log-odds below which a weight is left out
_FRAME_SHARE = 0.1
_CALLED = 0.06  # of names are called by their rarest word ("Shawshank")
# Names that say nothing else: people answer so, and no seed teaches how little a name needs beside it.
_FRAMES = [
    Seed(frame, Intent.RECOMMEND, "film")
    for frame in (
        "{liked}", "{liked}", "{liked} ({year})", "{liked} ({year}) was {mood}", "{liked}, {liked2} and {liked3}",
        "{liked} and {liked2}", '"{liked}"', "{liked} {year}",
        "a {genre} film set in {year}", "from {year}", "before {year}",
    )
]  # fmt: skip


@dataclass(frozen=True)
class Marked:
    """A message, the linker of its catalogue, its candidates, and which of them are names."""

    sentence: Sentence
    titles: TitleLinker
    candidates: list[Candidate]
    names: frozenset[Candidate]


def of_seeds(n: int, seed: int) -> Iterator[Marked]:
    """`n` messages from the seeds that are not held out."""
    random_ = random.Random(seed)  # not for secrets
    films = Catalogue(read_items(_DATA / "demo" / "catalogue.jsonl").rows)
    reading = _DATA / "reading"
    learn, _ = held_out(load_seeds(reading))
    made = worlds(films, reading)
    for number in range(n):
        chosen = random_.choice(_FRAMES) if random_.random() < _FRAME_SHARE else learn[number % len(learn)]
        world = made[chosen.domain]
        text, _, slots = filled(chosen, world, random_, _CALLED)
        sentence, candidates = _parsed(text, world.titles)
        names = set()
        for start, end, _ in slots:
            inside = [c for c in candidates if _covers(sentence, c, start, end)]
            names |= set(inside[:1])  # the longest
        yield Marked(sentence, world.titles, _apart(candidates, names), frozenset(names))


def of_dialogues(folder: Path) -> Iterator[Marked]:
    """The messages of the half that may be learnt from, as written and in lower case."""
    catalogue = Catalogue(read_items(folder / "items.jsonl.gz").rows)
    titles = TitleLinker(catalogue, {}, FacetLinker(catalogue).knows, TitleEvidence({}))
    keys = [title_key(split_year(item.title)[0]) for item in catalogue.items]
    for said in messages(folder, "tune"):
        named = {keys[catalogue.position[item]] for item in said.items if item in catalogue}
        sentence, candidates = _parsed(said.text, titles)
        names = _tagged(sentence, candidates, keys, named)
        for text in (said.text, said.text.lower()):
            if len(text) == len(said.text):
                other, found = _parsed(text, titles)
                kept = frozenset(names & set(found))
                yield Marked(other, titles, _apart(found, kept), kept)


def _parsed(text: str, titles: TitleLinker) -> tuple[Sentence, list[Candidate]]:
    words = tokens(text)
    return Sentence.of(text, words), titles.candidates(words)


def _covers(sentence: Sentence, candidate: Candidate, start: int, end: int) -> bool:
    first, last = sentence.words[candidate.first].start, sentence.words[candidate.last - 1].end
    shared = min(end, last) - max(start, first)
    return shared >= 0.6 * (end - start) and shared >= 0.6 * (last - first)


def _tagged(
    sentence: Sentence, candidates: Sequence[Candidate], keys: Sequence[str], named: set[str]
) -> set[Candidate]:
    """Of each film named the stretch that stands for it: the one written like a name, the longest."""
    best: dict[str, tuple[int, int, Candidate]] = {}
    for candidate in candidates:
        key = keys[candidate.position]
        if key not in named:
            continue
        span = sentence.words[candidate.first : candidate.last]
        rank = (sum(token.text[0].isupper() for token in span), len(span), candidate)
        if key not in best or rank[:2] > best[key][:2]:
            best[key] = rank
    return {candidate for _, _, candidate in best.values()}


def _apart(candidates: Sequence[Candidate], names: set[Candidate] | frozenset[Candidate]) -> list[Candidate]:
    """Without those that share words with a name: they never come up once the name is found."""
    return [c for c in candidates if c in names or not any(c.overlaps(name) for name in names)]


def learn(marked: Sequence[Marked]) -> TitleEvidence:
    """The weights after two rounds: in the second, what the first took for names speaks for its neighbours."""
    evidence: TitleEvidence | None = None
    for _ in range(2):
        rows: list[list[str]] = []
        labels: list[bool] = []
        for one in marked:
            named = _named(one, evidence) if evidence else []
            for candidate in one.candidates:
                rows.append(one.titles.features(one.sentence, candidate, named))
                labels.append(candidate in one.names)
        names, model = fit(rows, labels, _SEEN_OFTEN, _SOFT)
        worth = sorted((name, round(float(w), 2)) for name, w in zip(names, model.coef_[0], strict=True))
        evidence = TitleEvidence({name: weight for name, weight in worth if abs(weight) >= _WORTH_KEEPING})
        print(f"{len(labels)} stretches, {sum(labels)} names, {len(evidence.weights)} weights", file=sys.stderr)
    assert evidence is not None
    return evidence


def _named(one: Marked, evidence: TitleEvidence) -> list[Candidate]:
    return [c for c in one.candidates if evidence.of(one.titles.features(one.sentence, c, [])) >= 0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogues", type=Path, help="a folder with ReDial's items.jsonl.gz and dialogues.jsonl.gz")
    parser.add_argument("--seeds", type=int, default=12_000, help="messages made from seeds")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    marked = list(of_seeds(given.seeds, given.seed))
    if given.dialogues:
        marked += of_dialogues(given.dialogues)
    evidence = learn(marked)
    about = "Log-odds that a stretch of a message names an item, by feature: python -m agents.tuning.titles"
    given.out.write_text(json.dumps({"about": about, "weights": evidence.weights}, indent=0) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
