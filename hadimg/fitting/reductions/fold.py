"""Sums of squares over the four mirror images of a pixel: a quarter of the rows, for masks even in both axes.

The middle row and the middle column of odd sizes are their own images.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.passes.lanes import unexplained
from hadimg.fitting.reductions.keys import breaking, mirror_images
from hadimg.fitting.reductions.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hadimg.fitting.objective import Objective
    from hadimg.grid import Grid
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["folded_statistics"]

STRIP_BYTES = 1 << 21


def folded_statistics(
    objective: Objective, *, fixed: tuple[str, ...] = (), reference: Mask | None = None
) -> Statistics:
    """Return the sums of squares of mirror images, which are exact at every mask that is even in both axes.

    Parameters
    ----------
    objective : Objective
        Mask and observations; its loss must be the linear one.
    fixed : tuple of str
        Names of parameters that do not move; a center that is free breaks the symmetry.
    reference : Mask, optional
        Close to the mask that is looked for, and as even: near it no digits cancel.

    Raises
    ------
    ArgumentError
        When the mask is not even, or a free parameter would make it so; or when the pictures are a part of another.

    Examples
    --------
    >>> from hadimg import masks
    >>> from hadimg.fitting.objective import Objective
    >>> from hadimg.fitting.observations import Observations
    >>> image = np.ones((40, 61))
    >>> objective = Objective(masks.Cos4(), Observations(image, 0.5 * image))
    >>> folded_statistics(objective, fixed=("center_row", "center_col")).row_count
    620
    """
    mask, seen = objective.mask, objective.observations
    grid = seen.grid
    _refuse_uneven(mask, grid, fixed)
    shape = (mask.channels or 1, -(-grid.rows // 2), -(-grid.cols // 2))
    power, cross, levels = np.zeros(shape), np.zeros(shape), []
    for rows in _strips(grid.shape, seen.channels or 1):
        image, rest = unexplained(seen, (rows, slice(None)), np.float64, reference)
        levels.append(float(np.sum(rest * rest)))
        for total, product in ((power, image * image), (cross, image * rest)):
            summed = product if mask.channels else product.sum(axis=0, keepdims=True)
            _add_folded(summed, rows, grid.rows, total)
    level = math.fsum(levels)
    if mask.channels is None:
        power, cross = power[0], cross[0]
    quarter = grid.window((slice(0, shape[1]), slice(0, shape[2])))
    norm = math.sqrt(level) if reference is None else objective.target_norm
    return Statistics(mask, quarter, power, -cross, level, seen.count, norm, reference, fixed)


def _refuse_uneven(mask: Mask, grid: Grid, fixed: tuple[str, ...]) -> None:
    """Raise ArgumentError when mirror images need not have one weight."""
    if (grid.rows, grid.cols) != (grid.height, grid.width):
        raise ArgumentError(
            f"reduce='fold' needs whole pictures, got {grid.rows} x {grid.cols} pixels of {grid.height} x {grid.width}",
            remedy="use reduce='cells' or 'none'",
        )
    kept = mirror_images(grid)
    if not kept(mask)[0]:
        raise ArgumentError(
            f"reduce='fold' needs a mask that is even in both axes of the picture, got {mask}",
            remedy="use reduce='cells' or 'none'",
        )
    moving = breaking(mask, fixed, kept)
    if moving:
        raise ArgumentError(
            f"reduce='fold' needs a mask that stays even in both axes of the picture, and {', '.join(moving)} of "
            f"{mask.family} can move",
            remedy="fix them at a mask that is even, or use reduce='cells'",
        )


def _strips(shape: tuple[int, int], channels: int) -> Iterator[slice]:
    """Yield rows from the top to the middle one, then from below it, so that all of a strip lie on one side."""
    height, width = shape
    rows = max(1, STRIP_BYTES // (16 * width * channels))
    half = -(-height // 2)
    for first, last in ((0, half), (half, height)):
        for top in range(first, last, rows):
            yield slice(top, min(top + rows, last))


def _add_folded(values: Float, rows: slice, height: int, total: Float) -> None:
    """Add rows of a picture, with those below the middle turned over, and their right halves, to the first quarter."""
    above = rows.stop <= -(-height // 2)
    top = rows.start if above else height - rows.stop
    upright = values if above else values[:, ::-1]
    width, here = values.shape[-1], total[:, top : top + rows.stop - rows.start]
    here += upright[..., : -(-width // 2)]
    here[..., : width // 2] += upright[..., ::-1][..., : width // 2]
