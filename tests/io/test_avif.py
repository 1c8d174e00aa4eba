"""AVIF: 8, 10 and 12 bits exact at quality 100, metadata and orientation where other readers find them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
import pytest

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io import avif
from hadimg.io.avif_header import ORIENTATIONS
from hadimg.io.boxes import box
from hadimg.io.exif import orientation_only
from hadimg.io.header import ReadOptions, WriteOptions
from hadimg.io.image import Image, Metadata, Page
from hadimg.io.orientation import turn

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from hadimg.io.header import Encoded

METADATA = Metadata(exif=orientation_only(6), xmp=b"<x:xmpmeta/>", icc=bytes(range(133)))


def page(white: int, channels: int, rng: np.random.Generator, *, orientation: int = 1) -> Page:
    """Return noise of a depth and number of channels."""
    kind = np.uint8 if white == 255 else np.uint16
    pixels = rng.integers(0, white + 1, (9, 14, channels)).astype(kind)
    pixels = pixels[:, :, 0] if channels == 1 else pixels
    return Page(pixels, alpha=channels in (2, 4), white=float(white), orientation=orientation)


@pytest.mark.parametrize("white", [255, 1023, 4095])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_exact_at_quality_100(
    white: int, channels: int, rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]
) -> None:
    """Every depth and number of channels comes back exactly; grey and opacity do so at any quality."""
    image = Image((page(white, channels, rng),), "array")
    _, result = written("avif", image, quality=100)
    np.testing.assert_array_equal(result.pixels, image.pixels)
    assert result.pages[0].white == white
    _, lossy = written("avif", image)
    exact = slice(None) if channels <= 2 else slice(3, None)
    np.testing.assert_array_equal(lossy.pixels[..., exact], image.pixels[..., exact])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_and_metadata(
    orientation: int, rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]
) -> None:
    """Pillow finds the orientation and every byte of the metadata, and writing twice changes nothing."""
    metadata = Metadata(exif=orientation_only(orientation), xmp=METADATA.xmp, icc=METADATA.icc)
    image = Image((page(255, 4, rng, orientation=orientation),), "array", metadata)
    encoded, result = written("avif", image, quality=100)
    assert result.metadata == metadata
    assert result.orientation == orientation
    peer = PIL.Image.open(BytesIO(encoded.data))
    assert peer.getexif().get(274, 1) == orientation
    assert (peer.info["xmp"], peer.info["icc_profile"]) == (metadata.xmp, metadata.icc)
    np.testing.assert_array_equal(np.asarray(peer), image.pixels)
    assert written("avif", result, quality=100)[0].data == encoded.data


def test_opencv_reads_the_same(
    opencv: ModuleType, written: Callable[..., tuple[Encoded, Image]], rng: np.random.Generator
) -> None:
    """An independent reader finds the pixels although metadata stand before them."""
    image = Image((page(255, 4, rng),), "array", METADATA)
    encoded, _ = written("avif", image, quality=100)
    other = opencv.imdecode(np.frombuffer(encoded.data, np.uint8), opencv.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(other[:, :, [2, 1, 0, 3]], image.pixels)


def test_table_of_orientations() -> None:
    """Each pair of turn and mirror does what the EXIF orientation beside it does."""
    stored = np.arange(6).reshape(2, 3)
    for (turns, axis), orientation in ORIENTATIONS.items():
        turned = np.rot90(stored, turns)
        seen = turned if axis is None else np.flip(turned, axis)
        np.testing.assert_array_equal(seen, turn(stored, orientation))
    assert set(ORIENTATIONS.values()) == set(range(1, 9))


@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
def test_file_of_pillow(orientation: int, rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """Metadata and orientation that Pillow wrote are found."""
    exif = PIL.Image.Exif()
    exif[274] = orientation
    stream = BytesIO()
    options: dict[str, Any] = {"exif": exif, "xmp": METADATA.xmp, "icc_profile": METADATA.icc}
    PIL.Image.fromarray(page(255, 3, rng).pixels).save(stream, "AVIF", **options)
    image = read("avif", stream.getvalue())
    assert image.orientation == orientation
    assert (image.metadata.xmp, image.metadata.icc) == (METADATA.xmp, METADATA.icc)
    np.testing.assert_array_equal(image.pixels, np.asarray(PIL.Image.open(stream)))


def test_colors_are_carried(rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]) -> None:
    """Primaries and transfer of a file (here those of HDR video) are said again in the result."""
    import imagecodecs

    pixels = page(1023, 3, rng).pixels
    source = imagecodecs.avif_encode(pixels, level=100, speed=9, bitspersample=10, primaries=9, transfer=16)
    header = avif.probe(source, ReadOptions())
    assert header.details.colors == (9, 16)
    image = avif.decode(source, header, ReadOptions())
    assert avif.probe(avif.encode(image, WriteOptions()).data, ReadOptions()).details.colors == (9, 16)


def test_refused_kinds(rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """Sequences are refused by name; so are depths that the format has not."""
    for data in (box(b"ftyp", b"avis\0\0\0\0"), box(b"ftyp", b"avif\0\0\0\0") + box(b"moov", b"")):
        with pytest.raises(UnsupportedError, match="sequences"):
            read("avif", data)
    with pytest.raises(UnsupportedError, match="white is 255, 1023, 4095, in the picture 65535"):
        avif.encode(Image.from_pixels(np.zeros((2, 2), np.uint16)), WriteOptions())
    with pytest.raises(FormatError, match="meta"):
        read("avif", box(b"ftyp", b"avif\0\0\0\0"))
    clipped = avif.encode(Image((page(255, 3, rng, orientation=6),), "array"), WriteOptions()).data
    with pytest.raises(UnsupportedError, match="part of its pixels"):
        read("avif", clipped.replace(b"irot", b"clap"))
