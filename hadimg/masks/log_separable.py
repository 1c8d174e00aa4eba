"""Masks that are the exponential of a profile down the rows plus a profile across the columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.base import Mask
from hadimg.masks.bspline import LEAST, bspline_means
from hadimg.masks.factored import surface_factor
from hadimg.masks.parameters import coefficients
from hadimg.masks.separable import profiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["LogSeparable"]

_WIDEST = 350.0
"""Two of these together are as far as the exponential neither overflows nor vanishes."""


@dataclass(frozen=True)
class LogSeparable(Mask):
    r"""A positive profile down the rows times a positive one across the columns: ``exp(f(row) + g(col))``.

    ``f = A @ row_profile`` and ``g = B @ col_profile`` are the splines of `Separable`; the chain rule adds the weight:

    .. math:: \partial w / \partial f_k = w * (A_{:k} \, 1^T), \qquad \partial w / \partial g_l = w * (1 \, B_{:l}^T)

    A number added to ``f`` and taken from ``g`` is the same mask, so one coefficient too many is free: a fit keeps one
    fixed, and `with_zero_mean` returns the one form whose profile across has the mean 0.

    Parameters
    ----------
    row_profile : row of numbers
        Natural logarithms from top to bottom, at least 4; between -350 and 350.
    col_profile : row of numbers
        Natural logarithms from left to right, at least 4.

    Examples
    --------
    >>> LogSeparable(row_profile=[-1, -1, -1, -1], col_profile=[0, 1, 2, 3]).weights((1, 3)).round(6)
    array([[0.606531, 1.648721, 4.481689]])
    """

    family: ClassVar[str] = "log_separable"
    example: ClassVar[str] = (
        "log_separable(row_profile=[-0.7, -0.1, 0, -0.1, -0.5], col_profile=[-0.9, -0.1, 0.1, 0, -0.1, -0.5])"
    )
    positive: ClassVar[bool] = True

    row_profile: tuple[float, ...] = coefficients(
        (0.0,) * LEAST,
        least=LEAST,
        lower=-_WIDEST,
        upper=_WIDEST,
        unit="natural logarithm",
        doc="logarithms of the control points from top to bottom",
    )
    col_profile: tuple[float, ...] = coefficients(
        (0.0,) * LEAST,
        least=LEAST,
        lower=-_WIDEST,
        upper=_WIDEST,
        unit="natural logarithm",
        doc="logarithms of the control points from left to right",
    )

    def with_zero_mean(self) -> LogSeparable:
        """Return the same mask with a profile across the columns whose mean over the width is 0.

        Examples
        --------
        >>> LogSeparable(row_profile=[1, 1, 1, 1], col_profile=[2, 2, 2, 2]).with_zero_mean().row_profile
        (3.0, 3.0, 3.0, 3.0)
        """
        mean = float(bspline_means(len(self.col_profile)) @ self.col_profile)
        return LogSeparable([value + mean for value in self.row_profile], [value - mean for value in self.col_profile])  # type: ignore[arg-type]

    def evaluate(self, grid: Grid) -> Float:
        """Return the exponential of the sum of both profiles."""
        _, _, down, across = profiles(grid, self.row_profile, self.col_profile)
        return np.exp(down + (across if grid.paired else across.T))

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return the exponential of a surface of two terms, one for each profile."""
        _, _, down, across = profiles(grid, self.row_profile, self.col_profile)
        rows, cols = np.hstack([down, np.ones_like(down)]), np.hstack([np.ones_like(across), across])
        bounds = min(self.row_profile) + min(self.col_profile), max(self.row_profile) + max(self.col_profile)
        return (surface_factor(rows, cols, np.eye(2), bounds).through(np.exp),)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the weights times the B-splines of the rows, then times those of the columns."""
        rows, cols, _, _ = profiles(grid, self.row_profile, self.col_profile)
        weights = self.evaluate(grid)
        for basis in rows.T:
            yield weights * basis[:, np.newaxis]
        for basis in cols.T:
            yield weights * basis

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return the sums of the weights times the products of two B-splines."""
        rows, cols, _, _ = profiles(grid, self.row_profile, self.col_profile)
        total = field * self.evaluate(grid)
        mixed = rows.T @ total @ cols
        down = rows.T @ (total.sum(axis=1)[:, np.newaxis] * rows)
        across = cols.T @ (total.sum(axis=0)[:, np.newaxis] * cols)
        return np.block([[down, mixed], [mixed.T, across]])
