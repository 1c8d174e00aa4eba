"""Masks as flat field pictures that other programs read."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

import hadimg
from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError, WriteError
from hadimg.profiles import write_flat_field

SHAPE = (130, 200)


def test_other_programs_read_the_weights(tmp_path):
    """An independent reader finds one uncoded channel of float32, as ImageJ needs it: the weights, rounded."""
    mask = masks.Cos4(30.0) * masks.LinearGradient(angle=30.0, low=0.4)
    path = tmp_path / "flat.tif"
    write_flat_field(path, mask, SHAPE)
    with tifffile.TiffFile(path) as file:
        (page,) = file.pages
        assert page.dtype == np.float32
        assert (page.compression, page.predictor) == (1, 1)
        assert page.photometric == tifffile.PHOTOMETRIC.MINISBLACK
        pixels = page.asarray()
    np.testing.assert_array_equal(pixels, mask.weights(SHAPE).astype(np.float32))


def test_each_channel_is_a_page(tmp_path):
    """Color shading is written as a stack of uncoded float32 pages, in the order of the channels."""
    mask, path = masks.PerChannel(masks.Cos4(30.0), 0.5, masks.Gaussian()), tmp_path / "color.tif"
    write_flat_field(path, mask, SHAPE)
    with tifffile.TiffFile(path) as file:
        assert [(page.dtype, page.compression, page.shape) for page in file.pages] == [(np.float32, 1, SHAPE)] * 3
        pixels = np.stack([page.asarray() for page in file.pages], axis=-1)
    np.testing.assert_array_equal(pixels, mask.weights(SHAPE).astype(np.float32))


def test_dividing_by_the_flat_takes_the_mask_off(tmp_path):
    """A picture under the mask, divided by the flat, is the picture again, to the rounding of float32."""
    mask, path = masks.Polynomial(-0.3, 0.05), tmp_path / "flat.tif"
    write_flat_field(path, mask, SHAPE)
    flat = hadimg.read_image(path).pages[0].pixels
    picture = np.linspace(0.1, 1.0, SHAPE[0] * SHAPE[1]).reshape(SHAPE)
    np.testing.assert_allclose(hadimg.apply_mask(picture, mask) / flat, picture, rtol=1e-7)


def test_what_is_no_flat_field_is_refused(tmp_path):
    """Another suffix, an infinite weight, no mask: refused before anything is written."""
    with pytest.raises(ArgumentError, match=r"ends in \.tif or \.tiff, got 'flat\.png'"):
        write_flat_field(tmp_path / "flat.png", masks.Cos4(), SHAPE)
    with pytest.raises(ArgumentError, match="weights must be finite, got inf at row 0, column 0"):
        write_flat_field(tmp_path / "flat.tif", 1 / masks.Constant(0.0), SHAPE)
    with pytest.raises(ArgumentTypeError, match="mask must be a mask, got str"):
        write_flat_field(tmp_path / "flat.tif", "cos4", SHAPE)
    assert list(tmp_path.iterdir()) == []
    write_flat_field(tmp_path / "flat.tif", masks.Cos4(), (2, 3))
    with pytest.raises(WriteError):
        write_flat_field(tmp_path / "flat.tif", masks.Cos4(), (2, 3), overwrite=False)
