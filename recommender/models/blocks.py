"""Causal self-attention blocks of SASRec: the plain pre-norm block, and the LiGR block.

Padding stands on the right of every history, so the causal mask alone keeps real positions from seeing it.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class CausalAttention(nn.Module):
    """Multi-head causal self-attention, (B, L, d) → (B, L, d)."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        if dim % heads:
            raise ValueError(f"dim ({dim}) must be a multiple of heads ({heads})")
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.mix = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, dim = x.shape
        qkv = self.qkv(x).view(batch, length, 3, self.heads, dim // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each (B, heads, L, d / heads)
        # No dropout on the attention weights: without it the fused kernel runs on CPUs too.
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        out: Tensor = self.mix(attended.transpose(1, 2).reshape(batch, length, dim))
        return out


class PlainBlock(nn.Module):
    """Pre-norm attention and a feed-forward of twice the width, each added to its input."""

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm_attention, self.norm_forward = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = CausalAttention(dim, heads)
        self.forward_net = nn.Sequential(
            nn.Linear(dim, 2 * dim), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * dim, dim)
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop(self.attention(self.norm_attention(x)))
        out: Tensor = x + self.drop(self.forward_net(self.norm_forward(x)))
        return out


class LiGRBlock(nn.Module):
    """Gated residuals and a SwiGLU feed-forward (LiGR, Borisyuk et al. 2025; the layers of eSASRec, RecSys 2025).

    What a sublayer adds is multiplied by a sigmoid gate of the sublayer's input.
    """

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm_attention, self.norm_forward = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = CausalAttention(dim, heads)
        self.gate_attention, self.gate_forward = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.up, self.swish, self.down = nn.Linear(dim, 4 * dim), nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop(self.attention(self.norm_attention(x)) * torch.sigmoid(self.gate_attention(x)))
        y = self.norm_forward(x)
        y = self.down(F.silu(self.swish(y)) * self.up(y))
        out: Tensor = x + self.drop(y * torch.sigmoid(self.gate_forward(x)))
        return out
