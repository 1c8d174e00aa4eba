"""The exponential of a polynomial of row and column: positive everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.legendre import LEAST, LegendreSurface
from hadimg.masks.parameters import coefficients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["LogPolynomialSurface"]


@dataclass(frozen=True)
class LogPolynomialSurface(LegendreSurface):
    r"""A positive surface ``exp(sum c_ij P_i(Y) P_j(X))``, ``i + j <= degree``, in Legendre polynomials ``P``.

    ``Y = 2 row - 1`` and ``X = 2 col - 1`` run from -1 to 1 over the picture. The derivatives are

    .. math:: \partial w / \partial c_{ij} = w \, P_i(Y) \, P_j(X)

    It is always positive, and the product of two such masks has the sum of their coefficients. The first coefficient is
    the scale. With degree 4 it fits measured lens shading better than any function of the distance alone.

    Parameters
    ----------
    coefficients : row of numbers
        In the order (0, 0), (0, 1), ..., (1, 0), ...; 3, 6, 10, 15, 21, 28, 36 or 45 of them for the degrees 1 to 8.

    Examples
    --------
    >>> LogPolynomialSurface((0.0, 0.0, 1.0)).weights((2, 1)).round(3)
    array([[0.607],
           [1.649]])
    """

    family: ClassVar[str] = "log_polynomial_surface"
    example: ClassVar[str] = (
        "log_polynomial_surface(coefficients=[-0.4, 0.05, -0.3, 0.02, -0.06, 0.04, 0.03, -0.25, 0.01, 0.02])"
    )
    positive: ClassVar[bool] = True

    coefficients: tuple[float, ...] = coefficients(
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0), least=LEAST, doc="factors of P_i(Y) P_j(X) in the logarithm"
    )

    def evaluate(self, grid: Grid) -> Float:
        """Return the exponential of the surface."""
        with np.errstate(over="ignore"):  # infinite weights are refused where they meet a picture
            return np.exp(self.surface(grid))

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return the exponential of the surface for compiled loops."""
        return (self.surface_factor(grid).through(np.exp),)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield ``w P_i(Y) P_j(X)``."""
        weights = self.evaluate(grid)
        for partial in self.surface_partials(grid):
            yield weights * partial

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return the sums of ``w P_i(Y) P_j(X) P_k(Y) P_l(X)``."""
        return self.surface_gram(grid, field * self.evaluate(grid))
