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
from hadimg.masks.compose import Product, Reciprocal, Strength, product
from hadimg.masks.constant import Constant
from hadimg.masks.cos4 import Cos4
from hadimg.masks.exponential_decay import ExponentialDecay
from hadimg.masks.families import COMPOSITIONS, FAMILIES
from hadimg.masks.gaussian import Gaussian
from hadimg.masks.linear_gradient import LinearGradient
from hadimg.masks.polynomial import Polynomial
from hadimg.masks.serial import from_dict
from hadimg.masks.store import load
from hadimg.masks.text import parse

__all__ = [
    "COMPOSITIONS",
    "FAMILIES",
    "Aperture",
    "Array",
    "Constant",
    "Cos4",
    "ExponentialDecay",
    "Gaussian",
    "LinearGradient",
    "Mask",
    "Polynomial",
    "Product",
    "Reciprocal",
    "Strength",
    "from_dict",
    "load",
    "parse",
    "product",
]
