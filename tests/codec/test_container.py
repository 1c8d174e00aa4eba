"""The container: every byte of the header means one thing, and what contradicts itself is refused before it costs."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadimg.codec import describe, encode
from hadimg.codec.chunks import pack_metadata, unpack_metadata
from hadimg.codec.container import HEADER_BYTES, MAGIC, TILES, Header, read_header
from hadimg.codec.grid import Box, Grid, read_layout
from hadimg.codec.samples import Samples
from hadimg.codec.settings import LARGEST_STEP, SEGMENTS, SETTINGS_BYTES, Settings
from hadimg.codec.source import MemorySource
from hadimg.errors import ArgumentError, FormatError, LimitError, UnsupportedError
from hadimg.io.image import Metadata
from hadimg.io.limits import Limits

SETTINGS = HEADER_BYTES - 4 - SETTINGS_BYTES
"""Where the settings begin."""


def sealed(data: bytes, length: int = HEADER_BYTES) -> bytes:
    """Return a file whose header has the checksum that it should have."""
    return data[: length - 4] + struct.pack("<I", zlib.crc32(data[: length - 4])) + data[length:]


def changed(data: bytes, place: int, code: str, *values) -> bytes:
    """Return a file with other values in its header, and the right checksum."""
    broken = bytearray(data)
    struct.pack_into("<" + code, broken, place, *values)
    return sealed(bytes(broken))


def header_of(data: bytes) -> Header:
    """Read a header under the usual limits."""
    return read_header(MemorySource(data), Limits())


@given(
    height=st.integers(1, 1 << 14),
    width=st.integers(1, 1 << 14),
    tile=st.sampled_from(TILES),
    depth=st.integers(1, 16),
    step=st.integers(1, LARGEST_STEP),
    channels=st.integers(1, 4),
    mode=st.sampled_from(["lossy", "lossless"]),
)
def test_header_comes_back(height, width, tile, depth, step, channels, mode):
    """Whatever an encoder can declare is read as it was declared."""
    color = "ycocg" if channels > 2 else "none"
    settings = Settings(channels, depth, channels in (2, 4), mode, step, color)
    header = Header(height, width, Samples("uint16"), settings, tile, metadata_bytes=17)
    assert header_of(header.pack()) == header


def test_places_of_fields():
    """The fields stand where the specification says, little-endian."""
    data = encode(np.zeros((5, 7, 3), np.uint8), step=2.5, tile=64, metadata=Metadata(xmp=b"<x/>"))
    assert data[:8] == MAGIC == bytes.fromhex("894841 44490d0a 1a")
    assert struct.unpack_from("<BBHII", data, 8) == (1, 0, HEADER_BYTES, 7, 5)
    assert struct.unpack_from("<BBHB", data, 20) == (0, SEGMENTS, 64, 0)
    assert struct.unpack_from("<I", data, 28) == (16,)
    assert data[SETTINGS : SETTINGS + 3] == bytes([3, 8, 0])
    assert struct.unpack_from("<I", data, SETTINGS + 8) == (160,)
    assert data[HEADER_BYTES : HEADER_BYTES + 12] == b"XMP \x04\0\0\0<x/>"


LIES = [
    ("width", 12, "I", 0),
    ("width", 12, "I", (1 << 20) + 1),
    ("height", 16, "I", 0),
    ("samples", 20, "B", 9),
    ("segments", 21, "B", 5),
    ("tiles", 22, "H", 0),
    ("tiles", 22, "H", 500),
    ("channel axis", 24, "B", 2),
    ("reserved", 25, "B", 1),
    ("unit", 32, "d", 1.0),
    ("origin", 40, "q", -3),
    ("channels", SETTINGS, "B", 0),
    ("color", SETTINGS, "B", 5),
    ("bit depth", SETTINGS + 1, "B", 17),
    ("bits", SETTINGS + 1, "B", 9),
    ("alpha", SETTINGS + 2, "B", 2),
    ("opacity", SETTINGS + 2, "B", 1),
    ("mode", SETTINGS + 3, "B", 2),
    ("color", SETTINGS + 4, "B", 7),
    ("step", SETTINGS + 8, "I", 0),
]


@pytest.mark.parametrize(("name", "place", "code", "value"), LIES)
def test_lies_of_the_header(name, place, code, value):
    """A value that no encoder writes is refused by its name, even under a right checksum."""
    data = encode(np.zeros((5, 7, 3), np.uint8))
    with pytest.raises(FormatError, match=name):
        header_of(changed(data, place, code, value))


def test_planes():
    """More planes than four channels have are refused."""
    with pytest.raises(FormatError, match="5 planes"):
        header_of(Header(5, 7, Samples("uint8"), Settings(5, color="none")).pack())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, -1.0])
def test_units_of_floats(value):
    """The unit of floats must be a positive number."""
    data = encode(np.zeros((5, 7), np.float32), unit=0.5, lossless=True)
    with pytest.raises(FormatError, match="unit"):
        header_of(changed(data, 32, "d", value))


def test_later_versions():
    """A later major version is refused with both numbers, a later minor version is read, longer header and all."""
    data = encode(np.arange(35, dtype=np.uint8).reshape(5, 7), lossless=True)
    with pytest.raises(UnsupportedError, match=r"version 2\.0, this hadimg reads version 1"):
        header_of(changed(data, 8, "B", 2))
    with pytest.raises(FormatError, match="checksum"):
        header_of(data[:8] + b"\2" + data[9:])
    longer = data[: HEADER_BYTES - 4] + b"more" + data[HEADER_BYTES - 4 :]
    longer = sealed(longer[:9] + struct.pack("<BH", 7, HEADER_BYTES + 4) + longer[12:], HEADER_BYTES + 4)
    told = describe(longer)
    assert (told["version"], told["width"], told["declared_bytes"]) == ("1.7", 7, len(longer))
    with pytest.raises(FormatError, match="cannot have"):
        header_of(sealed(longer[:9] + b"\0" + longer[10:], HEADER_BYTES + 4))


@pytest.mark.parametrize("length", [0, 15, 4097, 65535])
def test_length_of_the_header(length):
    """The header's own length is bounded before it is used."""
    data = encode(np.zeros((5, 7), np.uint8))
    with pytest.raises(FormatError, match="length"):
        header_of(data[:10] + struct.pack("<H", length) + data[12:])


def test_limits_come_first():
    """A header that declares too much is refused by the name of the limit."""
    data = encode(np.zeros((5, 7, 3), np.uint8))
    with pytest.raises(LimitError, match="page_pixels"):
        header_of(changed(data, 12, "II", 1 << 20, 1 << 20))
    with pytest.raises(LimitError, match="decoded_bytes"):
        read_header(MemorySource(data), Limits(decoded_bytes=104))
    with pytest.raises(LimitError, match="metadata_bytes"):
        header_of(changed(data, 28, "I", 1 << 31))
    with pytest.raises(FormatError, match="256 tiles take"):
        read_layout(MemorySource(changed(data, 12, "II", 8192, 8192)), Limits())


FULL = Metadata(
    exif=b"II*\0exif",
    xmp=b"<x/>",
    icc=bytes(300),
    iptc=b"\x1c\x02",
    resolution=(300.0, 72.5),
    text=(("Title", "Dünen"), ("", ""), ("a\0b", "odd \udcff")),
)


def test_metadata_come_back():
    """Every part comes back exactly, text of any characters included."""
    assert unpack_metadata(pack_metadata(FULL), Limits()) == FULL
    assert pack_metadata(Metadata()) == b""


def test_metadata_that_no_file_holds():
    """What could not be read again is not written."""
    for resolution in ((0.0, 72.0), (72.0, float("nan"))):
        with pytest.raises(ArgumentError, match="resolution must be"):
            pack_metadata(Metadata(resolution=resolution))
    with pytest.raises(ArgumentError, match="keyword must take at most 65535"):
        pack_metadata(Metadata(text=(("k" * 65536, ""),)))


def test_other_chunks_are_passed_over():
    """A chunk of a later version does no harm."""
    frame = b"NEXT" + struct.pack("<I", 3) + b"abc" + struct.pack("<I", zlib.crc32(b"NEXTabc"))
    assert unpack_metadata(frame + pack_metadata(FULL), Limits()) == FULL


def test_broken_metadata():
    """Every cut and every flipped bit of the chunks is noticed, and so are doubled and oversized ones."""
    data = pack_metadata(Metadata(xmp=b"<x/>", resolution=(300.0, 72.0)))
    edges = {0, 16}  # between two chunks
    for length in set(range(len(data))) - edges:
        with pytest.raises(FormatError):
            unpack_metadata(data[:length], Limits())
    for bit in range(8 * len(data)):
        broken = bytearray(data)
        broken[bit >> 3] ^= 1 << (bit & 7)
        with pytest.raises((FormatError, LimitError)):
            unpack_metadata(bytes(broken), Limits())
    with pytest.raises(FormatError, match="XMP twice"):
        unpack_metadata(pack_metadata(Metadata(xmp=b"<x/>")) * 2, Limits())
    with pytest.raises(LimitError, match="block_bytes"):
        unpack_metadata(data, Limits(block_bytes=3))
    with pytest.raises(LimitError, match="blocks"):
        unpack_metadata(data, Limits(blocks=1))


@pytest.mark.parametrize("content", [b"", bytes(16), struct.pack("<2d", 1.0, float("nan"))])
def test_broken_resolution(content):
    """A resolution that is none is refused under a right checksum, too."""
    frame = b"RESO" + struct.pack("<I", len(content)) + content + struct.pack("<I", zlib.crc32(b"RESO" + content))
    with pytest.raises(FormatError, match="resolution"):
        unpack_metadata(frame, Limits())


@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_tiles_cover_the_picture(height, width, data):
    """Every pixel lies in one tile, and a window asks for exactly the tiles that it touches."""
    grid = Grid(height, width, 64)
    seen = np.zeros((height, width), int)
    owner = np.zeros((height, width), int)
    for index in range(grid.count):
        box = grid.box(index)
        seen[box.top : box.top + box.height, box.left : box.left + box.width] += 1
        owner[box.top : box.top + box.height, box.left : box.left + box.width] = index
    assert (seen == 1).all()
    top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    box = Box(top, left, data.draw(st.integers(1, height - top)), data.draw(st.integers(1, width - left)))
    inside = owner[top : top + box.height, left : left + box.width]
    assert sorted(grid.touching(box)) == np.unique(inside).tolist()
