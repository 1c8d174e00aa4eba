"""GIF: every frame as viewers show it, its timing and side information; bombs and damage refused."""

from __future__ import annotations

import csv
import io
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image as Pillow

from hadimg.errors import FormatError, HadimgError, LimitError
from hadimg.io import gif
from hadimg.io.header import ReadOptions
from hadimg.io.limits import Limits

if TYPE_CHECKING:
    from hadimg.io.image import Image


def read(data: bytes, limits: Limits | None = None, *, allow_damaged: bool = False) -> Image:
    """Return the picture in the bytes of a file."""
    options = ReadOptions(limits or Limits(), allow_damaged)
    return gif.decode(data, gif.probe(data, options), options)


@pytest.fixture
def frames(rng) -> list[np.ndarray]:
    """Three frames of few colors, each with its own palette."""
    return [rng.integers(0, 4, (20, 30, 3), np.uint8) * np.uint8(85 - number) for number in range(3)]


def saved(frames: list[np.ndarray], **options) -> bytes:
    """Return a GIF that Pillow has written."""
    first, *others = (Pillow.fromarray(frame).quantize(256) for frame in frames)
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=others, **options)
    return file.getvalue()


def test_animations_come_with_all_frames_and_their_timing(frames):
    """Frames, durations, plays and comments are those of the file."""
    image = read(saved(frames, duration=[40, 50, 60], loop=2, comment="café"))
    for page, frame in zip(image.pages, frames, strict=True):
        np.testing.assert_array_equal(page.pixels, frame)
        assert not page.alpha
    assert image.animation.durations == (40.0, 50.0, 60.0)
    assert image.animation.plays == 3  # two repeats
    assert image.metadata.text == (("Comment", "café"),)
    assert read(saved(frames, loop=0)).animation.plays == 0
    assert read(saved(frames)).animation.plays == 1


def test_one_frame_is_a_still_picture(frames):
    """A single frame has no timing, even if the file gives it one."""
    image = read(saved(frames[:1], duration=100))
    assert image.animation is None
    np.testing.assert_array_equal(image.pixels, frames[0])


def test_transparency_becomes_opacity():
    """The transparent index, and what no frame has covered, are transparent."""
    palette = bytes(range(12))
    head = b"GIF89a" + struct.pack("<HHBBB", 2, 2, 0x81, 0, 0) + palette
    control = b"\x21\xf9\x04" + struct.pack("<BHB", 1, 0, 1) + b"\0"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 2, 1, 0)
    bits = 4 | 0 << 3 | 1 << 6 | 5 << 9  # clear, 0, 1, end: codes of 3 bits
    pixels = b"\x02\x02" + struct.pack("<H", bits) + b"\0"
    image = read(head + control + frame + pixels + b"\x3b")
    assert image.pages[0].alpha
    assert image.pixels[0, 0].tolist() == [0, 1, 2, 255]
    assert image.pixels[:, :, 3].tolist() == [[255, 0], [0, 0]]


def test_color_profile_and_xmp_are_found(frames):
    """Both are carried to the formats that can hold them."""
    icc, xmp = bytes(range(256)) * 3, b"<x:xmpmeta/>"
    data = saved(frames[:1])
    place = 13 + 3 * (2 << (data[10] & 7))
    blocks = b"".join(b"\xff" + icc[start : start + 255] for start in (0, 255, 510)) + b"\x03" + icc[765:] + b"\0"
    profile = b"\x21\xff\x0bICCRGBG1012" + blocks
    packet = b"\x21\xff\x0bXMP DataXMP" + xmp + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    metadata = read(data[:place] + profile + packet + data[place:]).metadata
    assert metadata.icc == icc
    assert metadata.xmp == xmp


def test_every_prefix_is_refused(frames):
    """A file cut anywhere is named as broken; who allows damage gets the whole frames before the cut."""
    data = saved(frames)
    for length in range(len(data)):
        with pytest.raises(FormatError):
            read(data[:length])
    image = read(data[:-20], allow_damaged=True)
    assert len(image.pages) == 2
    np.testing.assert_array_equal(image.pages[1].pixels, frames[1])
    assert any(note.startswith("damaged: ") for note in image.notes)


def test_bit_flips_raise_nothing_foreign(frames):
    """GIF has no checksums; whatever a wrong bit does, it is a whole picture or an error of ours."""
    data = saved([frame[:6, :8] for frame in frames[:2]])
    refused = 0
    for position in range(8 * len(data)):
        broken = bytearray(data)
        broken[position // 8] ^= 1 << (position % 8)
        try:
            image = read(bytes(broken), Limits(page_pixels=10**5))
        except HadimgError:
            refused += 1
            continue
        width, height = struct.unpack_from("<HH", broken, 6)
        assert {page.shape for page in image.pages} == {(height, width)}
    assert refused > 100


def test_streams_that_end_early_are_refused(frames):
    """A frame with too few pixels is damage although every block is whole."""
    data = saved(frames[:1])
    start = data.index(b"\x2c", 13 + 3 * (2 << (data[10] & 7))) + 11
    body = data[start + 1 : start + 1 + data[start]]
    cut = data[:start] + bytes([len(body) // 2]) + body[: len(body) // 2] + b"\0\x3b"
    with pytest.raises(FormatError):
        read(cut)


@pytest.mark.parametrize(
    ("limit", "value"), [("pages", 2), ("page_pixels", 599), ("blocks", 3), ("total_pixels", 1799)]
)
def test_limits_are_checked_before_decoding(frames, limit, value):
    """Size, number and sum of frames are refused from the headers, by name."""
    data = saved(frames, comment="x")
    gif.probe(data, ReadOptions(Limits(pages=3, page_pixels=600, total_pixels=1800)))
    with pytest.raises(LimitError, match=limit):
        gif.probe(data, ReadOptions(Limits(**{limit: value})))
    with pytest.raises(LimitError, match="block_bytes"):
        gif.probe(data, ReadOptions(Limits(block_bytes=4)))


def test_bad_and_odd_pictures_are_read_whole_or_refused(shared_data):
    """Every file does what its collection expects; libvips sees the same frames."""
    vips = pytest.importorskip("pyvips")
    with (shared_data / "badimages" / "manifest.csv").open(encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["file"].startswith("gif/")]
    for row in rows:
        data = (shared_data / "badimages" / row["file"]).read_bytes()
        if row["kind"] == "bomb":
            with pytest.raises(LimitError):
                read(data)
            continue
        try:
            image = read(data)
        except HadimgError:
            assert row["expect"] != "read", row["file"]
            continue
        assert row["expect"] != "refuse", row["file"]
        seen = vips.Image.new_from_buffer(data, "n=-1").numpy().reshape(len(image.pages), *image.pages[0].shape, -1)
        for page, theirs in zip(image.pages, seen, strict=True):
            shown = theirs[..., 3] > 0 if theirs.shape[2] == 4 else np.ones(page.shape, bool)
            np.testing.assert_array_equal(page.pixels[shown][:, :3], theirs[shown][:, :3], err_msg=row["file"])
            if page.alpha:
                np.testing.assert_array_equal(page.pixels[..., 3] > 0, shown, err_msg=row["file"])
