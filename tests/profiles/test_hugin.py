"""Hugin projects: coefficients, shifts in pixels, links and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import FormatError, LimitError, UnsupportedError
from hadimg.profiles import parse_hugin, read_hugin

PROJECT = """# hugin project file
p f2 w3000 h1500 v360 n"TIFF_m c:LZW"
m g1 i0 f0 m2 p0.00784314

# image lines
#-hugin  cropFactor=1.5
i w600 h400 f0 v50 Ra0 Rb0 Eev12.5 Er1 Eb1 r0 p0 y0 a0 b-0.01 c0 d0 e0 Va1 Vb-0.4 Vc-1e-1 Vd.05 Vx60 Vy-40 Vm5 n"one \
two w9.jpg"
i w600 h400 f0 v=0 Eev11 Va=0 Vb=0 Vc=0 Vd=0 Vx=0 Vy=0 Vm5 n"b.jpg"
i w300 h200 f0 v50 n"c.jpg"
i w300 h200 f0 v50 Vb-0.2 Vm0 n"d.jpg"
v Vb0 Vc0
c n0 N1 x10 y20 X30 Y40 t0
"""


def test_a_project_is_read():
    """Coefficients as they stand, the shift in pixels of the picture's own size, links to the first picture."""
    one, two, plain, off = parse_hugin(PROJECT)
    expected = masks.Hugin(1.0, -0.4, -0.1, 0.05, center_row=0.5 - 40 / 400, center_col=0.5 + 60 / 600)
    assert (one.name, one.shape, one.mask) == ("one two w9.jpg", (400, 600), expected)
    assert two.mask == expected
    assert plain.mask == masks.Hugin()
    assert off.mask is None


def test_the_radius_is_one_at_half_the_diagonal():
    """Hugin's unit is hypot(W, H)/2 pixels and its center (W - 1)/2 + Vx in pixel indices, the same as here."""
    mask = parse_hugin(PROJECT)[0].mask
    j, i = 17, 301
    s = ((j - (599 / 2 + 60)) ** 2 + (i - (399 / 2 - 40)) ** 2) / (np.hypot(600, 400) / 2) ** 2
    assert mask.weights((400, 600))[i, j] == pytest.approx(1 - 0.4 * s - 0.1 * s**2 + 0.05 * s**3, rel=1e-13)


def test_the_same_shift_in_pixels_is_another_center_at_another_size():
    """The shift depends on the picture size: half the size, twice the fraction."""
    small = parse_hugin("i w300 h200 Vx60 Vy-40")[0].mask
    assert (small.center_row, small.center_col) == (pytest.approx(0.3), pytest.approx(0.7))


def test_older_projects_have_o_lines():
    """Values of the o line go before those of the i line of the same picture."""
    text = 'i w600 h400 f0 n"a.jpg"\ni w600 h400 Vb-0.9\no f0 v50 Va1 Vb-0.25 Vx3\no f0 v50 Vb=0\n'
    first, second = parse_hugin(text)
    assert first.mask == masks.Hugin(vb=-0.25, center_col=0.5 + 3 / 600)
    assert second.mask.vb == -0.25
    assert parse_hugin("o w6 h4 Vb-0.5")[0].mask.vb == -0.5
    with pytest.raises(FormatError, match="2 i lines and 1 o lines"):
        parse_hugin("i w6 h4\ni w6 h4\no Vb0")


@pytest.mark.parametrize(
    ("line", "error", "words"),
    [
        ("i w6 h4 Vbnan", FormatError, "line 1: Vb must be a number, got 'nan'"),
        ("i w6 h4 Vb__import__('os')", FormatError, "Vb must be a number"),
        ("i w6 h4 Vb1e999", FormatError, "Vb must be a number"),
        ("i w6 h4 Vb-0.1 Vb-0.2", FormatError, "line 1: Vb is given twice"),
        ("i h4 Vb-0.1", FormatError, "picture 0 has no w"),
        ("i w0 h4", FormatError, "w must be a whole number of pixels above 0, got 0.0"),
        ("i w6.5 h4", FormatError, "w must be a whole number"),
        ("i w6 h4 Vb=7", FormatError, "Vb is linked to picture 7, which has no value"),
        ("i w6 h4 Vb=0", FormatError, "Vb is linked to picture 0, which has no value"),
        ("i w6 h4 Vb=-1", FormatError, "linked to picture -1"),
        ("i w6 h4 Vb=0.5", FormatError, "linked to picture 0.5"),
        ('i w6 h4 n"a.jpg', FormatError, "the file name does not end"),
        ("i w6 h4 Vm9", FormatError, "Vm must be a whole number from 0 to 7"),
        ("i w6 h4 Vm3", UnsupportedError, "corrected by a flat field picture"),
        ("i w6 h4 Vm1", UnsupportedError, "corrected by adding"),
    ],
)
def test_broken_projects_are_refused_by_name(line, error, words):
    """Each fault is named with its line or picture; nothing is evaluated."""
    with pytest.raises(error, match=words):
        parse_hugin(line + "\n")


def test_large_hostile_projects_end_soon(tmp_path, clock):
    """Many pictures, long numbers and endless quotes cost no more than their length."""
    start = clock()
    with pytest.raises(FormatError):
        parse_hugin("i w6 h4 Vb" + "1" * 1_000_000)
    assert parse_hugin("i w6 h4 n" + '"' * 1_000_000)[0].mask == masks.Hugin()
    with pytest.raises(FormatError, match="does not end"):
        parse_hugin('i w6 h4 n"' + "a " * 1_000_000)
    with pytest.raises(LimitError, match="more than 100000 pictures"):
        parse_hugin("i w6\n" * 100_001)
    assert clock() - start < 5
    path = tmp_path / "a.pto"
    path.write_bytes(b'i w6 h4 Vbx n"\xff"\n')
    with pytest.raises(FormatError, match=r"a\.pto: line 1: Vb must be a number"):
        read_hugin(path)


def test_file_names_that_are_no_utf8_are_kept(tmp_path):
    """Names of files are bytes; those that are no text survive as the system's own escapes."""
    path = tmp_path / "a.pto"
    path.write_bytes(b'i w6 h4 n"\xff.jpg"\n')
    assert read_hugin(path)[0].name == b"\xff.jpg".decode("utf-8", "surrogateescape")
