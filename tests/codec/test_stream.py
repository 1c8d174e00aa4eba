"""Rows go in and come out a few at a time: the same bytes and pixels, in memory that does not grow with the picture."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest

from hadimg.codec import Reader, Writer, decode, encode
from hadimg.errors import ArgumentError, ArgumentTypeError, HadimgError, ReadError, WriteError
from hadimg.io.image import Metadata
from hadimg.io.limits import Limits


def written(pixels: np.ndarray, steps: list[int], **options) -> bytes:
    """Return the file that a writer makes of rows that come in groups of these sizes, over and over."""
    file = io.BytesIO()
    with Writer(file, pixels.shape, pixels.dtype, **options) as writer:
        row = 0
        while row < len(pixels):
            count = steps[row % len(steps)]
            writer.write(pixels[row : row + count])
            row += count
    return file.getvalue()


@pytest.mark.parametrize("steps", [[1], [7, 3], [64], [1000]])
@pytest.mark.parametrize("options", [{"quality": 60}, {"lossless": True, "metadata": Metadata(xmp=b"<x/>")}])
def test_same_bytes_as_encode(steps, options, scene):
    """However the rows come, the file is the one that `encode` makes."""
    pixels = scene(150, 100)
    assert written(pixels, steps, tile=64, **options) == encode(pixels, tile=64, **options)


@pytest.mark.parametrize("shape", [(3, 5), (70, 5, 1), (70, 66, 2)])
def test_shapes_and_floats(shape, rng):
    """Every shape and type goes through; floats in units need their extremes."""
    pixels = rng.random(shape, np.float32)
    assert written(pixels, [2], lossless=True) == encode(pixels, lossless=True)
    extremes = float(pixels.min()), float(pixels.max())
    assert written(pixels, [2], unit=1 / 512, extremes=extremes) == encode(pixels, unit=1 / 512)
    with pytest.raises(ArgumentError, match="extremes"):
        written(pixels, [2], unit=1 / 512)


def test_rows_come_back(scene):
    """The rows of tiles, put together, are the picture; so are the reduced ones, and windows."""
    pixels = scene(150, 100)
    data = encode(pixels, tile=64)
    file = io.BytesIO(b"before" + data)
    file.seek(6)
    with Reader(file) as reader:
        assert (reader.shape, reader.dtype) == ((150, 100, 3), np.uint8)
        for reduce in range(4):
            tops, parts = zip(*reader.rows(reduce=reduce), strict=True)
            assert tops == (0, 64 >> reduce, 128 >> reduce)
            np.testing.assert_array_equal(np.vstack(parts), decode(data, reduce=reduce))
        np.testing.assert_array_equal(reader.window((50, 20, 30, 40)), decode(data, window=(50, 20, 30, 40)))


def peak_of_writer(rows: int) -> int:
    """Return the most memory that encoding a picture of some rows of tiles takes."""
    band = np.random.default_rng(2).integers(0, 60, (64, 512, 3), np.uint8)
    tracemalloc.start()
    try:
        with open("/dev/null", "wb") as file, Writer(file, (64 * rows, 512, 3), np.uint8, tile=64, workers=2) as writer:  # noqa: PTH123
            for _ in range(rows):
                writer.write(band)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_of_the_writer(monkeypatch):
    """Six times the height takes no more memory, but for the table, a few bytes a tile."""
    monkeypatch.setattr("hadimg.codec.stream.IN_MEMORY", 1 << 14)
    peak_of_writer(1)  # compiles
    low, high = peak_of_writer(4), peak_of_writer(24)
    assert high < 1.1 * low + 200_000
    assert high < 12 * 64 * 24 * 512  # bytes a pixel


def test_memory_of_the_reader(tmp_path):
    """Going through a picture six times as high takes no more memory, but for the table."""
    peaks = []
    for rows in (1, 4, 24):
        path = tmp_path / f"{rows}.hadi"
        pixels = np.random.default_rng(2).integers(0, 60, (64 * rows, 512, 3), np.uint8)
        path.write_bytes(encode(pixels, tile=64))
        tracemalloc.start()
        with path.open("rb") as file, Reader(file, workers=2) as reader:
            for top, part in reader.rows():
                assert part.shape == (64, 512, 3), top
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.1 * peaks[1] + 200_000
    assert peaks[2] < 12 * 64 * 24 * 512  # bytes a pixel


def test_wrong_rows(scene):
    """Rows of another width, type or number are refused, and no file is made."""
    file = io.BytesIO()
    with pytest.raises(ArgumentError, match="3 are missing"), Writer(file, (8, 9, 3), np.uint8) as writer:
        writer.write(scene(5, 9))
    with pytest.raises(ArgumentError, match="more came"), Writer(file, (8, 9, 3), np.uint8) as writer:
        writer.write(scene(9, 9))
    with pytest.raises(ArgumentError, match=r"shape \(h, 9, 3\)"), Writer(file, (8, 9, 3), np.uint8) as writer:
        writer.write(scene(8, 8))
    with pytest.raises(ArgumentTypeError, match="array of uint8"), Writer(file, (8, 9, 3), np.uint8) as writer:
        writer.write(scene(8, 9).astype(np.uint16))
    assert file.getvalue() == b""


def test_errors_of_streams(scene, monkeypatch):
    """A stream that takes or gives no bytes is named as what it is."""

    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    with pytest.raises(WriteError, match="No space left"), Writer(Full(), (8, 9, 3), np.uint8) as writer:
        writer.write(scene(8, 9))

    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile.write", fails)
    with pytest.raises(WriteError, match="No space left"), Writer(io.BytesIO(), (8, 9, 3), np.uint8) as writer:
        writer.write(scene(8, 9))

    class Pipe(io.BytesIO):
        def seek(self, *place):
            raise io.UnsupportedOperation("seek")

    with pytest.raises(ReadError, match="cannot seek"):
        Reader(Pipe(encode(scene(8, 9))))
    file = io.BytesIO(encode(scene(8, 9)))
    reader = Reader(file)
    file.close()
    with pytest.raises(ReadError, match="closed file"):
        reader.window((0, 0, 1, 1))


def test_damaged_file_row_by_row(scene):
    """Rows before the damage come out; with ``partial`` those behind it, too."""
    data = bytearray(encode(scene(150, 60), tile=64))
    data[-5] ^= 1  # in the last segment of the last tile
    rows = Reader(io.BytesIO(data)).rows()
    assert [next(rows)[0], next(rows)[0]] == [0, 64]
    with pytest.raises(HadimgError, match="segment 3 of tile 2"):
        next(rows)
    assert [part.shape[0] for _, part in Reader(io.BytesIO(data), partial=True).rows()] == [64, 64, 22]


def test_limits(scene):
    """The limits hold for streams, too."""
    with pytest.raises(HadimgError, match="page_pixels"):
        Reader(io.BytesIO(encode(scene(20, 30))), limits=Limits(page_pixels=599))
