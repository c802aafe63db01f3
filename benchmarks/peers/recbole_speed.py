"""How fast RecBole's SASRec trains on an exported split: for information, its ranking is not measured.

Runs in an environment of its own (requirements-recbole.txt) on the `.npz` of `benchmarks.quality.export_split`.
RecBole makes one padded sequence of each label, so its epoch costs far more than one of a model that learns from all
positions at once. Takes one epoch, or as many steps as the budget allows, and prints JSON.
"""

import argparse
import json
import os
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"

import numpy as np
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.model.sequential_recommender import SASRec
from recbole.utils import init_seed

SETTINGS = {
    "USER_ID_FIELD": "user_id",
    "ITEM_ID_FIELD": "item_id",
    "TIME_FIELD": "timestamp",
    "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
    "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "mode": "full", "group_by": None},
    "MAX_ITEM_LIST_LENGTH": 50,
    "loss_type": "CE",
    "train_neg_sample_args": None,
    "use_gpu": False,
    "show_progress": False,
    "save_dataset": False,
    "state": "ERROR",
}


def write_interactions(split: Path, folder: Path, name: str) -> None:
    """RecBole holds the last two items out of each history: the validation target, twice, is what it may take."""
    with np.load(split) as kept:
        train, valid = np.split(kept["items"], kept["offsets"][1:-1]), kept["valid_target"]
    (folder / name).mkdir()
    with (folder / name / f"{name}.inter").open("w", encoding="utf-8") as file:
        file.write("user_id:token\titem_id:token\ttimestamp:float\n")
        for user, (history, target) in enumerate(zip(train, valid, strict=True)):
            for moment, item in enumerate([*history, target, target]):
                file.write(f"u{user}\ti{item}\t{moment}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("split", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=float, default=float("inf"), help="CPU seconds of training")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        write_interactions(options.split, Path(folder), "split")
        settings = SETTINGS | {"data_path": folder, "checkpoint_dir": folder, "seed": options.seed}
        config = Config(model="SASRec", dataset="split", config_dict=settings)
        torch.set_num_threads(1)
        init_seed(config["seed"], config["reproducibility"])
        train_data, _, _ = data_preparation(config, create_dataset(config))
    model = SASRec(config, train_data.dataset)
    optimiser = torch.optim.Adam(model.parameters(), lr=config["learning_rate"])
    model.train()
    labels = steps = 0
    began, began_cpu = time.perf_counter(), time.process_time()
    for batch in train_data:
        optimiser.zero_grad()
        model.calculate_loss(batch).backward()
        optimiser.step()
        labels, steps = labels + len(batch), steps + 1
        if time.process_time() - began_cpu > options.budget:
            break
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - began_cpu
    total = len(train_data.dataset)
    figures = {
        "model": "recbole-sasrec-softmax",
        "steps": steps,
        "steps_per_epoch": len(train_data),
        "labels_per_epoch": total,
        "seconds": round(seconds, 1),
        "labels_per_s": round(labels / seconds, 1),
        "labels_per_cpu_s": round(labels / cpu_seconds, 1),
        "seconds_per_epoch": round(seconds * total / labels, 1),
        "whole_epoch_measured": labels == total,
        "versions": {name: version(name) for name in ("recbole", "torch", "numpy")},
    }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
