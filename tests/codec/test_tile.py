"""Tiles come back, exactly or nearly, from all their segments or the first ones, and damage is told or does no harm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hadimg.codec.pyramid import Decomposition, stages_of
from hadimg.codec.settings import SEGMENTS, STEP_UNIT, Settings
from hadimg.codec.tile import decode_tile, encode_tile
from hadimg.errors import FormatError
from hadimg.kernels.codec_pyramid import PLANES, join, split


def settings_for(channels, depth=8, mode="lossless", step=4):
    """Return settings as an encoder would choose them."""
    color = ("ycocg" if mode == "lossless" else "ycbcr") if channels >= 3 else "none"
    return Settings(channels, depth, channels in (2, 4), mode, step * STEP_UNIT, color, (32, 32))


def error(found, expected):
    """Return the mean squared error."""
    return ((found.astype(float) - expected) ** 2).mean()


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    channels=st.integers(1, 5),
    depth=st.sampled_from([1, 8, 10, 16]),
    spread=st.sampled_from([0, 1, 5, 16]),
    seed=st.integers(0, 999),
)
def test_lossless(height, width, channels, depth, spread, seed):
    """Whatever the size, channels, depth and how noisy, every pixel comes back."""
    rng = np.random.default_rng(seed)
    most = (1 << depth) - 1
    base = rng.integers(0, most, endpoint=True, size=(1, 1, channels))
    noise = rng.integers(0, most, endpoint=True, size=(height, width, channels)) >> max(0, depth - spread)
    pixels = ((base + noise) % (most + 1)).astype(np.uint8 if depth <= 8 else np.uint16)
    chosen = settings_for(channels, depth)
    segments = encode_tile(pixels, chosen)
    found = decode_tile(segments, height, width, chosen)
    assert len(segments) == SEGMENTS
    assert found.dtype == pixels.dtype
    np.testing.assert_array_equal(found, pixels)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 8), (8, 8), (9, 15), (16, 17), (33, 70)])
@pytest.mark.parametrize(("channels", "depth"), [(1, 8), (2, 12), (3, 8), (4, 16)])
def test_lossy(scene, shape, channels, depth):
    """Every size comes back as near as the step promises: twice the noise of uniform quantization.

    Color has a step twice as large, and its inverse matrix makes 2.9 times its noise of it: nearly ten times in all.
    """
    pixels = scene(*shape, channels, depth).reshape(*shape, channels)
    step = 4 << (depth - 8)
    chosen = settings_for(channels, depth, "lossy", step)
    found = decode_tile(encode_tile(pixels, chosen), *shape, chosen)
    assert found.shape == pixels.shape
    assert found.dtype == pixels.dtype
    assert error(found, pixels) < (2 if channels < 3 else 20) * step**2 / 12 + 1


@pytest.mark.parametrize("mode", ["lossless", "lossy"])
@pytest.mark.parametrize("shape", [(64, 96), (37, 51), (3, 2)])
def test_reduced(scene, mode, shape):
    """Coarser pictures need the first segments only, and are near the means of squares."""
    pixels = scene(*shape)
    chosen = settings_for(3, 8, mode, 6)
    segments = encode_tile(pixels, chosen)
    for reduce in (1, 2, 3):
        size = 1 << reduce
        found = decode_tile(segments[: SEGMENTS - reduce], *shape, chosen, reduce=reduce)
        np.testing.assert_array_equal(found, decode_tile(segments, *shape, chosen, reduce=reduce))
        assert found.shape == (-(-shape[0] // size), -(-shape[1] // size), 3)
        rows, columns = shape[0] // size, shape[1] // size
        if rows and columns:
            whole = pixels[: rows * size, : columns * size].astype(float)
            means = whole.reshape(rows, size, columns, size, 3).mean((1, 3))
            assert np.sqrt(error(found[:rows, :columns], means)) < 7


@pytest.mark.parametrize("mode", ["lossless", "lossy"])
def test_each_segment_brings_the_picture_nearer(scene, mode):
    """What is missing is foreseen, and each segment takes a fifth of the error at least."""
    pixels = scene(64, 96)
    chosen = settings_for(3, 8, mode, 4)
    segments = encode_tile(pixels, chosen)
    errors = [error(decode_tile(segments[:count], 64, 96, chosen), pixels) for count in range(SEGMENTS + 1)]
    assert all(later < 0.8 * earlier for earlier, later in pairwise(errors))


@pytest.mark.parametrize("mode", ["lossless", "lossy"])
def test_same_bytes_from_any_thread(scene, mode):
    """Eight threads at once make the same bytes as one."""
    pixels, chosen = scene(48, 64), settings_for(3, 8, mode)
    expected = encode_tile(pixels, chosen)
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(lambda _: encode_tile(pixels, chosen), range(16)))


@pytest.mark.parametrize("mode", ["lossless", "lossy"])
def test_layout_of_pixels_does_not_matter(scene, mode):
    """A view with strides makes the same bytes as its copy."""
    pixels, chosen = scene(40, 90), settings_for(3, 8, mode)
    view = pixels[::-1, ::2]
    assert encode_tile(view, chosen) == encode_tile(view.copy(), chosen)


def test_nothing_costs_nothing():
    """A tile of one color takes a few dozen bytes, whatever its size."""
    pixels = np.full((256, 256, 3), 200, np.uint8)
    for mode in ("lossless", "lossy"):
        assert sum(map(len, encode_tile(pixels, settings_for(3, 8, mode)))) < 80


@pytest.mark.parametrize("mode", ["lossless", "lossy"])
def test_cut_and_extended_segments(scene, mode):
    """A segment that is much too short or too long for what it tells is refused, by number."""
    chosen = settings_for(3, 8, mode)
    segments = encode_tile(scene(96, 128), chosen)
    for number, segment in enumerate(segments):
        assert len(segment) > 40
        for wrong, told in ((segment[:-30], "ends early"), (segment + bytes(9), "have a meaning")):
            with pytest.raises(FormatError, match=f"segment {number} of the tile.*{told}"):
                decode_tile([*segments[:number], wrong, *segments[number + 1 :]], 96, 128, chosen)


@pytest.mark.parametrize("mode", ["lossless", "lossy"])
def test_changed_bytes(scene, rng, mode):
    """Any byte changed is told, or gives some picture of the right size and type."""
    chosen = settings_for(3, 8, mode)
    segments = encode_tile(scene(24, 24), chosen)
    for number, segment in enumerate(segments):
        for place in rng.permutation(len(segment))[:40]:
            hurt = bytearray(segment)
            hurt[place] ^= int(rng.integers(1, 256))
            try:
                found = decode_tile([*segments[:number], bytes(hurt), *segments[number + 1 :]], 24, 24, chosen)
            except FormatError:
                continue
            assert found.shape == (24, 24, 3)
            assert found.dtype == np.uint8


@pytest.mark.parametrize("depth", [8, 16])
def test_noise_for_segments(rng, depth):
    """Random bytes as segments are told to be wrong, or give some picture, in the time of a whole one."""
    for mode in ("lossless", "lossy"):
        chosen = replace(settings_for(4, depth, mode), step=1)
        for _ in range(10):
            segments = [rng.integers(0, 256, rng.integers(0, 3000)).astype(np.uint8).tobytes() for _ in range(4)]
            try:
                found = decode_tile(segments, 40, 40, chosen)
            except FormatError:
                continue
            assert found.shape == (40, 40, 4)


VECTORS = [([[10, 20], [30, 45]], [[53, -13], [-23, 2]]), ([[255, 255], [255, 255]], [[510, 0], [0, 0]])]


@pytest.mark.parametrize(("samples", "expected"), VECTORS)
def test_known_squares(samples, expected):
    """The transform of 2 x 2 samples, worked out by hand, and back."""
    planes = np.zeros((4, PLANES, 5), np.int32)
    split(np.array(samples, np.int32), planes)
    mean, across, down, diagonal = planes[2, :, 2]
    assert [[mean, across], [down, diagonal]] == expected
    back = np.empty((2, 2), np.int32)
    join(planes, back)
    assert back.tolist() == samples


def test_pyramid_is_the_walsh_transform(rng):
    """Three stages are the orthonormal transform of order 8 in both directions, but for rounding, means first."""
    samples = rng.integers(0, 256, (8, 8)).astype(np.int32)
    parts = Decomposition(samples[np.newaxis])
    assert parts.shapes == stages_of((8, 8)) == [(8, 8), (4, 4), (2, 2), (1, 1)]
    assert parts.tops[0] == pytest.approx(samples.sum() / 8, abs=4)


@pytest.mark.parametrize("shape", [(1, 2), (5, 7), (8, 6), (16, 1)])
def test_split_agrees_with_plain_twin(rng, shape):
    """Half sums and half differences are those of NumPy, rounded up and down; what odd sides repeat is zero."""
    samples = rng.integers(-500, 500, shape).astype(np.int32)
    tall, wide = -(-shape[0] // 2), -(-shape[1] // 2)
    planes = np.zeros((tall + 3, PLANES, wide + 4), np.int32)
    split(samples, planes)
    even = np.pad(samples, ((0, shape[0] % 2), (0, shape[1] % 2)), mode="edge")
    a, b, c, d = even[::2, ::2], even[::2, 1::2], even[1::2, ::2], even[1::2, 1::2]
    found = planes[2 : tall + 2, :, 2 : wide + 2]
    np.testing.assert_array_equal(found[:, 0], -((-(a + b + c + d)) >> 1))
    np.testing.assert_array_equal(found[:, 1], (a - b + c - d) >> 1)
    np.testing.assert_array_equal(found[:, 2], (a + b - c - d) >> 1)
    np.testing.assert_array_equal(found[:, 3], (a - b - c + d) >> 1)
