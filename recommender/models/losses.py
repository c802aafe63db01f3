"""The training losses: next item, soft labels, alignment of hidden states, heads at intermediate blocks.

SLMRec (ICLR 2025): L = CE + λ1 Σ_blocks (1 − cos(h_t, h_s)) + λ2 Σ_blocks ‖h_t − h_s‖ + λ3 Σ CE of intermediate
heads. Its formula squares the norm, its public code does not; here it is not squared. Soft labels and their weighting
after DLLM2Rec (RecSys 2024).
"""

import math
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from recommender.models.batches import Batch
from recommender.models.teaching import DistilWeights, Teaching, followed

if TYPE_CHECKING:
    from recommender.models.neural import SequenceNetwork

_NEVER = -1e4  # a score that takes no part; finite, because a row of -inf has no gradient
_RANK_DECAY = 30.0  # DLLM2Rec: weight of the teacher's item of rank r is exp(-r / this)


class Objective(nn.Module):
    """A network and its losses as one module, so that data-parallel training sees a single forward."""

    def __init__(self, network: "SequenceNetwork", teaching: Teaching | None) -> None:
        super().__init__()
        self.network = network
        self.weights = teaching.weights if teaching else DistilWeights(soft=0.0, last_position=False)
        self.soft_items = self.soft_probabilities = None
        if teaching and teaching.labels is not None:
            self.soft_items = torch.from_numpy(teaching.labels.items).to(network.device)
            self.soft_probabilities = torch.from_numpy(teaching.labels.probabilities).to(network.device)
        # The teacher that is followed, and its (n_items + 1, d) item vectors, which never change.
        self.guide: tuple[SequenceNetwork, Tensor] | None = None  # a tuple, so that it is no part of this module
        if teaching and self.weights.aligns:
            which = followed(network.config, [teacher.config for teacher in teaching.networks])
            guide = teaching.networks[which].eval().to(network.device)
            with torch.no_grad():
                self.guide = guide, guide.items()

    def forward(self, batch: Batch, candidates: Tensor) -> dict[str, Tensor]:
        """The losses of one step by name, each already weighted; "loss" is their sum.

        Args:
            candidates: (C,) item indexes every position is scored against.
        """
        network, weights = self.network, self.weights
        wanted = batch.labels != 0
        soft_rows = None
        if self.soft_items is not None and (weights.soft > 0 or weights.hard_negatives):
            soft_rows = self._rows_with_soft_labels(batch)
            wanted = wanted | (soft_rows & (weights.last_position and weights.soft > 0))
        space = ItemSpace(network, batch, candidates, self.soft_items if soft_rows is not None else None)
        states = network.encode(space.vectors[space.inputs])
        labels = batch.labels[wanted]  # (P,) 0 at a last position
        users = network.head(states[-1][wanted])  # (P, d)
        losses: dict[str, Tensor] = {}

        scored = Scored(users, labels, space, network.config.temperature)
        share = 0.0
        soft = None
        if soft_rows is not None and self.soft_items is not None and self.soft_probabilities is not None:
            at = batch.positions[wanted].clamp(min=0)
            soft = SoftTargets(
                self.soft_items[at].long(),
                self.soft_probabilities[at].float() * soft_rows[wanted][:, None],
                space,
                scored,
            )
            share = weights.soft
        hard = scored.cross_entropy(soft if soft is not None and weights.hard_negatives else None)
        losses["cross_entropy"] = (1 - share) * hard
        if soft is not None and share > 0:
            losses["soft_labels"] = share * soft.loss(weights.confidence)
        start = F.normalize(network.start, dim=0).expand(len(batch.firsts), -1)
        losses["empty_history"] = (
            network.config.empty_weight * Scored(start, batch.firsts, space, network.config.temperature).cross_entropy()
        )

        if weights.intermediate > 0:
            for block in blocks(len(states), weights.blocks)[:-1]:
                early = Scored(network.head(states[block][wanted], block), labels, space, network.config.temperature)
                name = "intermediate"
                losses[name] = losses.get(name, 0.0) + weights.intermediate * early.cross_entropy()
        if self.guide is not None:
            losses |= self._alignment(*self.guide, batch, states, wanted)
        losses["loss"] = torch.stack([loss.float() for loss in losses.values()]).sum()
        return losses

    def _rows_with_soft_labels(self, batch: Batch) -> Tensor:
        """(B, L) whether a position has soft labels."""
        assert self.soft_probabilities is not None
        known = batch.positions >= 0
        return known & (self.soft_probabilities[batch.positions.clamp(min=0), 0] > 0)

    def _alignment(
        self, teacher: "SequenceNetwork", items: Tensor, batch: Batch, states: tuple[Tensor, ...], wanted: Tensor
    ) -> dict[str, Tensor]:
        with torch.no_grad():
            guides = teacher.encode(items[batch.inputs])
        n = min(self.weights.blocks, len(states), len(guides))
        cosine = norm = torch.zeros((), device=wanted.device)
        count = wanted.sum().clamp(min=1)
        for mine, theirs in zip(blocks(len(states), n), blocks(len(guides), n), strict=True):
            h_s, h_t = states[mine][wanted].float(), guides[theirs][wanted].float()
            cosine = cosine + (1 - F.cosine_similarity(h_s, h_t, dim=-1)).sum() / count
            norm = norm + (h_t - h_s).norm(dim=-1).sum() / count
        weighted = {"align_cosine": (self.weights.cosine, cosine), "align_norm": (self.weights.norm, norm)}
        return {name: weight * loss for name, (weight, loss) in weighted.items() if weight > 0}


def blocks(layers: int, n: int) -> list[int]:
    """The last layer of each of n equal blocks; the last one is always included."""
    n = min(n, layers)
    return [math.ceil((i + 1) * layers / n) - 1 for i in range(n)]


class ItemSpace:
    """The vectors of the items that a step needs, computed once.

    Attributes:
        vectors: (R, d) of the items in use; `unit` the same at length 1; `inputs` (B, L) rows into them.
    """

    def __init__(self, network: "SequenceNetwork", batch: Batch, candidates: Tensor, soft_items: Tensor | None) -> None:
        self._rows: Tensor | None = None
        n_items = network.items.n_items
        # With soft labels nearly every item is in use; without them a step touches a part of a large catalogue.
        if soft_items is not None or 2 * batch.inputs.numel() + len(candidates) > n_items:
            self.vectors = network.items()
            self.inputs, self.candidates = batch.inputs, candidates
        else:
            # A first item may be masked in the inputs, and is predicted all the same.
            ids = torch.cat([batch.inputs.flatten(), batch.labels.flatten(), candidates, batch.firsts])
            self._rows, inverse = torch.unique(ids, return_inverse=True)
            self.vectors = network.items(self._rows)
            n = batch.inputs.numel()
            self.inputs = inverse[:n].view_as(batch.inputs)
            self.candidates = inverse[2 * n : 2 * n + len(candidates)]
        # Item index → its column among the candidates.
        self.slots = torch.full((n_items + 1,), -1, device=candidates.device)
        self.slots[candidates] = torch.arange(len(candidates), device=candidates.device)
        self.unit = F.normalize(self.vectors.float(), dim=-1)

    def rows(self, items: Tensor) -> Tensor:
        """Rows of item indexes that are in use."""
        return items if self._rows is None else torch.searchsorted(self._rows, items)


class Scored:
    """User vectors (P, d) scored against their label and the candidates.

    A cosine over the temperature is bounded, so the sums of exponentials need no shift by their maximum.
    """

    def __init__(self, users: Tensor, labels: Tensor, space: ItemSpace, temperature: float) -> None:
        self.labels, self.users = labels, users / temperature
        self.positive = (self.users * F.embedding(space.rows(labels), space.unit)).sum(-1)  # (P,)
        others = (self.users @ F.embedding(space.candidates, space.unit).T).float()  # (P, C)
        slots = space.slots[labels]
        rows = torch.nonzero(slots >= 0)[:, 0]
        others[rows, slots[rows]] = _NEVER  # the label is no negative of itself
        self.lse_others = others.exp().sum(dim=1).log()

    def cross_entropy(self, hard: "SoftTargets | None" = None) -> Tensor:
        """Mean over the labelled positions; `hard` adds the teacher's items to the negatives."""
        lse = torch.logaddexp(self.positive, self.lse_others)
        if hard is not None:
            lse = torch.logaddexp(lse, hard.lse_others)
        labelled = self.labels != 0
        return ((lse - self.positive) * labelled).sum() / labelled.sum().clamp(min=1)


class SoftTargets:
    """The teacher's items (P, K) at each position, and the student's scores of them.

    Attributes:
        lse_others: (P,) log-sum-exp over those of them that are neither the label nor among the candidates, so that
            with both every item counts once.
    """

    def __init__(self, items: Tensor, probabilities: Tensor, space: ItemSpace, scored: Scored) -> None:
        self.items, self.probabilities, self.scored = items, probabilities, scored
        vectors = F.embedding(space.rows(items), space.unit)  # (P, K, d)
        self.scores = torch.bmm(vectors, scored.users[:, :, None])[..., 0].float()  # (P, K)
        self.scores = self.scores.masked_fill(probabilities <= 0, _NEVER)
        counted = (space.slots[items] >= 0) | (items == scored.labels[:, None])
        self.lse_others = torch.logsumexp(self.scores.masked_fill(counted, _NEVER), dim=1)

    def loss(self, confidence: bool) -> Tensor:
        """Divergence of the student's distribution over candidates, label and teacher's items from the teacher's."""
        known = self.probabilities.sum(dim=1) > 0
        target = self.probabilities * (self._weights() if confidence else 1.0)
        target = target / target.sum(dim=1, keepdim=True).clamp(min=1e-9)
        positive = self.scored.positive.masked_fill(self.scored.labels == 0, _NEVER)
        lse = torch.logaddexp(torch.logaddexp(self.scored.lse_others, positive), self.lse_others)
        loss = lse - (target * self.scores.masked_fill(target <= 0, 0.0)).sum(dim=1)
        # The entropy of the teacher is no part of what can be learnt: without it, 0 is perfect agreement.
        entropy = -(target * target.clamp(min=1e-9).log()).sum(dim=1)
        return ((loss - entropy) * known).sum() / known.sum().clamp(min=1)

    def _weights(self) -> Tensor:
        """(P, K) DLLM2Rec's weights: rank, the teacher's confidence, and agreement with the student's best."""
        with torch.no_grad():
            ranks = torch.arange(self.items.shape[1], dtype=torch.float32, device=self.items.device)
            position = torch.exp(-ranks / _RANK_DECAY)[None, :]
            sure = self.probabilities / self.probabilities[:, :1].clamp(min=1e-9)
            bar = self.scores.topk(max(1, self.items.shape[1] // 2), dim=1).values[:, -1:]
            agreement = (self.scores >= bar).float()
            return (position + sure + agreement) / 3
