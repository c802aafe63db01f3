"""What each choice in training brings: one choice is changed at a time, the rest stays as the recipe has it.

python -m benchmarks.choices --dataset amazon-industrial --model sasrec
python -m benchmarks.choices --dataset amazon-industrial --model e-llmrec --choices recipe LoRA --seeds 0

Every choice is compared with the recipe over the same people and seeds (paired bootstrap).
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from benchmarks.common import LEAVE_ONE_OUT, SeedRuns, load_dataset, text_vectors, write_result
from recommender.arrays import Floats
from recommender.data.sequences import Split
from recommender.evaluation.bootstrap import paired_ratio
from recommender.evaluation.metrics import full_ranks
from recommender.features.covisits import covisit_vectors, tuned_llm_vectors
from recommender.features.llm_vectors import llm_vectors
from recommender.models.neural import NeuralModel
from recommender.training.recipes import fit_options, new_model


@dataclass(frozen=True)
class Choice:
    """What is changed: the network's settings, the training's, or where text vectors come from."""

    shape: dict[str, Any] = field(default_factory=dict)
    fit: dict[str, Any] = field(default_factory=dict)
    text: str = "minilm"


CHOICES = {
    "recipe": Choice(),
    "ids only": Choice({"item_source": "ids"}),
    "text only": Choice({"item_source": "text"}),
    "LLM token vectors": Choice(text="llm tokens"),
    "LLM states": Choice(text="llm states"),
    "text bent by co-visits": Choice(text="co-visits"),
    "LLM tuned on co-visits": Choice(text="tuned llm"),
    "crop": Choice(fit={"augment": ("crop",)}),
    "mask": Choice(fit={"augment": ("mask",)}),
    "reorder": Choice(fit={"augment": ("reorder",)}),
    "no buckets": Choice(fit={"buckets": False}),
    "bf16": Choice(fit={"bf16": True}),
    "float32": Choice(fit={"bf16": False}),
    "LiGR blocks": Choice({"layers": "ligr"}),
    "last position": Choice(fit={"labels": "last"}),
    "random weights": Choice({"pretrained": False}),
    "LoRA": Choice({"tuning": "lora"}),
    "LoRA, four times the rate": Choice({"tuning": "lora"}, {"learning_rate": 2e-3}),
    "instruction": Choice({"instruction": "Recommend the next item for a person who chose these, in order:"}),
    "2 layers": Choice({"n_layers": 2}),
    "4 layers": Choice({"n_layers": 4}),
    "all layers": Choice({"n_layers": 0}),
}
_OF_SASREC = (
    "recipe",
    "ids only",
    "text only",
    "LLM token vectors",
    "text bent by co-visits",
    "crop",
    "mask",
    "reorder",
)


def vectors(kind: str, dataset: str, texts: list[str], split: Split) -> Floats:
    """Text vectors of a kind that a choice names."""
    makers: dict[str, Callable[[], Floats]] = {
        "minilm": lambda: text_vectors(dataset, texts),
        "llm tokens": lambda: llm_vectors(texts, layer=0),
        "llm states": lambda: llm_vectors(texts, layer=15),
        "co-visits": lambda: covisit_vectors(text_vectors(dataset, texts), split.train),
        "tuned llm": lambda: tuned_llm_vectors(texts, split.train),
    }
    return makers[kind]()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--model", default="sasrec")
    parser.add_argument("--choices", nargs="+", default=list(_OF_SASREC), choices=CHOICES)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=None, help="at most; default: the recipe's")
    parser.add_argument("--tag", default="")
    given = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    split, texts = load_dataset(given.dataset)
    options = fit_options(given.model, split)
    if given.epochs:
        options = replace(options, epochs=given.epochs)
    histories, targets = split.histories("test")
    figures: dict[str, Any] = {}
    ndcgs: dict[str, np.ndarray] = {}
    training: dict[str, Any] = {}
    for name in given.choices:
        choice = CHOICES[name]
        text = vectors(choice.text, given.dataset, texts, split)
        runs, training[name] = SeedRuns(), []
        for seed in given.seeds:
            model = new_model(given.model, split, text)
            assert isinstance(model, NeuralModel)
            model.shape = replace(model.shape, **choice.shape)
            report = model.fit(split, replace(options, seed=seed, **choice.fit))
            found = runs.add(full_ranks(model.scores, histories, targets))
            training[name].append({k: report[k] for k in ("epochs", "seconds", "labels_per_s", "parameters", "log")})
            print(f"{name} seed {seed}: NDCG@10 {found:.4f}, {report['seconds']} s", file=sys.stderr, flush=True)
        ndcgs[name], figures[name] = runs.ndcgs, runs.figures()
    ratios = {
        f"{name} / recipe": paired_ratio(ndcgs[name], ndcgs["recipe"]).as_json()
        for name in given.choices
        if name != "recipe" and "recipe" in ndcgs
    }
    print(json.dumps(ratios, indent=1))
    write_result(
        f"choices_{given.dataset}_{given.model}{given.tag}",
        benchmark="choices",
        dataset=given.dataset,
        model=given.model,
        protocol=LEAVE_ONE_OUT,
        n=len(targets),
        metrics=figures,
        training=training,
        seeds=given.seeds,
        ratios=ratios,
    )


if __name__ == "__main__":
    main()
