r"""Lanes of a robust loss: pictures scaled so that the squares of the residuals become the losses.

With ``a`` and ``b`` from `hadimg.fitting.losses.row_scales`, of which the first belongs to derivatives and the second
to residuals ``r``, the image :math:`a \, I` and the target :math:`a \, I w - b \, r` have the derivatives
:math:`a \, I \, \partial w` and the residual :math:`b \, r`: their sums of least squares are those of the loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting.losses import row_scales
from hadimg.gains import Gains
from hadimg.grid import Grid
from hadimg.weight_loops import weight_loops

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.fitting.losses import Loss
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["robust_lanes", "weights_over"]

EXACT = 1e-9
"""What compiled weights may be wrong by, as a part of the largest one."""


def robust_lanes(image: Float, target: Float, weights: Float, loss: Loss, scale: float) -> tuple[Float, Float]:
    """Return an image and a target whose sums of least squares are those of a loss, at one mask.

    Parameters
    ----------
    image, target : ndarray, shape (C, rows, cols)
        Times the roots of the variance weights; 0 where nothing counts.
    weights : ndarray, shape (rows, cols) or (C, rows, cols)
        Of the mask.
    loss : Loss
        One of the table.
    scale : float
        Its scale.

    Examples
    --------
    >>> from hadimg.fitting.losses import LOSSES
    >>> image, target = robust_lanes(np.full(1, 2.0), np.full(1, 4.0), np.full(1, 0.5), LOSSES["huber"], 1.0)
    >>> round(float((image * 0.5 - target)[0] ** 2), 12)  # the residual is -3: 2 * 3 - 1
    5.0
    """
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite shows in the sums
        residual = image * weights - target
        pull, shrink = row_scales(residual, loss, scale)
        pulled = pull * image
        return pulled, pulled * weights - shrink * residual


def weights_over(mask: Mask, grid: Grid) -> Callable[[slice], Float]:
    """Return what evaluates the weights of a mask on some rows of a grid, by compiled loops where these are exact."""
    fills = [_loop(mask.channel(number), grid) for number in range(mask.channels or 1)]

    def evaluate(rows: slice) -> Float:
        found = np.empty((len(fills), rows.stop - rows.start, grid.shape[1]))
        for fill, out in zip(fills, found, strict=True):
            fill(rows, out)
        return found if mask.channels else found[0]

    return evaluate


def _loop(mask: Mask, grid: Grid) -> Callable[[slice, Float], None]:
    def evaluate(rows: slice, out: Float) -> None:
        with np.errstate(all="ignore"):
            out[...] = mask.evaluate(grid.window((rows, slice(None))))

    if type(grid) is not Grid:
        return evaluate
    gains = Gains(mask, (grid.height, grid.width))
    factors = gains.factored(grid)
    loops = weight_loops(gains, factors, precise=True)
    if loops is None or factors is None or loops.error > EXACT * max(abs(loops.lowest), abs(loops.highest)):
        return evaluate
    return loops.over(factors)
