"""Writes a LoRA adapter as the GGUF file that llama.cpp loads beside the base model.

llama.cpp keeps the query and key rows of Llama models in another order (rotary halves interleaved); the adapter's
output rows follow it. Tensor names are those of llama.cpp's own converter.
"""

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt
from safetensors import safe_open

_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
FILE = "adapter.gguf"


def write_gguf(folder: Path, config: Any) -> Path:
    """Write `adapter.gguf` beside the PEFT files of `folder`.

    Args:
        config: of the base model: heads, key-value heads, model_type.

    Raises:
        ValueError: the adapter touches layers that a Llama model does not have.
    """
    settings = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    path = folder / FILE
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(settings["lora_alpha"]))
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    with safe_open(folder / "adapter_model.safetensors", framework="pt") as tensors:
        for name in tensors.keys():  # noqa: SIM118  # not a mapping
            layer, module, side = _parts(name)
            values = tensors.get_tensor(name).float().numpy()
            if side == "b" and module in heads:
                values = _interleaved(values, heads[module])
            writer.add_tensor(f"blk.{layer}.{module}.weight.lora_{side}", values.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _parts(name: str) -> tuple[int, str, str]:
    """Layer, llama.cpp's name of the module, and "a" or "b"."""
    for ours, theirs in _NAMES.items():
        if f".{ours}.lora_" in name:
            layer = int(name.split(".layers.", 1)[1].split(".", 1)[0])
            return layer, theirs, "a" if ".lora_A." in name else "b"
    raise ValueError(f"{name} is no linear layer of a Llama model")


def _interleaved(values: npt.NDArray[np.float32], heads: int) -> npt.NDArray[np.float32]:
    """(out, rank) rows of each head from [first half, second half] to pairs."""
    out, rank = values.shape
    return values.reshape(heads, 2, out // heads // 2, rank).swapaxes(1, 2).reshape(out, rank)
