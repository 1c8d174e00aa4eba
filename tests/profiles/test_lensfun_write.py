"""A fitted mask as lensfun's XML: what is written is read back as the same mask."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError, UnsupportedError, WriteError
from hadimg.io.exif_camera import Exposure
from hadimg.profiles import Camera, LensfunChooser, Setting, read_lensfun, write_lensfun

CAMERA = Camera(("R&D <Corp>",), ("X 1",), "X-Mount", 1.53)
LENS = "X 18-55mm f/2.8-4"


def test_round_trip(tmp_path):
    """Every setting comes back with the very same weights, on the camera that they were fitted with."""
    fitted = {
        Setting(18.0, 2.8, 1.5): masks.Polynomial(-0.1 - 0.2, 1 / 3, -2e-17),
        Setting(55.0, 4.0): masks.LensfunPa(-0.4, 0.1, 0.05, crop_ratio=0.7),
    }
    write_lensfun(fitted, tmp_path / "mine.xml", camera=CAMERA, lens=LENS)
    chooser = LensfunChooser(read_lensfun(tmp_path))
    for setting, mask in fitted.items():
        back, _ = chooser.choose(Exposure("R&D <Corp>", "X 1", LENS, *setting))
        # scaling by the crop ratio and back rounds a few times
        np.testing.assert_allclose(back.weights((40, 60)), mask.weights((40, 60)), rtol=1e-14)


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (masks.Cos4(), r"polynomials only, got a mask of the family 'cos4'"),
        (masks.Polynomial(center_row=0.4), r"centered masks only, got the center \(0.4, 0.5\)"),
        (masks.Polynomial() * 0.5, "family 'product'"),
        ("polynomial", "family 'str'"),
    ],
)
def test_masks_that_lensfun_cannot_hold(tmp_path, mask, reason):
    """They are refused with a way out, and nothing is written."""
    with pytest.raises(UnsupportedError, match=reason) as caught:
        write_lensfun({Setting(50.0, 2.0): mask}, tmp_path / "mine.xml", camera=CAMERA, lens=LENS)
    assert caught.value.remedy
    assert not list(tmp_path.iterdir())


def test_bad_arguments(tmp_path):
    """No masks, numbers that are none, names that XML cannot hold, a file that stands there."""
    file = tmp_path / "mine.xml"
    one = {Setting(50.0, 2.0): masks.Polynomial()}
    with pytest.raises(ArgumentError, match="one mask or more"):
        write_lensfun({}, file, camera=CAMERA, lens=LENS)
    for setting in (Setting(0.0, 2.0), Setting(50.0, float("nan")), Setting(50.0, 2.0, float("inf"))):
        with pytest.raises(ArgumentError, match="finite and above 0"):
            write_lensfun({setting: masks.Polynomial()}, file, camera=CAMERA, lens=LENS)
    for name in ("", " ", "a\0b"):
        with pytest.raises(ArgumentError, match="printable and not empty"):
            write_lensfun(one, file, camera=CAMERA, lens=name)
    with pytest.raises(ArgumentTypeError, match="names must be text"):
        write_lensfun(one, file, camera=CAMERA, lens=None)
    file.write_text("mine")
    with pytest.raises(WriteError):
        write_lensfun(one, file, camera=CAMERA, lens=LENS)
    assert file.read_text() == "mine"
    write_lensfun(one, file, camera=CAMERA, lens=LENS, overwrite=True)
