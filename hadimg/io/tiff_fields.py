"""Trees of tagged values as TIFF and EXIF have them: read out of one file, laid into another, no value understood.

Values stay raw bytes; only the offsets between directories are made anew. So a tree can leave a TIFF file as an EXIF
block, and enter one again, as long as the byte order stays the same.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hadimg.errors import FormatError, LimitError
from hadimg.io.tiff_directory import read_directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.io.tiff_directory import ByteForm

__all__ = ["EXIF", "GPS", "Field", "Fields", "lay", "next_place", "numbers", "pick"]

EXIF, GPS, INTEROPERABILITY = 34665, 34853, 40965
POINTERS = (EXIF, GPS, INTEROPERABILITY)
LARGEST_CLASSIC_KIND = 13


@dataclass(frozen=True)
class Field:
    """Kind, number and raw bytes of the values of one tag; or the directory that the tag points to."""

    kind: int
    length: int
    value: bytes | Fields


Fields = dict[int, Field]


def pick(data: bytes, form: ByteForm, offset: int, *, keep: Callable[[int], bool], room: int) -> Fields:
    """Return the values of a directory and of the EXIF, GPS and interoperability directories below it.

    Parameters
    ----------
    data : bytes
        A TIFF file or an EXIF block.
    form : ByteForm
        How its numbers lie.
    offset : int
        Where the directory starts.
    keep : callable
        ``keep(tag)`` tells which tags of the directory to return; of those below it, all are.
    room : int
        Most bytes of all values together.

    Returns
    -------
    dict of int to Field
        Kinds that only BigTIFF has are left.

    Raises
    ------
    FormatError
        When a directory is cut or there is one below the third level.
    LimitError
        When there is no room.
    """
    return _Picker(data, form, room).pick(offset, keep, 0)


class _Picker:
    def __init__(self, data: bytes, form: ByteForm, room: int) -> None:
        self.data, self.form, self.room = data, form, room

    def pick(self, offset: int, keep: Callable[[int], bool], depth: int) -> Fields:
        if depth > 2:
            raise FormatError("the EXIF directories point to each other")
        directory = read_directory(self.data, self.form, offset)
        fields: Fields = {}
        for entry in directory.entries.values():
            if not keep(entry.tag):
                continue
            if entry.tag in POINTERS:
                below = self.pick(directory.number(entry.tag), _all, depth + 1)
                fields[entry.tag] = Field(4, 1, below)
            elif entry.kind <= LARGEST_CLASSIC_KIND:
                self.room -= entry.size
                if self.room < 0:
                    raise LimitError("the EXIF values are larger than all metadata may be")
                value = self.data[entry.start : entry.start + entry.size]
                fields[entry.tag] = Field(entry.kind, entry.length, value)
        return fields


def _all(_tag: int) -> bool:
    return True


def lay(fields: Fields, form: ByteForm, at: int) -> bytes:
    r"""Return the bytes of a directory that is to start at offset ``at``, followed by its values and directories.

    Parameters
    ----------
    fields : dict of int to Field
        At least one, with values in the byte order of ``form``.
    form : ByteForm
        How numbers lie in the file.
    at : int
        An even offset.

    Returns
    -------
    bytes
        The offset of the next directory is 0; it is the last field of the directory proper, see `next_place`.

    Examples
    --------
    >>> from hadimg.io.tiff_directory import ByteForm
    >>> form = ByteForm("<", big=False)
    >>> block = lay({274: Field(3, 1, b"\x06\0"), 315: Field(2, 5, b"Jane\0")}, form, 8)
    >>> len(block), block.endswith(b"Jane\0\0")
    (36, True)
    """
    room = form.offset.size
    head = form.count.pack(len(fields))
    tail = bytearray()
    behind = at + next_place(fields, form) + room
    for tag, field in sorted(fields.items()):
        kind, value = field.kind, field.value
        if isinstance(value, dict):
            kind = 16 if form.big else 4
            short = form.offset.pack(behind + len(tail))
            tail += lay(value, form, behind + len(tail))
        elif len(value) <= room:
            short = value.ljust(room, b"\0")
        else:
            short = form.offset.pack(behind + len(tail))
            tail += value + b"\0" * (len(value) % 2)
        head += form.entry.pack(tag, kind, field.length) + short
    return head + bytes(room) + bytes(tail)


def next_place(fields: Fields, form: ByteForm) -> int:
    """Return how far behind its start a directory holds the offset of the next one."""
    return form.count.size + len(fields) * (form.entry.size + form.offset.size)


def numbers(form: ByteForm, kind: int, *values: int) -> Field:
    """Return a field of whole numbers: kind 3 (two bytes), 4 (four) or 16 (eight)."""
    code = {3: "H", 4: "I", 16: "Q"}[kind]
    return Field(kind, len(values), struct.pack(f"{form.order}{len(values)}{code}", *values))
