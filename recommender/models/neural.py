"""What the neural models share: item vectors, a causal encoder over them, cosine scores, saving and loading.

A model is an encoder: (B, L, d) item vectors of the history → (B, L, w) states, one for each layer it wants to show.
The last state goes through a head to (B, L, d); the score of an item is the cosine of head and item vector, divided
by a temperature. Text embeddings are folded into the item vectors when a model is saved.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from recommender.arrays import Floats
from recommender.data.sequences import Indexes, Split
from recommender.models import fitting
from recommender.models.base import FitOptions, ModelError, OnProgress, SequentialModel, pad
from recommender.models.batches import Histories
from recommender.models.items import ItemSource, ItemVectors

if TYPE_CHECKING:
    from recommender.models.teaching import Teaching

_FOLDED = ("items.ids.", "items.project.")
_READ_AT_ONCE = 32  # histories; 256 in any order are padded to over three times their items in Amazon Industrial


@dataclass(frozen=True)
class NetworkConfig:
    """What every neural model can be told.

    Attributes:
        dim: width of item and user vectors.
        max_length: how many of the newest items are read.
        dropout: in the encoder, and on its input.
        temperature: divides the cosine; smaller is sharper.
        negatives: shared negatives a step; 0 scores every item that has interactions (full softmax).
        item_source: item vectors from "ids", "text" or "both".
        id_dropout: share of items that lose their id vector in a step, so that text alone learns to carry an item.
        empty_weight: weight of predicting each first item from the empty history.
    """

    dim: int = 64
    max_length: int = 50
    dropout: float = 0.2
    temperature: float = 0.07
    negatives: int = 0
    item_source: ItemSource = "both"
    id_dropout: float = 0.1
    empty_weight: float = 0.1

    def __post_init__(self) -> None:
        for name in ("dim", "max_length"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if not self.temperature >= 0.02:  # the losses add up exponentials of 1 / temperature
            raise ValueError(f"temperature must be at least 0.02, not {self.temperature}")

    def state_width(self) -> int:
        """The width of the encoder's states."""
        return self.dim


class SequenceNetwork(nn.Module):
    """The trainable part: item vectors, encoder, heads.

    Args:
        text: (n_items + 1, d_text), fixed, row 0 the padding; or None for ids only.
        width: of the encoder's states.
    """

    def __init__(self, n_items: int, config: NetworkConfig, text: Tensor | None) -> None:
        super().__init__()
        self.config = config
        self.items = ItemVectors(n_items, config.dim, text, config.item_source, config.id_dropout)
        # The user vector of an empty history. Not zeros: normalising those has an enormous gradient.
        self.start = nn.Parameter(0.02 * torch.randn(config.dim))

    @abstractmethod
    def encode(self, x: Tensor) -> tuple[Tensor, ...]:
        """(B, L, d) item vectors → the states (B, L, w) after each block; position t has read items 0..t."""

    @abstractmethod
    def head(self, state: Tensor, block: int = -1) -> Tensor:
        """(..., w) state after a block → (..., d) unit user vectors. Only the last block has one by default."""

    @property
    def device(self) -> torch.device:
        """Where it computes: a network that was loaded on the processor, one that was trained where that was done."""
        return self.start.device

    def hidden(self, items: Tensor) -> Tensor:
        """(B, L) indexes → (B, L, d) unit user vectors."""
        return self.head(self.encode(self.items()[items])[-1])

    def n_parameters(self) -> dict[str, int]:
        """Parameters in all, and without the item vectors (ids and text projection)."""
        total = sum(p.numel() for p in self.parameters())
        return {"total": total, "without_items": total - sum(p.numel() for p in self.items.parameters())}


class NeuralModel(SequentialModel):
    """A network behind the contract of `SequentialModel`.

    Args:
        items: ids; set by `fit`.
        text: (n_items, d_text) text embeddings in the order of the split's items, or None for ids alone.
    """

    config_type: ClassVar[type[NetworkConfig]]

    def __init__(self, items: Sequence[str] = (), config: Any = None, text: Floats | None = None) -> None:
        super().__init__(items)
        self.shape: Any = config or self.config_type()
        self._text = text
        self._network: SequenceNetwork | None = None
        self._matrix: Floats | None = None

    @abstractmethod
    def build(self, n_items: int, text: Tensor | None, pretrained: bool) -> SequenceNetwork:
        """A new network; with `pretrained` False, weights will be loaded into it and none need to be read."""

    def fit(
        self,
        split: Split,
        options: FitOptions,
        on_progress: OnProgress | None = None,
        teaching: "Teaching | None" = None,
    ) -> dict[str, Any]:
        """Train; with `teaching`, also to agree with a teacher (see `recommender.models.teaching`)."""
        if not any(len(history) >= 2 for history in (split.full() if options.final else split.train)):
            raise ModelError("No history has two items to learn an order from. Import more interactions first.")
        if self._text is not None and len(self._text) != split.n_items:
            raise ModelError(f"{len(self._text)} text vectors do not fit {split.n_items} items.")
        if self._text is not None and not np.isfinite(self._text).all():
            raise ModelError("Some text embeddings hold values that are no numbers. Make the embeddings again.")
        if options.warm_start and self._network is not None and self.items != split.items:
            raise ModelError("warm_start needs the items the model was trained on. Train it anew: warm_start=False.")
        if self._text is None and self.shape.item_source == "text" and not options.warm_start:
            raise ModelError("item_source is 'text', but there are no text embeddings. Give some, or choose 'ids'.")
        self.items = split.items
        torch.manual_seed(options.seed)
        text = None
        if self._text is not None:
            text = torch.from_numpy(np.vstack([np.zeros((1, self._text.shape[1]), np.float32), self._text]))
        if self._network is None:
            options = replace(options, warm_start=False)
        if self._network is None or not options.warm_start:
            try:
                self._network = self.build(split.n_items, text, pretrained=True)
                self.shape = self._network.config
            except ValueError as error:
                raise ModelError(f"This {self.name} cannot be built: {error}") from error
        report = fitting.fit(self._network, self, split, options, on_progress, teaching)
        self.refresh()
        return report

    @property
    def network(self) -> SequenceNetwork:
        """The trained network.

        Raises:
            ModelError: neither trained nor loaded.
        """
        if self._network is None:
            raise ModelError("The model is not trained yet. Call fit or load first.")
        return self._network

    def refresh(self) -> Floats:
        """Recompute the item matrix from the current weights."""
        self.network.eval()
        with torch.inference_mode():
            matrix: Floats = F.normalize(self.network.items()[1:].float(), dim=-1).cpu().numpy().copy()
        self._matrix = matrix
        return matrix

    def user_vector(self, histories: Sequence[Indexes]) -> Floats:
        network = self.network
        network.eval()
        # Histories of like length are read together: most are short, and each is padded to the longest beside it.
        order = np.argsort([len(history) for history in histories], kind="stable")
        vectors = np.empty((len(histories), self.shape.dim), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, len(order), _READ_AT_ONCE):
                part = order[start : start + _READ_AT_ONCE]
                padded = pad([histories[row] for row in part], self.shape.max_length)
                vectors[part] = self._read(network, torch.from_numpy(padded).to(network.device)).cpu().numpy()
        return vectors

    def _read(self, network: SequenceNetwork, items: Tensor) -> Tensor:
        """(B, L) padded indexes → (B, d) user vectors after the last of them."""
        lengths = (items != 0).sum(dim=1)
        rows = torch.unique(items)
        hidden = network.encode(network.items(rows)[torch.searchsorted(rows, items)])[-1]
        last = network.head(hidden[torch.arange(len(items), device=items.device), (lengths - 1).clamp(min=0)])
        return torch.where((lengths == 0)[:, None], F.normalize(network.start, dim=0), last)

    def position_vectors(self, histories: Sequence[Indexes], batch: int = 256) -> Floats:
        """(N, d) user vectors after every item of every history, histories end to end, as in `Histories`.

        A history longer than `max_length` is read in windows, so that the first items of a window know less.
        """
        network = self.network
        network.eval()
        windows = Histories(histories, self.shape.max_length, last=True, shortest=1)
        vectors = np.zeros((len(windows.flat) - 1, self.shape.dim), dtype=np.float32)
        order = np.argsort(windows.windows[:, 1] - windows.windows[:, 0], kind="stable")
        random = np.random.default_rng(0)  # nothing is augmented: never drawn from
        with torch.inference_mode():
            items = network.items()
            for start in range(0, len(order), batch):
                part = windows.batch(order[start : start + batch], random)
                states = network.head(network.encode(items[part.inputs.to(network.device)])[-1]).cpu()
                there = part.positions >= 0
                vectors[part.positions[there].numpy()] = states[there].numpy()
        return vectors

    def item_matrix(self) -> Floats:
        return self.refresh() if self._matrix is None else self._matrix

    def _scores(self, histories: Sequence[Indexes]) -> Floats:
        scores: Floats = self.user_vector(histories) @ self.item_matrix().T
        scores /= self.shape.temperature
        return scores

    def config(self) -> dict[str, Any]:
        return asdict(self.shape)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        # The text embeddings are folded into the item vectors: who loads the model needs no text to score.
        network = self.network
        network.eval()
        with torch.inference_mode():
            arrays = {"items": network.items().float().cpu().numpy().copy()}
            for name, value in network.state_dict().items():
                if not name.startswith(_FOLDED):
                    arrays[name] = value.float().cpu().numpy().copy()
        return arrays

    @classmethod
    def restore(cls, items: Sequence[str], config: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        model = cls(items, cls.config_type(**config))
        network = model.build(len(items), None, pretrained=False)
        state = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items() if name != "items"}
        state["items.ids.weight"] = torch.from_numpy(np.array(arrays["items"], dtype=np.float32))
        network.load_state_dict(state)
        model._network = network
        return model
