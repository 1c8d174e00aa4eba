"""A TIFF file with other pixels and nothing else changed: the file copied, its strips or tiles replaced.

No library that writes TIFF keeps what it does not understand (private tags, MakerNotes, directories of EXIF and GPS,
pyramid levels), so the file itself is kept: a new segment lies where the old one lay if it is not longer, and at the
end of the file otherwise; then the tables of offsets and byte counts say so.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import UnsupportedError
from hadimg.io.tiff_directory import UNSIGNED
from hadimg.io.tiff_segments import encode_segment, holds_pixels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hadimg.io.image import Page
    from hadimg.io.tiff_directory import Directory
    from hadimg.io.tiff_page import PageLayout
    from hadimg.io.tiff_structure import Structure

__all__ = ["copy_with_pixels"]

LARGEST_CLASSIC = 2**32 - 1
OFFSETS, COUNTS = {False: 273, True: 324}, {False: 279, True: 325}
_INTACT, _EDITED = b"KNOWN_INCOMPATIBLE_EDITION=NO\n ", b"KNOWN_INCOMPATIBLE_EDITION=YES\n"


def copy_with_pixels(
    data: bytes, structure: Structure, layouts: Sequence[PageLayout], pages: Sequence[Page]
) -> tuple[bytes, tuple[str, ...]]:
    """Return the file with the pixels of ``pages``, and notes on what else shows the old ones.

    Parameters
    ----------
    data : bytes
        The file that the picture came from.
    structure, layouts
        What `read_structure` and `page_layout` say about it.
    pages : sequence of Page
        As many as the file has, of the same shapes and types.

    Returns
    -------
    data : bytes
        Pages whose pixels are unchanged keep their bytes.
    notes : tuple of str
        Pages below a changed page keep their pixels, because nobody knows how they follow from it.

    Raises
    ------
    UnsupportedError
        When a classic TIFF would pass 4 GiB.
    """
    copy = _Copy(data, structure, layouts)
    notes = []
    for number, (directory, layout, page) in enumerate(zip(structure.pages, layouts, pages, strict=True)):
        pixels = page.pixels.reshape(layout.height, layout.width, layout.samples)
        if holds_pixels(data, layout, pixels):
            continue
        copy.replace(directory, layout, (encode_segment(pixels, layout, box) for box in layout.boxes()))
        if structure.below[number]:
            notes.append(
                f"page {number + 1} has {len(structure.below[number])} smaller or other pictures below it,"
                " which keep their old pixels"
            )
    return copy.finished(), tuple(notes)


class _Copy:
    """The file being changed, and which parts of it nothing else uses."""

    def __init__(self, data: bytes, structure: Structure, layouts: Sequence[PageLayout]) -> None:
        self.data, self.form = data, structure.form
        self.end = len(data)
        self.file = io.BytesIO(data)
        self.crowded = _crowded(sorted(_spans(structure, layouts)))
        self.moved = False

    def replace(self, directory: Directory, layout: PageLayout, segments: Iterator[bytes | memoryview]) -> None:
        """Write all segments of a page and correct its tables."""
        offsets, counts = layout.offsets.tolist(), layout.counts.tolist()
        used = layout.used_bytes().tolist()
        for number, segment in enumerate(segments):
            if len(segment) <= self._room(offsets[number], used[number]):
                self._put(offsets[number], segment)
            else:
                offsets[number] = self._append(segment)
            if not layout.coding.plain or offsets[number] != layout.offsets[number]:
                counts[number] = len(segment)
        self._correct(directory, OFFSETS[layout.tiled], offsets)
        self._correct(directory, COUNTS[layout.tiled], counts)

    def finished(self) -> bytes:
        """Return the file; one of GDAL that promises an order of its tiles is told that the order is gone."""
        place = self.data.find(_INTACT, 0, 1024)
        if self.moved and place >= 0:
            self._put(place, _EDITED)
        return self.file.getvalue()

    def _room(self, offset: int, size: int) -> int:
        inside = 0 < offset <= len(self.data) - size
        return size if inside and (offset, offset + size) not in self.crowded else 0

    def _put(self, offset: int, block: bytes | memoryview) -> None:
        self.file.seek(offset)
        self.file.write(block)

    def _append(self, block: bytes | memoryview) -> int:
        """Write ``block`` behind everything, at an even offset, which is returned."""
        offset = self.end + self.end % 2
        self.end = offset + len(block)
        if self.end > LARGEST_CLASSIC and not self.form.big:
            raise UnsupportedError(
                f"the new TIFF file would have {self.end} bytes or more, a classic TIFF holds {LARGEST_CLASSIC}",
                remedy="convert it to BigTIFF first",
            )
        self._put(offset, block)  # BytesIO fills the gap of one byte with zero
        return offset

    def _correct(self, directory: Directory, tag: int, values: list[int]) -> None:
        """Write a table of numbers where it stood, or, if they have outgrown it, at the end of the file."""
        if values == directory.numbers(tag).tolist():
            return
        self.moved = True
        entry = directory.entries[tag]
        dtype = np.dtype(UNSIGNED[entry.kind])
        inline = entry.start < directory.span[1] and entry.start >= directory.span[0]
        fits = max(values) <= np.iinfo(dtype).max and (inline or self._room(entry.start, entry.size))
        kind = entry.kind if fits else (16 if self.form.big else 4)
        table = np.array(values, np.dtype(UNSIGNED[kind]).newbyteorder(self.form.order)).tobytes()
        value_place = entry.place + self.form.entry.size
        if fits:
            self._put(entry.start, table)
        elif len(table) <= self.form.offset.size:
            self._put(value_place, table.ljust(self.form.offset.size, b"\0"))
        else:
            self._put(value_place, self.form.offset.pack(self._append(table)))
        self._put(entry.place, self.form.entry.pack(tag, kind, entry.length))


def _spans(structure: Structure, layouts: Sequence[PageLayout]) -> Iterator[tuple[int, int]]:
    """Yield where every known part of the file lies: header, directories, values of tags, segments."""
    yield 0, len(structure.form.header) + structure.form.offset.size
    for directory in (*structure.pages, *(below for group in structure.below for below in group)):
        yield directory.span
        for entry in directory.entries.values():
            if entry.size > structure.form.offset.size:
                yield entry.start, entry.start + entry.size
    for layout in layouts:
        for offset, used in zip(layout.offsets.tolist(), layout.used_bytes().tolist(), strict=True):
            if used:
                yield offset, offset + used


def _crowded(spans: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return those of the sorted spans that share a byte with another."""
    crowded: set[tuple[int, int]] = set()
    widest = (-1, -1)
    for span in spans:
        if span[0] < widest[1]:
            crowded |= {span, widest}
        if span[1] > widest[1]:
            widest = span
    return crowded
