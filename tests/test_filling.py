"""Weights written into a given array: the mask's own, whole or a window, in either precision."""

from __future__ import annotations

import numpy as np
import pytest

import hadimg
from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.filling import fill_weights

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
