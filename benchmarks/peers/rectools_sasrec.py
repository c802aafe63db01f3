"""SASRec of RecTools on an exported split: trains, keeps the epoch that validates best, writes its lists for the test.

Runs in an environment of its own and knows nothing of this project: it reads the `.npz` that `benchmarks.quality`
exports and writes a `.npz` of ranked lists and a `.json` of how training went. Test targets are not in what it reads.
"""

import argparse
import copy
import json
import time
import warnings
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from pytorch_lightning import Callback, Trainer, seed_everything
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel
from rectools.models.nn.transformers.ligr import LiGRLayers

LIST_LENGTH = 20
VALID_USERS = 10_000  # this project's own models validate on 4,000


@dataclass(frozen=True)
class Recipe:
    """The part of a configuration that differs between data sets."""

    factors: int
    blocks: int
    heads: int
    dropout: float
    length: int


# The hyper-parameter table of the eSASRec paper's repository (blondered/transformer_benchmark). It gives 64 factors for
# Beauty where its run file says 256: the table's figure is taken. Games is not in it and gets Beauty's row.
RECIPES = {
    "amazon-beauty": Recipe(factors=64, blocks=1, heads=1, dropout=0.2, length=50),
    "amazon-games": Recipe(factors=64, blocks=1, heads=1, dropout=0.2, length=50),
    "movielens-1m": Recipe(factors=64, blocks=2, heads=1, dropout=0.1, length=200),
}


class EpochClock(Callback):
    """Seconds inside training epochs: neither preparing the data nor validating is training.

    `cpu` is what the process computed; on one thread it is `wall` less the waiting for a core that others used.
    """

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0
        self.started = (0.0, 0.0)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: object) -> None:
        self.started = (time.perf_counter(), time.process_time())

    def on_train_epoch_end(self, trainer: Trainer, pl_module: object) -> None:
        self.wall += time.perf_counter() - self.started[0]
        self.cpu += time.process_time() - self.started[1]


def quiet_trainer() -> Trainer:
    return Trainer(
        accelerator="cpu",
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[EpochClock()],
    )


def dataset_of(histories: list[np.ndarray], users: np.ndarray) -> Dataset:
    """RecTools orders by time: the place in the history stands for it."""
    lengths = [len(history) for history in histories]
    table = pd.DataFrame(
        {
            Columns.User: np.repeat(users, lengths),
            Columns.Item: np.concatenate(histories),
            Columns.Weight: 1.0,
            Columns.Datetime: pd.to_datetime(np.concatenate([np.arange(n) for n in lengths]), unit="D"),
        }
    )
    return Dataset.construct(table)


def lists(model: SASRecModel, dataset: Dataset, users: np.ndarray, k: int) -> np.ndarray:
    """(len(users), k) item indexes, best first, past items left out; 0 where nothing was recommended."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = model.recommend(users=users, dataset=dataset, k=k, filter_viewed=True, on_unsupported_targets="ignore")
    place = pd.Series(np.arange(len(users)), index=users)
    ranked = np.zeros((len(users), k), dtype=np.int32)
    ranked[place.loc[found[Columns.User]].to_numpy(), found[Columns.Rank].to_numpy() - 1] = found[Columns.Item]
    return ranked


def ndcg_at_10(ranked: np.ndarray, targets: np.ndarray) -> float:
    hits = ranked[:, :10] == targets[:, None]
    return float((hits / np.log2(np.arange(2, 12))).sum(axis=1).mean())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("split", type=Path, help=".npz with items, offsets, valid_target, n_items")
    parser.add_argument("out", type=Path, help="where to write the lists (.npz) and, beside them, the report (.json)")
    parser.add_argument("--dataset", required=True, choices=sorted(RECIPES))
    parser.add_argument("--layers", choices=("sasrec", "ligr"), default="sasrec")
    parser.add_argument("--loss", choices=("softmax", "sampled_softmax"), default="sampled_softmax")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--factors", type=int, help="width, where not the recipe's")
    parser.add_argument("--length", type=int, help="newest items of a history that are read, where not the recipe's")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--patience", type=int, default=50, help="epochs without a better validation NDCG@10")
    parser.add_argument("--every", type=int, default=1, help="epochs between validations")
    parser.add_argument(
        "--budget", type=float, default=float("inf"), help="CPU seconds, training and validation together"
    )
    return parser.parse_args()


def main() -> None:
    options = arguments()
    began = time.perf_counter()
    torch.set_num_threads(1)
    seed_everything(options.seed, verbose=False)
    recipe = RECIPES[options.dataset]
    factors, length = options.factors or recipe.factors, options.length or recipe.length
    with np.load(options.split) as split:
        train = np.split(split["items"], split["offsets"][1:-1])
        valid_target = split["valid_target"]
    users = np.arange(len(train))
    train_data = dataset_of(train, users)
    labels = sum(min(len(history) - 1, length) for history in train if len(history))

    valid_users = users[valid_target > 0]
    if len(valid_users) > VALID_USERS:
        chosen = np.random.default_rng(options.seed).choice(len(valid_users), VALID_USERS, replace=False)
        valid_users = valid_users[np.sort(chosen)]
    valid_data = dataset_of([train[user] for user in valid_users], valid_users)

    ligr = {"transformer_layers_type": LiGRLayers, "transformer_layers_kwargs": {"ff_factors_multiplier": 4}}
    model = SASRecModel(
        n_factors=factors,
        n_blocks=recipe.blocks,
        n_heads=recipe.heads,
        dropout_rate=recipe.dropout,
        session_max_len=length,
        loss=options.loss,
        n_negatives=256,
        lr=1e-3,
        batch_size=128,
        get_trainer_func=quiet_trainer,
        recommend_torch_device="cpu",
        **({**ligr, "use_key_padding_mask": True} if options.layers == "ligr" else {}),
    )

    curve: list[dict[str, float]] = []
    best, best_epoch, best_weights, stopped_by = -1.0, 0, {}, "epochs"
    epoch, round_seconds = 0, 0.0
    while epoch < options.epochs:
        if time.process_time() + round_seconds > options.budget and curve:
            stopped_by = "time"
            break
        round_began = time.process_time()
        step = min(options.every, options.epochs - epoch)
        model.fit_partial(train_data, min_epochs=step, max_epochs=step)
        epoch += step
        clock = next(c for c in model.fit_trainer.callbacks if isinstance(c, EpochClock))
        ndcg = ndcg_at_10(lists(model, valid_data, valid_users, 10), valid_target[valid_users])
        curve.append(
            {
                "epoch": epoch,
                "seconds": round(clock.wall, 1),
                "cpu_seconds": round(clock.cpu, 1),
                "valid_ndcg@10": round(ndcg, 6),
            }
        )
        round_seconds = time.process_time() - round_began
        print(
            f"epoch {epoch}: {clock.wall / epoch:.1f} s an epoch ({clock.cpu / epoch:.1f} of CPU), "
            f"{labels * epoch / clock.wall:.0f} labels/s, valid NDCG@10 {ndcg:.4f}, "
            f"{time.perf_counter() - began:.0f} s in all",
            flush=True,
        )
        if ndcg > best:
            best, best_epoch = ndcg, epoch
            best_weights = copy.deepcopy(model.torch_model.state_dict())
        elif epoch - best_epoch >= options.patience:
            stopped_by = "patience"
            break

    model.torch_model.load_state_dict(best_weights)
    test_histories = [
        np.append(history, valid) if valid else history for history, valid in zip(train, valid_target, strict=True)
    ]
    ranked = lists(model, dataset_of(test_histories, users), users, LIST_LENGTH)
    np.savez_compressed(options.out, lists=ranked)
    total = sum(p.numel() for p in model.torch_model.parameters())
    report = {
        "parameters": {
            "total": total,
            "without_items": total - sum(p.numel() for p in model.torch_model.item_model.parameters()),
        },
        "training": {
            "epochs": epoch,
            "best_epoch": best_epoch,
            "stopped_by": stopped_by,
            "seconds": round(clock.wall, 1),
            "cpu_seconds": round(clock.cpu, 1),
            "seconds_with_validation": round(time.perf_counter() - began, 1),
            "labels_per_epoch": labels,
            "labels_per_s": round(labels * epoch / clock.wall, 1),
            "labels_per_cpu_s": round(labels * epoch / clock.cpu, 1),
            "curve": curve,
        },
        "configuration": {
            "layers": options.layers,
            "loss": options.loss,
            "negatives": 256 if options.loss == "sampled_softmax" else None,
            "factors": factors,
            "blocks": recipe.blocks,
            "heads": recipe.heads,
            "dropout": recipe.dropout,
            "max_length": length,
            "batch_size": 128,
            "learning_rate": 1e-3,
            "patience": options.patience,
            "threads": torch.get_num_threads(),
        },
        "versions": {name: version(name) for name in ("rectools", "torch", "pytorch-lightning", "numpy")},
    }
    options.out.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
