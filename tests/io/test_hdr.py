"""Radiance HDR: exact for what came out of such a file, rounded to nearest for all else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io import hdr
from hadimg.io.header import ReadOptions, WriteOptions
from hadimg.io.image import Image, Metadata, Page
from hadimg.io.orientation import turn

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from hadimg.io.header import Encoded


@pytest.mark.parametrize("shape", [(5, 3, 3), (70, 40, 3), (3, 300, 3)])
def test_rounded_to_nearest(
    shape: tuple[int, int, int], rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]
) -> None:
    """The error is at most half a step of 8 bits below the largest channel; a second round changes nothing."""
    pixels = np.exp(rng.normal(0, 15, shape)).astype(np.float32)
    pixels[0, 0] = 0
    encoded, result = written("hdr", Image((Page(pixels, white=1.0),), "tiff"))
    largest = pixels.max(axis=2, keepdims=True)
    step = np.exp2(np.floor(np.log2(np.maximum(largest, 1e-30))) + 1 - 8)
    assert (np.abs(result.pixels - pixels) <= 0.51 * step * (1 + (largest > 255.4 * step))).all()
    assert any("rounds" in note for note in encoded.notes)
    again, second = written("hdr", result)
    np.testing.assert_array_equal(second.pixels, result.pixels)
    assert again.notes == ()


def test_opencv_reads_the_same(
    opencv: ModuleType, written: Callable[..., tuple[Encoded, Image]], rng: np.random.Generator
) -> None:
    """An independent reader finds the very pixels that hadimg reads again."""
    pixels = np.exp(rng.normal(0, 15, (7, 9, 3))).astype(np.float32)
    encoded, result = written("hdr", Image((Page(pixels, white=1.0),), "tiff"))
    peer = opencv.imdecode(np.frombuffer(encoded.data, np.uint8), opencv.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(peer[:, :, ::-1], result.pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_order_of_pixels(orientation: int, written: Callable[..., tuple[Encoded, Image]]) -> None:
    """The line with the size says in which order pixels are stored, as an orientation."""
    pixels = np.ldexp(np.float32(1), np.arange(24, dtype=np.int32).reshape(2, 4, 3) % 4)
    encoded, result = written("hdr", Image((Page(pixels, white=1.0, orientation=orientation),), "hdr"))
    assert result.orientation == orientation
    assert hdr.probe(encoded.data, ReadOptions()).shapes == ((2, 4),)
    np.testing.assert_array_equal(turn(result.pixels, orientation), turn(pixels, orientation))
    if orientation == 4:
        assert b"\n+Y 2 +X 4\n" in encoded.data
    if orientation == 6:  # columns from the right, each from the top
        assert b"\n-X 2 -Y 4\n" in encoded.data


HEAD = b"#?RADIANCE\n# made by hand\nEXPOSURE=2.5\nSOFTWARE=x\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 2\n"
PIXELS = bytes([128, 64, 32, 129, 0, 0, 0, 0])


def test_header_is_carried(read: Callable[..., Image]) -> None:
    """Variables and comments of the header come out again; with strip only those that change what is seen."""
    image = read("hdr", HEAD + PIXELS)
    np.testing.assert_array_equal(image.pixels, [[[1, 0.5, 0.25], [0, 0, 0]]])
    assert image.metadata.text == (("Comment", "made by hand"), ("EXPOSURE", "2.5"), ("SOFTWARE", "x"))
    assert hdr.encode(image, WriteOptions()).data == HEAD + PIXELS
    stripped = hdr.encode(image, WriteOptions(strip=True)).data
    assert stripped == b"#?RADIANCE\nEXPOSURE=2.5\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 2\n" + PIXELS
    titled = Image(image.pages, "png", Metadata(text=(("Title", "a\nb"),)))
    assert b"\n# Title: a\n# b\nFORMAT" in hdr.encode(titled, WriteOptions()).data


def test_refused(read: Callable[..., Image]) -> None:
    """Missing data, other color spaces and the old coding are refused."""
    for data in (HEAD, HEAD + PIXELS[:-1], HEAD.replace(b"\n\n", b"\n"), HEAD.replace(b"-Y 1", b"-X 1") + PIXELS):
        with pytest.raises(FormatError):
            read("hdr", data)
    with pytest.raises(UnsupportedError, match="xyze"):
        read("hdr", HEAD.replace(b"rgbe", b"xyze") + PIXELS)
    with pytest.raises(UnsupportedError, match="old run-length"):
        read("hdr", HEAD.replace(b"+X 2", b"+X 6") + PIXELS[:4] + b"\1\1\1\5")


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf, 2.0**127])
def test_values_that_do_not_fit(value: float, written: Callable[..., tuple[Encoded, Image]]) -> None:
    """Negative, infinite and undefined values are refused, never clipped."""
    pixels = np.full((2, 2, 3), value, np.float32)
    with pytest.raises(UnsupportedError, match="values from 0"):
        written("hdr", Image((Page(pixels, white=1.0),), "tiff"))
