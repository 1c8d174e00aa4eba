"""Masks made of masks: products, the Hadamard inverse, and blending towards the neutral mask."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.masks.base import Mask, RadialForm, require_mask
from hadimg.masks.composite import Composite, Wrapper, field_of, radial_of
from hadimg.masks.constant import Constant
from hadimg.masks.contraction import bordered, cross, stacked
from hadimg.masks.parameters import checked_number, parameter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["Composite", "Product", "Reciprocal", "Strength", "Wrapper", "as_mask", "product"]


def as_mask(value: Mask | float) -> Mask:
    """Return a mask as it is, and a number as the constant mask."""
    if isinstance(value, Mask):
        return value
    return Constant(checked_number("a factor of a mask", value))


def product(*masks: Mask) -> Mask:
    """Return the Hadamard product of masks: the mask itself when it is only one.

    Examples
    --------
    >>> product(Constant(0.5), product(Constant(0.5), Constant(2.0)))
    Product(Constant(value=0.5), Constant(value=0.5), Constant(value=2.0))
    """
    return masks[0] if len(masks) == 1 else Product(*masks)


@dataclass(frozen=True, init=False)
class Product(Composite):
    r"""The Hadamard product of masks, ``w1 * w2 * ...``; also written ``mask1 * mask2``.

    Its derivative by a parameter of one factor is that factor's derivative times the product of all the others (the
    Hadamard product rule), from prefix and suffix products, so that a zero weight costs nothing.

    Parameters
    ----------
    *factors : Mask
        At least one; products among them are flattened.

    Examples
    --------
    >>> (Constant(0.5) * Constant(0.5)).weights((1, 1))
    array([[0.25]])
    """

    family: ClassVar[str] = "product"
    example: ClassVar[str] = (
        "exponential_decay(rate=0.8) * linear_gradient(angle=-90, low=0.5) * gaussian(sigma=0.9, aspect=2, angle=10)"
    )

    factors: tuple[Mask, ...]

    def __init__(self, *factors: Mask) -> None:
        if not factors:
            raise ArgumentError("product: at least one factor is needed, got none")
        flat: list[Mask] = []
        for mask in factors:
            require_mask("product: each factor", mask)
            flat += mask.factors if isinstance(mask, Product) else [mask]
        counts = sorted({mask.channels for mask in flat if mask.channels is not None})
        if len(counts) > 1:
            raise ArgumentError(f"product: factors must tell equally many channels apart, got {counts}")
        object.__setattr__(self, "factors", tuple(flat))

    def __repr__(self) -> str:
        return f"Product({', '.join(map(repr, self.factors))})"

    @property
    def parts(self) -> tuple[Mask, ...]:
        """The factors."""
        return self.factors

    def with_parts(self, parts: Sequence[Mask]) -> Self:
        """Return the product of other factors."""
        return type(self)(*parts)

    def evaluate(self, grid: Grid) -> Float:
        """Return the product of the factors' weights."""
        result = self.factors[0].evaluate(grid)
        for factor in self.factors[1:]:
            result = result * factor.evaluate(grid)
        return result

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield each factor's partial derivatives times all other factors."""
        weights = [factor.evaluate(grid) for factor in self.factors]
        after = [np.ones(grid.shape)]
        for factor_weights in reversed(weights[1:]):
            after.append(after[-1] * factor_weights)
        before = np.ones(grid.shape)
        for factor, own, rest in zip(self.factors, weights, reversed(after), strict=True):
            others = before * rest
            for partial in factor.evaluate_partials(grid):
                yield partial * others
            before = before * own

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return each factor's own second derivatives times all others, and the products of slopes of two factors."""
        nothing = field == 0  # what counts for nothing may be infinite
        weights = [np.where(nothing, 0.0, factor.evaluate(grid)) for factor in self.factors]
        slopes = [
            stacked((np.where(nothing, 0.0, partial) for partial in factor.evaluate_partials(grid)), field.shape)
            for factor in self.factors
        ]
        after = [np.ones(())]
        for factor_weights in reversed(weights[1:]):
            after.append(after[-1] * factor_weights)
        after.reverse()
        before = field
        blocks = [[np.zeros((len(one), len(other))) for other in slopes] for one in slopes]
        for k, factor in enumerate(self.factors):
            blocks[k][k] = factor.evaluate_curvature(grid, field_of(factor, before * after[k]))
            between = before
            for n in range(k + 1, len(self.factors)):
                blocks[k][n] = cross(between * after[n], slopes[k], slopes[n])
                blocks[n][k] = blocks[k][n].T
                between = between * weights[n]
            before = before * weights[k]
        return np.block(blocks)

    def factored(self, grid: Grid) -> tuple[Factor, ...] | None:
        """Return the factors' own factors, or one where all share one center."""
        if self.radial() is not None:
            return super().factored(grid)
        parts = [factor.factored(grid) for factor in self.factors]
        return None if None in parts else tuple(one for part in parts for one in part or ())

    def radial(self) -> RadialForm | None:
        """Return the product of the profiles when all factors share one center."""
        return radial_of(self.factors, lambda *profiles: reduce(mul, profiles))


@dataclass(frozen=True)
class Reciprocal(Wrapper):
    r"""The Hadamard inverse ``1 / w`` of a mask; also written ``1 / mask``.

    Its derivative is :math:`-\partial w / w^2`. Where the mask is zero there is no inverse: the weights are infinite
    there, and `apply_mask` and `remove_mask` refuse them.

    Parameters
    ----------
    mask : Mask
        What is inverted.

    Examples
    --------
    >>> Reciprocal(Constant(0.5)).weights((1, 1))
    array([[2.]])
    """

    family: ClassVar[str] = "reciprocal"
    example: ClassVar[str] = "reciprocal(cos4(half_field_angle=30))"
    multiplicative: ClassVar[bool] = True

    def of_weights(self, weights: Float) -> Float:
        """Return the inverse weights."""
        return _inverse(weights)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield ``-dw / w**2``."""
        factor = -(_inverse(self.mask.evaluate(grid)) ** 2)
        for partial in self.mask.evaluate_partials(grid):
            yield partial * factor

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return the sums of ``2 dw dw / w**3 - ddw / w**2``."""
        # what counts for nothing may be infinite
        inverse = np.where(field == 0, 0.0, _inverse(self.mask.evaluate(grid)))
        slope = -field * inverse**2
        return self.chained_curvature(grid, slope, -2.0 * slope * inverse)

    def reciprocal(self) -> Mask:
        """Return the mask itself: the inverse of the inverse."""
        return self.mask


def _inverse(weights: Float) -> Float:
    with np.errstate(divide="ignore", over="ignore"):
        return 1.0 / weights


@dataclass(frozen=True)
class Strength(Wrapper):
    r"""A mask blended towards the neutral one: ``1 + amount * (w - 1)``.

    What camera tunings call strength. The derivative by the amount is ``w - 1``; all others are ``amount`` times the
    mask's own.

    Parameters
    ----------
    mask : Mask
        What is blended.
    amount : float
        0 is no mask at all, 1 the mask itself; up to 10 exaggerates it.

    Examples
    --------
    >>> Strength(Constant(0.5), 0.5).weights((1, 1))
    array([[0.75]])
    """

    family: ClassVar[str] = "strength"
    example: ClassVar[str] = "strength(exponential_decay(rate=1.2), amount=0.6)"

    amount: float = parameter(1.0, lower=0.0, upper=10.0, doc="0 no mask, 1 the mask itself")

    def of_weights(self, weights: Float) -> Float:
        """Return the blended weights."""
        return 1.0 + self.amount * (weights - 1.0)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the mask's partial derivatives times the amount, then the one by the amount."""
        for partial in self.mask.evaluate_partials(grid):
            yield self.amount * partial
        yield self.mask.evaluate(grid) - 1.0

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return the mask's own times the amount, bordered by its slopes."""
        own = self.amount * self.mask.evaluate_curvature(grid, field)
        return bordered(own, [np.sum(field * partial) for partial in self.mask.evaluate_partials(grid)], 0.0)
