"""Masks: families of per-pixel gains with exact derivatives, composed by the Hadamard product.

>>> from hadimg import masks
>>> mask = masks.ExponentialDecay(rate=1.2) * masks.LinearGradient(angle=30.0, low=0.4)
>>> mask.weights((400, 600)).shape
(400, 600)
>>> masks.parse(str(mask)) == mask
True
"""

from hadimg.masks.aperture import Aperture
from hadimg.masks.array import Array
from hadimg.masks.base import Mask
from hadimg.masks.blend import Blend
from hadimg.masks.checks import is_monotone, is_positive
from hadimg.masks.compose import Product, Reciprocal, Strength, product
from hadimg.masks.constant import Constant
from hadimg.masks.conversion import Conversion, convert
from hadimg.masks.cos4 import Cos4
from hadimg.masks.cos4_angle import Cos4Angle
from hadimg.masks.dng_gain_map import DngGainMap
from hadimg.masks.dng_vignette import DngVignette
from hadimg.masks.exponential_decay import ExponentialDecay
from hadimg.masks.families import COMPOSITIONS, FAMILIES
from hadimg.masks.gaussian import Gaussian
from hadimg.masks.grid import Grid
from hadimg.masks.half_cosine import HalfCosine
from hadimg.masks.hugin import Hugin
from hadimg.masks.kang_weiss import KangWeiss
from hadimg.masks.lensfun_pa import LensfunPa
from hadimg.masks.linear_bounds import LinearBounds, monotone_bounds, positive_bounds
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
from hadimg.masks.serial import from_dict
from hadimg.masks.spline_surface import SplineSurface
from hadimg.masks.store import load
from hadimg.masks.tanh_falloff import TanhFalloff
from hadimg.masks.text import parse

__all__ = [
    "COMPOSITIONS",
    "FAMILIES",
    "Aperture",
    "Array",
    "Blend",
    "Constant",
    "Conversion",
    "Cos4",
    "Cos4Angle",
    "DngGainMap",
    "DngVignette",
    "ExponentialDecay",
    "Gaussian",
    "Grid",
    "HalfCosine",
    "Hugin",
    "KangWeiss",
    "LensfunPa",
    "LinearBounds",
    "LinearGradient",
    "LogPolynomialSurface",
    "LogSeparable",
    "LogSplineSurface",
    "Mask",
    "Micasense",
    "Normalised",
    "PerChannel",
    "Polynomial",
    "PolynomialSurface",
    "Power",
    "Product",
    "RadialSpline",
    "Reciprocal",
    "Separable",
    "SplineSurface",
    "Strength",
    "TanhFalloff",
    "convert",
    "from_dict",
    "is_monotone",
    "is_positive",
    "load",
    "monotone_bounds",
    "parse",
    "positive_bounds",
    "product",
]
