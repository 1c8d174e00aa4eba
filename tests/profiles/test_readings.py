"""Tools that count half a pixel elsewhere: each against the tool's own formula of pixel indices."""

from __future__ import annotations

import math
import re
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest

from hadimg import masks, profiles
from hadimg.errors import ArgumentError, FormatError
from hadimg.profiles import aligned_corners, integer_halves, mono_dataset, sony_vignetting, spectacle_vignette

K = (0.3, 0.2, -0.1, 0.15, 0.05)
SHAPES = [(40, 61), (41, 60), (2, 1)]


def distances(shape, row, col):
    """Return the distance of each pixel index from a row and a column in pixel indices, in pixels."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return np.hypot(rows - row, cols - col)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("center", [(0.5, 0.5), (0.48, 0.55)])
def test_spectacle_measures_to_the_farthest_pixel_center(shape, center):
    """Fractions of W - 1 and H - 1, radius 1 at the center of the farthest pixel: not Adobe's mask."""
    place = center[1] * (shape[0] - 1), center[0] * (shape[1] - 1)
    r = distances(shape, *place)
    z = (r / r.max()) ** 2
    mask = spectacle_vignette(shape, K, center)
    np.testing.assert_allclose(
        mask.weights(shape), 1 / (1 + sum(k * z ** (n + 1) for n, k in enumerate(K))), rtol=1e-12
    )
    adobe = masks.DngVignette(*K, center_row=center[1], center_col=center[0])
    assert np.abs(adobe.weights(shape) / mask.weights(shape) - 1).max() > 5e-3


@pytest.mark.parametrize("shape", SHAPES)
def test_online_photometric_calibration_counts_in_integer_halves(shape):
    """So does lensfun's calibrate.py: center and unit from W // 2 and H // 2, half a pixel or a pixel off."""
    half = shape[0] // 2, shape[1] // 2
    r = distances(shape, *half) / math.hypot(*half)
    mask = integer_halves(shape, -0.3, 0.1, -0.05)
    np.testing.assert_allclose(mask.weights(shape), 1 - 0.3 * r**2 + 0.1 * r**4 - 0.05 * r**6, rtol=1e-12)
    assert np.abs(masks.Polynomial(-0.3, 0.1, -0.05).weights(shape) / mask.weights(shape) - 1).max() > 5e-3


@pytest.mark.parametrize("shape", SHAPES)
def test_sony_knots_lie_half_a_step_out(shape):
    """Gains from powers of powers of two, at (k + 0.5)/(n - 1), linear between, constant beyond, center at W/2."""
    values = [0, 120, 500, 1100, 1900, 2900, 4200, 5600, 7000, 8400, 10000]
    gains = [2 ** (2 ** (value / 2**13 - 1) - 0.5) for value in values]
    knots = (np.arange(len(values)) + 0.5) / (len(values) - 1)
    r = distances(shape, shape[0] / 2, shape[1] / 2) / (math.hypot(*shape) / 2)
    weights = sony_vignetting(shape, values).weights(shape)
    np.testing.assert_allclose(weights, 1 / np.interp(r, knots, gains), rtol=1e-12)


@pytest.mark.parametrize("shape", [(40, 61), (7, 5), (9, 1)])
def test_basicpy_stretches_from_pixel_center_to_pixel_center(rng, shape):
    """The first and last values lie on the first and last pixels, and the others evenly between."""
    values = rng.uniform(0.5, 1.5, (7, 5))
    mask = aligned_corners(shape, values)
    down, across = (
        np.linspace(0, n - 1, size) if size > 1 else np.zeros(1) for n, size in zip((7, 5), shape, strict=True)
    )
    rows = np.stack([np.interp(across, np.arange(5), row) for row in values])
    expected = np.stack([np.interp(down, np.arange(7), column) for column in rows.T], axis=1)
    np.testing.assert_allclose(mask.weights(shape), expected, rtol=1e-12)


def test_mono_dataset_has_its_own_white():
    """16-bit values over 254.9 squared, not over 65535."""
    pixels = np.array([[64974, 12345], [0, 65535]], np.uint16)
    np.testing.assert_allclose(mono_dataset(pixels).weights((2, 2)), pixels / (254.9 * 254.9), rtol=1e-15)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: spectacle_vignette((4, 6), K[:4], (0.5, 0.5)), ArgumentError, "at least 5 numbers a side, got 4"),
        (lambda: spectacle_vignette((4, 6), (*K, 1.0), (0.5, 0.5)), ArgumentError, "5 coefficients"),
        (lambda: spectacle_vignette((4, 6), K, (1.5, 0.5)), ArgumentError, r"a center in \[0, 1\]"),
        (lambda: spectacle_vignette((1, 1), K, (0.5, 0.5)), ArgumentError, "two pixels are needed"),
        (lambda: integer_halves((1, 1), 0, 0, 0), ArgumentError, "one pixel has no radius unit"),
        (lambda: sony_vignetting((4, 6), [5]), ArgumentError, "at least 2 numbers a side, got 1"),
        (lambda: sony_vignetting((4, 6), [0, 40000]), ArgumentError, r"values\[1\] must lie in \[-32768, 32767\]"),
        (lambda: aligned_corners((4, 6), [[1.0, 2.0]]), ArgumentError, "at least two rows and columns"),
        (lambda: aligned_corners((4, 6), [[1.0, 2.0], [1.0, np.nan]]), FormatError, "positive gains, got nan"),
        (lambda: mono_dataset([[1, 2]]), ArgumentError, "one channel of uint16, got int64"),
    ],
)
def test_values_that_these_tools_cannot_have_are_refused(make, error, words):
    """Each refusal names the rule and the value."""
    with pytest.raises(error, match=words):
        make()


def test_readme_names_what_is_there():
    """Every reader, writer and constructor in README's table of other tools exists under the name that it has there."""
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    table = text.partition("## Other tools' profiles")[2].partition("\n## ")[0]
    found = re.findall(r"`(?:(masks|profiles)\.)?([\w.]+)(?:\([^`]*\))?`", table)
    names = [(room or "profiles", name) for room, name in found if name[:3] not in ("Fix", "Gai")]
    assert len(names) >= 20
    for room, name in names:
        assert callable(attrgetter(name)({"masks": masks, "profiles": profiles}[room])), name
