"""The gains of one picture: inverse, largest gain, orientation, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg import masks
from hadimg.gains import Gains
from hadimg.io.orientation import INVERSE, turn
from hadimg.masks import Constant, ExponentialDecay, LinearGradient


def test_the_largest_gain_is_the_smaller_of_the_two():
    """The factor of an inverse is 1 / w or the largest gain, whichever is less, to the last bit."""
    weights = np.array([0.0, 0.1, 0.2499, 0.25, 0.25001, 0.2501, 1.0, 2.0])
    factors = Gains(Constant(1.0), (1, 1), inverse=True, max_gain=4.0).factors(weights)
    np.testing.assert_array_equal(factors, np.minimum(4.0, 1 / np.maximum(weights, 1e-300)))
    np.testing.assert_array_equal(Gains(Constant(1.0), (1, 1)).factors(weights), weights)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_rows_are_those_of_the_turned_mask(orientation):
    """Any stored rows hold the weights of the seen mask, turned back."""
    mask = LinearGradient(angle=20.0, low=0.2) * ExponentialDecay(center_row=0.3)
    gains = Gains(mask, (13, 29), orientation)
    seen = (29, 13) if orientation >= 5 else (13, 29)
    stored = turn(mask.weights(seen), INVERSE[orientation])
    for start, stop in ((0, 13), (4, 5), (9, 13)):
        np.testing.assert_array_equal(gains.rows(start, stop), stored[start:stop])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", [name for name in masks.FAMILIES if name != "array"])
def test_scattered_pixels_have_the_very_same_factors(rng, orientation, name):
    """Factors asked for pixel by pixel are those of whole rows to the last bit, inverse and largest gain included."""
    gains = Gains(masks.parse(masks.FAMILIES[name].example), (13, 29), orientation, inverse=True, max_gain=3.0)
    places = np.append(rng.integers(0, 13 * 29, 100), [0, 28, 29, 376])
    np.testing.assert_array_equal(gains.at(places), gains.rows(0, 13).reshape(-1)[places])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", [name for name in masks.FAMILIES if name != "array"])
def test_stored_factors_are_those_of_the_turned_mask(orientation, name):
    """The product of the factors that compiled loops evaluate is the mask, in the order of the stored pixels."""
    gains = Gains(masks.parse(masks.FAMILIES[name].example), (13, 29), orientation, inverse=True)
    product = np.ones((13, 29))
    for factor in gains.stored_factors():
        if factor.table is None:
            sides = np.abs(factor.rows[:, np.newaxis] + factor.cols)
            places = (sides**factor.exponent).sum(axis=-1) ** (1 / factor.exponent)
        else:
            places = factor.rows @ factor.table @ factor.cols.T
        slack = 1e-12 * max(abs(factor.low), abs(factor.high))
        assert factor.low - slack <= places.min()
        assert places.max() <= factor.high + slack
        product *= places if factor.profile is None else factor.profile(places)
    np.testing.assert_allclose(product, gains.rows(0, 13), rtol=1e-12)
