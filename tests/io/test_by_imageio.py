"""TGA, PCX and SGI: pixels exact in all kinds that are read, everything else refused."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
import pytest

from hadimg.errors import FormatError, LimitError, UnsupportedError
from hadimg.io import by_imageio, pcx, tga
from hadimg.io.formats import FORMATS, format_of_data
from hadimg.io.header import Header, WriteOptions
from hadimg.io.image import Image, Metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.io.header import Encoded

CHANNELS = [("tga", 1), ("tga", 2), ("tga", 3), ("tga", 4), ("pcx", 1), ("pcx", 3), ("sgi", 1), ("sgi", 3), ("sgi", 4)]


@pytest.mark.parametrize(("name", "channels"), CHANNELS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (3, 3), (4, 3), (6, 11)])
def test_exact(
    name: str,
    channels: int,
    shape: tuple[int, int],
    rng: np.random.Generator,
    written: Callable[..., tuple[Encoded, Image]],
) -> None:
    """Every size and number of channels comes back exactly, also sizes that look like channels."""
    pixels = rng.integers(0, 256, (*shape, channels)).astype(np.uint8)
    pixels = pixels[:, :, 0] if channels == 1 else pixels
    _, result = written(name, Image.from_pixels(pixels))
    np.testing.assert_array_equal(result.pixels, pixels)
    assert result.pages[0].alpha == (channels in (2, 4))


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("coding", [None, "tga_rle"])
def test_tga_of_pillow(mode: str, coding: str | None, rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """Files of Pillow, with and without runs and palettes, are read as Pillow means them."""
    pixels = rng.integers(0, 3, (6, 50, 3 if mode == "P" else 4)).astype(np.uint8)
    peer = PIL.Image.fromarray(pixels).convert(mode)
    stream = BytesIO()
    options: dict[str, Any] = {"compression": coding}
    peer.save(stream, "TGA", **options)
    expected = np.asarray(peer.convert("RGB") if mode == "P" else peer)
    np.testing.assert_array_equal(read("tga", stream.getvalue()).pixels, expected)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_pcx_of_pillow(mode: str, rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """Bits, grey, palettes and colors are read as Pillow means them."""
    peer = PIL.Image.fromarray(rng.integers(0, 256, (6, 50, 3)).astype(np.uint8)).convert(mode)
    stream = BytesIO()
    peer.save(stream, "PCX", dpi=(150, 75))
    expected = np.asarray(peer.convert({"1": "L", "P": "RGB"}.get(mode, mode)))
    np.testing.assert_array_equal(read("pcx", stream.getvalue()).pixels, expected)


def test_pcx_resolution(written: Callable[..., tuple[Encoded, Image]]) -> None:
    """The resolution is written, and none is made up."""
    image = Image.from_pixels(np.zeros((3, 3), np.uint8), metadata=Metadata(resolution=(300.0, 72.0)))
    assert written("pcx", image)[1].metadata.resolution == (300.0, 72.0)
    assert written("pcx", Image(image.pages, "array"))[1].metadata.resolution is None


def test_pcx_without_its_palette(rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """A picture whose palette was cut off is refused, even where its last pixels look like one."""
    data = pcx.encode(Image.from_pixels(rng.integers(0, 192, (30, 40)).astype(np.uint8)), WriteOptions()).data
    cut = bytearray(data[:-500])
    cut[-769] = 12
    with pytest.raises(FormatError, match="palette is missing"):
        read("pcx", bytes(cut))


def test_tga_without_opacity(read: Callable[..., Image]) -> None:
    """A fourth byte that the header declares to be no opacity is not taken for one."""
    head = struct.pack("<3B9xHHBB", 0, 0, 2, 1, 1, 32, 0x20)
    np.testing.assert_array_equal(read("tga", head + b"\1\2\3\0").pixels, [[[3, 2, 1]]])


def test_tga_is_no_cursor(rng: np.random.Generator) -> None:
    """The first bytes of a color TGA are not those of a cursor, which the table refuses."""
    data = tga.encode(Image.from_pixels(rng.integers(0, 256, (6, 5, 3)).astype(np.uint8)), WriteOptions()).data
    assert format_of_data(data) is None
    assert format_of_data(b"\0\0\2\0\1\0\x20\x20") is FORMATS["ico"]


@pytest.mark.parametrize(("bits", "flags"), [(15, 0), (16, 0), (24, 0x10)])
def test_tga_refused(bits: int, flags: int, read: Callable[..., Image]) -> None:
    """Depths under 8 bits a channel and mirrored files are refused by name."""
    with pytest.raises(UnsupportedError):
        read("tga", struct.pack("<3B9xHHBB", 0, 0, 2, 1, 1, bits, flags) + bytes(8))


def with_runs(rows: list[bytes], width: int) -> bytes:
    """Return a grey SGI file with coded rows, from the bottom up."""
    start = 512 + 8 * len(rows)
    starts = [start + sum(map(len, rows[:number])) for number in range(len(rows))]
    head = struct.pack(">HBBHHHH", 474, 1, 1, 2, width, len(rows), 1).ljust(512, b"\0")
    return head + struct.pack(f">{2 * len(rows)}I", *starts, *map(len, rows)) + b"".join(rows)


def test_sgi_runs(read: Callable[..., Image]) -> None:
    """Runs and literal pixels are read; a row that is too short or too long is refused, not filled up."""
    repeated, literal = b"\x03\x07\x00", b"\x83\x01\x02\x03\x00"
    np.testing.assert_array_equal(read("sgi", with_runs([repeated, literal], 3)).pixels, [[1, 2, 3], [7, 7, 7]])
    for row in (b"\x02\x07\x00", b"\x04\x07\x00", b"\x00", b"\x83\x01"):
        with pytest.raises(FormatError):
            read("sgi", with_runs([literal, row], 3))


def test_sgi_of_16_bits_is_refused(read: Callable[..., Image]) -> None:
    """16 bits, which the library narrows, are refused by name."""
    with pytest.raises(UnsupportedError, match="16 bits"):
        read("sgi", b"\1\xda\0\2\0\2\0\1\0\1\0\1" + bytes(502))


def test_sizes_that_make_the_library_warn() -> None:
    """Pictures so large that Pillow would warn for the whole process are refused before."""
    with pytest.raises(LimitError, match="89478485"):
        by_imageio.read_pixels(b"", Header("tga", ((10_000, 10_000),), 1, 1), "TGA")
