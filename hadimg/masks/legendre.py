"""What surfaces of Legendre polynomials share: their bases, and the order of their coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.masks.base import Mask
from hadimg.masks.factored import surface_factor
from hadimg.masks.tensor import tensor_gram, tensor_product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["HIGHEST_DEGREE", "LEAST", "LegendreSurface", "legendre_of_powers"]

HIGHEST_DEGREE = 8
_DEGREES = {(degree + 1) * (degree + 2) // 2: degree for degree in range(1, HIGHEST_DEGREE + 1)}
"""Each degree by the number of its coefficients."""
LEAST = min(_DEGREES)


@dataclass(frozen=True)
class LegendreSurface(Mask):
    r"""A mask from the surface :math:`\sum c_{ij} P_i(Y) P_j(X)` with ``i + j`` at most the degree.

    ``P`` are the Legendre polynomials of ``Y = 2 row - 1`` and ``X = 2 col - 1``. The coefficients stand in the order
    (0, 0), (0, 1), ..., (0, degree), (1, 0), ..., (degree, 0): the surface ``rows @ table @ cols.T`` has them in the
    upper left triangle of its table, row by row. A family declares the field ``coefficients``.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        size = len(self._row)
        if size not in _DEGREES:
            raise ArgumentError(
                f"{self.family}: coefficients must hold {', '.join(map(str, _DEGREES))} numbers for the degrees 1 to "
                f"{HIGHEST_DEGREE}, got {size}"
            )

    @property
    def _row(self) -> tuple[float, ...]:
        row: tuple[float, ...] = self.coefficients  # type: ignore[attr-defined]  # each family declares it
        return row

    @classmethod
    def of_degree(cls, degree: int) -> Self:
        """Return the neutral mask of a degree from 1 to 8: the start of a fit.

        Examples
        --------
        >>> from hadimg import masks
        >>> masks.LogPolynomialSurface.of_degree(1)
        LogPolynomialSurface(coefficients=(0.0, 0.0, 0.0))
        """
        sizes = {degree: size for size, degree in _DEGREES.items()}
        if degree not in sizes:
            raise ArgumentError(f"degree must be a whole number from 1 to {HIGHEST_DEGREE}, got {degree!r}")
        neutral = float(cls().vector[0])
        return cls(coefficients=(neutral,) + (0.0,) * (sizes[degree] - 1))  # type: ignore[call-arg]

    @classmethod
    def _of_table(cls, table: Float) -> Self:
        """Return the mask whose surface is ``rows @ table @ cols.T``; nothing below the diagonal is looked at."""
        return cls(coefficients=tuple(table[_triangle(len(table))].tolist()))  # type: ignore[call-arg]

    @property
    def degree(self) -> int:
        """The largest ``i + j``."""
        return _DEGREES[len(self._row)]

    def _bases(self, grid: Grid) -> tuple[Float, Float]:
        """Return the Legendre polynomials at every row, shape (H, degree + 1), and at every column."""
        from numpy.polynomial.legendre import legvander

        rows, cols = (legvander(2.0 * place - 1.0, self.degree) for place in (grid.row.ravel(), grid.col.ravel()))
        return rows.astype(np.float64, copy=False), cols.astype(np.float64, copy=False)

    def surface(self, grid: Grid) -> Float:
        """Return the surface, by two small matrix products."""
        rows, cols = self._bases(grid)
        return tensor_product(rows, self._table, cols, paired=grid.paired)

    @property
    def _table(self) -> Float:
        side = self.degree + 1
        table = np.zeros((side, side))
        table[_triangle(side)] = self._row
        return table

    def surface_factor(self, grid: Grid) -> Factor:
        """Return the surface for compiled loops; no Legendre polynomial leaves -1 to 1."""
        first, *others = self._row
        reach = sum(map(abs, others))
        return surface_factor(*self._bases(grid), self._table, (first - reach, first + reach))

    def surface_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the products ``P_i(Y) P_j(X)``, one outer product at a time."""
        rows, cols = self._bases(grid)
        for i, j in zip(*np.nonzero(_triangle(self.degree + 1)), strict=True):
            yield np.outer(rows[:, i], cols[:, j])

    def surface_gram(self, grid: Grid, field: Float) -> Float:
        """Return the sums over pixels of field times the product of each two `surface_partials`."""
        known = _triangle(self.degree + 1).ravel()
        return tensor_gram(*self._bases(grid), field)[np.ix_(known, known)]


def legendre_of_powers(degree: int, offset: float) -> Float:
    """Return the Legendre coefficients of each power of a position: row ``k`` is ``(position - offset) ** k``.

    Parameters
    ----------
    degree : int
        The highest power.
    offset : float
        What is subtracted from the fraction of the height or width.

    Examples
    --------
    >>> legendre_of_powers(1, 0.25)  # a fraction is (1 + X) / 2
    array([[1.  , 0.  ],
           [0.25, 0.5 ]])
    """
    from numpy.polynomial import legendre, polynomial

    result = np.zeros((degree + 1, degree + 1))
    for k, row in enumerate(result):
        row[: k + 1] = legendre.poly2leg(polynomial.polypow([0.5 - offset, 0.5], k))
    return result


def _triangle(side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return where the table has coefficients: ``i + j < side``."""
    index = np.arange(side)
    return np.add.outer(index, index) < side
