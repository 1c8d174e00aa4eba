"""TIFF files that hold more, or something else, than their pages say: refused, because it would be lost or missed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hadimg.errors import UnsupportedError

if TYPE_CHECKING:
    from hadimg.io.tiff_structure import Structure

__all__ = ["refuse_hidden"]

RAW_PHOTOMETRICS = (32803, 34892)
DNG_VERSION, DESCRIPTION, METAMORPH_PLANES = 50706, 270, 33629


def refuse_hidden(data: bytes, structure: Structure) -> None:
    """Refuse raw files of cameras, of which the pages are only previews, and stacks that keep one directory for all.

    Raises
    ------
    UnsupportedError
        Naming what is there.
    """
    first = structure.pages[0]
    raw = any(
        directory.number(262, 0) in RAW_PHOTOMETRICS
        for group in (structure.pages, *structure.below)
        for directory in group
    )
    if raw or DNG_VERSION in first.entries or data[8:10] == b"CR":
        raise UnsupportedError(
            "the raw file of a camera is not read, its TIFF pages are only previews",
            remedy="develop it to a 16-bit TIFF first",
        )
    frames = 0
    if METAMORPH_PLANES in first.entries:
        frames = first.entries[METAMORPH_PLANES].length
    description = first.raw(DESCRIPTION) or b""
    if description.startswith(b"ImageJ="):
        declared = re.search(rb"^images=(\d{1,9})\s*$", description, re.MULTILINE)
        frames = int(declared[1]) if declared else 0
    truncated = description.startswith(b'{"shape":') and b'"truncated": true' in description
    if frames > len(structure.pages) or truncated:
        raise UnsupportedError(
            "the TIFF file keeps more pictures than it has pages", remedy="save it with one page for each picture"
        )
