"""Functions in forms that a compiled loop evaluates fast: lines or cubics between even nodes, and one polynomial."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float = NDArray[np.float64]

__all__ = ["SERIES", "chebyshev_points", "cubics", "lines", "powers", "read", "read_powers"]

SERIES = (8, 12, 16)
"""Coefficients of a polynomial, as many as it needs; as in `hadimg.kernels.segments`, which is imported when needed."""


def lines(levels: Float) -> Float:
    """Return the lines from each node to the next, shape (B, 2, nodes)."""
    return np.stack([levels[:, :-1], np.diff(levels)], axis=1)


def cubics(levels: Float) -> Float:
    """Return the cubics through two nodes on either side, shape (B, 4, nodes); a line at the first."""
    before, here, after, beyond = (levels[:, k : levels.shape[1] - 3 + k] for k in range(4))
    bend = before / 2 - here + after / 2
    twist = (beyond - before) / 6 + (here - after) / 2
    cubics = np.stack([here, after - here - bend - twist, bend, twist], axis=1)
    line = np.stack([levels[:, 0], levels[:, 1] - levels[:, 0], *np.zeros((2, len(levels)))], axis=1)
    return np.concatenate([line[..., np.newaxis], cubics], axis=2)


def read(tables: NDArray[Any], distances: NDArray[Any]) -> Float:
    """Evaluate all functions at distances in steps of the tables, in float64; shape (B, *distances.shape).

    Parameters
    ----------
    tables : ndarray, shape (B, 2 or 4, nodes)
        What `lines` or `cubics` give.
    distances : ndarray
        At least 0 and below the number of nodes.

    Examples
    --------
    >>> read(cubics(np.array([[0.0, 1.0, 8.0, 27.0, 64.0]])), np.array([1.5]))
    array([[3.375]])
    """
    node = distances.astype(np.int64)
    x = distances - node
    result = np.zeros((len(tables), *distances.shape))
    for power in range(tables.shape[1] - 1, -1, -1):
        result = result * x + tables[:, power, node]
    return result


def chebyshev_points(count: int) -> Float:
    """Return the points from -1 to 1 through which polynomials are best laid."""
    return np.asarray(np.polynomial.chebyshev.chebpts1(count), dtype=np.float64)


def powers(values: Float, count: int) -> Float:
    """Return the coefficients of 1, x, x**2, ... of the polynomials through values at `chebyshev_points`.

    Parameters
    ----------
    values : ndarray, shape (B, n)
        Of each function at the n points.
    count : int
        How many coefficients are wanted, at most n; with fewer of them the Chebyshev series is cut.

    Examples
    --------
    >>> np.abs(powers(chebyshev_points(4)[np.newaxis] ** 3, 4) - [[0, 0, 0, 1]]).max() < 1e-14
    np.True_
    """
    to_series, to_powers = _conversions(values.shape[1])
    # In two steps: the second is exact.
    return np.asarray((values @ to_series)[:, :count] @ to_powers[:count, :count], dtype=np.float64)


@functools.cache
def _conversions(count: int) -> tuple[Float, Float]:
    """Return the matrices from values at the points to Chebyshev coefficients, and on to those of powers."""
    chebyshev = np.polynomial.chebyshev
    to_series = np.array(chebyshev.chebvander(chebyshev_points(count), count - 1) * (2.0 / count), dtype=np.float64)
    to_series[:, 0] /= 2.0
    to_powers = np.zeros((count, count))
    for k in range(count):
        to_powers[k, : k + 1] = chebyshev.cheb2poly(np.eye(count)[k, : k + 1])
    return to_series, to_powers


def read_powers(series: NDArray[Any], places: Float) -> Float:
    """Evaluate polynomials at places, in float64; shape (B, *places.shape).

    Parameters
    ----------
    series : ndarray, shape (B, n)
        What `powers` gives.
    places : ndarray
        From -1 to 1.
    """
    return np.asarray(np.polynomial.polynomial.polyval(places, series.T), dtype=np.float64)
