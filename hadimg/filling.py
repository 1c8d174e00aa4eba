"""Weights written into an array that is there already: strip by strip, on all cores, by compiled loops."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.gains import Gains
from hadimg.grid import Grid
from hadimg.masks.array import Array
from hadimg.masks.base import require_one_mask
from hadimg.threads import checked_workers, each
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
STREAMED_FROM = 1 << 22
"""Bytes of an array that no cache close to one core holds."""
WORTH_THREADS = 1 << 19
"""Weights that one thread evaluates in the time that it takes to wake others."""


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
    threads = checked_workers(workers) if out.size >= WORTH_THREADS else 1
    each(fill, [strips] * threads, workers=threads)  # each thread takes the next strip that is left
    return out


def _given(mask: Mask, grid: Grid, out: NDArray[Any]) -> Fill | None:
    """Return how to copy weights that are there already, in the type that is wanted."""
    if not isinstance(mask, Array) or mask.values.dtype != out.dtype:
        return None
    if mask.values.shape != (grid.height, grid.width):
        return None
    window = mask.values[grid.top : grid.top + grid.rows, grid.left : grid.left + grid.cols]

    # Loading the compiled loops would take a hundred times longer than it saves here.
    put = _storing(out) if "hadimg.kernels.streaming" in sys.modules else np.copyto

    def fill(strips: Iterator[slice]) -> None:
        for rows in strips:
            put(out[rows], window[rows])

    return fill


def _storing(out: NDArray[Any]) -> Callable[[NDArray[Any], NDArray[Any]], None]:
    """Return how values are put into rows of an array: past the caches where it is too large for them."""
    if not _is_large(out):
        return np.copyto
    from hadimg.kernels.streaming import stream_rows

    def put(rows: NDArray[Any], values: NDArray[Any]) -> None:
        if values.dtype == rows.dtype and values.flags.c_contiguous and rows.flags.c_contiguous:
            stream_rows(values, rows)
        else:
            np.copyto(rows, values)

    return put


def _is_large(out: NDArray[Any]) -> bool:
    return bool(out.nbytes >= STREAMED_FROM)


def _compiled(mask: Mask, grid: Grid, out: NDArray[Any]) -> Fill | None:
    """Return the compiled loops for float32: in that type, or in float64 where the mask is too steep for it."""
    if out.dtype != np.float32:
        return None
    gains = Gains(mask, (grid.height, grid.width))
    factors = gains.factored(grid)
    loops = weight_loops(gains, factors) or weight_loops(gains, factors, precise=True)
    if loops is None or factors is None:
        return None
    if len(factors) == 1 and loops.dtype == out.dtype and out.flags.c_contiguous:
        direct = loops.over(factors, streamed=_is_large(out))

        def fill_directly(strips: Iterator[slice]) -> None:
            for rows in strips:
                direct(rows, out[rows])

        return fill_directly
    run, dtype, put = loops.over(factors), loops.dtype, _storing(out)

    def fill(strips: Iterator[slice]) -> None:
        scratch = np.empty((STRIP_ROWS, grid.cols), dtype)
        for rows in strips:
            strip = scratch[: rows.stop - rows.start]
            run(rows, strip)
            put(out[rows], strip)

    return fill


def _plain(mask: Mask, grid: Grid, out: NDArray[Any]) -> Fill:
    def fill(strips: Iterator[slice]) -> None:
        for rows in strips:
            out[rows] = mask.evaluate(grid.window((rows, slice(None))))

    return fill
