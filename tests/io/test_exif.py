"""The orientation is read from any EXIF block, and written into it without moving anything else."""

from __future__ import annotations

import struct

import pytest
from PIL import Image

from hadimg.io.exif import (
    Entry,
    directory,
    first_directory,
    orientation_only,
    read_orientation,
    read_value,
    with_orientation,
)

ORIENTATION, MAKE, NEXT = 0x0112, 0x010F, 0x0110


def block_of(order, rows, following=0):
    """Return a block with one directory: rows of (tag, kind, number, four value bytes), then ``b"tail"``."""
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    entries = b"".join(struct.pack(order + "HHI", *row[:3]) + row[3] for row in rows)
    return head + struct.pack(order + "H", len(rows)) + entries + struct.pack(order + "I", following) + b"tail"


def tags_by_pillow(block):
    """Return what an independent reader finds in the first directory."""
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + block)
    return dict(exif)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize(("kind", "code"), [(3, "HH"), (4, "I")])
def test_orientation_is_read(order, value, kind, code):
    """Both byte orders, and the two types in which cameras write it."""
    field = struct.pack(order + code, *(value, 0)[: len(code)])
    assert read_orientation(block_of(order, [(ORIENTATION, kind, 1, field)])) == (value, None)


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_invalid_orientation_counts_as_one_and_is_named(value):
    """A value outside 1 to 8 never turns a picture, and the note says which it was."""
    orientation, note = read_orientation(block_of("<", [(ORIENTATION, 3, 1, struct.pack("<HH", value, 0))]))
    assert orientation == 1
    assert str(value) in note


def test_orientation_of_a_foreign_type_counts_as_one_and_is_named():
    """A fraction is no orientation."""
    orientation, note = read_orientation(block_of("<", [(ORIENTATION, 5, 1, struct.pack("<I", 6))]))
    assert orientation == 1
    assert "no whole number" in note


def test_absent_orientation_is_no_fault():
    """Without EXIF, or without the tag, the picture lies as stored and nothing is said."""
    assert read_orientation(None) == read_orientation(b"") == (1, None)
    assert read_orientation(block_of("<", [(MAKE, 2, 1, b"x\0\0\0")])) == (1, None)


def test_every_prefix_is_read_or_named():
    """A cut block gives its orientation or a note, never an exception of another kind."""
    block = block_of(">", [(MAKE, 2, 2, b"x\0\0\0"), (ORIENTATION, 3, 1, struct.pack(">HH", 6, 0))])
    whole = len(block) - len(b"tail")
    for length in range(1, len(block)):
        orientation, note = read_orientation(block[:length])
        assert (orientation, note is None) == ((6, True) if length >= whole else (1, False)), length


def test_every_bit_flip_gives_a_valid_orientation():
    """Damage cannot produce a turn that does not exist."""
    block = block_of("<", [(ORIENTATION, 3, 1, struct.pack("<HH", 6, 0))])
    for bit in range(8 * len(block)):
        flipped = bytearray(block)
        flipped[bit // 8] ^= 1 << bit % 8
        assert read_orientation(bytes(flipped))[0] in range(1, 9)


@pytest.mark.parametrize("order", ["<", ">"])
def test_with_orientation_changes_only_the_value(order):
    """Where the tag exists, four bytes of its entry are all that can differ."""
    rows = [(MAKE, 2, 4, b"abc\0"), (ORIENTATION, 3, 1, struct.pack(order + "HH", 6, 0)), (NEXT, 2, 4, b"def\0")]
    block = block_of(order, rows)
    changed = with_orientation(block, 8)
    assert read_orientation(changed) == (8, None)
    assert [k for k in range(len(block)) if block[k] != changed[k]] == [10 + 12 + 8 + (order == ">")]
    assert len(changed) == len(block)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("padding", [b"", b"!"])
def test_with_orientation_adds_the_tag(order, padding):
    """Where the tag is missing, a longer directory at the end takes over, and all old bytes stay at their places."""
    block = block_of(order, [(MAKE, 2, 4, b"abc\0"), (0x0132, 2, 4, b"def\0")]) + padding
    changed = with_orientation(block, 5)
    assert tags_by_pillow(changed) == {MAKE: "abc", ORIENTATION: 5, 0x0132: "def"}
    assert changed[8 : len(block)] == block[8:]
    tags = [entry.tag for entry in first_directory(changed)[0]]
    assert tags == sorted(tags)  # a rule of TIFF
    assert struct.unpack_from(order + "I", changed, 4)[0] % 2 == 0


def test_with_orientation_keeps_the_next_directory():
    """The chain of directories, where the thumbnail lies, is not cut."""
    block = block_of("<", [(MAKE, 2, 4, b"abc\0")], following=1234)
    assert first_directory(with_orientation(block, 3))[1] == 1234


def test_with_orientation_touches_nothing_that_is_right():
    """The same object comes back, so that carrying it byte for byte stays visible."""
    block = orientation_only(6)
    assert with_orientation(block, 6) is block
    assert with_orientation(None, 1) is None
    assert read_orientation(with_orientation(None, 7)) == (7, None)
    with pytest.raises(ValueError, match="no TIFF structure"):
        with_orientation(b"broken", 6)


def test_orientation_only_is_understood_by_others():
    """An independent reader finds exactly one tag."""
    for orientation in range(1, 9):
        assert tags_by_pillow(orientation_only(orientation)) == {ORIENTATION: orientation}


def test_directory_refuses_what_lies_outside():
    """Offsets behind the end, and counts that lead there, are errors and no reads of other memory."""
    block = orientation_only(1)
    for offset in (0, 7, len(block) - 1, 1 << 31):
        with pytest.raises(ValueError, match="no directory"):
            directory(block, offset)
    with pytest.raises(ValueError, match="is cut"):
        directory(block[:-1], 8)


def test_read_value_knows_whole_numbers_only():
    """BYTE, SHORT and LONG in the block's byte order; text is refused."""
    block = b"MM\0*" + bytes(range(1, 13))
    assert [read_value(block, Entry(0, kind, 1, 4)) for kind in (1, 3, 4)] == [1, 0x0102, 0x01020304]
    with pytest.raises(ValueError, match="no whole number"):
        read_value(block, Entry(0, 2, 1, 4))


def test_pillow_blocks_are_read():
    """A block that another program wrote."""
    exif = Image.Exif()
    exif[ORIENTATION] = 7
    exif[MAKE] = "a camera with a long name"
    assert read_orientation(exif.tobytes().removeprefix(b"Exif\0\0")) == (7, None)
