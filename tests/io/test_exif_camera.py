"""What an EXIF block says about camera and lens, against blocks that Pillow writes, and damaged ones."""

from __future__ import annotations

import math
import struct

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from hadimg.errors import FormatError
from hadimg.io.exif import orientation_only
from hadimg.io.exif_camera import Exposure, read_exposure


def block_of(order="<", *, first=None, second=None):
    """Return an EXIF block that Pillow made."""
    exif = Image.Exif()
    exif.endian = order
    exif.update(first or {})
    exif.get_ifd(0x8769).update(second or {})
    return exif.tobytes()[6:]


@pytest.mark.parametrize("order", ["<", ">"])
def test_all_fields(order):
    """Both byte orders; names without the spaces that cameras pad them with."""
    block = block_of(
        order,
        first={0x010F: "NIKON CORPORATION  ", 0x0110: "D3"},
        second={
            0x829D: IFDRational(28, 10),
            0x920A: IFDRational(105, 2),
            0x9206: IFDRational(125, 100),
            0xA434: "VR  18-55mm f/3.5-5.6G",
        },
    )
    assert read_exposure(block) == Exposure("NIKON CORPORATION", "D3", "VR 18-55mm f/3.5-5.6G", 52.5, 2.8, 1.25)


def test_fields_that_are_missing_or_unknown_are_none():
    """0 means unknown, and so does a fraction by 0; the largest numerator of a distance means infinity."""
    assert read_exposure(orientation_only(6)) == Exposure()
    unknown = block_of(second={0x829D: IFDRational(0, 1), 0x920A: IFDRational(0, 0), 0x9206: IFDRational(0, 1)})
    assert read_exposure(unknown) == Exposure()
    far = block_of(second={0x9206: IFDRational(0xFFFFFFFF, 1)})
    assert read_exposure(far).distance == math.inf


def test_a_broken_block_is_an_error():
    """Cut before its directory ends, no TIFF at all, or with its second directory outside."""
    whole = block_of(first={0x0110: "a long name"}, second={0x829D: IFDRational(2, 1)})
    pointer = whole.index(struct.pack("<HHI", 0x8769, 4, 1)) + 8
    outside = whole[:pointer] + struct.pack("<I", 1 << 30) + whole[pointer + 4 :]
    for block in (whole[:20], b"JUNK" + whole[4:], outside, b"II*\0"):
        with pytest.raises(FormatError, match="EXIF block is broken"):
            read_exposure(block)


def test_values_outside_the_block_are_none(rng):
    """A value that points behind the end is not there; random damage raises our error or none."""
    whole = block_of(first={0x0110: "a long name"}, second={0x829D: IFDRational(2, 1)})
    place = whole.index(b"a long name")
    broken = whole.replace(struct.pack("<I", place), struct.pack("<I", 0xFFFFFFFF), 1)
    assert read_exposure(broken) == Exposure(f_number=2.0)
    for _ in range(1000):
        data = bytearray(whole)
        data[rng.integers(8, len(data))] = rng.integers(0, 256)
        try:
            read_exposure(bytes(data))
        except FormatError:
            continue
