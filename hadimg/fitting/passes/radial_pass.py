"""The compiled pass for masks around one center: polynomials or tables of the distance."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.fitting.passes.hole import Hole, hole_around
from hadimg.fitting.passes.radial_tables import radial_tables
from hadimg.fitting.passes.shared import added, packed_length

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.fitting.passes.radial_tables import RadialTables
    from hadimg.fitting.passes.shared import Task
    from hadimg.fitting.sums import Sums
    from hadimg.grid import Grid
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["around_center"]

LARGEST_HOLE = 1 << 14
"""Pixels done one by one: more when the centers of channels lie far apart, and then none is done the fast way."""


class _Group(NamedTuple):
    """What the loop does for the channels that share a function."""

    channels: slice
    functions: RadialTables


def around_center(task: Task) -> Sums | None:
    """Return the sums, or None when the mask is not around one center, or too steep for a table.

    The pixels next to the center, where there may be a cusp, are done one by one.
    """
    hole = _hole_of(task.mask, task.observations.grid)
    groups = None if hole is None else _groups(task, hole)
    if hole is None or groups is None:
        return None
    strips = task.in_order(_strip_sums(task, groups, hole), task.strips(0, task.observations.shape[0]))
    parts = [task.plain(hole.window)] if hole else []
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite shows in the sums
        for number, group in enumerate(groups):
            packed = np.sum([strip[number] for strip in strips], axis=0)
            parts.append(task.expanded(packed, group.functions.expansion))
        return added(parts)


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


def _groups(task: Task, hole: Hole) -> list[_Group] | None:
    found = []
    for channel, channels in task.groups:
        functions = radial_tables(
            task.mask, task.observations.grid, hole, wanted=task.wanted, channel=channel, kind=task.kind
        )
        if functions is None:
            return None
        found.append(_Group(channels, functions))
    return found


def _strip_sums(task: Task, groups: list[_Group], hole: Hole) -> Callable[[slice], list[Float]]:
    """Return what adds up some rows, for each group."""
    from hadimg.kernels.squares import radial_squares

    grid, kind = task.observations.grid, task.kind
    offsets = [
        [(part * one.functions.unit).ravel().astype(kind) for part in grid.offsets(*one.functions.center)]
        for one in groups
    ]

    def strip(rows: slice) -> list[Float]:
        image, target = task.lanes(rows)
        here = np.array([hole.top - rows.start, hole.bottom - rows.start, hole.left, hole.right], dtype=np.int64)
        found = []
        for (channels, functions), (v, u) in zip(groups, offsets, strict=True):
            sums = np.zeros(packed_length(len(functions.columns), task.order))
            form = kind(functions.shift), functions.tables, functions.columns
            radial_squares(image[channels], target[channels], v[rows], u, *form, here, task.order, sums)
            found.append(sums)
        return found

    return strip
