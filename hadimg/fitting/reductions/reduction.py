"""The table of ways to let a few rows stand for millions of pixels, and the automatic choice between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hadimg.errors import ArgumentError
from hadimg.fitting.losses import LOSSES
from hadimg.fitting.passes.squares import Squares
from hadimg.fitting.reductions.cell_grid import cells_for, unresolved
from hadimg.fitting.reductions.cells import cell_statistics
from hadimg.fitting.reductions.fold import folded_statistics
from hadimg.fitting.reductions.radial_sums import radial_statistics

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.fitting.objective import Objective
    from hadimg.fitting.reductions.statistics import Statistics
    from hadimg.masks.base import Mask

__all__ = ["REDUCTIONS", "Reduction", "reduced"]

LEAST_VALUES = 1 << 17
"""Smaller pictures are fitted pixel by pixel in no time."""
RESOLVED, OF_DERIVATIVES = 1e-3, 0.1
"""How far cells may be from a mask and from its derivatives, relative to their sizes; the end of a fit is exact."""


class Reduction(NamedTuple):
    """What a solver works on in place of all pixels.

    Parameters
    ----------
    name : str
        A name of the table `REDUCTIONS`.
    problem : Squares or Statistics
        Gives sums and rows.
    row_count : int
        How many rows stand for the pixels.
    exact : bool
        Whether its sums are those of all pixels at every mask; else a fit must end with exact passes.
    reason : str
        Why it was chosen, in words.
    """

    name: str
    problem: Squares | Statistics
    row_count: int
    exact: bool
    reason: str


def _none(objective: Objective, fixed: tuple[str, ...]) -> Reduction:
    return Reduction("none", Squares(objective, fixed=fixed), objective.count, exact=True, reason="every pixel counts")


def _fold(objective: Objective, fixed: tuple[str, ...]) -> Reduction:
    _refuse_unreducible("fold", objective)
    statistics = folded_statistics(objective, fixed=fixed)
    return Reduction("fold", statistics, statistics.row_count, exact=True, reason="mirror images have one weight")


def _radial(objective: Objective, fixed: tuple[str, ...]) -> Reduction:
    _refuse_unreducible("radial", objective)
    statistics = radial_statistics(objective, fixed=fixed)
    return Reduction("radial", statistics, statistics.row_count, exact=True, reason="one distance has one weight")


def _cells(objective: Objective, fixed: tuple[str, ...]) -> Reduction:
    _refuse_unreducible("cells", objective)
    trouble = _trouble_with_cells(objective, fixed)
    if trouble:
        raise ArgumentError(f"reduce='cells' needs a mask that is smooth within cells, and {trouble}", remedy=REMEDY)
    statistics = cell_statistics(objective, fixed=fixed)
    return Reduction("cells", statistics, statistics.row_count, exact=False, reason="the mask is smooth within cells")


REDUCTIONS: dict[str, Callable[[Objective, tuple[str, ...]], Reduction]] = {
    "none": _none,
    "fold": _fold,
    "radial": _radial,
    "cells": _cells,
}
"""The ways by name: every pixel; the four mirror images of one; all pixels at one distance; nodes of cells."""
REMEDY = "use reduce='none'"


def reduced(objective: Objective, *, how: str = "auto", fixed: tuple[str, ...] = ()) -> Reduction:
    """Return what a solver works on in place of all pixels.

    Parameters
    ----------
    objective : Objective
        Mask, observations and loss.
    how : str
        A name of `REDUCTIONS`, or ``"auto"``: cells where the mask is smooth, its loss the linear one and the picture
        large; else every pixel.
    fixed : tuple of str
        Names of parameters that do not move.

    Raises
    ------
    ArgumentError
        When the way that was asked for is not right for the mask, its free parameters or the loss.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg import masks
    >>> from hadimg.fitting.objective import Objective
    >>> from hadimg.fitting.observations import Observations
    >>> image = np.ones((40, 60))
    >>> reduction = reduced(Objective(masks.Cos4(), Observations(image, 0.5 * image)))
    >>> reduction.name, reduction.row_count, reduction.reason
    ('none', 2400, 'the picture is small')
    """
    if how in REDUCTIONS:
        return REDUCTIONS[how](objective, fixed)
    if how != "auto":
        raise ArgumentError(f"reduce must be 'auto', {', '.join(map(repr, REDUCTIONS))}, got {how!r:.40}")
    if objective.observations.image.size < LEAST_VALUES:
        reason: str | None = "the picture is small"
    else:
        reason = _unreducible(objective) or _trouble_with_cells(objective, fixed)
    if reason is None:
        return _cells(objective, fixed)
    return _none(objective, fixed)._replace(reason=reason)


def _unreducible(objective: Objective) -> str | None:
    """Return why sums of squares of parts of the picture do not do for an objective, in words."""
    if objective.loss is not LOSSES["linear"]:
        (name,) = [name for name, loss in LOSSES.items() if loss is objective.loss] or ["its own"]
        return f"the loss is {name}, not linear"
    if objective.free:
        return f"the {' and '.join(objective.free)} of the picture are free"
    return None


def _refuse_unreducible(how: str, objective: Objective) -> None:
    trouble = _unreducible(objective)
    if trouble:
        raise ArgumentError(f"reduce={how!r} adds up squares, and {trouble}", remedy=REMEDY)


def _trouble_with_cells(objective: Objective, fixed: tuple[str, ...]) -> str | None:
    """Return why cells do not do for a mask, in words."""
    mask, grid = objective.mask, objective.observations.grid
    kinked = _kinked(mask)
    if kinked:
        return f"{kinked} has kinks"
    weights, *derivatives = unresolved(mask, grid, cells_for(grid)).tolist()
    if not weights <= RESOLVED:
        return f"{mask.family} is too steep for cells of this picture"
    for name, error in zip(mask.names, derivatives, strict=True):
        if name not in fixed and not error <= OF_DERIVATIVES:
            return f"the derivative of {mask.family} by {name} is too steep for cells of this picture"
    return None


def _kinked(mask: Mask) -> str | None:
    """Return the family that does not declare itself smooth, the innermost one."""
    if mask.smooth:
        return None
    inner = [_kinked(part) for part in getattr(mask, "parts", ())]
    return next((name for name in inner if name), mask.family)
