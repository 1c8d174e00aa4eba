"""Reconstructions: published figures, exactness, adjoints, units, noise, constraints, denoisers, refusals."""

from __future__ import annotations

import time

import numpy as np
import pytest

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.singlepixel import METHODS, Camera, gaussian, poisson, reconstruct
from hadimg.singlepixel.linear import Fdri
from hadimg.singlepixel.problem import Problem
from hadimg.walsh.transform import fwht2

PLAIN = ["zero_filling", "wiener", "fdri", "total_variation", "chambolle_pock"]
PUBLISHED = {  # peak signal-to-noise ratios of the photograph: zero filling, FDRI, total variation
    ("zig_zag", 0.05): (21.84, 22.80, 24.13),
    ("zig_zag", 0.10): (23.18, 24.41, 25.77),
    ("zig_zag", 0.25): (25.89, 26.78, 28.51),
    ("zig_zag", 0.50): (30.15, 30.85, 33.63),
    ("xy", 0.05): (21.83, 22.81, 24.17),
    ("xy", 0.10): (23.29, 24.37, 25.83),
    ("xy", 0.25): (25.95, 26.84, 28.82),
    ("xy", 0.50): (30.48, 31.05, 33.65),
}


@pytest.fixture(scope="module")
def photograph():
    """Return scikit-image's photographer, averaged over 4 x 4 pixels; it comes with the package."""
    data = pytest.importorskip("skimage.data")
    return data.camera().astype(float).reshape(128, 4, 128, 4).mean((1, 3))


@pytest.mark.parametrize(("order", "share"), PUBLISHED)
def test_published_quality(order, share, photograph, psnr):
    """The ratios of the reference table are reached within 0.05 dB; total variation is 2 dB above zero filling."""
    measurements = Camera((128, 128), order=order, ratio=share).measure(photograph)
    found = [psnr(measurements.reconstruct(name), photograph) for name in ("zero_filling", "fdri", "total_variation")]
    assert np.all(np.array(found) > np.array(PUBLISHED[order, share]) - 0.05)
    assert np.all(np.array(found) < np.array(PUBLISHED[order, share]) + 0.1)
    assert found[2] > found[0] + 2.0


def test_total_variation_is_fast(photograph):
    """128 x 128 takes a hundredth of a second, and on no machine a half: the loop is compiled."""
    measurements = Camera((128, 128), ratio=0.25).measure(photograph)
    seconds = []
    for _ in range(4):
        start = time.perf_counter()
        measurements.reconstruct()
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.5


@pytest.mark.parametrize("shape", [(16, 8), (11, 6)])
@pytest.mark.parametrize("mode", ["split", "raster", "s_matrix"])
def test_sampling_and_its_adjoint(shape, mode, rng):
    """``<A x, y> == <x, A' y>``, and on the frame ``A A' = I``."""
    sampling = Camera(shape, mode=mode, measurements=20).sampling
    x, y = rng.normal(size=shape), rng.normal(size=len(sampling.places))
    assert sampling.forward(x) @ y == pytest.approx(np.sum(x * sampling.adjoint(y)), rel=1e-12)
    if shape == (16, 8):
        np.testing.assert_allclose(sampling.forward(sampling.adjoint(y)), y, atol=1e-13)


@pytest.mark.parametrize("method", PLAIN)
def test_measured_coefficients_are_kept(method, scene):
    """Without noise the reconstruction has the measured coefficients, whatever it makes of the others."""
    camera = Camera((64, 64), ratio=0.1)
    measurements = camera.measure(scene)
    again = camera.measure(reconstruct(measurements, method))
    tolerance = 1e-3 if method == "fdri" else 1e-8  # conjugate gradients stop at 1e-6 of the readings
    np.testing.assert_allclose(again.readings, measurements.readings, atol=tolerance * scene.sum())


@pytest.mark.parametrize("method", PLAIN)
@pytest.mark.parametrize("noise", [0.0, 200.0])
def test_units_and_levels_do_not_matter(method, noise, scene):
    """A scene in other units gives the same picture in these units."""
    camera = Camera((64, 64), ratio=0.3)
    first = camera.measure(scene, noise=gaussian(noise), rng=0).reconstruct(method)
    thousand = camera.measure(1000.0 * scene, noise=gaussian(1000.0 * noise), rng=0).reconstruct(method)
    np.testing.assert_allclose(thousand / 1000.0, first, atol=0.05 if method[0] in "tc" else 1e-3)


@pytest.mark.parametrize("method", PLAIN)
@pytest.mark.parametrize("level", [0.0, 7.5])
def test_constant_scenes(method, level):
    """Nothing is found where there is nothing, with and without noise."""
    camera = Camera((32, 32), ratio=0.3)
    scene = np.full((32, 32), level)
    np.testing.assert_allclose(camera.measure(scene).reconstruct(method), level, atol=1e-9)
    noisy = camera.measure(scene, noise=gaussian(20.0), rng=1).reconstruct(method)
    assert np.abs(noisy - level).max() < 5.0


def test_conjugate_gradients_solve_what_the_dense_formula_says(rng):
    """``x = C A' (A C A' + S)^-1 y`` with all matrices written out."""
    camera = Camera((8, 8), measurements=20)
    scene = rng.uniform(0, 1, (8, 8))
    measurements = camera.measure(scene, noise=gaussian(0.5), rng=3)
    matrix = np.array([camera.frame.signs(int(k)).reshape(-1) / 8.0 for k in camera.indices])
    spectrum = Fdri().spectrum((8, 8))
    rows = [np.fft.ifft2(spectrum * np.fft.fft2(unit.reshape(8, 8))).real.reshape(-1) for unit in np.eye(64)]
    coefficients = measurements.coefficients()
    values, variances = coefficients.values[:, 0], coefficients.variances[:, 0]
    spread = Problem(camera.sampling, values, variances).spread
    signal = spread**2 * 64 / (spectrum.sum() - spectrum[0, 0]) * np.array(rows)
    system = matrix @ signal @ matrix.T + np.diag(variances)
    expected = signal @ matrix.T @ np.linalg.solve(system, values)
    np.testing.assert_allclose(measurements.reconstruct("fdri", tolerance=1e-12).reshape(-1), expected, atol=1e-6)


def test_wiener_shrinks_by_the_prior(rng):
    """Coefficients of low sequency are kept, those that drown in noise are not; the mean is untouched."""
    scene = np.add.outer(np.arange(16.0), np.arange(16.0))
    measurements = Camera((16, 16)).measure(scene, noise=gaussian(40.0), rng=0)
    plain, shrunk = (fwht2(measurements.reconstruct(name)) for name in ("zero_filling", "wiener"))
    ratio = shrunk / plain
    assert ratio[0, 0] == pytest.approx(1.0)
    assert np.all((ratio.reshape(-1)[1:] > 0) & (ratio.reshape(-1)[1:] < 1))
    assert (
        np.abs(measurements.reconstruct("wiener") - scene).mean()
        < np.abs(measurements.reconstruct("zero_filling") - scene).mean()
    )


@pytest.mark.parametrize("noise", [gaussian(300.0), poisson(0.05)])
def test_noise_is_taken_out(noise, scene, psnr):
    """With noise, the total variation is several decibels above zero filling, and more than with the noise unsaid."""
    measurements = Camera((64, 64), ratio=0.6).measure(scene, noise=noise, rng=1)
    found = {name: psnr(measurements.reconstruct(name), scene) for name in PLAIN}
    assert found["wiener"] > found["zero_filling"]
    assert found["fdri"] > found["zero_filling"]
    assert found["total_variation"] > found["zero_filling"] + 4.0
    assert found["chambolle_pock"] == pytest.approx(found["total_variation"], abs=0.1)
    assert psnr(measurements.reconstruct(sigma=0.0), scene) < found["total_variation"] - 2.0


def test_sigma_of_each_reading(scene, psnr):
    """Readings known to be bad are trusted less: the picture is better than with one deviation for all."""
    rng = np.random.default_rng(5)
    camera = Camera((64, 64), ratio=0.5)
    deviations = np.where(rng.random(camera.readings_shape) < 0.1, 2000.0, 20.0)
    from hadimg.singlepixel import Measurements

    noisy = Measurements(camera, camera.measure(scene).readings + deviations * rng.normal(size=deviations.shape))
    known = psnr(noisy.reconstruct(sigma=deviations), scene)
    assert known > psnr(noisy.reconstruct(sigma=float(np.sqrt(np.mean(deviations**2)))), scene) + 3.0
    with pytest.raises(ArgumentError, match="shape of the readings"):
        noisy.reconstruct(sigma=deviations[:5])
    with pytest.raises(ArgumentError, match="at least 0"):
        noisy.reconstruct(sigma=-1.0)


@pytest.mark.parametrize("method", PLAIN)
def test_nonnegative_scenes(method, psnr):
    """Asked for, no value is negative, and a dark scene is found better than without."""
    scene = np.zeros((64, 64))
    scene[20:30, 12:40] = 200.0
    measurements = Camera((64, 64), ratio=0.1).measure(scene)
    free, bound = (measurements.reconstruct(method, nonnegative=flag) for flag in (False, True))
    assert bound.min() >= 0.0
    assert free.min() < 0.0 or method == "total_variation"
    assert psnr(bound, scene) > psnr(free, scene) - 0.01


def test_denoisers_plug_in(photograph, psnr):
    """scikit-image's non-local means, told the noise of each step, beats zero filling by a decibel."""
    restoration = pytest.importorskip("skimage.restoration")

    def denoiser(picture, sigma):
        return restoration.denoise_nl_means(picture, h=sigma, sigma=0.5 * sigma, patch_size=5, patch_distance=4)

    measurements = Camera((128, 128), ratio=0.25).measure(photograph)
    found = measurements.reconstruct("plug_in", denoiser=denoiser, iterations=8)
    assert psnr(found, photograph) > psnr(measurements.reconstruct("zero_filling"), photograph) + 1.0
    again = measurements.camera.measure(found)
    np.testing.assert_allclose(again.readings, measurements.readings, rtol=1e-9, atol=1e-5)


def test_denoisers_that_break_a_rule(scene):
    """Shape and finiteness of what a denoiser returns are checked, and that there is one."""
    measurements = Camera((64, 64), ratio=0.1).measure(scene)
    with pytest.raises(ArgumentError, match=r"keep the shape \(64, 64\), it returned \(63, 64\)"):
        measurements.reconstruct("plug_in", denoiser=lambda picture, _: picture[1:])
    with pytest.raises(ArgumentError, match="finite"):
        measurements.reconstruct("plug_in", denoiser=lambda picture, _: picture * np.nan)
    with pytest.raises(ArgumentTypeError, match="needs the option 'denoiser'"):
        measurements.reconstruct("plug_in")
    with pytest.raises(ArgumentTypeError, match="must be callable"):
        measurements.reconstruct("plug_in", denoiser=3)
    with pytest.raises(ArgumentError, match="first must be above 0"):
        measurements.reconstruct("plug_in", denoiser=lambda picture, _: picture, first=-1.0)


def test_single_pixels_are_filled_in(scene, psnr):
    """Raster readings are reconstructed by the same methods: the total variation continues what is missing."""
    rng = np.random.default_rng(8)
    mask = rng.random((64, 64)) < 0.5
    measurements = Camera((64, 64), mode="raster", measurements=mask).measure(scene)
    found = measurements.reconstruct()
    np.testing.assert_allclose(found[mask], scene[mask], atol=1e-9)
    assert psnr(found, scene) > psnr(measurements.reconstruct("zero_filling"), scene) + 10.0


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("tv", {}, "method must be one of 'zero_filling', "),
        ("fdri", {"steps": 3}, "unknown option 'steps', the method 'fdri' has mu, epsilon"),
        ("zero_filling", {"mu": 3}, "has no options"),
        ("fdri", {"mu": 2.0}, "mu must be at least 0 and at most 1, got 2.0"),
        ("total_variation", {"iterations": 0}, "iterations must be a whole number from 1, got 0"),
        ("total_variation", {"weight": 0.0}, "weight must be above 0"),
        ("wiener", {"correlation": 1.0}, "correlation must be at least 0 and below 1"),
        (7, {}, "method must be a name or have a method solve"),
        (METHODS["fdri"](), {"mu": 0.1}, "options belong to names of methods"),
    ],
)
def test_options_that_break_a_rule(method, options, message):
    """Methods and options are named, with their rules."""
    measurements = Camera((4, 4)).measure(np.eye(4))
    with pytest.raises((ArgumentError, ArgumentTypeError), match=message):
        reconstruct(measurements, method, **options)


def test_methods_are_objects_too(scene):
    """A method with its settings does what its name with options does."""
    measurements = Camera((64, 64), ratio=0.1).measure(scene)
    by_object = reconstruct(measurements, METHODS["total_variation"](iterations=9))
    np.testing.assert_array_equal(by_object, measurements.reconstruct("total_variation", iterations=9))
