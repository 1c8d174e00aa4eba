"""The gains of one picture: inverse, largest gain, orientation, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

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
def test_the_radial_form_is_that_of_the_stored_picture(orientation):
    """Offsets of stored rows and columns give back the stored weights, also pixel by pixel."""
    mask = ExponentialDecay(center_row=0.3, center_col=0.8)
    gains = Gains(mask, (13, 29), orientation)
    radial = gains.radial()
    whole = radial.profile(np.hypot(radial.down[:, np.newaxis], radial.across))
    np.testing.assert_allclose(whole, gains.rows(0, 13), rtol=1e-15)
    places = np.array([0, 28, 29, 200, 376])
    np.testing.assert_array_equal(radial.at(places, 29), whole.reshape(-1)[places])
    assert radial.farthest == pytest.approx(gains.grid.farthest(0.3, 0.8))
