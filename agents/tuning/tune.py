"""LoRA tuning of a small chat model on prompt-and-answer pairs: loss on the answer alone, bf16, resumable.

Knows nothing of recommendations: it takes pairs. Source: Hu et al., LoRA, ICLR 2022.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file
from torch import Tensor

OnProgress = Callable[[int, int, str], None]
_TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
_STATE = "training.pt"


@dataclass(frozen=True)
class Pair:
    """What the model is asked, as chat messages, and what it should answer."""

    messages: list[dict[str, str]]
    answer: str


@dataclass(frozen=True)
class TuningOptions:
    """Settings of a tuning run.

    Attributes:
        rank, alpha: of LoRA; updates are scaled by alpha / rank.
        batch_size: pairs a step. learning_rate: peak; warm-up over `warm_up` of the steps, then cosine to a tenth.
        checkpoint_s: seconds between checkpoints.
    """

    rank: int = 16
    alpha: int = 32
    batch_size: int = 16
    learning_rate: float = 1e-3
    warm_up: float = 0.04
    clip_norm: float = 1.0
    epochs: int = 1
    seed: int = 0
    bf16: bool = True
    checkpoint_s: float = 120.0


def with_adapter(model: Any, options: TuningOptions, start: Path | None = None) -> Any:
    """The causal LM with LoRA matrices (float32) on every linear layer; only they can be trained.

    Args:
        start: a folder with an adapter of the same rank to go on from; None begins with a fresh one.
    """
    if options.bf16:
        model = model.to(torch.bfloat16)  # twice as fast as casting the weights in every step
    model.set_attn_implementation("eager")  # faster than the fused kernel on so short sequences (CPU)
    config = LoraConfig(
        r=options.rank, lora_alpha=options.alpha, target_modules=_TARGETS, bias="none", task_type="CAUSAL_LM"
    )
    torch.manual_seed(options.seed)
    adapted = get_peft_model(model, config)
    for parameter in adapted.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    if start is not None:
        set_peft_model_state_dict(adapted, load_file(start / "adapter_model.safetensors"))
    return adapted


def encode(tokenizer: Any, pair: Pair) -> tuple[list[int], int]:
    """Token ids of prompt and answer, and how many of them are the prompt."""
    prompt = tokenizer.apply_chat_template(pair.messages, tokenize=False, add_generation_prompt=True)
    before: list[int] = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    after: list[int] = tokenizer(f"{pair.answer}<|im_end|>", add_special_tokens=False)["input_ids"]
    return before + after, len(before)


def tune(
    model: Any,
    tokenizer: Any,
    pairs: Sequence[Pair],
    folder: Path,
    options: TuningOptions,
    on_progress: OnProgress | None = None,
) -> dict[str, Any]:
    """Train the adapter of `model` in place and save it in `folder`; a run that was cut off goes on.

    Args:
        model: from `with_adapter`.
        folder: gets adapter_config.json, adapter_model.safetensors and, while it runs, the training state.

    Returns: steps, seconds, tokens, tokens_per_s and the mean loss of the last tenth.
    """
    encoded = [encode(tokenizer, pair) for pair in pairs]
    plan = _plan([len(ids) for ids, _ in encoded], options)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=options.learning_rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, len(plan), options.warm_up))
    state: dict[str, Any] = {"step": 0, "seconds": 0.0, "tokens": 0, "losses": []}
    about = f"{len(pairs)} {options} {sum(len(ids) for ids, _ in encoded)}"
    path = folder / _STATE
    if path.exists():
        kept = torch.load(path, weights_only=True)
        if kept["about"] == about:
            set_peft_model_state_dict(model, kept["adapter"])
            optimiser.load_state_dict(kept["optimiser"])
            schedule.load_state_dict(kept["schedule"])
            state = kept["state"]
    model.train()
    saved = since = time.monotonic()
    while state["step"] < len(plan):
        batch = [encoded[i] for i in plan[state["step"]]]
        loss = _learn(model, batch, tokenizer.eos_token_id, options, optimiser, trained)
        schedule.step()
        state["step"] += 1
        state["tokens"] += sum(len(ids) for ids, _ in batch)
        state["losses"].append(loss)
        if on_progress:
            on_progress(state["step"], len(plan), f"loss {sum(state['losses'][-20:]) / len(state['losses'][-20:]):.3f}")
        now = time.monotonic()
        if now - saved > options.checkpoint_s:
            state["seconds"] += now - since
            saved = since = now
            folder.mkdir(parents=True, exist_ok=True)
            new = path.with_suffix(".new")
            parts = {"optimiser": optimiser.state_dict(), "schedule": schedule.state_dict()}
            torch.save({"about": about, "state": state, "adapter": get_peft_model_state_dict(model), **parts}, new)
            new.replace(path)
    state["seconds"] += time.monotonic() - since
    model.eval()
    model.to(torch.bfloat16).save_pretrained(folder)
    path.unlink(missing_ok=True)
    tail = state["losses"][-max(1, len(plan) // 10) :]
    return {
        "steps": len(plan),
        "pairs": len(pairs),
        "seconds": round(state["seconds"], 1),
        "tokens": state["tokens"],
        "tokens_per_s": round(state["tokens"] / max(1e-9, state["seconds"]), 1),
        "loss": round(sum(tail) / len(tail), 4),
    }


def _plan(lengths: Sequence[int], options: TuningOptions) -> list[list[int]]:
    """Which pairs make up each step: of about one length, in an order drawn anew each epoch."""
    random_ = random.Random(options.seed)  # not for secrets
    steps: list[list[int]] = []
    for _ in range(options.epochs):
        order = sorted(range(len(lengths)), key=lambda i: (lengths[i] // 8, random_.random()))
        batches = [order[at : at + options.batch_size] for at in range(0, len(order), options.batch_size)]
        random_.shuffle(batches)
        steps += batches
    return steps


def _rate(step: int, steps: int, warm_up: float) -> float:
    first = max(1, int(steps * warm_up))
    if step < first:
        return (step + 1) / first
    done = (step - first) / max(1, steps - first)
    return 0.1 + 0.9 * 0.5 * (1 + float(torch.cos(torch.tensor(done * torch.pi))))


def _learn(
    model: Any,
    batch: Sequence[tuple[list[int], int]],
    padding: int,
    options: TuningOptions,
    optimiser: torch.optim.Optimizer,
    trained: list[Tensor],
) -> float:
    """One step; returns the mean loss of an answer's token."""
    longest = max(len(ids) for ids, _ in batch)
    ids = torch.full((len(batch), longest), padding, dtype=torch.long)  # (B, T)
    answers = torch.zeros((len(batch), longest), dtype=torch.bool)  # positions that predict a token of the answer
    for row, (tokens, prompt) in enumerate(batch):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        answers[row, prompt - 1 : len(tokens) - 1] = True
    causal = model.get_base_model()
    with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
        # Padding stands behind everything real and attention looks back only: no mask is needed.
        states = causal.model(input_ids=ids).last_hidden_state  # (B, T, width)
        # Only the answer's positions meet the vocabulary: its 49,000 rows cost as much as a fifth of the layers.
        logits = causal.lm_head(states[answers])
        targets = ids[:, 1:][answers[:, :-1]]
    loss = torch.nn.functional.cross_entropy(logits.float(), targets)
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(trained, options.clip_norm)
    optimiser.step()
    return float(loss.item())
