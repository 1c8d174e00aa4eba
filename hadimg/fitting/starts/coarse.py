"""What a pair of pictures says about a mask, seen from afar: the ratio of both in a thousand cells."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.fitting.places import Places
from hadimg.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Float = NDArray[np.float64]
    Whole = NDArray[np.intp]

__all__ = ["Coarse", "coarse_ratio"]

CELLS = 1536
"""Cells of a picture: enough to see an edge, few enough that a thousand trials take no time."""
SAMPLES = 6
"""Pixels along the side of a cell whose median counts: one in three may be an outlier."""
FAR = 6.0
"""Median deviations from the median, four standard deviations of noise, beyond which a pixel is an outlier."""
FEW = 16
"""Pixels of a cell that are too few to tell how far they scatter: the cells around are asked, too."""
LEAST_SIDE = 12
"""Cells that a side must have to be thinned out."""


@dataclass(frozen=True, eq=False)
class Coarse:
    """Gains in cells, and how much each is worth.

    Parameters
    ----------
    grid : Grid
        Where the cells lie.
    ratio : ndarray, shape (h, w) or (C, h, w)
        What the picture was multiplied by.
    weight : ndarray of the same shape
        Inverse variance of the ratio up to a factor; 0 where nothing is known.
    free_scale : bool
        Whether the ratio is that of a mask times an unknown number.
    """

    grid: Grid
    ratio: Float
    weight: Float
    free_scale: bool = False

    @property
    def channels(self) -> int | None:
        """How many channels the cells tell apart."""
        return len(self.ratio) if self.ratio.ndim == 3 else None

    def channel(self, index: int) -> Coarse:
        """Return the cells of one channel."""
        return replace(self, ratio=self.ratio[index], weight=self.weight[index])

    def scaled(self, *, free: bool) -> Coarse:
        """Return the same cells with another opinion about their scale."""
        return replace(self, free_scale=free)

    def moved(self, values: Callable[[Float], Float], slope: Callable[[Float], Float]) -> Coarse:
        """Return other values of the ratio, such as its inverse, weighted by the slope between them.

        Cells whose ratio is not above zero are left out.
        """
        known = (self.weight > 0) & (self.ratio > 0)
        ratio = np.where(known, self.ratio, 1.0)
        with np.errstate(all="ignore"):  # what overflows is left out, too
            moved, weight = values(ratio), self.weight / slope(ratio) ** 2
        known &= np.isfinite(moved) & np.isfinite(weight)
        return replace(self, ratio=np.where(known, moved, 1.0), weight=np.where(known, weight, 0.0))

    def over(self, weights: Float) -> Coarse:
        """Return the ratio divided by weights that are known already."""
        known = (self.weight > 0) & (weights != 0) & np.isfinite(weights)
        divisor = np.where(known, weights, 1.0)
        return replace(
            self,
            ratio=np.where(known, self.ratio / divisor, 1.0),
            weight=np.where(known, self.weight * divisor**2, 0.0),
        )

    def merged(self) -> Coarse:
        """Return the channels' mean, each brought to the same level first where the scale is free."""
        if self.channels is None:
            return self
        total = self.weight.sum(axis=0)
        levels = self.levels() if self.free_scale else np.ones((len(self.ratio), 1, 1))
        mean = (self.weight * self.ratio / levels).sum(axis=0) / np.where(total > 0, total, 1.0)
        return replace(self, ratio=np.where(total > 0, mean, 1.0), weight=total)

    def levels(self) -> Float:
        """Return the mean of each channel over the mean of the first, shape (C, 1, 1)."""
        shared = self.weight.min(axis=0) * (self.weight.min(axis=0) > 0)
        total = shared.sum()
        if not total > 0:
            return np.ones((len(self.ratio), 1, 1))
        means = (shared * self.ratio).sum(axis=(1, 2)) / total
        return np.where(means > 0, means, 1.0)[:, np.newaxis, np.newaxis]

    def thin(self) -> Coarse:
        """Return every other cell of every other row, where there are enough of them."""
        if min(self.grid.shape) < LEAST_SIDE or not isinstance(self.grid, Places):
            return self
        grid = Places.at(self.grid, self.grid.row_places[::2], self.grid.col_places[::2])
        return replace(self, grid=grid, ratio=self.ratio[..., ::2, ::2], weight=self.weight[..., ::2, ::2])


def coarse_ratio(
    image: NDArray[Any],
    target: NDArray[Any],
    valid: NDArray[Any] | None = None,
    *,
    dark: float = 0.0,
    cells: int = CELLS,
    grid: Grid | None = None,
) -> Coarse:
    """Return the ratio of two pictures in each cell: that of its middle pixel, or the median where that lies far off.

    Without noise the ratio is exact, and outliers do not count.

    Parameters
    ----------
    image, target : ndarray, shape (H, W) or (H, W, C)
        Before and after; of the same shape.
    valid : ndarray, shape (H, W) or as the pictures, optional
        How much each value is worth; 0 leaves it out.
    dark : float
        What is subtracted from both pictures first.
    cells : int
        About how many cells.
    grid : Grid, optional
        Where the pixels lie, when the pictures are a window of a larger one.

    Returns
    -------
    Coarse
        Its weights are those of least squares: the sum of the squared values of ``image``.

    Examples
    --------
    >>> image = np.full((4, 6), 10.0)
    >>> coarse_ratio(image, 0.5 * image).ratio[0, 0]
    np.float64(0.5)
    """
    height, width = image.shape[:2]
    step = max(1.0, math.sqrt(height * width / cells))
    rows, cols = max(1, round(height / step)), max(1, round(width / step))
    samples = SAMPLES
    while True:
        down, across = _sampled(height, rows, samples), _sampled(width, cols, samples)
        whole = down.shape[1] * rows >= height and across.shape[1] * cols >= width
        before, after = (_taken(part, down, across) - dark for part in (image, target))
        counts = None if valid is None else _taken(valid, down, across)
        found = _typical(before, after, counts, down.shape[1] // 2 * across.shape[1] + across.shape[1] // 2)
        enough = np.count_nonzero(found[1]) * 2 >= found[1].size
        if whole or enough:
            break
        samples *= 4
    whole_grid = Grid(height, width) if grid is None else grid
    middle = [part[:, part.shape[1] // 2] for part in (down, across)]
    return Coarse(Places.at(whole_grid, whole_grid.row[middle[0], 0], whole_grid.col[0, middle[1]]), *found)


def _sampled(size: int, cells: int, samples: int) -> Whole:
    """Return the indices of the rows or columns that stand for each cell, shape (cells, n)."""
    count = min(samples, size // cells)
    edges = np.arange(cells)[:, np.newaxis] + (np.arange(count) + 0.5) / count
    return np.minimum((edges * size / cells).astype(np.intp), size - 1)


def _taken(values: NDArray[Any], down: Whole, across: Whole) -> Float:
    """Return the chosen pixels of each cell, shape (h, w, n) or (C, h, w, n)."""
    part = values[np.ix_(down.ravel(), across.ravel())].astype(np.float64)
    part = np.moveaxis(part, -1, 0) if part.ndim == 3 else part
    cells = part.reshape(*part.shape[:-2], len(down), down.shape[1], len(across), across.shape[1])
    cells = np.moveaxis(cells, -3, -2)
    return cells.reshape(*cells.shape[:-2], -1)


def _typical(before: Float, after: Float, valid: Float | None, middle: int) -> tuple[Float, Float]:
    """Return the ratio of each cell, from its pixels along the last axis, and the sum of their weights."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        weight = before * before if valid is None else valid * (before * before)
        ratio = after / before
    weight = np.where(np.isfinite(weight) & np.isfinite(ratio), weight, 0.0)
    ratio = np.where(weight > 0, ratio, 0.0)
    center = _weighted_median(ratio, weight)
    deviation = np.abs(ratio - center[..., np.newaxis])
    total = weight.sum(axis=-1)
    spread = _weighted_median(deviation, weight)
    if deviation.shape[-1] < FEW:
        spread = np.maximum(spread, np.maximum(_third_around(spread), _third_around(deviation[..., middle])))
    own = (weight[..., middle] > 0) & (deviation[..., middle] <= FAR * spread)
    return np.where(total > 0, np.where(own, ratio[..., middle], center), 1.0), total


def _third_around(values: Float) -> Float:
    """Return the third largest value of each cell and its neighbors."""
    height, width = values.shape[-2:]
    edges = [(0, 0)] * (values.ndim - 2) + [(1, 1), (1, 1)]
    padded = np.pad(values, edges, mode="symmetric")
    around = [padded[..., i : i + height, j : j + width] for i in range(3) for j in range(3)]
    return np.asarray(np.partition(around, 6, axis=0)[6], dtype=np.float64)


def _weighted_median(values: Float, weight: Float) -> Float:
    """Return the value below which half of the weight lies, along the last axis."""
    order = np.argsort(values, axis=-1)
    values, weight = (np.take_along_axis(part, order, axis=-1) for part in (values, weight))
    reached = np.cumsum(weight, axis=-1)
    place = (reached >= 0.5 * reached[..., -1:]).argmax(axis=-1)[..., np.newaxis]
    return np.take_along_axis(values, place, axis=-1)[..., 0]
