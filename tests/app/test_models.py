"""`models` as people type it: every model, its figures from the benchmarks, and those of this workspace."""

import json
from pathlib import Path
from typing import Any

import pytest

from app import model_table
from app.model_table import RESULTS, read_results
from recommender.models import MODELS
from recommender.names import NAMES


@pytest.fixture(autouse=True)
def results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of result files of one's own, empty."""
    monkeypatch.setattr(model_table.print_models, "__defaults__", (tmp_path / "results",))
    monkeypatch.delenv("COLUMNS", raising=False)
    (tmp_path / "results").mkdir()
    return tmp_path / "results"


def quality(
    folder: Path, model: str, ndcg: float, dataset: str = "beauty", seed: int = 0, tried: str = "", **more: Any
) -> None:
    """A result file as `benchmarks.quality` writes it; `tried` is what the name says of other settings."""
    found = {
        "benchmark": "quality", "dataset": dataset, "model": model, "seed": seed, "n": 100,
        "metrics": {"hr@10": {"mean": 0.5, "se": 0.02}, "ndcg@10": {"mean": ndcg, "se": 0.0012}},
        "date": "2026-11-20",
    }  # fmt: skip
    name = f"quality_{dataset}_{model}{tried and '_' + tried}_s{seed}.json"
    (folder / name).write_text(json.dumps(found | more))


def distilled(folder: Path, model: str, members: list[str], arms: dict[str, float], tag: str = "", **more: Any) -> None:
    """A result file as `benchmarks.distillation` writes it."""
    found = {
        "benchmark": "distillation", "dataset": "beauty", "model": model, "n": 100, "date": "2026-11-20",
        "metrics": {arm: {"ndcg@10": {"mean": mean, "sd_of_seeds": 0.001}} for arm, mean in arms.items()},
        "parameters": {"total": 30_000, "without_items": 20_000},
        "teacher": {"members": members, "bounds": [], "weights": [[1.0]]}, "seeds": [0, 1, 2],
    }  # fmt: skip
    name = f"distillation_beauty_{model}_from_{'+'.join(members)}{tag}.json"
    (folder / name).write_text(json.dumps(found | more))


def rows(listed: str) -> dict[str, str]:
    """The text of each model's row in the first table, with its lines joined."""
    found: dict[str, str] = {}
    name = ""
    for line in listed.partition(" Data ")[0].splitlines():
        first = line[1:].split(" ")[0]
        name = first if first in NAMES else name
        if name:
            found[name] = " ".join(f"{found.get(name, '')} {line}".split())
    return found


def figures(listed: str) -> list[str]:
    """The rows of the second table, each with its lines joined."""
    found: list[str] = []
    for line in listed.partition(" Data ")[2].partition("\n× peer: ")[0].splitlines()[2:]:
        if line[1:2].strip():
            found.append("")
        if found:
            found[-1] = " ".join(f"{found[-1]} {line}".split())
    return found


def test_every_model_of_the_literature_has_a_row(run: Any, stocked: Path) -> None:
    status, listed, _ = run("models", "--workspace", stocked)
    found = rows(listed)
    assert status == 0 and list(found) == list(MODELS)
    for name, model in MODELS.items():
        for word in f"{(model.__doc__ or '').splitlines()[0]} {model.paper}".split():
            assert word in found[name]
        assert "not measured" in found[name]


def test_this_workspaces_figures_stand_beside(run: Any, stocked: Path, tmp_path: Path) -> None:
    found = rows(run("models", "--workspace", stocked)[1])
    report = json.loads((stocked / "models" / "sasrec" / "model.json").read_text())["report"]
    assert f"NDCG@10 {report['ndcg@10']:.4f}" in found["sasrec"] and f"split {report['split'][:8]}" in found["sasrec"]
    assert "not trained" in found["gru4rec"]
    listed = run("models", "--workspace", tmp_path / "w")[1]
    assert listed.count("not trained") == len(MODELS)


def test_figures_come_from_the_benchmarks(run: Any, tmp_path: Path, results: Path) -> None:
    quality(results, "sasrec", 0.0612, parameters={"total": 798_464, "without_items": 26_624})
    quality(results, "sasrec", 0.1684, "movies")
    quality(results, "popular", 0.0101)
    listed = run("models", "--workspace", tmp_path / "w")[1]
    assert figures(listed) == ["beauty popular 0.0101 ± 0.0012", "beauty sasrec 0.0612 ± 0.0012",
                               "movies sasrec 0.1684 ± 0.0012"]  # fmt: skip
    assert "counts only" in rows(listed)["popular"] and "not measured" in rows(listed)["gru4rec"]


def test_parameters_are_told_with_and_without_items(run: Any, tmp_path: Path, results: Path) -> None:
    quality(results, "sasrec", 0.06, parameters={"total": 798_464, "without_items": 26_624})
    quality(results, "slmrec", 0.06, parameters={"total": 12_345_678, "without_items": 999})
    found = rows(run("models", "--workspace", tmp_path / "w")[1])
    assert "798 k" in found["sasrec"] and "26.6 k" in found["sasrec"]
    assert "12.3 M, 999" in found["slmrec"]
    quality(results, "sasrec", 0.07, "zoo", tried="dim=8", parameters={"total": 99, "without_items": 9})
    assert "798 k" in rows(run("models", "--workspace", tmp_path / "w")[1])["sasrec"]


def test_seeds_are_averaged(run: Any, tmp_path: Path, results: Path) -> None:
    for seed, ndcg in enumerate((0.06, 0.07, 0.08)):
        quality(results, "gru4rec", ndcg, seed=seed)
    assert figures(run("models", "--workspace", tmp_path / "w")[1]) == ["beauty gru4rec 0.0700 (3 seeds)"]


def test_runs_with_the_recipes_settings_count_before_all_others(results: Path) -> None:
    """An old name says nothing of what was tried, an old command line may not either; none is newer than the recipe."""
    newer, tried = "2026-11-30", "python -m benchmarks.quality --model sasrec --epochs 20 --set dim=64 negatives=512"
    quality(results, "sasrec", 0.05)
    quality(results, "sasrec", 0.99, seed=1, command=tried, date=newer)
    quality(results, "sasrec", 0.98, tried="dim=8", date=newer)
    quality(results, "e-llmrec", 0.06)
    (results / "quality_beauty_e-llmrec_s0.json").rename(results / "quality_beauty_e-llmrec_5-epochs.json")
    quality(results, "e-llmrec", 0.07)
    assert read_results(results).rows() == [
        ("beauty", "sasrec", "0.0500 ± 0.0012", "", ""), ("beauty", "e-llmrec", "0.0700 ± 0.0012", "", ""),
    ]  # fmt: skip


def test_where_there_are_only_others_the_newest_count_and_say_what_they_changed(results: Path) -> None:
    tried = "python -m benchmarks.quality --seed 0 --epochs={} --set dim=64 negatives=512 --model sasrec"
    quality(results, "sasrec", 0.05, tried="a", command=tried.format(20), date="2026-11-22")
    quality(results, "sasrec", 0.07, tried="a", seed=1, command=tried.format(20), date="2026-11-21")
    quality(results, "sasrec", 0.09, tried="z", command=tried.format(8), date="2026-11-21")
    quality(results, "sasrec", 0.99, tried="b", command=tried.format(20), date="2026-11-20")  # the same seed again
    assert read_results(results).rows() == [
        ("beauty", "sasrec", "0.0600 (2 seeds)", "", "epochs 20 dim=64 negatives=512")
    ]


def test_peers_stand_below_and_ours_against_the_best_of_them(run: Any, tmp_path: Path, results: Path) -> None:
    quality(results, "sasrec", 0.06)
    quality(results, "popular", 0.02)
    quality(results, "sasrec", 0.07, "movies")
    distilled(results, "sasrec-ids", ["ease"], {"ce": 0.06, "full": 0.054})
    quality(results, "sasrec,ease", 0.08)
    quality(results, "rectools-ligr-ss", 0.03, training={"stopped_by": "patience"})
    quality(results, "rectools-sasrec-softmax", 0.04, training={"stopped_by": "time"})
    listed = run("models", "--workspace", tmp_path / "w")[1]
    assert figures(listed) == [
        "beauty popular 0.0200 ± 0.0012 ×0.50", "beauty sasrec 0.0600 ± 0.0012 ×1.50",
        "beauty sasrec-ids 0.0540 (3 seeds) ×1.35 taught by ease",
        "beauty sasrec, ease 0.0800 ± 0.0012 ×2.00 ensemble", "beauty rectools-ligr-ss 0.0300 ± 0.0012 peer",
        "beauty rectools-sasrec-softmax 0.0400 ± 0.0012 peer, stopped by time", "movies sasrec 0.0700 ± 0.0012",
    ]  # fmt: skip
    assert "rectools" not in listed.partition(" Data ")[0], "a peer is none of our models"


def test_a_taught_student_is_told_from_one_that_learnt_alone(run: Any, tmp_path: Path, results: Path) -> None:
    quality(results, "sasrec", 0.0612)
    ratios = {"soft .5 / ce": {"ratio": 1.0512, "low": 1.02, "high": 1.08}}
    distilled(results, "sasrec", ["sasrec", "ease"], {"teacher": 0.07, "ce": 0.06, "soft .5": 0.0643}, ratios=ratios)
    distilled(results, "sasrec", ["e-llmrec"], {"teacher": 0.07, "ce": 0.0612, "align": 0.0631}, seeds=[0])
    assert figures(run("models", "--workspace", tmp_path / "w")[1]) == [
        "beauty sasrec 0.0612 ± 0.0012", "beauty sasrec 0.0643 (3 seeds) taught by 2 models: ×1.05 (1.02–1.08)",
        "beauty sasrec 0.0631 taught by e-llmrec",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "others"),
    [("soft .5", ["full", "align", "not cross-fitted"]), ("full", ["align", "not cross-fitted", "soft only"]),
     ("align", ["confidence", "past not masked"]), ("confidence", [])],
)  # fmt: skip
def test_the_way_of_teaching_is_chosen_by_name_and_not_by_its_figure(
    results: Path, shown: str, others: list[str]
) -> None:
    better = dict.fromkeys(("teacher", "teacher's ease", "ce", *others), 0.09)
    distilled(results, "sasrec", ["ease"], better | {shown: 0.05})
    distilled(results, "sasrec", ["ease"], {"ce": 0.1, shown: 0.2}, "_few", command="x --people 9", date="2026-11-30")
    assert [row[2] for row in read_results(results).rows()] == ["0.0500 (3 seeds)"]


def test_variants_are_listed_where_somebody_tried_them(run: Any, own: Path, results: Path) -> None:
    assert "sasrec-ligr" not in rows(run("models", "--workspace", own)[1])
    quality(results, "sasrec-ligr", 0.062)
    run("train", "--workspace", own, "--model", "sasrec-ids", "--epochs", "1")
    listed = run("models", "--workspace", own)[1]
    found = rows(listed)
    assert figures(listed) == ["beauty sasrec-ligr 0.0620 ± 0.0012"] and "A variant of" in found["sasrec-ligr"]
    assert "NDCG@10 0." in found["sasrec-ids"]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "7", "null", "{}", '{"benchmark": "quality"}', '{"benchmark": "quality", "metrics": {}}',
     '{"benchmark": "distillation", "metrics": {}, "teacher": {"members": []}}'],
)  # fmt: skip
def test_a_damaged_result_file_is_named_and_left_out(run: Any, tmp_path: Path, results: Path, content: str) -> None:
    quality(results, "ease", 0.0612)
    (results / "quality_broken.json").write_text(content)
    status, listed, _ = run("models", "--workspace", tmp_path / "w")
    assert status == 0 and figures(listed) == ["beauty ease 0.0612 ± 0.0012"]
    assert "left out: quality_broken.json" in listed


def test_without_a_folder_of_results_nothing_is_measured(run: Any, tmp_path: Path, results: Path) -> None:
    results.rmdir()
    status, listed, _ = run("models", "--workspace", tmp_path / "w")
    assert status == 0 and listed.count("not measured") == len(MODELS) and not figures(listed)


def test_a_damaged_model_is_one_that_is_not_trained(run: Any, own: Path) -> None:
    for content in ("{", '{"name": "sasrec"}', '{"name": "sasrec", "report": {"ndcg@10": "x", "split": 3}}'):
        (own / "models" / "sasrec" / "model.json").write_text(content)
        status, listed, _ = run("models", "--workspace", own)
        assert status == 0 and "not trained" in rows(listed)["sasrec"]


def test_the_result_files_of_this_repository_can_be_read(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(model_table.print_models, "__defaults__", (RESULTS,))
    listed = run("models", "--workspace", tmp_path / "w")[1]
    assert figures(listed) and "left out" not in listed and max(map(len, listed.splitlines())) <= 100
