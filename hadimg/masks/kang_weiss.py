"""Light fall-off of a simple lens over a flat target, which may be tilted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from hadimg.masks.base import RadialForm
from hadimg.masks.parameters import parameter
from hadimg.masks.radial import Centered
from hadimg.masks.rotated import RADIANS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float

__all__ = ["KangWeiss"]


class _Factors(NamedTuple):
    """The three factors, and what their derivatives share."""

    off_axis: Float
    vignetting: Float
    tilt: Float
    perspective: Float
    r: Float


@dataclass(frozen=True)
class KangWeiss(Centered):
    r"""Fall-off ``A G T`` of Kang and Weiss: off-axis illumination, geometric vignetting and the target's tilt.

    With :math:`s = r^2`, focal length :math:`f`, tilt :math:`\tau` about an axis at :math:`\chi` and
    :math:`h = u \sin \chi - v \cos \chi`:

    .. math::
        A = (1 + s / f^2)^{-2}, \quad G = 1 - \alpha r, \quad T = \cos \tau \, P^3, \quad P = 1 + \tan \tau \, h / f

    .. math::
        \partial w / \partial f &= 4 s / f^3 \, (1 + s / f^2)^{-3} G T
            - 3 A G \cos \tau \, P^2 \tan \tau \, h / f^2 \\
        \partial w / \partial \alpha &= -r A T \\
        \partial w / \partial \tau &= A G \, (-\sin \tau \, P^3 + 3 P^2 h / (f \cos \tau)) \, \pi / 180 \\
        \partial w / \partial \chi &= A G \, 3 \cos \tau \, P^2 \, (\tan \tau / f)
            (u \cos \chi + v \sin \chi) \, \pi / 180

    and with :math:`B = 3 A G \cos \tau \, P^2 \tan \tau / f` and
    :math:`q = T (-4 (1 + s / f^2)^{-3} G / f^2 - A \alpha / r)` the slopes :math:`w_u = q u + B \sin \chi` and
    :math:`w_v = q v - B \cos \chi`; at ``r = 0`` the cone ``G`` has the mean slope 0.

    Without ``alpha`` and ``tilt`` it is `Cos4` with ``tan(half_field_angle) = 1 / focal_length``. The tilt belongs to
    the target: fit all on a picture of a flat target, then keep the lens by ``replace(tilt=0)``. The weight at the
    center is ``cos(tilt)``, and at tilt 0 the axis means nothing. Positive where ``alpha r < 1`` and ``P > 0`` at every
    pixel: ``r`` is largest, and the linear ``P`` smallest, in a corner. `hadimg.masks.is_positive` tells.

    Parameters
    ----------
    focal_length : float
        ``f`` in half diagonals, 0.2 to 1000.
    alpha : float
        Geometric vignetting per half diagonal, 0 to 1.
    tilt : float
        ``tau`` in degrees, -80 to 80.
    tilt_axis : float
        ``chi`` in degrees, counter-clockwise from the direction of increasing column.
    center_row, center_col : float
        Center as fractions of the height and width.

    Examples
    --------
    >>> KangWeiss(focal_length=1.0, alpha=0.5).radial().profile(np.array([0.0, 1.0]))
    array([1.   , 0.125])
    """

    family: ClassVar[str] = "kang_weiss"
    example: ClassVar[str] = "kang_weiss(focal_length=1.6, alpha=0.12, tilt=8, tilt_axis=30)"

    focal_length: float = parameter(1.5, lower=0.2, upper=1e3, unit="half diagonals", doc="focal length of the lens")
    alpha: float = parameter(0.0, lower=0.0, upper=1.0, unit="per half diagonal", doc="geometric vignetting")
    tilt: float = parameter(0.0, lower=-80.0, upper=80.0, unit="degrees", doc="tilt of the target")
    tilt_axis: float = parameter(0.0, unit="degrees", doc="axis about which the target is tilted")

    @property
    def _axis(self) -> tuple[float, float]:
        return math.cos(self.tilt_axis * RADIANS), math.sin(self.tilt_axis * RADIANS)

    def _factors(self, v: Float, u: Float) -> _Factors:
        cosine, sine = self._axis
        f, tau = self.focal_length, self.tilt * RADIANS
        r = np.hypot(v, u)
        p = 1.0 + math.tan(tau) / f * (u * sine - v * cosine)
        return _Factors(self._off_axis(r), 1.0 - self.alpha * r, math.cos(tau) * (p * p * p), perspective=p, r=r)

    def _off_axis(self, r: Float) -> Float:
        secant = 1.0 + (r / self.focal_length) ** 2
        return 1.0 / (secant * secant)

    def evaluate(self, grid: Grid) -> Float:
        """Return ``A G T``."""
        factors = self._factors(*grid.offsets(self.center_row, self.center_col))
        return factors.off_axis * factors.vignetting * factors.tilt

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the derivatives by focal length, alpha, tilt, tilt axis and center."""
        v, u = grid.offsets(self.center_row, self.center_col)
        a, g, t, p, r = self._factors(v, u)
        cosine, sine = self._axis
        f, tau = self.focal_length, self.tilt * RADIANS
        h = u * sine - v * cosine
        steeper = a / (1.0 + (r / f) ** 2)
        slope = 3.0 * a * g * math.cos(tau) * p**2 * math.tan(tau) / f  # B: the derivative by h
        yield 4.0 * r**2 / f**3 * steeper * g * t - slope * h / f
        yield -r * a * t
        yield a * g * (3.0 * p**2 * h / (f * math.cos(tau)) - math.tan(tau) * t) * RADIANS
        yield slope * (u * cosine + v * sine) * RADIANS
        cone = self.alpha / np.where(r > 0, r, np.inf)
        q = -t * (4.0 * steeper * g / f**2 + a * cone)
        kv, ku = grid.scale
        yield -kv * (q * v - slope * cosine)
        yield -ku * (q * u + slope * sine)

    def radial(self) -> RadialForm | None:
        """Return the profile when nothing is tilted."""
        if self.tilt != 0.0:
            return None
        return RadialForm(
            (self.center_row, self.center_col),
            lambda r: self._off_axis(r) * (1.0 - self.alpha * r),
        )
