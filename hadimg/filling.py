"""Weights written into an array that is there already: strip by strip, on all cores, radial ones by compiled loops."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.gains import StoredRadial
from hadimg.grid import Grid
from hadimg.masks.base import require_one_mask
from hadimg.radial_forms import Series, short_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.grid import Shape, Window
    from hadimg.masks import Mask

    Fill = Callable[[slice], None]

__all__ = ["fill_weights"]

STRIP_ROWS = 256


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
    fill = _radial(mask, grid, out) or _plain(mask, grid, out)
    strips = [slice(start, min(start + STRIP_ROWS, grid.rows)) for start in range(0, grid.rows, STRIP_ROWS)]
    with ThreadPoolExecutor(min(workers or os.cpu_count() or 1, len(strips))) as pool:
        list(pool.map(fill, strips))
    return out


def _plain(mask: Mask, grid: Grid, out: NDArray[Any]) -> Fill:
    def fill(rows: slice) -> None:
        out[rows] = mask.evaluate(grid.window((rows, slice(None))))

    return fill


def _radial(mask: Mask, grid: Grid, out: NDArray[Any]) -> Fill | None:
    """Return the compiled way for float32 and a mask that depends on the distance from a point."""
    form = mask.radial()
    if form is None or form.center is None or out.dtype != np.float32 or not out.flags.c_contiguous:
        return None
    from hadimg.kernels.product import DEGREE, fill_polynomial, fill_table

    v, u = grid.offsets(*form.center)
    short = short_form(StoredRadial(v[:, 0], u[0], form.profile), DEGREE)
    if short is None:
        return None
    down, across = ((x * short.unit).astype(np.float32) for x in (v[:, 0], u[0]))

    def fill(rows: slice) -> None:
        if isinstance(short, Series):
            fill_polynomial(down[rows], across, np.float32(-1), short.coefficients, out[rows])
        else:
            fill_table(down[rows], across, short.levels, short.slopes, out[rows])

    return fill
