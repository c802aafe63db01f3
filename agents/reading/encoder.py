"""Reads intent, stances and polarities with the packaged MiniLM, tuned for it: one pass, some 6 ms, English only.

Every name is replaced by one sign, so the encoder knows no catalogue. What the network makes of a name's sign tells the
stance to it, the mean over the message tells the intent; with the qualities replaced too, the same signs tell whether
each is asked for. The weights are LoRA factors (Hu et al., 2022) and three linear heads, a megabyte and a half:
`python -m agents.tuning.encoder`.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, Self

import torch
from torch import Tensor, nn

from agents.plan import Intent, Polarity, Stance
from agents.text import Span
from recommender.features.embedder import packaged_minilm

INTENTS, STANCES, POLARITIES = ([one.value for one in labels] for labels in (Intent, Stance, Polarity))
MAX_TOKENS = 128  # of a message; what is behind them is judged without the encoder
_SIGN = "X"  # stands for every name

LogProbabilities = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Opinion:
    """Log-probabilities of the intents, and for each name of stances and polarities; empty for one too far behind."""

    intents: LogProbabilities
    stances: Sequence[LogProbabilities]
    polarities: Sequence[LogProbabilities]


class Named(Protocol):
    """A message and where names stand in it."""

    @property
    def text(self) -> str: ...

    @property
    def names(self) -> Sequence[Span]: ...

    @property
    def shown(self) -> bool: ...


class ReadingNetwork(nn.Module):
    """A text encoder with heads for intents, stances and polarities.

    Args:
        encoder: a BERT-like model of `transformers`, with hidden states of `width`.
    """

    def __init__(self, encoder: nn.Module, width: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.intent = nn.Linear(width, len(INTENTS))
        self.stance = nn.Linear(width, len(STANCES))
        self.polarity = nn.Linear(width, len(POLARITIES))

    def forward(self, tokens: Mapping[str, Tensor], rows: Tensor, places: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits: (messages, intents); (names, stances) and (names, polarities) at `places` of the messages `rows`."""
        states: Tensor = self.encoder(**tokens).last_hidden_state
        mask = tokens["attention_mask"][..., None]
        mean = (states * mask).sum(1) / mask.sum(1)
        named = states[rows, places]
        return self.intent(mean), self.stance(named), self.polarity(named)


class Marker:
    """Turns messages into the network's tokens, with a sign for every name."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def __call__(self, messages: Sequence[Named]) -> tuple[dict[str, Tensor], list[list[int | None]]]:
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

    def opinions(self, messages: Sequence[Named]) -> list[Opinion]:
        """What the network makes of messages. Short ones take hardly longer together than one alone."""
        tokens, places = self._marker(messages)
        known = [(row, place) for row, found in enumerate(places) for place in found if place is not None]
        with torch.inference_mode():
            rows, at = torch.tensor(known, dtype=torch.long).reshape(-1, 2).T
            intents, stances, polarities = self._network(tokens, rows, at)
        by_stance, by_polarity = iter(_labelled(STANCES, stances)), iter(_labelled(POLARITIES, polarities))
        return [
            Opinion(
                intent,
                [{} if place is None else next(by_stance) for place in found],
                [{} if place is None else next(by_polarity) for place in found],
            )
            for intent, found in zip(_labelled(INTENTS, intents), places, strict=True)
        ]


def _labelled(labels: Sequence[str], logits: Tensor) -> list[LogProbabilities]:
    """Log-probabilities by label for each row."""
    return [dict(zip(labels, row, strict=True)) for row in torch.log_softmax(logits, dim=-1).tolist()]


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


def _marked(clues: Named) -> tuple[str, list[int]]:
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
