"""What a teacher hands to a student: soft labels for every training position, and hidden states to follow.

Made by `recommender.training.distil`; read by the losses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from recommender.models.base import ModelError

if TYPE_CHECKING:
    from recommender.models.neural import NetworkConfig, SequenceNetwork


@dataclass(frozen=True)
class SoftLabels:
    """The teacher's most probable next items at every position of the flat training histories.

    Attributes:
        items: (N, K) item indexes from 1, most probable first; 0 where there are fewer.
        probabilities: (N, K), each row summing to 1 (or to 0: a position without a label).
    """

    items: npt.NDArray[np.int32]
    probabilities: npt.NDArray[np.float16]


@dataclass(frozen=True)
class DistilWeights:
    """How much each part of distillation counts; 0 switches a part off.

    Attributes:
        soft: share of the soft labels in the loss; the true next items have the rest.
        hard_negatives: the teacher's items stand among the negatives of the cross-entropy.
        last_position: also learn the teacher's guess after the newest training item, which has no true label.
        confidence: weigh the teacher's items by rank, its confidence, and agreement with the student (DLLM2Rec).
        cosine, norm: alignment of hidden states over layer blocks (SLMRec's λ1, λ2).
        intermediate: cross-entropy of heads at intermediate blocks (SLMRec's λ3).
        blocks: how many layer blocks are aligned.
    """

    soft: float = 0.8
    hard_negatives: bool = True
    last_position: bool = True
    confidence: bool = False
    cosine: float = 0.0
    norm: float = 0.0
    intermediate: float = 0.0
    blocks: int = 4

    def __post_init__(self) -> None:
        if not 0 <= self.soft <= 1:
            raise ValueError(f"soft must be between 0 and 1, not {self.soft}")
        for name in ("cosine", "norm", "intermediate"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")
        if self.blocks < 1:
            raise ValueError("blocks must be at least 1")

    @property
    def aligns(self) -> bool:
        """Whether the teacher's hidden states are needed."""
        return self.cosine > 0 or self.norm > 0


@dataclass(frozen=True)
class Teaching:
    """All a student's training needs of its teacher.

    Attributes:
        labels: soft labels of the histories that are trained on, in their order; or None.
        networks: the teachers', for alignment with the first whose states the student can follow (`followed`).
        predicted: (N,) for each item of the flat histories, whether it is a label of the cross-entropy; None: all are.
    """

    labels: SoftLabels | None = None
    networks: "tuple[SequenceNetwork, ...]" = ()
    weights: DistilWeights = field(default_factory=DistilWeights)
    predicted: npt.NDArray[np.bool_] | None = None


def followed(student: "NetworkConfig", teachers: "Sequence[NetworkConfig]") -> int:
    """Which of the neural teachers a student's hidden states are aligned with: the first where they can be.

    Raises:
        ModelError: none is as wide and reads as many items, or there is none at all.
    """
    if not teachers:
        raise ModelError("Aligning hidden states (cosine, norm) needs a neural teacher. Name one, or set both to 0.")
    width, widths = student.state_width(), [teacher.state_width() for teacher in teachers]
    alike = [number for number, theirs in enumerate(widths) if theirs == width]
    if not alike:
        raise ModelError(
            f"The teacher's states are {' and '.join(map(str, widths))} wide, the student's {width}: they cannot be "
            "aligned. Set cosine and norm to 0 and learn from soft labels, or choose a student of the teacher's width."
        )
    for number in alike:
        if teachers[number].max_length >= student.max_length:
            return number
    length = max(teachers[number].max_length for number in alike)
    raise ModelError(
        f"The teacher reads {length} items, the student {student.max_length}: their states cannot be aligned. "
        f"Set cosine and norm to 0, or give the student a max_length of {length}."
    )
