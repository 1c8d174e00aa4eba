"""Trying parameters on a coarse ratio picture: which fits better, and which fits best nearby."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from hadimg.fitting.starts.coarse import Coarse
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["Box", "best_of", "cost_of", "polished"]

PROMISING, BEST = 8, 2
"""How many candidates are worth some steps, and how many of those all."""
ROUGH = 7
"""Evaluations that show which way a candidate goes."""
MOST_PARAMETERS = 64
"""Masks with more are linear or nearly so: the fit itself finds their optimum from anywhere."""


class Box(NamedTuple):
    """Which parameters of a mask may move, and between which bounds; all of shape (P,)."""

    free: NDArray[np.bool_]
    lower: Float
    upper: Float

    @classmethod
    def of(cls, mask: Mask) -> Box:
        """Return the box in which every parameter of a mask is free."""
        return cls(np.ones(len(mask.names), bool), *mask.bounds)

    def part(self, start: int, size: int) -> Box:
        """Return the box of some parameters that stand side by side."""
        own = slice(start, start + size)
        return Box(self.free[own], self.lower[own], self.upper[own])

    def hold(self, given: Mask, candidate: Mask) -> Mask:
        """Return the candidate within its bounds, with the given values of parameters that may not move."""
        inside = np.clip(candidate.vector, self.lower, self.upper)
        return given.with_vector(np.where(self.free, inside, given.vector))


def scale_of(weights: Float, coarse: Coarse) -> Float | float:
    """Return the factor that brings weights nearest to the ratio, for each channel where there are some."""
    if not coarse.free_scale:
        return 1.0
    pulled = (coarse.weight * weights * coarse.ratio).sum(axis=(-2, -1), keepdims=True)
    own = (coarse.weight * weights * weights).sum(axis=(-2, -1), keepdims=True)
    factor: Float = pulled / np.where(own > 0, own, 1.0)
    return factor


def cost_of(mask: Mask, coarse: Coarse) -> float:
    """Return the weighted squares between a mask and the ratio; infinite where the mask is not finite."""
    with np.errstate(all="ignore"):
        weights = mask.evaluate(coarse.grid)
        if not np.isfinite(weights).all():
            return np.inf
        misfit = scale_of(weights, coarse) * weights - coarse.ratio
        cost = float((coarse.weight * misfit * misfit).sum())
    return cost if np.isfinite(cost) else np.inf


def best_of(given: Mask, candidates: Iterable[Mask], coarse: Coarse, box: Box) -> Mask:
    """Return the candidate that fits best after a descent: some steps of the promising ones, then all of the best.

    Cells of which there are few are no more than a part of the pictures, for which that would be too much.
    """
    few = coarse.thin()
    held = [box.hold(given, candidate) for candidate in candidates]
    ranked = sorted(held, key=lambda mask: cost_of(mask, few))
    nearer = [polished(mask, few, box, evaluations=ROUGH) for mask in ranked[:PROMISING]]
    nearer.sort(key=lambda mask: cost_of(mask, few))
    found = [polished(mask, coarse, box, evaluations=40 + 10 * len(mask.names)) for mask in nearer[:BEST]]
    return min(found, key=lambda mask: cost_of(mask, coarse))


def polished(mask: Mask, coarse: Coarse, box: Box, *, evaluations: int = 40) -> Mask:
    """Return the mask of the least squares near a mask, or the mask itself where none is found."""
    free = box.free & (box.lower < box.upper)
    if not free.any() or free.sum() > MOST_PARAMETERS or not np.isfinite(cost_of(mask, coarse)):
        return mask
    from scipy.optimize import least_squares

    rows = _Rows(mask, coarse, free)
    lower, upper = box.lower[free], box.upper[free]
    start = _inside(mask.vector[free], lower, upper)
    try:
        with np.errstate(all="ignore"):  # steps may go anywhere; what is not finite is no better
            found = least_squares(
                rows.residual, start, rows.jacobian, (lower, upper), x_scale="jac", max_nfev=evaluations, ftol=1e-6
            )
    except (ValueError, np.linalg.LinAlgError):  # a step beyond what the formula can say: keep what is known
        return mask
    better = rows.mask(found.x)
    return better if cost_of(better, coarse) < cost_of(mask, coarse) else mask


def _inside(values: Float, lower: Float, upper: Float) -> Float:
    """Return values off their bounds by a thousandth of the range, or of 1 where there is only one bound."""
    width = np.where(np.isfinite(upper - lower), upper - lower, 1.0)
    low, high = lower + 1e-3 * width, upper - 1e-3 * width
    return np.clip(values, np.where(low < high, low, lower), np.where(low < high, high, upper))


class _Rows:
    """Residuals and derivatives on the cells, compressed to a triangle; the last parameters are remembered."""

    def __init__(self, mask: Mask, coarse: Coarse, free: NDArray[np.bool_]) -> None:
        self._given, self._coarse, self._free = mask, coarse, free
        self._at: bytes | None = None
        self._triangle = np.empty((0, 0))

    def mask(self, values: Float) -> Mask:
        vector = self._given.vector
        vector[self._free] = values
        return self._given.with_vector(vector)

    def residual(self, values: Float) -> Float:
        return self._compressed(values)[:, -1]

    def jacobian(self, values: Float) -> Float:
        return self._compressed(values)[:, :-1]

    def _compressed(self, values: Float) -> Float:
        if self._at != values.tobytes():
            self._triangle = np.asarray(np.linalg.qr(self._all(values), mode="r"))
            self._at = values.tobytes()
        return self._triangle

    def _all(self, values: Float) -> Float:
        """Return one row a cell; a free scale is eliminated (Kaufman's form: its change costs nothing)."""
        coarse, mask = self._coarse, self.mask(values)
        root = np.sqrt(coarse.weight)
        try:
            with np.errstate(all="ignore"):
                weights = np.broadcast_to(mask.evaluate(coarse.grid), root.shape)
                scale = scale_of(weights, coarse)
                columns = [
                    _without_scale(root * scale * partial, root * weights, coarse)
                    for partial, free in zip(mask.evaluate_partials(coarse.grid), self._free, strict=True)
                    if free
                ]
                rows = np.stack([*columns, root * (scale * weights - coarse.ratio)], axis=-1).reshape(
                    -1, len(columns) + 1
                )
        except ArgumentError as error:  # such as a level that is not above zero
            raise ValueError(str(error)) from error
        if len(rows) < rows.shape[1]:
            rows = np.vstack([rows, np.zeros((rows.shape[1] - len(rows), rows.shape[1]))])
        if not np.isfinite(rows).all():
            raise ValueError("the mask is not finite here")
        return rows


def _without_scale(column: Float, weights: Float, coarse: Coarse) -> Float:
    """Return a column without what the free scale could do as well."""
    if not coarse.free_scale:
        return column
    own = (weights * weights).sum(axis=(-2, -1), keepdims=True)
    shared = (weights * column).sum(axis=(-2, -1), keepdims=True) / np.where(own > 0, own, 1.0)
    result: Float = column - shared * weights
    return result
