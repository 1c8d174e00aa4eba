"""TIFF files made anew: from arrays and other formats, and from TIFF when its metadata are to stay behind."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from hadimg.errors import LimitError
from hadimg.io import tiff, tiff_new
from hadimg.io.exif import orientation_only, read_orientation
from hadimg.io.header import ReadOptions, WriteOptions
from hadimg.io.image import Animation, Image, Metadata, Page
from hadimg.io.limits import Limits

KINDS = [(channels, dtype) for channels in (1, 2, 3, 4) for dtype in ("uint8", "uint16", "float32", "float64")]


def read(data: bytes, **options) -> Image:
    """Return the picture in the bytes of a file."""
    chosen = ReadOptions(**options)
    return tiff.decode(data, tiff.probe(data, chosen), chosen)


def write(image: Image, **options) -> bytes:
    """Return the file of a picture."""
    return tiff.encode(image, WriteOptions(**options)).data


def pixels_of(rng: np.random.Generator, channels: int, dtype: str, shape: tuple[int, int] = (33, 21)) -> np.ndarray:
    """Return random pixels, two-dimensional for one channel."""
    values = (rng.random((*shape, channels)) * 255.0).astype(dtype)
    return values[..., 0] if channels == 1 else values


def exif_block(byte_order: str = "<") -> bytes:
    """Return an EXIF block with exposure, position and an interoperability directory, made by Pillow."""
    exif = Pillow.Exif()
    exif.endian = byte_order
    exif[271], exif[274], exif[50341] = "Maker", 6, b"private"
    below = {
        0x8769: {0x829A: 0.02, 0xA420: "unique", 0x927C: bytes(range(99))},
        0x8825: {1: "N", 2: (47.0, 22.0, 30.0)},
    }
    for directory, values in below.items():
        exif.get_ifd(directory).update(values)
        exif[directory] = exif.get_ifd(directory)
    return exif.tobytes().removeprefix(b"Exif\0\0")


def told(block: bytes) -> tuple[dict, dict, dict]:
    """Return what an EXIF block tells, as Pillow reads it: first directory, exposure, position."""
    exif = Pillow.Exif()
    exif.load(b"Exif\0\0" + block)
    first = {tag: value for tag, value in exif.items() if tag not in (0x8769, 0x8825)}
    return first, dict(exif.get_ifd(0x8769)), dict(exif.get_ifd(0x8825))


FULL = Metadata(
    exif=exif_block(),
    xmp=b"<x:xmpmeta/>",
    icc=bytes(range(256)) * 2,
    iptc=b"\x1c\x02\x50\0\x03abc",
    resolution=(300.0, 72.009),
    text=(("Description", "twelve cells, 40 °C"),),
)


@pytest.mark.parametrize(("channels", "dtype"), KINDS)
def test_arrays_come_back(rng, channels, dtype):
    """Every kind of picture comes back exact, also in tifffile, with its opacity."""
    pixels = pixels_of(rng, channels, dtype)
    data = write(Image.from_pixels(pixels))
    page = read(data).pages[0]
    assert page.pixels.dtype == pixels.dtype
    assert np.array_equal(page.pixels, pixels)
    assert page.alpha == (channels in (2, 4))
    assert np.array_equal(tifffile.imread(io.BytesIO(data)), pixels)


@pytest.mark.parametrize(
    ("channels", "dtype"), [(1, "uint8"), (3, "uint8"), (4, "uint8"), (1, "uint16"), (3, "uint16")]
)
def test_independent_readers_agree(rng, channels, dtype):
    """Libvips reads every new file, and Pillow those with 8 bits."""
    pyvips = pytest.importorskip("pyvips")
    pixels = pixels_of(rng, channels, dtype, (300, 400))
    data = write(Image.from_pixels(pixels))
    assert np.array_equal(pyvips.Image.new_from_buffer(data, "").numpy(), pixels)
    if dtype == "uint8":
        with Pillow.open(io.BytesIO(data)) as peer:
            assert np.array_equal(np.asarray(peer), pixels)


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_metadata_come_back(rng, byte_order):
    """All neutral metadata come back: most of them byte for byte, EXIF value for value in either byte order."""
    metadata = replace(FULL, exif=exif_block(byte_order))
    assert metadata.exif.startswith({"<": b"II", ">": b"MM"}[byte_order])
    page = Page(pixels_of(rng, 3, "uint8"), orientation=6)
    encoded = tiff.encode(Image((page,), "jpeg", metadata), WriteOptions())
    assert encoded.notes == ()
    result = read(encoded.data)
    assert result.orientation == 6
    assert (result.metadata.xmp, result.metadata.icc, result.metadata.iptc) == (
        metadata.xmp,
        metadata.icc,
        metadata.iptc,
    )
    assert result.metadata.resolution == pytest.approx(metadata.resolution, rel=1e-6)
    assert result.metadata.text == metadata.text
    first, exposure, position = told(result.metadata.exif)
    assert (first[271], exposure, position) == ("Maker", *told(metadata.exif)[1:])
    assert read_orientation(result.metadata.exif) == (6, None)


def test_other_readers_find_the_metadata(rng):
    """Pillow finds EXIF, GPS, color profile, resolution and unknown tags of a camera where they belong in a TIFF."""
    data = write(Image((Page(pixels_of(rng, 3, "uint8"), orientation=3),), "jpeg", FULL))
    with Pillow.open(io.BytesIO(data)) as peer:
        exif = peer.getexif()
        assert (exif[271], exif[274], exif[270]) == ("Maker", 3, "twelve cells, 40 Â°C")
        assert exif.get_ifd(0x8769)[0xA420] == "unique"
        assert exif.get_ifd(0x8825)[2] == (47.0, 22.0, 30.0)
        assert peer.info["icc_profile"] == FULL.icc
        assert peer.info["dpi"] == pytest.approx((300.0, 72.009), rel=1e-6)
        assert peer.tag_v2[50341] == b"private"


def test_rewritten_files_keep_what_they_were_given(rng):
    """The EXIF that a new file got survives when its pixels are replaced."""
    image = read(write(Image((Page(pixels_of(rng, 3, "uint8")),), "jpeg", FULL)))
    again = read(write(image.with_pixels(image.pixels // 2)))
    assert again.metadata == image.metadata
    assert np.array_equal(again.pixels, image.pixels // 2)


def test_pages_keep_their_own_sizes_and_orientations(rng):
    """Several pages, each of its own kind, stay several pages."""
    pages = (
        Page(pixels_of(rng, 1, "uint16"), orientation=8, white=65535.0),
        Page(pixels_of(rng, 4, "uint8", (5, 70)), alpha=True),
        Page(pixels_of(rng, 1, "uint8"), inverted=True),
    )
    result = read(write(Image(pages, "png")))
    for page, other in zip(result.pages, pages, strict=True):
        assert np.array_equal(page.pixels, other.pixels)
        assert (page.orientation, page.alpha, page.inverted, page.white) == (
            other.orientation,
            other.alpha,
            other.inverted,
            other.white,
        )


@pytest.mark.parametrize("coding", [None, "lzw", "zlib", "zstd", "packbits"])
def test_strip_leaves_only_what_is_seen(rng, coding):
    """Without metadata there are pixels, color profile, resolution, orientation and coding, and nothing else."""
    pixels = pixels_of(rng, 4, "uint8")
    file = io.BytesIO()
    predictor = coding in ("lzw", "zlib")
    hidden = [
        (700, 1, 6, b"secret", True),
        (274, 3, 1, 5, True),
        (65000, 2, 7, "secret", True),
        (271, 2, 7, "secret", True),
    ]
    with tifffile.TiffWriter(file) as writer:
        for _ in range(2):
            writer.write(
                pixels,
                photometric="rgb",
                extrasamples=["assocalpha"],
                compression=coding,
                predictor=predictor,
                description="secret",
                iccprofile=b"profile",
                resolution=(200, 100),
                resolutionunit=2,
                extratags=hidden,
                contiguous=False,
                metadata=None,
            )
    image = read(file.getvalue())
    encoded = tiff.encode(image, WriteOptions(strip=True))
    assert (encoded.notes, b"secret" in encoded.data) == ((), False)
    result = read(encoded.data)
    assert result.metadata == Metadata(icc=b"profile", resolution=(200.0, 100.0))
    assert [page.orientation for page in result.pages] == [5, 5]
    assert all(np.array_equal(page.pixels, pixels) for page in result.pages)
    with tifffile.TiffFile(io.BytesIO(encoded.data)) as before, tifffile.TiffFile(io.BytesIO(file.getvalue())) as after:
        for name in ("compression", "predictor", "extrasamples", "photometric"):
            assert getattr(before.pages[1], name) == getattr(after.pages[1], name)


def test_changed_metadata_or_kind_make_a_new_file(rng):
    """A TIFF whose metadata, orientation or type of values were changed is written with the changes, and says so."""
    source = read(write(Image((Page(pixels_of(rng, 3, "uint8"), orientation=6),), "jpeg", FULL)))
    other = replace(source, metadata=replace(source.metadata, icc=b"other"))
    assert read(write(other)).metadata.icc == b"other"
    upright = replace(source, pages=(replace(source.pages[0], orientation=1),))
    assert read(write(upright)).orientation == 1
    deep = source.with_pixels(source.pixels.astype(np.float32))
    encoded = tiff.encode(deep, WriteOptions())
    assert read(encoded.data).pixels.dtype == np.float32
    assert "made anew" in encoded.notes[0]


def test_a_comment_becomes_the_description(rng):
    """A comment of another format is kept as the description, where there is no description."""
    image = Image((Page(pixels_of(rng, 1, "uint8")),), "jpeg", Metadata(text=(("Comment", "twelve cells"),)))
    encoded = tiff.encode(image, WriteOptions())
    assert (read(encoded.data).metadata.text, encoded.notes) == ((("Description", "twelve cells"),), ())


def test_resolutions_and_texts_of_other_writers(rng):
    """Pixels per centimeter become pixels per inch, and a description that is no UTF-8 is read as Latin-1."""
    file = io.BytesIO()
    options = {"resolution": (100, 50), "resolutionunit": 3, "description": "12 °C".encode("latin-1"), "metadata": None}
    tifffile.imwrite(file, pixels_of(rng, 1, "uint8"), **options)
    metadata = read(file.getvalue()).metadata
    assert metadata.resolution == pytest.approx((254.0, 127.0), rel=1e-12)
    assert metadata.text == (("Description", "12 °C"),)


def test_values_lie_at_even_offsets(rng):
    """TIFF wants every value at an even offset, and strips there read faster."""
    data = write(Image((Page(pixels_of(rng, 3, "uint8", (400, 333))),), "jpeg", FULL))
    with tifffile.TiffFile(io.BytesIO(data)) as peer:
        page = peer.pages[0]
        assert not any(offset % 2 for offset in page.dataoffsets)
        assert not any(tag.valueoffset % 2 for tag in page.tags)


def test_exif_larger_than_metadata_may_be_is_refused(rng):
    """EXIF counts as metadata: the same bytes listed many times cannot fill the memory."""
    data = write(Image((Page(pixels_of(rng, 3, "uint8")),), "jpeg", Metadata(exif=exif_block())))
    with pytest.raises(LimitError, match="EXIF"):
        read(data, limits=Limits(metadata_bytes=90))


def test_what_is_left_out_is_named(rng):
    """Text without a place, a timing and a broken EXIF block are named in notes."""
    metadata = Metadata(exif=b"II*\0\xff\xff\xff\xff", text=(("Title", "x"), ("Description", "y")))
    page = Page(pixels_of(rng, 1, "uint8"))
    image = Image((page, page), "png", metadata, animation=Animation((40.0, 40.0)))
    notes = tiff.encode(image, WriteOptions()).notes
    assert len(notes) == 3
    assert all(any(word in note for note in notes) for word in ("EXIF", "Title", "timing"))


def test_large_pictures_become_bigtiff(rng, monkeypatch):
    """Over the size of a classic TIFF the file is a BigTIFF, with EXIF and all."""
    monkeypatch.setattr(tiff_new, "LARGEST_CLASSIC", 100)
    image = Image((Page(pixels_of(rng, 3, "uint8")), Page(pixels_of(rng, 1, "uint16"))), "jpeg", FULL)
    data = write(image)
    with tifffile.TiffFile(io.BytesIO(data)) as peer:
        assert peer.is_bigtiff
        assert np.array_equal(peer.pages[1].asarray(), image.pages[1].pixels)
        assert peer.pages[0].tags.valueof(34665)["ImageUniqueID"] == "unique"
    assert told(read(data).metadata.exif)[1] == told(FULL.exif)[1]


def test_the_same_input_gives_the_same_bytes(rng):
    """Encoding is deterministic."""
    image = Image((Page(pixels_of(rng, 3, "uint16")),), "jpeg", FULL)
    assert write(image) == write(image)


def test_arrays_need_not_be_contiguous(rng):
    """Views, foreign byte orders and read-only arrays are written as what they show, and are left as they were."""
    pixels = pixels_of(rng, 3, "uint16")
    pixels.setflags(write=False)
    for view in (pixels[::2, ::-1], pixels.astype(">u2"), np.asfortranarray(pixels)):
        assert np.array_equal(read(write(Image.from_pixels(view))).pixels, view)


def test_exif_of_a_tiff_that_loops_is_left_alone(rng):
    """EXIF directories that point to themselves cost a note, not the picture, and stay in the file."""
    data = bytearray(write(Image((Page(pixels_of(rng, 1, "uint8")),), "jpeg", Metadata(exif=exif_block()))))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0]
        place, start = page.tags[34665].offset + 8, page.offset
    data[place : place + 4] = start.to_bytes(4, "little")
    image = read(bytes(data))
    assert image.metadata.exif is None
    assert "EXIF" in image.notes[0]
    assert write(image) == bytes(data)


def test_orientation_alone_needs_no_exif(rng):
    """A block that says nothing but the orientation is no EXIF in a TIFF, which has a tag for it."""
    image = Image((Page(pixels_of(rng, 1, "uint8"), orientation=6),), "jpeg", Metadata(exif=orientation_only(6)))
    result = read(write(image))
    assert (result.orientation, result.metadata.exif) == (6, None)
