"""BMP: every depth against Pillow, palettes and runs strictly, resolution and profile kept."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image
import pytest

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.image import Image, Metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.io.header import Encoded


def bitmap(
    bits: int, size: tuple[int, int], rows: bytes, *, compression: int = 0, masks: bytes = b"", colors: bytes = b""
) -> bytes:
    """Return a BMP file with the oldest header that has what is needed."""
    width, height = size
    start = 54 + len(masks) + len(colors)
    head = struct.pack(
        "<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(rows), 2835, 2835, len(colors) // 4, 0
    )
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + head + masks + colors + rows


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 9])
def test_round_trip(
    channels: int, width: int, rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]
) -> None:
    """Pixels of every number of channels and every padding come back exactly, and Pillow sees the same."""
    pixels = rng.integers(0, 256, (3, width, channels)).astype(np.uint8)
    pixels = pixels[:, :, 0] if channels == 1 else pixels
    encoded, result = written("bmp", Image.from_pixels(pixels))
    np.testing.assert_array_equal(result.pixels, pixels)
    peer = PIL.Image.open(BytesIO(encoded.data))
    np.testing.assert_array_equal(np.asarray(peer.convert({1: "L", 3: "RGB", 4: "RGBA"}[channels])), pixels)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_files_of_pillow(mode: str, rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """Files that Pillow writes are read as Pillow reads them; opacity that no header declares is noted."""
    peer = PIL.Image.fromarray(rng.integers(0, 256, (7, 13, 4)).astype(np.uint8)).convert(mode)
    stream = BytesIO()
    peer.save(stream, "BMP", dpi=(300, 150))
    image = read("bmp", stream.getvalue())
    expected = np.asarray(peer.convert({"1": "L", "P": "RGB", "RGBA": "RGB"}.get(mode, mode)))
    assert ("fourth byte" in " ".join(image.notes)) == (mode == "RGBA")
    np.testing.assert_array_equal(image.pixels, expected)
    assert image.metadata.resolution == pytest.approx((300, 150), abs=0.02)  # whole pixels per meter


def test_profile_and_resolution(rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]) -> None:
    """A profile comes back byte for byte, resolution to the nearest pixel per meter, with every number of channels."""
    profile = rng.bytes(501)
    for channels in (1, 3, 4):
        pixels = rng.integers(0, 256, (3, 5, channels)).astype(np.uint8)
        image = Image.from_pixels(
            pixels if channels > 1 else pixels[:, :, 0], metadata=Metadata(icc=profile, resolution=(72.009, 300.0))
        )
        _, result = written("bmp", image)
        assert result.metadata.icc == profile
        assert result.metadata.resolution == pytest.approx((72.009, 300), abs=0.02)
        np.testing.assert_array_equal(result.pixels, image.pixels)


def test_sixteen_bits_are_scaled_to_white(read: Callable[..., Image]) -> None:
    """All levels of 5 and 6 bits are scaled to 0..255 and rounded; the brightest is 255."""
    for masks, tops in (((0x7C00, 0x3E0, 0x1F), (31, 31, 31)), ((0xF800, 0x7E0, 0x1F), (31, 63, 31))):
        for channel, (mask, top) in enumerate(zip(masks, tops, strict=True)):
            shift = (mask & -mask).bit_length() - 1
            levels = np.arange(top + 1)
            rows = (levels << shift).astype("<u2").tobytes()
            data = bitmap(16, (top + 1, 1), rows, compression=3, masks=struct.pack("<3I", *masks))
            np.testing.assert_array_equal(read("bmp", data).pixels[0, :, channel], np.rint(levels * 255 / top))


def test_bit_fields_in_any_order(rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """Whole bytes are found wherever the bit fields say they lie."""
    stored = rng.integers(0, 256, (2, 3, 4)).astype(np.uint8)
    for order in ([2, 1, 0], [0, 1, 2], [3, 2, 1], [1, 3, 0]):
        masks = struct.pack("<3I", *(0xFF << 8 * place for place in order))
        data = bitmap(32, (3, -2), stored.tobytes(), compression=3, masks=masks)
        np.testing.assert_array_equal(read("bmp", data).pixels, stored[:, :, order])


COLORS = bytes([10, 20, 30, 0, 40, 50, 60, 0])  # blue, green, red, nothing


@pytest.mark.parametrize(
    ("bits", "compression", "runs"),
    [
        (8, 1, b"\3\0\0\0\0\3\1\0\1\0\0\0\0\1"),
        (8, 1, b"\3\0\0\0\1\1\1\0\1\1\0\0"),
        (4, 2, b"\3\0\0\0\0\3\x10\x10\0\0\0\1"),
        (4, 2, b"\3\0\0\0\3\x10\0\1"),
    ],
)
def test_runs(bits: int, compression: int, runs: bytes, read: Callable[..., Image]) -> None:
    """Runs and literal pixels of both depths are read, with and without the marks of the end."""
    pixels = read("bmp", bitmap(bits, (3, 2), runs, compression=compression, colors=COLORS)).pixels
    np.testing.assert_array_equal(pixels[1], [[30, 20, 10]] * 3)
    np.testing.assert_array_equal(pixels[0], [[60, 50, 40], [30, 20, 10], [60, 50, 40]])


@pytest.mark.parametrize(
    "runs", [b"\3\0\0\0\2\1\0\1", b"\3\0\0\0\4\1\0\1", b"\3\0\0\0\3\1\0\0\1\0\0\1", b"\3\0\0\0\0\3\1", b"\3\0\0\2\0\1"]
)
def test_broken_runs(runs: bytes, read: Callable[..., Image]) -> None:
    """Runs that leave pixels out, leave the picture or end early are refused."""
    with pytest.raises((FormatError, UnsupportedError)):
        read("bmp", bitmap(8, (3, 2), runs, compression=1, colors=COLORS))


def test_color_behind_the_palette(read: Callable[..., Image]) -> None:
    """Pixels that name a color that is not there are black, and a note counts them."""
    image = read("bmp", bitmap(8, (4, 1), b"\0\1\2\3", colors=COLORS))
    np.testing.assert_array_equal(image.pixels[0], [[30, 20, 10], [60, 50, 40], [0, 0, 0], [0, 0, 0]])
    assert image.notes[0].startswith("2 pixels")


@pytest.mark.parametrize(("compression", "bits"), [(4, 24), (5, 24), (11, 32), (6, 32), (99, 24)])
def test_refused_kinds(compression: int, bits: int, read: Callable[..., Image]) -> None:
    """Kinds that no two programs read alike are refused by name."""
    with pytest.raises(UnsupportedError):
        read("bmp", bitmap(bits, (1, 1), bytes(4), compression=compression))


def test_grey_with_opacity_becomes_color(written: Callable[..., tuple[Encoded, Image]]) -> None:
    """Grey with opacity, which BMP has not, is written as three equal channels with a note."""
    pixels = np.array([[[7, 0], [9, 255]]], np.uint8)
    encoded, result = written("bmp", Image.from_pixels(pixels))
    np.testing.assert_array_equal(result.pixels, [[[7, 7, 7, 0], [9, 9, 9, 255]]])
    assert encoded.notes == ("BMP has no grey with opacity: written as RGB",)
