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

from hadimg.kernels.compiling import inlined, kernel
from hadimg.kernels.range_coder import (
    costs,
    decode_bit,
    decode_plain,
    encode_bit,
    encode_plain,
    mixed,
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
    return np.where(np.arange(2048) < 2, 0, np.floor(3 * np.log2(sizes / 2 + 1e-9) + 1e-6) + 1).astype(np.int32)


OCTAVES = _octaves()
SHIFTS = np.clip((np.arange(BUCKETS) - 1 + 3 - 3 * 7) // 3, 0, 24).astype(np.int32)
"""By bucket: how many of the lowest bits are coded for themselves."""


@inlined
def bucket(expected: int) -> int:
    """Return the bucket, 0 to 63, of an expected size in 1/64."""
    if expected < 2048:
        number: int = OCTAVES[max(expected, 0)]
    elif expected < 2048 * 32:
        number = OCTAVES[expected >> 5] + 15
    else:
        number = min(OCTAVES[min(expected >> 10, 2047)] + 30, BUCKETS - 1)
    return number


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


@kernel
def encode_value(
    value: int, shift: int, a: int, b: int, c: int, w: int, coder: Any, out: Any, states: Any, weights: Any
) -> None:
    """Encode a number in the contexts that begin at a, b and c, mixed by the weights that begin at w."""
    if value == 0:
        encode_bit(0, coder, out, states, weights, a, b, c, w)
        return
    encode_bit(1, coder, out, states, weights, a, b, c, w)
    encode_plain(value < 0, 1, coder, out)
    rest = abs(value) - 1
    high = rest >> shift
    for k in range(1, ONES + 1):
        bit = high >= k
        encode_bit(bit, coder, out, states, weights, a + k, b + k, c + k, w + 4 * k)
        if not bit:
            break
    if high >= ONES:
        beyond = high - ONES + 1
        count = 0
        while beyond >> count > 1:
            count += 1
        encode_plain(0, count, coder, out)
        encode_plain(beyond, count + 1, coder, out)
    if shift:
        k = LOW_BIT
        encode_bit(rest >> (shift - 1) & 1, coder, out, states, weights, a + k, b + k, c + k, w + 4 * k)
        encode_plain(rest, shift - 1, coder, out)


@kernel
def decode_value(shift: int, a: int, b: int, c: int, w: int, coder: Any, data: Any, states: Any, weights: Any) -> int:
    """Return the number that `encode_value` was given."""
    if decode_bit(coder, data, states, weights, a, b, c, w) == 0:
        return 0
    negative = decode_plain(1, coder, data)
    high = 0
    for k in range(1, ONES + 1):
        if decode_bit(coder, data, states, weights, a + k, b + k, c + k, w + 4 * k) == 0:
            break
        high = k
    if high == ONES:
        count = 0
        while count < 32 and decode_plain(1, coder, data) == 0:
            count += 1
        high += (1 << count | decode_plain(count, coder, data)) - 1
    rest = high
    if shift:
        k = LOW_BIT
        bit = decode_bit(coder, data, states, weights, a + k, b + k, c + k, w + 4 * k)
        rest = (high << 1 | bit) << (shift - 1) | decode_plain(shift - 1, coder, data)
    size = min(rest + 1, 1 << 30)
    return -size if negative else size


@kernel
def encode_number(value: int, coder: Any, out: Any) -> None:
    """Encode any number by itself: its sign, and its size in Elias's gamma code."""
    size = 2 * abs(value) + (value < 0) + 1
    count = 0
    while size >> count > 1:
        count += 1
    encode_plain(0, count, coder, out)
    encode_plain(size, count + 1, coder, out)


@kernel
def decode_number(coder: Any, data: Any) -> int:
    """Return the number that `encode_number` was given."""
    count = 0
    while count < 32 and decode_plain(1, coder, data) == 0:
        count += 1
    size = (1 << count | decode_plain(count, coder, data)) - 1
    value: int = -(size >> 1) if size & 1 else size >> 1
    return value


@kernel
def value_costs(a: int, b: int, c: int, w: int, states: Any, weights: Any) -> tuple[int, int, int]:
    """Return what it costs, in 1/256 bit, to be zero, one, and to go on beyond one."""
    chance = mixed(states, weights, a, b, c, w)
    zero, some = costs(chance, 0), costs(chance, 1) + 256
    chance = mixed(states, weights, a + 1, b + 1, c + 1, w + 4)
    return zero, some + costs(chance, 0), some + costs(chance, 1)
