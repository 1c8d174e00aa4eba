"""PNM: values stay below the level of white that the file declares."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image
import pytest

from hadimg.errors import ArgumentError, FormatError, UnsupportedError
from hadimg.io import pnm
from hadimg.io.header import Encoded, WriteOptions
from hadimg.io.image import Image, Metadata, Page

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("white", [1, 100, 255, 256, 1023, 65535])
@pytest.mark.parametrize("channels", [1, 3])
def test_white_is_kept(
    white: int, channels: int, rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]
) -> None:
    """Values and level of white come back exactly, in one byte up to 255 and in two above."""
    pixels = rng.integers(0, white + 1, (5, 7, channels)).squeeze()
    pixels = pixels.astype(np.uint8 if white <= 255 else np.uint16)
    encoded, result = written("pnm", Image((Page(pixels, white=float(white)),), "pnm"))
    np.testing.assert_array_equal(result.pixels, pixels)
    assert result.pixels.dtype == pixels.dtype
    assert result.pages[0].white == white
    assert encoded.data.startswith(b"P5\n7 5\n%d\n" % white if channels == 1 else b"P6\n7 5\n%d\n" % white)


@pytest.mark.parametrize("kind", ["L", "RGB", "1"])
def test_pillow_reads_and_writes_the_same(kind: str, rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """Files that Pillow writes mean what Pillow means."""
    peer = PIL.Image.fromarray(rng.integers(0, 256, (6, 11, 3)).astype(np.uint8)).convert(kind)
    stream = BytesIO()
    peer.save(stream, "PPM")
    np.testing.assert_array_equal(
        read("pnm", stream.getvalue()).pixels, np.asarray(peer.convert("L") if kind == "1" else peer)
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"P1\n3 2\n101\n0 1 0\n", [[0, 255, 0], [255, 0, 255]]),
        (b"P1 3 2 101010", [[0, 255, 0], [255, 0, 255]]),
        (b"P4\n3 2\n\xa0\x40", [[0, 255, 0], [255, 0, 255]]),
        (b"P2\n2 2 9\n0 3\n6 9\n", [[0, 3], [6, 9]]),
        (b"P2\n2 1 1023\n1023 512", [[1023, 512]]),
        (b"P3\n1 2 255\n1 2 3 4 5 6", [[[1, 2, 3]], [[4, 5, 6]]]),
    ],
)
def test_kinds(text: bytes, expected: list[object], read: Callable[..., Image]) -> None:
    """Text and bits are read; a bit of 1 is black."""
    np.testing.assert_array_equal(read("pnm", text).pixels, expected)


def test_bits_come_out_as_grey(read: Callable[..., Image]) -> None:
    """A bit map is read as grey with white 255, says so, and is written as grey."""
    image = read("pnm", b"P4\n3 2\n\xa0\x40")
    assert image.pages[0].white == 255
    assert "bits" in image.notes[0]
    assert pnm.encode(image, WriteOptions()).data.startswith(b"P5\n3 2\n255\n")


def test_comments(read: Callable[..., Image]) -> None:
    """Comments are carried, and other text becomes comments."""
    image = read("pnm", b"P5 # one\n#two\n1 1 255\n\x07")
    assert image.metadata.text == (("Comment", "one"), ("Comment", "two"))
    assert pnm.encode(image, WriteOptions()).data == b"P5\n# one\n# two\n1 1\n255\n\x07"
    titled = Image(image.pages, "png", Metadata(text=(("Title", "a\nb"),)))
    assert pnm.encode(titled, WriteOptions()).data == b"P5\n# Title: a\n# b\n1 1\n255\n\x07"
    assert pnm.encode(image, WriteOptions(strip=True)).data == b"P5\n1 1\n255\n\x07"


@pytest.mark.parametrize(
    "data",
    [
        b"P7 1 1 255\n\0",
        b"P5",
        b"P5 1 1",
        b"P532 35888888863\n",
        b"P5 0 1 255\n\0",
        b"P5 1 1 0\n\0",
        b"P5 1 1 65536\n\0\0",
        b"P5 1 1 255x\0",
        b"P5 -1 1 255\n\0",
        b"P5 2 2 255\n\0\0\0",
        b"P5 1 1 9\n\x0a",
        b"P6 1 1 255\n\0\0",
        b"P2 1 1 255\n256",
        b"P2 1 1 255\n99999999999999999999",
        b"P2 1 1 255\n1 2",
        b"P2 2 2 255\n1 2 3      ",
        b"P2 1 1 255\n1x",
        b"P2 1 1 255\n-1",
        b"P1 2 2\n1 0 1",
        b"P1 2 2\n1 0 1 2",
        b"P1 2 2\n1 0 1 0 1",
        b"P4 9 2\n\0\0\0",
    ],
)
def test_broken_files(data: bytes, read: Callable[..., Image]) -> None:
    """Broken headers, missing data and values over white are refused."""
    with pytest.raises(FormatError):
        read("pnm", data)


def test_several_pictures(read: Callable[..., Image]) -> None:
    """A second picture in the file is not dropped in silence."""
    one = b"P5 1 1 255\n\0"
    with pytest.raises(UnsupportedError, match="several"):
        read("pnm", one + one)


def test_values_over_white(written: Callable[..., tuple[Encoded, Image]]) -> None:
    """Values above the declared white are refused, not clipped."""
    with pytest.raises(ArgumentError, match="level of white 100"):
        written("pnm", Image((Page(np.full((2, 2), 101, np.uint8), white=100.0),), "pnm"))


def test_opacity_is_refused(written: Callable[..., tuple[Encoded, Image]]) -> None:
    """PNM has no opacity."""
    with pytest.raises(UnsupportedError, match="channels"):
        written("pnm", Image.from_pixels(np.zeros((2, 2, 4), np.uint8)))


def test_inverted_page(written: Callable[..., tuple[Encoded, Image]]) -> None:
    """Stored darkness is written as brightness."""
    page = Page(np.array([[0, 55], [255, 254]], np.uint8), inverted=True)
    np.testing.assert_array_equal(written("pnm", Image((page,), "tiff"))[1].pixels, [[255, 200], [0, 1]])
