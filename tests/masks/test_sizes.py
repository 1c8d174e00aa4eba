"""Absurd sizes are refused by name before anything is allocated; windows of huge pictures are not."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import LimitError
from hadimg.profiles import write_flat_field

ABSURD = (10**9, 10**9)
HUGE = (10**6, 10**6)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: masks.Cos4().weights(ABSURD),
        lambda: next(masks.Cos4().partials(ABSURD)),
        lambda: masks.Cos4().jacobian(ABSURD),
        lambda: masks.SplineSurface().weights((1 << 16, (1 << 15) + 1)),
        lambda: masks.Cos4().normalised(by="mean").weights(HUGE, window=(slice(1), slice(1))),
        lambda: masks.convert(masks.Cos4(), "polynomial", shape=ABSURD),
        lambda: masks.is_positive(masks.SplineSurface(), ABSURD),
        lambda: masks.is_positive(masks.Cos4(), ABSURD),
        lambda: masks.is_monotone(masks.Gaussian(aspect=2.0), ABSURD),
        lambda: masks.monotone_bounds(masks.Polynomial(), ABSURD),
    ],
)
def test_absurd_sizes_are_refused_by_name(ask, clock):
    """At once, with the size, the limit and the way out."""
    start = clock()
    with pytest.raises(LimitError, match=r" of \d+ x \d+ pixels are too many, 2147483648 is the limit \(ask for a"):
        ask()
    assert clock() - start < 0.5


def test_no_flat_field_of_an_absurd_size_is_begun(tmp_path):
    """Nothing is written."""
    with pytest.raises(LimitError, match="weights of 1000000 x 1000000 pixels are too many"):
        write_flat_field(tmp_path / "flat.tif", masks.Cos4(), HUGE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mask", [masks.Cos4(), masks.SplineSurface(np.eye(9) + 1.0), masks.Cos4().normalised()])
def test_a_window_of_a_huge_picture_costs_only_itself(mask, clock):
    """Sixty-four pixels out of a million million come at once, and are those of the fraction that they lie at."""
    start = clock()
    window = (slice(250_000, 250_008), slice(750_000, 750_008))
    weights = mask.weights(HUGE, window=window)
    assert clock() - start < 0.5
    assert weights.shape == (8, 8)
    np.testing.assert_allclose(weights, mask.weights((2, 2), window=(slice(1), slice(1, 2)))[0, 0], rtol=2e-5)
