"""Models around a pretrained language model: what they take from it, train, keep, and need it for."""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from recommender.models import load_model
from recommender.models.base import FitOptions, ModelError
from recommender.models.ellmrec import ELLMRec, ELLMRecConfig
from recommender.models.llm import LLMNetwork, add_lora, build_network, load_llm
from recommender.models.slmrec import SLMRec, SLMRecConfig
from recommender.models.teaching import DistilWeights, Teaching
from tests.recommender.tiny_llm import LAYERS, WIDTH, tiny_llm
from tests.ring import N_ITEMS, indexes, markov_split

SPLIT = markov_split(people=60)
FIT = FitOptions(epochs=1, batch_size=32, learning_rate=1e-2, seed=1)
HISTORIES = [indexes(1, 2, 3), indexes(), indexes(N_ITEMS), indexes(*range(1, 31))]
TEXTS = np.random.default_rng(0).normal(size=(N_ITEMS, 5)).astype(np.float32)


def shape(kind: str = "llama", **changes: Any) -> ELLMRecConfig:
    return replace(ELLMRecConfig(llm=str(tiny_llm(kind)), dim=16, n_layers=2, max_length=8), **changes)


def fitted(options: FitOptions = FIT, **changes: Any) -> ELLMRec:
    model = ELLMRec(config=shape(**changes))
    model.fit(SPLIT, options)
    return model


def check_saved_and_loaded(model: ELLMRec, folder: Path) -> None:
    """In another process: nothing of the language model itself is needed."""
    expected = model.scores(HISTORIES)
    model.save(folder)
    meta = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    meta["config"]["llm"] = "/no/longer/here"
    (folder / "model.json").write_text(json.dumps(meta), encoding="utf-8")
    loaded = load_model(folder)
    assert type(loaded) is type(model)
    np.testing.assert_array_equal(loaded.scores(HISTORIES), expected)


# What is taken from the language model


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
@pytest.mark.parametrize("model_type", [ELLMRec, SLMRec])
@pytest.mark.parametrize("text", [None, TEXTS], ids=["ids", "text"])
def test_it_trains_and_scores_the_same_once_loaded(
    kind: str, model_type: type[ELLMRec], text: np.ndarray | None, tmp_path: Path
) -> None:
    model = model_type(config=shape(kind, heads=2), text=text)
    report = model.fit(SPLIT, FIT)
    assert np.isfinite(report["log"][0]["loss"])
    check_saved_and_loaded(model, tmp_path)


@pytest.mark.llm
def test_the_packaged_smollm2_trains_and_scores_the_same_once_loaded(tmp_path: Path) -> None:
    model = SLMRec(config=SLMRecConfig(dim=16, n_layers=2, heads=2, max_length=8, instruction="Things people bought:"))
    report = model.fit(SPLIT, replace(FIT, batch_size=60, learning_rate=1e-3))
    assert np.isfinite(report["log"][0]["loss"])
    network = model.network
    assert isinstance(network, LLMNetwork)
    assert (network.trunk.config.hidden_size, len(network.trunk.layers)) == (576, 2)
    assert len(network.prefix) == model.shape.prefix_tokens > 2
    check_saved_and_loaded(model, tmp_path)


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
@pytest.mark.parametrize(("n_layers", "expected"), [(1, 1), (3, 3), (LAYERS, LAYERS), (0, LAYERS)])
def test_the_first_layers_and_the_final_norm_are_the_language_models(kind: str, n_layers: int, expected: int) -> None:
    network = build_network(N_ITEMS, shape(kind, n_layers=n_layers), None, pretrained=True)
    theirs = load_llm(str(tiny_llm(kind))).state_dict()
    mine = network.trunk.state_dict()
    assert len(network.trunk.layers) == network.config.n_layers == expected
    assert {name for name in mine if name.startswith("layers.0.")} == {n for n in theirs if n.startswith("layers.0.")}
    for name, value in mine.items():
        torch.testing.assert_close(value, theirs[name], rtol=0, atol=0)
    assert not any("embed" in name or "lm_head" in name for name in network.state_dict())


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
def test_a_state_for_every_layer_and_the_last_is_what_the_language_model_gives(kind: str) -> None:
    network = build_network(N_ITEMS, shape(kind, n_layers=0), None, pretrained=True).eval()
    x = torch.randn(3, 5, 16)
    with torch.no_grad():
        states = network.encode(x)
        entered = network.enter(torch.nn.functional.normalize(x, dim=-1)) * network.scale
        expected = load_llm(str(tiny_llm(kind))).eval()(inputs_embeds=entered).last_hidden_state
    assert [state.shape for state in states] == [(3, 5, WIDTH)] * LAYERS
    torch.testing.assert_close(states[-1], expected)
    assert not any(torch.allclose(states[0], state) for state in states[1:])


def test_as_a_control_the_weights_may_be_random() -> None:
    torch.manual_seed(0)
    network = build_network(N_ITEMS, shape(pretrained=False), None, pretrained=True)
    theirs = load_llm(str(tiny_llm())).state_dict()
    name = "layers.0.mlp.up_proj.weight"
    assert network.trunk.state_dict()[name].shape == theirs[name].shape
    assert not torch.allclose(network.trunk.state_dict()[name], theirs[name])


@pytest.mark.parametrize("prefix", [0, 3])
def test_a_position_reads_no_later_item_and_no_padding(prefix: int) -> None:
    network = build_network(N_ITEMS, shape(), None, pretrained=True).eval()
    network.prefix = torch.randn(prefix, WIDTH)
    x = torch.randn(1, 6, 16)
    changed = x.clone()
    changed[:, 3:] = torch.randn(1, 3, 16)
    with torch.no_grad():
        before, after, short = (network.encode(seen)[-1] for seen in (x, changed, x[:, :3]))
    torch.testing.assert_close(before[:, :3], after[:, :3])
    torch.testing.assert_close(before[:, :3], short)
    assert ((before[:, 3:] - after[:, 3:]).abs().amax(dim=-1) > 1e-4).all()


@pytest.mark.parametrize(
    ("n_layers", "heads", "expected"),
    [(4, 4, [0, 1, 2, 3]), (4, 2, [0, 0, 1, 1]), (2, 4, [1, 3]), (3, 1, [0, 0, 0]), (8, 4, [0, 0, 1, 1, 2, 2, 3, 3])],
)
def test_heads_go_with_the_blocks_and_the_last_one_answers(n_layers: int, heads: int, expected: list[int]) -> None:
    config = shape(n_layers=n_layers, heads=heads, pretrained=False)
    network = build_network(N_ITEMS, config, None, pretrained=True).eval()
    state = torch.randn(WIDTH)

    def which(block: int) -> int:
        found = network.head(state, block)
        return next(
            i
            for i, head in enumerate(network.out)
            if torch.allclose(torch.nn.functional.normalize(head(state), dim=-1), found)
        )

    assert [which(block) for block in range(n_layers)] == expected
    assert which(-1) == heads - 1


# LoRA


def test_lora_trains_its_adapters_and_our_layers_and_nothing_of_the_language_model() -> None:
    model = ELLMRec(config=shape(tuning="lora"))
    network = model.build(N_ITEMS, None, pretrained=True)
    trained = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    in_trunk = {name for name in trained if name.startswith("trunk.")}
    assert in_trunk and all("lora_" in name for name in in_trunk)
    assert {name.split("mlp.")[1].split(".")[0] for name in in_trunk} == {"gate_proj", "up_proj", "down_proj"}
    assert {name.split(".")[0] for name in trained - in_trunk} == {"items", "start", "enter", "out", "scale"}


@pytest.mark.parametrize("model_type", [ELLMRec, SLMRec])
def test_lora_is_merged_into_the_layers_it_adapts_and_saved_with_them(
    model_type: type[ELLMRec], tmp_path: Path
) -> None:
    model = model_type(config=shape(tuning="lora"))
    model.fit(SPLIT, FIT)
    assert not any("lora" in name for name in model.arrays())
    theirs = load_llm(str(tiny_llm())).state_dict()
    for name, value in model.network.trunk.state_dict().items():
        assert torch.equal(value, theirs[name]) == ("mlp" not in name), name
    check_saved_and_loaded(model, tmp_path)


@pytest.mark.parametrize("loaded", [False, True])
def test_going_on_with_lora_leaves_all_but_the_adapted_layers_as_they_are(loaded: bool, tmp_path: Path) -> None:
    model = fitted(tuning="lora")
    if loaded:
        model.save(tmp_path)
        model = ELLMRec.load(tmp_path)
    before = {name: value.clone() for name, value in model.network.trunk.state_dict().items()}
    model.fit(SPLIT, replace(FIT, warm_start=True))
    for name, value in model.network.trunk.state_dict().items():
        assert torch.equal(value, before[name]) == ("mlp" not in name), name


def test_lora_is_added_once_and_only_where_asked() -> None:
    plain = build_network(N_ITEMS, shape(), None, pretrained=True)
    add_lora(plain)
    assert not any("lora" in name for name, _ in plain.named_parameters())
    adapted = build_network(N_ITEMS, shape(tuning="lora"), None, pretrained=True)
    add_lora(adapted)
    names = [name for name, _ in adapted.named_parameters()]
    add_lora(adapted)
    assert [name for name, _ in adapted.named_parameters()] == names


def test_full_tuning_changes_every_layer() -> None:
    theirs = load_llm(str(tiny_llm())).state_dict()
    for name, value in fitted().network.trunk.state_dict().items():
        assert not torch.equal(value, theirs[name]), name


@pytest.mark.parametrize("tuning", ["full", "lora"])
def test_interrupted_and_resumed_it_ends_with_the_same_weights(tuning: str, tmp_path: Path) -> None:
    options = replace(FIT, epochs=3, checkpoint_s=0.0)
    expected = fitted(options, tuning=tuning).arrays()

    def stop(done: int, total: int, note: str) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ELLMRec(config=shape(tuning=tuning)).fit(SPLIT, replace(options, checkpoint=tmp_path), stop)
    found = fitted(replace(options, checkpoint=tmp_path), tuning=tuning).arrays()
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


def test_what_lora_leaves_alone_is_neither_averaged_nor_kept_twice(tmp_path: Path) -> None:
    def stop(done: int, total: int, note: str) -> None:
        if done == 4:
            raise KeyboardInterrupt

    model = ELLMRec(config=shape(tuning="lora"))
    with pytest.raises(KeyboardInterrupt):
        model.fit(SPLIT, replace(FIT, epochs=3, checkpoint=tmp_path, checkpoint_s=0.0), stop)
    kept = torch.load(tmp_path / "training.pt", weights_only=True)
    trained = [tuple(p.shape) for p in model.network.parameters() if p.requires_grad]
    assert sorted(tuple(value.shape) for value in kept["best_state"]) == sorted(trained)
    assert sum(value.numel() for value in kept["mean"].values()) == 1 + sum(map(math.prod, trained))  # 1: the steps
    assert len(kept["network"]) > len(trained)


def test_a_student_follows_a_teacher_that_was_adapted() -> None:
    teacher = fitted(tuning="lora", n_layers=4)
    student = SLMRec(config=shape(heads=2))
    (entry,) = student.fit(
        SPLIT, FIT, teaching=Teaching(None, (teacher.network,), DistilWeights(cosine=1, norm=0.1, intermediate=1))
    )["log"]
    assert min(entry[name] for name in ("align_cosine", "align_norm", "intermediate")) > 0


# An instruction before the history


@pytest.fixture(scope="module")
def llm_with_words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny Llama with a tokenizer of a few words."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("llm-with-words")
    AutoModelForCausalLM.from_pretrained(tiny_llm()).save_pretrained(folder)
    words = {word: number for number, word in enumerate(["?", "what", "was", "bought", "next"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="?").save_pretrained(folder)
    return folder


def test_the_instruction_stands_before_every_history_and_is_kept(llm_with_words: Path, tmp_path: Path) -> None:
    config = shape(llm=str(llm_with_words), instruction="what was bought")
    model = ELLMRec(config=config)
    model.fit(SPLIT, FIT)
    network = model.network
    assert isinstance(network, LLMNetwork)
    words = load_llm(str(llm_with_words)).get_input_embeddings().weight[[1, 2, 3]]
    torch.testing.assert_close(network.prefix, words.detach(), rtol=0, atol=0)  # it is read, not trained
    assert model.shape.prefix_tokens == 3
    with_instruction = model.scores(HISTORIES)
    check_saved_and_loaded(model, tmp_path)
    network.prefix = torch.zeros(0, WIDTH)
    assert np.abs(model.scores(HISTORIES)[0] - with_instruction[0]).max() > 1e-3


def test_the_instruction_works_before_random_weights_too(llm_with_words: Path) -> None:
    model = ELLMRec(config=shape(llm=str(llm_with_words), instruction="what next", pretrained=False))
    model.fit(SPLIT, FIT)
    assert np.isfinite(model.scores(HISTORIES)).all()


def test_an_instruction_needs_a_tokenizer_and_no_instruction_needs_none() -> None:
    with pytest.raises(ModelError, match=r"language model '.*' cannot be loaded"):
        fitted(instruction="what next")
    assert list(tiny_llm().glob("*token*")) == []
    fitted()


# What is refused, without waiting for a network


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)  # read from the environment once, at its import
    started = time.perf_counter()
    yield
    assert time.perf_counter() - started < 20


def test_more_layers_than_there_are_is_refused() -> None:
    with pytest.raises(ModelError, match=f"n_layers is {LAYERS + 1}, but the language model has {LAYERS} layers"):
        fitted(n_layers=LAYERS + 1)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("pretrained", [True, False])
@pytest.mark.parametrize("name", ["/no/such/folder", "./nor-this", "nobody/has-made-this-model", "not a name"])
def test_a_language_model_that_is_not_there_is_refused_with_advice(name: str, pretrained: bool) -> None:
    with pytest.raises(ModelError, match=rf"(?s)language model '{name}' cannot be loaded.*Give a folder .*smollm2"):
        fitted(llm=name, pretrained=pretrained)


def copy_of_tiny(folder: Path) -> Path:
    for path in tiny_llm().iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


DAMAGES: dict[str, tuple[str, bytes | None]] = {
    "no config": ("config.json", None),
    "config is no JSON": ("config.json", b"{"),
    "unknown kind": ("config.json", b'{"model_type": "oracle"}'),
    "no weights": ("model.safetensors", None),
    "weights are noise": ("model.safetensors", b"noise" * 100),
}


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(("file", "content"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_language_model_is_refused_with_advice(file: str, content: bytes | None, tmp_path: Path) -> None:
    folder = copy_of_tiny(tmp_path)
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_bytes(content)
    with pytest.raises(ModelError, match=r"(?s)cannot be loaded.*Give a folder with config\.json"):
        fitted(llm=str(folder))


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")], ids=str)
def test_too_little_memory_for_a_language_model_is_not_the_models_fault(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("transformers.AutoModel.from_pretrained", fails)
    with pytest.raises(ModelError, match=r"too little memory for the language model '.*choose a smaller one\.$"):
        fitted()


@pytest.mark.usefixtures("no_network")
def test_weights_as_pickles_are_refused(tmp_path: Path) -> None:
    folder = copy_of_tiny(tmp_path)
    (folder / "model.safetensors").unlink()
    torch.save({"harm": torch.zeros(1)}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="cannot be loaded"):
        fitted(llm=str(folder))


@pytest.mark.usefixtures("no_network")
def test_a_model_that_wants_to_bring_its_own_code_is_refused(tmp_path: Path) -> None:
    folder = copy_of_tiny(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text("raise SystemExit('their code was run')")
    with pytest.raises(ModelError, match="cannot be loaded"):
        fitted(llm=str(folder))


@pytest.mark.usefixtures("no_network")
def test_a_model_without_a_list_of_decoder_layers_is_refused(tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel

    small = BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
    BertModel(small).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="BertModel has no list of decoder layers"):
        fitted(llm=str(tmp_path))
