"""The models that only count, against numbers worked by hand."""

import numpy as np
import pytest

from recommender.data.sequences import leave_one_out
from recommender.models.base import FitOptions
from recommender.models.item_knn import ItemKNN
from recommender.models.popular import MostPopular
from tests.ring import indexes

ITEMS = ("mug", "kettle", "lamp", "rug")
# Mug and kettle share two people, mug and lamp one, kettle and lamp one; nobody has the rug.
SPLIT = leave_one_out({"ada": [1, 2], "bob": [1, 2, 3, 1], "cho": [3]}, ITEMS)
ALL = FitOptions(final=True)


def item_knn(**settings: float) -> ItemKNN:
    model = ItemKNN(**settings)
    model.fit(SPLIT, ALL)
    return model


def test_popularity_counts_every_interaction() -> None:
    model = MostPopular()
    assert model.fit(SPLIT, ALL) == {"interactions": 7}
    assert model.scores([indexes(), indexes(1)]).tolist() == [[3, 2, 2, 0]] * 2


def test_similarity_is_a_shrunk_cosine_and_a_repeat_counts_once() -> None:
    similarity = item_knn(shrinkage=10).item_weights.toarray()
    # Each of the three has two people: cosine 2 / (sqrt 2 · sqrt 2), and 10 more below the line.
    expected = np.zeros((4, 4))
    expected[0, 1] = expected[1, 0] = 2 / 12
    expected[0, 2] = expected[2, 0] = expected[1, 2] = expected[2, 1] = 1 / 12
    np.testing.assert_allclose(similarity, expected, rtol=1e-6)
    np.testing.assert_allclose(item_knn(shrinkage=0).item_weights.toarray()[0], [0, 1, 0.5, 0], rtol=1e-6)


def test_an_older_item_counts_less() -> None:
    model = item_knn(shrinkage=0, decay=0.5)
    # Similar to the mug: kettle 1, lamp 1/2. Similar to the lamp: mug 1/2, kettle 1/2.
    newest_lamp, newest_mug = model.scores([indexes(1, 3), indexes(3, 1)])
    assert newest_lamp.tolist() == pytest.approx([0.5, 0.5 * 1 + 0.5, 0.5 * 0.5, 0])
    assert newest_mug.tolist() == pytest.approx([0.5 * 0.5, 1 + 0.5 * 0.5, 0.5, 0])


def test_an_item_twice_in_a_history_counts_twice() -> None:
    model = item_knn(shrinkage=0, decay=0.5)
    assert model.scores([indexes(1, 1)])[0].tolist() == pytest.approx([0, 1.5, 0.75, 0])


def test_only_the_nearest_neighbours_are_kept() -> None:
    similarity = item_knn(shrinkage=0, neighbours=1).item_weights.toarray()
    assert (np.count_nonzero(similarity, axis=1) == [1, 1, 1, 0]).all()
    assert similarity[0].tolist() == pytest.approx([0, 1, 0, 0])
