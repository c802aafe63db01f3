"""Text vectors bent towards what people do: items that follow one another in histories come closer together.

By a residual linear map over fixed text vectors, or by LoRA in the language model that makes them, both trained with
InfoNCE on neighbouring items (van den Oord et al., 2018). Only training histories may be given, or held-out items would
be seen.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from recommender.arrays import Floats
from recommender.data.sequences import Indexes
from recommender.features.llm_vectors import mean_states, tokenized, vectors_of
from recommender.models.llm import PACKAGED, load_llm

_BATCH, _LLM_BATCH, _TEMPERATURE = 1024, 64, 0.05
_LLM_TOKENS = 24  # of a text, in tuning and after it: the title, and on one core a quarter of an hour instead of two


def covisit_vectors(text: Floats, histories: Sequence[Indexes], epochs: int = 5, seed: int = 0) -> Floats:
    """(n_items, d) unit vectors of the same width as `text`.

    Args:
        text: (n_items, d) unit vectors.
        histories: item indexes from 1, oldest first; neighbours in them are pairs.
    """
    torch.manual_seed(seed)
    both = _neighbours(histories)
    if not len(both):
        return text
    vectors = torch.from_numpy(text)
    bend = nn.Linear(text.shape[1], text.shape[1], bias=False)
    nn.init.zeros_(bend.weight)
    optimiser = torch.optim.AdamW(bend.parameters(), lr=1e-3, weight_decay=0.01)
    for _ in range(epochs):
        for rows in torch.split(torch.randperm(len(both)), _BATCH):
            a, b = both[rows].T
            left, right = (F.normalize(vectors[i] + bend(vectors[i]), dim=-1) for i in (a, b))
            loss = _info_nce(left, right, b)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    with torch.inference_mode():
        bent: Floats = F.normalize(vectors + bend(vectors), dim=-1).numpy().copy()
    return bent


def tuned_llm_vectors(
    texts: Sequence[str],
    histories: Sequence[Indexes],
    llm: str = PACKAGED,
    layers: int = 4,
    epochs: int = 1,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """(n_items, width) unit vectors by the first `layers` of a language model, tuned on items that are neighbours.

    Args:
        histories: item indexes from 1, oldest first.

    Raises:
        ModelError: the language model cannot be read.
    """
    # Imported here: PEFT takes seconds.
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    model, tokens = load_llm(llm), [row[:_LLM_TOKENS] for row in tokenized(texts, llm)]
    model.layers = model.layers[: layers + 1]
    tuned = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear"))
    optimiser = torch.optim.AdamW((p for p in tuned.parameters() if p.requires_grad), lr=5e-4)
    both = _neighbours(histories)
    batches = [rows for _ in range(epochs) for rows in torch.split(torch.randperm(len(both)), _LLM_BATCH)]
    tuned.train()
    for number, rows in enumerate(batches, start=1):
        a, b = both[rows].T
        left, right = (F.normalize(mean_states(tuned, [tokens[i] for i in side], layers), dim=-1) for side in (a, b))
        loss = _info_nce(left, right, b)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if on_progress:
            on_progress(number, len(batches))
    return vectors_of(tuned, tokens, layers)


def _neighbours(histories: Sequence[Indexes]) -> Tensor:
    """(pairs, 2) places of items that follow one another."""
    pairs = [np.stack([h[:-1], h[1:]], axis=1) for h in histories if len(h) >= 2]
    return torch.from_numpy(np.concatenate([np.zeros((0, 2)), *pairs]).astype(np.int64)) - 1


def _info_nce(left: Tensor, right: Tensor, items: Tensor) -> Tensor:
    """How badly each left vector tells its right one from the others of the batch; `items` are those on the right."""
    logits = left @ right.T / _TEMPERATURE
    # The same item elsewhere in the batch is no wrong answer.
    same = (items[None, :] == items[:, None]) & ~torch.eye(len(items), dtype=torch.bool)
    return F.cross_entropy(logits.masked_fill(same, -1e4), torch.arange(len(items)))
