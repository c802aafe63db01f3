"""What the packaged language model knows of films, as sources to fuse: names that come to its mind, and likeness.

No sampling: how likely a title is after a few words, which tells fame, and how near its states for the title of a film
are to those for the films named. Of the 30 layers the states after the twentieth; the last serve the next token.
"""

from collections.abc import Sequence

import numpy as np
import torch

from benchmarks.common import kept
from recommender.arrays import Floats
from recommender.catalogue import Catalogue
from recommender.data.titles import split_year
from recommender.features.llm_vectors import llm_vectors
from recommender.models.llm import PACKAGED, load_llm, load_tokenizer
from recommender.serving.talk import Talk

_LAYER = 20
_BATCH = 32
_BEFORE = "One of the best known films of all time is"


class LLMSources:
    """Scores of every film by the packaged language model."""

    def __init__(self, catalogue: Catalogue) -> None:
        titles = [split_year(item.title)[0] for item in catalogue.items]
        self._whole, self._each = kept("redial_llm_title", titles, lambda: title_likelihoods(titles))
        named = [f"The film {item.title}" for item in catalogue.items]
        self._names = kept("redial_llm_names", named, lambda: llm_vectors(named, layer=_LAYER))

    def scores(self, talk: Talk) -> dict[str, Floats]:
        """source → (n_items,) scores; a talk that names nothing has one fewer."""
        found = {
            "llm: title": self._whole,
            "llm: title, a token": self._each,
        }
        if talk.named:
            weights = talk.weights / talk.weights.sum()
            found["llm: named alike"] = self._names @ (weights @ self._names[list(talk.named)])
        return {name: _standard(values) for name, values in found.items()}


def title_likelihoods(titles: Sequence[str]) -> Floats:
    """(2, n) log-probability of each title as what goes on from a sentence on famous films: whole, and a token."""
    model, tokenizer = load_llm(PACKAGED), load_tokenizer(PACKAGED)
    model.eval()
    before = tokenizer(_BEFORE)["input_ids"]
    tokens = [tokenizer(f" {title}.")["input_ids"] for title in titles]
    found = np.zeros((2, len(titles)), dtype=np.float32)
    order = sorted(range(len(titles)), key=lambda i: len(tokens[i]))
    for start in range(0, len(order), _BATCH):
        rows = order[start : start + _BATCH]
        length = max(len(tokens[i]) for i in rows)
        ids = torch.tensor([before + tokens[i] + [0] * (length - len(tokens[i])) for i in rows])
        with torch.inference_mode():
            # Padding stands on the right and the model is causal: it changes no real token.
            states = model(input_ids=ids, use_cache=False).last_hidden_state[:, len(before) - 1 : -1]
            logits = (states @ model.get_input_embeddings().weight.T).float()  # SmolLM2's output is tied to its input
        likely = logits.log_softmax(dim=-1).gather(2, ids[:, len(before) :, None])[:, :, 0].numpy()
        for row, i in enumerate(rows):
            whole = float(likely[row, : len(tokens[i])].sum())
            found[:, i] = whole, whole / len(tokens[i])
    return found


def _standard(values: Floats) -> Floats:
    return (values - values.mean()) / max(float(values.std()), 1e-9)
