"""GRU4Rec: a gated recurrent network over the history (Hidasi et al., ICLR 2016).

Departures from the paper: softmax over shared negatives at every position instead of session-parallel batches with
TOP1 or BPR; cosine scores; item vectors may include text.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from recommender.models.neural import NetworkConfig, NeuralModel, SequenceNetwork


@dataclass(frozen=True)
class GRU4RecConfig(NetworkConfig):
    """Shape of the network.

    Attributes:
        width: of the recurrent state.
        blocks: recurrent layers.
    """

    width: int = 128
    blocks: int = 1

    def state_width(self) -> int:
        return self.width


class GRU4RecNetwork(SequenceNetwork):
    """Recurrent layers, each with its own outputs, so that they can be compared with a teacher's blocks."""

    def __init__(self, n_items: int, config: GRU4RecConfig, text: Tensor | None) -> None:
        super().__init__(n_items, config, text)
        widths = [config.dim] + [config.width] * config.blocks
        self.layers = nn.ModuleList(nn.GRU(before, after, batch_first=True) for before, after in pairwise(widths))
        self.drop = nn.Dropout(config.dropout)
        self.norm = nn.LayerNorm(config.width)
        self.out = nn.Linear(config.width, config.dim, bias=False)

    def encode(self, x: Tensor) -> tuple[Tensor, ...]:
        states = []
        for layer in self.layers:
            x, _ = layer(self.drop(x))
            states.append(x)
        return tuple(states)

    def head(self, state: Tensor, block: int = -1) -> Tensor:
        return F.normalize(self.out(self.norm(state)).float(), dim=-1)


class GRU4Rec(NeuralModel):
    """A GRU over text-aware item vectors."""

    name: ClassVar[str] = "gru4rec"
    paper: ClassVar[str] = "Hidasi et al., ICLR 2016"
    config_type = GRU4RecConfig

    def build(self, n_items: int, text: Tensor | None, pretrained: bool) -> GRU4RecNetwork:
        return GRU4RecNetwork(n_items, self.shape, text)
