"""Profiles as polynomials or tables that a compiled loop evaluates fast, each with its error known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike, NDArray

    Float = NDArray[np.float64]

__all__ = ["ProfileForm", "identity", "profile_form", "stretch_error", "stretch_table"]

DEGREE = 12
STEPS = (1 << 12, 1 << 14, 1 << 16)
STRETCH_STEPS = 1 << 13
ENOUGH = 2e-4
"""The part of the tolerance below which larger tables in float64 gain nothing."""
PLACES = 1001
TOLERANCE = 5e-7
"""What a form may do wrong, as a part of the largest weight."""


class ProfileForm(NamedTuple):
    """A profile of places between two bounds; ``place * unit + shift`` is what the polynomial or table is for.

    ``error`` is the largest seen, ``slope`` the largest derivative by the place, ``lowest`` and ``highest`` bound the
    weights. One of ``coefficients`` (13,) and ``table`` (steps + 1, 2 or 4) is empty, both are when the weights are the
    places. Row k of a table holds the line or the cubic between step k and the next one.
    """

    unit: float
    shift: float
    coefficients: NDArray[Any]
    table: NDArray[Any]
    error: float
    slope: float
    lowest: float
    highest: float

    def __call__(self, places: Float) -> NDArray[Any]:
        """Return the weights at places, computed as the compiled loops do."""
        own = self.coefficients if self.coefficients.size else self.table
        x = (places * self.unit).astype(own.dtype) + own.dtype.type(self.shift)
        if self.coefficients.size:
            return _polynomial(self.coefficients, x)
        if not self.table.size:
            own_places: NDArray[Any] = x
            return own_places
        node = np.clip(x, 0, len(self.table) - 1).astype(np.int32)
        return _polynomial(self.table[node].T, x - node.astype(own.dtype))


def _polynomial(coefficients: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
    result: NDArray[Any] = np.zeros_like(x) + coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        result = result * x + coefficient
    return result


def profile_form(profile: Callable[[Float], Float], low: float, high: float, *, precise: bool) -> ProfileForm | None:
    """Return the fastest form that is accurate enough, or None when the profile is too steep for all of them.

    Parameters
    ----------
    profile : callable
        From places to weights.
    low, high : float
        Bounds of the places.
    precise : bool
        Whether in float64, by cubics; else in float32, by one polynomial if it is as good as a table.
    """
    span = high - low or 1.0
    places = low + np.linspace(0.0, span, PLACES)
    truth = profile(places)
    if not (np.isfinite(truth).all() and np.isfinite(span)):
        return None
    allowed = TOLERANCE * float(np.abs(truth).max())
    if not precise:
        series = _series(profile, low, span)
        error = float(np.abs(series(places) - truth).max())
        if error <= allowed:
            slope = float(np.abs(np.diff(truth)).max()) * (PLACES - 1) / span
            return series._replace(error=error, slope=slope, lowest=float(truth.min()), highest=float(truth.max()))
    wanted = ENOUGH if precise else 1.0
    for steps in STEPS:
        table = _table(profile, low, span, steps, precise=precise)
        if table.error <= 2.0 * allowed * wanted:  # twice what is found in the middle of any step
            return table
    return table if table.error <= 2.0 * allowed else None


def identity(low: float, high: float, dtype: DTypeLike) -> ProfileForm:
    """Return the form of weights that are their places."""
    return ProfileForm(1.0, 0.0, np.zeros(0, dtype), np.zeros((0, 2), dtype), 0.0, 1.0, low, high)


def _series(profile: Callable[[Float], Float], low: float, span: float) -> ProfileForm:
    chebyshev = np.polynomial.chebyshev
    points = np.asarray(chebyshev.chebpts1(DEGREE + 1), dtype=np.float64)
    values = profile(low + (points + 1.0) * (span / 2.0))
    powers = np.zeros(DEGREE + 1, np.float32)
    fitted = chebyshev.cheb2poly(chebyshev.chebfit(points, values, DEGREE))
    powers[: fitted.size] = fitted
    return ProfileForm(2.0 / span, -2.0 * low / span - 1.0, powers, np.zeros((0, 2), np.float32), 0.0, 0.0, 0.0, 0.0)


def _table(profile: Callable[[Float], Float], low: float, span: float, steps: int, *, precise: bool) -> ProfileForm:
    """Return lines between the values at even steps, or cubics through the four values around each step.

    The row behind the last step is for places that rounding carries over the bound. The error in the middle of a step
    is at least half of the largest one, even where the profile has a kink.
    """
    step = span / steps
    levels = profile(low + np.clip(np.arange(-1.0, steps + 3.0) * step, 0.0, span))
    middles: Float = profile(low + np.arange(0.5, steps) * step)
    if precise:
        # Beyond the bounds the profile may mean nothing: there the parabola through the next three values goes on.
        levels[0] = 3.0 * (levels[1] - levels[2]) + levels[3]
        levels[-2:] = 3.0 * (levels[-3] - levels[-4]) + levels[-5]
        before, here, after, later = (levels[k : k + steps + 1] for k in range(4))
        linear = after - here / 2.0 - before / 3.0 - later / 6.0
        square = (before + after) / 2.0 - here
        cubes = (later - before) / 6.0 + (here - after) / 2.0
        table: NDArray[Any] = np.column_stack([here, linear, square, cubes])
    else:
        table = np.column_stack([levels[1:-2], np.diff(levels)[1:-1]]).astype(np.float32)
    error = 2.0 * float(np.abs(_polynomial(table[:steps].T, np.full(steps, 0.5)) - middles).max())
    slope = float(np.abs(np.diff(levels[1:-2])).max()) / step
    lowest, highest = float(levels.min()), float(levels.max())
    return ProfileForm(
        steps / span, -low * steps / span, np.zeros(0, table.dtype), table, error, slope, lowest, highest
    )


def stretch_table(exponent: float, dtype: DTypeLike) -> NDArray[Any]:
    """Return ``(1 + ratio**n)**(1/n)`` at even steps of the ratio from 0 to 1, as lines; empty for ``n = 2``."""
    if exponent == 2.0:
        return np.zeros((0, 2), dtype)
    levels = _stretches(exponent)
    return np.column_stack([levels[:-1], np.diff(levels)]).astype(dtype)


def stretch_error(exponent: float) -> float:
    """Return what the lines of `stretch_table` are wrong by at most, as a part of the distance."""
    return 0.0 if exponent == 2.0 else float(np.abs(np.diff(_stretches(exponent)[:-2], 2)).max()) / 4.0


def _stretches(exponent: float) -> Float:
    """Return the values at all steps, and two more: rounding carries places over the last one."""
    ratios = np.minimum(np.arange(STRETCH_STEPS + 3) / STRETCH_STEPS, 1.0)
    return (1.0 + ratios**exponent) ** (1.0 / exponent)
