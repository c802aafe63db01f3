"""Reads intent and stances with the packaged MiniLM, tuned for it: one pass over a message, some 6 ms, English only.

Every name is replaced by one sign, so the encoder knows no catalogue. What the network makes of a name's sign tells the
stance to it, the mean over the message tells the intent. The weights are LoRA factors (Hu et al., 2022) and two linear
heads, a megabyte and a half: `python -m agents.tuning.encoder`.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from agents.clues import Clues
from agents.plan import Intent, Stance
from recommender.features.embedder import packaged_minilm

INTENTS, STANCES = [one.value for one in Intent], [one.value for one in Stance]
MAX_TOKENS = 128  # of a message; what is behind them is judged without the encoder
_SIGN = "X"  # stands for every name

LogProbabilities = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Opinion:
    """Log-probabilities of the intents, and of the stances to each name; empty for a name too far behind."""

    intents: LogProbabilities
    stances: Sequence[LogProbabilities]


class ReadingNetwork(nn.Module):
    """A text encoder with a head for intents and one for stances.

    Args:
        encoder: a BERT-like model of `transformers`, with hidden states of `width`.
    """

    def __init__(self, encoder: nn.Module, width: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.intent = nn.Linear(width, len(INTENTS))
        self.stance = nn.Linear(width, len(STANCES))

    def forward(self, tokens: Mapping[str, Tensor], rows: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Logits: (messages, intents), and (names, stances) for the names at `places` of the messages `rows`."""
        states: Tensor = self.encoder(**tokens).last_hidden_state
        mask = tokens["attention_mask"][..., None]
        mean = (states * mask).sum(1) / mask.sum(1)
        return self.intent(mean), self.stance(states[rows, places])


class Marker:
    """Turns messages into the network's tokens, with a sign for every name."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def __call__(self, messages: Sequence[Clues]) -> tuple[dict[str, Tensor], list[list[int | None]]]:
        """The padded tokens, and at which of them each name stands; None where it was cut off."""
        marked = [_marked(clues) for clues in messages]
        made = self._tokenizer(
            [text for text, _ in marked], padding=True, truncation=True, max_length=MAX_TOKENS,
            return_offsets_mapping=True, return_tensors="pt",
        )  # fmt: skip
        starts = [[int(a) if b > a else -1 for a, b in offsets] for offsets in made.pop("offset_mapping")]
        places = [
            [row.index(at) if at in row else None for at in signs]
            for row, (_, signs) in zip(starts, marked, strict=True)
        ]
        return dict(made), places


class MessageEncoder:
    """The tuned network for one message at a time.

    Args:
        network: what reads. marker: what prepares messages for it.
    """

    def __init__(self, network: ReadingNetwork, marker: Marker) -> None:
        self._network = network.eval()
        self._marker = marker

    @classmethod
    @lru_cache(maxsize=2)  # one network serves every catalogue of a process
    def load(cls, folder: Path) -> Self:
        """The network with the weights of this folder.

        Raises:
            EmbedderError: the packaged MiniLM is missing. OSError, ValueError: the weights cannot be read.
        """
        # Imported here: commands that read no message should not wait for it.
        from peft import PeftModel

        network, marker = untuned()
        tuned = PeftModel.from_pretrained(network, str(folder)).merge_and_unload()
        tuned.encoder = _in_8_bits(tuned.encoder)
        return cls(tuned, marker)

    def opinion(self, clues: Clues) -> Opinion:
        """What the network makes of a message."""
        tokens, [places] = self._marker([clues])
        known = [place for place in places if place is not None]
        with torch.inference_mode():
            intents, stances = self._network(
                tokens, torch.zeros(len(known), dtype=torch.long), torch.tensor(known, dtype=torch.long)
            )
        found = iter(torch.log_softmax(stances, dim=-1).tolist())
        return Opinion(
            dict(zip(INTENTS, torch.log_softmax(intents[0], dim=-1).tolist(), strict=True)),
            [{} if place is None else dict(zip(STANCES, next(found), strict=True)) for place in places],
        )


def untuned() -> tuple[ReadingNetwork, Marker]:
    """The packaged MiniLM with new heads, and what prepares messages for it."""
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    folder = str(packaged_minilm())
    encoder = AutoModel.from_pretrained(folder, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return ReadingNetwork(encoder, encoder.config.hidden_size), Marker(tokenizer)


def _in_8_bits(encoder: nn.Module) -> nn.Module:
    """The same with weights of 8 bits, a scale for each output.

    A short message waits for weights to be read from memory: a quarter of the bytes is three times as fast. What it
    costs is in docs/decisions.md.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torchao is to follow; it is one more package for the same kernels
        by_output = torch.ao.quantization.per_channel_dynamic_qconfig
        quantized: nn.Module = torch.ao.quantization.quantize_dynamic(  # type: ignore[no-untyped-call]
            encoder, {nn.Linear: by_output}
        )
    return quantized


def _marked(clues: Clues) -> tuple[str, list[int]]:
    """The text with a sign for every name, and where the signs are."""
    text = "shown: " if clues.shown else "new: "
    signs: list[int] = []
    at = 0
    for start, end in clues.names:
        text += f"{clues.text[at:start]} "
        signs.append(len(text))
        text += f"{_SIGN} "
        at = end
    return text + clues.text[at:], signs
