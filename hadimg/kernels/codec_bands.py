"""The levels of one segment of a tile: predicted, quantized, coded; and back.

Bands are coded one after the other, each from the top row of blocks to the bottom. A coefficient is predicted from
coefficients of coarser segments, those of its own block and of the blocks around it; what remains is quantized. How
large its level will be is expected from the sizes of neighbors in the same band above and left (one half of the sum)
and of the bands coded before, of other channels, and of the whole block so far (the other half).

Arrays: ``sizes[channel, 2 + row, band, 2 + column]`` are the sizes of levels, with `BANDS` planes a channel: 64 bands, and the
sums of the blocks in earlier segments and so far; coefficients are as in `hadimg.kernels.codec_lapped`.
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
    value_costs,
)
from hadimg.kernels.compiling import inlined, kernel
from hadimg.kernels.range_coder import decode_bit, encode_bit

__all__ = ["BANDS", "BEFORE", "SO_FAR", "decode_bands", "encode_bands"]

BANDS, BEFORE, SO_FAR = 66, 64, 65
MOST = 2047
"""Where sizes are cut before they are added up."""
GROUP, QUIET, QUIET_KIND = 8, 400, 14
"""Levels of which one bit says whether any is not zero, where their expected sizes add up to less, in 1/1024."""
LOUD = 14
"""What makes the encoder say so: a coefficient of this size, in 1/16 of a step."""


@inlined
def contexts_of(
    same: int, other: int, left: int, up: int, kind: int, pair: int, place: int
) -> tuple[int, int, int, int, int]:
    """Return the contexts of a level, where its weights begin, and its lowest bits."""
    total = bucket((same + other) >> 4)
    a = (kind * 64 + total) * 16
    b = FIRST_PAIR + (pair * 256 + min(bucket(same >> 4) // 2, 15) * 16 + min(bucket(other >> 4) // 2, 15)) * 16
    third = min(left, 2) * 3 + min(up, 2)
    c = FIRST_THIRD + (place * 16 + third) * 16
    return a, b, c, kind * 64, SHIFTS[total]


@kernel
def group_contexts(
    total: Any, first: int, last: int, before: int, kind: int, place: int
) -> tuple[bool, int, int, int, int]:
    """Return whether a group of levels is expected to be quiet, then the contexts of the bit that says so."""
    same, other = before, 0
    for x in range(first, last):
        same += total[0, x]
        other += total[1, x]
    expected = bucket((same + other) >> 4)
    a = (kind * 64 + expected) * 16 + 14
    b = FIRST_PAIR + (kind * 256 + min(bucket(same >> 4) // 2, 15) * 16 + min(bucket(other >> 4) // 2, 15)) * 16 + 14
    c = FIRST_THIRD + (place * 16 + 9 + min(expected // 4, 5)) * 16 + 14
    return same + other < QUIET, a, b, c, kind * 64 + 56


@kernel
def level_of(
    rest: int,
    step: int,
    nearness: int,
    a: int,
    b: int,
    c: int,
    w: int,
    shift: int,
    states: Any,
    weights: Any,
) -> int:
    """Return the size of the level that makes squared error plus ``nearness`` times bits smallest.

    ``rest`` is the size of what remains, in 1/64 of the unit of ``step``; ``nearness`` is in 1/4096 of a squared step.
    """
    near = (2 * rest + step) // (2 * step)
    if near == 0:
        return 0
    if near > 2 or shift > 0:
        return (rest * 16 + step * 7) // (16 * step)
    zero, one, more = value_costs(a, b, c, w, states, weights)
    part = rest * 64 // step
    best, least = near, 1 << 60
    for level in range(near + 1):
        error = part - level * 64
        bits = zero if level == 0 else (one if level == 1 else more + 256)
        cost = error * error * 256 + nearness * bits
        if cost < least:
            best, least = level, cost
    return best


@kernel
def predict_row(target: Any, known: Any, row: int, sources: Any) -> None:
    """Predict a band's row from coarser bands; weights have 12 bits."""
    target[:] = 1 << 11
    add_sources(target, known, row, 1, sources, 0)
    for x in range(target.size):
        target[x] >>= 12


@kernel
def rebuilt(level: int, step: int, offset: int) -> int:
    """Return the middle, so to say, of a level's interval, in the unit of coefficients."""
    size = (min(abs(level), 1 << 26) * 64 - offset) * step
    size = (size + (1 << 11)) >> 12
    return -size if level < 0 else size


@kernel
def encode_bands(
    given: Any,
    known: Any,
    sizes: Any,
    channel: int,
    columns: int,
    order: Any,
    steps: Any,
    sources: Any,
    predictors: Any,
    kinds: Any,
    offsets: Any,
    nearness: int,
    coder: Any,
    out: Any,
    states: Any,
    weights: Any,
) -> None:
    """Quantize and encode the bands in ``order``; ``known`` becomes what the decoder will know.

    ``kinds`` holds for each band: kind, pair, place. ``sources`` are by band, ``predictors`` too; ``given`` and ``known``
    are the channel's own, ``sizes`` has the planes of all channels side by side.
    """
    rows = given.shape[0] - 2
    own = channel * BANDS
    total = np.empty((2, columns), sizes.dtype)
    predicted = np.empty((rows, columns), given.dtype)
    for band, plane in order:
        step = steps[band]
        kind, pair, place = kinds[band]
        largest = 0
        for y in range(rows):
            predict_row(predicted[y], known, y + 1, predictors[band])
            line = given[y + 1, plane]
            for x in range(columns):
                largest = max(largest, abs(line[x + 1] - predicted[y, x]))
        some = largest * 128 > step
        at = FIRST_THIRD + (place * 16 + 15) * 16
        encode_bit(some, coder, out, states, weights, at, at, at, kind * 64 + 60)
        if not some:
            for y in range(rows):
                line = known[y + 1, plane]
                for x in range(columns):
                    line[x + 1] = predicted[y, x]
            continue
        half = step // 2 - step // 32
        for y in range(rows):
            line, target = given[y + 1, plane], known[y + 1, plane]
            total[:] = 0
            add_sources(total[0], sizes, y + 2, 2, sources[band], 0)
            add_sources(total[1], sizes, y + 2, 2, sources[band], 1)
            mine, above, sofar = sizes[y + 2, own + band], sizes[y + 1, own + band], sizes[y + 2, own + SO_FAR]
            left, farther = sources[band, -1, 0], sources[band, -1, 1]
            for x in range(columns):
                if x % GROUP == 0:
                    last = min(x + GROUP, columns)
                    before = left * mine[x + 1] + farther * mine[x]
                    quiet, a, b, c, w = group_contexts(total, x, last, before, kind, place)
                    used, skipped = kind, False
                    if quiet:
                        largest = 0
                        for i in range(x, last):
                            largest = max(largest, abs(line[i + 1] - predicted[y, i]))
                        skipped = largest * 64 * 16 < step * LOUD
                        encode_bit(not skipped, coder, out, states, weights, a, b, c, w)
                        used = QUIET_KIND + kind // 4
                if skipped:
                    target[x + 1] = predicted[y, x]
                    continue
                same = total[0, x] + left * mine[x + 1] + farther * mine[x]
                a, b, c, w, shift = contexts_of(same, total[1, x], mine[x + 1], above[x + 2], used, used, place)
                rest = line[x + 1] - predicted[y, x]
                size = abs(rest) * 64
                level = 0
                if size > half:
                    level = level_of(size, step, nearness, a, b, c, w, shift, states, weights)
                value = -level if rest < 0 else level
                encode_value(value, shift, a, b, c, w, coder, out, states, weights)
                target[x + 1] = predicted[y, x]
                if level:
                    target[x + 1] += rebuilt(value, step, offsets[min(level, 3)])
                    mine[x + 2] = min(level, MOST)
                    sofar[x + 2] += mine[x + 2]


@kernel
def decode_bands(
    known: Any,
    sizes: Any,
    channel: int,
    columns: int,
    order: Any,
    steps: Any,
    sources: Any,
    predictors: Any,
    kinds: Any,
    offsets: Any,
    bound: int,
    present: bool,
    coder: Any,
    data: Any,
    states: Any,
    weights: Any,
) -> None:
    """Decode what `encode_bands` made, into ``known``; coefficients are held within ``bound``."""
    rows = known.shape[0] - 2
    own = channel * BANDS
    total = np.empty((2, columns), sizes.dtype)
    for band, plane in order:
        step = steps[band]
        kind, pair, place = kinds[band]
        at = FIRST_THIRD + (place * 16 + 15) * 16
        some = 0
        if present:
            some = decode_bit(coder, data, states, weights, at, at, at, kind * 64 + 60)
        for y in range(rows):
            target = known[y + 1, plane, 1 : columns + 1]
            predict_row(target, known, y + 1, predictors[band])
            if not some:
                continue
            total[:] = 0
            add_sources(total[0], sizes, y + 2, 2, sources[band], 0)
            add_sources(total[1], sizes, y + 2, 2, sources[band], 1)
            mine, above, sofar = sizes[y + 2, own + band], sizes[y + 1, own + band], sizes[y + 2, own + SO_FAR]
            left, farther = sources[band, -1, 0], sources[band, -1, 1]
            for x in range(columns):
                if x % GROUP == 0:
                    before = left * mine[x + 1] + farther * mine[x]
                    quiet, a, b, c, w = group_contexts(total, x, min(x + GROUP, columns), before, kind, place)
                    used, skipped = kind, False
                    if quiet:
                        skipped = decode_bit(coder, data, states, weights, a, b, c, w) == 0
                        used = QUIET_KIND + kind // 4
                if skipped:
                    continue
                same = total[0, x] + left * mine[x + 1] + farther * mine[x]
                a, b, c, w, shift = contexts_of(same, total[1, x], mine[x + 1], above[x + 2], used, used, place)
                value = decode_value(shift, a, b, c, w, coder, data, states, weights)
                if value:
                    level = abs(value)
                    coefficient = target[x] + rebuilt(value, step, offsets[min(level, 3)])
                    target[x] = min(max(coefficient, -bound), bound)
                    mine[x + 2] = min(level, MOST)
                    sofar[x + 2] += mine[x + 2]
