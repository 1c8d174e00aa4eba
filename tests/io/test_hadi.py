"""HADI as a row of the table of formats: depths, opacity, metadata and orientation are kept, damage is named."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image as Pillow

from hadimg.codec import describe
from hadimg.errors import FormatError, LimitError, UnsupportedError
from hadimg.io import Limits, Metadata, ReadOptions, WriteOptions, read_image, write_image
from hadimg.io.exif import orientation_only, read_orientation
from hadimg.io.files import decode_image
from hadimg.io.hadi import CAPACITY, decode_part, encode, encode_with
from hadimg.io.image import Image, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.io.header import Encoded


@pytest.mark.parametrize("bits", [1, 4, 8, 10, 12, 14, 16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_depths(bits, channels, rng, written: Callable[..., tuple[Encoded, Image]]):
    """Every level of white that is a number of bits comes back, with opacity where it was."""
    top = (1 << bits) - 1
    kind = np.uint8 if bits <= 8 else np.uint16
    pixels = rng.integers(0, top, (9, 7, channels), kind, endpoint=True)
    pixels = pixels[:, :, 0] if channels == 1 else pixels
    page = Page(pixels, alpha=channels in (2, 4), white=float(top))
    _, result = written("hadi", Image((page,), "array"), quality=100)
    assert (result.pages[0].white, result.pages[0].alpha) == (top, page.alpha)
    assert result.pixels.dtype == kind
    np.testing.assert_array_equal(result.pixels, pixels)


def test_floats_are_kept(rng, written: Callable[..., tuple[Encoded, Image]]):
    """Floats come back bit by bit at any quality, and their white is 1."""
    pixels = rng.normal(size=(9, 7, 3)).astype(np.float32)
    for quality in (None, 50, 100):
        _, result = written("hadi", Image.from_pixels(pixels), quality=quality)
        np.testing.assert_array_equal(result.pixels, pixels)
        assert result.pages[0].white == 1.0


def test_white_of_no_depth_is_refused():
    """A level of white that is no number of bits is refused, and so are values above it."""
    with pytest.raises(UnsupportedError, match="white"):
        encode(Image((Page(np.zeros((4, 5), np.uint16), white=1000.0),), "pnm"), WriteOptions())
    with pytest.raises(UnsupportedError, match="above its level of white 1023"):
        encode(Image((Page(np.full((4, 5), 1024, np.uint16), white=1023.0),), "pnm"), WriteOptions())
    assert CAPACITY.orientation


def test_settings_of_the_source_are_kept(rng, written: Callable[..., tuple[Encoded, Image]]):
    """A picture that comes from a HADI file goes back as it was coded; another gets quality 90."""
    pixels = rng.integers(0, 256, (70, 90, 3), np.uint8)
    image = Image.from_pixels(pixels)
    codec = {"lossless": {"lossless": True}, "lossy": {"step": 7.5, "tile": 64}}
    for name, choices in codec.items():
        first = encode_with(image, WriteOptions(), **choices).data
        again = encode(decode_part(first, ReadOptions()), WriteOptions()).data
        told, retold = describe(first), describe(again)
        assert told["mode"] == name
        for key in ("mode", "step", "tile", "tuning", "transform"):
            assert told[key] == retold[key]
    assert (
        describe(written("hadi", image)[0].data)["step"] == describe(written("hadi", image, quality=90)[0].data)["step"]
    )
    assert describe(written("hadi", image, quality=100)[0].data)["mode"] == "lossless"


def jpeg_with_everything() -> bytes:
    """Return a JPEG file with EXIF (orientation 6, a camera), a color profile, XMP and a resolution."""
    from PIL import ImageCms

    picture = Pillow.fromarray(np.add.outer(np.arange(40), np.arange(56)).astype(np.uint8)).convert("RGB")
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera & Co"
    file = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture.save(file, "JPEG", exif=exif, icc_profile=profile, xmp=b"<x:xmpmeta/>", dpi=(300, 300))
    return file.getvalue()


def test_jpeg_to_hadi_and_back(tmp_path):
    """EXIF, ICC, XMP, resolution and orientation go from JPEG through HADI to JPEG and PNG, where Pillow finds them."""
    (tmp_path / "a.jpg").write_bytes(jpeg_with_everything())
    write_image(tmp_path / "a.hadi", read_image(tmp_path / "a.jpg"))
    held = read_image(tmp_path / "a.hadi")
    given = read_image(tmp_path / "a.jpg")
    assert held.metadata == given.metadata
    assert held.orientation == 6
    for name in ("b.jpg", "b.png"):
        write_image(tmp_path / name, held)
        with Pillow.open(tmp_path / name) as picture:
            assert picture.getexif()[0x010F] == "Camera & Co"
            assert picture.info["icc_profile"] == given.metadata.icc
            assert tuple(round(value) for value in picture.info["dpi"]) == (300, 300)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_said(orientation, written: Callable[..., tuple[Encoded, Image]]):
    """The pixels stay as stored, and the EXIF block says how they are turned."""
    pixels = np.arange(60, dtype=np.uint8).reshape(5, 4, 3)
    encoded, result = written("hadi", Image((Page(pixels, orientation=orientation),), "array"), quality=100)
    assert (result.orientation, encoded.notes) == (orientation, ())
    np.testing.assert_array_equal(result.pixels, pixels)
    assert read_orientation(result.metadata.exif)[0] == orientation


def test_strip_keeps_what_is_seen(written: Callable[..., tuple[Encoded, Image]]):
    """With strip, orientation and color profile are all that is left."""
    metadata = Metadata(exif=orientation_only(6), xmp=b"<x/>", icc=bytes(9), resolution=(72.0, 72.0))
    image = Image((Page(np.zeros((4, 6, 3), np.uint8), orientation=6),), "array", metadata)
    _, result = written("hadi", image, strip=True)
    assert result.metadata == Metadata(exif=orientation_only(6), icc=bytes(9))
    assert result.orientation == 6


def damaged(data: bytes) -> bytes:
    """Return a file with a flipped bit near its end."""
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


def test_damaged_files(rng):
    """A damaged file is refused, or read as far as it goes, with a note."""
    image = Image.from_pixels(rng.integers(0, 256, (70, 90, 3), np.uint8), metadata=Metadata(xmp=b"<x/>"))
    data = encode_with(image, WriteOptions(), lossless=True, tile=64).data
    with pytest.raises(FormatError, match=r"^a.hadi: the checksum of segment 3 of tile 3"):
        decode_image(damaged(data), "a.hadi", ReadOptions())
    result = decode_image(damaged(data), "a.hadi", ReadOptions(allow_damaged=True))
    assert result.notes == ("the HADI data are damaged: of 4 tiles 1 is coarse",)
    np.testing.assert_array_equal(result.pixels[:64, :64], image.pixels[:64, :64])
    place = data.index(b"<x/>")
    broken = data[:place] + b"?" + data[place + 1 :]
    with pytest.raises(FormatError, match="metadata chunk"):
        decode_image(broken, "a.hadi", ReadOptions())
    result = decode_image(broken, "a.hadi", ReadOptions(allow_damaged=True))
    assert "the metadata are left out" in result.notes[0]
    np.testing.assert_array_equal(result.pixels, image.pixels)


def test_limits():
    """The limits of reading hold for HADI files."""
    data = encode(Image.from_pixels(np.zeros((20, 30), np.uint8)), WriteOptions()).data
    with pytest.raises(LimitError, match="page_pixels"):
        decode_image(data, "a.hadi", ReadOptions(Limits(page_pixels=599)))


def test_batch_takes_hadi(tmp_path, rng):
    """A batch reads .hadi files and writes them."""
    from hadimg.batch import Recipe, make_plan, run
    from hadimg.masks import Constant

    pixels = rng.integers(0, 200, (30, 40, 3), np.uint8)
    write_image(tmp_path / "a.hadi", pixels, quality=100)
    write_image(tmp_path / "b.png", pixels)
    for suffix, name in ((None, "same"), (".png", "png"), (".hadi", "hadi")):
        plan = make_plan([tmp_path / "a.hadi", tmp_path / "b.png"], tmp_path / name, suffix=suffix)
        assert run(plan, Recipe(Constant(value=1.0), quality=100)).done == 2
    for path in ("same/a.hadi", "same/b.png", "png/a.png", "png/b.png", "hadi/a.hadi", "hadi/b.hadi"):
        np.testing.assert_array_equal(read_image(tmp_path / path).pixels, pixels)
