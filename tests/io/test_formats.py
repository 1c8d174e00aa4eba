"""The table of formats: complete, free of conflicts, and every row of it keeps what the table says."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hadimg.errors import DependencyError, FormatError, HadimgError, UnsupportedError
from hadimg.io.exif import orientation_only
from hadimg.io.files import encode_image
from hadimg.io.formats import FORMATS, format_of_data, format_of_name
from hadimg.io.header import Encoded, ReadOptions, WriteOptions
from hadimg.io.image import Animation, Image, Metadata, Page
from hadimg.io.limits import Limits
from hadimg.io.orientation import turn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

READ = [row.name for row in FORMATS.values() if row.module is not None]
WRITTEN = [name for name in READ if FORMATS[name].writes]
REFUSED = [row.name for row in FORMATS.values() if row.module is None]
FLOATS = ("pfm", "hdr")
SMALL = ("webp", "bmp", "pnm", "pfm", "hadi", "avif", "jpeg2000", "hdr", "tga", "pcx", "sgi")
FOLDERS = ("webp/", "bmp/", "pnm/", "avif/", "jpeg2000/", "hdr/", "other/")

ALL_METADATA = Metadata(
    exif=orientation_only(1),
    xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
    icc=bytes(range(200)),
    iptc=b"\x1c\x02\x05\x00\x01x",
    resolution=(300.0, 300.0),
    text=(("Comment", "hello"),),
)


def picture(name: str, rng: np.random.Generator) -> Image:
    """Return a picture that a format holds: a colored ramp with a little noise."""
    ramp = np.linspace(0, 200, 24 * 32).reshape(24, 32, 1) * np.array([1.0, 0.7, 0.4])
    values = ramp + rng.integers(0, 8, (24, 32, 3))
    return Image.from_pixels((values / 255).astype(np.float32) if name in FLOATS else values.astype(np.uint8))


@pytest.mark.parametrize("name", READ)
def test_row_has_its_module(name: str) -> None:
    """Every format that is read has the functions that the table promises."""
    codec = FORMATS[name].codec()
    assert callable(codec.probe)
    assert callable(codec.decode)
    assert hasattr(codec, "encode") or not FORMATS[name].writes


@pytest.mark.parametrize("name", [name for name in READ if FORMATS[name].needs])
def test_missing_library(name: str, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    """Without the library that the table names, one line says what to install; the probe needs none."""
    codec = FORMATS[name].codec()
    data = codec.encode(picture(name, rng), WriteOptions()).data
    for library in FORMATS[name].needs:
        monkeypatch.setitem(sys.modules, library, None)
        monkeypatch.setitem(sys.modules, f"{library}.v3", None)
    header = codec.probe(data, ReadOptions())
    with pytest.raises(DependencyError, match=rf"{FORMATS[name].needs[0]}.*pip install"):
        codec.decode(data, header, ReadOptions())


@pytest.mark.parametrize("name", REFUSED)
def test_refused_row_names_the_way_out(name: str) -> None:
    """A format that is never read is refused with a remedy, and is not written."""
    with pytest.raises(UnsupportedError) as caught:
        FORMATS[name].codec()
    assert caught.value.remedy


def test_suffixes_are_unique() -> None:
    """A suffix stands for one format, in lower case with its dot."""
    suffixes = [suffix for row in FORMATS.values() for suffix in row.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in suffixes)
    assert all(
        format_of_name("A" + suffix.upper()) is FORMATS[row.name] for row in FORMATS.values() for suffix in row.suffixes
    )


def test_signatures_do_not_hide_each_other() -> None:
    """No signature is the beginning of another format's, so that the order of the table does not matter."""
    all_signatures = [(row.name, *signature) for row in FORMATS.values() for signature in row.signatures]
    for name, offset, magic in all_signatures:
        for other, other_offset, other_magic in all_signatures:
            if offset == other_offset and name != other:
                assert not other_magic.startswith(magic)


@pytest.mark.parametrize("name", WRITTEN)
def test_round_trip(name: str, rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]) -> None:
    """A color picture comes back exactly from lossless formats, and within 4 % of white from the others.

    Quality 100 keeps WebP and AVIF lossless; 4 % bounds what JPEG's coarsest step does to a ramp with noise.
    """
    image = picture(name, rng)
    encoded, result = written(name, image, quality=100 if FORMATS[name].lossy else None)
    assert result.format == name
    assert result.pixels.dtype == image.pixels.dtype
    difference = np.abs(result.pixels.astype(np.float64) - image.pixels) / image.pages[0].white
    exact = not FORMATS[name].lossy or name in ("webp", "avif", "hadi")
    tolerance = 0.0 if exact else 0.04
    if name == "hdr":
        tolerance = 1 / 256  # the largest channel has 8 bits
    assert difference.max() <= tolerance
    recognized = format_of_data(encoded.data)
    assert recognized is FORMATS[name] or not FORMATS[name].signatures


@pytest.mark.parametrize("name", [name for name in SMALL if FORMATS[name].lossy])
def test_default_quality(name: str, rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]) -> None:
    """Without a quality a lossy format stays within 8 % of white, and is shorter than without loss."""
    image = picture(name, rng)
    encoded, result = written(name, image)
    difference = np.abs(result.pixels.astype(int) - image.pixels)
    assert 0 < difference.max() <= 0.08 * 255
    assert len(encoded.data) < len(written(name, image, quality=100)[0].data)


@pytest.mark.parametrize("name", SMALL)
def test_metadata_kept_or_named(
    name: str, rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]
) -> None:
    """Each part of the metadata comes back byte for byte, or is named in a note."""
    names = {"exif": "EXIF", "xmp": "XMP", "icc": "ICC", "iptc": "IPTC", "resolution": "resolution", "text": "text"}
    image = Image(picture(name, rng).pages, "array", ALL_METADATA)
    encoded, result = written(name, image)
    notes = " ".join(encoded.notes)
    for part in ALL_METADATA.parts():
        kept = getattr(result.metadata, part) == getattr(ALL_METADATA, part)
        if part == "resolution" and result.metadata.resolution:
            # BMP counts whole pixels per meter, of which 300 per inch are 11811.02
            kept = result.metadata.resolution == pytest.approx((300, 300), abs=1e-3)
        assert kept != (names[part] in notes), part


@pytest.mark.parametrize("name", SMALL)
def test_strip(name: str, rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]) -> None:
    """With strip nothing but color profile and orientation is left, and nothing is said to be lost but the profile."""
    pages = (Page(picture(name, rng).pixels, orientation=6, white=1.0 if name in FLOATS else 255.0),)
    encoded, result = written(name, Image(pages, "array", ALL_METADATA), strip=True)
    metadata = result.metadata
    assert (metadata.xmp, metadata.iptc, metadata.resolution, metadata.text) == (None, None, None, ())
    assert metadata.exif in (None, orientation_only(6))
    assert result.pages[0].seen_shape == pages[0].seen_shape
    assert all("profile" in note or "turned" in note or "rounds" in note for note in encoded.notes)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", [name for name in SMALL if name not in FLOATS])
def test_orientation(name: str, orientation: int, written: Callable[..., tuple[Encoded, Image]]) -> None:
    """The picture is seen as before: its orientation is said, or its pixels are turned upright and a note says so."""
    pixels = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3) * 4
    image = Image((Page(pixels, orientation=orientation),), "array")
    encoded, result = written(name, image, quality=100)
    np.testing.assert_array_equal(turn(result.pixels, result.orientation), turn(pixels, orientation))
    assert ("turned" in " ".join(encoded.notes)) == (result.orientation != orientation)


@pytest.mark.parametrize("name", WRITTEN)
def test_turned_picture_passes_all_checks(name: str, rng: np.random.Generator) -> None:
    """A picture that has to be turned to be seen is written through the checks that all formats share."""
    page = Page(picture(name, rng).pixels, orientation=6, white=1.0 if name in FLOATS else 255.0)
    assert encode_image(Image((page,), "array"), "a" + FORMATS[name].suffixes[0], WriteOptions()).data


@pytest.mark.parametrize("name", SMALL)
def test_pages_are_refused(name: str) -> None:
    """Several pages without timing are refused, never cut to the first."""
    kind = np.float32 if name in FLOATS else np.uint8
    pages = (Page(np.zeros((4, 5, 3), kind), white=1.0 if name in FLOATS else 255.0),) * 2
    with pytest.raises(UnsupportedError, match="page"):
        FORMATS[name].codec().encode(Image(pages, "tiff"), WriteOptions())


@pytest.mark.parametrize("name", SMALL)
def test_depth_is_refused(name: str) -> None:
    """Values that a format cannot hold are refused by name, never narrowed."""
    wrong = np.zeros((4, 5, 3), np.uint8 if name in FLOATS else np.float64)
    with pytest.raises(UnsupportedError, match=wrong.dtype.name):
        FORMATS[name].codec().encode(Image.from_pixels(wrong), WriteOptions())


def samples(name: str, rng: np.random.Generator) -> list[bytes]:
    """Return small files of a format, of every number of channels that it has."""
    codec = FORMATS[name].codec()
    channels = (1, 3) if name == "pfm" else (3,) if name in ("hdr", "webp") else (1, 3)
    kind = np.float32 if name in FLOATS else np.uint8
    files = []
    for count in channels:
        pixels = rng.integers(0, 256, (8, 8, count)).astype(kind).squeeze()
        page = Page(pixels, orientation=6, white=1.0 if name in FLOATS else 255.0)
        image = Image((page,), "array", Metadata(exif=orientation_only(6), resolution=(72.0, 72.0)))
        files.append(codec.encode(image, WriteOptions(quality=100)).data)
    if name == "webp":
        moving = Image((page,) * 2, "gif", animation=Animation((40.0, 50.0)))
        files.append(codec.encode(moving, WriteOptions(quality=100)).data)
        files.append(codec.encode(Image.from_pixels(pixels), WriteOptions()).data)
    return files


@pytest.mark.parametrize("name", SMALL)
def test_every_cut_is_noticed(name: str, rng: np.random.Generator) -> None:
    """A file cut at any byte is refused as broken."""
    codec, options = FORMATS[name].codec(), ReadOptions()
    for data in samples(name, rng):
        whole = len(data) - 26 if name == "tga" else len(data)  # a TGA file ends in a mark that says nothing
        for length in range(whole):
            with pytest.raises(FormatError):
                codec.decode(data[:length], codec.probe(data[:length], options), options)


@pytest.mark.parametrize("name", SMALL)
def test_flipped_bits(name: str, rng: np.random.Generator) -> None:
    """A flipped bit leads to a whole picture or to an error of hadimg, never to any other exception."""
    codec, options = FORMATS[name].codec(), ReadOptions(Limits(page_pixels=1 << 16, total_pixels=1 << 18))
    for data in samples(name, rng):
        head = range(min(8 * len(data), 1200))
        more = rng.integers(1200, max(8 * len(data), 1201), 200)
        for place in [*head, *more.tolist()]:
            broken = bytearray(data)
            if place >= 8 * len(data):
                continue
            broken[place >> 3] ^= 1 << (place & 7)
            try:
                header = codec.probe(bytes(broken), options)
                image = codec.decode(bytes(broken), header, options)
            except HadimgError:
                continue
            assert tuple(page.shape for page in image.pages) == header.shapes


BOMBS = {
    "webp": b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff",
    "bmp": b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0" + b"\xff\xff\xff\x7f" * 2 + b"\1\0\x18\0" + bytes(40),
    "pnm": b"P6 99999 99999 255\n" + bytes(9),
    "pfm": b"PF 99999 99999 -1.0\n" + bytes(9),
    "hdr": b"#?RADIANCE\n\n-Y 99999 +X 99999\n\2\2\x7f\xff",
    "jpeg2000": b"\xff\x4f\xff\x51\0\x29\0\0"
    + b"\0\1\0\0" * 2
    + bytes(8)
    + b"\0\1\0\0" * 2
    + bytes(8)
    + b"\0\1\7\1\1"
    + bytes(9),
    "tga": bytes(2) + b"\x0a" + bytes(9) + b"\xff\xff\xff\xff\x18\0" + bytes(40),
    "pcx": b"\x0a\5\1\x08\0\0\0\0\xfe\xff\xfe\xff" + bytes(53) + b"\3\xff\xff" + bytes(60),
    "sgi": b"\1\xda\1\1\0\3\xff\xff\xff\xff\0\3" + bytes(500),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name: str, clock: Callable[[], float]) -> None:
    """A few bytes that declare a huge picture are refused by the probe, at once."""
    codec = FORMATS[name].codec()
    began = clock()
    with pytest.raises(HadimgError):
        codec.probe(BOMBS[name], ReadOptions())
    assert clock() - began < 0.05


def test_collection_of_bad_files(shared_data: Path, clock: Callable[[], float]) -> None:
    """Every file of the collection is read or refused as its manifest says, within two seconds."""
    folder = shared_data / "badimages"
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["file"].startswith(FOLDERS)]
    assert len(rows) > 80
    for row in rows:
        data = (folder / row["file"]).read_bytes()
        recognized = format_of_data(data) or format_of_name(row["file"])
        began = clock()
        try:
            assert recognized is not None, row["file"]
            codec = recognized.codec()
            header = codec.probe(data, ReadOptions())
            image = codec.decode(data, header, ReadOptions())
            outcome = "read"
            if row["size"]:
                width, height = map(int, row["size"].split("x"))
                assert {page.shape for page in image.pages} == {(height, width)}, row["file"]
                assert len(image.pages) == int(row["frames"]), row["file"]
        except HadimgError as error:
            outcome = "refuse" if "\n" not in str(error) else "refuse in several lines"
        assert row["expect"] in (outcome, "either"), row["file"]
        assert clock() - began < 2, row["file"]
