"""The derivatives of apply_mask: products with vectors from both sides, held together by dot tests."""

from __future__ import annotations

import tracemalloc
from itertools import product

import numpy as np
import pytest

import hadimg
from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.masking_derivatives import apply_mask_jvp, apply_mask_vjp

TABLE = {name: masks.parse(family.example) for name, family in (masks.FAMILIES | masks.COMPOSITIONS).items()}
TABLE["shared times per channel"] = TABLE["cos4"] * TABLE["per_channel"]
SHAPE = (9, 13)
LAYOUTS = [(SHAPE, -1), ((*SHAPE, 3), -1), ((3, *SHAPE), 0), ((9, 3, 13), 1), ((*SHAPE, 4), -1), ((2, *SHAPE), -3)]


def off_center(mask):
    """Return the mask with its centers moved off the pixels, where no profile has a kink."""
    moved = {"row": 0.37, "col": 0.61}
    pairs = zip(mask.names, mask.vector, strict=True)
    return mask.with_vector([moved[name[-3:]] if "center_" in name else value for name, value in pairs])


def fitting_pairs():
    """Return every mask with each layout whose channels it fits: of 2 or 4 channels the last is opacity."""
    for (name, mask), (shape, axis) in product(TABLE.items(), LAYOUTS):
        channels = shape[axis] if len(shape) == 3 else 1
        if mask.channels in (None, channels - (channels in (2, 4))):
            yield name, shape, axis


@pytest.mark.parametrize(("name", "shape", "axis"), list(fitting_pairs()))
def test_the_two_are_adjoint(name, shape, axis, rng):
    """<G, J v> = <J' G, v> to rounding, for all pixels and parameters together, in every layout of channels."""
    mask = TABLE[name]
    pixels, moved, cotangent = rng.normal(size=(3, *shape))
    rates = rng.normal(size=len(mask.names))
    tangent = apply_mask_jvp(pixels, mask, pixel_tangent=moved, parameter_tangent=rates, channel_axis=axis)
    back, slopes = apply_mask_vjp(pixels, mask, cotangent, channel_axis=axis)
    assert tangent.shape == back.shape == shape
    assert slopes.shape == rates.shape
    error = np.vdot(cotangent, tangent) - np.vdot(back, moved) - slopes @ rates
    assert abs(error) <= 1e-12 * np.linalg.norm(cotangent) * np.linalg.norm(tangent)
    # The dot test cannot see what is lost on both sides: each part must be there.
    assert slopes.all()
    assert back.all()


@pytest.mark.parametrize("name", ["product", "per_channel", "array", "shared times per channel"])
@pytest.mark.parametrize("shape", [(*SHAPE, 3), (*SHAPE, 4)])
def test_the_tangent_is_the_change_of_the_masked_picture(name, shape, rng):
    """Forward, it is the central difference of apply_mask in both arguments; opacity changes as it is told to."""
    mask = off_center(TABLE[name])
    pixels, moved = rng.normal(size=(2, *shape))
    rates = rng.normal(size=len(mask.names))
    step = 1e-6
    ends = [
        hadimg.apply_mask(pixels + sign * step * moved, mask.with_vector(mask.vector + sign * step * rates))
        for sign in (1, -1)
    ]
    difference = (ends[0] - ends[1]) / (2 * step)
    tangent = apply_mask_jvp(pixels, mask, pixel_tangent=moved, parameter_tangent=rates)
    np.testing.assert_allclose(tangent, difference, rtol=1e-6, atol=1e-7 * np.abs(difference).max())
    if shape[-1] == 4:
        np.testing.assert_array_equal(tangent[..., 3], moved[..., 3])


def test_each_tangent_alone_and_both_together(rng):
    """The derivative is linear: what pixels do and what parameters do add up."""
    mask = TABLE["product"]
    pixels, moved = rng.normal(size=(2, *SHAPE, 3))
    rates = rng.normal(size=len(mask.names))
    one = apply_mask_jvp(pixels, mask, pixel_tangent=moved)
    np.testing.assert_array_equal(one, hadimg.apply_mask(moved, mask))
    other = apply_mask_jvp(pixels, mask, parameter_tangent=rates)
    expected = pixels * np.tensordot(rates, mask.jacobian(SHAPE), 1)[..., None]
    np.testing.assert_allclose(other, expected, rtol=1e-12, atol=1e-14)
    both = apply_mask_jvp(pixels, mask, pixel_tangent=moved, parameter_tangent=rates)
    np.testing.assert_allclose(both, one + other, rtol=1e-14, atol=1e-14)


def test_the_adjoint_sums_over_channels_that_share_the_mask(rng):
    """Against whole matrices: the parameters' cotangent is the Jacobian times what all channels ask for together."""
    mask = TABLE["gaussian"]
    pixels, cotangent = rng.normal(size=(2, *SHAPE, 3))
    back, slopes = apply_mask_vjp(pixels, mask, cotangent)
    field = (pixels * cotangent).sum(axis=-1)
    np.testing.assert_allclose(slopes, mask.jacobian(SHAPE).reshape(len(mask.names), -1) @ field.ravel(), rtol=1e-11)
    np.testing.assert_array_equal(back, cotangent * mask.weights(SHAPE)[..., None])


@pytest.mark.parametrize("alpha", [None, True, False])
def test_opacity_is_kept_out_unless_told_otherwise(alpha, rng):
    """The last of four channels is opacity as in apply_mask: identity for pixels, nothing for parameters."""
    mask = TABLE["gaussian"]
    pixels, cotangent = rng.normal(size=(2, *SHAPE, 4))
    back, slopes = apply_mask_vjp(pixels, mask, cotangent, alpha=alpha)
    color = 4 if alpha is False else 3
    _, expected = apply_mask_vjp(pixels[..., :color], mask, cotangent[..., :color], alpha=False)
    np.testing.assert_array_equal(slopes, expected)
    weights = mask.weights(SHAPE) if alpha is False else 1.0
    np.testing.assert_array_equal(back[..., 3], cotangent[..., 3] * weights)


@pytest.mark.parametrize(
    ("dtype", "result"),
    [(np.uint8, np.float64), (np.uint16, np.float64), (np.float32, np.float32), (np.float64, np.float64)],
)
def test_types_of_pixels_and_results(dtype, result, rng):
    """Floating-point pixels keep their type, whole numbers get float64, and no input is changed."""
    pixels = rng.integers(0, 200, (*SHAPE, 3)).astype(dtype)
    result = np.float32 if dtype == np.float32 else np.float64
    pixels.setflags(write=False)
    cotangent = np.ones(pixels.shape, np.int8)
    back, slopes = apply_mask_vjp(pixels, TABLE["cos4"], cotangent)
    tangent = apply_mask_jvp(pixels, TABLE["cos4"], pixel_tangent=cotangent)
    assert (back.dtype, tangent.dtype, slopes.dtype) == (result, result, np.float64)
    weights = np.repeat(TABLE["cos4"].weights(SHAPE)[..., None], 3, axis=-1)
    np.testing.assert_allclose(back, weights, rtol=1e-7)
    np.testing.assert_allclose(tangent, weights, rtol=1e-7)


def test_masks_without_parameters_have_empty_cotangents(rng):
    """A mask that is given value by value passes pixels through and has nothing to learn."""
    pixels = rng.random(SHAPE)
    back, slopes = apply_mask_vjp(pixels, TABLE["array"], np.ones(SHAPE))
    np.testing.assert_array_equal(back, TABLE["array"].weights(SHAPE))
    assert slopes.shape == (0,)
    np.testing.assert_array_equal(apply_mask_jvp(pixels, TABLE["array"], parameter_tangent=[]), 0)


def test_any_number_of_threads_gives_the_same_bits(rng):
    """Strips are summed in their order, whoever computes them."""
    pixels, cotangent = rng.normal(size=(2, 900, 400, 3))
    results = [apply_mask_vjp(pixels, TABLE["product"], cotangent, workers=workers) for workers in (1, 2, 5)]
    for back, slopes in results[1:]:
        np.testing.assert_array_equal(back, results[0][0])
        np.testing.assert_array_equal(slopes, results[0][1])


def test_memory_is_that_of_the_result_and_some_strips(rng):
    """No Jacobian is stored: of 16 parameters by 1.8 million values it would take 230 MB."""
    pixels = rng.random((600, 1000, 3))
    tracemalloc.start()
    apply_mask_vjp(pixels, TABLE["product"], pixels, workers=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < pixels.nbytes + (16 << 20)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, ArgumentError, "one of pixel_tangent and parameter_tangent must be given, got neither"),
        (
            {"pixel_tangent": np.ones((9, 12, 3))},
            ArgumentError,
            r"pixel_tangent must have the shape of pixels, \(9, 1",
        ),
        ({"pixel_tangent": 1j * np.ones((9, 13, 3))}, ArgumentTypeError, "pixel_tangent must hold real numbers"),
        (
            {"parameter_tangent": [1.0]},
            ArgumentError,
            r"parameter_tangent must hold 3 .* got shape \(1,\)",
        ),
        ({"parameter_tangent": ["a"] * 3}, ArgumentTypeError, "parameter_tangent must hold real numbers, got <U1"),
        ({"parameter_tangent": [1, 0, 0], "workers": 0}, ArgumentError, "workers must be at least 1, got 0"),
        (
            {"parameter_tangent": [1, 0, 0], "nonfinite": "drop"},
            ArgumentError,
            "nonfinite must be 'raise' or .* 'drop'",
        ),
    ],
)
def test_what_does_not_fit_is_refused(options, error, message):
    """Shapes, types and options are checked before anything is computed."""
    with pytest.raises(error, match=message):
        apply_mask_jvp(np.ones((9, 13, 3)), TABLE["cos4"], **options)


def test_masks_and_pixels_that_do_not_fit_are_refused():
    """As apply_mask does: another number of channels, no mask, NaN unless it may propagate."""
    with pytest.raises(ArgumentError, match="the mask is for 3 color channels, the picture has 1"):
        apply_mask_vjp(np.ones((9, 13)), TABLE["per_channel"], np.ones((9, 13)))
    with pytest.raises(ArgumentTypeError, match="mask must be a mask, got ndarray"):
        apply_mask_vjp(np.ones((9, 13)), np.ones((9, 13)), np.ones((9, 13)))
    hole = np.full((9, 13), np.nan)
    with pytest.raises(ArgumentError, match="pixels must be finite, got nan at row 0, column 0"):
        apply_mask_vjp(hole, TABLE["cos4"], np.ones((9, 13)))
    back, slopes = apply_mask_vjp(hole, TABLE["cos4"], np.ones((9, 13)), nonfinite="propagate")
    assert np.isfinite(back).all()
    assert np.isnan(slopes).all()
