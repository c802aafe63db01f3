"""CSV, JSONL and Parquet files as numbered rows, and what a reader hands back.

Files are read as a stream. A row that is broken as such (bad JSON, wrong number of cells) comes out as a `RowError`
in its place, so that the caller counts it and goes on; a file that is broken as a whole raises `ImportFileError`.
What the columns mean is not known here.
"""

import csv
import gzip
import io
import itertools
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar, cast

Row = dict[str, Any]
Progress = Callable[[float], None]
"""Called now and then with the share of the file that has been read, 0 to 1."""
T = TypeVar("T")

MAX_BAD_KEPT = 1_000
_SHOWN_BAD = 10
_MAX_LINE_CHARS = 16_000_000
_MAX_CELL_CHARS = 1_000_000  # beyond, it is rather a quote that was left open
_LINES_PER_REPORT = 5_000
_BATCH_ROWS = 4_096
_FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".txt": "txt",
}
_DELIMITERS = (",", "\t", ";")
_NO_TEXT = {  # how files begin that go by the name of a table
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive, as spreadsheets are",
    b"\xd0\xcf\x11\xe0": "a spreadsheet of Office",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
}
csv.field_size_limit(_MAX_CELL_CHARS)


class ImportFileError(ValueError):
    """A file cannot be imported; the text says why and what to do next."""


class RowError(ValueError):
    """One row cannot be used; the text is the reason. It never leaves the readers."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out. `line` counts from 1 in the (uncompressed) file; for Parquet it is the row."""

    line: int
    reason: str


@dataclass(frozen=True)
class Loaded(Generic[T]):
    """What a file gave.

    Attributes:
        rows: the usable rows, in the file's order.
        bad: the rows left out, the first 1,000 of them.
        source: what was read and as which format, in words.
        n_bad: how many rows were left out.
        notes: what else a person should know, one sentence each.
    """

    rows: list[T]
    bad: list[BadRow]
    source: str
    n_bad: int
    notes: list[str] = field(default_factory=list)


class Rejects:
    """Counts bad rows and keeps the first of them; when strict, they refuse the file once all of it is read."""

    def __init__(self, path: Path, strict: bool) -> None:
        self.path = path
        self.strict = strict
        self.kept: list[BadRow] = []
        self.count = 0

    def add(self, line: int, reason: str, other: Path | None = None) -> None:
        """Note one row that is left out; `other` is its file, where that is not the main one."""
        self.count += 1
        if len(self.kept) < MAX_BAD_KEPT:
            self.kept.append(BadRow(line, reason if other is None else f"{other.name}: {reason}"))

    def loaded(self, rows: list[T], source: str, notes: Sequence[str] = ()) -> Loaded[T]:
        """The result.

        Raises:
            ImportFileError: no row was usable or, when strict, some were not.
        """
        if self.strict and self.kept:
            shown = "; ".join(f"line {bad.line}: {bad.reason}" for bad in self.kept[:_SHOWN_BAD])
            more = f"; and {self.count - _SHOWN_BAD:,} more" * (self.count > _SHOWN_BAD)
            raise ImportFileError(
                f"{self.path.name} has {self.count:,} bad rows: {shown}{more}. "
                "Correct them, or leave out --strict to import the others."
            )
        if not rows and self.kept:
            first = self.kept[0]
            raise ImportFileError(
                f"None of the {self.count} rows of {self.path.name} can be used. "
                f"The first problem, in line {first.line}: {first.reason}. Correct the file and import it again."
            )
        if not rows:
            raise ImportFileError(f"{self.path.name} has no rows. Add at least one below the column names.")
        return Loaded(rows, self.kept, source, self.count, list(notes))


def check_path(path: Path) -> None:
    """Refuse what cannot be opened or holds nothing.

    Raises:
        ImportFileError: the path is missing, out of reach, neither a file nor a folder, or an empty file.
    """
    try:
        size, is_folder, is_file = path.stat().st_size, path.is_dir(), path.is_file()
    except FileNotFoundError as error:
        raise ImportFileError(f"There is no file {path}. Check the path.") from error
    except (OSError, ValueError) as error:
        raise ImportFileError(f"{path} cannot be opened ({error}). Check the path and its permissions.") from error
    if not (is_folder or is_file):
        raise ImportFileError(f"{path} is not a regular file. Give a file or a GroupLens folder.")
    if is_file and size == 0:
        raise ImportFileError(f"{path.name} is empty. Export it again, with a line of column names and the rows.")


def table_format(path: Path) -> str:
    """ "csv", "jsonl", "parquet" or "txt", by the file's name.

    Raises:
        ImportFileError: a folder, or any other name.
    """
    if path.is_dir():
        raise ImportFileError(f"{path} is a folder, but no GroupLens one (movies and ratings). Give a file.")
    zipped = path.suffix.lower() == ".gz"
    found = _FORMATS.get(Path(path.stem).suffix.lower() if zipped else path.suffix.lower())
    if found is None or (zipped and found == "parquet"):
        raise ImportFileError(
            f"{path.name} is of an unknown format. Give .csv, .tsv, .jsonl (each also with .gz), .parquet "
            "or, for events, sequences.txt."
        )
    return found


def _unzipped(path: Path, raw: BinaryIO) -> BinaryIO:
    zipped = raw.read(2) == b"\x1f\x8b"
    if not zipped and path.suffix.lower() == ".gz":
        raise gzip.BadGzipFile("no gzip header")
    raw.seek(0)
    return cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if zipped else raw


def _undecodable_line(path: Path) -> int:
    """The number of the first line that is not UTF-8. Text is decoded in blocks, so only a second look can tell."""
    number = 0
    with path.open("rb") as raw:
        for number, line in enumerate(_unzipped(path, raw), start=1):  # noqa: B007
            try:
                line.decode()
            except UnicodeDecodeError:
                break
    return number


def text_lines(path: Path, on_progress: Progress | None = None, encoding: str = "utf-8-sig") -> Iterator[str]:
    """The lines of a text file with their line ends, gunzipped where the content is gzip.

    Raises:
        ImportFileError: unreadable, not in this encoding, broken gzip, or a line of over 16 million characters.
    """
    number = 0
    try:
        with path.open("rb") as raw:
            start = _unzipped(path, raw).read(16)
        if what := next((what for magic, what in _NO_TEXT.items() if start.startswith(magic)), None):
            raise ImportFileError(f"{path.name} is {what}, by its content. Save the table as CSV, JSONL or Parquet.")
        size = max(path.stat().st_size, 1)
        with (
            path.open("rb") as raw,
            io.TextIOWrapper(_unzipped(path, raw), encoding=encoding, newline="") as stream,
        ):
            while line := stream.readline(_MAX_LINE_CHARS):
                number += 1
                if len(line) == _MAX_LINE_CHARS:
                    raise ImportFileError(f"{path.name}, line {number} never ends. Write one row a line.")
                if on_progress is not None and number % _LINES_PER_REPORT == 0:
                    on_progress(min(raw.tell() / size, 1.0))
                yield line
    except UnicodeDecodeError as error:
        raise ImportFileError(
            f"{path.name} is not UTF-8 (line {_undecodable_line(path)}). Save it as UTF-8 and import it again."
        ) from error
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ImportFileError(f"{path.name} is damaged gzip ({error}). Copy or compress it again.") from error
    except OSError as error:
        raise ImportFileError(f"{path.name} cannot be read ({error}). Check its permissions and the disk.") from error
    if number == 0:
        raise ImportFileError(f"{path.name} is empty. Export it again, with a line of column names and the rows.")
    if on_progress is not None:
        on_progress(1.0)


def table_rows(
    path: Path, known: Mapping[str, str], required: Sequence[str], on_progress: Progress | None = None
) -> Iterator[tuple[int, Row | RowError]]:
    """Rows with their line numbers, from CSV, JSONL or Parquet by the file's name.

    Args:
        known: lower-case column name → the name to use for it; other columns keep theirs.
        required: names (as used) that the header must have. JSONL has none, so there the rows are checked.

    Raises:
        ImportFileError: see the module; also a header without a required column, or with one name twice.
    """
    kind = table_format(path)
    if kind == "csv":
        return _csv_rows(path, known, required, on_progress)
    if kind == "jsonl":
        return _json_rows(path, known, on_progress)
    if kind == "parquet":
        return _parquet_rows(path, known, required, on_progress)
    raise ImportFileError(f"{path.name}: a .txt file can only hold sequences of events. Give CSV, JSONL or Parquet.")


def describe(path: Path) -> str:
    """What a file is read as, in words."""
    words = {"csv": "CSV", "jsonl": "JSONL", "parquet": "Parquet", "txt": "sequences"}
    return f"{path.name} ({words[table_format(path)]})"


def _rename(header: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """Columns under the names to use. A column that has such a name already goes before one that is like it."""
    names = [name.strip() for name in header]
    taken = set(names).intersection(known.values())
    for place, name in enumerate(names):
        used = known.get(name.casefold(), name)
        if used not in taken:
            names[place] = used
            taken.add(used)
    return names


def _check_header(path: Path, names: Sequence[str], required: Sequence[str]) -> None:
    missing = [name for name in required if name not in names]
    if missing == list(required):
        raise ImportFileError(
            f"{path.name} has no line of column names: it begins with {', '.join(names)[:300]!r}. "
            f"Name the columns in the first line, {' and '.join(required)} among them."
        )
    if missing:
        raise ImportFileError(
            f"{path.name} lacks the column {' and '.join(missing)}; it has {', '.join(names)[:300] or 'none'}. "
            "Rename or add the column, in the first line."
        )
    twice = next((name for place, name in enumerate(names) if name and name in names[:place]), None)
    if twice is not None:
        raise ImportFileError(f"{path.name} has the column {twice[:100]} twice. Rename one of the two.")


def _delimiter(header: str, known: Mapping[str, str], required: Sequence[str]) -> str:
    """The delimiter that gives the header its required columns; of several, the one that gives most columns."""

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            names = _rename(next(csv.reader([header], delimiter=delimiter)), known)
        except (csv.Error, StopIteration):
            return 0, 0
        return len(set(required).intersection(names)), len(names)

    return max(_DELIMITERS, key=fit)


def _csv_rows(
    path: Path, known: Mapping[str, str], required: Sequence[str], on_progress: Progress | None
) -> Iterator[tuple[int, Row | RowError]]:
    lines = text_lines(path, on_progress)
    first = next(lines)
    # Strict: a stray quote breaks its own row instead of taking in the rows after it.
    reader = csv.reader(itertools.chain([first], lines), delimiter=_delimiter(first, known, required), strict=True)
    try:
        names = _rename(next(reader), known)
    except csv.Error as error:
        raise ImportFileError(f"{path.name}: the column names cannot be read ({error}). Correct line 1.") from error
    _check_header(path, names, required)
    while True:
        line = reader.line_num + 1  # a quoted cell may span lines; a row is known by its first
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = f"broken CSV: {error}"
            if "field limit" in reason:
                reason = f"a cell is over {_MAX_CELL_CHARS:,} characters, or its quote is never closed"
            yield line, RowError(reason)
            continue
        if not any(cells):
            continue
        if len(cells) != len(names):
            yield line, RowError(f"{len(cells)} cells where the header has {len(names)}")
            continue
        yield line, dict(zip(names, cells, strict=True))


def _json_rows(
    path: Path, known: Mapping[str, str], on_progress: Progress | None
) -> Iterator[tuple[int, Row | RowError]]:
    keys: tuple[str, ...] = ()
    names: list[str] = []
    for line, text in enumerate(text_lines(path, on_progress), start=1):
        if not text.strip():
            continue
        if line == 1 and text.lstrip().startswith("["):
            raise ImportFileError(f"{path.name} is one JSON array. Write one object a line (JSONL), without brackets.")
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:
            yield line, RowError(f"broken JSON: {error}")
            continue
        if not isinstance(row, dict):
            yield line, RowError("not a JSON object")
            continue
        if tuple(row) != keys:
            keys = tuple(row)
            names = _rename(keys, known)
        yield line, dict(zip(names, row.values(), strict=True))


def _parquet_rows(
    path: Path, known: Mapping[str, str], required: Sequence[str], on_progress: Progress | None
) -> Iterator[tuple[int, Row | RowError]]:
    # Imported late: a missing path is to be said at once.
    import pyarrow as pa
    import pyarrow.parquet as pq

    done = 0
    try:
        with path.open("rb") as raw, pq.ParquetFile(raw) as table:
            columns = list(table.schema_arrow.names)
            names = _rename(columns, known)
            _check_header(path, names, required)
            total = max(table.metadata.num_rows, 1)
            for batch in table.iter_batches(batch_size=_BATCH_ROWS):
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    done += 1
                    yield done, dict(zip(names, values, strict=True))
                if on_progress is not None:
                    on_progress(min(done / total, 1.0))
    except ImportFileError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError) as error:
        raise ImportFileError(
            f"{path.name} cannot be read as Parquet (after row {done}: {str(error)[:200]}). Write the file again."
        ) from error
