"""The folder that holds everything Palate keeps: database, Chroma, models, phrase table, secret."""

import json
import secrets
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile

from app.settings import DEMO
from recommender.catalogue import Catalogue, FacetValue, as_number, load_phrases
from recommender.data.readers import read_items
from recommender.data.titles import split_year, title_key
from recommender.models import load_model
from storage.records import ItemRecord

_WORTH_ADOPTING = 100  # films in common below which a catalogue is not one of films
MODEL_NAMES = ("sasrec", "item-knn", "popular")  # what serves unless another student is set


class WorkspaceError(Exception):
    """The folder cannot be used; the text says what to do next."""


def demo_items() -> list[ItemRecord]:
    """The demo catalogue."""
    return read_items(DEMO / "catalogue.jsonl").rows


class Workspace:
    """Paths inside one workspace folder, made on first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder / ".write"
            probe.write_text("")
            probe.unlink()
        except OSError as error:
            raise WorkspaceError(
                f"The workspace {folder} cannot be written: {error}. Choose another with --workspace"
            ) from error

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder / 'palate.db'}"

    @property
    def chroma(self) -> Path:
        return self.folder / "chroma"

    def model(self, name: str) -> Path:
        """The folder of one model."""
        return self.folder / "models" / name

    def secret(self) -> str:
        """The signing secret, made at first use and readable by the owner only."""
        path = self.folder / "secret"
        if not (path.exists() and path.read_text().strip()):  # an empty one would sign for everybody
            # Written elsewhere first: nobody reads half a secret, not even after a crash.
            with NamedTemporaryFile("w", dir=self.folder, prefix=".secret-", delete=False) as file:
                file.write(secrets.token_urlsafe(32))
            Path(file.name).replace(path)
        return path.read_text().strip()

    def phrases(self) -> dict[str, list[FacetValue]]:
        """What people call the catalogue's facet values; empty without a table.

        Raises:
            WorkspaceError: the table is damaged.
        """
        path = self.folder / "phrases.json"
        if not path.exists():
            return {}
        try:
            return load_phrases(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, AttributeError) as error:
            raise WorkspaceError(f"{path} is not a phrase table ({error}). Mend it or delete it.") from error

    def seed_demo(self) -> list[ItemRecord]:
        """Copy the demo's models and phrases into this workspace; returns the demo catalogue."""
        for name in MODEL_NAMES:
            source = DEMO / "models" / name
            if source.is_dir() and not self.model(name).exists():
                shutil.copytree(source, self.model(name))
        if (DEMO / "phrases.json").exists():
            shutil.copyfile(DEMO / "phrases.json", self.folder / "phrases.json")
        return demo_items()

    def adopt_demo_models(self, catalogue: Catalogue) -> int:
        """Carry the demo's models over to a catalogue that shares its films, by title and year.

        A film catalogue imported without interactions then still knows what is popular and what goes together.
        Returns how many items were recognised; with too few of them nothing is carried over.
        """
        ids: dict[tuple[str, int], str] = {}
        for item in catalogue.items:
            title, year = split_year(item.title)
            year = int(as_number(item.attributes.get("year")) or year or 0)
            ids.setdefault((title_key(title), year), item.id)
        known: dict[str, str] = {}
        for film in read_items(DEMO / "catalogue.jsonl").rows:
            year = int(film.attributes["year"])
            found = (ids.get((title_key(film.title), near)) for near in (year, year - 1, year + 1))
            if match := next(filter(None, found), None):
                known[film.id] = match
        if len(known) < _WORTH_ADOPTING:
            return 0
        for name in MODEL_NAMES:
            if (DEMO / "models" / name / "model.json").exists():
                model = load_model(DEMO / "models" / name)
                model.items = tuple(known.get(i, f"demo:{i}") for i in model.items)
                model.save(self.model(name), {"adopted": len(known)})
        return len(known)

    def drop_models(self) -> None:
        """Forget models trained for another catalogue."""
        shutil.rmtree(self.folder / "models", ignore_errors=True)

    @property
    def teachers(self) -> Path:
        """The folder of trained teachers: a folder for each data and settings."""
        return self.folder / "teachers"

    def prune_teachers(self, since: float) -> None:
        """Remove the teachers that were not used after `since` (seconds since the epoch)."""
        for folder in self.teachers.glob("*"):
            if folder.stat().st_mtime < since:
                shutil.rmtree(folder, ignore_errors=True)

    def has(self, name: str) -> bool:
        """Whether a model of this name has been trained here."""
        return (self.model(name) / "model.json").exists()
