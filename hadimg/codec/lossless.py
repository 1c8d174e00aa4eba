"""Tiles without loss: YCoCg-R and the pyramid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.codec.coding import Reader, Writer
from hadimg.codec.color import exact_pixels, exact_planes
from hadimg.codec.pyramid import Decomposition, decode_stages, decode_tops, encode_stages, encode_tops, stages_of
from hadimg.codec.settings import SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hadimg.codec.settings import Settings

__all__ = ["decode_lossless", "encode_lossless"]


def _number_type(depth: int) -> Any:
    """Return the type of details: 32 bits hold all sums for 8-bit levels."""
    return np.int32 if depth <= 8 else np.int64


def _stages(segment: int, count: int) -> range:
    """Return the stages of a segment, the coarsest first: one each, but for the first segment, which has the rest."""
    finest = SEGMENTS - 1 - segment
    return range(count - 1 if segment == 0 else min(finest, count - 1), finest - 1, -1)


def encode_lossless(pixels: NDArray[Any], settings: Settings) -> tuple[bytes, ...]:
    """Return the segments of a tile of (H, W, C) pixels."""
    parts = Decomposition(exact_planes(pixels, settings).astype(_number_type(settings.depth), copy=False))
    count = len(parts.stages)
    writer = Writer()
    for segment in range(SEGMENTS):
        writer.begin(pixels.size)
        if segment == 0:
            encode_tops(parts.tops, writer)
        encode_stages(parts, _stages(segment, count), settings.color, writer)
        writer.end()
    return tuple(writer.segments)


def decode_lossless(
    segments: Sequence[bytes], height: int, width: int, settings: Settings, reduce: int
) -> NDArray[Any]:
    """Return the (H, W, C) pixels of a tile, reduced by ``2**reduce``."""
    shapes = stages_of((height, width))
    reader = Reader(segments)
    means: Any = None
    for segment in range(SEGMENTS - reduce):
        reader.begin()
        if segment == 0:
            means = decode_tops(settings.channels, _number_type(settings.depth), reader)
        means = decode_stages(means, shapes, _stages(segment, len(shapes) - 1), settings.color, reader)
        reader.end()
    stage = min(reduce, len(shapes) - 1)
    if stage:
        means += 1 << stage >> 1
        means >>= stage
    return exact_pixels(means, settings)
