"""Tables of measured gains, interpolated bilinearly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.factored import surface_factor
from hadimg.masks.lattice import Lattice
from hadimg.masks.linear import Linear
from hadimg.masks.tensor import outer_products, tensor_product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid as PixelGrid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["Grid"]


@dataclass(frozen=True)
class Grid(Lattice, Linear):
    r"""Values at evenly spaced nodes, interpolated bilinearly: ``A @ V @ B.T`` with hat functions.

    Node ``k`` of an axis lies at ``origin + k * spacing``, as fractions of the height or width; beyond the outermost
    nodes the values stay as they are. `edge_nodes` and `cell_centers` make the two common layouts. By the simple
    product rule

    .. math:: \partial w / \partial v_{kl} = A_{:k} \, B_{:l}^T

    Every weight lies between the smallest and the largest value.

    Parameters
    ----------
    nodes : table of numbers
        Gains at the nodes, from the top left to the bottom right.
    row_origin, col_origin : float
        Where the first node lies; 0, the edge, by default.
    row_spacing, col_spacing : float
        From one node to the next; 1 / (n - 1) by default, which brings the last node of n to the far edge.

    Examples
    --------
    >>> Grid.edge_nodes([[1.0, 0.5]]).weights((1, 2))
    array([[0.875, 0.625]])
    >>> Grid.cell_centers([[1.0, 0.5]]).weights((1, 2))
    array([[1. , 0.5]])
    """

    family: ClassVar[str] = "grid"
    example: ClassVar[str] = (
        "grid(nodes=[[0.4, 0.6, 0.5], [0.7, 1, 0.8], [0.8, 1, 0.9], [0.5, 0.8, 0.6]], row_origin=0.1, row_spacing=0.27)"
    )

    def evaluate(self, grid: PixelGrid) -> Float:
        """Return the interpolated values."""
        rows, cols = self.hats_at(grid.row.ravel(), grid.col.ravel())
        return tensor_product(rows, self.nodes, cols, paired=grid.paired)

    def factored(self, grid: PixelGrid) -> tuple[Factor, ...]:
        """Return the surface for compiled loops, between the smallest and the largest value."""
        bounds = float(np.min(self.nodes)), float(np.max(self.nodes))
        return (surface_factor(*self.hats_at(grid.row.ravel(), grid.col.ravel()), self.nodes, bounds),)

    def evaluate_partials(self, grid: PixelGrid) -> Iterator[Float]:
        """Yield the outer products of the hat functions."""
        yield from outer_products(*self.hats_at(grid.row.ravel(), grid.col.ravel()))
