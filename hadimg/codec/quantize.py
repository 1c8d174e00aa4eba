"""Steps of the quantizer by band, where levels are put back, and what the encoder gives for a bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.codec.lapped import STEP_WEIGHTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.codec.settings import Settings

__all__ = ["BIT_PRICE", "band_steps", "dequantize_means", "offsets_of", "quantize_means"]

BIT_PRICE = 430
"""What a bit may cost in squared error, in 1/4096 of a squared step: a little below theory's ``ln 2 / 6``."""
COLOR_FINENESS = np.array(((8, 14), (14, 16)))
"""Steps of the lowest bands of color, in 1/16: finer ones, for eyes forgive coarse color and no wrong color."""
STEP_BITS = 6
"""Fractional bits of steps, in the unit of coefficients, which is 1/16 of a level."""


def band_steps(settings: Settings, channel: int) -> NDArray[np.int64]:
    """Return the steps of a channel's bands, in 1/1024 of a level, by ``8 * u + v``."""
    step, weights = settings.step, np.array(STEP_WEIGHTS, np.int64)
    if settings.color != "none" and channel in (1, 2):
        step = (step * settings.chroma[channel - 1] + 8) // 16
        weights[:2, :2] = weights[:2, :2] * COLOR_FINENESS // 16
    return np.maximum((weights.reshape(-1) * step + 32) // 64, 1)


def offsets_of(settings: Settings, channel: int) -> NDArray[np.int64]:
    """Return by size of the level (1, 2, more; 0 unused) how far towards zero it is put back, in 1/64 of a step."""
    color = settings.color != "none" and channel in (1, 2)
    return np.array([0, *settings.offsets[3 * color : 3 * color + 3]], np.int64)


def quantize_means(coefficients: NDArray[np.int64], step: int) -> NDArray[np.int64]:
    """Return the nearest levels of mean coefficients, which are in 1/16 of a level, the step in 1/1024."""
    return ((coefficients << (STEP_BITS + 1)) + step) // (2 * step)


def dequantize_means(levels: NDArray[np.int64], step: int) -> NDArray[np.int64]:
    """Return the coefficients that `quantize_means` made levels of, as near as steps allow."""
    return (levels * step + (1 << STEP_BITS >> 1)) >> STEP_BITS
