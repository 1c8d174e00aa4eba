"""A bell-shaped spot, round or elliptic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.base import RadialForm
from hadimg.masks.parameters import parameter
from hadimg.masks.rotated import Rotated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.masks.base import Float

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

    def radial(self) -> RadialForm | None:
        """Return the round spot's profile; an elliptic spot has none."""
        if self.aspect != 1.0:
            return None
        return RadialForm((self.center_row, self.center_col), lambda r: np.exp(-0.5 * (r / self.sigma) ** 2))
