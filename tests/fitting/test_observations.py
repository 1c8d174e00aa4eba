"""Observations: what strips hold, what is refused and how, and that pictures are never copied whole."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.fitting.observations import Observations
from hadimg.grid import Grid

NAN, INF = float("nan"), float("inf")


def whole(strips, shape):
    """Put strips together again, channels last, and check that they meet every pixel once."""
    result = np.full((3, *shape), np.nan)
    for grid, *arrays in strips:
        place = slice(grid.top, grid.top + grid.rows), slice(grid.left, grid.left + grid.cols)
        for picture, part in zip(result, arrays, strict=True):
            assert np.isnan(picture[place]).all()
            assert part.shape[-2:] == grid.shape
            picture[place] = part if part.ndim == 2 else np.moveaxis(part, 0, -1)
    return result


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.int32, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(7, 11), (7, 11, 3)])
@pytest.mark.parametrize("size", [1, 24 * 5, 24 * 40, 1 << 20])
def test_strips_are_the_pictures_in_float64(dtype, shape, size, rng):
    """Of every type and cut into strips of any size, every value comes once, exactly, and channels stand first."""
    image, target = (rng.integers(0, 200, shape).astype(dtype) for _ in range(2))
    weights = rng.integers(1, 9, shape[:2])
    parts = list(Observations(image, target, weights).strips(size))
    assert all(part.dtype == np.float64 for _, *arrays in parts for part in arrays)
    assert all(24 * part.image.size <= max(size, 24 * (shape[2:] or (1,))[0]) for part in parts)
    seen = whole(parts, shape)
    np.testing.assert_array_equal(seen[0], image.astype(float))
    np.testing.assert_array_equal(seen[1], target.astype(float))
    np.testing.assert_array_equal(seen[2], np.broadcast_to(weights.T, shape[::-1]).T)


def test_all_values_count_alike_by_default(rng):
    """Without weights every value counts 1, in the shape of the pictures."""
    seen = Observations(rng.random((4, 5, 2)), rng.random((4, 5, 2)))
    assert (seen.count, seen.channels, seen.shape) == (40, 2, (4, 5))
    (part,) = seen.strips()
    np.testing.assert_array_equal(part.variance_weights, np.ones((2, 4, 5)))


def test_the_dark_level_is_taken_off_both_pictures():
    """The light is what lies above the level without light; whole-number pictures do not wrap around."""
    (part,) = Observations(np.array([[10, 30]], np.uint8), np.array([[20, 10]], np.uint8), dark=20).strips()
    assert (part.image.tolist(), part.target.tolist()) == ([[-10.0, 10.0]], [[0.0, -10.0]])


def test_a_flat_field_is_the_target_of_an_even_image():
    """An evenly lit field is an image of 1 everywhere, whatever the dark level, and it takes no memory."""
    seen = Observations.of_flat(np.full((3, 4, 3), 70, np.uint8), dark=20)
    assert seen.image.strides == (0, 0, 0)
    (part,) = seen.strips()
    np.testing.assert_array_equal(part.image, 1.0)
    np.testing.assert_array_equal(part.target, 50.0)


@pytest.mark.parametrize("each_channel", [False, True])
def test_values_without_weight_are_left_out_whatever_they_are(each_channel, rng):
    """NaN and infinity with the weight 0 or False come as 0 and are not counted; all else stays as it is."""
    image, target = rng.random((2, 6, 8, 3))
    kept = rng.random((6, 8, 3) if each_channel else (6, 8)) < 0.5
    full = np.broadcast_to(kept if each_channel else kept[..., None], image.shape)
    (part,) = Observations(np.where(full, image, NAN), np.where(full, target, INF), kept).strips()
    np.testing.assert_array_equal(part.image, np.moveaxis(np.where(full, image, 0), -1, 0))
    np.testing.assert_array_equal(part.target, np.moveaxis(np.where(full, target, 0), -1, 0))
    np.testing.assert_array_equal(part.variance_weights, np.moveaxis(full, -1, 0))
    assert Observations(image, target, kept).count == full.sum()
    assert Observations(image.astype(np.uint8), image.astype(np.uint8), kept).count == full.sum()


def test_pixels_can_lie_in_a_window_of_a_larger_picture(rng):
    """With a grid, strips lie where the window lies."""
    window = (slice(10, 16), slice(3, 12))
    seen = Observations(rng.random((6, 9)), rng.random((6, 9)), grid=Grid.of((40, 50), window))
    tops = [(part.grid.top, part.grid.left, part.grid.height, part.grid.width) for part in seen.strips(24 * 18)]
    assert tops == [(10, 3, 40, 50), (12, 3, 40, 50), (14, 3, 40, 50)]


def test_pictures_are_never_copied_whole():
    """Checks and strips of a picture of 36 MB hold less than two strips, and the pictures themselves are shared."""
    image = np.ones((1500, 2000, 3), np.float32)
    weights = np.ones(image.shape, np.float32)
    tracemalloc.start()
    seen = Observations(image, image, weights)
    for part in seen.strips(1 << 22):
        assert part.grid.width == 2000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen.image is image
    assert seen.variance_weights is weights
    assert peak < 2.5 * (1 << 22)


def at(array, place, value):
    """Return a copy with one value changed."""
    result = np.array(array, dtype=float)
    result[place] = value
    return result


ONES = np.ones((4, 5, 3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ONES, ONES[..., 0]), r"image and target must have one shape, got \(4, 5, 3\) and \(4, 5\) \(crop or resize"),
        (
            (ONES[0, 0], ONES[0, 0]),
            r"image must have shape \(H, W\) or \(H, W, C\) with .* got \(3,\)",
        ),
        ((ONES, ONES[:0]), r"target must have shape .* got \(0, 5, 3\)"),
        ((ONES, ONES, ONES[..., :1]), r"weights must have shape \(4, 5\) or that of the image, \(4, 5, 3\), got"),
        (
            (at(ONES, (2, 1, 0), NAN), ONES),
            "image must be finite .* got nan at row 2, column 1, channel 0",
        ),
        ((ONES, at(ONES, (3, 4, 2), -INF), ONES), "target must be finite where it counts, got -inf at row 3, column 4"),
        ((ONES, ONES, at(ONES, (3, 0, 1), -1)), "weights must be finite and at least 0, got -1.0 at row 3, column 0"),
        (
            (ONES, ONES, at(ONES[..., 0], (3, 2), NAN)),
            r"weights .* nan at row 3, column 2 \(weights of 0 leave",
        ),
        ((ONES, ONES, 0 * ONES), r"no value of the pictures counts: all 60 weights are zero \(give the pixels"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, message):
    """Shapes, values that count and weights are checked; the first place that breaks a rule is named."""
    with pytest.raises(ArgumentError, match=message):
        Observations(*arguments)


def test_places_are_named_in_pictures_of_many_strips():
    """The row and column are those of the picture, not of the strip in which the value was found."""
    target = np.zeros((2500, 1000), np.float32)
    target[2100, 700] = INF
    with pytest.raises(ArgumentError, match="target must be finite where it counts, got inf at row 2100, column 700"):
        Observations(np.zeros_like(target), target)


def test_what_is_no_picture_is_refused():
    """Complex numbers, texts, ragged rows, odd dark levels and foreign grids are refused by name."""
    with pytest.raises(ArgumentTypeError, match="image must hold real numbers, got complex128"):
        Observations(ONES + 1j, ONES)
    with pytest.raises(ArgumentTypeError, match="target must hold numbers in rows of equal length"):
        Observations(ONES, [[1.0], [1.0, 2.0]])
    with pytest.raises(ArgumentTypeError, match="weights must hold real numbers, got <U1"):
        Observations(ONES, ONES, [["a"]])
    with pytest.raises(ArgumentError, match="dark must be finite, got nan"):
        Observations(ONES, ONES, dark=NAN)
    with pytest.raises(ArgumentError, match=r"grid must be that of the image, \(4, 5\), got one of \(5, 4\)"):
        Observations(ONES, ONES, grid=Grid(5, 4))
