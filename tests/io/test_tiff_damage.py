"""Broken, hostile and unusual TIFF files: refused by name, quickly, and never read in part."""

from __future__ import annotations

import csv
import io
import struct
import sys
import tracemalloc
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
import pytest
import tifffile

from hadimg.errors import DependencyError, FormatError, HadimgError, LimitError, UnsupportedError
from hadimg.io import tiff
from hadimg.io.header import ReadOptions, WriteOptions
from hadimg.io.limits import Limits

if TYPE_CHECKING:
    from hadimg.io.image import Image

WIDTH, HEIGHT, DEPTH, CODING, PHOTOMETRIC, OFFSETS, SAMPLES, ROWS, COUNTS = 256, 257, 258, 259, 262, 273, 277, 278, 279
PIXELS = bytes(range(20))


def read(data: bytes, **options) -> Image:
    """Return the picture in the bytes of a file."""
    chosen = ReadOptions(**options)
    return tiff.decode(data, tiff.probe(data, chosen), chosen)


def handmade(changes: dict[int, tuple[int, ...] | None] | None = None, data: bytes = PIXELS, order: str = "<") -> bytes:
    """Return a small grey file with some tags changed (or, with None, left out); the pixels lie at byte 8."""
    tags = {
        WIDTH: (5,),
        HEIGHT: (4,),
        DEPTH: (8,),
        CODING: (1,),
        PHOTOMETRIC: (1,),
        OFFSETS: (8,),
        SAMPLES: (1,),
        ROWS: (4,),
        COUNTS: (len(data),),
    } | (changes or {})
    tags = {tag: values for tag, values in sorted(tags.items()) if values is not None}
    start = 8 + len(data) + len(data) % 2
    tail_start = start + 2 + 12 * len(tags) + 4
    entries, tail = b"", b""
    for tag, values in tags.items():
        packed = struct.pack(f"{order}{len(values)}I", *values)
        if len(values) > 1:
            tail += packed
            packed = struct.pack(order + "I", tail_start + len(tail) - len(packed))
        entries += struct.pack(order + "HHI", tag, 4, len(values)) + packed
    header = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start)
    body = data + b"\0" * (len(data) % 2)
    return header + body + struct.pack(order + "H", len(tags)) + entries + bytes(4) + tail


def coded_file(coding: str, pixels: np.ndarray, **options) -> bytes:
    """Return a file that tifffile makes."""
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, compression=coding, metadata=None, software="", **options)
    return file.getvalue()


def test_the_handmade_file_is_whole():
    """The file that the other tests break reads as what it says."""
    for order in "<>":
        assert read(handmade(order=order)).pixels.tobytes() == PIXELS


REFUSED = {
    "palette": ({PHOTOMETRIC: (3,)}, "palette"),
    "mask": ({PHOTOMETRIC: (4,)}, "transparency mask"),
    "CMYK": ({PHOTOMETRIC: (5,), SAMPLES: (4,)}, "CMYK"),
    "YCbCr": ({PHOTOMETRIC: (6,), SAMPLES: (3,)}, "YCbCr"),
    "Lab": ({PHOTOMETRIC: (8,), SAMPLES: (3,)}, "CIELab"),
    "LogL": ({PHOTOMETRIC: (32844,)}, "LogL"),
    "unknown colors": ({PHOTOMETRIC: (77,)}, "77"),
    "raw": ({PHOTOMETRIC: (32803,)}, "raw file of a camera"),
    "linear raw": ({PHOTOMETRIC: (34892,)}, "raw file of a camera"),
    "DNG": ({50706: (1,)}, "raw file of a camera"),
    "fax": ({CODING: (4,), DEPTH: (1,)}, "fax"),
    "JPEG": ({CODING: (7,)}, "JPEG"),
    "old JPEG": ({CODING: (6,)}, "old-style JPEG"),
    "JPEG 2000": ({CODING: (34712,)}, "JPEG 2000"),
    "WebP": ({CODING: (50001,)}, "WebP"),
    "unknown coding": ({CODING: (12345,)}, "12345"),
    "1 bit": ({DEPTH: (1,)}, "1-bit unsigned"),
    "no depth": ({DEPTH: None}, "1-bit unsigned"),
    "4 bits": ({DEPTH: (4,)}, "4-bit"),
    "12 bits": ({DEPTH: (12,)}, "12-bit"),
    "32-bit integers": ({DEPTH: (32,)}, "32-bit unsigned"),
    "signed": ({DEPTH: (16,), 339: (2,)}, "16-bit signed"),
    "half floats": ({DEPTH: (16,), 339: (3,)}, "16-bit floating"),
    "complex": ({DEPTH: (64,), 339: (6,)}, "complex"),
    "undefined": ({339: (4,)}, "undefined"),
    "mixed depths": ({DEPTH: (8, 16, 8), SAMPLES: (3,), PHOTOMETRIC: (2,)}, "differ in type"),
    "reversed bits": ({266: (2,)}, "reversed"),
    "volume": ({32997: (3,)}, "volumetric"),
    "dark floats": ({DEPTH: (32,), 339: (3,), PHOTOMETRIC: (0,)}, "zero is white"),
    "opacity first": ({SAMPLES: (3,), 338: (2, 0)}, "not the last sample"),
    "PackBits predictor": ({CODING: (32773,), 317: (2,)}, "readers disagree"),
    "MetaMorph stack": ({33629: (1, 2, 3)}, "more pictures than it has pages"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_other_kinds_are_refused_by_name(kind):
    """What cannot be multiplied or decoded exactly is refused, saying what it is and what to do."""
    changes, words = REFUSED[kind]
    with pytest.raises(UnsupportedError, match=words) as caught:
        tiff.probe(handmade(changes), ReadOptions())
    assert caught.value.remedy


@pytest.mark.parametrize("description", [b"ImageJ=1.54\nimages=5\n", b'{"shape": [5, 4, 5], "truncated": true}'])
def test_stacks_behind_one_directory_are_refused(description):
    """ImageJ and tifffile can keep many pictures behind one directory; reading only the first would lose the others."""
    file = io.BytesIO()
    tifffile.imwrite(file, np.zeros((4, 5), np.uint8), description=description, metadata=None)
    with pytest.raises(UnsupportedError, match="more pictures"):
        tiff.probe(file.getvalue(), ReadOptions())


def test_a_preview_above_raw_values_is_not_the_picture():
    """A camera's raw file shows a small preview as its first page; the raw values lie below it."""
    below = handmade({PHOTOMETRIC: (32803,)})
    first = handmade({330: (1,)})
    place = first.index(struct.pack("<HHI", 330, 4, 1)) + 8
    (directory,) = struct.unpack_from("<I", below, 4)
    moved = first[:place] + struct.pack("<I", len(first)) + first[place + 4 :] + below[directory:]
    with pytest.raises(UnsupportedError, match="raw file of a camera"):
        tiff.probe(moved, ReadOptions())


def test_a_canon_raw_file_is_not_its_preview():
    """Canon's raw files begin like any TIFF and carry a mark of their own behind the header."""
    data = handmade({WIDTH: (2,)}, data=b"CR\2\0\0\0\0\0")
    with pytest.raises(UnsupportedError, match="raw file of a camera"):
        tiff.probe(data, ReadOptions())
    assert read(handmade({WIDTH: (2,)}, data=b"CR\1\0\0\0\0\0")).pixels.shape == (4, 2)


def test_the_first_of_doubled_tags_counts():
    """Of a tag that stands there twice the first one counts, as in other readers."""
    data = handmade({280: (1,)}).replace(struct.pack("<HHI", 280, 4, 1), struct.pack("<HHI", HEIGHT, 4, 1))
    assert read(data).pixels.shape == (4, 5)


@pytest.mark.parametrize("coding", ["lzw", "lzma"])
def test_only_the_last_strip_may_go_on(coding):
    """Some writers code the last strip as if the page went on; any other strip that is too long is damaged."""
    encode = getattr(imagecodecs, f"{coding}_encode")
    number = {"lzw": 5, "lzma": 34925}[coding]
    for rows, words in ((15, None), (20, "go on")):
        first, last = encode(PIXELS[:15]), encode(bytes(range(15, 15 + rows)))
        places = {OFFSETS: (8, 8 + len(first)), COUNTS: (len(first), len(last))}
        data = handmade({CODING: (number,), ROWS: (3,), **places}, data=first + last)
        if words is None:
            assert read(data).pixels.tobytes() == PIXELS
        else:
            with pytest.raises(FormatError, match=words):
                read(data)


BROKEN = {
    "no photometric": {PHOTOMETRIC: None},
    "no width": {WIDTH: None},
    "zero width": {WIDTH: (0,)},
    "zero rows": {ROWS: (0,)},
    "no offsets": {OFFSETS: None},
    "no counts": {COUNTS: None},
    "too many offsets": {OFFSETS: (8, 12), COUNTS: (4, 4)},
    "too few strips": {ROWS: (1,)},
    "strip outside": {OFFSETS: (1000,)},
    "strip too short": {CODING: (8,), COUNTS: (0,)},
    "sparse": {OFFSETS: (0,), COUNTS: (0,)},
    "no samples": {SAMPLES: (0,)},
    "too few samples": {PHOTOMETRIC: (2,)},
    "predictor of floats": {CODING: (5,), 317: (3,)},
    "unknown predictor": {CODING: (5,), 317: (9,)},
    "empty tiles": {OFFSETS: None, COUNTS: None, 322: (0,), 323: (16,), 324: (8,), 325: (20,)},
    "hollow Deflate": {CODING: (8,), WIDTH: (9000,), COUNTS: (20,)},
    "text for numbers": {65000: (1, 2), WIDTH: None},
}


@pytest.mark.parametrize("fault", BROKEN)
def test_contradictions_are_format_errors(fault):
    """A page that contradicts itself or points outside the file is refused before a pixel is decoded."""
    with pytest.raises(FormatError):
        tiff.probe(handmade(BROKEN[fault]), ReadOptions())


def small_files() -> dict[str, bytes]:
    """Return a few files of some hundred bytes, one of each way of storing."""
    noise = np.random.default_rng(3).integers(0, 200, (6, 5, 3)).astype(np.uint8)
    return {
        "plain": handmade(),
        "plain MM": handmade(order=">"),
        "LZW": coded_file("lzw", noise, predictor=True, rowsperstrip=3, photometric="rgb"),
        "Deflate tile": coded_file("zlib", noise, tile=(16, 16), photometric="rgb"),
        "BigTIFF": coded_file("packbits", noise[..., 0], bigtiff=True, byteorder=">"),
    }


@pytest.mark.parametrize("name", small_files())
def test_every_prefix_is_refused(name):
    """A file that ends early is refused, wherever it ends."""
    data = small_files()[name]
    last = np.flatnonzero(np.frombuffer(data, np.uint8))[-1]  # zeros at the end may be the next directory's absence
    for length in range(int(last)):
        with pytest.raises(FormatError):
            read(data[:length])


@pytest.mark.parametrize("name", small_files())
def test_every_flipped_bit_is_survived(name):
    """Any single wrong bit is refused with an error of ours, or gives a picture as declared, which can be written."""
    data = small_files()[name]
    for bit in range(8 * len(data)):
        broken = bytearray(data)
        broken[bit // 8] ^= 1 << bit % 8
        try:
            header = tiff.probe(bytes(broken), ReadOptions())
            image = tiff.decode(bytes(broken), header, ReadOptions())
        except HadimgError:
            continue
        assert tuple(page.shape for page in image.pages) == header.shapes
        changed = image.with_pixels(*(page.pixels // 2 for page in image.pages))
        again = read(tiff.encode(changed, WriteOptions()).data)
        assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(again.pages, changed.pages, strict=True))


@pytest.mark.parametrize("coding", ["zlib", "lzw", "packbits", "zstd", "lzma"])
def test_damaged_segments_are_never_filled_in(rng, coding):
    """A strip that is cut, empty or overwritten makes the file a broken one; what lies in the others is not shown."""
    pixels = rng.integers(0, 9, (64, 64)).astype(np.uint8)
    data = coded_file(coding, pixels, rowsperstrip=16)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        offset, count = file.pages[0].dataoffsets[1], file.pages[0].databytecounts[1]
        table = file.pages[0].tags[COUNTS]
    zeroed = data[:offset] + bytes(count) + data[offset + count :]
    place = table.valueoffset + table.valuebytecount // table.count
    halved = data[:place] + struct.pack("<H", count // 2) + data[place + 2 :]
    for broken in (zeroed, halved) if coding != "packbits" else (halved,):
        with pytest.raises(FormatError, match=r"strip \d of 4"):
            read(broken)
        image = read(broken, allow_damaged=True)
        assert "damaged" in image.notes[-1]
        intact = [
            row for row in range(0, 64, 16) if np.array_equal(image.pixels[row : row + 16], pixels[row : row + 16])
        ]
        assert len(intact) >= 2
        assert np.array_equal(read(tiff.encode(image, WriteOptions()).data).pixels, image.pixels)


def test_a_checksum_of_deflate_is_checked(rng):
    """A wrong Adler-32 is damage, although all bytes are there."""
    data = bytearray(coded_file("zlib", rng.integers(0, 9, (9, 9)).astype(np.uint8)))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        last = file.pages[0].dataoffsets[0] + file.pages[0].databytecounts[0] - 1
    data[last] ^= 1
    with pytest.raises(FormatError, match="Deflate data are broken"):
        read(bytes(data))


def loops() -> dict[str, bytes]:
    """Return files whose directories come back to themselves."""
    data = handmade()
    (first,) = struct.unpack_from("<I", data, 4)
    itself = data[:-4] + struct.pack("<I", first)
    second = handmade({330: (first,)})
    return {"page": itself, "below": second[:4] + struct.pack("<I", first) + second[8:-4] + struct.pack("<I", first)}


@pytest.mark.parametrize("name", loops())
def test_loops_of_directories_end(name):
    """A chain of pages that comes back to itself is refused at once (tifffile iterates over it for ever)."""
    with pytest.raises(FormatError, match="loop"):
        tiff.probe(loops()[name], ReadOptions())


def test_directories_that_overlap_are_refused():
    """Many long directories that share the same bytes would take time that no file of that size deserves."""
    steps, entries = 2000, 1000
    data = bytearray(b"II*\0" + struct.pack("<I", 8) + bytes(12 * steps))
    for step in range(steps - 1):  # each is a number of entries, and the next of the directory 1000 steps before
        following = 8 + 12 * (step - entries + 1) if step >= entries else 0
        struct.pack_into("<HI", data, 8 + 12 * step, entries, following)
    with pytest.raises(FormatError, match="top of each other"):
        tiff.probe(bytes(data), ReadOptions())


def test_pointers_that_overlap_are_refused():
    """The same holds for long lists of directories below, which many directories share."""
    entry_bytes, count = 18, 500
    starts = [8 + entry_bytes * number for number in range(count)]
    table = struct.pack(f"<{count}I", *starts[1:], 0)
    directory = struct.pack("<HHHII", 1, 330, 4, count, starts[-1] + entry_bytes) + bytes(4)
    with pytest.raises(FormatError, match="top of each other"):
        tiff.probe(b"II*\0" + struct.pack("<I", 8) + directory * count + table, ReadOptions())


def test_tables_of_many_pages_that_overlap_are_refused():
    """So would long tables of strips that all pages share."""
    places = {OFFSETS: tuple(range(8, 408)), COUNTS: (1,) * 400}
    data = handmade({WIDTH: (1,), HEIGHT: (400,), ROWS: (1,), **places}, data=bytes(400))
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    stop = start + 2 + 12 * count
    for _ in range(10):
        following = len(data)
        data = data[:stop] + struct.pack("<I", following) + data[stop + 4 :] + data[start:stop] + bytes(4)
        start, stop = following, following + stop - start
    with pytest.raises(FormatError, match="top of each other"):
        tiff.probe(data, ReadOptions())


BOMBS = {
    "pixels": handmade({WIDTH: (2**20,), HEIGHT: (2**20,), ROWS: (2**20,)}),
    "bytes": handmade({WIDTH: (2**14,), HEIGHT: (2**14,), SAMPLES: (4000,), ROWS: (2**14,)}),
    "tile": handmade({OFFSETS: None, COUNTS: None, 322: (2**30,), 323: (2**30,), 324: (8,), 325: (20,)}),
    "LZW": handmade({CODING: (5,), WIDTH: (2**14,), HEIGHT: (2**14,), ROWS: (2**14,)}),
    "entries": b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**40) + bytes(100_000),
    "values": handmade({ROWS: (4,)}).replace(struct.pack("<HHI", ROWS, 4, 1), struct.pack("<HHI", ROWS, 4, 2**31)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_from_the_header(name, clock):
    """What declares more than the limits, or more than its bytes can hold, costs neither time nor memory."""
    tracemalloc.start()
    begin = clock()
    with pytest.raises((LimitError, FormatError)):
        tiff.probe(BOMBS[name], ReadOptions())
    seconds, peak = clock() - begin, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds < 0.05
    assert peak < 2**20


def test_limits_are_named():
    """Pages, directories and metadata are counted against the limits that the caller set."""
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for _ in range(5):
            writer.write(np.zeros((4, 4), np.uint8), contiguous=False, metadata=None, iccprofile=bytes(500))
    data = file.getvalue()
    for name, value in {"pages": 4, "blocks": 4, "block_bytes": 499, "metadata_bytes": 499, "total_pixels": 79}.items():
        with pytest.raises(LimitError, match=name):
            read(data, limits=Limits(**{name: value}))
        assert len(read(data, limits=Limits(**{name: 600})).pages) == 5


def test_segments_that_share_bytes_come_apart():
    """Strips may point to the same bytes; with different pixels each gets its own, and nothing else is overwritten."""
    data = handmade({ROWS: (2,), OFFSETS: (8, 8), COUNTS: (10, 10)})
    image = read(data)
    assert image.pixels[:2].tobytes() == image.pixels[2:].tobytes() == PIXELS[:10]
    assert tiff.encode(image, WriteOptions()).data == data
    pixels = np.arange(100, 120, dtype=np.uint8).reshape(4, 5)
    assert np.array_equal(read(tiff.encode(image.with_pixels(pixels), WriteOptions()).data).pixels, pixels)


@pytest.mark.parametrize("rows", [300, 150, 30])
def test_short_byte_counts_grow(rows):
    """Byte counts of two bytes make room for larger ones when a segment outgrows them."""
    file = io.BytesIO()
    tifffile.imwrite(file, np.zeros((300, 300), np.uint8), compression="zlib", rowsperstrip=rows, metadata=None)
    data = bytearray(file.getvalue())
    with tifffile.TiffFile(io.BytesIO(data)) as before:
        counts, entry = before.pages[0].databytecounts, before.pages[0].tags[COUNTS]
    data[entry.offset + 2] = 3
    place = entry.offset + 8 if len(counts) <= 2 else entry.valueoffset
    struct.pack_into(f"<{len(counts)}H", data, place, *counts)
    data = bytes(data)
    assert not read(data).pixels.any()
    pixels = np.random.default_rng(5).integers(0, 256, (300, 300)).astype(np.uint8)
    result = tiff.encode(read(data).with_pixels(pixels), WriteOptions()).data
    assert np.array_equal(tifffile.imread(io.BytesIO(result)), pixels)


def test_a_count_beyond_the_file_is_left_alone():
    """Some writers declare more bytes than an uncoded strip has; the pixels are all there, and nothing is repaired."""
    data = handmade({COUNTS: (10**6,)})
    assert read(data).pixels.tobytes() == PIXELS
    result = tiff.encode(read(data).with_pixels(read(data).pixels + 1), WriteOptions()).data
    assert (len(result), result[28:]) == (len(data), data[28:])


def test_a_missing_library_is_no_damage(monkeypatch, rng):
    """Without imagecodecs the message says what to install, not that the file is broken; uncoded files still work."""
    data = coded_file("lzw", rng.integers(0, 9, (9, 9)).astype(np.uint8))
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    with pytest.raises(DependencyError, match="imagecodecs"):
        read(data)
    assert read(handmade()).pixels.tobytes() == PIXELS


def test_bad_pictures(shared_data, clock):
    """Every TIFF of the collection is read whole or refused by one line, in less than 2 s and 64 MiB."""
    root = shared_data / "badimages"
    with (root / "manifest.csv").open(newline="") as rows:
        cases = [row for row in csv.DictReader(rows) if row["file"].startswith("tiff/")]
    assert cases
    for row in cases:
        data = (root / row["file"]).read_bytes()
        image, refusal = None, None
        tracemalloc.start()
        begin = clock()
        try:
            image = read(data)
        except HadimgError as error:
            refusal = error
        seconds, peak = clock() - begin, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert seconds < 2.0
        assert peak < 2**26
        if refusal is not None:
            assert isinstance(refusal, UnsupportedError) or row["expect"] != "read", row["file"]
            assert "\n" not in str(refusal)
            continue
        assert row["expect"] != "refuse", row["file"]
        if row["size"]:
            width, height = map(int, row["size"].split("x"))
            assert (image.pages[0].shape, str(len(image.pages))) == ((height, width), row["frames"])
        peer = tifffile.imread(io.BytesIO(data), key=0)
        planes_first = peer.shape != image.pages[0].pixels.shape
        assert np.array_equal(np.moveaxis(peer, 0, -1) if planes_first else peer, image.pages[0].pixels)
