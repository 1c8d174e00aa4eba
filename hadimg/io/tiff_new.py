"""A TIFF file made anew: for pictures that come from elsewhere, and for those that leave their metadata behind."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np

from hadimg.errors import FormatError
from hadimg.io.tiff_coding import CODINGS
from hadimg.io.tiff_directory import ByteForm, byte_form
from hadimg.io.tiff_fields import Field, Fields, lay, next_place, numbers, pick
from hadimg.io.tiff_metadata import DESCRIPTION, ICC, IPTC, ORIENTATION, XMP
from hadimg.io.tiff_page import UNASSOCIATED, PageLayout
from hadimg.io.tiff_segments import encode_segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hadimg.io.image import Metadata, Page

__all__ = ["Style", "new_file", "usual_style"]

DEFLATE = 8
STRIP_BYTES = 1 << 18
LARGEST_CLASSIC = 2**31  # of pixels: codings may make them half as large again, and metadata are added

# Tags about how pixels are stored, and those that `Page` and `Metadata` have fields for.
STORAGE = frozenset(
    {*range(254, 270), *range(273, 282), 284, 301, *range(317, 344), *range(512, 533), 559, XMP, IPTC, ICC, ORIENTATION}
)
RESOLUTION_STEPS = 10_000


@dataclass(frozen=True)
class Style:
    """How the values of a page are named and packed.

    Parameters
    ----------
    coding : int
        The tag Compression.
    predictor : int
        1 none, 2 horizontal differences, 3 floating-point differences.
    photometric : int
        0 white is zero, 1 black is zero, 2 RGB.
    extras : tuple of int
        Meaning of each sample beyond the colors.
    """

    coding: int
    predictor: int
    photometric: int
    extras: tuple[int, ...]


def usual_style(page: Page) -> Style:
    """Return the style of a page that has none: Deflate with differences, which every reader of TIFF knows.

    Examples
    --------
    >>> from hadimg.io.image import Page
    >>> usual_style(Page(np.zeros((4, 6, 4), np.uint8), alpha=True))
    Style(coding=8, predictor=2, photometric=2, extras=(2,))
    """
    colors = 3 if page.channels - page.alpha >= 3 and not page.inverted else 1
    extras = [0] * (page.channels - colors)
    if page.alpha:
        extras[-1] = UNASSOCIATED
    photometric = 2 if colors == 3 else int(not page.inverted)
    return Style(DEFLATE, 3 if page.pixels.dtype.kind == "f" else 2, photometric, tuple(extras))


def new_file(pages: Sequence[Page], styles: Sequence[Style], metadata: Metadata) -> tuple[bytes, tuple[str, ...]]:
    """Return a TIFF file with ``pages``, and notes on metadata that it does not hold.

    Parameters
    ----------
    pages : sequence of Page
        In the order of the file.
    styles : sequence of Style
        One a page.
    metadata : Metadata
        Stored with the first page.

    Returns
    -------
    data : bytes
        Classic TIFF, or BigTIFF where the pixels might not fit into 4 GiB; the same for the same arguments.
    notes : tuple of str
        What was left out.
    """
    told, order, notes = _told(metadata)
    form = ByteForm(order, big=sum(page.pixels.nbytes for page in pages) > LARGEST_CLASSIC)
    file = io.BytesIO()
    file.write(form.header + bytes(form.offset.size))
    pointer = len(form.header)
    for number, (page, style) in enumerate(zip(pages, styles, strict=True)):
        fields = _page(file, page, style, form)
        if number == 0:
            told = {tag: field for tag, field in told.items() if tag not in fields}
            fields |= told | _described(metadata, form)
        at = _even(file)
        file.write(lay(fields, form, at))
        file.seek(pointer)
        file.write(form.offset.pack(at))
        file.seek(0, io.SEEK_END)
        pointer = at + next_place(fields, form)
    return file.getvalue(), notes


def _even(file: io.BytesIO) -> int:
    file.write(bytes(file.tell() % 2))
    return file.tell()


def _page(file: io.BytesIO, page: Page, style: Style, form: ByteForm) -> Fields:
    """Write the strips of a page, and return the fields that say how to read them."""
    layout = _layout(page, style, form)
    pixels = page.pixels.reshape(layout.height, layout.width, layout.samples)
    offsets, counts = [], []
    for box in layout.boxes():
        segment = encode_segment(pixels, layout, box)
        offsets.append(_even(file))
        counts.append(len(segment))
        file.write(segment)
    kind = 16 if form.big else 4
    fields = {
        256: numbers(form, 4, layout.width),
        257: numbers(form, 4, layout.height),
        258: numbers(form, 3, *[8 * layout.dtype.itemsize] * layout.samples),
        259: numbers(form, 3, style.coding),
        262: numbers(form, 3, style.photometric),
        273: numbers(form, kind, *offsets),
        ORIENTATION: numbers(form, 3, page.orientation),
        277: numbers(form, 3, layout.samples),
        278: numbers(form, 4, layout.segment[0]),
        279: numbers(form, kind, *counts),
        284: numbers(form, 3, 1),
        339: numbers(form, 3, *[3 if layout.dtype.kind == "f" else 1] * layout.samples),
    }
    if layout.predictor != 1:
        fields[317] = numbers(form, 3, layout.predictor)
    if style.extras:
        fields[338] = numbers(form, 3, *style.extras)
    return fields


def _layout(page: Page, style: Style, form: ByteForm) -> PageLayout:
    height, width = page.shape
    row_bytes = width * page.channels * page.pixels.dtype.itemsize
    rows = min(height, max(1, STRIP_BYTES // row_bytes))
    nothing = np.zeros(0, np.uint64)
    return PageLayout(
        height=height,
        width=width,
        samples=page.channels,
        dtype=page.pixels.dtype.newbyteorder(form.order),
        planar=False,
        tiled=False,
        segment=(rows, width),
        coding=CODINGS[style.coding],
        predictor=style.predictor,
        photometric=style.photometric,
        extras=style.extras,
        offsets=nothing,
        counts=nothing,
    )


def _told(metadata: Metadata) -> tuple[Fields, Literal["<", ">"], tuple[str, ...]]:
    """Return what an EXIF block tells about the photograph, and its byte order, which the file then has to have."""
    block = metadata.exif
    if block is None:
        return {}, "<", ()
    try:
        form = byte_form(block)
        (offset,) = form.offset.unpack_from(block.ljust(8, b"\0"), 4)
        return pick(block, form, offset, keep=_belongs, room=len(block)), form.order, ()
    except FormatError as error:
        return {}, "<", (f"the EXIF block is left out: {error.reason}",)


def _belongs(tag: int) -> bool:
    """Return whether a tag of an EXIF block tells about the photograph, not how some pixels are stored."""
    return tag not in STORAGE


def _described(metadata: Metadata, form: ByteForm) -> Fields:
    """Return the fields of all metadata but EXIF."""
    fields: Fields = {}
    for tag, kind, value in ((XMP, 1, metadata.xmp), (IPTC, 7, metadata.iptc), (ICC, 7, metadata.icc)):
        if value is not None:
            fields[tag] = Field(kind, len(value), value)
    if metadata.resolution is not None:
        for tag, density in zip((282, 283), metadata.resolution, strict=True):
            exact = Fraction(density).limit_denominator(RESOLUTION_STEPS)
            fields[tag] = Field(5, 1, numbers(form, 4, exact.numerator, exact.denominator).value)
        fields[296] = numbers(form, 3, 2)
    keyword, description = description_of(metadata)
    if keyword is not None:
        text = description.encode() + b"\0"
        fields[DESCRIPTION] = Field(2, len(text), text)
    return fields


def description_of(metadata: Metadata) -> tuple[str | None, str]:
    """Return keyword and text of the one text that TIFF has a place for: the description, or else the comment."""
    texts = dict(metadata.text)
    keyword = next((keyword for keyword in ("Description", "Comment") if keyword in texts), None)
    return keyword, texts.get(keyword or "", "")
