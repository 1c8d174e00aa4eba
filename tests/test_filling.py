"""Weights written into a given array: the mask's own, whole or a window, in either precision."""

from __future__ import annotations

import numpy as np
import pytest

import hadimg
from hadimg import filling, masks
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.filling import fill_weights
from hadimg.gains import Gains
from hadimg.weight_loops import weight_loops

EXAMPLES = [masks.parse(family.example) for family in masks.FAMILIES.values()]


@pytest.mark.parametrize("mask", EXAMPLES, ids=lambda mask: mask.family)
@pytest.mark.parametrize("window", [None, (slice(20, 90), slice(100, 131))])
def test_filled_weights_are_the_masks_own(mask, window):
    """In float64 bit for bit, in float32 to 1e-6 of the largest weight, and ``out`` is returned."""
    shape = (140, 200)
    truth = mask.weights(shape, window=window)
    out = np.empty(truth.shape)
    assert fill_weights(mask, out, shape=shape, window=window, workers=2) is out
    np.testing.assert_array_equal(out, truth)
    single = fill_weights(mask, np.empty(truth.shape, np.float32), shape=shape, window=window)
    np.testing.assert_allclose(single, truth, rtol=0, atol=1.1e-6 * np.abs(truth).max())
    strided = np.zeros((truth.shape[0], 2 * truth.shape[1]), np.float32)[:, ::2]
    np.testing.assert_allclose(fill_weights(mask, strided, shape=shape, window=window), truth, rtol=1e-6, atol=1e-7)


ODD = [
    masks.LinearGradient(angle=37.0, width=0.02),
    masks.Aperture(low=0.2, softness=0.01, exponent=1.3, aspect=2.0, angle=70.0, center_row=0.2),
    masks.Aperture(softness=1e-5, exponent=3.0),
    masks.ExponentialDecay(rate=2.0, power=0.3),
    masks.Gaussian(sigma=0.02, aspect=7.0, angle=-20.0),
    masks.KangWeiss(focal_length=0.7, alpha=0.3, tilt=-35.0, tilt_axis=100.0, center_col=0.8),
    masks.Grid(np.linspace(0.2, 1.0, 600).reshape(20, 30)),
    masks.PolynomialSurface((1e30, -0.5e30, 0.2e30)),
    masks.SplineSurface(np.full((4, 4), 0.3)),
    masks.Cos4() * masks.LinearGradient() / masks.Gaussian(aspect=1.3),
    (masks.LogSplineSurface(np.eye(5)) ** 1.7).strength(0.4).normalised(by="mean"),
]


@pytest.mark.parametrize("mask", ODD, ids=str)
@pytest.mark.parametrize("threads_from", [0, 1 << 21])
def test_compiled_loops_keep_the_promise_on_every_pixel(mask, threads_from, monkeypatch):
    """Steep, tiny, huge and composed masks, of which some have no compiled form, are right to 1e-6 everywhere."""
    monkeypatch.setattr(filling, "WORTH_THREADS", threads_from)
    shape = (601, 803)
    truth = mask.weights(shape)
    single = fill_weights(mask, np.empty(shape, np.float32), workers=2)
    np.testing.assert_allclose(single, truth, rtol=0, atol=1.1e-6 * np.abs(truth).max())


@pytest.mark.parametrize("mask", EXAMPLES, ids=lambda mask: mask.family)
def test_a_tile_is_the_part_of_the_whole(mask):
    """Tiles hold the very bits of the whole picture, wherever they lie and however their array does."""
    shape = (300, 420)
    if isinstance(mask, masks.Array):
        mask = masks.Array(np.linspace(0, 1, 300 * 420).reshape(shape), resample=True)
    whole = fill_weights(mask, np.empty(shape, np.float32))
    for window in ((slice(0, 75), slice(0, 105)), (slice(130, 300), slice(333, 334))):
        tile = np.zeros((300, 420), np.float32)
        fill_weights(mask, tile[window], shape=shape, window=window)
        np.testing.assert_array_equal(tile[window], whole[window])
        assert np.count_nonzero(tile) <= tile[window].size


def test_the_compiled_loops_know_every_family_but_arrays():
    """Examples of all families have a compiled form, in float32; a mask that is too steep has none."""
    for mask in EXAMPLES:
        gains = Gains(mask, (140, 200))
        assert (weight_loops(gains, gains.stored_factors()) is None) == isinstance(mask, masks.Array)
    steep = Gains(masks.Aperture(softness=1e-5), (140, 200))
    assert weight_loops(steep, steep.stored_factors()) is None
    assert weight_loops(steep, steep.stored_factors(), precise=True) is None


@pytest.mark.parametrize("mask", EXAMPLES[:-1], ids=lambda mask: mask.family)
@pytest.mark.parametrize("precise", [False, True])
def test_errors_are_bounded_by_what_is_said(mask, precise):
    """The stated error holds on every pixel, and is small: it decides what is computed again in float64."""
    gains = Gains(mask, (333, 500))
    factors = gains.stored_factors()
    loops = weight_loops(gains, factors, precise=precise)
    found = np.empty(gains.shape, loops.dtype)
    loops.over(factors)(slice(None), found)
    truth = mask.weights(gains.shape)
    assert np.abs(found - truth).max() <= loops.error <= (1e-6 if precise else 1e-5)
    assert loops.lowest - loops.error <= truth.min()
    assert truth.max() <= loops.highest + loops.error


def test_the_shape_is_that_of_the_array():
    """Without a shape the array is the whole picture."""
    mask = masks.Cos4(35)
    np.testing.assert_array_equal(hadimg.fill_weights(mask, np.empty((5, 7))), mask.weights((5, 7)))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"out": [1.0]}, ArgumentTypeError, "out must be an array of float32 or float64, got list"),
        ({"out": np.ones((2, 2), np.uint8)}, ArgumentTypeError, "out must be an array .*, got uint8"),
        ({"shape": (3, 3)}, ArgumentError, r"out must be writable and have shape \(3, 3\), got \(2, 2\)"),
        ({"out": np.broadcast_to(1.0, (2, 2))}, ArgumentError, "out must be writable"),
        ({"mask": 0.5}, ArgumentTypeError, "mask must be a mask, got float"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, error, message):
    """Each refusal names the argument, the rule and the value."""
    given = {"mask": masks.Cos4(), "out": np.empty((2, 2))} | arguments
    with pytest.raises(error, match=message):
        fill_weights(given.pop("mask"), given.pop("out"), **given)
