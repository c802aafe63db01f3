"""The folder that holds everything: made at first use, private where it must be, clear about what is wrong."""

import json
import stat
from pathlib import Path

import pytest

from app.settings import DEMO, Settings
from app.wiring import open_catalogue, open_stores
from app.workspace import MODEL_NAMES, Workspace, WorkspaceError, demo_items
from recommender.catalogue import FacetValue
from recommender.models.popular import MostPopular


def test_the_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "a" / "b")
    assert workspace.folder.is_dir() and list(workspace.folder.iterdir()) == []
    assert workspace.database_url.endswith("/a/b/palate.db") and workspace.chroma.parent == workspace.folder


def test_a_place_that_cannot_be_a_folder_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/palate")):
        with pytest.raises(WorkspaceError, match="--workspace"):
            Workspace(place)


def test_the_secret_is_made_once_and_is_the_owners(tmp_path: Path) -> None:
    secret = Workspace(tmp_path).secret()
    assert len(secret) >= 32 and Workspace(tmp_path).secret() == secret
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert Workspace(tmp_path / "other").secret() != secret


def test_an_empty_secret_is_made_anew(tmp_path: Path) -> None:
    for content in ("", " \n"):
        (tmp_path / "secret").write_text(content)
        secret = Workspace(tmp_path).secret()
        assert len(secret) >= 32 and Workspace(tmp_path).secret() == secret
        assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_crash_while_the_secret_is_written_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.workspace.secrets.token_urlsafe", crash)
    with pytest.raises(KeyboardInterrupt):
        Workspace(tmp_path).secret()
    assert not (tmp_path / "secret").exists()


def test_phrases(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert workspace.phrases() == {}
    (tmp_path / "phrases.json").write_text(json.dumps({"cosy": [["colour", "red"], ["category", "candles"]]}))
    assert workspace.phrases() == {"cosy": [FacetValue("colour", "red"), FacetValue("category", "candles")]}


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"cosy": 3}', '{"cosy": [["colour"]]}', '{"cosy": [3]}', "\x00"])
def test_a_damaged_phrase_table_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "phrases.json").write_text(content)
    with pytest.raises(WorkspaceError, match=r"phrases\.json"):
        Workspace(tmp_path).phrases()


def test_only_whole_model_folders_count_as_trained(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    MostPopular(["a"]).save(workspace.model("popular"))
    workspace.model("sasrec").mkdir(parents=True)
    assert workspace.has("popular") and not workspace.has("sasrec") and not workspace.has("item-knn")
    workspace.drop_models()
    assert not workspace.has("popular") and not (tmp_path / "models").exists()
    workspace.drop_models()


def test_an_empty_workspace_gets_the_demo(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    stores = open_stores(Settings(), workspace)
    assert len(open_catalogue(stores, workspace, demo=False)) == 0 and stores.items.count() == 0
    catalogue = open_catalogue(stores, workspace)
    assert [item.id for item in catalogue.items] == [item.id for item in demo_items()]
    assert catalogue.phrases and stores.items.count() == len(catalogue)
    for name in MODEL_NAMES:
        assert (workspace.model(name) / "model.json").exists() == (DEMO / "models" / name / "model.json").exists()
    stores.database.close()


def test_a_workspace_with_things_of_its_own_never_gets_the_demo(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    stores = open_stores(Settings(), workspace)
    stores.items.replace_all(demo_items()[:2])
    assert len(open_catalogue(stores, workspace)) == 2
    assert not (tmp_path / "phrases.json").exists() and not (tmp_path / "models").exists()
    stores.database.close()
