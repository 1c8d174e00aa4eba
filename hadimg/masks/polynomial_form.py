"""Masks that are a polynomial of a power of the distance, or one over it: what can be said of them exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from hadimg.masks.base import Float

__all__ = ["PolynomialForm"]

ROUNDING = 1e-15


class PolynomialForm(NamedTuple):
    """A mask seen as a polynomial of ``x``, which grows with the distance from its center.

    Parameters
    ----------
    coefficients : tuple of float
        Of ``1, x, x**2, ...``; those from ``fixed`` on are the mask's first parameters, in their order.
    end : float
        The value of ``x`` at the farthest pixel.
    fixed : int
        How many of the coefficients are no parameters.
    inverted : bool
        Whether the mask is one over the polynomial.
    """

    coefficients: tuple[float, ...]
    end: float
    fixed: int = 1
    inverted: bool = False

    def range(self) -> tuple[float, float]:
        """Return the smallest and the largest value of the polynomial from 0 to ``end``.

        Examples
        --------
        >>> PolynomialForm((1.0, -1.0, 1.0), 2.0).range()
        (0.75, 3.0)
        """
        return _range(np.array(self.coefficients), self.end)

    def slope_range(self) -> tuple[float, float]:
        """Return the smallest and the largest slope of the polynomial from 0 to ``end``.

        Examples
        --------
        >>> PolynomialForm((1.0, -1.0, 1.0), 2.0).slope_range()
        (-1.0, 3.0)
        """
        powers = np.arange(1, len(self.coefficients))
        return _range(powers * np.array(self.coefficients[1:]), self.end)


def _range(coefficients: Float, end: float) -> tuple[float, float]:
    """Return the extremes of a polynomial on [0, end]: at the ends, or where its slope is zero.

    The real part of every root is looked at, as two equal roots come back as a pair with a small imaginary part: one
    place too many changes nothing, for the polynomial does take its value there.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = coefficients * np.float64(end) ** np.arange(len(coefficients))
    if not np.isfinite(scaled).all():
        return -np.inf, np.inf
    known = np.nonzero(np.abs(scaled) > ROUNDING * np.abs(scaled).max())[0]
    slope = (np.arange(len(scaled)) * scaled)[1 : known[-1] + 1] if known.size else np.zeros(0)
    places = np.concatenate([[0.0, 1.0], np.clip(np.roots(slope[::-1]).real, 0.0, 1.0)])
    values = np.polynomial.polynomial.polyval(places, scaled)
    return float(values.min()), float(values.max())
