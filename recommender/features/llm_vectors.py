"""Item vectors from a language model: what its layers make of an item's text.

The mean over the text's tokens of the hidden states after one layer, made unit length and free of the mean direction
that all texts share. Knows nothing of interactions.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recommender.arrays import Floats
from recommender.models.llm import PACKAGED, load_llm, load_tokenizer

_BATCH = 32
_MOST_TOKENS = 64


def llm_vectors(
    texts: Sequence[str], llm: str = PACKAGED, layer: int = 0, on_progress: Callable[[int, int], None] | None = None
) -> Floats:
    """(n, width) unit vectors.

    Args:
        llm: as in `LLMConfig.llm`.
        layer: after which layer; 0 is the token embeddings alone, -1 the last one.

    Raises:
        ModelError: the language model cannot be read.
    """
    model = load_llm(llm)
    if layer > 0:
        model.layers = model.layers[: layer + 1]  # the last one's states are normed, and further ones not wanted
    return vectors_of(model, tokenized(texts, llm), layer, on_progress)


def tokenized(texts: Sequence[str], llm: str) -> list[list[int]]:
    """The first tokens of each text, at least one."""
    tokenizer = load_tokenizer(llm)
    return [tokenizer(text or " ", truncation=True, max_length=_MOST_TOKENS)["input_ids"] or [0] for text in texts]


def vectors_of(
    model: Any, tokens: Sequence[list[int]], layer: int, on_progress: Callable[[int, int], None] | None = None
) -> Floats:
    """(n, width) unit vectors of texts by a loaded model; arguments as in `llm_vectors`."""
    model.eval()
    vectors = np.zeros((len(tokens), int(model.config.hidden_size)), dtype=np.float32)
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))  # texts of like length share a batch
    for start in range(0, len(order), _BATCH):
        rows = order[start : start + _BATCH]
        with torch.inference_mode():
            vectors[rows] = mean_states(model, [tokens[i] for i in rows], layer).float().numpy()
        if on_progress:
            on_progress(min(start + _BATCH, len(order)), len(order))
    vectors -= vectors.mean(axis=0)
    unit: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit


def mean_states(model: Any, tokens: Sequence[list[int]], layer: int) -> Tensor:
    """(texts, width) means over each text's tokens of the states after a layer."""
    length = max(map(len, tokens))
    ids = torch.tensor([row + [0] * (length - len(row)) for row in tokens])
    real = torch.tensor([[1.0] * len(row) + [0.0] * (length - len(row)) for row in tokens])[:, :, None]
    # Padding stands on the right and the model is causal: it changes no real token.
    if layer == 0:
        states = model.get_input_embeddings()(ids)
    else:
        states = model(input_ids=ids, use_cache=False, output_hidden_states=True).hidden_states[layer]
    mean: Tensor = (states * real).sum(dim=1) / real.sum(dim=1)
    return mean
