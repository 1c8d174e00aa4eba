"""Defects of other packages that masks must not have (calculus.md, section g); solvers are tested elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg import masks

EXAMPLES = {name: masks.parse(family.example) for name, family in masks.FAMILIES.items()}
SHAPE = (8, 12)


def all_masks():
    """Return every family by itself, in a product, inverted and blended."""
    other = masks.LinearGradient(angle=20.0, low=0.5)
    return [
        made
        for mask in EXAMPLES.values()
        for made in (mask, mask * other, (0.5 * other) * mask, mask.strength(0.6), (mask * other) ** 2)
    ]


@pytest.mark.parametrize("name", EXAMPLES)
def test_defect_3_partials_at_amplitude_zero_are_finite(name):
    """Defect 3: at amplitude 0 the amplitude's column is the shape, and the others are 0; nothing divides by it."""
    mask = EXAMPLES[name]
    amplitude, *others = (masks.Constant(0.0) * mask).jacobian(SHAPE)
    np.testing.assert_array_equal(amplitude, mask.weights(SHAPE))
    for other in others:
        np.testing.assert_array_equal(np.abs(other), 0.0)


def test_defect_4_derivatives_have_one_layout():
    """Defect 4: (P, H, W) for every family, product, power and blend."""
    for mask in all_masks():
        assert mask.jacobian(SHAPE).shape == (len(mask.names), *SHAPE, *([mask.channels] if mask.channels else [])), (
            mask
        )


def test_defect_5_composed_masks_have_analytic_derivatives():
    """Defect 5: derivatives of compositions along a random direction are those of differences, to 1e-6."""
    rng = np.random.default_rng(5)
    for mask in all_masks():
        vector = mask.vector
        direction = rng.normal(size=vector.size) * 1e-5 * np.maximum(np.abs(vector), 0.1)
        lower, upper = mask.bounds
        inside = np.clip(vector, lower + 2 * np.abs(direction), upper - 2 * np.abs(direction))
        up, down = (mask.with_vector(inside + sign * direction).weights(SHAPE) for sign in (1, -1))
        along = np.tensordot(direction, mask.with_vector(inside).jacobian(SHAPE), axes=1)
        largest = np.abs(along).max()
        near_kink = np.abs(up - down - 2 * along) > 1e-3 * largest
        assert near_kink.mean() <= 0.05, mask
        np.testing.assert_allclose(
            along[~near_kink], (up - down)[~near_kink] / 2, atol=1e-5 * largest, err_msg=str(mask)
        )
