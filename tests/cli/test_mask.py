"""``hadimg mask`` describes, renders and saves a mask, and its numbers are right."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from PIL import Image

from hadimg import masks
from hadimg.cli.mask import render
from hadimg.io import read_image


def test_description(call):
    """Without ``-o``, the parameters and the weights are printed, corners in stops."""
    code, out, err = call("mask", "exponential_decay(rate=1.2)", "--size", "300x200")
    assert (code, err) == (0, "")
    corner = math.exp(-1.2 * math.hypot(299, 199) / math.hypot(300, 200))
    assert "  rate               1.2 " in out
    assert f"  top left           {corner:<12.6g} {math.log2(corner):.2f} stops\n" in out


def test_json(call):
    """``--json`` prints one object with stable keys and plain numbers."""
    code, out, _ = call("mask", "cos4(half_field_angle=40)", "--size", "30x20", "--json")
    told = json.loads(out)
    assert code == 0
    assert set(told) == {"mask", "text", "size", "center", "corners", "lowest", "highest", "output", "profile"}
    assert set(told["corners"]) == {"top_left", "top_right", "bottom_left", "bottom_right"}
    weights = masks.Cos4(half_field_angle=40.0).weights((20, 30))
    assert told["lowest"] == weights.min()
    assert told["highest"] == weights.max()
    assert told["corners"]["bottom_left"] == weights[-1, 0]
    assert masks.from_dict(told["mask"]) == masks.Cos4(half_field_angle=40.0)


def test_picture_is_the_mask(call, tmp_path):
    """A PNG holds every weight at 16 bits, white for 1, rounded to the nearest level."""
    path = tmp_path / "mask.png"
    assert call("mask", "gaussian(sigma=0.5)", "--size", "60x40", "-o", path).code == 0
    weights = masks.Gaussian(sigma=0.5).weights((40, 60))
    with Image.open(path) as picture:
        np.testing.assert_array_equal(np.asarray(picture), np.rint(weights * 65535))


def test_depth_follows_the_format(call, tmp_path):
    """JPEG gets 8 bits; PFM gets the weights themselves, whatever their sign."""
    assert call("mask", "cos4()", "--size", "6x4", "-o", tmp_path / "mask.jpg").code == 0
    with Image.open(tmp_path / "mask.jpg") as picture:
        assert picture.mode == "L"
    mask = masks.Polynomial(k1=-2.0)
    weights = mask.weights((4, 6))
    rendered = render(mask, {"size": [6, 4], "lowest": weights.min(), "highest": weights.max()}, "mask.pfm")
    np.testing.assert_array_equal(rendered, weights.astype(np.float32))


def test_white_is_the_highest_weight_above_one(call, tmp_path):
    """Weights above 1 are scaled, not cut off, and the summary says what white means."""
    path = tmp_path / "mask.png"
    code, out, _ = call("mask", "1/cos4()", "--size", "60x40", "-o", path)
    highest = (1 / masks.Cos4().weights((40, 60))).max()
    assert code == 0
    assert f"white is weight {highest:g}" in out
    with Image.open(path) as picture:
        assert np.asarray(picture).max() == 65535


def test_saved_mask_is_read_by_other_verbs(call, tmp_path):
    """``-o NAME.json`` saves exactly the mask, and a JSON file is taken wherever a mask's text is."""
    path = tmp_path / "lens.json"
    assert call("mask", "cos4(half_field_angle=33.3) * gaussian()", "-o", path).code == 0
    assert masks.load(path) == masks.parse("cos4(half_field_angle=33.3) * gaussian()")
    assert call("mask", path, "--quiet") == (0, "", "")


def test_array_mask_is_shown_at_its_own_size(call):
    """A mask made from an array needs no ``--size``, and its values are not printed."""
    code, out, _ = call("mask", "array(values=[[0.5, 1], [0.25, 1]]) * constant(0.5)", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["size"] == [2, 2]
    assert told["lowest"] == 0.125


@pytest.mark.parametrize("name", ["mask.png", "mask.json"])
def test_existing_file_is_kept(call, tmp_path, name):
    """Nothing is overwritten unless that is asked for."""
    path = tmp_path / name
    path.write_text("precious")
    code, _, err = call("mask", "cos4()", "--size", "6x4", "-o", path)
    assert (code, err) == (2, f"hadimg: error: {path}: the file exists (use --overwrite to replace it)\n")
    assert path.read_text() == "precious"
    assert call("mask", "cos4()", "--size", "6x4", "-o", path, "--overwrite").code == 0


REFUSED = {
    ("gausian()",): (2, "mask text, column 1: there is no mask family 'gausian', did you mean 'gaussian'?"),
    ("cos4() * gaussian(sigma=x)",): (2, "mask text, column 25: "),
    ("gaussian(sigma=0.7",): (2, "mask text, column 19: expected ',' or ')', the text ends"),
    ("missing.json",): (2, "missing.json: there is no such file"),
    ("polynomial(k1=-2)", "-o", "mask.png"): (2, "a picture cannot show negative weights, the lowest is -0.99"),
    ("cos4()", "-o", "mask.xyz"): (2, "mask.xyz: the suffix .xyz stands for no format that is written"),
    ("cos4()", "-o", "no/folder.png"): (1, "no/folder.png: cannot write: No such file or directory"),
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_refusals(arguments, call, tmp_path, monkeypatch):
    """What cannot be read, shown or written is refused in one line; nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    expected_code, message = REFUSED[arguments]
    code, out, err = call("mask", *arguments)
    assert (code, out) == (expected_code, "")
    assert err.startswith(f"hadimg: error: {message}")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_profile(call, tmp_path):
    """The plot of the fall-off is written whole, and never over a file that exists."""
    plot = tmp_path / "plot.svg"
    assert call("mask", "cos4(30)", "--profile", plot, "-q").code == 0
    assert plot.read_bytes().startswith(b"<?xml")
    again = call("mask", "cos4(30)", "--profile", plot)
    assert (again.code, again.err.count("\n")) == (2, 1)
    assert "the file exists (use --overwrite to replace it)" in again.err
    assert "must be named .svg, .png, .pdf" in call("mask", "cos4(30)", "--profile", tmp_path / "plot.txt").err


def test_a_mask_for_each_channel(call, tmp_path):
    """Weights are told for each channel, the picture is in color, and another number of channels has none."""
    text = "per_channel(cos4(40), 0.5, gaussian)"
    code, out, _ = call("mask", text, "--size", "30x20", "--json")
    weights = masks.parse(text).weights((20, 30))
    assert code == 0
    assert json.loads(out)["corners"]["bottom_left"] == weights[-1, 0].tolist()
    assert json.loads(out)["lowest"] == weights.min()
    assert "  center             0.99" in call("mask", text, "--size", "30x20")[1]
    path = tmp_path / "mask.png"
    assert call("mask", text, "--size", "30x20", "-o", str(path))[0] == 0
    np.testing.assert_array_equal(read_image(path).pixels, np.rint(weights * 65535))
    code, _, err = call("mask", "per_channel(1, 0.5)", "-o", str(tmp_path / "two.png"))
    assert code != 0
    assert "a picture shows masks for 3 color channels, or for all at once, got 2" in err
