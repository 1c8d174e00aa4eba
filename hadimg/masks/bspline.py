"""The clamped uniform cubic B-splines on [0, 1]."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hadimg.grid import Grid
    from hadimg.masks.base import Float

__all__ = ["LEAST", "bspline_bases", "bspline_basis", "bspline_means"]

DEGREE = 3
LEAST = DEGREE + 1
"""The smallest number of cubic B-splines: without any knot inside they are the Bernstein polynomials."""


def _knots(count: int) -> Float:
    return np.concatenate([np.zeros(DEGREE), np.linspace(0.0, 1.0, count - DEGREE + 1), np.ones(DEGREE)])


def bspline_basis(positions: Float, count: int) -> Float:
    """Return the value of each clamped uniform cubic B-spline at each position, by the recursion of Cox and de Boor.

    Parameters
    ----------
    positions : ndarray, shape (N,)
        Between 0 and 1.
    count : int
        How many B-splines, at least 4; their knots inside divide [0, 1] into ``count - 3`` equal parts.

    Returns
    -------
    ndarray, shape (N, count)
        Rows sum to 1; at most four numbers of a row differ from zero, and none is negative.

    Examples
    --------
    >>> bspline_basis(np.array([0.0, 0.5]), 4)
    array([[1.   , 0.   , 0.   , 0.   ],
           [0.125, 0.375, 0.375, 0.125]])
    """
    knots = _knots(count)
    x = positions[:, np.newaxis]
    part = np.clip(np.searchsorted(knots, positions, side="right") - 1, DEGREE, count - 1)
    basis: Float = (np.arange(len(knots) - 1) == part[:, np.newaxis]).astype(np.float64)
    for degree in range(1, DEGREE + 1):
        width = knots[degree:] - knots[:-degree]
        inverse = np.divide(1.0, width, out=np.zeros_like(width), where=width > 0)  # no function on an empty interval
        rising = (x - knots[: -degree - 1]) * inverse[:-1]
        falling = (knots[degree + 1 :] - x) * inverse[1:]
        basis = rising * basis[:, :-1] + falling * basis[:, 1:]
    return basis


def bspline_bases(grid: Grid, table: Sequence[Sequence[float]]) -> tuple[Float, Float]:
    """Return the B-splines that belong to a table at every row, shape (H, n), and at every column, shape (W, m)."""
    return bspline_basis(grid.row[:, 0], len(table)), bspline_basis(grid.col[0], len(table[0]))


def bspline_means(count: int) -> Float:
    """Return the mean of each clamped uniform cubic B-spline over [0, 1], shape (count,); they sum to 1."""
    knots = _knots(count)
    means: Float = (knots[LEAST:] - knots[:-LEAST]) / LEAST
    return means
