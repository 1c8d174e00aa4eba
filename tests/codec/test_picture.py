"""Pictures come back: exactly without loss, nearly with; whole, in windows, reduced, from a prefix."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hadimg.codec import Reader, decode, describe, encode
from hadimg.errors import ArgumentError, ArgumentTypeError, FormatError, LimitError
from hadimg.io.image import Metadata

PATTERNS = ("noise", "zeros", "white", "ramp", "checkers", "columns", "spike", "few")


def pattern(name: str, shape: tuple[int, ...], dtype: str, rng: np.random.Generator) -> np.ndarray:
    """Return a picture that an encoder might not expect."""
    top = np.iinfo(dtype).max
    rows, cols = np.indices(shape[:2])
    planes = {
        "noise": rng.integers(0, top, shape, endpoint=True),
        "zeros": np.zeros(shape, int),
        "white": np.full(shape, top),
        "ramp": rows * 3 + cols * 5,
        "checkers": (rows + cols) % 2 * top,
        "columns": cols % 2 * top,
        "spike": (rows == shape[0] // 2) * (cols == shape[1] // 2) * top,
        "few": rng.choice([0, 1, top // 2, top], shape),
    }[name]
    if planes.ndim < len(shape):
        planes = np.repeat(planes[..., np.newaxis], shape[2], axis=2)
    return (planes % (top + 1)).astype(dtype)


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 140),
    width=st.integers(1, 140),
    channels=st.sampled_from([None, 1, 2, 3, 4]),
    dtype=st.sampled_from(["uint8", "uint16"]),
    name=st.sampled_from(PATTERNS),
    seed=st.integers(0, 99),
)
def test_lossless(height, width, channels, dtype, name, seed):
    """Every picture of whole numbers comes back exactly, shape and type included."""
    shape = (height, width) if channels is None else (height, width, channels)
    pixels = pattern(name, shape, dtype, np.random.default_rng(seed))
    result = decode(encode(pixels, lossless=True, tile=64))
    assert result.dtype == pixels.dtype
    np.testing.assert_array_equal(result, pixels)


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 80),
    width=st.integers(1, 80),
    channels=st.sampled_from([None, 2, 3, 4]),
    dtype=st.sampled_from(["uint8", "uint16"]),
    name=st.sampled_from(PATTERNS),
    step=st.sampled_from([1, 5, 24, 100]),
    tuning=st.sampled_from(["balanced", "rgb", "ycbcr"]),
)
def test_lossy(height, width, channels, dtype, name, step, tuning):
    """Every picture comes back within 1.25 steps, as the root of the mean square, whatever it shows.

    An encoder may lose a step of a coefficient, and two where color has twice the step, but of few; rounding loses half
    a level.
    """
    shape = (height, width) if channels is None else (height, width, channels)
    pixels = pattern(name, shape, dtype, np.random.default_rng(0))
    scale = 1 if dtype == "uint8" else 257
    result = decode(encode(pixels, step=step * scale, tuning=tuning, tile=64))
    assert (result.shape, result.dtype) == (pixels.shape, pixels.dtype)
    error = np.sqrt(np.square(result.astype(float) - pixels).mean())
    assert error < 1.25 * step * scale + scale


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(
        st.sampled_from([np.uint8, np.uint16]),
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=20).flatmap(
            lambda size: st.sampled_from([size, *((*size, channels) for channels in (1, 2, 3, 4))])
        ),
    )
)
def test_lossless_for_any_array(pixels):
    """Whatever hypothesis thinks of comes back exactly."""
    result = decode(encode(pixels, lossless=True))
    assert result.dtype == pixels.dtype
    np.testing.assert_array_equal(result, pixels)


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(np.float32, hnp.array_shapes(min_dims=3, max_dims=3, max_side=4), elements=st.floats(width=32)))
def test_lossless_for_any_floats(pixels):
    """Floats come back bit by bit: infinities, both zeros and every NaN."""
    np.testing.assert_array_equal(decode(encode(pixels, lossless=True)).view(np.uint32), pixels.view(np.uint32))


@pytest.mark.parametrize("depth", [1, 5, 8, 10, 12, 14, 16])
def test_depths(depth, scene):
    """Values of fewer bits come back within their range, in the type that they came in."""
    pixels = scene(70, 90, 3, depth).astype(np.uint16)
    np.testing.assert_array_equal(decode(encode(pixels, depth=depth, lossless=True)), pixels)
    lossy = decode(encode(pixels, depth=depth, quality=30))
    assert lossy.dtype == np.uint16
    assert lossy.max() < 1 << depth
    assert describe(encode(pixels, depth=depth))["depth"] == depth


def test_extremes_stay_in_range(rng):
    """Ringing never leaves the range of levels: black and white stripes under a coarse step."""
    stripes = np.repeat(rng.integers(0, 2, (40, 20, 3), np.uint8) * 255, 3, axis=1)
    assert np.abs(decode(encode(stripes, step=40.0)).astype(int) - stripes).max() < 200  # a wrapped value is off by 255


@pytest.mark.parametrize("unit", [0.25, 1 / 1024])
def test_floats_in_units(unit, rng):
    """Floats come back as the nearest multiples of their unit, negative ones too; multiples come back exactly."""
    pixels = rng.normal(3, 2, (50, 70, 3)).astype(np.float32)
    near = decode(encode(pixels, unit=unit, step=1 / 64))
    assert near.dtype == np.float32
    # half a unit for the multiples, half for the finest step, and what the transform's 12-bit numbers round off
    assert np.abs(near - pixels).max() <= unit + np.ptp(pixels) / 2000
    multiples = (np.rint(pixels / unit) * unit).astype(np.float32)
    np.testing.assert_array_equal(decode(encode(multiples, unit=unit, lossless=True)), multiples)
    with pytest.raises(ArgumentError, match="multiples of unit"):
        encode(pixels, unit=unit, lossless=True)


def test_same_bytes_for_any_number_of_threads(scene):
    """The bytes and the pixels do not depend on how many threads worked."""
    pixels = scene(200, 300)
    data = encode(pixels, quality=60, tile=64, workers=1)
    assert all(encode(pixels, quality=60, tile=64, workers=workers) == data for workers in (2, 5, None))
    np.testing.assert_array_equal(decode(data, workers=1), decode(data, workers=5))


def test_same_bytes_for_any_memory_layout(scene):
    """Slices, transposed arrays and read-only arrays are coded as their values, and left alone."""
    pixels = scene(100, 120)
    data = encode(pixels)
    turned = np.ascontiguousarray(pixels.transpose(1, 0, 2)).transpose(1, 0, 2)
    wide = np.zeros((100, 240, 4), np.uint8)
    wide[:, ::2, :3] = pixels
    view = wide[:, ::2, :3]
    view.flags.writeable = False
    assert encode(turned) == encode(view) == encode(np.asfortranarray(pixels)) == data


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("window", [(0, 0, 1, 1), (60, 50, 10, 30), (129, 0, 21, 200), (64, 64, 64, 64)])
def test_window(window, lossless, scene):
    """A window is the same as that part of the whole picture."""
    data = encode(scene(150, 200), lossless=lossless, tile=64)
    top, left, height, width = window
    whole = decode(data)[top : top + height, left : left + width]
    np.testing.assert_array_equal(decode(data, window=window), whole)


@pytest.mark.parametrize("reduce", [1, 2, 3])
@pytest.mark.parametrize("lossless", [False, True])
def test_reduced(reduce, lossless, scene):
    """A reduced picture is nearly the mean of each square, comes in windows, and from a prefix of the file alone."""
    scale = 1 << reduce
    pixels = scene(13 * 16, 9 * 16)
    data = encode(pixels, quality=None if lossless else 90, lossless=lossless, tile=64)
    small = decode(data, reduce=reduce)
    means = pixels.reshape(13 * 16 // scale, scale, 9 * 16 // scale, scale, 3).mean(axis=(1, 3))
    assert small.shape == means.shape
    assert np.abs(small - means).mean() < 4
    part = decode(data, window=(64, 16, 80, 64), reduce=reduce)
    np.testing.assert_array_equal(part, small[64 // scale : 144 // scale, 16 // scale : 80 // scale])
    needed = describe(data)["prefix_bytes"][str(scale)]
    assert needed < len(data)
    with warnings.catch_warnings(action="error"):
        np.testing.assert_array_equal(decode(data[:needed], reduce=reduce, partial=True), small)
    with pytest.raises(FormatError, match="missing"):
        decode(data[:needed], reduce=reduce)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1), (8, 8), (15, 17), (65, 63)])
def test_odd_sizes_reduced(shape, scene):
    """Reduced pictures have the size rounded up."""
    data = encode(scene(*shape), tile=64)
    for reduce in range(4):
        assert decode(data, reduce=reduce).shape == (*(-(-side // (1 << reduce)) for side in shape), 3)


@pytest.mark.parametrize("wanted", [0.3, 0.5, 1.0, 2.0, 4.0])
def test_bits_per_pixel(wanted, scene):
    """The size that is asked for is met within 3 %."""
    pixels = scene(240, 320)
    bits = 8 * len(encode(pixels, bits_per_pixel=wanted)) / (240 * 320)
    assert bits == pytest.approx(wanted, rel=0.03)


def test_bits_per_pixel_out_of_reach(scene):
    """A plain picture takes less than is asked for; what cannot be met is refused with the bytes that it takes."""
    assert len(encode(np.full((64, 64), 9, np.uint8), bits_per_pixel=4)) < 4 * 64 * 64 / 8
    with pytest.raises(ArgumentError, match="bits_per_pixel must allow"):
        encode(scene(64, 64), bits_per_pixel=0.01)


def test_ladder(scene):
    """Files shrink and errors grow with the step; both improve with quality, from 1 to 100."""
    pixels = scene(120, 160)

    def measure(**rate):
        data = encode(pixels, **rate)
        return len(data), float(np.square(decode(data).astype(float) - pixels).mean())

    for name, ladder in (("quality", (100, 90, 75, 50, 25, 10, 1)), ("step", (1, 2, 4, 8, 16, 32, 64))):
        sizes, errors = zip(*(measure(**{name: value}) for value in ladder), strict=True)
        assert list(sizes) == sorted(sizes, reverse=True)
        assert list(errors) == sorted(errors)


FULL = Metadata(b"II*\0exif", b"<x/>", bytes(300), b"\x1c\2", (300.0, 72.5), (("Title", "Dünen"),))


def test_metadata_are_carried(scene):
    """All metadata come back exactly, and change no pixel."""
    pixels = scene(30, 40)
    data = encode(pixels, metadata=FULL)
    assert Reader(io.BytesIO(data)).metadata() == FULL
    np.testing.assert_array_equal(decode(data), decode(encode(pixels)))
    assert describe(data)["metadata"] == ["exif", "xmp", "icc", "iptc", "resolution", "text"]


REFUSED = [
    ({"quality": 0}, "quality must be"),
    ({"quality": 101}, "quality must be"),
    ({"quality": float("nan")}, "quality must be"),
    ({"step": -1.0}, "step must be"),
    ({"step": 1e9}, "step must be"),
    ({"bits_per_pixel": 0}, "bits_per_pixel must be"),
    ({"quality": 50, "lossless": True}, "give one of"),
    ({"step": 2.0, "bits_per_pixel": 1.0}, "give one of"),
    ({"depth": 9}, "depth must be"),
    ({"depth": 3}, "at most 7"),
    ({"unit": 0.5}, "unit is for float32"),
    ({"tile": 100}, "tile must be one of"),
    ({"tuning": "loud"}, "tuning must be one of"),
    ({"workers": 0}, "workers must be"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_refused_options(options, message):
    """An option that breaks its rule is refused by its name."""
    with pytest.raises(ArgumentError, match=message):
        encode(np.full((8, 9, 3), 200, np.uint8), **options)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((0, 4), np.uint8),
        np.zeros((4, 4, 5), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((4, 4, 3, 1), np.uint8),
    ],
)
def test_refused_shapes(pixels):
    """What is no picture is refused."""
    with pytest.raises(ArgumentError, match="shape"):
        encode(pixels)


def test_refused_types():
    """Types that are not kept are refused, never narrowed."""
    for kind in (np.float64, np.int16, np.bool_, np.complex64):
        with pytest.raises(ArgumentTypeError, match="uint8, uint16 or float32"):
            encode(np.zeros((4, 4), kind))
    with pytest.raises(ArgumentTypeError, match="NumPy array"):
        encode([[1, 2]])
    with pytest.raises(ArgumentError, match="need unit"):
        encode(np.zeros((4, 4), np.float32))
    with pytest.raises(ArgumentError, match="finite"):
        encode(np.full((4, 4), np.nan, np.float32), unit=0.5)
    with pytest.raises(ArgumentError, match="65536 levels"):
        encode(np.array([[0, 1e6]], np.float32), unit=0.5)
    with pytest.raises(ArgumentTypeError, match="must be bytes"):
        decode("a.hadi")
    with pytest.raises(ArgumentTypeError, match="one after the other"):
        decode(memoryview(b"abcd")[::2])


def test_short_memory(monkeypatch, scene):
    """Memory that does not suffice is told as that, with the way out, on every thread."""
    data = encode(scene(70, 70), tile=64)

    def short(*_, **__):
        raise MemoryError

    monkeypatch.setattr("hadimg.codec.tile.encode_tile", short)
    monkeypatch.setattr("hadimg.codec.tile.decode_tile", short)
    for workers in (1, 2):
        with pytest.raises(LimitError, match="memory does not suffice"):
            encode(scene(70, 70), tile=64, workers=workers)
        with pytest.raises(LimitError, match="memory does not suffice"):
            decode(data, workers=workers)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": (0, 0, 9, 1)}, "window must be"),
        ({"window": (-1, 0, 2, 2)}, "window must be"),
        ({"window": (0, 0, 0, 1)}, "window must be"),
        ({"window": (1, 2)}, "four whole numbers"),
        ({"window": "abcd"}, "four whole numbers"),
        ({"reduce": 4}, "reduce must be 0 to 3"),
        ({"reduce": 1.0}, "reduce must be a whole number"),
    ],
)
def test_refused_parts(options, message):
    """A part that the picture does not have is refused."""
    data = encode(np.zeros((8, 9), np.uint8))
    with pytest.raises((ArgumentError, ArgumentTypeError), match=message):
        decode(data, **options)
