"""Tiles with loss: lapped Walsh blocks, predicted, quantized and coded band by band; their means by the pyramid.

What is Hadamard here and what is not: every coefficient is a sum of overlapped pixels with signs; no rotation follows
the transform. But what decoded coarser coefficients tell about a finer one is taken off before it is quantized, as
other codecs do with means alone. So a decoded level that is not zero adds its Walsh function to the picture together
with the finer ones that are foreseen from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.codec.coding import LEVEL_PLACE, Reader, Writer, kinds_of
from hadimg.codec.color import fine_pixels, fine_planes
from hadimg.codec.lapped import NATURAL, SAMPLE_BITS, analyze, empty_blocks, synthesize
from hadimg.codec.pyramid import Decomposition, decode_stages, decode_tops, encode_stages, encode_tops, stages_of
from hadimg.codec.quantize import BIT_PRICE, band_steps, dequantize_means, offsets_of, quantize_means
from hadimg.codec.settings import SEGMENTS
from hadimg.codec.weights import BAND_ORDER, levels, predictors, segment_of
from hadimg.kernels.codec_bands import decode_bands, encode_bands
from hadimg.kernels.codec_contexts import BANDS, BEFORE, SO_FAR
from hadimg.kernels.codec_lapped import box_means

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hadimg.codec.settings import Settings

__all__ = ["decode_lossy", "encode_lossy"]

ORDERS = [
    np.array([(8 * u + v, NATURAL[u] * 8 + NATURAL[v]) for u, v in BAND_ORDER if segment_of(u, v) == segment], np.int64)
    for segment in range(SEGMENTS)
]
"""Bands of each segment, with the place of their plane in natural order."""


def _kinds(kind: int) -> NDArray[np.int64]:
    """Return by band the kind of its levels and their place in the third contexts."""
    color = int(kind > 0)
    rows = [(4 * color + segment_of(*divmod(band, 8)), LEVEL_PLACE * color + band) for band in range(64)]
    return np.array(rows, np.int64)


KINDS = [_kinds(kind) for kind in range(3)]


def _sizes(channels: int, height: int, width: int) -> NDArray[np.int32]:
    rows, columns = -(-height // 8), -(-width // 8)
    return np.zeros((rows + 3, channels * BANDS, columns + 4), np.int32)


def _set_means(known: NDArray[Any], coefficients: NDArray[np.int64], bound: int) -> None:
    """Put mean coefficients into blocks, repeated beyond the borders."""
    columns = coefficients.shape[1]
    known[:, 0, : columns + 2] = np.pad(np.clip(coefficients, -bound, bound), 1, mode="edge")


def encode_lossy(pixels: NDArray[Any], settings: Settings) -> tuple[bytes, ...]:
    """Return the segments of a tile of (H, W, C) pixels."""
    height, width, channels = pixels.shape
    depth, columns, bound = settings.depth, -(-width // 8), 1 << (settings.depth + 8)
    given = [analyze(plane, depth, settings.overlap) for plane in fine_planes(pixels, settings, SAMPLE_BITS)]
    known = [empty_blocks((height, width), depth) for _ in given]
    steps = [band_steps(settings, channel) for channel in range(channels)]
    means = [
        quantize_means(blocks[1:-1, 0, 1 : columns + 1].astype(np.int64), int(step[0]))
        for blocks, step in zip(given, steps, strict=True)
    ]
    for blocks, mean, step in zip(known, means, steps, strict=True):
        _set_means(blocks, dequantize_means(mean, int(step[0])), bound)
    sizes = _sizes(channels, height, width)
    writer = Writer()
    writer.begin(means[0].size * channels)
    parts = Decomposition(np.stack(means))
    encode_tops(parts.tops, writer)
    encode_stages(parts, range(len(parts.stages))[::-1], settings.color, writer)
    writer.end()
    for segment in range(1, SEGMENTS):
        writer.begin(means[0].size * channels * len(ORDERS[segment]))
        sizes[:, BEFORE::BANDS] = sizes[:, SO_FAR::BANDS]
        for channel, kind in kinds_of(settings.color, channels):
            encode_bands(
                given[channel],
                known[channel],
                sizes,
                channel,
                columns,
                ORDERS[segment],
                steps[channel],
                levels(channel, kind),
                predictors(),
                KINDS[kind],
                offsets_of(settings, channel),
                BIT_PRICE,
                *writer.arguments,
            )
        writer.end()
    return tuple(writer.segments)


def decode_lossy(segments: Sequence[bytes], height: int, width: int, settings: Settings, reduce: int) -> NDArray[Any]:
    """Return the (H, W, C) pixels of a tile, reduced by ``2**reduce``."""
    channels, depth = settings.channels, settings.depth
    columns, bound = -(-width // 8), 1 << (depth + 8)
    reader = Reader(segments[: SEGMENTS - reduce])
    shapes = stages_of((-(-height // 8), columns))
    reader.begin()
    means = decode_tops(channels, np.int64, reader)
    means = decode_stages(means, shapes, range(len(shapes) - 1)[::-1], settings.color, reader)
    reader.end()
    steps = [band_steps(settings, channel) for channel in range(channels)]
    known = [empty_blocks((height, width), depth) for _ in range(channels)]
    for blocks, mean, step in zip(known, means, steps, strict=True):
        _set_means(blocks, dequantize_means(mean, int(step[0])), bound)
    sizes = _sizes(channels, height, width)
    for segment in range(1, SEGMENTS):
        reader.begin()
        sizes[:, BEFORE::BANDS] = sizes[:, SO_FAR::BANDS]
        for channel, kind in kinds_of(settings.color, channels):
            decode_bands(
                known[channel],
                sizes,
                channel,
                columns,
                ORDERS[segment],
                steps[channel],
                levels(channel, kind),
                predictors(),
                KINDS[kind],
                offsets_of(settings, channel),
                bound,
                *reader.arguments,
            )
        reader.end()
    del sizes  # so that each tile takes less memory at once
    planes = np.empty((channels, height, width), np.int32)
    for plane in planes:
        plane[...] = synthesize(known.pop(0), (height, width), depth, settings.overlap)
    if reduce:
        small = np.empty((channels, -(-height >> reduce), -(-width >> reduce)), np.int32)
        for channel in range(channels):
            box_means(planes[channel], reduce, small[channel])
        planes = small
    return fine_pixels(planes, settings, SAMPLE_BITS)
