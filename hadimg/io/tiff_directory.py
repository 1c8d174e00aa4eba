"""One directory of a TIFF file: a table of tagged values, every one of which lies inside the file."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from hadimg.errors import FormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SIZES", "UNSIGNED", "ByteForm", "Directory", "Entry", "byte_form", "read_directory"]

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of one value of each kind; directories may hold kinds that are not in the table, and they are left alone."""

UNSIGNED = {1: "u1", 3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}
MOST_ENTRIES = 4096


@dataclass(frozen=True)
class ByteForm:
    """How numbers lie in a TIFF file.

    Parameters
    ----------
    order : str
        ``"<"`` or ``">"``, as `struct` and NumPy write it.
    big : bool
        Whether offsets have eight bytes (BigTIFF) instead of four.
    """

    order: Literal["<", ">"]
    big: bool

    @cached_property
    def offset(self) -> struct.Struct:
        """An offset; also the field that holds short values or their offset."""
        return struct.Struct(self.order + ("Q" if self.big else "I"))

    @cached_property
    def count(self) -> struct.Struct:
        """The number of entries that a directory begins with."""
        return struct.Struct(self.order + ("Q" if self.big else "H"))

    @cached_property
    def entry(self) -> struct.Struct:
        """Tag, kind and number of values; the value field follows."""
        return struct.Struct(self.order + ("HHQ" if self.big else "HHI"))

    @property
    def header(self) -> bytes:
        """The first bytes of a file, up to the offset of its first directory."""
        mark = b"II" if self.order == "<" else b"MM"
        return mark + (struct.pack(self.order + "HHH", 43, 8, 0) if self.big else struct.pack(self.order + "H", 42))


FORMS = tuple(ByteForm(order, big) for order in ("<", ">") for big in (False, True))


class Entry(NamedTuple):
    """One entry of a directory: tag, kind and number of values, where their bytes start, and where the entry does."""

    tag: int
    kind: int
    length: int
    start: int
    place: int

    @property
    def size(self) -> int:
        """Bytes of all values."""
        return self.length * SIZES[self.kind]


@dataclass(frozen=True, eq=False)
class Directory:
    """One directory: its entries by tag, and the file it lies in.

    Parameters
    ----------
    data : bytes
        The whole file.
    form : ByteForm
        How its numbers lie.
    entries : dict of int to Entry
        Entries whose kind is known; of doubled tags the first one counts.
    span : (start, stop)
        Where the directory itself lies, from its count to the offset of the next one.
    next_offset : int
        Where the next directory of the chain starts; 0 for none.
    """

    data: bytes = field(repr=False)
    form: ByteForm
    entries: dict[int, Entry] = field(repr=False)
    span: tuple[int, int]
    next_offset: int

    def raw(self, tag: int) -> bytes | None:
        """Return the bytes of the values of ``tag``, in the file's byte order, or None."""
        entry = self.entries.get(tag)
        return None if entry is None else self.data[entry.start : entry.start + entry.size]

    def numbers(self, tag: int) -> NDArray[np.unsignedinteger]:
        """Return the whole numbers that stand under ``tag``, none where it is absent."""
        entry = self.entries.get(tag)
        if entry is None:
            return np.zeros(0, np.uint64)
        if entry.kind not in UNSIGNED:
            raise FormatError(f"TIFF tag {tag} must hold whole numbers, got kind {entry.kind}")
        dtype = np.dtype(UNSIGNED[entry.kind]).newbyteorder(self.form.order)
        return np.frombuffer(self.data, dtype, entry.length, entry.start)

    def number(self, tag: int, default: int | None = None) -> int:
        """Return the first whole number under ``tag``; without a default, its absence is an error."""
        values = self.numbers(tag)
        if len(values):
            return int(values[0])
        if default is None:
            raise FormatError(f"TIFF tag {tag}, which every page needs, is missing")
        return default


def byte_form(data: bytes) -> ByteForm:
    r"""Return how numbers lie in the file.

    Examples
    --------
    >>> byte_form(b"MM\0*\0\0\0\x08")
    ByteForm(order='>', big=False)
    """
    for form in FORMS:
        if data.startswith(form.header):
            return form
    raise FormatError("the data do not begin like a TIFF file")


def read_directory(data: bytes, form: ByteForm, offset: int) -> Directory:
    """Return the directory at ``offset``, every value of which lies inside the file.

    Raises
    ------
    FormatError
        When the directory or a value of it leaves the file.
    """
    start = offset + form.count.size
    if start > len(data):
        raise FormatError(f"a TIFF directory should lie at byte {offset}, the file has {len(data)}")
    (count,) = form.count.unpack_from(data, offset)
    if count > MOST_ENTRIES:
        raise FormatError(
            f"the TIFF directory at byte {offset} has {count} entries, more than the {MOST_ENTRIES} allowed"
        )
    step = form.entry.size + form.offset.size
    stop = start + count * step + form.offset.size
    if stop > len(data):
        raise FormatError(f"the TIFF directory at byte {offset} has {count} entries and is cut after byte {len(data)}")
    entries: dict[int, Entry] = {}
    for place in range(start, start + count * step, step):
        entry = _entry(data, form, place)
        if entry is not None:
            entries.setdefault(entry.tag, entry)
    return Directory(data, form, entries, (offset, stop), form.offset.unpack_from(data, stop - form.offset.size)[0])


def _entry(data: bytes, form: ByteForm, place: int) -> Entry | None:
    tag, kind, length = form.entry.unpack_from(data, place)
    if kind not in SIZES:
        return None
    start, size = place + form.entry.size, length * SIZES[kind]
    if size > form.offset.size:
        (start,) = form.offset.unpack_from(data, start)
    if start + size > len(data):
        raise FormatError(f"TIFF tag {tag} has {size} bytes at byte {start}, the file has {len(data)}")
    return Entry(tag, kind, length, start, place)
