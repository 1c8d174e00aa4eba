"""What was put on a picture is found again, for every family: exactly, through 8 bits, with noise and with outliers."""

from __future__ import annotations

import numpy as np
import pytest

import hadimg
from hadimg import masks
from hadimg.fitting.flat import fit_flat
from hadimg.fitting.gauge import gauge_of
from hadimg.fitting.pair import fit
from hadimg.fitting.starts.canonical import canonical

SHAPE = (96, 120)
EXACT = 1e-8
"""What is promised of parameters and weights without noise."""
THROUGH_8_BITS = 1e-3
TABLE = masks.FAMILIES | masks.COMPOSITIONS
FIXED = {"power": ("exponent",)}
"""A gaussian to a power is a gaussian: the power is given."""
FAMILIES = [name for name in TABLE if name not in ("array", "product")]


def truth_of(name, off_center):
    """Return the example of a family off the middle; masks for channels without a round spot, which has no angle."""
    example = (
        masks.PerChannel(masks.Cos4(35.0), masks.Gaussian(0.8, 1.4, 20.0), masks.Cos4(20.0))
        if name == "per_channel"
        else None
    )
    return canonical(off_center(example or masks.parse(TABLE[name].example)))


def known(name, truth):
    """Return the values of parameters that no picture tells: a fit holds them where it is told to."""
    held = (*FIXED.get(name, ()), *gauge_of(truth).fixed)
    return {word: value for word, value in zip(truth.names, truth.vector, strict=True) if word in held}


def picture(truth, rng, *, top=200.0, shape=SHAPE):
    """Return a picture of random values with the channels of a mask."""
    return rng.uniform(0.25 * top, top, shape if truth.channels is None else (*shape, truth.channels))


def assert_same(found, truth, tolerance):
    """Compare masks, and their parameters in the one way to say them."""
    weights = truth.weights(SHAPE)
    np.testing.assert_allclose(found.weights(SHAPE), weights, rtol=0, atol=tolerance * np.abs(weights).max())
    own, true = canonical(found).vector, canonical(truth).vector
    np.testing.assert_allclose(own, true, rtol=tolerance, atol=tolerance * np.abs(true).max())


@pytest.mark.parametrize("name", FAMILIES)
def test_a_pair_without_noise_gives_back_every_family(name, blank, off_center, rng):
    """From hadimg's own start values, parameters and masks come back to 1e-8."""
    truth = gauge_of(truth_of(name, off_center)).mask
    image = picture(truth, rng)
    result = fit(blank(truth), image, image * truth.weights(SHAPE), fixed=known(name, truth))
    assert result.success, result.message
    assert_same(result.mask, truth, EXACT)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_flat_without_noise_gives_back_every_family_and_its_level(name, blank, off_center, rng):
    """The same from a flat field whose level nobody knows; families with a scale of their own come back at weight 1."""
    truth = gauge_of(truth_of(name, off_center), scale=True).mask
    result = fit_flat(blank(truth), 31000.0 * truth.weights(SHAPE), fixed=known(name, truth))
    assert result.success, result.message
    assert_same(result.mask, truth, EXACT)
    levels = [value for name, value in result.params.items() if name.startswith("level")]
    np.testing.assert_allclose(levels, 31000.0, rtol=EXACT)


def test_a_product_comes_back(rng):
    """A lens and a graduated filter are told apart to 1e-8."""
    truth = masks.ExponentialDecay(rate=0.9, power=1.8, center_row=0.46) * masks.LinearGradient(
        angle=-70.0, low=0.4, offset=0.1, width=0.15
    )
    image = picture(truth, rng)
    result = fit(
        masks.ExponentialDecay() * masks.LinearGradient(), image, image * truth.weights(SHAPE), fixed={"1.high": 1.0}
    )
    assert result.success, result.message
    assert_same(result.mask, truth, EXACT)


CLOSE = (
    masks.Cos4(44.6, center_row=0.566, center_col=0.439)
    * masks.ExponentialDecay(1.33, 2.02, center_row=0.524, center_col=0.473),
    masks.TanhFalloff(0.48, 5.0, center_row=0.55, center_col=0.45)
    * masks.Cos4(36.6, center_row=0.478, center_col=0.497)
    * masks.ExponentialDecay(0.67, 2.2, center_row=0.505),
    masks.LinearGradient(-101.0, 0.47, 1.0, -0.085, 0.14)
    * masks.LogPolynomialSurface((0.0, 0.168, -0.161, -0.194, -0.218, -0.211)),
    masks.ExponentialDecay(0.8, 1.6, center_row=0.45)
    * masks.Polynomial(-0.3, 0.05, -0.05, center_col=0.56)
    * masks.Cos4(30.0, center_row=0.53),
)
"""Products whose factors can take each other's part nearly as well."""


@pytest.mark.parametrize("free_level", [False, True])
@pytest.mark.parametrize("truth", CLOSE, ids=lambda truth: "*".join(part.family for part in truth.parts))
def test_factors_that_resemble_each_other_are_told_apart(truth, free_level, blank, rng):
    """The mask comes back to 1e-8 although there are other optima; its parameters may be known less well."""
    weights = truth.weights((128, 128))
    if free_level:
        result = fit_flat(blank(truth), 31000.0 * weights)
        found = result.params["level"] / 31000.0 * result.mask.weights((128, 128))
    else:
        image = picture(truth, rng, shape=(128, 128))
        result = fit(blank(truth), image, image * weights)
        found = result.mask.weights((128, 128))
    np.testing.assert_allclose(found, weights, rtol=0, atol=EXACT * weights.max())


@pytest.mark.parametrize("name", ["exponential_decay", "gaussian", "aperture", "polynomial", "linear_gradient"])
def test_8_bits_are_enough_for_a_part_in_a_thousand(name, blank, off_center, rng):
    """Pictures that were rounded to 8 bits give the mask to 1e-3, and the parameters within three standard errors."""
    shape = (256, 320)
    truth = gauge_of(truth_of(name, off_center)).mask
    image = np.rint(picture(truth, rng, top=250.0, shape=shape)).astype(np.uint8)
    target = hadimg.apply_mask(image, truth)
    result = fit(blank(truth), image, target, fixed=known(name, truth))
    assert result.success, result.message
    np.testing.assert_allclose(result.mask.weights(SHAPE), truth.weights(SHAPE), rtol=0, atol=THROUGH_8_BITS)
    found = dict(zip(truth.names, canonical(result.mask).vector, strict=True))
    for name_, value in zip(truth.names, truth.vector, strict=True):
        if result.stderr[name_] is not None:
            assert abs(found[name_] - value) < 4.0 * result.stderr[name_], name_


def test_standard_errors_are_those_of_the_noise(rng):
    """In 60 fits with noise, 95 % intervals hold the truth about so often, and errors scatter as they say.

    60 fits of 4 parameters: the share of 240 intervals scatters by 1.4 %, the spread by 4.6 %; both within 3.5 of that.
    """
    truth = masks.ExponentialDecay(rate=0.8, power=1.5, center_row=0.48, center_col=0.53)
    image = picture(truth, rng, shape=(64, 80))
    light = image * truth.weights(image.shape)
    pulls = []
    for _ in range(60):
        result = fit(masks.ExponentialDecay(), image, light + rng.normal(0.0, 2.0, image.shape), covariance="scaled")
        pulls.append(
            [(result.params[k] - value) / result.stderr[k] for k, value in zip(truth.names, truth.vector, strict=True)]
        )
    inside = np.mean(np.abs(pulls) < 1.96)
    assert 0.90 < inside < 1.0
    assert 0.84 < np.sqrt(np.mean(np.square(pulls))) < 1.16


@pytest.mark.parametrize("loss", ["cauchy", "tukey"])
def test_outliers_move_a_robust_fit_by_less_than_its_standard_errors(loss, rng):
    """With 5 % of the values anywhere, no parameter is off by more than a clean fit would be, on the mean of 8 fits.

    The mean of 8 fits scatters by 0.35 standard errors.
    """
    truth = masks.Gaussian(sigma=0.6, aspect=1.5, angle=20.0)
    image = picture(truth, rng)
    light = image * truth.weights(SHAPE)
    pulls = []
    for _ in range(8):
        noisy = light + rng.normal(0.0, 2.0, SHAPE)
        clean = fit(masks.Gaussian(), image, noisy, covariance="scaled")
        wild = rng.random(SHAPE) < 0.05
        noisy[wild] = rng.uniform(0.0, 255.0, np.count_nonzero(wild))
        found = fit(masks.Gaussian(), image, noisy, loss=loss)
        assert found.success, found.message
        pulls.append(
            [(found.params[k] - value) / clean.stderr[k] for k, value in zip(truth.names, truth.vector, strict=True)]
        )
    assert np.abs(np.mean(pulls, axis=0)).max() < 1.0


def test_least_squares_is_moved_by_outliers(rng):
    """The same outliers move least squares by many standard errors: the test before this one can fail."""
    truth = masks.Gaussian(sigma=0.6, aspect=1.5, angle=20.0)
    image = picture(truth, rng)
    noisy = image * truth.weights(SHAPE) + rng.normal(0.0, 2.0, SHAPE)
    clean = fit(masks.Gaussian(), image, noisy, covariance="scaled")
    wild = rng.random(SHAPE) < 0.05
    noisy[wild] = rng.uniform(0.0, 255.0, np.count_nonzero(wild))
    found = fit(masks.Gaussian(), image, noisy)
    assert abs(found.mask.sigma - truth.sigma) > 5.0 * clean.stderr["sigma"]
