"""Smooth surfaces of any shape: tensor products of cubic B-splines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.bspline import LEAST, bspline_bases
from hadimg.masks.factored import surface_factor
from hadimg.masks.linear import Linear
from hadimg.masks.parameters import coefficients
from hadimg.masks.tensor import outer_products, tensor_product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["SplineSurface"]


@dataclass(frozen=True)
class SplineSurface(Linear):
    r"""A smooth surface ``A @ C @ B.T`` of clamped uniform cubic B-splines.

    ``A`` (H, n) and ``B`` (W, m) hold the B-splines at the pixel centers; their rows sum to 1. By the simple product
    rule the derivative by the whole table ``C`` is the Kronecker product :math:`A^T \otimes B^T`:

    .. math:: \partial w / \partial c_{kl} = A_{:k} \, B_{:l}^T

    Every weight lies between the smallest and the largest coefficient, so positive coefficients make a positive mask;
    coefficients that never increase along an axis make a mask that never increases along it. An odd n puts a knot into
    the middle, where centered shading has its top: 5 x 5 fits it better than 6 x 6.

    Parameters
    ----------
    coefficients : table of numbers
        From the top left to the bottom right, at least 4 x 4.

    Examples
    --------
    >>> import numpy as np
    >>> SplineSurface(np.full((5, 5), 0.5)).weights((1, 2))
    array([[0.5, 0.5]])
    """

    family: ClassVar[str] = "spline_surface"
    example: ClassVar[str] = (
        "spline_surface(coefficients=[[0.3, 0.5, 0.6, 0.5, 0.4], [0.5, 0.8, 1, 0.8, 0.6], [0.6, 1, 1.1, 0.9, 0.7], "
        "[0.5, 0.8, 0.9, 0.8, 0.6]])"
    )

    coefficients: tuple[tuple[float, ...], ...] = coefficients(
        ((1.0,) * LEAST,) * LEAST, dimensions=2, least=LEAST, doc="heights of the control points"
    )

    def evaluate(self, grid: Grid) -> Float:
        """Return ``A @ C @ B.T``."""
        rows, cols = bspline_bases(grid, self.coefficients)
        return tensor_product(rows, self.coefficients, cols, paired=grid.paired)

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return ``A @ C @ B.T`` for compiled loops, between the smallest and the largest coefficient."""
        bounds = float(np.min(self.coefficients)), float(np.max(self.coefficients))
        return (surface_factor(*bspline_bases(grid, self.coefficients), self.coefficients, bounds),)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the outer products of the B-splines."""
        yield from outer_products(*bspline_bases(grid, self.coefficients))
