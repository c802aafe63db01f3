"""MovieLens in GroupLens's own layout: the ml-latest files (CSV) and the ml-1m and ml-10m files (`::`).

Films become items with title, year, aliases and genres; ratings become events, on the ids of another catalogue where
one is given. This is the only place that knows one data set.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from recommender.catalogue import Catalogue, as_list, as_number
from recommender.data.cells import MAX_ID_CHARS, MAX_TITLE_CHARS, clean, required_text, short_text
from recommender.data.event_readers import EVENT_COLUMNS, event
from recommender.data.tables import ImportFileError, Loaded, Progress, Rejects, Row, RowError, table_rows, text_lines
from recommender.data.titles import leading_article, split_year, title_key
from storage.records import EventRecord, ItemRecord

_SUFFIXES = (".csv", ".csv.gz", ".dat", ".dat.gz")
_MOVIES = {"movieid": "movieId", "title": "title", "genres": "genres"}
_LINKS = {"movieid": "movieId", "imdbid": "imdb_id", "tmdbid": "tmdb_id"}
_TAGS = {"movieid": "movieId", "tag": "tag"}
_DAT_COLUMNS = {
    "movies": ("movieId", "title", "genres"),
    "ratings": ("user_id", "item_id", "value", "timestamp"),
    "tags": ("userId", "movieId", "tag", "timestamp"),
}
_NO_GENRES = "(no genres listed)"
_TAGS_KEPT = 20
_BRACKETS = re.compile(r"^(?P<title>.*\S)\s*\((?P<alias>[^()]*)\)\s*$", re.DOTALL)
_ALSO = re.compile(r"^\s*a\.?\s?k\.?\s?a\.?\s+", re.IGNORECASE)


@dataclass(frozen=True)
class GroupLens:
    """The files of one folder; tags and links are not always there."""

    movies: Path
    ratings: Path | None
    tags: Path | None
    links: Path | None


def find(path: Path) -> GroupLens | None:
    """The GroupLens files that a folder holds, or that a movies or ratings file lies among; None for anything else."""
    named = path.name.split(".")[0].lower()
    if not path.is_dir() and (named not in ("movies", "ratings") or not path.name.lower().endswith(_SUFFIXES)):
        return None
    folder = path if path.is_dir() else path.parent
    parts = {name: _part(folder, name) for name in ("movies", "ratings", "tags", "links")}
    if not path.is_dir():
        parts[named] = path
    movies = parts["movies"]
    if movies is None:
        return None
    is_csv = movies.name.lower().endswith((".csv", ".csv.gz"))
    if is_csv and not next(text_lines(movies)).replace('"', "").casefold().startswith("movieid,title"):
        return None  # somebody else's movies.csv
    return GroupLens(movies, parts["ratings"], parts["tags"], parts["links"])


def read_movies(files: GroupLens, strict: bool = False, on_progress: Progress | None = None) -> Loaded[ItemRecord]:
    """The films as items, with the attributes year, aliases, genres, tags (the most given), imdb_id and tmdb_id.

    Raises:
        ImportFileError: a file is broken as a whole; when strict, a row is.
    """
    rejects = Rejects(files.movies, strict)
    items: dict[str, ItemRecord] = {}
    for line, row in _rows(files.movies, "movies", _MOVIES, on_progress):
        try:
            item = _movie(_usable(row))
            if item.id in items:
                raise RowError(f"the movieId {item.id!r} is there already")
            items[item.id] = item
        except RowError as error:
            rejects.add(line, str(error))
    further = _further(files, rejects)
    rows = [
        ItemRecord(item.id, item.title, attributes={**item.attributes, **further.get(item.id, {})})
        for item in items.values()
    ]
    used = [part.name for part in (files.movies, files.tags, files.links) if part is not None]
    return rejects.loaded(rows, f"GroupLens films ({', '.join(used)})")


def read_ratings(
    files: GroupLens,
    ratings: Path,
    strict: bool = False,
    catalogue: Catalogue | None = None,
    on_progress: Progress | None = None,
) -> Loaded[EventRecord]:
    """The ratings as events of the kind "rating"; with a catalogue, on its ids and only for films that it has.

    Raises:
        ImportFileError: a file is broken as a whole, or no film is in the catalogue; when strict, a row is bad.
    """
    rejects = Rejects(ratings, strict)
    ids: dict[str, str] | None = None
    notes: list[str] = []
    if catalogue is not None:
        films = read_movies(GroupLens(files.movies, None, None, None)).rows
        ids = link(films, catalogue)
    events: list[EventRecord] = []
    dropped: Counter[str] = Counter()
    for line, row in _rows(ratings, "ratings", EVENT_COLUMNS, on_progress):
        try:
            found = event(_usable(row), kind="rating")
        except RowError as error:
            rejects.add(line, str(error))
            continue
        item_id = found.item_id if ids is None else ids.get(found.item_id)
        if item_id is None:
            dropped[found.item_id] += 1
        elif item_id == found.item_id:
            events.append(found)
        else:
            events.append(EventRecord(found.user_id, item_id, found.kind, found.value, found.timestamp))
    if dropped and not events:
        raise ImportFileError(
            f"None of the films that {ratings.name} is about is in the catalogue. "
            "Import the items of this data set, or a catalogue of films with titles and years, first."
        )
    if dropped:
        notes.append(
            f"{dropped.total():,} events on {len(dropped):,} films that the catalogue does not have were left out; "
            f"{len(events):,} were kept."
        )
    return rejects.loaded(events, f"GroupLens ratings ({ratings.name})", notes)


def link(films: Sequence[ItemRecord], catalogue: Catalogue) -> dict[str, str]:
    """movieId → catalogue id, at most one film an item.

    In this order: an item that says so in its attribute `movielens_id`; the same id with the same title; the same
    title and year; the same title a year apart; both again with the aliases; and a title that only one film and one
    item have, where one of them has no year.
    """
    said = {_whole(m): item.id for item in catalogue.items for m in as_list(item.attributes.get("movielens_id"))}
    linked = {film.id: said[film.id] for film in films if film.id in said}
    taken = set(linked.values())

    keys = {film.id: [title_key(name) for name in (film.title, *film.attributes.get("aliases", ()))] for film in films}
    films_with = Counter(names[0] for names in keys.values())
    by_title: dict[str, list[ItemRecord]] = defaultdict(list)
    by_name: dict[str, list[ItemRecord]] = defaultdict(list)
    for item in catalogue.items:
        by_title[title_key(item.title)].append(item)
        for name in catalogue.titles(item):
            by_name[title_key(name)].append(item)

    def same_id(film: ItemRecord) -> Iterator[ItemRecord]:
        return (item for item in by_name.get(keys[film.id][0], ()) if item.id == film.id)

    def same_title(film: ItemRecord, gap: int) -> Iterator[ItemRecord]:
        return (item for item in by_title.get(keys[film.id][0], ()) if _years_apart(film, item) == gap)

    def same_name(film: ItemRecord, gap: int) -> Iterator[ItemRecord]:
        return (item for key in keys[film.id] for item in by_name.get(key, ()) if _years_apart(film, item) == gap)

    def only_title(film: ItemRecord) -> Iterator[ItemRecord]:
        key = keys[film.id][0]
        lone = films_with[key] == 1 and len(by_title.get(key, ())) == 1
        return (item for item in by_title[key] if _years_apart(film, item) is None) if lone else iter(())

    # One kind of evidence for all films before the next: a film never takes the item that fits another film better.
    for candidates in (
        same_id,
        partial(same_title, gap=0),
        partial(same_title, gap=1),
        partial(same_name, gap=0),
        partial(same_name, gap=1),
        only_title,
    ):
        for film in films:
            if film.id in linked:
                continue
            match = next((item for item in candidates(film) if item.id not in taken), None)
            if match is not None:
                linked[film.id] = match.id
                taken.add(match.id)
    return linked


def _whole(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _years_apart(film: ItemRecord, item: ItemRecord) -> int | None:
    """Years between the two; 0 where neither has one, None where only one has."""
    known = next(iter(as_list(item.attributes.get("year"))), None)
    theirs = as_number(known) or split_year(item.title)[1]
    ours = film.attributes.get("year")
    if theirs is None or ours is None:
        return 0 if theirs is ours else None
    return abs(int(theirs) - int(ours))


def _part(folder: Path, name: str) -> Path | None:
    return next((folder / f"{name}{s}" for s in _SUFFIXES if (folder / f"{name}{s}").is_file()), None)


def _usable(row: Row | RowError) -> Row:
    if isinstance(row, RowError):
        raise row
    return row


def _rows(
    path: Path, name: str, known: dict[str, str], on_progress: Progress | None = None
) -> Iterator[tuple[int, Row | RowError]]:
    """Rows of one of the files, in either layout."""
    if not path.name.lower().endswith((".dat", ".dat.gz")):
        yield from table_rows(
            path, known, sorted(set(known.values()) & {"movieId", "title", "user_id", "item_id"}), on_progress
        )
        return
    columns = _DAT_COLUMNS[name]
    for line, text in enumerate(text_lines(path, on_progress, encoding="latin-1"), start=1):
        cells = _utf8(text.rstrip("\r\n")).split("::")
        if not any(cells):
            continue
        if len(cells) != len(columns):
            yield line, RowError(f"{len(cells)} cells where there should be {len(columns)}")
            continue
        yield line, dict(zip(columns, cells, strict=True))


def _utf8(text: str) -> str:
    """ml-1m is Latin-1, ml-10m is UTF-8, and neither says so."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text


def _movie(row: Row) -> ItemRecord:
    movie = required_text(row.get("movieId"), "movieId")
    title, year = split_year(required_text(row.get("title"), "title", MAX_TITLE_CHARS))
    title, aliases = split_aliases(title)
    genres = [g for part in (row.get("genres") or "").split("|") if (g := clean(part).lower()) and g != _NO_GENRES]
    attributes = {"year": year, "aliases": aliases, "genres": genres}
    return ItemRecord(movie, title, attributes={name: value for name, value in attributes.items() if value})


def split_aliases(title: str) -> tuple[str, list[str]]:
    """'Eye, The (Gin gwai) (Jian gui)' as 'The Eye' and ['Gin gwai', 'Jian gui']."""
    aliases: list[str] = []
    while match := _BRACKETS.match(title):
        title = match["title"]
        if alias := leading_article(_ALSO.sub("", match["alias"])):
            aliases.insert(0, alias)
    name = leading_article(title)
    return name, [alias for alias in dict.fromkeys(aliases) if alias != name]


def _further(files: GroupLens, rejects: Rejects) -> dict[str, dict[str, Any]]:
    """movieId → its ids elsewhere, as text, and its tags, lower-cased, the most given first."""
    further: dict[str, dict[str, Any]] = defaultdict(dict)
    tags: dict[str, Counter[str]] = defaultdict(Counter)
    for path, name, known in ((files.links, "links", _LINKS), (files.tags, "tags", _TAGS)):
        for line, row in _rows(path, name, known) if path is not None else ():
            try:
                cells = _usable(row)
                movie = required_text(cells.get("movieId"), "movieId")
                if name == "tags":
                    tags[movie][required_text(cells.get("tag"), "tag").lower()] += 1
                    continue
                for column in ("imdb_id", "tmdb_id"):
                    if value := short_text(cells.get(column), column, MAX_ID_CHARS):
                        further[movie][column] = value
            except RowError as error:
                rejects.add(line, str(error), path)
    for movie, counts in tags.items():
        further[movie]["tags"] = [tag for tag, _ in counts.most_common(_TAGS_KEPT)]
    return further
