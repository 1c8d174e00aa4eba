"""Damaged, hostile and unusual JPEGs: read whole, or refused with a reason; never anything else."""

from __future__ import annotations

import csv
import io
import struct

import numpy as np
import pytest
from PIL import Image as Pillow

from hadimg.errors import FormatError, HadimgError, LimitError, UnsupportedError
from hadimg.io import jpeg
from hadimg.io.header import ReadOptions, WriteOptions
from hadimg.io.limits import Limits


def read(data, **options):
    """Probe and decode, as `read_image` does."""
    options = ReadOptions(**options)
    header = jpeg.probe(data, options)
    options.limits.check_header(header)
    return jpeg.decode(data, header, options)


def by_pillow(pixels, **options):
    """Return a JPEG that another program wrote."""
    stream = io.BytesIO()
    Pillow.fromarray(pixels).save(stream, "JPEG", **options)
    return stream.getvalue()


def small(rng, **options):
    """Return a small JPEG with EXIF, a profile, a comment, and grain in every block."""
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010F] = 6, "camera"
    pixels = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
    return by_pillow(pixels, exif=exif, icc_profile=b"p" * 30, comment=b"text", quality=60, **options)


def frame_field(data, offset):
    """Return the place of a byte of the frame header, counted from its precision byte."""
    return next(data.index(bytes((0xFF, code))) for code in (0xC0, 0xC2) if bytes((0xFF, code)) in data) + 4 + offset


def replaced(data, place, values):
    """Return ``data`` with ``values`` at ``place``."""
    return data[:place] + values + data[place + len(values) :]


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_every_prefix_is_refused(rng, options):
    """No cut file passes for a whole one; with damage allowed it is read with a note, or refused."""
    data = small(rng, **options)
    for length in range(len(data)):
        with pytest.raises(HadimgError):
            read(data[:length])
        if length % 7 == 0:
            try:
                image = read(data[:length], allow_damaged=True)
            except HadimgError:
                continue
            assert any("as far as it goes" in note for note in image.notes)


def test_every_bit_flip_of_the_header_decodes_or_is_refused(rng):
    """Whatever a single bit says, the outcome is a picture of the declared size or one of our errors."""
    data = small(rng)
    end = data.index(b"\xff\xda") + 14
    refused = 0
    for bit in range(8 * end):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            header = jpeg.probe(bytes(flipped), ReadOptions())
            image = jpeg.decode(bytes(flipped), header, ReadOptions())
            assert image.pixels.shape[:2] == header.shapes[0]
        except HadimgError:
            refused += 1
    assert refused > end  # one bit in eight at the very least: lengths, sizes, code tables


@pytest.mark.parametrize("missing", [1, 3, 9])
def test_missing_rows_are_counted(rng, missing):
    """The message says how many rows of a baseline file are missing, in whole rows of blocks."""
    data = by_pillow(rng.integers(0, 256, (80, 16), dtype=np.uint8), restart_marker_rows=1)
    marks = [k for k in range(len(data) - 1) if data[k] == 0xFF and 0xD0 <= data[k + 1] <= 0xD7]
    with pytest.raises(FormatError, match=rf"end early: {8 * missing} of 80 rows are missing"):
        read(data[: marks[-missing]])


def test_a_missing_end_marker_is_named(rng):
    """All rows are there, and the message says that only the marker is not."""
    data = small(rng)
    with pytest.raises(FormatError, match="the end marker is missing"):
        read(data[:-2])
    image = read(data[:-2], allow_damaged=True)
    np.testing.assert_array_equal(image.pixels, read(data).pixels)
    assert any("the end marker is missing" in note for note in image.notes)


def test_damage_in_the_data_is_noticed(rng):
    """Zeros in the middle of the coded data, which many decoders accept without a word."""
    data = by_pillow(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    broken = replaced(data, len(data) // 2, bytes(200))
    with pytest.raises(FormatError, match="damaged"):
        read(broken)
    image = read(broken, allow_damaged=True)
    assert image.pixels.shape == (64, 64, 3)
    assert any("as far as it goes" in note for note in image.notes)


def test_junk_between_segments_is_refused_or_named(rng):
    """Bytes that belong to no segment are not skipped in silence, and not written again."""
    data = small(rng)
    place = data.index(b"\xff\xdb")
    junk = data[:place] + b"junk" + data[place:]
    with pytest.raises(FormatError, match="4 bytes between its segments"):
        read(junk)
    image = read(junk, allow_damaged=True)
    assert any("4 bytes between" in note for note in image.notes)
    assert jpeg.encode(image, WriteOptions()).data == jpeg.encode(read(data), WriteOptions()).data
    filled = data[:place] + b"\xff\xff" + data[place:]  # fill bytes are legal
    np.testing.assert_array_equal(read(filled).pixels, read(data).pixels)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0xC3, "lossless"),
        (0xCB, "lossless"),
        (0xC5, "hierarchical"),
        (0xCE, "hierarchical"),
        (0xC9, "arithmetic"),
        (0xCA, "arithmetic"),
    ],
)
def test_other_codings_are_refused_by_name(rng, code, words):
    """The frame's marker says how a picture is coded."""
    data = small(rng)
    with pytest.raises(UnsupportedError, match=words):
        read(data.replace(b"\xff\xc0", bytes((0xFF, code))))


def test_other_depths_and_a_late_height_are_refused_by_name(rng):
    """12 and 16 bits, and a height that comes after the data."""
    data = small(rng)
    for precision in (12, 16):
        with pytest.raises(UnsupportedError, match=f"of {precision} bits"):
            read(replaced(data, frame_field(data, 0), bytes((precision,))))
    with pytest.raises(UnsupportedError, match="DNL"):
        read(replaced(data, frame_field(data, 1), b"\0\0"))
    with pytest.raises(FormatError, match="impossible"):
        read(replaced(data, frame_field(data, 3), b"\0\0"))


def test_inks_and_two_components_are_refused_by_name(rng):
    """CMYK never passes for RGB with opacity; two components never for grey."""
    stream = io.BytesIO()
    Pillow.fromarray(rng.integers(0, 256, (16, 16, 4), dtype=np.uint8), "CMYK").save(stream, "JPEG")
    with pytest.raises(UnsupportedError, match="CMYK"):
        read(stream.getvalue())
    data = small(rng)
    place = frame_field(data, -4)
    two = data[:place] + b"\xff\xc0\0\x0e\x08\0\x18\0\x20\2\1\x11\0\2\x11\0" + data[place + 19 :]
    with pytest.raises(UnsupportedError, match="2 components"):
        read(two)


def test_a_bomb_is_refused_from_its_header(rng, clock):
    """A few hundred bytes that declare 438 megapixels cost neither time nor memory."""
    data = replaced(small(rng), frame_field(small(rng), 1), struct.pack(">HH", 56321, 7789))
    before = clock()
    with pytest.raises(LimitError, match="page_pixels"):
        read(data)
    # Below the limits, a file that is too small for its picture does not reach the decoder.
    with pytest.raises(FormatError, match="cannot hold 16000 x 16000"):
        read(replaced(data, frame_field(data, 1), struct.pack(">HH", 16000, 16000)))
    assert clock() - before < 1.0  # it is about 1 ms; decoding would take seconds


def test_limits_of_segments_metadata_and_scans(rng):
    """Each limit is checked on the way, and named."""
    data = small(rng)
    comments = data[:2] + b"\xff\xfe\0\3x" * 2000 + data[2:]
    assert read(comments).metadata.text[0] == ("Comment", "x")
    for limits, words in (
        (Limits(blocks=1000), "blocks"),
        (Limits(metadata_bytes=5000), "metadata_bytes"),
        (Limits(block_bytes=20), "block_bytes"),
    ):
        with pytest.raises(LimitError, match=words):
            read(comments, limits=limits)
    progressive = small(rng, progressive=True)
    scan = progressive.rindex(b"\xff\xda")
    many = progressive[:-2] + progressive[scan:-2] * 300 + b"\xff\xd9"
    with pytest.raises(LimitError, match="scans"):
        jpeg.probe(many, ReadOptions())
    assert read(progressive, limits=Limits(scans=20)).pixels.shape == (24, 32, 3)


def test_endless_markers_end(rng):
    """A megabyte of markers without content is refused by the limit, quickly."""
    data = small(rng)
    with pytest.raises(LimitError, match="blocks"):
        read(data[:2] + b"\xff\xd0" * 500_000 + data[2:])
    with pytest.raises(FormatError):
        read(b"\xff\xd8" + b"\xff" * 1_000_000)


def test_what_follows_the_picture_is_named(rng):
    """Further pictures, a gain map, a video and unknown bytes are named; padding is not worth a word."""
    data = small(rng)
    plain = read(data)
    assert plain.notes == ()
    for tail, words in (
        (data, "further pictures"),
        (b"\xff\xd8\xff hdrgm", "gain map"),
        (b"\0\0\0\x18ftypmp42", "a video"),
        (b"SEFT", "of unknown kind"),
    ):
        image = read(data + tail)
        assert any(f"{len(tail)} bytes" in note and words in note for note in image.notes)
        np.testing.assert_array_equal(image.pixels, plain.pixels)
        assert jpeg.encode(image, WriteOptions()).data == jpeg.encode(plain, WriteOptions()).data
    assert read(data + bytes(100)).notes == ()


def test_a_broken_profile_does_not_stop_the_picture(rng):
    """A profile whose parts do not fit is carried as it is, named, and not offered to other formats."""
    data = small(rng)
    place = data.index(b"ICC_PROFILE\0") + 12
    broken = replaced(data, place, b"\5\1")  # part 5 of 1
    image = read(broken)
    assert image.metadata.icc is None
    assert any("ICC profile is broken" in note for note in image.notes)
    assert b"ICC_PROFILE\0\5\1" in jpeg.encode(image, WriteOptions()).data


def test_the_collection_of_bad_pictures(shared_data, clock):
    """Whole files are read or refused by kind, broken ones are refused, in time, and what is read can be written."""
    folder = shared_data / "badimages"
    with (folder / "manifest.csv").open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["file"].startswith("jpeg/")]
    assert len(rows) > 30
    for row in rows:
        data = (folder / row["file"]).read_bytes()
        before = clock()
        try:
            image = read(data)
        except UnsupportedError:
            assert row["kind"] in ("cmyk", "truncated"), row["file"]
        except HadimgError:
            assert row["expect"] != "read", row["file"]
        else:
            assert row["expect"] != "refuse", row["file"]
            written = read(jpeg.encode(image, WriteOptions()).data)
            assert written.pixels.shape == image.pixels.shape
            assert written.metadata == image.metadata
            if row["size"]:
                assert "{1}x{0}".format(*image.pixels.shape) == row["size"]
        assert clock() - before < 2.0
