"""An EXIF block as a camera writes it: the camera, the time, the place, and a small picture of the picture."""

from __future__ import annotations

import struct
from typing import NamedTuple

ASCII, SHORT, LONG, RATIONAL, UNDEFINED, BYTE = 2, 3, 4, 5, 7, 1
EXIF_DIRECTORY, GPS_DIRECTORY = 0x8769, 0x8825
THUMBNAIL_OFFSET, THUMBNAIL_LENGTH = 0x0201, 0x0202
TAKEN = b"2014:05:06 05:48:00\0"


class Field(NamedTuple):
    """One entry of a directory, its value as it lies in the file (little-endian)."""

    tag: int
    kind: int
    length: int
    value: bytes


def text(tag: int, value: bytes) -> Field:
    """Return an entry of text that ends with NUL."""
    return Field(tag, ASCII, len(value), value)


def short(tag: int, value: int) -> Field:
    """Return an entry of one whole number up to 65535."""
    return Field(tag, SHORT, 1, struct.pack("<H", value))


def long(tag: int, value: int) -> Field:
    """Return an entry of one whole number, such as a place in the block."""
    return Field(tag, LONG, 1, struct.pack("<I", value))


def ratios(tag: int, *pairs: tuple[int, int]) -> Field:
    """Return an entry of fractions."""
    return Field(tag, RATIONAL, len(pairs), b"".join(struct.pack("<II", *pair) for pair in pairs))


def directory(fields: list[Field], offset: int, following: int = 0) -> bytes:
    """Return a directory that begins at ``offset``, its long values behind it, and where the next one begins."""
    entries, values = b"", b""
    behind = offset + 2 + 12 * len(fields) + 4
    for field in sorted(fields):
        value = field.value
        if len(value) > 4:
            value = struct.pack("<I", behind + len(values))
            values += field.value + b"\0" * (len(field.value) % 2)
        entries += struct.pack("<HHI", field.tag, field.kind, field.length) + value.ljust(4, b"\0")
    return struct.pack("<H", len(fields)) + entries + struct.pack("<I", following) + values


SHOT = [
    ratios(0x829A, (1, 250)),  # exposure time
    ratios(0x829D, (8, 1)),  # f-number
    short(0x8827, 100),  # sensitivity
    Field(0x9000, UNDEFINED, 4, b"0232"),  # version of EXIF
    text(0x9003, TAKEN),
    ratios(0x920A, (35, 1)),  # focal length
    short(0xA001, 1),  # color space: sRGB
]
PLACE = [  # far out at sea
    Field(0x0000, BYTE, 4, bytes((2, 3, 0, 0))),
    text(0x0001, b"N\0"),
    ratios(0x0002, (50, 1), (6, 1), (0, 1)),
    text(0x0003, b"W\0"),
    ratios(0x0004, (14, 1), (5, 1), (0, 1)),
]


def camera(orientation: int) -> list[Field]:
    """Return what the first directory says of the camera and of the picture."""
    return [
        text(0x010F, b"hadimg\0"),  # make
        text(0x0110, b"rendered\0"),  # model
        short(0x0112, orientation),
        ratios(0x011A, (300, 1)),  # resolution across
        ratios(0x011B, (300, 1)),  # resolution down
        short(0x0128, 2),  # per inch
        text(0x0131, b"hadimg render_samples\0"),  # software
        text(0x0132, TAKEN),
    ]


def camera_block(orientation: int, thumbnail: bytes) -> bytes:
    """Return the whole block: four directories, each pointing to others, and the small picture behind them."""
    about = [*camera(orientation), long(EXIF_DIRECTORY, 0), long(GPS_DIRECTORY, 0)]
    small = [short(0x0103, 6), long(THUMBNAIL_OFFSET, 0), long(THUMBNAIL_LENGTH, len(thumbnail))]
    first = 8
    second = first + len(directory(about, first))
    third = second + len(directory(SHOT, second))
    fourth = third + len(directory(PLACE, third))
    behind = fourth + len(directory(small, fourth))
    about[-2:] = long(EXIF_DIRECTORY, second), long(GPS_DIRECTORY, third)
    small[1] = long(THUMBNAIL_OFFSET, behind)
    parts = [
        directory(about, first, fourth),
        directory(SHOT, second),
        directory(PLACE, third),
        directory(small, fourth),
    ]
    return b"II*\0" + struct.pack("<I", first) + b"".join(parts) + thumbnail
