"""Tune the packaged MiniLM to read intents, stances and polarities: LoRA (Hu et al., 2022) and three heads.

python -m agents.tuning.encoder --dialogues ../shared/data/redial

Takes about half an hour on one core.
"""

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from rich.progress import Progress
from safetensors.torch import load_file, save_file
from torch.nn import functional

from agents.reading.encoder import INTENTS, POLARITIES, STANCES, Marker, untuned
from agents.reading.evidence import ENCODER, WEIGHTS
from agents.tuning.evidence import learn_stances, not_disliked
from agents.tuning.labelled import Labelled, of_dialogues, of_seeds
from agents.tuning.marked import MARKED, as_labelled, load_marked
from agents.tuning.seeds import held_out

_UNKNOWN = -100  # stands for a label that a name has not
_LINEAR = r"encoder\.encoder\.layer\..*\.(query|key|value|dense)"


@dataclass(frozen=True)
class Settings:
    """How the encoder is tuned. `rank`: of the LoRA factors. `learning_rate`: at its peak; falls to nothing.

    The factors get no dropout: it took a third of the time, and the encoder has its own.
    """

    rank: int = 16
    epochs: int = 3
    batch_size: int = 32
    learning_rate: float = 1e-3
    warm_up: int = 100
    smoothing: float = 0.05
    seed: int = 0


def tuned(
    told: Sequence[Labelled],
    settings: Settings,
    on_step: Callable[[int, int], None] = lambda *_: None,
    start: Path | None = None,
) -> tuple[Any, Marker]:
    """The network with LoRA factors tuned on these messages (a PEFT model), and what prepares messages for it.

    Args:
        start: a folder of factors and heads to go on from, of whatever rank; None to begin with new ones.
    """
    torch.manual_seed(settings.seed)
    network, marker = untuned()
    lora = LoraConfig(
        r=settings.rank, lora_alpha=2 * settings.rank, target_modules=_LINEAR,
        modules_to_save=["intent", "stance", "polarity"],
    )  # fmt: skip
    model: Any = (
        PeftModel.from_pretrained(network, str(start), is_trainable=True) if start else get_peft_model(network, lora)
    )
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trainable, lr=settings.learning_rate)
    total = settings.epochs * -(-len(told) // settings.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / settings.warm_up, max(0.0, 1 - step / total))
    )
    model.train()
    for step, batch in enumerate(_batches(told, settings), start=1):
        with torch.autocast("cpu", torch.bfloat16):  # 1.4 times as fast, and as good
            loss = _loss(model, marker, batch, settings.smoothing)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trainable, 1.0)
        optimiser.step()
        schedule.step()
        on_step(step, total)
    return model.eval(), marker


def _batches(told: Sequence[Labelled], settings: Settings) -> Iterator[list[Labelled]]:
    """All messages in a new order every epoch; those of one batch are about as long."""
    random_ = random.Random(settings.seed)  # not for secrets
    size = settings.batch_size
    for _ in range(settings.epochs):
        order = random_.sample(list(told), len(told))
        order = [
            one
            for at in range(0, len(order), 16 * size)
            for one in sorted(order[at : at + 16 * size], key=lambda one: len(one.clues.text))
        ]
        starts = list(range(0, len(order), size))
        random_.shuffle(starts)
        yield from (order[at : at + size] for at in starts)


def _loss(model: Any, marker: Marker, batch: Sequence[Labelled], smoothing: float) -> torch.Tensor:
    """Cross-entropy of the known intents plus those of the known stances and polarities."""
    tokens, places = marker([one.clues for one in batch])
    known = []
    for row, one in enumerate(batch):
        told = [(which, STANCES.index(label), _UNKNOWN) for which, label in one.stances]
        told += [(which, _UNKNOWN, POLARITIES.index(label)) for which, label in one.polarities]
        known += [(row, place, *labels) for which, *labels in told if (place := places[row][which]) is not None]
    rows, names, stances, polarities = torch.tensor(known, dtype=torch.long).reshape(-1, 4).T
    by_intent, by_stance, by_polarity = model(tokens=tokens, rows=rows, places=names)
    meant = [row for row, one in enumerate(batch) if one.intent]
    intents = torch.tensor([INTENTS.index(str(batch[row].intent)) for row in meant], dtype=torch.long)
    loss: torch.Tensor = by_intent.new_zeros(())
    if meant:
        loss = loss + functional.cross_entropy(by_intent[meant], intents, label_smoothing=smoothing)
    for logits, labels in ((by_stance, stances), (by_polarity, polarities)):
        if (labels != _UNKNOWN).any():
            loss = loss + functional.cross_entropy(logits, labels, ignore_index=_UNKNOWN, label_smoothing=smoothing)
    return loss


def save(model: Any, folder: Path) -> None:
    """Write the factors and heads in half precision."""
    model.save_pretrained(str(folder))
    path = folder / "adapter_model.safetensors"
    save_file({name: value.half() for name, value in load_file(path).items()}, path)
    (folder / "README.md").unlink(missing_ok=True)  # PEFT's empty form


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogues", type=Path, help="a folder with ReDial's items.jsonl.gz and dialogues.jsonl.gz")
    parser.add_argument("--seeds", type=int, default=24_000, help="messages made from seeds")
    parser.add_argument("--marked-times", type=int, default=3, help="how often each marked message counts")
    parser.add_argument("--epochs", type=int, default=Settings.epochs)
    parser.add_argument("--learning-rate", type=float, default=Settings.learning_rate, help="at its peak")
    parser.add_argument("--start", type=Path, help="a folder of factors to go on from")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=WEIGHTS / ENCODER, help="a folder")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    told = of_seeds(given.seeds, given.seed)
    if given.dialogues:
        known = learn_stances(told)
        told += of_dialogues(given.dialogues, partial(not_disliked, known))
    marked, _ = held_out(load_marked(WEIGHTS / MARKED))
    told += given.marked_times * [as_labelled(message) for message in marked]
    with Progress(*Progress.get_default_columns()) as bar:
        task = bar.add_task(f"Tuning on {len(told):,} messages", total=None)
        model, _ = tuned(
            told, Settings(epochs=given.epochs, learning_rate=given.learning_rate, seed=given.seed),
            lambda done, total: bar.update(task, completed=done, total=total), given.start,
        )  # fmt: skip
    save(model, given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
