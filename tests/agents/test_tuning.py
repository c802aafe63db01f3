"""Tuning: the adapter learns, resumes, and is written so that llama.cpp computes with it what PEFT does."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from agents.llm.clients import ADAPTER
from agents.tuning.adapter import FILE, write_gguf
from agents.tuning.tune import Pair, TuningOptions, encode, tune, with_adapter
from recommender.models.llm import load_tokenizer

OPTIONS = TuningOptions(rank=4, alpha=8, batch_size=4, learning_rate=2e-2, epochs=12, bf16=False, checkpoint_s=0.0)
PAIRS = [
    Pair([{"role": "system", "content": "Say."}, {"role": "user", "content": word}], answer)
    for word, answer in (("red", "stop"), ("green", "go"), ("amber", "wait"), ("blue", "sky"))
]


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return load_tokenizer("smollm2")


def small() -> LlamaForCausalLM:
    torch.manual_seed(0)
    shape = LlamaConfig(
        vocab_size=49_152,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
        initializer_range=0.5,  # wide enough that logits can grow: only the adapter learns
    )
    return LlamaForCausalLM(shape)


def adapted() -> Any:
    return with_adapter(small(), OPTIONS)


def weights(model: Any) -> dict[str, np.ndarray]:
    return {name: value.detach().float().numpy() for name, value in model.named_parameters() if "lora_" in name}


def test_only_the_answer_is_learnt_and_it_ends(tokenizer: Any) -> None:
    ids, prompt = encode(tokenizer, PAIRS[0])
    assert tokenizer.decode(ids[:prompt]).endswith("<|im_start|>assistant\n")
    assert tokenizer.decode(ids[prompt:]) == "stop<|im_end|>"


def test_the_adapter_learns_and_the_base_stays_as_it_is(tokenizer: Any, tmp_path: Path) -> None:
    model = adapted()
    base = {n: p.detach().clone() for n, p in model.named_parameters() if "lora_" not in n}
    losses: list[str] = []
    longer = replace(OPTIONS, epochs=60)
    report = tune(model, tokenizer, PAIRS, tmp_path, longer, lambda _, __, note: losses.append(note))
    assert report["steps"] == 60 and len(losses) == 60
    assert report["loss"] < 0.7 * float(losses[0].split()[-1])
    assert all(torch.equal(p.float(), base[n].bfloat16().float()) for n, p in model.named_parameters() if n in base)
    assert not (tmp_path / "training.pt").exists()
    assert json.loads((tmp_path / "adapter_config.json").read_text())["r"] == 4


@pytest.mark.parametrize("name", ["adapter_model.safetensors", FILE])
def test_the_adapter_that_is_shipped_is_small(name: str) -> None:
    """It goes with the code, so it may weigh 12 MB at most."""
    assert 0 < (ADAPTER.parent / name).stat().st_size <= 12_000_000


def test_interrupted_it_ends_with_the_same_adapter(tokenizer: Any, tmp_path: Path) -> None:
    whole = adapted()
    tune(whole, tokenizer, PAIRS, tmp_path / "whole", OPTIONS)

    def interrupt(done: int, total: int, note: str) -> None:
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(adapted(), tokenizer, PAIRS, tmp_path / "cut", OPTIONS, interrupt)
    assert (tmp_path / "cut" / "training.pt").exists()
    steps: list[int] = []
    resumed = adapted()
    tune(resumed, tokenizer, PAIRS, tmp_path / "cut", OPTIONS, lambda done, *_: steps.append(done))
    assert steps[0] == 7  # the seventh step was not in the checkpoint yet
    expected = weights(whole)
    assert expected and all(np.array_equal(value, expected[name]) for name, value in weights(resumed).items())


def test_the_state_of_another_run_is_not_taken_up(tokenizer: Any, tmp_path: Path) -> None:
    def interrupt(done: int, total: int, note: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(adapted(), tokenizer, PAIRS, tmp_path, OPTIONS, interrupt)
    steps: list[int] = []
    tune(adapted(), tokenizer, PAIRS[:3], tmp_path, OPTIONS, lambda done, *_: steps.append(done))
    assert steps[0] == 1


def test_gguf_holds_every_matrix_under_llama_cpps_names_with_rows_reordered(tokenizer: Any, tmp_path: Path) -> None:
    model = adapted()
    tune(model, tokenizer, PAIRS[:1], tmp_path, OPTIONS)
    reader = gguf.GGUFReader(str(write_gguf(tmp_path, model.config)))
    assert (tmp_path / FILE).exists()
    fields = {name: field.contents() for name, field in reader.fields.items()}
    assert (fields["general.type"], fields["adapter.type"], fields["adapter.lora.alpha"]) == ("adapter", "lora", 8.0)
    found = {tensor.name: np.array(tensor.data) for tensor in reader.tensors}
    assert len(found) == 2 * 7 * 2
    ours = weights(model)

    def of(layer: int, module: str, side: str) -> np.ndarray:
        return ours[f"base_model.model.model.layers.{layer}.{module}.lora_{side}.default.weight"]

    for name, (layer, module, side) in {
        "blk.1.ffn_up.weight.lora_b": (1, "mlp.up_proj", "B"),
        "blk.0.attn_q.weight.lora_a": (0, "self_attn.q_proj", "A"),
    }.items():
        np.testing.assert_allclose(found[name], of(layer, module, side), rtol=2e-3, atol=1e-6)
    # A head of width 8: rows 0 4 1 5 2 6 3 7 of ours.
    order = np.concatenate([8 * head + np.array([0, 4, 1, 5, 2, 6, 3, 7]) for head in range(4)])
    theirs = found["blk.0.attn_q.weight.lora_b"]
    np.testing.assert_allclose(theirs, of(0, "self_attn.q_proj", "B")[order], rtol=2e-3, atol=1e-6)
