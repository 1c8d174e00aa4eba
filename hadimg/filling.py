"""Weights written into an array that is there already: strip by strip, on all cores, by compiled loops."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.gains import Gains
from hadimg.grid import Grid
from hadimg.masks.array import Array
from hadimg.masks.base import require_one_mask
from hadimg.weight_loops import weight_loops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from hadimg.grid import Shape, Window
    from hadimg.masks import Mask

    Fill = Callable[[Iterator[slice]], None]

__all__ = ["fill_weights"]

STRIP_ROWS = 32
"""Rows whose weights stay in the cache while the factors of a mask are multiplied."""
WORTH_THREADS = 1 << 21
"""Weights that one thread evaluates in the time that it takes to start others."""


def fill_weights(
    mask: Mask,
    out: NDArray[Any],
    *,
    shape: Shape | Grid | None = None,
    window: Window | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Write the weights of a mask into an array, which costs no memory but a few strips.

    Parameters
    ----------
    mask : Mask
        The mask.
    out : ndarray of float32 or float64, shape (H, W), or the window's shape
        Where to write.
    shape : (int, int) or Grid, optional
        Height and width of the whole picture; the shape of ``out`` by default.
    window : (slice, slice), optional
        Rows and columns of the picture that are wanted; only these are computed.
    workers : int, optional
        Threads; all cores by default.

    Returns
    -------
    ndarray
        ``out``. In float64 the values are those of ``mask.weights``; in float32 they are those to 1e-6 of the largest.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When ``out`` does not fit, or is not writable.

    Examples
    --------
    >>> from hadimg import masks
    >>> fill_weights(masks.Constant(0.5), np.empty((1, 3), np.float32))
    array([[0.5, 0.5, 0.5]], dtype=float32)
    """
    require_one_mask("mask", mask)
    kind = str(getattr(out, "dtype", type(out).__name__))
    if kind not in ("float32", "float64"):
        raise ArgumentTypeError(f"out must be an array of float32 or float64, got {kind}")
    grid = Grid.of(out.shape if shape is None else shape, window)
    if out.shape != grid.shape or not out.flags.writeable:
        raise ArgumentError(f"out must be writable and have shape {grid.shape}, got {out.shape}")
    fill = _given(mask, grid, out) or _compiled(mask, grid, out) or _plain(mask, grid, out)
    strips = iter([slice(start, min(start + STRIP_ROWS, grid.rows)) for start in range(0, grid.rows, STRIP_ROWS)])
    threads = 1 if out.size < WORTH_THREADS else workers or os.cpu_count() or 1
    if threads == 1:
        fill(strips)
        return out
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, [strips] * threads))  # each thread takes the next strip that is left
    return out


def _given(mask: Mask, grid: Grid, out: NDArray[Any]) -> Fill | None:
    """Return how to copy weights that are there already, in the type that is wanted."""
    if not isinstance(mask, Array) or mask.values.dtype != out.dtype:
        return None
    if mask.values.shape != (grid.height, grid.width):
        return None
    window = mask.values[grid.top : grid.top + grid.rows, grid.left : grid.left + grid.cols]

    def fill(strips: Iterator[slice]) -> None:
        for rows in strips:
            out[rows] = window[rows]

    return fill


def _compiled(mask: Mask, grid: Grid, out: NDArray[Any]) -> Fill | None:
    """Return the compiled loops for float32: in that type, or in float64 where the mask is too steep for it."""
    if out.dtype != np.float32:
        return None
    gains = Gains(mask, (grid.height, grid.width))
    factors = gains.factored(grid)
    loops = weight_loops(gains, factors) or weight_loops(gains, factors, precise=True)
    if loops is None or factors is None:
        return None
    run, dtype = loops.over(factors), loops.dtype

    def fill(strips: Iterator[slice]) -> None:
        if out.flags.c_contiguous and dtype == np.float32:
            for rows in strips:
                run(rows, out[rows])
            return
        scratch = np.empty((STRIP_ROWS, grid.cols), dtype)
        for rows in strips:
            strip = scratch[: rows.stop - rows.start]
            run(rows, strip)
            out[rows] = strip

    return fill


def _plain(mask: Mask, grid: Grid, out: NDArray[Any]) -> Fill:
    def fill(strips: Iterator[slice]) -> None:
        for rows in strips:
            out[rows] = mask.evaluate(grid.window((rows, slice(None))))

    return fill
