"""The way out of an optimum that is not the lowest: other values, and down from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting.starts.polish import Box, cost_of, polished, scale_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.fitting.starts.coarse import Coarse
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["AROUND", "shaken"]

EXACT = 1e-15
"""The part of the squares of the ratio that rounding leaves."""
PATIENCE, MOST = 10, 30
"""Trials without anything better after which an optimum is the lowest that is found, and trials in all."""
SIZE = 0.3
"""How far trials go, relative to the values of the parameters."""
AROUND = (0.38, 0.62)
"""Where they have their centers."""
TURN = 20.0
"""How far angles without bounds go, in degrees."""
SMOOTH = 0.7
"""Squares of differences between neighbors over twice the squares: below this, residuals are not noise, which has 1."""
STEPS = 60
WORTH = 0.9
"""A trial that leaves more than this of the squares is nothing better."""


def shaken(mask: Mask, coarse: Coarse, box: Box, afresh: Callable[[Coarse, np.random.Generator], Mask]) -> Mask:
    """Return the lowest optimum found around a mask and elsewhere.

    Nothing is tried where rounding or noise is all that the mask leaves. The trials are the same on every run.

    Parameters
    ----------
    mask : Mask
        At an optimum.
    coarse : Coarse
        The ratio that it shall explain.
    box : Box
        Which parameters may move, and between which bounds.
    afresh : callable
        Returns the mask at other start values, drawn by chance.
    """
    rng, few = np.random.default_rng(0), coarse.thin()
    best, least = mask, cost_of(mask, few)
    exact, waited = EXACT * float((few.weight * few.ratio**2).sum()), 0
    for number in range(MOST):
        if least <= exact or waited >= PATIENCE or not _structured(best, few):
            break
        begun = _moved(best, box, rng) if number % 2 else box.hold(mask, afresh(few, rng))
        tried = polished(begun, few, box, evaluations=STEPS)
        cost = cost_of(tried, few)
        waited = 0 if cost < WORTH * least else waited + 1
        if cost < least:
            best, least = tried, cost
    return min((mask, polished(best, coarse, box)), key=lambda one: cost_of(one, coarse))


def _structured(mask: Mask, coarse: Coarse) -> bool:
    """Return whether neighboring residuals are alike, as those of a wrong mask are."""
    weights = mask.evaluate(coarse.grid)
    rest = np.sqrt(coarse.weight) * (scale_of(weights, coarse) * weights - coarse.ratio)
    steps = [np.diff(rest, axis=axis) for axis in (-2, -1) if rest.shape[axis] > 1]
    rough = sum(float((step * step).mean()) for step in steps) / max(len(steps), 1)
    return rough < SMOOTH * 2.0 * float((rest * rest).mean())


def _moved(mask: Mask, box: Box, rng: np.random.Generator) -> Mask:
    """Return the mask with other values of all parameters that may move."""
    vector, noise = mask.vector, rng.standard_normal((2, len(mask.names)))
    moved = vector + SIZE * (np.abs(vector) * noise[0] + 0.1 * noise[1])
    lower, upper = mask.bounds
    for k, (name, unit) in enumerate(zip(mask.names, mask.units, strict=True)):
        if name.endswith(("center_row", "center_col")):
            moved[k] = rng.uniform(*AROUND)
        elif unit == "degrees" and not np.isfinite(upper[k] - lower[k]):
            moved[k] = vector[k] + TURN * noise[0, k]
    return box.hold(mask, mask.with_vector(np.clip(moved, lower, upper)))
