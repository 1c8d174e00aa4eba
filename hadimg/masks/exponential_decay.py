"""Brightness that decays exponentially from a center: the demonstration of the slides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.contraction import contracted
from hadimg.masks.parameters import parameter
from hadimg.masks.radial import Radial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.masks.base import Float

__all__ = ["ExponentialDecay"]


@dataclass(frozen=True)
class ExponentialDecay(Radial):
    r"""Brightness that decays exponentially from a center: ``exp(-rate * r**power)``.

    The mask of the slides' "Physical meaning of Hadamard product". The center keeps its brightness, the outer corner
    of a centered mask gets ``exp(-rate)``. With ``power=2`` it is an isotropic gaussian, ``rate = 1 / (2 sigma**2)``.

    .. math::
        \partial w / \partial rate = -r^p w, \qquad
        \partial w / \partial power = -rate \, r^p \ln(r) \, w, \qquad
        w'(r) / r = -rate \, p \, r^{p-2} w

    Parameters
    ----------
    rate : float
        Decay per (half diagonal)**power, at least 0.
    power : float
        0.25 to 8. Below 1 the slope at the center is unbounded; at ``rate=0`` the power is unidentifiable.
    center_row, center_col : float
        Center as fractions of the height and width.

    Examples
    --------
    >>> import numpy as np
    >>> mask = ExponentialDecay(rate=1.2)
    >>> bool(np.isclose(mask.profile(np.array([1.0]))[0], np.exp(-1.2)))
    True
    """

    family: ClassVar[str] = "exponential_decay"
    example: ClassVar[str] = "exponential_decay(rate=1.2, power=1.3)"
    positive: ClassVar[bool] = True

    rate: float = parameter(1.0, lower=0.0, unit="per (half diagonal)^power", doc="decay")
    power: float = parameter(1.0, lower=0.25, upper=8.0, doc="exponent of the distance")

    def profile(self, r: Float) -> Float:
        """Return ``exp(-rate * r**power)``."""
        return np.exp(-self.rate * r**self.power)

    def profile_partials(self, r: Float) -> Iterator[Float]:
        """Yield the derivatives by rate and power."""
        raised = r**self.power
        falloff = np.exp(-self.rate * raised)
        yield -raised * falloff
        yield -self.rate * raised * np.log(np.where(r > 0, r, 1.0)) * falloff

    def slope_ratio(self, r: Float) -> Float:
        """Return ``-rate * p * r**(p - 2) * w``; a cone at the center for powers below 2."""
        away = np.where(r > 0, r, 1.0)
        ratio = -self.rate * self.power * away ** (self.power - 2.0) * self.profile(r)
        return np.where(r > 0, ratio, -2.0 * self.rate if self.power == 2.0 else 0.0)

    def profile_curvature(self, r: Float, field: Float) -> Float:
        """Return the sums of the second derivatives by rate and power."""
        raised, log = r**self.power, np.log(np.where(r > 0, r, 1.0))
        falloff = np.exp(-self.rate * raised)
        bend = raised * (self.rate * raised - 1.0) * falloff
        return contracted(field, [[raised * raised * falloff, bend * log], [self.rate * bend * log * log]])

    def slope_ratio_partials(self, r: Float) -> Iterator[Float]:
        """Yield those by rate and power."""
        p, away = self.power, np.where(r > 0, r, 1.0)
        decay = self.rate * away**p
        common = away ** (p - 2.0) * np.exp(-decay)
        yield p * (decay - 1.0) * common
        yield self.rate * (p * np.log(away) * (decay - 1.0) - 1.0) * common

    def bend_ratio(self, r: Float) -> Float:
        """Return ``rate * p * r**(p - 4) * (rate * p * r**p - p + 2) * w``."""
        p, away = self.power, np.where(r > 0, r, 1.0)
        decay = self.rate * away**p
        return self.rate * p * away ** (p - 4.0) * (p * decay - p + 2.0) * np.exp(-decay)
