"""The radial vignetting model of Hugin's projects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from hadimg.grid import Grid
from hadimg.masks.parameters import checked_number, parameter
from hadimg.masks.polynomial_form import PolynomialForm
from hadimg.masks.radial import LinearRadial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Shape
    from hadimg.masks.base import Float

__all__ = ["Hugin"]


@dataclass(frozen=True)
class Hugin(LinearRadial):
    r"""The radial vignetting of Hugin and fulla: ``va + vb r**2 + vc r**4 + vd r**6``.

    The mask multiplies the scene; Hugin's correction divides by it. Its radius is 1 at half the diagonal, as here.
    With :math:`s = r^2` the derivatives by the coefficients are :math:`1, s, s^2, s^3`, and
    :math:`w'(r) / r = 2 v_b + 4 v_c s + 6 v_d s^2`.

    Parameters
    ----------
    va, vb, vc, vd : float
        The coefficients Va, Vb, Vc, Vd of a project line. Hugin always has Va = 1, the exposure stands elsewhere.
    center_row, center_col : float
        Center as fractions of the height and width; `for_picture` converts Hugin's shift in pixels.

    Examples
    --------
    >>> Hugin(vb=-0.4, vc=0.1).profile(np.array([0.0, 1.0]))
    array([1. , 0.7])
    """

    family: ClassVar[str] = "hugin"
    example: ClassVar[str] = "hugin(va=1, vb=-0.4, vc=-0.1, vd=0.05)"

    va: float = parameter(1.0, doc="weight at the center")
    vb: float = parameter(0.0, unit="per half diagonal^2", doc="coefficient of r^2")
    vc: float = parameter(0.0, unit="per half diagonal^4", doc="coefficient of r^4")
    vd: float = parameter(0.0, unit="per half diagonal^6", doc="coefficient of r^6")

    @classmethod
    def for_picture(
        cls, shape: Shape, vb: float, vc: float, vd: float, *, va: float = 1.0, vx: float = 0.0, vy: float = 0.0
    ) -> Self:
        """Return the mask of a project line for a picture of one size.

        Parameters
        ----------
        shape : (int, int)
            Height and width in pixels.
        va, vb, vc, vd : float
            The coefficients Va, Vb, Vc, Vd.
        vx, vy : float
            The shifts Vx (to the right) and Vy (down) of the center from the middle, in pixels of this size.

        Examples
        --------
        >>> Hugin.for_picture((400, 600), -0.4, -0.1, 0.05, vx=60, vy=-20).center_col
        0.6
        """
        grid = Grid.of(shape)
        row = 0.5 + checked_number("vy", vy) / grid.height
        col = 0.5 + checked_number("vx", vx) / grid.width
        return cls(va=va, vb=vb, vc=vc, vd=vd, center_row=row, center_col=col)

    def profile(self, r: Float) -> Float:
        """Return the polynomial."""
        s = r * r
        return self.va + s * (self.vb + s * (self.vc + s * self.vd))

    def profile_partials(self, r: Float) -> Iterator[Float]:
        """Yield the powers of ``r**2``."""
        s = r * r
        yield np.ones_like(s)
        yield s
        yield s * s
        yield s * s * s

    def slope_ratio(self, r: Float) -> Float:
        """Return ``2 vb + 4 vc s + 6 vd s**2``."""
        s = r * r
        return 2.0 * self.vb + s * (4.0 * self.vc + s * 6.0 * self.vd)

    def slope_ratio_partials(self, r: Float) -> Iterator[Float | float]:
        """Yield 0 and those of the powers of ``r**2``."""
        s = r * r
        yield 0.0
        yield 2.0
        yield 4.0 * s
        yield 6.0 * s * s

    def bend_ratio(self, r: Float) -> Float:
        """Return ``8 vc + 24 vd s``."""
        return 8.0 * self.vc + 24.0 * self.vd * (r * r)

    def polynomial_form(self, grid: Grid) -> PolynomialForm:
        """Return the polynomial of ``r**2``."""
        return PolynomialForm((self.va, self.vb, self.vc, self.vd), self.farthest_squared(grid), fixed=0)
