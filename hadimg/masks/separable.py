"""Masks that are a profile down the rows times a profile across the columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.masks.base import Mask
from hadimg.masks.bspline import LEAST, bspline_basis, bspline_means
from hadimg.masks.factored import surface_factor
from hadimg.masks.parameters import coefficients
from hadimg.masks.tensor import tensor_product

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["Separable", "profiles"]


def profiles(
    grid: Grid, row_profile: Sequence[float], col_profile: Sequence[float]
) -> tuple[Float, Float, Float, Float]:
    """Return the B-splines at every row and at every column, and the two profiles made of them as columns."""
    rows = bspline_basis(grid.row.ravel(), len(row_profile))
    cols = bspline_basis(grid.col.ravel(), len(col_profile))
    one = np.ones((1, 1))
    down = tensor_product(rows, [[value] for value in row_profile], one)
    across = tensor_product(cols, [[value] for value in col_profile], one)
    return rows, cols, down, across


@dataclass(frozen=True)
class Separable(Mask):
    r"""A profile down the rows times a profile across the columns: the Kronecker product ``f(row) g(col)``.

    Both profiles are clamped uniform cubic B-splines, ``f = A @ row_profile`` and ``g = B @ col_profile``:

    .. math:: \partial w / \partial f_k = A_{:k} \, g^T, \qquad \partial w / \partial g_l = f \, B_{:l}^T

    ``f`` times a number and ``g`` divided by it are the same mask, so one coefficient too many is free: a fit keeps
    one fixed, and `with_unit_mean` returns the one form whose profile across has the mean 1.

    Parameters
    ----------
    row_profile : row of numbers
        Coefficients from top to bottom, at least 4; positive ones make the profile positive.
    col_profile : row of numbers
        Coefficients from left to right, at least 4.

    Examples
    --------
    >>> Separable(row_profile=[0.5, 0.5, 0.5, 0.5], col_profile=[0, 1, 2, 3]).weights((1, 3))
    array([[0.25, 0.75, 1.25]])
    """

    family: ClassVar[str] = "separable"
    example: ClassVar[str] = "separable(row_profile=[0.5, 0.9, 1, 0.9, 0.6], col_profile=[0.4, 0.9, 1.1, 1, 0.9, 0.6])"

    row_profile: tuple[float, ...] = coefficients((1.0,) * LEAST, least=LEAST, doc="control points from top to bottom")
    col_profile: tuple[float, ...] = coefficients((1.0,) * LEAST, least=LEAST, doc="control points from left to right")

    def with_unit_mean(self) -> Separable:
        """Return the same mask with a profile across the columns whose mean over the width is 1.

        Raises
        ------
        ArgumentError
            When that mean is zero.

        Examples
        --------
        >>> Separable(row_profile=[1, 1, 1, 1], col_profile=[2, 2, 2, 2]).with_unit_mean().row_profile
        (2.0, 2.0, 2.0, 2.0)
        """
        mean = float(bspline_means(len(self.col_profile)) @ self.col_profile)
        if mean == 0:
            raise ArgumentError("separable: the mean of col_profile must not be zero to be made 1, got 0")
        return Separable([value * mean for value in self.row_profile], [value / mean for value in self.col_profile])  # type: ignore[arg-type]

    def evaluate(self, grid: Grid) -> Float:
        """Return the product of both profiles."""
        _, _, down, across = profiles(grid, self.row_profile, self.col_profile)
        return down * (across if grid.paired else across.T)

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return the product of both profiles as a surface of one term."""
        _, _, down, across = profiles(grid, self.row_profile, self.col_profile)
        f, g = self.row_profile, self.col_profile
        ends = [one * other for one in (min(f), max(f)) for other in (min(g), max(g))]
        return (surface_factor(down, across, [[1.0]], (min(ends), max(ends))),)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the B-splines of the rows times ``g``, then ``f`` times those of the columns."""
        rows, cols, down, across = profiles(grid, self.row_profile, self.col_profile)
        for basis in rows.T:
            yield basis[:, np.newaxis] * across.T
        for basis in cols.T:
            yield down * basis

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return the sums of the products of a B-spline of the rows and one of the columns: ``A.T @ field @ B``."""
        rows, cols, _, _ = profiles(grid, self.row_profile, self.col_profile)
        mixed = rows.T @ field @ cols
        n, m = mixed.shape
        return np.block([[np.zeros((n, n)), mixed], [mixed.T, np.zeros((m, m))]])
