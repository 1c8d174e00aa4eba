"""JPEG 2000: every depth exact, boxes of metadata carried, codestreams stay codestreams."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import PIL.Image
import pytest

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io import jpeg2000
from hadimg.io.boxes import box
from hadimg.io.exif import orientation_only
from hadimg.io.header import WriteOptions
from hadimg.io.image import Image, Metadata, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.io.header import Encoded

METADATA = Metadata(
    exif=orientation_only(1), xmp=b"<x:xmpmeta/>", icc=bytes(range(133)), iptc=b"\x1c\x02", resolution=(300.0, 72.009)
)


@pytest.mark.parametrize("bits", [1, 7, 8, 9, 12, 16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_exact(
    bits: int, channels: int, rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]
) -> None:
    """Every depth and number of channels comes back exactly, with its level of white and its metadata."""
    kind = np.uint8 if bits <= 8 else np.uint16
    pixels = rng.integers(0, 2**bits, (9, 14, channels)).astype(kind)
    pixels = pixels[:, :, 0] if channels == 1 else pixels
    page = Page(pixels, alpha=channels in (2, 4), white=2.0**bits - 1)
    encoded, result = written("jpeg2000", Image((page,), "array", METADATA))
    np.testing.assert_array_equal(result.pixels, pixels)
    assert (result.pages[0].white, result.pixels.dtype) == (page.white, pixels.dtype)
    assert result.metadata == METADATA
    assert encoded.notes == ()
    assert written("jpeg2000", result)[0].data == encoded.data
    if bits == 8:
        np.testing.assert_array_equal(np.asarray(PIL.Image.open(BytesIO(encoded.data))), pixels)


def test_codestream_stays_one(rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """A file without boxes is written without boxes; what it cannot hold is named."""
    pixels = rng.integers(0, 1024, (9, 14)).astype(np.uint16)
    data = imagecodecs.jpeg2k_encode(pixels, level=0, codecformat="j2k", bitspersample=10, reversible=True)
    image = read("jpeg2000", data)
    assert image.pages[0].white == 1023
    described = Image(image.pages, "jpeg2000", Metadata(xmp=b"<x/>"), source=image.source)
    encoded = jpeg2000.encode(described, WriteOptions())
    assert encoded.data.startswith(b"\xff\x4f\xff\x51")
    assert encoded.notes == ("JPEG 2000 cannot hold XMP",)
    np.testing.assert_array_equal(read("jpeg2000", encoded.data).pixels, pixels)


def test_unknown_boxes(rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """XML boxes and foreign UUID boxes of the source are carried, signed ones and stripped ones are not."""
    plain = jpeg2000.encode(Image.from_pixels(rng.integers(0, 9, (5, 5)).astype(np.uint8)), WriteOptions()).data
    extra = [box(b"xml ", b"<gml/>"), box(b"uuid", b"0123456789abcdef", b"mine"), box(b"jumb", b"signed")]
    image = read("jpeg2000", plain + b"".join(extra))
    data = jpeg2000.encode(image, WriteOptions()).data
    assert [part in data for part in extra] == [True, True, False]
    assert jpeg2000.encode(image, WriteOptions(strip=True)).data == plain


def test_file_of_pillow(rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """A lossless file of Pillow with many tiles is read exactly."""
    pixels = rng.integers(0, 256, (70, 90, 3)).astype(np.uint8)
    stream = BytesIO()
    options: dict[str, Any] = {"irreversible": False, "tile_size": (32, 32)}
    PIL.Image.fromarray(pixels).save(stream, "JPEG2000", **options)
    np.testing.assert_array_equal(read("jpeg2000", stream.getvalue()).pixels, pixels)


def test_refused_kinds(rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """Other color spaces, signed, unlike or subsampled components are refused by name; wrong sizes as broken."""
    plain = jpeg2000.encode(Image.from_pixels(rng.integers(0, 9, (5, 5, 3)).astype(np.uint8)), WriteOptions()).data
    size = plain.index(b"\xff\x4f\xff\x51")
    colors = plain.index(b"colr") + 10
    changes: list[tuple[int, bytes, type[Exception]]] = [
        (colors, b"\x0c", UnsupportedError),  # CMYK
        (colors, b"\x12", UnsupportedError),  # YCC
        (size + 42, b"\x87", UnsupportedError),  # signed
        (size + 42, b"\x08", UnsupportedError),  # 9 bits beside 8
        (size + 43, b"\x02", UnsupportedError),  # every second column
        (size + 11, b"\x06", FormatError),  # another width than in the boxes
    ]
    for place, value, error in changes:
        with pytest.raises(error):
            read("jpeg2000", plain[:place] + value + plain[place + 1 :])
