"""Powers and normalised masks: values, zeros, the level of the whole picture, and what is refused."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.masking import apply_mask

MASK = masks.ExponentialDecay(rate=1.2, power=1.3, center_row=0.4, center_col=0.7)
SHAPE = (150, 131)


def test_a_normalised_mask_has_the_level_one():
    """The weight in the middle, the largest and the mean weight become exactly or nearly 1."""
    for shape in ((9, 13), (8, 12), SHAPE):
        weights = MASK.weights(shape)
        assert MASK.normalised(by="max").weights(shape).max() == 1.0
        np.testing.assert_allclose(MASK.normalised(by="mean").weights(shape).mean(), 1.0, rtol=1e-14)
        v, u = (np.array([0.1, -0.2]) * shape) / (np.hypot(*shape) / 2)
        center = np.exp(-1.2 * np.hypot(u, v) ** 1.3)
        np.testing.assert_allclose(MASK.normalised().weights(shape), weights / center, rtol=1e-13)


def test_the_middle_of_an_array_lies_between_its_values():
    """With an even size the weight in the middle is the mean of the four around it; with an odd one it is a value."""
    values = np.array([[1.0, 2.0], [3.0, 6.0]])
    np.testing.assert_array_equal(masks.Array(values).normalised().weights((2, 2)), values / 3.0)
    odd = np.arange(1.0, 16.0).reshape(3, 5)
    np.testing.assert_array_equal(masks.Array(odd).normalised().weights((3, 5)), odd / 8.0)


@pytest.mark.parametrize("by", ["center", "max", "mean"])
def test_every_window_has_the_level_of_the_whole(by):
    """A window, or a picture multiplied strip by strip in threads, is divided by the level of the whole picture."""
    mask, window = MASK.normalised(by=by), (slice(70, 140), slice(3, 4))
    whole = mask.weights(SHAPE)
    np.testing.assert_array_equal(mask.replace(by=by).weights(SHAPE, window=window), whole[window])
    np.testing.assert_array_equal(mask.jacobian(SHAPE, window=window), mask.jacobian(SHAPE)[(slice(None), *window)])
    np.testing.assert_array_equal(apply_mask(np.ones(SHAPE), mask.replace(by=by), workers=3), whole)


@pytest.mark.parametrize("by", ["center", "max", "mean"])
def test_the_scale_of_the_mask_loses_all_meaning(by):
    """A constant factor changes no weight and has the derivative 0, so a fit cannot tell it."""
    mask = (masks.Constant(2.5) * MASK).normalised(by=by)
    np.testing.assert_allclose(mask.weights(SHAPE), MASK.normalised(by=by).weights(SHAPE), rtol=1e-14)
    np.testing.assert_allclose(mask.jacobian(SHAPE)[0], 0.0, atol=1e-15)


@pytest.mark.parametrize("by", ["center", "max", "mean"])
@pytest.mark.parametrize("shape", [SHAPE, (9, 13)])
def test_partials_hold_the_change_of_the_level(by, shape):
    """Central differences of the divided mask, over many strips and few; without the second term they are far off."""
    mask, step = MASK.normalised(by=by), 1e-6
    for k, (partial, own) in enumerate(zip(mask.partials(shape), MASK.partials(shape), strict=True)):
        shift = np.eye(len(mask.names))[k] * step
        ahead, back = (mask.with_vector(mask.vector + sign * shift).weights(shape) for sign in (1, -1))
        difference = (ahead - back) / (2 * step)
        np.testing.assert_allclose(partial, difference, rtol=1e-6, atol=1e-6 * np.abs(difference).max())
        if by == "mean":
            assert np.abs(own / mask.level(shape) - difference).max() > 1e-3


def test_pixels_that_share_the_largest_weight_share_its_derivative():
    """On an even grid four pixels around the center are largest: moving the center moves the level by nothing."""
    mask = masks.ExponentialDecay(rate=1.2).normalised(by="max")
    jacobian, own = mask.jacobian((8, 12)), masks.ExponentialDecay(rate=1.2).jacobian((8, 12))
    np.testing.assert_allclose(jacobian[2:], own[2:] / mask.level((8, 12)), atol=1e-14)


def test_a_weight_just_below_the_largest_has_no_share():
    """Two pixels that differ by a part in 10^9: the level moves with the higher one alone."""
    steep = masks.Grid([[1.0, 1.0 + 1e-9]], col_origin=0.25, col_spacing=0.5).normalised(by="max")
    np.testing.assert_allclose(steep.jacobian((1, 2))[:, 0], [[1.0, 0.0], [-1.0, 0.0]], atol=1e-8)


def test_a_normalised_mask_is_radial_where_no_shape_matters():
    """The middle of a centered mask is its center; any other level depends on the picture."""
    assert masks.Cos4(30).normalised().radial() is not None
    for mask in (MASK.normalised(), masks.Cos4(30).normalised(by="max"), masks.Cos4(30).normalised(by="mean")):
        assert mask.radial() is None


def test_levels_are_kept_out_of_values():
    """A mask that has been evaluated equals one that has not, hashes alike, and goes to other processes and threads."""
    used, fresh = MASK.normalised(by="mean"), MASK.normalised(by="mean")
    whole = used.weights(SHAPE)
    assert used == fresh
    assert hash(used) == hash(fresh)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(used)).weights(SHAPE), whole)
    nested = fresh.normalised(by="max")
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda row: nested.weights(SHAPE, window=(slice(row, row + 1), slice(None))), range(150)))
    np.testing.assert_array_equal(np.vstack(parts), whole / whole.max())


def test_a_power_of_zero_and_of_less():
    """Zeros stay zeros with derivatives 0 where the mask's are; weights below zero have whole powers only."""
    zero = masks.HalfCosine(-1.0, start=0.1, width=0.2)
    jacobian = (zero**0.45).jacobian((9, 13))
    outside = zero.weights((9, 13)) == 0
    assert outside.any()
    np.testing.assert_array_equal((zero**0.45).weights((9, 13))[outside], 0.0)
    np.testing.assert_array_equal(jacobian[1:, outside], 0.0)
    assert (jacobian[0, outside] == np.inf).all()  # the brightness lifts them from zero, where the root is steep
    np.testing.assert_array_equal((zero**0).weights((9, 13)), 1.0)
    assert np.isfinite((zero**0).jacobian((9, 13))[:-1]).all()
    negative = masks.Polynomial(k1=-4.0)
    np.testing.assert_array_equal((negative**2).weights((9, 13)), negative.weights((9, 13)) ** 2)
    with pytest.raises(ArgumentError, match="the mask has no finite gain at stored row 0, column 0: nan"):
        apply_mask(np.ones((9, 13)), negative**0.5)


def test_a_power_in_coded_values_is_the_mask_in_light(rng):
    """Of values coded with gamma 2.2, the mask raised to 1 / 2.2 does what the mask does in linear light."""
    light = rng.random((20, 30))
    coded = apply_mask(light ** (1 / 2.2), MASK ** (1 / 2.2))
    np.testing.assert_allclose(coded**2.2, apply_mask(light, MASK), rtol=1e-13)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: MASK**11, ArgumentError, r"power: exponent must lie in \[-10, 10\], got 11.0"),
        (lambda: MASK ** "2", ArgumentTypeError, "power: exponent must be a number, got str"),
        (lambda: masks.Power(2, 2), ArgumentTypeError, "power: mask must be a mask, got int"),
        (lambda: MASK.normalised(by="sum"), ArgumentError, "by must be one of 'center', 'max', 'mean', got 'sum'"),
        (lambda: MASK.normalised(by=1), ArgumentTypeError, "normalised: by must be a word, got int 1"),
        (
            lambda: masks.Constant(0).normalised(by="max").weights((2, 2)),
            ArgumentError,
            r"normalised: the level of the mask \(by=max\) must be above zero and finite, got 0.0",
        ),
        (
            lambda: masks.Polynomial(k1=-40.0).normalised(by="mean").weights((9, 9)),
            ArgumentError,
            r"normalised: the level of the mask \(by=mean\) must be above zero and finite, got -",
        ),
    ],
)
def test_what_is_refused(make, error, message):
    """Each refusal names the modifier, the rule and the value."""
    with pytest.raises(error, match=message):
        make()


def test_a_blend_is_the_weighted_mean_of_both_masks():
    """At 0 the first, at 1 the second, between them the mean; with the neutral mask it is `Strength`."""
    lens, ramp = masks.Cos4(35.0), masks.LinearGradient(angle=30.0, low=0.4)
    first, second = lens.weights(SHAPE), ramp.weights(SHAPE)
    np.testing.assert_array_equal(masks.Blend(lens, ramp, 0.0).weights(SHAPE), first)
    np.testing.assert_array_equal(masks.Blend(lens, ramp, 1.0).weights(SHAPE), second)
    mean = masks.Blend(lens, ramp, 0.3).weights(SHAPE)
    np.testing.assert_allclose(mean, 0.7 * first + 0.3 * second, rtol=1e-15)
    np.testing.assert_allclose(
        masks.Blend(1.0, lens, 0.6).weights(SHAPE), lens.strength(0.6).weights(SHAPE), rtol=1e-15
    )


def test_a_blend_of_masks_for_channels_works_channel_by_channel(rng):
    """A mask for all channels counts in each; derivatives and curvature are those of the channels."""
    cast = masks.PerChannel(masks.Cos4(30.0), masks.Cos4(20.0), masks.Constant(0.5))
    mask, shape = masks.Blend(MASK, cast, 0.4), (7, 9)
    weights, jacobian = mask.weights(shape), mask.jacobian(shape)
    assert weights.shape == (*shape, 3)
    assert jacobian.shape == (len(mask.names), *shape, 3)
    field = rng.standard_normal((*shape, 3))
    curvature, step = mask.curvature(shape, field), 1e-6
    for k in range(len(mask.names)):
        shift = np.eye(len(mask.names))[k] * step
        ahead, back = (mask.with_vector(mask.vector + sign * shift) for sign in (1, -1))
        difference = (ahead.weights(shape) - back.weights(shape)) / (2 * step)
        np.testing.assert_allclose(jacobian[k], difference, rtol=1e-6, atol=1e-8)
        turned = np.tensordot(ahead.jacobian(shape) - back.jacobian(shape), field, 3) / (2 * step)
        np.testing.assert_allclose(curvature[k], turned, rtol=1e-6, atol=1e-7 * np.abs(curvature).max())
    for k in range(3):
        np.testing.assert_array_equal(mask.channel(k).weights(shape), weights[..., k])
    with pytest.raises(ArgumentError, match="blend: both masks must tell equally many channels apart"):
        masks.Blend(cast, masks.PerChannel(0.5, 0.6))
