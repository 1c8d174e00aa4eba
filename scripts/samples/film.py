"""From light to a photograph: the lens's softness, the sensor's grain, the tone curve, the coding of sRGB."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Field = NDArray[Any]


def exposed(light: Field, brightness: float) -> Field:
    """Return ``light`` on a scale on which a film's shoulder keeps the highlights near 1.

    The curve is the rational fit of the motion picture academy's film curve that K. Narkowicz published in 2016.
    """
    x = np.maximum(light, 0.0) * brightness
    return np.asarray(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14))


def lens_blur(light: Field, softness: float) -> Field:
    """Return ``light`` as a real lens draws it: blurred a little, with a faint veil about what is bright."""
    sharp = ndimage.gaussian_filter(light, (softness, softness, 0))
    veil = ndimage.gaussian_filter(light, (light.shape[0] / 40, light.shape[0] / 40, 0))
    return np.asarray(0.96 * sharp + 0.04 * veil)


def grain(light: Field, electrons: float, rng: np.random.Generator) -> Field:
    """Return ``light`` as a sensor counts it: photons arrive by chance, ``electrons`` of them at 1."""
    spread = np.sqrt(np.maximum(light, 0.0) / electrons + (6.0 / electrons) ** 2)
    return np.asarray(light + spread * rng.standard_normal(light.shape))


def srgb(light: Field) -> Field:
    """Return linear light coded by the curve of sRGB, from 0 to 1."""
    x = np.clip(light, 0.0, 1.0)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)


def linear(coded: Field) -> Field:
    """Return the linear light of sRGB values from 0 to 1."""
    x = np.asarray(coded, np.float64)
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def quantized(coded: Field, kind: type[np.unsignedinteger[Any]]) -> NDArray[Any]:
    """Return values from 0 to 1 as whole numbers of the kind's full range."""
    return np.asarray(np.rint(np.clip(coded, 0.0, 1.0) * np.iinfo(kind).max), kind)
