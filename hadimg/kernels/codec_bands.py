"""The levels of one segment of a tile: predicted, quantized, coded; and back.

Bands are coded one after the other, each from the top row of blocks to the bottom. A coefficient is predicted from
coefficients of coarser segments, those of its own block and of the blocks around it; what remains is quantized. How
large its level will be is expected from the sizes of neighbors in the same band, above and to the left (one half of
the sum), and from those in bands coded before, in other channels, and in the whole block so far (the other half).

Arrays: ``sizes[2 + row, channel * BANDS + band, 2 + column]`` are the sizes of levels; coefficients are as in
`hadimg.kernels.codec_lapped`. Tables: ``order`` has rows of a band and its plane; ``kinds``, by band, rows of a kind
and a place; ``sources`` and ``predictors`` are by band, the last row of the sources being the weights of the first and
second level to the left.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.codec_chances import whole
from hadimg.kernels.codec_contexts import (
    BANDS,
    GROUP,
    MOST,
    QUIET_KIND,
    SO_FAR,
    add_sizes,
    band_contexts,
    group_contexts,
    level_contexts,
    predict_row,
    rebuilt,
)
from hadimg.kernels.codec_values import decode_value, encode_value, value_costs
from hadimg.kernels.compiling import borrowing_kernel, kernel
from hadimg.kernels.range_coder import decode_bit, encode_bit, keep_decoder, keep_encoder, kept_decoder, kept_encoder

__all__ = ["decode_bands", "encode_bands", "level_of"]

LOUD = 14
"""What makes the encoder call a quiet group loud: a coefficient of this size, in 1/16 of a step."""


@borrowing_kernel
def level_of(
    rest: int, step: int, price: int, a: int, b: int, c: int, w: int, shift: int, states: Any, weights: Any
) -> int:
    """Return the size of the level that makes squared error plus the price of bits smallest.

    ``rest`` is the size of what remains, in the unit of ``step``; a bit costs ``price`` in 1/4096 of a squared step.
    Large levels are rounded instead, a little more often down than up.
    """
    near = (2 * rest + step) // (2 * step)
    if near == 0:
        return 0
    if near > 2 or shift > 0:
        large: int = (rest * 16 + step * 7) // (16 * step)
        return large
    zero, one, more = value_costs(a, b, c, w, states, weights)
    part = rest * 64 // step
    best, least = near, 1 << 60
    for level in range(near + 1):
        error = part - level * 64
        bits = zero if level == 0 else (one if level == 1 else more + 256)
        cost = error * error * 256 + price * bits
        if cost < least:
            best, least = level, cost
    return best


@borrowing_kernel
def largest_of(line: Any, predicted: Any, first: int, last: int) -> int:
    """Return the size of the largest number that remains of a row of coefficients."""
    largest = 0
    for x in range(first, last):
        largest = max(largest, abs(line[x + 1] - predicted[x]))
    return largest


@borrowing_kernel
def encode_row(
    line: Any,
    predicted: Any,
    target: Any,
    total: Any,
    lefts: Any,
    mine: Any,
    above: Any,
    so_far: Any,
    step: int,
    price: int,
    kind: int,
    place: int,
    offsets: Any,
    coder: Any,
    out: Any,
    states: Any,
    weights: Any,
) -> None:
    """Quantize and encode a band's row of coefficients."""
    encoder = kept_encoder(coder)
    left, farther = lefts
    half = step // 2 - step // 32
    used, skipped = kind, False
    for x in range(predicted.size):
        before = left * mine[x + 1] + farther * mine[x]
        if x % GROUP == 0:
            last = min(x + GROUP, predicted.size)
            quiet, a, b, c, w = group_contexts(total, x, last, before, kind, place)
            used, skipped = kind, False
            if quiet:
                skipped = largest_of(line, predicted, x, last) * 1024 < step * LOUD
                encoder = encode_bit(whole(not skipped), encoder, out, states, weights, a, b, c, w)
                used = QUIET_KIND + kind // 4
        target[x + 1] = predicted[x]
        if skipped:
            continue
        a, b, c, w, shift = level_contexts(total[0, x] + before, total[1, x], mine[x + 1], above[x + 2], used, place)
        rest = line[x + 1] - predicted[x]
        size = abs(rest) * 64
        level = 0
        if size > half:
            level = level_of(size, step, price, a, b, c, w, shift, states, weights)
        value = -level if rest < 0 else level
        encoder = encode_value(value, shift, a, b, c, w, encoder, out, states, weights)
        if level:
            target[x + 1] += rebuilt(value, step, offsets[min(level, 3)])
            mine[x + 2] = min(level, MOST)
            so_far[x + 2] += mine[x + 2]
    keep_encoder(coder, encoder)


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
    price: int,
    coder: Any,
    out: Any,
    states: Any,
    weights: Any,
) -> None:
    """Quantize and encode the bands in ``order``; ``known`` becomes what the decoder will know of them."""
    rows, own = given.shape[0] - 2, channel * BANDS
    total = np.empty((2, columns), sizes.dtype)
    predicted = np.empty((rows, columns), given.dtype)
    for band, plane in order:
        kind, place = kinds[band]
        largest = 0
        for y in range(rows):
            predict_row(predicted[y], known, y + 1, predictors[band])
            largest = max(largest, largest_of(given[y + 1, plane], predicted[y], 0, columns))
        some = largest * 128 > steps[band]
        a, w = band_contexts(kind, place)
        keep_encoder(coder, encode_bit(whole(some), kept_encoder(coder), out, states, weights, a, a, a, w))
        for y in range(rows):
            target = known[y + 1, plane]
            if not some:
                target[1 : columns + 1] = predicted[y]
                continue
            add_sizes(total, sizes, y, sources[band])
            lefts = sources[band, -1, 0], sources[band, -1, 1]
            mine, above, so_far = sizes[y + 2, own + band], sizes[y + 1, own + band], sizes[y + 2, own + SO_FAR]
            encode_row(
                given[y + 1, plane], predicted[y], target, total, lefts, mine, above, so_far, steps[band], price,
                kind, place, offsets, coder, out, states, weights,
            )  # fmt: skip


@borrowing_kernel
def decode_row(
    target: Any,
    total: Any,
    lefts: Any,
    mine: Any,
    above: Any,
    so_far: Any,
    step: int,
    kind: int,
    place: int,
    offsets: Any,
    bound: int,
    coder: Any,
    data: Any,
    states: Any,
    weights: Any,
) -> None:
    """Decode a band's row and add it to its prediction, which ``target`` holds."""
    decoder = kept_decoder(coder)
    left, farther = lefts
    used, skipped = kind, False
    for x in range(target.size):
        before = left * mine[x + 1] + farther * mine[x]
        if x % GROUP == 0:
            quiet, a, b, c, w = group_contexts(total, x, min(x + GROUP, target.size), before, kind, place)
            used, skipped = kind, False
            if quiet:
                loud, decoder = decode_bit(decoder, data, states, weights, a, b, c, w)
                skipped = loud == 0
                used = QUIET_KIND + kind // 4
        if skipped:
            continue
        a, b, c, w, shift = level_contexts(total[0, x] + before, total[1, x], mine[x + 1], above[x + 2], used, place)
        value, decoder = decode_value(shift, a, b, c, w, decoder, data, states, weights)
        if value:
            level = abs(value)
            coefficient = target[x] + rebuilt(value, step, offsets[min(level, 3)])
            target[x] = min(max(coefficient, -bound), bound)
            mine[x + 2] = min(level, MOST)
            so_far[x + 2] += mine[x + 2]
    keep_decoder(coder, decoder)


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
    """Decode what `encode_bands` made into ``known``, within ``bound``; or only predict it where it is not present."""
    own = channel * BANDS
    total = np.empty((2, columns), sizes.dtype)
    for band, plane in order:
        kind, place = kinds[band]
        some = 0
        if present:
            a, w = band_contexts(kind, place)
            some, decoder = decode_bit(kept_decoder(coder), data, states, weights, a, a, a, w)
            keep_decoder(coder, decoder)
        for y in range(known.shape[0] - 2):
            target = known[y + 1, plane, 1 : columns + 1]
            predict_row(target, known, y + 1, predictors[band])
            if not some:
                continue
            add_sizes(total, sizes, y, sources[band])
            lefts = sources[band, -1, 0], sources[band, -1, 1]
            mine, above, so_far = sizes[y + 2, own + band], sizes[y + 1, own + band], sizes[y + 2, own + SO_FAR]
            decode_row(
                target, total, lefts, mine, above, so_far, steps[band], kind, place, offsets, bound,
                coder, data, states, weights,
            )  # fmt: skip
