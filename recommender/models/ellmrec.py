"""E-LLMRec: a pretrained language model as the encoder of a history; the teacher of SLMRec (ICLR 2025).

In: up to 30 item vectors (the paper's length), brought to the LLM's width by a linear layer. Out: the hidden state,
brought back by another, against all item vectors.

Departures from the paper: labels at every position instead of the last one only; item vectors are trained with the
rest and may include text; cosine scores; no response marker, because every position answers; an instruction before
the history is optional. `FitOptions(labels="last")` trains the paper's way.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from recommender.data.sequences import Split
from recommender.models.base import FitOptions, OnProgress
from recommender.models.llm import LLMConfig, LLMNetwork, add_lora, build_network, merge_lora
from recommender.models.neural import NeuralModel
from recommender.models.teaching import Teaching


@dataclass(frozen=True)
class ELLMRecConfig(LLMConfig):
    """The first 8 layers of the LLM."""

    max_length: int = 30
    n_layers: int = 8


class ELLMRec(NeuralModel):
    """A language model's first layers over item vectors."""

    name: ClassVar[str] = "e-llmrec"
    paper: ClassVar[str] = "the teacher of SLMRec, ICLR 2025"
    config_type: ClassVar[type[LLMConfig]] = ELLMRecConfig

    def build(self, n_items: int, text: Tensor | None, pretrained: bool) -> LLMNetwork:
        network = build_network(n_items, self.shape, text, pretrained)
        if pretrained:
            add_lora(network)
        return network

    def fit(
        self,
        split: Split,
        options: FitOptions,
        on_progress: OnProgress | None = None,
        teaching: Teaching | None = None,
    ) -> dict[str, Any]:
        if isinstance(self._network, LLMNetwork) and options.warm_start:
            add_lora(self._network)
        report = super().fit(split, options, on_progress, teaching)
        assert isinstance(self.network, LLMNetwork)
        merge_lora(self.network)
        return report
