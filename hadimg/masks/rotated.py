"""Masks along turned axes: where along and across lie, and how their derivatives turn back."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.masks.factored import distance_factor
from hadimg.masks.radial import Centered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["RADIANS", "Bends", "Rotated", "turned_bends"]

RADIANS = math.pi / 180.0
"""Radians per degree: derivatives by an angle in degrees carry this factor."""


@dataclass(frozen=True)
class Rotated(Centered):
    r"""A mask of the positions ``a`` along and ``b`` across an axis through the center.

    The axis makes ``angle`` degrees with the direction of increasing column, counter-clockwise on the screen, where
    rows grow downwards: ``a = u cos t - v sin t``, ``b = u sin t + v cos t``. From the derivatives by ``a`` and ``b``:

    .. math::
        w_u = w_a \cos t + w_b \sin t, \qquad w_v = -w_a \sin t + w_b \cos t, \qquad
        \partial w / \partial angle = (a w_b - b w_a) \, \pi / 180

    A family declares the field ``angle`` itself, where it belongs among its parameters.
    """

    @abstractmethod
    def evaluate_along(self, a: Float, b: Float) -> Float:
        """Return the weights at positions ``a`` along and ``b`` across."""

    @abstractmethod
    def slopes(self, a: Float, b: Float) -> tuple[Float, Float]:
        """Return the derivatives of the weights by ``a`` and ``b``."""

    @abstractmethod
    def own_partials(self, a: Float, b: Float, turn: Float) -> Iterator[Float]:
        """Yield the derivatives by the family's own parameters; ``turn`` is the one by the angle."""

    @abstractmethod
    def own_curvature(self, a: Float, b: Float, field: Float) -> Float:
        """Return the sums of ``field`` times the second derivatives by the own parameters, then ``a``, then ``b``."""

    def axes(self, grid: Grid) -> tuple[Float, Float]:
        """Return the positions along and across of every pixel."""
        v, u = grid.offsets(self.center_row, self.center_col)
        cosine, sine = self._direction
        return u * cosine - v * sine, u * sine + v * cosine

    @property
    def _direction(self) -> tuple[float, float]:
        angle: float = self.angle  # type: ignore[attr-defined]  # each family declares it
        return math.cos(angle * RADIANS), math.sin(angle * RADIANS)

    def shape_factor(
        self, grid: Grid, profile: Callable[[Float], Float], aspect: float, exponent: float = 2.0
    ) -> tuple[Factor, ...]:
        """Return the function of a shape's distance as the one factor that the mask is made of."""
        cosine, sine = self._direction
        root = math.sqrt(aspect)
        axes = ((-sine / root, cosine / root), (cosine * root, sine * root))
        return (distance_factor(grid, (self.center_row, self.center_col), profile, axes=axes, exponent=exponent),)

    def evaluate(self, grid: Grid) -> Float:
        """Return the weights on a grid."""
        return self.evaluate_along(*self.axes(grid))

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the family's own partial derivatives, then those by the center."""
        a, b = self.axes(grid)
        w_a, w_b = self.slopes(a, b)
        yield from self.own_partials(a, b, (a * w_b - b * w_a) * RADIANS)
        cosine, sine = self._direction
        kv, ku = grid.scale
        yield -kv * (w_b * cosine - w_a * sine)
        yield -ku * (w_a * cosine + w_b * sine)

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return the sums along and across, turned back to the center, on which both depend linearly."""
        inner = self.own_curvature(*self.axes(grid), field)
        cosine, sine = self._direction
        kv, ku = grid.scale
        chain = np.eye(len(inner))
        chain[-2:, -2:] = [[kv * sine, -kv * cosine], [-ku * cosine, -ku * sine]]
        result: Float = chain @ inner @ chain.T
        return result


class Bends(NamedTuple):
    """The second derivatives of a function of ``a`` and ``b`` with the angle: by itself, and by ``a`` and by ``b``."""

    twice: Float
    along: Float
    across: Float


def turned_bends(
    a: Float, b: Float, slopes: tuple[Float | float, Float | float], bends: tuple[Float | float, ...]
) -> Bends:
    """Return the second derivatives by the angle in degrees, from those by the positions.

    Parameters
    ----------
    a, b : ndarray
        Positions along and across.
    slopes : (ndarray, ndarray)
        The derivatives by ``a`` and by ``b``.
    bends : (ndarray, ndarray, ndarray)
        The second derivatives: ``a`` twice, both, ``b`` twice.
    """
    w_a, w_b = slopes
    w_aa, w_ab, w_bb = bends
    twice = a * a * w_bb - 2.0 * a * b * w_ab + b * b * w_aa - a * w_a - b * w_b
    return Bends(twice * RADIANS**2, (a * w_ab - b * w_aa + w_b) * RADIANS, (a * w_bb - b * w_ab - w_a) * RADIANS)
