"""SASRec: self-attention over the history (Kang and McAuley, ICDM 2018), as a recommender to be shipped.

In: item indexes (B, L), padded with 0 on the right. Out: one hidden state a position, (B, L, d); the score of an item
is the cosine of the hidden state and the item's vector, divided by a temperature.

Departures from the paper: softmax cross-entropy at every position over shared negatives (or the whole catalogue)
instead of one negative and a binary loss; cosine scores; an item's vector is its id embedding plus a projection of
its text embedding. An item nobody has touched therefore still has a vector: the projection alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from recommender.data.sequences import Indexes, Split
from recommender.models import fitting
from recommender.models.base import FitOptions, Floats, ModelError, OnProgress, SequentialModel, pad


@dataclass(frozen=True)
class SASRecConfig:
    """Shape of the network.

    Attributes:
        dim: width of hidden states and item vectors.
        blocks, heads: attention layers, and heads in each.
        max_length: how many of the newest items are read.
        temperature: divides the cosine; smaller is sharper.
        negatives: shared negatives a step; 0 scores every item that has interactions (full softmax).
        id_dropout: share of items that lose their id embedding in a step, so that text alone learns to carry an item.
    """

    dim: int = 64
    blocks: int = 2
    heads: int = 2
    max_length: int = 50
    dropout: float = 0.2
    temperature: float = 0.07
    negatives: int = 0
    id_dropout: float = 0.1


class Block(nn.Module):
    """Pre-norm causal self-attention and a feed-forward of twice the width."""

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm_attention, self.norm_forward = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.mix = nn.Linear(dim, dim)
        self.forward_net = nn.Sequential(
            nn.Linear(dim, 2 * dim), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * dim, dim)
        )

    def forward(self, x: Tensor) -> Tensor:
        batch, length, dim = x.shape
        qkv = self.qkv(self.norm_attention(x)).view(batch, length, 3, self.heads, dim // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each (B, heads, L, d / heads)
        # Padding stands on the right, so the causal mask alone keeps real positions from seeing it.
        attended = F.scaled_dot_product_attention(
            q, k, v, is_causal=True, dropout_p=self.dropout if self.training else 0.0
        )
        x = x + F.dropout(self.mix(attended.transpose(1, 2).reshape(batch, length, dim)), self.dropout, self.training)
        out: Tensor = x + F.dropout(self.forward_net(self.norm_forward(x)), self.dropout, self.training)
        return out


class Network(nn.Module):
    """The trainable part. `text` is (n_items + 1, d_text), fixed, row 0 the padding; or None for ids only."""

    text: Tensor | None

    def __init__(self, n_items: int, config: SASRecConfig, text: Tensor | None) -> None:
        super().__init__()
        self.config = config
        self.ids = nn.Embedding(n_items + 1, config.dim, padding_idx=0)
        nn.init.normal_(self.ids.weight, std=0.02)
        with torch.no_grad():
            self.ids.weight[0].zero_()
        self.register_buffer("text", text, persistent=False)
        self.project = nn.Linear(text.shape[1], config.dim, bias=False) if text is not None else None
        self.positions = nn.Embedding(config.max_length, config.dim)
        nn.init.normal_(self.positions.weight, std=0.02)
        self.start = nn.Parameter(torch.zeros(config.dim))  # the user vector of an empty history
        self.blocks = nn.ModuleList(Block(config.dim, config.heads, config.dropout) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(config.dim)

    def item_vectors(self) -> Tensor:
        """(n_items + 1, d), before normalisation."""
        vectors = self.ids.weight
        if self.text is not None and self.project is not None:
            if self.training and self.config.id_dropout:
                kept = torch.rand(len(vectors), 1) >= self.config.id_dropout
                vectors = vectors * kept
            vectors = vectors + self.project(self.text)
        return vectors

    def hidden(self, items: Tensor, vectors: Tensor) -> Tensor:
        """(B, L) indexes → (B, L, d) unit hidden states; position t has read items 0..t."""
        x = vectors[items] + self.positions.weight[: items.shape[1]]
        x = F.dropout(x, self.config.dropout, self.training)
        for block in self.blocks:
            x = block(x)
        return F.normalize(self.norm(x), dim=-1)


class SASRec(SequentialModel):
    """SASRec with text-aware item vectors.

    Args:
        items: ids; set by `fit`.
        text: (n_items, d_text) text embeddings in the order of the split's items, or None for ids alone.
    """

    name: ClassVar[str] = "sasrec"
    paper: ClassVar[str] = "Kang and McAuley, ICDM 2018"

    def __init__(
        self, items: Sequence[str] = (), config: SASRecConfig | None = None, text: Floats | None = None
    ) -> None:
        super().__init__(items)
        self.shape = config or SASRecConfig()
        self._text = text
        self._network: Network | None = None
        self._matrix: Floats | None = None

    def fit(self, split: Split, options: FitOptions, on_progress: OnProgress | None = None) -> dict[str, Any]:
        if not any(len(history) >= 2 for history in (split.full() if options.final else split.train)):
            raise ModelError("No history has two items to learn an order from. Import more interactions first.")
        if self._text is not None and len(self._text) != split.n_items:
            raise ModelError(f"{len(self._text)} text vectors do not fit {split.n_items} items.")
        self.items = split.items
        torch.manual_seed(options.seed)
        text = None
        if self._text is not None:
            text = torch.from_numpy(np.vstack([np.zeros((1, self._text.shape[1]), np.float32), self._text]))
        self._network = Network(split.n_items, self.shape, text)
        report = fitting.fit(self._network, self, split, options, on_progress)
        self.refresh()
        return report

    def refresh(self) -> Floats:
        """Recompute the item matrix from the current weights."""
        network = self._ready()
        network.eval()
        with torch.no_grad():
            matrix: Floats = F.normalize(network.item_vectors()[1:], dim=-1).numpy().copy()
        self._matrix = matrix
        return matrix

    def user_vector(self, histories: Sequence[Indexes]) -> Floats:
        network = self._ready()
        network.eval()
        items = torch.from_numpy(pad(histories, self.shape.max_length))
        lengths = (items != 0).sum(dim=1)
        with torch.no_grad():
            hidden = network.hidden(items, network.item_vectors())
            last = hidden[torch.arange(len(items)), (lengths - 1).clamp(min=0)]
            empty = F.normalize(network.start, dim=0)
            out: Floats = torch.where((lengths == 0)[:, None], empty, last).numpy()
        return out

    def item_matrix(self) -> Floats:
        return self.refresh() if self._matrix is None else self._matrix

    def scores(self, histories: Sequence[Indexes]) -> Floats:
        scores: Floats = self.user_vector(histories) @ self.item_matrix().T / self.shape.temperature
        return scores

    def config(self) -> dict[str, Any]:
        return asdict(self.shape)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        # The text embeddings are folded into the item vectors: who loads the model needs no text to score.
        network = self._ready()
        network.eval()
        with torch.no_grad():
            arrays = {"items": network.item_vectors().numpy().copy()}
            for name, value in network.state_dict().items():
                if not name.startswith(("ids.", "project.")):
                    arrays[name] = value.numpy().copy()
        return arrays

    @classmethod
    def restore(cls, items: Sequence[str], config: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        model = cls(items, SASRecConfig(**config))
        network = Network(len(items), model.shape, None)
        state = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items() if name != "items"}
        state["ids.weight"] = torch.from_numpy(np.array(arrays["items"], dtype=np.float32))
        network.load_state_dict(state)
        model._network = network
        return model

    def _ready(self) -> Network:
        if self._network is None:
            raise ModelError("The model is not trained yet. Call fit or load first.")
        return self._network
