"""The radial vignetting model of MicaSense cameras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.grid import Grid
from hadimg.masks.parameters import Coefficients, parameter
from hadimg.masks.polynomial_form import PolynomialForm
from hadimg.masks.radial import LinearRadial

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hadimg.grid import Shape
    from hadimg.masks.base import Float

__all__ = ["Micasense"]

_FILE = Coefficients(-np.inf, np.inf, "per pixel^(n + 1)", "coefficients of a file", least=1)
_CENTER = Coefficients(-np.inf, np.inf, "pixels", "center of a file", least=2)


@dataclass(frozen=True)
class Micasense(LinearRadial):
    r"""The radial vignetting of MicaSense cameras: ``1 + k0 r + k1 r**2 + ... + k5 r**6``.

    The mask multiplies the scene; their correction divides by it. Even and odd powers: where ``k0`` is not 0 the mask
    has a cone at the center. The derivatives by the coefficients are :math:`r^{n+1}`, and
    :math:`w'(r) / r = \sum_n (n + 1) k_n r^{n-1}`. Files give coefficients per pixel and the center in pixels:
    `for_picture` converts them.

    Parameters
    ----------
    k0, k1, k2, k3, k4, k5 : float
        Coefficients per half diagonal to the power 1 to 6.
    center_row, center_col : float
        Center as fractions of the height and width.

    Examples
    --------
    >>> Micasense(k0=-0.05, k1=-0.25).profile(np.array([0.0, 1.0]))
    array([1. , 0.7])
    """

    family: ClassVar[str] = "micasense"
    example: ClassVar[str] = "micasense(k0=-0.05, k1=-0.3, k2=0.1, k3=-0.2, k4=0.05, k5=0.02)"

    k0: float = parameter(0.0, unit="per half diagonal", doc="coefficient of r")
    k1: float = parameter(0.0, unit="per half diagonal^2", doc="coefficient of r^2")
    k2: float = parameter(0.0, unit="per half diagonal^3", doc="coefficient of r^3")
    k3: float = parameter(0.0, unit="per half diagonal^4", doc="coefficient of r^4")
    k4: float = parameter(0.0, unit="per half diagonal^5", doc="coefficient of r^5")
    k5: float = parameter(0.0, unit="per half diagonal^6", doc="coefficient of r^6")

    @classmethod
    def for_picture(cls, shape: Shape, coefficients: Sequence[float], center: tuple[float, float]) -> Self:
        """Return the mask of a file's values for its picture.

        Parameters
        ----------
        shape : (int, int)
            Height and width in pixels of the picture that the values belong to.
        coefficients : sequence of at most 6 floats
            ``VignettingPolynomial``: coefficients per pixel to the power 1, 2, ...
        center : (float, float)
            ``VignettingCenter``: column and row (x, y) as 0-based pixel indices.

        Examples
        --------
        >>> mask = Micasense.for_picture((960, 1280), [-3e-4, 0.0, -2e-10], (639.5, 479.5))
        >>> mask.center_row, mask.k0
        (0.5, -0.24)
        """
        grid = Grid.of(shape)
        values = _FILE.check("coefficients", coefficients)
        if len(values) > 6:
            raise ArgumentError(f"coefficients must be at most 6 numbers, got {len(values)}")
        place = _CENTER.check("center", center)
        if len(place) != 2:
            raise ArgumentError(f"center must hold exactly 2 numbers, got {len(place)}")
        x, y = place
        scaled = {f"k{n}": value * grid.half_diagonal ** (n + 1) for n, value in enumerate(values)}
        return cls(**scaled, center_row=(y + 0.5) / grid.height, center_col=(x + 0.5) / grid.width)

    @property
    def _coefficients(self) -> tuple[float, ...]:
        return self.k0, self.k1, self.k2, self.k3, self.k4, self.k5

    def profile(self, r: Float) -> Float:
        """Return the polynomial."""
        total = np.zeros_like(r)
        for k in reversed(self._coefficients):
            total = (total + k) * r
        return 1.0 + total

    def profile_partials(self, r: Float) -> Iterator[Float]:
        """Yield the powers of ``r``."""
        for power in range(1, 7):
            yield r**power

    def slope_ratio(self, r: Float) -> Float:
        """Return the sum of ``(n + 1) k_n r**(n - 1)``; 0 at the center, the mean over the cone by symmetry."""
        slope = np.zeros_like(r)
        for n, k in reversed(list(enumerate(self._coefficients))):
            slope = slope * r + (n + 1) * k
        return np.where(r > 0, slope / np.where(r > 0, r, 1.0), 0.0 if self.k0 else 2.0 * self.k1)

    def slope_ratio_partials(self, r: Float) -> Iterator[Float]:
        """Yield ``(n + 1) r**(n - 1)``."""
        away = np.where(r > 0, r, 1.0)
        for n in range(6):
            yield (n + 1) * away ** (n - 1)

    def bend_ratio(self, r: Float) -> Float:
        """Return the sum of ``(n + 1) (n - 1) k_n r**(n - 3)``."""
        away = np.where(r > 0, r, 1.0)
        terms = ((n + 1) * (n - 1) * k * away ** (n - 3) for n, k in enumerate(self._coefficients))
        return sum(terms, start=np.zeros_like(r))

    def polynomial_form(self, grid: Grid) -> PolynomialForm:
        """Return the polynomial of ``r``."""
        return PolynomialForm((1.0, *self._coefficients), grid.farthest(self.center_row, self.center_col))
