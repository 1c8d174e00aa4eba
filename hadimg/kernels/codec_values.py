"""Whole numbers around zero as bits for the range coder, in contexts made from how large they are expected to be.

What is expected is a sum of neighbors' sizes, in 1/64, in a bucket of a third of an octave. A number is coded as: is it
zero? its sign; its size less one, but for the lowest bits where large ones are expected, as so many ones and a zero
(from the 13th on as Elias's gamma code); then the lowest bits. Each of these bits has a slot of its own in three
contexts: the bucket, by kind of number; the buckets of two halves of the sum; and a third one, which the caller
chooses.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.codec_chances import at, costs, foresee, mixed, whole
from hadimg.kernels.compiling import borrowing_kernel, inlined, kernel
from hadimg.kernels.range_coder import (
    Decoder,
    Encoder,
    decode_bit,
    decode_foreseen,
    decode_plain,
    encode_bit,
    encode_plain,
    keep_decoder,
    keep_encoder,
    kept_decoder,
    kept_encoder,
)

__all__ = [
    "BUCKETS",
    "FIRST_PAIR",
    "FIRST_THIRD",
    "KINDS",
    "LOW_BIT",
    "PLACES",
    "SLOTS",
    "STATES",
    "THIRDS",
    "WEIGHTS",
    "add_sources",
    "bucket",
    "decode_number",
    "decode_value",
    "encode_number",
    "encode_value",
    "lowest_bits",
    "pair_of",
    "value_costs",
]

BUCKETS, SLOTS, KINDS, PLACES, THIRDS = 64, 16, 16, 160, 16
ONES = 12
LOW_BIT = ONES + 1
FIRST_PAIR = KINDS * BUCKETS * SLOTS
FIRST_THIRD = FIRST_PAIR + KINDS * 256 * SLOTS
STATES = FIRST_THIRD + PLACES * THIRDS * SLOTS
WEIGHTS = KINDS * SLOTS * 4
"""How many states and weights there are, and where the second and third kind of states begin."""


def _octaves() -> Any:
    sizes = np.maximum(np.arange(2048), 1)
    return np.where(np.arange(2048) < 2, 0, np.floor(3 * np.log2(sizes / 2 + 1e-9) + 1e-6) + 1).astype(np.uint8)


OCTAVES = _octaves()
HALVES = np.minimum(OCTAVES // 2, 15)
SHIFTS = np.clip((np.arange(BUCKETS) - 1 + 3 - 3 * 7) // 3, 0, 24).astype(np.uint8)
"""By bucket: how many of the lowest bits are coded for themselves."""


@inlined
def bucket(expected: int) -> int:
    """Return the bucket, 0 to 63, of an expected size in 1/64."""
    if expected < 2048:
        number: int = whole(OCTAVES[at(max(expected, 0))])
    elif expected < 2048 * 32:
        number = whole(OCTAVES[at(expected >> 5)]) + 15
    else:
        number = min(whole(OCTAVES[at(min(expected >> 10, 2047))]) + 30, BUCKETS - 1)
    return number


@inlined
def half_bucket(expected: int) -> int:
    """Return half the bucket of an expected size, at most 15."""
    half: int = whole(HALVES[at(min(max(expected, 0), 2047))])
    return half


@inlined
def pair_of(same: int, other: int) -> int:
    """Return the place of a pair of expected sizes, in 1/1024, in the second kind of states."""
    return half_bucket(same >> 4) << 4 | half_bucket(other >> 4)  # type: ignore[no-any-return]


@inlined
def lowest_bits(total: int) -> int:
    """Return how many of the lowest bits of a number are coded for themselves, by its bucket."""
    shift: int = whole(SHIFTS[at(total)])
    return shift


@kernel
def add_sources(total: Any, planes: Any, row: int, first: int, sources: Any, group: int) -> None:
    """Add up neighbors: each source is (plane, rows down, columns right, weight, group); weight 0 ends the list."""
    count = total.size
    for k in range(sources.shape[0]):
        weight = sources[k, 3]
        if weight == 0:
            break
        if sources[k, 4] != group:
            continue
        start = first + sources[k, 2]
        line = planes[row + sources[k, 1], sources[k, 0], start : start + count]
        for x in range(count):
            total[x] += weight * line[x]


@inlined
def encode_value(
    value: int, shift: int, a: int, b: int, c: int, w: int, encoder: Encoder, out: Any, states: Any, weights: Any
) -> Encoder:
    """Encode a number in the contexts that begin at a, b and c, mixed by the weights that begin at w."""
    some = whole(value != 0)
    encoder = encode_bit(some, encoder, out, states, weights, a, b, c, w)
    if some:
        encoder = encode_plain(whole(value < 0), 1, encoder, out)
        rest = abs(value) - 1
        high = rest >> shift
        for k in range(1, min(high + 1, ONES) + 1):
            bit = whole(high >= k)
            encoder = encode_bit(bit, encoder, out, states, weights, a + k, b + k, c + k, w + 4 * k)
        if high >= ONES:
            encoder = encode_gamma(high - ONES + 1, encoder, out)
        if shift:
            k, bit = LOW_BIT, rest >> (shift - 1) & 1
            encoder = encode_bit(bit, encoder, out, states, weights, a + k, b + k, c + k, w + 4 * k)
            encoder = encode_plain(rest, shift - 1, encoder, out)
    return encoder


@inlined
def decode_value(
    shift: int, a: int, b: int, c: int, w: int, decoder: Decoder, data: Any, states: Any, weights: Any
) -> tuple[int, Decoder]:
    """Return the number that `encode_value` was given."""
    value = 0
    # The chance of the next bit is worked out ahead: it is there where the processor guessed wrong that none comes.
    foreseen = foresee(states, weights, a, b, c, w)
    ahead = foresee(states, weights, a + 1, b + 1, c + 1, w + 4)
    some, decoder = decode_foreseen(foreseen, decoder, data, states, weights, a, b, c, w)
    if some:
        negative, decoder = decode_plain(1, decoder, data)
        high = 0
        for k in range(1, ONES + 1):
            foreseen, ahead = ahead, foresee(states, weights, a + k + 1, b + k + 1, c + k + 1, w + 4 * k + 4)
            bit, decoder = decode_foreseen(foreseen, decoder, data, states, weights, a + k, b + k, c + k, w + 4 * k)
            if bit == 0:
                break
            high = k
        if high == ONES:
            beyond, decoder = decode_gamma(decoder, data)
            high += beyond - 1
        if shift:
            k = LOW_BIT
            bit, decoder = decode_bit(decoder, data, states, weights, a + k, b + k, c + k, w + 4 * k)
            rest, decoder = decode_plain(shift - 1, decoder, data)
            high = (high << 1 | bit) << (shift - 1) | rest
        value = (min(high + 1, 1 << 30) ^ -negative) + negative
    return value, decoder


@inlined
def encode_gamma(number: int, encoder: Encoder, out: Any) -> Encoder:
    """Encode a number from 1 on in Elias's gamma code: as many zeros as it has bits behind the first one, then it."""
    count = 0
    while number >> count > 1:
        count += 1
    return encode_plain(number, 2 * count + 1, encoder, out)  # type: ignore[no-any-return]


@inlined
def decode_gamma(decoder: Decoder, data: Any) -> tuple[int, Decoder]:
    """Return the number that `encode_gamma` was given; after 32 zeros no one follows."""
    count, bit = 0, 0
    while count < 32 and bit == 0:
        bit, decoder = decode_plain(1, decoder, data)
        count += 1 - bit
    rest, decoder = decode_plain(count, decoder, data)
    return 1 << count | rest, decoder


@borrowing_kernel
def encode_number(value: int, coder: Any, out: Any) -> None:
    """Encode any number by itself: its sign, and its size in Elias's gamma code."""
    size = 2 * abs(value) + (value < 0) + 1
    keep_encoder(coder, encode_gamma(size, kept_encoder(coder), out))


@borrowing_kernel
def decode_number(coder: Any, data: Any) -> int:
    """Return the number that `encode_number` was given."""
    size, decoder = decode_gamma(kept_decoder(coder), data)
    keep_decoder(coder, decoder)
    value: int = -((size - 1) >> 1) if size & 1 == 0 else (size - 1) >> 1
    return value


@borrowing_kernel
def value_costs(a: int, b: int, c: int, w: int, states: Any, weights: Any) -> tuple[int, int, int]:
    """Return what it costs, in 1/256 bit, to be zero, one, and to go on beyond one."""
    chance = mixed(states, weights, a, b, c, w)
    zero, some = costs(chance, 0), costs(chance, 1) + 256
    chance = mixed(states, weights, a + 1, b + 1, c + 1, w + 4)
    return zero, some + costs(chance, 0), some + costs(chance, 1)
