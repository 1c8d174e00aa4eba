"""WebP: lossless stays exact, animations keep every frame, EXIF, XMP and profile stay byte for byte."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
import pytest

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io import webp
from hadimg.io.exif import orientation_only
from hadimg.io.header import ReadOptions, WriteOptions
from hadimg.io.image import Animation, Image, Metadata, Page
from hadimg.io.limits import Limits
from hadimg.io.riff import riff, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.io.header import Encoded

METADATA = Metadata(exif=orientation_only(6), xmp=b"<x:xmpmeta/> odd", icc=bytes(range(133)))


def file_of_pillow(pixels: np.ndarray, **options: Any) -> bytes:
    """Return the WebP file that Pillow writes."""
    stream = BytesIO()
    PIL.Image.fromarray(pixels).save(stream, "WEBP", **options)
    return stream.getvalue()


def with_holes(rng: np.random.Generator) -> np.ndarray:
    """Return a picture whose colors go on where it is transparent."""
    pixels = rng.integers(0, 256, (13, 17, 4)).astype(np.uint8)
    pixels[:6, :, 3] = 0
    return pixels


def test_lossless_source_stays_exact(rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """A lossless file is written without loss, also the colors where opacity is 0."""
    pixels = with_holes(rng)
    image = read("webp", file_of_pillow(pixels, lossless=True, exact=True))
    np.testing.assert_array_equal(image.pixels, pixels)
    encoded = webp.encode(image, WriteOptions())
    assert b"VP8L" in encoded.data
    np.testing.assert_array_equal(read("webp", encoded.data).pixels, pixels)


def test_lossy_source_gets_quality_90(rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """A lossy file is written lossy at quality 90, with its opacity unchanged."""
    image = read("webp", file_of_pillow(with_holes(rng), quality=60))
    encoded = webp.encode(image, WriteOptions())
    assert b"VP8 " in encoded.data
    assert encoded.data == webp.encode(image, WriteOptions(quality=90)).data
    np.testing.assert_array_equal(read("webp", encoded.data).pixels[:, :, 3], image.pixels[:, :, 3])


@pytest.mark.parametrize("quality", [None, 100])
def test_opaque_picture_keeps_its_opacity(
    quality: int | None, rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]
) -> None:
    """An opacity of 255 everywhere, which the library drops, is still there."""
    pixels = rng.integers(0, 256, (13, 17, 4)).astype(np.uint8)
    pixels[:, :, 3] = 255
    encoded, result = written("webp", Image.from_pixels(pixels), quality=quality)
    assert result.pixels.shape == pixels.shape
    np.testing.assert_array_equal(result.pixels[:, :, 3], 255)
    assert PIL.Image.open(BytesIO(encoded.data)).mode == "RGBA"


def test_metadata_of_pillow(rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """Metadata that Pillow wrote are read, carried byte for byte, and found by Pillow again."""
    data = file_of_pillow(
        with_holes(rng), lossless=True, exif=METADATA.exif, xmp=METADATA.xmp, icc_profile=METADATA.icc
    )
    image = read("webp", data)
    assert image.metadata == METADATA
    assert image.orientation == 6
    encoded = webp.encode(image, WriteOptions())
    info = PIL.Image.open(BytesIO(encoded.data)).info
    assert (info["exif"], info["xmp"], info["icc_profile"]) == (METADATA.exif, METADATA.xmp, METADATA.icc)


def test_prefix_of_exif_is_kept(rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """A prefix that belongs to JPEG is no part of the EXIF block, and is written where it was."""
    plain = webp.encode(Image.from_pixels(with_holes(rng)), WriteOptions(quality=100)).data
    chunks = [(chunk.name, plain[chunk.start : chunk.end]) for chunk in walk(plain, 12, len(plain), Limits())]
    image = read("webp", riff([*chunks, (b"EXIF", b"Exif\0\0" + orientation_only(3))]))
    assert image.metadata.exif == orientation_only(3)
    assert b"EXIF" + (32).to_bytes(4, "little") + b"Exif\0\0" in webp.encode(image, WriteOptions()).data


def test_unknown_chunks(rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """Unknown chunks are carried, but not a signature that would be false, nor anything with strip."""
    plain = webp.encode(Image.from_pixels(with_holes(rng)), WriteOptions(quality=100)).data
    chunks = [(chunk.name, plain[chunk.start : chunk.end]) for chunk in walk(plain, 12, len(plain), Limits())]
    image = read("webp", riff([*chunks, (b"abcd", b"12345"), (b"C2PA", b"signed")]))
    encoded = webp.encode(image, WriteOptions())
    assert b"abcd\5\0\0\x0012345\0" in encoded.data
    assert b"C2PA" not in encoded.data
    assert "C2PA" in encoded.notes[0]
    assert b"abcd" not in webp.encode(image, WriteOptions(strip=True)).data


def animation(rng: np.random.Generator, frames: int = 4) -> Image:
    """Return an animation, two frames of which are equal and one of which is transparent in places."""
    pixels = [rng.integers(0, 256, (13, 17, 4)).astype(np.uint8) for _ in range(frames)]
    pixels[1] = pixels[0]
    pixels[2][:5, :, 3] = 0
    pages = tuple(Page(values, alpha=True) for values in pixels)
    return Image(pages, "png", METADATA, animation=Animation((40.0, 0.0, 1000.0, 70.0), plays=3))


def test_animation(rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]) -> None:
    """Every frame, duration and the number of plays come back exactly, twice, and Pillow sees the same."""
    image = animation(rng)
    encoded, result = written("webp", image, quality=100)
    again, second = written("webp", result)
    assert again.data == encoded.data
    for other in (result, second):
        assert other.animation == image.animation
        for page, expected in zip(other.pages, image.pages, strict=True):
            np.testing.assert_array_equal(page.pixels, expected.pixels)
    peer: Any = PIL.Image.open(BytesIO(encoded.data))
    assert (peer.n_frames, peer.info["loop"]) == (4, 3)
    peer.seek(3)
    np.testing.assert_array_equal(np.asarray(peer), image.pages[3].pixels)
    assert result.metadata.icc == METADATA.icc


def test_lossless_animation_of_pillow(rng: np.random.Generator, read: Callable[..., Image]) -> None:
    """An animation that Pillow packed into small frames is seen as Pillow sees it, and written without loss."""
    frames = [PIL.Image.fromarray(page.pixels[:, :, :3]) for page in animation(rng).pages]
    stream = BytesIO()
    frames[0].save(
        stream, "WEBP", save_all=True, append_images=frames[1:], duration=[40, 50, 60, 70], lossless=True, loop=2
    )
    image = read("webp", stream.getvalue())
    peer = PIL.Image.open(BytesIO(stream.getvalue()))
    assert image.animation is not None
    assert image.animation.plays == 2
    assert sum(image.animation.durations) == 220
    for number, page in enumerate(image.pages):
        peer.seek(number)
        np.testing.assert_array_equal(page.pixels, np.asarray(peer))
    again = read("webp", webp.encode(image, WriteOptions()).data)
    assert all((a.pixels == b.pixels).all() for a, b in zip(again.pages, image.pages, strict=True))


def test_lossy_animation_is_refused(rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]) -> None:
    """A lossy animation is coded a second time only when a quality is asked for."""
    _, lossy = written("webp", animation(rng), quality=80)
    with pytest.raises(UnsupportedError, match=r"lossy animation.*give a quality"):
        webp.encode(lossy, WriteOptions())
    _, again = written("webp", lossy, quality=100)
    np.testing.assert_array_equal(again.pages[3].pixels, lossy.pages[3].pixels)


def test_timing_that_does_not_fit(rng: np.random.Generator) -> None:
    """Fractions of milliseconds are named, cover pictures refused."""
    image = animation(rng)
    fractions = Image(image.pages, "png", animation=Animation((33.3,) * 4, plays=70000))
    notes = webp.encode(fractions, WriteOptions(quality=100)).notes
    assert any("rounded" in note for note in notes)
    assert any("65535" in note for note in notes)
    covered = Image(image.pages, "png", animation=Animation((0.0, 1.0, 1.0, 1.0), cover=True))
    with pytest.raises(UnsupportedError, match="cover"):
        webp.encode(covered, WriteOptions())


def test_thumbnail_changes_with_the_picture(written: Callable[..., tuple[Encoded, Image]]) -> None:
    """The small picture inside the EXIF block gets the new pixels, and nothing else of the block moves."""
    stream = BytesIO()
    small = np.full((16, 16, 3), 200, np.uint8)
    PIL.Image.fromarray(small).save(stream, "JPEG", quality=90)
    jpeg = stream.getvalue()
    entries = b"\x02\0" + b"\x01\x02\x04\0\x01\0\0\0\x2c\0\0\0" + b"\x02\x02\x04\0\x01\0\0\0"
    block = b"II*\0\x08\0\0\0\0\0\x0e\0\0\0" + entries + len(jpeg).to_bytes(4, "little") + bytes(4)
    _, image = written("webp", Image.from_pixels(np.zeros((32, 32, 3), np.uint8), metadata=Metadata(exif=block + jpeg)))
    assert image.thumbnail is not None
    dark = image.map(lambda page: page.pixels // 2)
    _, result = written("webp", dark)
    assert result.thumbnail is not None
    np.testing.assert_allclose(result.thumbnail.pixels, 100, atol=1)  # one level of JPEG
    assert len(result.metadata.exif or b"") == len(block + jpeg)


def test_limits(rng: np.random.Generator) -> None:
    """Frames count together, metadata one by one, and the largest side is the format's own."""
    data = webp.encode(animation(rng), WriteOptions(quality=100)).data
    for limits in (Limits(pages=3), Limits(total_pixels=800), Limits(block_bytes=100), Limits(blocks=3)):
        with pytest.raises(FormatError.__mro__[1], match="limit"):
            webp.probe(data, ReadOptions(limits))
    with pytest.raises(UnsupportedError, match="16383"):
        webp.encode(Image.from_pixels(np.zeros((16384, 1, 3), np.uint8)), WriteOptions())
