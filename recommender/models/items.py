"""Item vectors: from ids, from text embeddings, or both; shared by every neural model.

An item nobody has touched has no id vector of its own: its text alone places it among the others.
"""

from collections.abc import Callable
from typing import Literal, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ItemSource = Literal["ids", "text", "both"]


class ItemVectors(nn.Module):
    """(n_items + 1) vectors of width d, row 0 for padding (zeros).

    Args:
        text: (n_items + 1, d_text) fixed text embeddings, row 0 zeros; or None.
        source: "ids", "text", or "both" (their sum). Without text, always ids: so a saved model is loaded.
        id_dropout: share of items that lose their id vector in a step, so that text learns to carry an item.
    """

    has_id: Tensor

    def __init__(
        self, n_items: int, dim: int, text: Tensor | None, source: ItemSource = "both", id_dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.n_items, self.id_dropout = n_items, id_dropout
        self.ids = nn.Embedding(n_items + 1, dim, padding_idx=0) if source != "text" or text is None else None
        if self.ids is not None:
            nn.init.normal_(self.ids.weight, std=0.02)
            with torch.no_grad():
                self.ids.weight[0].zero_()
        # 1 where the id vector takes part: never at the padding, and not where there is nothing to learn it from.
        has_id = torch.ones(n_items + 1, 1)
        has_id[0] = 0.0
        self.register_buffer("has_id", has_id, persistent=False)
        # A plain attribute: as a buffer it would be copied in every step of the running mean of the weights.
        self.text = text if source != "ids" else None
        self.project = nn.Linear(text.shape[1], dim, bias=False) if text is not None and source != "ids" else None

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        # What moves a module to a device passes over plain attributes.
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self.text = None if self.text is None else fn(self.text)
        return self

    def forget_untouched(self, touched: Tensor) -> None:
        """Zero the id vectors that no training history reaches, for good: random ones would only mislead."""
        if self.ids is not None:
            self.has_id.zero_()
            self.has_id[touched] = 1.0
            with torch.no_grad():
                self.ids.weight.mul_(self.has_id)

    def welcome_touched(self, touched: Tensor) -> None:
        """Give id vectors to items that had none until now: a trained model goes on with new histories."""
        if self.ids is not None:
            with torch.no_grad():
                new = touched[(self.ids.weight[touched] == 0).all(dim=1)]
                self.ids.weight[new] = 0.02 * torch.randn(len(new), self.ids.weight.shape[1], device=new.device)
                self.has_id.copy_((self.ids.weight != 0).any(dim=1, keepdim=True))

    def forward(self, rows: Tensor | None = None) -> Tensor:
        """(R, d) vectors of the item indexes `rows`, or of all (n_items + 1, d)."""
        vectors: Tensor | None = None
        if self.ids is not None:
            vectors = self.ids.weight if rows is None else F.embedding(rows, self.ids.weight)
            # The mask keeps gradients away too: at a vector of zeros, normalising makes them enormous.
            vectors = vectors * (self.has_id if rows is None else self.has_id[rows])
            if self.training and self.id_dropout and self.project is not None:
                vectors = vectors * (torch.rand(len(vectors), 1, device=vectors.device) >= self.id_dropout)
        if self.project is not None and self.text is not None:
            projected: Tensor = self.project(self.text if rows is None else self.text[rows])
            vectors = projected if vectors is None else vectors + projected
        assert vectors is not None
        return vectors
