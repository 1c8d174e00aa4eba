"""A bell-shaped spot, round or elliptic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.base import RadialForm
from hadimg.masks.contraction import contracted, gram
from hadimg.masks.parameters import parameter
from hadimg.masks.rotated import RADIANS, Rotated, turned_bends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["Gaussian"]


@dataclass(frozen=True)
class Gaussian(Rotated):
    r"""A bell-shaped spot: ``exp(-Q / 2)`` with ``Q = (a**2 / aspect + aspect * b**2) / sigma**2``.

    ``a`` lies along and ``b`` across the axis of ``angle``; the widths are ``sigma * sqrt(aspect)`` along and
    ``sigma / sqrt(aspect)`` across.

    .. math::
        \partial w / \partial \sigma = w Q / \sigma, \quad
        \partial w / \partial m = -(w / 2)(b^2 - a^2 / m^2) / \sigma^2, \quad
        \partial w / \partial angle = -w \, a b \, (m - 1/m) / \sigma^2 \, \pi / 180

    Parameters
    ----------
    sigma : float
        Width in half diagonals, 0.001 to 1000.
    aspect : float
        Width along the axis over width across it, 0.05 to 20. At 1 the angle is unidentifiable.
    angle : float
        Degrees, counter-clockwise from the direction of increasing column.
    center_row, center_col : float
        Center as fractions of the height and width.

    Examples
    --------
    >>> float(Gaussian(sigma=0.5).weights((1, 1))[0, 0])
    1.0
    """

    family: ClassVar[str] = "gaussian"
    example: ClassVar[str] = "gaussian(sigma=0.5, aspect=1.6, angle=25)"
    positive: ClassVar[bool] = True

    sigma: float = parameter(0.7, lower=1e-3, upper=1e3, unit="half diagonals", doc="width")
    aspect: float = parameter(1.0, lower=0.05, upper=20.0, doc="width along over width across")
    angle: float = parameter(0.0, unit="degrees", doc="direction of the axis")

    def _quadratic(self, a: Float, b: Float) -> Float:
        return (a * a / self.aspect + self.aspect * b * b) / self.sigma**2

    def evaluate_along(self, a: Float, b: Float) -> Float:
        """Return ``exp(-Q / 2)``."""
        return np.exp(-0.5 * self._quadratic(a, b))

    def slopes(self, a: Float, b: Float) -> tuple[Float, Float]:
        """Return ``-w a / (m sigma**2)`` and ``-w m b / sigma**2``."""
        scaled = self.evaluate_along(a, b) / self.sigma**2
        return -scaled * a / self.aspect, -scaled * self.aspect * b

    def own_partials(self, a: Float, b: Float, turn: Float) -> Iterator[Float]:
        """Yield the derivatives by sigma, aspect and angle."""
        quadratic = self._quadratic(a, b)
        w = np.exp(-0.5 * quadratic)
        yield w * quadratic / self.sigma
        yield -0.5 * w * (b * b - a * a / self.aspect**2) / self.sigma**2
        yield turn

    def own_curvature(self, a: Float, b: Float, field: Float) -> Float:
        """Return the sums of ``w (Q_k Q_l / 4 - Q_kl / 2)``."""
        m, sigma, square = self.aspect, self.sigma, self.sigma**2
        q = self._quadratic(a, b)
        weighted = field * np.exp(-0.5 * q)
        slopes = q_a, q_b = 2.0 * a / (m * square), 2.0 * m * b / square
        turn = turned_bends(a, b, slopes, (2.0 / (m * square), 0.0, 2.0 * m / square))
        by_aspect, by_angle = (b * b - a * a / m**2) / square, (a * q_b - b * q_a) * RADIANS
        gradient = [-2.0 * q / sigma, by_aspect, by_angle, q_a, q_b]
        bends: list[list[Float | float]] = [
            [6.0 * q / square, *(-2.0 / sigma * part for part in gradient[1:])],
            [2.0 * a * a / (m**3 * square), 2.0 * RADIANS * a * b * (1.0 + 1.0 / m**2) / square, -q_a / m, q_b / m],
            [turn.twice, turn.along, turn.across],
            [2.0 / (m * square), 0.0],
            [2.0 * m / square],
        ]
        return gram(0.25 * weighted, gradient) - 0.5 * contracted(weighted, bends)

    def _profile(self, distance: Float) -> Float:
        return np.exp(-0.5 * (distance / self.sigma) ** 2)

    def radial(self) -> RadialForm | None:
        """Return the round spot's profile; an elliptic spot has none."""
        if self.aspect != 1.0:
            return None
        return RadialForm((self.center_row, self.center_col), self._profile)

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return the profile of the ellipse's distance."""
        return self.shape_factor(grid, self._profile, self.aspect)
