"""What incremental distillation brings: how well the new is learnt and the old is kept, against other ways to go on.

python -m benchmarks.incremental --dataset movielens-small
python -m benchmarks.incremental --dataset amazon-beauty

movielens-small: the old data are the first four fifths of all ratings, the new ones are the rest; people may go on.
amazon-beauty: the old data are four fifths of the people, without a twentieth of the items; the others are new.
Everybody's last items are held out of every arm. "old" figures are of people with nothing new, "new" figures of the
others, whose held-out items are new; "new_items" are those of them that nobody had touched before.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import RESULTS, data_dir, load_dataset, text_vectors, write_result
from recommender.arrays import Floats
from recommender.data.grouplens import find, read_ratings
from recommender.data.sequences import Indexes, Split, timed_histories
from recommender.evaluation.bootstrap import paired_ratio
from recommender.evaluation.metrics import estimate, full_ranks, ndcg
from recommender.models.neural import NeuralModel
from recommender.training import incremental, recipes
from recommender.training.incremental import IncrementalOptions

ARMS = {
    "fine-tuning": IncrementalOptions(soft=0.0, replay=0.0),
    "distilled, no replay": IncrementalOptions(replay=0.0),
    "distilled": IncrementalOptions(),
}


@dataclass(frozen=True)
class Scenario:
    """Whole histories, and how many items of each are old; the last `tests` of a history are held out."""

    items: tuple[str, ...]
    histories: list[Indexes]
    known: np.ndarray
    tests: int
    text: Floats | None = None

    @property
    def is_new(self) -> np.ndarray:
        return np.array([len(h) for h in self.histories]) > self.known

    def split(self, people: np.ndarray, old_part: bool = False) -> Split:
        """Training and validation of these people; `old_part`: of those with something new, only what is old."""
        train, valid = [], np.zeros(len(people), dtype=np.int32)
        for row, person in enumerate(people):
            history = self.histories[person]
            if old_part and self.is_new[person]:
                history = history[: self.known[person]]
            elif self.measured[person]:
                history = history[: -self.tests]
                history, valid[row] = history[:-1], history[-1]
            train.append(history)
        names = tuple(map(str, people))
        return Split(self.items, names, train, valid, np.zeros(len(people), dtype=np.int32))

    @property
    def measured(self) -> np.ndarray:
        """Who has enough items for tests, validation and one to go on from, all new where there are new ones."""
        lengths = np.array([len(h) for h in self.histories])
        return np.where(self.is_new, lengths - self.known > self.tests, lengths > self.tests + 1) & (
            lengths > self.tests + 1
        )

    def figures(self, model: NeuralModel, people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, tests) NDCG@10 and targets of people; past items are no candidates."""
        cut = [self.histories[p][: len(self.histories[p]) - j] for p in people for j in range(self.tests)]
        targets = np.array([history[-1] for history in cut], dtype=np.int32)
        ranks = full_ranks(model.scores, [history[:-1] for history in cut], targets)
        return ndcg(ranks).reshape(-1, self.tests), targets.reshape(-1, self.tests)


def movielens_small() -> Scenario:
    """By one moment in time, without text; five tests a person, because few people come after it."""
    files = find(data_dir() / "movielens-small")
    assert files is not None
    events = [e for e in read_ratings(files, data_dir() / "movielens-small" / "ratings.csv.gz").rows if e.value >= 3.5]
    items = tuple(sorted({event.item_id for event in events}))
    moment = float(np.quantile([event.timestamp for event in events], 0.8))
    timed = timed_histories(events, items)
    histories = [np.array([item for _, item in rows], dtype=np.int32) for rows in timed.values()]
    known = np.array([sum(when <= moment for when, _ in rows) for rows in timed.values()])
    return Scenario(items, histories, known, tests=5)


def amazon_beauty(seed: int = 0) -> Scenario:
    """By people, with text."""
    split, texts = load_dataset("amazon-beauty")
    random = np.random.default_rng(seed)
    new_items = random.choice(split.n_items, split.n_items // 20, replace=False) + 1
    old = random.random(len(split.users)) < 0.8
    histories = [h[~np.isin(h, new_items)] if o else h for h, o in zip(split.full(), old, strict=True)]
    kept = [i for i, history in enumerate(histories) if len(history)]
    known = np.array([len(histories[i]) if old[i] else 0 for i in kept])
    return Scenario(split.items, [histories[i] for i in kept], known, 1, text_vectors("amazon-beauty", texts))


DATASETS: dict[str, Callable[[], Scenario]] = {"movielens-small": movielens_small, "amazon-beauty": amazon_beauty}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, choices=sorted(DATASETS))
    parser.add_argument("--model", default="sasrec")
    parser.add_argument("--epochs", type=int, default=15, help="at most, of a full training")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()

    data = DATASETS[given.dataset]()
    people = np.arange(len(data.histories))
    new = people[data.is_new]
    groups = {"new": people[data.is_new & data.measured], "old": people[~data.is_new & data.measured]}
    touched = np.unique(np.concatenate([h[:k] for h, k in zip(data.histories, data.known, strict=True)]))
    values: dict[str, dict[str, np.ndarray]] = {}
    figures: dict[str, Any] = {}
    training: dict[str, Any] = {}

    def measure(arm: str, model: NeuralModel, report: dict[str, Any], wall: float, cpu: float) -> None:
        values[arm], figures[arm] = {}, {}
        for group, who in groups.items():
            scored, targets = data.figures(model, who)
            values[arm][group] = scored.mean(axis=1)
            figures[arm][group] = {"ndcg@10": estimate(values[arm][group]).as_json(), "people": len(who)}
            unseen = ~np.isin(targets, touched)
            if group == "new" and unseen.any():
                figures[arm]["new_items"] = {
                    "ndcg@10": estimate(scored[unseen]).as_json(),
                    "targets": int(unseen.sum()),
                }
        training[arm] = {"seconds": round(wall, 1), "processor_seconds": round(cpu, 1)}
        training[arm] |= {k: report[k] for k in ("epochs", "replayed", "log") if k in report}
        print(arm, json.dumps(figures[arm]), f"{wall:.0f} s, {cpu:.0f} s of processor", file=sys.stderr, flush=True)

    def full_training(split: Split) -> tuple[NeuralModel, dict[str, Any]]:
        model = recipes.new_model(given.model, split, data.text)
        assert isinstance(model, NeuralModel)
        options = replace(recipes.fit_options(given.model, split), epochs=given.epochs, patience=3, seed=given.seed)
        return model, model.fit(split, options)

    wall, cpu = time.perf_counter(), time.process_time()
    incumbent, report = full_training(data.split(people[data.known > 0], old_part=True))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    measure("incumbent", incremental.extend(incumbent, data.items, data.text)[0], report, wall, cpu)
    part = data.split(new)
    options = replace(incremental.fit_options(given.model, part), seed=given.seed)
    for arm, how in ARMS.items():
        wall, cpu = time.perf_counter(), time.process_time()
        model, report = incremental.update(incumbent, part, data.known[new], data.text, options, how)
        measure(arm, model, report, time.perf_counter() - wall, time.process_time() - cpu)
    wall, cpu = time.perf_counter(), time.process_time()
    model, report = full_training(data.split(people))
    measure("full training", model, report, time.perf_counter() - wall, time.process_time() - cpu)

    ratios = {
        f"{arm} / {base}, {group}": paired_ratio(values[arm][group], values[base][group]).as_json()
        for arm in ("fine-tuning", "distilled, no replay", "distilled")
        for base in ("incumbent", "fine-tuning", "full training")
        for group in groups
        if arm != base
    }
    print(json.dumps(ratios, indent=1))
    write_result(
        f"incremental_{given.dataset}_{given.model}",
        benchmark="incremental",
        dataset=given.dataset,
        model=given.model,
        seed=given.seed,
        protocol=f"full ranking, past items excluded, last {data.tests} of each person held out",
        n=sum(map(len, groups.values())),
        metrics=figures,
        training=training,
        folder=given.results,
        ratios=ratios,
        people={"old": len(people) - len(new), "new": int((data.known[new] == 0).sum()),
                "going on": int((data.known[new] > 0).sum())},
        items={"all": len(data.items), "new": len(data.items) - len(touched)},
    )  # fmt: skip


if __name__ == "__main__":
    main()
