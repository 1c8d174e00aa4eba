"""Linear bounds on parameters that make a mask positive or let it fall outwards, for a solver to keep."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.grid import Grid
from hadimg.masks.base import require_mask
from hadimg.masks.parameters import checked_number
from hadimg.masks.radial import Centered
from hadimg.masks.radial_spline import RadialSpline
from hadimg.masks.sizes import affordable

if TYPE_CHECKING:
    from hadimg.grid import Shape
    from hadimg.masks.base import Float, Mask
    from hadimg.masks.polynomial_form import PolynomialForm

__all__ = ["LinearBounds", "monotone_bounds", "positive_bounds"]

FARTHEST = 1e30
"""Beyond this the powers of the distance are no numbers any more."""


class LinearBounds(NamedTuple):
    """Bounds ``matrix @ mask.vector <= upper``.

    Parameters
    ----------
    matrix : ndarray of float64, shape (N, P)
        One row a bound, one column a parameter; the columns of the center are zero.
    upper : ndarray of float64, shape (N,)
        What the rows may reach.
    """

    matrix: Float
    upper: Float

    def hold(self, vector: Float) -> bool:
        """Return whether parameters keep all bounds."""
        return bool((self.matrix @ vector <= self.upper).all())


def monotone_bounds(mask: Mask, shape: Shape | Grid) -> LinearBounds:
    r"""Return bounds under which a mask nowhere grows from its center outwards.

    For a polynomial of ``x`` from 0 to ``S`` at the farthest pixel, they keep the slope's Bernstein coefficients at
    or below zero; with :math:`1 + k_1 x + k_2 x^2 + k_3 x^3`

    .. math:: k_1 \le 0, \qquad k_1 + k_2 S \le 0, \qquad k_1 + 2 k_2 S + 3 k_3 S^2 \le 0

    They are sufficient, not necessary: of the triples from a normal distribution that fall, 91 % keep them. Splines
    may not have a coefficient above the one before; for lines this is necessary too.

    Parameters
    ----------
    mask : Mask
        Of a family that is a polynomial of the distance, or a `radial_spline`. The bounds hold for its center.
    shape : (int, int) or Grid
        Height and width of the picture in pixels.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the mask is none of these.

    Examples
    --------
    >>> from hadimg import masks
    >>> matrix, upper = masks.monotone_bounds(masks.Polynomial(), (3, 4))
    >>> matrix[:, :3].round(6)
    array([[1.    , 0.    , 0.    ],
           [1.    , 0.52  , 0.    ],
           [1.    , 1.04  , 0.8112]])
    """
    if isinstance(mask, RadialSpline):
        return _of_first(mask, np.diff(np.eye(len(mask.coefficients)), axis=0), 0.0)
    form = _form(mask, shape, "monotone_bounds")
    degree = len(form.coefficients) - 1
    slope = np.diag(np.arange(1.0, degree + 1), 1)[:-1]
    rows = _bernstein(degree - 1, form.end) @ slope
    return _of_form(mask, form, -rows if form.inverted else rows, 0.0)


def positive_bounds(mask: Mask, shape: Shape | Grid, *, least: float = 0.0) -> LinearBounds:
    """Return bounds under which a mask is at least ``least`` from its center to the farthest pixel.

    They keep the polynomial's Bernstein coefficients at or above ``least``: sufficient, not necessary.

    Parameters
    ----------
    mask : Mask
        Of a family that is a polynomial of the distance, or a `radial_spline`. The bounds hold for its center.
    shape : (int, int) or Grid
        Height and width of the picture in pixels.
    least : float
        The smallest weight; for `dng_vignette`, one over a polynomial, the smallest gain.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the mask is none of these.

    Examples
    --------
    >>> from hadimg import masks
    >>> bounds = masks.positive_bounds(masks.Polynomial(), (400, 600), least=0.1)
    >>> bounds.hold(masks.Polynomial(k1=-0.5).vector), bounds.hold(masks.Polynomial(k1=-1.0).vector)
    (True, False)
    """
    lowest = checked_number("positive_bounds: least", least)
    if isinstance(mask, RadialSpline):
        return _of_first(mask, -np.eye(len(mask.coefficients)), -lowest)
    form = _form(mask, shape, "positive_bounds")
    return _of_form(mask, form, -_bernstein(len(form.coefficients) - 1, form.end), -lowest)


def _form(mask: Mask, shape: Shape | Grid, asked: str) -> PolynomialForm:
    require_mask(f"{asked}: mask", mask)
    grid = affordable(Grid.of(shape), f"{asked}: weights")
    form = mask.polynomial_form(grid) if isinstance(mask, Centered) else None
    if form is None:
        raise ArgumentError(
            f"{asked} needs a polynomial of the distance or a radial_spline, got {mask.family}",
            remedy="ask is_monotone and is_positive after the fit",
        )
    if not form.end < FARTHEST:
        raise ArgumentError(f"{asked}: the center of the mask lies too far from the picture, {mask}")
    return form


def _bernstein(degree: int, end: float) -> Float:
    """Return the matrix from the coefficients of ``1, x, x**2, ...`` to those of Bernstein on [0, end]."""
    rows = range(degree + 1)
    return np.array([[comb(i, j) / comb(degree, j) * end**j for j in rows] for i in rows])


def _of_form(mask: Mask, form: PolynomialForm, rows: Float, upper: float) -> LinearBounds:
    """Return ``rows @ coefficients <= upper`` as bounds on the parameters alone."""
    constant = rows[:, : form.fixed] @ np.array(form.coefficients[: form.fixed])
    return _of_first(mask, rows[:, form.fixed :], upper - constant)


def _of_first(mask: Mask, rows: Float, upper: Float | float) -> LinearBounds:
    """Return bounds on the first parameters of a mask as bounds on all."""
    matrix = np.zeros((len(rows), len(mask.names)))
    matrix[:, : rows.shape[1]] = rows
    return LinearBounds(matrix, np.broadcast_to(upper, len(rows)).astype(np.float64))
