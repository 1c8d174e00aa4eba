"""The compiled pass for all other smooth masks: polynomials of degree 7 in cells, as many as the mask needs.

Whatever the formula, a smooth mask and its derivatives are evaluated at the nodes of cells, where there are far fewer
of these than pixels; between nodes they are simple products of three matrices. Cells in which a polynomial is not near
enough, as around a cusp, are done pixel by pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.fitting.passes.radial_tables import tolerances
from hadimg.fitting.passes.shared import added, packed_length
from hadimg.fitting.reductions.cell_grid import (
    BETWEEN,
    cells_for,
    chebyshev_nodes,
    in_cells,
    lagrange,
    lagrange_basis,
    unresolved,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.passes.shared import Task
    from hadimg.fitting.reductions.cell_grid import Cells
    from hadimg.fitting.sums import Sums
    from hadimg.grid import Grid

    Float = NDArray[np.float64]

__all__ = ["in_patches"]

DEGREE = 7
COUNT = 32 * 48
LEAST_SIDE, LARGEST_SIDE = 32, 1024
"""Pixels of a cell's side: at least four times its nodes, at most what the compiled loop takes at a time."""
RESOLVED = 1e-3
"""How well the mask must be seen by coarse cells: an edge that these miss may pass between all nodes of finer ones."""
MOST_BAD = 0.5


def in_patches(task: Task) -> Sums | None:
    """Return the sums, or None when the mask has kinks or edges too steep for any cells."""
    grid = task.observations.grid
    if not task.mask.smooth:
        return None
    with np.errstate(all="ignore"):  # what is not finite is refused
        if not unresolved(task.mask, grid, cells_for(grid), derivatives=False)[0] <= RESOLVED:
            return None
    work = _Patches(task)
    return added(task.in_order(work.band, range(len(work.cells.rows) - 1)))


class _Patches:
    """What all rows of cells share."""

    def __init__(self, task: Task) -> None:
        grid = task.observations.grid
        self.task = task
        self.cells = cells_for(grid, count=COUNT, degree=DEGREE, sides=(LEAST_SIDE, LARGEST_SIDE))
        self.along = lagrange(self.cells.rows, DEGREE)[1].astype(task.kind)
        self.across = lagrange(self.cells.cols, DEGREE)[1].astype(task.kind)
        self.basis = lagrange_basis(BETWEEN, DEGREE)
        self.chosen = np.flatnonzero(task.wanted) if task.order > 0 else np.zeros(0, np.int64)
        sizes = np.abs(self._values(in_cells(grid, self.cells, np.zeros(1)))).max(axis=(1, 2, 3))
        self.allowed = tolerances(task.kind, len(self.chosen)) * sizes

    def band(self, number: int) -> Sums:
        """Return the sums of one row of cells."""
        band = self.cells._replace(rows=self.cells.rows[number : number + 2])
        values = self._values(in_cells(self.task.observations.grid, band, chebyshev_nodes(DEGREE)))
        left_out = self._badly_seen(band, values)
        rows, parts = slice(*band.rows.tolist()), [self.task.nothing()]
        if not left_out.all():
            parts += self._patches(rows, values.astype(self.task.kind), left_out)
        for left, right in _runs(left_out):
            parts.append(self.task.plain((rows, slice(int(band.cols[left]), int(band.cols[right])))))
        return added(parts)

    def _values(self, places: Grid) -> Float:
        """Return the mask and its chosen derivatives somewhere, shape (1 + K, groups of channels, h, w)."""
        mask, wanted = self.task.mask, set(self.chosen.tolist())
        with np.errstate(all="ignore"):  # what is not finite is done pixel by pixel
            partials = mask.evaluate_partials(places) if wanted else ()
            chosen = [partial for number, partial in enumerate(partials) if number in wanted]
            found = np.stack([mask.evaluate(places), *chosen])
        return found[:, np.newaxis] if mask.channels is None else found

    def _badly_seen(self, band: Cells, values: Float) -> NDArray[np.bool_]:
        """Return the cells in which polynomials are too far from the mask or a derivative; all if most are."""
        truth = self._values(in_cells(self.task.observations.grid, band, BETWEEN))
        cells, nodes, tests = len(band.cols) - 1, DEGREE + 1, len(BETWEEN)
        blocks = values.reshape(*values.shape[:2], nodes, cells, nodes)
        with np.errstate(all="ignore"):
            guess = np.einsum("fgmcn,mk,nl->fgkcl", blocks, self.basis, self.basis, optimize=True)
            error = np.abs(guess - truth.reshape(*truth.shape[:2], tests, cells, tests)).max(axis=(1, 2, 4))
        bad: NDArray[np.bool_] = ~(error <= self.allowed[:, np.newaxis]).all(axis=0)
        return bad if bad.mean() <= MOST_BAD else np.ones_like(bad)

    def _patches(self, rows: slice, nodes: NDArray[Any], left_out: NDArray[np.bool_]) -> list[Sums]:
        """Return the sums of the cells that are not left out, for each group of channels."""
        from hadimg.kernels.patches import patch_squares

        task = self.task
        sums = np.zeros((len(task.groups), packed_length(len(self.chosen), task.order)))
        for part in task.strips(rows.start, rows.stop):
            image, target = task.lanes(part)
            along = np.ascontiguousarray(self.along[:, part].T)
            for number, (_, channels) in enumerate(task.groups):
                patch_squares(
                    image[channels],
                    target[channels],
                    along,
                    self.across,
                    self.cells.cols,
                    np.ascontiguousarray(nodes[:, number]),
                    left_out,
                    task.order,
                    sums[number],
                )
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite shows in the sums
            return [task.expanded(packed, np.eye(len(task.wanted))[:, self.chosen]) for packed in sums]


def _runs(chosen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where runs of chosen ones begin, and where they have ended.

    Examples
    --------
    >>> _runs(np.array([True, True, False, True]))
    [(0, 2), (3, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]
