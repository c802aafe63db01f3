"""Weights learnt from dialogues: the file, the groups, the fit, and counts that leave a dialogue out."""

import json
from pathlib import Path

import numpy as np
import pytest

from recommender.catalogue import Catalogue, FacetValue
from recommender.serving.fusion import Fusion, FusionError, group_of
from recommender.serving.talk import TalkSources, read_talk
from recommender.serving.together import SimilarTalks, Together
from recommender.training.fusion import Turn, fit_fusion, gold_ranks, sampled
from storage.records import ItemRecord

F32 = np.float32


def turns_where(column: int, n: int = 60, n_items: int = 40, n_named: int = 0, seed: int = 0) -> list[Turn]:
    """Turns whose gold item is the best of one column; the other columns are noise."""
    rng = np.random.default_rng(seed)
    tables = rng.normal(size=(n, n_items, 3)).astype(F32)
    return [Turn(t, (int(t[:, column].argmax()),), (), n_named) for t in tables]


class TestFusion:
    def test_groups_by_how_much_is_named(self) -> None:
        assert [group_of(n) for n in (0, 1, 2, 3, 50)] == [0, 1, 1, 2, 2]

    def test_scores_take_the_weights_of_the_group_and_skip_what_is_missing(self) -> None:
        fusion = Fusion(("a", "b"), np.array([[1, 0], [0, 1], [1, 1]], dtype=F32))
        found = {"a": np.array([1, 2], dtype=F32), "b": np.array([10, 0], dtype=F32)}
        assert fusion.scores(found, 0).tolist() == [1, 2]
        assert fusion.scores(found, 2).tolist() == [10, 0]
        assert fusion.scores(found, 3).tolist() == [11, 2]
        assert fusion.scores({"a": found["a"], "unheard of": found["b"]}, 5).tolist() == [1, 2]
        with pytest.raises(ValueError, match="none of the sources"):
            fusion.scores({"c": found["a"]}, 0)

    def test_the_file_gives_the_weights_back(self, tmp_path: Path) -> None:
        fusion = Fusion(("a", "b"), np.array([[1, 0.5], [0, -1], [1, 1]], dtype=F32))
        fusion.save(tmp_path / "deep" / "fusion.json")
        again = Fusion.load(tmp_path / "deep" / "fusion.json")
        assert again.sources == fusion.sources and again.bounds == fusion.bounds
        assert np.array_equal(again.weights, fusion.weights)

    @pytest.mark.parametrize(
        "content",
        ["", "[]", "{}", '{"bounds": [1], "weights": {"a": [1]}}', '{"bounds": [1], "weights": {"a": [1, "x"]}}',
         '{"bounds": [], "weights": {"a": [NaN]}}', '{"bounds": [1], "weights": [1, 2]}'],
    )  # fmt: skip
    def test_a_damaged_file_is_named(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "fusion.json"
        path.write_text(content)
        with pytest.raises(FusionError, match=r"fusion\.json"):
            Fusion.load(path)
        with pytest.raises(FusionError, match="missing"):
            Fusion.load(tmp_path / "missing.json")


class TestFit:
    def test_the_source_that_knows_gets_the_weight(self) -> None:
        fusion = fit_fusion(turns_where(1), ["a", "b", "c"])
        assert fusion.weights[0, 1] > 1 and abs(fusion.weights[0, [0, 2]]).max() < 0.5
        held_out = gold_ranks(turns_where(1, seed=9), fusion)
        assert (held_out <= 3).mean() > 0.9

    def test_groups_learn_apart(self) -> None:
        fusion = fit_fusion([*turns_where(0, 120), *turns_where(2, 120, n_named=5)], ["a", "b", "c"])
        assert fusion.weights[0].argmax() == 0 and fusion.weights[2].argmax() == 2

    def test_what_is_left_out_gets_nothing(self) -> None:
        fusion = fit_fusion(turns_where(1), ["a", "b", "c"], left_out=["b"])
        assert not fusion.weights[:, 1].any() and (gold_ranks(turns_where(1), fusion) <= 3).mean() < 0.5

    def test_a_sample_teaches_nearly_the_same(self) -> None:
        turns, rng = turns_where(1, n=200, n_items=200), np.random.default_rng(1)
        whole, part = (fit_fusion(t, ["a", "b", "c"]).weights[0] for t in (turns, [sampled(t, 60, rng) for t in turns]))
        assert whole[1] == pytest.approx(part[1], rel=0.25)

    def test_a_sample_keeps_the_gold_and_never_what_is_hidden(self) -> None:
        table = np.arange(20, dtype=F32)[:, None]
        turn = Turn(table, (3, 7), (5, 7), 2)
        part = sampled(turn, 8, np.random.default_rng(0))
        assert part.gold == (0, 1) and part.features[:2, 0].tolist() == [3, 7] and len(part.features) == 10
        assert not {3, 5, 7} & set(part.features[2:, 0].tolist())
        assert part.stands_for == pytest.approx(17 / 8)

    def test_ranks_leave_out_what_was_named_but_not_the_gold_and_ties_count_against(self) -> None:
        fusion = Fusion(("a",), np.ones((3, 1), dtype=F32))
        table = np.array([[5], [4], [3], [3]], dtype=F32)
        assert gold_ranks([Turn(table, (2,), (), 0)], fusion).tolist() == [4]
        assert gold_ranks([Turn(table, (2,), (0, 2), 1)], fusion).tolist() == [3]

    def test_nothing_to_learn_from_is_said(self) -> None:
        with pytest.raises(ValueError, match="nothing to learn from"):
            fit_fusion([Turn(np.zeros((3, 1), F32), (), (), 0)], ["a"])


class TestTogether:
    SETS = ((0, 1), (0, 1), (0, 2), (3,))

    def test_what_goes_together_is_lifted(self) -> None:
        lift = Together(self.SETS, 4, shrinkage=1.0).lift([0], np.ones(1, F32))
        assert lift[1] > lift[2] > lift[3] and lift[3] < 0 and int(lift.argmax()) == 1

    def test_a_set_left_out_counts_as_if_it_were_not_there(self) -> None:
        whole, less = Together(self.SETS, 4, 1.0), Together([s for s in self.SETS if s != (0, 2)], 4, 1.0)
        assert np.allclose(whole.popularity(without=2), less.popularity())
        assert np.allclose(whole.lift([0], np.ones(1, F32), without=2), less.lift([0], np.ones(1, F32)), atol=1e-5)
        assert not np.allclose(whole.popularity(), less.popularity())

    def test_similar_talks_vote_and_the_own_talk_does_not(self) -> None:
        talks = SimilarTalks(np.eye(3, dtype=F32), [(0,), (1,), (2,)], np.array([0, 1, 2]), 4)
        assert int(talks.lift(np.eye(3, dtype=F32)[1]).argmax()) == 1
        alone = talks.lift(np.eye(3, dtype=F32)[1], without=1)
        assert alone[1] < alone[0]


class TestTalk:
    ITEMS = (
        ItemRecord("a", "Night Train", "t", attributes={"genres": ["horror"], "cast": ["Ada Quill"], "year": 1990}),
        ItemRecord("b", "Blue Garden", "", attributes={"genres": ["comedy"], "cast": ["Bo Reed"], "year": 2000}),
        ItemRecord(
            "c", "Night Garden", "t", attributes={"genres": ["comedy", "horror"], "cast": ["Ada Quill"], "year": 1991}
        ),
    )
    CATALOGUE = Catalogue(ITEMS, {"spooky": [FacetValue("genres", "horror")]})

    def sources(self) -> TalkSources:
        return TalkSources(self.CATALOGUE, np.eye(3, dtype=F32), lambda text: np.zeros(3, F32))

    def test_what_was_named_lately_weighs_more(self) -> None:
        context = [{"role": "user", "text": "I liked Night Train"}, {"role": "assistant", "text": "Blue Garden?"}]
        talk = read_talk(self.CATALOGUE, context, ["a", "b", "c", "unknown"])
        assert talk.named == (0, 1, 2) and talk.asked == "I liked Night Train"
        assert talk.weights[1] == 1 > talk.weights[0] > talk.weights[2] > 0

    def test_spoken_facets_plurals_phrases_and_people_are_heard(self) -> None:
        def found(words: str, source: str) -> list[float]:
            talk = read_talk(self.CATALOGUE, [{"role": "user", "text": words}], [])
            return [float(x) for x in self.sources().scores(talk)[source]]

        assert found("any comedies?", "spoken:genres") == [0, 1, 1]
        assert found("something SPOOKY", "spoken:genres") == [1, 0, 1]
        assert found("with Ada Quill please", "spoken:cast") == [1, 0, 1]
        assert found("hello", "spoken:genres") == [0, 0, 0]
        titled = found("a garden", "title words")
        assert titled[1] > 0 and titled[0] == 0

    def test_advice_is_spoken_of_and_speaks_for_nothing(self) -> None:
        items = (ItemRecord("a", "Heath", attributes={"genres": ["horror"], "content": ["gore"]}), *self.ITEMS[1:])
        catalogue = Catalogue(items, {"blood": [FacetValue("content", "gore")]})
        sources = TalkSources(catalogue, np.eye(3, dtype=F32), lambda text: np.zeros(3, F32))
        said = sources.scores(read_talk(catalogue, [{"role": "user", "text": "horror, but no gore and no blood"}], []))
        assert list(said["spoken:genres"]) == [1, 0, 1] and "spoken:content" not in said

    def test_named_items_speak_for_what_they_share(self) -> None:
        talk = read_talk(self.CATALOGUE, [{"role": "user", "text": "Night Train"}], ["a"])
        found = self.sources().scores(talk)
        assert found["shared:cast"][2] > found["shared:cast"][1] == 0
        assert found["same time"][2] > found["same time"][1]
        silent = self.sources().scores(read_talk(self.CATALOGUE, [{"role": "user", "text": "hi"}], []))
        assert "shared:cast" not in silent and "alike" not in silent

    def test_the_shipped_form_is_plain_json(self, tmp_path: Path) -> None:
        Fusion(("a",), np.ones((3, 1), F32)).save(tmp_path / "f.json")
        assert json.loads((tmp_path / "f.json").read_text()) == {"bounds": [1, 3], "weights": {"a": [1, 1, 1]}}
