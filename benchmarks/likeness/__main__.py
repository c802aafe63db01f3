"""Whether "something like X" shows what is like X: graded pairs of the demo's films.

python -m benchmarks.likeness

`grades.jsonl` holds 160 films, each with the films that several ways of ranking put among their best, graded by a large
language model that saw titles and years in random order and not which way had found them: 3 among the first that a film
lover would name, 2 alike, 1 some kinship, 0 none. The lists of alike films in the catalogue were written without the
grades, but by the same kind of model: what they bring is its agreement with itself.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import write_result
from benchmarks.turn_parts import DEMO, demo_parts
from recommender.catalogue import Catalogue
from recommender.models import load_model
from recommender.serving.rank import Recommender
from recommender.serving.recall import Recall
from recommender.serving.request import Request

_GRADES = Path(__file__).with_name("grades.jsonl")
_SHOWN, _GOOD = 5, 2
_GAIN = np.array([0.0, 1.0, 3.0, 7.0])  # 2^grade - 1
_DISCOUNT = 1 / np.log2(np.arange(2, _SHOWN + 2))


def main() -> None:
    """Rank for every graded film, with the catalogue's lists of alike films and without; print and write the shares."""
    rows = [json.loads(line) for line in _GRADES.read_text(encoding="utf-8").splitlines()]
    served = demo_parts().recommender
    films = [replace(film, attributes=_without_list(film.attributes)) for film in served.catalogue.items]
    models = [load_model(DEMO / "models" / name) for name in ("sasrec", "item-knn", "popular")]
    bare = Recommender(Recall(Catalogue(films, served.catalogue.phrases), served.recall.retriever, *models))
    metrics = {}
    for name, recommender in (("as served", served), ("without the lists", bare)):
        shown = [[pick.item_id for pick in recommender.recommend(_like(row["id"])).picks] for row in rows]
        told = [_measured(row["grades"], items) for row, items in zip(rows, shown, strict=True)]
        metrics[name] = {key: round(float(np.mean([one[key] for one in told])), 3) for key in told[0]}
        print(name, metrics[name])
    write_result(
        "likeness", benchmark="likeness", dataset="demo", model="the demo's models", n=len(rows), metrics=metrics
    )


def _without_list(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name != "alike"}


def _like(item_id: str) -> Request:
    return Request(similar_to=(item_id,), k=_SHOWN)


def _measured(grades: dict[str, int], shown: list[str]) -> dict[str, float]:
    """Of one film: nDCG of what is shown, the share of good ones among the first two, and what nobody graded."""
    known = [grades.get(item_id, 0) for item_id in shown]
    ideal = sorted(grades.values(), reverse=True)[:_SHOWN]
    best = float(_GAIN[ideal] @ _DISCOUNT[: len(ideal)])
    return {
        "ndcg@5": float(_GAIN[known] @ _DISCOUNT[: len(known)]) / best if best else 0.0,
        "first two good": float(np.mean([grade >= _GOOD for grade in known[:2]])),
        "any kinship": float(np.mean([grade > 0 for grade in known])),
        "not graded": float(np.mean([item_id not in grades for item_id in shown])),
    }


if __name__ == "__main__":
    main()
