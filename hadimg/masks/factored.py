"""Masks as products of factors that compiled loops know: functions of a distance, or of the height of a surface."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from hadimg.grid import Grid

    Float = NDArray[np.float64]
    Numbers = NDArray[np.intp]

__all__ = ["Factor", "distance_factor", "linear_factor", "surface_factor"]


@dataclass(frozen=True, eq=False)
class Factor:
    """One factor of a mask on a grid: ``profile(place)`` for every pixel.

    With a table, the places are the heights ``rows @ table @ cols.T`` of a surface. Without one they are distances
    ``(|x|**n + |y|**n)**(1/n)``, where ``x`` is the sum of the first columns of ``rows`` and ``cols`` for the row
    and column of the pixel, ``y`` that of the second ones, and ``n`` the exponent.

    Parameters
    ----------
    rows, cols : ndarray, shape (H, n) and (W, m)
        What belongs to each row and to each column.
    low, high : float
        Between them lie all places.
    profile : callable, optional
        From places to weights; without one the weights are the places.
    table : ndarray, shape (n, m), optional
        Coefficients of a surface.
    exponent : float
        Of a distance.
    """

    rows: Float
    cols: Float
    low: float
    high: float
    profile: Callable[[Float], Float] | None
    table: Float | None = None
    exponent: float = 2.0

    def through(self, function: Callable[[Float], Float]) -> Self:
        """Return the factor with a function laid over its profile."""
        inner = self.profile
        return replace(self, profile=function if inner is None else lambda places: function(inner(places)))

    def stored(self, down: Numbers, across: Numbers, *, swapped: bool) -> Self:
        """Return the factor with other rows and columns, given by the numbers of those that they are now.

        When ``swapped``, rows become columns and columns rows: ``down`` has numbers of columns, ``across`` of rows.
        """
        if not swapped:
            return replace(self, rows=self.rows[down], cols=self.cols[across])
        table = None if self.table is None else self.table.T
        return replace(self, rows=self.cols[down], cols=self.rows[across], table=table)


def distance_factor(
    grid: Grid,
    center: tuple[float, float],
    profile: Callable[[Float], Float],
    *,
    axes: tuple[tuple[float, float], tuple[float, float]] = ((0.0, 1.0), (1.0, 0.0)),
    exponent: float = 2.0,
) -> Factor:
    """Return a function of the distance from a center.

    Parameters
    ----------
    grid : Grid
        Where the pixels lie.
    center : (float, float)
        Row and column as fractions.
    profile : callable
        From distances to weights.
    axes : pair of pairs of float
        The factors of ``v`` and ``u`` in ``x``, and those in ``y``.
    exponent : float
        1 diamond, 2 ellipse and so on; at least 1.
    """
    v, u = grid.offsets(*center)
    sides = [np.outer(side, factors) for side, factors in zip((v, u), zip(*axes, strict=True), strict=True)]
    ends = np.abs(sides[0][[0, -1], np.newaxis] + sides[1][[0, -1]])  # a norm is largest in a corner
    largest = float(ends.max()) or 1.0
    farthest = largest * float(((ends / largest) ** exponent).sum(axis=-1).max()) ** (1.0 / exponent)
    return Factor(sides[0], sides[1], 0.0, farthest, profile, exponent=exponent)


def surface_factor(
    rows: Float,
    cols: Float,
    table: ArrayLike,
    bounds: tuple[float, float],
    profile: Callable[[Float], Float] | None = None,
) -> Factor:
    """Return a function of the height of the surface ``rows @ table @ cols.T``, which lies between the bounds."""
    return Factor(rows, cols, *bounds, profile, np.asarray(table, dtype=np.float64))


def linear_factor(
    grid: Grid, center: tuple[float, float], slopes: tuple[float, float], profile: Callable[[Float], Float]
) -> Factor:
    """Return a function of ``slopes[0] * v + slopes[1] * u``, which is a surface, too."""
    v, u = grid.offsets(*center)
    down, across = slopes[0] * v[:, 0], slopes[1] * u[0]
    rows, cols = (np.column_stack([side, np.ones_like(side)]) for side in (down, across))
    bounds = down.min() + across.min(), down.max() + across.max()
    return surface_factor(rows, cols, [[0.0, 1.0], [1.0, 0.0]], bounds, profile)
