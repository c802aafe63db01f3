"""SLMRec: a small student of a language-model recommender (ICLR 2025).

The same network as the teacher with fewer of the LLM's layers, trained with the next item, the teacher's hidden
states over layer blocks, heads at intermediate blocks, and (not in the paper) the teacher's soft labels: see
`recommender.models.losses`. Without a teacher it trains on the next item alone.
"""

from dataclasses import dataclass
from typing import ClassVar

from recommender.models.ellmrec import ELLMRec
from recommender.models.llm import LLMConfig


@dataclass(frozen=True)
class SLMRecConfig(LLMConfig):
    """The first 4 layers of the LLM, with a head at each."""

    max_length: int = 30
    n_layers: int = 4
    heads: int = 4


class SLMRec(ELLMRec):
    """The student at the language model's width."""

    name: ClassVar[str] = "slmrec"
    paper: ClassVar[str] = "SLMRec, ICLR 2025"
    config_type: ClassVar[type[LLMConfig]] = SLMRecConfig
