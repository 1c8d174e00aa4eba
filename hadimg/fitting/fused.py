"""Cost, gradient and Gauss-Newton matrix of a mask around one center: all pixels in one compiled pass."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.fitting.hole import Hole, hole_around
from hadimg.fitting.lanes import lanes
from hadimg.fitting.linearised import Linearised, Model
from hadimg.fitting.radial_tables import radial_tables
from hadimg.fitting.sums import Sums

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.fitting.observations import Observations
    from hadimg.fitting.radial_tables import Kind, RadialTables
    from hadimg.grid import Grid, Window
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["fused_sums"]

STRIP_BYTES = 1 << 21
"""What both pictures of one strip take in the lanes' type."""
LARGEST_HOLE = 1 << 14
"""Pixels done one by one: more when the centers of channels lie far apart, and then none is done the fast way."""


class _Pass(NamedTuple):
    """What the loop does for the channels that share a function."""

    channels: slice
    tables: RadialTables


def fused_sums(
    mask: Mask,
    observations: Observations,
    *,
    wanted: NDArray[np.bool_],
    order: int,
    kind: Kind,
    workers: int | None = None,
) -> Sums | None:
    """Return the sums of least squares, or None when the mask is not around one center or too steep for a table.

    Sums have the same bits for any number of threads.

    Parameters
    ----------
    mask : Mask
        With the parameters at which everything is computed.
    observations : Observations
        The pictures.
    wanted : ndarray of bool, shape (P,)
        Parameters whose derivatives are wanted; the others get zeros.
    order : int
        0 for the cost, 1 with its gradient, 2 with the Gauss-Newton matrix.
    kind : type
        ``numpy.float32`` or ``numpy.float64``: the type in which parts of rows are summed.
    workers : int, optional
        Threads; all cores by default.

    Examples
    --------
    >>> from hadimg import masks
    >>> from hadimg.fitting.observations import Observations
    >>> image = np.ones((100, 100))
    >>> seen = Observations(image, 0.5 * image)
    >>> fused_sums(masks.Constant(0.25), seen, wanted=np.array([True]), order=1, kind=np.float32)
    Sums(cost=312.5, gradient=array([-2500.]), gauss_newton=None)
    """
    grid = observations.grid
    hole = _hole_of(mask, grid)
    passes = None if hole is None else _passes(mask, grid, hole, wanted, kind)
    if hole is None or passes is None:
        return None
    one = _strip_sums(observations, passes, hole, order, kind)
    strips = _in_order(one, _windows(observations, kind), workers)
    result = _one_by_one(mask, observations, hole, wanted, order)
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite shows in the sums
        for number, each in enumerate(passes):
            packed = np.sum([strip[number] for strip in strips], axis=0)
            result = _added(result, _expanded(packed, each.tables.expansion, order))
    return result


def _hole_of(mask: Mask, grid: Grid) -> Hole | None:
    """Return the pixels near the center, or near the centers of all channels; None without one center each."""
    hole = Hole(0, 0, 0, 0)
    for channel in range(mask.channels or 1):
        form = mask.channel(channel).radial()
        if form is None:
            return None
        hole = hole.joined(hole_around(grid, form.center or (0.5, 0.5)))
    rows, cols = hole.bottom - hole.top, hole.right - hole.left
    return hole if rows * cols <= LARGEST_HOLE else None


def _passes(mask: Mask, grid: Grid, hole: Hole, wanted: NDArray[np.bool_], kind: Kind) -> list[_Pass] | None:
    parts = [(None, slice(None))] if mask.channels is None else [(c, slice(c, c + 1)) for c in range(mask.channels)]
    passes = []
    for channel, channels in parts:
        tables = radial_tables(mask, grid, hole, wanted=wanted, channel=channel, kind=kind)
        if tables is None:
            return None
        passes.append(_Pass(channels, tables))
    return passes


def _windows(observations: Observations, kind: Kind) -> list[Window]:
    """Return strips of whole rows."""
    height, width = observations.shape
    rows = max(1, STRIP_BYTES // (2 * np.dtype(kind).itemsize * width * (observations.channels or 1)))
    return [(slice(top, min(top + rows, height)), slice(None)) for top in range(0, height, rows)]


def _in_order(one: Callable[[Window], list[Float]], windows: list[Window], workers: int | None) -> list[list[Float]]:
    with ThreadPoolExecutor(min(workers or os.cpu_count() or 1, len(windows))) as pool:
        return list(pool.map(one, windows))


def _strip_sums(
    observations: Observations, passes: list[_Pass], hole: Hole, order: int, kind: Kind
) -> Callable[[Window], list[Float]]:
    """Return what adds up one strip."""
    from hadimg.kernels.squares import radial_squares

    grid = observations.grid
    offsets = [
        [(part * one.tables.unit).ravel().astype(kind) for part in grid.offsets(*one.tables.center)] for one in passes
    ]

    def strip(window: Window) -> list[Float]:
        image, target = lanes(observations, window, kind)
        rows, found = window[0], []
        here = np.array([hole.top - rows.start, hole.bottom - rows.start, hole.left, hole.right], dtype=np.int64)
        for one, (v, u) in zip(passes, offsets, strict=True):
            sums = np.zeros(_length(one.tables, order))
            pictures = image[one.channels], target[one.channels]
            tables = one.tables
            radial_squares(*pictures, v[rows], u, kind(tables.shift), tables.tables, tables.columns, here, order, sums)
            found.append(sums)
        return found

    return strip


def _length(tables: RadialTables, order: int) -> int:
    columns = len(tables.columns)
    return 1 + columns * (order > 0) + columns * (columns + 1) // 2 * (order > 1)


def _expanded(packed: Float, expansion: Float, order: int) -> Sums:
    """Return the sums by parameters from those by columns."""
    cost, count = 0.5 * float(packed[0]), expansion.shape[1]
    if order == 0:
        return Sums(cost)
    gradient = expansion @ packed[1 : 1 + count]
    if order == 1:
        return Sums(cost, gradient)
    products = np.zeros((count, count))
    products[np.tril_indices(count)] = packed[1 + count :]
    products += np.tril(products, -1).T
    matrix = expansion @ products @ expansion.T
    return Sums(cost, gradient, (matrix + matrix.T) / 2)


def _one_by_one(mask: Mask, observations: Observations, hole: Hole, wanted: NDArray[np.bool_], order: int) -> Sums:
    """Return the sums of the pixels in the hole, in plain float64."""
    size = len(wanted)
    if not hole:
        return Sums(0.0, np.zeros(size), np.zeros((size, size)))  # more than needed is left out again
    part = Linearised(Model(mask), observations.strip(hole.window))
    if order == 0:
        return Sums(part.cost())
    gradient = np.where(wanted, part.gradient(), 0.0)
    matrix = part.gauss_newton() * np.outer(wanted, wanted) if order > 1 else None
    return Sums(part.cost(), gradient, matrix)


def _added(first: Sums, second: Sums) -> Sums:
    """Return the sums of both, as far as both go."""
    cost, pairs = first.cost + second.cost, zip(first[1:], second[1:], strict=True)
    gradient, matrix = (None if a is None or b is None else a + b for a, b in pairs)
    return Sums(cost, gradient, matrix)
