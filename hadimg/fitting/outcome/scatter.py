"""How the pixels' shares of the gradient scatter: what errors need that are not all alike, or shared by neighbors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.linearised import Linearised, Model
from hadimg.fitting.losses import LOSSES
from hadimg.fitting.solving.problem import Scatter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hadimg.fitting.objective import Objective
    from hadimg.grid import Window

    Float = NDArray[np.float64]

__all__ = ["BLOCK", "scatter"]

BLOCK = 16
"""Side of a block in pixels: two blocks of JPEG."""
MOST_PIXELS = 1 << 20
"""Pixels whose scatter stands for all: 4096 blocks, which tell a standard error to one percent."""
WINDOW_BYTES = 1 << 22


def scatter(objective: Objective, theta: Float, kind: str, *, pixels: int = MOST_PIXELS) -> Scatter:
    """Return the scatter of single values (``kind="sandwich"``) or of blocks of 16 x 16 pixels (``kind="block"``).

    Channels of one block count together. Of large pictures, bands of blocks all over the height stand for the others.

    Parameters
    ----------
    objective : Objective
        What was fitted.
    theta : ndarray, shape (P,)
        Where.
    kind : str
        ``"sandwich"`` or ``"block"``.
    pixels : int
        About how many are looked at.
    """
    if kind not in ("sandwich", "block"):
        raise ArgumentError(f"the scatter must be that of 'sandwich' or 'block', got {kind!r:.40}")
    size = len(objective.names)
    meat, bread, counted, seen = np.zeros((size, size)), np.zeros((size, size)), 0, 0
    robust = objective.loss is not LOSSES["linear"]
    model = Model(objective.mask.with_vector(theta), loss=objective.loss, scale=objective.scale)
    for window in _windows(objective, pixels):
        part = Linearised(model, objective.observations.strip(window))
        shares = _shares(part, kind)
        meat += shares @ shares.T
        seen += int(np.count_nonzero(shares.any(axis=0)))
        if robust:
            bread += _curvature(part)
        counted += int(np.count_nonzero(part.strip.variance_weights))
    whole = objective.count / counted if counted else 1.0
    return Scatter(meat * whole, bread * whole if robust else None, round(seen * whole))


def _shares(part: Linearised, kind: str) -> Float:
    """Return the shares of the gradient, one column for each value or block, shape (P, n)."""
    shares = part.jacobian * (part.slope_weights * part.residual)
    if kind == "sandwich":
        return shares.reshape(len(shares), -1)
    if shares.ndim == 4:
        shares = shares.sum(axis=1)
    rows, cols = (np.arange(0, size, BLOCK) for size in shares.shape[-2:])
    blocks = np.add.reduceat(np.add.reduceat(shares, rows, axis=-2), cols, axis=-1)
    return blocks.reshape(len(shares), -1)


def _curvature(part: Linearised) -> Float:
    """Return the sum of the second derivatives of the losses times the outer products of the derivatives."""
    loss, counts = part.model.loss, part.strip.variance_weights
    z = counts * (part.residual / part.model.scale) ** 2
    rows = part.jacobian
    bent = (rows * (counts * (loss.slope(z) + 2.0 * z * loss.bend(z)))).reshape(len(rows), -1)
    curvature: Float = bent @ rows.reshape(len(rows), -1).T
    return curvature


def _windows(objective: Objective, pixels: int) -> Iterator[Window]:
    """Yield bands of one row of blocks each, evenly over the height, cut where they are too wide."""
    seen = objective.observations
    height, width = seen.shape
    tops = list(range(0, height, BLOCK))
    bands = min(len(tops), max(8, pixels // (width * BLOCK)))
    per_pixel = 8 * (len(objective.names) + 12) * (seen.channels or 1)
    wide = max(1, WINDOW_BYTES // (per_pixel * BLOCK * BLOCK)) * BLOCK
    for k in range(bands):
        top = tops[(2 * k + 1) * len(tops) // (2 * bands)]
        for left in range(0, width, wide):
            yield slice(top, min(top + BLOCK, height)), slice(left, min(left + wide, width))
