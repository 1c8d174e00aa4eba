"""The fourth power of the cosine of an angle that grows with the distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from hadimg.grid import Grid
from hadimg.masks.contraction import contracted
from hadimg.masks.parameters import checked_number, parameter
from hadimg.masks.radial import Radial, bend_ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Shape
    from hadimg.masks.base import Float

__all__ = ["Cos4Angle"]


@dataclass(frozen=True)
class Cos4Angle(Radial):
    r"""The fourth power of the cosine of an angle that grows with the distance: ``cos(angle * r)**4``.

    FFmpeg's form of the cosine-fourth law; `Cos4` is the law of a rectilinear lens. Both agree at ``r = 0`` and
    ``r = 1`` and differ by 6 % between them at 36 degrees. Where ``angle * r`` exceeds 90 degrees the weight is 0:
    no light comes from behind, and the mask has no inverse there. With the angle :math:`A` in radians:

    .. math::
        \partial w / \partial angle = -4 r \cos^3(A r) \sin(A r) \, \pi / 180, \qquad
        w'(r) / r = -4 A \cos^3(A r) \sin(A r) / r \to -4 A^2

    FFmpeg itself is 0 beyond ``r = 1``, where its backward mode divides by zero, and truncates offsets from the
    center to whole pixels, which matters for odd sizes; this family does neither.

    Parameters
    ----------
    angle : float
        Angle at ``r = 1`` in degrees, 0 to 90. At 0 its derivative vanishes.
    center_row, center_col : float
        Center as fractions of the height and width.

    Examples
    --------
    >>> Cos4Angle(angle=45.0).profile(np.array([0.0, 1.0])).round(6)
    array([1.  , 0.25])
    """

    family: ClassVar[str] = "cos4_angle"
    example: ClassVar[str] = "cos4_angle(angle=36)"

    angle: float = parameter(36.0, lower=0.0, upper=90.0, unit="degrees", doc="angle at r = 1")

    @classmethod
    def for_picture(
        cls, shape: Shape, angle: float = math.pi / 5, x0: float | None = None, y0: float | None = None
    ) -> Self:
        """Return the mask of FFmpeg's ``vignette`` filter for pictures of one size.

        Parameters
        ----------
        shape : (int, int)
            Height and width in pixels.
        angle : float
            In radians, as FFmpeg takes it.
        x0, y0 : float, optional
            Column and row of the center as 0-based pixel indices; ``W / 2`` and ``H / 2`` by default, which is half
            a pixel beyond the middle.

        Examples
        --------
        >>> Cos4Angle.for_picture((480, 640))
        Cos4Angle(center_row=0.5010416666666667, center_col=0.50078125, angle=36.0)
        """
        grid = Grid.of(shape)
        row = grid.height / 2 if y0 is None else checked_number("y0", y0)
        col = grid.width / 2 if x0 is None else checked_number("x0", x0)
        degrees = math.degrees(checked_number("angle", angle))
        return cls(angle=degrees, center_row=(row + 0.5) / grid.height, center_col=(col + 0.5) / grid.width)

    def _turn(self, r: Float) -> Float:
        """Return the angle at each distance in radians, at most a right angle."""
        return np.minimum(math.radians(self.angle) * r, math.pi / 2)

    @staticmethod
    def _cosine(turn: Float) -> Float:
        """Return the cosine, exactly 0 at the right angle, so that a mask without an inverse shows it."""
        return np.where(turn < math.pi / 2, np.cos(turn), 0.0)

    def profile(self, r: Float) -> Float:
        """Return the fourth power of the cosine."""
        return self._cosine(self._turn(r)) ** 4

    def profile_partials(self, r: Float) -> Iterator[Float]:
        """Yield the derivative by the angle."""
        turn = self._turn(r)
        yield -4.0 * r * self._cosine(turn) ** 3 * np.sin(turn) * (math.pi / 180.0)

    def slope_ratio(self, r: Float) -> Float:
        """Return ``-4 A cos**3 sin / r``, and its limit ``-4 A**2`` at the center."""
        turn = self._turn(r)
        rate = math.radians(self.angle)
        away = np.where(r > 0, r, 1.0)
        return np.where(r > 0, -4.0 * rate * self._cosine(turn) ** 3 * np.sin(turn) / away, -4.0 * rate * rate)

    def profile_curvature(self, r: Float, field: Float) -> Float:
        """Return the sum of the second derivative by the angle."""
        turned = np.radians(r)  # how the angle at each distance grows with that at r = 1
        return contracted(field, [[turned * turned * self._bend(self._turn(r))]])

    def slope_ratio_partials(self, r: Float) -> Iterator[Float]:
        """Yield the one by the angle."""
        turn, away = self._turn(r), np.where(r > 0, r, 1.0)
        yield np.radians(turn * self._bend(turn) - 4.0 * self._cosine(turn) ** 3 * np.sin(turn)) / away

    def bend_ratio(self, r: Float) -> Float:
        """Return ``(w''(r) - w'(r) / r) / r**2``."""
        second = math.radians(self.angle) ** 2 * self._bend(self._turn(r))
        return bend_ratio(second, self.slope_ratio(r), r)

    def _bend(self, turn: Float) -> Float:
        """Return the second derivative of the fourth power of the cosine."""
        cosine, sine = self._cosine(turn), np.sin(turn)
        return 4.0 * cosine**2 * (3.0 * sine**2 - cosine**2)
