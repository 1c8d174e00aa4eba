"""PNG side chunks: carried byte for byte, written from other formats' metadata, and never inflated without a limit."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageCms

from hadimg.errors import LimitError
from hadimg.io import png
from hadimg.io.exif import orientation_only
from hadimg.io.header import ReadOptions, WriteOptions
from hadimg.io.image import Image, Metadata, Page
from hadimg.io.limits import Limits
from hadimg.io.png_chunks import Layout, assemble, chunk, walk

XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
ICC = b"a profile that nobody looks into" * 40

COLOR = [
    chunk(b"cHRM", bytes(range(32))),
    chunk(b"gAMA", struct.pack(">I", 45455)),
    chunk(b"iCCP", b"odd name\0\0" + zlib.compress(ICC, 1)),
    chunk(b"sBIT", b"\5\6\5"),
    chunk(b"cICP", b"\1\2\0\1"),
]
BEFORE = [
    chunk(b"bKGD", bytes(6)),
    chunk(b"pHYs", struct.pack(">IIB", 11811, 5906, 1)),
    chunk(b"eXIf", orientation_only(6)),
    chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP, 9)),
    chunk(b"tEXt", b"Author\0J\xfcrgen"),
    chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"long", 3)),
    chunk(b"prVt", b"private, safe to copy"),
]
AFTER = [chunk(b"iTXt", "Title\0\0\0de\0Titel\0Übung".encode()), chunk(b"tIME", bytes(7))]


def source(*, color: int = 2, depth: int = 8, extra: tuple[bytes, ...] = ()) -> bytes:
    """Return a picture of 2 x 1 pixels with every kind of side chunk."""
    layout = Layout(2, 1, depth, color, interlaced=False)
    data = chunk(b"IDAT", zlib.compress(bytes(layout.inflated_bytes())))
    return assemble(layout, [*COLOR, *extra, *BEFORE, data, *AFTER])


def read(data: bytes, limits: Limits | None = None) -> Image:
    """Return the picture in the bytes of a file."""
    options = ReadOptions(limits or Limits())
    return png.decode(data, png.probe(data, options), options)


def chunks_of(data: bytes) -> list[bytes]:
    """Return all whole chunks but those with pixels, in order."""
    found = walk(data, ReadOptions(), [])
    return [data[one.start - 8 : one.start + one.length + 4] for one in found if one.kind != b"IDAT"]


def test_all_side_chunks_are_carried_byte_for_byte():
    """Same color type, same chunks, in the same order, before and behind the data as they were."""
    data = source()
    image = read(data)
    encoded = png.encode(image.with_pixels(image.pixels + np.uint8(9)), WriteOptions())
    assert chunks_of(encoded.data) == COLOR + BEFORE + AFTER
    assert encoded.notes == ()
    kinds = [one.kind for one in walk(encoded.data, ReadOptions(), [])]
    assert kinds[-3:] == [b"IDAT", b"iTXt", b"tIME"]


def test_metadata_are_read_in_neutral_form():
    """Each part is what the chunk holds, inflated; texts keep their order and letters."""
    metadata = read(source()).metadata
    assert metadata.icc == ICC
    assert metadata.xmp == XMP
    assert metadata.exif == orientation_only(6)
    assert metadata.resolution == pytest.approx((300.0, 150.0), rel=1e-4)  # whole pixels per meter
    assert metadata.text == (("Author", "Jürgen"), ("Comment", "long"), ("Title", "Übung"))
    assert read(source()).orientation == 6


def test_chunks_tied_to_the_color_type_are_left_out_and_named():
    """With another depth or color type, background and significant bits would lie; everything else stays."""
    image = read(source())
    deeper = image.with_pixels(np.zeros((1, 2, 3), np.uint16))
    encoded = png.encode(replace(deeper, pages=(replace(deeper.pages[0], white=65535.0),)), WriteOptions())
    assert chunks_of(encoded.data) == [one for one in COLOR + BEFORE + AFTER if one[4:8] not in (b"sBIT", b"bKGD")]
    (note,) = encoded.notes
    assert "sBIT" in note
    assert "bKGD" in note


def test_unknown_chunks_that_are_unsafe_to_copy_are_left_out_and_named():
    """A chunk that nobody here understands and that depends on the pixels is dropped, with its name."""
    encoded = png.encode(read(source(extra=(chunk(b"caBX", b"signature"),))), WriteOptions())
    assert chunks_of(encoded.data) == COLOR + BEFORE + AFTER
    assert "caBX" in encoded.notes[0]


def test_changed_parts_replace_their_chunks_and_no_others():
    """What the user sets is written; what was not touched stays as it was."""
    image = read(source())
    changed = replace(image, metadata=replace(image.metadata, icc=b"new", resolution=None))
    encoded = png.encode(changed, WriteOptions())
    again = read(encoded.data)
    assert again.metadata == changed.metadata
    gone = (b"iCCP", b"cICP", b"pHYs")  # the color code would overrule the new profile
    kept = [one for one in COLOR + BEFORE + AFTER if one[4:8] not in gone]
    assert [one for one in chunks_of(encoded.data) if one[4:8] != b"iCCP"] == kept


def test_a_new_orientation_is_written_into_the_exif_block():
    """A picture that was turned says so, whatever its EXIF block said before."""
    image = read(source())
    turned = replace(image, pages=(replace(image.pages[0], orientation=1),))
    assert read(png.encode(turned, WriteOptions()).data).orientation == 1
    bare = Image((Page(np.zeros((2, 3), np.uint8), orientation=8),), "tiff")
    assert read(png.encode(bare, WriteOptions()).data).orientation == 8


def test_strip_keeps_only_what_changes_how_the_picture_is_seen():
    """Colors and orientation stay; names, places and comments go."""
    image = read(source())
    encoded = png.encode(image, WriteOptions(strip=True))
    assert chunks_of(encoded.data) == [*COLOR, chunk(b"eXIf", orientation_only(6))]
    upright = replace(image, pages=(replace(image.pages[0], orientation=1),))
    assert chunks_of(png.encode(upright, WriteOptions(strip=True)).data) == COLOR


def test_metadata_of_other_formats_are_written_so_that_pillow_finds_them():
    """EXIF, profile, XMP, resolution and text arrive; IPTC, which PNG cannot hold, is named."""
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    metadata = Metadata(
        exif=orientation_only(6),
        xmp=XMP,
        icc=icc,
        iptc=b"\x1c\x02",
        resolution=(300.0, 72.0),
        text=(("Author", "Ann"), ("Title", "Übung — 1")),
    )
    image = Image((Page(np.zeros((3, 4, 3), np.uint8), orientation=6),), "jpeg", metadata)
    encoded = png.encode(image, WriteOptions())
    assert encoded.notes == ("PNG cannot hold IPTC",)
    with Pillow.open(io.BytesIO(encoded.data)) as seen:
        seen.load()
        assert seen.info["icc_profile"] == icc
        assert seen.getexif()[0x0112] == 6
        assert seen.text["XML:com.adobe.xmp"].encode() == XMP
        assert seen.info["dpi"] == pytest.approx((300, 72), abs=0.02)  # whole pixels per meter
        assert seen.text["Author"] == "Ann"
        assert seen.text["Title"] == "Übung — 1"
    again = read(encoded.data).metadata
    assert replace(again, resolution=None) == replace(metadata, iptc=None, resolution=None)


def test_text_that_png_cannot_hold_is_named():
    """A keyword that the format forbids is not bent into another one."""
    metadata = Metadata(text=(("", "a"), ("x" * 80, "b"), ("日本", "c"), (" a", "d"), ("a", "\0"), ("fine", "e")))
    encoded = png.encode(Image.from_pixels(np.zeros((1, 1), np.uint8), metadata=metadata), WriteOptions())
    assert len(encoded.notes) == 5
    assert read(encoded.data).metadata.text == (("fine", "e"),)


@pytest.mark.parametrize("head", [b"zTXta\0\0", b"iCCPa\0\0", b"iTXta\0\1\0\0\0", b"iTXtXML:com.adobe.xmp\0\1\0\0\0"])
def test_compressed_metadata_bombs_are_refused_in_little_memory(head):
    """A chunk of a few kilobytes that inflates to 100 megabytes is refused when it passes the limit."""
    deflater = zlib.compressobj()
    body = b"".join(deflater.compress(bytes(10**6)) for _ in range(100)) + deflater.flush()
    bomb = chunk(head[:4], head[4:] + body)
    data = source(extra=(bomb,))
    options = ReadOptions(Limits(block_bytes=2 * 10**6))
    tracemalloc.start()
    try:
        header = png.probe(data, options)
        with pytest.raises(LimitError, match="block_bytes"):
            png.decode(data, header, options)
        assert tracemalloc.get_traced_memory()[1] < 10**7
    finally:
        tracemalloc.stop()


def test_broken_metadata_are_carried_and_named():
    """A profile or text that cannot be inflated costs neither the picture nor its own bytes."""
    broken = (chunk(b"iCCP", b"x\0\0not zlib"), chunk(b"zTXt", b"y"), chunk(b"pHYs", b"123"), chunk(b"iTXt", b"z\0"))
    layout = Layout(1, 1, 8, 0, interlaced=False)
    data = assemble(layout, [*broken, chunk(b"eXIf", b"nonsense"), chunk(b"IDAT", zlib.compress(b"\0\0"))])
    image = read(data)
    assert sum("is broken" in note for note in image.notes) == 5
    assert image.orientation == 1
    assert chunks_of(png.encode(image, WriteOptions()).data) == chunks_of(data)


def test_real_pictures_keep_their_chunks(shared_data):
    """Every odd picture of one color type comes out with the side chunks it came in with."""
    compared = 0
    for path in sorted((shared_data / "badimages" / "png").iterdir()):
        data = path.read_bytes()
        try:
            image = read(data)
        except ValueError:
            continue
        encoded = png.encode(image, WriteOptions())
        if image.notes or image.animation or encoded.notes:
            continue
        assert sorted(chunks_of(encoded.data)) == sorted(chunks_of(data)), path.name
        compared += 1
    assert compared > 30
