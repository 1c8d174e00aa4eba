"""Colors become brightness and two differences, and come back: exactly, or within rounding."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.codec.color import FORWARD, exact_pixels, exact_planes, fine_pixels, fine_planes
from hadimg.codec.settings import Settings

VECTORS = [
    ((255, 0, 0), (63, 255, -127)),
    ((0, 255, 0), (127, 0, 255)),
    ((0, 0, 255), (63, -255, -127)),
    ((200, 100, 50), (112, 150, -25)),
    ((1, 2, 3), (2, -2, 0)),
]


@pytest.mark.parametrize(("color", "expected"), VECTORS)
def test_known_colors(color, expected):
    """YCoCg-R of single colors, worked out by hand."""
    pixels = np.array([[color]], np.uint8)
    planes = exact_planes(pixels, Settings(color="ycocg", mode="lossless"))
    assert planes[:, 0, 0].tolist() == list(expected)


@pytest.mark.parametrize("depth", [8, 12, 16])
def test_reversible_with_plain_twin(rng, depth):
    """The compiled YCoCg-R agrees with the formula in NumPy, and every color comes back."""
    kind = np.uint8 if depth == 8 else np.uint16
    pixels = rng.integers(0, 1 << depth, (37, 41, 4)).astype(kind)
    settings = Settings(channels=4, depth=depth, alpha=True, color="ycocg", mode="lossless")
    red, green, blue, opacity = np.moveaxis(pixels.astype(np.int64), 2, 0)
    orange = red - blue
    t = blue + (orange >> 1)
    leaf = green - t
    planes = exact_planes(pixels, settings)
    np.testing.assert_array_equal(planes, [t + (leaf >> 1), orange, leaf, opacity])
    np.testing.assert_array_equal(exact_pixels(planes, settings), pixels)


@pytest.mark.parametrize("color", ["ycbcr", "ycocg"])
@pytest.mark.parametrize("depth", [8, 10, 16])
def test_fine_planes_come_back(rng, color, depth):
    """With 4 fractional bits the matrices lose nothing."""
    kind = np.uint8 if depth == 8 else np.uint16
    pixels = rng.integers(0, 1 << depth, (64, 65, 3)).astype(kind)
    settings = Settings(depth=depth, color=color)
    back = fine_pixels(fine_planes(pixels, settings, 4), settings, 4)
    worst = np.abs(back.astype(int) - pixels).max()
    assert worst == 0


def test_ycbcr_is_that_of_jpeg(rng):
    """Planes agree with JPEG's full-range YCbCr to their resolution."""
    pixels = rng.integers(0, 256, (16, 16, 3)).astype(np.uint8)
    planes = fine_planes(pixels, Settings(color="ycbcr"), 4) / 16
    exact = (pixels - 128.0) @ np.array(
        [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
    ).T
    np.testing.assert_allclose(np.moveaxis(planes, 0, 2), exact, atol=0.05)


def test_matrices_keep_grey():
    """Grey has no color in either transform."""
    for matrix in FORWARD.values():
        np.testing.assert_allclose(np.array(matrix) @ np.ones(3), [1, 0, 0], atol=1e-12)


def test_levels_are_held_within_the_depth():
    """Planes that no pixels have become the nearest levels, not wrapped ones."""
    planes = np.full((3, 2, 2), 1 << 14, np.int32)
    for settings in (Settings(color="ycbcr"), Settings(color="ycocg"), Settings(color="none")):
        assert fine_pixels(planes, settings, 4).max() == 255
        assert exact_pixels(-planes, Settings(color="none")).max() == 0
