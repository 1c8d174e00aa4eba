"""The gain map of DNG files as a mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.masks.factored import surface_factor
from hadimg.masks.lattice import Lattice
from hadimg.masks.parameters import Parameter, coefficients, setting
from hadimg.masks.tensor import outer_products, tensor_gram, tensor_product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["DngGainMap"]

_SIDE = Parameter(0.0, 1.0, "fraction", "side of the map's rectangle")


@dataclass(frozen=True)
class DngGainMap(Lattice):
    r"""The mask that the GainMap opcode of a DNG file takes off: ``1 / (A @ G @ B.T)`` with hat functions.

    The opcode **multiplies** pixels by the gains ``G``, interpolated bilinearly, to brighten what the lens has
    darkened; the mask is what the lens has done, so `remove_mask` with it does what the opcode does. The nodes lie at
    ``origin + k * spacing`` as fractions of the map's own rectangle and are sampled at pixel centers. Pixels whose
    centers lie outside of the rectangle are left alone: their weight is 1.

    .. math:: \partial w / \partial g_{kl} = -w^2 * (A_{:k} \, B_{:l}^T)

    Parameters
    ----------
    nodes : table of numbers
        Gains of the opcode at the nodes, from the top left to the bottom right, at least 1e-6.
    row_origin, col_origin : float
        MapOriginV and MapOriginH of the opcode.
    row_spacing, col_spacing : float
        MapSpacingV and MapSpacingH; by default the nodes reach from edge to edge.
    top, left, bottom, right : float
        The rectangle as fractions of the height and width of the picture; all of it by default.

    Examples
    --------
    >>> DngGainMap([[1.0, 2.0]]).weights((1, 2))
    array([[0.8       , 0.57142857]])
    """

    family: ClassVar[str] = "dng_gain_map"
    example: ClassVar[str] = (
        "dng_gain_map(nodes=[[2.2, 1.5, 2], [1.4, 1, 1.3], [1.3, 1, 1.2], [1.9, 1.3, 1.7]], top=0.05, right=0.9)"
    )
    positive: ClassVar[bool] = True

    nodes: tuple[tuple[float, ...], ...] = coefficients(
        ((1.0, 1.0), (1.0, 1.0)), dimensions=2, lower=1e-6, doc="gains of the opcode at the nodes"
    )
    top: float = setting(0.0, _SIDE)
    left: float = setting(0.0, _SIDE)
    bottom: float = setting(1.0, _SIDE)
    right: float = setting(1.0, _SIDE)

    def __post_init__(self) -> None:
        super().__post_init__()
        for low, high in (("top", "bottom"), ("left", "right")):
            if not getattr(self, low) < getattr(self, high):
                values = f"{getattr(self, low)!r} and {getattr(self, high)!r}"
                raise ArgumentError(f"dng_gain_map: {low} must be less than {high}, got {values}")

    def _bases(self, grid: Grid) -> tuple[Float, Float]:
        """Return the hat functions at rows and columns, zero outside of the rectangle."""
        row, col = grid.row.ravel(), grid.col.ravel()
        height, width = self.bottom - self.top, self.right - self.left
        rows, cols = self.hats_at((row - self.top) / height, (col - self.left) / width)
        rows[(row < self.top) | (row >= self.bottom)] = 0.0
        cols[(col < self.left) | (col >= self.right)] = 0.0
        return rows, cols

    def evaluate(self, grid: Grid) -> Float:
        """Return the inverse of the interpolated gains, 1 outside of the rectangle."""
        rows, cols = self._bases(grid)
        gain = tensor_product(rows, self.nodes, cols, paired=grid.paired)
        return np.divide(1.0, gain, out=np.ones_like(gain), where=gain > 0.0)

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return one over the gains, completed by 1 outside of the rectangle: ``gain + 1 - inside``."""
        rows, cols = self._bases(grid)
        down, across = (np.column_stack([side, np.ones(len(side)), side.sum(axis=1)]) for side in (rows, cols))
        nodes = np.pad(self.nodes, (0, 2))
        nodes[-2, -2], nodes[-1, -1] = 1.0, -1.0
        bounds = min(1.0, float(np.min(self.nodes))), max(1.0, float(np.max(self.nodes)))
        return (surface_factor(down, across, nodes, bounds, np.reciprocal),)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield ``-w**2`` times the outer products of the hat functions."""
        factor = -(self.evaluate(grid) ** 2)
        for product in outer_products(*self._bases(grid)):
            yield np.multiply(product, factor, out=product)

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return the sums of ``2 w**3`` times the products of two outer products."""
        return tensor_gram(*self._bases(grid), 2.0 * field * self.evaluate(grid) ** 3)
