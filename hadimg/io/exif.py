"""The few fields of an EXIF block that change how a picture is seen; all else is carried unread."""

from __future__ import annotations

import struct
from typing import NamedTuple

__all__ = ["Entry", "first_directory", "orientation_only", "read_orientation", "read_value", "with_orientation"]

ORIENTATION = 0x0112


class Entry(NamedTuple):
    """One directory entry: its tag, type and number of values, and where its four value bytes lie in the block."""

    tag: int
    kind: int
    length: int
    place: int


def byte_order(block: bytes) -> str | None:
    """Return ``"<"`` or ``">"`` as `struct` writes it, or None when ``block`` is no TIFF structure."""
    return {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])


def directory(block: bytes, offset: int) -> tuple[list[Entry], int]:
    """Return the entries of the directory at ``offset`` and the offset of the next one.

    Raises
    ------
    ValueError
        When the block ends before the directory does, or has no byte order.
    """
    order = byte_order(block)
    if order is None or offset < 8 or offset + 2 > len(block):
        raise ValueError("no directory")
    (count,) = struct.unpack_from(order + "H", block, offset)
    end = offset + 2 + 12 * count
    if end + 4 > len(block):
        raise ValueError("the directory is cut")
    places = range(offset + 2, end, 12)
    heads = (struct.unpack_from(order + "HHI", block, place) for place in places)
    entries = [Entry(tag, kind, length, place + 8) for (tag, kind, length), place in zip(heads, places, strict=True)]
    return entries, struct.unpack_from(order + "I", block, end)[0]


def first_directory(block: bytes) -> tuple[list[Entry], int]:
    """Return the entries of the first directory and the offset of the second (0 for none); see `directory`."""
    order = byte_order(block)
    if order is None or len(block) < 8:
        raise ValueError("no TIFF structure")
    return directory(block, struct.unpack_from(order + "I", block, 4)[0])


def read_value(block: bytes, entry: Entry) -> int:
    """Return the first value of an entry of whole numbers: BYTE, SHORT or LONG.

    Parameters
    ----------
    block : bytes
        A bare TIFF structure.
    entry : Entry
        One of its entries, whose value stands in the entry itself.

    Raises
    ------
    ValueError
        When the entry holds something else.
    """
    code = {1: "B", 3: "H", 4: "I"}.get(entry.kind)
    if code is None:
        raise ValueError("no whole number")
    value: int = struct.unpack_from((byte_order(block) or "<") + code, block, entry.place)[0]
    return value


def read_orientation(block: bytes | None) -> tuple[int, str | None]:
    """Return the orientation that an EXIF block declares, and a note when it is broken.

    Parameters
    ----------
    block : bytes or None
        A bare TIFF structure.

    Returns
    -------
    orientation : int
        1 to 8; 1 where nothing, or nothing valid, is declared.
    note : str or None
        What is wrong with the declaration.

    Examples
    --------
    >>> read_orientation(orientation_only(6))
    (6, None)
    >>> read_orientation(orientation_only(9))
    (1, 'the EXIF orientation is 9, which is none of 1 to 8; taken as 1')
    """
    if not block:
        return 1, None
    try:
        entries, _ = first_directory(block)
    except ValueError:
        return 1, "the EXIF block is broken; the orientation is taken as 1"
    for entry in entries:
        if entry.tag == ORIENTATION:
            try:
                value = read_value(block, entry)
            except ValueError:
                return 1, "the EXIF orientation is no whole number; taken as 1"
            if 1 <= value <= 8:
                return value, None
            return 1, f"the EXIF orientation is {value}, which is none of 1 to 8; taken as 1"
    return 1, None


def orientation_only(orientation: int) -> bytes:
    """Return the smallest EXIF block that declares ``orientation``.

    Examples
    --------
    >>> len(orientation_only(3))
    26
    """
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, ORIENTATION, 3, 1, orientation, 0, 0)


def with_orientation(block: bytes | None, orientation: int) -> bytes | None:
    """Return an EXIF block that declares ``orientation``, with everything else at its place.

    Parameters
    ----------
    block : bytes or None
        A bare TIFF structure.
    orientation : int
        1 to 8.

    Returns
    -------
    bytes or None
        The same object where it declares that already; None where there is none and none is needed.

    Raises
    ------
    ValueError
        When the block is broken, so that nothing can be added.

    Examples
    --------
    >>> read_orientation(with_orientation(orientation_only(6), 3))
    (3, None)
    """
    if read_orientation(block)[0] == orientation:
        return block
    if not block:
        return orientation_only(orientation)
    entries, following = first_directory(block)
    order = byte_order(block) or "<"
    value = struct.pack(order + "HHIHH", ORIENTATION, 3, 1, orientation, 0)
    for entry in entries:
        if entry.tag == ORIENTATION:
            return block[: entry.place - 8] + value + block[entry.place + 4 :]
    # No room in the directory: a longer copy at the end takes its place, so that no offset of anything else moves.
    rows = [block[entry.place - 8 : entry.place + 4] for entry in entries] + [value]
    rows.sort(key=lambda row: struct.unpack_from(order + "H", row)[0])
    padding = b"\0" * (len(block) % 2)
    directory_bytes = struct.pack(order + "H", len(rows)) + b"".join(rows) + struct.pack(order + "I", following)
    return block[:4] + struct.pack(order + "I", len(block) + len(padding)) + block[8:] + padding + directory_bytes
