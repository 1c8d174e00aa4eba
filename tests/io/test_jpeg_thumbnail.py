"""The small picture inside the EXIF block changes with the large one, in place, or is named as unchanged."""

from __future__ import annotations

import io
import struct
from dataclasses import replace

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image as Pillow

from hadimg.io import jpeg
from hadimg.io.exif_thumbnail import read_thumbnail, write_thumbnail
from hadimg.io.header import ReadOptions, WriteOptions


@pytest.fixture
def scene(rng):
    """Make a picture whose halves lie far apart, with grain."""
    rows, columns = np.mgrid[0:96, 0:128]
    scene = 60 + 120 * (columns > 64) + 20 * np.sin(rows / 9) + rng.normal(0, 2, (96, 128))
    return np.clip(scene[..., None] * [1.0, 0.9, 0.8], 0, 255).astype(np.uint8)


def encoded(pixels, **options):
    """Return a JPEG that another program wrote."""
    stream = io.BytesIO()
    Pillow.fromarray(pixels).save(stream, "JPEG", **options)
    return stream.getvalue()


def block_with(thumbnail, *, order="<", kind=4, tail=b"maker note"):
    """Return an EXIF block with orientation 6, a thumbnail in its second directory, and something behind it."""
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    first = struct.pack(order + "HHHIHHI", 1, 0x0112, 3, 1, 6, 0, 26)
    length = struct.pack(order + ("I" if kind == 4 else "HH"), *(len(thumbnail), 0)[: 1 if kind == 4 else 2])
    second = struct.pack(order + "HHHIHH", 3, 0x0103, 3, 1, 6, 0) + struct.pack(order + "HHII", 0x0201, 4, 1, 68)
    second += struct.pack(order + "HHI", 0x0202, kind, 1) + length + struct.pack(order + "I", 0)
    assert len(head + first + second) == 68
    return head + first + second + thumbnail + tail


def photo_with(block, scene):
    """Return a JPEG that carries the block."""
    return encoded(scene, exif=b"Exif\0\0" + block, quality=90)


def read(data):
    """Probe and decode, as `read_image` does."""
    return jpeg.decode(data, jpeg.probe(data, ReadOptions()), ReadOptions())


def thumbnail_by_pillow(data):
    """Return the thumbnail that an independent reader finds."""
    directory = Pillow.open(io.BytesIO(data)).getexif().get_ifd(ExifTags.IFD.IFD1)
    block = data[data.index(b"Exif\0\0") + 6 :]
    small = block[directory[0x0201] : directory[0x0201] + directory[0x0202]]
    return np.asarray(Pillow.open(io.BytesIO(small)))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [3, 4])
@pytest.mark.parametrize("factor", [0.5, 0.9])
def test_a_darkened_thumbnail_is_darker_in_the_file(scene, order, kind, factor):
    """The written thumbnail is the old one times the factor; nothing else of the block moves."""
    small = np.ascontiguousarray(scene[::2, ::2])
    block = block_with(encoded(small, quality=80), order=order, kind=kind)
    data = photo_with(block, scene)
    image = read(data)
    np.testing.assert_array_equal(image.thumbnail.pixels, thumbnail_by_pillow(data))
    assert image.thumbnail.orientation == image.orientation == 6
    darker = image.map(lambda page: np.rint(page.pixels * factor).astype(np.uint8))
    result = jpeg.encode(darker, WriteOptions())
    assert result.notes == ()
    found = thumbnail_by_pillow(result.data)
    ratio = found.mean() / thumbnail_by_pillow(data).mean()
    assert ratio == pytest.approx(factor, abs=0.005)  # half a level of rounding in about 100
    changed = read(result.data).metadata.exif
    places = [k for k in range(len(block)) if block[k] != changed[k]]
    assert len(changed) == len(block)
    assert all(60 <= k < 64 or 68 <= k < len(block) - len(b"maker note") for k in places)


def test_an_unchanged_thumbnail_leaves_the_block_alone(scene):
    """Equal pixels mean equal bytes: nothing is encoded anew."""
    block = block_with(encoded(scene[::2, ::2], quality=80))
    image = read(photo_with(block, scene))
    again = image.with_pixels(255 - image.pixels)
    assert read(jpeg.encode(again, WriteOptions()).data).metadata.exif == block
    page = replace(image.thumbnail, pixels=image.thumbnail.pixels.copy())
    assert write_thumbnail(block, page)[0] is block


def test_the_rest_of_the_old_thumbnail_is_cleared(scene):
    """Where the new one is shorter, no bytes of the old picture stay behind it."""
    block = block_with(encoded(scene[::2, ::2], quality=80))
    page, _ = read_thumbnail(block, 1)
    black, note = write_thumbnail(block, replace(page, pixels=np.zeros_like(page.pixels)))
    assert note is None
    small = read_thumbnail(black, 1)[0].pixels
    assert small.max() == 0
    length = struct.unpack_from("<I", black, 60)[0]
    assert black[68 : 68 + length].endswith(b"\xff\xd9")
    assert black[68 + length : -len(b"maker note")].strip(b"\0") == b""


def test_a_thumbnail_that_grows_is_kept_and_named(scene, rng):
    """A picture with more detail than there are bytes: the old one stays, and the note says so."""
    block = block_with(encoded(np.full((48, 64, 3), 90, np.uint8), quality=80))
    page, _ = read_thumbnail(block, 1)
    noise = rng.integers(0, 256, page.pixels.shape, dtype=np.uint8)
    kept, note = write_thumbnail(block, replace(page, pixels=noise))
    assert kept is block
    assert "kept as it was" in note


def test_coding_of_the_thumbnail_is_kept(scene):
    """Tables, sampling and segments of the small picture stay, grey stays grey."""
    tables = [list(range(2, 66))]
    for pixels in (scene[::2, ::2], scene[::2, ::2, 0]):
        sampling = {} if pixels.ndim == 2 else {"subsampling": 1}
        small = encoded(np.ascontiguousarray(pixels), qtables=tables, comment=b"small", **sampling)
        block = block_with(small)
        page, _ = read_thumbnail(block, 1)
        changed, note = write_thumbnail(block, replace(page, pixels=page.pixels // 2))
        assert note is None
        old, new = (Pillow.open(io.BytesIO(source)) for source in (small, changed[68:]))
        assert new.quantization == old.quantization == {0: tables[0]}
        assert new.layer == old.layer
        assert new.info["comment"] == b"small"


def test_thumbnails_that_cannot_be_read_are_named():
    """Broken, cut, huge, and uncompressed ones: a note, and the block as it was."""
    good = encoded(np.zeros((16, 16, 3), np.uint8))
    place = good.index(b"\xff\xc0") + 5
    huge = good[:place] + struct.pack(">HH", 60000, 60000) + good[place + 4 :]
    uncompressed = block_with(good).replace(b"\1\2\4\0", b"\x11\1\4\0")
    outside = block_with(good)[:-60]
    large = encoded(np.zeros((2100, 2100), np.uint8), optimize=True)
    for small in (b"no JPEG at all", good[:-30], huge, large):
        page, note = read_thumbnail(block_with(small), 1)
        assert page is None
        assert "stays as it is" in note
    for block in (uncompressed, outside):
        page, note = read_thumbnail(block, 1)
        assert page is None
        assert "stays as it is" in note
    assert read_thumbnail(None, 1) == (None, None)
    assert read_thumbnail(b"II*\0\x08\0\0\0\0\0\0\0\0\0", 1) == (None, None)


def test_bit_flips_of_the_directories_harm_nothing(scene):
    """Whatever the block says, a thumbnail is read and written, or not, without an exception."""
    block = block_with(encoded(scene[::8, ::8], quality=50), tail=b"")
    page, _ = read_thumbnail(block, 1)
    darker = replace(page, pixels=page.pixels // 2)
    for bit in range(8 * 68):
        flipped = bytearray(block)
        flipped[bit // 8] ^= 1 << bit % 8
        read_thumbnail(bytes(flipped), 1)
        changed, _ = write_thumbnail(bytes(flipped), darker)
        assert len(changed) == len(block)


def test_strip_leaves_no_thumbnail(scene):
    """Neither the old one nor a new one."""
    image = read(photo_with(block_with(encoded(scene[::2, ::2])), scene))
    written = read(jpeg.encode(image, WriteOptions(strip=True)).data)
    assert written.thumbnail is None
    assert written.orientation == 6
