"""The two factors of `kang_weiss`: the fall-off of a simple lens, and the tilt of the target before it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.contraction import contracted, gram, stacked
from hadimg.masks.factored import linear_factor
from hadimg.masks.parameters import parameter
from hadimg.masks.radial import Centered, Radial
from hadimg.masks.rotated import RADIANS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["LensFalloff", "TargetTilt"]


@dataclass(frozen=True)
class LensFalloff(Radial):
    r"""Off-axis illumination and geometric vignetting: :math:`A G = (1 + s / f^2)^{-2} (1 - \alpha r)`.

    With :math:`c = 1 / (1 + s / f^2)` and :math:`s = r^2`:

    .. math::
        A_f = 4 s c^3 / f^3, \quad A_{ff} = 12 s c^3 (2 s c / f^2 - 1) / f^4, \quad A_s = -2 c^3 / f^2, \quad
        A_{ss} = 6 c^4 / f^4, \quad A_{fs} = 4 c^3 (1 - 3 s c / f^2) / f^3

    No family of the table: `kang_weiss` says what its parameters mean.
    """

    family: ClassVar[str] = "kang_weiss"

    focal_length: float = parameter(1.5, lower=0.2, upper=1e3)
    alpha: float = parameter(0.0, lower=-5.0, upper=1.0)

    def _cosine_squared(self, r: Float) -> Float:
        return 1.0 / (1.0 + (r / self.focal_length) ** 2)

    def profile(self, r: Float) -> Float:
        """Return ``A G``."""
        secant = 1.0 + (r / self.focal_length) ** 2
        return 1.0 / (secant * secant) * (1.0 - self.alpha * r)

    def profile_partials(self, r: Float) -> Iterator[Float]:
        """Yield the derivatives by focal length and alpha."""
        f, c = self.focal_length, self._cosine_squared(r)
        yield 4.0 / f**3 * r * r * c * c * c * (1.0 - self.alpha * r)
        yield -r * c * c

    def slope_ratio(self, r: Float) -> Float:
        """Return ``2 A_s G - alpha A / r``; at the center without the cone, whose mean slope is 0."""
        c = self._cosine_squared(r)
        cone = self.alpha / np.where(r > 0, r, np.inf)
        return -c * c * (4.0 / self.focal_length**2 * c * (1.0 - self.alpha * r) + cone)

    def profile_curvature(self, r: Float, field: Float) -> Float:
        """Return the sums of the second derivatives by focal length and alpha."""
        f, s, c = self.focal_length, r * r, self._cosine_squared(r)
        steep = 4.0 / f**3 * s * c * c * c
        twice = 3.0 / f * steep * (2.0 / f**2 * s * c - 1.0)
        return contracted(field, [[twice * (1.0 - self.alpha * r), -r * steep], [0.0]])

    def slope_ratio_partials(self, r: Float) -> Iterator[Float]:
        """Yield those by focal length and alpha."""
        f, s, c, away = self.focal_length, r * r, self._cosine_squared(r), np.where(r > 0, r, 1.0)
        steep = 4.0 / f**3 * c * c * c
        yield steep * (2.0 * (1.0 - 3.0 / f**2 * s * c) * (1.0 - self.alpha * r) - self.alpha * r)
        yield f * r * steep - c * c / away

    def bend_ratio(self, r: Float) -> Float:
        """Return ``4 A_ss G - 4 alpha A_s / r + alpha A / r**3``."""
        f, c, away = self.focal_length, self._cosine_squared(r), np.where(r > 0, r, 1.0)
        cone = self.alpha / away * (8.0 / f**2 * c + 1.0 / (away * away))
        return c * c * (24.0 / f**4 * c * c * (1.0 - self.alpha * r) + cone)


@dataclass(frozen=True)
class TargetTilt(Centered):
    r"""The light on a tilted target: :math:`T = c \, (1 + k h)^3` with a cosine, a slope and a height.

    :math:`c = \cos \tau` and :math:`k = \tan \tau / f` are numbers, :math:`h = u \sin \chi - v \cos \chi` depends on
    the pixel; the derivatives are those by ``c``, ``k`` and ``h``, chained.

    No family of the table: `kang_weiss` says what its parameters mean.
    """

    family: ClassVar[str] = "kang_weiss"

    focal_length: float = parameter(1.5, lower=0.2, upper=1e3)
    tilt: float = parameter(0.0, lower=-80.0, upper=80.0)
    tilt_axis: float = parameter(0.0)

    def _height(self, grid: Grid) -> tuple[Float, Float]:
        """Return ``h`` and its derivative by the axis in radians."""
        v, u = grid.offsets(self.center_row, self.center_col)
        cosine, sine = self._axis
        return u * sine - v * cosine, u * cosine + v * sine

    @property
    def _axis(self) -> tuple[float, float]:
        return math.cos(self.tilt_axis * RADIANS), math.sin(self.tilt_axis * RADIANS)

    @property
    def _cosine_and_slope(self) -> tuple[float, float]:
        tau = self.tilt * RADIANS
        return math.cos(tau), math.tan(tau) / self.focal_length

    def _chain(self) -> Float:
        """Return the derivatives of ``c`` and ``k``, one column each, by focal length and tilt."""
        f, tau = self.focal_length, self.tilt * RADIANS
        _, k = self._cosine_and_slope
        return np.array([[0.0, -k / f], [-math.sin(tau) * RADIANS, RADIANS / (f * math.cos(tau) ** 2)]])

    def _height_slopes(self, grid: Grid, turned: Float) -> list[Float | float]:
        """Return the derivatives of ``h`` by tilt axis and center."""
        cosine, sine = self._axis
        kv, ku = grid.scale
        return [turned * RADIANS, kv * cosine, -ku * sine]

    def evaluate(self, grid: Grid) -> Float:
        """Return ``T``."""
        c, k = self._cosine_and_slope
        p = 1.0 + k * self._height(grid)[0]
        return c * (p * p * p)

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return ``T`` as a function of ``k h``, the position across the axis."""
        (cosine, sine), (c, k) = self._axis, self._cosine_and_slope
        center = self.center_row, self.center_col
        return (linear_factor(grid, center, (-k * cosine, k * sine), lambda height: c * (1.0 + height) ** 3),)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the derivatives by focal length, tilt, tilt axis and center."""
        c, k = self._cosine_and_slope
        h, turned = self._height(grid)
        p = 1.0 + k * h
        by_height = 3.0 * c * k * p * p
        for by_c, by_k in self._chain():
            yield p * p * (by_c * p + 3.0 * c * by_k * h)
        for slope in self._height_slopes(grid, turned):
            yield by_height * slope

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return the sums by ``c``, ``k`` and the height's parameters, chained to focal length and tilt."""
        c, k = self._cosine_and_slope
        h, turned = self._height(grid)
        p = 1.0 + k * h
        once, twice = 3.0 * field * p * p, 6.0 * field * p
        by_c, by_k = float(np.sum(field * p * p * p)), float(np.sum(once * h))
        slopes = self._height_slopes(grid, turned)
        cosine, sine = self._axis
        kv, ku = grid.scale
        bends: list[list[Float | float]] = [
            [-h * RADIANS**2, -kv * sine * RADIANS, -ku * cosine * RADIANS],
            [0.0, 0.0],
            [0.0],
        ]
        inner = gram(c * k * k * twice, slopes) + contracted(c * k * once, bends)
        mixed = np.stack([(k * once).ravel(), (c * (once + k * twice * h)).ravel()]) @ stacked(slopes, field.shape).T
        numbers = [[0.0, by_k], [by_k, c * float(np.sum(twice * h * h))]]
        chain = np.eye(5)
        chain[:2, :2] = self._chain()
        result: Float = chain @ np.block([[np.array(numbers), mixed], [mixed.T, inner]]) @ chain.T
        result[:2, :2] += self._bend_of_numbers(by_c, c * by_k)
        return result

    def _bend_of_numbers(self, by_c: float, by_k: float) -> Float:
        """Return the second derivatives of ``by_c * c + by_k * k`` by focal length and tilt."""
        f, (c, k) = self.focal_length, self._cosine_and_slope
        secant = RADIANS / (c * c)
        bend = by_k * np.array([[2.0 * k / f**2, -secant / f**2], [-secant / f**2, 2.0 * secant * k * RADIANS]])
        bend[1, 1] -= by_c * c * RADIANS**2
        return bend
