"""Fall-off that sets in towards the corners as a hyperbolic tangent does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.contraction import contracted
from hadimg.masks.parameters import Parameter, parameter
from hadimg.masks.radial import Radial, bend_ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.masks.base import Float, Mask

__all__ = ["TanhFalloff"]


@dataclass(frozen=True)
class TanhFalloff(Radial):
    r"""The inverse of RawTherapee's vignetting gain: ``1 / (V - (V - 1) T)`` with ``V = 1 / corner``.

    ``T = tanh(b (1 - r)) / tanh(b)`` falls from 1 at the center to 0 at ``r = 1``; the weight is 1 at the center and
    ``corner`` at ``r = 1``. With the gain :math:`g = V - (V - 1) T` and the steepness :math:`b`:

    .. math::
        \partial w / \partial corner = (1 - T) / (g \, corner)^2, \qquad
        \partial w / \partial b = (V - 1) \, \partial_b T / g^2, \qquad
        w'(r) / r = (V - 1) \, \partial_r T / (g^2 r)

    with :math:`\partial_r T = -b \, \mathrm{sech}^2(b (1 - r)) / \tanh b` and :math:`\partial_b T = [(1 - r) \,
    \mathrm{sech}^2(b (1 - r)) \tanh b - \tanh(b (1 - r)) \, \mathrm{sech}^2 b] / \tanh^2 b`. The slope at the center
    is visible for a steepness below 3.

    Parameters
    ----------
    corner : float
        Weight at ``r = 1``, 1e-6 to 1. At 1 the steepness is unidentifiable.
    steepness : float
        1 to 8; larger values keep the fall-off nearer to the corners.
    center_row, center_col : float
        Center as fractions of the height and width.

    Examples
    --------
    >>> TanhFalloff(corner=0.4).profile(np.array([0.0, 1.0])).round(12)
    array([1. , 0.4])
    """

    family: ClassVar[str] = "tanh_falloff"
    example: ClassVar[str] = "tanh_falloff(corner=0.4, steepness=3.5)"
    positive: ClassVar[bool] = True

    corner: float = parameter(0.5, lower=1e-6, upper=1.0, doc="weight at r = 1")
    steepness: float = parameter(4.5, lower=1.0, upper=8.0, doc="how late the fall-off sets in")

    @classmethod
    def from_rawtherapee(
        cls, amount: float, radius: float = 50.0, strength: float = 1.0, *, center_x: float = 0.0, center_y: float = 0.0
    ) -> Mask:
        """Return what RawTherapee's vignetting correction multiplies a picture by.

        Parameters
        ----------
        amount : float
            -100 to 100. Above 0 the gain of at least 1 multiplies the picture, below 0 it divides it.
        radius : float
            0 to 100; the steepness is ``1 + 7 radius / 100``.
        strength : float
            1 to 100; the gain at ``r = 1`` is ``1 + strength * abs(amount) * 3 / 400``.
        center_x, center_y : float
            Shift of the center in percent of the width and height, -100 to 100.

        Returns
        -------
        Mask
            A mask of this family for negative amounts, its reciprocal for positive ones.

        Examples
        --------
        >>> TanhFalloff.from_rawtherapee(-100, strength=4).corner
        0.25
        """
        amount = Parameter(-100.0, 100.0, "", "").check("amount", amount)
        radius = Parameter(0.0, 100.0, "", "").check("radius", radius)
        strength = Parameter(1.0, 100.0, "", "").check("strength", strength)
        shift = Parameter(-100.0, 100.0, "percent", "")
        falloff = cls(
            corner=1.0 / (1.0 + strength * abs(amount) * 3.0 / 400.0),
            steepness=1.0 + 7.0 * radius / 100.0,
            center_row=0.5 + shift.check("center_y", center_y) / 100.0,
            center_col=0.5 + shift.check("center_x", center_x) / 100.0,
        )
        return falloff if amount <= 0 else falloff.reciprocal()

    def _ramp(self, r: Float) -> Float:
        return np.tanh(self.steepness * (1.0 - r)) / math.tanh(self.steepness)

    def _weight(self, ramp: Float) -> Float:
        most = 1.0 / self.corner
        return 1.0 / (most - (most - 1.0) * ramp)

    def profile(self, r: Float) -> Float:
        """Return the inverse gain."""
        return self._weight(self._ramp(r))

    def profile_partials(self, r: Float) -> Iterator[Float]:
        """Yield the derivatives by corner and steepness."""
        b, ramp = self.steepness, self._ramp(r)
        square = self._weight(ramp) ** 2
        yield (1.0 - ramp) * square / self.corner**2
        end, slope_at_end = math.tanh(b), float(_sech_squared(np.array(b)))
        by_steepness = (1.0 - r) * _sech_squared(b * (1.0 - r)) / end - ramp * slope_at_end / end
        yield (1.0 / self.corner - 1.0) * by_steepness * square

    def slope_ratio(self, r: Float) -> Float:
        """Return ``(V - 1) dT/dr / (g**2 r)``; 0 at the center, the mean over the cone by symmetry."""
        b = self.steepness
        slope = -b * _sech_squared(b * (1.0 - r)) / math.tanh(b)
        ratio = (1.0 / self.corner - 1.0) * slope * self.profile(r) ** 2 / np.where(r > 0, r, 1.0)
        return np.where(r > 0, ratio, 0.0)

    def profile_curvature(self, r: Float, field: Float) -> Float:
        """Return the sums of the second derivatives by corner and steepness."""
        (twice_corner, mixed, _), (twice_steepness, _), _ = self._bends(r)
        return contracted(field, [[twice_corner, mixed], [twice_steepness]])

    def slope_ratio_partials(self, r: Float) -> Iterator[Float]:
        """Yield those by corner and steepness."""
        (_, _, corner_slope), (_, steepness_slope), _ = self._bends(r)
        away = np.where(r > 0, r, 1.0)
        yield corner_slope / away
        yield steepness_slope / away

    def bend_ratio(self, r: Float) -> Float:
        """Return ``(w''(r) - w'(r) / r) / r**2``."""
        return bend_ratio(self._bends(r)[2][0], self.slope_ratio(r), r)

    def _bends(self, r: Float) -> tuple[tuple[Float, ...], ...]:
        """Return the second derivatives of the weights by corner, steepness and distance: the upper triangle.

        Those of ``w = 1 / g`` are ``2 w**3 g_k g_l - w**2 g_kl``.
        """
        b, most, before = self.steepness, 1.0 / self.corner, 1.0 - r
        end, edge = math.tanh(b), float(_sech_squared(np.array(b))) / math.tanh(b)
        rise, slope = np.tanh(b * before), _sech_squared(b * before)
        bend = -2.0 * rise * slope / end
        ramp, by_r = rise / end, -b * slope / end
        by_b = before * slope / end - ramp * edge
        twice_b = before * before * bend - 2.0 * edge * (before * slope - rise / end) / end
        by_r_and_b = -slope / end - b * before * bend + b * edge * slope / end
        first = (-most * most * (1.0 - ramp), (1.0 - most) * by_b, (1.0 - most) * by_r)
        second = (
            (2.0 * most**3 * (1.0 - ramp), most * most * by_b, most * most * by_r),
            ((1.0 - most) * twice_b, (1.0 - most) * by_r_and_b),
            ((1.0 - most) * b * b * bend,),
        )
        w = self._weight(ramp)
        return tuple(
            tuple(w * w * (2.0 * w * first[k] * first[k + n] - part) for n, part in enumerate(row))
            for k, row in enumerate(second)
        )


def _sech_squared(x: Float) -> Float:
    """Return ``1 / cosh(x)**2`` without overflow, to full precision also where it is small."""
    small = np.exp(-2.0 * np.abs(x))
    return 4.0 * small / (1.0 + small) ** 2
