"""Noise: the variance of a pixel in every mode, seeds, photons, converters, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.errors import ArgumentError, ArgumentTypeError, FormatError
from hadimg.singlepixel import Camera, Detector, Measurements, gaussian, poisson, poisson_gauss

DRAWS = 2000
SIDE = 8
N = SIDE * SIDE


def draws(camera, scene, noise, rng):
    """Return many reconstructions of one scene, as channels of one measurement: (H, W, draws)."""
    return camera.measure(np.repeat(scene[..., None], DRAWS, axis=2), noise=noise, rng=rng).reconstruct("zero_filling")


def mean_variance(found, keep=slice(None)):
    """Return the mean over pixels of their variances over the draws."""
    return float(found.reshape(-1, DRAWS)[keep].var(axis=1).mean())


@pytest.mark.parametrize(
    ("mode", "variance"),
    [
        ("raster", 1.0),
        ("plus_minus", 1 / N),
        ("split", 2 / N),
        ("complementary", 2 / N),
        ("plus_only", 4 / N),
        ("s_matrix", 4 * (N - 1) / N**2),
    ],
)
def test_detector_noise_of_each_mode(mode, variance, rng):
    """The variance of pixels is the published one, to 2 %: over 63 pixels and 2000 draws it is known to 0.4 %."""
    scene = rng.uniform(1, 2, (SIDE, SIDE))
    found = draws(Camera((SIDE, SIDE), mode=mode), scene, gaussian(3.0), rng)
    others = slice(1, None)
    assert mean_variance(found, others) == pytest.approx(9 * variance, rel=0.02)
    np.testing.assert_allclose(found.mean(axis=2).reshape(-1)[others], scene.reshape(-1)[others], atol=0.5)


@pytest.mark.parametrize("mode", ["plus_minus", "split", "complementary", "plus_only", "s_matrix"])
def test_told_variances_are_true(mode, rng):
    """What `coefficients` says of its errors is what many draws show."""
    camera = Camera((SIDE, SIDE), mode=mode)
    scene = np.repeat(rng.uniform(1, 2, (SIDE, SIDE, 1)), DRAWS, axis=2)
    told = camera.measure(scene, noise=gaussian(3.0), rng=rng).coefficients()
    np.testing.assert_allclose(told.variances.mean(axis=1), told.values.var(axis=1), rtol=0.25)
    assert told.variances.mean() == pytest.approx(told.values.var(axis=1).mean(), rel=0.02)


@pytest.mark.parametrize("exposures", [1, 16])
def test_the_trap_of_plus_only(exposures, rng):
    """All errors of the first reading meet in the corner pixel; showing that pattern more often divides them."""
    camera = Camera((SIDE, SIDE), mode="plus_only", flux_exposures=exposures)
    assert camera.exposures == N + exposures - 1
    found = draws(camera, np.ones((SIDE, SIDE)), gaussian(1.0), rng)
    expected = 4 * (N - 1) / N**2 + (N - 2) ** 2 / N**2 / exposures
    assert found[0, 0].var() == pytest.approx(expected, rel=0.12)
    assert mean_variance(found, slice(1, None)) == pytest.approx(4 * (N - 1) / N**2 + 4 / N**2 / exposures, rel=0.02)


def test_photon_noise_of_each_mode(rng):
    """Split spreads the mean of the scene over all pixels, an S-matrix twice that over half the exposures."""
    scene = rng.uniform(20, 200, (SIDE, SIDE))
    split = draws(Camera((SIDE, SIDE)), scene, poisson(1.0), rng)
    np.testing.assert_allclose(split.var(axis=2), scene.mean(), rtol=0.2)
    assert mean_variance(split) == pytest.approx(scene.mean(), rel=0.02)
    raster = draws(Camera((SIDE, SIDE), mode="raster"), scene, poisson(1.0), rng)
    np.testing.assert_allclose(raster.var(axis=2), scene, rtol=0.2)
    scene[0, 0] = 0.0
    s_matrix = draws(Camera((SIDE, SIDE), mode="s_matrix"), scene, poisson(1.0), rng)
    assert mean_variance(s_matrix, slice(1, None)) == pytest.approx(2 * scene.sum() / N, rel=0.02)


def test_units_come_back(rng):
    """Photons, gain, dark light and offset are taken out again: the scene keeps its unit, and errors are told in it."""
    scene = rng.uniform(1, 3, (SIDE, SIDE))
    noise = poisson_gauss(500.0, 40.0, gain=0.25, dark=2.0, offset=100.0)
    assert noise.scale == 125.0
    assert noise.zero == 350.0
    camera = Camera((SIDE, SIDE))
    readings = camera.measure(scene, noise=noise, rng=rng).readings
    assert readings[0, 1] == pytest.approx(350.0, abs=6 * np.hypot(40.0, 0.25 * np.sqrt(1000.0)))  # a dark pattern
    found = draws(camera, scene, noise, rng)
    np.testing.assert_allclose(found.mean(axis=2), scene, atol=0.02)
    light = scene.sum() / 2 + 2.0
    expected = 2 * (0.25**2 * 500.0 * light + 40.0**2) / 125.0**2 / N
    assert mean_variance(found) == pytest.approx(expected, rel=0.03)
    told = camera.measure(scene, noise=noise, rng=rng).coefficients().variances
    assert told.mean() == pytest.approx(expected, rel=0.03)


def test_seeds(rng):
    """The same seed gives the same readings, another one others; a generator goes on."""
    camera, scene = Camera((8, 8)), rng.uniform(0, 1, (8, 8))
    first, again, other = (camera.measure(scene, noise=gaussian(1.0), rng=seed).readings for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()
    source = np.random.default_rng(1)
    np.testing.assert_array_equal(camera.measure(scene, noise=gaussian(1.0), rng=source).readings, first)
    assert (camera.measure(scene, noise=gaussian(1.0), rng=source).readings != first).all()


def test_saturation_is_counted():
    """Readings beyond the converter stop at its ends, and each is counted; the flux shows which."""
    scene = np.full((8, 8), 2.0)
    measurements = Camera((8, 8)).measure(scene, noise=gaussian(0.0).quantized(8, 100.0))
    assert measurements.saturated == 1  # the pattern that is all light reads 128
    assert measurements.readings.max() == 100.0
    assert measurements.flux.argmin() == 0
    assert Camera((8, 8)).measure(scene, noise=gaussian(0.0).quantized(8, 128.0)).saturated == 0
    below = Camera((8, 8)).measure(scene, noise=Detector(offset=-10.0, bits=8, full_scale=255.0))
    assert below.saturated == 1  # the pattern that is all dark


def test_converters_round_to_their_steps(rng):
    """Readings are multiples of the step, and nearest to the light."""
    scene = rng.uniform(0, 10, (8, 8))
    exact = Camera((8, 8)).measure(scene).readings
    rounded = Camera((8, 8)).measure(scene, noise=Detector(bits=10, full_scale=1023.0)).readings
    np.testing.assert_array_equal(rounded, np.rint(exact))
    told = Camera((8, 8)).measure(scene, noise=Detector(bits=10, full_scale=1023.0)).coefficients().variances
    np.testing.assert_allclose(told, 2 / 12 / 64)


def test_flicker_is_taken_out(rng):
    """A light that changes between pairs of readings spoils the scene, unless each pair is divided by its sum."""
    scene = rng.uniform(1, 2, (16, 16))
    camera = Camera((16, 16))
    lamp = rng.uniform(0.8, 1.2, 256)
    flickering = Measurements(camera, camera.measure(scene).readings * lamp[:, None])
    np.testing.assert_allclose(flickering.flux, lamp * scene.sum(), rtol=1e-12)
    plain = flickering.reconstruct("zero_filling")
    still = flickering.reconstruct("zero_filling", normalize=True)
    np.testing.assert_allclose(still, scene * lamp.mean(), rtol=1e-9)
    assert np.abs(plain - scene).max() > 0.05
    both = Camera((16, 16), mode="complementary", detector_ratio=0.8)
    other = Measurements(both, both.measure(scene).readings * lamp[:, None])
    np.testing.assert_allclose(other.reconstruct("zero_filling", normalize=True), scene * lamp.mean(), rtol=1e-9)
    with pytest.raises(ArgumentError, match="normalize needs two readings"):
        Camera((4, 4), mode="plus_only").measure(np.eye(4)).reconstruct("zero_filling", normalize=True)
    with pytest.raises(ArgumentError, match="the flux is read with each pattern"):
        _ = Camera((4, 4), mode="plus_only").measure(np.eye(4)).flux


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"sigma": -1.0}, "sigma must be at least 0, got -1.0"),
        ({"sigma": float("nan")}, "sigma must be at least 0"),
        ({"photons": 0.0}, "photons must be above 0"),
        ({"gain": -2.0}, "gain must be above 0"),
        ({"dark": -0.5}, "dark must be at least 0"),
        ({"offset": float("inf")}, "offset must be finite"),
        ({"bits": 0, "full_scale": 1.0}, "bits must be a whole number from 1 to 32"),
        ({"bits": 8.5, "full_scale": 1.0}, "bits must be a whole number"),
        ({"bits": 8}, "belong together"),
        ({"bits": 8, "full_scale": -1.0}, "full_scale must be above 0"),
    ],
)
def test_detectors_that_break_a_rule(numbers, message):
    """Each refusal names the number, the rule and the value."""
    with pytest.raises(ArgumentError, match=message):
        Detector(**numbers)


def test_detectors_are_values():
    """They come back from JSON; other types and unknown keys are refused."""
    detector = poisson_gauss(5.0, 1.0, offset=3.0).quantized(12, 4095.0)
    assert Detector.from_dict(detector.to_dict()) == detector
    assert gaussian(0.0) == Detector()
    with pytest.raises(ArgumentTypeError, match="sigma must be a number"):
        gaussian("much")
    with pytest.raises(FormatError, match="described by bits, dark"):
        Detector.from_dict({"noise": 3})
    with pytest.raises(ArgumentError, match="1e18"):
        Camera((2, 2)).measure(np.ones((2, 2)), noise=poisson(1e30), rng=0)
