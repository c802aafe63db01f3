"""Which items meet constraints: masks over the catalogue. It knows nothing of scores, nor of what was shown."""

import numpy as np

from recommender.catalogue import Catalogue, Mask
from recommender.serving.request import Bound, Quality, Request


def holds(catalogue: Catalogue, quality: Quality) -> Mask:
    """(n_items,) True where a value of the quality holds, its word stands in the item's own words, or it names it."""
    mask = catalogue.mentions(quality.word) if quality.word else np.zeros(len(catalogue), dtype=bool)
    for value in quality.values:
        mask |= catalogue.mask(value)
    for value in quality.unless:
        mask &= ~catalogue.mask(value)
    # An import since then may have taken an item.
    mask[[catalogue.position[item_id] for item_id in quality.items if item_id in catalogue]] = True
    return mask


def within(catalogue: Catalogue, bound: Bound) -> Mask:
    """(n_items,) True where the bound holds."""
    return catalogue.range_mask(bound.facet, bound.low, bound.high)


def eligible(catalogue: Catalogue, request: Request) -> Mask:
    """(n_items,) True where every constraint of the request holds."""
    mask = np.ones(len(catalogue), dtype=bool)
    for quality in request.wanted:
        mask &= holds(catalogue, quality)
    for quality in (*request.unwanted, *request.unfit):
        mask &= ~holds(catalogue, quality)
    for bound in request.bounds:
        mask &= within(catalogue, bound)
    return mask
