"""B-splines on any knots, position by position: only those few that are not zero there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hadimg.masks.base import Float

__all__ = ["basis_at", "clamped", "slope_coefficients"]


def clamped(knots: Sequence[float], degree: int) -> Float:
    """Return the knots with the outermost ones repeated ``degree`` times, so that the ends are heights.

    Examples
    --------
    >>> clamped((0.0, 0.5, 1.0), 1)
    array([0. , 0. , 0.5, 1. , 1. ])
    """
    return np.concatenate([[knots[0]] * degree, knots, [knots[-1]] * degree])


def basis_at(positions: Float, knots: Float, degree: int) -> tuple[NDArray[Any], list[Float]]:
    """Return the splines that are not zero at each position, by the recursion of Cox and de Boor.

    Parameters
    ----------
    positions : ndarray
        From the first to the last knot.
    knots : ndarray
        As `clamped` returns them.
    degree : int
        Of the splines.

    Returns
    -------
    first : ndarray of int
        Number of the first of these splines.
    values : list of ndarray
        Of the spline ``first + k`` in entry k, ``degree + 1`` in all; they sum to 1.

    Examples
    --------
    >>> first, values = basis_at(np.array([0.25, 1.0]), clamped((0.0, 0.5, 1.0), 1), 1)
    >>> first, values[1]
    (array([0, 1]), array([0.5, 1. ]))
    """
    last = len(knots) - degree - 2
    place = np.clip(np.searchsorted(knots, positions, side="right") - 1, degree, last)
    values = [np.ones_like(positions)]
    for order in range(1, degree + 1):
        raised = [np.zeros_like(positions) for _ in range(order + 1)]
        for k, value in enumerate(values):
            left, right = knots[place + k + 1 - order], knots[place + k + 1]
            share = value / (right - left)
            raised[k] += (right - positions) * share
            raised[k + 1] += (positions - left) * share
        values = raised
    return place - degree, values


def slope_coefficients(heights: Float, knots: Float, degree: int) -> Float:
    """Return the coefficients of the slope, a sum of splines of one degree less on ``knots[1:-1]``.

    Examples
    --------
    >>> slope_coefficients(np.array([1.0, 0.5, 0.25]), clamped((0.0, 0.5, 1.0), 1), 1)
    array([-1. , -0.5])
    """
    return degree * np.diff(heights) / (knots[degree + 1 : -1] - knots[1 : -degree - 1])
