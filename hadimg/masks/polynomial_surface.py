"""A polynomial of row and column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hadimg.masks.legendre import LEAST, LegendreSurface
from hadimg.masks.parameters import coefficients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float

__all__ = ["PolynomialSurface"]


@dataclass(frozen=True)
class PolynomialSurface(LegendreSurface):
    r"""A polynomial surface ``sum c_ij P_i(Y) P_j(X)``, ``i + j <= degree``, in Legendre polynomials ``P``.

    ``Y = 2 row - 1`` and ``X = 2 col - 1`` run from -1 to 1 over the picture, where the products are orthogonal. The
    derivatives are the products themselves:

    .. math:: \partial w / \partial c_{ij} = P_i(Y) \, P_j(X)

    Nothing keeps it positive: ask `remove_mask`, which refuses a mask without an inverse.

    Parameters
    ----------
    coefficients : row of numbers
        In the order (0, 0), (0, 1), ..., (1, 0), ...; 3, 6, 10, 15, 21, 28, 36 or 45 of them for the degrees 1 to 8.
        The first is the mean of the mask.

    Examples
    --------
    >>> PolynomialSurface((1.0, 0.0, 0.5)).weights((2, 2))
    array([[0.75, 0.75],
           [1.25, 1.25]])
    """

    family: ClassVar[str] = "polynomial_surface"
    example: ClassVar[str] = (
        "polynomial_surface(coefficients=[0.7, 0.05, -0.14, 0.02, -0.06, 0.04, 0.03, -0.12, 0.01, 0.02])"
    )

    coefficients: tuple[float, ...] = coefficients(
        (1.0, 0.0, 0.0, 0.0, 0.0, 0.0), least=LEAST, doc="factors of P_i(Y) P_j(X)"
    )

    def evaluate(self, grid: Grid) -> Float:
        """Return the surface."""
        return self.surface(grid)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield ``P_i(Y) P_j(X)``."""
        yield from self.surface_partials(grid)
