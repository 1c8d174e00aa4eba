"""The pyramid of reversible 2 x 2 Hadamard transforms, and its coefficients as bits.

Four samples x00 x01 / x10 x11 become half their sum, which the next coarser stage takes up, and half their differences
across, down and along the diagonals, rounded so that every whole number comes back. Where a side is odd its last
samples stand twice; the differences between those are zero and never coded.

A stage is coded band after band: differences across, down, diagonal. Each is predicted from the means of the stage, all
of which are known, from the bands coded before and from neighbors in its own; how large the error will be is expected
from the sizes of errors around and from how much the means change.

Arrays have (rows + 3, planes, columns + 4 or more) numbers, row 2 and column 2 being the first of the stage. Planes of
numbers: means, the three bands, and the same of the channel before. Planes of sizes: `CHANGES` of means, three of
errors, and the same of the channel before.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.codec_chances import whole
from hadimg.kernels.codec_values import (
    FIRST_PAIR,
    FIRST_THIRD,
    add_sources,
    bucket,
    decode_value,
    encode_value,
    lowest_bits,
    pair_of,
)
from hadimg.kernels.compiling import borrowing_kernel, inlined, kernel
from hadimg.kernels.range_coder import keep_decoder, keep_encoder, kept_decoder, kept_encoder

__all__ = ["CHANGES", "PLANES", "SIZES", "decode_stage", "encode_stage", "join", "measure_changes", "split"]

PLANES, CHANGES = 4, 4
SIZES = CHANGES + 3
MOST = 1 << 14
"""Where sizes are cut before they are added up."""


@kernel
def split(samples: Any, planes: Any) -> None:
    """Put half sums and half differences of 2 x 2 samples into the first four planes."""
    height, width = samples.shape
    for i in range((height + 1) // 2):
        top, bottom = samples[2 * i], samples[min(2 * i + 1, height - 1)]
        means, across, down, diagonal = planes[i + 2, 0], planes[i + 2, 1], planes[i + 2, 2], planes[i + 2, 3]
        for j in range((width + 1) // 2):
            right = min(2 * j + 1, width - 1)
            x00, x01, x10, x11 = top[2 * j], top[right], bottom[2 * j], bottom[right]
            a, b = x00 + x11, x01 - x10
            t = (a - b) >> 1
            across[j + 2] = t - x11
            diagonal[j + 2] = t - x10
            means[j + 2] = a - diagonal[j + 2]
            down[j + 2] = b + across[j + 2]


@kernel
def join(planes: Any, samples: Any) -> None:
    """Undo `split`."""
    height, width = samples.shape
    for i in range((height + 1) // 2):
        top, bottom = samples[2 * i], samples[min(2 * i + 1, height - 1)]
        means, across, down, diagonal = planes[i + 2, 0], planes[i + 2, 1], planes[i + 2, 2], planes[i + 2, 3]
        for j in range((width + 1) // 2):
            right = min(2 * j + 1, width - 1)
            a, b = means[j + 2] + diagonal[j + 2], down[j + 2] - across[j + 2]
            t = (a - b) >> 1
            x11, x10 = t - across[j + 2], t - diagonal[j + 2]
            bottom[right], bottom[2 * j] = x11, x10
            top[right], top[2 * j] = b + x10, a - x11


@kernel
def measure_changes(planes: Any, rows: int, columns: int, sizes: Any) -> None:
    """Repeat the means beyond the borders, and measure how much they change: first and second differences."""
    means = planes[:, 0]
    for i in range(2, rows + 2):
        means[i, 1] = means[i, 2]
        means[i, columns + 2] = means[i, columns + 1]
    means[1], means[rows + 2] = means[2], means[rows + 1]
    for i in range(2, rows + 2):
        line, above, below = means[i], means[i - 1], means[i + 1]
        changes = sizes[i]
        for j in range(2, columns + 2):
            changes[0, j] = min(abs(line[j - 1] - line[j + 1]), MOST)
            changes[1, j] = min(abs(above[j] - below[j]), MOST)
            changes[2, j] = min(abs(2 * line[j] - line[j - 1] - line[j + 1]), MOST)
            changes[3, j] = min(abs(2 * line[j] - above[j] - below[j]), MOST)


@inlined
def error_contexts(total: int, pair: int, kind: int, third: int) -> tuple[int, int, int, int]:
    """Return the contexts of an error, and where its weights begin, by the bucket and the pair of what is expected."""
    a = (kind * 64 + total) * 16
    b = FIRST_PAIR + (kind * 256 + pair) * 16
    c = FIRST_THIRD + (third * 16 + min(total >> 1, 15)) * 16
    return a, b, c, kind * 64


@kernel
def prepare_row(
    planes: Any, sizes: Any, band: int, row: int, predictors: Any, sources: Any, predicted: Any, total: Any
) -> None:
    """Add up what rows above and other planes say about a band's row."""
    predicted[:] = 1 << 11
    add_sources(predicted, planes, row + 2, 2, predictors[band], 0)
    total[:] = 0
    add_sources(total[0], sizes, row + 2, 2, sources[band], 0)
    add_sources(total[1], sizes, row + 2, 2, sources[band], 1)


@borrowing_kernel
def encode_row(
    errors: Any,
    total: Any,
    mine: Any,
    lefts: Any,
    kind: int,
    third: int,
    coder: Any,
    out: Any,
    states: Any,
    weights: Any,
) -> None:
    """Encode a band's row of errors, whose sizes ``mine`` holds."""
    encoder = kept_encoder(coder)
    for x in range(errors.size):
        same = total[0, x] + lefts[0] * mine[x + 1] + lefts[1] * mine[x]
        bucket_of_all = bucket((same + total[1, x]) >> 4)
        a, b, c, w = error_contexts(bucket_of_all, pair_of(same, total[1, x]), kind, third)
        encoder = encode_value(errors[x], lowest_bits(bucket_of_all), a, b, c, w, encoder, out, states, weights)
    keep_encoder(coder, encoder)


@kernel
def encode_stage(
    planes: Any,
    sizes: Any,
    channel: int,
    rows: Any,
    columns: Any,
    predictors: Any,
    sources: Any,
    kinds: Any,
    coder: Any,
    out: Any,
    states: Any,
    weights: Any,
) -> None:
    """Encode the three bands of a stage; ``rows`` and ``columns`` are by band, without what is zero for certain."""
    for band in range(3):
        kind, third = kinds[band]
        count = columns[band]
        predicted, errors = np.empty(count, planes.dtype), np.empty(count, np.int64)
        total = np.empty((2, count), np.int32)
        lean, lefts = predictors[band, -1, 0], (whole(sources[band, -1, 0]), whole(sources[band, -1, 1]))
        for y in range(rows[band]):
            prepare_row(planes, sizes, band, y, predictors, sources, predicted, total)
            line, mine = planes[y + 2, channel * PLANES + band + 1], sizes[y + 2, channel * SIZES + CHANGES + band]
            for x in range(count):
                errors[x] = line[x + 2] - ((predicted[x] + lean * line[x + 1]) >> 12)
                mine[x + 2] = min(abs(errors[x]), MOST)
            encode_row(errors, total, mine, lefts, kind, third, coder, out, states, weights)


@borrowing_kernel
def decode_row(
    errors: Any,
    total: Any,
    mine: Any,
    lefts: Any,
    kind: int,
    third: int,
    coder: Any,
    data: Any,
    states: Any,
    weights: Any,
) -> None:
    """Decode a band's row of errors, and note their sizes."""
    decoder = kept_decoder(coder)
    last, before = whole(0), whole(0)
    for x in range(errors.size):
        same = total[0, x] + lefts[0] * last + lefts[1] * before
        bucket_of_all = bucket((same + total[1, x]) >> 4)
        a, b, c, w = error_contexts(bucket_of_all, pair_of(same, total[1, x]), kind, third)
        error, decoder = decode_value(lowest_bits(bucket_of_all), a, b, c, w, decoder, data, states, weights)
        errors[x] = error
        last, before = min(abs(error), MOST), last
        mine[x + 2] = last
    keep_decoder(coder, decoder)


@kernel
def decode_stage(
    planes: Any,
    sizes: Any,
    channel: int,
    rows: Any,
    columns: Any,
    predictors: Any,
    sources: Any,
    kinds: Any,
    present: bool,
    coder: Any,
    data: Any,
    states: Any,
    weights: Any,
) -> None:
    """Decode what `encode_stage` made, or foresee it only where it is not present."""
    for band in range(3):
        kind, third = kinds[band]
        count = columns[band]
        predicted, errors = np.empty(count, planes.dtype), np.zeros(count, np.int64)
        total = np.empty((2, count), np.int32)
        lean, lefts = predictors[band, -1, 0], (whole(sources[band, -1, 0]), whole(sources[band, -1, 1]))
        for y in range(rows[band]):
            prepare_row(planes, sizes, band, y, predictors, sources, predicted, total)
            line, mine = planes[y + 2, channel * PLANES + band + 1], sizes[y + 2, channel * SIZES + CHANGES + band]
            if present:
                decode_row(errors, total, mine, lefts, kind, third, coder, data, states, weights)
            for x in range(count):
                line[x + 2] = errors[x] + ((predicted[x] + lean * line[x + 1]) >> 12)
