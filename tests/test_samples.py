"""The sample pictures: small enough for a repository, of the kinds that they promise, and made by the script."""

from __future__ import annotations

import importlib
import io
import sys
from pathlib import Path

import imagecodecs
import numba
import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image, ImageCms, ImageOps
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "sample_images"
NAMES = {"coast.jpg", "still_life.png", "vase.png", "arcade.png", "cells.tif", "cells_shading.tif", "flat_field.tif"}
ORIENTATION, EXIF, GPS, MAKE, MODEL = 0x0112, 0x8769, 0x8825, 0x010F, 0x0110


@pytest.fixture
def script(monkeypatch):
    """Import the script with its path tracer as plain Python: compiling takes longer than a few small pictures."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    before = set(sys.modules)
    yield importlib.import_module("render_samples")
    for name in set(sys.modules) - before:
        if name == "render_samples" or name.split(".")[0] == "samples":
            del sys.modules[name]


@pytest.fixture(scope="module")
def photograph():
    """Open the JPEG."""
    with Image.open(FOLDER / "coast.jpg") as picture:
        picture.load()
        yield picture


def test_folder_is_complete_and_small():
    """All samples are there, nothing else is, and together they stay under 4 MB."""
    files = list(FOLDER.iterdir())
    assert {path.name for path in files} == NAMES
    assert sum(path.stat().st_size for path in files) < 4_000_000


@pytest.mark.parametrize(
    ("name", "shape", "kind"),
    [
        ("still_life.png", (320, 480, 3), np.uint16),
        ("vase.png", (440, 360, 4), np.uint8),
        ("arcade.png", (372, 560), np.uint8),
    ],
)
def test_png_kinds(name, shape, kind):
    """Each PNG has the depth and the channels that make it a sample of its kind."""
    pixels = imagecodecs.png_decode((FOLDER / name).read_bytes())
    assert (pixels.shape, pixels.dtype) == (shape, kind)


def test_deep_png_uses_its_depth():
    """The 16-bit picture is no stretched 8-bit picture: its low bytes take all values."""
    pixels = imagecodecs.png_decode((FOLDER / "still_life.png").read_bytes())
    assert np.unique(pixels & 0xFF).size == 256


def test_cut_out_has_soft_edges():
    """The cut-out shows opaque, clear and many partly covered pixels."""
    alpha = np.asarray(Image.open(FOLDER / "vase.png"))[..., 3]
    assert (alpha == 255).mean() > 0.2
    assert (alpha == 0).mean() > 0.2
    assert np.unique(alpha).size > 100


def test_photograph_is_stored_turned(photograph):
    """The JPEG lies on its side and is 1000 x 1500 when it is seen: sky above, stones below."""
    assert photograph.mode == "RGB"
    assert photograph.size == (1500, 1000)
    assert photograph.getexif()[ORIENTATION] == 6
    upright = np.asarray(ImageOps.exif_transpose(photograph)).astype(float)
    assert upright.shape == (1500, 1000, 3)
    top, bottom = upright[:200], upright[-200:]
    assert top[..., 2].mean() > 1.1 * top[..., 0].mean()  # blue
    assert bottom.std() > 2 * top.std()  # stones have texture


def test_photograph_carries_metadata(photograph):
    """The JPEG tells camera, time, place, resolution, and its colors by a profile that opens."""
    exif = photograph.getexif()
    assert (exif[MAKE], exif[MODEL]) == ("hadimg", "rendered")
    assert exif.get_ifd(EXIF)[0x9003].startswith("2014:05:06")
    place = exif.get_ifd(GPS)
    assert (place[1], place[3]) == ("N", "W")
    assert place[2] == (50.0, 6.0, 0.0)
    assert photograph.info["dpi"] == (300, 300)
    profile = ImageCms.ImageCmsProfile(io.BytesIO(photograph.info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(profile)


def test_thumbnail_shows_the_photograph(photograph):
    """The small picture in the EXIF block is the stored picture, made small."""
    block = photograph.info["exif"][6:]
    second = photograph.getexif().get_ifd(ExifTags.IFD.IFD1)
    start, length = second[0x0201], second[0x0202]
    small = Image.open(io.BytesIO(block[start : start + length]))
    assert small.format == "JPEG"
    expected = np.asarray(photograph.resize(small.size), float)
    assert np.abs(np.asarray(small, float) - expected).mean() < 4  # of 255: JPEG at quality 75


def test_cells_follow_the_shading():
    """The stack is six 16-bit pages without clipping, and what it has in common is the shading beside it."""
    with tifffile.TiffFile(FOLDER / "cells.tif") as reader:
        assert len(reader.pages) == 6
        assert reader.pages[0].compression == tifffile.COMPRESSION.ADOBE_DEFLATE
        stack = reader.asarray()
    shading = tifffile.imread(FOLDER / "cells_shading.tif")
    assert (stack.shape, stack.dtype) == ((6, 256, 256), np.uint16)
    assert (shading.shape, shading.dtype) == ((256, 256), np.float32)
    assert stack.min() > 0
    assert stack.max() < 65535
    assert shading.mean() == pytest.approx(1.0, abs=1e-5)
    assert shading.max() > 2 * shading.min()
    assert np.corrcoef(stack.mean(axis=0).ravel(), shading.ravel())[0, 1] > 0.6  # cells differ from page to page
    # What no cell covers is even light times the shading: to the noise of a median of six, averaged over 81 pixels.
    empty = ndimage.gaussian_filter(np.quantile(stack, 0.25, axis=0), 4.0) / shading
    assert np.quantile(empty, 0.7) / np.quantile(empty, 0.05) < 1.1


def test_shading_opens_in_imagej():
    """The shading is a TIFF as ImageJ writes it."""
    with tifffile.TiffFile(FOLDER / "cells_shading.tif") as reader:
        assert reader.is_imagej


def test_flat_field_obeys_its_law(script):
    """The flat field is the lens's mask times one level, but for the noise of its photons, and is nowhere clipped."""
    law = importlib.import_module("samples.flat_field")
    with tifffile.TiffFile(FOLDER / "flat_field.tif") as reader:
        assert reader.pages[0].description == law.LAW
        flat = reader.asarray()
    assert (flat.shape, flat.dtype) == ((320, 480), np.uint16)
    assert flat.max() < 65535
    expected = law.LEVEL * law.falloff(flat.shape)
    assert flat[150:170, 230:250].mean() > 1.5 * flat[:20, :20].mean()
    noise = (flat - expected) / np.sqrt(expected / law.ELECTRONS)
    assert abs(noise.mean()) < 5 / np.sqrt(flat.size)  # five standard errors
    assert noise.std() == pytest.approx(1.0, abs=0.01)


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")  # the generator counts modulo 2**64
@pytest.mark.parametrize("scene", ["coast", "still_life", "vase", "arcade"])
def test_a_seed_makes_one_picture(script, scene):
    """The same seed paints the same small picture, another seed another one."""
    render = importlib.import_module(f"samples.{scene}").render
    first, second, other = (render(np.random.default_rng(seed), (8, 8), 1) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()
    assert first.std() > 0


def test_check_recognizes_the_samples(script, capsys, tmp_path):
    """``--check`` agrees with the files of the repository and names those that are missing."""
    quick = ["cells.tif", "cells_shading.tif", "flat_field.tif"]
    assert script.main(["--check", "--only", *quick]) == 0
    assert script.main(["--check", "--only", *quick, "--output", str(tmp_path)]) == 1
    assert capsys.readouterr().out.count("missing") == 3
