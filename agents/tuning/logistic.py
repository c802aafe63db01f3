"""Fits a logistic model to rows of named features."""

from collections.abc import Sequence

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression


def fit(
    features: Sequence[Sequence[str]], labels: Sequence[str] | Sequence[bool], seen_often: int, soft: float
) -> tuple[list[str], LogisticRegression]:
    """The names of the features that got a weight, and the model, whose columns they are.

    Args:
        features: what holds for each row. seen_often: rows in which a feature must hold to get a weight.
        soft: inverse strength of the L2 penalty.
    """
    counter = CountVectorizer(analyzer=_as_it_is, binary=True, min_df=seen_often)
    table = counter.fit_transform(features)
    model = LogisticRegression(C=soft, max_iter=2_000, fit_intercept=False).fit(table, labels)
    return [str(name) for name in counter.get_feature_names_out()], model


def _as_it_is(features: Sequence[str]) -> Sequence[str]:
    return features
