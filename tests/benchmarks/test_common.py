"""What the benchmarks share, and that a peer's lists are measured exactly as our own scores are."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import common, quality
from benchmarks.common import LEAVE_ONE_OUT, SeedRuns, command, data_dir, load_dataset, machine, versions, write_result
from benchmarks.quality import PEER_MODELS, PEERS, export_split, list_metrics
from recommender.data.sequences import Split, leave_one_out
from recommender.evaluation.metrics import Estimate, full_ranking
from tests.doubles import BagOfWords
from tests.ring import markov_split

N_ITEMS, N_PEOPLE = 40, 60


def some_histories(seed: int) -> dict[str, list[int]]:
    random = np.random.default_rng(seed)
    return {
        f"person-{row}": random.permutation(np.arange(1, N_ITEMS + 1))[: random.integers(1, 9)].tolist()
        for row in range(N_PEOPLE)
    }


def some_split(seed: int = 0) -> Split:
    return leave_one_out(some_histories(seed), [f"item-{number}" for number in range(N_ITEMS)])


@pytest.mark.parametrize("seed", range(5))
def test_lists_measure_as_the_scores_that_they_come_from(seed: int) -> None:
    histories, targets = some_split(seed).histories("test")
    scores = np.random.default_rng(seed).permuted(
        np.tile(np.arange(N_ITEMS, dtype=np.float32), (len(targets), 1)), axis=1
    )
    expected = full_ranking(lambda _: scores, histories, targets, batch=len(targets))

    for row, history in enumerate(histories):
        scores[row, history - 1] = -np.inf
    lists = (np.argsort(-scores, axis=1)[:, :20] + 1).astype(np.int32)

    found = list_metrics(lists, targets)
    assert found == {name: value for name, value in expected.items() if "@" in name}
    assert found["ndcg@20"].mean > 0


def test_a_list_says_nothing_beyond_its_length() -> None:
    lists = np.array([[3, 1, 2, 4, 5], [1, 2, 3, 4, 5]], dtype=np.int32)
    found = list_metrics(lists, np.array([1, 9], dtype=np.int32))
    assert set(found) == {"hr@1", "ndcg@1", "hr@5", "ndcg@5"}
    assert found["hr@1"].mean == 0
    assert found["ndcg@5"].mean == pytest.approx((1 / np.log2(3)) / 2)


def test_an_empty_list_finds_nothing() -> None:
    found = list_metrics(np.zeros((2, 20), dtype=np.int32), np.array([1, 2], dtype=np.int32))
    assert all(value.mean == 0 for value in found.values())


def test_the_exported_split_reads_back_without_the_test_targets(tmp_path: Path) -> None:
    split = some_split()
    export_split(split, tmp_path / "split.npz")
    with np.load(tmp_path / "split.npz", allow_pickle=False) as kept:
        assert set(kept.files) == {"items", "offsets", "valid_target", "n_items"}
        train = np.split(kept["items"], kept["offsets"][1:-1])
        assert int(kept["n_items"]) == N_ITEMS
        np.testing.assert_array_equal(kept["valid_target"], split.valid_target)
    assert len(train) == len(split.train)
    for given, read in zip(split.train, train, strict=True):
        np.testing.assert_array_equal(given, read)


def test_every_peer_has_its_script_and_needs() -> None:
    assert all((PEERS / peer.script).is_file() for peer in PEER_MODELS.values())
    assert (PEERS / "requirements-rectools.txt").is_file()


def test_an_environment_that_is_there_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.touch()
    monkeypatch.setenv("PALATE_PEERS_ENV", str(tmp_path))
    assert quality.peer_python() == python


def test_text_vectors_are_kept_for_exactly_their_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = BagOfWords()
    monkeypatch.setattr(common, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(common, "SentenceEmbedder", lambda: embedder)
    first = common.text_vectors("films", ["a ghost", "a train"])
    other = common.text_vectors("films", ["a garden", "a train"])
    np.testing.assert_array_equal(common.text_vectors("films", ["a ghost", "a train"]), first)
    assert embedder.encoded == ["a ghost", "a train", "a garden", "a train"] and not np.array_equal(first, other)


def write_dataset(folder: Path) -> None:
    folder.mkdir()
    with gzip.open(folder / "items.jsonl.gz", "wt", encoding="utf-8") as file:
        for name in ("a", "b", "c", "d"):
            file.write(json.dumps({"id": name, "title": f"Title {name}", "text": "", "attributes": {}}) + "\n")
    with gzip.open(folder / "sequences.txt.gz", "wt", encoding="utf-8") as file:
        file.write("ada d a c b\nbob b a\n")


def test_a_dataset_is_split_and_has_texts_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_dataset(tmp_path / "toy")
    monkeypatch.setenv("PALATE_DATA_DIR", str(tmp_path))
    split, texts = load_dataset("toy")
    assert split.items == ("a", "b", "c", "d")
    assert [text.startswith(f"Title {item}") for item, text in zip(split.items, texts, strict=True)] == [True] * 4
    assert [history.tolist() for history in split.train] == [[4, 1], [2, 1]]
    assert (split.valid_target.tolist(), split.test_target.tolist()) == ([3, 0], [2, 0])


def test_the_data_may_be_named_in_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(f"PALATE_DATA_DIR={tmp_path / 'research'}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PALATE_DATA_DIR", raising=False)
    assert data_dir() == tmp_path / "research"
    monkeypatch.setenv("PALATE_DATA_DIR", str(tmp_path / "elsewhere"))
    assert data_dir() == tmp_path / "elsewhere"


def measure(folder: Path, monkeypatch: pytest.MonkeyPatch, *more: str, split: Split | None = None) -> None:
    monkeypatch.setattr(quality, "load_dataset", lambda name: (split or markov_split(), []))
    monkeypatch.setattr(quality, "CACHE", folder / "cache")
    monkeypatch.setattr("sys.argv", ["quality", "--dataset", "ring", "--results", str(folder), *more])
    quality.main()


def test_one_of_our_models_is_trained_measured_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measure(tmp_path, monkeypatch, "--model", "popular")
    figures = json.loads((tmp_path / "quality_ring_popular_s0.json").read_text(encoding="utf-8"))
    assert (figures["benchmark"], figures["model"], figures["seed"]) == ("quality", "popular", 0)
    assert figures["protocol"] == LEAVE_ONE_OUT
    assert set(figures["metrics"]["ndcg@10"]) == {"mean", "se"}
    assert figures["training"]["seconds"] >= 0


def test_another_split_never_takes_the_negatives_of_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same data set, as many people and items, other histories."""
    for split in (markov_split(), markov_split(), markov_split(seed=3)):
        measure(tmp_path, monkeypatch, "--model", "popular", split=split)
    assert len(list((tmp_path / "cache" / "negatives").iterdir())) == 2


def test_other_settings_and_epochs_have_a_result_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ("--model", "sasrec-ids", "--epochs", "1")
    measure(tmp_path, monkeypatch, *ids)
    measure(tmp_path, monkeypatch, *ids, "--set", "dim=8", "layers=ligr", "--set", "batch_size=64")
    plain, other = sorted(tmp_path.glob("*.json"), key=lambda path: len(path.name))
    assert plain.name == "quality_ring_sasrec-ids_1-epochs_s0.json"
    assert other.name == "quality_ring_sasrec-ids_dim=8_layers=ligr_batch_size=64_1-epochs_s0.json"
    found = [json.loads(path.read_text(encoding="utf-8")) for path in (plain, other)]
    assert [figures["settings"]["dim"] for figures in found] == [128, 8]
    assert found[1]["changed"] == ["dim=8", "layers=ligr", "batch_size=64"] and "changed" not in found[0]


def test_models_separated_by_commas_are_weighed_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a ring the next item is known from the last one: who counts pairs gets all the weight."""
    measure(tmp_path, monkeypatch, "--model", "popular,item-knn")
    figures = json.loads((tmp_path / "quality_ring_popular-item-knn_s0.json").read_text(encoding="utf-8"))
    popular, item_knn = figures["training"]["members"]
    assert (popular["model"], item_knn["model"]) == ("popular", "item-knn")
    assert figures["metrics"]["ndcg@10"]["mean"] >= item_knn["ndcg@10"]["mean"] > popular["ndcg@10"]["mean"]
    weights = dict(zip(figures["settings"]["members"], figures["settings"]["weights"][0], strict=True))
    assert weights["item-knn"] > weights["popular"] >= 0


@pytest.mark.parametrize(
    ("model", "unknown"), [("popluar", "popluar"), ("popular,rectools-sasrec-ss", "rectools-sasrec-ss")]
)
def test_an_unknown_model_is_named(
    model: str, unknown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        measure(tmp_path, monkeypatch, "--model", model)
    assert f"no model '{unknown}'" in capsys.readouterr().err


def test_a_result_name_is_a_file_name() -> None:
    name = quality.result_name("d", "e-llmrec", 2, ['llm="/models/Qwen 3"'])
    assert name == "quality_d_e-llmrec_llm=-models-Qwen-3-_s2"


def test_a_result_has_its_form_and_leaves_out_what_is_not_known(tmp_path: Path) -> None:
    path = write_result(
        "topk_toy", benchmark="topk", dataset="toy", model="m", n=3, metrics={"hr@1": Estimate(0.5, 0.1), "ms": 2.0},
        folder=tmp_path / "new", note="one more key",
    )  # fmt: skip
    figures = json.loads(path.read_text(encoding="utf-8"))
    assert path.name == "topk_toy.json"
    assert figures["metrics"] == {"hr@1": {"mean": 0.5, "se": 0.1}, "ms": 2.0}
    assert figures["note"] == "one more key"
    assert not {"seed", "parameters", "training", "protocol"} & set(figures)
    assert {"machine", "versions", "date", "command"} <= set(figures)


def test_seeds_are_averaged_and_people_kept_apart() -> None:
    runs = SeedRuns()
    assert runs.add(np.array([1, 3, 30])) == pytest.approx((1 + 1 / 2) / 3)  # NDCG of rank 3 is 1 / log2(4)
    assert runs.add(np.array([1, 1, 1])) == 1.0
    assert runs.ndcgs.tolist() == [[1.0, 0.5, 0.0], [1.0, 1.0, 1.0]]
    figures = runs.figures()
    assert set(figures) == {"mrr", *(f"{name}@{k}" for name in ("hr", "ndcg") for k in (1, 5, 10, 20))}
    assert figures["hr@1"] == {"mean": pytest.approx(2 / 3), "sd_of_seeds": pytest.approx(2**0.5 / 3)}
    assert figures["ndcg@10"] == {"mean": pytest.approx(0.75), "sd_of_seeds": pytest.approx(0.5**0.5 / 2)}


def test_a_single_seed_has_no_deviation() -> None:
    runs = SeedRuns()
    runs.add(np.array([1, 3, 30]))
    assert runs.figures()["ndcg@10"]["sd_of_seeds"] == 0.0


def test_the_machine_and_the_versions_are_named() -> None:
    assert machine()["cores"] >= 1
    assert machine()["processor"]
    assert {"python", "numpy", "torch", "pytest"} <= set(versions("pytest", "a-package-that-is-not-there"))


def test_a_gpu_is_named_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for there in (True, False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a GPU")
        assert machine().get("gpu") == ("a GPU" if there else None)


def test_a_command_names_no_folder_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/somewhere/else/quality.py", "--dataset", "two words"])
    assert "/somewhere" not in command()
    assert command().startswith("python ")
    assert command().endswith("--dataset 'two words'")
