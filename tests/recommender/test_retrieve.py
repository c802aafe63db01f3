"""Items found by meaning: what is embedded when, and what a search may return."""

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings

from recommender.catalogue import Catalogue
from recommender.data.readers import read_items
from recommender.features.embedder import SentenceEmbedder
from recommender.serving import retrieve
from recommender.serving.retrieve import Retriever, RetrieverError, open_chroma
from storage.records import ItemRecord
from tests.doubles import BagOfWords, SilentCollection

ITEMS = [
    ItemRecord("castle", "Castle", "ghosts haunt a castle"),
    ItemRecord("garden", "Garden", "a party in the garden"),
    ItemRecord("train", "Train", "a slow train crosses the night"),
]


@pytest.fixture
def client() -> Any:
    return chromadb.EphemeralClient(Settings(anonymized_telemetry=False))


@pytest.fixture
def name() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"  # ephemeral clients share one memory


def fresh(client: Any, items: list[ItemRecord], name: str, embedder: BagOfWords | None = None) -> Retriever:
    retriever = Retriever(client, Catalogue(items), embedder or BagOfWords(), name)
    retriever.refresh()
    return retriever


def test_only_what_is_new_or_changed_is_embedded(client: Any, name: str) -> None:
    embedder = BagOfWords()
    assert Retriever(client, Catalogue(ITEMS), embedder, name).refresh() == 3
    assert Retriever(client, Catalogue(ITEMS), embedder, name).refresh() == 0
    changed = [replace(ITEMS[0], text="a castle by the sea"), *ITEMS[1:], ItemRecord("lake", "Lake")]
    embedder.encoded.clear()
    retriever = Retriever(client, Catalogue(changed), embedder, name)
    assert retriever.refresh() == 2
    assert len(embedder.encoded) == 2 and "sea" in embedder.encoded[0]
    assert retriever.search("sea", 1).keys() == {0}


def test_what_left_the_catalogue_is_no_longer_found(client: Any, name: str) -> None:
    fresh(client, ITEMS, name)
    smaller = fresh(client, ITEMS[1:], name)
    assert smaller.search("ghosts haunt a castle", 5).keys() == {0, 1}
    assert len(smaller.vectors) == 2


def test_vectors_of_another_embedder_do_not_mix(client: Any, name: str) -> None:
    fresh(client, ITEMS, name)
    other = BagOfWords(dimensions=16, name="smaller")
    assert fresh(client, ITEMS, name, other).vectors.shape == (3, 16)
    assert len(other.encoded) == 3


def test_progress_is_told_up_to_the_number_of_new_items(client: Any, name: str) -> None:
    calls: list[tuple[int, int]] = []
    Retriever(client, Catalogue(ITEMS), BagOfWords(), name).refresh(lambda done, total: calls.append((done, total)))
    assert calls[-1] == (3, 3)


def test_files_keep_the_vectors_from_one_run_to_the_next(tmp_path: Path, name: str) -> None:
    first = fresh(open_chroma(tmp_path / "chroma"), ITEMS, name)
    embedder = BagOfWords()
    again = Retriever(open_chroma(tmp_path / "chroma"), Catalogue(ITEMS), embedder, name)
    assert again.refresh() == 0 and embedder.encoded == []
    np.testing.assert_allclose(again.vectors, first.vectors, atol=1e-6)


def test_a_folder_that_cannot_be_made_is_an_error_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RetrieverError, match="file"):
        open_chroma(tmp_path / "file" / "chroma")


def test_the_nearest_come_with_their_similarity(client: Any, name: str) -> None:
    retriever = fresh(client, ITEMS, name)
    found = retriever.search("the ghosts of a castle", 2)
    assert len(found) == 2 and max(found, key=found.__getitem__) == 0
    similarity = retriever.similarity("the ghosts of a castle")
    assert similarity.shape == (3,)
    for position, value in found.items():
        assert value == pytest.approx(float(similarity[position]), abs=1e-4)


@pytest.mark.parametrize("few", [0, 100], ids=["filtered afterwards", "named in the query"])
def test_only_allowed_items_are_found(client: Any, name: str, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieve, "_FEW", few)
    retriever = fresh(client, ITEMS, name)
    allowed = np.array([False, True, True])
    assert set(retriever.search("ghosts haunt a castle", 5, allowed)) <= {1, 2}
    assert retriever.search("ghosts", 5, np.zeros(3, dtype=bool)) == {}


@pytest.mark.parametrize("query", ["", "  ", "\n"])
def test_a_blank_query_finds_nothing(client: Any, name: str, query: str) -> None:
    assert fresh(client, ITEMS, name).search(query, 5) == {}


def test_a_server_that_is_gone_is_warned_of_once_an_outage(
    client: Any, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    retriever = fresh(client, ITEMS, name)
    retriever.check()
    for outage in (1, 2):
        with monkeypatch.context() as patch:
            patch.setattr(retriever, "_collection", SilentCollection())
            assert retriever.search("ghosts", 1) == retriever.search("garden", 1) == {}
            with pytest.raises(RetrieverError, match="CHROMA_URL"):
                retriever.check()
        assert retriever.search("ghosts", 1).keys() == {0}
        assert len(caplog.records) == outage


def test_asking_for_more_than_there_is(client: Any, name: str) -> None:
    assert len(fresh(client, ITEMS, name).search("castle", 500)) == 3


def test_an_empty_catalogue(client: Any, name: str) -> None:
    retriever = fresh(client, [], name)
    assert retriever.search("castle", 5) == {}
    assert retriever.similarity("castle").shape == (0,)
    assert retriever.best_sentences("castle", []) == []


def test_the_best_sentence_of_each_text(client: Any, name: str) -> None:
    retriever = fresh(client, ITEMS, name)
    texts = [["It opens in a garden.", "A slow train leaves."], [], ["Nothing of the kind."]]
    (first, near), (none, zero), (other, far) = retriever.best_sentences("slow train", texts)
    assert (first, none, zero, other) == ("A slow train leaves.", "", 0.0, "Nothing of the kind.")
    assert near > 0.5 > far


def test_sentences_are_embedded_once(client: Any, name: str) -> None:
    embedder = BagOfWords()
    retriever = fresh(client, ITEMS, name, embedder)
    embedder.encoded.clear()
    for _ in range(3):
        retriever.best_sentences("train", [["One.", "Two."], ["One."]])
    assert sorted(embedder.encoded) == ["One.", "Two.", "train"]


def test_kept_sentences_have_a_limit(client: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieve, "_KEPT_SENTENCES", 2)
    retriever = fresh(client, ITEMS, name)
    for number in range(10):
        texts = [[f"Sentence {number}.", f"Another {number}."]]
        assert retriever.best_sentences(f"sentence {number}", texts)[0][0] == f"Sentence {number}."
    assert len(retriever._sentences) <= 4


def test_sentences_embedded_ahead_are_kept_between_starts_and_follow_the_catalogue(client: Any, name: str) -> None:
    embedder = BagOfWords()
    items = [ItemRecord("train", "Train", "A slow train. It crosses the night."), ItemRecord("lake", "Lake")]
    retriever = fresh(client, items, name, embedder)
    assert retriever.refresh_sentences() == 2
    embedder.encoded.clear()
    texts = [["A slow train.", "It crosses the night."], ["Not of the catalogue."]]
    assert [best for best, _ in retriever.best_sentences("night", texts)] == [texts[0][1], texts[1][0]]
    assert sorted(embedder.encoded) == ["Not of the catalogue.", "night"]
    again = fresh(client, items, name, embedder)
    embedder.encoded.clear()
    assert again.refresh_sentences() == 0 and embedder.encoded == []
    changed = fresh(client, [replace(items[0], text="A slow train. It stops.")], name, embedder)
    embedder.encoded.clear()
    assert changed.refresh_sentences() == 1 and embedder.encoded == ["It stops."]
    assert changed._embedded_ahead.keys() == {"A slow train.", "It stops."}


def test_beyond_the_limit_sentences_are_embedded_when_needed(
    client: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieve, "_AHEAD", 1)
    retriever = fresh(client, [ItemRecord("train", "Train", "A slow train. It crosses the night.")], name)
    assert retriever.refresh_sentences() == 1
    assert (
        retriever.best_sentences("night", [["A slow train.", "It crosses the night."]])[0][0] == "It crosses the night."
    )


def test_vectors_that_were_shipped_are_not_computed_again(client: Any, name: str, tmp_path: Path) -> None:
    embedder = BagOfWords()
    first = fresh(client, ITEMS, f"{name}-made", embedder)
    first.save_vectors(tmp_path / "vectors.npz")
    changed = Catalogue([replace(ITEMS[0], text="Something else entirely."), *ITEMS[1:]])
    embedder.encoded.clear()
    again = Retriever(client, changed, embedder, name)
    assert again.refresh(shipped=tmp_path / "vectors.npz") == 1 and len(embedder.encoded) == 1
    np.testing.assert_allclose(again.vectors[1:], first.vectors[1:], atol=1e-3)


def test_shipped_vectors_of_another_model_are_not_used(client: Any, name: str, tmp_path: Path) -> None:
    fresh(client, ITEMS, f"{name}-made").save_vectors(tmp_path / "vectors.npz")
    other = BagOfWords(name="another")
    assert Retriever(client, Catalogue(ITEMS), other, name).refresh(shipped=tmp_path / "vectors.npz") == len(ITEMS)


def test_the_demos_vectors_are_those_of_its_texts(client: Any, name: str) -> None:
    """A first start computes none; a test that fails here asks for `python -m recommender.data.pack_vectors`."""

    class Never:
        name = SentenceEmbedder().name

        def encode(self, texts: Any, on_progress: Any = None) -> Any:
            raise AssertionError(f"{len(texts)} texts have changed")

    demo = Path(__file__).parents[2] / "data" / "demo"
    catalogue = Catalogue(read_items(demo / "catalogue.jsonl").rows)
    retriever = Retriever(client, catalogue, Never(), name)
    assert retriever.refresh(shipped=demo / "vectors.npz") == 0
    np.testing.assert_allclose(np.linalg.norm(retriever.vectors, axis=1), 1, atol=1e-3)
