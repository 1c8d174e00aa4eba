"""Which TIFF files and pages are read, and why the others are not: each is refused by name, with the way out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.tiff_coding import CODINGS, UNREAD_CODINGS, Coding
from hadimg.io.tiff_page import (
    ASSOCIATED,
    FLOATING,
    HORIZONTAL,
    MIN_IS_BLACK,
    MIN_IS_WHITE,
    RGB,
    UNASSOCIATED,
    UNSPECIFIED,
    PageLayout,
)

if TYPE_CHECKING:
    from hadimg.io.tiff_directory import Directory
    from hadimg.io.tiff_structure import Structure

__all__ = ["page_layout", "refuse_hidden"]

PACKBITS = 32773
MOST_SAMPLES = 4096
_CONVERT = "convert it to 8-bit or 16-bit RGB first"
_FLOAT = "convert it to a 32-bit floating-point TIFF first"

PHOTOMETRICS = {
    3: ("palette colors", "expand the palette to RGB first"),
    4: ("a transparency mask of another page", "merge it into the picture as its alpha channel first"),
    5: ("CMYK colors", _CONVERT),
    6: ("YCbCr colors", _CONVERT),
    8: ("CIELab colors", _CONVERT),
    9: ("ICCLab colors", _CONVERT),
    10: ("ITULab colors", _CONVERT),
    32844: ("LogL values", _FLOAT),
    32845: ("LogLuv colors", _FLOAT),
}
"""Meanings of the values that a product with a mask does not respect, and the way out."""

PIXEL_TYPES = {(8, 1): "u1", (16, 1): "u2", (32, 3): "f4", (64, 3): "f8"}
SAMPLE_FORMATS = {1: "unsigned integers", 2: "signed integers", 3: "floating-point numbers", 4: "undefined values"}

RAW_PHOTOMETRICS = (32803, 34892)
CANON_MARK = b"\x10\0\0\0CR\x02\0"
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
    if raw or DNG_VERSION in first.entries or data[4:12] == CANON_MARK:
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


def page_layout(directory: Directory) -> PageLayout:
    """Return how the pixels of the page of ``directory`` lie in the file.

    Raises
    ------
    FormatError
        When the page contradicts itself.
    UnsupportedError
        When its pixels are of a kind that cannot be multiplied, or not decoded, without loss.
    """
    photometric = _photometric(directory)
    coding = _coding(directory)
    samples = directory.number(277, 1)
    dtype = _dtype(directory, samples)
    if photometric == MIN_IS_WHITE and dtype.kind == "f":
        raise UnsupportedError(
            "floating-point TIFF pages in which zero is white are not read: they declare no black",
            remedy="convert them so that zero is black",
        )
    height, width = directory.number(257), directory.number(256)
    if not height or not width:
        raise FormatError(f"the TIFF page declares {width} x {height} pixels")
    if directory.number(32997, 1) > 1:
        raise UnsupportedError("volumetric TIFF pages are not read", remedy="save one page for each depth")
    tiled, segment = _segment(directory, height, width)
    layout = PageLayout(
        height=height,
        width=width,
        samples=samples,
        dtype=dtype,
        planar=directory.number(284, 1) == 2 and samples > 1,
        tiled=tiled,
        segment=segment,
        coding=coding,
        predictor=_predictor(directory, coding, dtype),
        photometric=photometric,
        extras=_extras(directory, samples - (3 if photometric == RGB else 1)),
        offsets=directory.numbers(324 if tiled else 273),
        counts=directory.numbers(325 if tiled else 279),
    )
    _check_tables(layout)
    return layout


def _photometric(directory: Directory) -> int:
    photometric = directory.number(262)
    if photometric in PHOTOMETRICS:
        kind, remedy = PHOTOMETRICS[photometric]
        raise UnsupportedError(f"TIFF pages of {kind} are not read", remedy=remedy)
    if photometric not in (MIN_IS_WHITE, MIN_IS_BLACK, RGB):
        raise UnsupportedError(f"the TIFF photometric interpretation {photometric} is not known", remedy=_CONVERT)
    return photometric


def _coding(directory: Directory) -> Coding:
    number = directory.number(259, 1)
    if number in CODINGS:
        if directory.number(266, 1) == 2:
            raise UnsupportedError("TIFF pages with bits in reversed order are not read", remedy=_CONVERT)
        return CODINGS[number]
    title, remedy = UNREAD_CODINGS.get(number, (f"coding {number}", "save it with LZW or Deflate coding first"))
    raise UnsupportedError(f"TIFF pages in {title} are not read", remedy=remedy)


def _dtype(directory: Directory, samples: int) -> np.dtype[Any]:
    """Return the one type of all samples; a single declared depth stands for all."""
    if not 1 <= samples <= MOST_SAMPLES:
        raise FormatError(f"a TIFF page must have 1 to {MOST_SAMPLES} samples, this one declares {samples}")
    depths, kinds = ({int(v) for v in directory.numbers(tag)[:samples]} for tag in (258, 339))
    if len(depths) > 1 or len(kinds) > 1:
        raise UnsupportedError("TIFF pages whose samples differ in type are not read", remedy=_CONVERT)
    depth, kind = (depths or {1}).pop(), (kinds or {1}).pop()
    if (depth, kind) in PIXEL_TYPES:
        return np.dtype(PIXEL_TYPES[depth, kind]).newbyteorder(directory.form.order)
    title = SAMPLE_FORMATS.get(kind, "complex numbers")
    remedy = "convert it to 8 or 16 bits first" if (kind, depth < 16) == (1, True) else "convert it to float32 first"
    raise UnsupportedError(f"TIFF pages of {depth}-bit {title} are not read", remedy=remedy)


def _predictor(directory: Directory, coding: Coding, dtype: np.dtype[Any]) -> int:
    predictor = directory.number(317, 1)
    if coding.plain or predictor == 1:
        return 1  # no reader undoes differences where nothing is coded
    if coding is CODINGS[PACKBITS]:
        raise UnsupportedError(
            "PackBits TIFF pages with a predictor are not read: readers disagree on what they show",
            remedy="save it with LZW or Deflate coding first",
        )
    if predictor == HORIZONTAL or (predictor == FLOATING and dtype.kind == "f"):
        return predictor
    raise FormatError(f"the TIFF predictor {predictor} does not belong to values of type {dtype.name}")


def _extras(directory: Directory, count: int) -> tuple[int, ...]:
    if count < 0:
        raise FormatError("the TIFF page declares fewer samples than its colors need")
    declared = tuple(int(value) for value in directory.numbers(338)[:count])
    extras = declared + (UNSPECIFIED,) * (count - len(declared))
    if any(value in (ASSOCIATED, UNASSOCIATED) for value in extras[:-1]):
        raise UnsupportedError(
            "TIFF pages whose opacity is not the last sample are not read", remedy="store opacity as the last sample"
        )
    return extras


def _segment(directory: Directory, height: int, width: int) -> tuple[bool, tuple[int, int]]:
    """Return whether there are tiles, and rows and columns of one segment."""
    if 324 in directory.entries:
        rows, columns = directory.number(323), directory.number(322)
        if not rows or not columns:
            raise FormatError(f"the TIFF page declares tiles of {columns} x {rows} pixels")
        return True, (rows, columns)
    rows = min(directory.number(278, height), height)
    if not rows:
        raise FormatError("the TIFF page declares strips of 0 rows")
    return False, (rows, width)


def _check_tables(layout: PageLayout) -> None:
    down, across = layout.grid
    expected = down * across * layout.planes
    word = "tiles" if layout.tiled else "strips"
    for title, table in (("offsets", layout.offsets), ("byte counts", layout.counts)):
        if len(table) != expected:
            raise FormatError(f"the TIFF page has {expected} {word} and declares {len(table)} {title}")
