"""Text vectors bent towards what people do: items that follow one another in histories come closer together.

A residual linear map over fixed text vectors, trained with InfoNCE on neighbouring items (van den Oord et al., 2018).
Only training histories may be given, or held-out items would be seen.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from recommender.arrays import Floats
from recommender.data.sequences import Indexes

_BATCH, _TEMPERATURE = 1024, 0.05


def covisit_vectors(text: Floats, histories: Sequence[Indexes], epochs: int = 5, seed: int = 0) -> Floats:
    """(n_items, d) unit vectors of the same width as `text`.

    Args:
        text: (n_items, d) unit vectors.
        histories: item indexes from 1, oldest first; neighbours in them are pairs.
    """
    torch.manual_seed(seed)
    pairs = [np.stack([h[:-1], h[1:]], axis=1) for h in histories if len(h) >= 2]
    if not pairs:
        return text
    both = torch.from_numpy(np.concatenate(pairs).astype(np.int64)) - 1  # (N, 2)
    vectors = torch.from_numpy(text)
    bend = nn.Linear(text.shape[1], text.shape[1], bias=False)
    nn.init.zeros_(bend.weight)
    optimiser = torch.optim.AdamW(bend.parameters(), lr=1e-3, weight_decay=0.01)
    for _ in range(epochs):
        for rows in torch.split(torch.randperm(len(both)), _BATCH):
            a, b = both[rows].T
            left, right = (F.normalize(vectors[i] + bend(vectors[i]), dim=-1) for i in (a, b))
            logits = left @ right.T / _TEMPERATURE
            # The same item elsewhere in the batch is no wrong answer.
            logits = logits.masked_fill((b[None, :] == b[:, None]) & ~torch.eye(len(b), dtype=torch.bool), -1e4)
            loss = F.cross_entropy(logits, torch.arange(len(b)))
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    with torch.inference_mode():
        bent: Floats = F.normalize(vectors + bend(vectors), dim=-1).numpy().copy()
    return bent
