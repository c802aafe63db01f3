"""Tiny causal language models with random weights, written once a session: no download, no time.

A folder holds what `save_pretrained` writes (config and safetensors) and no tokenizer.
"""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import torch

LAYERS, WIDTH = 4, 32
_FOLDERS: list[Any] = []  # keeps the temporary folders until the session ends


@cache
def tiny_llm(kind: str = "llama") -> Path:
    """The folder of a causal LM of this kind, "llama" or "qwen2"; its weights are the same in every session."""
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

    config_type, model_type = {"llama": (LlamaConfig, LlamaForCausalLM), "qwen2": (Qwen2Config, Qwen2ForCausalLM)}[kind]
    shape = {
        "vocab_size": 50,
        "hidden_size": WIDTH,
        "intermediate_size": 48,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 128,
    }
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = model_type(config_type(**shape))
    _FOLDERS.append(tempfile.TemporaryDirectory(prefix=f"palate-tiny-{kind}-"))
    folder = Path(_FOLDERS[-1].name)
    model.save_pretrained(folder)
    return folder
