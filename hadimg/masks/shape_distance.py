"""The distance that draws diamonds, ellipses, squircles and rectangles, and its derivatives."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.masks.contraction import contracted
from hadimg.masks.rotated import RADIANS, turned_bends

if TYPE_CHECKING:
    from hadimg.masks.base import Float

__all__ = ["ShapePartials", "shape_curvature", "shape_distance", "shape_partials"]


class ShapePartials(NamedTuple):
    """The distance and its derivatives by position, aspect and exponent."""

    distance: Float
    along: Float
    across: Float
    aspect: Float
    exponent: Float

    def gradient(self, a: Float, b: Float) -> list[Float]:
        """Return the derivatives by aspect, angle in degrees, exponent, ``a`` and ``b``, the order of the curvature."""
        turn = (a * self.across - b * self.along) * RADIANS
        return [self.aspect, turn, self.exponent, self.along, self.across]


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


def shape_curvature(a: Float, b: Float, aspect: float, exponent: float, field: Float) -> Float:
    r"""Return the sums of field times the second derivatives by aspect, angle in degrees, exponent, ``a`` and ``b``.

    With the shares :math:`p = x / d` and :math:`q = y / d`, :math:`X = p^n`, :math:`Y = q^n` (their sum is 1) and
    :math:`E = X \ln p + Y \ln q`, for the aspect :math:`m`:

    .. math::
        d_x &= p^{n-1}, \quad d_{xx} = (n - 1) p^{n-2} Y / d, \quad d_{xy} = -(n - 1) (p q)^{n-1} / d, \quad
        d_{xn} = d_x (\ln p - (n - 1) E / n) \\
        d_{mm} &= d \, (1 + 4 (n - 1) X Y - 2 (Y - X)) / (4 m^2) \\
        d_{mn} &= d \, ((E / n - E) (Y - X) + Y \ln q - X \ln p) / (2 m) \\
        d_{nn} &= d \, (E^2 / n^2 + (X \ln^2 p + Y \ln^2 q - E^2 - 2 E / n) / n)

    All are 0 at the center. Below the exponent 2 the distance has a kink along both axes; there the second derivative
    across the kink, which does not exist, is 0.
    """
    n, m, root = exponent, aspect, math.sqrt(aspect)
    d = shape_distance(a, b, aspect, exponent)
    field, d = np.where(d > 0, field, 0.0), np.where(d > 0, d, 1.0)
    p, q = np.abs(a) / (root * d), np.abs(b) * root / d
    power_p, power_q, log_p, log_q = p**n, q**n, _log(p), _log(q)
    lean, mean = power_q - power_p, power_p * log_p + power_q * log_q
    spread = power_p * log_p**2 + power_q * log_q**2 - mean**2
    by_a, by_b = p ** (n - 1.0) * np.sign(a) / root, q ** (n - 1.0) * np.sign(b) * root
    x_bend, y_bend = (n - 1.0) * _bend(p, n) * power_q, (n - 1.0) * _bend(q, n) * power_p  # times the distance
    a_bends = -(by_a / 2.0 + np.sign(a) * p * x_bend / root) / m, by_a * (log_p - (n - 1.0) * mean / n)
    b_bends = (by_b / 2.0 + np.sign(b) * q * y_bend * root) / m, by_b * (log_q - (n - 1.0) * mean / n)
    bends = x_bend / (d * m), -(n - 1.0) * by_a * by_b / d, y_bend * m / d
    turn = turned_bends(a, b, (by_a, by_b), bends)
    by_turn = [(a * across - b * along) * RADIANS for along, across in zip(a_bends, b_bends, strict=True)]
    aspects = d * (1.0 + 4.0 * (n - 1.0) * power_p * power_q - 2.0 * lean) / (4.0 * m * m)
    exponents = d * (mean**2 / n**2 + (spread - 2.0 * mean / n) / n)
    both = d * ((1.0 / n - 1.0) * mean * lean + power_q * log_q - power_p * log_p) / (2.0 * m)
    upper = [
        [aspects, by_turn[0], both, a_bends[0], b_bends[0]],
        [turn.twice, by_turn[1], turn.along, turn.across],
        [exponents, a_bends[1], b_bends[1]],
        [bends[0], bends[1]],
        [bends[2]],
    ]
    return contracted(field, upper)


def _bend(share: Float, exponent: float) -> Float:
    """Return ``share**(exponent - 2)``; 0 instead of an infinite value where the share is 0."""
    raised: Float = np.where(share > 0, share, 1.0) ** (exponent - 2.0)
    return raised if exponent == 2.0 else np.where(share > 0, raised, 0.0)


def _powers(a: Float, b: Float, aspect: float, exponent: float) -> tuple[Float, Float, Float, Float, Float]:
    root = math.sqrt(aspect)
    x, y = np.abs(a) / root, np.abs(b) * root
    largest = np.maximum(x, y)
    unit = np.where(largest > 0, largest, 1.0)
    return x, y, largest, (x / unit) ** exponent, (y / unit) ** exponent


def _log(ratio: Float) -> Float:
    """Return ln(ratio), and 0 where the ratio is 0: it only ever multiplies a power of it."""
    return np.log(np.where(ratio > 0, ratio, 1.0))
