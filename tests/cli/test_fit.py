"""``hadimg fit``: from pictures to a mask's file, and from there to corrected pictures."""

from __future__ import annotations

import json

import numpy as np
import pytest

import hadimg
from hadimg import masks
from hadimg.cli.fit import LOSSES, METHODS
from hadimg.cli.mask_sizes import SIZED, with_sizes
from hadimg.fitting.losses import LOSSES as ALL_LOSSES
from hadimg.fitting.outcome.result import FitResult
from hadimg.fitting.solving.solvers import METHODS as ALL_METHODS

TRUTH = masks.Polynomial(k1=-0.35, k2=0.1, k3=-0.03, center_row=0.49, center_col=0.52)
SHAPE = (80, 120)


@pytest.fixture
def flat(tmp_path, rng):
    """Write a flat field of 16 bits with noise."""
    pixels = 40000.0 * TRUTH.weights(SHAPE) + rng.normal(0.0, 60.0, SHAPE)
    path = tmp_path / "flat.tif"
    hadimg.write_image(path, np.rint(pixels).astype(np.uint16))
    return path


def test_the_loop_of_a_photographer(flat, tmp_path, call):
    """A flat gives a mask's file, and that takes the shading off pictures of 16 bits."""
    lens, out = tmp_path / "lens.json", tmp_path / "corrected"
    code, text, errors = call("fit", "flat", flat, "--mask", "polynomial", "-o", lens)
    assert (code, errors) == (0, "")
    assert "converged" in text
    assert f"mask saved as {lens}" in text
    assert masks.load(lens).k1 == pytest.approx(-0.35, abs=0.01)
    assert call("remove", "--mask", lens, flat, "-o", out, "--quiet").code == 0
    corrected = hadimg.read_image(out / "flat.tif").pixels
    assert corrected.dtype == np.uint16
    assert corrected.std() < 120.0  # the noise, brightened in the corners; the shading was 3000


def test_a_pair_with_options(tmp_path, call, rng):
    """Parameters are fixed, tied and bounded by name, and the JSON of the result reads back."""
    image = rng.integers(20, 250, (*SHAPE, 3)).astype(np.uint8)
    target = hadimg.apply_mask(image, masks.ExponentialDecay(rate=0.7, power=1.0))
    for name, pixels in (("before.png", image), ("after.png", target)):
        hadimg.write_image(tmp_path / name, pixels)
    words = ["--mask", "exponential_decay", "--fix", "power=1", "--bound", "rate=0:3", "--tie", "center_col=center_row"]
    code, text, _ = call("fit", "pair", tmp_path / "before.png", tmp_path / "after.png", *words, "--json")
    assert code == 0
    data = json.loads(text)
    assert data["params"]["power"] == 1.0
    assert data["params"]["center_col"] == data["params"]["center_row"]
    assert data["params"]["rate"] == pytest.approx(0.7, abs=1e-3)
    del data["output"], data["plot"]
    assert FitResult.from_dict(data).success


def test_masks_for_each_channel(tmp_path, call):
    """Color shading from the command line: one mask a channel, which remove takes."""
    truth = masks.PerChannel(masks.Cos4(24.0), masks.Cos4(28.0), masks.Cos4(33.0))
    pixels = np.rint(truth.weights(SHAPE) * [30000.0, 42000.0, 21000.0]).astype(np.uint16)
    hadimg.write_image(tmp_path / "flat.tif", pixels)
    lens = tmp_path / "lens.json"
    words = ["--mask", "cos4", "--per-channel", "--fix", "center", "-o", lens, "-q"]
    assert call("fit", "flat", tmp_path / "flat.tif", *words) == (0, "", "")
    found = masks.load(lens)
    assert [found.channel(k).half_field_angle for k in range(3)] == pytest.approx([24.0, 28.0, 33.0], abs=1e-3)
    assert call("remove", "--mask", lens, tmp_path / "flat.tif", "-o", tmp_path / "out", "-q").code == 0


def test_a_plot_is_written(flat, tmp_path, call):
    """Profile, residual and history as a picture."""
    pytest.importorskip("matplotlib")
    plot = tmp_path / "fit.svg"
    assert call("fit", "flat", flat, "--mask", "polynomial", "--plot", plot, "-q").code == 0
    assert plot.read_bytes().startswith(b"<?xml")


def test_without_an_optimum_nothing_is_saved(flat, tmp_path, call):
    """A fit that did not converge ends with 1, says what to do, and leaves no file behind."""
    lens = tmp_path / "lens.json"
    code, _, errors = call("fit", "flat", flat, "--mask", "gaussian", "--max-iterations", 1, "-o", lens, "-q")
    assert code == 1
    assert "did not converge: 1 iterations" in errors
    assert "nothing was saved" in errors
    assert not lens.exists()


REFUSED = {
    "flat F --mask cos4 G": "fit flat takes one picture, got 2",
    "pair F --mask cos4": "fit pair takes 2 pictures, got 1",
    "stack F --mask cos4": "WAY: invalid choice: 'stack'",
    "flat F": "missing --mask MASK",
    "flat F --mask cos5": "there is no mask family 'cos5', did you mean 'cos4'?",
    "flat F --mask cos4:3": "cos4 has no size, got cos4:3",
    "flat F --mask spline_surface:3": "the size of spline_surface must be given as spline_surface:ROWSxCOLUMNS",
    "flat F --mask grid:99x2": "the size of grid must be at most 64, got grid:99x2",
    "flat F --mask cos4 --gain": "--gain belongs to fit pair, got fit flat",
    "flat F --mask cos4 -o lens.txt": "-o must end with .json, got lens.txt",
    "flat F --mask cos4 --fix angle": "fixed: 'angle' is no parameter of the mask",
    "flat F --mask cos4 --fix center=x": "--fix must end with numbers, got 'center=x'",
    "flat F --mask cos4 --bound half_field_angle=3": "--bound must be NAME=LOW:HIGH, got 'half_field_angle=3'",
    "flat F --mask cos4 --tie center_row": "--tie must be NAME=VALUE, got 'center_row'",
    "flat F --mask cos4 --per-channel": "--per-channel needs a color picture, got a gray one",
    "flat F --mask cos4 --loss l2": "--loss",
    "flat nothing.tif --mask cos4": "nothing.tif",
}


@pytest.mark.parametrize(("words", "message"), REFUSED.items())
def test_what_is_refused(words, message, flat, call):
    """One line that names what is wrong, and the exit code 2."""
    code, out, errors = call("fit", *[str(flat) if word in ("F", "G") else word for word in words.split()])
    assert (code, out) == (2, "")
    assert message in errors
    assert errors.count("\n") == 1


def test_files_are_not_replaced_unless_asked(flat, tmp_path, call):
    """A mask's file that stands there is kept, before anything is fitted."""
    lens = tmp_path / "lens.json"
    lens.write_text("mine")
    assert call("fit", "flat", flat, "--mask", "polynomial", "-o", lens).code == 2
    assert lens.read_text() == "mine"
    assert call("fit", "flat", flat, "--mask", "polynomial", "-o", lens, "--overwrite", "-q").code == 0
    assert masks.load(lens).k1 == pytest.approx(-0.35, abs=0.01)


def test_the_words_of_the_help_are_those_of_the_library():
    """The choices of the command line, which loads no library for its help, are all that the library has."""
    assert set(ALL_LOSSES) == set(LOSSES)
    assert set(ALL_METHODS) == set(METHODS)


@pytest.mark.parametrize("family", SIZED)
def test_sizes_make_neutral_masks(family):
    """``family:size`` is a mask of that size that changes nothing."""
    text = f"{family}:5" if "x" not in SIZED[family] else f"{family}:5x6"
    mask = masks.parse(with_sizes(f"0.5 * {text}"))
    assert mask.factors[1].family == family
    np.testing.assert_allclose(mask.weights((7, 8)), 0.5)
