"""The clamped uniform cubic B-splines on [0, 1]."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.masks.local_splines import basis_at, clamped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hadimg.grid import Grid
    from hadimg.masks.base import Float

__all__ = ["LEAST", "bspline_bases", "bspline_basis", "bspline_means"]

DEGREE = 3
LEAST = DEGREE + 1
"""The smallest number of cubic B-splines: without any knot inside they are the Bernstein polynomials."""


def _knots(count: int) -> Float:
    return clamped(np.linspace(0.0, 1.0, count - DEGREE + 1).tolist(), DEGREE)


def bspline_basis(positions: Float, count: int) -> Float:
    """Return the value of each clamped uniform cubic B-spline at each position.

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
    first, values = basis_at(positions, _knots(count), DEGREE)
    basis = np.zeros((len(positions), count))
    for k, value in enumerate(values):
        basis[np.arange(len(positions)), first + k] = value
    return basis


def bspline_bases(grid: Grid, table: Sequence[Sequence[float]]) -> tuple[Float, Float]:
    """Return the B-splines that belong to a table at every row, shape (H, n), and at every column, shape (W, m)."""
    return bspline_basis(grid.row.ravel(), len(table)), bspline_basis(grid.col.ravel(), len(table[0]))


def bspline_means(count: int) -> Float:
    """Return the mean of each clamped uniform cubic B-spline over [0, 1], shape (count,); they sum to 1."""
    knots = _knots(count)
    means: Float = (knots[LEAST:] - knots[:-LEAST]) / LEAST
    return means
