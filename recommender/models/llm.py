"""A pretrained causal language model as a sequence encoder: its first layers, reading item vectors instead of words.

Any Hugging Face causal LM whose decoder has a list of layers (Llama, Qwen, SmolLM2, Mistral, ...). The packaged
SmolLM2-135M-Instruct needs no download.
"""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from torch import Tensor, nn

from recommender.models.base import ModelError, out_of_memory
from recommender.models.neural import NetworkConfig, SequenceNetwork
from recommender.packaged import PackagedError, packaged_llm

PACKAGED = "smollm2"
_LORA_TARGETS = ["gate_proj", "up_proj", "down_proj"]  # the MLP projections, as in SLMRec's script


@dataclass(frozen=True)
class LLMConfig(NetworkConfig):
    """Shape of a network around a language model.

    Attributes:
        llm: "smollm2" (packaged), or a folder or name of a Hugging Face causal LM.
        n_layers: how many of its first layers are used; 0 for all.
        tuning: "full", or "lora" on the MLP projections (PEFT).
        lora_rank, lora_alpha, lora_dropout: of LoRA.
        instruction: words put before the history; empty for none.
        prefix_tokens: how many tokens the instruction has; filled in when the LLM is loaded.
        pretrained: start from the LLM's weights; False keeps its shape with random weights (a control).
        heads: how many blocks have a head of their own, for the loss at intermediate blocks.
        architecture: the LLM's own configuration, filled in when it is loaded.
    """

    llm: str = PACKAGED
    n_layers: int = 8
    tuning: Literal["full", "lora"] = "full"
    lora_rank: int = 16
    lora_alpha: int = 16
    lora_dropout: float = 0.05
    instruction: str = ""
    prefix_tokens: int = 0
    pretrained: bool = True
    heads: int = 1
    architecture: dict[str, Any] | None = None

    def state_width(self) -> int:
        """See `NetworkConfig`; raises ModelError where the LLM cannot be read."""
        return int(self.architecture["hidden_size"]) if self.architecture else _width(self.llm)


class LLMNetwork(SequenceNetwork):
    """Linear(d → width), the first layers of the LLM, heads Linear(width → d, no bias)."""

    config: LLMConfig
    prefix: Tensor

    def __init__(self, n_items: int, config: LLMConfig, text: Tensor | None, trunk: Any) -> None:
        super().__init__(n_items, config, text)
        width = int(trunk.config.hidden_size)
        self.enter = nn.Linear(config.dim, width)
        self.trunk = trunk
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.ModuleList(nn.Linear(width, config.dim, bias=False) for _ in range(max(1, config.heads)))
        # The LLM's token embeddings have their own scale; item vectors enter at it, or the layers see noise.
        self.scale = nn.Parameter(torch.tensor(1.0))
        self.register_buffer("prefix", torch.zeros(config.prefix_tokens, width))

    def encode(self, x: Tensor) -> tuple[Tensor, ...]:
        x = self.drop(self.enter(F.normalize(x, dim=-1)) * self.scale)
        skip = len(self.prefix)
        if skip:
            x = torch.cat([self.prefix.to(x.dtype).expand(len(x), -1, -1), x], dim=1)
        # Padding stands on the right: the causal mask alone keeps real positions from seeing it.
        out = self.trunk(inputs_embeds=x, use_cache=False, output_hidden_states=True)
        # hidden_states[0] is the input; the last one comes after the final norm.
        return tuple(state[:, skip:] for state in out.hidden_states[1:])

    def head(self, state: Tensor, block: int = -1) -> Tensor:
        n = len(self.out)
        which = n - 1
        if block >= 0 and n > 1:
            which = min(n - 1, math.ceil((block + 1) * n / self.config.n_layers) - 1)
        return F.normalize(self.out[which](state).float(), dim=-1)


def build_network(n_items: int, config: LLMConfig, text: Tensor | None, pretrained: bool) -> LLMNetwork:
    """A network around the LLM's first layers; its `config` has the LLM's architecture filled in.

    Args:
        pretrained: False when saved weights will be loaded into it: then the LLM itself is not needed.

    Raises:
        ModelError: the LLM cannot be read, or has fewer layers than asked for.
    """
    prefix = None
    if pretrained and (config.pretrained or config.instruction):
        llm = load_llm(config.llm)
        if config.instruction:
            tokens = torch.tensor(load_tokenizer(config.llm)(config.instruction)["input_ids"])
            prefix = llm.get_input_embeddings()(tokens).detach().float()
    if pretrained and config.pretrained:
        trunk = _first_layers(llm, config.n_layers)
    else:
        architecture = config.architecture or _architecture(config.llm)
        trunk = _random(architecture, config.n_layers)
    config = replace(
        config,
        architecture=_plain(trunk.config),
        n_layers=int(trunk.config.num_hidden_layers),
        prefix_tokens=config.prefix_tokens if prefix is None else len(prefix),
    )
    network = LLMNetwork(n_items, config, text, trunk)
    if prefix is not None:
        network.prefix.copy_(prefix)
    return network


def load_llm(name: str, head: bool = False) -> Any:
    """A causal LM's decoder, in float32, from safetensors or GGUF; no code of its own is run.

    Args:
        head: with the output layer over the vocabulary too, to speak with.

    Raises:
        ModelError: it cannot be read.
    """
    # Imported here: transformers takes seconds, and most commands need none of it.
    from transformers import AutoModel, AutoModelForCausalLM
    from transformers.utils import logging

    path, gguf = _source(name)
    options: dict[str, Any] = {"gguf_file": gguf} if gguf else {"use_safetensors": True}
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # or it reports at length that the output layer is left out
    with _explained(name):
        kind = AutoModelForCausalLM if head else AutoModel
        return kind.from_pretrained(path, dtype=torch.float32, trust_remote_code=False, **options)


def load_tokenizer(name: str) -> Any:
    """The tokenizer of a language model.

    Raises:
        ModelError: it cannot be read.
    """
    from transformers import AutoTokenizer

    path, gguf = _source(name)
    with _explained(name):
        return AutoTokenizer.from_pretrained(path, trust_remote_code=False, **({"gguf_file": gguf} if gguf else {}))


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except (MemoryError, OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        if out_of_memory(error):
            raise ModelError(
                f"There is too little memory for the language model '{name}'. Free some, or choose a smaller one."
            ) from error
        raise ModelError(
            f"The language model '{name}' cannot be loaded: {error} Give a folder with config.json and safetensors, "
            f"the name of a model on the Hugging Face Hub, or '{PACKAGED}', which needs no download."
        ) from error


def _source(name: str) -> tuple[str, str | None]:
    """Folder or name for transformers, and the GGUF file in it, if that is what it holds."""
    if name != PACKAGED:
        folder = Path(name)
        files = sorted(folder.glob("*.gguf")) if folder.is_dir() else []
        return name, files[0].name if files and not (folder / "config.json").exists() else None
    try:
        packaged = packaged_llm()
    except PackagedError as error:
        raise ModelError(str(error)) from error
    return str(packaged.parent), packaged.name


def _architecture(name: str) -> dict[str, Any]:
    from transformers import AutoConfig

    path, gguf = _source(name)
    with _explained(name):
        return _plain(
            AutoConfig.from_pretrained(path, trust_remote_code=False, **({"gguf_file": gguf} if gguf else {}))
        )


@cache
def _width(name: str) -> int:
    return int(_architecture(name)["hidden_size"])  # a GGUF file takes seconds to say so


def _plain(config: Any) -> dict[str, Any]:
    """A Hugging Face configuration as JSON, without what loading adds."""
    known: dict[str, Any] = json.loads(config.to_json_string(use_diff=False))
    for transient in ("quantization_config", "layer_types", "_name_or_path", "transformers_version", "dtype"):
        known.pop(transient, None)
    return known


def _first_layers(llm: Any, n_layers: int) -> Any:
    """The decoder with its first `n_layers` layers (0: all) and without token embeddings."""
    if not isinstance(getattr(llm, "layers", None), nn.ModuleList):
        raise ModelError(f"A {type(llm).__name__} has no list of decoder layers. Choose a causal LM such as Llama.")
    have = len(llm.layers)
    if n_layers > have:
        raise ModelError(f"n_layers is {n_layers}, but the language model has {have} layers.")
    n_layers = n_layers or have
    trunk = _random(_plain(llm.config), n_layers)
    wanted = trunk.state_dict()
    trunk.load_state_dict({name: value.float() for name, value in llm.state_dict().items() if name in wanted})
    return trunk


def _random(architecture: dict[str, Any], n_layers: int) -> Any:
    from transformers import AutoConfig, AutoModel

    known = {k: v for k, v in architecture.items() if k != "model_type"}
    known["num_hidden_layers"] = n_layers or known["num_hidden_layers"]
    shape = AutoConfig.for_model(architecture["model_type"], **known)
    trunk = AutoModel.from_config(shape, dtype=torch.float32)  # type: ignore[no-untyped-call]
    trunk.embed_tokens = nn.Identity()  # item vectors come in instead of words
    return trunk


def add_lora(network: LLMNetwork) -> None:
    """Freeze the LLM's layers and let LoRA adapt them, if the configuration asks for it."""
    config = network.config
    if config.tuning != "lora" or hasattr(network.trunk, "merge_and_unload"):
        return
    # Imported here: PEFT takes seconds.
    from peft import LoraConfig, get_peft_model

    lora = LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,
        lora_dropout=config.lora_dropout,
        target_modules=_LORA_TARGETS,
    )
    network.trunk = get_peft_model(network.trunk, lora)


def merge_lora(network: LLMNetwork) -> None:
    """Fold LoRA into the layers it adapts, so that the network is saved and served as a plain one."""
    if hasattr(network.trunk, "merge_and_unload"):
        network.trunk = network.trunk.merge_and_unload()
