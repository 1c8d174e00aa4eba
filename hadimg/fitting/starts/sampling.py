"""A part of the pixels that stands for all: for the scale of a robust loss, and for a look at the residual."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.observations import Observations
from hadimg.fitting.places import Places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["Look", "look", "residuals", "thinned"]

VALUES = 1 << 16
BLOCKS = 64
"""Blocks along the longer side of a look at the residual."""
JOINED = 4
"""Blocks along the side of those whose means tell a misfit from noise."""
ROUNDING, HALF_A_LEVEL = 1e-6, 0.5
"""What rounding does to pixels: to floats as a part of them, to whole numbers in levels."""


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


class Look(NamedTuple):
    """What a fit leaves of the target, block by block.

    Parameters
    ----------
    means : ndarray, shape (h, w)
        Means of prediction minus target over blocks and channels, 0 where nothing counts.
    misfit : float
        The root mean square of means over four by four blocks, over that of the target.
    chance : float
        What noise alone, independent from pixel to pixel, would make of the misfit.
    share : float
        The part of the squares of prediction minus target that means over four by four blocks explain, up to about 1.
    finest : float
        The misfit that rounding of the target can make, relative to it.
    """

    means: Float
    misfit: float
    chance: float
    share: float
    finest: float


def look(mask: Mask, observations: Observations) -> Look:
    """Return how far a mask is off, over blocks of the picture.

    Parameters
    ----------
    mask : Mask
        With the fitted parameters.
    observations : Observations
        All or a part of the pixels.

    Examples
    --------
    >>> from hadimg.masks import Constant
    >>> seen = Observations(np.ones((8, 8)), np.full((8, 8), 0.5))
    >>> round(look(Constant(0.6), seen).misfit, 9)
    0.2
    """
    height, width = observations.shape
    step = max(1, math.ceil(max(height, width) / BLOCKS))
    rows, cols = np.arange(height) // step, np.arange(width) // step
    total, count = np.zeros((2, rows[-1] + 1, cols[-1] + 1))
    squares = bright = 0.0
    for window in observations.windows(VALUES * 16):
        strip = observations.strip(window)
        counts = (strip.variance_weights > 0).reshape(-1, *strip.grid.shape)
        misfit = np.where(counts, (strip.image * mask.evaluate(strip.grid) - strip.target).reshape(counts.shape), 0.0)
        place = rows[window[0], np.newaxis], cols[np.newaxis, window[1]]
        np.add.at(total, place, misfit.sum(axis=0))
        np.add.at(count, place, counts.sum(axis=0))
        squares += float(np.sum(misfit * misfit))
        bright += float(np.sum(strip.target**2))
    wide, wide_count = _joined(total), _joined(count)
    seen, values = max(1, int(np.count_nonzero(wide_count))), max(1.0, float(count.sum()))
    light = math.sqrt(bright / values) or 1.0
    square_of_blocks = float(np.sum(_means(wide, wide_count) ** 2)) / seen
    whole = observations.target.dtype.kind in "ui"
    return Look(
        _means(total, count),
        misfit=math.sqrt(square_of_blocks) / light,
        chance=math.sqrt(squares * seen) / values / light,
        share=square_of_blocks * values / squares if squares else 0.0,
        finest=max(ROUNDING, HALF_A_LEVEL / light if whole else 0.0),
    )


def _joined(sums: Float) -> Float:
    """Return the sums over four by four blocks."""
    rows, cols = (np.arange(0, size, JOINED) for size in sums.shape)
    wide: Float = np.add.reduceat(np.add.reduceat(sums, rows, axis=0), cols, axis=1)
    return wide


def _means(total: Float, count: Float) -> Float:
    means: Float = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    return means
