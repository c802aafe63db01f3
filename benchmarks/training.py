"""How fast we train against a peer at the same quality: from the curves that `benchmarks.quality` recorded.

python -m benchmarks.quality --dataset amazon-beauty --model rectools-sasrec-ss
python -m benchmarks.quality --dataset amazon-beauty --model sasrec-ids
python -m benchmarks.training --dataset amazon-beauty --model sasrec-ids --peer rectools-sasrec-ss

Speeds are per second of processor time of one thread, validation left out, so that other work on the machine does not
count. A model that reaches 95% of the peer's best validation NDCG@10 earlier, or later, shows in `time_ratio`.
"""

import argparse
import json
import sys
from typing import Any

from benchmarks.common import RESULTS, write_result
from benchmarks.quality import result_name

_SHARE = 0.95


def curve(result: dict[str, Any]) -> list[tuple[float, float]]:
    """(processor seconds, validation NDCG@10) after each epoch."""
    training = result["training"]
    rows = training.get("curve") or training["report"]["log"]
    return [(row.get("cpu_seconds", row["seconds"]), row["valid_ndcg@10"]) for row in rows if "valid_ndcg@10" in row]


def labels_per_s(result: dict[str, Any]) -> float:
    """Labels a processor second."""
    training = result["training"]
    return float(training.get("labels_per_cpu_s") or training["report"]["labels_per_cpu_s"])


def seconds_to(points: list[tuple[float, float]], ndcg: float) -> float | None:
    """When a curve first reaches this validation NDCG@10."""
    return next((seconds for seconds, value in points if value >= ndcg), None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--model", default="sasrec-ids")
    parser.add_argument("--peer", default="rectools-sasrec-ss")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", nargs="+", default=(), metavar="KEY=VALUE", help="what our model was trained with")
    parser.add_argument("--epochs", type=int, help="and for how many epochs, where not the recipe's")
    given = parser.parse_args()
    names = (
        result_name(given.dataset, given.model, given.seed, given.set, given.epochs),
        result_name(given.dataset, given.peer, given.seed),
    )
    ours, peer = (json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")) for name in names)
    goal = _SHARE * max(value for _, value in curve(peer))
    mine, theirs = seconds_to(curve(ours), goal), seconds_to(curve(peer), goal)
    figures = {
        "labels_per_s": {"ours": labels_per_s(ours), "peer": labels_per_s(peer)},
        "labels_ratio": round(labels_per_s(ours) / labels_per_s(peer), 2),
        "goal_valid_ndcg@10": round(goal, 5),
        "seconds_to_goal": {"ours": mine, "peer": theirs},
        "time_ratio": round(theirs / mine, 2) if mine and theirs else None,
        "test_ndcg@10": {"ours": ours["metrics"]["ndcg@10"]["mean"], "peer": peer["metrics"]["ndcg@10"]["mean"]},
    }
    print(json.dumps(figures, indent=1), file=sys.stderr)
    write_result(
        f"training_{given.dataset}_{given.model}_against_{given.peer}",
        benchmark="training", dataset=given.dataset, model=given.model, metrics=figures, n=ours["n"], seed=given.seed,
    )  # fmt: skip


if __name__ == "__main__":
    main()
