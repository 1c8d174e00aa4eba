"""The radial vignetting correction of DNG files."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.base import RadialForm
from hadimg.masks.contraction import contracted, cross, gram, stacked
from hadimg.masks.factored import distance_factor
from hadimg.masks.parameters import parameter
from hadimg.masks.polynomial_form import PolynomialForm
from hadimg.masks.radial import Centered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["DngVignette"]


@dataclass(frozen=True)
class DngVignette(Centered):
    r"""The inverse of the gain of DNG's opcode ``FixVignetteRadial``: ``1 / (1 + k0 z + k1 z**2 + ... + k4 z**5)``.

    The opcode multiplies by the gain :math:`g`, so the mask is its inverse and `remove_mask` does what the opcode
    does. As in Adobe's SDK ``z`` is the squared distance from the center over that of the farthest outer corner
    :math:`m_2`, which depends on the center and on the shape of the picture:

    .. math::
        z = s / m_2, \qquad
        m_2 = (k_v \max(c_r, 1 - c_r))^2 + (k_u \max(c_c, 1 - c_c))^2

    Its derivatives are, with the same for the column,

    .. math::
        \partial w / \partial k_n = -z^{n+1} / g^2, \qquad
        \partial w / \partial c_r = -\frac{g'(z)}{g^2 m_2} \left( -2 k_v v
        - 2 z k_v^2 \max(c_r, 1 - c_r) \, \mathrm{sgn}(c_r - 0.5) \right)

    where the kink at 0.5 has :math:`\mathrm{sgn}(0) = 0`, the mean of both sides. Other readers of the opcode take
    the farthest pixel center for the corner: with a center off the middle that is another mask.

    Parameters
    ----------
    k0, k1, k2, k3, k4 : float
        Coefficients as they stand in the file.
    center_row, center_col : float
        Center as fractions of the height and width, as in the file (which gives the column first).

    Examples
    --------
    >>> DngVignette(k0=1.0).weights((1, 3)).round(3)
    array([[0.714, 1.   , 0.714]])
    """

    family: ClassVar[str] = "dng_vignette"
    example: ClassVar[str] = "dng_vignette(k0=0.3, k1=0.2, k2=-0.1, k3=0.15, k4=0.05, center_row=0.45, center_col=0.52)"

    k0: float = parameter(0.0, doc="coefficient of z")
    k1: float = parameter(0.0, doc="coefficient of z^2")
    k2: float = parameter(0.0, doc="coefficient of z^3")
    k3: float = parameter(0.0, doc="coefficient of z^4")
    k4: float = parameter(0.0, doc="coefficient of z^5")

    def corner_squared(self, grid: Grid) -> float:
        """Return the squared distance of the farthest outer corner from the center, in half diagonals squared."""
        kv, ku = grid.scale
        down = kv * max(self.center_row, 1.0 - self.center_row)
        across = ku * max(self.center_col, 1.0 - self.center_col)
        return down * down + across * across

    def _gain(self, z: Float) -> Float:
        return 1.0 + z * (self.k0 + z * (self.k1 + z * (self.k2 + z * (self.k3 + z * self.k4))))

    def _gain_slope(self, z: Float) -> Float:
        return self.k0 + z * (2.0 * self.k1 + z * (3.0 * self.k2 + z * (4.0 * self.k3 + z * 5.0 * self.k4)))

    def _gain_bend(self, z: Float) -> Float:
        return 2.0 * self.k1 + z * (6.0 * self.k2 + z * (12.0 * self.k3 + z * 20.0 * self.k4))

    def _weight(self, z: Float) -> Float:
        with np.errstate(divide="ignore"):  # where the gain is zero the mask is infinite, and refused by name
            return 1.0 / self._gain(z)

    def evaluate(self, grid: Grid) -> Float:
        """Return the inverse gain at the distance of every pixel."""
        v, u = grid.offsets(self.center_row, self.center_col)
        return self._weight((v * v + u * u) / self.corner_squared(grid))

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the derivatives by the coefficients, then those by the center, which moves the corner too."""
        v, u = grid.offsets(self.center_row, self.center_col)
        farthest = self.corner_squared(grid)
        z = (v * v + u * u) / farthest
        square = self._weight(z) ** 2
        power = -square
        for _ in range(5):
            power = power * z
            yield power
        slope = -self._gain_slope(z) * square / farthest
        kv, ku = grid.scale
        yield slope * (-2.0 * kv * v - z * _corner_slope(self.center_row, kv))
        yield slope * (-2.0 * ku * u - z * _corner_slope(self.center_col, ku))

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        r"""Return the sums of :math:`2 w^3 g_k g_l - w^2 g_{kl}`; the center moves the gain through ``z``."""
        v, u = grid.offsets(self.center_row, self.center_col)
        (kv, ku), farthest = grid.scale, self.corner_squared(grid)
        z = (v * v + u * u) / farthest
        grow_v, grow_u = _corner_slope(self.center_row, kv) / farthest, _corner_slope(self.center_col, ku) / farthest
        moves = z_v, z_u = -2.0 * kv * v / farthest - z * grow_v, -2.0 * ku * u / farthest - z * grow_u
        bend_v, bend_u = ((2.0 * k * k / farthest) * (1.0 - z) for k in (kv, ku))
        bends = [[bend_v - 2.0 * z_v * grow_v, -z_v * grow_u - z_u * grow_v], [bend_u - 2.0 * z_u * grow_u]]
        weight = np.where(field == 0, 0.0, self._weight(z))  # what counts for nothing may be infinite
        square, slope = field * weight**2, self._gain_slope(z)
        powers = list(accumulate([z] * 5, np.multiply))
        gradient = [*powers, slope * z_v, slope * z_u]
        by_z = stacked([1.0, *((n + 2.0) * power for n, power in enumerate(powers[:4]))], field.shape)
        mixed = cross(square, by_z, stacked(moves, field.shape))
        center = gram(square * self._gain_bend(z), moves) + contracted(square * slope, bends)
        of_gain: Float = np.block([[np.zeros((5, 5)), mixed], [mixed.T, center]])
        return gram(2.0 * square * weight, gradient) - of_gain

    def radial(self) -> RadialForm | None:
        """Return the profile of a mask with its center in the middle, where the corner lies at ``r = 1``."""
        if (self.center_row, self.center_col) != (0.5, 0.5):
            return None
        return RadialForm((0.5, 0.5), lambda r: self._weight(r * r))

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return the profile of the distance, wherever the center lies."""
        unit = self.corner_squared(grid)
        return (distance_factor(grid, (self.center_row, self.center_col), lambda r: self._weight(r * r / unit)),)

    def polynomial_form(self, grid: Grid) -> PolynomialForm:
        """Return the polynomial of ``z``."""
        end = self.farthest_squared(grid) / self.corner_squared(grid)
        return PolynomialForm((1.0, self.k0, self.k1, self.k2, self.k3, self.k4), end, inverted=True)


def _corner_slope(center: float, scale: float) -> float:
    """Return the derivative of one term of `DngVignette.corner_squared` by its center."""
    return 2.0 * scale**2 * max(center, 1.0 - center) * float(np.sign(center - 0.5))
