"""Boxes, of which JPEG 2000 and AVIF files are made: a length, a name of four letters, a payload.

Source: ISO/IEC 15444-1 annex I and ISO/IEC 14496-12 section 4.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from hadimg.errors import FormatError

if TYPE_CHECKING:
    from hadimg.io.limits import Limits

__all__ = ["Box", "box", "box_bytes", "first_box", "walk"]


class Box(NamedTuple):
    """A box of a file: its name, where it begins, and where its payload lies."""

    name: bytes
    place: int
    start: int
    end: int


def walk(data: bytes, start: int, end: int, limits: Limits) -> list[Box]:
    """Return the boxes between two places of ``data``, in file order, not entering them.

    Parameters
    ----------
    data : bytes
        The whole file.
    start, end : int
        Where the first box begins and the last one ends.
    limits : Limits
        ``blocks`` bounds their number.

    Raises
    ------
    FormatError, LimitError
        When a box leaves the bounds, or there are too many.

    Examples
    --------
    >>> from hadimg.io.limits import Limits
    >>> walk(box(b"free", b"123"), 0, 11, Limits())
    [Box(name=b'free', place=0, start=8, end=11)]
    """
    boxes = []
    while start + 8 <= end:
        length, name = struct.unpack_from(">I4s", data, start)
        payload = start + 8
        if length == 1 and start + 16 <= end:
            (length,) = struct.unpack_from(">Q", data, payload)
            payload += 8
        elif length == 0:
            length = end - start
        if start + length < payload or start + length > end:
            raise FormatError(
                f"the box {name!r} at byte {start} declares {length} bytes, {end - start} are there",
                remedy="copy the file again",
            )
        boxes.append(Box(name, start, payload, start + length))
        limits.check("blocks", len(boxes))
        start += length
    return boxes


def first_box(boxes: list[Box], name: bytes) -> Box | None:
    """Return the first box of that name, or None."""
    return next((item for item in boxes if item.name == name), None)


def box_bytes(data: bytes, item: Box | None) -> bytes:
    """Return the payload of a box; nothing for None."""
    return b"" if item is None else data[item.start : item.end]


def box(name: bytes, *payload: bytes) -> bytes:
    r"""Return a box as bytes.

    Examples
    --------
    >>> box(b"free", b"1", b"2")
    b'\x00\x00\x00\nfree12'
    """
    length = 8 + sum(map(len, payload))
    if length >= 1 << 32:
        return b"".join([struct.pack(">I4sQ", 1, name, length + 8), *payload])
    return b"".join([struct.pack(">I4s", length, name), *payload])
