"""The one way in for files: items and events from whatever people have.

Formats: CSV (comma, tab or semicolon), JSONL and Parquet, the first two also gzipped; folders of MovieLens in
GroupLens's layout; and for events `sequences.txt`. Reading stores nothing.
"""

from collections import Counter
from pathlib import Path

from recommender.catalogue import Catalogue
from recommender.data import grouplens
from recommender.data.event_readers import read_event_table
from recommender.data.item_readers import read_item_table
from recommender.data.tables import BadRow, ImportFileError, Loaded, Progress, check_path
from storage.records import EventRecord, ItemRecord

_SHOWN_KINDS = 6
__all__ = ["BadRow", "ImportFileError", "Loaded", "Progress", "read_events", "read_items"]


def read_items(path: str | Path, strict: bool = False, on_progress: Progress | None = None) -> Loaded[ItemRecord]:
    """Read a catalogue.

    Args:
        path: a file, or a GroupLens folder.
        strict: refuse a file with bad rows; otherwise bad rows are counted and left out.
        on_progress: called now and then with the share read, 0 to 1.

    Raises:
        ImportFileError: missing, empty, unreadable, of an unknown format, damaged, not UTF-8, without the columns id
            and title, without one usable row, or (strict) with a bad row. The text says what to do next.
    """
    path = Path(path)
    check_path(path)
    files = grouplens.find(path)
    if files is not None and path != files.ratings:
        return grouplens.read_movies(files, strict, on_progress)
    return read_item_table(path, strict, on_progress)


def read_events(
    path: str | Path,
    strict: bool = False,
    catalogue: Catalogue | None = None,
    on_progress: Progress | None = None,
) -> Loaded[EventRecord]:
    """Read interactions.

    Args:
        path: a file, or a GroupLens folder.
        strict: refuse a file with bad rows; otherwise bad rows are counted and left out.
        catalogue: for GroupLens, the items that the ratings should be about: they get its ids, and ratings of films
            that it lacks are left out (see `notes`). Other events stay as they are, and a note counts the unknown.
        on_progress: called now and then with the share read, 0 to 1.

    Raises:
        ImportFileError: as `read_items`; the columns are user_id and item_id.
    """
    path = Path(path)
    check_path(path)
    files = grouplens.find(path)
    if files is not None and path != files.movies:
        if files.ratings is None:
            raise ImportFileError(f"{path} has no ratings.csv or ratings.dat. Give the folder that has it, or a file.")
        return grouplens.read_ratings(files, files.ratings, strict, catalogue, on_progress)
    loaded = read_event_table(path, strict, on_progress)
    unknown = [] if catalogue is None else [e.item_id for e in loaded.rows if e.item_id not in catalogue]
    if unknown:
        first = list(dict.fromkeys(unknown))
        loaded.notes.append(
            f"{len(unknown):,} of {len(loaded.rows):,} events are on items that the catalogue does not have: "
            f"{', '.join(first[:3])}{' ...' if len(first) > 3 else ''}."
        )
    kinds = Counter(event.kind for event in loaded.rows)
    if len(kinds) > 1:
        said = ", ".join(f"{kind} {count:,}" for kind, count in kinds.most_common(_SHOWN_KINDS))
        loaded.notes.append(
            f"{len(kinds)} kinds of events: {said}{' ...' if len(kinds) > _SHOWN_KINDS else ''}. "
            "They all count alike; one that is no sign of liking needs a value of 0."
        )
    return loaded
