"""Whether a derivative is that of a function, by central differences and Taylor's theorem: numbers, not plots."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from hadimg.derivatives.adjoint_check import AdjointReport, check_adjoint
from hadimg.derivatives.arguments import finite_array, real_array, whole_number
from hadimg.derivatives.rules.pairing import require_derivative
from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from hadimg.derivatives.arguments import Float
    from hadimg.derivatives.linear_map import LinearMap

    Function = Callable[[Float], ArrayLike]

__all__ = ["AdjointReport", "DerivativeReport", "check_adjoint", "check_derivative"]

Place = tuple[int, ...]

EPS = float(np.finfo(np.float64).eps)
TOLERANCE = 1e-7
DIFFERENCE_STEP = EPS ** (1 / 3)
DIFFERENCE_ROUNDING = 8 * EPS
"""Differences of the function are not known better than this part of its size."""
TAYLOR_STEPS = (1e-1, 1e-2, 1e-3, 1e-4)
TAYLOR_SIZE = 0.03
"""Length of the direction of which those steps are parts, in units of each element's scale."""
TAYLOR_ROUNDING = 100 * EPS
"""Remainders below this part of the function's size are rounding and have no slope."""
LEAST_SLOPE = 1.9
"""A wrong derivative falls by 1 a decade; a right one by 2, and by more where the curvature vanishes."""


@dataclass(frozen=True)
class DerivativeReport:
    """What `check_derivative` found; true when the check is passed.

    Parameters
    ----------
    passed : bool
        The verdict: the error within the tolerance and every slope at least 1.9.
    error : float
        The largest deviation from central differences beyond their rounding, relative to the largest derivative by the
        same element of Z.
    tolerance : float
        What it may be.
    place : (tuple of int, tuple of int)
        The element of Z and the element of Y where that was.
    derivative, difference : float
        What the derivative and the central difference say there.
    slopes : tuple of float or None
        How many decades the remainder ``f(z + t v) - f(z) - t J v`` falls in each decade of t from 0.1 to 0.0001; None
        where it is rounding only, as for linear functions.
    compared, elements : int
        How many elements of Z were compared with differences, and how many there are. The slopes are about all.
    """

    passed: bool
    error: float
    tolerance: float
    place: tuple[Place, Place]
    derivative: float
    difference: float
    slopes: tuple[float | None, ...]
    compared: int
    elements: int

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        z, y = map(list, self.place)
        slopes = ", ".join("rounding" if slope is None else f"{slope:.2f}" for slope in self.slopes)
        return (
            f"the derivative is {'right' if self.passed else 'WRONG'}: error {self.error:.1e}, at most "
            f"{self.tolerance:.0e} is allowed, largest for y{y} by z{z}: {self.derivative:.9g} where the central "
            f"difference is {self.difference:.9g}; slopes {slopes}, at least {LEAST_SLOPE} is right; "
            f"{self.compared} of {self.elements} elements compared"
        )


def check_derivative(
    function: Function,
    derivative: LinearMap,
    at: ArrayLike,
    *,
    scale: ArrayLike | None = None,
    tolerance: float = TOLERANCE,
    most_elements: int = 64,
    seed: int = 0,
) -> DerivativeReport:
    """Check a derivative against the function it is said to belong to.

    Two tests: central differences by one element of Z at a time, with a step that follows the element's size; and the
    order at which the first-order approximation fails along a random direction through all elements.

    Parameters
    ----------
    function : callable
        From Z to Y, smooth around ``at``.
    derivative : LinearMap
        What is said to be ``dY/dZ`` at ``at``.
    at : array_like
        Z.
    scale : array_like, optional
        What counts as a small, ordinary size of each element of Z, or of all; steps are about 6e-6 of the larger of it
        and the element. By default the element's own size, and for zeros the median of the others, or 1.
    tolerance : float
        What the relative error of the differences may be.
    most_elements : int
        Of a larger Z, so many elements drawn at random are compared with differences.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    DerivativeReport
        The verdict with its numbers and the place of the largest error.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When an argument breaks its rule, or the function does not return finite numbers of the right shape.

    Examples
    --------
    >>> from hadimg.derivatives import identity, rules
    >>> z = np.array([2.0])
    >>> square = rules.hadamard_power(z, 2, identity((1,)))
    >>> bool(check_derivative(np.square, square, z))
    True
    >>> print(check_derivative(np.square, 1.001 * square, z))
    the derivative is WRONG: error 1.0e-03, at most 1e-07 is allowed, largest for y[0] by z[0]: 4.004 where the \
central difference is 4; slopes ...
    """
    require_derivative("derivative", derivative)
    z = finite_array("at", at, derivative.in_shape)
    scales = _scales(scale, z)
    rng = np.random.default_rng(seed)
    count = min(z.size, whole_number("most_elements", most_elements))
    chosen = np.sort(rng.choice(z.size, count, replace=False))
    compared = [_compared(function, derivative, z, int(k), float(scales.flat[k])) for k in chosen]
    error, place, found, wanted = max(compared, key=lambda result: result[0])
    slopes = _slopes(function, derivative, z, TAYLOR_SIZE * scales * rng.standard_normal(z.shape))
    passed = error <= tolerance and all(slope is None or slope >= LEAST_SLOPE for slope in slopes)
    return DerivativeReport(passed, error, tolerance, place, found, wanted, slopes, count, z.size)


def _scales(scale: ArrayLike | None, z: Float) -> Float:
    """Return the size of each element that steps follow."""
    sizes = np.abs(z)
    if scale is None:
        others = sizes[sizes > 0]
        return np.where(sizes > 0, sizes, np.median(others) if others.size else 1.0)
    given = finite_array("scale", scale)
    if (given <= 0).any() or given.shape not in ((), z.shape):
        raise ArgumentError(f"scale must be above zero, one number or one for each of {z.shape}, got {scale!r:.80}")
    return np.maximum(sizes, given)


def _compared(
    function: Function, derivative: LinearMap, z: Float, number: int, scale: float
) -> tuple[float, tuple[Place, Place], float, float]:
    """Compare one row: return the worst relative error, where it is, and what derivative and difference say there."""
    sides = []
    for step in (DIFFERENCE_STEP * scale, -DIFFERENCE_STEP * scale):
        moved = z.copy()
        moved.flat[number] += step
        sides.append((moved.flat[number], _value(function, moved, derivative)))
    (right, above), (left, below) = sides
    difference = (above - below) / (right - left)
    rounding = DIFFERENCE_ROUNDING * np.maximum(np.abs(above), np.abs(below)) / (right - left)
    row = derivative.rows(number, number + 1).reshape(derivative.out_shape)
    excess = np.maximum(np.abs(row - difference) - rounding, 0.0)
    largest = max(float(np.abs(row).max()), float(np.abs(difference).max()))
    worst = int(np.argmax(excess))  # a NaN counts as the largest
    error = float(excess.flat[worst]) / largest if excess.flat[worst] else 0.0
    place = tuple(map(int, np.unravel_index(number, z.shape))), tuple(map(int, np.unravel_index(worst, row.shape)))
    return (error if np.isfinite(error) else np.inf), place, float(row.flat[worst]), float(difference.flat[worst])


def _slopes(function: Function, derivative: LinearMap, z: Float, direction: Float) -> tuple[float | None, ...]:
    """Return how fast the remainder of the first-order approximation falls, in decades per decade of the step."""
    start, change = _value(function, z.copy(), derivative), derivative.jvp(direction)
    remainders = []
    for step in TAYLOR_STEPS:
        end = _value(function, z + step * direction, derivative)
        rounding = TAYLOR_ROUNDING * (np.linalg.norm(start) + np.linalg.norm(end))
        remainders.append((float(np.linalg.norm(end - start - step * change)), float(rounding)))
    return tuple(_slope(*pair) for pair in pairwise(remainders))


def _slope(before: tuple[float, float], after: tuple[float, float]) -> float | None:
    if after[0] <= after[1]:
        return None
    return float(np.log10(before[0] / after[0])) if np.isfinite(before[0]) and before[0] > 0 else -np.inf


def _value(function: Function, z: Float, derivative: LinearMap) -> Float:
    value = real_array("what the function returns", function(z), derivative.out_shape)
    if not np.isfinite(value).all():
        place = np.argwhere(~np.isfinite(value))[0].tolist()
        raise ArgumentError(
            f"the function must be finite around at, got {value[tuple(place)]} at {place} of what it returns",
            remedy="choose at within, or a smaller scale",
        )
    return value
