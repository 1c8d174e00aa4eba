"""Masks along turned axes: where along and across lie, and how their derivatives turn back."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hadimg.masks.radial import Centered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float

__all__ = ["RADIANS", "Rotated"]

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

    def axes(self, grid: Grid) -> tuple[Float, Float]:
        """Return the positions along and across of every pixel."""
        v, u = grid.offsets(self.center_row, self.center_col)
        cosine, sine = self._direction
        return u * cosine - v * sine, u * sine + v * cosine

    @property
    def _direction(self) -> tuple[float, float]:
        angle: float = self.angle  # type: ignore[attr-defined]  # each family declares it
        return math.cos(angle * RADIANS), math.sin(angle * RADIANS)

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
