"""What stands around the picture in a JPEG is carried byte for byte, or its loss is named."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow

from hadimg.io import jpeg
from hadimg.io.exif import orientation_only, read_orientation
from hadimg.io.header import ReadOptions, WriteOptions
from hadimg.io.image import Image, Metadata, Page
from hadimg.io.jpeg_segments import read_layout

JFIF = b"JFIF\0\1\2\1\1\x2c\1\x2c\0\0"  # 300 dots per inch
EXIF = b"Exif\0\0" + orientation_only(6)
XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:a="urn:a" a:b="%s"/></rdf:RDF></x:xmpmeta>'
)
PHOTOSHOP = b"Photoshop 3.0\0"
IPTC = b"\x1c\2\x78\0\5Hello"
RESOURCES = b"8BIM\x03\xed\4name\0" + struct.pack(">I", 3) + b"abc\0" + b"8BIM\4\4\0\0" + struct.pack(">I", 10) + IPTC
ALL = Metadata(
    exif=orientation_only(3),
    xmp=PACKET % b"c",
    icc=bytes(range(256)) * 10,
    iptc=IPTC,
    resolution=(300.0, 150.0),
    text=(("Comment", "für alle"), ("Title", "dusk")),
)


@pytest.fixture
def pixels(rng):
    """Make a picture that costs little."""
    return rng.integers(0, 256, (16, 24, 3), dtype=np.uint8)


def segment(code, payload):
    """Return a JPEG segment."""
    return bytes((0xFF, code)) + struct.pack(">H", len(payload) + 2) + payload


def with_segments(pixels, *segments):
    """Return a JPEG with just these segments in front of its coding."""
    stream = io.BytesIO()
    Pillow.fromarray(pixels).save(stream, "JPEG", qtables=[list(range(1, 65))])
    data = stream.getvalue()
    return b"\xff\xd8" + b"".join(segments) + data[data.index(b"\xff\xdb") :]


def read(data):
    """Probe and decode, as `read_image` does."""
    return jpeg.decode(data, jpeg.probe(data, ReadOptions()), ReadOptions())


def carried(data):
    """Return the application segments and comments of a file."""
    return [data[s.start : s.end] for s in read_layout(data).segments if s.carried]


def test_all_segments_are_carried_in_order(pixels):
    """JFIF, EXIF, XMP and extension, a profile in two parts, Photoshop, comments, unknown ones: byte for byte."""
    segments = [
        segment(0xE0, JFIF),
        segment(0xE0, b"JFXX\0\x10" + bytes(20)),
        segment(0xE1, EXIF),
        segment(0xE1, b"Exif\0\0second"),
        segment(0xE1, XMP + PACKET % b"c"),
        segment(0xE1, EXTENDED + b"F" * 32 + bytes(8) + b"part"),
        segment(0xE2, b"ICC_PROFILE\0\2\2second"),
        segment(0xE2, b"ICC_PROFILE\0\1\2first "),
        segment(0xE4, b"private"),
        segment(0xED, PHOTOSHOP + RESOURCES),
        segment(0xED, PHOTOSHOP + b"8BIM\4\5\0\0\0\0\0\0"),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\1"),
        segment(0xFE, b"one"),
        segment(0xFE, b"\xff\xd9\xff\xda two \xfc"),
    ]
    image = read(with_segments(pixels, *segments))
    assert image.metadata == Metadata(
        exif=orientation_only(6),
        xmp=PACKET % b"c",
        icc=b"first second",
        iptc=IPTC,
        resolution=(300.0, 300.0),
        text=(("Comment", "one"), ("Comment", "ÿÙÿÚ two ü")),
    )
    result = jpeg.encode(image.with_pixels(255 - image.pixels), WriteOptions())
    assert carried(result.data) == segments
    assert result.notes == ()


def test_a_file_without_segments_gets_none(pixels):
    """The encoder's own JFIF segment does not slip in."""
    data = with_segments(pixels)
    assert carried(jpeg.encode(read(data), WriteOptions()).data) == []


@pytest.mark.parametrize(
    ("code", "payload", "words"),
    [
        (0xE2, b"MPF\0II*\0", "MPF"),
        (0xEB, b"JP\0\1\0\0\0\1 jumb c2pa", "C2PA"),
        (0xEB, b"JP\0\1\0\0\0\1 other", "JUMBF"),
    ],
)
def test_what_would_be_false_is_left_out_and_named(pixels, code, payload, words):
    """Absolute offsets and signatures of the old pixels do not go into the new file."""
    kept = segment(0xE1, EXIF)
    result = jpeg.encode(read(with_segments(pixels, segment(code, payload), kept)), WriteOptions())
    assert carried(result.data) == [kept]
    assert len(result.notes) == 1
    assert words in result.notes[0]


def test_parts_that_the_user_changes_replace_the_old_ones(pixels):
    """A new profile and another comment stand where the old ones stood; the rest is untouched."""
    segments = [
        segment(0xE1, EXIF),
        segment(0xE2, b"ICC_PROFILE\0\1\1old"),
        segment(0xE4, b"private"),
        segment(0xFE, b"old"),
    ]
    image = read(with_segments(pixels, *segments))
    metadata = replace(image.metadata, icc=b"new", text=(), resolution=(72.0, 72.0))
    written = jpeg.encode(replace(image, metadata=metadata), WriteOptions()).data
    density = segment(0xE0, b"JFIF\0\1\2\1\0\x48\0\x48\0\0")
    profile = segment(0xE2, b"ICC_PROFILE\0\1\1new")
    assert carried(written) == [density, segments[0], profile, segments[2]]
    assert read(written).metadata == metadata


def test_an_orientation_set_by_the_user_is_written(pixels):
    """Only the orientation's bytes of the EXIF block differ."""
    image = read(with_segments(pixels, segment(0xE1, EXIF)))
    turned = replace(image, pages=(replace(image.pages[0], orientation=1),))
    written = read(jpeg.encode(turned, WriteOptions()).data)
    assert written.metadata.exif == orientation_only(1)


def test_neutral_metadata_become_segments(pixels):
    """From another format, all parts are written, and other programs find them."""
    image = Image((Page(pixels, orientation=3),), "png", ALL)
    result = jpeg.encode(image, WriteOptions())
    assert result.notes == ()
    back = read(result.data)
    assert back.metadata == replace(ALL, text=(("Comment", "für alle"), ("Comment", "Title: dusk")))
    assert back.orientation == 3
    peer = Pillow.open(io.BytesIO(result.data))
    assert peer.info["icc_profile"] == ALL.icc
    assert peer.info["xmp"] == ALL.xmp
    assert peer.info["dpi"] == (300, 150)
    assert peer.getexif()[0x0112] == 3
    assert peer.info["photoshop"][0x0404] == IPTC


@pytest.mark.parametrize("size", [65519, 65520, 200_000])
def test_profiles_of_any_length(pixels, rng, size):
    """A profile that is longer than a segment goes in parts that other programs put together."""
    profile = rng.bytes(size)
    data = jpeg.encode(Image((Page(pixels),), "png", Metadata(icc=profile)), WriteOptions()).data
    assert read(data).metadata.icc == profile
    assert Pillow.open(io.BytesIO(data)).info["icc_profile"] == profile


@pytest.mark.parametrize("size", [65_400, 65_504, 65_505, 300_000])
def test_xmp_of_any_length(pixels, size):
    """A packet that is longer than a segment becomes an extension, and comes back byte for byte."""
    packet = PACKET % (b"x" * (size - len(PACKET) + 2))
    data = jpeg.encode(Image((Page(pixels),), "png", Metadata(xmp=packet)), WriteOptions()).data
    assert len(packet) == size
    assert read(data).metadata.xmp == packet
    assert (EXTENDED in data) == (size > 65_504)


def test_an_extension_of_another_program_is_joined(pixels):
    """Both halves are in the packet that goes to other formats; a half that cannot be joined is named."""
    pointer = b'<rdf:Description n:HasExtendedXMP="' + b"A" * 32 + b'"/>'
    main = (PACKET % b"main").replace(b"<rdf:Desc", pointer + b"<rdf:Desc")
    extension = PACKET % (b"long" * 20)
    parts = [
        segment(0xE1, EXTENDED + b"A" * 32 + struct.pack(">II", len(extension), at) + extension[at : at + 50])
        for at in range(0, len(extension), 50)
    ]
    image = read(with_segments(pixels, segment(0xE1, XMP + main), *reversed(parts)))
    assert b'"main"' in image.metadata.xmp
    assert b"long" * 20 in image.metadata.xmp
    assert image.metadata.xmp.count(b"</rdf:RDF>") == 1
    assert image.notes == ()
    lame = segment(0xE1, EXTENDED + b"A" * 32 + struct.pack(">II", 3, 0) + b"???")
    image = read(with_segments(pixels, segment(0xE1, XMP + main), lame))
    assert image.metadata.xmp == main
    assert any("extension" in note for note in image.notes)


@pytest.mark.parametrize("part", ["exif", "iptc", "icc", "text"])
def test_what_is_too_long_is_named(pixels, part):
    """No part is cut: it is left out, with its name and size in a note, and the orientation stays."""
    long_block = orientation_only(1) + bytes(66_000)
    value = {"icc": bytes(17_000_000), "text": (("Comment", "x" * 66_000),)}.get(part, long_block)
    image = Image((Page(pixels, orientation=8),), "png", Metadata(**{part: value}))
    result = jpeg.encode(image, WriteOptions())
    assert any(re.search(r"too long for JPEG", note) for note in result.notes)
    back = read(result.data)
    assert not getattr(back.metadata, part) or part == "exif"
    assert back.orientation == 8


@pytest.mark.parametrize(
    ("resolution", "expected"),
    [
        ((300.0, 300.0), (300.0, 300.0)),
        ((299.9994, 299.9994), (300.0, 300.0)),
        ((72.009, 72.009), (72.0, 72.0)),
        ((2.54, 5.08), (2.54, 5.08)),
        ((50.6, 50.6), (50.8, 50.8)),
        ((1.3, 1.3), None),
        ((0.1, 0.1), None),
        ((1e9, 300.0), None),
        ((float("nan"), 300.0), None),
    ],
)
def test_resolution_is_rounded_to_what_jfif_holds(pixels, resolution, expected):
    """Whole numbers per inch or per centimetre, whichever is nearer; what is off by 1 % is named instead."""
    result = jpeg.encode(Image((Page(pixels),), "png", Metadata(resolution=resolution)), WriteOptions())
    found = read(result.data).metadata.resolution
    assert found == expected if expected is None else found == pytest.approx(expected, rel=1e-12)
    assert bool(result.notes) == (expected is None)


def test_a_broken_exif_block_is_carried(pixels):
    """It counts as orientation 1, is named, and goes into the new file as it is."""
    broken = segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff")
    image = read(with_segments(pixels, broken))
    assert image.orientation == 1
    assert any("broken" in note for note in image.notes)
    assert carried(jpeg.encode(image, WriteOptions()).data) == [broken]
    turned = replace(image, pages=(replace(image.pages[0], orientation=6),))
    result = jpeg.encode(turned, WriteOptions())
    assert read(result.data).orientation == 6
    assert any("cannot take the orientation" in note for note in result.notes)


def test_the_first_exif_block_counts(pixels):
    """Of two blocks with different orientations, the first is used and both are carried."""
    segments = [segment(0xE1, EXIF), segment(0xE1, b"Exif\0\0" + orientation_only(3))]
    image = read(with_segments(pixels, *segments))
    assert image.orientation == 6
    assert carried(jpeg.encode(image, WriteOptions()).data) == segments


def test_photoshop_resources_are_walked_safely(pixels):
    """Cut and impossible resources give no IPTC, and no exception."""
    for length in range(len(RESOURCES)):
        image = read(with_segments(pixels, segment(0xED, PHOTOSHOP + RESOURCES[:length])))
        found = image.metadata.iptc
        assert found is None or IPTC.startswith(found)
    assert read(with_segments(pixels, segment(0xED, PHOTOSHOP + RESOURCES))).metadata.iptc == IPTC


def test_short_segments_are_read_safely(pixels):
    """Segments that end within their own names or numbers are carried and mean nothing."""
    segments = [
        segment(0xE0, JFIF[:8]),
        *(segment(0xE1, payload) for payload in (b"Exif\0", b"Exif\0\0", XMP, EXTENDED)),
        *(segment(0xE2, payload) for payload in (b"ICC_PROFILE\0", b"ICC_PROFILE\0\1")),
        segment(0xED, PHOTOSHOP),
        segment(0xEE, b"Adobe"),
    ]
    for one in segments:
        image = read(with_segments(pixels, one))
        assert image.metadata == Metadata()
        assert read_orientation(image.metadata.exif) == (1, None)
        assert carried(jpeg.encode(image, WriteOptions()).data) == [one]
