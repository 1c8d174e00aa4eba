"""Radial profiles in the two forms that a compiled loop evaluates fast, each with its error known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Float = NDArray[np.float64]
    Single = NDArray[np.float32]

__all__ = ["Series", "Table", "short_form"]

NODES = 1 << 14
PROBES = 4099
TOLERANCE = 1e-6


class Series(NamedTuple):
    """A polynomial in ``x = 2 r / farthest - 1``; ``error`` bounds what it and float32 make wrong, all together."""

    coefficients: Single
    unit: float
    error: float


class Table(NamedTuple):
    """Values and slopes at even distances, interpolated linearly; ``unit`` turns half diagonals into steps."""

    levels: Single
    slopes: Single
    unit: float
    error: float


def short_form(profile: Callable[[Float], Float], farthest: float, degree: int) -> Series | Table | None:
    """Return the form of a profile that is accurate enough, the faster one first, or None.

    Parameters
    ----------
    profile : callable
        From distances in half diagonals to factors.
    farthest : float
        The largest distance that will be asked for.
    degree : int
        The degree of the polynomial.

    Returns
    -------
    Series, Table or None
        None when the profile is too steep or not smooth enough for either; nothing is lost but time.

    Examples
    --------
    >>> type(short_form(lambda r: np.exp(-1.2 * r), 1.0, 15)).__name__
    'Series'
    >>> type(short_form(lambda r: np.exp(-1.2 * r**1.3), 1.0, 15)).__name__
    'Table'
    """
    probes = np.linspace(0.0, farthest, PROBES)
    truth = profile(probes)
    if farthest <= 0.0 or not np.isfinite(truth).all():
        return None
    # What rounding the distance to float32 does to the weight, and a few roundings of the weight itself.
    steepest = float(np.abs(np.diff(truth)).max()) * PROBES
    rounding = float(np.finfo(np.float32).eps) * (2.0 * steepest + 4.0 * float(np.abs(truth).max()))
    for form in (_series(profile, farthest, degree), _table(profile, farthest)):
        error = float(np.abs(_evaluate(form, probes) - truth).max()) + rounding
        if error <= TOLERANCE * max(1.0, float(np.abs(truth).max())):
            return form._replace(error=error)
    return None


def _series(profile: Callable[[Float], Float], farthest: float, degree: int) -> Series:
    chebyshev = np.polynomial.chebyshev
    points = np.asarray(chebyshev.chebpts1(degree + 1), dtype=np.float64)
    fitted = chebyshev.chebfit(points, profile((points + 1.0) * (farthest / 2.0)), degree)
    powers = np.zeros(degree + 1)
    powers[: fitted.size] = chebyshev.cheb2poly(fitted)
    return Series(powers.astype(np.float32), 2.0 / farthest, 0.0)


def _table(profile: Callable[[Float], Float], farthest: float) -> Table:
    # One node more than the farthest pixel needs: rounding may carry its distance over the last one.
    levels = profile(np.arange(NODES + 2) * (farthest / NODES))
    return Table(levels[:-1].astype(np.float32), np.diff(levels).astype(np.float32), NODES / farthest, 0.0)


def _evaluate(form: Series | Table, r: NDArray[np.floating[Any]]) -> Float:
    """Evaluate a form as the compiled loop does, in float32."""
    place = (r * form.unit).astype(np.float32)
    if isinstance(form, Table):
        node = place.astype(np.int32)
        between = form.levels[node] + form.slopes[node] * (place - node.astype(np.float32))
        return np.asarray(between, dtype=np.float64)
    x = place - np.float32(1.0)
    result: Single = np.full_like(x, form.coefficients[-1])
    for coefficient in form.coefficients[-2::-1]:
        result = result * x + coefficient
    return np.asarray(result, dtype=np.float64)
