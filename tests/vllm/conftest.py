"""One vLLM server for the session, with the adapter of this project, or a random one until there is one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.llm.clients import OpenAIModel
from recommender.packaged import packaged_llm
from tests.app.conftest import settings_of_our_own, shop  # noqa: F401  fixtures
from tests.vllm.server import ROOT, VLLMServer

BASE, ADAPTER = "SmolLM2-135M-Instruct", "palate"
# JSON may have blanks between its parts, and a random model never stops making them.
COMPACT = '{"backend": "xgrammar", "disable_any_whitespace": true}'


def random_adapter(folder: Path) -> Path:
    """A LoRA adapter of rank 16 on all linear layers of the packaged model that changes what it says."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoConfig, AutoModelForCausalLM

    weights = packaged_llm()
    shape = AutoConfig.from_pretrained(weights.parent, gguf_file=weights.name)
    torch.manual_seed(0)
    options = LoraConfig(
        r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False
    )
    plain = AutoModelForCausalLM.from_config(shape)  # type: ignore[no-untyped-call]
    adapted = get_peft_model(plain, options)
    adapted.save_pretrained(str(folder), save_embedding_layers=False)
    return folder


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VLLMServer]:
    adapter, options = ROOT / "data" / "adapter", []
    if not (adapter / "adapter_config.json").is_file():
        adapter = random_adapter(tmp_path_factory.mktemp("adapter"))
        options = ["--structured-outputs-config", COMPACT]
    python = Path(os.environ["PALATE_TEST_VLLM"])
    log = tmp_path_factory.mktemp("vllm") / "server.log"
    with VLLMServer(python, ["--adapter", str(adapter), *options], log) as server:
        server.start()
        print(f"\nvLLM was up in {server.seconds_to_start:.0f} s; its adapter is {adapter}")
        yield server


@pytest.fixture
def server(running: VLLMServer) -> VLLMServer:
    """The server, started again if the test before killed it."""
    running.thaw()
    running.start()
    return running


@pytest.fixture
def base(server: VLLMServer) -> OpenAIModel:
    return OpenAIModel(server.url, BASE, server.key, timeout_s=120)


@pytest.fixture
def tuned(server: VLLMServer) -> OpenAIModel:
    return OpenAIModel(server.url, ADAPTER, server.key, timeout_s=120)
