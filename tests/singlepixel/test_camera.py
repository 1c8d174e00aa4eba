"""Cameras: readings against patterns written out, in every mode; sets of patterns; sizes; colors; what is refused."""

from __future__ import annotations

import time

import numpy as np
import pytest

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.singlepixel import MODES, PATTERN_ORDERS, Camera, gaussian, pattern_order, poisson, reconstruct
from hadimg.walsh.matrices import hadamard_matrix


def ratio(mode):
    """Return settings in which the second detector of the one mode that has two differs from the first."""
    return {"detector_ratio": 1.25} if mode == "complementary" else {}


SIZES = [((8, 8), "embedded"), ((4, 16), "embedded"), ((5, 7), "embedded"), ((12, 8), "exact"), ((1, 4), "embedded")]


@pytest.mark.parametrize(("shape", "sizes"), SIZES)
@pytest.mark.parametrize("mode", MODES)
def test_each_reading_is_a_sum_of_pattern_times_scene(mode, shape, sizes, rng, dense):
    """The one fast transform gives what all patterns, as masks, give one by one; and adds up to the flux."""
    scene = rng.uniform(0, 9, shape)
    camera = Camera(shape, mode=mode, sizes=sizes, order="random", seed=5, **ratio(mode))
    measurements = camera.measure(scene)
    matrix = dense(camera)
    np.testing.assert_allclose(measurements.readings.reshape(-1), matrix @ scene.reshape(-1), rtol=1e-12, atol=1e-11)
    assert measurements.readings.shape == camera.readings_shape
    if mode != "plus_minus":
        assert matrix.min() >= 0
    if mode in ("split", "complementary"):
        np.testing.assert_allclose(measurements.flux, scene.sum(), rtol=1e-12)


@pytest.mark.parametrize(("shape", "sizes"), SIZES)
@pytest.mark.parametrize("mode", MODES)
def test_all_patterns_give_the_scene_back(mode, shape, sizes, rng):
    """With every pattern shown, the inverse is exact; an S-matrix has no pixel (0, 0), and shows it dark."""
    scene = rng.uniform(0, 9, shape)
    if mode == "s_matrix":
        scene[0, 0] = 0.0
    found = Camera(shape, mode=mode, sizes=sizes, **ratio(mode)).measure(scene).reconstruct("zero_filling")
    np.testing.assert_allclose(found, scene, atol=1e-12)


def test_s_matrix_is_the_textbook_one(dense):
    """The patterns are rows of ``S = (1 - H[1:, 1:]) / 2``, the pixels found ``2 / (N + 1) (2 S' - J) y``."""
    camera = Camera((4, 4), mode="s_matrix", order="natural")
    matrix = dense(camera)
    s = (1 - hadamard_matrix(16)[1:, 1:].astype(float)) / 2
    np.testing.assert_array_equal(matrix, np.pad(s, ((0, 0), (1, 0))))
    y = np.arange(15.0) ** 2
    found = 2 / 16 * (2 * s.T - 1) @ y
    from hadimg.singlepixel import Measurements

    shown = Measurements(camera, y).reconstruct("zero_filling").reshape(-1)
    np.testing.assert_allclose(shown, np.concatenate([[0.0], found]), atol=1e-12)


@pytest.mark.parametrize("order", PATTERN_ORDERS)
def test_the_flux_does_not_depend_on_the_order(order, rng, dense):
    """Pairs of readings add up to the sum of the scene for any order, and for sets without the pattern of all light."""
    scene = rng.uniform(0, 1, (8, 8))
    shown = pattern_order((8, 8), order, seed=2)
    for chosen in (shown, shown[::-1][:20], shown[5:30]):
        measurements = Camera((8, 8), measurements=chosen).measure(scene)
        np.testing.assert_allclose(measurements.flux, scene.sum(), rtol=1e-12)
        expected = dense(measurements.camera) @ scene.reshape(-1)
        np.testing.assert_allclose(measurements.readings.reshape(-1), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("count", [0, 1, 2, 17])
def test_exactly_as_many_readings_as_asked_for(mode, count, scene):
    """Of none, one and some patterns there are none, one and some readings, and every method makes a scene of them."""
    camera = Camera((64, 64), mode=mode, measurements=count)
    assert camera.count == count
    assert camera.readings_shape[0] == count
    assert camera.indices.size == count
    measurements = camera.measure(scene, noise=gaussian(1.0), rng=0)
    for method in ("zero_filling", "wiener", "fdri", "total_variation", "chambolle_pock"):
        found = reconstruct(measurements, method, **({"iterations": 3} if method[0] in "tc" else {}))
        assert found.shape == (64, 64)
        assert np.isfinite(found).all()


def test_one_pattern_is_the_mean(scene):
    """The first pattern alone measures the flux: every method answers with the mean."""
    for mode in ("split", "plus_only", "plus_minus", "complementary"):
        measurements = Camera((64, 64), mode=mode, measurements=1).measure(scene)
        for method in ("zero_filling", "wiener", "fdri", "total_variation"):
            np.testing.assert_allclose(measurements.reconstruct(method), scene.mean(), rtol=1e-9)


@pytest.mark.parametrize("mode", ["plus_minus", "split", "plus_only"])
def test_count_list_and_mask_are_the_same_patterns(mode, scene):
    """The first of an order, the list of them and the mask of them make equal cameras and equal readings."""
    order = pattern_order((64, 64), "cake_cutting")
    mask = np.zeros((64, 64), bool)
    mask.reshape(-1)[order[:300]] = True
    settings = {"order": "cake_cutting", "mode": mode}
    cameras = [Camera((64, 64), measurements=given, **settings) for given in (300, order[:300].tolist(), mask)]
    first, *others = (camera.measure(scene).readings for camera in cameras)
    for camera, other in zip(cameras[1:], others, strict=True):
        np.testing.assert_array_equal(camera.indices, order[:300])
        np.testing.assert_array_equal(first, other)
        np.testing.assert_array_equal(camera.kept, mask)


def test_what_is_measured_is_what_is_reconstructed_from():
    """A scene that is one pattern is found from that pattern alone, and from none of the others."""
    camera = Camera((16, 16), measurements=64, order="cake_cutting")
    for k in (0, 5, 63):
        pattern = camera.frame.signs(int(camera.indices[k])).astype(float)
        np.testing.assert_allclose(camera.measure(pattern).reconstruct("zero_filling"), pattern, atol=1e-12)
    outside = pattern_order((16, 16), "cake_cutting")[64]
    left = camera.measure(camera.frame.signs(int(outside)).astype(float)).reconstruct("zero_filling")
    np.testing.assert_allclose(left, 0.0, atol=1e-12)


def test_ratio_counts_pixels_of_the_scene():
    """A quarter of 100 x 60 pixels is 1500 patterns, whatever the size of the patterns."""
    assert Camera((100, 60), ratio=0.25).count == 1500
    assert Camera((100, 60)).count == 128 * 64
    assert Camera((64, 64), ratio=0.3).count == round(0.3 * 4096)


@pytest.mark.parametrize("sizes", ["embedded", "exact"])
def test_sizes_that_are_no_powers_of_two(sizes, rng):
    """96 x 80 is measured exactly either way; with a third of the patterns it is close, and never resampled."""
    rows, cols = np.mgrid[0:96, 0:80]
    scene = 100.0 * (np.hypot(rows - 40, cols - 30) < 22) + rows
    full = Camera((96, 80), sizes=sizes).measure(scene).reconstruct("zero_filling")
    np.testing.assert_allclose(full, scene, atol=1e-10)
    camera = Camera((96, 80), sizes=sizes, measurements=3000)
    found = camera.measure(scene).reconstruct("total_variation")
    assert found.shape == (96, 80)
    assert np.abs(found - scene).mean() < 5.0
    np.testing.assert_allclose(
        camera.measure(found).coefficients().values,
        camera.measure(scene).coefficients().values,
        atol=0.5 if sizes == "embedded" else 1e-9,
    )


def test_colors_are_an_axis(rng):
    """Each channel is measured and found as it is alone."""
    scene = rng.uniform(0, 1, (8, 16, 3))
    camera = Camera((8, 16), measurements=50)
    measurements = camera.measure(scene)
    assert measurements.readings.shape == (50, 2, 3)
    assert measurements.channels == 3
    found = measurements.reconstruct("fdri")
    for channel in range(3):
        alone = camera.measure(scene[..., channel])
        np.testing.assert_array_equal(measurements.readings[..., channel], alone.readings)
        np.testing.assert_array_equal(found[..., channel], alone.reconstruct("fdri"))


def test_a_megapixel_scene_needs_no_matrix(rng):
    """1024 x 1024 is measured and reconstructed in about a second and a few copies of the scene."""
    scene = rng.uniform(0, 1, (1024, 1024))
    start = time.thread_time()
    measurements = Camera((1024, 1024), measurements=1 << 18).measure(scene)
    found = measurements.reconstruct("zero_filling")
    assert time.thread_time() - start < 5.0
    assert found.mean() == pytest.approx(scene.mean())


def test_scenes_of_other_types_are_not_changed(rng):
    """Whole numbers, read-only and strided scenes are measured as they are."""
    scene = rng.integers(0, 256, (16, 32), dtype=np.uint8)
    plain = Camera((16, 16), ratio=0.5).measure(scene[:, ::2].astype(float)).readings
    view = scene[:, ::2]
    view.setflags(write=False)
    np.testing.assert_array_equal(Camera((16, 16), ratio=0.5).measure(view).readings, plain)
    np.testing.assert_array_equal(Camera((16, 16), ratio=0.5).measure(view > 100).readings.max(), (view > 100).sum())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"measurements": 65}, "measurements must be a whole number from 0 to 64, got 65"),
        ({"measurements": 64, "mode": "s_matrix"}, "from 0 to 63"),
        ({"measurements": -1}, "from 0 to 64, got -1"),
        ({"measurements": [1, 1]}, "must be different, got 1 twice"),
        ({"measurements": [64]}, "from 0 to 63"),
        ({"measurements": [[1]]}, "one axis"),
        ({"measurements": np.ones((4, 4), bool)}, "shape of the patterns"),
        ({"measurements": [3, 4], "mode": "plus_only"}, "all light"),
        ({"measurements": [0, 4], "mode": "s_matrix"}, "shows no pattern 0"),
        ({"measurements": 5, "ratio": 0.5}, "give one of them"),
        ({"ratio": 1.5}, "from 0 to 64, got 96"),
        ({"ratio": -0.1}, "at least 0"),
        ({"ratio": float("nan")}, "at least 0"),
        ({"order": "walsh"}, "order must be one of"),
        ({"mode": "double"}, "mode must be one of"),
        ({"seed": -1}, "seed must be a whole number from 0"),
        ({"flux_exposures": 0}, "flux_exposures must be a whole number from 1"),
        ({"detector_ratio": 0.0}, "detector_ratio must be above 0"),
        ({"detector_ratio": 1.1}, "of the mode 'complementary', the camera's is 'split'"),
        ({"flux_exposures": 2}, "of the mode 'plus_only', the camera's is 'split'"),
    ],
)
def test_settings_that_break_a_rule(settings, message):
    """Each refusal names the setting, the rule and the value."""
    with pytest.raises(ArgumentError, match=message):
        Camera((8, 8), **settings)


def test_scores_are_no_order():
    """A list of scores, which other programs sort the wrong way round, is refused."""
    with pytest.raises(ArgumentTypeError, match="places, not scores"):
        Camera((4, 4), measurements=np.linspace(1, 0, 16))
    with pytest.raises(ArgumentTypeError, match="whole number"):
        Camera((4, 4), measurements=2.0)


def test_scenes_that_break_a_rule(rng):
    """Shape, NaN, type, noise and seeds are named; photons need light."""
    camera = Camera((8, 8))
    with pytest.raises(ArgumentError, match=r"camera's shape \(8, 8\).*got \(4, 4\)"):
        camera.measure(np.zeros((4, 4)))
    scene = rng.uniform(0, 1, (8, 8))
    scene[2, 3] = np.nan
    with pytest.raises(ArgumentError, match="finite, got nan at row 2, column 3"):
        camera.measure(scene)
    with pytest.raises(ArgumentTypeError, match="real"):
        camera.measure(np.zeros((8, 8), complex))
    with pytest.raises(ArgumentTypeError, match="hold numbers"):
        camera.measure([["a"] * 8] * 8)
    with pytest.raises(ArgumentTypeError, match="noise must be a detector"):
        camera.measure(np.zeros((8, 8)), noise=3.0)
    with pytest.raises(ArgumentTypeError, match="rng must be"):
        camera.measure(np.zeros((8, 8)), rng="seed")
    with pytest.raises(ArgumentError, match="photons cannot be fewer than none"):
        camera.measure(-np.ones((8, 8)), noise=poisson(10.0), rng=0)
    with pytest.raises(ArgumentError, match="such as 'split'"):
        Camera((8, 8), mode="plus_minus").measure(np.eye(8)[::-1], noise=poisson(10.0), rng=0)
    with pytest.raises(ArgumentError, match="k must be a whole number from 0 to 127"):
        camera.patterns(128)


def test_cameras_are_values():
    """Cameras with the same settings are equal, hash alike and come back from JSON."""
    import json

    for camera in (Camera((8, 4), ratio=0.5, mode="plus_only"), Camera((8, 4), measurements=[0, 3, 2], seed=4)):
        again = Camera.from_dict(json.loads(json.dumps(camera.to_dict())))
        assert again == camera
        assert hash(again) == hash(camera)
        assert again != Camera((8, 4))
