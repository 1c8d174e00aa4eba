"""What all compiled passes over the pixels share: their task, their threads, and what they leave to NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from hadimg.fitting.linearised import Linearised, Model
from hadimg.fitting.losses import LOSSES
from hadimg.fitting.passes.lanes import lanes
from hadimg.fitting.passes.robust_lanes import robust_lanes, weights_over
from hadimg.fitting.sums import Sums
from hadimg.threads import each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from hadimg.fitting.losses import Loss
    from hadimg.fitting.observations import Observations
    from hadimg.fitting.passes.radial_tables import Kind
    from hadimg.grid import Window
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["Task", "added", "packed_length"]

STRIP_BYTES = 1 << 21
"""What both pictures of one strip take in the lanes' type."""
PLAIN_BYTES = 1 << 22

Part = TypeVar("Part")
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Task:
    """Sums of least squares that are wanted, or of the rows whose squares are the losses.

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
    loss : Loss
        What takes the place of squares; ``kind`` is then ``numpy.float64``.
    scale : float
        Of the loss.
    """

    mask: Mask
    observations: Observations
    wanted: NDArray[np.bool_]
    order: int
    kind: Kind
    workers: int | None = None
    loss: Loss = LOSSES["linear"]
    scale: float = 1.0

    def lanes(self, rows: slice) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return image and target of some rows as the compiled loops want them; see `hadimg.fitting.passes.lanes`."""
        image, target = lanes(self.observations, (rows, slice(None)), self.kind)
        if self.loss is LOSSES["linear"]:
            return image, target
        return robust_lanes(image, target, self._weights(rows), self.loss, self.scale)

    @cached_property
    def _weights(self) -> Callable[[slice], Float]:
        return weights_over(self.mask, self.observations.grid)

    @property
    def groups(self) -> list[tuple[int | None, slice]]:
        """Channels that share a function: its number (None for that of all), and which they are."""
        count = self.mask.channels
        return [(None, slice(None))] if count is None else [(c, slice(c, c + 1)) for c in range(count)]

    def strips(self, top: int, bottom: int) -> list[slice]:
        """Return rows that cover those from ``top`` to ``bottom``, some at a time."""
        seen = self.observations
        per_row = 2 * np.dtype(self.kind).itemsize * seen.shape[1] * (seen.channels or 1)
        rows = max(1, STRIP_BYTES // per_row)
        return [slice(start, min(start + rows, bottom)) for start in range(top, bottom, rows)]

    def in_order(self, one: Callable[[Part], Found], parts: Sequence[Part]) -> list[Found]:
        """Return what ``one`` gives for each part, computed on all threads: the same whatever their number."""
        return each(one, parts, workers=self.workers)

    def nothing(self) -> Sums:
        """Return sums of no pixels."""
        size = len(self.wanted)
        parts = np.zeros(size), np.zeros((size, size))
        return Sums(0.0, *parts[: self.order])

    def plain(self, window: Window) -> Sums:
        """Return the sums of a part of the picture pixel by pixel, in float64."""
        rows, cols = window
        channels = self.observations.channels or 1
        per_row = 8 * ((len(self.wanted) + 12) * (self.mask.channels or 1) + 10 * channels) * (cols.stop - cols.start)
        step = max(1, PLAIN_BYTES // per_row)
        tops = range(rows.start, rows.stop, step)
        return added(self._plain((slice(top, min(top + step, rows.stop)), cols)) for top in tops)

    def _plain(self, window: Window) -> Sums:
        model = Model(self.mask, loss=self.loss, scale=self.scale)
        part = Linearised(model, self.observations.strip(window))
        gradient = np.where(self.wanted, part.gradient(), 0.0) if self.order > 0 else None
        matrix = part.row_products() * np.outer(self.wanted, self.wanted) if self.order > 1 else None
        return Sums(part.cost(), gradient, matrix)

    def expanded(self, packed: Float, expansion: Float) -> Sums:
        """Return sums by parameters from those by columns: a cost, a gradient, and a lower triangle row by row.

        Parameters
        ----------
        packed : ndarray
            As the compiled loops leave them.
        expansion : ndarray, shape (P, K)
            The derivative by each parameter as a sum of columns.
        """
        cost, count = 0.5 * float(packed[0]), expansion.shape[1]
        gradient = expansion @ packed[1 : 1 + count] if self.order > 0 else None
        if self.order < 2:
            return Sums(cost, gradient)
        products = np.zeros((count, count))
        products[np.tril_indices(count)] = packed[1 + count :]
        products += np.tril(products, -1).T
        matrix = expansion @ products @ expansion.T
        return Sums(cost, gradient, (matrix + matrix.T) / 2)


def packed_length(columns: int, order: int) -> int:
    """Return how many sums compiled loops leave for a number of columns.

    Examples
    --------
    >>> [packed_length(4, order) for order in (0, 1, 2)]
    [1, 5, 15]
    """
    return 1 + columns * (order > 0) + columns * (columns + 1) // 2 * (order > 1)


def added(parts: Iterable[Sums]) -> Sums:
    """Return the sums of at least one part of a picture, all of one order, one after the other."""
    first, *others = parts
    cost, gradient, matrix = first
    for other in others:
        cost += other.cost
        gradient = None if gradient is None or other.gradient is None else gradient + other.gradient
        matrix = None if matrix is None or other.gauss_newton is None else matrix + other.gauss_newton
    return Sums(cost, gradient, matrix)
