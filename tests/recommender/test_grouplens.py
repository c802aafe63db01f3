"""MovieLens folders in both layouts, their films on another catalogue, and the public data sets where they are."""

import contextlib
import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.settings import Settings
from recommender.catalogue import Catalogue
from recommender.data.grouplens import link, split_aliases
from recommender.data.readers import ImportFileError, read_events, read_items
from storage.records import EventRecord, ItemRecord

DATA = Settings().data_dir


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def data_set(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"needs the data set {name} in {DATA}")
    return DATA / name


def latest(folder: Path) -> Path:
    written(
        folder,
        "movies.csv.gz",
        "movieId,title,genres\n"
        '1,"Matrix, The (1999)",Action|Sci-Fi\n'
        '2,"City of Lost Children, The (Cité des enfants perdus, La) (1995)",Fantasy\n'
        "3,Moonlight,(no genres listed)\n"
        "4,Heathers (1989),Comedy\n"
        "5,Cinderella (1950),Animation\n",
    )
    written(
        folder, "ratings.csv", "userId,movieId,rating,timestamp\n" + "".join(f"9,{n},4.0,{n}\n" for n in range(1, 6))
    )
    written(folder, "tags.csv", "userId,movieId,tag,timestamp\n1,1,Cyberpunk,1\n2,1,dark,1\n3,1,cyberpunk,1\n")
    written(folder, "links.csv", "movieId,imdbId,tmdbId\n1,0133093,603\n2,0112682,\n")
    return folder


def test_grouplens_films(tmp_path: Path) -> None:
    matrix, city, moonlight, *_ = read_items(latest(tmp_path)).rows
    assert matrix == ItemRecord(
        "1",
        "The Matrix",
        attributes={
            "year": 1999,
            "genres": ["action", "sci-fi"],
            "imdb_id": "0133093",
            "tmdb_id": "603",
            "tags": ["cyberpunk", "dark"],
        },
    )
    assert city.title == "The City of Lost Children"
    assert city.attributes["aliases"] == ["La Cité des enfants perdus"]
    assert (moonlight.title, dict(moonlight.attributes)) == ("Moonlight", {})
    assert read_items(tmp_path / "movies.csv.gz").rows[0] == matrix


def test_grouplens_ratings_keep_their_ids_on_their_own_catalogue(tmp_path: Path) -> None:
    films = read_items(latest(tmp_path)).rows
    for catalogue in (None, Catalogue(films)):
        loaded = read_events(tmp_path, catalogue=catalogue)
        assert [event.item_id for event in loaded.rows] == ["1", "2", "3", "4", "5"]
        assert loaded.rows[0] == EventRecord("9", "1", "rating", 4.0, 1.0)
        assert loaded.notes == []


def test_grouplens_ratings_move_to_another_catalogue(tmp_path: Path) -> None:
    other = Catalogue(
        [
            ItemRecord("1", "Cinderella", attributes={"year": 2015}),  # same id as The Matrix, and too young for film 5
            ItemRecord("m", "Matrix", attributes={"movielens_id": 1}),
            ItemRecord("c", "La cite des enfants perdus", attributes={"year": 1995}),
            ItemRecord("l", "MOONLIGHT", attributes={"year": 2016}),  # only one of each
            ItemRecord("h", "Heathers", attributes={"year": "1988"}),  # a year apart
        ]
    )
    loaded = read_events(latest(tmp_path), catalogue=other)
    assert [event.item_id for event in loaded.rows] == ["m", "c", "l", "h"]
    assert loaded.n_bad == 0
    assert loaded.notes == ["1 events on 1 films that the catalogue does not have were left out; 4 were kept."]
    with pytest.raises(ImportFileError, match="None of the films"):
        read_events(tmp_path, catalogue=Catalogue([ItemRecord("x", "Soap")]))


def test_a_film_never_takes_the_item_of_a_better_fit() -> None:
    films = [
        ItemRecord("a", "Emma", attributes={"year": 1997}),
        ItemRecord("b", "Emma", attributes={"year": 1996}),
    ]
    assert link(films, Catalogue([ItemRecord("x", "Emma", attributes={"year": 1996})])) == {"b": "x"}


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_the_older_layout(tmp_path: Path, encoding: str) -> None:
    movies = "1::Léon: The Professional (1994)::Crime|Drama\n2::Broken\n3::Up (2009)::Animation\r\n"
    written(tmp_path, "movies.dat", movies.encode(encoding))
    written(tmp_path, "ratings.dat.gz", "1::1::5::978300760\n1::3::x::1\n")
    loaded = read_items(tmp_path)
    assert [item.title for item in loaded.rows] == ["Léon: The Professional", "Up"]
    assert [row.line for row in loaded.bad] == [2]
    events = read_events(tmp_path / "ratings.dat.gz")
    assert events.rows == [EventRecord("1", "1", "rating", 5.0, 978300760.0)]
    assert [row.line for row in events.bad] == [2]


def test_bad_rows_of_further_files_name_the_file(tmp_path: Path) -> None:
    written(latest(tmp_path), "tags.csv", "userId,movieId,tag,timestamp\n1,1,,1\n")
    assert [row.reason for row in read_items(tmp_path).bad] == ["tags.csv: tag is missing"]
    with pytest.raises(ImportFileError, match=r"line 2: tags\.csv: tag is missing"):
        read_items(tmp_path, strict=True)


def test_a_folder_without_ratings_and_somebody_elses_movies_file(tmp_path: Path) -> None:
    path = written(tmp_path, "movies.csv", "id,title,year\n1,Up (a film),2009\n")
    assert read_items(path).rows == [ItemRecord("1", "Up (a film)", attributes={"year": 2009})]
    written(tmp_path, "movies.csv", "movieId,title,genres\n1,Up (2009),Drama\n")
    with pytest.raises(ImportFileError, match=r"no ratings\.csv"):
        read_events(tmp_path)


def test_aliases() -> None:
    assert split_aliases("Eye, The (Gin gwai) (Jian gui)") == ("The Eye", ["Gin gwai", "Jian gui"])
    assert split_aliases("Zombie (a.k.a. Zombie 2) (Zombie)") == ("Zombie", ["Zombie 2"])
    assert split_aliases("(500) Days of Summer") == ("(500) Days of Summer", [])


# --- public data sets -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "n_items", "n_events"),
    [("amazon-beauty", 12_101, 198_502), ("amazon-industrial", 3_686, 22_743), ("amazon-games", 16_859, 440_264)],
)
def test_public_sequences(name: str, n_items: int, n_events: int) -> None:
    folder = data_set(name)
    items, events = read_items(folder / "items.jsonl.gz"), read_events(folder / "sequences.txt.gz")
    assert (len(items.rows), items.n_bad) == (n_items, 0)
    assert (len(events.rows), events.n_bad) == (n_events, 0)


def test_movielens_small_on_its_own_and_on_the_films_of_redial() -> None:
    movielens, redial = data_set("movielens-small"), data_set("redial")
    films = read_items(movielens)
    assert (len(films.rows), films.n_bad) == (9_742, 0)
    own = read_events(movielens, catalogue=Catalogue(films.rows))
    assert (len(own.rows), own.n_bad, own.notes) == (100_836, 0, [])
    catalogue = Catalogue(read_items(redial / "items.jsonl.gz").rows)
    moved = read_events(movielens, catalogue=catalogue)
    assert len(moved.rows) > 75_000
    assert moved.n_bad == 0
    assert all(event.item_id in catalogue for event in moved.rows)
    assert len(moved.notes) == 1


def test_reviews_in_a_public_jsonl() -> None:
    loaded = read_events(data_set("amazon-instruments-reviews") / "reviews.jsonl.gz")
    assert (len(loaded.rows), loaded.n_bad) == (10_261, 0)
    assert loaded.rows[0].value == 5.0


@pytest.mark.parametrize("folder", ["movies.csv", "movies.dat"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_arbitrary_bytes_in_a_grouplens_folder(tmp_path: Path, folder: str, content: bytes) -> None:
    (tmp_path / folder).write_bytes(b"movieId,title,genres\n1,One (1999),Drama\n" if ".csv" in folder else b"1::A::B\n")
    (tmp_path / f"ratings{Path(folder).suffix}").write_bytes(content)
    (tmp_path / "tags.csv").write_bytes(content)
    for read in (read_items, read_events):
        with contextlib.suppress(ImportFileError):
            assert read(tmp_path).rows
