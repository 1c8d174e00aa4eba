"""The range coder: it agrees with its plain twin, gives back every bit, and comes near to what theory allows."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.kernels.codec_chances import FAST, ONE_HALF, RATES, SLOWEST, SQUASH, STRETCH
from hadimg.kernels.range_coder import (
    CODER_SIZE,
    MOST_CUT,
    PLACE,
    begin_decoder,
    begin_encoder,
    code_bits,
    finish_encoder,
    uncode_bits,
)

EVEN = 21845


class PlainCoder:
    """The same coder with whole numbers of any length: the code is one number that only grows."""

    def __init__(self, states, weights):
        self.low, self.span, self.length = 0, 0xFFFFFFFF, 0
        self.states, self.weights = states.tolist(), weights.tolist()

    def shrink(self, bit, bound):
        """Take one part of the range."""
        if bit:
            self.span = bound
        else:
            self.low += bound
            self.span -= bound
        while self.span < 1 << 24:
            self.span <<= 8
            self.low <<= 8
            self.length += 1

    def plain(self, bit):
        """Code a bit that is as likely a one as a zero."""
        half = self.span >> 1
        self.low += half if bit else 0
        self.span = half
        while self.span < 1 << 24:
            self.span <<= 8
            self.low <<= 8
            self.length += 1

    def bit(self, bit, a, b, c, w):
        """Code a bit in its contexts, and learn."""
        inputs = [int(STRETCH[self.states[at] >> 17]) for at in (a, b, c)]
        dot = sum(self.weights[w + k] * inputs[k] for k in range(3)) >> 16
        chance = int(SQUASH[min(max(dot, -2047), 2047) + 2048])
        self.shrink(bit, (self.span >> 16) * chance)
        error = (bit << 16) - chance
        for k in range(3):
            self.weights[w + k] += (inputs[k] * error + (1 << (FAST - 1))) >> FAST
        for at, state in [(at, self.states[at]) for at in (a, b, c)]:
            count, probability = state & 127, state >> 7
            probability += ((bit * 0x3FFFFF - probability) * int(RATES[count])) >> 16
            self.states[at] = probability << 7 | (count + (count < SLOWEST))

    def finish(self):
        """Return all bytes."""
        for bits in range(32, -1, -1):
            value = (self.low + self.span - 1) >> bits << bits
            if value >= self.low:
                break
        data = value.to_bytes(self.length + 4, "big")
        for _ in range(MOST_CUT):
            data = data.removesuffix(b"\0")
        return data


def plain_bytes(bits, contexts, states, weights):
    """Return the bytes of the plain twin."""
    coder = PlainCoder(states, weights)
    for bit, (a, b, c, w) in zip(bits.tolist(), contexts.tolist(), strict=True):
        if a < 0:
            coder.plain(bit)
        else:
            coder.bit(bit, a, b, c, w)
    return coder.finish()


def fresh():
    """Return states and weights that know nothing."""
    return np.full(96, ONE_HALF, np.uint32), np.full(16, EVEN, np.int32)


def material(rng, count, sharpness=1.0):
    """Return bits, contexts that tell their probability, and that probability; one in ten is plain."""
    first = rng.integers(0, 64, count)
    contexts = np.stack([first, 64 + first // 8, np.full(count, 72 + 3), first % 2 * 4], axis=1).astype(np.int64)
    chances = ((first + 0.5) / 64) ** sharpness
    plain = rng.random(count) < 0.1
    contexts[plain] = -1
    chances[plain] = 0.5
    return (rng.random(count) < chances).astype(np.int64), contexts, chances


def coded(bits, contexts):
    """Return the bytes of the compiled coder."""
    out = np.empty(4 * bits.size + 16, np.uint8)
    coder = np.zeros(CODER_SIZE, np.int64)
    begin_encoder(coder)
    code_bits(bits, contexts, coder, out, *fresh())
    return out[: finish_encoder(coder, out)].copy()


def uncoded(data, contexts):
    """Return the bits of the compiled decoder, and how many bytes were missing (or, below 0, left)."""
    bits = np.empty(len(contexts), np.int64)
    coder = np.zeros(CODER_SIZE, np.int64)
    begin_decoder(coder, data)
    uncode_bits(bits, contexts, coder, data, *fresh())
    return bits, coder[PLACE] - data.size


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 8, 40, 3000])
@pytest.mark.parametrize("sharpness", [1.0, 12.0])
def test_same_bytes_as_the_plain_twin(rng, count, sharpness):
    """Every byte is that of the twin: carries, learning, mixing and the end."""
    bits, contexts, _ = material(rng, count, sharpness)
    assert coded(bits, contexts).tobytes() == plain_bytes(bits, contexts, *fresh())


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 4000])
def test_bits_come_back(rng, count):
    """Every bit comes back, and no byte is missing but the zeros that were cut."""
    bits, contexts, _ = material(rng, count)
    found, missing = uncoded(coded(bits, contexts), contexts)
    np.testing.assert_array_equal(found, bits)
    assert 0 <= missing <= max(MOST_CUT, 4)


def test_carries_run_far():
    """Bits that keep the code close below a carry, thousands of times, come back."""
    for pattern in ([1], [0], [0, 1], [1, 1, 1, 0], [0, 0, 0, 1]):
        bits = np.array(pattern * (6000 // len(pattern)), np.int64)
        contexts = np.zeros((bits.size, 4), np.int64)
        contexts[::7] = -1
        data = coded(bits, contexts)
        found, _ = uncoded(data, contexts)
        np.testing.assert_array_equal(found, bits)
        assert data.tobytes() == plain_bytes(bits, contexts, *fresh())


def test_near_the_ideal(rng):
    """Adaptation, mixing and rounding together cost less than 1.5 % over the entropy."""
    bits, contexts, chances = material(rng, 200_000)
    ideal = -np.log2(np.where(bits, chances, 1 - chances)).sum() / 8
    assert coded(bits, contexts).size < 1.015 * ideal


def test_rare_bits_cost_little():
    """A bit that never comes costs less than a thousandth of one where the coder has learned that."""
    bits = np.zeros(100_000, np.int64)
    assert coded(bits, np.zeros((bits.size, 4), np.int64)).size < 100_000 / 8 / 1000 + 8


def test_damage_is_bounded(rng):
    """Any byte changed, and any end cut, decodes to some bits without reading beyond the bytes."""
    bits, contexts, _ = material(rng, 400)
    data = coded(bits, contexts)
    for place in range(data.size):
        hurt = data.copy()
        hurt[place] ^= 0x5A
        for wrong in (hurt, data[:place].copy()):
            found, _ = uncoded(wrong, contexts)
            assert np.isin(found, (0, 1)).all()


def test_tables_are_those_of_the_format():
    """The tables, made with the machine's logarithm, have the sums they had when the format was fixed."""
    sums = [int((table.astype(np.int64) * np.arange(1, table.size + 1)).sum()) for table in (STRETCH, SQUASH, RATES)]
    assert sums == [2147085013, 405277773460, 8230747]
