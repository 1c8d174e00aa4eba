"""The even polynomial that most lens profiles use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hadimg.masks.parameters import parameter
from hadimg.masks.polynomial_form import PolynomialForm
from hadimg.masks.radial import LinearRadial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float

__all__ = ["Polynomial"]


@dataclass(frozen=True)
class Polynomial(LinearRadial):
    r"""An even polynomial of the distance: ``1 + k1 r**2 + k2 r**4 + k3 r**6``.

    With :math:`s = r^2` the derivatives by the coefficients are :math:`s, s^2, s^3`, and
    :math:`w'(r) / r = 2 k_1 + 4 k_2 s + 6 k_3 s^2`. Nothing keeps it positive: ask `remove_mask`, which refuses a mask
    without an inverse.

    Parameters
    ----------
    k1, k2, k3 : float
        Coefficients per half diagonal to the power 2, 4 and 6.
    center_row, center_col : float
        Center as fractions of the height and width.

    Examples
    --------
    >>> import numpy as np
    >>> Polynomial(k1=-0.3).profile(np.array([0.0, 1.0]))
    array([1. , 0.7])
    """

    family: ClassVar[str] = "polynomial"
    example: ClassVar[str] = "polynomial(k1=-0.5334, k2=-0.2926, k3=0.2243)"

    k1: float = parameter(-0.3, unit="per half diagonal^2", doc="coefficient of r^2")
    k2: float = parameter(0.0, unit="per half diagonal^4", doc="coefficient of r^4")
    k3: float = parameter(0.0, unit="per half diagonal^6", doc="coefficient of r^6")

    def profile(self, r: Float) -> Float:
        """Return the polynomial."""
        s = r * r
        return 1.0 + s * (self.k1 + s * (self.k2 + s * self.k3))

    def profile_partials(self, r: Float) -> Iterator[Float]:
        """Yield the powers of ``r**2``."""
        s = r * r
        yield s
        yield s * s
        yield s * s * s

    def slope_ratio(self, r: Float) -> Float:
        """Return ``2 k1 + 4 k2 s + 6 k3 s**2``."""
        s = r * r
        return 2.0 * self.k1 + s * (4.0 * self.k2 + s * 6.0 * self.k3)

    def slope_ratio_partials(self, r: Float) -> Iterator[Float | float]:
        """Yield those of the powers of ``r**2``."""
        s = r * r
        yield 2.0
        yield 4.0 * s
        yield 6.0 * s * s

    def bend_ratio(self, r: Float) -> Float:
        """Return ``8 k2 + 24 k3 s``."""
        return 8.0 * self.k2 + 24.0 * self.k3 * (r * r)

    def polynomial_form(self, grid: Grid) -> PolynomialForm:
        """Return the polynomial of ``r**2``."""
        return PolynomialForm((1.0, self.k1, self.k2, self.k3), self.farthest_squared(grid))
