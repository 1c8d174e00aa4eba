"""Powers of masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.compose import Wrapper
from hadimg.masks.contraction import bordered
from hadimg.masks.parameters import parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float

__all__ = ["Power"]


@dataclass(frozen=True)
class Power(Wrapper):
    r"""Every weight of a mask raised to one power, ``w ** exponent``; also written ``mask ** exponent``.

    A mask of linear light becomes one of pixels coded with gamma 2.2 by the exponent 1 / 2.2. The derivative by the
    exponent is :math:`w^p \ln w`; all others are :math:`p \, w^{p - 1}` times the mask's own. A weight below zero has
    only whole powers and zero only those from 0 on: elsewhere weights are not finite, and `apply_mask` and
    `remove_mask` refuse them.

    Parameters
    ----------
    mask : Mask
        What is raised.
    exponent : float
        -10 to 10: 1 is the mask itself, 0 no mask at all.

    Examples
    --------
    >>> from hadimg import masks
    >>> (masks.Constant(0.5) ** 2).weights((1, 1))
    array([[0.25]])
    """

    family: ClassVar[str] = "power"
    example: ClassVar[str] = "power(gaussian(sigma=0.7, aspect=1.5), exponent=0.45)"
    multiplicative: ClassVar[bool] = True

    exponent: float = parameter(1.0, lower=-10.0, upper=10.0, doc="0 no mask, 1 the mask itself")

    def of_weights(self, weights: Float) -> Float:
        """Return the powers of the weights."""
        return _power(weights, self.exponent)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the mask's partial derivatives times ``p w**(p - 1)``, then ``w**p ln(w)``."""
        weights = self.mask.evaluate(grid)
        factor = self.exponent * _power(weights, self.exponent - 1.0) if self.exponent else np.zeros_like(weights)
        for partial in self.mask.evaluate_partials(grid):
            # Where a weight stays zero, so does its power, however steep the power is there.
            yield np.multiply(factor, partial, out=np.zeros_like(weights), where=partial != 0)
        yield _by_exponent(weights, self.exponent)

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return the sums by the chain rule; at a weight of 0 what is not finite counts as 0."""
        weights, p = self.mask.evaluate(grid), self.exponent
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            log = np.log(weights)
            terms = [p * weights ** (p - 1.0), p * (p - 1.0) * weights ** (p - 2.0)]
            terms += [weights ** (p - 1.0) * (1.0 + p * log), weights**p * log**2]
        skipped = field == 0
        slope, bend, mixed, last = (
            field * np.where(skipped | ((weights == 0) & ~np.isfinite(term)), 0.0, term) for term in terms
        )
        by_exponent = [np.sum(mixed * partial) for partial in self.mask.evaluate_partials(grid)]
        return bordered(self.chained_curvature(grid, slope, bend), by_exponent, float(last.sum()))


def _power(weights: Float, exponent: float) -> Float:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        result: Float = weights**exponent
        return result


def _by_exponent(weights: Float, exponent: float) -> Float:
    """Return ``w**p ln(w)``, which tends to 0 with the weight for powers above 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        result = _power(weights, exponent) * np.log(weights)
    return np.where(weights == 0, 0.0, result) if exponent > 0 else result
