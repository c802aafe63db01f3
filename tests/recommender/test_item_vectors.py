"""Item vectors made for an experiment: by a language model's layers, and bent towards what people choose together."""

import numpy as np
import torch

from recommender.features.covisits import covisit_vectors, tuned_llm_vectors
from recommender.features.llm_vectors import llm_vectors
from recommender.models.llm import PACKAGED, load_llm, load_tokenizer

TEXTS = ["a red guitar", "an electric guitar with a case", "tea", "green tea from Uji, first harvest", ""]


def test_a_language_models_vectors_are_the_means_of_its_states_whatever_they_are_padded_with() -> None:
    model, tokenizer = load_llm(PACKAGED).eval(), load_tokenizer(PACKAGED)
    with torch.inference_mode():
        means = [
            model(input_ids=torch.tensor([tokenizer(text or " ")["input_ids"]]), output_hidden_states=True)
            .hidden_states[2][0].mean(dim=0).numpy()
            for text in TEXTS
        ]  # fmt: skip
    expected = np.stack(means) - np.mean(means, axis=0)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    seen: list[tuple[int, int]] = []
    np.testing.assert_allclose(
        llm_vectors(TEXTS, layer=2, on_progress=lambda *part: seen.append(part)), expected, atol=1e-4
    )
    assert seen == [(5, 5)]


def test_items_that_follow_one_another_come_closer() -> None:
    text = np.random.default_rng(0).standard_normal((40, 16)).astype(np.float32)
    text /= np.linalg.norm(text, axis=1, keepdims=True)
    histories = [np.array([n, n + 1], dtype=np.int32) for n in range(1, 40, 2)] * 20
    bent = covisit_vectors(text, histories, epochs=300)
    np.testing.assert_allclose(np.linalg.norm(bent, axis=1), 1, atol=1e-5)

    def nearness(vectors: np.ndarray) -> float:
        return float((vectors[::2] * vectors[1::2]).sum(axis=1).mean())

    assert nearness(bent) > nearness(text) + 0.2
    assert (covisit_vectors(text, histories, epochs=300) == bent).all()


def test_without_neighbours_nothing_is_bent() -> None:
    text = np.eye(3, dtype=np.float32)
    assert covisit_vectors(text, [np.array([1], dtype=np.int32)]) is text


def test_a_language_model_is_tuned_until_items_that_follow_one_another_come_closer() -> None:
    histories = [np.array([1, 3], dtype=np.int32), np.array([2, 4], dtype=np.int32)] * 8
    seen: list[tuple[int, int]] = []
    tuned = tuned_llm_vectors(TEXTS, histories, layers=1, epochs=16, on_progress=lambda *part: seen.append(part))
    assert seen[-1] == (16, 16)
    np.testing.assert_allclose(np.linalg.norm(tuned, axis=1), 1, atol=1e-5)
    together, apart = tuned[0] @ tuned[2] + tuned[1] @ tuned[3], tuned[0] @ tuned[3] + tuned[1] @ tuned[2]
    assert together - apart > 1  # .33 before
