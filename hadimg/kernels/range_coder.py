"""An adaptive binary range coder: bits in, bytes out, and back; whole numbers only, the same on every machine.

The coder is the carrying one of 32-bit range: ``low`` grows, the range shrinks by the probability of the bit, and whole
bytes leave at the top; a byte that a carry may still reach waits, with a count of the 255s behind it. The probability
of a bit comes from three adaptive ones, each chosen by a context of its own, which are mixed: added up in the logistic
domain with weights that learn, too, by which of them was right.

A state is one number of 32 bits: the probability of a one in 22 bits, and how often it has learned in 7. It learns as a
mean does, by ``1 / (n + 1.5)``, until n reaches `SLOWEST`. Beyond the end of the bytes the decoder reads zeros, so that
zeros at the end need not be kept; `PLACE` says how far it has read.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.compiling import inlined, kernel

__all__ = [
    "CODER_SIZE",
    "MOST_CUT",
    "ONE_HALF",
    "PLACE",
    "begin_decoder",
    "begin_encoder",
    "code_bits",
    "costs",
    "decode_bit",
    "decode_plain",
    "encode_bit",
    "encode_plain",
    "finish_encoder",
    "mixed",
    "uncode_bits",
]

LOW, RANGE, HELD, PENDING, PLACE = range(5)
CODER_SIZE = 5
SLOWEST = 100
"""Where the speed of learning stays: in how many bits a state forgets."""
ONE_HALF = (1 << 28) | 0
MOST_CUT = 8
"""How many zeros at the end may be left out."""
FAST = 14
"""How fast weights learn: shift of their step."""
HALF = 1 << (FAST - 1)


def _stretch() -> Any:
    odds = (np.arange(4096) + 0.5) / 4096
    return np.rint(np.log(odds / (1 - odds)) * 256).astype(np.int32)


def _squash() -> Any:
    probabilities = 65536 / (1 + np.exp(-(np.arange(4096) - 2048) / 256.0))
    return np.clip(np.rint(probabilities), 24, 65536 - 24).astype(np.int32)


def _costs() -> Any:
    return np.rint(-np.log2((np.arange(4096) + 0.5) / 4096) * 256).astype(np.int32)


STRETCH, SQUASH, COSTS = _stretch(), _squash(), _costs()
"""ln(p / (1 - p)) of a probability in 12 bits, in 1/256; its inverse, in 16 bits; and bits of information, in 1/256."""
RATES = np.rint(65536 / (np.arange(128) + 1.5)).astype(np.int32)


@kernel
def begin_encoder(coder: Any) -> None:
    """Begin a new sequence of bytes."""
    coder[LOW], coder[RANGE], coder[HELD], coder[PENDING], coder[PLACE] = 0, 0xFFFFFFFF, -1, 0, 0


@kernel
def shift_byte(coder: Any, out: Any) -> None:
    """Let the highest byte go, or wait."""
    low = coder[LOW]
    if low < 0xFF000000 or low > 0xFFFFFFFF:
        carry, place = low >> 32, coder[PLACE]
        if coder[HELD] >= 0:
            out[place] = (coder[HELD] + carry) & 255
            place += 1
        for _ in range(coder[PENDING]):
            out[place] = (255 + carry) & 255
            place += 1
        coder[PLACE], coder[PENDING] = place, 0
        coder[HELD] = (low >> 24) & 255
    else:
        coder[PENDING] += 1
    coder[LOW] = (low & 0x00FFFFFF) << 8


@kernel
def finish_encoder(coder: Any, out: Any) -> int:
    """Write what decides the last bits, in as few bytes as will do, and return the number of bytes in all."""
    low, high = coder[LOW], coder[LOW] + coder[RANGE] - 1
    for bits in range(32, -1, -1):
        value = (high >> bits) << bits
        if value >= low:
            break
    coder[LOW] = value
    for _ in range(5):
        shift_byte(coder, out)
    size: int = coder[PLACE]
    for _ in range(MOST_CUT):
        if size > 0 and out[size - 1] == 0:
            size -= 1
    return size


@kernel
def begin_decoder(coder: Any, data: Any) -> None:
    """Begin to read."""
    coder[RANGE], coder[LOW], coder[PLACE] = 0xFFFFFFFF, 0, 0
    for _ in range(4):
        take_byte(coder, data)


@kernel
def take_byte(coder: Any, data: Any) -> None:
    """Take one byte more, or a zero beyond the end."""
    place = coder[PLACE]
    byte = 0
    if place < data.size:
        byte = data[place]
    coder[LOW] = (coder[LOW] << 8 | byte) & 0xFFFFFFFF
    coder[PLACE] = place + 1


@kernel
def mixed(states: Any, weights: Any, a: int, b: int, c: int, w: int) -> int:
    """Return the probability of a one in 16 bits, of three states and one set of weights."""
    x, y, z = STRETCH[states[a] >> 17], STRETCH[states[b] >> 17], STRETCH[states[c] >> 17]
    dot = (weights[w] * np.int64(x) + weights[w + 1] * np.int64(y) + weights[w + 2] * np.int64(z)) >> 16
    chance: int = SQUASH[min(max(dot, -2047), 2047) + 2048]
    return chance


@inlined
def learned(state: int, bit: int) -> int:
    """Return what a state becomes when it has seen a bit."""
    count, probability = state & 127, state >> 7
    probability += (((0x3FFFFF & -bit) - probability) * RATES[count]) >> 16
    seen: int = probability << 7 | (count + (count < SLOWEST))
    return seen


@inlined
def encode_bit(bit: int, coder: Any, out: Any, states: Any, weights: Any, a: int, b: int, c: int, w: int) -> None:
    """Encode a bit in the contexts a, b and c, mixed by the weights at w."""
    one, two, three = np.int64(states[a]), np.int64(states[b]), np.int64(states[c])
    x, y, z = np.int64(STRETCH[one >> 17]), np.int64(STRETCH[two >> 17]), np.int64(STRETCH[three >> 17])
    p, q, r = np.int64(weights[w]), np.int64(weights[w + 1]), np.int64(weights[w + 2])
    dot: Any = (p * x + q * y + r * z) >> 16
    chance = np.int64(SQUASH[min(max(dot, -2047), 2047) + 2048])
    span = coder[RANGE]
    bound = (span >> 16) * chance
    if bit:
        span = bound
    else:
        coder[LOW] += bound
        span -= bound
    error = (bit << 16) - chance
    weights[w] = p + ((x * error + HALF) >> FAST)
    weights[w + 1] = q + ((y * error + HALF) >> FAST)
    weights[w + 2] = r + ((z * error + HALF) >> FAST)
    states[a], states[b], states[c] = learned(one, bit), learned(two, bit), learned(three, bit)
    while span < 1 << 24:
        span <<= 8
        shift_byte(coder, out)
    coder[RANGE] = span


@inlined
def decode_bit(coder: Any, data: Any, states: Any, weights: Any, a: int, b: int, c: int, w: int) -> int:
    """Return the bit that `encode_bit` was given, from the same states."""
    one, two, three = np.int64(states[a]), np.int64(states[b]), np.int64(states[c])
    x, y, z = np.int64(STRETCH[one >> 17]), np.int64(STRETCH[two >> 17]), np.int64(STRETCH[three >> 17])
    p, q, r = np.int64(weights[w]), np.int64(weights[w + 1]), np.int64(weights[w + 2])
    dot: Any = (p * x + q * y + r * z) >> 16
    chance = np.int64(SQUASH[min(max(dot, -2047), 2047) + 2048])
    span, code = coder[RANGE], coder[LOW]
    bound = (span >> 16) * chance
    bit: Any = np.int64(code < bound)
    if bit:
        span = bound
    else:
        code -= bound
        span -= bound
    error = (bit << 16) - chance
    weights[w] = p + ((x * error + HALF) >> FAST)
    weights[w + 1] = q + ((y * error + HALF) >> FAST)
    weights[w + 2] = r + ((z * error + HALF) >> FAST)
    states[a], states[b], states[c] = learned(one, bit), learned(two, bit), learned(three, bit)
    if span < 1 << 24:
        place = coder[PLACE]
        while span < 1 << 24:
            span <<= 8
            code <<= 8
            if place < data.size:
                code |= data[place]
            place += 1
        coder[PLACE] = place
    coder[RANGE], coder[LOW] = span, code
    return bit  # type: ignore[no-any-return]


@kernel
def encode_plain(value: int, count: int, coder: Any, out: Any) -> None:
    """Encode the lowest ``count`` bits of a value, highest first, each as likely a one as a zero."""
    for k in range(count - 1, -1, -1):
        coder[RANGE] >>= 1
        if value >> k & 1:
            coder[LOW] += coder[RANGE]
        if coder[RANGE] < 1 << 24:
            coder[RANGE] <<= 8
            shift_byte(coder, out)


@kernel
def decode_plain(count: int, coder: Any, data: Any) -> int:
    """Return the bits that `encode_plain` was given."""
    value = 0
    for _ in range(count):
        coder[RANGE] >>= 1
        bit = 0
        if coder[LOW] >= coder[RANGE]:
            coder[LOW] -= coder[RANGE]
            bit = 1
        value = value << 1 | bit
        if coder[RANGE] < 1 << 24:
            coder[RANGE] <<= 8
            take_byte(coder, data)
    return value


@kernel
def costs(chance: int, bit: int) -> int:
    """Return the bits of information, in 1/256, of a bit that is a one with a chance in 16 bits."""
    bits: int = COSTS[min((chance if bit else 65536 - chance) >> 4, 4095)]
    return bits


@kernel
def code_bits(bits: Any, contexts: Any, states: Any, weights: Any, out: Any) -> int:
    """Encode bits, each in the contexts of its row of ``contexts`` (three states and a set of weights)."""
    coder = np.zeros(CODER_SIZE, np.int64)
    begin_encoder(coder)
    for i in range(bits.size):
        a, b, c, w = contexts[i]
        if a < 0:
            encode_plain(bits[i], 1, coder, out)
        else:
            encode_bit(bits[i], coder, out, states, weights, a, b, c, w)
    size: int = finish_encoder(coder, out)
    return size


@kernel
def uncode_bits(data: Any, contexts: Any, states: Any, weights: Any, bits: Any) -> int:
    """Decode what `code_bits` made into ``bits``; return how many bytes were missing (or, below 0, left)."""
    coder = np.zeros(CODER_SIZE, np.int64)
    begin_decoder(coder, data)
    for i in range(bits.size):
        a, b, c, w = contexts[i]
        if a < 0:
            bits[i] = decode_plain(1, coder, data)
        else:
            bits[i] = decode_bit(coder, data, states, weights, a, b, c, w)
    missing: int = coder[PLACE] - data.size
    return missing
