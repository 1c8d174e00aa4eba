"""TIFF and BigTIFF: every page at full depth, and everything that is not pixels carried over byte for byte.

Pages hold 8-bit or 16-bit unsigned integers or 32-bit or 64-bit floating-point numbers, grey or RGB, with or without
opacity, in strips or tiles, uncoded or in a coding that keeps every bit. All else is refused by name. The directories
are walked here (`tiff_structure`), not in a library: tifffile, for one, never ends on a chain of pages that loops.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, NamedTuple

from hadimg.errors import FormatError, HadimgError
from hadimg.io.header import Encoded, Header
from hadimg.io.image import Image, Metadata, Page, Source
from hadimg.io.limits import Limits
from hadimg.io.tiff_accept import page_layout, refuse_hidden
from hadimg.io.tiff_copy import copy_with_pixels
from hadimg.io.tiff_metadata import read_metadata, read_orientation
from hadimg.io.tiff_new import Style, description_of, new_file, usual_style
from hadimg.io.tiff_page import ASSOCIATED, PageLayout
from hadimg.io.tiff_segments import check_segments, decode_page
from hadimg.io.tiff_structure import Structure, read_structure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.io.header import ReadOptions, WriteOptions

__all__ = ["decode", "encode", "probe"]

_UNLIMITED = Limits(**{limit.name: sys.maxsize for limit in fields(Limits)})


class Parts(NamedTuple):
    """What the directories of a file say."""

    structure: Structure
    layouts: tuple[PageLayout, ...]


def probe(data: bytes, options: ReadOptions) -> Header:
    """Return what the directories declare, or refuse; no pixel is decoded.

    Parameters
    ----------
    data : bytes
        The whole file.
    options : ReadOptions
        The limits; ``allow_damaged`` accepts strips and tiles that are missing.

    Returns
    -------
    Header
        One shape a page.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        When the file is broken, too large, or of a kind that cannot be kept.
    """
    parts = _parts(data, options.limits)
    header = Header(
        "tiff",
        tuple((layout.height, layout.width) for layout in parts.layouts),
        channels=max(layout.samples for layout in parts.layouts),
        itemsize=max(layout.dtype.itemsize for layout in parts.layouts),
        details=parts,
    )
    options.limits.check_header(header)
    for number, layout in enumerate(parts.layouts):
        with _naming(number, parts.structure):
            options.limits.check("page_pixels", layout.segment[0] * layout.segment[1])
            options.limits.check("decoded_bytes", layout.segment_bytes)
            if not options.allow_damaged:
                check_segments(layout, len(data))
    return header


def _parts(data: bytes, limits: Limits) -> Parts:
    structure = read_structure(data, limits)
    refuse_hidden(data, structure)
    layouts, table_bytes = [], 0
    for number, directory in enumerate(structure.pages):
        with _naming(number, structure):
            layouts.append(page_layout(directory))
            table_bytes += layouts[-1].offsets.nbytes
            if table_bytes > len(data):
                raise FormatError("the tables of TIFF strips lie on top of each other")
    return Parts(structure, tuple(layouts))


@contextmanager
def _naming(number: int, structure: Structure) -> Iterator[None]:
    """Name the page in errors, where there are several."""
    try:
        yield
    except HadimgError as error:
        if len(structure.pages) == 1:
            raise
        reason = f"page {number + 1} of {len(structure.pages)}: {error.reason}"
        raise type(error)(reason, path=error.path, remedy=error.remedy) from error


def decode(data: bytes, header: Header, options: ReadOptions) -> Image:
    """Return all pages of the file.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : Header
        What `probe` returned for it.
    options : ReadOptions
        With ``allow_damaged``, strips and tiles that cannot be decoded are zero, and a note counts them.

    Returns
    -------
    Image
        Values as stored; ``inverted`` where zero is white.

    Raises
    ------
    FormatError
        When a strip or tile is damaged.
    """
    parts: Parts = header.details
    metadata, remarks = read_metadata(parts.structure.pages[0], options.limits)
    notes = list(remarks)
    pages = []
    for number, (directory, layout) in enumerate(zip(parts.structure.pages, parts.layouts, strict=True)):
        damaged: list[int] | None = [] if options.allow_damaged else None
        with _naming(number, parts.structure):
            pixels = decode_page(data, layout, damaged=damaged)
        orientation, remarks = read_orientation(directory)
        white = 1.0 if layout.dtype.kind == "f" else float(256**layout.dtype.itemsize - 1)
        pages.append(Page(pixels, layout.alpha, orientation, white, layout.inverted))
        notes += remarks
        if damaged:
            notes.append(f"{len(damaged)} of {len(layout.offsets)} parts of page {number + 1} are damaged and zero")
        if layout.extras[-1:] == (ASSOCIATED,):
            notes.append("the colors are stored multiplied with the opacity (associated alpha)")
    return Image(tuple(pages), "tiff", metadata, source=Source("tiff", data), notes=tuple(dict.fromkeys(notes)))


def encode(image: Image, options: WriteOptions) -> Encoded:
    """Return the finished file: the source's with other pixels where there is one, else a new one.

    Parameters
    ----------
    image : Image
        Any picture: TIFF holds all that `Image` holds.
    options : WriteOptions
        With ``strip``, a new file with pixels, color profile, resolution and orientation alone.

    Returns
    -------
    Encoded
        The file, with notes on what is left out.

    Raises
    ------
    UnsupportedError
        When a classic TIFF would pass 4 GiB.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg.io.header import ReadOptions, WriteOptions
    >>> data = encode(Image.from_pixels(np.full((4, 6), 7, np.uint16)), WriteOptions()).data
    >>> probe(data, ReadOptions()).shapes
    ((4, 6),)
    """
    parts = None
    if image.source is not None and image.source.format == "tiff":
        parts = _parts(image.source.data, _UNLIMITED)
        if not options.strip and _same_kind(image, parts):
            data, notes = copy_with_pixels(image.source.data, parts.structure, parts.layouts, image.pages)
            return Encoded(data, notes)
    metadata = image.metadata
    if options.strip:
        metadata = Metadata(icc=metadata.icc, resolution=metadata.resolution)
    data, notes = new_file(image.pages, _styles(image, parts), metadata)
    return Encoded(data, notes if options.strip else notes + _left_out(image, parts))


def _same_kind(image: Image, parts: Parts) -> bool:
    """Return whether nothing but pixels may have changed since the file was read."""
    if len(image.pages) != len(parts.layouts):
        return False
    if read_metadata(parts.structure.pages[0], _UNLIMITED)[0] != image.metadata:
        return False
    return all(
        page.shape == (layout.height, layout.width)
        and _same_values(page, layout)
        and page.orientation == read_orientation(directory)[0]
        for page, layout, directory in zip(image.pages, parts.layouts, parts.structure.pages, strict=True)
    )


def _same_values(page: Page, layout: PageLayout) -> bool:
    """Return whether a page's values are of the kind that ``layout`` stores."""
    return (page.channels, page.pixels.dtype, page.alpha, page.inverted) == (
        layout.samples,
        layout.dtype.newbyteorder("="),
        layout.alpha,
        layout.inverted,
    )


def _styles(image: Image, parts: Parts | None) -> list[Style]:
    """Return how each page is packed: as in the source, where its values are still of the same kind."""
    styles = [usual_style(page) for page in image.pages]
    if parts is not None and len(parts.layouts) == len(image.pages):
        for number, (page, layout) in enumerate(zip(image.pages, parts.layouts, strict=True)):
            if _same_values(page, layout):
                styles[number] = Style(layout.coding.number, layout.predictor, layout.photometric, layout.extras)
    return styles


def _left_out(image: Image, parts: Parts | None) -> tuple[str, ...]:
    held, _ = description_of(image.metadata)
    notes = [f"TIFF cannot hold the text {keyword!r}" for keyword, _ in image.metadata.text if keyword != held]
    if parts is not None:
        notes.append("the TIFF file is made anew: tags that only its maker knows are left out")
    if image.thumbnail is not None:
        notes.append("the small picture inside the EXIF block is left out")
    if image.animation is not None:
        notes.append("TIFF cannot hold the timing of an animation")
    return tuple(notes)
