"""Steps, levels and their price: noise is spread evenly, means are near, and bits are spent where they are worth it."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.codec import lossy
from hadimg.codec.lapped import ENERGY, STEP_WEIGHTS
from hadimg.codec.quantize import band_steps, dequantize_means, offsets_of, quantize_means
from hadimg.codec.settings import STEP_UNIT, Settings
from hadimg.codec.tile import decode_tile, encode_tile
from hadimg.kernels.codec_bands import level_of
from hadimg.kernels.codec_chances import SQUASH, STRETCH
from hadimg.kernels.codec_contexts import rebuilt

GREY = Settings(channels=1, color="none")


def test_band_steps():
    """Steps are the picture's times the bands' weights, in 1/1024 of a level; color has its ratio and finer means."""
    settings = Settings(step=10 * STEP_UNIT, color="ycbcr", chroma=(32, 24))
    luma, blue, red = (band_steps(settings, channel).reshape(8, 8) for channel in range(3))
    np.testing.assert_array_equal(luma, 10 * np.array(STEP_WEIGHTS))
    np.testing.assert_array_equal(blue[2:, 2:], 2 * luma[2:, 2:])
    np.testing.assert_allclose(red[2:, 2:], 1.5 * luma[2:, 2:], atol=1)
    np.testing.assert_allclose(blue[0, 0] / luma[0, 0], 2 * 8 / 16, rtol=1e-3)
    assert band_steps(Settings(step=1), 0).min() >= 1


def test_means_are_nearest(rng):
    """A mean coefficient comes back within half a step, and half of its own unit for rounding."""
    coefficients = rng.integers(-40_000, 40_000, 5000)
    for step in (1, 16, 1000, 54_321):
        levels = quantize_means(coefficients, step)
        assert np.abs(dequantize_means(levels, step) - coefficients).max() <= step / 128 + 0.5


def test_levels_are_put_back_where_the_header_says():
    """A level times its step, less the offset of its size, with the sign kept."""
    assert rebuilt(3, 64, 0) == 3
    assert rebuilt(-3, 64 * 100, 0) == -300
    assert rebuilt(1, 64 * 64, 8) == 56
    settings = Settings(offsets=(1, 2, 3, 4, 5, 6))
    assert [offsets_of(settings, channel).tolist() for channel in (0, 1, 2)] == [
        [0, 1, 2, 3],
        [0, 4, 5, 6],
        [0, 4, 5, 6],
    ]


def plain_level(rest, step, price, zero, one):
    """Return the level of least cost among those from zero up to the nearest, with all costs, written out.

    ``zero`` and ``one`` are the chances to be more than that; beyond two a level costs a bit more than the one before.
    """
    bits = [-np.log2(1 - zero), 1 - np.log2(zero) - np.log2(1 - one), 2 - np.log2(zero) - np.log2(one)]
    near = int(rest / step + 0.5)
    costs = [(rest / step - level) ** 2 + price / 4096 * bits[level] for level in range(near + 1)]
    return int(np.argmin(costs)), sorted(costs)


def test_price_of_bits(rng):
    """The encoder's choice is that of the plain formula wherever the two best costs differ by more than rounding."""
    compared = 0
    for _ in range(400):
        chances = rng.uniform(0.02, 0.9, 2)
        states = np.zeros(2, np.int32)
        states[:] = (chances * (1 << 22)).astype(np.int32) << 7
        weights = np.array([1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0], np.int32)
        actual = [SQUASH[STRETCH[state >> 17] + 2048] / 65536 for state in states]
        rest, step = int(rng.integers(1, 2400)), 1000
        # Contexts b and c are those of a; the slots of both bits lie side by side.
        found = level_of(rest, step, 430, 0, 0, 0, 0, 0, states, weights)
        expected, costs = plain_level(rest, step, 430, *actual)
        if len(costs) < 2 or costs[1] - costs[0] > 0.02:
            compared += 1
            assert found == expected
    assert compared > 250


def test_choice_lowers_the_cost(scene, monkeypatch):
    """Squared error plus the price of bits, over a tile, is lower with the price known than with rounding alone."""
    pixels = scene(96, 128, 1)[:, :, np.newaxis]
    settings = Settings(channels=1, color="none", step=24 * STEP_UNIT)

    def cost(price):
        monkeypatch.setattr(lossy, "BIT_PRICE", price)
        segments = encode_tile(pixels, settings)
        error = ((decode_tile(segments, 96, 128, settings).astype(float) - pixels) ** 2).sum()
        return error / 24**2 + 430 / 4096 * 8 * sum(map(len, segments))

    assert cost(430) < 0.99 * cost(0)


@pytest.mark.parametrize("step", [2, 4])
def test_noise_is_that_of_the_step(rng, step):
    """With fine steps the mean squared error is that of uniform noise, as long as the functions of the transform are.

    On noise nothing is predicted; choosing cheaper levels adds 5 to 12 %, rounding to levels a twelfth of one.
    """
    pixels = rng.integers(60, 200, (64, 64, 1)).astype(np.uint8)
    settings = Settings(channels=1, color="none", step=step * STEP_UNIT)
    found = decode_tile(encode_tile(pixels, settings), 64, 64, settings)
    noise = ((found.astype(float) - pixels) ** 2).mean() - 1 / 12
    length = np.exp(2 * np.log(ENERGY).mean())
    assert 0.99 < noise / (length * step**2 / 12) < 1.15


def test_finer_steps_are_nearer_and_larger(scene):
    """Over a ladder of steps a third of an octave apart, error falls and size grows without exception."""
    pixels = scene(72, 88, 3)
    sizes, errors = [], []
    for step in np.geomspace(2, 90, 17):
        settings = Settings(color="ycbcr", step=int(step * STEP_UNIT))
        segments = encode_tile(pixels, settings)
        sizes.append(sum(map(len, segments)))
        errors.append(((decode_tile(segments, 72, 88, settings).astype(float) - pixels) ** 2).mean())
    assert (np.diff(sizes) < 0).all()
    assert (np.diff(errors) > 0).all()
