"""The training loop of the neural models: shuffled batches, a loss at every position, early stopping.

Knows nothing about where histories come from or what happens with the trained weights.
"""

import copy
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from recommender.data.sequences import Indexes, Split
from recommender.evaluation.metrics import full_ranking
from recommender.models.base import FitOptions, ModelError, OnProgress, pad

if TYPE_CHECKING:
    from recommender.models.sasrec import Network, SASRec


_MEAN_STEPS = 50  # the least number of steps that the running mean of the weights looks back


def windows(histories: list[Indexes], length: int) -> list[Indexes]:
    """Cut histories, from the newest end, into pieces of at most `length` + 1 items (inputs and shifted labels)."""
    pieces = []
    for history in histories:
        end = len(history)
        while end >= 2:
            pieces.append(history[max(0, end - length - 1) : end])
            end -= length
    return pieces


def next_item_loss(network: "Network", batch: Tensor, candidates: Tensor, empty_weight: float = 0.1) -> Tensor:
    """Softmax cross-entropy of the next item at every position.

    Args:
        batch: (B, L + 1) indexes; inputs are columns 0..L-1 and labels columns 1..L, 0 where there is none.
        candidates: (C,) item indexes to score against: shared negatives, or all items with interactions.
        empty_weight: weight of predicting each first item from the empty history, which trains `network.start`.
    """
    inputs, labels = batch[:, :-1], batch[:, 1:]
    vectors = network.item_vectors()
    hidden = network.hidden(inputs, vectors)[labels != 0]  # (P, d)
    targets = labels[labels != 0]  # (P,)
    unit = F.normalize(vectors, dim=-1)

    def cross_entropy(states: Tensor, positives: Tensor) -> Tensor:
        positive = (states * unit[positives]).sum(-1, keepdim=True)  # (P, 1)
        others = states @ unit[candidates].T  # (P, C)
        others = others.masked_fill(candidates[None, :] == positives[:, None], -math.inf)
        logits = torch.cat([positive, others], dim=1) / network.config.temperature
        return F.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long))

    firsts = batch[:, 0]
    start = F.normalize(network.start, dim=0).expand(len(firsts), -1)
    return cross_entropy(hidden, targets) + empty_weight * cross_entropy(start, firsts)


def fit(
    network: "Network", model: "SASRec", split: Split, options: FitOptions, on_progress: OnProgress | None
) -> dict[str, Any]:
    """Train `network` in place; with validation, end at the weights that validated best.

    Raises:
        ModelError: the loss is no longer a number.
    """
    config = network.config
    random = np.random.default_rng(options.seed)
    pieces = windows(split.full() if options.final else split.train, config.max_length)
    touched = torch.from_numpy(np.unique(np.concatenate(pieces)).astype(np.int64))
    with torch.no_grad():  # an id nobody has touched can learn nothing: without it, text alone carries the item
        untouched = torch.ones(len(network.ids.weight), dtype=torch.bool)
        untouched[touched] = False
        network.ids.weight[untouched] = 0.0
    valid_histories, valid_targets = split.histories("valid")
    if len(valid_targets) > 10_000:  # enough to tell two epochs apart
        chosen = random.choice(len(valid_targets), 10_000, replace=False)
        valid_histories, valid_targets = [valid_histories[i] for i in chosen], valid_targets[chosen]
    validates = not options.final and len(valid_targets) > 0

    optimiser = torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=0.01)
    steps_an_epoch = math.ceil(len(pieces) / options.batch_size)
    warm_up = min(200, steps_an_epoch)
    total = steps_an_epoch * options.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1.0, (s + 1) / warm_up) * (0.55 + 0.45 * math.cos(math.pi * min(1.0, s / total)))
    )
    # What is measured and kept is a running mean of the weights: on small data single epochs jump about.
    decay = 1 - 1 / max(_MEAN_STEPS, steps_an_epoch // 2)
    mean = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay))  # type: ignore[no-untyped-call]
    best, best_epoch, best_state, log = -1.0, 0, None, []
    for epoch in range(1, options.epochs + 1):
        network.train()
        losses = []
        order = random.permutation(len(pieces))
        for step, start in enumerate(range(0, len(pieces), options.batch_size)):
            batch = torch.from_numpy(
                pad([pieces[i] for i in order[start : start + options.batch_size]], config.max_length + 1)
            )
            candidates = touched
            if 0 < config.negatives < len(touched):
                candidates = touched[torch.from_numpy(random.integers(0, len(touched), config.negatives))]
            loss = next_item_loss(network, batch, candidates)
            if not torch.isfinite(loss):
                raise ModelError(f"The loss became {loss.item()} in epoch {epoch}. Try a smaller learning rate.")
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            mean.update_parameters(network)
            losses.append(loss.item())
            if on_progress:
                on_progress((epoch - 1) * steps_an_epoch + step + 1, total, f"epoch {epoch} loss {losses[-1]:.3f}")
        entry: dict[str, float] = {"epoch": epoch, "loss": round(float(np.mean(losses)), 4)}
        if validates:
            training_state = copy.deepcopy(network.state_dict())
            network.load_state_dict(mean.module.state_dict())
            model.refresh()
            ndcg = full_ranking(model.scores, valid_histories, valid_targets)["ndcg@10"].mean
            entry["valid_ndcg@10"] = round(ndcg, 5)
            if ndcg > best:
                best, best_epoch, best_state = ndcg, epoch, copy.deepcopy(network.state_dict())
            network.load_state_dict(training_state)
        log.append(entry)
        if validates and epoch - best_epoch >= options.patience:
            break
    network.load_state_dict(best_state if best_state is not None else mean.module.state_dict())
    if on_progress:
        on_progress(total, total, "done")
    return {"epochs": best_epoch or len(log), "valid_ndcg@10": best if validates else None, "log": log}
