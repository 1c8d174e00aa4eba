"""Masks of masks: products, inverse, strength, numbers as factors, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError

A, B = masks.ExponentialDecay(rate=1.2), masks.LinearGradient(angle=30.0, low=0.4)
SHAPE = (12, 17)

LEAVES = [masks.parse(family.example) for name, family in masks.FAMILIES.items()]
MASKS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a: 1 / a, inner),
        st.builds(lambda a, t: a.strength(t), inner, st.floats(0.1, 0.9)),
        st.builds(lambda a, p: a**p, inner, st.floats(-1.5, 2.5)),
        st.builds(lambda a, by: a.normalised(by=by), inner, st.sampled_from(["center", "max", "mean"])),
    ),
    max_leaves=5,
)


def test_products_quotients_and_numbers():
    """Operators on masks are the operators on their weights."""
    a, b = A.weights(SHAPE), B.weights(SHAPE)
    for mask, weights in (
        (A * B, a * b),
        (A / B, a * (1 / b)),
        (A * 0.5, a * 0.5),
        (0.5 * A, 0.5 * a),
        (A / 2, a * 0.5),
        (1 / A, 1 / a),
        (3 / A, 3 * (1 / a)),
        (A.strength(0.6), 1 + 0.6 * (a - 1)),
        (A.reciprocal().reciprocal(), a),
        (A**0.45, a**0.45),
        (A * B**2, a * b**2),
    ):
        np.testing.assert_array_equal(mask.weights(SHAPE), weights)
    assert A.reciprocal().reciprocal() is A


def test_names_tell_the_factors_apart():
    """Names of a product begin with the number of the factor; a wrapper's own names stay its own."""
    assert (A * masks.Constant(2)).names == ("0.rate", "0.power", "0.center_row", "0.center_col", "1.value")
    assert A.strength(0.5).names == ("rate", "power", "center_row", "center_col", "amount")
    assert A.strength(0.5).strength(0.5).names[-2:] == ("mask.amount", "amount")


def test_a_zero_factor_costs_no_derivative():
    """The product rule uses the other factors, never a quotient: zeros in one factor leave all derivatives finite."""
    mask = masks.Constant(0.0) * A
    jacobian = mask.jacobian(SHAPE)
    np.testing.assert_array_equal(jacobian[0], A.weights(SHAPE))
    np.testing.assert_array_equal(jacobian[1:], 0.0)


def test_masks_cannot_be_changed():
    """Masks are values: no attribute can be set, equal masks hash alike, different ones differ."""
    with pytest.raises(AttributeError):
        A.rate = 2.0
    with pytest.raises(ValueError, match="read-only"):
        masks.Array([[1.0]]).values[0, 0] = 2.0
    assert hash(A * B) == hash(masks.ExponentialDecay(rate=1.2) * B)
    assert hash(masks.Array([[1.0]])) == hash(masks.Array([[1.0]]))
    assert masks.Array([[1.0]]) != masks.Array([[2.0]])
    assert A.replace(rate=1.3) != A
    assert masks.Array([[1.0]]) != A


def test_an_array_keeps_its_own_copy(rng):
    """Changing the array that was given changes no mask."""
    values = rng.random((3, 4))
    mask = masks.Array(values)
    before = mask.weights((3, 4))
    values[:] = 0
    np.testing.assert_array_equal(mask.weights((3, 4)), before)


def test_an_array_resamples_bilinearly_between_pixel_centers(rng):
    """A finer picture of a linear ramp is the ramp inside the outermost centers, and constant beyond them."""
    ramp = np.linspace(1, 2, 5)[:, np.newaxis] + np.linspace(0, 3, 7)
    fine = masks.Array(ramp, resample=True).weights((50, 70))
    row = np.clip((np.arange(50) + 0.5) / 10 - 0.5, 0, 4)
    col = np.clip((np.arange(70) + 0.5) / 10 - 0.5, 0, 6)
    np.testing.assert_allclose(fine, 1 + row[:, np.newaxis] / 4 + col / 2, rtol=1e-14)
    one = masks.Array([[3.0]], resample=True)
    np.testing.assert_array_equal(one.weights((4, 5)), np.full((4, 5), 3.0))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: A * "x", ArgumentTypeError, "a factor of a mask must be a number, got str"),
        (lambda: A * float("nan"), ArgumentError, "a factor of a mask must be finite, got nan"),
        (lambda: A * -1, ArgumentError, r"constant: value must lie in \[0, inf\), got -1.0"),
        (masks.Product, ArgumentError, "at least one factor"),
        (lambda: masks.Product(A, 2), ArgumentTypeError, "each factor must be a mask, got int"),
        (lambda: masks.Reciprocal(2), ArgumentTypeError, "reciprocal: mask must be a mask, got int"),
        (lambda: masks.Strength(A, 11), ArgumentError, r"strength: amount must lie in \[0, 10\], got 11.0"),
        (lambda: masks.Strength(A, amount=True), ArgumentTypeError, "amount must be a number, got bool"),
        (lambda: A.replace(speed=1), ArgumentError, "exponential_decay has no field 'speed', only center_row"),
        (lambda: A.weights((0, 3)), ArgumentError, "shape must be at least 1 x 1 pixel, got 0 x 3"),
        (lambda: A.weights((2.5, 3)), ArgumentTypeError, r"shape must be two whole numbers .* got \(2.5, 3\)"),
        (lambda: A.weights(7), ArgumentTypeError, "shape must be two whole numbers"),
        (lambda: A.weights((4, 4), window=3), ArgumentTypeError, "window must be two slices"),
        (lambda: A.weights((4, 4), window=(slice(2), slice(0, 4, 2))), ArgumentError, "window must have steps of 1"),
        (lambda: A.weights((4, 4), window=(slice(9, 12), slice(4))), ArgumentError, "hold at least one pixel"),
        (lambda: masks.Array([1.0]), ArgumentError, r"values must have shape \(H, W\), got \(1,\)"),
        (lambda: masks.Array([[1.0]], resample=1), ArgumentTypeError, "resample must be True or False, got 1"),
    ],
)
def test_what_is_refused(make, error, message):
    """Each refusal names the argument, the rule and the value."""
    with pytest.raises(error, match=message):
        make()


@settings(max_examples=40, deadline=None)
@given(MASKS)
def test_random_compositions_keep_the_contract(mask):
    """Nested at will: derivatives agree with differences on both sides, text and data give the mask back.

    Where the largest weight moves from one pixel to another there is a kink: any slope between both sides will do.
    """
    assert masks.parse(str(mask)) == mask
    assert masks.from_dict(mask.to_dict()) == mask
    vector, step = mask.vector, 1e-6
    weights = mask.weights((5, 7))
    scale = max(1.0, float(np.abs(weights).max()))
    for k, partial in enumerate(mask.partials((5, 7))):
        shift = np.zeros_like(vector)
        shift[k] = step * max(1.0, abs(vector[k]))
        ahead, back = (mask.with_vector(vector + sign * shift).weights((5, 7)) for sign in (1, -1))
        sides = np.sort([(ahead - weights) / shift[k], (weights - back) / shift[k]], axis=0)
        nearest = np.clip(partial, *sides)
        np.testing.assert_allclose(partial, nearest, rtol=1e-4, atol=1e-5 * np.abs(sides).max() + 1e-8 * scale)
