"""A picture divided into cells, in each of which masks are looked at as polynomials through Chebyshev nodes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.fitting.places import Places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.grid import Grid
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]
    Whole = NDArray[np.int64]

__all__ = [
    "BETWEEN",
    "Cells",
    "cells_for",
    "chebyshev_nodes",
    "in_cells",
    "lagrange",
    "lagrange_basis",
    "unresolved",
]

COUNT = 21 * 32
"""Cells of a picture: enough for the optimum to lie within a hundredth of its standard error."""
SIDES = (16, 1 << 30)
"""Least and largest side of a cell in pixels: below the least, nodes would not be much fewer than pixels."""
NOTHING = 1e-24
"""The mean square of a derivative, in units of that of the mask, that is but rounding."""
BETWEEN = np.array([-0.66, -0.04, 0.6])
"""Where between the nodes a mask is compared with its polynomials, from -1 to 1 in a cell."""


class Cells(NamedTuple):
    """How a picture is divided.

    Parameters
    ----------
    rows, cols : ndarray of int64
        Edges of the cells in pixels, from 0 to the height and the width.
    degree : int
        Of the polynomials; a cell has ``(degree + 1)**2`` nodes.
    """

    rows: NDArray[np.int64]
    cols: NDArray[np.int64]
    degree: int = 3


def cells_for(grid: Grid, *, count: int = COUNT, degree: int = 3, sides: tuple[int, int] = SIDES) -> Cells:
    """Return about as many nearly square cells as asked for, fewer on small pictures.

    Parameters
    ----------
    grid : Grid
        The pixels.
    count : int
        How many cells.
    degree : int
        Of the polynomials.
    sides : (int, int)
        Least and largest side in pixels.

    Examples
    --------
    >>> from hadimg.grid import Grid
    >>> cells = cells_for(Grid(600, 900))
    >>> len(cells.rows) - 1, len(cells.cols) - 1
    (21, 32)
    """
    height, width = grid.shape
    wished = math.sqrt(count * height / width), math.sqrt(count * width / height)
    least, largest = sides
    down, across = (
        np.linspace(0, size, max(1, -(-size // largest), min(round(wish), size // least)) + 1).round().astype(np.int64)
        for size, wish in zip(grid.shape, wished, strict=True)
    )
    return Cells(down, across, degree)


def lagrange(edges: Whole, degree: int) -> tuple[Float, Float]:
    """Return where the nodes lie in pixels, shape (cells * n,), and what each takes of every pixel, shape (n, size).

    Parameters
    ----------
    edges : ndarray of int64
        Of the cells along one side.
    degree : int
        ``n - 1``.

    Examples
    --------
    >>> places, share = lagrange(np.array([0, 2, 4]), 1)
    >>> places.round(3), share.round(3)
    (array([0.293, 1.707, 2.293, 3.707]), array([[0.854, 0.146, 0.854, 0.146],
           [0.146, 0.854, 0.146, 0.854]]))
    """
    middles, halves = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    cell = np.repeat(np.arange(len(middles)), np.diff(edges))
    within = (np.arange(edges[-1]) + 0.5 - middles[cell]) / halves[cell]
    return _spread(edges, chebyshev_nodes(degree)), lagrange_basis(within, degree)


def chebyshev_nodes(degree: int) -> Float:
    """Return the nodes of polynomials of a degree, from -1 to 1."""
    nodes: Float = -np.cos((np.arange(degree + 1) + 0.5) * (math.pi / (degree + 1)))
    return nodes


def lagrange_basis(places: Float, degree: int) -> Float:
    """Return the Lagrange polynomials of the nodes at places from -1 to 1, shape (n, N)."""
    nodes = chebyshev_nodes(degree)
    others = [np.delete(nodes, k) for k in range(degree + 1)]
    return np.stack(
        [
            np.prod((places[:, np.newaxis] - other) / (node - other), axis=1)
            for node, other in zip(nodes, others, strict=True)
        ]
    )


def unresolved(mask: Mask, grid: Grid, cells: Cells, *, derivatives: bool = True) -> Float:
    """Return how far polynomials in the cells are from a mask and its derivatives, relative to the size of each.

    Parameters
    ----------
    mask : Mask
        With the parameters to be looked at.
    grid : Grid
        The pixels.
    cells : Cells
        How they are divided.
    derivatives : bool
        Whether to look at the derivatives, too.

    Returns
    -------
    ndarray, shape (1 + P,), or (1,) without derivatives
        Root of the mean squared error over the root of the mean square, of the mask and then of its derivative by each
        parameter; 0 for what is zero everywhere.

    Examples
    --------
    >>> from hadimg import masks
    >>> from hadimg.grid import Grid
    >>> grid = Grid(600, 900)
    >>> [bool(unresolved(mask, grid, cells_for(grid)).max() < 0.01) for mask in (masks.Cos4(), masks.Aperture())]
    [True, True]
    >>> unresolved(masks.Aperture(softness=1e-4), grid, cells_for(grid)).max() > 0.5
    np.True_
    """
    at_nodes, between = (in_cells(grid, cells, where) for where in (chebyshev_nodes(cells.degree), BETWEEN))
    basis = lagrange_basis(BETWEEN, cells.degree)
    shape = -1, len(cells.rows) - 1, len(basis), len(cells.cols) - 1, len(basis)

    def squares(known: Float, truth: Float) -> tuple[float, float]:
        guess = np.einsum("gibjc,bk,cl->gikjl", known.reshape(shape), basis, basis).reshape(truth.shape)
        return float(np.sum((guess - truth) ** 2)), float(np.sum(truth**2))

    found = [squares(mask.evaluate(at_nodes), mask.evaluate(between))]
    if derivatives:
        pairs = zip(mask.evaluate_partials(at_nodes), mask.evaluate_partials(between), strict=True)
        found += [squares(*pair) for pair in pairs]
    errors, sizes = np.array(found).T
    nothing = sizes <= NOTHING * sizes[0]
    relative: Float = np.sqrt(np.divide(errors, sizes, out=np.zeros_like(errors), where=~nothing))
    return relative


def in_cells(grid: Grid, cells: Cells, where: Float) -> Places:
    """Return the same places, from -1 to 1, in each cell of a picture."""
    down, across = (_spread(edges, where) for edges in (cells.rows, cells.cols))
    return Places.at(grid, (grid.top + down) / grid.height, (grid.left + across) / grid.width)


def _spread(edges: Whole, places: Float) -> Float:
    """Return the same places in every cell, in pixels."""
    middles, halves = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    spread: Float = middles[:, np.newaxis] + halves[:, np.newaxis] * places
    return spread.ravel()
