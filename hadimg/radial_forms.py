"""Radial profiles in the two forms that a compiled loop evaluates fast, each with its error known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.gains import StoredRadial

    Float = NDArray[np.float64]
    Single = NDArray[np.float32]

__all__ = ["Series", "Table", "short_form"]

NODES = 1 << 14
PROBES = 101
TOLERANCE = 1e-6
ROUNDING = 3e-8


class Series(NamedTuple):
    """A polynomial in ``x = 2 r / farthest - 1``; ``error`` bounds what it and float32 make wrong, all together.

    ``lowest`` and ``highest`` bound the factors, but for a float32 rounding.
    """

    coefficients: Single
    unit: float
    error: float = 0.0
    lowest: float = 0.0
    highest: float = 0.0


class Table(NamedTuple):
    """Values and slopes at even distances, interpolated linearly; the rest as in `Series`."""

    levels: Single
    slopes: Single
    unit: float
    error: float = 0.0
    lowest: float = 0.0
    highest: float = 0.0


def short_form(radial: StoredRadial, degree: int) -> Series | Table | None:
    """Return the form of a profile that is accurate enough, the faster one first, or None.

    Parameters
    ----------
    radial : StoredRadial
        The gains of one picture. Both forms are tried on a sample of its own pixels, in the compiled loop's float32.
    degree : int
        The degree of the polynomial.

    Returns
    -------
    Series, Table or None
        None when the profile is too steep or not smooth enough for either; nothing is lost but time.
    """
    rows, cols = _sample(radial.down), _sample(radial.across)
    truth = radial.profile(np.hypot(rows[:, np.newaxis], cols))
    if radial.farthest <= 0.0 or not np.isfinite(truth).all():
        return None
    largest = max(1.0, float(np.abs(truth).max()))
    for form in (_series(radial.profile, radial.farthest, degree), _table(radial.profile, radial.farthest)):
        error = float(np.abs(_evaluate(form, rows, cols) - truth).max())
        if error <= TOLERANCE * largest:
            # The worst of all pixels is a little worse than the worst of the sample.
            error = 1.5 * error + ROUNDING * largest
            along = radial.profile(np.linspace(0.0, radial.farthest, NODES))
            return form._replace(error=error, lowest=float(along.min()), highest=float(along.max()))
    return None


def _sample(positions: Float) -> Float:
    """Return positions spread over all, the first, the last and the one nearest the center among them."""
    spread = positions[np.linspace(0, positions.size - 1, min(positions.size, PROBES)).astype(np.intp)]
    return np.append(spread, positions[np.abs(positions).argmin()])


def _series(profile: Callable[[Float], Float], farthest: float, degree: int) -> Series:
    chebyshev = np.polynomial.chebyshev
    points = np.asarray(chebyshev.chebpts1(degree + 1), dtype=np.float64)
    fitted = np.asarray(chebyshev.chebfit(points, profile((points + 1.0) * (farthest / 2.0)), degree), dtype=np.float64)
    powers = np.zeros(degree + 1)
    powers[: fitted.size] = chebyshev.cheb2poly(fitted)
    return Series(powers.astype(np.float32), 2.0 / farthest)


def _table(profile: Callable[[Float], Float], farthest: float) -> Table:
    # One node more than the farthest pixel needs: rounding may carry its distance over the last one.
    levels = profile(np.arange(NODES + 2, dtype=np.float64) * (farthest / NODES))
    return Table(levels[:-1].astype(np.float32), np.diff(levels).astype(np.float32), NODES / farthest)


def _evaluate(form: Series | Table, rows: Float, cols: Float) -> Float:
    """Evaluate a form for every pair of positions as the compiled loop does, in float32."""
    v, u = ((part * form.unit).astype(np.float32) for part in (rows, cols))
    place = np.sqrt((v * v)[:, np.newaxis] + u * u)
    if isinstance(form, Table):
        node = place.astype(np.int32)
        between = form.levels[node] + form.slopes[node] * (place - node.astype(np.float32))
        return np.asarray(between, dtype=np.float64)
    x = place - np.float32(1.0)
    result: Single = np.full_like(x, form.coefficients[-1])
    for coefficient in form.coefficients[-2::-1]:
        result = result * x + coefficient
    return np.asarray(result, dtype=np.float64)
