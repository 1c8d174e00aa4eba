r"""Sums of squares over all pixels at one distance from a fixed center: exact, by whole numbers in place of distances.

In half pixels a pixel lies a whole number of steps below and to the right of a center on a half pixel; the sum of both
squares is its key :math:`q`, and its distance is :math:`\sqrt q / 2` pixels. Pixels of one key have one weight,
whatever the parameters of a mask around that center.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.passes.lanes import unexplained
from hadimg.fitting.places import Places
from hadimg.fitting.reductions.keys import breaking, circles
from hadimg.fitting.reductions.statistics import Statistics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.objective import Objective
    from hadimg.grid import Grid
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]
    Whole = NDArray[np.int64]

__all__ = ["radial_statistics"]

STRIP_BYTES = 1 << 21
NEAR = 1e-9
"""How far from a half pixel a center may lie, in pixels: what rounding of fractions can do."""


def radial_statistics(
    objective: Objective, *, fixed: tuple[str, ...] = (), reference: Mask | None = None
) -> Statistics:
    """Return the sums of squares by distance, which are exact at every mask around the same center.

    Parameters
    ----------
    objective : Objective
        Mask and observations; its loss must be the linear one.
    fixed : tuple of str
        Names of parameters that do not move; the center's must be among them.
    reference : Mask, optional
        Close to the mask that is looked for, around the same center: near it no digits cancel.

    Raises
    ------
    ArgumentError
        When the mask is not around one center, a free parameter moves it from there, or the center lies between half
        pixels, where no two pixels need to have one distance.

    Examples
    --------
    >>> from hadimg import masks
    >>> from hadimg.fitting.objective import Objective
    >>> from hadimg.fitting.observations import Observations
    >>> image = np.ones((40, 60))
    >>> objective = Objective(masks.Cos4(), Observations(image, 0.5 * image))
    >>> radial_statistics(objective, fixed=("center_row", "center_col")).row_count
    304
    """
    mask, seen = objective.mask, objective.observations
    grid = seen.grid
    center = _center(mask)
    moving = breaking(mask, fixed, circles(grid, center))
    if moving:
        raise ArgumentError(
            f"reduce='radial' needs a mask that stays around {center}, and {', '.join(moving)} of {mask.family} can "
            f"move",
            remedy="fix them, or use reduce='cells'",
        )
    down, across, lowest, step = _keys(grid, center)
    groups = [slice(None)] if mask.channels is None else [slice(c, c + 1) for c in range(mask.channels)]
    sums = np.zeros((2, len(groups), int(down.max() + across.max()) + 1))
    level = _gather(objective, (down, across), groups, sums, reference)
    used = np.flatnonzero(sums[0].any(axis=0))
    power, cross = (part[:, np.newaxis, used] if mask.channels else part[:, used] for part in sums)
    places = Places.ray(grid, center, np.sqrt(lowest + step * used.astype(np.float64)) / (2.0 * grid.half_diagonal))
    norm = math.sqrt(level) if reference is None else objective.target_norm
    return Statistics(mask, places, power, -cross, level, seen.count, norm, reference, fixed, center)


def _center(mask: Mask) -> tuple[float, float]:
    """Return the one center of a mask."""
    forms = [mask.channel(c).radial() for c in range(mask.channels or 1)]
    centers = {form.center for form in forms if form is not None and form.center is not None}
    if any(form is None for form in forms) or len(centers) > 1:
        raise ArgumentError(
            f"reduce='radial' needs a mask around one center, got {mask}", remedy="use reduce='cells' or 'none'"
        )
    return centers.pop() if centers else (0.5, 0.5)


def _keys(grid: Grid, center: tuple[float, float]) -> tuple[Whole, Whole, int, int]:
    """Return the parts of the keys by row and by column, and whence and in which steps they count."""
    squares = []
    for name, place, size, first, count in (
        ("row", center[0], grid.height, grid.top, grid.rows),
        ("column", center[1], grid.width, grid.left, grid.cols),
    ):
        doubled = 2.0 * place * size
        if not abs(doubled - round(doubled)) <= NEAR or abs(doubled) > 1e9:
            raise ArgumentError(
                f"reduce='radial' needs a center on a half pixel, got {name} {place * size:.10g} in pixels",
                remedy="without one no two pixels share a distance: use reduce='cells' or 'none'",
            )
        squares.append((2 * np.arange(first, first + count, dtype=np.int64) + 1 - round(doubled)) ** 2)
    lowest = [int(part.min()) for part in squares]
    above = [part - low for part, low in zip(squares, lowest, strict=True)]
    step = int(np.gcd.reduce(np.concatenate(above))) or 1
    return above[0] // step, above[1] // step, sum(lowest), step


def _gather(
    objective: Objective, keys: tuple[Whole, Whole], groups: list[slice], sums: Float, reference: Mask | None
) -> float:
    """Add all pixels to the sums by their keys; return the sum of squares of what is to be explained."""
    from hadimg.kernels.deposits import deposit_keys

    seen, (down, across) = objective.observations, keys
    rows = max(1, STRIP_BYTES // (16 * across.size * (seen.channels or 1)))
    totals = []
    for top in range(0, down.size, rows):
        part = slice(top, top + rows)
        image, rest = unexplained(seen, (part, slice(None)), np.float64, reference)
        for group, powers, crosses in zip(groups, *sums, strict=True):
            totals.append(deposit_keys(image[group], rest[group], down[part], across, powers, crosses))
    return math.fsum(totals)
