"""A part of the pixels that stands for all: for the scale of a robust loss, and for a look at the residual."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.observations import Observations
from hadimg.fitting.places import Places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["residual_map", "residuals", "thinned"]

VALUES = 1 << 16
BLOCKS = 64
"""Blocks along the longer side of a look at the residual."""


def thinned(observations: Observations, values: int = VALUES) -> Observations:
    """Return every k-th row and column of the observations, about so many values; all where too few of those count.

    Examples
    --------
    >>> seen = Observations(np.ones((100, 200)), np.ones((100, 200)))
    >>> thinned(seen, 200).image.shape
    (10, 20)
    """
    height, width = observations.shape
    step = int(math.sqrt(height * width * (observations.channels or 1) / values))
    if step <= 1:
        return observations
    rows, cols = slice(step // 2, None, step), slice(step // 2, None, step)
    grid, weights = observations.grid, observations.variance_weights
    try:
        return Observations(
            observations.image[rows, cols],
            observations.target[rows, cols],
            None if weights is None else weights[rows, cols],
            dark=observations.dark,
            grid=Places.at(grid, grid.row[rows, 0], grid.col[0, cols]),
        )
    except ArgumentError:  # none of these counts
        return observations


def residuals(mask: Mask, observations: Observations) -> Float:
    """Return prediction minus target times the root of the weight, of all values that count, shape (N,)."""
    parts = []
    for strip in observations.strips():
        misfit = strip.image * mask.evaluate(strip.grid) - strip.target
        counts = strip.variance_weights > 0
        parts.append((np.sqrt(strip.variance_weights) * misfit)[counts])
    return np.concatenate(parts)


def residual_map(mask: Mask, observations: Observations) -> Float:
    """Return means of prediction minus target over blocks of the picture and over channels, 0 where nothing counts.

    Parameters
    ----------
    mask : Mask
        With the fitted parameters.
    observations : Observations
        All or a part of the pixels.
    """
    height, width = observations.shape
    step = max(1, math.ceil(max(height, width) / BLOCKS))
    rows, cols = np.arange(height) // step, np.arange(width) // step
    total, count = np.zeros((2, rows[-1] + 1, cols[-1] + 1))
    for window in observations.windows(VALUES * 16):
        strip = observations.strip(window)
        counts = (strip.variance_weights > 0).reshape(-1, *strip.grid.shape)
        misfit = (strip.image * mask.evaluate(strip.grid) - strip.target).reshape(counts.shape)
        place = rows[window[0], np.newaxis], cols[np.newaxis, window[1]]
        np.add.at(total, place, np.where(counts, misfit, 0.0).sum(axis=0))
        np.add.at(count, place, counts.sum(axis=0))
    means: Float = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    return means
