"""Start values of families that are linear in their coefficients, or whose inverse or logarithm is: one solve."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.fitting.starts.coarse import Coarse
    from hadimg.fitting.starts.polish import Box
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["INVERSE", "LINEAR", "LOGARITHMIC", "Link", "factors_of", "linear_start", "weighted_solve"]

RIDGE = 1e-9
"""Pulls towards the mask as it was given, so that coefficients that no cell speaks of stay there."""


class Link(NamedTuple):
    """A function of the weights that is linear in the coefficients, and its derivative; None is the identity."""

    value: Callable[[Float], Float] | None = None
    slope: Callable[[Float], Float] | None = None


LINEAR = Link()
INVERSE = Link(lambda w: 1.0 / w, lambda w: -1.0 / w**2)
LOGARITHMIC = Link(np.log, lambda w: 1.0 / w)


def linear_start(mask: Mask, coarse: Coarse, box: Box, link: Link) -> Mask:
    """Return the mask with the coefficients that solve the linked ratio, all but its center.

    Parameters
    ----------
    mask : Mask
        Its center, and the parameters that the box holds, are taken as they are.
    coarse : Coarse
        The ratio that it shall explain.
    box : Box
        Which parameters may move.
    link : Link
        What is linear in the coefficients.
    """
    names = mask.names
    solved = box.free & np.array([not name.endswith(("center_row", "center_col")) for name in names], bool)
    weights = np.broadcast_to(mask.evaluate(coarse.grid), coarse.ratio.shape)
    partials = [part for part, wanted in zip(mask.evaluate_partials(coarse.grid), solved, strict=True) if wanted]
    if link.value is not None and link.slope is not None:
        slope = link.slope(weights)
        partials = [slope * part for part in partials]
        coarse, weights = coarse.moved(link.value, link.slope), link.value(weights)
    change = _solved(weights, partials, coarse, logarithmic=link is LOGARITHMIC)
    vector = mask.vector
    vector[solved] += change
    return box.hold(mask, mask.with_vector(np.clip(vector, *mask.bounds)))


def _solved(weights: Float, partials: list[Float], coarse: Coarse, *, logarithmic: bool) -> Float:
    """Return the change of the coefficients; a free scale is one more unknown."""
    if not partials:
        return np.zeros(0)
    if not coarse.free_scale:
        return weighted_solve(partials, coarse.ratio - weights, coarse.weight)
    if logarithmic:  # log(s w) = log(s) + log(w)
        return weighted_solve([*partials, np.ones_like(weights)], coarse.ratio - weights, coarse.weight)[:-1]
    *scaled, scale = weighted_solve([*partials, weights], coarse.ratio, coarse.weight)
    return np.array(scaled) / scale if scale else np.zeros(len(partials))


def weighted_solve(columns: list[Float], values: Float, weight: Float) -> Float:
    """Return the factors of the columns whose sum comes nearest to the values."""
    root = np.sqrt(weight).ravel()
    matrix = np.stack([np.broadcast_to(column, values.shape).ravel() for column in columns], axis=-1)
    matrix = matrix * root[:, np.newaxis]
    size = np.sqrt((matrix * matrix).sum(axis=0))
    matrix /= np.where(size > 0, size, 1.0)
    extra = np.sqrt(RIDGE) * np.eye(len(columns))
    if len(columns) > MANY:
        gram = matrix.T @ matrix + RIDGE * np.eye(len(columns))
        found = np.linalg.solve(gram, matrix.T @ (values.ravel() * root))
    else:
        stacked = np.vstack([matrix, extra]), np.concatenate([values.ravel() * root, np.zeros(len(columns))])
        found = np.linalg.lstsq(*stacked, rcond=None)[0]
    result: Float = np.where(size > 0, found / np.where(size > 0, size, 1.0), 0.0)
    return result


MANY = 100
"""Columns beyond which the normal equations are precise enough for a start."""


def factors_of(columns: list[Float], coarse: Coarse) -> Float | None:
    """Return the factors of one or two shapes, None when they are no numbers."""
    found = weighted_solve(columns, coarse.ratio, coarse.weight)
    return found if np.isfinite(found).all() else None
