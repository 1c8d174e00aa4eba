"""The vignetting model of lensfun's profiles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from hadimg.errors import ArgumentError
from hadimg.grid import Grid
from hadimg.masks.parameters import Parameter, checked_number, parameter, setting
from hadimg.masks.polynomial import Polynomial
from hadimg.masks.polynomial_form import PolynomialForm
from hadimg.masks.radial import LinearRadial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Shape
    from hadimg.masks.base import Float

__all__ = ["LensfunPa"]

_CROP_RATIO = Parameter(1e-3, 1e3, "", "crop factor of the calibration over that of the camera")


@dataclass(frozen=True)
class LensfunPa(LinearRadial):
    r"""The vignetting model ``pa`` of lensfun: ``1 + k1 R**2 + k2 R**4 + k3 R**6`` with ``R = crop_ratio * r``.

    The polynomial is the mask, what the lens does to the light; lensfun's correction divides by it (`remove_mask`),
    its simulation with ``reverse=True`` multiplies (`apply_mask`). lensfun's ``R`` is 1 at half the diagonal of the
    sensor that the profile was measured with, as :math:`r` is on the picture's own: a profile from a full frame
    (crop 1) on a camera with crop 1.5 has ``crop_ratio = 1 / 1.5``. This is the unit of lensfun's current source. The
    release 0.3.x counts pixels from center to center instead, see `for_picture`.

    The derivatives are those of `Polynomial` in :math:`R`, and :math:`w'(r) / r = c^2 \, (2 k_1 + 4 k_2 R^2 + 6 k_3
    R^4)` with the ratio :math:`c`.

    Parameters
    ----------
    k1, k2, k3 : float
        Coefficients as they stand in the profile.
    center_row, center_col : float
        Center as fractions of the height and width.
    crop_ratio : float
        Crop factor of the calibration over the crop factor of the camera; a setting, not a parameter.

    Examples
    --------
    >>> import numpy as np
    >>> LensfunPa(k1=-0.4, crop_ratio=0.5).profile(np.array([0.0, 1.0]))
    array([1. , 0.9])
    """

    family: ClassVar[str] = "lensfun_pa"
    example: ClassVar[str] = "lensfun_pa(k1=-0.5334, k2=-0.2926, k3=0.2243, crop_ratio=0.8)"

    k1: float = parameter(-0.3, unit="per radius unit^2", doc="coefficient of R^2")
    k2: float = parameter(0.0, unit="per radius unit^4", doc="coefficient of R^4")
    k3: float = parameter(0.0, unit="per radius unit^6", doc="coefficient of R^6")
    crop_ratio: float = setting(1.0, _CROP_RATIO)

    @classmethod
    def for_picture(cls, shape: Shape, k1: float, k2: float, k3: float, *, crop_ratio: float = 1.0) -> Self:
        """Return the mask of lensfun 0.3.x, which the lensfunpy wheels hold, for pictures of one size.

        That release has ``R = 1`` at ``hypot(H - 1, W - 1) / 2`` pixels, the center of the corner pixel.

        Parameters
        ----------
        shape : (int, int)
            Height and width in pixels, more than one pixel.
        k1, k2, k3 : float
            Coefficients as they stand in the profile.
        crop_ratio : float
            As for the class.

        Examples
        --------
        >>> mask = LensfunPa.for_picture((201, 301), -0.5334, -0.7926, 0.5243)
        >>> round(float(mask.weights((201, 301))[0, 0]), 4)
        0.1983
        """
        grid = Grid.of(shape)
        if grid.height * grid.width == 1:
            raise ArgumentError("a picture of one pixel has no radius unit in lensfun 0.3.x, got 1 x 1")
        unit = math.hypot(grid.height - 1, grid.width - 1) / 2
        ratio = checked_number("crop_ratio", crop_ratio) * grid.half_diagonal / unit
        return cls(k1=k1, k2=k2, k3=k3, crop_ratio=ratio)

    def to_polynomial(self) -> Polynomial:
        """Return the very same mask with its coefficients per half diagonal of the picture.

        Examples
        --------
        >>> LensfunPa(k1=-0.4, crop_ratio=0.5).to_polynomial().k1
        -0.1
        """
        scale = self.crop_ratio**2
        return Polynomial(
            k1=self.k1 * scale,
            k2=self.k2 * scale**2,
            k3=self.k3 * scale**3,
            center_row=self.center_row,
            center_col=self.center_col,
        )

    def profile(self, r: Float) -> Float:
        """Return the polynomial."""
        return self.to_polynomial().profile(r)

    def profile_partials(self, r: Float) -> Iterator[Float]:
        """Yield the powers of ``R**2``."""
        yield from self.to_polynomial().profile_partials(r * self.crop_ratio)

    def slope_ratio(self, r: Float) -> Float:
        """Return the slope ratio of the polynomial per half diagonal."""
        return self.to_polynomial().slope_ratio(r)

    def slope_ratio_partials(self, r: Float) -> Iterator[Float | float]:
        """Yield those of the powers of ``R**2`` per half diagonal."""
        for slope in self.to_polynomial().slope_ratio_partials(r * self.crop_ratio):
            yield self.crop_ratio**2 * slope

    def bend_ratio(self, r: Float) -> Float:
        """Return that of the polynomial per half diagonal."""
        return self.to_polynomial().bend_ratio(r)

    def polynomial_form(self, grid: Grid) -> PolynomialForm:
        """Return the polynomial of ``R**2``."""
        return PolynomialForm((1.0, self.k1, self.k2, self.k3), self.crop_ratio**2 * self.farthest_squared(grid))
