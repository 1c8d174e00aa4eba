"""lensfun itself, through the lensfunpy wheel: its masks, its interpolation and its reader against ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hadimg import masks
from hadimg.io.exif_camera import Exposure
from hadimg.profiles import Camera, LensfunChooser, Setting, read_lensfun, write_lensfun
from hadimg.profiles.lensfun_interpolation import LARGEST_DISTANCE, interpolate

lensfunpy = pytest.importorskip("lensfunpy")
pytestmark = pytest.mark.peer

K = (-0.5334, -0.7926, 0.5243)
SHOT = Setting(50.0, 2.0, 10.0)
CAMERA = Camera(("Acme",), ("Acme One",), "Acme EF", 1.5)
SINGLE = 2e-6  # lensfun computes in single precision: coefficients of order 1, a few roundings of 6e-8 each, times 3.5


def peer(text):
    """Return lensfun's database of an XML text, without any other profiles."""
    return lensfunpy.Database(xml=text, load_common=False, load_bundled=False)


def weights_of(lens, crop, shape, setting, *, reverse):
    """Return what lensfun multiplies an even picture by on a camera with a crop factor."""
    pixels = np.ones((*shape, 3))
    modifier = lensfunpy.Modifier(lens, crop, shape[1], shape[0])
    only = lensfunpy.ModifyFlags.VIGNETTING
    modifier.initialize(*setting, pixel_format=np.float64, flags=only, reverse=reverse)
    assert modifier.apply_color_modification(pixels)
    return pixels[..., 0]


@pytest.fixture
def written(tmp_path):
    """Write a lens with the strong mask at two apertures; return the path."""
    fitted = {SHOT: masks.Polynomial(*K), Setting(50.0, 4.0, 10.0): masks.Polynomial(-0.2, 0.04)}
    path = tmp_path / "mine.xml"
    write_lensfun(fitted, path, camera=CAMERA, lens="Acme EF 50mm f/2")
    return path


def measured(theirs, ours):
    """Return each lens of lensfun's database with our lens of the same name and crop factor, and its measurements."""
    return [
        (lens, own, calibration)
        for lens in theirs
        for own in ours
        for calibration in own.calibrations
        if own.models[0] == lens.model and calibration.crop_factor == pytest.approx(lens.crop_factor)
    ]


@pytest.mark.parametrize("shape", [(201, 301), (480, 640)])
@pytest.mark.parametrize("crop", [1.5, 2.0])
def test_masks_of_the_wheel_are_reproduced(written, shape, crop):
    """Within 3e-5 as documented, on the sensor of the calibration and on a smaller one; lensfun's default divides."""
    (lens,) = peer(written.read_text()).lenses
    mask = masks.LensfunPa.for_picture(shape, *K, crop_ratio=1.5 / crop)
    np.testing.assert_allclose(weights_of(lens, crop, shape, SHOT, reverse=True), mask.weights(shape), rtol=3e-5)
    np.testing.assert_allclose(weights_of(lens, crop, shape, SHOT, reverse=False), 1 / mask.weights(shape), rtol=3e-5)
    other = masks.LensfunPa(*K, crop_ratio=1.5 / crop).weights(shape)  # the unit of the current source
    assert np.abs(other / mask.weights(shape) - 1).max() > 1e-3


def test_written_profiles_are_loaded_by_lensfun(written):
    """Camera, lens, mount, crop factor and every measurement come out of lensfun's own reader."""
    database = peer(written.read_text())
    (camera,), (lens,) = database.cameras, database.lenses
    assert (camera.maker, camera.model, camera.mount, camera.crop_factor) == ("Acme", "Acme One", "Acme EF", 1.5)
    assert (lens.model, lens.mounts, lens.crop_factor) == ("Acme EF 50mm f/2", ["Acme EF"], 1.5)
    assert database.find_lenses(camera, "Acme", "Acme EF 50mm f/2") == [lens]
    found = {(one.focal, one.aperture, one.distance): one.terms for one in lens.calib_vignetting}
    assert sorted(found) == [(50, 2, 10), (50, 4, 10)]
    np.testing.assert_allclose(found[50, 2, 10], K, rtol=1e-7)


def test_interpolation_over_all_axes_is_that_of_lensfun(folder, rng):
    """Focal length, aperture and distance around every measurement: the same coefficients, or no answer from both."""
    text = (folder / "acme.xml").read_text().replace('k1="-0.3" k2="0"/>', 'k1="-0.3" k2="0" k3="0"/>')
    (folder / "acme.xml").write_text(text)  # without the hole, which lensfun skips
    compared = {"answers": 0, "refusals": 0}
    for lens, own, calibration in measured(peer(text).lenses, read_lensfun(folder).lenses):
        assert own.focal_range == pytest.approx((lens.min_focal, lens.max_focal))
        for _ in range(60):
            near = calibration.vignetting[rng.integers(len(calibration.vignetting))]
            here = np.array([near.focal_length, near.f_number, near.distance])
            here *= rng.uniform([0.97, 0.6, 0.02], [1.03, 1.5, 10.0])
            theirs = lens.interpolate_vignetting(*here)
            setting = dict(zip(("focal_length", "f_number", "distance"), here, strict=True))
            found = interpolate(calibration, own.focal_range, **setting)
            if abs(found.nearest - LARGEST_DISTANCE) < 1e-4:
                continue  # which side of the limit rounding falls on
            assert (theirs is None) == (found.nearest > LARGEST_DISTANCE)
            compared["refusals" if theirs is None else "answers"] += 1
            if theirs is not None:
                np.testing.assert_allclose(found.coefficients, theirs.terms, atol=SINGLE)
    assert min(compared.values()) > 50


def test_the_database_of_the_wheel_is_read_as_lensfun_reads_it(rng):
    """Of a thousand real lenses every one is read without a hole, and answers as lensfun does; names twice are left."""
    folder = Path(lensfunpy.__file__).parent / "db_files"
    if not folder.is_dir():
        pytest.skip("this lensfunpy has no database")
    ours, theirs = read_lensfun(folder), lensfunpy.Database(load_common=False, load_bundled=True)
    assert not [lens.fault for lens in ours.lenses if lens.fault]
    assert len(ours.cameras) == len(theirs.cameras)
    found: dict[tuple[str, float], list] = {}
    for own in ours.lenses:
        for one in own.calibrations:
            found.setdefault((own.models[0], round(one.crop_factor, 4)), []).append((own, one))
    count = 0
    for lens in theirs.lenses:
        pairs = found.get((lens.model, round(lens.crop_factor, 4)), [])
        if not lens.calib_vignetting or len(pairs) != 1:
            continue
        ((own, calibration),) = pairs
        near = lens.calib_vignetting[rng.integers(len(lens.calib_vignetting))]
        here = np.array([near.focal, near.aperture, near.distance]) * rng.uniform([0.98, 0.8, 0.3], [1.02, 1.3, 3.0])
        setting = dict(zip(("focal_length", "f_number", "distance"), here, strict=True))
        result, answer = interpolate(calibration, own.focal_range, **setting), lens.interpolate_vignetting(*here)
        if abs(result.nearest - LARGEST_DISTANCE) > 1e-3:
            count += 1
            assert (answer is None) == (result.nearest > LARGEST_DISTANCE), lens.model
        if answer is not None:
            np.testing.assert_allclose(result.coefficients, answer.terms, atol=2e-5, err_msg=lens.model)
    assert count > 400


def test_the_limit_of_the_distance_is_that_of_lensfun(folder):
    """A lens of one focal length counts millimeters: 0.1 % below a millimeter off both answer, 0.1 % above neither."""
    lens = next(one for one in peer((folder / "acme.xml").read_text()).lenses if "AF Macro" in one.model)
    own = next(one for one in read_lensfun(folder).lenses if "AF Macro" in one.models[0])
    for off, answered in ((0.9995, True), (1.0005, False)):
        setting = {"focal_length": 90.0 + off, "f_number": 4.0, "distance": 10.0}
        assert (lens.interpolate_vignetting(*setting.values()) is not None) == answered
        nearest = interpolate(own.calibrations[0], own.focal_range, **setting).nearest
        assert (nearest <= LARGEST_DISTANCE) == answered


def test_a_chosen_mask_is_the_correction_of_lensfun(folder):
    """Camera, lens and settings from EXIF, between two measurements, on another sensor: lensfun's own correction."""
    small = {"make": "ACME CORP", "model": "Acme Small", "lens": "EF50mm f/1.8"}
    setting, shape = Setting(50.2, 2.2, 5.0), (201, 301)
    mask, _ = LensfunChooser(read_lensfun(folder)).choose(Exposure(**small, **setting._asdict()))
    lenses = peer((folder / "acme.xml").read_text()).lenses
    lens = next(one for one in lenses if one.model == "Acme EF 50mm f/1.8" and one.crop_factor == 1.5)
    wheel = masks.LensfunPa.for_picture(shape, mask.k1, mask.k2, mask.k3, crop_ratio=mask.crop_ratio)
    theirs = weights_of(lens, 1.6, shape, setting, reverse=True)
    np.testing.assert_allclose(wheel.weights(shape), theirs, rtol=3e-5)
