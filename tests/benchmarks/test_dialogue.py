"""The simulated user keeps its secret and its word, and the figures count what they say."""

import json
import random
from pathlib import Path

import pytest

from benchmarks.dialogue import user as words
from benchmarks.dialogue.recall import folds
from benchmarks.dialogue.simulate import Outcome, converse, figures
from benchmarks.dialogue.user import Hard, User, facts_of
from recommender.catalogue import Catalogue
from storage.records import ItemRecord


def film(name: str, year: int = 1994, runtime: int = 104, genres: tuple[str, ...] = ("drama",)) -> ItemRecord:
    attributes = {"year": year, "runtime": runtime, "genres": list(genres), "moods": ["sad"], "themes": ["grief"],
                  "director": ["Ada Quill"], "cast": ["Bo Reed"], "countries": ["France"]}  # fmt: skip
    return ItemRecord(name, name.title(), attributes=attributes)


class Scripted:
    """Shows one list of ids a turn."""

    def __init__(self, *lists: list[str]) -> None:
        self.lists, self.heard = list(lists), []  # type: ignore[var-annotated]

    async def answer(self, message: str) -> tuple[list[str], list[dict[str, str]]]:
        self.heard.append(message)
        return self.lists.pop(0), []


def test_there_are_many_phrasings() -> None:
    assert words.PHRASINGS >= 40


def test_every_fact_said_is_true_and_the_title_never_said() -> None:
    rows = (Path(__file__).parents[2] / "data/demo/catalogue.jsonl").read_text(encoding="utf-8").splitlines()
    films = [ItemRecord(**json.loads(row)) for row in rows[::90]]
    for number, target in enumerate(films):
        user = User(target, random.Random(number))
        said = [user.opening()] + [user.reaction(films[:5], []) for _ in range(6)]
        named = {str(value) for _, value in facts_of(target)}
        if not any(target.title in fact for fact in named):
            assert not any(target.title.casefold() in message.casefold() for message in said), said
        assert user.hard.met_by(target), (target.id, said)


def test_the_same_seed_says_the_same() -> None:
    def talk(seed: int) -> list[str]:
        user = User(film("hidden"), random.Random(seed))
        return [user.opening(), *(user.reaction([film("other", year=1960)], []) for _ in range(4))]

    assert talk(1) == talk(1) and talk(1) != talk(2)


def test_hard_constraints_are_those_said() -> None:
    hard = Hard()
    assert not hard and hard.met_by(film("any"))
    for constraint in (Hard(years=(2000, 2009)), Hard(longest=100), Hard(without={"drama"})):
        assert constraint and not constraint.met_by(film("any"))
    assert Hard((1990, 1999), 104, {"horror"}).met_by(film("any"))


def test_a_tapped_answer_is_a_true_one() -> None:
    user = User(film("hidden"), random.Random(0))
    chips = [{"label": "horror (12)", "message": "horror"}, {"label": "France (3)", "message": "from France"}]
    user._said.clear()
    assert user.reaction([film("other")], chips) == "from France"
    assert user.reaction([film("other")], chips) != "from France"


async def test_a_conversation_ends_when_the_film_is_shown_or_after_five_turns() -> None:
    catalogue = Catalogue([film("hidden"), film("old", year=1950), film("far", year=2020)])
    other = Scripted(["old"], ["far", "hidden"])
    found = await converse(User(catalogue["hidden"], random.Random(3)), "hidden", other, catalogue)
    assert found.turns == 2 and found.said == other.heard and len(found.said) == 2
    missed = await converse(User(catalogue["hidden"], random.Random(3)), "hidden", Scripted(*[["old"]] * 5), catalogue)
    assert missed.turns is None and len(missed.said) == 5


def test_figures_count_a_miss_as_five_turns_and_every_judged_card() -> None:
    found = figures([Outcome("a", 1, judged=5, met=5), Outcome("b", None, judged=5, met=4)])
    assert found["hit@5 by turn 1"].mean == found["hit@5 by turn 5"].mean == 0.5
    assert found["turns"].mean == 3 and found["constraints met"].mean == pytest.approx(0.9)


def test_no_dialogue_is_in_both_folds() -> None:
    rows = [{"dialogue": d} for d in ("b", "a", "c", "a", "b", "d")]
    dialogue, fold = folds(rows)
    assert len(set(dialogue)) == 4 and {0, 1} == set(fold)
    assert len({(row["dialogue"], f) for row, f in zip(rows, fold, strict=True)}) == 4
