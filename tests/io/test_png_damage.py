"""Damaged and hostile PNG files: always noticed, never read in part, refused before they cost anything."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from hadimg.errors import FormatError, LimitError, UnsupportedError
from hadimg.io import png
from hadimg.io.header import ReadOptions, WriteOptions
from hadimg.io.image import Image
from hadimg.io.limits import Limits
from hadimg.io.png_chunks import SIGNATURE, Layout, assemble, chunk


def read(data: bytes, **options) -> Image:
    """Return the picture in the bytes of a file."""
    chosen = ReadOptions(**options)
    return png.decode(data, png.probe(data, chosen), chosen)


def written(pixels: np.ndarray) -> bytes:
    """Return the file of an array."""
    return png.encode(Image.from_pixels(pixels), WriteOptions()).data


def with_stream(stream: bytes, size: tuple[int, int] = (40, 24)) -> bytes:
    """Return an 8-bit grey file whose data chunk holds any stream, with a right checksum."""
    return assemble(Layout(*size, 8, 0, interlaced=False), [chunk(b"IDAT", stream)])


def smooth_rows() -> bytes:
    """Return the rows of a picture that compresses well, so that streams hold long matches."""
    row, column = np.mgrid[0:24, 0:40]
    values = ((row // 5 + column // 7) * 20).astype(np.uint8)
    return b"".join(b"\0" + line.tobytes() for line in values)


def test_every_prefix_is_refused(rng):
    """A file cut anywhere is named as broken, never read in part."""
    data = written(rng.integers(0, 256, (7, 5, 3), np.uint8))
    for length in range(len(data)):
        with pytest.raises(FormatError):
            read(data[:length])


def test_every_single_bit_flip_is_refused():
    """One wrong bit anywhere in a file is noticed: the signature, lengths and checksums leave no harmless place."""
    data = written(np.arange(6, dtype=np.uint8).reshape(2, 3))
    for position in range(8 * len(data)):
        broken = bytearray(data)
        broken[position // 8] ^= 1 << (position % 8)
        with pytest.raises(FormatError):
            read(bytes(broken))


@pytest.mark.parametrize("level", [1, 6])
def test_every_bit_flip_in_the_stream_is_noticed_behind_right_checksums(level):
    """With the chunk's checksum made right again, the stream is refused, or its pixels are those of the source."""
    rows = smooth_rows()
    stream = zlib.compress(rows, level)
    pixels = read(with_stream(stream)).pixels
    accepted = 0
    for position in range(8 * len(stream)):
        broken = bytearray(stream)
        broken[position // 8] ^= 1 << (position % 8)
        try:
            image = read(with_stream(bytes(broken)))
        except FormatError:
            continue
        np.testing.assert_array_equal(image.pixels, pixels)
        accepted += 1
    assert accepted < 20  # unused bits of the stream's header and last byte


def test_streams_of_the_wrong_length_are_refused():
    """Too few rows, too many bytes, a missing or wrong checksum and an unknown filter are damage."""
    rows = smooth_rows()
    stream = zlib.compress(rows)
    wrong = [
        zlib.compress(rows[:-1]),
        zlib.compress(rows + b"\0"),
        zlib.compress(rows + rows),
        stream[:-4],
        stream[:-1],
        stream[:-1] + bytes([stream[-1] ^ 1]),
        stream[: len(stream) // 2],
        zlib.compress(b"\5" + rows[1:]),
        zlib.compress(rows[:-41] + b"\xff" + rows[-40:]),
        b"",
        b"\0" * 40,
    ]
    for broken in wrong:
        with pytest.raises(FormatError):
            read(with_stream(broken))


def test_data_behind_the_stream_do_no_harm():
    """Bytes behind a whole and checked stream change no pixel."""
    stream = zlib.compress(smooth_rows())
    np.testing.assert_array_equal(read(with_stream(stream + b"more")).pixels, read(with_stream(stream)).pixels)


def test_damaged_files_are_read_as_far_as_they_go_on_request():
    """Rows before the damage are right, the rest is black, and notes name each damage."""
    whole = read(with_stream(zlib.compress(smooth_rows(), 0))).pixels
    cut = with_stream(zlib.compress(smooth_rows(), 0)[: 10 * 41 + 7])[:-12]
    image = read(cut, allow_damaged=True)
    np.testing.assert_array_equal(image.pixels[:9], whole[:9])
    assert not image.pixels[11:].any()
    assert sum(note.startswith("damaged: ") for note in image.notes) == 2
    wrong = bytearray(
        assemble(
            Layout(1, 1, 8, 0, interlaced=False), [chunk(b"tEXt", b"a\0b"), chunk(b"IDAT", zlib.compress(b"\0\7"))]
        )
    )
    wrong[43] ^= 1
    image = read(bytes(wrong), allow_damaged=True)
    assert image.pixels.tolist() == [[7]]
    assert image.metadata.text == ()
    filters = zlib.compress(b"\x09" + smooth_rows()[1:])
    assert "filter" in read(with_stream(filters), allow_damaged=True).notes[0]


def test_bombs_are_refused_from_the_header():
    """A huge claim costs neither memory nor time: limits come before any chunk is looked at."""
    huge = assemble(Layout(2**31 - 1, 2**31 - 1, 16, 6, interlaced=True), [chunk(b"IDAT", b"\0")])
    with pytest.raises(LimitError, match="page_pixels"):
        png.probe(huge, ReadOptions())
    lying = (
        SIGNATURE + chunk(b"IHDR", Layout(2, 2, 8, 2, interlaced=False).body()) + struct.pack(">I4s", 10**9, b"IDAT")
    )
    with pytest.raises(FormatError, match="declares 1000000000 bytes"):
        png.probe(lying + bytes(40), ReadOptions())
    with pytest.raises(FormatError, match="cannot hold"):
        png.probe(with_stream(zlib.compress(b""), (10_000, 10_000)), ReadOptions())
    with pytest.raises(UnsupportedError, match="1000000"):
        png.probe(with_stream(bytes(9999), (1_000_001, 1)), ReadOptions())


@pytest.mark.parametrize(
    ("limit", "value"), [("blocks", 5), ("block_bytes", 99), ("metadata_bytes", 299), ("page_pixels", 24 * 40 - 1)]
)
def test_each_limit_is_named(limit, value):
    """Every limit on chunks and pixels is checked, at its exact value."""
    data = with_stream(zlib.compress(smooth_rows()))
    data = data[:33] + chunk(b"prVt", bytes(100)) * 3 + data[33:]
    png.probe(data, ReadOptions(Limits(blocks=6, block_bytes=100, metadata_bytes=300, page_pixels=24 * 40)))
    with pytest.raises(LimitError, match=limit):
        png.probe(data, ReadOptions(Limits(**{limit: value})))
