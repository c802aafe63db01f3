"""`import` as people type it: what it takes, what it stores, what it refuses."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.hobby_shop import THINGS, histories
from tests.app.shop_files import event_rows, item_rows, only_error, stored, write


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "csv.gz", "jsonl.gz"])
def test_import_takes_every_format(run: Any, tmp_path: Path, kind: str) -> None:
    items = write(tmp_path / f"items.{kind}", item_rows())
    events = write(tmp_path / f"events.{kind}", event_rows())
    status, _, said = run("import", "--workspace", tmp_path / "w", "--items", items, "--events", events)
    assert status == 0 and "60 items" in said and f"{len(event_rows())} now" in said and "Next:" in said
    rows, interactions = stored(tmp_path / "w")
    assert len(rows) == 60 and len(interactions) == len(event_rows())
    attributes = next(json.loads(cell) for cell in rows[0] if str(cell).startswith("{"))
    assert attributes == dict(THINGS[0].attributes)


def test_import_takes_sequences_and_items_apart(run: Any, tmp_path: Path, files: Path) -> None:
    sequences = tmp_path / "sequences.txt"
    sequences.write_text("".join(f"{person} {' '.join(items)}\n" for person, items in histories().items()))
    assert run("import", "--workspace", tmp_path / "w", "--items", files / "items.csv")[0] == 0
    assert run("import", "--workspace", tmp_path / "w", "--events", sequences)[0] == 0
    rows, interactions = stored(tmp_path / "w")
    assert len(rows) == 60 and len(interactions) == len(event_rows())


def test_bad_rows_are_counted_shown_and_left_out(run: Any, tmp_path: Path) -> None:
    rows = [*item_rows()[:5], {**item_rows()[5], "title": ""}, {**item_rows()[6], "id": ""}, item_rows()[0]]
    items = write(tmp_path / "items.csv", rows)
    status, _, said = run("import", "--workspace", tmp_path / "w", "--items", items)
    assert status == 0 and "3 bad rows left out" in said and "5 items" in said
    assert all(f"line {number}:" in said for number in (7, 8, 9))
    assert len(stored(tmp_path / "w")[0]) == 5


def test_strict_refuses_a_file_with_one_bad_row(run: Any, own: Path, tmp_path: Path) -> None:
    before = stored(own)
    items = write(tmp_path / "items.csv", [*item_rows()[:3], {**item_rows()[3], "title": ""}])
    status, _, said = run("import", "--workspace", own, "--items", items, "--strict")
    assert status == 1 and "line 5: title" in only_error(said) and stored(own) == before
    events = write(tmp_path / "events.csv", [*event_rows()[:3], {**event_rows()[3], "item_id": ""}])
    assert run("import", "--workspace", own, "--events", events, "--strict")[0] == 1
    assert stored(own) == before
    assert run("import", "--workspace", own, "--events", events, "--replace")[0] == 0
    assert len(stored(own)[1]) == 3


BROKEN: dict[str, bytes] = {
    "empty.csv": b"",
    "header.csv": b"id,title\n",
    "columns.csv": b"name,colour\nlamp,red\n",
    "latin.csv": "id,title\n1,Caf\xe9\n".encode("latin-1"),
    "cut.csv.gz": gzip.compress(b"id,title\n1,Lamp\n" * 1_000)[:-20],
    "no.csv.gz": b"\x1f\x8b\x08 this is no gzip",
    "array.jsonl": b'[{"id": "1", "title": "Lamp"}]',
    "words.jsonl": b"not json\nneither\n",
    "deep.jsonl": b"[" * 100_000,
    "cut.parquet": b"PAR1 and then nothing PAR1",
    "unknown.xlsx": b"PK\x03\x04",
    "nul.csv": b"\x00" * 100,
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("kind", ["--items", "--events"])
def test_a_broken_file_changes_nothing(run: Any, own: Path, files: Path, tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_bytes(BROKEN[name])
    before, models = stored(own), sorted(own.glob("models/**/*"))
    both = {"--items": files / "items.csv", "--events": files / "events.csv"} | {kind: tmp_path / name}
    status, _, said = run("import", "--workspace", own, *(part for pair in both.items() for part in pair))
    assert status == 1 and name in only_error(said)
    assert stored(own) == before and sorted(own.glob("models/**/*")) == models


def test_a_missing_file_or_none_is_said(run: Any, tmp_path: Path) -> None:
    status, _, said = run("import", "--workspace", tmp_path / "w", "--items", tmp_path / "nowhere.csv")
    assert status == 1 and "nowhere.csv" in only_error(said)
    status, _, said = run("import", "--workspace", tmp_path / "w", "--items", tmp_path)
    assert status == 1 and only_error(said)
    status, _, said = run("import", "--workspace", tmp_path / "w")
    assert status == 1 and "--items" in only_error(said)


def test_a_broken_events_file_leaves_a_new_workspace_empty(run: Any, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("nothing\n")
    assert run("import", "--workspace", tmp_path / "w", "--events", tmp_path / "events.csv")[0] == 1
    assert stored(tmp_path / "w") == ([], [])


def test_events_alone_go_with_the_demo(run: Any, tmp_path: Path) -> None:
    events = write(tmp_path / "events.csv", event_rows()[:3])
    status, _, said = run("import", "--workspace", tmp_path / "w", "--events", events)
    assert status == 0 and "3 of 3 events are on items that the catalogue does not have" in said
    assert len(stored(tmp_path / "w")[0]) > 1_000


def test_events_are_added_and_the_same_file_twice_adds_nothing(run: Any, own: Path, tmp_path: Path) -> None:
    before, held = event_rows(), len(event_rows())
    new = [{**row, "user_id": "newcomer"} for row in before[:4]]
    events = write(tmp_path / "events.csv", [*before[:6], *new, new[0]])
    status, _, said = run("import", "--workspace", own, "--events", events)
    assert status == 0 and f"Interactions: {held} stored before, 4 new" in said and f"{held + 4} now" in said
    assert "7 of the file's 11 were there already" in said
    assert f"{held + 4} stored before, 0 new" in run("import", "--workspace", own, "--events", events)[2]
    assert len(stored(own)[1]) == held + 4


def test_replace_starts_afresh_and_says_what_goes(run: Any, own: Path, tmp_path: Path) -> None:
    events = write(tmp_path / "events.csv", event_rows()[:5])
    status, _, said = run("import", "--workspace", own, "--events", events, "--replace")
    assert status == 0 and f"the {len(event_rows())} interactions stored before go" in said
    assert len(stored(own)[1]) == 5
    status, _, said = run("import", "--workspace", own, "--items", write(tmp_path / "i.csv", item_rows()), "--replace")
    assert status == 1 and "--events" in only_error(said) and len(stored(own)[1]) == 5


def test_a_new_catalogue_says_what_is_no_longer_there(run: Any, own: Path, tmp_path: Path) -> None:
    items = write(tmp_path / "items.csv", [*item_rows()[:-12], {**item_rows()[0], "id": "new"}])
    status, _, said = run("import", "--workspace", own, "--items", items)
    assert status == 0 and "49 items; 12 of the 60 stored before are no longer there" in said


def test_the_rest_of_a_broken_export_replaces_nothing_unless_asked(run: Any, own: Path, tmp_path: Path) -> None:
    before = stored(own)
    items = write(tmp_path / "items.csv", [*item_rows()[:2], *({**row, "title": ""} for row in item_rows()[2:5])])
    status, _, said = run("import", "--workspace", own, "--items", items)
    assert status == 1 and "Only 2 of the 5 rows" in only_error(said) and "--lenient" in said and stored(own) == before
    events = write(tmp_path / "events.csv", [event_rows()[0], *({**row, "item_id": ""} for row in event_rows()[:2])])
    assert run("import", "--workspace", own, "--events", events, "--replace")[0] == 1 and stored(own) == before
    assert run("import", "--workspace", own, "--events", events)[0] == 0
    assert run("import", "--workspace", own, "--items", items, "--lenient")[0] == 0
    assert len(stored(own)[0]) == 2
    assert run("import", "--workspace", tmp_path / "new", "--items", items)[0] == 0  # nothing is lost there


def test_what_comes_next_names_the_workspace_and_training_only_with_interactions(
    run: Any, tmp_path: Path, files: Path
) -> None:
    where = f"--workspace {tmp_path / 'w'}"
    said = run("import", "--workspace", tmp_path / "w", "--items", files / "items.csv")[2]
    assert said.splitlines()[-1] == f"Next: python app.py serve {where}"
    said = run("import", "--workspace", tmp_path / "w", "--events", files / "events.csv")[2]
    assert said.splitlines()[-1] == f"Next: python app.py train {where}, then python app.py serve {where}"


def test_another_catalogue_forgets_models_and_phrases(run: Any, own: Path, files: Path, tmp_path: Path) -> None:
    phrases = tmp_path / "phrases.json"
    phrases.write_text(json.dumps({"cosy": [["category", "candles"]]}))
    assert run("import", "--workspace", own, "--phrases", phrases)[0] == 0
    assert json.loads((own / "phrases.json").read_text()) == {"cosy": [["category", "candles"]]}
    assert (own / "models" / "popular").exists()
    status, _, said = run(
        "import", "--workspace", own, "--items", files / "items.csv", "--phrases", own / "phrases.json"
    )
    assert status == 0 and "Forgotten with the catalogue before: its models and its phrase table" in said
    assert (own / "phrases.json").exists() and not (own / "models").exists()
    assert run("import", "--workspace", own, "--items", files / "items.csv")[0] == 0
    assert not (own / "phrases.json").exists()


@pytest.mark.parametrize("content", ["{", '{"cosy": 3}', "[1, 2]"])
def test_a_broken_phrase_table_changes_nothing(run: Any, own: Path, files: Path, tmp_path: Path, content: str) -> None:
    before = stored(own)
    (tmp_path / "phrases.json").write_text(content)
    status, _, said = run(
        "import", "--workspace", own, "--items", files / "items.csv", "--phrases", tmp_path / "phrases.json"
    )
    assert status == 1 and "phrase table" in only_error(said)
    assert stored(own) == before and (own / "models" / "popular").exists()
