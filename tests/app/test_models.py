"""`models` as people type it: every model, its figures from the benchmarks, and those of this workspace."""

import json
from pathlib import Path
from typing import Any

import pytest

from app import model_table
from app.model_table import RESULTS, read_results
from recommender.models import MODELS
from recommender.training.recipes import NAMES


@pytest.fixture(autouse=True)
def results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of result files of one's own, empty."""
    monkeypatch.setattr(model_table.print_models, "__defaults__", (tmp_path / "results",))
    monkeypatch.delenv("COLUMNS", raising=False)
    (tmp_path / "results").mkdir()
    return tmp_path / "results"


def quality(folder: Path, model: str, ndcg: float, dataset: str = "beauty", seed: int = 0, **more: Any) -> None:
    """A result file as `benchmarks.quality` writes it."""
    found = {
        "benchmark": "quality", "dataset": dataset, "model": model, "seed": seed, "n": 100,
        "metrics": {"hr@10": {"mean": 0.5, "se": 0.02}, "ndcg@10": {"mean": ndcg, "se": 0.0012}},
        "date": "2026-11-20",
    }  # fmt: skip
    name = f"quality_{dataset}_{model}_s{seed}{'_again' if 'date' in more else ''}.json"
    (folder / name).write_text(json.dumps(found | more))


def distilled(folder: Path, model: str, members: list[str], arms: dict[str, float], **more: Any) -> None:
    """A result file as `benchmarks.distillation` writes it."""
    found = {
        "benchmark": "distillation", "dataset": "beauty", "model": model, "n": 100, "date": "2026-11-20",
        "metrics": {arm: {"ndcg@10": {"mean": mean, "sd_of_seeds": 0.001}} for arm, mean in arms.items()},
        "parameters": {"total": 30_000, "without_items": 20_000},
        "teacher": {"members": members, "bounds": [], "weights": [[1.0]]}, "seeds": [0, 1, 2],
    }  # fmt: skip
    name = f"distillation_beauty_{model}_from_{'+'.join(members)}.json"
    (folder / name).write_text(json.dumps(found | more))


def rows(listed: str) -> dict[str, str]:
    """The text of each model's row, with its lines joined."""
    found: dict[str, str] = {}
    name = ""
    for line in listed.splitlines():
        first = line[1:].split(" ")[0]
        name = first if first in NAMES else name if not line.startswith(" Parameters") else ""
        if name:
            found[name] = " ".join(f"{found.get(name, '')} {line}".split())
    return found


def test_a_trial_of_other_settings_is_not_the_models_figure(results: Path) -> None:
    quality(results, "sasrec", 0.05)
    quality(results, "sasrec", 0.04, changed=["dim=8"], date="2026-11-21")
    assert read_results(results).lines("sasrec") == ["beauty 0.0500\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}0.0012"]


def test_every_model_of_the_literature_has_a_row(run: Any, stocked: Path) -> None:
    status, listed, _ = run("models", "--workspace", stocked)
    found = rows(listed)
    assert status == 0 and list(found) == list(MODELS)
    assert max(map(len, listed.splitlines())) <= 100
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
    found = rows(run("models", "--workspace", tmp_path / "w")[1])
    assert "beauty 0.0612 ± 0.0012" in found["sasrec"] and "movies 0.1684 ± 0.0012" in found["sasrec"]
    assert "beauty 0.0101" in found["popular"] and "counts only" in found["popular"]
    assert "not measured" not in found["popular"] and "not measured" in found["gru4rec"]


def test_parameters_are_told_with_and_without_items(run: Any, tmp_path: Path, results: Path) -> None:
    quality(results, "sasrec", 0.06, parameters={"total": 798_464, "without_items": 26_624})
    quality(results, "slmrec", 0.06, parameters={"total": 12_345_678, "without_items": 999})
    found = rows(run("models", "--workspace", tmp_path / "w")[1])
    assert "798 k" in found["sasrec"] and "26.6 k" in found["sasrec"]
    assert "12.3 M, 999" in found["slmrec"]


def test_seeds_are_averaged_and_the_last_figures_count(run: Any, tmp_path: Path, results: Path) -> None:
    for seed, ndcg in enumerate((0.06, 0.07, 0.08)):
        quality(results, "gru4rec", ndcg, seed=seed)
    assert "beauty 0.0700 (3 seeds)" in rows(run("models", "--workspace", tmp_path / "w")[1])["gru4rec"]
    quality(results, "gru4rec", 0.11, seed=2, date="2026-11-21")
    quality(results, "gru4rec", 0.99, seed=1, date="2026-11-19")
    assert "beauty 0.0800 (3 seeds)" in rows(run("models", "--workspace", tmp_path / "w")[1])["gru4rec"]


def test_a_taught_student_is_told_from_one_that_learnt_alone(run: Any, tmp_path: Path, results: Path) -> None:
    quality(results, "sasrec", 0.0612)
    ratios = {"soft .5 / ce": {"ratio": 1.0512, "low": 1.02, "high": 1.08}}
    arms = {"teacher": 0.07, "teacher's ease": 0.06, "ce": 0.0612, "full": 0.0621, "soft .5": 0.0643}
    distilled(results, "sasrec", ["sasrec", "ease"], arms, ratios=ratios)
    distilled(results, "sasrec", ["e-llmrec"], {"teacher": 0.07, "ce": 0.0612, "align": 0.0631})
    found = rows(run("models", "--workspace", tmp_path / "w")[1])["sasrec"]
    assert "beauty 0.0612 ± 0.0012" in found
    for part in ("0.0643", "×1.05", "(1.02–1.08)", "an ensemble", "0.0631, taught", "e-llmrec"):
        assert part in found


def test_variants_are_listed_where_somebody_tried_them(run: Any, own: Path, results: Path) -> None:
    assert "sasrec-ligr" not in rows(run("models", "--workspace", own)[1])
    quality(results, "sasrec-ligr", 0.062)
    run("train", "--workspace", own, "--model", "sasrec-ids", "--epochs", "1")
    found = rows(run("models", "--workspace", own)[1])
    assert "0.0620" in found["sasrec-ligr"] and "A variant of" in found["sasrec-ligr"]
    assert "NDCG@10 0." in found["sasrec-ids"]


def test_models_of_others_have_no_row(run: Any, tmp_path: Path, results: Path) -> None:
    quality(results, "rectools-sasrec-ss", 0.0476)
    assert "rectools" not in run("models", "--workspace", tmp_path / "w")[1]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "7", "null", "{}", '{"benchmark": "quality"}', '{"benchmark": "quality", "metrics": {}}',
     '{"benchmark": "distillation", "metrics": {}, "teacher": {"members": []}}'],
)  # fmt: skip
def test_a_damaged_result_file_is_named_and_left_out(run: Any, tmp_path: Path, results: Path, content: str) -> None:
    quality(results, "ease", 0.0612)
    (results / "quality_broken.json").write_text(content)
    status, listed, _ = run("models", "--workspace", tmp_path / "w")
    assert status == 0 and "0.0612" in rows(listed)["ease"] and "left out: quality_broken.json" in listed


def test_without_a_folder_of_results_nothing_is_measured(run: Any, tmp_path: Path, results: Path) -> None:
    results.rmdir()
    status, listed, _ = run("models", "--workspace", tmp_path / "w")
    assert status == 0 and listed.count("not measured") == 2 * len(MODELS)


def test_a_damaged_model_is_one_that_is_not_trained(run: Any, own: Path) -> None:
    for content in ("{", '{"name": "sasrec"}', '{"name": "sasrec", "report": {"ndcg@10": "x", "split": 3}}'):
        (own / "models" / "sasrec" / "model.json").write_text(content)
        status, listed, _ = run("models", "--workspace", own)
        assert status == 0 and "not trained" in rows(listed)["sasrec"]


def test_the_result_files_of_this_repository_can_be_read() -> None:
    assert not read_results(RESULTS).unreadable
