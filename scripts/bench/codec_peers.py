"""Other codecs, each as the settings of its ladder, a way to encode and a way to decode."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, NamedTuple

import imagecodecs
import numpy as np
from PIL import Image

import hadimg

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["LOSSLESS", "LOSSY", "Codec"]

Pixels = Any


class Codec(NamedTuple):
    """What a rate-distortion curve is made with."""

    ladder: tuple[float, ...]
    encode: Callable[[Pixels, float], bytes]
    decode: Callable[[bytes], Pixels]


def _by_pillow(kind: str, **options: Any) -> Callable[[Pixels, float], bytes]:
    def encode(pixels: Pixels, quality: float) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, kind, quality=int(quality), **options)
        return buffer.getvalue()

    return encode


def _jpeg2000(pixels: Pixels, ratio: float) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(
        buffer, "JPEG2000", quality_mode="rates", quality_layers=[ratio], irreversible=True, mct=1
    )
    return buffer.getvalue()


def _pillow_pixels(data: bytes) -> NDArray[np.uint8]:
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"))


def _pillow_bytes(pixels: Pixels, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


LOSSY = {
    "libjpeg-turbo 4:2:0": Codec(
        (6, 10, 18, 30, 45, 62, 77, 87, 92, 95),
        _by_pillow("JPEG", optimize=True, progressive=True, subsampling=2),
        _pillow_pixels,
    ),
    "hadimg": Codec(
        (6, 12, 22, 38, 57, 74, 86, 92, 96, 98.5, 99.6),
        lambda pixels, quality: hadimg.encode(pixels, quality=quality),
        hadimg.decode,
    ),
    "JPEG XR": Codec(
        (0.05, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
        lambda pixels, level: bytes(imagecodecs.jpegxr_encode(pixels, level=level)),
        imagecodecs.jpegxr_decode,
    ),
    "WebP": Codec((0, 10, 25, 45, 65, 80, 90, 95, 99), _by_pillow("WEBP", method=4), _pillow_pixels),
    "JPEG 2000": Codec((130, 80, 52, 34, 22, 14, 9), _jpeg2000, _pillow_pixels),
    "JPEG XL": Codec(
        (14.0, 9.0, 6.0, 4.0, 2.5, 1.5, 0.9, 0.5),
        lambda pixels, distance: bytes(imagecodecs.jpegxl_encode(pixels, distance=distance, effort=5)),
        imagecodecs.jpegxl_decode,
    ),
    "AVIF": Codec(
        (10, 20, 35, 50, 65, 80, 90),
        lambda pixels, level: bytes(imagecodecs.avif_encode(pixels, level=int(level), speed=6)),
        imagecodecs.avif_decode,
    ),
}
"""The first is what the others are compared with."""

LOSSLESS: dict[str, tuple[Callable[[Pixels], bytes], Callable[[bytes], Pixels]]] = {
    "PNG, optimized": (lambda pixels: _pillow_bytes(pixels, "PNG", optimize=True), _pillow_pixels),
    "hadimg": (lambda pixels: hadimg.encode(pixels, lossless=True), hadimg.decode),
    "JPEG-LS": (lambda pixels: bytes(imagecodecs.jpegls_encode(pixels)), imagecodecs.jpegls_decode),
    "WebP": (lambda pixels: _pillow_bytes(pixels, "WEBP", lossless=True, method=4), _pillow_pixels),
    "JPEG 2000": (lambda pixels: _pillow_bytes(pixels, "JPEG2000", irreversible=False, mct=1), _pillow_pixels),
    "JPEG XL, effort 3": (
        lambda pixels: bytes(imagecodecs.jpegxl_encode(pixels, lossless=True, effort=3)),
        imagecodecs.jpegxl_decode,
    ),
    "JPEG XL, effort 7": (
        lambda pixels: bytes(imagecodecs.jpegxl_encode(pixels, lossless=True, effort=7)),
        imagecodecs.jpegxl_decode,
    ),
}
"""By name; the first is what the others are compared with."""
