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

from hadimg.kernels.codec_values import (
    FIRST_PAIR,
    FIRST_THIRD,
    SHIFTS,
    add_sources,
    bucket,
    decode_value,
    encode_value,
)
from hadimg.kernels.compiling import inlined, kernel

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
def error_contexts(same: int, other: int, kind: int, place: int) -> tuple[int, int, int, int, int]:
    """Return the contexts of an error, where its weights begin, and its lowest bits."""
    total = bucket((same + other) >> 4)
    a = (kind * 64 + total) * 16
    b = FIRST_PAIR + (kind * 256 + min(bucket(same >> 4) // 2, 15) * 16 + min(bucket(other >> 4) // 2, 15)) * 16
    c = FIRST_THIRD + (place * 16 + min(total // 2, 15)) * 16
    return a, b, c, kind * 64, SHIFTS[total]


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
        kind, place = kinds[band]
        count = columns[band]
        predicted = np.empty(count, planes.dtype)
        total = np.empty((2, count), sizes.dtype)
        lean, left, farther = predictors[band, -1, 0], sources[band, -1, 0], sources[band, -1, 1]
        for y in range(rows[band]):
            prepare_row(planes, sizes, band, y, predictors, sources, predicted, total)
            line, mine = planes[y + 2, channel * PLANES + band + 1], sizes[y + 2, channel * SIZES + CHANGES + band]
            for x in range(count):
                same = total[0, x] + left * mine[x + 1] + farther * mine[x]
                a, b, c, w, shift = error_contexts(same, total[1, x], kind, place)
                error = line[x + 2] - ((predicted[x] + lean * line[x + 1]) >> 12)
                encode_value(error, shift, a, b, c, w, coder, out, states, weights)
                mine[x + 2] = min(abs(error), MOST)


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
        kind, place = kinds[band]
        count = columns[band]
        predicted = np.empty(count, planes.dtype)
        total = np.empty((2, count), sizes.dtype)
        lean, left, farther = predictors[band, -1, 0], sources[band, -1, 0], sources[band, -1, 1]
        for y in range(rows[band]):
            prepare_row(planes, sizes, band, y, predictors, sources, predicted, total)
            line, mine = planes[y + 2, channel * PLANES + band + 1], sizes[y + 2, channel * SIZES + CHANGES + band]
            for x in range(count):
                same = total[0, x] + left * mine[x + 1] + farther * mine[x]
                a, b, c, w, shift = error_contexts(same, total[1, x], kind, place)
                error = 0
                if present:
                    error = decode_value(shift, a, b, c, w, coder, data, states, weights)
                line[x + 2] = error + ((predicted[x] + lean * line[x + 1]) >> 12)
                mine[x + 2] = min(abs(error), MOST)
