"""Light fall-off of a simple lens over a flat target, which may be tilted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.compose import Product
from hadimg.masks.lens_and_target import LensFalloff, TargetTilt
from hadimg.masks.parameters import parameter
from hadimg.masks.radial import Centered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float, RadialForm
    from hadimg.masks.factored import Factor

__all__ = ["KangWeiss"]


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

    No lens vignettes less than nothing, yet ``alpha`` may lie below 0: measured fall-off that is flat in the middle
    and steep outside asks for it (a shorter focal length, and light given back in proportion to the distance). Such a
    mask is as positive as the others, but may grow at first; `hadimg.masks.is_monotone` tells.

    Parameters
    ----------
    focal_length : float
        ``f`` in half diagonals, 0.2 to 1000.
    alpha : float
        Geometric vignetting per half diagonal, -5 to 1; of a real lens at least 0.
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
    alpha: float = parameter(0.0, lower=-5.0, upper=1.0, unit="per half diagonal", doc="geometric vignetting")
    tilt: float = parameter(0.0, lower=-80.0, upper=80.0, unit="degrees", doc="tilt of the target")
    tilt_axis: float = parameter(0.0, unit="degrees", doc="axis about which the target is tilted")

    @property
    def _factors(self) -> tuple[LensFalloff, TargetTilt]:
        center = {"center_row": self.center_row, "center_col": self.center_col}
        lens = LensFalloff(self.focal_length, self.alpha, **center)
        return lens, TargetTilt(self.focal_length, self.tilt, self.tilt_axis, **center)

    def evaluate(self, grid: Grid) -> Float:
        """Return ``A G T``."""
        lens, tilt = self._factors
        return lens.evaluate(grid) * tilt.evaluate(grid)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield those of the product; a parameter that both factors have gets the sum of both."""
        lens, tilt = self._factors
        sides = [
            (one, other.evaluate(grid), one.evaluate_partials(grid)) for one, other in ((lens, tilt), (tilt, lens))
        ]
        for name in self.names:
            terms = [next(partials) * others for one, others, partials in sides if name in one.names]
            yield terms[0] if len(terms) == 1 else terms[0] + terms[1]

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return that of the product, chained through the parameters that both factors have."""
        product = Product(*self._factors)
        independent = np.array([name.partition(".")[2] for name in product.names])
        ties = (np.array(self.names)[:, np.newaxis] == independent).astype(np.float64)
        result: Float = ties @ product.evaluate_curvature(grid, field) @ ties.T
        return result

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return ``A G``, and ``T`` where something is tilted."""
        lens, tilt = self._factors
        return (*lens.factored(grid), *(tilt.factored(grid) if self.tilt != 0.0 else ()))

    def radial(self) -> RadialForm | None:
        """Return the profile when nothing is tilted."""
        return self._factors[0].radial() if self.tilt == 0.0 else None
