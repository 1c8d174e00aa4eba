"""The cosine-fourth law of a rectilinear lens."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hadimg.masks.contraction import contracted
from hadimg.masks.parameters import parameter
from hadimg.masks.radial import Radial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.masks.base import Float

__all__ = ["Cos4"]


@dataclass(frozen=True)
class Cos4(Radial):
    r"""The cosine-fourth law of a rectilinear lens: ``(1 + r**2 tan(half_field_angle)**2)**-2``.

    The light that reaches a pixel falls with the fourth power of the cosine of its angle to the axis; at ``r = 1``
    the weight is ``cos(half_field_angle)**4``. With :math:`T = \tan(half\_field\_angle)` and :math:`s = r^2`:

    .. math::
        \partial w / \partial angle = -4 s T (1 + T^2) (1 + s T^2)^{-3} \, \pi / 180, \qquad
        w'(r) / r = -4 T^2 (1 + s T^2)^{-3}

    Parameters
    ----------
    half_field_angle : float
        Angle between the axis and the outer corner, in degrees, 0 to 89. At 0 its derivative vanishes.
    center_row, center_col : float
        Center as fractions of the height and width.

    Examples
    --------
    >>> import numpy as np
    >>> Cos4(half_field_angle=45.0).profile(np.array([0.0, 1.0])).round(6)
    array([1.  , 0.25])
    """

    family: ClassVar[str] = "cos4"
    example: ClassVar[str] = "cos4(half_field_angle=35)"
    positive: ClassVar[bool] = True

    half_field_angle: float = parameter(30.0, lower=0.0, upper=89.0, unit="degrees", doc="angle to the outer corner")

    @property
    def _tangent(self) -> float:
        return math.tan(math.radians(self.half_field_angle))

    def profile(self, r: Float) -> Float:
        """Return the fourth power of the cosine."""
        return (1.0 + (r * self._tangent) ** 2) ** -2

    def profile_partials(self, r: Float) -> Iterator[Float]:
        """Yield the derivative by the angle."""
        t = self._tangent
        s = r * r
        yield -4.0 * s * t * (1.0 + t * t) * (1.0 + s * t * t) ** -3 * (math.pi / 180.0)

    def slope_ratio(self, r: Float) -> Float:
        """Return ``-4 T**2 (1 + s T**2)**-3``."""
        t = self._tangent
        return -4.0 * t * t * (1.0 + (r * t) ** 2) ** -3

    def profile_curvature(self, r: Float, field: Float) -> Float:
        """Return the sum of the second derivative by the angle."""
        t = self._tangent
        s = r * r
        cosine = 1.0 / (1.0 + s * t * t)  # squared
        turn = (1.0 + t * t) * (math.pi / 180.0)  # of the tangent by the angle
        by_tangent = 4.0 * s * cosine**3 * (6.0 * s * t * t * cosine - 1.0) * turn * turn
        return contracted(field, [[by_tangent - 8.0 * s * t * t * cosine**3 * turn * (math.pi / 180.0)]])

    def slope_ratio_partials(self, r: Float) -> Iterator[Float]:
        """Yield the one by the angle."""
        t = self._tangent
        cosine = 1.0 / (1.0 + (r * t) ** 2)  # squared
        yield 8.0 * t * cosine**3 * (3.0 * (r * t) ** 2 * cosine - 1.0) * (1.0 + t * t) * (math.pi / 180.0)

    def bend_ratio(self, r: Float) -> Float:
        """Return ``24 T**4 (1 + s T**2)**-4``."""
        t = self._tangent
        return 24.0 * t**4 * (1.0 + (r * t) ** 2) ** -4
