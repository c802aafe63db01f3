"""The index must answer as if every item had been scored, whichever way it takes."""

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from recommender.serving import index
from recommender.serving.index import ItemIndex

needs_kernel = pytest.mark.skipif(not index._load_kernel(), reason="numba is not installed")
WAYS = [pytest.param(1, id="codes", marks=needs_kernel), pytest.param(10**9, id="float32")]
small = st.floats(-4, 4, width=32)
anything = st.floats(allow_nan=False, allow_infinity=False, width=32)


def scored(matrix: np.ndarray, user: np.ndarray) -> np.ndarray:
    """Every score, by the definition in the class."""
    with np.errstate(over="ignore"):
        return (matrix.astype(np.float64) * user.astype(np.float64)).sum(axis=1).astype(np.float32)


def brute(matrix: np.ndarray, user: np.ndarray, k: int, exclude: list[int]) -> tuple[list[int], list[float]]:
    """Sort everything."""
    scores = scored(matrix, user)
    rows = sorted(set(range(len(matrix))) - set(exclude), key=lambda row: (-scores[row], row))[:k]
    return rows, [float(scores[row]) for row in rows]


def assert_exact(found: ItemIndex, user: np.ndarray, k: int, exclude: list[int]) -> None:
    rows, scores = found.top_k(user, k, exclude)
    assert (rows.tolist(), scores.tolist()) == brute(found.matrix, user, k, exclude)
    assert rows.dtype == np.int64 and scores.dtype == np.float32


@st.composite
def questions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int, list[int]]:
    """A matrix with duplicates, zero rows and lengths far apart; a person; k; rows left out."""
    n, d = draw(st.integers(0, 90)), draw(st.integers(1, 21))
    numbers = draw(st.sampled_from([small, anything, st.sampled_from([0.0, -0.0, 1.0, -1.0])]))
    matrix = draw(hnp.arrays(np.float32, (n, d), elements=numbers))
    if n:
        matrix = matrix[draw(st.lists(st.integers(0, n - 1), min_size=n, max_size=n))]
        lengths = draw(hnp.arrays(np.float32, (n, 1), elements=st.sampled_from([0.0, 1e-38, 1e-6, 1.0, 1e6])))
        if draw(st.booleans()):
            matrix = np.nan_to_num(matrix * lengths, posinf=1.0, neginf=-1.0)
    user = draw(hnp.arrays(np.float32, d, elements=numbers))
    exclude = draw(st.lists(st.integers(0, n - 1), max_size=2 * n)) if n else []
    return matrix, user, draw(st.integers(0, 100)), exclude


@pytest.mark.parametrize("crossover", WAYS)
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.filterwarnings("ignore:overflow")
@settings(max_examples=150, deadline=None)
@given(question=questions())
def test_it_is_brute_force(
    crossover: int, threads: int, question: tuple[np.ndarray, np.ndarray, int, list[int]]
) -> None:
    matrix, user, k, exclude = question
    assert_exact(ItemIndex(matrix, threads=threads, crossover=crossover), user, k, exclude)


@pytest.mark.parametrize("crossover", WAYS)
@pytest.mark.parametrize("dim", [1, 3, 16, 50, 64, 100, 384])
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_unit_vectors_of_every_width(crossover: int, dim: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    matrix = random.standard_normal((3000, dim), dtype=np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix[random.integers(0, 3000, 300)] = matrix[random.integers(0, 3000, 300)]  # the same item twice
    found = ItemIndex(matrix, threads=2, crossover=crossover)
    for k in (1, 10, 500, 2990):
        assert_exact(found, matrix[7] + matrix[random.integers(3000)], k, random.integers(0, 3000, 40).tolist())


@pytest.mark.parametrize("crossover", WAYS)
def test_neighbours_that_only_the_last_bits_tell_apart(crossover: int) -> None:
    random = np.random.default_rng(1)
    base = random.standard_normal(64).astype(np.float32)
    matrix = np.tile(base, (2000, 1))
    matrix += random.integers(-2, 3, matrix.shape).astype(np.float32) * np.spacing(np.abs(matrix))
    assert_exact(ItemIndex(matrix, crossover=crossover), base, 25, [])


@pytest.mark.parametrize("crossover", WAYS)
def test_scores_that_differ_below_float32_are_a_tie(crossover: int) -> None:
    # Whole numbers that the codes hold without loss, with sums about 2**27: float32 cannot tell neighbours apart.
    matrix = np.full((64, 65), 127, np.float32)
    matrix[:, -1] = np.arange(64) % 7
    user = np.full(65, 32767, np.float32)
    user[-1] = 1
    found = ItemIndex(matrix, crossover=crossover)
    assert len(set(scored(matrix, user).tolist())) == 1
    assert found.top_k(user, 3)[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("crossover", WAYS)
@pytest.mark.parametrize(("size", "person"), [(1.15e-38, 2e-7), (3e36, 10), (3e37, 10)])
def test_scores_at_both_ends_of_float32(crossover: int, size: float, person: float) -> None:
    # Next to 1e-45 float32 has one digit, above 3e38 none: what double precision tells apart becomes a tie.
    random = np.random.default_rng(6)
    matrix = random.uniform(1, 1.4, (500, 1)) * size
    matrix[77] *= 2
    assert_exact(ItemIndex(matrix, crossover=crossover), np.array([person], np.float32), 30, [])


@needs_kernel
@pytest.mark.parametrize("order", ["ascending", "descending", "equal"])
def test_items_sorted_by_score_need_more_notes_than_there_is_room(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_ROOM", 8)
    values = np.linspace(0, 1, 5000, dtype=np.float32)
    if order != "ascending":
        values = values[::-1] if order == "descending" else np.ones_like(values)
    found = ItemIndex(np.outer(values, [1.0, 0.5, 0.0]), crossover=1)
    assert_exact(found, np.array([1, 1, 1], np.float32), 3, [4999])


@needs_kernel
def test_codes_leave_few_items_to_score_again() -> None:
    random = np.random.default_rng(2)
    matrix = random.standard_normal((60_000, 64), dtype=np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    found = ItemIndex(matrix)
    assert found.compressed and found._codes is not None
    rows = found._codes.candidates(matrix[0] + matrix[1], 10, np.empty(0, np.int64), 1)
    assert 10 <= len(rows) < 200


@needs_kernel
def test_one_item_of_enormous_length_does_not_blind_the_index_to_the_others() -> None:
    random = np.random.default_rng(3)
    matrix = random.standard_normal((20_000, 32), dtype=np.float32)
    matrix[123] *= 1e9
    found = ItemIndex(matrix)
    assert found._codes is not None
    assert_exact(found, matrix[5], 10, [])
    assert len(found._codes.candidates(matrix[5], 10, np.empty(0, np.int64), 1)) < 500


@pytest.mark.parametrize("crossover", WAYS)
def test_everything_masked_nothing_asked_and_nothing_there(crossover: int) -> None:
    found = ItemIndex(np.eye(4, dtype=np.float32), crossover=crossover)
    user = np.ones(4, np.float32)
    assert_exact(found, user, 4, [3, 2, 1, 0, 0])
    assert_exact(found, user, 0, [])
    empty = ItemIndex(np.empty((0, 4), np.float32), crossover=crossover)
    assert_exact(empty, user, 3, [])
    assert_exact(ItemIndex(np.ones((1, 4), np.float32), crossover=crossover), user, 3, [])
    assert_exact(ItemIndex(np.ones((3, 0), np.float32), crossover=crossover), np.empty(0, np.float32), 2, [1])


@pytest.mark.parametrize("crossover", WAYS)
def test_the_matrix_is_neither_copied_nor_changed(crossover: int) -> None:
    matrix = np.random.default_rng(4).standard_normal((500, 8), dtype=np.float32)
    before = matrix.copy()
    found = ItemIndex(matrix, crossover=crossover)
    found.top_k(matrix[0], 5, [1, 2, 3])
    assert found.matrix is matrix and (matrix == before).all()


@pytest.mark.parametrize("crossover", WAYS)
def test_many_requests_at_once(crossover: int) -> None:
    matrix = np.random.default_rng(5).standard_normal((20_000, 24), dtype=np.float32)
    found = ItemIndex(matrix, threads=2, crossover=crossover)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda row: found.top_k(matrix[row], 5, [row])[0].tolist(), range(64)))
    assert answers == [brute(matrix, matrix[row], 5, [row])[0] for row in range(64)]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e300])
def test_numbers_that_are_not_finite_are_refused(wrong: float) -> None:
    matrix = np.ones((40, 3))
    matrix[33, 1] = wrong
    with pytest.raises(ValueError, match="item 33 holds a number that is not finite"):
        ItemIndex(matrix)
    with pytest.raises(ValueError, match="person's vector holds a number that is not finite"):
        ItemIndex(np.ones((5, 3))).top_k(np.array([1, wrong, 0]), 2)


def test_wrong_questions_are_refused() -> None:
    found = ItemIndex(np.ones((5, 3), np.float32))
    user = np.ones(3, np.float32)
    with pytest.raises(ValueError, match="matrix"):
        ItemIndex(np.ones(3))
    with pytest.raises(ValueError, match="threads"):
        ItemIndex(np.ones((2, 2)), threads=0)
    with pytest.raises(ValueError, match="shape"):
        found.top_k(np.ones(4), 2)
    with pytest.raises(ValueError, match="k is"):
        found.top_k(user, -1)
    for rows in ([5], [-1], [-2], [2**40], [0.5], [[1]], [True]):
        with pytest.raises(ValueError, match="exclude"):
            found.top_k(user, 2, rows)


def test_without_numba_the_answer_is_the_same_and_the_log_says_so() -> None:
    program = """
        import logging, sys
        import numpy as np
        sys.modules["numba"] = None
        logging.basicConfig(level=logging.WARNING, stream=sys.stdout)
        from recommender.serving.index import ItemIndex
        matrix = np.random.default_rng(0).standard_normal((20_000, 16), dtype=np.float32)
        found = ItemIndex(matrix)
        assert not found.compressed
        scores = (matrix * matrix[9].astype(np.float64)).sum(axis=1).astype(np.float32)
        assert found.top_k(matrix[9], 20)[0].tolist() == np.argsort(-scores, kind="stable")[:20].tolist()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("exact but slower") == 1
