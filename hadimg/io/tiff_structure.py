"""The directories of a TIFF file: walked with a visited set and limits before anything else looks at the file.

A TIFF is a chain of directories, one a page, each a table of tagged values; a page may have directories below it.
Both byte orders and both sizes of offsets (classic TIFF and BigTIFF) are read here. No value is taken on trust: an
offset that leaves the file, a chain that loops, or tables that overlap so often that reading them all would take
for ever is refused, so that the work is never more than the file is long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hadimg.errors import FormatError
from hadimg.io.tiff_directory import ByteForm, Directory, byte_form, read_directory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hadimg.io.limits import Limits

__all__ = ["Structure", "read_structure"]

SUB_DIRECTORIES = 330


class Structure(NamedTuple):
    """All directories of a file: one a page, and those below each page (pyramid levels, previews)."""

    form: ByteForm
    pages: tuple[Directory, ...]
    below: tuple[tuple[Directory, ...], ...]


class _Walk:
    """Directories read so far, with their pointers: none is read twice, all together are no longer than the file."""

    def __init__(self, data: bytes, form: ByteForm, limits: Limits) -> None:
        self.data, self.form, self.limits = data, form, limits
        self.seen: set[int] = set()
        self.bytes = 0

    def visit(self, offset: int) -> Directory:
        if offset in self.seen:
            raise FormatError(f"the TIFF directories loop: the one at byte {offset} is reached twice")
        self.seen.add(offset)
        self.limits.check("blocks", len(self.seen))
        directory = read_directory(self.data, self.form, offset)
        start, stop = directory.span
        pointers = directory.entries.get(SUB_DIRECTORIES)
        self.bytes += stop - start + (pointers.size if pointers else 0)
        if self.bytes > len(self.data):
            raise FormatError("the TIFF directories lie on top of each other")
        return directory

    def below(self, page: Directory) -> tuple[Directory, ...]:
        """Return all directories below ``page``, at any depth; some writers list them and chain them as well."""
        found: list[Directory] = []
        waiting = self._unseen(page.numbers(SUB_DIRECTORIES))
        while waiting:
            offset = waiting.pop()
            if offset not in self.seen:
                found.append(self.visit(offset))
                waiting |= self._unseen(found[-1].numbers(SUB_DIRECTORIES)) | {found[-1].next_offset} - {0}
        return tuple(found)

    def _unseen(self, offsets: NDArray[np.unsignedinteger]) -> set[int]:
        return set(offsets.tolist()) - self.seen - {0}


def read_structure(data: bytes, limits: Limits) -> Structure:
    """Return all directories of a TIFF file.

    Parameters
    ----------
    data : bytes
        The whole file.
    limits : Limits
        ``pages`` and ``blocks`` (directories) are checked on the way.

    Returns
    -------
    Structure
        At least one page.

    Raises
    ------
    FormatError
        When a directory is cut, points outside the file, or is reached twice.
    LimitError
        When there are too many.
    """
    form = byte_form(data)
    place = len(form.header)
    if len(data) < place + form.offset.size:
        raise FormatError(f"the TIFF file ends after {len(data)} bytes, inside its header")
    (offset,) = form.offset.unpack_from(data, place)
    walk = _Walk(data, form, limits)
    pages: list[Directory] = []
    while offset:
        limits.check("pages", len(pages) + 1)
        pages.append(walk.visit(offset))
        offset = pages[-1].next_offset
    if not pages:
        raise FormatError("the TIFF file has no page")
    return Structure(form, tuple(pages), tuple(walk.below(page) for page in pages))
