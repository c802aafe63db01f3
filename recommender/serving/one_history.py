"""What a model makes of one history, the fastest way there is: for SASRec its forward pass in NumPy, else the network.

For one history PyTorch's calls cost more than their arithmetic, and it computes every position where only the newest
is asked for: in the last block that one alone needs a query, a feed-forward and gates.
"""

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from recommender.arrays import Floats
from recommender.data.sequences import Indexes
from recommender.models.base import SequentialModel
from recommender.models.blocks import CausalAttention, LiGRBlock, PlainBlock
from recommender.models.neural import NeuralModel, SequenceNetwork
from recommender.models.sasrec import SASRecNetwork

Layer = Callable[[Floats], Floats]
Block = Callable[[Floats, slice], Floats]  # (L, d) → (R, d): what stands at the R positions of the slice afterwards


def scorer(model: SequentialModel) -> Callable[[Indexes], Floats]:
    """A function from item indexes, oldest first, to the (n_items,) scores that `model.scores` gives them.

    The rest is as with `reader`. The scores of a neural model are the same but for rounding.
    """
    if not isinstance(model, NeuralModel):
        return lambda history: model.scores([history])[0]
    read, matrix, temperature = reader(model), model.item_matrix(), model.shape.temperature
    return lambda history: cast(Floats, matrix @ read(history) / temperature)


def reader(model: NeuralModel) -> Callable[[Indexes], Floats]:
    """A function from item indexes, oldest first, to the (d,) user vector that `model.user_vector` gives them.

    Threads may share it. The model's weights are not to be changed afterwards. It raises ValueError where an index
    names no item.
    """
    network, matrix, longest = model.network.eval(), model.item_matrix(), model.shape.max_length
    encode = _sasrec(network) if type(network) is SASRecNetwork else _any(network)
    with torch.inference_mode():
        # With their lengths, the unit vectors of the matrix are those that the network reads: no second table.
        lengths = _array(network.items()[1:].float().norm(dim=1, keepdim=True))
        empty = _array(F.normalize(network.start, dim=0))

    def read(history: Indexes) -> Floats:
        rows = np.asarray(history[-longest:], dtype=np.int64) - 1
        if not len(rows):
            return empty
        if rows.min() < 0 or rows.max() >= len(matrix):
            raise ValueError(f"A history holds item indexes from 1 to {len(matrix)}.")
        return encode(matrix[rows] * lengths[rows])

    return read


def _any(network: SequenceNetwork) -> Layer:
    """(L, d) item vectors → (d,)."""

    def encode(items: Floats) -> Floats:
        with torch.inference_mode():
            states = network.encode(torch.from_numpy(items).to(network.device)[None])
            return _array(network.head(states[-1][:, -1])[0])

    return encode


def _sasrec(network: SASRecNetwork) -> Layer:
    """(L, d) item vectors → (d,)."""
    positions, root = _array(network.positions.weight), math.sqrt(network.config.dim)
    n = len(positions)
    # 0 up to each row's own position and -inf after it. All rows are views of one line.
    line = np.repeat(np.array([0, -np.inf], np.float32), (n, n - 1))
    mask = np.lib.stride_tricks.sliding_window_view(line, n)[::-1]
    make: dict[type[nn.Module], Callable[[Any, Floats], Block]] = {PlainBlock: _plain, LiGRBlock: _ligr}
    blocks, norm = [make[type(block)](block, mask) for block in network.blocks], _norm(network.norm)

    def encode(items: Floats) -> Floats:
        x = items * root + positions[: len(items)]
        for block in blocks[:-1]:
            x = block(x, slice(None))
        state = norm(blocks[-1](x, slice(-1, None)))[0]
        return cast(Floats, state / max(math.sqrt(state @ state), 1e-12))

    return encode


def _plain(block: PlainBlock, mask: Floats) -> Block:
    attention = _attention(block.norm_attention, block.attention, mask)
    norm, up, down = _norm(block.norm_forward), _linear(block.forward_net[0]), _linear(block.forward_net[-1])

    def run(x: Floats, rows: slice) -> Floats:
        x = x[rows] + attention(x, rows)
        return x + down(_torch(F.gelu, up(norm(x))))

    return run


def _ligr(block: LiGRBlock, mask: Floats) -> Block:
    attention, norm = _attention(block.norm_attention, block.attention, mask), _norm(block.norm_forward)
    gate_attention, gate_forward = _linear(block.gate_attention), _linear(block.gate_forward)
    up, swish, down = _linear(block.up), _linear(block.swish), _linear(block.down)

    def run(x: Floats, rows: slice) -> Floats:
        added, x = attention(x, rows), x[rows]
        x = x + added * _torch(torch.sigmoid, gate_attention(x))
        y = norm(x)
        y = down(_torch(F.silu, swish(y)) * up(y))
        return x + y * _torch(torch.sigmoid, gate_forward(x))

    return run


def _attention(layer_norm: nn.LayerNorm, layer: CausalAttention, mask: Floats) -> Block:
    dim, width = layer.mix.in_features, layer.mix.in_features // layer.heads
    norm, mix = _norm(layer_norm), _linear(layer.mix)
    query, key_value = _linear(layer.qkv, slice(dim), width**-0.5), _linear(layer.qkv, slice(dim, None))

    def run(x: Floats, rows: slice) -> Floats:
        y, length = norm(x), len(x)
        q = query(y[rows]).reshape(-1, layer.heads, width).transpose(1, 0, 2)
        k, v = key_value(y).reshape(length, 2, layer.heads, width).transpose(1, 2, 0, 3)  # each (heads, L, d / heads)
        weights: Floats = q @ k.transpose(0, 2, 1)
        weights += mask[:length, :length][rows]
        weights -= weights.max(axis=-1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=-1, keepdims=True)
        attended: Floats = weights @ v
        return mix(attended.transpose(1, 0, 2).reshape(-1, dim))

    return run


def _linear(layer: Any, outputs: slice = slice(None), scale: float = 1.0) -> Layer:
    """Some outputs of a linear layer, times a scale. Its weights lie as BLAS reads them fastest."""
    weight, bias = np.ascontiguousarray(_array(layer.weight)[outputs].T) * scale, _array(layer.bias)[outputs] * scale

    def run(x: Floats) -> Floats:
        y: Floats = x @ weight
        y += bias
        return y

    return run


def _norm(layer: nn.LayerNorm) -> Layer:
    weight, bias, epsilon = _array(layer.weight), _array(layer.bias), layer.eps
    mean = np.full((len(weight), 1), 1 / len(weight), np.float32)  # a product with it takes a quarter of x.mean()

    def run(x: Floats) -> Floats:
        y: Floats = x - x @ mean
        y /= np.sqrt((y * y) @ mean + epsilon)
        y *= weight
        y += bias
        return y

    return run


def _torch(function: Callable[[Tensor], Tensor], x: Floats) -> Floats:
    """An activation. NumPy has no erf, and SciPy's takes twice as long as all of PyTorch's GELU."""
    return _array(function(torch.from_numpy(x)))


def _array(tensor: Tensor) -> Floats:
    return cast(Floats, tensor.detach().cpu().numpy())
