r"""Sums of squares at the nodes of cells: one pass over the pixels serves every smooth mask, whatever of it is free.

A smooth mask is nearly a polynomial within a cell, known by its values at a few Chebyshev nodes. What the nodes take of
each row and column are Lagrange polynomials, so that the sums at the nodes are a simple product of three matrices,
:math:`S = P_y' (v * I * I) P_x`. Errors are of the order of the cell's side to the power ``degree + 1``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.fitting.passes.lanes import LANES, unexplained
from hadimg.fitting.places import Places
from hadimg.fitting.reductions.cell_grid import cells_for, lagrange
from hadimg.fitting.reductions.statistics import Statistics
from hadimg.threads import each

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.objective import Objective
    from hadimg.fitting.reductions.cell_grid import Cells
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["cell_statistics"]

STRIP_BYTES = 1 << 21


def cell_statistics(
    objective: Objective,
    *,
    fixed: tuple[str, ...] = (),
    cells: Cells | None = None,
    reference: Mask | None = None,
    lanes: str = "float32",
) -> Statistics:
    """Return the sums of squares at the nodes of cells, from one pass over the pixels.

    Parameters
    ----------
    objective : Objective
        Mask and observations; its loss must be the linear one.
    fixed : tuple of str
        Names of parameters that do not move: their derivatives are left zero.
    cells : Cells, optional
        How the picture is divided; `cells_for` by default.
    reference : Mask, optional
        Close to the mask that is looked for: near it no digits cancel.
    lanes : str
        ``"float32"`` or ``"float64"``: the type in which the pixels of a cell's row are summed.

    Examples
    --------
    >>> from hadimg import masks
    >>> from hadimg.fitting.objective import Objective
    >>> from hadimg.fitting.observations import Observations
    >>> image = np.ones((40, 60))
    >>> statistics = cell_statistics(Objective(masks.Constant(), Observations(image, 0.5 * image)), lanes="float64")
    >>> statistics.row_count, round(statistics.sums([0.25], 0).cost, 9)
    (96, 75.0)
    """
    seen, told_apart = objective.observations, objective.mask.channels
    grid = seen.grid
    cells = cells_for(grid) if cells is None else cells
    row_places, along = lagrange(cells.rows, cells.degree)
    col_places, across = lagrange(cells.cols, cells.degree)
    work = _Work(objective, cells, reference, along, across, lanes)
    bands = range(len(cells.rows) - 1)
    found = each(work.band, bands, workers=objective.workers)
    level = math.fsum(total for _, total in found)
    if lanes == "float32" and not math.isfinite(level):  # beyond float32 lies what float64 may still hold
        return cell_statistics(objective, fixed=fixed, cells=cells, reference=reference, lanes="float64")
    power, cross = np.concatenate([sums for sums, _ in found], axis=2)[:, slice(None) if told_apart else 0]
    places = Places.at(grid, (grid.top + row_places) / grid.height, (grid.left + col_places) / grid.width)
    norm = math.sqrt(level) if reference is None else objective.target_norm
    return Statistics(objective.mask, places, power, -cross, level, seen.count, norm, reference, fixed)


class _Work(NamedTuple):
    """What all rows of cells share."""

    objective: Objective
    cells: Cells
    reference: Mask | None
    along: Float
    across: Float
    lanes: str

    def band(self, number: int) -> tuple[Float, float]:
        """Return the sums of one row of cells, shape (2, groups of channels, n, nodes), and that of squares."""
        from hadimg.kernels.deposits import deposit_cells

        kind = LANES[self.lanes]
        seen, told_apart = self.objective.observations, self.objective.mask.channels
        groups = [slice(None)] if told_apart is None else [slice(c, c + 1) for c in range(told_apart)]
        top, bottom = self.cells.rows[number : number + 2].tolist()
        across = self.across.astype(kind)
        sums = np.zeros((2, len(groups), len(across), len(across) * (len(self.cells.cols) - 1)))
        rows = max(1, STRIP_BYTES // (2 * np.dtype(kind).itemsize * across.shape[1] * (seen.channels or 1)))
        total = 0.0
        for first in range(top, bottom, rows):
            part = slice(first, min(first + rows, bottom))
            image, rest = unexplained(seen, (part, slice(None)), kind, self.reference)
            along = np.ascontiguousarray(self.along[:, part].T)
            for group, powers, crosses in zip(groups, *sums, strict=True):
                total += deposit_cells(image[group], rest[group], along, across, self.cells.cols, powers, crosses)
        return sums, total
