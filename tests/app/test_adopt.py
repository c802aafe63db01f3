"""A film catalogue imported without interactions takes over what the demo's models know, by title and year."""

from pathlib import Path

import pytest

from app.settings import DEMO
from app.workspace import Workspace
from recommender.catalogue import Catalogue
from recommender.data.readers import read_items
from recommender.models import load_model
from storage.records import ItemRecord

pytestmark = pytest.mark.skipif(not (DEMO / "models").is_dir(), reason="the demo's models are not here")


def test_films_keep_their_neighbours_under_other_ids(tmp_path: Path) -> None:
    demo = read_items(DEMO / "catalogue.jsonl").rows[:600]
    films = [ItemRecord(f"f{n}", f"{film.title} ({film.attributes['year'] + n % 2})") for n, film in enumerate(demo)]
    workspace = Workspace(tmp_path)
    assert workspace.adopt_demo_models(Catalogue(films)) >= 590  # remakes of one title in neighbouring years may cross
    popular, original = load_model(workspace.model("popular")), load_model(DEMO / "models" / "popular")
    mine = dict(zip(popular.items, popular.scores([[]])[0], strict=True))  # type: ignore[list-item]
    theirs = dict(zip(original.items, original.scores([[]])[0], strict=True))  # type: ignore[list-item]
    same = [mine.get(f"f{n}") == theirs[film.id] for n, film in enumerate(demo)]
    assert sum(same) >= 590


def test_a_shop_takes_nothing_over(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    shop = [ItemRecord(str(n), f"Lipstick {n}", attributes={"price": n}) for n in range(300)]
    assert workspace.adopt_demo_models(Catalogue(shop)) == 0
    assert not workspace.has("popular")
