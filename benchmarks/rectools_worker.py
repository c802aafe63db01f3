"""The other side of `benchmarks.request`: RecTools' SASRec in the peers' environment, one recommendation a line.

Trains one epoch on a synthetic catalogue (weights do not matter for the time of a request), then reads
"<threads> <user>" from standard input and answers with the seconds of `recommend([user])` for that user's ten best
unseen items. The data set it is handed holds that one user, which is the fastest way to ask. Knows nothing of this
project.
"""

import json
import logging
import sys
import time
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
import torch
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel

logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
warnings.filterwarnings("ignore")


def dataset_of(histories: np.ndarray, users: np.ndarray) -> Dataset:
    count, length = histories.shape
    table = {
        Columns.User: np.repeat(users, length),
        Columns.Item: histories.ravel(),
        Columns.Weight: 1.0,
        Columns.Datetime: pd.to_datetime(np.tile(np.arange(length), count), unit="D"),
    }
    return Dataset.construct(pd.DataFrame(table))


def main() -> None:
    n_items, length = int(sys.argv[1]), int(sys.argv[2])
    random = np.random.default_rng(0)
    count = max(-(-n_items // length), 100)
    # Every item once, so that the catalogue has its full size.
    items = np.concatenate([random.permutation(n_items), random.integers(0, n_items, count * length - n_items)])
    histories = items.reshape(count, length)
    torch.set_num_threads(1)
    model = SASRecModel(
        n_factors=64, n_blocks=2, n_heads=2, session_max_len=50, epochs=1, batch_size=128,
        loss="sampled_softmax", n_negatives=256, recommend_torch_device="cpu",
    )  # fmt: skip
    model.fit(dataset_of(histories, np.arange(count)))
    print(json.dumps({name: version(name) for name in ("rectools", "torch")}), flush=True)
    for line in sys.stdin:
        threads, user = (int(word) for word in line.split())
        torch.set_num_threads(threads)
        one = dataset_of(histories[user % count][None], np.array([user]))
        started = time.perf_counter()
        found = model.recommend(users=[user], dataset=one, k=10, filter_viewed=True)
        seconds = time.perf_counter() - started
        assert len(found) == 10
        print(json.dumps({"seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
