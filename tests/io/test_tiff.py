"""TIFF pixels: every layout, coding and type comes out exact, and goes back with nothing else in the file changed."""

from __future__ import annotations

import io
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from hadimg.errors import UnsupportedError
from hadimg.io import tiff, tiff_copy
from hadimg.io.header import ReadOptions, WriteOptions

if TYPE_CHECKING:
    from hadimg.io.image import Image

LAYOUTS = {"strips": {"rowsperstrip": 5}, "one strip": {"rowsperstrip": 99}, "tiles": {"tile": (16, 32)}}
CODINGS = [None, "packbits", *product(("lzw", "zlib", "zstd", "lzma"), (False, True))]
TABLES = {273, 279, 324, 325}


def read(data: bytes, **options) -> Image:
    """Return the picture in the bytes of a file."""
    chosen = ReadOptions(**options)
    return tiff.decode(data, tiff.probe(data, chosen), chosen)


def write(image: Image, **options) -> bytes:
    """Return the file of a picture."""
    return tiff.encode(image, WriteOptions(**options)).data


def file_of(*arrays: np.ndarray, bigtiff: bool = False, byteorder: str = "<", **options) -> bytes:
    """Return a file that tifffile makes, one page an array."""
    file = io.BytesIO()
    with tifffile.TiffWriter(file, bigtiff=bigtiff, byteorder=byteorder) as writer:
        for array in arrays:
            writer.write(array, metadata=None, contiguous=False, **options)
    return file.getvalue()


def random_pixels(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Return smooth values with some noise, so that codings have something to find."""
    ramp = np.linspace(0.0, 200.0, int(np.prod(shape))).reshape(shape)
    return (ramp + rng.uniform(0.0, 50.0, shape)).astype(dtype)


def other_pixels(pixels: np.ndarray) -> np.ndarray:
    """Return noise, which codes longer than what was there."""
    values = np.random.default_rng(7).integers(0, 256, pixels.shape)
    return values.astype(pixels.dtype)


def tags(data: bytes) -> list[dict]:
    """Return all tags of all pages but those that say where the segments are, as tifffile reads them."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        pages = [file.pages[number] for number in range(len(file.pages))]
        return [
            {tag.code: (tag.dtype, tag.count, tag.value) for tag in p.tags if tag.code not in TABLES} for p in pages
        ]


def offsets(data: bytes) -> list[int]:
    """Return where the segments of the first page are."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        return list(file.pages[0].dataoffsets)


def foreign_bytes(data: bytes) -> np.ndarray:
    """Return where a file holds something other than segments and the tables that say where they are."""
    foreign = np.ones(len(data), bool)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        entry_bytes = 20 if file.is_bigtiff else 12
        for number in range(len(file.pages)):
            page = file.pages[number]
            for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
                foreign[offset : offset + count] = False
            for tag in (tag for tag in page.tags if tag.code in TABLES):
                foreign[tag.offset : tag.offset + entry_bytes] = False
                foreign[tag.valueoffset : tag.valueoffset + tag.valuebytecount] = False
    return foreign


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("coding", CODINGS, ids=str)
@pytest.mark.parametrize("planarconfig", ["contig", "separate"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_only_the_segments_change(rng, layout, planarconfig, coding, dtype):
    """Pixels are exact both ways, an unchanged picture is the same file, a changed one differs in its segments only."""
    name, predictor = coding if isinstance(coding, tuple) else (coding, False)
    pixels = random_pixels(rng, (23, 37, 3), dtype)
    stored = np.moveaxis(pixels, -1, 0) if planarconfig == "separate" else pixels
    for byteorder, bigtiff in ((">", False), ("<", True)):
        options = {"planarconfig": planarconfig, "compression": name, "predictor": predictor, **LAYOUTS[layout]}
        data = file_of(stored, photometric="rgb", byteorder=byteorder, bigtiff=bigtiff, **options)
        image = read(data)
        assert image.pixels.dtype == np.dtype(dtype)
        assert np.array_equal(image.pixels, pixels)
        assert write(image) == data

        for changed in (pixels // 2, other_pixels(pixels)):
            result = write(image.with_pixels(changed))
            peer = tifffile.imread(io.BytesIO(result))
            assert np.array_equal(np.moveaxis(peer, 0, -1) if planarconfig == "separate" else peer, changed)
            assert np.array_equal(read(result).pixels, changed)
            assert tags(result) == tags(data)
            assert not any(offset % 2 for offset in offsets(result) if offset >= len(data))
            foreign = foreign_bytes(data)
            before, after = np.frombuffer(data, np.uint8), np.frombuffer(result[: len(data)], np.uint8)
            assert np.array_equal(before[foreign], after[foreign])
            assert name is not None or len(result) == len(data)


@pytest.mark.parametrize("coding", [None, "lzw", "zlib", "packbits"])
@pytest.mark.parametrize("options", [{"rowsperstrip": 4}, {"tile": (16, 16)}], ids=str)
def test_independent_readers_agree(rng, coding, options):
    """Pillow and libvips read the rewritten files as hadimg does."""
    pyvips = pytest.importorskip("pyvips")
    pixels = random_pixels(rng, (21, 19, 3), "uint8")
    data = file_of(pixels, photometric="rgb", compression=coding, predictor=coding in ("lzw", "zlib"), **options)
    for changed in (pixels // 3, other_pixels(pixels)):
        result = write(read(data).with_pixels(changed))
        assert np.array_equal(np.asarray(Pillow.open(io.BytesIO(result))), changed)
        assert np.array_equal(pyvips.Image.new_from_buffer(result, "").numpy(), changed)


def test_tiles_over_the_edge_repeat_it(rng):
    """What a tile stores beyond the edge of the page is the edge again, which codes well and shows no seam."""
    pixels = random_pixels(rng, (20, 21), "uint8")
    result = write(read(file_of(pixels, tile=(16, 16))).with_pixels(other_pixels(pixels)))
    last = offsets(result)[3]
    tile = np.frombuffer(result, np.uint8, 256, last).reshape(16, 16)
    assert np.array_equal(tile, np.pad(other_pixels(pixels)[16:, 16:], ((0, 12), (0, 11)), mode="edge"))


def test_packbits_rows_are_coded_one_by_one():
    """TIFF wants no run of PackBits to go on in the next row: 300 equal values are three runs."""
    data = file_of(np.zeros((4, 300), np.uint8), compression="packbits")
    result = write(read(data).with_pixels(np.full((4, 300), 7, np.uint8)))
    with tifffile.TiffFile(io.BytesIO(result)) as file:
        assert file.pages[0].databytecounts == (4 * 3 * 2,)


def test_pages_of_different_kinds(rng):
    """A file keeps its pages, each with its own size, type and channels; an unchanged page keeps its bytes."""
    arrays = [
        random_pixels(rng, (10, 12), "uint16"),
        random_pixels(rng, (7, 5, 3), "uint8"),
        random_pixels(rng, (31, 2), "float32"),
    ]
    data = file_of(*arrays, compression="zlib")
    image = read(data)
    header = tiff.probe(data, ReadOptions())
    assert header.shapes == ((10, 12), (7, 5), (31, 2))
    assert (header.channels, header.itemsize) == (3, 4)
    assert [page.white for page in image.pages] == [65535.0, 255.0, 1.0]
    assert all(np.array_equal(page.pixels, array) for page, array in zip(image.pages, arrays, strict=True))

    result = write(image.with_pixels(arrays[0], other_pixels(arrays[1]), arrays[2]))
    with tifffile.TiffFile(io.BytesIO(data)) as before, tifffile.TiffFile(io.BytesIO(result)) as after:
        for number in (0, 2):
            assert after.pages[number].dataoffsets == before.pages[number].dataoffsets
        assert np.array_equal(after.pages[1].asarray(), other_pixels(arrays[1]))


def test_opacity_darkness_and_orientation_are_told(rng):
    """Which channel is opacity, whether zero is white, and how each page is turned come with the page."""
    rgba = random_pixels(rng, (8, 8, 4), "uint8")
    tagged = [(274, 3, 1, 6, True)]
    assert read(file_of(rgba, photometric="rgb", extrasamples=[2])).pages[0].alpha
    associated = read(file_of(rgba, photometric="rgb", extrasamples=["assocalpha"]))
    assert associated.pages[0].alpha
    assert any("associated" in note for note in associated.notes)
    other = read(file_of(rgba, photometric="rgb", extrasamples=[0])).pages[0]
    assert (other.alpha, other.channels) == (False, 4)
    dark = read(file_of(rgba[..., 0], photometric="miniswhite")).pages[0]
    assert dark.inverted
    assert np.array_equal(dark.pixels, rgba[..., 0])
    turned = read(file_of(rgba[..., :3], photometric="rgb", extratags=tagged)).pages[0]
    assert (turned.orientation, turned.seen_shape) == (6, (8, 8))
    broken = read(file_of(rgba[..., :3], photometric="rgb", extratags=[(274, 3, 1, 9, True)]))
    assert broken.orientation == 1
    assert "none of 1 to 8" in broken.notes[0]


@pytest.mark.parametrize("coding", [None, "zlib"])
def test_private_tags_and_directories_survive(rng, coding):
    """Private tags, pages below and what the description says stay; that pages below keep old pixels is said."""
    pixels = random_pixels(rng, (32, 32), "uint16")
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        private = [(65000, 1, 7, b"private", True), (65001, 12, 2, (1.5, 2.5), True)]
        writer.write(pixels, subifds=1, compression=coding, description="<OME/>", extratags=private, metadata=None)
        writer.write(pixels[::2, ::2], subfiletype=1, compression=coding, metadata=None)
    data = file.getvalue()
    encoded = tiff.encode(read(data).with_pixels(pixels // 3), WriteOptions())
    assert tags(encoded.data) == tags(data)
    with tifffile.TiffFile(io.BytesIO(encoded.data)) as after:
        page = after.pages[0]
        assert page.tags.valueof(65000) == b"private"
        assert np.array_equal(page.pages[0].asarray(), pixels[::2, ::2])
        assert np.array_equal(page.asarray(), pixels // 3)
    assert "keep their old pixels" in encoded.notes[0]


def test_exif_and_gps_directories_survive(rng):
    """EXIF and GPS of a file that Pillow wrote are the same for Pillow afterwards."""
    exif = Pillow.Exif()
    exif[271] = "Maker"
    for directory, values in ((0x8769, {0x829A: 0.02, 0xA420: "unique"}), (0x8825, {1: "N", 2: (47.0, 22.0, 30.0)})):
        exif.get_ifd(directory).update(values)
        exif[directory] = exif.get_ifd(directory)
    pixels = random_pixels(rng, (20, 30, 3), "uint8")
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "TIFF", exif=exif)
    result = write(read(file.getvalue()).with_pixels(other_pixels(pixels)))
    with Pillow.open(io.BytesIO(file.getvalue())) as before, Pillow.open(io.BytesIO(result)) as after:
        assert np.array_equal(np.asarray(after), other_pixels(pixels))
        for directory in (0x8769, 0x8825):
            assert after.getexif().get_ifd(directory)
            assert after.getexif().get_ifd(directory) == before.getexif().get_ifd(directory)


def test_bits_decide_what_is_unchanged():
    """A zero that becomes negative is a change, a NaN that stays is none."""
    pixels = np.array([[0.0, np.nan], [1.0, 2.0]], np.float32)
    data = file_of(pixels, compression="zlib")
    image = read(data)
    assert write(image) == data
    signed = pixels.copy()
    signed[0, 0] = -0.0
    assert np.signbit(read(write(image.with_pixels(signed))).pixels[0, 0])


def test_classic_tiff_does_not_outgrow_its_offsets(rng, monkeypatch):
    """A file that would pass the largest offset of its kind is refused by name, with the way out."""
    pixels = np.zeros((64, 64), np.uint8)
    image = read(file_of(pixels, compression="zlib"))
    monkeypatch.setattr(tiff_copy, "LARGEST_CLASSIC", 2000)
    with pytest.raises(UnsupportedError, match="BigTIFF"):
        tiff.encode(image.with_pixels(other_pixels(pixels)), WriteOptions())
    big = read(file_of(pixels, compression="zlib", bigtiff=True))
    assert np.array_equal(read(write(big.with_pixels(other_pixels(pixels)))).pixels, other_pixels(pixels))


def test_promised_order_of_tiles_is_taken_back(rng):
    """GDAL promises where its tiles lie; a file whose tiles moved says that the promise no longer holds."""
    promise = "KNOWN_INCOMPATIBLE_EDITION=NO\n "
    pixels = np.zeros((16, 16), np.uint8)
    data = file_of(pixels, compression="zlib", description=promise)
    image = read(data)
    assert b"EDITION=NO" in write(image)
    assert b"EDITION=YES\n" in write(image.with_pixels(other_pixels(pixels)))


def test_the_same_input_gives_the_same_bytes(rng):
    """Encoding is deterministic."""
    pixels = random_pixels(rng, (40, 40, 3), "uint16")
    image = read(file_of(pixels, photometric="rgb", compression="lzw", predictor=True)).with_pixels(pixels // 2)
    assert write(image) == write(image)
