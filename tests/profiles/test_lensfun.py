"""lensfun's database: read, picked from, interpolated as lensfun does, and refused where it says nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hadimg.errors import (
    ArgumentTypeError,
    FormatError,
    HadimgError,
    LimitError,
    ProfileError,
    ReadError,
    UnsupportedError,
)
from hadimg.io.exif_camera import Exposure
from hadimg.io.image import Image
from hadimg.profiles import LensfunChooser, read_lensfun

FULL = {"make": "Acme Corp", "model": "Acme Full", "lens": "EF50mm f/1.8"}
SHOT = {"focal_length": 50.0, "f_number": 2.0, "distance": 10.0}


def choose(folder, **exposure):
    """Return the mask and the note for an exposure with the full-frame camera, with changes."""
    return LensfunChooser(read_lensfun(folder)).choose(Exposure(**{**FULL, **SHOT, **exposure}))


def coefficients(mask):
    """Return k1, k2, k3."""
    return mask.k1, mask.k2, mask.k3


# ---- interpolation, by hand


def test_a_measured_setting_gets_its_own_coefficients(folder):
    """At distance 0, and within 1e-4 of it, nothing else has weight."""
    assert coefficients(choose(folder)[0]) == (-0.5, 0.1, -0.05)
    assert coefficients(choose(folder, f_number=2.00009)[0]) == (-0.5, 0.1, -0.05)


@pytest.mark.parametrize(("off", "exact"), [(0.99995e-4, True), (1.00005e-4, False)])
def test_how_near_a_measurement_counts_as_measured(folder, off, exact):
    """The limit is a distance of 1e-4, as in lensfun: below it the measurement's own numbers, above it a mixture."""
    mask, _ = choose(folder, focal_length=50.0 + off)
    assert (coefficients(mask) == (-0.5, 0.1, -0.05)) == exact


def test_between_two_apertures(folder):
    """f/2 lies at 2, f/4 at 1 and 16/7 at 1.75: distances 1/4 and 3/4, so weights 3^3.5 = 27 sqrt(3) to 1."""
    weight = 27 * math.sqrt(3)
    by_hand = [(weight * a + b) / (weight + 1) for a, b in ((-0.5, -0.2), (0.1, 0.04), (-0.05, 0.01))]
    assert by_hand[0] == pytest.approx(-0.493719, abs=1e-6)
    assert coefficients(choose(folder, f_number=16 / 7)[0]) == pytest.approx(by_hand, rel=1e-12)


def test_on_all_three_axes_at_once(folder):
    """20 mm f/2 1 m lies at (0, 2, 0.1), 70 mm f/4 10 m at (1, 1, 0.01): a quarter of the way the ratio is 3 again."""
    mask, _ = choose(folder, lens="EF 20-70mm f/2-4 Macro", focal_length=32.5, f_number=16 / 7, distance=0.1 / 0.0775)
    weight = 27 * math.sqrt(3)
    by_hand = [(weight * a + b) / (weight + 1) for a, b in ((-0.6, -0.2), (0.2, 0), (-0.1, 0.1))]
    assert coefficients(mask) == pytest.approx(by_hand, rel=1e-12)


def test_an_unknown_distance_is_taken_as_far_and_said(folder):
    """1000 m lies at 0.0001 and 10 m at 0.01; infinity lies at 0."""
    mask, note = choose(folder, distance=None)
    near, far = 0.0099, math.hypot(1, 0.0099)
    weight = (far / near) ** 3.5
    assert mask.k1 == pytest.approx((weight * -0.5 - 0.2) / (weight + 1), rel=1e-12)
    assert "at 1000 m (no distance in EXIF)" in note
    assert "at infinity" in choose(folder, distance=math.inf)[1]


def test_beyond_distance_one_there_is_no_answer(folder):
    """A lens of one focal length counts millimeters: 51 is as far as allowed, 51.1 is farther."""
    choose(folder, focal_length=51.0)
    with pytest.raises(ProfileError, match=r"nothing about 51.1 mm f/2 at 10 m: the nearest measurement is 1.1 away"):
        choose(folder, focal_length=51.1)
    with pytest.raises(ProfileError, match="1 away, 1 is allowed"):
        choose(folder, focal_length=51.0005)
    with pytest.raises(ProfileError, match="2 away"):
        choose(folder, f_number=1.0)


# ---- units


def test_crop_factor_of_the_calibration_against_the_camera(folder):
    """On a sensor of crop 1.6 the set that was measured on 1.5 is taken, and its corner lies beyond the picture's."""
    mask, note = choose(folder, model="Acme Small")
    assert (mask.k1, mask.crop_ratio) == (-0.3, 1.5 / 1.6)
    assert mask.profile(np.array([1.0])) == pytest.approx(1 - 0.3 * (1.5 / 1.6) ** 2, rel=1e-14)
    assert "crop 1.5 on 1.6" in note
    assert choose(folder)[0].crop_ratio == 1.0


def test_a_smaller_calibration_sensor_is_refused(folder):
    """Nobody measured what the lens does outside."""
    with pytest.raises(ProfileError, match=r"smaller sensors only: crop 1.6, camera 1"):
        choose(folder, lens="Acme Crop 10mm f/4", focal_length=10.0, f_number=4.0)


@pytest.mark.parametrize(("crop", "covers"), [(1.6 * 0.9605, True), (1.6 * 0.9595, False)])
def test_crop_factors_are_rounded(folder, crop, covers):
    """As in lensfun a sensor up to 4 % larger than that of the calibration is covered by it, and no larger one."""
    file = folder / "acme.xml"
    small = "<mount>Acme EF</mount><cropfactor>1.6</cropfactor></camera>"
    assert small in file.read_text()
    file.write_text(file.read_text().replace(small, small.replace("1.6", repr(crop))))
    ten = {"model": "Acme Small", "lens": "Acme Crop 10mm f/4", "focal_length": 10.0, "f_number": 4.0}
    if covers:
        assert choose(folder, **ten)[0].crop_ratio == pytest.approx(1.6 / crop, rel=1e-15)
    else:
        with pytest.raises(ProfileError, match="smaller sensors only"):
            choose(folder, **ten)


def test_a_crop_factor_of_the_calibration_stands_above_that_of_the_lens(folder):
    """Newer files of lensfun hold several sets in one lens."""
    file = folder / "acme.xml"
    file.write_text(file.read_text().replace("<calibration>", '<calibration cropfactor="0.98">', 1))
    assert choose(folder)[0].crop_ratio == 0.98


# ---- picking


@pytest.mark.parametrize("name", ["EF50mm f/1.8", "Acme EF 50mm f/1.8", "acme ef  50.0mm F/1.8", "EF 50mm 1.8"])
def test_spellings_of_a_lens(folder, name):
    """Case, spaces, signs and a zero behind the point do not matter."""
    assert choose(folder, lens=name)[0].k1 == -0.5


def test_a_lens_of_exactly_the_name_stands_above_one_of_the_same_words(folder):
    """Two lenses that differ in the order of words only are told apart."""
    assert choose(folder, lens="Acme AF Macro 90mm", focal_length=90.0, f_number=4.0)[0].k1 == -0.1


def test_a_lens_with_an_extender_has_another_range_than_its_name_says(folder):
    """From 400 mm to 420 mm a step of 5 mm is a quarter; from 300 mm on it would be a twentieth."""
    mask, _ = choose(folder, lens="Acme 300mm f/4 + 1.4x extender", focal_length=425.0, f_number=4.0)
    near, far = 0.25, 1.25
    weight = (far / near) ** 3.5
    assert mask.k1 == pytest.approx((weight * -0.3 - 0.1) / (weight + 1), rel=1e-12)
    with pytest.raises(ProfileError, match=r"1.05 away"):
        choose(folder, lens="Acme 300mm f/4 + 1.4x extender", focal_length=441.0, f_number=4.0)


def test_a_lens_on_a_compatible_mount(folder):
    """The camera takes lenses for Screw; a camera without such a mount element takes its own only."""
    zoom = {"lens": "EF 20-70mm f/2-4 Macro", "focal_length": 20.0, "distance": 1.0}
    assert choose(folder, **zoom)[0].k1 == -0.6
    file = folder / "acme.xml"
    file.write_text(file.read_text().replace("<compat>Screw</compat>", ""))
    with pytest.raises(ProfileError, match="does not know the lens 'EF 20-70mm f/2-4 Macro' for the mount 'Acme EF'"):
        choose(folder, **zoom)


def test_a_camera_whose_lens_cannot_be_changed(folder):
    """It needs no lens name, and a strange one does no harm."""
    for name in (None, "5.0-25.0 mm f/2.8"):
        mask, _ = choose(folder, make="Pocket", model="P1", lens=name, focal_length=5.0, f_number=2.8, distance=1000.0)
        assert (mask.k1, mask.crop_ratio) == (-0.4, 1.0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"make": None}, "the EXIF block names no camera"),
        ({"model": None}, "the EXIF block names no camera"),
        ({"lens": None}, "the EXIF block names no lens"),
        ({"focal_length": None}, "the EXIF block has no focal length"),
        ({"f_number": None}, "the EXIF block has no f-number"),
        ({"model": "Acme Fuller"}, "does not know the camera 'Acme Corp' 'Acme Fuller'"),
        ({"make": "Other"}, "does not know the camera 'Other' 'Acme Full'"),
        ({"make": "Twin", "model": "T"}, "variants of the camera 'T': mount 'Acme EF' crop 1, mount 'Acme EF' crop 2"),
        ({"lens": "EF 50mm f/1.4"}, "does not know the lens 'EF 50mm f/1.4'"),
        ({"lens": "///"}, "does not know the lens"),
        ({"lens": "EF 35mm f/2"}, "several lenses .* 'Acme EF 35mm f/2 I', 'Acme EF 35mm f/2 II'"),
        ({"lens": "EF 35mm f/2 II"}, "no vignetting of the lens 'Acme EF 35mm f/2 II'"),
    ],
)
def test_why_no_profile_was_taken(folder, change, reason):
    """Each reason is said by itself."""
    with pytest.raises(ProfileError, match=reason):
        choose(folder, **change)


def test_two_profiles_of_one_lens_are_told_apart_or_refused(folder):
    """The same numbers twice do no harm; different ones are nobody's choice but the user's."""
    text = (folder / "acme.xml").read_text()
    (folder / "again.xml").write_text(text)
    assert choose(folder)[0].k1 == -0.5
    (folder / "again.xml").write_text(text.replace('k1="-0.5"', 'k1="-0.6"'))
    with pytest.raises(ProfileError, match=r"different profiles of the lens .*acme.xml, line 12; again.xml, line 12"):
        choose(folder)


def test_a_picture_without_exif(folder):
    """It is named as that, with a way out."""
    image = Image.from_pixels(np.zeros((2, 3), np.uint8))
    with pytest.raises(ProfileError, match="no EXIF block") as caught:
        LensfunChooser(read_lensfun(folder)).mask_for(image)
    assert caught.value.remedy


def test_a_chooser_needs_a_database():
    """The name of a folder is not one."""
    with pytest.raises(ArgumentTypeError, match="read_lensfun"):
        LensfunChooser("db")


# ---- holes and nonsense


def test_a_hole_fails_the_lens_that_has_it_and_no_other(folder):
    """The message says file, line and attribute."""
    choose(folder)
    with pytest.raises(
        FormatError, match=r"'Acme Holey 85mm f/1.2' \(acme.xml, line 32\) .* line 33: .* no attribute k3"
    ):
        choose(folder, lens="Acme Holey 85mm f/1.2", focal_length=85.0, f_number=1.2)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('k1="-0.5"', 'k1="nan"', "k1 must be a number from -1e[+]06 to 1e[+]06, got 'nan'"),
        ('k1="-0.5"', 'k1="1e999"', "k1 must be"),
        ('k1="-0.5"', 'k1="-0,5"', "k1 must be"),
        ('k1="-0.5"', 'k1="1_0"', "k1 must be"),
        ('k1="-0.5"', "k1=\"__import__('os')\"", "k1 must be"),
        ('k1="-0.5"', "", "no attribute k1"),
        ('aperture="2"', 'aperture="0"', "aperture must be a number from 1e-06 to 10000, got '0'"),
        ('distance="10"', 'distance="-1"', "distance must be"),
        ('distance="10"', 'distance="1e-320"', "distance must be"),
        ('focal="50" aperture', 'focal="" aperture', "focal must be"),
        ('focal="50" aperture', "aperture", "no attribute focal"),
        ('model="pa"', 'model="acm"', "must be 'pa', got 'acm'"),
        ("<cropfactor>1</cropfactor>\n  <calibration>", "<calibration>", "has no <cropfactor>"),
        (
            "<cropfactor>1</cropfactor>\n  <calibration>",
            "<cropfactor>0</cropfactor><calibration>",
            "cropfactor must be",
        ),
        ("<calibration>", '<center x="0.1" y="0"/><calibration>', "shifted center"),
        ("<calibration>", '<focal min="70" max="20"/><calibration>', "shortest focal length is 70, the longest 20"),
    ],
)
def test_holes_and_nonsense_in_a_profile(folder, old, new, reason):
    """Nothing is guessed, clamped or evaluated."""
    file = folder / "acme.xml"
    text = file.read_text()
    start = text.index("<model>Acme EF 50mm")
    assert old in text[start:]
    file.write_text(text[:start] + text[start:].replace(old, new, 1))
    with pytest.raises(FormatError, match=f"Acme EF 50mm.*{reason}"):
        choose(folder)


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("<lensdatabase version='3'/>", UnsupportedError, "version of the database is '3'"),
        ("<lenses/>", FormatError, "no <lensdatabase>"),
        ("<lensdatabase><xi:include href='file:///etc/passwd' xmlns:xi='x'/></lensdatabase>", FormatError, "unknown"),
        ("<lensdatabase><camera><maker>A</maker></camera></lensdatabase>", FormatError, "<camera> has no <model>"),
        ("<lensdatabase><lens/></lensdatabase>", FormatError, "<lens> has no <model>"),
        ("<lensdatabase><mount/></lensdatabase>", FormatError, "<mount> has no <name>"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><lensdatabase/>", UnsupportedError, "DTD"),
    ],
)
def test_files_that_are_no_database(folder, text, error, reason):
    """The error names the file."""
    (folder / "bad.xml").write_text(text)
    with pytest.raises(error, match=rf"bad.xml: .*{reason}"):
        read_lensfun(folder)


def test_folders_that_hold_no_database(tmp_path, folder, monkeypatch):
    """No folder, no file, a folder that looks like a file, too many files, too many bytes."""
    for path in (tmp_path / "none", folder / "acme.xml", "a\0b"):
        with pytest.raises(ReadError, match="cannot be read"):
            read_lensfun(path)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ReadError, match="no XML file"):
        read_lensfun(empty)
    (empty / "a.xml").mkdir()
    with pytest.raises(ReadError, match="not a file but a folder"):
        read_lensfun(empty)
    monkeypatch.setitem(read_lensfun.__globals__, "FOLDER_BYTES", 1000)
    with pytest.raises(LimitError, match=r"acme.xml: the limit file_bytes is 1000"):
        read_lensfun(folder)
    monkeypatch.setitem(read_lensfun.__globals__, "FILES", 0)
    with pytest.raises(LimitError, match="more than 0 XML files"):
        read_lensfun(folder)


def test_the_hash_follows_content_and_names(folder):
    """A recipe with another database is another recipe; files that are no XML do not count."""
    first = read_lensfun(folder).sha256
    (folder / "timestamp.txt").write_text("1")
    assert read_lensfun(folder).sha256 == first
    (folder / "more.xml").write_text("<lensdatabase/>")
    second = read_lensfun(folder).sha256
    (folder / "more.xml").rename(folder / "else.xml")
    assert len({first, second, read_lensfun(folder).sha256}) == 3


def test_damaged_databases_raise_our_errors_only(folder, rng):
    """Random bytes in a database never lead to a foreign exception, neither in reading nor in choosing."""
    whole = (folder / "acme.xml").read_bytes()
    for _ in range(200):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 2):
            data[place] = rng.integers(32, 127)
        (folder / "acme.xml").write_bytes(data)
        try:
            choose(folder)
        except HadimgError:
            continue
