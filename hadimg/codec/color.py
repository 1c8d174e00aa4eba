"""Colors as one plane of brightness and two of color: reversibly for lossless pictures, by a matrix for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.kernels.codec_color import MATRIX_BITS, from_planes, from_ycocg, to_planes, to_ycocg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.codec.settings import Settings

__all__ = ["exact_pixels", "exact_planes", "fine_pixels", "fine_planes"]

_RED, _BLUE = 0.299, 0.114
_GREEN = 1 - _RED - _BLUE
FORWARD = {
    "ycocg": ((0.25, 0.5, 0.25), (1.0, 0.0, -1.0), (-0.5, 1.0, -0.5)),
    "ycbcr": (
        (_RED, _GREEN, _BLUE),
        (-_RED / (2 - 2 * _BLUE), -_GREEN / (2 - 2 * _BLUE), 0.5),
        (0.5, -_GREEN / (2 - 2 * _RED), -_BLUE / (2 - 2 * _RED)),
    ),
}
"""Rows: brightness and the two differences of color, from red, green and blue; YCbCr is JPEG's."""


def _fixed(matrix: Any) -> NDArray[np.int64]:
    return np.array(np.rint(np.asarray(matrix) * (1 << MATRIX_BITS)), np.int64)


FORWARDS = {name: _fixed(matrix) for name, matrix in FORWARD.items()}
INVERSES = {name: _fixed(np.linalg.inv(np.array(matrix))) for name, matrix in FORWARD.items()}


def exact_planes(pixels: NDArray[Any], settings: Settings) -> NDArray[np.int32]:
    """Return (C, H, W) planes from which `exact_pixels` makes the same pixels again."""
    planes = np.empty((settings.channels, *pixels.shape[:2]), np.int32)
    first = 0
    if settings.color != "none":
        to_ycocg(pixels, planes)
        first = 3
    for channel in range(first, settings.channels):
        planes[channel] = pixels[..., channel]
    return planes


def exact_pixels(planes: NDArray[np.int32], settings: Settings) -> NDArray[Any]:
    """Undo `exact_planes`, holding levels within the depth."""
    pixels, most = _empty(planes, settings)
    first = 0
    if settings.color != "none":
        from_ycocg(planes, most, pixels)
        first = 3
    for channel in range(first, settings.channels):
        pixels[..., channel] = np.clip(planes[channel], 0, most)
    return pixels


def fine_planes(pixels: NDArray[Any], settings: Settings, bits: int) -> NDArray[np.int32]:
    """Return (C, H, W) planes with so many fractional bits; the middle level is 0."""
    planes = np.empty((settings.channels, *pixels.shape[:2]), np.int32)
    middle = 1 << settings.depth >> 1
    first = 0
    if settings.color != "none":
        to_planes(pixels, FORWARDS[settings.color], middle, bits, planes)
        first = 3
    for channel in range(first, settings.channels):
        planes[channel] = (pixels[..., channel].astype(np.int32) - middle) << bits
    return planes


def fine_pixels(planes: NDArray[np.int32], settings: Settings, bits: int) -> NDArray[Any]:
    """Undo `fine_planes`, rounding, and holding levels within the depth."""
    pixels, most = _empty(planes, settings)
    middle = 1 << settings.depth >> 1
    first = 0
    if settings.color != "none":
        from_planes(planes, INVERSES[settings.color], middle, bits, most, pixels)
        first = 3
    for channel in range(first, settings.channels):
        values = (planes[channel] + (1 << bits >> 1)) >> bits
        pixels[..., channel] = np.clip(values + middle, 0, most)
    return pixels


def _empty(planes: NDArray[np.int32], settings: Settings) -> tuple[NDArray[Any], int]:
    kind = np.uint8 if settings.depth <= 8 else np.uint16
    return np.empty((*planes.shape[1:], settings.channels), kind), (1 << settings.depth) - 1
