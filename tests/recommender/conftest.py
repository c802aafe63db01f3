"""Fixtures for the tests of the recommender."""

import numpy as np
import pytest

from recommender.catalogue import Catalogue
from recommender.models.popular import MostPopular
from recommender.serving.rank import Recommender
from tests.doubles import recommender


@pytest.fixture(scope="session")
def shop(small_catalogue: Catalogue) -> Recommender:
    """Ranks the small shop, whose items are the more popular the earlier they stand."""
    counts = np.arange(len(small_catalogue), 0, -1, dtype=np.float32)
    return recommender(small_catalogue, popular=MostPopular([item.id for item in small_catalogue.items], counts))
