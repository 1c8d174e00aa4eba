"""The table of mask families: what text and JSON may name, in the order in which documentation shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hadimg.errors import ArgumentError
from hadimg.masks.aperture import Aperture
from hadimg.masks.array import Array
from hadimg.masks.blend import Blend
from hadimg.masks.compose import Product, Reciprocal, Strength
from hadimg.masks.constant import Constant
from hadimg.masks.cos4 import Cos4
from hadimg.masks.cos4_angle import Cos4Angle
from hadimg.masks.dng_gain_map import DngGainMap
from hadimg.masks.dng_vignette import DngVignette
from hadimg.masks.exponential_decay import ExponentialDecay
from hadimg.masks.gaussian import Gaussian
from hadimg.masks.grid import Grid
from hadimg.masks.half_cosine import HalfCosine
from hadimg.masks.hugin import Hugin
from hadimg.masks.kang_weiss import KangWeiss
from hadimg.masks.lensfun_pa import LensfunPa
from hadimg.masks.linear_gradient import LinearGradient
from hadimg.masks.log_polynomial_surface import LogPolynomialSurface
from hadimg.masks.log_separable import LogSeparable
from hadimg.masks.log_spline_surface import LogSplineSurface
from hadimg.masks.micasense import Micasense
from hadimg.masks.normalised import Normalised
from hadimg.masks.per_channel import PerChannel
from hadimg.masks.polynomial import Polynomial
from hadimg.masks.polynomial_surface import PolynomialSurface
from hadimg.masks.power import Power
from hadimg.masks.radial_spline import RadialSpline
from hadimg.masks.separable import Separable
from hadimg.masks.spline_surface import SplineSurface
from hadimg.masks.tanh_falloff import TanhFalloff

if TYPE_CHECKING:
    from hadimg.masks.base import Mask

__all__ = ["COMPOSITIONS", "FAMILIES", "class_of"]

_FAMILIES: tuple[type[Mask], ...] = (
    Constant,
    ExponentialDecay,
    Gaussian,
    Cos4,
    Cos4Angle,
    Polynomial,
    LensfunPa,
    DngVignette,
    Hugin,
    Micasense,
    KangWeiss,
    Aperture,
    TanhFalloff,
    HalfCosine,
    LinearGradient,
    PolynomialSurface,
    LogPolynomialSurface,
    SplineSurface,
    LogSplineSurface,
    Separable,
    LogSeparable,
    RadialSpline,
    Grid,
    DngGainMap,
    Array,
)

FAMILIES: dict[str, type[Mask]] = {family.family: family for family in _FAMILIES}
"""Every family by the name that text, JSON and the command line use. A new family is one more line above."""

_COMPOSITIONS: tuple[type[Mask], ...] = (Product, Reciprocal, Strength, Blend, Power, Normalised, PerChannel)

COMPOSITIONS: dict[str, type[Mask]] = {family.family: family for family in _COMPOSITIONS}
"""Every way to make a mask of masks."""


def class_of(name: str) -> type[Mask]:
    """Return the class of a family or composition, or raise ArgumentError naming the nearest one.

    Examples
    --------
    >>> class_of("gausian")
    Traceback (most recent call last):
    ...
    hadimg.errors.ArgumentError: there is no mask family 'gausian', did you mean 'gaussian'? (families: constant, ...)
    """
    known = FAMILIES | COMPOSITIONS
    if name in known:
        return known[name]
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    guess = f", did you mean {near[0]!r}?" if near else ""
    raise ArgumentError(f"there is no mask family {name[:40]!r}{guess}", remedy=f"families: {', '.join(FAMILIES)}")
