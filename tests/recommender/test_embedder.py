"""Sentence embeddings: where the model comes from, and what is said when it does not come."""

import numpy as np
import pytest

from recommender.features.embedder import EmbedderError, SentenceEmbedder


def test_the_packaged_model_is_loaded_without_a_look_at_the_network(no_network: None) -> None:
    cat, kitten, train = SentenceEmbedder().encode(["a cat", "a kitten", "the night train"])
    assert cat @ kitten > cat @ train
    np.testing.assert_allclose(np.linalg.norm([cat, kitten, train], axis=1), 1, atol=1e-5)


def test_a_folder_without_a_model_is_said_to_be_one(tmp_path: object, no_network: None) -> None:
    with pytest.raises(EmbedderError, match="PALATE_EMBEDDER"):
        SentenceEmbedder(str(tmp_path)).encode(["a cat"])
