"""Tune the small language model for judging messages and telling picks.

python -m agents.tuning --out data/adapter
python -m agents.tuning --out data/adapter --judging 30000 --telling 3000     everything, about five hours on one core

The adapter is written as safetensors (for transformers and vLLM) and as GGUF (for llama.cpp). A run that was cut off
goes on where it was.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from agents.tuning.adapter import write_gguf
from agents.tuning.expand import expand, shop_catalogue, worlds
from agents.tuning.pairs import judging_pair, telling_pair
from agents.tuning.seeds import SeedError, held_out, load_seeds
from agents.tuning.tune import Pair, TuningOptions, tune, with_adapter
from agents.tuning.voices import load_voices, tell_examples
from recommender.catalogue import Catalogue
from recommender.data.readers import ImportFileError, read_items
from recommender.models.base import ModelError
from recommender.models.llm import PACKAGED, load_llm, load_tokenizer

_DATA = Path(__file__).resolve().parents[2] / "data"


def pairs_for_tuning(judging: int, telling: int, seed: int) -> list[Pair]:
    """What is learnt from: `judging` messages from the seeds that are not held out, and `telling` replies.

    Raises:
        SeedError, ImportFileError: seeds or catalogue cannot be read.
    """
    films = Catalogue(read_items(_DATA / "demo" / "catalogue.jsonl").rows)
    reading = _DATA / "reading"
    learn, _ = held_out(load_seeds(reading))
    pairs = [judging_pair(example) for example in expand(learn, worlds(films, reading), judging, seed)]
    voices = load_voices(_DATA / "telling" / "voices.jsonl")
    of_films = telling - telling // 7
    for catalogue, domain, n in ((films, "film", of_films), (shop_catalogue(reading), "shop", telling // 7)):
        pairs += [telling_pair(told) for told in tell_examples(voices, catalogue, domain, n, seed)]
    random.Random(seed).shuffle(pairs)  # not for secrets
    return pairs


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=_DATA / "adapter", help="the folder for the adapter")
    parser.add_argument("--model", default=PACKAGED, help="folder or name of a Hugging Face chat model")
    parser.add_argument("--judging", type=int, default=5_600, help="messages to learn from")
    parser.add_argument("--telling", type=int, default=700, help="replies to learn from")
    parser.add_argument("--start", type=Path, help="the folder of an adapter to go on from")
    parser.add_argument("--learning-rate", type=float, default=TuningOptions.learning_rate)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    try:
        pairs = pairs_for_tuning(given.judging, given.telling, given.seed)
        options = TuningOptions(
            rank=given.rank, alpha=2 * given.rank, seed=given.seed, learning_rate=given.learning_rate
        )
        tokenizer = load_tokenizer(given.model)
        model = with_adapter(load_llm(given.model, head=True), options, given.start)
    except (SeedError, ImportFileError, ModelError) as error:
        print(error, file=sys.stderr)
        return 1
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as progress:
        task = progress.add_task("Tuning", total=None)

        def show(done: int, total: int, note: str) -> None:
            progress.update(task, completed=done, total=total, description=f"Tuning, {note}")
            if not progress.console.is_terminal and done % 20 == 0:
                print(f"{done}/{total} {note}", file=sys.stderr, flush=True)

        report = tune(model, tokenizer, pairs, given.out, options, show)
    write_gguf(given.out, model.config)
    report |= {"judging": given.judging, "telling": given.telling, "rank": given.rank, "threads": given.threads}
    (given.out / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
