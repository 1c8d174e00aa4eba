"""A binary range coder: bits and their chances in, bytes out, and back.

The coder is the carrying one of 32-bit range: ``low`` grows, the range shrinks by the probability of the bit, and whole
bytes leave at the top, two at a time; a carry that comes later is added to the bytes that are out. Beyond the end of
the bytes the decoder reads zeros, so that zeros at the end need not be kept; `PLACE` says how far it has read.

Between the calls of kernels an encoder or decoder is an array, in them a few numbers, so that they stay in registers:
an encoder is (low, range, how many bytes wait above the lowest four of low, how many are out), a decoder (code, range,
how many bytes it has taken).
"""

from __future__ import annotations

from typing import Any

from hadimg.kernels.codec_chances import at, foresee, learn, whole
from hadimg.kernels.compiling import borrowing_kernel, inlined, kernel

__all__ = [
    "CODER_SIZE",
    "MOST_CUT",
    "PLACE",
    "begin_decoder",
    "begin_encoder",
    "code_bits",
    "decode_bit",
    "decode_plain",
    "encode_bit",
    "encode_plain",
    "finish_encoder",
    "keep_decoder",
    "keep_encoder",
    "kept_decoder",
    "kept_encoder",
    "uncode_bits",
]

LOW, RANGE, HELD, PLACE = range(4)
CODER_SIZE = 4
MOST_CUT = 8
"""How many zeros at the end may be left out."""

Encoder = tuple[int, int, int, int]
Decoder = tuple[int, int, int]


@kernel
def begin_encoder(coder: Any) -> None:
    """Begin a new sequence of bytes."""
    coder[LOW], coder[RANGE], coder[HELD], coder[PLACE] = 0, 0xFFFFFFFF, 0, 0


@inlined
def kept_encoder(coder: Any) -> Encoder:
    """Return the numbers of an encoder."""
    return coder[LOW], coder[RANGE], coder[HELD], coder[PLACE]


@inlined
def keep_encoder(coder: Any, encoder: Encoder) -> None:
    """Keep the numbers of an encoder until the next call."""
    coder[LOW], coder[RANGE], coder[HELD], coder[PLACE] = encoder


@borrowing_kernel
def put_bytes(low: int, held: int, place: int, out: Any) -> tuple[int, int, int]:
    """Let the two highest of the bytes that wait go, and carry into those before."""
    shift = 16 + 8 * held
    pair = low >> shift
    out[place], out[place + 1] = pair >> 8, pair
    if pair >> 16:
        before = place - 1
        while out[before] == 255:
            out[before] = 0
            before -= 1
        out[before] += 1
    return low & ((1 << shift) - 1), held - 2, place + 2


@inlined
def widened(low: int, span: int, held: int, place: int, out: Any) -> Encoder:
    """Return an encoder whose range has 24 bits at least."""
    while span < 1 << 24:
        span <<= 8
        low <<= 8
        held += 1
        if held > 2:
            low, held, place = put_bytes(low, held, place, out)
    return low, span, held, place


@kernel
def finish_encoder(coder: Any, out: Any) -> int:
    """Write what decides the last bits, in as few bytes as will do, and return the number of bytes in all."""
    low, span, held, place = kept_encoder(coder)
    last = low & 0xFFFFFFFF
    high, value = last + span - 1, last
    for bits in range(32, -1, -1):
        value = (high >> bits) << bits
        if value >= last:
            break
    low += value - last
    size: int = place + held + 4
    while place < size:
        if held < 2:
            low, held = low << 8, held + 1
        else:
            low, held, place = put_bytes(low, held, place, out)
    for _ in range(MOST_CUT):
        if size > 0 and out[size - 1] == 0:
            size -= 1
    return size


@kernel
def begin_decoder(coder: Any, data: Any) -> None:
    """Begin to read."""
    code = 0
    for place in range(4):
        code <<= 8
        if place < data.size:
            code |= data[place]
    coder[LOW], coder[RANGE], coder[PLACE] = code, 0xFFFFFFFF, 4


@inlined
def kept_decoder(coder: Any) -> Decoder:
    """Return the numbers of a decoder."""
    return coder[LOW], coder[RANGE], coder[PLACE]


@inlined
def keep_decoder(coder: Any, decoder: Decoder) -> None:
    """Keep the numbers of a decoder until the next call."""
    coder[LOW], coder[RANGE], coder[PLACE] = decoder


@inlined
def refilled(code: int, span: int, place: int, data: Any) -> Decoder:
    """Return a decoder whose range has 24 bits at least, with bytes more, or zeros beyond the end."""
    while span < 1 << 24:
        span <<= 8
        code <<= 8
        if place < data.size:
            code |= whole(data[at(place)])
        place += 1
    return code, span, place


@inlined
def encode_bit(
    bit: int, encoder: Encoder, out: Any, states: Any, weights: Any, a: int, b: int, c: int, w: int
) -> Encoder:
    """Encode a bit in the contexts a, b and c, mixed by the weights at w."""
    low, span, held, place = encoder
    chance, known = foresee(states, weights, a, b, c, w)
    bound = (span >> 16) * chance
    if bit:
        span = bound
    else:
        low += bound
        span -= bound
    learn(bit, chance, known, states, weights, a, b, c, w)
    return widened(low, span, held, place, out)  # type: ignore[no-any-return]


@inlined
def decode_bit(
    decoder: Decoder, data: Any, states: Any, weights: Any, a: int, b: int, c: int, w: int
) -> tuple[int, Decoder]:
    """Return the bit that `encode_bit` was given, from the same states."""
    foreseen = foresee(states, weights, a, b, c, w)
    return decode_foreseen(foreseen, decoder, data, states, weights, a, b, c, w)  # type: ignore[no-any-return]


@inlined
def decode_foreseen(
    foreseen: Any, decoder: Decoder, data: Any, states: Any, weights: Any, a: int, b: int, c: int, w: int
) -> tuple[int, Decoder]:
    """Return the bit that `encode_bit` was given, of which `foresee` has told the chance before."""
    chance, known = foreseen
    code, span, place = decoder
    bound = (span >> 16) * chance
    bit = whole(code < bound)
    if bit:
        span = bound
    else:
        code -= bound
        span -= bound
    learn(bit, chance, known, states, weights, a, b, c, w)
    return bit, refilled(code, span, place, data)


@inlined
def encode_plain(value: int, count: int, encoder: Encoder, out: Any) -> Encoder:
    """Encode the lowest ``count`` bits of a value, highest first, each as likely a one as a zero."""
    low, span, held, place = encoder
    for k in range(count - 1, -1, -1):
        span >>= 1
        low += span & -(value >> k & 1)
        low, span, held, place = widened(low, span, held, place, out)
    return low, span, held, place


@inlined
def decode_plain(count: int, decoder: Decoder, data: Any) -> tuple[int, Decoder]:
    """Return the bits that `encode_plain` was given."""
    code, span, place = decoder
    value = 0
    for _ in range(count):
        span >>= 1
        bit = whole(code >= span)
        code -= span & -bit
        value = value << 1 | bit
        code, span, place = refilled(code, span, place, data)
    return value, (code, span, place)


@borrowing_kernel
def code_bits(bits: Any, contexts: Any, coder: Any, out: Any, states: Any, weights: Any) -> None:
    """Encode bits, each in the contexts of its row of ``contexts`` (three states and a set of weights)."""
    encoder = kept_encoder(coder)
    for i in range(bits.size):
        a, b, c, w = contexts[i, 0], contexts[i, 1], contexts[i, 2], contexts[i, 3]
        if a < 0:
            encoder = encode_plain(bits[i], 1, encoder, out)
        else:
            encoder = encode_bit(bits[i], encoder, out, states, weights, a, b, c, w)
    keep_encoder(coder, encoder)


@borrowing_kernel
def uncode_bits(bits: Any, contexts: Any, coder: Any, data: Any, states: Any, weights: Any) -> None:
    """Decode what `code_bits` made into ``bits``."""
    decoder = kept_decoder(coder)
    for i in range(bits.size):
        a, b, c, w = contexts[i, 0], contexts[i, 1], contexts[i, 2], contexts[i, 3]
        if a < 0:
            bits[i], decoder = decode_plain(1, decoder, data)
        else:
            bits[i], decoder = decode_bit(decoder, data, states, weights, a, b, c, w)
    keep_decoder(coder, decoder)
