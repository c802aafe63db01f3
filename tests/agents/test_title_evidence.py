"""What tells a name from a plain word, and how the weights are learnt."""

import gzip
import json
from pathlib import Path

import pytest

from agents.linking.title_evidence import Sentence, TitleEvidence, features
from agents.linking.titles import TitleLinker
from agents.text import frequency, tokens
from agents.tuning.dialogues import messages
from agents.tuning.titles import learn, main, of_dialogues, of_seeds
from recommender.catalogue import Catalogue
from storage.records import ItemRecord

DIALOGUES = [
    [("user", "I loved Up and Heat", ["up", "heat"]), ("assistant", "Then watch Yes!", ["yes"])],
    [("user", "kept for the report", [])],
    [("user", "Yes, heat it up", []), ("user", "heat", ["heat"])],
]


def of(text: str, first: int, last: int, **changes: bool) -> list[str]:
    sentence = Sentence.of(text, tokens(text))
    return features(sentence, first, last, 1.0, **{"listed": False, "quality": False, **changes})


@pytest.mark.parametrize(
    ("text", "style", "inside"),
    [
        ("i saw heat", "lower", False),
        ("I saw heat", "lower", False),
        ("NOT heat please", "lower", False),
        ("Saw heat", "mixed", False),
        ("saw Heat", "mixed", True),
        ("LOVED HEAT", "upper", False),
        ("", "lower", False),
    ],
)
def test_how_somebody_uses_capitals(text: str, style: str, inside: bool) -> None:
    sentence = Sentence.of(text, tokens(text))
    assert (sentence.style, sentence.capitals_inside) == (style, inside)


@pytest.mark.parametrize(
    ("text", "first", "last", "expected"),
    [
        ('"Her" was good', 0, 1, {"quoted"}),
        ("Drive (2011)", 0, 1, {"year in brackets behind", "before: start"}),
        ("drive 2011", 0, 1, {"year behind"}),
        ("i loved pulp fiction", 2, 4, {"liking before", "liking before 2", "before: i loved", "after: end"}),
        ("Alien", 0, 1, {"nothing else", "nothing else 1"}),
        ("set in 1917", 2, 3, {"number", "number, before: in"}),
        ("ok. Yes!", 1, 2, {"before: .", "before: sentence", "after: end !"}),
    ],
)
def test_what_holds_for_a_stretch(text: str, first: int, last: int, expected: set[str]) -> None:
    found = of(text, first, last)
    assert expected <= set(found) and len(found) == len(set(found))


def test_neighbours_and_qualities_are_told_apart() -> None:
    assert "listed 1" in of("up and heat", 2, 3, listed=True)
    assert "quality 1" in of("i want horror", 2, 3, quality=True)
    assert "quality, to resemble" in of("something like alien", 2, 3, quality=True)


def test_evidence_is_the_sum_of_the_weights_known() -> None:
    assert TitleEvidence({"a": 1.5, "b": -2.0}).of(["a", "b", "unheard of"]) == -0.5


@pytest.fixture
def dialogues(tmp_path: Path) -> Path:
    with gzip.open(tmp_path / "dialogues.jsonl.gz", "wt", encoding="utf-8") as file:
        for turns in DIALOGUES:
            rows = [{"role": role, "text": text, "items": items} for role, text, items in turns]
            file.write(json.dumps({"messages": rows}) + "\n")
    with gzip.open(tmp_path / "items.jsonl.gz", "wt", encoding="utf-8") as file:
        for title in ("Up", "Heat", "Yes", "Alien"):
            file.write(json.dumps({"id": title.lower(), "title": title, "text": "", "attributes": {}}) + "\n")
    return tmp_path


def test_the_halves_of_the_dialogues_share_nothing(dialogues: Path) -> None:
    tune, report = (list(messages(dialogues, half)) for half in ("tune", "report"))
    assert [said.text for said in report] == ["kept for the report"]
    assert len(tune) == 4 and tune[1].earlier == ({"role": "user", "text": "I loved Up and Heat"},)


def test_dialogues_come_as_written_and_in_lower_case(dialogues: Path) -> None:
    found = [(one.sentence.text, sorted(c.first for c in one.names)) for one in of_dialogues(dialogues)]
    assert found[:2] == [("I loved Up and Heat", [2, 4]), ("i loved up and heat", [2, 4])]
    assert ("Yes, heat it up", []) in found and ("heat", [0]) in found


def test_learning_tells_names_from_plain_words() -> None:
    marked = list(of_seeds(4_000, seed=1))
    evidence = learn(marked)
    assert evidence.weights["quoted"] > 0
    films = Catalogue([ItemRecord("heat", "Heat"), ItemRecord("fargo", "Fargo")])
    titles = TitleLinker(films, evidence=evidence)
    assert [span.item_id for span in titles.find('"Heat" was good')] == ["heat"]
    assert [span.item_id for span in titles.find("i loved fargo")] == ["fargo"]
    assert not titles.find("the heat is killing me, something cold please")


def test_the_command_writes_weights_that_load(dialogues: Path, tmp_path: Path) -> None:
    out = tmp_path / "weights.json"
    assert main(["--dialogues", str(dialogues), "--seeds", "300", "--out", str(out)]) == 0
    assert TitleEvidence.load(out).weights


def test_the_weights_shipped_hold_no_name_of_their_own() -> None:
    """A feature is a common word or a form, never a title: the weights must suit any catalogue."""
    shipped = TitleEvidence.load().weights
    assert 500 < len(shipped) < 10_000
    words = {name.split()[1] for name in shipped if name.startswith("word ")}
    assert words and all(frequency(word) >= 4.2 for word in words)
