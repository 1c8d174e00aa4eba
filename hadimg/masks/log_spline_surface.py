"""Smooth surfaces of any shape that are always positive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.base import Mask
from hadimg.masks.bspline import LEAST, bspline_bases
from hadimg.masks.factored import surface_factor
from hadimg.masks.parameters import coefficients
from hadimg.masks.tensor import outer_products, tensor_gram, tensor_product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["LogSplineSurface"]


@dataclass(frozen=True)
class LogSplineSurface(Mask):
    r"""A smooth positive surface ``exp(A @ C @ B.T)`` of clamped uniform cubic B-splines.

    ``A`` and ``B`` are those of `SplineSurface`; the chain rule adds the weight:

    .. math:: \partial w / \partial c_{kl} = w * (A_{:k} \, B_{:l}^T)

    Always positive; the product of two such masks of one size adds their coefficients.

    Parameters
    ----------
    coefficients : table of numbers
        Natural logarithms, from the top left to the bottom right, at least 4 x 4; between -700 and 700, where the
        exponential neither overflows nor vanishes.

    Examples
    --------
    >>> import numpy as np
    >>> LogSplineSurface(np.zeros((4, 4))).weights((1, 2))
    array([[1., 1.]])
    """

    family: ClassVar[str] = "log_spline_surface"
    example: ClassVar[str] = (
        "log_spline_surface(coefficients=[[-1.2, -0.7, -0.5, -0.7, -1], [-0.7, -0.2, 0, -0.2, -0.5], "
        "[-0.5, 0, 0.1, -0.1, -0.4], [-0.7, -0.2, -0.1, -0.2, -0.5]])"
    )
    positive: ClassVar[bool] = True

    coefficients: tuple[tuple[float, ...], ...] = coefficients(
        ((0.0,) * LEAST,) * LEAST,
        dimensions=2,
        least=LEAST,
        lower=-700.0,
        upper=700.0,
        unit="natural logarithm",
        doc="logarithms of the heights of the control points",
    )

    def evaluate(self, grid: Grid) -> Float:
        """Return the exponential of ``A @ C @ B.T``."""
        rows, cols = bspline_bases(grid, self.coefficients)
        surface = tensor_product(rows, self.coefficients, cols, paired=grid.paired)
        return np.exp(surface, out=surface)

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return its exponential for compiled loops, between the smallest and the largest coefficient."""
        bounds = float(np.min(self.coefficients)), float(np.max(self.coefficients))
        return (surface_factor(*bspline_bases(grid, self.coefficients), self.coefficients, bounds).through(np.exp),)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the weights times the outer products of the B-splines."""
        weights = self.evaluate(grid)
        for product in outer_products(*bspline_bases(grid, self.coefficients)):
            yield np.multiply(product, weights, out=product)

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return the sums of the weights times the products of two outer products."""
        return tensor_gram(*bspline_bases(grid, self.coefficients), field * self.evaluate(grid))
