"""A polynomial of row and column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.grid import Grid
from hadimg.masks.legendre import HIGHEST_DEGREE, LEAST, LegendreSurface, legendre_of_powers
from hadimg.masks.linear import Linear
from hadimg.masks.parameters import Coefficients, coefficients

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hadimg.grid import Shape
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["PolynomialSurface"]

_EXPONENTS = Coefficients(0, HIGHEST_DEGREE, "", "exponents of a file", least=2)
_FACTORS = Coefficients(-np.inf, np.inf, "", "coefficients of a file")


@dataclass(frozen=True)
class PolynomialSurface(LegendreSurface, Linear):
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

    @classmethod
    def for_picture(cls, shape: Shape, exponents: Sequence[float], factors: Sequence[float]) -> Self:
        """Return the mask of the two-dimensional polynomial that Sequoia and MicaSense cameras state for a picture.

        Their polynomial is ``sum factor * x**a * y**b`` of ``x = j / W`` and ``y = i / H``, positions of pixel indices
        and not of pixel centers: ``x`` is half a pixel less than the fraction of the width. The conversion is exact.

        Parameters
        ----------
        shape : (int, int)
            Height and width in pixels of the picture that the values belong to.
        exponents : sequence of whole numbers
            ``VignettingPolynomial2DName``: ``a, b`` of the first factor, of the second, ...; ``a + b`` at most 8.
        factors : sequence of float
            ``VignettingPolynomial2D``: half as many.

        Examples
        --------
        >>> PolynomialSurface.for_picture((2, 4), [0, 0, 1, 0], [1.0, -0.4]).weights((2, 4)).round(6)
        array([[1. , 0.9, 0.8, 0.7],
               [1. , 0.9, 0.8, 0.7]])
        """
        grid = Grid.of(shape)
        powers, values = _EXPONENTS.check("exponents", exponents), _FACTORS.check("factors", factors)
        if len(powers) != 2 * len(values) or any(power != int(power) for power in powers):
            raise ArgumentError(f"exponents must be two whole numbers for each of {len(values)} factors, got {powers}")
        pairs = [(int(b), int(a)) for a, b in zip(powers[::2], powers[1::2], strict=True)]
        degree = max(1, *map(sum, pairs))
        if degree > HIGHEST_DEGREE:
            raise ArgumentError(f"the sum of two exponents must be at most {HIGHEST_DEGREE}, got {degree}")
        table = np.zeros((degree + 1, degree + 1))
        np.add.at(table, tuple(np.transpose(pairs)), values)
        rows, cols = (legendre_of_powers(degree, 0.5 / size) for size in (grid.height, grid.width))
        return cls._of_table(rows.T @ table @ cols)

    def evaluate(self, grid: Grid) -> Float:
        """Return the surface."""
        return self.surface(grid)

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return the surface for compiled loops."""
        return (self.surface_factor(grid),)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield ``P_i(Y) P_j(X)``."""
        yield from self.surface_partials(grid)
