"""PNG pixels: every color type and depth, and exact round trips."""

from __future__ import annotations

import csv
import io
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from PIL import Image as Pillow

from hadimg.errors import FormatError, HadimgError, UnsupportedError
from hadimg.io import png, png_pixels
from hadimg.io.header import ReadOptions, WriteOptions
from hadimg.io.image import Image, Page
from hadimg.io.png_chunks import SIGNATURE, Layout, assemble, chunk

KINDS = [((), np.uint8), ((2,), np.uint8), ((3,), np.uint8), ((4,), np.uint8)]
KINDS += [(channels, np.uint16) for channels, _ in KINDS]


def read(data: bytes, **options) -> Image:
    """Return the picture in the bytes of a file."""
    chosen = ReadOptions(**options)
    return png.decode(data, png.probe(data, chosen), chosen)


def written(pixels: np.ndarray) -> bytes:
    """Return the file of an array."""
    return png.encode(Image.from_pixels(pixels), WriteOptions()).data


def file_of(layout: Layout, rows: bytes, *chunks: bytes) -> bytes:
    """Return a file whose data chunk holds the given filtered rows."""
    return assemble(layout, (*chunks, chunk(b"IDAT", zlib.compress(rows, 9))))


@pytest.mark.parametrize(("channels", "dtype"), KINDS)
def test_every_channel_count_and_depth_comes_back_exactly(channels, dtype, rng):
    """What is written is read again bit for bit, with opacity, white and C order as declared."""
    pixels = rng.integers(0, np.iinfo(dtype).max, (23, 31, *channels), dtype, endpoint=True)
    image = read(written(pixels))
    page = image.pages[0]
    np.testing.assert_array_equal(page.pixels, pixels)
    assert page.pixels.dtype == dtype
    assert page.pixels.flags.c_contiguous
    assert page.alpha == (channels in ((2,), (4,)))
    assert page.white == np.iinfo(dtype).max


@pytest.mark.parametrize(("channels", "dtype"), KINDS)
def test_an_independent_reader_sees_the_same_pixels(channels, dtype, rng):
    """Libvips reads every kind of file that is written as it was meant."""
    vips = pytest.importorskip("pyvips")
    pixels = rng.integers(0, np.iinfo(dtype).max, (9, 14, *channels), dtype, endpoint=True)
    seen = vips.Image.new_from_buffer(written(pixels), "", fail_on="warning").numpy()
    np.testing.assert_array_equal(seen.reshape(pixels.shape), pixels)


def test_views_are_written_as_they_look(rng):
    """Turned, strided, byte-swapped and read-only arrays are written as the pixels they show."""
    pixels = rng.integers(0, 65536, (20, 30, 3), np.uint16)
    pixels.flags.writeable = False
    for view in (pixels[::-1], pixels[:, ::3], pixels.swapaxes(0, 1), pixels.astype(">u2")):
        np.testing.assert_array_equal(read(written(view)).pixels, view)
    np.testing.assert_array_equal(read(written(pixels[..., :1])).pixels, pixels[..., 0])


@pytest.mark.parametrize("color", [0, 2, 4, 6])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("band", [1, 100, 1 << 20])
def test_rows_are_unfiltered_some_at_a_time(monkeypatch, rng, color, depth, interlaced, band):
    """Every filter goes on where the band before has ended: libpng, which gets the whole file, sees the same pixels."""
    layout = Layout(21, 30, depth, color, interlaced)
    rows = b""
    for _, one in layout.passes():
        filtered = rng.integers(0, 256, (one.height, one.row_bytes), np.uint8)
        filtered[:, 0] = rng.integers(0, 5, one.height)
        rows += filtered.tobytes()
    data = file_of(layout, rows)
    monkeypatch.setattr(png_pixels, "BAND_BYTES", band)
    found = read(data).pixels
    assert found.flags.writeable
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, imagecodecs.png_decode(data))


def test_the_pixels_are_kept_once(rng):
    """What a picture keeps of its file, to carry chunks over, holds none of the compressed pixels."""
    pixels = rng.integers(0, 256, (60, 60, 3), np.uint8)
    source = read(written(pixels)).source
    assert source.format == "png"
    assert len(source.data) < 100
    end = chunk(b"IEND", b"")
    told = written(pixels).replace(end, chunk(b"tEXt", b"who\0me") + end)
    assert b"who\0me" in read(told).source.data


@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize("interlaced", [False, True])
def test_low_depths_are_scaled_to_all_of_8_bits(depth, interlaced):
    """Black stays black and white becomes 255; Pillow agrees; interlaced files give the same."""
    top = (1 << depth) - 1
    layout = Layout(13, 11, depth, 0, interlaced)
    values = (np.arange(11)[:, np.newaxis] * 3 + np.arange(13)) % (top + 1)
    rows = b""
    for place, one in layout.passes():
        bits = ((values[place][..., np.newaxis] >> np.arange(depth)[::-1]) & 1).reshape(one.height, -1)
        packed = np.packbits(bits.astype(np.uint8), axis=1)
        assert packed.shape[1] + 1 == one.row_bytes
        rows += b"".join(b"\0" + line.tobytes() for line in packed)
    data = file_of(layout, rows)
    image = read(data)
    np.testing.assert_array_equal(image.pixels, values * (255 // top))
    np.testing.assert_array_equal(image.pixels, np.asarray(Pillow.open(io.BytesIO(data)).convert("L")))
    assert f"{depth} bits" in image.notes[0]


def test_palettes_become_rgb_or_rgba():
    """Every index is looked up; the opacity of a palette that is shorter than it is 255 for the rest."""
    colors = bytes(range(30))
    layout = Layout(10, 1, 8, 3, interlaced=False)
    rows = b"\0" + bytes(range(10))
    plain = read(file_of(layout, rows, chunk(b"PLTE", colors)))
    np.testing.assert_array_equal(plain.pixels, np.arange(30, dtype=np.uint8).reshape(1, 10, 3))
    clear = read(file_of(layout, rows, chunk(b"PLTE", colors), chunk(b"tRNS", b"\x07\x80")))
    assert clear.pages[0].alpha
    np.testing.assert_array_equal(clear.pixels[..., :3], plain.pixels)
    assert clear.pixels[0, :, 3].tolist() == [7, 128] + [255] * 8


@pytest.mark.parametrize(
    ("color", "depth", "key", "hidden"),
    [(0, 4, (5,), 5 * 17), (0, 16, (777,), 777), (2, 8, (1, 2, 3), (1, 2, 3)), (2, 16, (9, 8, 7), (9, 8, 7))],
)
def test_a_transparent_color_becomes_opacity(color, depth, key, hidden):
    """Exactly the pixels of the declared color are transparent, at every depth."""
    layout = Layout(2, 1, depth, color, interlaced=False)
    values = (*key, *(part + 1 for part in key))
    body = (
        bytes([key[0] << 4 | key[0] + 1]) if depth == 4 else struct.pack(f">{len(values)}{'BH'[depth // 16]}", *values)
    )
    image = read(file_of(layout, b"\0" + body, chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))))
    assert image.pages[0].alpha
    np.testing.assert_array_equal(image.pixels[0, 0, :-1], hidden)
    assert image.pixels[0, :, -1].tolist() == [0, image.pages[0].white]


def test_a_color_that_the_palette_lacks_is_refused():
    """No color is invented; who allows damage gets black and opaque, as other readers show it."""
    layout = Layout(3, 1, 8, 3, interlaced=False)
    data = file_of(layout, b"\0\0\1\2", chunk(b"PLTE", b"\x10\x20\x30\x40\x50\x60"))
    with pytest.raises(UnsupportedError, match="palette of 2 does not define"):
        read(data)
    assert read(data, allow_damaged=True).pixels[0, 2].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("chunks", "color"),
    [
        ([chunk(b"PLTE", b"1234")], 3),
        ([], 3),
        ([chunk(b"PLTE", b"123")], 0),
        ([chunk(b"PLTE", b"123"), chunk(b"PLTE", b"123")], 3),
        ([chunk(b"tRNS", b"1"), chunk(b"PLTE", b"123")], 3),
        ([chunk(b"PLTE", b"123"), chunk(b"tRNS", b"12")], 3),
        ([chunk(b"tRNS", b"123")], 0),
        ([chunk(b"IHDR", bytes(13))], 0),
    ],
)
def test_palettes_and_keys_that_break_the_rules_are_refused(chunks, color):
    """A palette or key of the wrong length, at the wrong place or for the wrong color type is damage."""
    with pytest.raises(FormatError):
        read(file_of(Layout(1, 1, 8, color, interlaced=False), b"\0\0", *chunks))


def test_unknown_critical_chunks_are_refused_by_name():
    """A chunk that says it must be understood is not skipped."""
    data = file_of(Layout(1, 1, 8, 0, interlaced=False), b"\0\0", chunk(b"ABCD", b""))
    with pytest.raises(UnsupportedError, match="ABCD"):
        read(data)
    with pytest.raises(UnsupportedError, match="CgBI"):
        read(SIGNATURE + chunk(b"CgBI", bytes(4)) + data[8:])


def test_what_png_cannot_hold_is_refused_by_name():
    """Floats, other levels of white and pages without timing are refused before anything is written."""
    with pytest.raises(UnsupportedError, match="float32"):
        written(np.zeros((2, 2), np.float32))
    with pytest.raises(UnsupportedError, match="1000001"):
        written(np.zeros((1, 1_000_001), np.uint8))
    twelve_bits = Image((Page(np.zeros((2, 2), np.uint16), white=4095.0),), "tiff")
    with pytest.raises(UnsupportedError, match="4095"):
        png.encode(twelve_bits, WriteOptions())
    stack = Image((Page(np.zeros((2, 2), np.uint8)),) * 2, "tiff")
    with pytest.raises(UnsupportedError, match="one page"):
        png.encode(stack, WriteOptions())


def rows_of(shared_data):
    """Yield the rows of the manifest that are PNG files."""
    with (shared_data / "badimages" / "manifest.csv").open(encoding="utf-8") as table:
        yield from (row for row in csv.DictReader(table) if row["file"].startswith("png/"))


def test_bad_and_odd_pictures_are_read_whole_or_refused(shared_data):
    """Every file does what its collection expects: read in full, or refused by the one family of errors."""
    for row in rows_of(shared_data):
        data = (shared_data / "badimages" / row["file"]).read_bytes()
        try:
            image = read(data)
        except UnsupportedError:
            continue
        except HadimgError:
            assert row["expect"] != "read", row["file"]
            continue
        assert row["expect"] != "refuse", row["file"]
        if row["size"]:
            assert row["size"] == "{1}x{0}".format(*image.pages[0].shape), row["file"]
            assert int(row["frames"]) == len(image.pages), row["file"]


def test_odd_pictures_have_the_pixels_that_others_see(shared_data):
    """Libvips sees the same values in every picture that is read, and in its copy."""
    vips = pytest.importorskip("pyvips")
    compared = 0
    for row in rows_of(shared_data):
        data = (shared_data / "badimages" / row["file"]).read_bytes()
        if row["expect"] != "read" or row["kind"] == "animation" or "invalid_palette" in row["file"]:
            continue
        image = read(data)
        seen = vips.Image.new_from_buffer(data, "").numpy()
        copied = vips.Image.new_from_buffer(png.encode(image, WriteOptions()).data, "", fail_on="warning").numpy()
        first = image.pages[0].pixels
        np.testing.assert_array_equal(first, seen.reshape(first.shape), err_msg=row["file"])
        np.testing.assert_array_equal(first, copied.reshape(first.shape), err_msg=row["file"])
        compared += 1
    assert compared > 60
