"""The distance that draws diamonds, ellipses, squircles and rectangles, and its derivatives."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from hadimg.masks.base import Float

__all__ = ["ShapePartials", "shape_distance", "shape_partials"]


class ShapePartials(NamedTuple):
    """The distance and its derivatives by position, aspect and exponent."""

    distance: Float
    along: Float
    across: Float
    aspect: Float
    exponent: Float


def shape_distance(a: Float, b: Float, aspect: float, exponent: float) -> Float:
    """Return ``d = (x**n + y**n)**(1/n)`` with ``x = |a| / sqrt(aspect)`` and ``y = |b| * sqrt(aspect)``.

    Exponent ``n = 1`` draws a diamond, 2 an ellipse, 4 a squircle, 16 and more nearly a rectangle. Computed through
    the larger of ``x`` and ``y``, so that no power overflows.

    Parameters
    ----------
    a, b : ndarray
        Positions along and across the axis, in half diagonals.
    aspect : float
        Width along over width across.
    exponent : float
        ``n``, at least 1.

    Examples
    --------
    >>> shape_distance(np.array([3.0]), np.array([4.0]), aspect=1.0, exponent=2.0)
    array([5.])
    """
    _, _, largest, power_x, power_y = _powers(a, b, aspect, exponent)
    return largest * (power_x + power_y) ** (1.0 / exponent)


def shape_partials(a: Float, b: Float, aspect: float, exponent: float) -> ShapePartials:
    """Return the distance and its derivatives, all 0 at the center; arguments as for `shape_distance`.

    Examples
    --------
    >>> partials = shape_partials(np.array([3.0]), np.array([4.0]), aspect=1.0, exponent=2.0)
    >>> partials.along, partials.across
    (array([0.6]), array([0.8]))
    """
    x, y, largest, power_x, power_y = _powers(a, b, aspect, exponent)
    unit = np.where(largest > 0, largest, 1.0)
    total = np.where(largest > 0, power_x + power_y, 1.0)
    distance = largest * total ** (1.0 / exponent)
    outer = total ** (1.0 / exponent - 1.0)
    by_x = np.where(largest > 0, (x / unit) ** (exponent - 1.0) * outer, 0.0)
    by_y = np.where(largest > 0, (y / unit) ** (exponent - 1.0) * outer, 0.0)
    logs = power_x * _log(x / unit) + power_y * _log(y / unit)
    root = math.sqrt(aspect)
    return ShapePartials(
        distance,
        along=by_x * np.sign(a) / root,
        across=by_y * np.sign(b) * root,
        aspect=(y * by_y - x * by_x) / (2.0 * aspect),
        exponent=distance * (logs / (exponent * total) - np.log(total) / exponent**2),
    )


def _powers(a: Float, b: Float, aspect: float, exponent: float) -> tuple[Float, Float, Float, Float, Float]:
    root = math.sqrt(aspect)
    x, y = np.abs(a) / root, np.abs(b) * root
    largest = np.maximum(x, y)
    unit = np.where(largest > 0, largest, 1.0)
    return x, y, largest, (x / unit) ** exponent, (y / unit) ** exponent


def _log(ratio: Float) -> Float:
    """Return ln(ratio), and 0 where the ratio is 0: it only ever multiplies a power of it."""
    return np.log(np.where(ratio > 0, ratio, 1.0))
